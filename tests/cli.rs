//! The built binary from the command line: documents, exit codes, errors that say what is allowed.

#![allow(clippy::expect_used, reason = "a test says what it misses by panicking")]

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

/// Runs the binary with nobody's configuration and no credentials.
fn infradeck(args: &[&str]) -> Output {
    infradeck_in(args, &[])
}

fn infradeck_in(args: &[&str], env: &[(&str, &str)]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_infradeck"));
    command.args(args).env_clear().env("HOME", env!("CARGO_TARGET_TMPDIR"));
    command.env("AWS_EC2_METADATA_DISABLED", "true");
    command.envs(env.iter().copied()).output().expect("the binary runs")
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("UTF-8")
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).expect("UTF-8")
}

fn snapshot(args: &[&str]) -> Value {
    let output = infradeck(&[&["snapshot", "--demo"], args].concat());
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    serde_json::from_slice(&output.stdout).expect("a JSON document")
}

#[test]
fn the_same_seed_gives_the_same_document_to_the_byte() {
    let once = || stdout(&infradeck(&["snapshot", "--demo", "--seed", "7", "--after", "90s"]));
    let first = once();
    assert_eq!(first, once());
    assert_ne!(first, stdout(&infradeck(&["snapshot", "--demo", "--seed", "8", "--after", "90s"])));
}

#[test]
fn the_document_has_the_promised_shape() {
    let document = snapshot(&["--after", "90s"]);
    assert_eq!(document["schema"], 1);
    assert!(document["at"].as_str().expect("a time").ends_with('Z'));
    let has = |value: &Value, members: &str| {
        for member in members.split(' ') {
            assert!(value.get(member).is_some(), "{member} is missing in {value}");
        }
    };
    has(&document["fabric"], "account regions endpoint");
    has(&document["sessions"][0], "id status agents tokens cost_usd");
    has(
        &document["agents"][0],
        "session agent model kind region status since last_update error_rate_pct execution_ms tokens cost_usd queue \
         log_group",
    );
    has(&document["queues"][0], "name region visible in_flight delayed oldest_s dead_letter_of dead_letters");
    has(&document["alarms"][0], "name region state since reason");
    has(&document["cost"], "month_to_date forecast today budget daily");
    has(&document["cost"]["daily"][0], "date total by_service");
    has(&document["regions"][0], "name role health services");
    has(&document["findings"][0], "rule severity subject region since text");
    has(&document["quality"][0], "question region quality age_s reason");
}

#[test]
fn the_incident_shows_what_it_promises_and_calm_shows_nothing() {
    let rules = |document: &Value| -> Vec<String> {
        let findings = document["findings"].as_array().expect("a list");
        findings.iter().map(|finding| finding["rule"].as_str().expect("a rule").to_owned()).collect()
    };
    let incident = rules(&snapshot(&["--after", "90s"]));
    for rule in ["stuck", "dead", "burn"] {
        assert!(incident.iter().any(|found| found == rule), "{rule} is not among {incident:?}");
    }
    assert!(incident.iter().any(|rule| rule == "failed" || rule == "failing"), "{incident:?}");
    assert_eq!(rules(&snapshot(&["--scenario", "calm"])), Vec::<String>::new());
}

#[test]
fn it_fails_on_a_finding_only_when_told_to() {
    let code = |args: &[&str]| infradeck(&[&["snapshot", "--demo", "--after", "90s"], args].concat()).status.code();
    assert_eq!(code(&[]), Some(0));
    assert_eq!(code(&["--fail-on", "critical"]), Some(3));
    assert_eq!(code(&["--fail-on", "warning", "--text"]), Some(3));
    assert_eq!(code(&["--fail-on", "warning", "--scenario", "calm"]), Some(0));
}

#[test]
fn the_text_is_for_people_and_holds_no_control() {
    let text = stdout(&infradeck(&["snapshot", "--demo", "--scenario", "log-storm", "--text"]));
    for word in ["FINDINGS", "SESSIONS", "AGENTS", "QUEUES", "ALARMS", "COST"] {
        assert!(text.contains(word), "{word} is missing in\n{text}");
    }
    assert!(!text.chars().any(|c| c.is_control() && c != '\n'));
}

#[test]
fn agents_are_as_many_as_asked_for() {
    let document = snapshot(&["--scenario", "swarm", "--agents", "300"]);
    assert_eq!(document["agents"].as_array().expect("a list").len(), 300);
}

#[test]
fn wrong_words_are_usage_errors_that_name_what_is_allowed() {
    let wrong: &[(&[&str], &str)] = &[
        (&["--demo", "--scenario", "storm"], "incident"),
        (&["--demo", "--theme", "drak", "snapshot"], "dark"),
        (&["--region", "us-est-1", "snapshot"], "us-east-1"),
        (&["--fabric", "nowhere", "snapshot"], "nowhere"),
        (&["snapshot", "--demo", "--after", "soon"], "90s"),
        (&["snapshot", "--demo", "--fail-on", "panic"], "critical"),
        (&["--demo", "--agents", "0"], "100000"),
        (&["--nonsense"], "--nonsense"),
        (&["--endpoint-url", "not a url", "snapshot"], "http"),
    ];
    for (args, allowed) in wrong {
        let output = infradeck(args);
        assert_eq!(output.status.code(), Some(2), "{args:?}: {}", stderr(&output));
        assert!(stderr(&output).contains(allowed), "{args:?}: {}", stderr(&output));
        assert!(output.stdout.is_empty(), "{args:?}");
    }
}

#[test]
fn a_wrong_configuration_names_file_line_and_key() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("config.toml");
    std::fs::write(&path, "[rules]\nstuck_after = \"30 parsecs\"\nqueue_odlest = \"5m\"\n").expect("written");
    let path = path.to_str().expect("a path");
    let output = infradeck(&["config", "check", "--config", path]);
    let error = stderr(&output);
    assert_eq!(output.status.code(), Some(2), "{error}");
    assert!(error.contains(&format!("{path}:2")) && error.contains("stuck_after"), "{error}");
    assert!(error.contains(&format!("{path}:3")) && error.contains("queue_oldest"), "{error}");
    let output = infradeck(&["config", "check", "--config", "/nonexistent/config.toml"]);
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn a_key_for_two_things_is_refused_where_it_is_written() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("config.toml");
    std::fs::write(&path, "[keys]\nquit = \"j\"\n").expect("written");
    let output = infradeck(&["--demo", "--config", path.to_str().expect("a path")]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("config.toml:2"), "{}", stderr(&output));
}

#[test]
fn the_template_is_a_right_configuration() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("config.toml");
    std::fs::write(&path, infradeck(&["config", "template"]).stdout).expect("written");
    let output = infradeck(&["config", "check", "--config", path.to_str().expect("a path")]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let shown = stdout(&infradeck_in(&["config", "path"], &[("XDG_CONFIG_HOME", "/somewhere")]));
    assert_eq!(Path::new(shown.trim()), Path::new("/somewhere/infradeck/config.toml"));
}

#[test]
fn both_worked_examples_come_out_of_the_estimate() {
    let output = stdout(&infradeck(&["estimate"]));
    assert!(output.contains("$0.556"), "{output}");
    assert!(output.contains("$68.09"), "{output}");
}

#[test]
fn completions_and_the_manual_are_printed() {
    for shell in ["bash", "zsh", "fish"] {
        assert!(stdout(&infradeck(&["completions", shell])).contains("infradeck"));
    }
    assert!(stdout(&infradeck(&["man"])).contains(".TH"));
}

#[test]
fn without_credentials_it_says_in_one_sentence_what_is_missing_and_offers_the_demo() {
    let output = infradeck(&["snapshot", "--region", "us-east-1"]);
    let error = stderr(&output);
    assert_eq!(output.status.code(), Some(1), "{error}");
    assert_eq!(error.trim_end().lines().count(), 1, "{error}");
    assert!(error.contains("--demo"), "{error}");
}

#[test]
fn without_a_terminal_it_says_so() {
    let output = infradeck(&["--demo"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("terminal"), "{}", stderr(&output));
}

#[test]
fn the_policy_is_json_and_as_small_as_what_is_asked() {
    let policy = |args: &[&str]| {
        let output = infradeck(&[&["iam-policy"], args].concat());
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        stdout(&output)
    };
    let (all, some, none) = (policy(&[]), policy(&["--orders", "restart,redrive"]), policy(&["--read-only"]));
    for text in [&all, &some, &none] {
        let policy: Value = serde_json::from_str(text).expect("JSON");
        assert_eq!(policy["Version"], "2012-10-17");
    }
    assert!(all.contains("sqs:PurgeQueue") && !some.contains("sqs:PurgeQueue"));
    assert!(some.contains("sqs:StartMessageMoveTask") && !none.contains("\"Change"));
    assert_eq!(none, policy(&["--readonly", "--orders", "purge"]), "whatever else is asked");
    let wrong = infradeck(&["iam-policy", "--orders", "rule-the-world"]);
    assert_eq!(wrong.status.code(), Some(2));
    assert!(stderr(&wrong).contains("cancel-redrive"), "{}", stderr(&wrong));
}
