//! Throwaway.
#[path = "../tests/scene/mod.rs"]
mod scene;
use infradeck::app::*;
use infradeck::config::*;
use infradeck::ui::{Look, draw};
use infradeck::model::*;
use infradeck::fabric::*;
use ratatui::{Terminal, backend::CrosstermBackend};
fn fill(app: &mut App) {
    let f = &app.fabric;
    let mut rows: Vec<(Pane, Vec<Row>)> = vec![];
    rows.push((Pane::Findings, f.findings().iter().map(|x| Row::Finding(x.rule, x.subject.clone(), x.region.clone())).collect()));
    let mut a: Vec<&Agent> = f.agents().iter().collect();
    a.sort_by_key(|a| a.status);
    rows.push((Pane::Agents, a.iter().map(|x| Row::Agent(x.key.clone())).collect()));
    rows.push((Pane::Sessions, f.sessions().keys().map(|x| Row::Session(x.clone())).collect()));
    rows.push((Pane::Queues, f.queues().keys().map(|x| Row::Queue(x.clone())).collect()));
    rows.push((Pane::Alarms, f.alarms().iter().flat_map(|(r, a)| a.iter().map(move |a| Row::Alarm(r.clone(), a.name.clone()))).collect()));
    rows.push((Pane::Regions, f.regions().iter().map(|x| Row::Region(x.id.clone())).collect()));
    if let Some(r) = &f.cost().report { rows.push((Pane::Cost, r.days[0].by_service.iter().map(|x| Row::Expense(x.0.clone())).collect())); }
    let n = f.logs().len();
    let mut by: std::collections::BTreeMap<String, Vec<Option<f64>>> = Default::default();
    for a in f.agents() { if let Some(m) = &a.model {
        let v = by.entry(m.to_string()).or_insert(vec![None; 180]);
        for (s, x) in v.iter_mut().zip(a.tokens.last(app.now - chrono::TimeDelta::minutes(1), 180)) { if let Some(x) = x { *s = Some(s.unwrap_or(0.0) + x); } }
    }}
    let mut series: Vec<Series> = by.into_iter().map(|(name, points)| Series { name, points }).collect();
    series.sort_by(|a, b| b.points[179].partial_cmp(&a.points[179]).unwrap());
    rows.push((Pane::Metrics, series.iter().map(|s| Row::Series(s.name.clone())).collect()));
    app.chart.series = series;
    for (p, r) in rows { let t = app.tables.get_mut(&p).unwrap(); t.shown = r.len(); t.unfiltered = r.len(); t.rows = r; }
    let areas = app.panes();
    let t = app.tables.get_mut(&Pane::Logs).unwrap(); t.shown = n; t.unfiltered = n; t.cursor = n.saturating_sub(1);
    if let Some((_, a)) = areas.iter().find(|(p, _)| *p == Pane::Logs) { t.offset = n.saturating_sub(layout::body_rows(Pane::Logs, *a)); }
}
fn main() {
    let args: Vec<String> = std::env::args().collect();
    let size = crossterm::terminal::size().unwrap_or((120, 36));
    let mut app = if args.contains(&"empty".into()) { scene::empty(size) } else { scene::full(size) };
    for a in &args {
        if let Some(v) = View::ALL.iter().find(|v| v.word() == a) { app.view = *v; app.focus = v.main(); }
        if let Some(p) = a.strip_prefix("focus=") { app.focus = *Pane::ALL.iter().find(|x| x.word() == p).unwrap(); }
        if let Some(t) = a.strip_prefix("theme=") { app.theme = scene::theme(t); }
        if a == "detail" { app.overlays.push(Overlay::Detail(Row::Agent(AgentKey::new("navidocs", "h04")), 0)); }
        if a == "help" { app.overlays.push(Overlay::Help(0)); }
    }
    if args.contains(&"main".into()) { fill(&mut app); } else if app.tables[&Pane::Agents].rows.is_empty() { fill(&mut app); }
    let depth = if args.contains(&"none".into()) { Depth::None } else if args.contains(&"16".into()) { Depth::Ansi16 } else { Depth::True };
    let look = Look::new(depth, args.contains(&"ascii".into()));
    crossterm::execute!(std::io::stdout(), crossterm::terminal::EnterAlternateScreen).unwrap();
    let mut t = Terminal::new(CrosstermBackend::new(std::io::stdout())).unwrap();
    t.draw(|f| draw(&app, f, &look)).unwrap();
    std::thread::sleep(std::time::Duration::from_secs(3));
}
