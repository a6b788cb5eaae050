//! Thirty days of uptime by a clock that runs as fast as the work is done. Figures: `benches/README.md`.
//!
//! `cargo bench --no-default-features --bench soak`, or with a number of days after `--`. Prints a table in Markdown, and
//! panics where something grew.

#![allow(clippy::print_stdout, reason = "a table is what it is for")]
#![allow(clippy::expect_used, reason = "a benchmark says what it misses by panicking")]

#[path = "../tests/soak/days.rs"]
mod days;
#[allow(dead_code)]
#[path = "../tests/scene/play.rs"]
mod play;

/// Resident memory, MB.
fn resident() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<f64>().ok()).unwrap_or(f64::NAN) / 1024.0
}

fn main() {
    let days = std::env::args().find_map(|arg| arg.parse().ok()).unwrap_or(30);
    println!("| day | answers | agents | lines | said to be held | asked for | resident | tasks | files |");
    println!("| --- | --- | --- | --- | --- | --- | --- | --- | --- |");
    let mut evenings = Vec::new();
    let begun = std::time::Instant::now();
    days::live(days, 110, std::time::Duration::ZERO, |day, at| {
        evenings.push((at, resident()));
        if day <= 2 || day % 5 == 0 {
            let mb = |bytes: usize| bytes as f64 / 1_048_576.0;
            println!(
                "| {day} | {} | {} | {} | {:.2} MB | {:.2} MB | {:.1} MB | {} | {} |",
                at.answers,
                at.known.0,
                at.known.1,
                mb(at.held),
                mb(at.bytes),
                resident(),
                at.tasks,
                at.files
            );
        }
    });
    println!("({days} days took {:.0} s)", begun.elapsed().as_secs_f64());
    let (first, last) = (evenings[1.min(evenings.len() - 1)], evenings[evenings.len() - 1]);
    days::assert_flat(first.0, last.0);
    assert!(last.1 < first.1 * 1.1 + 2.0, "resident memory grew from {:.1} to {:.1} MB", first.1, last.1);
}
