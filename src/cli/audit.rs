//! `infradeck audit` and `infradeck approve`: the record of orders for people, scripts and auditors, and the second
//! person's word.

use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Subcommand, ValueEnum};

use super::{Failure, env, print};
use crate::action::approvals::{self, Request};
use crate::action::record::{self, Broken, Entry, Line, Walk};
use crate::action::{Act, OrderId, Who, keys};
use crate::cloud::clean;
use crate::config::{self, Settings};
use crate::model::{Time, message};

/// What is wanted of the record.
#[derive(Debug, Subcommand)]
pub(super) enum AuditCommand {
    /// Print what was ordered: when, by whom, and what came of it
    Show {
        /// Of this order only
        #[arg(long, value_name = "ID")]
        order: Option<String>,
        /// Print each entry as a line of JSON, with its signature
        #[arg(long)]
        json: bool,
    },
    /// Check every line: exit with 0 if nothing was changed, moved or cut off, else with 1 and the first bad line
    Verify,
    /// Print all of it for other programs
    Export {
        /// How
        #[arg(long, value_name = "FORMAT", default_value = "json")]
        format: Format,
    },
    /// Print the public key that signs the record and the messages, for [trusted] in the configuration of others
    Key,
}

/// How the record is exported.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum Format {
    /// One array of all entries
    Json,
    /// A table for spreadsheets
    Csv,
}

fn state_folder() -> Result<PathBuf, Failure> {
    config::state_folder(&env).ok_or(Failure::NoState)
}

/// Does what is asked of the record; of one fabric only, where one is named.
pub(super) fn audit(what: &AuditCommand, fabric: Option<&str>) -> Result<ExitCode, Failure> {
    let state = state_folder()?;
    let walk = || record::walk(&state).map_err(Failure::from);
    match what {
        AuditCommand::Show { order, json } => {
            let walk = walk()?;
            let is_asked =
                |entry: &Entry| order.as_ref().is_none_or(|id| entry.order.as_ref().is_some_and(|o| o.0 == *id));
            let lines = chosen(&walk, fabric, is_asked);
            let text = if *json { lines.iter().map(|line| json_line(line) + "\n").collect() } else { table(&lines) };
            print(&text)?;
            warn(walk.broken().as_ref());
            Ok(ExitCode::SUCCESS)
        }
        AuditCommand::Verify => verify(&state),
        AuditCommand::Export { format } => {
            let walk = walk()?;
            let lines = chosen(&walk, fabric, |_| true);
            print(&match format {
                Format::Json => {
                    let lines: Vec<String> = lines.iter().map(|line| json_line(line)).collect();
                    format!("[{}{}]\n", if lines.is_empty() { "" } else { "\n" }, lines.join(",\n"))
                }
                Format::Csv => csv(&lines),
            })?;
            let broken = walk.broken();
            warn(broken.as_ref());
            Ok(ExitCode::from(u8::from(broken.is_some())))
        }
        AuditCommand::Key => {
            let key = keys::load_or_make(&state)?;
            print(&format!("{}\n", message::public_key(&key)))
        }
    }
}

fn verify(state: &Path) -> Result<ExitCode, Failure> {
    let verified = record::verify(state).map_err(Failure::Broken)?;
    let mut said = match verified.entries {
        0 => "no entries yet".to_owned(),
        entries => format!("{entries} entries, none changed, missing or moved"),
    };
    if let Some(key) = &verified.key {
        let _ = write!(said, "; signed by {key}");
    }
    if verified.torn > 0 {
        let _ = write!(said, "; a last line was cut off after {} bytes while it was written", verified.torn);
    }
    if !verified.kept.is_empty() {
        let _ = write!(said, "; lines that were cut off while they were written: {}", verified.kept.join(", "));
    }
    print(&format!("{}\n", clean::line(&said)))
}

/// Lines that are asked for, and those that cannot be read.
fn chosen<'w>(walk: &'w Walk, fabric: Option<&str>, is_asked: impl Fn(&Entry) -> bool) -> Vec<&'w Line> {
    let is_of = |entry: &Entry| fabric.is_none_or(|name| entry.fabric.as_str() == name) && is_asked(entry);
    walk.lines.iter().filter(|line| line.entry.as_ref().is_none_or(is_of)).collect()
}

fn warn(broken: Option<&Broken>) {
    if let Some(broken) = broken {
        drop(writeln!(io::stderr(), "infradeck: the record is broken: {broken}"));
    }
}

fn time(at: Time) -> String {
    at.format("%Y-%m-%d %H:%M:%S").to_string()
}

fn table(lines: &[&Line]) -> String {
    let order = |entry: &Entry| clean::line(entry.order.as_ref().map_or("-", |id| id.0.as_str()));
    let cells = |line: &&Line| {
        let Some(entry) = &line.entry else {
            let none = || "-".to_owned();
            return [none(), none(), none(), none(), format!("! line {}: {}", line.number, fault(line))];
        };
        let mark = if line.fault.is_some() { "! " } else { "" };
        let (who, fabric) = (clean::line(&entry.who.to_string()), clean::line(entry.fabric.as_str()));
        [time(entry.at), who, fabric, order(entry), format!("{mark}{}", entry.says())]
    };
    let head = ["TIME (UTC)", "WHO", "FABRIC", "ORDER", "EVENT"].map(str::to_owned);
    let rows: Vec<[String; 5]> = std::iter::once(head).chain(lines.iter().map(cells)).collect();
    if rows.len() == 1 {
        return "nothing was ordered yet\n".to_owned();
    }
    let wide = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or_default();
    let widths = [wide(0), wide(1), wide(2), wide(3)];
    let mut out = String::new();
    for row in &rows {
        for (cell, width) in row.iter().zip(widths) {
            let _ = write!(out, "{cell:<width$}  ");
        }
        out += &row[4];
        out.push('\n');
    }
    out
}

/// An entry as it was signed. What must not reach a terminal is written as JSON writes such a character: whoever reads
/// it as JSON reads what was signed.
fn json_line(line: &Line) -> String {
    let json = match &line.entry {
        Some(entry) => serde_json_canonicalizer::to_string(entry),
        None => serde_json_canonicalizer::to_string(&serde_json::json!({ "line": line.number, "broken": line.fault })),
    };
    let mut out = String::new();
    for c in json.unwrap_or_default().chars() {
        if clean::is_hostile(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                let _ = write!(out, "\\u{unit:04x}");
            }
        } else {
            out.push(c);
        }
    }
    out
}

fn csv(lines: &[&Line]) -> String {
    let mut out = "seq,at,fabric,order,user,uid,aws,ssh,host,event,text\r\n".to_owned();
    for line in lines {
        let cells = row(line);
        out += &cells.iter().map(|text| cell(text)).collect::<Vec<_>>().join(",");
        out += "\r\n";
    }
    out
}

fn row(line: &Line) -> Vec<String> {
    let Some(entry) = &line.entry else {
        let broken = format!("line {}: {}", line.number, fault(line));
        return [&vec![String::new(); 9][..], &["broken".to_owned(), broken]].concat();
    };
    let (who, text) = (&entry.who, |text: &Option<String>| text.clone().unwrap_or_default());
    vec![
        entry.seq.to_string(),
        entry.at.to_rfc3339(),
        entry.fabric.to_string(),
        entry.order.as_ref().map(|id| id.0.clone()).unwrap_or_default(),
        who.user.clone(),
        who.uid.to_string(),
        text(&who.aws),
        text(&who.ssh),
        who.host.clone(),
        entry.word().to_owned(),
        entry.says(),
    ]
}

fn fault(line: &Line) -> &str {
    line.fault.as_deref().unwrap_or("it cannot be read")
}

/// A cell of CSV. One that a spreadsheet would take for a formula gets an apostrophe before it.
fn cell(text: &str) -> String {
    let text = clean::line(text);
    let text = if text.starts_with(['=', '+', '-', '@']) { format!("'{text}") } else { text };
    if text.contains([',', '"', ' ', ';']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

/// Approves an order that another user asked for; lists what waits where none is named.
pub(super) fn approve(settings: &Settings, id: Option<&str>, now: Time) -> Result<ExitCode, Failure> {
    let folder = &settings.lock.folder;
    let Some(id) = id else {
        let waiting = approvals::waiting(folder, now)?;
        if waiting.is_empty() {
            return print("nothing waits for an approval\n");
        }
        return print(&waiting.iter().map(shown).collect::<Vec<_>>().join("\n"));
    };
    let who = Who::runs_this(&env, None);
    let request = approvals::give(folder, &OrderId(id.to_owned()), &who, now)?;
    print(&format!("{}Approved as {}; it counts for 15 min.\n", shown(&request), clean::line(&who.user)))
}

/// What is asked for, call by call: that is what is approved.
fn shown(request: &Request) -> String {
    let (plan, who) = (&request.plan, &request.who);
    let mut out = String::new();
    let mut say = |text: &str| {
        out += &clean::line(text);
        out.push('\n');
    };
    say(&format!("{}  {} on {}", request.id, plan.title, request.fabric));
    say(&format!("  asked by {who} at {} UTC: {}", time(request.at), request.why));
    for (number, step) in (1..).zip(&plan.steps) {
        say(&format!("  {number}. {}", step.says));
        match &step.act {
            Act::Call(call) => say(&format!("     {call}")),
            Act::Carry { region, from, to, .. } => {
                say(&format!("     carries messages from {from} to {to} in {region}"));
            }
            Act::Watch => {}
        }
    }
    for caution in &plan.cautions {
        say(&format!("  ! {caution}"));
    }
    out
}
