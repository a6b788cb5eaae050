//! Dead letters on their way back.

use std::time::Duration;

use infradeck::model::{About, ControlCall, Move, Probed, RefusalKind};

use super::{Habit, Stage, comes, done, look, queue, refused};

async fn newest(stage: &impl Stage, queue: &str) -> Option<Move> {
    match look(stage, About::Moves { queue: queue.to_owned() }).await {
        Probed::Moves(moves) => moves.into_iter().next(),
        other => panic!("{other:?}"),
    }
}

fn is_over(found: &Probed, word: &str) -> bool {
    matches!(found, Probed::Moves(moves) if moves.first().is_some_and(|newest| newest.status == word))
}

/// A move takes dead letters back to their queue, none lost, none twice.
pub(crate) async fn a_move_brings_dead_letters_back(stage: &impl Stage) {
    let names = stage.names();
    let (from, to) = (&names.dead_letters, &names.queue);
    let (dead, waiting) = (queue(stage, from).await.visible.unwrap(), queue(stage, to).await.visible.unwrap());
    assert!(dead >= 3, "{dead}");
    let per_second = stage.keeps(Habit::MovesSlowly).then_some(1);
    let start = ControlCall::StartMove { queue: from.clone(), per_second };
    let handle = done(stage, start.clone()).await.name;
    assert!(handle.is_some());
    if stage.keeps(Habit::MovesSlowly) {
        let running = newest(stage, from).await.expect("it runs");
        assert_eq!((running.status.as_str(), running.of, running.handle), ("RUNNING", Some(dead), handle));
        if stage.keeps(Habit::ChecksMoves) {
            let why = refused(stage, start, RefusalKind::Wrong).await;
            assert!(why.contains("already running"), "{why}");
        }
    }
    let about = About::Moves { queue: from.clone() };
    comes(stage, dead as u32 + 30, about, |found| is_over(found, "COMPLETED")).await;
    let ended = newest(stage, from).await.expect("it ran");
    assert_eq!((ended.moved, ended.handle), (dead, None), "no handle once it is over");
    assert_eq!(queue(stage, from).await.visible, Some(0));
    assert_eq!(queue(stage, to).await.visible, Some(waiting + dead));
    if stage.keeps(Habit::ChecksMoves) {
        refused(stage, ControlCall::StartMove { queue: to.clone(), per_second: None }, RefusalKind::Wrong).await;
    }
}

/// A move that is cancelled stops; what has moved stays moved, and the rest stays.
pub(crate) async fn a_move_stops_when_told_to(stage: &impl Stage) {
    let names = stage.names();
    let (from, to) = (&names.dead_letters, &names.queue);
    if !stage.keeps(Habit::MovesSlowly) {
        return;
    }
    let (dead, waiting) = (queue(stage, from).await.visible.unwrap(), queue(stage, to).await.visible.unwrap());
    let start = ControlCall::StartMove { queue: from.clone(), per_second: Some(1) };
    let handle = done(stage, start).await.name.expect("a handle");
    let about = About::Moves { queue: from.clone() };
    comes(
        stage,
        30,
        about.clone(),
        |found| matches!(found, Probed::Moves(moves) if moves.first().is_some_and(|newest| newest.moved >= 1)),
    )
    .await;
    let cancel = ControlCall::CancelMove { queue: from.clone(), handle };
    done(stage, cancel.clone()).await;
    comes(stage, 30, about, |found| is_over(found, "CANCELLED")).await;
    let moved = newest(stage, from).await.expect("it ran").moved;
    assert!((1..dead).contains(&moved), "{moved} of {dead}");
    stage.settle(Duration::from_secs(10)).await;
    assert_eq!(queue(stage, from).await.visible, Some(dead - moved));
    assert_eq!(queue(stage, to).await.visible, Some(waiting + moved));
    if stage.keeps(Habit::ChecksCancels) {
        refused(stage, cancel, RefusalKind::Wrong).await;
    }
}
