//! Messages are carried, whatever happens on the way, and none is lost.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use chrono::DateTime;
use proptest::prelude::*;
use tokio::sync::watch;

use super::carry::send;
use super::testing::{Fate, World, go, letters, no_screen, plan, run};
use super::{Resume, Steer};
use crate::action::{Act, Consented, Expect, Outcome, Plan, Standing, Step, Undo, Wants};
use crate::model::{About, ControlCall, Probe, RawMessage, RefusalKind};

fn carry(from: &str, to: &str, per_second: Option<u32>) -> Plan {
    let probe = Probe { region: "us-east-1".into(), about: About::Queue { name: from.to_owned() } };
    let act = Act::Carry { region: "us-east-1".into(), from: from.to_owned(), to: to.to_owned(), per_second };
    let step = Step {
        says: format!("Carry {from} to {to}"),
        act,
        expect: Some(Expect { probe, wants: Wants::Empty, within_s: 30 }),
        undo: Undo::Nothing,
        optional: false,
    };
    plan(vec![step], false)
}

fn filled(count: usize) -> Arc<World> {
    let world = World::new();
    world.put("dlq", (0..count).map(|n| (format!("m{n}"), None)));
    world.put("main", []);
    world
}

/// Every message is in one of the queues.
fn nothing_is_lost(world: &World, count: usize) {
    let (here, there) = (world.bodies("dlq"), world.bodies("main"));
    let all: BTreeSet<&String> = here.iter().chain(&there).collect();
    assert_eq!(all.len(), count, "in the source {here:?}, in the target {there:?}");
}

#[tokio::test(start_paused = true)]
async fn all_are_carried_at_the_wanted_rate() {
    let world = filled(57);
    let begin = tokio::time::Instant::now();
    let standing = run(&world, carry("dlq", "main", Some(5))).await;
    assert!(matches!(standing, Standing::Ended(Outcome::Done, _)), "{standing:?}");
    assert!(begin.elapsed() >= Duration::from_millis(56 * 200));
    assert_eq!(world.bodies("dlq").len(), 0);
    assert_eq!(world.bodies("main"), (0..57).map(|n| format!("m{n}")).collect::<Vec<_>>());
}

#[tokio::test(start_paused = true)]
async fn wherever_it_is_cut_off_nothing_is_lost_and_the_rest_can_be_carried() {
    for life in 0..140 {
        let world = filled(13);
        world.power(Some(life));
        world.until_dark(run(&world, carry("dlq", "main", None))).await;
        nothing_is_lost(&world, 13);
        world.power(None);
        let Some(tale) = world.tale() else { continue };
        let standing = world.runner(no_screen()).resume(tale, Resume::Continue, String::new(), go()).await;
        nothing_is_lost(&world, 13);
        assert_eq!(world.bodies("dlq").len(), 0, "cut off at {life}: {standing:?}");
        assert!(matches!(standing, Standing::Ended(Outcome::Done, _)), "{standing:?}");
        // Cut off between its being sent and deleted, one message is there twice, and never more.
        assert!(world.bodies("main").len() <= 14);
    }
}

#[tokio::test(start_paused = true)]
async fn it_can_be_stopped_and_gone_on_with() {
    let world = filled(40);
    let (steer, steering) = watch::channel(Steer::Go);
    let runner = world.runner(no_screen());
    let running = runner.run(carry("dlq", "main", Some(2)), String::new(), Consented::default(), steering);
    let stopping = async {
        tokio::time::sleep(Duration::from_secs(5)).await;
        steer.send_replace(Steer::Stop);
    };
    let (standing, ()) = tokio::join!(running, stopping);
    assert!(matches!(&standing, Standing::Stopped(why) if why.contains("carried")), "{standing:?}");
    let carried = world.bodies("main").len();
    assert!((8..14).contains(&carried), "{carried}");
    nothing_is_lost(&world, 40);
    let standing = runner.resume(world.tale().unwrap(), Resume::Continue, String::new(), go()).await;
    assert!(matches!(standing, Standing::Ended(Outcome::Done, _)), "{standing:?}");
    assert_eq!(world.bodies("main").len(), 40);
}

#[tokio::test(start_paused = true)]
async fn what_may_have_been_sent_is_left_and_not_sent_again() {
    for fate in [Fate::Lost, Fate::DoneUnanswered, Fate::Hangs] {
        let world = filled(5);
        world.fate("send main", &[Fate::Done, fate]);
        let standing = run(&world, carry("dlq", "main", None)).await;
        let Standing::Ended(Outcome::Unknown, text) = &standing else { panic!("{standing:?}") };
        assert!(text.contains("4 carried; 1 left, perhaps in both queues"), "{text}");
        assert_eq!(world.bodies("dlq"), ["m1"]);
        assert_eq!(world.sent("send main"), 5);
    }
}

#[tokio::test(start_paused = true)]
async fn what_the_target_does_not_take_is_left() {
    let world = filled(5);
    world.fate("send main", &[Fate::Refused(RefusalKind::Wrong)]);
    let standing = run(&world, carry("dlq", "main", None)).await;
    let Standing::Ended(Outcome::Failed, text) = &standing else { panic!("{standing:?}") };
    assert!(text.contains("4 carried; 1 left: the target does not take them"), "{text}");
    assert_eq!(world.bodies("dlq"), ["m0"]);
}

#[tokio::test(start_paused = true)]
async fn without_the_right_to_delete_nothing_more_is_doubled() {
    let world = filled(30);
    world.fate("delete dlq", &[Fate::Refused(RefusalKind::Denied); 30]);
    let standing = run(&world, carry("dlq", "main", None)).await;
    assert!(matches!(standing, Standing::Ended(Outcome::Unknown, _)), "{standing:?}");
    assert_eq!(world.bodies("main").len(), 1);
}

#[tokio::test(start_paused = true)]
async fn without_the_right_to_receive_nothing_is_done() {
    let world = filled(3);
    world.fate("receive dlq", &[Fate::Refused(RefusalKind::Denied)]);
    let standing = run(&world, carry("dlq", "main", None)).await;
    assert!(matches!(standing, Standing::Ended(Outcome::Failed, _)), "{standing:?}");
    assert_eq!(letters(&world.tale().unwrap()), "F");
}

#[tokio::test(start_paused = true)]
async fn a_group_keeps_its_order() {
    for (nth, fate) in (0..6).flat_map(|nth| [(nth, Fate::Lost), (nth, Fate::Refused(RefusalKind::Wrong))]) {
        let world = World::new();
        let groups = (0..12).map(|n| (format!("m{n:02}"), Some(format!("g{}", n % 2))));
        world.put("dlq.fifo", groups);
        world.put("main.fifo", []);
        let mut fates = vec![Fate::Done; nth];
        fates.push(fate);
        world.fate("send main.fifo", &fates);
        run(&world, carry("dlq.fifo", "main.fifo", None)).await;
        let there = world.bodies("main.fifo");
        for parity in 0..2 {
            let group: Vec<usize> =
                there.iter().map(|body| body[1..].parse().unwrap()).filter(|n| n % 2 == parity).collect();
            let whole: Vec<usize> = (0..12).filter(|n| n % 2 == parity).collect();
            assert!(whole.starts_with(&group), "a hole in {group:?}");
        }
        let all: BTreeSet<String> = there.into_iter().chain(world.bodies("dlq.fifo")).collect();
        assert_eq!(all.len(), 12);
    }
}

#[test]
fn a_young_identifier_is_not_used_again() {
    let now = DateTime::from_timestamp(1_790_000_000, 0).unwrap();
    let mut raw = RawMessage {
        id: "id".into(),
        receipt: "r".into(),
        body: "b".into(),
        receives: None,
        sent_ms: Some((now.timestamp() - 3600) * 1000),
        group: Some("g".into()),
        deduplication: Some("d".into()),
    };
    let fifo = |raw: &RawMessage| match send("q.fifo", raw, now) {
        ControlCall::SendMessage { group, deduplication, .. } => (group.unwrap(), deduplication.unwrap()),
        other => panic!("{other:?}"),
    };
    assert_eq!(fifo(&raw), ("g".into(), "d".into()));
    raw.sent_ms = Some((now.timestamp() - 100) * 1000);
    assert_eq!(fifo(&raw), ("g".into(), "id".into()));
    raw.sent_ms = None;
    assert_eq!(fifo(&raw), ("g".into(), "id".into()));
    let plain = ControlCall::SendMessage { queue: "q".into(), body: "b".into(), group: None, deduplication: None };
    assert_eq!(send("q", &raw, now), plain);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn nothing_is_lost_whatever_is_refused_or_not_answered(
        count in 1_usize..25,
        receives in fates(), sends in fates(), deletes in fates(),
        lives in proptest::collection::vec(proptest::option::of(0_usize..60), 1..4),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        runtime.block_on(async {
            let world = filled(count);
            world.fate("receive dlq", &receives);
            world.fate("send main", &sends);
            world.fate("delete dlq", &deletes);
            for life in lives {
                world.power(life);
                match world.tale() {
                    None => world.until_dark(run(&world, carry("dlq", "main", None))).await,
                    Some(tale) => {
                        let runner = world.runner(no_screen());
                        world.until_dark(runner.resume(tale, Resume::Continue, String::new(), go())).await
                    }
                };
                nothing_is_lost(&world, count);
                if let Some(Standing::Ended(Outcome::Done, _)) = world.tale().map(|tale| tale.standing) {
                    assert_eq!(world.bodies("dlq").len(), 0, "called done");
                }
            }
        });
    }
}

fn fates() -> impl Strategy<Value = Vec<Fate>> {
    let fate = prop_oneof![
        5 => Just(Fate::Done),
        1 => Just(Fate::Refused(RefusalKind::Wrong)),
        1 => Just(Fate::Refused(RefusalKind::Later)),
        1 => Just(Fate::DoneUnanswered),
        1 => Just(Fate::Lost),
    ];
    proptest::collection::vec(fate, 0..12)
}
