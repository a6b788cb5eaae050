//! The process is killed, at any moment: what it was told is on disk is there, and the record is whole.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use super::testing::*;
use super::*;
use crate::action::{Standing, StepState};

const STATE: &str = "INFRADECK_TEST_KILLED_STATE";

/// What is killed: it claims an order, begins it, and then writes notes for ever, telling each that is on disk.
#[test]
#[ignore = "run by the test below, which kills it"]
fn victim() {
    let Some(state) = std::env::var_os(STATE) else { return };
    let state = PathBuf::from(state);
    let mut record = open(&state);
    let number = walk(&state).unwrap().lines.len() as u32;
    let _running = Running::claim(&state, &id(number)).unwrap().unwrap();
    record.write(at(0), &id(number), &intended(plan(&id(number), 1), "why")).unwrap();
    record.write(at(1), &id(number), &Event::Calling { step: 0, undo: false }).unwrap();
    loop {
        record.note(at(2), Some(&id(number)), &"a note ".repeat(600)).unwrap();
        println!("\nwritten {}", lines(&state).len());
    }
}

#[test]
fn what_was_written_is_there_after_a_kill_and_the_order_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let mut orders = 0;
    for round in 0..12u64 {
        let mut victim = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "action::record::kill_tests::victim", "--ignored", "--nocapture"])
            .env(STATE, folder.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let said = BufReader::new(victim.stdout.take().unwrap());
        let mut written =
            said.lines().map_while(Result::ok).filter_map(|line| line.strip_prefix("written ")?.parse::<u64>().ok());
        let mut last = written.next().expect("it writes");
        std::thread::sleep(std::time::Duration::from_micros(round * 977));
        victim.kill().unwrap();
        victim.wait().unwrap();
        last = written.last().unwrap_or(last).max(last);
        orders += 1;
        let verified = verify(folder.path()).expect("nobody has changed it");
        assert!(verified.entries >= last, "{} entries, {last} were told to be on disk", verified.entries);
        let tales = open(folder.path()).tales().unwrap();
        assert_eq!(tales.len(), orders);
        for tale in tales {
            let stopped = "the program ended during step 1: Invoke infra-agent-h01";
            assert_eq!(tale.standing, Standing::Stopped(stopped.into()));
            assert_eq!(tale.steps, [StepState::Calling]);
        }
    }
}
