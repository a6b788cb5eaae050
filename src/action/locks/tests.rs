use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::Path;
use std::sync::Arc;

use super::fake::{Fake, Fate};
use super::*;

fn at(seconds: i64) -> Time {
    Time::from_timestamp(1_790_000_000 + seconds, 0).unwrap()
}

fn holder(name: &str) -> Holder {
    Holder { name: format!("{name}@bastion"), order: OrderId(format!("order-of-{name}")), why: "INC-7".into() }
}

fn locks(place: LockPlace, folder: &Path) -> Locks {
    let config = Lock { place, expires: TimeDelta::minutes(30), folder: folder.join("shared") };
    Locks::new(&config, "us-west-2".into())
}

/// The same locks in each of the three places.
fn everywhere(folder: &Path) -> Vec<Locks> {
    let s3 = LockPlace::S3("if-locks".into(), "infradeck".into());
    [LockPlace::File, s3, LockPlace::DynamoDb("if-locks".into())].map(|place| locks(place, folder)).to_vec()
}

fn prod() -> FabricId {
    "prod".into()
}

async fn take(locks: &Locks, cloud: &Fake, who: &str, now: i64) -> Result<Held, NotTaken> {
    locks.take(cloud, &prod(), "traffic", &holder(who), at(now)).await
}

fn is_held_by(taken: &Result<Held, NotTaken>, who: &str) -> bool {
    matches!(taken, Err(NotTaken::Held { holder, .. }) if *holder == format!("{who}@bastion"))
}

#[tokio::test]
async fn one_holds_it_and_the_other_is_told_who_until_it_is_given_back() {
    let folder = tempfile::tempdir().unwrap();
    for locks in everywhere(folder.path()) {
        let cloud = Fake::default();
        let held = take(&locks, &cloud, "alice", 0).await.unwrap();
        assert_eq!((held.target(), held.expires()), ("traffic", at(1800)));
        let refused = take(&locks, &cloud, "bob", 60).await;
        assert!(is_held_by(&refused, "alice"), "{refused:?}");
        let said = refused.unwrap_err().to_string();
        for part in ["traffic", "alice@bastion", "14:13:20 UTC", "14:43:20 UTC", "order-of-alice", "INC-7"] {
            assert!(said.contains(part), "{part} is not in: {said}");
        }
        // Another target, another fabric: another lock.
        locks.take(&cloud, &prod(), "agent:s/h01", &holder("bob"), at(60)).await.unwrap();
        locks.take(&cloud, &"test".into(), "traffic", &holder("bob"), at(60)).await.unwrap();
        locks.give_back(&cloud, held).await.unwrap();
        take(&locks, &cloud, "bob", 61).await.unwrap();
    }
}

#[tokio::test]
async fn one_that_expired_is_taken_over_and_its_holder_is_told() {
    let folder = tempfile::tempdir().unwrap();
    for locks in everywhere(folder.path()) {
        let cloud = Fake::default();
        let mut held = take(&locks, &cloud, "alice", 0).await.unwrap();
        locks.renew(&cloud, &mut held, at(600)).await.unwrap();
        assert_eq!(held.expires(), at(2400));
        assert!(is_held_by(&take(&locks, &cloud, "bob", 2400).await, "alice"), "clocks may differ by a minute");
        let mut bobs = take(&locks, &cloud, "bob", 2460).await.unwrap();
        let lost = locks.renew(&cloud, &mut held, at(2461)).await.unwrap_err();
        assert!(matches!(&lost, NotTaken::Lost { why, .. } if why.contains("bob@bastion")), "{lost}");
        assert!(matches!(locks.give_back(&cloud, held).await, Err(NotTaken::Lost { .. })));
        locks.renew(&cloud, &mut bobs, at(2462)).await.unwrap();
    }
}

#[tokio::test]
async fn one_that_is_broken_names_who_broke_it_and_why() {
    let folder = tempfile::tempdir().unwrap();
    for locks in everywhere(folder.path()) {
        let cloud = Fake::default();
        let break_it = async |why: &str| {
            let by = Holder { why: why.into(), ..holder("bob") };
            locks.break_it(&cloud, &prod(), "traffic", &by, at(60)).await
        };
        assert!(matches!(break_it("x").await, Err(NotTaken::Failed { .. })), "nobody holds it");
        let mut held = take(&locks, &cloud, "alice", 0).await.unwrap();
        let said = break_it("alice's line\u{1b}[2J dropped").await.unwrap();
        for part in ["bob@bastion broke the lock of traffic", "alice@bastion", "order-of-alice", "line␛[2J dropped"] {
            assert!(said.contains(part), "{part} is not in: {said}");
        }
        let lost = locks.renew(&cloud, &mut held, at(61)).await.unwrap_err().to_string();
        assert!(lost.contains("bob@bastion broke it") && lost.contains("dropped"), "{lost}");
        assert!(locks.give_back(&cloud, held).await.is_err());
        take(&locks, &cloud, "bob", 62).await.unwrap();
    }
}

#[tokio::test]
async fn an_order_that_goes_on_takes_its_own_lock_again_and_another_order_does_not() {
    let folder = tempfile::tempdir().unwrap();
    for locks in everywhere(folder.path()) {
        let cloud = Fake::default();
        let mut before = take(&locks, &cloud, "alice", 0).await.unwrap();
        let mut again = take(&locks, &cloud, "alice", 5).await.unwrap();
        locks.renew(&cloud, &mut again, at(6)).await.unwrap();
        assert!(locks.renew(&cloud, &mut before, at(7)).await.is_err(), "only one of the two goes on");
        let other = Holder { order: OrderId("another".into()), ..holder("alice") };
        assert!(is_held_by(&locks.take(&cloud, &prod(), "traffic", &other, at(8)).await, "alice"));
    }
}

#[tokio::test]
async fn all_are_taken_or_none() {
    let folder = tempfile::tempdir().unwrap();
    for locks in everywhere(folder.path()) {
        let cloud = Fake::default();
        let all = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let bobs = locks.take_all(&cloud, &prod(), &all(&["b"]), &holder("bob"), at(0)).await.unwrap();
        let wanted = all(&["c", "a", "b", "a"]);
        let refused = locks.take_all(&cloud, &prod(), &wanted, &holder("alice"), at(1)).await;
        assert!(matches!(refused, Err(NotTaken::Held { target, .. }) if target == "b"));
        let eves = locks.take_all(&cloud, &prod(), &all(&["a", "c"]), &holder("eve"), at(2)).await.unwrap();
        for held in bobs.into_iter().chain(eves) {
            locks.give_back(&cloud, held).await.unwrap();
        }
        assert_eq!(locks.take_all(&cloud, &prod(), &wanted, &holder("alice"), at(3)).await.unwrap().len(), 3);
    }
}

#[tokio::test]
async fn an_answer_that_is_lost_is_looked_up() {
    let folder = tempfile::tempdir().unwrap();
    for locks in everywhere(folder.path()).into_iter().skip(1) {
        for fate in [Fate::DoneUnanswered, Fate::LostUnanswered] {
            let cloud = Fake::default();
            let next = || cloud.fates.lock().unwrap().push_back(fate);
            next();
            let mut held = take(&locks, &cloud, "alice", 0).await.unwrap();
            next();
            locks.renew(&cloud, &mut held, at(10)).await.unwrap();
            assert!(is_held_by(&take(&locks, &cloud, "bob", 1850).await, "alice"), "it was renewed");
            next();
            locks.give_back(&cloud, held).await.unwrap();
            take(&locks, &cloud, "bob", 20).await.unwrap();
            next();
            let by = holder("eve");
            locks.break_it(&cloud, &prod(), "traffic", &by, at(30)).await.unwrap();
        }
        let cloud = Fake::default();
        cloud.fates.lock().unwrap().push_back(Fate::Denied);
        assert!(matches!(take(&locks, &cloud, "alice", 0).await, Err(NotTaken::Failed { .. })));
    }
}

/// Two at once, 200 times, in each place: one wins, and what it holds is its own.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_at_once_exactly_one_gets_it() {
    let folder = tempfile::tempdir().unwrap();
    for locks in everywhere(folder.path()) {
        let (cloud, locks) = (Arc::new(Fake::default()), Arc::new(locks));
        for race in 0..200 {
            let target = format!("agent:s/h{:02}", race % 20);
            let racers = ["alice", "bob", "eve"].map(|who| {
                let (cloud, locks, target) = (cloud.clone(), locks.clone(), target.clone());
                tokio::spawn(async move { locks.take(&*cloud, &prod(), &target, &holder(who), at(race)).await })
            });
            let mut won = Vec::new();
            for racer in racers {
                match racer.await.unwrap() {
                    Ok(held) => won.push(held),
                    Err(NotTaken::Held { .. } | NotTaken::Failed { .. }) => {}
                    Err(why) => panic!("{why}"),
                }
            }
            assert_eq!(won.len(), 1, "race {race}");
            let mut held = won.remove(0);
            locks.renew(&*cloud, &mut held, at(race)).await.unwrap();
            // Half of them are given back, half have to expire: both ways are raced for.
            if race % 2 == 0 {
                locks.give_back(&*cloud, held).await.unwrap();
            } else {
                let long_ago = Slip { expires: at(-4000), ..held.slip.clone() };
                locks.replace(&*cloud, &long_ago, false).await.unwrap();
            }
        }
    }
}

fn file_of(folder: &Path) -> std::path::PathBuf {
    let mut files = fs::read_dir(folder.join("shared/locks")).unwrap();
    files.next().unwrap().unwrap().path()
}

#[tokio::test]
async fn files_are_for_everyone_and_their_folders_sticky() {
    let folder = tempfile::tempdir().unwrap();
    let locks = locks(LockPlace::File, folder.path());
    drop(take(&locks, &Fake::default(), "alice", 0).await.unwrap());
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o7777;
    assert_eq!(mode(&folder.path().join("shared")), 0o1777);
    assert_eq!(mode(&folder.path().join("shared/locks")), 0o1777);
    assert_eq!(mode(&file_of(folder.path())), 0o666);
    let name = file_of(folder.path()).file_name().unwrap().to_string_lossy().into_owned();
    assert!(!name.contains("traffic"), "a target may hold what no file's name may: {name}");
}

#[tokio::test]
async fn a_link_in_the_place_of_a_lock_is_not_followed() {
    let folder = tempfile::tempdir().unwrap();
    let locks = locks(LockPlace::File, folder.path());
    let cloud = Fake::default();
    locks.give_back(&cloud, take(&locks, &cloud, "alice", 0).await.unwrap()).await.unwrap();
    let (lock, victim) = (file_of(folder.path()), folder.path().join("victim"));
    let fails = async || {
        let failed = take(&locks, &cloud, "alice", 0).await;
        assert!(matches!(failed, Err(NotTaken::Failed { .. })), "{failed:?}");
        assert_eq!(fs::read_to_string(&victim).unwrap(), "precious");
    };
    fs::write(&victim, "precious").unwrap();
    fs::remove_file(&lock).unwrap();
    symlink(&victim, &lock).unwrap();
    fails().await;
    fs::remove_file(&lock).unwrap();
    fs::hard_link(&victim, &lock).unwrap();
    fails().await;
    fs::remove_file(&lock).unwrap();
    fs::create_dir(&lock).unwrap();
    fails().await;
    assert_eq!(fs::metadata(&victim).unwrap().nlink(), 1);
}

#[tokio::test]
async fn rubbish_on_a_lock_keeps_it_until_it_is_broken() {
    let folder = tempfile::tempdir().unwrap();
    let locks = locks(LockPlace::File, folder.path());
    let cloud = Fake::default();
    drop(take(&locks, &cloud, "alice", 0).await.unwrap());
    for rubbish in ["{", "null", "\0\0\0", r#"{"fabric":"prod"}"#] {
        fs::write(file_of(folder.path()), rubbish).unwrap();
        let refused = take(&locks, &cloud, "bob", 9999).await;
        assert!(matches!(&refused, Err(NotTaken::Failed { why, .. }) if why.contains("break-lock")), "{refused:?}");
        locks.break_it(&cloud, &prod(), "traffic", &holder("bob"), at(1)).await.unwrap();
        take(&locks, &cloud, "bob", 2).await.unwrap();
    }
}

#[tokio::test]
async fn what_others_wrote_on_a_lock_is_cleaned() {
    let folder = tempfile::tempdir().unwrap();
    let locks = locks(LockPlace::File, folder.path());
    let cloud = Fake::default();
    let evil = Holder { name: "eve\u{1b}]0;x\u{7}".into(), order: OrderId("o\u{202e}".into()), why: "a\nb".into() };
    locks.take(&cloud, &prod(), "traffic", &evil, at(0)).await.unwrap();
    let said = take(&locks, &cloud, "bob", 1).await.unwrap_err().to_string();
    assert!(!said.chars().any(crate::cloud::clean::is_hostile), "{said:?}");
}
