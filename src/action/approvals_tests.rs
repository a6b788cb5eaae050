use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, chown, symlink};

use super::*;
use crate::action::record::testing::{at, call, id, plan, who};

fn other() -> Who {
    Who { user: "bob".into(), uid: Who::own_uid() + 1, ..who() }
}

/// The files of the approvals folder that end so.
fn files(folder: &Path, end: &str) -> Vec<PathBuf> {
    let files = fs::read_dir(folder.join(FOLDER)).unwrap().flatten().map(|entry| entry.path());
    files.filter(|path| path.to_string_lossy().ends_with(end)).collect()
}

fn asked() -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), Permissions::from_mode(0o1777)).unwrap();
    let own = Who { uid: Who::own_uid(), ..who() };
    let hash = ask(folder.path(), &"prod".into(), &plan(&id(1), 2), "INC-7", &own, at(0)).unwrap();
    (folder, hash)
}

#[test]
fn another_user_sees_what_is_asked_and_approves_that_very_plan() {
    let (folder, hash) = asked();
    let folder = folder.path();
    let waits = waiting(folder, at(60)).unwrap();
    assert_eq!((waits.len(), &waits[0].plan, waits[0].why.as_str()), (1, &plan(&id(1), 2), "INC-7"));
    assert_eq!(waits[0].who.uid, Who::own_uid());
    assert_eq!(given(folder, &id(1), &hash, 4_000_000, at(60)), None);
    let approved = give(folder, &id(1), &other(), at(60)).unwrap();
    assert_eq!(approved.plan.title, "Restart navidocs/h04");
    // The file is ours, since this process wrote it: to anyone else it counts, to us it does not.
    assert_eq!(given(folder, &id(1), &hash, Who::own_uid(), at(61)), None);
    let by = given(folder, &id(1), &hash, 4_000_000, at(61)).unwrap();
    assert!(by.ends_with(&format!("(uid {})", Who::own_uid())), "what the system says, not the file: {by}");
    // Another plan, another order, too late, too early.
    let changed = plan_hash(&plan(&id(1), 3)).unwrap();
    assert_eq!(given(folder, &id(1), &changed, 4_000_000, at(61)), None);
    assert_eq!(given(folder, &id(2), &hash, 4_000_000, at(61)), None);
    assert!(given(folder, &id(1), &hash, 4_000_000, at(60 + 900)).is_some());
    assert_eq!(given(folder, &id(1), &hash, 4_000_000, at(60 + 901)), None);
    assert_eq!(given(folder, &id(1), &hash, 4_000_000, at(-1)), None);
    withdraw(folder, &id(1));
    assert_eq!(waiting(folder, at(61)).unwrap(), []);
}

#[test]
fn whoever_asked_cannot_approve_whatever_the_request_says() {
    let (folder, _) = asked();
    let own = Who { uid: Who::own_uid(), ..other() };
    let refused = give(folder.path(), &id(1), &own, at(1)).unwrap_err().to_string();
    assert!(refused.contains("yourself"), "{refused}");
    // A request that claims another asker is still its owner's.
    let file = &files(folder.path(), REQUEST)[0];
    let text = fs::read_to_string(file).unwrap();
    fs::write(file, text.replace(&format!("\"uid\":{}", Who::own_uid()), "\"uid\":4000001")).unwrap();
    assert!(give(folder.path(), &id(1), &own, at(1)).is_err());
    assert_eq!(files(folder.path(), APPROVAL), Vec::<PathBuf>::new());
}

#[test]
fn nothing_else_is_approved() {
    let (folder, _) = asked();
    for (order, now, why) in [(id(2), 1, "nothing of this name"), (id(1), 901, "15 min"), (id(1), -61, "15 min")] {
        let refused = give(folder.path(), &order, &other(), at(now)).unwrap_err().to_string();
        assert!(refused.contains(why), "{refused}");
    }
    for wrong in ["", "../x", "a/b", "x\u{1b}"] {
        let refused = give(folder.path(), &OrderId(wrong.into()), &other(), at(1)).unwrap_err().to_string();
        assert!(!refused.chars().any(clean::is_hostile), "{refused:?}");
    }
    assert_eq!(files(folder.path(), APPROVAL), Vec::<PathBuf>::new());
}

#[test]
fn an_approval_counts_by_its_file() {
    let approval = Approval { id: id(1), plan_hash: "h".into(), user: "bob".into(), at: at(0) };
    let is = |uid, mode| counts(&approval, Known { uid, mode }, &id(1), "h", 1001, at(1));
    assert!(is(1002, 0o100_644) && is(0, 0o100_600));
    assert!(!is(1001, 0o100_644), "one's own");
    assert!(!is(1002, 0o100_664) && !is(1002, 0o100_646) && !is(1002, 0o100_666), "others could have written it");
}

#[test]
fn one_that_others_can_write_or_that_is_a_link_does_not_count() {
    let (folder, hash) = asked();
    let folder = folder.path();
    give(folder, &id(1), &other(), at(1)).unwrap();
    let counts = || given(folder, &id(1), &hash, 4_000_000, at(2)).is_some();
    let file = files(folder, APPROVAL).remove(0);
    assert!(counts());
    for mode in [0o664, 0o646] {
        fs::set_permissions(&file, Permissions::from_mode(mode)).unwrap();
        assert!(!counts());
    }
    fs::set_permissions(&file, Permissions::from_mode(0o644)).unwrap();
    let elsewhere = folder.join("elsewhere");
    fs::rename(&file, &elsewhere).unwrap();
    symlink(&elsewhere, &file).unwrap();
    assert!(!counts(), "a link to what somebody wrote for something else");
    fs::remove_file(&file).unwrap();
    fs::hard_link(&elsewhere, &file).unwrap();
    assert!(!counts());
    fs::remove_file(&elsewhere).unwrap();
    assert!(counts());
    for rubbish in ["", "{}", "null", "\0"] {
        fs::write(&file, rubbish).unwrap();
        assert!(!counts());
    }
}

#[test]
fn the_owner_of_the_file_is_who_approved() {
    if Who::own_uid() != 0 {
        return;
    }
    let (folder, hash) = asked();
    give(folder.path(), &id(1), &other(), at(1)).unwrap();
    chown(&files(folder.path(), APPROVAL)[0], Some(65534), None).unwrap();
    let by = given(folder.path(), &id(1), &hash, 0, at(2)).unwrap();
    assert!(by.ends_with("(uid 65534)"), "{by}");
    assert_eq!(given(folder.path(), &id(1), &hash, 65534, at(2)), None);
}

#[test]
fn what_is_asked_for_can_be_read_by_all_and_holds_no_secret() {
    let folder = tempfile::tempdir().unwrap();
    let mut bad = plan(&id(1), 1);
    bad.steps[0].act = crate::action::Act::Call(call("f", r#"{"password":"hunter2"}"#));
    let hash = ask(folder.path(), &"prod".into(), &bad, "AKIAIOSFODNN7EXAMPLE", &who(), at(0)).unwrap();
    let file = &files(folder.path(), REQUEST)[0];
    let text = fs::read_to_string(file).unwrap();
    assert!(!text.contains("hunter2") && !text.contains("AKIAIOSFODNN7EXAMPLE"), "{text}");
    assert_eq!(fs::metadata(file).unwrap().permissions().mode() & 0o7777, 0o644);
    give(folder.path(), &id(1), &other(), at(1)).unwrap();
    assert!(given(folder.path(), &id(1), &hash, 4_000_000, at(2)).is_some(), "what is approved is what was hashed");
}

#[test]
fn what_counts_no_more_is_taken_away_by_its_owner() {
    let (folder, _) = asked();
    give(folder.path(), &id(1), &other(), at(1)).unwrap();
    let own = Who { uid: Who::own_uid(), ..who() };
    let again = |n, s| ask(folder.path(), &"prod".into(), &plan(&id(n), 1), "INC-8", &own, at(s)).unwrap();
    again(2, 900);
    assert_eq!((files(folder.path(), REQUEST).len(), files(folder.path(), APPROVAL).len()), (2, 1), "they still count");
    again(3, 902);
    assert_eq!((files(folder.path(), REQUEST).len(), files(folder.path(), APPROVAL).len()), (2, 0));
}
