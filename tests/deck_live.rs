//! The built binary on an AWS endpoint: its document and its screen, with everything well and with much going wrong.

#![cfg(feature = "aws")]
#![allow(clippy::expect_used, reason = "a test says what it misses by panicking")]

#[allow(dead_code)]
#[path = "support/pty.rs"]
mod pty;
mod support;

use std::collections::BTreeMap;
use std::process::Command;
use std::time::Duration;

use aws_sdk_cloudwatchlogs::types::InputLogEvent;
use infradeck::model::message::{Heard, Trust};
use pty::Tty;
use serde_json::{Value, json};
use support::clients::Clients;
use support::seed::cast::Agent;
use support::seed::{Seeded, seed};
use support::{Account, Fault, Lab, Match};

const INFRADECK: &str = env!("CARGO_BIN_EXE_infradeck");
const REGIONS: &str = "us-east-1,us-west-2";

fn seeded() -> (Account, Seeded) {
    let account = Lab::start().account();
    let tasks = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    let seeded = tasks.block_on(seed(&account));
    (account, seeded)
}

fn snapshot(account: &Account, args: &[&str]) -> Value {
    let mut command = Command::new(INFRADECK);
    command.args(["snapshot", "-r", REGIONS, "--endpoint-url", &account.endpoint()]).args(args);
    let output = command.envs(account.env()).output().expect("the binary runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("a JSON document")
}

fn screen(account: &Account, cols: u16, rows: u16) -> Tty {
    let env = account.env();
    let env: Vec<(&str, &str)> = env.iter().map(|(name, value)| (*name, value.as_str())).collect();
    Tty::start_with(INFRADECK, &["-r", REGIONS, "--endpoint-url", &account.endpoint()], cols, rows, &env)
}

fn rows<'a>(document: &'a Value, list: &str) -> &'a Vec<Value> {
    document[list].as_array().expect("a list")
}

#[test]
fn the_document_equals_what_was_seeded() {
    let (account, seeded) = seeded();
    let folder = tempfile::tempdir().expect("a folder");
    let recording = folder.path().join("once.jsonl");
    let recording = recording.to_str().expect("a path");
    let document = snapshot(&account, &["--record", recording]);
    let again =
        Command::new(INFRADECK).args(["snapshot", "--replay", recording]).env_clear().output().expect("it runs");
    let again: Value = serde_json::from_slice(&again.stdout).expect("a JSON document, with nobody's credentials");
    for member in ["schema", "fabric", "sessions", "agents", "queues", "alarms", "cost", "regions", "asking"] {
        assert_eq!(again[member], document[member], "{member}, as it was recorded");
    }
    assert_eq!(document["fabric"]["account"], account.id());
    assert_eq!(rows(&document, "sessions").len(), seeded.sessions.len());
    assert_eq!(rows(&document, "agents").len(), seeded.agents.len());
    for agent in &seeded.agents {
        let is_it = |row: &&Value| row["session"] == agent.session && row["agent"] == agent.id.as_str();
        let row = rows(&document, "agents").iter().find(is_it).unwrap_or_else(|| panic!("no {}", agent.id));
        // One that was starting when it was seeded may have been overtaken by the clock.
        if agent.life.status() != "starting" {
            assert_eq!(row["status"], agent.life.status(), "{row}");
        }
        if let Some(numbers) = agent.numbers.as_ref().filter(|_| agent.has_metrics) {
            assert_eq!(row["execution_ms"], numbers.execution_ms, "{row}");
            assert_eq!(row["tokens"], (numbers.tokens_input + numbers.tokens_output) as f64, "{row}");
        }
    }
    for queue in &seeded.queues {
        let is_it = |row: &&Value| row["name"] == queue.name.as_str() && row["region"] == queue.region;
        let row = rows(&document, "queues").iter().find(is_it).unwrap_or_else(|| panic!("no {}", queue.name));
        let counts = [&row["visible"], &row["in_flight"], &row["delayed"], &row["dead_letters"]].map(Value::as_i64);
        assert_eq!(counts, [queue.visible, queue.in_flight, queue.delayed, queue.dead_letters].map(Some), "{row}");
    }
    assert_eq!(rows(&document, "alarms").len(), seeded.alarms.len());
    assert_eq!(document["cost"]["forecast"], seeded.costs.forecast);
    assert_eq!(document["cost"]["budget"], seeded.costs.budget);
    assert!((document["cost"]["today"].as_f64().expect("a cost") - seeded.costs.today).abs() < 1e-6);
    assert_eq!(rows(&document["cost"], "daily").len(), seeded.costs.daily.len());
    assert!(rows(&document, "quality").iter().all(|row| row["quality"] == "complete"), "{}", document["quality"]);
}

#[test]
fn the_screen_shows_it() {
    let (account, _) = seeded();
    let mut tty = screen(&account, 140, 40);
    let text = tty.wait_until(Duration::from_mins(1), "findings", |text| {
        text.contains("LIVE") && text.contains("critical") && text.contains("atlas")
    });
    assert!(text.contains("us-west-2"), "{text}");
    tty.send("3");
    tty.wait_for("-dlq");
    tty.send("8");
    tty.wait_for("cwatch");
    tty.send("5");
    tty.wait_for("LOGS");
    tty.send("q");
    assert_eq!(tty.wait_end(Duration::from_secs(10)), Some(0));
    // The seed holds hostile lines: none of their sequences came through.
    let raw = tty.output(|output| output.raw.clone());
    let text = String::from_utf8_lossy(&raw);
    assert!(!text.contains("\x1b]") && !text.contains('\u{202e}') && !text.contains('\u{9b}'));
}

#[test]
fn what_is_down_shows_on_the_panes_it_feeds_while_the_others_go_on() {
    let (account, seeded) = seeded();
    account.fault(Match::service("sqs"), Fault::rubbish(), None);
    account.fault(Match::service("lambda").in_region("us-west-2"), Fault::Drop, None);
    let document = snapshot(&account, &[]);
    let quality = |question: &str, region: &str| {
        let is_it = |row: &&Value| row["question"] == question && row["region"] == region;
        rows(&document, "quality").iter().find(is_it).expect("a row")["quality"].clone()
    };
    assert_eq!(quality("queues", "us-east-1"), "failed");
    assert_eq!(quality("functions", "us-west-2"), "failed");
    assert_eq!(quality("functions", "us-east-1"), "complete");
    assert_eq!(quality("metrics", "us-east-1"), "complete");
    assert!(rows(&document, "queues").is_empty());
    // Whom only a queue speaks of is not known without the queues.
    let beside = |a: &&Agent| a.has_log_group || a.has_metrics || a.function.is_some() || a.on_instance;
    assert_eq!(rows(&document, "agents").len(), seeded.agents.iter().filter(beside).count());
    assert!(rows(&document, "findings").iter().any(|finding| finding["rule"] == "region"), "{}", document["findings"]);

    let mut tty = screen(&account, 140, 40);
    tty.wait_until(Duration::from_mins(1), "agents beside failed queues", |text| {
        text.contains("failed") && text.contains("atlas") && text.contains("working")
    });
    tty.send("q");
    assert_eq!(tty.wait_end(Duration::from_secs(10)), Some(0));
}

/// A stuck agent that is told its task through its queue.
fn stuck_by_queue(seeded: &Seeded) -> &Agent {
    let is_it = |agent: &&Agent| {
        agent.life.status() == "stuck" && agent.has_queue && agent.has_log_group && agent.function.is_none()
    };
    seeded.agents.iter().find(|agent| is_it(agent) && !agent.on_instance).expect("one")
}

#[test]
fn a_restart_reaches_the_queue_signed_and_the_record_is_copied() {
    let (account, seeded) = seeded();
    let agent = stuck_by_queue(&seeded);
    let state = tempfile::tempdir().expect("a folder");
    let folder = state.path().display();
    let copies = "/infrafabric/infradeck";
    let config = state.path().join("config.toml");
    let text = format!("[orders]\nrecord_group = \"{copies}\"\n[lock]\nfolder = \"{folder}/shared\"\n");
    std::fs::write(&config, text).expect("a configuration");
    let tasks = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    let aws = tasks.block_on(Clients::new(&account, agent.region));
    tasks.block_on(async { aws.logs.create_log_group().log_group_name(copies).send().await.expect("a log group") });

    let mut env = account.env();
    env.insert("XDG_STATE_HOME", folder.to_string());
    let env: Vec<(&str, &str)> = env.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let (endpoint, config) = (account.endpoint(), config.display().to_string());
    let args =
        ["-r", REGIONS, "--endpoint-url", &endpoint, "--config", &config, "--unlock", "15m", "--reason", "a drill"];
    let mut tty = Tty::start_with(INFRADECK, &args, 140, 40, &env);
    let minute = Duration::from_mins(1);
    tty.wait_until(minute, "the stuck agent", |text| text.contains("UNLOCKED") && text.contains("stuck"));
    let name = format!("{}/{}", agent.session, agent.id);
    tty.wait_until(minute, "the agent", |text| text.contains(&name));
    let before = account.count("sqs", "SendMessage");
    tty.send(&format!(":restart {name}\r"));
    // Asked for before the queues are read it says so, and makes up for it when they are.
    tty.wait_until(minute, "the plan", |text| text.contains("y runs it") && text.contains("aws sqs send-message"));
    assert_eq!(account.count("sqs", "SendMessage"), before, "a plan sends nothing");
    tty.send("yyy");
    tty.wait_until(minute, "the order to run", |text| text.contains("it runs"));
    let signed = tasks.block_on(async {
        let url = aws.sqs.get_queue_url().queue_name(agent.queue()).send().await.expect("it is there").queue_url;
        let url = url.expect("an address");
        let mut signed: Vec<Heard> = Vec::new();
        for _ in 0..20 {
            let take = aws.sqs.receive_message().queue_url(&url).wait_time_seconds(1).max_number_of_messages(10);
            let taken = take.send().await.expect("an answer").messages.unwrap_or_default();
            let heard = taken.iter().filter_map(|message| Heard::read(message.body()?, &BTreeMap::new()));
            signed.extend(heard.filter(|heard| matches!(heard.trust, Trust::UnknownKey(_))));
        }
        signed
    });
    let [heard] = &signed[..] else { panic!("y was pressed three times, for one message: {signed:#?}") };
    assert!(heard.members["content"].to_string().contains(&format!("do {}", agent.id)), "{heard:?}");
    // What the agent does then.
    tasks.block_on(async {
        #[allow(clippy::disallowed_methods)]
        let now = chrono::Utc::now().timestamp_millis();
        let line = json!({"event_type": "agent_start", "session_id": format!("if://session/{}", agent.session),
            "agent_id": format!("if://agent/{}", agent.id), "task": "again"});
        let event = InputLogEvent::builder().timestamp(now).message(line.to_string()).build().expect("an event");
        let stream = aws.logs.describe_log_streams().log_group_name(agent.log_group()).send().await.expect("streams");
        let stream = stream.log_streams()[0].log_stream_name().expect("a name").to_owned();
        let put = aws.logs.put_log_events().log_group_name(agent.log_group()).log_stream_name(stream);
        put.log_events(event).send().await.expect("taken");
    });
    tty.send("o");
    tty.wait_until(Duration::from_mins(2), "the end", |text| text.contains("done: seen alive"));
    tty.send("q");
    assert_eq!(tty.wait_end(Duration::from_secs(20)), Some(0));

    let record = std::fs::read_to_string(state.path().join("infradeck/audit.jsonl")).expect("a record");
    let lines: Vec<&str> = record.lines().collect();
    assert!(lines.iter().any(|line| line.contains(account.id())), "it says who AWS takes us for");
    let verify = Command::new(INFRADECK).args(["audit", "verify"]).env("XDG_STATE_HOME", state.path()).status();
    assert!(verify.expect("it runs").success());
    let copied = tasks.block_on(async {
        let told = aws.logs.filter_log_events().log_group_name(copies).send().await.expect("the copies");
        told.events().iter().filter_map(|event| event.message().map(str::to_owned)).collect::<Vec<_>>()
    });
    assert!(copied.len() > 3 && copied.iter().all(|copy| lines.contains(&copy.as_str())), "{copied:#?}");
}

/// A session of a role that may do so much, in the environment of a child process.
async fn as_role(account: &Account, role: &str, policy: &Value) -> BTreeMap<&'static str, String> {
    let aws = Clients::new(account, "us-east-1").await;
    let trust = json!({ "Version": "2012-10-17", "Statement": [
        { "Effect": "Allow", "Action": "sts:AssumeRole", "Principal": { "AWS": "*" } } ] });
    let made = aws.iam.create_role().role_name(role).assume_role_policy_document(trust.to_string());
    let made = made.send().await.expect("a role");
    let put = aws.iam.put_role_policy().role_name(role).policy_name("all").policy_document(policy.to_string());
    put.send().await.expect("a policy");
    let arn = made.role().expect("a role").arn();
    let session = aws.sts.assume_role().role_arn(arn).role_session_name("kim").send().await.expect("a session");
    let given = session.credentials().expect("credentials");
    let mut env = account.env();
    env.insert("AWS_ACCESS_KEY_ID", given.access_key_id().to_owned());
    env.insert("AWS_SECRET_ACCESS_KEY", given.secret_access_key().to_owned());
    env.insert("AWS_SESSION_TOKEN", given.session_token().to_owned());
    env
}

#[test]
fn what_a_role_may_not_do_is_greyed_before_it_is_tried() {
    let account = Lab::start().account();
    let tasks = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    let env = tasks.block_on(async {
        let aws = Clients::new(&account, "us-east-1").await;
        aws.sqs.create_queue().queue_name("if-navidocs-h01").send().await.expect("a queue");
        let looks = json!({ "Version": "2012-10-17", "Statement": [
            { "Effect": "Allow", "Action": ["sqs:ReceiveMessage"], "Resource": "arn:aws:sqs:*:*:if-*" } ] });
        as_role(&account, "watcher", &looks).await
    });
    let env: Vec<(&str, &str)> = env.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let args = ["-r", "us-east-1", "--endpoint-url", &account.endpoint()];
    let mut tty = Tty::start_with(INFRADECK, &args, 140, 40, &env);
    tty.wait_for("LIVE");
    tty.send("8");
    let is_told = |text: &str| text.lines().any(|line| line.contains("rights") && line.contains("complete"));
    tty.wait_until(Duration::from_mins(1), "IAM's answer", is_told);
    tty.send("3");
    tty.wait_for("if-navidocs-h01");
    tty.send("a");
    tty.wait_for("sqs:SendMessage is not allowed to watcher (IAM says)");
    // What is allowed waits for the lock alone.
    tty.wait_until(Duration::from_secs(10), "what may be done", |text| {
        text.lines().any(|line| line.contains("look") && line.contains("locked"))
    });
    tty.send("\x1b");
    tty.wait_until(Duration::from_secs(10), "the menu closed", |text| !text.contains("(IAM says)"));
    tty.send("q");
    assert_eq!(tty.wait_end(Duration::from_secs(10)), Some(0));
}
