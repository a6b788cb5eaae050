//! The walls of the house, held: which room may import from which (`ARCHITECTURE.md` tells why).
//!
//! The checker reads the paths in every file under `src/`; it is itself tested on small sources that break each wall.

#![allow(clippy::expect_used, reason = "a test")]

use std::path::{Path, PathBuf};

/// Each room and the rooms it may import from. A room that is not here fails the test: say where it stands.
const ROOMS: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("config", &["model"]),
    ("fabric", &["model", "config"]),
    // One document of all that is known: a reader of the fabric, beside the screen.
    ("snapshot", &["model", "config", "fabric"]),
    ("cloud", &["model", "config", "fabric"]),
    ("poll", &["model", "config", "fabric", "cloud"]),
    ("action", &["model", "config", "fabric", "cloud", "poll"]),
    ("app", &["model", "config", "fabric", "cloud", "poll", "action"]),
    ("ui", &["model", "config", "fabric", "cloud", "poll", "action", "app"]),
    // The terminal could be lifted out and used by another program, but for the settings it takes.
    ("term", &["config"]),
    ("runtime", &["model", "config", "fabric", "snapshot", "cloud", "poll", "action", "app", "ui", "term"]),
    ("cli", &["model", "config", "fabric", "snapshot", "cloud", "poll", "action", "app", "ui", "term", "runtime"]),
    ("main", &["cli", "runtime", "term", "config"]),
    ("lib", &[]),
];

/// Crates, by how their names begin, and the rooms that may know them.
const CRATES: &[(&str, &[&str])] = &[
    ("aws_", &["cloud/aws"]),
    ("tokio", &["cloud", "poll", "action", "term", "runtime", "cli", "main"]),
    ("ratatui", &["ui", "term", "runtime"]),
    ("crossterm", &["term", "runtime"]),
];

/// What reads a clock, and who may. Time comes in with the message everywhere else, so that tests, replay and the demo
/// can set it.
const CLOCKS: &[(&str, &[&str])] = &[
    ("Utc::now", &["runtime", "cli"]),
    ("Local::now", &[]),
    ("SystemTime::now", &["runtime", "cli"]),
    // How long something took may be measured where something is waited for.
    ("Instant::now", &["cloud", "poll", "action", "term", "runtime", "cli", "main"]),
];

/// Those that answer. None knows of another, and only those who choose one name it.
const CLOUDS: &[&str] = &["aws", "sim", "replay"];
const CHOOSERS: &[&str] = &["runtime", "cli"];

/// Files that may pass a wall: the file, how the path begins, and why.
const EXCEPTIONS: &[(&str, &str, &str)] = &[
    // What may never reach a terminal is said once, at the border where text comes in; the terminal holds the same line
    // once more where text goes out.
    ("term/screen.rs", "crate::cloud::clean::is_hostile", "nothing hostile is written"),
    ("term/decode.rs", "crate::cloud::clean::is_hostile", "nothing hostile is pasted"),
    ("term/clipboard.rs", "crate::cloud::clean::is_hostile", "nothing hostile is copied"),
];

/// `code` without comments, the insides of texts, and what is compiled for tests only.
fn bare(code: &str) -> String {
    let mut out = String::with_capacity(code.len());
    let mut rest = code;
    while let Some(next) = rest.chars().next() {
        if rest.starts_with("//") {
            rest = &rest[rest.find('\n').unwrap_or(rest.len())..];
        } else if rest.starts_with("/*") {
            rest = rest.find("*/").map_or("", |end| &rest[end + 2..]);
        } else if let Some(len) = raw_text(rest).filter(|_| !out.ends_with(is_word)) {
            rest = &rest[len..];
        } else if next == '"' {
            rest = &rest[1 + quoted(&rest[1..])..];
        } else if let Some(quote) = ["'\"'", "'\\\"'"].iter().find(|quote| rest.starts_with(**quote)) {
            rest = &rest[quote.len()..];
        } else {
            out.push(next);
            rest = &rest[next.len_utf8()..];
        }
    }
    // By the habit of the house an inline test module is the last thing in its file.
    let tests = out.match_indices("#[cfg(test)]").find(|(at, mark)| {
        let after = out[at + mark.len()..].trim_start();
        let (open, end) = (after.find('{'), after.find(';').unwrap_or(usize::MAX));
        after.starts_with("mod ") && open.is_some_and(|open| open < end)
    });
    let end = tests.map_or(out.len(), |(at, _)| at);
    out.truncate(end);
    out
}

/// How long the text is that `rest`, behind an opening quote, begins with, its closing quote included.
fn quoted(rest: &str) -> usize {
    let mut chars = rest.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '\\' => drop(chars.next()),
            '"' => return at + 1,
            _ => {}
        }
    }
    rest.len()
}

/// How long the raw text is that `rest` begins with, if it does.
fn raw_text(rest: &str) -> Option<usize> {
    let after = rest.strip_prefix('r')?;
    let hashes = after.len() - after.trim_start_matches('#').len();
    after[hashes..].strip_prefix('"')?;
    let (open, close) = (2 + hashes, format!("\"{}", "#".repeat(hashes)));
    Some(rest[open..].find(&close).map_or(rest.len(), |end| open + end + close.len()))
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// All paths in `code`, with `use` trees spread out: `use a::{b, c::d};` gives `a::b` and `a::c::d`.
fn paths(code: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = code;
    while let Some(start) = rest.find(is_word) {
        let len = path_tree(&rest[start..], "", &mut found);
        rest = &rest[start + len..];
    }
    found
}

/// Reads one path, and the tree behind it, from the start of `text`; tells how much it has read.
fn path_tree(text: &str, prefix: &str, found: &mut Vec<String>) -> usize {
    let mut at = text.find(|c| !is_word(c)).unwrap_or(text.len());
    let mut path = format!("{prefix}{}", &text[..at]);
    while let Some(after) = text[at..].trim_start().strip_prefix("::") {
        let begin = text.len() - after.trim_start().len();
        if text[begin..].starts_with('{') {
            let prefix = format!("{path}::");
            let mut inner = begin + 1;
            while let Some(next) = text[inner..].chars().next() {
                if next == '}' {
                    return inner + 1;
                }
                inner += if is_word(next) { path_tree(&text[inner..], &prefix, found) } else { next.len_utf8() };
            }
            return text.len();
        }
        let len = text[begin..].find(|c| !is_word(c)).unwrap_or(text.len() - begin);
        if len == 0 {
            break;
        }
        path = format!("{path}::{}", &text[begin..begin + len]);
        at = begin + len;
    }
    found.push(path);
    at
}

/// The room of the file at `path` under `src/`: `fabric` of `fabric/agent.rs`.
fn room(path: &str) -> &str {
    path.split('/').next().unwrap_or(path).trim_end_matches(".rs")
}

/// `path` as seen from the crate's root, where it is one of ours.
fn of_crate(path: &str, file: &str) -> Option<String> {
    for root in ["crate::", "infradeck::"] {
        if let Some(inner) = path.strip_prefix(root) {
            return Some(inner.to_owned());
        }
    }
    // `super` climbs from the module of the file.
    let mut modules: Vec<&str> = file.trim_end_matches(".rs").split('/').filter(|part| *part != "mod").collect();
    let mut inner = path.strip_prefix("self::").unwrap_or(path);
    if !inner.starts_with("super::") {
        return None;
    }
    while let Some(up) = inner.strip_prefix("super::") {
        modules.pop()?;
        inner = up;
    }
    modules.push(inner);
    Some(modules.join("::"))
}

/// Every wall that `code`, standing at `file` under `src/`, breaks.
fn broken(file: &str, code: &str) -> Vec<String> {
    let here = room(file);
    let Some((_, may)) = ROOMS.iter().find(|(name, _)| *name == here) else {
        return vec![format!("{file}: the room `{here}` stands nowhere in the table")];
    };
    let is_excepted = |path: &str| EXCEPTIONS.iter().any(|(at, what, _)| *at == file && path.starts_with(what));
    let paths = paths(&bare(code)).into_iter().filter(|path| path.contains("::") && !is_excepted(path));
    let reasons = paths.flat_map(|path| {
        let reasons = match of_crate(&path, file) {
            Some(inner) => ours(file, may, &inner),
            None => theirs(file, &path),
        };
        reasons.into_iter().map(move |reason| format!("{file}: {reason} ({path})"))
    });
    reasons.collect()
}

/// What is wrong with `path`, which starts at the crate's root.
fn ours(file: &str, may: &[&str], path: &str) -> Vec<String> {
    let here = room(file);
    let mut parts = path.split("::");
    let (there, below) = (parts.next().unwrap_or(""), parts.next().unwrap_or(""));
    let mut reasons = Vec::new();
    if ROOMS.iter().any(|(name, _)| *name == there) && there != here && !may.contains(&there) {
        reasons.push(format!("`{here}` may not know `{there}`"));
    }
    let is_its_own = file.starts_with(&format!("cloud/{below}/")) || file == format!("cloud/{below}.rs");
    if there == "cloud" && CLOUDS.contains(&below) && !is_its_own && !CHOOSERS.contains(&here) {
        reasons.push("only those who choose a cloud may name one".to_owned());
    }
    reasons
}

/// What is wrong with `path`, which starts at another crate or at something imported.
fn theirs(file: &str, path: &str) -> Vec<String> {
    let here = room(file);
    let among = |rooms: &[&str]| rooms.iter().any(|room| *room == here || file.starts_with(&format!("{room}/")));
    let first = path.split("::").next().unwrap_or(path);
    let is_of = |name: &str| if name.ends_with('_') { first.starts_with(name) } else { first == name };
    let crates = CRATES.iter().filter(|(name, rooms)| is_of(name) && !among(rooms));
    let clocks = CLOCKS.iter().filter(|(call, rooms)| {
        let is_it = path == *call || path.ends_with(&format!("::{call}"));
        is_it && !among(rooms)
    });
    let crates = crates.map(|_| format!("`{here}` may not know {first}"));
    crates.chain(clocks.map(|_| format!("`{here}` has no clock"))).collect()
}

/// Whether a file is compiled for tests only: they may know more.
fn is_test(path: &str) -> bool {
    let is_folder_of_tests = |part| matches!(part, "tests" | "tests.rs" | "testing" | "testing.rs" | "fuzz.rs");
    path.ends_with("_tests.rs") || path.split('/').any(is_folder_of_tests)
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("src can be read") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|end| end == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn no_wall_is_broken() {
    // Another tree can be looked at before it is merged: INFRADECK_SRC=/path/to/src
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let src = std::env::var_os("INFRADECK_SRC").map_or(own, PathBuf::from);
    let mut files = Vec::new();
    sources(&src, &mut files);
    assert!(files.len() > 10, "the sources were found");
    let mut all = Vec::new();
    for file in files {
        let name = file.strip_prefix(&src).expect("under src").to_string_lossy().replace('\\', "/");
        if !is_test(&name) {
            all.extend(broken(&name, &std::fs::read_to_string(&file).expect("a source")));
        }
    }
    assert!(all.is_empty(), "\n{}", all.join("\n"));
}

#[test]
fn every_broken_wall_is_seen() {
    for (file, code) in [
        ("model/ids.rs", "use crate::config::Rules;"),
        ("config/mod.rs", "use crate::{model::Time, fabric::Fabric};"),
        ("fabric/agent.rs", "use super::super::cloud::Ask;"),
        ("fabric/mod.rs", "fn f(app: &crate::app::App) {}"),
        ("poll/mod.rs", "use crate :: app :: App;"),
        ("app/update.rs", "use crate::{\n    model::Time, // ours\n    ui::pane::Frame,\n};"),
        ("term/mod.rs", "use crate::app::Key;"),
        ("snapshot.rs", "use crate::cloud::Cloud;"),
        ("runtime.rs", "use crate::cli::Flags;"),
        ("cellar/mod.rs", ""),
        ("cloud/aws/sqs.rs", "use crate::cloud::sim::World;"),
        ("cloud/sim/mod.rs", "use super::aws::Client;"),
        ("cloud/replay.rs", "use crate::cloud::{Ask, aws::Client};"),
        ("poll/mod.rs", "use crate::cloud::sim::Sim;"),
        ("cloud/sim/mod.rs", "use aws_sdk_sqs::Client;"),
        ("runtime.rs", "fn f() { aws_config::load(); }"),
        ("app/mod.rs", "use tokio::sync::mpsc;"),
        ("app/mod.rs", "fn f(key: crossterm::event::KeyEvent) {}"),
        ("app/mod.rs", "use ratatui::style::Color;"),
        ("app/mod.rs", "let now = std::time::Instant::now();"),
        ("ui/mod.rs", "use tokio::time::sleep;"),
        ("fabric/mod.rs", "let now = chrono::Utc::now();"),
        ("cloud/aws/mod.rs", "let now = SystemTime::now();"),
        ("config/mod.rs", "let text = \"//\"; let now = Utc::now();"),
        ("config/mod.rs", "let text = r#\"a \" b\"#; let quote = '\"'; let now = Utc::now();"),
        ("config/mod.rs", "#[cfg(test)]\nmod tests;\nuse crate::ui::Frame;"),
    ] {
        assert_eq!(broken(file, code).len(), 1, "{file}: {code}\n{:?}", broken(file, code));
    }
}

#[test]
fn what_is_allowed_passes() {
    for (file, code) in [
        ("fabric/agent.rs", "use super::minutes::Minutes;\nuse crate::{config::Rules, model::Time};"),
        ("fabric/mod.rs", "mod cloud_of_words; /// See crate::ui and crate::app\n// use crate::ui::X;"),
        ("app/mod.rs", "let text = \"crate::ui, tokio::time and Utc::now()\"; /* crate::ui::X */"),
        ("cloud/aws/mod.rs", "use aws_sdk_sqs::Client; use crate::cloud::aws::client; use super::Cloud;"),
        ("cloud/aws/sqs/page.rs", "use super::super::client::Client; let start = Instant::now();"),
        ("runtime.rs", "use crate::cloud::{aws, sim}; let now = chrono::Utc::now();"),
        ("cli.rs", "use crate::runtime::run; use crate::cloud::sim::Sim;"),
        ("ui/mod.rs", "use ratatui::Frame; use crate::app::App;"),
        ("main.rs", "use infradeck::cli; fn main() { cli::run() }"),
        ("app/mod.rs", "fn f() {}\n#[cfg(test)]\nmod tests {\n    use ratatui::Terminal;\n}"),
    ] {
        assert_eq!(broken(file, code), Vec::<String>::new(), "{file}: {code}");
    }
}
