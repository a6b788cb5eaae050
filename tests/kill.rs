//! The process is killed between any two steps of a runbook, again and again, and goes on with it when it starts again:
//! nothing runs twice, nothing is called done that is not, and the record is whole.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test")]

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use infradeck::action::record::verify;
use infradeck::action::{
    Act, Alone, Blast, Consent, Consented, Expect, Made, Order, OrderId, Outcome, Plan, Record, Resume, Runner,
    Standing, Steer, Step, StepState, Tale, Undo, Wants, Who,
};
use infradeck::cloud::{Clock, Control, Probing, Telling};
use infradeck::model::{
    About, AgentKey, ControlCall, Directed, Probe, Probed, Refusal, RefusalKind, Reply, Reservation, Time,
};

const FOLDER: &str = "INFRADECK_TEST_KILL_FOLDER";
const STEPS: usize = 5;
const KILLS: u64 = 20;

/// A cloud that outlives the process: each call adds a line to a file, and takes a moment before and after.
struct Ledger(PathBuf);

impl Ledger {
    fn lines(&self) -> Vec<String> {
        std::fs::read_to_string(&self.0).unwrap_or_default().lines().map(str::to_owned).collect()
    }
}

impl Control for Ledger {
    fn control<'a>(&'a self, call: &'a Directed) -> Telling<'a> {
        Box::pin(async move {
            let (ControlCall::ReserveConcurrency { function, .. } | ControlCall::InvokeFunction { function, .. }) =
                &call.call
            else {
                let reason = format!("no {call}");
                return Err(Refusal { kind: RefusalKind::Unsupported, reason, request_id: None });
            };
            tokio::time::sleep(Duration::from_millis(15)).await;
            let mut file = OpenOptions::new().create(true).append(true).open(&self.0).unwrap();
            file.write_all(format!("{function}\n").as_bytes()).unwrap();
            tokio::time::sleep(Duration::from_millis(15)).await;
            Ok(Reply::default())
        })
    }

    fn probe<'a>(&'a self, probe: &'a Probe) -> Probing<'a> {
        let About::Function { name } = &probe.about else { panic!("{probe:?}") };
        let held = if self.lines().contains(name) { Reservation::Held(0) } else { Reservation::Shared };
        Box::pin(std::future::ready(Ok(Probed::Function(Some(held)))))
    }
}

/// Every other step sets a state; the rest must not be repeated. One is looked at.
fn is_repeatable(step: usize) -> bool {
    step.is_multiple_of(2)
}

fn plan() -> Plan {
    let step = |n: usize| {
        let function = format!("f{n}");
        let about = About::Function { name: function.clone() };
        let (call, wants) = if is_repeatable(n) {
            (ControlCall::ReserveConcurrency { function, executions: 0 }, Some(Wants::Reserved(Some(0))))
        } else {
            (ControlCall::InvokeFunction { function, payload: "{}".to_owned() }, None)
        };
        let probe = Probe { region: "us-east-1".into(), about };
        Step {
            says: format!("Call f{n}"),
            act: Act::Call(Directed { region: "us-east-1".into(), call }),
            expect: wants.filter(|_| n == 2).map(|wants| Expect { probe, wants, within_s: 10 }),
            undo: Undo::Nothing,
            optional: false,
        }
    };
    Plan {
        id: OrderId("20261122T141507Z-3f9c2a71".to_owned()),
        order: Order::Restart { agents: vec![AgentKey::new("s", "h01")] },
        at: Time::UNIX_EPOCH,
        title: "Test".to_owned(),
        name: "s/h01".to_owned(),
        checks: Vec::new(),
        steps: (0..STEPS).map(step).collect(),
        one_by_one: true,
        blast: Blast::default(),
        cautions: Vec::new(),
        consent: Consent::Press,
        left_out: Vec::new(),
    }
}

fn record(folder: &Path) -> Record {
    let who = Who { user: "alice".to_owned(), uid: 1001, aws: None, ssh: None, host: "bastion".to_owned() };
    Record::open(folder, "test".into(), who).unwrap()
}

fn tale(folder: &Path) -> Option<Tale> {
    record(folder).tales().unwrap().pop()
}

/// What is killed: it begins the runbook, or goes on with the one it finds.
#[test]
#[ignore = "run by the test below, which kills it"]
fn victim() {
    let Some(folder) = std::env::var_os(FOLDER).map(PathBuf::from) else { return };
    let begin = Instant::now();
    let clock: Clock = Arc::new(move || Time::UNIX_EPOCH + begin.elapsed());
    let control = Arc::new(Ledger(folder.join("ledger")));
    let record = Arc::new(Mutex::new(record(&folder)));
    let found = record.lock().unwrap().tales().unwrap().pop();
    let screen = tokio::sync::mpsc::channel(1).0;
    let (_steer, steering) = tokio::sync::watch::channel(Steer::Go);
    let runner = Runner::new(control, record, Arc::new(Alone), clock, screen, Duration::from_mins(10));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    File::create(folder.join("ready")).unwrap();
    runtime.block_on(async {
        match found {
            None => runner.run(plan(), "a test".to_owned(), Consented::default(), steering).await,
            Some(tale) => runner.resume(tale, Resume::Continue, "again".to_owned(), steering).await,
        }
    });
}

/// Starts the victim, and kills it so long after it is ready; `None` lets it come to its end.
fn start(folder: &Path, kill_after: Option<Duration>) {
    drop(std::fs::remove_file(folder.join("ready")));
    let mut victim = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "victim", "--ignored"])
        .env(FOLDER, folder)
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let Some(after) = kill_after else {
        assert!(victim.wait().unwrap().success());
        return;
    };
    while !folder.join("ready").exists() {
        assert!(victim.try_wait().unwrap().is_none(), "it came so far");
        std::thread::sleep(Duration::from_millis(1));
    }
    std::thread::sleep(after);
    victim.kill().unwrap();
    victim.wait().unwrap();
}

/// What must hold at any time.
fn check(folder: &Path) -> Option<Tale> {
    verify(folder).expect("the record is whole");
    let mut done: BTreeMap<String, usize> = BTreeMap::new();
    for line in Ledger(folder.join("ledger")).lines() {
        *done.entry(line).or_default() += 1;
    }
    let Some(tale) = tale(folder) else {
        assert!(done.is_empty(), "called before it was on record: {done:?}");
        return None;
    };
    for (n, (state, deed)) in tale.steps.iter().zip(&tale.deeds).enumerate() {
        let done = done.get(&format!("f{n}")).copied().unwrap_or(0);
        assert!(is_repeatable(n) || done <= 1, "step {n} ran {done} times");
        assert!(done > 0 || !matches!(state, StepState::Done(_)), "step {n} is called done and is not");
        match deed.call {
            Made::No => assert_eq!(done, 0, "step {n} is called not made, and was"),
            Made::Yes => assert!(done > 0, "step {n} is called made, and was not"),
            Made::Out | Made::Perhaps => {}
        }
    }
    Some(tale)
}

#[test]
fn a_runbook_survives_being_killed_between_any_two_steps() {
    let (mut ended, mut stuck, mut found) = (0, 0, Vec::new());
    for round in 0..KILLS {
        let folder = tempfile::tempdir().unwrap();
        // Spread over the whole run of two seconds, and not in step with it.
        let after = Duration::from_millis(round * 97 % 1900);
        start(folder.path(), Some(after));
        if let Some(tale) = check(folder.path()) {
            found.push(tale.steps.iter().filter(|step| matches!(step, StepState::Done(_))).count());
        }
        start(folder.path(), Some(Duration::from_millis(round * 61 % 700)));
        check(folder.path());
        start(folder.path(), None);
        let tale = check(folder.path()).expect("it was begun");
        match &tale.standing {
            Standing::Ended(Outcome::Done, _) => ended += 1,
            // Killed while a call was out that must not be repeated: only a person can tell.
            Standing::Stopped(why) => {
                let step = tale.steps.iter().position(|step| matches!(step, StepState::Unknown(_))).expect("one is");
                assert!(!is_repeatable(step) && why.contains("is not known"), "{why}");
                stuck += 1;
            }
            other => panic!("{other:?}"),
        }
    }
    found.sort_unstable();
    found.dedup();
    println!("{ended} ended, {stuck} wait for a person, killed after {found:?} steps");
    assert_eq!(ended + stuck, KILLS);
    assert!(ended > 0 && found.len() >= 3, "killed at different points: {found:?}");
}
