use std::fs;
use std::os::unix::fs::symlink;

use super::*;

#[test]
fn folders_that_are_links_or_that_everyone_can_empty_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("shared");
    Shared::open(&root, "locks").unwrap();
    Shared::open(&root, "locks").unwrap();
    let elsewhere = folder.path().join("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    symlink(&elsewhere, root.join("approvals")).unwrap();
    assert!(Shared::open(&root, "approvals").unwrap_err().contains("link"));
    symlink(&root, folder.path().join("link")).unwrap();
    assert!(Shared::open(&folder.path().join("link"), "locks").unwrap_err().contains("link"));
    fs::write(folder.path().join("file"), "").unwrap();
    assert!(Shared::open(&folder.path().join("file"), "locks").is_err());
    fs::set_permissions(&root, Permissions::from_mode(0o777)).unwrap();
    assert!(Shared::open(&root, "locks").unwrap_err().contains("chmod 1777"));
    fs::set_permissions(&root, Permissions::from_mode(0o770)).unwrap();
    Shared::open(&root, "locks").unwrap();
    assert!(Shared::open(&folder.path().join("not/there"), "locks").is_err());
}

#[test]
fn only_plain_files_are_read_and_not_too_long_ones() {
    let folder = tempfile::tempdir().unwrap();
    let shared = Shared::open(&folder.path().join("shared"), "x").unwrap();
    assert_eq!(shared.read("a", 10).unwrap(), None);
    shared.put("a", b"0123456789").unwrap();
    let (bytes, known) = shared.read("a", 10).unwrap().unwrap();
    assert_eq!((bytes.as_slice(), known.mode & 0o7777), (&b"0123456789"[..], 0o644));
    assert!(shared.read("a", 9).is_err());
    symlink(shared.path("a"), shared.path("link")).unwrap();
    assert!(shared.read("link", 10).is_err());
    assert!(shared.make("link", 0o600).is_err());
    let pipe = std::process::Command::new("mkfifo").arg(shared.path("pipe")).status();
    if pipe.is_ok_and(|status| status.success()) {
        assert!(shared.read("pipe", 10).is_err(), "and it does not wait for a writer");
    }
    let mut names = shared.names(100).unwrap();
    names.retain(|name| !name.starts_with('.'));
    names.sort();
    assert_eq!(names.iter().filter(|name| *name != "pipe").collect::<Vec<_>>(), ["a", "link"]);
}
