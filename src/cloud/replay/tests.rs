//! What was written is read back in its time, and nothing of what a stranger wrote instead does harm.

use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep};

use super::*;
use crate::cloud::Clock;
use crate::model::*;

fn start() -> Time {
    "2026-11-27T23:59:30Z".parse().unwrap()
}

fn told(n: i64, arn: &str) -> Observation {
    Observation {
        at: start() + TimeDelta::seconds(n),
        scope: Scope { fabric: "prod".into(), region: "us-east-1".into() },
        question: Question::Identity,
        quality: Quality::Complete,
        reason: Some("why".into()),
        calls: Vec::new(),
        link: Link::default(),
        fact: Some(Fact::Identity(Identity { account: n.to_string(), arn: arn.into() })),
    }
}

fn heading() -> Heading {
    Heading::new("prod".into(), vec!["us-east-1".into(), "us-west-2".into()], Some("http://here".into()), start())
}

fn file(lines: &[Vec<u8>]) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("night.jsonl");
    std::fs::File::create(&path).unwrap().write_all(&lines.concat()).unwrap();
    (folder, path)
}

/// A recording with an observation at each of these seconds.
fn recorded(seconds: &[i64]) -> (tempfile::TempDir, Recording) {
    let lines = seconds.iter().map(|n| line(start() + TimeDelta::seconds(*n), &told(*n, "arn")));
    let (folder, path) = file(&[heading().line()].into_iter().chain(lines).collect::<Vec<_>>());
    (folder, Recording::open(&path).unwrap())
}

fn all(recording: &Recording) -> Vec<Observation> {
    recording.until(recording.to).unwrap().collect::<Result<_, _>>().unwrap()
}

#[test]
fn what_was_told_is_told_again() {
    let (_folder, recording) = recorded(&[0, 5, 90]);
    assert_eq!(recording.heading, heading());
    assert_eq!(recording.to, start() + TimeDelta::seconds(90));
    assert_eq!(all(&recording), [told(0, "arn"), told(5, "arn"), told(90, "arn")]);
    let early: Vec<_> = recording.until(start() + TimeDelta::seconds(5)).unwrap().map(Result::unwrap).collect();
    assert_eq!(early, [told(0, "arn"), told(5, "arn")]);
}

#[test]
fn what_a_stranger_wrote_into_it_is_cleaned() {
    let hostile = "a\u{1b}]52;c;cHduZWQ=\u{7}b\u{202e}c\u{200b}d\ne";
    let (_folder, path) = file(&[heading().line(), line(start(), &told(1, hostile))]);
    let observations = all(&Recording::open(&path).unwrap());
    let Some(Fact::Identity(identity)) = &observations[0].fact else { panic!("{observations:?}") };
    assert!(!identity.arn.chars().any(crate::cloud::clean::is_hostile), "{:?}", identity.arn);
    assert!(identity.arn.contains("52;c;"), "it is shown as what it is: {:?}", identity.arn);
}

#[test]
fn a_line_that_cannot_be_read_is_left_out_and_named() {
    let lines = [
        heading().line(),
        line(start(), &told(1, "a")),
        b"{\"heard\":\"x\x1b\"}\n".to_vec(),
        line(start(), &told(2, "b")),
    ];
    let (_folder, path) = file(&lines);
    let recording = Recording::open(&path).unwrap();
    let read: Vec<_> = recording.until(recording.to).unwrap().collect();
    assert_eq!(read.len(), 3);
    let why = read[1].as_ref().unwrap_err().to_string();
    assert!(why.starts_with("line 3 of ") && why.contains("night.jsonl is left out: "), "{why}");
    assert!(!why.contains('\u{1b}'));
    assert_eq!((read[0].as_ref().unwrap(), read[2].as_ref().unwrap()), (&told(1, "a"), &told(2, "b")));
}

#[test]
fn what_a_crash_left_of_the_last_line_is_no_line() {
    let whole = [heading().line(), line(start(), &told(1, "a")), line(start() + TimeDelta::seconds(9), &told(9, "b"))];
    let kept = whole[..2].concat().len();
    for cut in kept..whole.concat().len() {
        let (_folder, path) = file(&[whole.concat()[..cut].to_vec()]);
        let recording = Recording::open(&path).unwrap();
        assert_eq!((recording.to, all(&recording)), (start(), vec![told(1, "a")]), "cut at {cut}");
    }
}

#[test]
fn moments_do_not_go_back() {
    let (_folder, recording) = recorded(&[10, 5, 20]);
    let heard: Vec<_> = recording.entries().unwrap().map(|entry| entry.unwrap().heard - start()).collect();
    assert_eq!(heard, [10, 10, 20].map(TimeDelta::seconds));
}

#[test]
fn what_is_no_recording_is_refused_with_its_name() {
    let newer = String::from_utf8(heading().line()).unwrap().replace("recording\":1", "recording\":2");
    for (text, says) in [
        ("", "is no recording"),
        ("{}\n", "is no recording"),
        ("\u{0}\u{0}\u{0}", "is no recording"),
        (newer.as_str(), "version 2, and this infradeck reads version 1"),
    ] {
        let (_folder, path) = file(&[text.as_bytes().to_vec()]);
        let why = Recording::open(&path).unwrap_err().to_string();
        assert!(why.contains("night.jsonl") && why.contains(says), "{why}");
    }
    let why = Recording::open("/nowhere/night.jsonl".as_ref()).unwrap_err().to_string();
    assert!(why.contains("/nowhere/night.jsonl: No such file"), "{why}");
}

/// Plays a recording by the paused clock of the test.
fn playing(recording: Recording) -> (Arc<Playback>, mpsc::Receiver<Observation>) {
    let began = Instant::now();
    let wall: Clock = Arc::new(move || "2027-01-01T00:00:00Z".parse::<Time>().unwrap() + began.elapsed());
    let playback = Arc::new(Playback::new(recording, wall));
    let receiver = listen(&playback);
    (playback, receiver)
}

fn listen(playback: &Arc<Playback>) -> mpsc::Receiver<Observation> {
    let (facts, receiver) = mpsc::channel(64);
    tokio::spawn(playback.clone().play(facts, |why| panic!("{why}")));
    receiver
}

/// What has come by now: which seconds it speaks of.
async fn came(facts: &mut mpsc::Receiver<Observation>) -> Vec<i64> {
    let mut seconds = Vec::new();
    // The file is read on a thread of its own, by no clock that could be paused.
    for _ in 0..20 {
        tokio::task::spawn_blocking(|| std::thread::sleep(Duration::from_millis(1))).await.unwrap();
        while let Ok(fact) = facts.try_recv() {
            seconds.push((fact.at - start()).num_seconds());
        }
    }
    seconds
}

#[tokio::test(start_paused = true)]
async fn each_comes_in_its_time() {
    let (_folder, recording) = recorded(&[0, 5, 90]);
    let (playback, mut facts) = playing(recording);
    assert_eq!(came(&mut facts).await, [0]);
    sleep(Duration::from_millis(4_900)).await;
    assert_eq!(came(&mut facts).await, [0_i64; 0]);
    sleep(Duration::from_millis(200)).await;
    assert_eq!(came(&mut facts).await, [5]);
    sleep(Duration::from_mins(10)).await;
    assert_eq!(came(&mut facts).await, [90]);
    assert_eq!(playback.now(), start() + TimeDelta::seconds(90), "it stops at its end");
    assert_eq!(facts.recv().await, None);
}

#[tokio::test(start_paused = true)]
async fn it_is_held_and_goes_faster_and_elsewhere() {
    let (_folder, recording) = recorded(&[0, 5, 90, 600]);
    let (playback, mut facts) = playing(recording);
    playback.go_at(0.0);
    sleep(Duration::from_hours(1)).await;
    assert_eq!(came(&mut facts).await, [0]);
    assert_eq!(playback.now(), start());
    playback.go_at(10.0);
    sleep(Duration::from_millis(600)).await;
    assert_eq!(playback.now(), start() + TimeDelta::seconds(6));
    assert_eq!(came(&mut facts).await, [5]);
    playback.go_to(start() + TimeDelta::seconds(100));
    assert_eq!(came(&mut facts).await, [90], "what lies between comes at once");
    // Back: from the beginning up to there.
    playback.go_at(0.0);
    playback.go_to(start() + TimeDelta::seconds(50));
    let mut facts = listen(&playback);
    assert_eq!(came(&mut facts).await, [0, 5]);
    playback.go_to(start() - TimeDelta::days(9));
    assert_eq!(playback.now(), start());
    playback.go_to(Time::MAX_UTC);
    assert_eq!(playback.now(), start() + TimeDelta::seconds(600));
}

#[tokio::test(start_paused = true)]
async fn who_is_not_listened_to_any_more_ends_though_it_is_held() {
    let (_folder, recording) = recorded(&[0, 5, 90]);
    let playback = Arc::new(Playback::new(recording, Arc::new(start)));
    playback.go_at(0.0);
    for _ in 0..3 {
        let mut facts = listen(&playback);
        assert_eq!(came(&mut facts).await, [0]);
    }
    while Arc::strong_count(&playback) > 1 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn whatever_is_ordered_of_it_is_refused() {
    let call = ControlCall::PurgeQueue { queue: "if-a".into() };
    let refusal = Over.control(&Directed { region: "us-east-1".into(), call }).await.unwrap_err();
    assert_eq!((refusal.kind, refusal.reason.as_str()), (RefusalKind::Unsupported, WHY));
    let probe = Probe { region: "us-east-1".into(), about: About::Identity };
    assert_eq!(Over.probe(&probe).await.unwrap_err().reason, WHY);
}
