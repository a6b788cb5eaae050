use std::sync::atomic::{AtomicU32, Ordering};

use super::*;
use crate::model::{Identity, Link, Time};

/// Tells who asks and what it will cost, and counts how often it was asked for the latter.
#[derive(Default)]
struct Counting(AtomicU32);

impl Cloud for Counting {
    fn observe<'a>(&'a self, ask: &'a Ask, _: &'a Progress) -> Answer<'a> {
        Box::pin(async move {
            let fact = match ask.question {
                Question::Identity => {
                    Fact::Identity(Identity { account: "123456789012".into(), arn: "arn:aws:iam::1:user/kim".into() })
                }
                _ => Fact::Forecast(f64::from(self.0.fetch_add(1, Ordering::Relaxed))),
            };
            Observation {
                at: now(),
                scope: Scope { fabric: "f".into(), region: ask.region.clone() },
                question: ask.question,
                quality: Quality::Complete,
                reason: None,
                calls: Vec::new(),
                link: Link::default(),
                fact: Some(fact),
            }
        })
    }
}

fn now() -> Time {
    "2026-11-22T12:00:00Z".parse().expect("a time")
}

#[tokio::test]
async fn the_next_start_pays_nothing_and_says_how_old_the_answer_is() {
    let home = tempfile::tempdir().expect("a folder");
    let cloud = Arc::new(Counting::default());
    let start = |clock: Time| Thrift {
        cloud: cloud.clone(),
        costs: Costs::new(home.path().to_owned(), None, 1000),
        clock: Arc::new(move || clock),
        fabric: "f".into(),
        account: OnceLock::new(),
    };
    let progress: Progress = Arc::new(drop);
    let ask = Ask::all(Question::Forecast, "us-east-1".into());
    let first = start(now()).observe(&ask, &progress).await;
    let later = start(now() + chrono::TimeDelta::hours(5)).observe(&ask, &progress).await;
    assert_eq!((later.at, &later.fact), (first.at, &first.fact));
    assert_eq!(cloud.0.load(Ordering::Relaxed), 1);
    let stale = start(now() + chrono::TimeDelta::hours(6)).observe(&ask, &progress).await;
    assert_eq!(stale.fact, Some(Fact::Forecast(1.0)), "asked again");
}
