use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use aws_config::SdkConfig;
use aws_credential_types::provider::SharedCredentialsProvider;

use super::super::asking::locked;
use super::super::reach::Reach;
use super::*;
use crate::cloud::Clock;

/// Gives what it is told to, and counts.
#[derive(Clone, Debug)]
struct Giver {
    gives: Arc<Mutex<Result<Option<i64>, &'static str>>>,
    asked: Arc<AtomicUsize>,
    noon: Time,
    began: Instant,
}

impl ProvideCredentials for Giver {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        let count = self.asked.fetch_add(1, Ordering::SeqCst);
        let end = |seconds| SystemTime::from(self.noon + self.began.elapsed() + TimeDelta::seconds(seconds));
        future::ProvideCredentials::ready(match *locked(&self.gives) {
            Ok(seconds) => Ok(Credentials::new(format!("key-{count}"), "s", None, seconds.map(end), "test")),
            Err(why) => Err(CredentialsError::provider_error(why)),
        })
    }
}

/// A keyring whose credentials last for so many seconds.
fn keyring(lasts: Option<i64>) -> (Keyring, Giver) {
    let (noon, began) = ("2026-11-02T12:00:00Z".parse::<Time>().expect("a time"), Instant::now());
    let giver = Giver { gives: Arc::new(Mutex::new(Ok(lasts))), asked: Arc::default(), noon, began };
    let clock: Clock = Arc::new(move || noon + began.elapsed());
    let source = Source {
        given: Some(SharedCredentialsProvider::new(giver.clone())),
        profile: None,
        role_arn: None,
        sdk: SdkConfig::builder().build(),
        reach: Arc::new(Reach::new(clock, true)),
    };
    (Keyring::new(source), giver)
}

async fn key(keyring: &Keyring) -> Result<String, String> {
    let keys = keyring.provide_credentials().await;
    keys.map(|keys| keys.access_key_id().to_owned()).map_err(|error| super::super::trouble::told(&error))
}

async fn pass(seconds: u64) {
    tokio::time::sleep(Duration::from_secs(seconds)).await;
}

#[tokio::test(start_paused = true)]
async fn they_are_kept_and_renewed_a_minute_before_they_end() {
    let (keyring, giver) = keyring(Some(900));
    for _ in 0..10 {
        assert_eq!(key(&keyring).await.as_deref(), Ok("key-0"));
        pass(80).await;
    }
    pass(41).await;
    assert_eq!(key(&keyring).await.as_deref(), Ok("key-1"));
    assert_eq!(giver.asked.load(Ordering::SeqCst), 2);
}

#[tokio::test(start_paused = true)]
async fn those_without_an_end_are_kept() {
    let (keyring, giver) = keyring(None);
    for _ in 0..10 {
        assert_eq!(key(&keyring).await.as_deref(), Ok("key-0"));
        pass(3600).await;
    }
    assert_eq!(giver.asked.load(Ordering::SeqCst), 1);
}

#[tokio::test(start_paused = true)]
async fn what_aws_does_not_take_is_looked_up_again_but_not_each_time() {
    let (keyring, giver) = keyring(Some(900));
    key(&keyring).await.expect("a key");
    for _ in 0..60 {
        keyring.source.reach.refused("expired");
        key(&keyring).await.expect("a key");
        pass(1).await;
    }
    let asked = giver.asked.load(Ordering::SeqCst);
    assert!((3..=4).contains(&asked), "{asked}");
}

#[tokio::test(start_paused = true)]
async fn a_source_that_fails_is_asked_again_in_a_while_and_what_is_held_is_used_to_its_end() {
    let (keyring, giver) = keyring(Some(900));
    key(&keyring).await.expect("a key");
    *locked(&giver.gives) = Err("the session has expired");
    pass(850).await;
    assert_eq!(key(&keyring).await.as_deref(), Ok("key-0"), "it is still good");
    pass(60).await;
    for _ in 0..10 {
        let error = key(&keyring).await.expect_err("it has ended");
        assert!(error.contains("the session has expired"), "{error}");
    }
    assert_eq!(giver.asked.load(Ordering::SeqCst), 3, "once for all who ask");
    *locked(&giver.gives) = Ok(Some(900));
    pass(5).await;
    assert_eq!(key(&keyring).await.as_deref(), Ok("key-3"), "and it goes on by itself");
}

#[tokio::test(start_paused = true)]
async fn that_there_are_none_at_all_can_be_told_from_a_refusal() {
    let (keyring, _) = keyring(None);
    let error =
        |error: CredentialsError| keyring.fall_back(&Held::default(), &Told(Arc::new(error))).expect_err("none");
    assert!(matches!(error(CredentialsError::not_loaded("none")), CredentialsError::CredentialsNotLoaded(_)));
    assert!(matches!(error(CredentialsError::provider_error("no")), CredentialsError::ProviderError(_)));
}
