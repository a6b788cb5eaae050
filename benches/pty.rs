//! The program from outside: in a pty at 160×45, beside `btop` where that is installed, all in one run.
//! Then over 9,600 baud; `-- slow` does that alone.
//!
//! `cargo bench --bench pty`, or with `--no-default-features` for the build without AWS. Prints a table in Markdown.

#![allow(clippy::print_stdout, reason = "a table is what it is for")]

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
fn latencies(tty: &mut Tty) -> Vec<f64> {
    let mut times = Vec::new();
    for i in 0..KEYS {
        let before = tty.output(|output| output.pieces.len());
        let sent = Instant::now();
        tty.send(if i % 20 < 10 { "j" } else { "k" });
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

fn row(name: &str, program: &str, args: &[&str], keys: &str) {
    let first = first_frame(program, args);
    let mut tty = Tty::start(program, args, COLS, ROWS);
    std::thread::sleep(SETTLE);
    for key in keys.chars() {
        tty.send(&key.to_string());
        std::thread::sleep(Duration::from_millis(100));
    }
    let (bytes, spent, start) = (tty.output(|output| output.raw.len()), cpu(tty.pid()), Instant::now());
    std::thread::sleep(IDLE);
    let wall = start.elapsed().as_secs_f64();
    let rate = tty.output(|output| output.raw.len() - bytes) as f64 / wall;
    let percent = cpu(tty.pid()).saturating_sub(spent).as_secs_f64() * 100.0 / wall;
    let memory = resident(tty.pid());
    let times = latencies(&mut tty);
    let at = |share: f64| times.get(((times.len() as f64 * share) as usize).min(times.len().saturating_sub(1)));
    let ms = |value: Option<&f64>| value.map_or("–".to_owned(), |ms| format!("{ms:.1} ms"));
    println!(
        "| {name} | {first:.0} ms | {rate:.0} B/s | {percent:.2} % | {memory:.0} MB | {} | {} |",
        ms(at(0.5)),
        ms(at(0.99))
    );
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
    println!("| program, {COLS}×{ROWS} | first frame | output | of a core | resident | key, median | key, 99 % |");
    println!("| --- | --- | --- | --- | --- | --- | --- |");
    for scenario in ["calm", "incident", "log-storm", "swarm"] {
        row(&format!("infradeck, {scenario}"), own, &["--demo", "--scenario", scenario], "2");
    }
    // 5,000 lines a second: when the memory is looked at the log is full.
    let both = ["--demo", "--scenario", "log-storm", "--agents", "10000"];
    row("infradeck, 10,000 agents and 100,000 lines", own, &both, "2");
    if std::process::Command::new("btop").arg("--version").output().is_ok() {
        row("btop", "btop", &[], "");
    } else {
        println!("(btop is not installed here)");
    }
}
