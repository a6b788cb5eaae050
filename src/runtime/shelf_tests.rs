use std::os::unix::fs::PermissionsExt;

use super::*;
use crate::app::{Keymap, Msg};
use crate::config::{Env, Flags, Key, Settings};
use crate::runtime::{Opening, Origin};

fn now() -> Time {
    "2025-11-02T14:00:00Z".parse().unwrap()
}

/// Where one is after these keys.
fn bookmark(keys: &str) -> Bookmark {
    let env: &Env<'_> = &|_| None;
    let settings = Settings::load(&Flags::default(), env).unwrap();
    let origin = Origin::demo("calm", 1, None).unwrap();
    let mut app = crate::runtime::app(&settings, &origin, Keymap::default(), Opening::default()).unwrap();
    for key in keys.split(' ') {
        drop(app.update(now(), Msg::Key(key.parse::<Key>().unwrap())));
    }
    app.bookmark()
}

async fn keep(shelf: &mut Shelf, bookmark: &Bookmark) {
    shelf.keep(now(), bookmark.clone()).await.unwrap();
    // What is written is waited for by the next.
    while shelf.writing.is_some() {
        tokio::task::yield_now().await;
        shelf.keep(now(), bookmark.clone()).await.unwrap();
    }
}

fn names(state: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(state.join("bookmarks"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[tokio::test]
async fn what_was_cut_off_is_taken_up_once_and_by_the_right_fabric() {
    let state = tempfile::tempdir().unwrap();
    let (mut shelf, found) = Shelf::open(state.path(), "prod", now(), false).unwrap();
    assert!(found.bookmark.is_none() && found.wrong.is_empty());
    let here = bookmark("3 j");
    keep(&mut shelf, &here).await;
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&shelf.path), mode(&state.path().join("bookmarks"))), (0o600, 0o700));
    // A second program beside it starts anew, and has a place of its own.
    let (mut beside, found) = Shelf::open(state.path(), "prod", now(), false).unwrap();
    assert!(found.bookmark.is_none());
    keep(&mut beside, &bookmark("5")).await;
    assert_eq!(names(state.path()), ["prod-1.json", "prod-1.lock", "prod-2.json", "prod-2.lock"]);
    drop(shelf);
    assert!(Shelf::open(state.path(), "prod 2", now(), false).unwrap().1.bookmark.is_none());
    let (shelf, found) = Shelf::open(state.path(), "prod", now(), false).unwrap();
    assert_eq!(found.bookmark, Some((here, now())));
    drop(shelf);
    assert!(Shelf::open(state.path(), "prod", now(), false).unwrap().1.bookmark.is_none(), "only once");
}

#[tokio::test]
async fn leaving_on_purpose_leaves_nothing_behind() {
    let state = tempfile::tempdir().unwrap();
    let folder = state.path().join("infradeck");
    let (mut shelf, _) = Shelf::open(&folder, "prod", now(), false).unwrap();
    shelf.keep(now(), bookmark("3")).await.unwrap();
    shelf.clear().await;
    assert!(!folder.exists());
}

#[tokio::test]
async fn what_is_old_torn_or_hostile_is_passed_over() {
    let state = tempfile::tempdir().unwrap();
    let path = state.path().join("bookmarks/prod-1.json");
    let open = |fresh| Shelf::open(state.path(), "prod", now(), fresh).unwrap().1;
    let (mut shelf, _) = Shelf::open(state.path(), "prod", now(), false).unwrap();
    keep(&mut shelf, &bookmark("3")).await;
    drop(shelf);
    let whole = fs::read_to_string(&path).unwrap();
    assert!(open(true).bookmark.is_none(), "--fresh");

    let newer = whole.replacen("{\"fabric\"", "{\"what is new\":[1],\"fabric\"", 1);
    fs::write(&path, &newer).unwrap();
    assert!(open(false).bookmark.is_some(), "a field of a newer version");
    for (text, why) in [
        (whole[..whole.len() / 2].to_owned(), "EOF"),
        (whole.replace("\"view\":\"queues\"", "\"view\":\"\\u001b[2J\""), "unknown variant"),
        (" ".repeat(5 * 1024 * 1024), "too long"),
        (String::new(), "EOF"),
    ] {
        fs::write(&path, text).unwrap();
        let found = open(false);
        assert!(found.bookmark.is_none());
        assert!(found.wrong.len() == 1 && found.wrong[0].contains(why), "{:?} lacks {why}", found.wrong);
        assert!(open(false).wrong.is_empty(), "said once");
    }
    for text in
        [whole.replace("\"fabric\":\"prod\"", "\"fabric\":\"other\""), whole.replace("2025-11-02", "2025-11-01")]
    {
        fs::write(&path, text).unwrap();
        let found = open(false);
        assert!(found.bookmark.is_none() && found.wrong.is_empty() && !path.exists());
    }
}

#[test]
fn where_nothing_can_be_written_it_says_so() {
    let wrong = Shelf::open(Path::new("/proc/none"), "prod", now(), false).unwrap_err();
    assert!(wrong.contains("is not kept: /proc/none/bookmarks"), "{wrong}");
}
