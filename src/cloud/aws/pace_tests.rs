use std::sync::Arc;

use super::*;

/// How many calls get through in so many seconds, when one follows the other.
async fn in_seconds(pace: &Pace, seconds: u64) -> u32 {
    let end = Instant::now() + Duration::from_secs(seconds);
    let mut count = 0;
    while tokio::time::timeout_at(end, pace.turn(Place::Last)).await.is_ok() {
        count += 1;
    }
    count
}

#[tokio::test(start_paused = true)]
async fn a_burst_goes_at_once_then_evenly() {
    let pace = Pace::new(5, 10);
    let began = Instant::now();
    for _ in 0..10 {
        pace.turn(Place::Last).await;
    }
    assert_eq!(began.elapsed(), Duration::ZERO);
    for _ in 0..10 {
        pace.turn(Place::Last).await;
    }
    assert!((1_990..=2_020).contains(&began.elapsed().as_millis()), "{:?}", began.elapsed());
    tokio::time::sleep(Duration::from_mins(5)).await;
    let count = in_seconds(&pace, 10).await;
    assert!((58..=60).contains(&count), "a pause saves up a burst and no more: {count}");
}

#[tokio::test(start_paused = true)]
async fn an_order_comes_before_all_that_polls() {
    let pace = Arc::new(Pace::new(1, 1));
    let began = Instant::now();
    let mut polls = tokio::task::JoinSet::new();
    for _ in 0..100 {
        let pace = pace.clone();
        polls.spawn(async move { pace.turn(Place::Last).await });
    }
    tokio::time::sleep(Duration::from_millis(2_500)).await;
    pace.turn(Place::First).await;
    assert!(began.elapsed() <= Duration::from_millis(3_100), "the very next: {:?}", began.elapsed());
    // One that is given up is waited for by nobody.
    drop(tokio::time::timeout(Duration::from_millis(100), pace.turn(Place::First)).await);
    polls.join_all().await;
    assert!(began.elapsed() <= Duration::from_secs(102), "{:?}", began.elapsed());
}

#[tokio::test(start_paused = true)]
async fn what_was_not_waited_for_is_waited_for_by_the_next() {
    let pace = Pace::new(2, 2);
    pace.turn(Place::Last).await;
    pace.turn(Place::Last).await;
    pace.owe();
    pace.owe();
    let began = Instant::now();
    pace.turn(Place::Last).await;
    assert!((1_450..=1_550).contains(&began.elapsed().as_millis()), "{:?}", began.elapsed());
    pace.give_back();
    pace.turn(Place::Last).await;
    assert!(began.elapsed() <= Duration::from_millis(1_550), "{:?}", began.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_throttle_halves_the_rate_and_a_minute_brings_it_back() {
    let pace = Pace::new(10, 10);
    for _ in 0..8 {
        pace.throttled();
    }
    let slow = in_seconds(&pace, 1).await;
    assert!((4..=6).contains(&slow), "eight at once are one: {slow}");
    for _ in 0..20 {
        pace.throttled();
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    pace.throttled();
    let least = in_seconds(&pace, 4).await;
    assert!((2..=6).contains(&least), "something is left: {least}");
    tokio::time::sleep(Duration::from_mins(1)).await;
    let usual = in_seconds(&pace, 10).await;
    assert!((105..=110).contains(&usual), "{usual}");
}
