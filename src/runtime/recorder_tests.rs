//! What is recorded is what was passed on, and a disk that fails ends the recording and nothing else.

use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;

use super::*;
use crate::cloud::replay::{Heading, Recording};
use crate::model::{Fact, Identity, Link, Quality, Question, Scope, Time};

fn start() -> Time {
    "2026-11-27T14:00:00Z".parse().unwrap()
}

fn fact(n: i64) -> Observation {
    Observation {
        at: start() + chrono::TimeDelta::seconds(n),
        scope: Scope { fabric: "prod".into(), region: "us-east-1".into() },
        question: Question::Identity,
        quality: Quality::Complete,
        reason: None,
        calls: Vec::new(),
        link: Link::default(),
        fact: Some(Fact::Identity(Identity { account: n.to_string(), arn: "x".repeat(100) })),
    }
}

/// Lets ten facts through a recorder; gives what came out, and what was told.
async fn ten(recorder: Recorder) -> (Vec<Observation>, Vec<Msg>) {
    let (facts, receiver) = mpsc::channel(64);
    let (home, mut told) = mpsc::channel(64);
    let heading = Heading::new("prod".into(), vec!["us-east-1".into()], None, start());
    let mut passed = recorder.record(&heading, receiver, Arc::new(start), home);
    for n in 0..10 {
        facts.send(fact(n)).await.unwrap();
    }
    drop(facts);
    let (mut out, mut said) = (Vec::new(), Vec::new());
    while let Some(fact) = passed.recv().await {
        out.push(fact);
    }
    while let Some(msg) = told.recv().await {
        said.push(msg);
    }
    (out, said)
}

fn recorded(path: &std::path::Path) -> Vec<Observation> {
    let recording = Recording::open(path).unwrap();
    recording.until(recording.to).unwrap().collect::<Result<_, _>>().unwrap()
}

#[tokio::test]
async fn what_was_told_is_in_the_file_for_its_owner_only() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("night.jsonl");
    let (out, said) = ten(Recorder::create(path.clone(), 1 << 20).unwrap()).await;
    assert!(said.is_empty(), "{said:?}");
    assert_eq!(recorded(&path), out);
    assert_eq!(out.len(), 10);
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let again = Recorder::create(path.clone(), 1 << 20).unwrap_err();
    assert!(again.to_string().contains("night.jsonl") && again.is_usage(), "{again}");
}

#[tokio::test]
async fn a_recording_that_has_become_too_large_ends_and_facts_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("night.jsonl");
    let (out, said) = ten(Recorder::create(path.clone(), 1_500).unwrap()).await;
    assert_eq!(out.len(), 10);
    let kept = recorded(&path);
    assert!((1..10).contains(&kept.len()), "{}", kept.len());
    assert_eq!(kept, out[..kept.len()]);
    assert!(
        matches!(&said[..], [Msg::Trouble(why)] if why.contains("ends here") && why.contains("record_mb")),
        "{said:?}"
    );
}

#[tokio::test]
async fn a_full_disk_ends_it_and_facts_go_on() {
    let file = OpenOptions::new().write(true).open("/dev/full").unwrap();
    let (out, said) = ten(Recorder { path: "/dev/full".into(), file, left: 1 << 20 }).await;
    assert_eq!(out.len(), 10);
    assert!(matches!(&said[..], [Msg::Trouble(why)] if why.contains("No space left")), "{said:?}");
}
