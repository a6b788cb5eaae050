//! Credentials that end: the SDK's real chain over real files, and what stands in for SSO, STS and an instance. The
//! program must go on by itself once there are new ones.
//!
//! The chain reads the environment, so each test that needs one of its own plays in a process of its own.

#![cfg(feature = "aws")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test says what it misses by panicking")]

#[allow(dead_code)]
#[path = "../support/pty.rs"]
mod pty;
mod stand_in;
#[path = "../support/mod.rs"]
mod support;

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use chrono::{TimeDelta, Utc};
use infradeck::cloud::aws::{Aws, Connection, NoCredentials};
use infradeck::cloud::{Ask, Clock, Cloud, Progress};
use infradeck::config::{FabricChoice, Names};
use infradeck::model::{Observation, Quality, Question};
use pty::Tty;
use stand_in::StandIn;
use support::Lab;

const INFRADECK: &str = env!("CARGO_BIN_EXE_infradeck");

/// Where SSO keeps the token of the session `corp`: the name is its SHA-1.
const TOKEN: &str = ".aws/sso/cache/ee0bfd2552fbd840c02cc48b6e823320543c450f.json";

const SSO: &str = "[profile prod]\nsso_session = corp\nsso_account_id = 700000000001\nsso_role_name = ops\n\
                   region = us-east-1\n[sso-session corp]\nsso_region = us-east-1\n\
                   sso_start_url = https://corp.awsapps.com/start\n";

#[allow(clippy::disallowed_methods, reason = "a test that runs in real time")]
fn now() -> chrono::DateTime<Utc> {
    Utc::now()
}

fn write(home: &Path, file: &str, text: &str) {
    let path = home.join(file);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

/// What `aws sso login` leaves behind, in another terminal.
fn log_in(home: &Path, token: &str, lasts: TimeDelta) {
    let ends = (now() + lasts).format("%Y-%m-%dT%H:%M:%SZ");
    write(home, TOKEN, &format!(r#"{{"accessToken": "{token}", "expiresAt": "{ends}", "region": "us-east-1"}}"#));
}

/// Nothing of the engineer's own AWS set-up, but what is under `home`.
fn environment<'a>(home: &'a str, endpoint: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("HOME", home),
        ("XDG_STATE_HOME", home),
        ("XDG_CONFIG_HOME", home),
        ("AWS_ENDPOINT_URL", endpoint),
        ("AWS_EC2_METADATA_DISABLED", "true"),
        ("AWS_REGION", "us-east-1"),
        ("AWS_PROFILE", "prod"),
        ("NO_PROXY", "127.0.0.1,localhost"),
    ]
}

/// Plays one of the ignored tests below in a process of its own. Its keyboard is open and silent.
fn play(scene: &str, home: &Path, stand_in: &StandIn, more: &[(&str, &str)]) {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--ignored", "--exact", scene, "--nocapture"]);
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("AWS_")) {
        command.env_remove(name);
    }
    let (home, endpoint) = (home.display().to_string(), stand_in.endpoint());
    command.envs(environment(&home, &endpoint)).envs(more.iter().copied());
    let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
    let keyboard = child.stdin.take();
    let status = child.wait().unwrap();
    drop(keyboard);
    assert!(status.success(), "{scene}: {status}");
}

fn aws(change: impl FnOnce(&mut Connection), clock: Clock) -> Aws {
    let mut connection = Connection::new(&FabricChoice::default(), &Names::default());
    connection.endpoint_url = std::env::var("AWS_ENDPOINT_URL").ok();
    connection.keeps_rates = false;
    change(&mut connection);
    Aws::new(connection, clock)
}

async fn ask(aws: &Aws) -> Observation {
    let progress: Progress = Arc::new(|_| {});
    aws.observe(&Ask::all(Question::Identity, "us-east-1".into()), &progress).await
}

/// Asks until it is answered, as the poller does.
async fn until_answered(aws: &Aws) -> Observation {
    let deadline = Instant::now() + Duration::from_mins(1);
    loop {
        let answer = ask(aws).await;
        if answer.quality == Quality::Complete {
            return answer;
        }
        assert!(Instant::now() < deadline, "{answer:?}");
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

fn home() -> std::path::PathBuf {
    std::env::var_os("HOME").unwrap().into()
}

#[test]
fn a_session_of_sso_that_has_expired() {
    let (home, stand_in) = (tempfile::tempdir().unwrap(), StandIn::start());
    stand_in.takes_token("fresh");
    write(home.path(), ".aws/config", SSO);
    log_in(home.path(), "stale", TimeDelta::hours(-1));
    play("scene_sso", home.path(), &stand_in, &[]);
}

#[tokio::test]
#[ignore = "played by a_session_of_sso_that_has_expired"]
async fn scene_sso() {
    let aws = aws(|_| {}, Arc::new(now));
    let refused = aws.credentials().await.unwrap_err();
    assert!(matches!(refused, NoCredentials::Refused { .. }), "one can fly and log in: {refused}");
    let denied = ask(&aws).await;
    let line = denied.link.log_in.expect("a line");
    assert_eq!((denied.quality, denied.calls[0].tries), (Quality::Denied, 0), "nothing was sent");
    assert!(line.contains("run `aws sso login --profile prod`"), "{line}");
    assert!(!line.contains('\n') && line.len() < 200, "{line}");
    log_in(&home(), "fresh", TimeDelta::hours(8));
    let answer = until_answered(&aws).await;
    assert_eq!(answer.link.log_in, None);
}

#[test]
fn keys_that_were_pasted_anew() {
    let (home, stand_in) = (tempfile::tempdir().unwrap(), StandIn::start());
    stand_in.refuses_key("AKIAOLD");
    write(home.path(), ".aws/credentials", "[prod]\naws_access_key_id = AKIAOLD\naws_secret_access_key = s\n");
    play("scene_keys", home.path(), &stand_in, &[]);
}

#[tokio::test]
#[ignore = "played by keys_that_were_pasted_anew"]
async fn scene_keys() {
    let aws = aws(|_| {}, Arc::new(now));
    let line = ask(&aws).await.link.log_in.expect("a line");
    assert_eq!(line, "AWS does not take the credentials (ExpiredToken): renew the keys of the profile prod");
    write(&home(), ".aws/credentials", "[prod]\naws_access_key_id = AKIANEW\naws_secret_access_key = s\n");
    let began = Instant::now();
    assert_eq!(until_answered(&aws).await.link.log_in, None);
    assert!(began.elapsed() < Duration::from_secs(15), "the file tells: {:?}", began.elapsed());
}

#[test]
fn the_role_of_an_instance_is_renewed() {
    let (home, stand_in) = (tempfile::tempdir().unwrap(), StandIn::start());
    let endpoint = stand_in.endpoint();
    let instance = [("AWS_EC2_METADATA_DISABLED", "false"), ("AWS_EC2_METADATA_SERVICE_ENDPOINT", endpoint.as_str())];
    write(home.path(), ".aws/config", "[profile prod]\nregion = us-east-1\n");
    play("scene_instance", home.path(), &stand_in, &instance);
    let keys = stand_in.keys();
    assert!(keys.len() >= 2 && keys.iter().all(|key| key.starts_with("ASIAROLE")), "{keys:?}");
}

#[tokio::test]
#[ignore = "played by the_role_of_an_instance_is_renewed"]
async fn scene_instance() {
    // The clock of this machine runs ten minutes in ten calls: what the instance gives lasts for five.
    let passed = Arc::new(AtomicI64::new(0));
    let ahead = passed.clone();
    let aws = aws(|_| {}, Arc::new(move || now() + TimeDelta::minutes(ahead.load(Ordering::Relaxed))));
    for _ in 0..10 {
        assert_eq!(until_answered(&aws).await.link.log_in, None);
        passed.fetch_add(5, Ordering::Relaxed);
    }
}

#[test]
fn a_program_that_gives_credentials_cannot_wait_for_the_keyboard() {
    let (home, stand_in) = (tempfile::tempdir().unwrap(), StandIn::start());
    let script = "#!/bin/sh\nread -r password\n\
                  echo '{\"Version\": 1, \"AccessKeyId\": \"AKIAPROCESS\", \"SecretAccessKey\": \"s\"}'\n";
    write(home.path(), "give", script);
    let give = home.path().join("give").display().to_string();
    write(home.path(), ".aws/config", &format!("[profile prod]\ncredential_process = sh {give}\nregion = us-east-1\n"));
    play("scene_process", home.path(), &stand_in, &[]);
    assert_eq!(stand_in.keys(), ["AKIAPROCESS"]);
}

#[tokio::test]
#[ignore = "played by a_program_that_gives_credentials_cannot_wait_for_the_keyboard"]
async fn scene_process() {
    let answer = ask(&aws(|_| {}, Arc::new(now))).await;
    assert_eq!(answer.quality, Quality::Complete, "{answer:?}");
}

#[tokio::test]
async fn a_role_is_assumed_again_before_it_ends() {
    let account = Lab::start().account();
    let passed = Arc::new(AtomicI64::new(0));
    let ahead = passed.clone();
    let clock: Clock = Arc::new(move || now() + TimeDelta::minutes(ahead.load(Ordering::Relaxed)));
    let change = |connection: &mut Connection| {
        connection.role_arn = Some(format!("arn:aws:iam::{}:role/ops", account.id()));
        connection.endpoint_url = Some(account.endpoint());
        connection.regions = vec!["us-east-1".into()];
    };
    let keys = aws_credential_types::Credentials::new(account.id(), "secret", None, None, "lab");
    let aws = aws(change, clock).signing_with(keys);
    let first = until_answered(&aws).await;
    ask(&aws).await;
    assert_eq!(account.count("sts", "AssumeRole"), 1, "{first:?}");
    // An hour later what STS gave has ended.
    passed.fetch_add(65, Ordering::Relaxed);
    until_answered(&aws).await;
    assert_eq!(account.count("sts", "AssumeRole"), 2);
}

#[test]
fn the_screen_flies_with_an_expired_session_and_goes_on_after_a_log_in() {
    let (home, stand_in) = (tempfile::tempdir().unwrap(), StandIn::start());
    stand_in.takes_token("fresh");
    write(home.path(), ".aws/config", SSO);
    log_in(home.path(), "stale", TimeDelta::hours(-1));
    let (folder, endpoint) = (home.path().display().to_string(), stand_in.endpoint());
    let env = environment(&folder, &endpoint);
    let tty = Tty::start_with(INFRADECK, &["-r", "us-east-1", "--endpoint-url", &endpoint], 120, 36, &env);
    let line = "run `aws sso login --profile prod`";
    // What is refused is asked again once a minute.
    let patience = Duration::from_secs(150);
    let says = |screen: &str| screen.contains("credentials") && screen.contains(line);
    tty.wait_until(patience, "the line that says what to run", says);
    log_in(home.path(), "fresh", TimeDelta::hours(8));
    // Who we are: STS has answered.
    let is_well = |screen: &str| screen.contains("7000…0001") && !screen.contains(line);
    tty.wait_until(patience, "the account, and no such line", is_well);
}

#[test]
fn with_nothing_at_all_one_sentence_says_what_is_missing() {
    let (home, stand_in) = (tempfile::tempdir().unwrap(), StandIn::start());
    let (folder, endpoint) = (home.path().display().to_string(), stand_in.endpoint());
    let mut command = Command::new(INFRADECK);
    command.args(["snapshot"]).envs(environment(&folder, &endpoint));
    let output = command.env_remove("AWS_PROFILE").output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && said.lines().count() == 1, "{said}");
    assert!(said.contains("no AWS credentials") && said.contains("infradeck --demo"), "{said}");
}
