use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;

use super::*;

#[test]
fn it_is_made_once_even_by_many_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("infradeck");
    assert!(load(&state).unwrap().is_none());
    let keys: Vec<[u8; 32]> = std::thread::scope(|scope| {
        let makers: Vec<_> = (0..8).map(|_| scope.spawn(|| load_or_make(&state).unwrap().to_bytes())).collect();
        makers.into_iter().map(|maker| maker.join().unwrap()).collect()
    });
    assert!(keys.iter().all(|key| *key == keys[0]));
    assert_eq!(load(&state).unwrap().unwrap().to_bytes(), keys[0]);
    assert_eq!(fs::metadata(state.join(FILE)).unwrap().mode() & 0o7777, 0o600);
    let other = tempfile::tempdir().unwrap();
    assert_ne!(load_or_make(other.path()).unwrap().to_bytes(), keys[0]);
}

#[test]
fn one_that_others_can_read_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    load_or_make(folder.path()).unwrap();
    for mode in [0o640, 0o604, 0o602, 0o610] {
        fs::set_permissions(folder.path().join(FILE), Permissions::from_mode(mode)).unwrap();
        let error = load_or_make(folder.path()).unwrap_err().to_string();
        assert!(error.contains("others can use it") && error.contains("chmod"), "{error}");
    }
    fs::set_permissions(folder.path().join(FILE), Permissions::from_mode(0o600)).unwrap();
    load_or_make(folder.path()).unwrap();
}

#[test]
fn rubbish_in_its_place_is_never_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("keys")).unwrap();
    let path = folder.path().join(FILE);
    for rubbish in ["", "x", "-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n"] {
        fs::write(&path, rubbish).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
        assert!(load_or_make(folder.path()).is_err(), "{rubbish:?}");
        assert_eq!(fs::read_to_string(&path).unwrap(), rubbish);
    }
}

#[test]
fn no_second_key_is_made_beside_a_record() {
    let folder = tempfile::tempdir().unwrap();
    load_or_make(folder.path()).unwrap();
    fs::remove_file(folder.path().join(FILE)).unwrap();
    fs::write(folder.path().join(LINES), "").unwrap();
    assert!(load_or_make(folder.path()).unwrap_err().to_string().contains("put it back"));
}

#[test]
fn what_openssl_made_is_read_and_openssl_reads_what_was_made() {
    // `openssl genpkey -algorithm ed25519`, the key of test 1 of RFC 8032.
    let made = "-----BEGIN PRIVATE KEY-----\n\
                MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n\
                -----END PRIVATE KEY-----\n";
    let key = parse(made).unwrap();
    assert_eq!(key.to_bytes()[..4], [0x9d, 0x61, 0xb1, 0x9d]);
    assert_eq!(pem(&key).unwrap(), made);
}
