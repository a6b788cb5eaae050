use std::fs;
use std::os::unix::fs::PermissionsExt;

use super::testing::*;
use super::*;
use crate::action::{Outcome, Standing, StepState};
use crate::model::{RawMessage, Refusal, RefusalKind};

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

#[test]
fn what_is_written_is_told_again() {
    let folder = folder();
    let mut record = open(folder.path());
    tell(&mut record, 1);
    let tales = record.tales().unwrap();
    assert_eq!(tales.len(), 1);
    assert_eq!(tales[0].plan, plan(&id(1), 1));
    assert_eq!(tales[0].why, "stuck for 40 min");
    assert_eq!(tales[0].steps, [StepState::Done("log event 14:15:22".into())]);
    assert_eq!(tales[0].standing, Standing::Ended(Outcome::Done, "seen to work".into()));
    assert_eq!((tales[0].began, tales[0].changed), (at(60), at(64)));
    let verified = verify(folder.path()).unwrap();
    assert_eq!((verified.entries, verified.torn, verified.kept.len()), (5, 0, 0));
}

#[test]
fn it_is_for_its_owner_alone_whatever_it_was_before() {
    let folder = folder();
    let state = folder.path().join("state/infradeck");
    tell(&mut open(&state), 1);
    for (name, wanted) in [(".", 0o700), ("keys", 0o700), (LINES, 0o600), (HEAD, 0o600), (key::FILE, 0o600)] {
        assert_eq!(mode(&state.join(name)), wanted, "{name}");
    }
    fs::set_permissions(state.join(LINES), fs::Permissions::from_mode(0o644)).unwrap();
    fs::set_permissions(&state, fs::Permissions::from_mode(0o755)).unwrap();
    open(&state);
    assert_eq!((mode(&state), mode(&state.join(LINES))), (0o700, 0o600));
}

#[test]
fn an_entry_is_one_line_of_canonical_json_that_names_who_and_the_line_before() {
    let folder = folder();
    tell(&mut open(folder.path()), 1);
    let lines = lines(folder.path());
    let second: serde_json::Value = serde_json::from_str(&lines[1]).unwrap();
    assert_eq!(lines[1], serde_json_canonicalizer::to_string(&second).unwrap());
    assert_eq!(second["prev"], entry::hash(lines[0].as_bytes()));
    assert_eq!((&second["seq"], &second["event"], &second["step"]), (&2.into(), &"calling".into(), &0.into()));
    assert_eq!((&second["fabric"], &second["order"]), (&"prod".into(), &id(1).0.into()));
    assert_eq!(second["who"]["user"], "alice");
    assert_eq!(second["who"]["ssh"], "192.0.2.7 50122 22");
    let first: serde_json::Value = serde_json::from_str(&lines[0]).unwrap();
    assert_eq!(first["prev"], entry::GENESIS);
}

#[test]
fn what_is_for_the_screen_is_not_recorded() {
    let folder = folder();
    let mut record = open(folder.path());
    tell(&mut record, 1);
    record.write(at(99), &id(1), &Event::Progress { step: 0, text: "240 of 1,200".into() }).unwrap();
    record.write(at(99), &id(1), &Event::Messages { messages: Vec::<RawMessage>::new() }).unwrap();
    assert_eq!(lines(folder.path()).len(), 5);
}

#[test]
fn a_second_process_goes_on_where_the_first_one_is() {
    let folder = folder();
    let (mut one, mut two) = (open(folder.path()), open(folder.path()));
    for step in 0..20 {
        let event = Event::Calling { step, undo: false };
        one.write(at(0), &id(1), &event).unwrap();
        two.write(at(0), &id(2), &event).unwrap();
    }
    assert_eq!(verify(folder.path()).unwrap().entries, 40);
}

#[test]
fn many_writers_at_once_make_one_chain() {
    let folder = folder();
    std::thread::scope(|scope| {
        for number in 0..8 {
            let state = folder.path();
            scope.spawn(move || tell(&mut open(state), number));
        }
    });
    assert_eq!(verify(folder.path()).unwrap().entries, 40);
    let tales = open(folder.path()).tales().unwrap();
    assert_eq!(tales.len(), 8);
    assert!(tales.iter().all(Tale::is_over));
}

#[test]
fn an_order_whose_process_is_gone_is_found_where_it_was_cut_off() {
    let folder = folder();
    let mut record = open(folder.path());
    let mut write = |number: u32, event: Event| record.write(at(0), &id(number), &event).unwrap();
    for number in 1..=4 {
        write(number, intended(plan(&id(number), 2), "why"));
    }
    write(2, Event::Calling { step: 0, undo: false });
    write(3, Event::Calling { step: 0, undo: false });
    write(3, Event::Called { step: 0, undo: false, answer: Ok(Default::default()) });
    write(3, Event::Seen { step: 0, seen: crate::action::Sight::Met, evidence: "seen".into() });
    write(4, Event::Calling { step: 0, undo: false });
    let alive = Running::claim(folder.path(), &id(4)).unwrap().unwrap();
    let standings =
        || -> Vec<Standing> { open(folder.path()).tales().unwrap().into_iter().map(|tale| tale.standing).collect() };
    let stopped = |why: &str| Standing::Stopped(why.into());
    let gone = [
        stopped("the program ended before step 1: Invoke infra-agent-h01"),
        stopped("the program ended during step 1: Invoke infra-agent-h01"),
        stopped("the program ended before step 2: Invoke infra-agent-h02"),
    ];
    assert_eq!(standings(), [&gone[..], &[Standing::Running]].concat());
    drop(alive);
    assert_eq!(standings(), [&gone[..], &gone[1..2]].concat());
}

#[test]
fn orders_of_another_fabric_are_another_fabrics() {
    let folder = folder();
    tell(&mut open(folder.path()), 1);
    let mut other = Record::open(folder.path(), "demo".into(), who()).unwrap();
    assert_eq!(other.tales().unwrap(), []);
    tell(&mut other, 2);
    assert_eq!(other.tales().unwrap().len(), 1);
    assert_eq!(verify(folder.path()).unwrap().entries, 10);
}

#[test]
fn a_note_stands_in_the_chain_and_tells_no_tale() {
    let folder = folder();
    let mut record = open(folder.path());
    record.note(at(0), None, "orders opened for 15m: INC-7, password=hunter2").unwrap();
    assert_eq!(record.tales().unwrap(), []);
    let walk = walk(folder.path()).unwrap();
    let entry = walk.entries().next().unwrap();
    assert_eq!((entry.word(), entry.order.as_ref(), entry.event()), ("note", None, None));
    assert_eq!(entry.text("text"), Some("orders opened for 15m: INC-7, password=[redacted]"));
}

#[test]
fn no_secret_gets_in_wherever_it_stands() {
    let folder = folder();
    let mut record = open(folder.path());
    let secret = "AKIAIOSFODNN7EXAMPLE";
    let mut bad = plan(&id(1), 1);
    bad.steps[0].act =
        crate::action::Act::Call(call("f", &format!(r#"{{"env":{{"k":"{secret}","password":"hunter2"}}}}"#)));
    bad.title = format!("Restart {secret}");
    record.write(at(0), &id(1), &intended(bad, &format!("as {secret} says"))).unwrap();
    let refusal = Refusal { kind: RefusalKind::Denied, reason: format!("{secret} may not"), request_id: None };
    record.write(at(1), &id(1), &Event::Called { step: 0, undo: false, answer: Err(refusal) }).unwrap();
    record.write(at(2), &id(1), &Event::Ended { outcome: Outcome::Failed, text: secret.into() }).unwrap();
    for entry in fs::read_dir(folder.path()).unwrap().flatten().filter(|entry| entry.path().is_file()) {
        let text = fs::read_to_string(entry.path()).unwrap();
        assert!(!text.contains(secret) && !text.contains("hunter2"), "{text}");
    }
    let tale = &record.tales().unwrap()[0];
    assert!(is_redacted(&tale.plan.steps[0]), "it must not be sent again so");
    assert!(verify(folder.path()).is_ok());
}

#[test]
fn the_copy_is_the_line_and_a_line_too_long_for_it_is_told_by_its_hash() {
    let folder = folder();
    let mut record = open(folder.path());
    assert_eq!(record.copy("/infra/audit", &"us-west-2".into()), None);
    tell(&mut record, 1);
    let copy = record.copy("/infra/audit", &"us-west-2".into()).unwrap();
    let ControlCall::PutLogEvent { group, stream, at_ms, message } = copy.call else { panic!() };
    assert_eq!((group.as_str(), stream.as_str()), ("/infra/audit", "infradeck/bastion-1/alice"));
    assert_eq!((at_ms, &message), (at(64).timestamp_millis(), lines(folder.path()).last().unwrap()));
    record.write(at(65), &id(2), &intended(plan(&id(2), 2000), "all")).unwrap();
    let copy = record.copy("/infra/audit", &"us-west-2".into()).unwrap();
    let ControlCall::PutLogEvent { message, .. } = copy.call else { panic!() };
    assert!(message.len() < 2000);
    assert!(message.contains(&entry::hash(lines(folder.path()).last().unwrap().as_bytes())));
}

#[test]
fn numbers_that_are_hard_to_print_come_back_to_the_last_bit() {
    let folder = folder();
    let mut record = open(folder.path());
    for threshold in
        [0.1 + 0.2, 5e-324, 1.797_693_134_862_315_7e308, 9_007_199_254_740_993.0, 123_456.789_012_345_67, -0.0]
    {
        let alarm = crate::model::AlarmSpec {
            name: "a".into(),
            description: String::new(),
            namespace: "n".into(),
            metric: "m".into(),
            dimensions: Default::default(),
            statistic: "Sum".into(),
            period_s: 60,
            periods: 1,
            threshold,
            missing: "missing".into(),
            actions: Vec::new(),
        };
        let mut plan = plan(&id(1), 1);
        let call = ControlCall::PutAlarm { alarm };
        plan.steps[0].act = crate::action::Act::Call(Directed { region: "us-east-1".into(), call });
        record.write(at(0), &id(1), &intended(plan, "why")).unwrap();
    }
    assert_eq!(verify(folder.path()).map(|verified| verified.entries), Ok(6));
}
