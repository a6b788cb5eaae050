//! The runner with the real record and real locks, in files.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::TimeDelta;

use super::testing::{Shows, World, go, no_screen, plan, step};
use super::{Book, Locked, Resume, Runner};
use crate::action::{Consented, Event, Locks, OrderId, Outcome, Plan, Record, Standing, Tale, Who};
use crate::config::{Lock, LockPlace};

/// The desk of one person: an own record, and locks that all share.
fn desk(world: &Arc<World>, folder: &Path, user: &str) -> (Runner, Arc<Mutex<Record>>) {
    let who = Who { user: user.to_owned(), uid: 1001, aws: None, ssh: None, host: "bastion".to_owned() };
    let name = who.to_string();
    let record = Record::open(&folder.join(user), "test".into(), who).unwrap();
    let record = Arc::new(Mutex::new(record));
    let lock = Lock { place: LockPlace::File, expires: TimeDelta::minutes(30), folder: folder.join("shared") };
    let locks = Locks::new(&lock, "us-east-1".into());
    let keeper = Locked::new(locks, world.clone(), "test".into(), name, world.clock());
    let every = Duration::from_mins(10);
    (Runner::new(world.clone(), record.clone(), Arc::new(keeper), world.clock(), no_screen(), every), record)
}

fn order(number: u32, one_by_one: bool) -> Plan {
    let id = OrderId(format!("20261122T141507Z-{number:08}"));
    Plan { id, ..plan((0..3).map(|n| step(n, true)).collect(), one_by_one) }
}

async fn give(runner: &Runner, plan: Plan) -> Standing {
    runner.run(plan, "it is stuck".to_owned(), Consented::default(), go()).await
}

/// Lets an order run into the night, and ends the program there.
async fn cut_off(runner: &Runner, plan: Plan) {
    tokio::select! {
        _ = give(runner, plan) => panic!("it was to be cut off"),
        () = tokio::time::sleep(Duration::from_secs(3)) => {}
    }
}

fn only_tale(record: &Mutex<Record>) -> Tale {
    record.lock().unwrap().tales().unwrap().pop().unwrap()
}

#[tokio::test(start_paused = true)]
async fn two_people_do_not_do_the_same_thing_at_once() {
    let (world, folder) = (World::new(), tempfile::tempdir().unwrap());
    world.shows("f1", Shows::After(3));
    let ((alice, _), (kim, _)) = (desk(&world, folder.path(), "alice"), desk(&world, folder.path(), "kim"));
    let (first, second) = tokio::join!(give(&alice, order(1, true)), give(&kim, order(2, true)));
    assert!(matches!(first, Standing::Ended(Outcome::Done, _)), "{first:?}");
    let Standing::Ended(Outcome::Failed, why) = second else { panic!("{second:?}") };
    assert!(
        why.contains("alice@bastion") && why.contains("it is stuck") && why.contains("nothing was called"),
        "{why}"
    );
    assert_eq!(world.sent("f0"), 1);
    // It was given back.
    assert!(matches!(give(&kim, order(3, true)).await, Standing::Ended(Outcome::Done, _)));
}

#[tokio::test(start_paused = true)]
async fn what_was_cut_off_is_found_and_gone_on_with_under_its_own_lock() {
    let (world, folder) = (World::new(), tempfile::tempdir().unwrap());
    world.shows("f1", Shows::After(3));
    let (alice, record) = desk(&world, folder.path(), "alice");
    cut_off(&alice, order(1, true)).await;
    drop((alice, record));
    let (kim, _) = desk(&world, folder.path(), "kim");
    let Standing::Ended(Outcome::Failed, why) = give(&kim, order(2, true)).await else { panic!("it is locked") };
    assert!(why.contains("alice@bastion"), "{why}");
    let (alice, record) = desk(&world, folder.path(), "alice");
    let tale = only_tale(&record);
    assert!(matches!(tale.standing, Standing::Stopped(_)));
    let standing = alice.resume(tale.clone(), Resume::Continue, "go on".to_owned(), go()).await;
    assert!(matches!(standing, Standing::Ended(Outcome::Done, _)), "{standing:?}");
    assert_eq!(only_tale(&record).standing, standing);
    assert!((0..3).all(|n| world.sent(&format!("f{n}")) == 1));
    // From an old tale nothing is done again: what counts is the record.
    assert_eq!(alice.resume(tale, Resume::Undo, String::new(), go()).await, standing);
    assert_eq!(world.sent("undo f0"), 0);
}

#[tokio::test(start_paused = true)]
async fn a_lock_is_taken_from_one_whose_line_dropped() {
    let (world, folder) = (World::new(), tempfile::tempdir().unwrap());
    world.shows("f1", Shows::After(3));
    let (alice, record) = desk(&world, folder.path(), "alice");
    cut_off(&alice, order(1, true)).await;
    let (kim, _) = desk(&world, folder.path(), "kim");
    let mut refused = String::new();
    for target in order(2, true).order.targets() {
        if let Standing::Ended(Outcome::Failed, why) = give(&kim, order(2, true)).await {
            refused = why;
        }
        let sentence = kim.keeper.break_it(&target, "alice is off the line").await.unwrap();
        assert!(sentence.contains("kim@bastion broke the lock") && sentence.contains("alice@bastion"), "{sentence}");
        let again = kim.keeper.break_it(&target, "once more").await;
        assert!(again.is_err_and(|why| why.contains("nobody holds it")));
    }
    assert!(refused.contains("`:break-lock "), "{refused}");
    assert!(matches!(give(&kim, order(3, true)).await, Standing::Ended(Outcome::Done, _)));
    // Whoever had it finds out before anything more is called.
    let standing = alice.resume(only_tale(&record), Resume::Continue, "go on".to_owned(), go()).await;
    assert!(matches!(standing, Standing::Ended(Outcome::Done, _)), "it is free again: {standing:?}");
}

#[tokio::test(start_paused = true)]
async fn what_is_settled_frees_what_it_held() {
    let (world, folder) = (World::new(), tempfile::tempdir().unwrap());
    world.shows("f1", Shows::After(3));
    let (alice, record) = desk(&world, folder.path(), "alice");
    cut_off(&alice, order(1, false)).await;
    drop((alice, record));
    let (alice, record) = desk(&world, folder.path(), "alice");
    let standing = alice.settle(only_tale(&record)).await;
    let Standing::Ended(Outcome::Unknown, text) = &standing else { panic!("{standing:?}") };
    assert!(text.starts_with("cut off: "), "{text}");
    assert_eq!(only_tale(&record).standing, standing);
    assert!(matches!(give(&alice, order(2, false)).await, Standing::Ended(Outcome::Done, _)));
}

#[tokio::test(start_paused = true)]
async fn an_order_that_another_process_runs_is_let_be() {
    let (world, folder) = (World::new(), tempfile::tempdir().unwrap());
    let (alice, record) = desk(&world, folder.path(), "alice");
    let plan = order(1, true);
    let _elsewhere = record.claim(&plan.id).unwrap();
    let standing = give(&alice, plan.clone()).await;
    assert!(matches!(&standing, Standing::Ended(Outcome::Failed, why) if why.contains("another process")));
    let intended =
        Event::Intended { plan: Box::new(plan.clone()), why: String::new(), overriding: None, approved_by: None };
    Book::write(&*record, world.now(), &plan.id, &intended).unwrap();
    let tale = only_tale(&record);
    assert_eq!(tale.standing, Standing::Running);
    assert_eq!(alice.settle(tale.clone()).await, Standing::Running);
    assert_eq!(alice.resume(tale, Resume::Continue, String::new(), go()).await, Standing::Running);
    assert!(world.with(|inner| inner.sent.is_empty()));
}
