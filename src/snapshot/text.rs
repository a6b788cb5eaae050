//! The same for people: a page of plain text.

use std::fmt::{Result, Write};

use crate::fabric::Fabric;
use crate::model::{Status, Time};

fn or_dash<T: ToString>(value: Option<T>) -> String {
    value.map_or_else(|| "–".to_owned(), |value| value.to_string())
}

fn whole(value: Option<f64>) -> String {
    or_dash(value.map(|value| format!("{value:.0}")))
}

fn usd(value: Option<f64>) -> String {
    or_dash(value.map(|value| format!("${value:.2}")))
}

fn clock(at: Option<Time>) -> String {
    or_dash(at.map(|at| at.format("%Y-%m-%d %H:%M:%SZ")))
}

/// Lays rows out in columns: the first `left` to the left, the others to the right.
fn table(out: &mut String, left: usize, head: &[&str], rows: &[Vec<String>]) -> Result {
    let heads = head.iter().map(|title| (*title).to_owned()).collect::<Vec<_>>();
    let all = || std::iter::once(&heads).chain(rows);
    let widths: Vec<usize> = (0..head.len())
        .map(|i| all().filter_map(|row| row.get(i)).map(|c| unicode_width(c)).max().unwrap_or(0))
        .collect();
    for row in all() {
        let mut line = String::from(" ");
        for (i, cell) in row.iter().enumerate() {
            let gap = " ".repeat(widths[i].saturating_sub(unicode_width(cell)));
            let (before, after) = if i < left { ("", gap.as_str()) } else { (gap.as_str(), "") };
            write!(line, " {before}{cell}{after}")?;
        }
        writeln!(out, "{}", line.trim_end())?;
    }
    writeln!(out)
}

fn unicode_width(text: &str) -> usize {
    unicode_width::UnicodeWidthStr::width(text)
}

/// Writes what `fabric` knows as a page for people.
///
/// # Errors
///
/// Those of `out`.
pub fn write_text(fabric: &Fabric, name: &str, out: &mut String) -> Result {
    let now = fabric.now();
    let regions: Vec<_> = fabric.regions().iter().map(|r| format!("{} {}", r.id, r.light().word())).collect();
    let account = or_dash(fabric.identity().map(|identity| format!("{} {}", identity.account, identity.role())));
    writeln!(out, "{name}  {account}  {}  {}\n", regions.join(", "), clock(Some(now)))?;
    findings(fabric, out)?;
    sessions(fabric, out)?;
    agents(fabric, out)?;
    queues(fabric, out)?;
    alarms(fabric, out)?;
    let cost = fabric.cost();
    writeln!(
        out,
        "COST  today {}  month {} of ${:.2}  forecast {}\n",
        usd(cost.today(now)),
        usd(cost.month_to_date(now)),
        cost.budget(fabric.rules().budget_monthly_usd),
        usd(cost.forecast)
    )?;
    quality(fabric, out)
}

fn findings(fabric: &Fabric, out: &mut String) -> Result {
    if fabric.findings().is_empty() {
        return writeln!(out, "FINDINGS  none\n");
    }
    writeln!(out, "FINDINGS  {}", fabric.findings().len())?;
    let row = |finding: &crate::fabric::Finding| {
        let words = [finding.severity.word(), finding.rule.word(), &finding.subject];
        words.map(str::to_owned).into_iter().chain([clock(finding.since), finding.text.clone()]).collect()
    };
    let rows: Vec<_> = fabric.findings().iter().map(row).collect();
    table(out, 5, &["severity", "rule", "what", "since", "why"], &rows)
}

fn sessions(fabric: &Fabric, out: &mut String) -> Result {
    writeln!(out, "SESSIONS  {}", fabric.sessions().len())?;
    let rows: Vec<_> = fabric
        .sessions()
        .values()
        .map(|session| {
            let counts: Vec<_> = session.agents.iter().map(|(status, n)| format!("{n} {status}")).collect();
            vec![
                session.id.to_string(),
                session.status.to_string(),
                counts.join(", "),
                whole(session.tokens),
                usd(session.cost_usd),
            ]
        })
        .collect();
    table(out, 3, &["session", "status", "agents", "tokens", "cost"], &rows)
}

fn agents(fabric: &Fabric, out: &mut String) -> Result {
    let mut agents: Vec<_> = fabric.agents().iter().collect();
    agents.sort_by(|a, b| (a.status, &a.key).cmp(&(b.status, &b.key)));
    let working = agents.iter().filter(|agent| agent.status == Status::Working).count();
    writeln!(out, "AGENTS  {}, {working} working", agents.len())?;
    let window = fabric.rules().error_window;
    let rows: Vec<_> = agents
        .into_iter()
        .map(|agent| {
            vec![
                agent.key.to_string(),
                agent.status.to_string(),
                or_dash(agent.kind().map(crate::model::Kind::word)),
                or_dash(agent.region()),
                clock(agent.since),
                or_dash(agent.error_rate_pct(fabric.now(), window).map(|pct| format!("{pct:.1} %"))),
                whole(agent.execution.map(|sample| sample.value)),
                whole(agent.tokens_total()),
                usd(agent.cost_usd()),
            ]
        })
        .collect();
    table(out, 5, &["agent", "status", "kind", "region", "since", "errors", "ms", "tokens", "cost"], &rows)
}

fn queues(fabric: &Fabric, out: &mut String) -> Result {
    writeln!(out, "QUEUES  {}", fabric.queues().len())?;
    let rows: Vec<_> = fabric
        .queues()
        .iter()
        .map(|(key, state)| {
            vec![
                key.name.to_string(),
                key.region.to_string(),
                or_dash(state.queue.visible),
                or_dash(state.queue.in_flight),
                or_dash(state.queue.delayed),
                or_dash(state.oldest_s.map(|s| format!("{s:.0} s"))),
                or_dash(state.dead_letters),
            ]
        })
        .collect();
    table(out, 2, &["queue", "region", "waiting", "in flight", "delayed", "oldest", "dead"], &rows)
}

fn alarms(fabric: &Fabric, out: &mut String) -> Result {
    let mut rows = Vec::new();
    for (region, alarms) in fabric.alarms() {
        rows.extend(alarms.iter().map(|alarm| {
            let words = [alarm.name.clone(), region.to_string(), alarm.state.word().to_owned(), clock(alarm.since)];
            words.into_iter().chain([alarm.reason.clone().unwrap_or_default()]).collect::<Vec<_>>()
        }));
    }
    writeln!(out, "ALARMS  {}", rows.len())?;
    table(out, 5, &["alarm", "region", "state", "since", "reason"], &rows)
}

fn quality(fabric: &Fabric, out: &mut String) -> Result {
    let rows: Vec<_> = fabric
        .sources()
        .iter()
        .filter(|(_, source)| source.quality != crate::model::Quality::Complete)
        .map(|((region, question), source)| {
            let words = [question.word().to_owned(), region.to_string(), source.quality.word().to_owned()];
            words.into_iter().chain([source.reason.clone().unwrap_or_default()]).collect()
        })
        .collect();
    if rows.is_empty() {
        return writeln!(out, "Every question was answered in full.");
    }
    writeln!(out, "NOT COMPLETE  {}", rows.len())?;
    table(out, 4, &["question", "region", "quality", "why"], &rows)
}
