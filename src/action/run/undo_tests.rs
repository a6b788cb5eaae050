//! What was done is taken back, and only that.

use std::sync::Arc;

use super::testing::{Fate, Shows, World, go, letters, no_screen, plan, run, step};
use super::{Resume, Steer};
use crate::action::{Act, Event, Outcome, Plan, Standing, Undo};
use crate::model::{ControlCall, Directed, RefusalKind};

/// Steps that set states, the last of which is refused.
async fn half_done(one_by_one: bool) -> Arc<World> {
    let world = World::new();
    world.fate("f3", &[Fate::Refused(RefusalKind::Denied)]);
    let mut plan = plan((0..4).map(|n| step(n, true)).collect(), one_by_one);
    plan.steps[1] = step(1, false);
    // So that one that is no runbook stands still too.
    plan.steps[3].optional = false;
    run(&world, plan).await;
    world
}

async fn resume(world: &Arc<World>, how: Resume) -> Standing {
    let tale = world.tale().unwrap();
    world.runner(no_screen()).resume(tale, how, "a test".to_owned(), go()).await
}

fn undone(world: &World) -> Vec<String> {
    world.with(|inner| inner.sent.iter().filter(|sent| sent.starts_with("undo")).cloned().collect())
}

#[tokio::test(start_paused = true)]
async fn the_last_step_goes_first_and_what_cannot_be_is_said() {
    let world = half_done(true).await;
    let standing = resume(&world, Resume::Undo).await;
    assert_eq!(undone(&world), ["undo f2", "undo f0"]);
    assert_eq!(letters(&world.tale().unwrap()), "UsUF");
    let text = "2 steps taken back; step 2 stands: what it did stays done";
    assert_eq!(standing, Standing::Ended(Outcome::Undone, text.to_owned()));
}

#[tokio::test(start_paused = true)]
async fn a_runbook_stands_still_where_a_step_cannot_be_taken_back_and_goes_on_from_there() {
    for fate in [Fate::Refused(RefusalKind::Denied), Fate::Lost, Fate::DoneUnanswered] {
        let world = half_done(true).await;
        world.fate("undo f2", &[fate]);
        let standing = resume(&world, Resume::Undo).await;
        assert!(matches!(&standing, Standing::Stopped(why) if why.starts_with("step 3 could not")), "{standing:?}");
        assert_eq!(undone(&world), ["undo f2"]);
        if !matches!(fate, Fate::Refused(_)) {
            // Something may be taken back by now: it can only go further back.
            let standing = resume(&world, Resume::Continue).await;
            assert!(matches!(&standing, Standing::Stopped(why) if why.contains("being taken back")), "{standing:?}");
            assert_eq!(world.sent("f3"), 1);
        }
        let standing = resume(&world, Resume::Undo).await;
        assert!(matches!(standing, Standing::Ended(Outcome::Undone, _)), "{standing:?}");
        assert_eq!(world.sent("undo f2"), 2);
        assert_eq!(world.sent("undo f0"), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn what_may_be_done_is_taken_back_where_that_is_safe() {
    for fate in [Fate::Lost, Fate::DoneUnanswered] {
        let world = World::new();
        world.fate("f0", &[fate]);
        world.shows("f0", Shows::Nothing);
        run(&world, plan(vec![step(0, true)], true)).await;
        let standing = resume(&world, Resume::Undo).await;
        assert_eq!(undone(&world), ["undo f0"]);
        assert!(matches!(standing, Standing::Ended(Outcome::Undone, _)), "{standing:?}");
    }
}

/// A step whose undoing must not be repeated, and the name of that.
fn with_undo_that_counts() -> Plan {
    let mut plan = plan(vec![step(0, false)], true);
    let call = ControlCall::InvokeFunction { function: "back".to_owned(), payload: "{}".to_owned() };
    plan.steps[0].undo = Undo::Call(Directed { region: "us-east-1".into(), call });
    plan
}

#[tokio::test(start_paused = true)]
async fn an_undoing_that_counts_is_called_once_and_only_for_what_was_seen() {
    // Perhaps done, and not seen: it stands.
    let world = World::new();
    world.fate("f0", &[Fate::DoneUnanswered]);
    world.shows("f0", Shows::Nothing);
    run(&world, with_undo_that_counts()).await;
    let standing = resume(&world, Resume::Undo).await;
    assert_eq!(world.sent("back"), 0);
    let text = "nothing was taken back; step 1 stands: whether it was done is not known";
    assert_eq!(standing, Standing::Ended(Outcome::Unknown, text.to_owned()));
    // Surely done, and its undoing perhaps: not once more.
    let world = World::new();
    world.shows("f0", Shows::Nothing);
    world.fate("back", &[Fate::Lost]);
    run(&world, with_undo_that_counts()).await;
    assert!(matches!(resume(&world, Resume::Undo).await, Standing::Stopped(_)));
    let standing = resume(&world, Resume::Undo).await;
    assert_eq!(world.sent("back"), 1);
    assert!(matches!(standing, Standing::Ended(Outcome::Unknown, _)), "{standing:?}");
}

#[tokio::test(start_paused = true)]
async fn it_can_be_stopped_between_steps() {
    let world = half_done(true).await;
    let tale = world.tale().unwrap();
    let stopped = tokio::sync::watch::channel(Steer::Stop).1;
    let standing = world.runner(no_screen()).resume(tale, Resume::Undo, String::new(), stopped).await;
    assert_eq!(standing, Standing::Stopped("stopped by hand, before step 3 was taken back".to_owned()));
    assert!(undone(&world).is_empty());
}

#[tokio::test(start_paused = true)]
async fn what_is_over_is_not_taken_up() {
    let world = World::new();
    run(&world, plan(vec![step(0, true)], false)).await;
    let events = world.events().len();
    for how in [Resume::Continue, Resume::Undo, Resume::Leave] {
        assert!(matches!(resume(&world, how).await, Standing::Ended(Outcome::Done, _)));
    }
    assert_eq!(world.events().len(), events);
}

#[tokio::test(start_paused = true)]
async fn a_secret_that_the_record_does_not_hold_is_not_sent() {
    let world = half_done(true).await;
    let mut tale = world.tale().unwrap();
    if let Act::Call(call) = &mut tale.plan.steps[3].act {
        call.call = ControlCall::InvokeFunction { function: "f3".to_owned(), payload: "[redacted]".to_owned() };
    }
    let standing = world.runner(no_screen()).resume(tale, Resume::Continue, String::new(), go()).await;
    assert!(matches!(&standing, Standing::Stopped(why) if why.contains("order it anew")), "{standing:?}");
    assert_eq!(world.sent("f3"), 1);
    assert!(matches!(world.events().last(), Some(Event::Stopped { .. })));
}

#[tokio::test(start_paused = true)]
async fn a_message_is_sent_again_only_while_the_queue_would_tell_a_copy() {
    for (seconds, sent) in [(100, 2), (299, 1), (100_000, 1)] {
        let world = World::new();
        world.fate("send q.fifo", &[Fate::Lost]);
        let mut plan = plan(vec![step(0, true)], true);
        let (group, deduplication) = (Some("g".to_owned()), Some("d".to_owned()));
        let call = ControlCall::SendMessage { queue: "q.fifo".into(), body: "b".into(), group, deduplication };
        plan.steps[0].act = Act::Call(Directed { region: "us-east-1".into(), call });
        plan.steps[0].expect = None;
        run(&world, plan).await;
        tokio::time::sleep(std::time::Duration::from_secs(seconds)).await;
        let standing = resume(&world, Resume::Continue).await;
        assert_eq!(world.sent("send q.fifo"), sent, "after {seconds} s");
        assert_eq!(matches!(standing, Standing::Ended(Outcome::Done, _)), sent == 2, "{standing:?}");
    }
}
