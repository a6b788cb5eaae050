//! Orders in a world that does as it is told, or does not.

use std::time::Duration;

use rstest::rstest;
use tokio::sync::{mpsc, watch};

use super::testing::{Fate, Shows, World, go, letters, no_screen, plan, run, step};
use super::{Keeper, Keeping, Kept, Runner, Steer};
use crate::action::{Act, Consented, Event, OrderId, Outcome, Plan, Standing};
use crate::model::RefusalKind;

fn runbook(steps: usize) -> Plan {
    plan((0..steps).map(|n| step(n, n % 2 == 0)).collect(), true)
}

fn together(steps: usize) -> Plan {
    plan((0..steps).map(|n| step(n, n % 2 == 0)).collect(), false)
}

fn outcome(standing: &Standing) -> Option<Outcome> {
    match standing {
        Standing::Ended(outcome, _) => Some(*outcome),
        _ => None,
    }
}

fn text(standing: &Standing) -> &str {
    match standing {
        Standing::Running => "running",
        Standing::Stopped(text) | Standing::Ended(_, text) => text,
    }
}

#[rstest]
#[case(true)]
#[case(false)]
#[tokio::test(start_paused = true)]
async fn what_works_is_done_once(#[case] one_by_one: bool) {
    let world = World::new();
    let plan = Plan { one_by_one, ..runbook(5) };
    let standing = run(&world, plan).await;
    assert_eq!(outcome(&standing), Some(Outcome::Done), "{standing:?}");
    assert_eq!(letters(&world.tale().unwrap()), "DDDDD");
    for n in 0..5 {
        assert_eq!(world.sent(&format!("f{n}")), 1);
    }
}

#[rstest]
#[case(Fate::Refused(RefusalKind::Denied), "DDF..")]
#[case(Fate::Refused(RefusalKind::Later), "DDF..")]
#[case(Fate::DoneUnanswered, "DDDDD")]
#[case(Fate::Lost, "DD?..")]
#[case(Fate::Hangs, "DD?..")]
#[tokio::test(start_paused = true)]
async fn a_runbook_goes_on_only_from_what_was_seen(#[case] fate: Fate, #[case] stands: &str) {
    for is_repeatable in [true, false] {
        let world = World::new();
        world.fate("f2", &[fate]);
        let mut plan = runbook(5);
        plan.steps[2] = step(2, is_repeatable);
        let standing = run(&world, plan).await;
        assert_eq!(letters(&world.tale().unwrap()), stands);
        assert_eq!(world.sent("f2"), 1);
        assert_eq!(world.sent("f3"), usize::from(stands == "DDDDD"));
        assert_eq!(matches!(standing, Standing::Stopped(_)), stands != "DDDDD", "{standing:?}");
    }
}

#[rstest]
#[case(Shows::Nothing, "D?...")]
#[case(Shows::Gone, "D?...")]
#[case(Shows::Denied, "D?...")]
#[case(Shows::After(4), "DDDDD")]
#[tokio::test(start_paused = true)]
async fn what_is_not_seen_is_not_done(#[case] shows: Shows, #[case] stands: &str) {
    let world = World::new();
    world.shows("f1", shows);
    run(&world, runbook(5)).await;
    // A function that is gone will not come back; a log that is empty may yet fill.
    assert_eq!(letters(&world.tale().unwrap()), stands);
}

#[tokio::test(start_paused = true)]
async fn a_gone_function_has_failed() {
    let world = World::new();
    world.shows("f0", Shows::Gone);
    let standing = run(&world, runbook(2)).await;
    assert_eq!(text(&standing), "step 1 failed: the function is not there");
}

#[tokio::test(start_paused = true)]
async fn a_runbook_passes_over_an_optional_step() {
    let world = World::new();
    world.fate("f1", &[Fate::Refused(RefusalKind::Denied)]);
    world.shows("f3", Shows::Nothing);
    let mut plan = runbook(5);
    plan.steps[1].optional = true;
    plan.steps[3].optional = true;
    let standing = run(&world, plan).await;
    assert_eq!(letters(&world.tale().unwrap()), "DsDsD");
    assert_eq!(outcome(&standing), Some(Outcome::Done));
    assert!(text(&standing).starts_with("3 of 5 done; passed over: Call f1: f1: Denied"), "{standing:?}");
}

#[rstest]
#[case(Fate::Refused(RefusalKind::Wrong), "DFDDD", Outcome::Failed)]
#[case(Fate::Lost, "D?DDD", Outcome::Unknown)]
#[case(Fate::Hangs, "D?DDD", Outcome::Unknown)]
#[case(Fate::DoneUnanswered, "DDDDD", Outcome::Done)]
#[tokio::test(start_paused = true)]
async fn one_of_many_holds_up_no_other(#[case] fate: Fate, #[case] stands: &str, #[case] ends: Outcome) {
    let world = World::new();
    world.fate("f1", &[fate]);
    let standing = run(&world, together(5)).await;
    assert_eq!(letters(&world.tale().unwrap()), stands);
    assert_eq!(outcome(&standing), Some(ends), "{standing:?}");
}

#[tokio::test(start_paused = true)]
async fn the_end_says_which_was_not_seen() {
    let world = World::new();
    world.shows("f3", Shows::Nothing);
    let standing = run(&world, together(4)).await;
    assert_eq!(outcome(&standing), Some(Outcome::Unknown));
    assert_eq!(text(&standing), "3 of 4 done; not known: Call f3: no sign of life; not seen within 60 s");
}

#[tokio::test(start_paused = true)]
async fn many_are_watched_at_once_and_called_at_five_a_second() {
    let world = World::new();
    for n in 0..50 {
        world.shows(&format!("f{n}"), Shows::After(2));
    }
    let begin = tokio::time::Instant::now();
    let standing = run(&world, together(50)).await;
    assert_eq!(text(&standing), "all 50 done");
    let took = begin.elapsed();
    assert!(took >= Duration::from_millis(49 * 200), "{took:?}");
    assert!(took < Duration::from_secs(30), "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn nothing_is_called_that_is_not_on_record() {
    // The fifth write is that of a call; whatever write fails, each call has its line.
    for failing in 1..=20 {
        for one_by_one in [true, false] {
            let world = World::new();
            world.with(|inner| inner.unwritable = (failing..100).collect());
            let (screen, mut news) = mpsc::channel(100);
            let runner = world.runner(screen);
            let plan = Plan { one_by_one, ..runbook(5) };
            let standing = runner.run(plan, String::new(), Consented::default(), go()).await;
            let calling = world.events().iter().filter(|event| matches!(event, Event::Calling { .. })).count();
            assert_eq!(world.with(|inner| inner.sent.len()), calling, "write {failing} fails");
            if failing == 1 {
                assert_eq!(outcome(&standing), Some(Outcome::Failed));
                assert_eq!(calling, 0);
            }
            // The screen is told what happened all the same: every answer, and the end.
            let told: Vec<Event> = std::iter::from_fn(|| news.try_recv().ok()).map(|news| news.2).collect();
            let answers = told.iter().filter(|event| matches!(event, Event::Called { .. })).count();
            assert_eq!(answers, calling);
            let last = told.last().unwrap();
            assert!(matches!(last, Event::Ended { .. } | Event::Stopped { .. }), "{last:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn it_stops_before_the_next_step_and_while_it_watches() {
    for one_by_one in [true, false] {
        let mut seen = Vec::new();
        for ms in (0..30_000).step_by(130) {
            let world = World::new();
            for n in 0..5 {
                world.shows(&format!("f{n}"), Shows::After(2));
            }
            let (steer, steering) = watch::channel(Steer::Go);
            let stopping = async {
                tokio::time::sleep(Duration::from_millis(ms)).await;
                steer.send_replace(Steer::Stop);
                let sent = world.with(|inner| inner.sent.len());
                tokio::time::sleep(Duration::from_secs(100)).await;
                assert_eq!(world.with(|inner| inner.sent.len()), sent, "nothing more is called");
            };
            let runner = world.runner(no_screen());
            let plan = Plan { one_by_one, ..runbook(5) };
            let (standing, ()) =
                tokio::join!(runner.run(plan, String::new(), Consented::default(), steering), stopping);
            let tale = world.tale().unwrap();
            assert_eq!(tale.standing, standing);
            assert!(!letters(&tale).contains('c'), "a call that is out is waited for");
            match &standing {
                Standing::Stopped(why) => assert!(why.starts_with("stopped by hand"), "{why}"),
                ended => assert_eq!(outcome(ended), Some(Outcome::Done)),
            }
            seen.push(letters(&tale));
        }
        seen.dedup();
        let all: &[&str] = if one_by_one {
            &["w....", "Dw...", "DDw..", "DDDw.", "DDDDw", "DDDDD"]
        } else {
            &["w....", "ww...", "www..", "wwww.", "wwwww"]
        };
        assert!(all.iter().all(|letters| seen.iter().any(|seen| seen == letters)), "{seen:?}");
    }
    let world = World::new();
    let runner = world.runner(no_screen());
    let stopped = watch::channel(Steer::Stop).1;
    let standing = runner.run(runbook(5), String::new(), Consented::default(), stopped).await;
    assert_eq!(text(&standing), "stopped by hand, before step 1");
    assert_eq!(letters(&world.tale().unwrap()), ".....");
}

#[tokio::test(start_paused = true)]
async fn a_restart_pressed_a_hundred_times_is_sent_once() {
    let world = World::new();
    world.shows("f0", Shows::After(3));
    let runner = world.runner(no_screen());
    let press = |n: u32| {
        // Each press is an order of its own, on the same agent.
        let id = OrderId(format!("20261122T141507Z-{n:08}"));
        runner.run(Plan { id, ..plan(vec![step(0, false)], false) }, String::new(), Consented::default(), go())
    };
    let ends = futures_util::future::join_all((0..100).map(press)).await;
    assert_eq!(world.sent("f0"), 1);
    assert_eq!(ends.iter().filter(|end| outcome(end) == Some(Outcome::Done)).count(), 1);
    assert!(text(&ends[1]).contains("on agent:s/h01 is running"), "{:?}", ends[1]);
    assert!(runner.running().is_empty());
}

#[tokio::test(start_paused = true)]
async fn one_order_is_run_once_however_often_it_is_confirmed() {
    let world = World::new();
    let runner = world.runner(no_screen());
    let plan = plan(vec![step(0, false)], false);
    for _ in 0..3 {
        runner.run(plan.clone(), String::new(), Consented::default(), go()).await;
    }
    assert_eq!(world.sent("f0"), 1);
    let ends = world.events().iter().filter(|event| matches!(event, Event::Ended { .. })).count();
    assert_eq!(ends, 1);
}

/// Locks of which one says no, or goes away after a while.
struct Shaky(Option<&'static str>, Kept);

impl Keeper for Shaky {
    fn take<'a>(&'a self, _: &'a OrderId, _: &'a [String], _: &'a str) -> Keeping<'a, Result<(), String>> {
        Box::pin(std::future::ready(self.0.map_or(Ok(()), |why| Err(why.to_owned()))))
    }
    fn renew<'a>(&'a self, _: &'a OrderId, _: &'a [String]) -> Keeping<'a, Kept> {
        Box::pin(std::future::ready(self.1.clone()))
    }
    fn give_back<'a>(&'a self, _: &'a OrderId, _: &'a [String]) -> Keeping<'a, ()> {
        Box::pin(std::future::ready(()))
    }
}

fn shaky(world: &std::sync::Arc<World>, keeper: Shaky) -> Runner {
    let every = Duration::from_secs(3);
    Runner::new(world.clone(), world.clone(), std::sync::Arc::new(keeper), world.clock(), no_screen(), every)
}

#[tokio::test(start_paused = true)]
async fn what_someone_else_holds_is_let_be() {
    let world = World::new();
    let held = Shaky(Some("traffic is held by kim@bastion since 14:02"), Kept::Yes);
    let standing = shaky(&world, held).run(runbook(5), String::new(), Consented::default(), go()).await;
    assert_eq!(outcome(&standing), Some(Outcome::Failed));
    assert_eq!(text(&standing), "traffic is held by kim@bastion since 14:02; nothing was called");
    assert_eq!(world.with(|inner| inner.sent.len()), 0);
    assert_eq!(world.tale().unwrap().standing, standing);
}

#[rstest]
#[case(Kept::Lost("kim@bastion broke it".to_owned()), "kim@bastion broke it")]
#[case(Kept::Unclear, "the lock of agent:s/h01 could not be renewed")]
#[tokio::test(start_paused = true)]
async fn without_its_locks_an_order_stops(#[case] kept: Kept, #[case] why: &str) {
    let world = World::new();
    for n in 0..5 {
        world.shows(&format!("f{n}"), Shows::After(2));
    }
    let standing = shaky(&world, Shaky(None, kept)).run(runbook(5), String::new(), Consented::default(), go()).await;
    assert!(matches!(&standing, Standing::Stopped(said) if said.starts_with(why)), "{standing:?}");
    assert_eq!(world.sent("f4"), 0);
}

#[tokio::test(start_paused = true)]
async fn a_screen_that_is_gone_holds_up_nothing() {
    let world = World::new();
    let (screen, news) = mpsc::channel(1);
    drop(news);
    let standing = world.runner(screen).run(runbook(5), String::new(), Consented::default(), go()).await;
    assert_eq!(outcome(&standing), Some(Outcome::Done));
}

#[tokio::test(start_paused = true)]
async fn a_step_may_only_watch() {
    let world = World::new();
    let mut plan = runbook(2);
    plan.steps[1] = step(0, true);
    plan.steps[1].act = Act::Watch;
    assert_eq!(outcome(&run(&world, plan.clone()).await), Some(Outcome::Done));
    let world = World::new();
    plan.steps.remove(0);
    let standing = run(&world, plan).await;
    assert!(text(&standing).ends_with("no concurrency is reserved for it; not seen within 60 s"), "{standing:?}");
}

#[tokio::test]
async fn an_order_can_run_on_any_thread() {
    fn is_send<T: Send>(_: &T) {}
    let world = World::new();
    let runner = world.runner(no_screen());
    is_send(&runner.run(runbook(1), String::new(), Consented::default(), go()));
}
