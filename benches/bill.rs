//! What asking costs: ten simulated minutes of two fabrics on emulators, each call counted at the proxy.
//!
//! `cargo bench --profile dev --bench bill`, or `… -- 10000 2000` for one fabric of so many agents and queues.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, clippy::disallowed_methods)]

#[cfg(feature = "aws")]
#[path = "../tests/support/mod.rs"]
mod support;

#[cfg(feature = "aws")]
fn main() {
    let given: Vec<usize> = std::env::args().skip(1).filter_map(|arg| arg.parse().ok()).collect();
    let fabrics = match given[..] {
        [agents, queues, ..] => vec![(agents, queues)],
        _ => vec![(100, 100), (10_000, 1_000)],
    };
    for (agents, queues) in fabrics {
        measure(agents, queues);
    }
}

/// So many agents and so many queues are on the screen.
#[cfg(feature = "aws")]
const SCREEN: usize = 20;

#[cfg(feature = "aws")]
fn measure(agents: usize, queues: usize) {
    use chrono::TimeDelta;
    use support::simulated::Simulated;

    let account = support::Lab::start().account();
    let began = std::time::Instant::now();
    let seeding = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let now = chrono::Utc::now().timestamp_millis();
    seeding.block_on(support::seed::crowd::put(&account, agents, queues, now));
    println!("{agents} agents, {queues} queues with dead letters: seeded in {:.0} s", began.elapsed().as_secs_f64());
    let asking = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    asking.block_on(async {
        // More rows of agents and queues than the overview shows at 160×45.
        let mut fabric = Simulated::start(&account, 0.5, SCREEN.min(agents), SCREEN.min(queues));
        fabric.pass(TimeDelta::seconds(90)).await;
        let (start, _) = fabric.usd();
        println!("  first 90 s, with Cost Explorer and all that is asked once: ${start:.4}");
        let (before, from) = (fabric.counts().0, fabric.now());
        fabric.pass(TimeDelta::minutes(10)).await;
        let (usd, own) = fabric.usd();
        // It ends when nothing is on its way.
        let minutes = (fabric.now() - from).as_seconds_f64() / 60.0;
        println!("  then {minutes:.1} minutes: ${:.4}, ${:.4} an hour", usd - start, (usd - start) / minutes * 60.0);
        println!("  by our own bill ${own:.6}, by the proxy ${usd:.6}");
        println!(
            "  {} of the {} rows on the screen told, never older than {} s",
            fabric.seen(),
            SCREEN.min(agents) + SCREEN.min(queues),
            fabric.oldest.num_seconds()
        );
        let (counted, told) = fabric.counts();
        assert_eq!(counted, told, "the bill is not what the proxy counted");
        for (operation, calls) in counted {
            println!("  {:6} {operation}", calls - before.get(&operation).copied().unwrap_or(0));
        }
        println!("  took {:.0} s", began.elapsed().as_secs_f64());
    });
}

#[cfg(not(feature = "aws"))]
fn main() {
    println!("built without AWS: there is nothing to count");
}
