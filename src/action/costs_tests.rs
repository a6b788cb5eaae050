use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;

use super::*;

const ACCOUNT: &str = "123456789012";

fn at(hour: u32) -> Time {
    format!("2026-11-22T{hour:02}:00:00Z").parse().expect("a time")
}

fn kept(hour: u32) -> KeptAnswer {
    let (account, question) = (ACCOUNT.to_owned(), Question::Forecast);
    KeptAnswer { account, question, at: at(hour), fact: Fact::Forecast(12.5), whose: None }
}

fn uid() -> u32 {
    crate::action::Who::own_uid()
}

#[test]
fn an_answer_does_for_six_hours_and_for_its_account_and_question_alone() {
    let home = tempfile::tempdir().expect("a folder");
    let costs = Costs::new(home.path().join("state"), None, uid());
    assert_eq!(costs.find(ACCOUNT, Question::Forecast, at(1)), None);
    costs.keep(&kept(1)).expect("kept");
    assert_eq!(costs.find(ACCOUNT, Question::Forecast, at(6)), Some(kept(1)));
    assert_eq!(costs.find(ACCOUNT, Question::Forecast, at(7)), None, "six hours are over");
    assert_eq!(costs.find(ACCOUNT, Question::Cost, at(2)), None);
    assert_eq!(costs.find("210987654321", Question::Forecast, at(2)), None);
    assert_eq!(costs.find(ACCOUNT, Question::Forecast, at(0)), None, "from the future");
    let mode = fs::metadata(home.path().join("state/cost")).expect("a folder").permissions().mode();
    assert_eq!(mode & 0o077, 0, "nobody else's business");
}

#[test]
fn another_users_answer_does_where_none_but_they_could_have_written_it() {
    let home = tempfile::tempdir().expect("a folder");
    let shared = home.path().join("shared");
    // To the reader with another number, what this user wrote is another's.
    let theirs = Costs::new(home.path().join("theirs"), Some(shared.clone()), uid());
    let ours = Costs::new(home.path().join("ours"), Some(shared.clone()), uid() + 1);
    theirs.keep(&kept(1)).expect("kept");
    let found = ours.find(ACCOUNT, Question::Forecast, at(2)).expect("theirs");
    assert!(found.whose.as_deref().is_some_and(|whose| whose.contains(&format!("uid {}", uid()))), "{found:?}");
    assert_eq!(found.fact, kept(1).fact);

    let file = shared.join(FOLDER).join(theirs.name(ACCOUNT, Question::Forecast));
    let open_to = |mode| fs::set_permissions(&file, Permissions::from_mode(mode)).expect("permissions");
    open_to(0o666);
    assert_eq!(ours.find(ACCOUNT, Question::Forecast, at(2)), None, "anyone could have written it");
    open_to(0o644);
    // Under the number of one who does not own it.
    let false_name = Costs::new(home.path().join("x"), None, uid() + 7).name(ACCOUNT, Question::Forecast);
    fs::rename(&file, shared.join(FOLDER).join(false_name)).expect("renamed");
    assert_eq!(ours.find(ACCOUNT, Question::Forecast, at(2)), None, "not its owner's name");
}

#[test]
fn what_is_no_answer_is_passed_over() {
    let home = tempfile::tempdir().expect("a folder");
    let costs = Costs::new(home.path().to_owned(), None, uid());
    costs.keep(&KeptAnswer { fact: Fact::Queues(Vec::new()), ..kept(1) }).expect("kept");
    assert_eq!(costs.find(ACCOUNT, Question::Forecast, at(2)), None);
    fs::write(home.path().join(FOLDER).join(costs.name(ACCOUNT, Question::Forecast)), "half").expect("written");
    assert_eq!(costs.find(ACCOUNT, Question::Forecast, at(2)), None);
}
