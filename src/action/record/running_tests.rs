use super::*;

fn id(text: &str) -> OrderId {
    OrderId(text.to_owned())
}

#[test]
fn one_holds_it_until_it_is_dropped() {
    let folder = tempfile::tempdir().unwrap();
    let order = id("20261122T141507Z-3f9c2a71");
    assert!(!Running::is_held(folder.path(), &order));
    let held = Running::claim(folder.path(), &order).unwrap().unwrap();
    assert!(Running::is_held(folder.path(), &order));
    assert!(Running::claim(folder.path(), &order).unwrap().is_none());
    assert!(Running::claim(folder.path(), &id("another")).unwrap().is_some());
    drop(held);
    assert!(!Running::is_held(folder.path(), &order));
    assert!(Running::claim(folder.path(), &order).unwrap().is_some());
}

#[test]
fn of_many_that_claim_exactly_one_gets_it() {
    let folder = tempfile::tempdir().unwrap();
    for race in 0..50 {
        let order = id(&format!("race-{race}"));
        let got: Vec<Option<Running>> = std::thread::scope(|scope| {
            let claim = || Running::claim(folder.path(), &order).unwrap();
            let all: Vec<_> = (0..4).map(|_| scope.spawn(claim)).collect();
            all.into_iter().map(|one| one.join().unwrap()).collect()
        });
        assert_eq!(got.iter().flatten().count(), 1, "race {race}");
    }
}

#[test]
fn a_look_does_not_keep_a_claim_out() {
    let folder = tempfile::tempdir().unwrap();
    let order = id("looked-at");
    drop(Running::claim(folder.path(), &order).unwrap());
    std::thread::scope(|scope| {
        let looking = scope.spawn(|| (0..2000).filter(|_| Running::is_held(folder.path(), &order)).count());
        while !looking.is_finished() {
            assert!(Running::claim(folder.path(), &order).unwrap().is_some());
        }
    });
}

#[test]
fn what_is_no_name_never_becomes_a_path() {
    let folder = tempfile::tempdir().unwrap();
    for wrong in ["", "../keys/audit", "a/b", "a.b", "a\0b", &"x".repeat(81)] {
        assert!(matches!(Running::claim(folder.path(), &id(wrong)), Err(RecordError::Name(_))), "{wrong:?}");
        assert!(!Running::is_held(folder.path(), &id(wrong)));
    }
}
