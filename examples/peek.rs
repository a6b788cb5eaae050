//! Throwaway.
#[path = "../tests/scene/mod.rs"]
#[allow(dead_code)]
mod scene;
use infradeck::app::*;
use infradeck::config::*;
use infradeck::ui::{Look, draw};
use ratatui::{Terminal, backend::CrosstermBackend};
fn main() {
    let args: Vec<String> = std::env::args().collect();
    let get = |n: &str| args.iter().find_map(|a| a.strip_prefix(n).map(str::to_owned));
    let size = crossterm::terminal::size().unwrap_or((120, 36));
    let mut app = if let Some(s) = get("sim=") {
        let agents = get("agents=").map(|n| n.parse().unwrap());
        let mut p = scene::play::Play::new(&s, 7, agents, size);
        p.pass(get("after=").map_or(90, |n| n.parse().unwrap()));
        if let Some(k) = get("keys=") {
            p.press(&k);
        }
        if let Some(k) = get("type=") {
            p.type_in(&k);
        }
        if let Some(k) = get("then=") {
            p.press(&k);
        }
        p.app
    } else if args.contains(&"empty".into()) {
        scene::empty(size)
    } else {
        scene::full(size)
    };
    for a in &args {
        if let Some(v) = View::ALL.iter().find(|v| v.word() == a) {
            app.update(app.now, Msg::Key(((*v as u8 + 1).to_string()).parse().unwrap()));
        }
        if let Some(t) = a.strip_prefix("theme=") {
            app.theme = scene::theme(t);
        }
    }
    let depth = if args.contains(&"none".into()) {
        Depth::None
    } else if args.contains(&"16".into()) {
        Depth::Ansi16
    } else if args.contains(&"256".into()) {
        Depth::Ansi256
    } else {
        Depth::True
    };
    let look = Look::new(depth, args.contains(&"ascii".into()));
    crossterm::execute!(std::io::stdout(), crossterm::terminal::EnterAlternateScreen).unwrap();
    let mut t = Terminal::new(CrosstermBackend::new(std::io::stdout())).unwrap();
    let start = std::time::Instant::now();
    t.draw(|f| draw(&app, f, &look)).unwrap();
    if let Some(p) = get("time=") {
        let mut n = ratatui::Terminal::new(ratatui::backend::TestBackend::new(size.0, size.1)).unwrap();
        n.draw(|f| draw(&app, f, &look)).unwrap();
        let s = std::time::Instant::now();
        for _ in 0..200 {
            n.draw(|f| draw(&app, f, &look)).unwrap();
        }
        std::fs::write(p, format!("first {:?} then {:?}", start.elapsed(), s.elapsed() / 200)).unwrap();
    }
    std::thread::sleep(std::time::Duration::from_secs(3));
}
