//! The program from outside: in a pty at 160×45, beside `btop` where that is installed, all in one run.
//! Then over 9,600 baud; `-- slow` does that alone.
//!
//! `cargo bench --bench pty`, or with `--no-default-features` for the build without AWS. Prints a table in Markdown. With
//! `-- storm`, or `-- storm MINUTES`: ten minutes of `log-storm`, and what has grown by then.

#![allow(clippy::print_stdout, reason = "a table is what it is for")]
#![allow(clippy::expect_used, reason = "a benchmark says what it misses by panicking")]

#[allow(dead_code)]
#[path = "../tests/support/pty.rs"]
mod pty;

use std::time::{Duration, Instant};

use pty::{Link, Tty};

const COLS: u16 = 160;
const ROWS: u16 = 45;
const SETTLE: Duration = Duration::from_secs(5);
const IDLE: Duration = Duration::from_secs(20);
const KEYS: usize = 200;
/// What is written within so long of each other is one frame: a frame is one write, which a pty hands on in pieces.
const FRAME: Duration = Duration::from_millis(3);

/// Time on a processor of all threads, from the scheduler's own count.
fn cpu(pid: u32) -> Duration {
    let tasks = std::fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
    let spent = tasks.filter_map(|task| std::fs::read_to_string(task.path().join("schedstat")).ok());
    let nanos = spent.filter_map(|text| text.split(' ').next()?.parse::<u64>().ok());
    Duration::from_nanos(nanos.sum())
}

/// Resident memory, MB.
fn resident(pid: u32) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<f64>().ok()).unwrap_or(f64::NAN) / 1024.0
}

/// How many entries a folder of the process has: open files, threads.
fn count(pid: u32, what: &str) -> usize {
    std::fs::read_dir(format!("/proc/{pid}/{what}")).into_iter().flatten().count()
}

/// From start to a screen with something on it.
fn first_frame(program: &str, args: &[&str]) -> f64 {
    let mut times: Vec<f64> = (0..7)
        .map(|_| {
            let tty = Tty::start(program, args, COLS, ROWS);
            tty.wait_until(Duration::from_secs(20), "a first frame", |text| {
                text.chars().filter(|c| !c.is_whitespace()).count() > 80
            });
            let first = tty.output(|output| output.pieces.first().map(|piece| piece.0));
            let last = tty.output(|output| output.pieces.last().map(|piece| piece.0)).or(first);
            last.map_or(f64::NAN, |at| (at - tty.started()).as_secs_f64() * 1e3)
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

/// From a key to the first byte that it causes, milliseconds, sorted.
fn latencies(tty: &mut Tty, keys: &[&str; 20], count: usize) -> Vec<f64> {
    let mut times = Vec::new();
    for i in 0..count {
        let before = tty.output(|output| output.pieces.len());
        let sent = Instant::now();
        tty.send(keys[i % keys.len()]);
        while sent.elapsed() < Duration::from_millis(500) {
            if let Some(at) = tty.output(|output| output.pieces.get(before).map(|piece| piece.0)) {
                times.push((at - sent).as_secs_f64() * 1e3);
                break;
            }
            std::thread::sleep(Duration::from_micros(50));
        }
        std::thread::sleep(Duration::from_millis(25));
    }
    times.sort_by(f64::total_cmp);
    times
}

fn at(times: &[f64], share: f64) -> String {
    let place = ((times.len() as f64 * share) as usize).min(times.len().saturating_sub(1));
    times.get(place).map_or("–".to_owned(), |ms| format!("{ms:.1} ms"))
}

/// Down ten rows and up again.
const ROUND: [&str; 20] =
    ["j", "j", "j", "j", "j", "j", "j", "j", "j", "j", "k", "k", "k", "k", "k", "k", "k", "k", "k", "k"];
/// The same the other way round, for a log that begins at its end: a key that changes nothing causes nothing.
const BACK: [&str; 20] =
    ["k", "k", "k", "k", "k", "k", "k", "k", "k", "k", "j", "j", "j", "j", "j", "j", "j", "j", "j", "j"];
/// A filter that is typed, taken back, and typed with other words: each key looks through the log anew.
const TYPED: [&str; 20] = [
    "n", "a", "v", "i", "\x7f", "\x7f", "\x7f", "\x7f", "!", "w", "o", "\x7f", "\x7f", "\x7f", "~", "s", "t", "\x7f",
    "\x7f", "\x7f",
];

/// What is measured of one program.
struct Case<'a> {
    name: &'a str,
    program: &'a str,
    args: &'a [&'a str],
    /// So long it runs before anything is measured.
    settle: Duration,
    /// Keys to where it is measured.
    there: &'a [&'a str],
    keys: [&'static str; 20],
}

fn row(case: &Case<'_>) {
    let first = first_frame(case.program, case.args);
    let mut tty = Tty::start(case.program, case.args, COLS, ROWS);
    std::thread::sleep(case.settle);
    for key in case.there {
        tty.send(key);
        std::thread::sleep(Duration::from_millis(100));
    }
    let (bytes, spent, start) = (tty.output(|output| output.raw.len()), cpu(tty.pid()), Instant::now());
    std::thread::sleep(IDLE);
    let wall = start.elapsed().as_secs_f64();
    let rate = tty.output(|output| output.raw.len() - bytes) as f64 / wall;
    let percent = cpu(tty.pid()).saturating_sub(spent).as_secs_f64() * 100.0 / wall;
    let frames = tty.output(|output| {
        let times: Vec<Instant> = output.pieces.iter().map(|piece| piece.0).filter(|at| *at >= start).collect();
        usize::from(!times.is_empty()) + times.windows(2).filter(|pair| pair[1] - pair[0] > FRAME).count()
    });
    let memory = resident(tty.pid());
    let times = latencies(&mut tty, &case.keys, KEYS);
    println!(
        "| {} | {first:.0} ms | {rate:.0} B/s | {:.1}/s | {percent:.2} % | {memory:.0} MB | {} | {} | {} |",
        case.name,
        frames as f64 / wall,
        at(&times, 0.5),
        at(&times, 0.99),
        at(&times, 1.0)
    );
}

/// So many minutes of a log storm, a line for each of the first two and each tenth part.
fn storm(own: &str, minutes: u64) {
    println!("| log-storm, minute | resident | open files | threads | of a core | output | key, median | key, 99 % |");
    println!("| --- | --- | --- | --- | --- | --- | --- | --- |");
    let mut tty = Tty::start(own, &["--demo", "--scenario", "log-storm"], COLS, ROWS);
    std::thread::sleep(SETTLE);
    tty.send("5");
    let begun = Instant::now();
    let (mut spent, mut bytes) = (cpu(tty.pid()), 0);
    let mut held = Vec::new();
    for minute in 1..=minutes {
        let times = latencies(&mut tty, &BACK, KEYS);
        std::thread::sleep(Duration::from_secs(60 * minute).saturating_sub(begun.elapsed()));
        let pid = tty.pid();
        let (now, out) = (cpu(pid), tty.output(|output| output.raw.len()));
        held.push((resident(pid), count(pid, "fd")));
        if minute <= 2 || minute % (minutes / 10).max(1) == 0 {
            println!(
                "| {minute} | {:.1} MB | {} | {} | {:.2} % | {:.0} B/s | {} | {} |",
                resident(pid),
                count(pid, "fd"),
                count(pid, "task"),
                now.saturating_sub(spent).as_secs_f64() / 0.6,
                (out - bytes) as f64 / 60.0,
                at(&times, 0.5),
                at(&times, 0.99)
            );
        }
        (spent, bytes) = (now, out);
    }
    let (first, last) = (held[1.min(held.len() - 1)], held[held.len() - 1]);
    assert!(last.0 < first.0 * 1.1 + 2.0, "resident memory grew from {:.1} to {:.1} MB", first.0, last.0);
    assert_eq!(first.1, last.1, "open files");
}

/// Waits until all that was sent has come, and gives how many bytes that were, and how long they took.
fn until_quiet(tty: &Tty, before: usize, sent: Instant) -> (usize, f64) {
    let mut last = Instant::now();
    while last.elapsed() < Duration::from_millis(150) && sent.elapsed() < Duration::from_secs(20) {
        if tty.backlog() > 0 {
            last = Instant::now();
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    (tty.output(|output| output.raw.len()) - before, (last - sent).as_secs_f64())
}

/// Over 9,600 baud: what a key and a view cost, and what is on the way at most.
fn slow_row(scenario: &str) {
    let link = Link { rate: Some(960), ..Link::default() };
    let args = ["--demo", "--scenario", scenario];
    let mut tty = Tty::start_over(link, env!("CARGO_BIN_EXE_infradeck"), &args, (120, 36), &[]);
    std::thread::sleep(3 * SETTLE);
    let mut costs = |keys: &[&str]| {
        let mut all: Vec<(usize, f64)> = keys
            .iter()
            .map(|key| {
                let (before, sent) = (tty.output(|output| output.raw.len()), Instant::now());
                tty.send(key);
                let cost = until_quiet(&tty, before, sent);
                std::thread::sleep(Duration::from_millis(700));
                cost
            })
            .collect();
        all.sort_by_key(|cost| cost.0);
        let (bytes, seconds) = all[all.len() / 2];
        format!("{bytes} B, {seconds:.1} s")
    };
    let view = costs(&["2", "3", "5", "1", "2", "3", "5", "1", "3"]);
    let key = costs(&["j"; 21]);
    let (bytes, start) = (tty.output(|output| output.raw.len()), Instant::now());
    std::thread::sleep(IDLE);
    let rate = (tty.output(|output| output.raw.len()) - bytes) as f64 / start.elapsed().as_secs_f64();
    println!("| {scenario} | {key} | {view} | {rate:.0} B/s | {} B |", tty.take_most());
}

fn main() {
    if !std::env::args().any(|arg| arg == "slow") {
        fast();
    }
    println!("\n| at 9,600 baud, 120×36 | a key | another view | at rest | most on the way |");
    println!("| --- | --- | --- | --- | --- |");
    for scenario in ["calm", "incident", "log-storm", "swarm"] {
        slow_row(scenario);
    }
}

fn fast() {
    let own = env!("CARGO_BIN_EXE_infradeck");
    let mut args = std::env::args().skip_while(|arg| arg != "storm");
    if args.next().is_some() {
        return storm(own, args.find_map(|arg| arg.parse().ok()).unwrap_or(10));
    }
    println!(
        "| program, {COLS}×{ROWS} | first frame | output | frames | of a core | resident | key, median | key, 99 % | slowest |"
    );
    println!("| --- | --- | --- | --- | --- | --- | --- | --- | --- |");
    for scenario in ["calm", "incident", "log-storm", "swarm"] {
        let (name, args) = (format!("infradeck, {scenario}"), ["--demo", "--scenario", scenario]);
        row(&Case { name: &name, program: own, args: &args, settle: SETTLE, there: &["2"], keys: ROUND });
    }
    // 5,000 lines a second: when the memory is looked at the log is full.
    let both = ["--demo", "--scenario", "log-storm", "--agents", "10000"];
    let name = "infradeck, 10,000 agents and 100,000 lines";
    row(&Case { name, program: own, args: &both, settle: SETTLE, there: &["2"], keys: ROUND });
    let config = std::env::temp_dir().join("infradeck-million.toml");
    std::fs::write(&config, "[limits]\nlog_lines = 1_000_000\nmemory_mb = 1024\n").expect("a file");
    let mut million = both.to_vec();
    million.extend(["--config", config.to_str().expect("a path")]);
    // Until a million has come.
    let settle = Duration::from_secs(210);
    let name = "the same with 1,000,000 lines, looked through with each key";
    row(&Case { name, program: own, args: &million, settle, there: &["5", "/"], keys: TYPED });
    if std::process::Command::new("btop").arg("--version").output().is_ok() {
        row(&Case { name: "btop", program: "btop", args: &[], settle: SETTLE, there: &[], keys: ROUND });
    } else {
        println!("(btop is not installed here)");
    }
}
