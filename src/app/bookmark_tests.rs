use proptest::prelude::*;

use super::super::stage::{Hand, start};
use super::*;

/// There and back through the file.
fn again(bookmark: &Bookmark) -> Bookmark {
    serde_json::from_str(&serde_json::to_string(bookmark).expect("plain data")).expect("what was written")
}

/// Somebody in the middle of something.
fn busy() -> Hand {
    let mut hand = Hand::busy();
    hand.keys("2 j j space space /");
    hand.types("!s01");
    hand.keys("enter z 3 j 4 ]");
    hand.keys("2");
    hand
}

#[test]
fn one_comes_back_to_the_same_view_filters_and_marks() {
    let mut before = busy();
    before.keys("s s S t l 2");
    let bookmark = before.app.bookmark();
    assert!(bookmark.panes[&Pane::Agents].marks.len() == 2 && bookmark.theme.is_some(), "{bookmark:?}");
    let mut after = Hand::busy();
    after.app.return_to(again(&bookmark), start());
    assert_eq!(after.app.bookmark(), bookmark);
    let marks = |hand: &Hand| hand.app.table(Pane::Agents).marks.clone();
    assert_eq!(marks(&after), marks(&before));
    assert_eq!(after.selected(), before.selected());
    assert_eq!(after.app.theme, before.app.theme);
    assert!(after.app.notice.as_ref().is_some_and(|notice| notice.text.starts_with("Back where you were at 14:00Z")));
}

#[test]
fn what_is_not_there_yet_is_awaited_and_kept_meanwhile() {
    let bookmark = busy().app.bookmark();
    let mut hand = Hand::new();
    hand.app.return_to(bookmark.clone(), start());
    assert_eq!(hand.app.table(Pane::Agents).marks.len(), 0);
    assert_eq!(hand.app.bookmark().panes, bookmark.panes, "cut off again, nothing is lost");
    hand.arrive();
    assert_eq!(hand.app.table(Pane::Agents).marks.len(), 2);
    assert_eq!(hand.selected(), bookmark.panes[&Pane::Agents].selected);
    // After a while it is no longer what the engineer had in mind.
    let mut late = Hand::new();
    late.app.return_to(bookmark, start());
    late.wait(AWAITED.num_seconds() + 1);
    late.arrive();
    assert_eq!(late.app.table(Pane::Agents).marks.len(), 0);
}

#[test]
fn the_hand_is_not_taken_elsewhere() {
    let bookmark = busy().app.bookmark();
    let mut hand = Hand::new();
    hand.app.return_to(bookmark, start());
    hand.keys("j");
    hand.arrive();
    assert_eq!(hand.app.table(Pane::Agents).cursor, 0);
}

#[test]
fn nothing_is_unlocked_by_it() {
    let mut hand = Hand::busy();
    hand.command("unlock 15m stuck agents");
    assert!(hand.app.policy.unlocked.is_some());
    let bookmark = serde_json::to_string(&hand.app.bookmark()).expect("plain data");
    assert!(!bookmark.contains("lock"), "{bookmark}");
}

proptest! {
    /// Whatever is pressed: what comes back is where one was.
    #[test]
    fn any_place_is_come_back_to(keys in prop::collection::vec(prop::sample::select(vec!["1", "2", "3", "4", "5", "6", "7", "8", "9", "j", "G", "g", "space", "tab", "z", "s", "S", "enter", "esc", "n", "[", "b", "F", "l", "t"]), 0..30)) {
        let mut before = Hand::busy();
        for key in keys {
            before.keys(key);
        }
        let bookmark = before.app.bookmark();
        prop_assert_eq!(&again(&bookmark), &bookmark);
        let mut after = Hand::busy();
        after.app.return_to(bookmark.clone(), start());
        let back = after.app.bookmark();
        prop_assert_eq!((back.view, back.focus, back.zoomed, back.following), (bookmark.view, bookmark.focus, bookmark.zoomed, bookmark.following));
        prop_assert_eq!(back.panes, bookmark.panes);
    }
}
