use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};

use super::*;
use crate::cloud::Answer;
use crate::model::{Fact, Link, Scope, Time};

/// A clock that goes with tokio's.
fn terms(per_hour: f64) -> Terms {
    let began = Instant::now();
    let clock: Clock = Arc::new(move || Time::UNIX_EPOCH + began.elapsed());
    Terms { fabric: "f".into(), per_hour, prices: Arc::default(), clock }
}

/// Answers from a script, and counts.
#[derive(Default)]
struct Script {
    asked: Mutex<Vec<(Question, RegionId, Instant)>>,
    failing: Option<Question>,
    hanging: Option<RegionId>,
    in_flight: AtomicU32,
}

impl Cloud for Script {
    fn observe<'a>(&'a self, ask: &'a Ask, _: &'a Progress) -> Answer<'a> {
        Box::pin(async move {
            self.asked.lock().unwrap().push((ask.question, ask.region.clone(), Instant::now()));
            self.in_flight.fetch_add(1, Ordering::SeqCst);
            if self.hanging.as_ref() == Some(&ask.region) {
                std::future::pending::<()>().await;
            }
            let quality = if self.failing == Some(ask.question) { Quality::Failed } else { Quality::Complete };
            Observation {
                at: Time::UNIX_EPOCH,
                scope: Scope { fabric: "f".into(), region: ask.region.clone() },
                question: ask.question,
                quality,
                reason: None,
                calls: Vec::new(),
                link: Link::default(),
                fact: None::<Fact>,
            }
        })
    }
}

impl Script {
    fn times(&self, question: Question) -> Vec<Instant> {
        self.asked.lock().unwrap().iter().filter(|(q, ..)| *q == question).map(|(.., at)| *at).collect()
    }
}

/// Runs a poller over `script` for so many simulated seconds, looking at `looked_at`.
async fn play(script: Script, regions: &[&str], looked_at: &[Question], seconds: u64) -> Arc<Script> {
    let script = Arc::new(script);
    let cloud: Arc<dyn Cloud> = script.clone();
    let regions: Vec<RegionId> = regions.iter().map(|r| RegionId::from(*r)).collect();
    let (poller, mut facts) = Poller::start(&cloud, &regions, &terms(0.5));
    poller.look(Interest { questions: looked_at.to_vec(), ..Interest::default() });
    let end = Instant::now() + Duration::from_secs(seconds);
    while tokio::time::timeout_at(end, facts.recv()).await.is_ok() {}
    script
}

#[tokio::test(start_paused = true)]
async fn what_is_looked_at_is_asked_at_its_cadence_and_the_rest_half_as_often() {
    let script = play(Script::default(), &["r1"], &[Question::Queues], 200).await;
    assert!((20..=24).contains(&script.times(Question::Queues).len()), "{}", script.times(Question::Queues).len());
    assert!((10..=12).contains(&script.times(Question::Functions).len()));
    assert_eq!(script.times(Question::Cost).len(), 1);
}

#[tokio::test(start_paused = true)]
async fn what_fails_is_asked_less_and_less_often_up_to_once_a_minute() {
    let script = Script { failing: Some(Question::Logs), ..Script::default() };
    let times = play(script, &["r1"], &[Question::Logs], 1200).await.times(Question::Logs);
    let gaps: Vec<u64> = times.windows(2).map(|w| (w[1] - w[0]).as_secs()).collect();
    assert!(gaps.is_sorted(), "{gaps:?}");
    assert!(gaps.last().is_some_and(|gap| (50..=60).contains(gap)), "{gaps:?}");
}

#[tokio::test(start_paused = true)]
async fn what_may_be_ordered_is_asked_of_what_was_listed_and_seldom() {
    let script = play(Script::default(), &["r1", "r2"], &[Question::Queues], 1_300).await;
    let asked = script.asked.lock().unwrap();
    let place = |question| asked.iter().position(|(q, ..)| *q == question).unwrap();
    for listing in listings_for(Question::Rights) {
        assert!(place(*listing) < place(Question::Rights), "{listing}");
    }
    let rights: Vec<_> = asked.iter().filter(|(question, ..)| *question == Question::Rights).collect();
    assert!(rights.iter().all(|(_, region, _)| region.as_str() == "r1"));
    assert!((2..=3).contains(&rights.len()), "{}", rights.len());
}

#[tokio::test(start_paused = true)]
async fn whoever_may_not_ask_iam_is_not_refused_every_minute() {
    let script = Script { failing: Some(Question::Rights), ..Script::default() };
    assert!((5..=9).contains(&play(script, &["r1"], &[], 1_800).await.times(Question::Rights).len()));
}

#[tokio::test(start_paused = true)]
async fn a_region_that_does_not_answer_holds_up_no_other_and_is_not_asked_twice_at_once() {
    let script = Script { hanging: Some("dead".into()), ..Script::default() };
    let script = play(script, &["alive", "dead"], &[], 100).await;
    let asked = script.asked.lock().unwrap();
    let dead = asked.iter().filter(|(_, region, _)| region.as_str() == "dead").count();
    let first_wave = questions(false).filter(|q| listings_for(*q).is_empty()).count();
    assert_eq!(dead, first_wave);
    assert!(asked.len() > 30);
}

#[tokio::test(start_paused = true)]
async fn by_hand_asks_what_is_looked_at_but_never_what_costs_a_cent() {
    let script = Arc::new(Script::default());
    let cloud: Arc<dyn Cloud> = script.clone();
    let (poller, mut facts) = Poller::start(&cloud, &["r1".into()], &terms(0.5));
    poller.look(Interest { questions: vec![Question::Alarms, Question::Cost], ..Interest::default() });
    for _ in 0..3 {
        let end = Instant::now() + Duration::from_millis(200);
        while tokio::time::timeout_at(end, facts.recv()).await.is_ok() {}
        poller.ask_now();
    }
    let count = |q| script.times(q).len();
    assert_eq!((count(Question::Alarms), count(Question::Cost), count(Question::Instances)), (3, 1, 1));
}

#[tokio::test]
async fn asking_all_once_asks_listings_first_and_global_questions_once() {
    let script = Arc::new(Script::default());
    let cloud: Arc<dyn Cloud> = script.clone();
    let observations = ask_all(&cloud, &["r1".into(), "r2".into()], &terms(0.5)).await;
    let local = questions(false).count();
    // What may be ordered matters to nobody who orders nothing.
    assert_eq!(observations.len(), Question::ALL.len() - 1 + local);
    assert!(observations.iter().all(|observation| observation.question != Question::Rights));
    let asked = script.asked.lock().unwrap();
    let place = |question| asked.iter().position(|(q, ..)| *q == question).unwrap();
    assert!(place(Question::LogGroups) < place(Question::Logs));
    assert!(place(Question::Queues) < place(Question::QueuePulse));
}

#[test]
fn many_lines_come_in_parts() {
    let line = |id| crate::model::LogLine {
        at: Time::UNIX_EPOCH,
        id,
        group: "g".into(),
        owner: None,
        kind: crate::model::LineKind::Plain,
        event: None,
        text: id.to_string().into(),
    };
    let logs = |count: u64| Observation {
        at: Time::UNIX_EPOCH,
        scope: Scope { fabric: "f".into(), region: "us-east-1".into() },
        question: Question::Logs,
        quality: Quality::Partial,
        reason: Some("behind".into()),
        calls: Vec::new(),
        link: Link::default(),
        fact: Some(Fact::Logs((0..count).map(line).collect(), Vec::new())),
    };
    for count in [0, 1, 1_000, 2_001] {
        let parts = parts(logs(count));
        assert_eq!(parts.len() as u64, count.div_ceil(1_000).max(1));
        let lines = parts.iter().flat_map(|part| match &part.fact {
            Some(Fact::Logs(lines, _)) if lines.len() <= LINES => lines.as_slice(),
            _ => &[],
        });
        assert!(lines.map(|line| line.id).eq(0..count));
        assert!(parts.iter().all(|part| part.reason.is_some() && part.quality == Quality::Partial));
    }
    let mut long = logs(100);
    if let Some(Fact::Logs(lines, _)) = &mut long.fact {
        for line in lines {
            line.text = "x".repeat(64 << 10).into();
        }
    }
    assert_eq!(parts(long).len(), 7, "a megabyte each, and the rest");
}

#[tokio::test(start_paused = true)]
async fn without_money_only_what_is_free_is_asked_and_the_rest_says_so_once() {
    let script = Arc::new(Script::default());
    let cloud: Arc<dyn Cloud> = script.clone();
    let (poller, mut facts) = Poller::start(&cloud, &["r1".into()], &terms(0.0));
    poller.look(Interest { questions: vec![Question::Queues, Question::Functions], ..Interest::default() });
    let end = Instant::now() + Duration::from_mins(3);
    let mut held = Vec::new();
    let mut by_hand = 0;
    while let Ok(Some(answer)) = tokio::time::timeout_at(end, facts.recv()).await {
        if by_hand < 3 {
            by_hand += 1;
            poller.ask_now();
        }
        held.extend(Some(answer).filter(|answer| answer.quality == Quality::Throttled));
    }
    assert!(script.times(Question::Functions).len() > 10);
    assert!(script.times(Question::Queues).is_empty() && script.times(Question::Cost).is_empty());
    let of_queues: Vec<_> = held.iter().filter(|answer| answer.question == Question::Queues).collect();
    let reason = of_queues[0].reason.as_deref().unwrap_or_default();
    assert!(of_queues.len() == 1 && reason.contains("budget of $0/h"), "{of_queues:?}");
}

#[tokio::test(start_paused = true)]
async fn what_tells_minutes_is_asked_once_a_minute_shortly_after_it() {
    let script = play(Script::default(), &["r1"], &[Question::Metrics], 600).await;
    let began = script.times(Question::Identity)[0];
    let times: Vec<u64> = script.times(Question::Metrics).iter().map(|at| (*at - began).as_secs()).collect();
    assert!(times[1..].iter().all(|at| (5..=15).contains(&(at % 60))), "{times:?}");
    assert!(times[1..].windows(2).all(|pair| pair[1] - pair[0] == 60), "{times:?}");
}

#[test]
fn a_forecast_that_is_asked_first_can_pay_for_the_days_too() {
    let till = Till::new(&terms(0.5), Purse::once(0.5));
    // Two pages of them, and itself.
    assert!(till.share(Question::Forecast, 3).all_usd() >= 0.03);
}
