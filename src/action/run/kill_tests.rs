//! The power goes at every point, and the order is taken up from what is on record.

use std::sync::Arc;

use proptest::prelude::*;

use super::Resume;
use super::testing::{Fate, Shows, World, go, letters, no_screen, plan, run, step};
use crate::action::{Act, Event, Made, Outcome, Plan, Standing, StepState, Tale, Undo};
use crate::model::RefusalKind;

const WAYS: [Resume; 3] = [Resume::Continue, Resume::Undo, Resume::Leave];

/// The program starts again: what is open is settled, and what stands still is taken up. Whether it went so far.
async fn again(world: &Arc<World>, how: Resume, settles: bool) -> Option<Standing> {
    let runner = world.runner(no_screen());
    if let Some(tale) = world.tale().filter(|tale| settles && !tale.is_over()) {
        world.until_dark(runner.settle(tale)).await?;
    }
    let tale = world.tale()?;
    let resume = runner.resume(tale, how, "a test".to_owned(), go());
    world.until_dark(resume).await
}

/// Whether step `n` of `plan` sets a state, and so can be repeated.
fn is_repeatable(plan: &Plan, n: usize) -> bool {
    matches!(&plan.steps[n].act, Act::Call(call) if call.call.is_repeatable())
}

/// What must hold whatever happens.
fn check(world: &World, plan: &Plan) -> Result<(), TestCaseError> {
    let Some(tale) = world.tale() else {
        prop_assert!(world.with(|inner| inner.sent.is_empty()), "called before it was on record");
        return Ok(());
    };
    for (n, step) in plan.steps.iter().enumerate() {
        let name = format!("f{n}");
        let (done, undone) = (world.done(&name), world.done(&format!("undo {name}")));
        if !is_repeatable(plan, n) {
            prop_assert!(done <= 1, "{} was done {done} times", name);
        }
        if matches!(tale.steps[n], StepState::Done(_)) {
            prop_assert!(done >= 1, "{name} is called done, and is not");
        }
        if matches!(tale.steps[n], StepState::Undone) {
            prop_assert!(undone >= 1, "{name} is called undone, and is not");
        }
        prop_assert!(undone == 0 || tale.deeds[n].call != Made::No, "{} was taken back and never called", name);
        prop_assert!(undone == 0 || matches!(step.undo, Undo::Call(_)));
        match tale.deeds[n].call {
            Made::No => prop_assert_eq!(done, 0, "{} is called not made, and was", name),
            Made::Yes => prop_assert!(done >= 1),
            Made::Out | Made::Perhaps => {}
        }
    }
    // What is told step by step is in order, and each call that was sent is on record.
    let mut told: Option<Tale> = None;
    let mut calling = 0;
    for (at, event) in world.with(|inner| inner.events.clone()) {
        if let (Event::Calling { step, undo: false }, Some(told)) = (&event, &told) {
            let before = &told.steps[..*step];
            let settled = before.iter().all(|state| matches!(state, StepState::Done(_) | StepState::Skipped(_)));
            prop_assert!(settled || !plan.one_by_one, "step {} was called after {:?}", step, letters(told));
        }
        calling += usize::from(matches!(event, Event::Calling { .. }));
        match &mut told {
            None => told = Some(Tale::begin(plan.clone(), String::new(), at)),
            Some(told) => {
                prop_assert!(!told.is_over(), "{:?} after the end", event);
                told.apply(at, &event);
            }
        }
    }
    prop_assert!(world.with(|inner| inner.sent.len()) <= calling, "a call that is not on record");
    match &tale.standing {
        Standing::Ended(Outcome::Done, _) => {
            for (state, step) in tale.steps.iter().zip(&plan.steps) {
                let is_done = matches!(state, StepState::Done(_));
                prop_assert!(is_done || step.optional, "done, though {:?}", state);
            }
        }
        Standing::Ended(Outcome::Undone, _) => {
            for (n, step) in plan.steps.iter().enumerate() {
                let last = world.with(|inner| {
                    let mut done = inner.done.iter().rev();
                    done.find(|done| done.ends_with(&format!("f{n}"))).cloned()
                });
                let stands = last.is_some_and(|last| !last.starts_with("undo"));
                prop_assert!(!stands || !matches!(step.undo, Undo::Call(_)), "f{n} stands, though all is undone");
            }
        }
        _ => {}
    }
    Ok(())
}

fn five(one_by_one: bool) -> Plan {
    plan((0..5).map(|n| step(n, n % 2 == 0)).collect(), one_by_one)
}

#[tokio::test(start_paused = true)]
async fn wherever_it_is_cut_off_it_can_be_taken_up() {
    let world = World::new();
    run(&world, five(true)).await;
    let points = world.with(|inner| inner.points);
    assert!(points > 25, "{points}");
    for one_by_one in [true, false] {
        for life in 0..=points {
            for how in WAYS {
                for then in 0..points {
                    let world = World::new();
                    world.power(Some(life));
                    let dark = world.until_dark(run(&world, five(one_by_one))).await;
                    assert_eq!(dark.is_none(), life < points, "the power goes");
                    // The power goes once more while it is taken up, now early, now late, now not at all.
                    let is_twice = then % 4 == 0;
                    world.power(is_twice.then_some(then));
                    again(&world, how, one_by_one).await;
                    check(&world, &five(one_by_one)).unwrap();
                    if is_twice {
                        world.power(None);
                        again(&world, how, one_by_one).await;
                        check(&world, &five(one_by_one)).unwrap();
                    }
                    let Some(tale) = world.tale() else { continue };
                    match (&tale.standing, how) {
                        (Standing::Ended(Outcome::Done, _), _) => assert_eq!(letters(&tale), "DDDDD"),
                        // Nothing was refused here: only what may not be repeated can hold it up.
                        (Standing::Stopped(_), Resume::Continue) => {
                            let step = letters(&tale).find('?').unwrap();
                            assert_eq!(step % 2, 1, "{tale:?}");
                            assert_eq!(world.done(&format!("f{step}")), 0);
                        }
                        (Standing::Ended(Outcome::Unknown, _), Resume::Continue) => assert!(!one_by_one),
                        (Standing::Ended(Outcome::Undone | Outcome::Unknown, _), Resume::Undo)
                        | (Standing::Ended(Outcome::Left, _), Resume::Leave) => {}
                        other => panic!("{other:?}"),
                    }
                }
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_no_runbook_ends_as_it_was_seen_when_the_program_starts_again() {
    for life in 0..60 {
        let world = World::new();
        world.power(Some(life));
        let ended = world.until_dark(run(&world, five(false))).await;
        world.power(None);
        let sent = world.with(|inner| inner.sent.len());
        let Some(tale) = world.tale() else { continue };
        let was_seen = letters(&tale) == "DDDDD";
        let standing = world.runner(no_screen()).settle(tale).await;
        assert_eq!(world.with(|inner| inner.sent.len()), sent, "nothing is called");
        match &standing {
            Standing::Ended(Outcome::Done, _) => assert!(was_seen),
            Standing::Ended(Outcome::Unknown, text) => {
                assert!(!was_seen && text.starts_with("cut off: "), "{text}");
            }
            other => panic!("{other:?}"),
        }
        assert!(ended.is_none_or(|ended| ended == standing));
        check(&world, &five(false)).unwrap();
    }
}

fn fate() -> impl Strategy<Value = Fate> {
    prop_oneof![
        4 => Just(Fate::Done),
        1 => Just(Fate::Refused(RefusalKind::Denied)),
        1 => Just(Fate::Refused(RefusalKind::Later)),
        2 => Just(Fate::DoneUnanswered),
        2 => Just(Fate::Lost),
        1 => Just(Fate::Hangs),
    ]
}

fn shows() -> impl Strategy<Value = Shows> {
    prop_oneof![
        6 => (0_u32..4).prop_map(Shows::After),
        1 => Just(Shows::Nothing),
        1 => Just(Shows::Gone),
        1 => Just(Shows::Denied),
    ]
}

#[derive(Clone, Debug)]
struct Told {
    is_repeatable: bool,
    optional: bool,
    is_seen: bool,
    fates: Vec<Fate>,
    undo_fates: Vec<Fate>,
    shows: Shows,
}

fn told() -> impl Strategy<Value = Told> {
    let fates = || proptest::collection::vec(fate(), 0..3);
    (any::<bool>(), proptest::bool::weighted(0.2), proptest::bool::weighted(0.8), fates(), fates(), shows()).prop_map(
        |(is_repeatable, optional, is_seen, fates, undo_fates, shows)| Told {
            is_repeatable,
            optional,
            is_seen,
            fates,
            undo_fates,
            shows,
        },
    )
}

fn way() -> impl Strategy<Value = Resume> {
    prop_oneof![4 => Just(Resume::Continue), 3 => Just(Resume::Undo), 1 => Just(Resume::Leave)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn nothing_runs_twice_and_nothing_is_called_what_it_is_not(
        steps in proptest::collection::vec(told(), 1..6),
        one_by_one in any::<bool>(),
        first in proptest::option::weighted(0.8, 0_usize..40),
        then in proptest::collection::vec((proptest::option::weighted(0.7, 0_usize..30), way(), any::<bool>()), 0..5),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        runtime.block_on(async {
            let world = World::new();
            let planned = steps.iter().enumerate().map(|(n, told)| {
                let mut step = step(n, told.is_repeatable);
                step.optional = told.optional;
                if !told.is_seen {
                    step.expect = None;
                }
                step
            });
            let planned = plan(planned.collect(), one_by_one);
            for (n, told) in steps.iter().enumerate() {
                world.fate(&format!("f{n}"), &told.fates);
                world.fate(&format!("undo f{n}"), &told.undo_fates);
                world.shows(&format!("f{n}"), told.shows);
            }
            world.power(first);
            world.until_dark(run(&world, planned.clone())).await;
            check(&world, &planned)?;
            for (life, how, settles) in then {
                world.power(life);
                again(&world, how, settles).await;
                check(&world, &planned)?;
            }
            world.power(None);
            again(&world, Resume::Leave, false).await;
            check(&world, &planned)?;
            prop_assert!(world.tale().is_none_or(|tale| tale.is_over()));
            Ok(())
        })?;
    }
}
