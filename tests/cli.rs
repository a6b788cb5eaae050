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

/// What orders leave behind: a state folder with two of them, and one for approvals.
mod orders {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::PermissionsExt;
    use std::path::PathBuf;

    use infradeck::action::record::{self, Who};
    use infradeck::action::{Event, OrderId, Plan, Record, approvals};
    use infradeck::model::Time;
    use serde_json::json;

    use super::*;

    const ID: &str = "20261122T141507Z-3f9c2a71";

    fn at(seconds: i64) -> Time {
        Time::from_timestamp(1_790_000_000 + seconds, 0).expect("a time")
    }

    fn plan(id: &str) -> Plan {
        let call = json!({ "call": { "region": "us-east-1", "call": "reboot-instance", "instance": "i-0abc" } });
        let step =
            json!({ "says": "Reboot i-0abc", "act": call, "expect": null, "undo": "nothing", "optional": false });
        let plan = json!({
            "id": id, "order": { "order": "restart", "agents": [{ "session": "navidocs", "agent": "h04" }] }, "at": at(0),
            "title": "Restart navidocs/h04", "name": "navidocs/h04", "checks": [], "steps": [step], "one_by_one": false,
            "blast": {}, "cautions": ["it may do again what it did"], "consent": "press", "left_out": [],
        });
        let blast = json!({ "agents": 1, "sessions": null, "queues": null, "messages": null, "cost": null });
        let mut plan = plan;
        plan["blast"] = blast;
        serde_json::from_value(plan).expect("a plan")
    }

    fn event(json: Value) -> Event {
        serde_json::from_value(json).expect("an event")
    }

    struct Home {
        folder: tempfile::TempDir,
    }

    impl Home {
        /// With the orders of two fabrics.
        fn new() -> Self {
            let home = Self { folder: tempfile::tempdir().expect("a folder") };
            let who = Who { user: "alice".into(), uid: 1001, aws: None, ssh: None, host: "bastion-1".into() };
            for (fabric, id) in [("prod", ID), ("test", "20261122T150000Z-00000002")] {
                let mut record = Record::open(&home.state(), fabric.into(), who.clone()).expect("a record");
                let why = "stuck\u{1b}[2J for 40 min, =1+1";
                let refused =
                    json!({ "Err": { "kind": "denied", "reason": "no \"right\", so", "request_id": "d2f1" } });
                for (second, json) in (0..).zip([
                    json!({ "event": "intended", "plan": plan(id), "why": why, "overriding": null, "approved_by": null }),
                    json!({ "event": "calling", "step": 0, "undo": false }),
                    json!({ "event": "called", "step": 0, "undo": false, "answer": refused }),
                    json!({ "event": "ended", "outcome": "failed", "text": "=SUM(A1)" }),
                ]) {
                    record.write(at(second), &OrderId(id.into()), &event(json)).expect("written");
                }
            }
            home
        }

        fn state(&self) -> PathBuf {
            self.folder.path().join("state/infradeck")
        }

        fn audit(&self, args: &[&str]) -> Output {
            let state = self.folder.path().join("state");
            infradeck_in(&[&["audit"], args].concat(), &[("XDG_STATE_HOME", state.to_str().expect("a path"))])
        }

        fn lines(&self) -> Vec<String> {
            let text = fs::read_to_string(self.state().join("audit.jsonl")).expect("the record");
            text.lines().map(str::to_owned).collect()
        }

        fn put(&self, lines: &[String]) {
            fs::write(self.state().join("audit.jsonl"), lines.join("\n") + "\n").expect("written");
        }
    }

    #[test]
    fn the_record_is_shown_to_people_and_holds_no_control() {
        let home = Home::new();
        let all = stdout(&home.audit(&["show"]));
        assert_eq!(all.lines().count(), 9, "{all}");
        for part in ["2026-09-21 14:13:20", "alice@bastion-1", ID, "Restart navidocs/h04", "(request d2f1)", "failed: "]
        {
            assert!(all.contains(part), "{part} is not in\n{all}");
        }
        assert!(!all.chars().any(|c| c.is_control() && c != '\n'), "{all:?}");
        let one = stdout(&home.audit(&["show", "--order", ID]));
        assert_eq!((one.lines().count(), one.contains("00000002")), (5, false), "{one}");
        let test = stdout(&home.audit(&["show", "--fabric", "test"]));
        assert_eq!((test.lines().count(), test.contains(ID)), (5, false), "{test}");
        let json = stdout(&home.audit(&["show", "--json"]));
        assert_eq!(json.lines().collect::<Vec<_>>(), home.lines(), "as it was signed");
        assert!(stdout(&infradeck_in(&["audit", "show"], &[("XDG_STATE_HOME", "/nonexistent")])).contains("nothing"));
    }

    #[test]
    fn the_record_is_verified_and_the_first_bad_line_named() {
        let home = Home::new();
        let fine = home.audit(&["verify"]);
        assert_eq!((fine.status.code(), stdout(&fine).lines().count()), (Some(0), 1), "{}", stderr(&fine));
        assert!(stdout(&fine).contains("8 entries"), "{}", stdout(&fine));
        assert!(stdout(&fine).contains(stdout(&home.audit(&["key"])).trim()));
        let lines = home.lines();
        let check = |changed: Vec<String>, bad: &str| {
            home.put(&changed);
            let output = home.audit(&["verify"]);
            assert_eq!((output.status.code(), stdout(&output).as_str()), (Some(1), ""));
            assert!(stderr(&output).contains(bad), "{bad}: {}", stderr(&output));
        };
        let mut changed = lines.clone();
        changed[2] = changed[2].replace("d2f1", "d2f2");
        check(changed, "line 3: ");
        let mut changed = lines.clone();
        changed.swap(4, 5);
        check(changed, "line 5: ");
        let mut changed = lines.clone();
        changed.remove(6);
        check(changed.clone(), "line 7: ");
        let shown = home.audit(&["show"]);
        assert_eq!(shown.status.code(), Some(0));
        assert!(stderr(&shown).contains("line 7"), "{}", stderr(&shown));
        assert_eq!(home.audit(&["export"]).status.code(), Some(1));
        check(lines[..6].to_vec(), "line 7: it was cut short");
        fs::remove_file(home.state().join("keys/audit.key")).expect("removed");
        check(lines, "audit.key");
    }

    #[test]
    fn the_record_is_exported_for_other_programs() {
        let home = Home::new();
        let json: Vec<Value> = serde_json::from_slice(&home.audit(&["export"]).stdout).expect("an array");
        let signed: Vec<Value> = home.lines().iter().map(|line| serde_json::from_str(line).expect("JSON")).collect();
        assert_eq!(json, signed);
        let csv = stdout(&home.audit(&["export", "--format", "csv"]));
        let rows: Vec<&str> = csv.split_terminator("\r\n").collect();
        assert_eq!(rows.len(), 9);
        assert!(rows[0].starts_with("seq,at,fabric,order,user"));
        assert!(rows[3].contains(r#""step 1 refused: no ""right"", so (request d2f1)""#), "{}", rows[3]);
        assert!(!csv.contains('\u{1b}'));
        let wrong = home.audit(&["export", "--format", "xml"]);
        assert_eq!(wrong.status.code(), Some(2));
        assert!(stderr(&wrong).contains("csv"));
    }

    #[test]
    fn a_second_user_approves_what_the_first_one_asked_for_and_not_oneself() {
        let folder = tempfile::tempdir().expect("a folder");
        let open = |path: &Path, mode| fs::set_permissions(path, Permissions::from_mode(mode)).expect("opened");
        open(folder.path(), 0o755);
        let (shared, config) = (folder.path().join("shared"), folder.path().join("config.toml"));
        fs::write(&config, format!("[lock]\nfolder = {shared:?}\n")).expect("written");
        open(&config, 0o644);
        let config = config.to_str().expect("a path");
        let list = || stdout(&infradeck(&["approve", "--config", config]));
        assert!(list().contains("nothing waits"), "{}", list());
        #[expect(clippy::disallowed_methods, reason = "the binary reads the clock too")]
        let now = chrono::Utc::now();
        let who = Who::runs_this(&|_| None, None);
        let hash = approvals::ask(&shared, &"prod".into(), &plan(ID), "INC-7", &who, now).expect("asked");
        assert_eq!(record::plan_hash(&plan(ID)), Ok(hash.clone()));
        for part in [ID, "Restart navidocs/h04 on prod", "INC-7", "aws ec2 reboot-instances", "it may do again"] {
            assert!(list().contains(part), "{part} is not in\n{}", list());
        }
        let own = infradeck(&["approve", ID, "--config", config]);
        assert_eq!(own.status.code(), Some(1));
        assert!(stderr(&own).contains("yourself"), "{}", stderr(&own));
        let unknown = infradeck(&["approve", "nothing", "--config", config]);
        assert!(stderr(&unknown).contains("nothing of this name"), "{}", stderr(&unknown));
        let id = OrderId(ID.to_owned());
        assert_eq!(approvals::given(&shared, &id, &hash, who.uid, now), None);
        // Only root can be someone else here.
        let binary = folder.path().join("infradeck");
        fs::copy(env!("CARGO_BIN_EXE_infradeck"), &binary).expect("copied");
        open(&binary, 0o755);
        let nobody = Command::new("setpriv")
            .args(["--reuid=65534", "--regid=65534", "--clear-groups"])
            .arg(&binary)
            .args(["approve", ID, "--config", config])
            .env_clear()
            .env("HOME", "/nonexistent")
            .output();
        let Some(nobody) = nobody.ok().filter(|_| who.uid == 0) else { return };
        assert_eq!(nobody.status.code(), Some(0), "{}", stderr(&nobody));
        assert!(stdout(&nobody).contains("Approved as nobody"), "{}", stdout(&nobody));
        let by = approvals::given(&shared, &id, &hash, who.uid, now).expect("it counts");
        assert_eq!(by, "nobody (uid 65534)");
        assert_eq!(approvals::given(&shared, &id, &hash, 65534, now), None);
    }
}
