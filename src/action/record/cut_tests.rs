//! Whatever is done to the record, it is noticed; whatever a crash does to it, it goes on.

use std::fs;

use proptest::prelude::*;

use super::testing::*;
use super::*;
use crate::action::{Standing, Tale};

/// A record of two orders, ten entries.
fn written() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut record = open(folder.path());
    tell(&mut record, 1);
    tell(&mut record, 2);
    folder
}

fn bytes(folder: &tempfile::TempDir) -> Vec<u8> {
    fs::read(folder.path().join(LINES)).unwrap()
}

fn put(folder: &tempfile::TempDir, bytes: &[u8]) {
    fs::write(folder.path().join(LINES), bytes).unwrap();
}

fn broken_line(folder: &tempfile::TempDir) -> u64 {
    verify(folder.path()).expect_err("it is noticed").line
}

/// What can still be told invents nothing: what ended did end so, and nothing is there that was not.
fn invents_nothing(folder: &tempfile::TempDir, whole: &[Tale]) {
    let key = key::load(folder.path()).unwrap().unwrap();
    let Ok(walk) = walk::walk_with(folder.path(), &key.verifying_key()) else { return };
    for tale in tales::tales(&walk, &"prod".into(), |_| false) {
        let was = whole.iter().find(|was| was.plan == tale.plan).expect("a plan that was meant");
        if let Standing::Ended(..) = tale.standing {
            assert_eq!(tale.standing, was.standing);
        }
    }
}

#[test]
fn any_byte_that_is_changed_is_noticed_in_its_line() {
    let folder = written();
    let (whole, tales) = (bytes(&folder), open(folder.path()).tales().unwrap());
    let mut line = 1;
    for at in 0..whole.len() {
        // Every seventh byte by one bit, and each end of a line: the random test below has the others.
        if at % 7 == 0 || whole[at] == b'\n' {
            let mut changed = whole.clone();
            changed[at] ^= 1;
            put(&folder, &changed);
            assert_eq!(broken_line(&folder), line, "byte {at}");
            if at % 210 == 0 {
                invents_nothing(&folder, &tales);
            }
        }
        line += u64::from(whole[at] == b'\n');
    }
}

#[test]
fn any_line_removed_swapped_or_doubled_is_noticed_where_it_stood() {
    let folder = written();
    let (tales, lines) = (open(folder.path()).tales().unwrap(), lines(folder.path()));
    let check = |lines: &[String], line: usize| {
        put(&folder, (lines.join("\n") + "\n").as_bytes());
        assert_eq!(broken_line(&folder), line as u64 + 1);
        invents_nothing(&folder, &tales);
    };
    for line in 0..lines.len() {
        let mut changed = lines.clone();
        changed.remove(line);
        check(&changed, line);
        let mut changed = lines.clone();
        changed.insert(line, lines[line].clone());
        check(&changed, line + 1);
        for other in line + 1..lines.len() {
            let mut changed = lines.clone();
            changed.swap(line, other);
            check(&changed, line);
        }
    }
}

#[test]
fn cut_at_any_byte_is_cut_short() {
    // One order: every cut is looked at line by line.
    let folder = tempfile::tempdir().unwrap();
    tell(&mut open(folder.path()), 1);
    let (whole, tales) = (bytes(&folder), open(folder.path()).tales().unwrap());
    for at in 0..whole.len() {
        put(&folder, &whole[..at]);
        let line = whole[..at].split(|byte| *byte == b'\n').count() as u64;
        let broken = verify(folder.path()).expect_err("it is noticed");
        assert!(broken.line == line && broken.why.contains("cut short"), "byte {at}: {broken}");
        if at % 97 == 0 {
            invents_nothing(&folder, &tales);
            assert!(Record::open(folder.path(), "prod".into(), who()).is_err(), "byte {at}");
        }
    }
}

#[test]
fn a_crash_at_any_byte_of_a_write_loses_that_entry_at_most_and_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let mut record = open(folder.path());
    tell(&mut record, 1);
    let (before, head) = (bytes(&folder), fs::read(folder.path().join(HEAD)).unwrap());
    record.write(at(999), &id(2), &intended(plan(&id(2), 1), "why")).unwrap();
    let after = bytes(&folder);
    for end in before.len()..=after.len() {
        // What lies there when the power fails after so many bytes: the head comes after the line.
        put(&folder, &after[..end]);
        fs::write(folder.path().join(HEAD), &head).unwrap();
        let (torn, is_whole) = ((end - before.len()) as u64, end == after.len());
        let verified = verify(folder.path()).expect("no one has changed it");
        assert_eq!(verified.torn, if is_whole { 0 } else { torn });
        assert_eq!(verified.entries, 5 + u64::from(is_whole));
        // The program goes on: not from every byte, since each write waits for the disk.
        if torn > 1 && end + 1 < after.len() && end % 47 != 0 {
            continue;
        }
        let mut record = open(folder.path());
        assert_eq!(record.tales().unwrap().len(), 1 + usize::from(is_whole));
        tell(&mut record, 3);
        let verified = verify(folder.path()).expect("it goes on");
        let was_torn = torn > 0 && !is_whole;
        assert_eq!(verified.kept.len(), usize::from(was_torn));
        if was_torn {
            let kept = folder.path().join(&verified.kept[0]);
            assert_eq!(fs::read(&kept).unwrap(), &after[before.len()..end]);
            let walk = walk(folder.path()).unwrap();
            assert_eq!(walk.entries().nth(5).unwrap().torn(), Some("audit.jsonl.torn-1"));
            fs::remove_file(kept).unwrap();
        }
    }
}

#[test]
fn zeros_that_a_crash_left_behind_are_a_torn_line() {
    let folder = written();
    put(&folder, &[&bytes(&folder)[..], &[0; 700]].concat());
    assert_eq!(verify(folder.path()).unwrap().torn, 700);
    tell(&mut open(folder.path()), 3);
    assert_eq!(verify(folder.path()).map(|verified| verified.entries), Ok(16));
}

#[test]
fn a_head_that_was_put_back_or_taken_away_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let mut record = open(folder.path());
    let head = folder.path().join(HEAD);
    let at_first = fs::read(&head).unwrap();
    tell(&mut record, 1);
    let now = fs::read(&head).unwrap();
    fs::write(&head, at_first).unwrap();
    assert!(verify(folder.path()).unwrap_err().why.contains("put back"));
    fs::remove_file(&head).unwrap();
    assert!(verify(folder.path()).unwrap_err().why.contains("missing"));
    assert!(matches!(Record::open(folder.path(), "prod".into(), who()), Err(RecordError::Broken { .. })));
    for byte in 0..now.len() {
        let mut changed = now.clone();
        changed[byte] ^= 1;
        fs::write(&head, changed).unwrap();
        assert!(verify(folder.path()).is_err(), "byte {byte}");
    }
    fs::remove_file(folder.path().join(LINES)).unwrap();
    fs::write(&head, now).unwrap();
    assert!(verify(folder.path()).unwrap_err().why.contains("cut short"));
}

#[test]
fn a_head_that_cannot_be_written_stops_all_until_it_can_and_nothing_is_lost() {
    let folder = written();
    let mut record = open(folder.path());
    let in_the_way = folder.path().join("audit.head.new");
    fs::create_dir(&in_the_way).unwrap();
    let event = Event::Calling { step: 0, undo: false };
    for _ in 0..3 {
        assert!(matches!(record.write(at(0), &id(2), &event), Err(RecordError::Write { .. })));
        assert_eq!(verify(folder.path()).map(|verified| verified.entries), Ok(11), "one entry ahead, never two");
    }
    fs::remove_dir(&in_the_way).unwrap();
    record.write(at(0), &id(2), &event).unwrap();
    assert_eq!(verify(folder.path()).map(|verified| verified.entries), Ok(12));
}

#[test]
fn a_record_that_another_key_signed_is_no_record_of_ours() {
    let (ours, theirs) = (written(), written());
    put(&ours, &bytes(&theirs));
    assert_eq!(broken_line(&ours), 1);
    assert_eq!(open_tales(&ours), 0);
    fs::copy(theirs.path().join(HEAD), ours.path().join(HEAD)).unwrap();
    assert!(verify(ours.path()).is_err());
}

fn open_tales(folder: &tempfile::TempDir) -> usize {
    let key = key::load(folder.path()).unwrap().unwrap();
    walk::walk_with(folder.path(), &key.verifying_key()).unwrap().entries().count()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn no_change_passes_and_none_makes_it_panic_or_invent(
        edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..3u8), 1..4),
    ) {
        let folder = written();
        let (whole, tales) = (bytes(&folder), open(folder.path()).tales().unwrap());
        let mut changed = whole.clone();
        for (index, byte, how) in edits {
            let at = index.index(changed.len());
            match how {
                0 => changed[at] = byte,
                1 => changed.insert(at, byte),
                _ => drop(changed.remove(at)),
            }
        }
        put(&folder, &changed);
        prop_assert_eq!(verify(folder.path()).is_ok(), changed == whole);
        invents_nothing(&folder, &tales);
        drop(Record::open(folder.path(), "prod".into(), who()));
    }
}
