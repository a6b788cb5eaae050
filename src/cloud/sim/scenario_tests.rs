//! Scenarios that are read, and what is said of those that are wrong.

use rstest::rstest;

use super::*;

#[test]
fn every_built_in_scenario_is_read() {
    for name in Scenario::names() {
        let scenario = Scenario::load(name).unwrap_or_else(|error| panic!("{error}"));
        assert!(scenario.description.len() > 20, "{name}");
        assert_eq!(scenario.role(&scenario.regions()[1]), Role::Standby);
    }
    assert_eq!(Scenario::names().count(), 6);
}

#[test]
fn an_unknown_one_names_the_known() {
    let error = Scenario::load("no-such\u{1b}").unwrap_err().to_string();
    assert_eq!(
        error,
        "no scenario “no-such␛”: choose one of calm, incident, region-outage, cost-spike, log-storm, swarm, \
         or give the path of a TOML file"
    );
}

#[rstest]
#[case("latency_ms = 41", "latency = 41", "latency", "unknown field")]
#[case("started = \"-47m\"", "started = \"soon\"", "started", "no time span")]
#[case("started = \"-47m\"", "started = \"5m\"", "id", "must have started before")]
#[case("region = \"us-east-1\"", "region = \"mars-1\"", "region", "known are us-east-1, us-west-2")]
#[case("usual_usd = 2.1", "usual_usd = ", "usual_usd", "")]
#[case("kinds = [\"lambda\"]", "kinds = [\"fargate\"]", "kinds", "unknown variant")]
#[case("models = [\"claude-haiku-4-5\"]", "models = [\"gpt\"]", "models", "known are")]
fn a_wrong_one_is_told_by_file_line_and_key(
    #[case] good: &str,
    #[case] bad: &str,
    #[case] key: &str,
    #[case] problem: &str,
) {
    let calm = BUILT_IN[0].1;
    let line = calm[..calm.find(good).unwrap()].matches('\n').count() + 1;
    let file = tempfile::Builder::new().suffix(".toml").tempfile().unwrap();
    std::fs::write(file.path(), calm.replacen(good, bad, 1)).unwrap();
    let path = file.path().to_str().unwrap();
    match Scenario::load(path).unwrap_err() {
        ScenarioError::Wrong { file, line: told, key: about, problem: why } => {
            assert_eq!(file, path);
            assert_eq!(about, key);
            assert!(why.contains(problem), "{why}");
            // What is wrong with a session as a whole is told at its name.
            assert!(told == line || key == "id", "{told}, not {line}");
        }
        other => panic!("{other}"),
    }
}

/// The scenario that lies in this text.
fn read(text: &str) -> Result<Scenario, ScenarioError> {
    let file = tempfile::Builder::new().suffix(".toml").tempfile().unwrap();
    std::fs::write(file.path(), text).unwrap();
    Scenario::load(file.path().to_str().unwrap())
}

#[test]
fn any_scenario_can_be_failed_over() {
    for name in Scenario::names() {
        let scenario = Scenario::load(name).unwrap();
        let failover = scenario.failover().unwrap();
        assert_eq!(failover.method, crate::config::Method::StandbyMarker, "{name}");
        assert_eq!(failover.database.as_deref(), Some("coordination-db"));
        assert_eq!(failover.replica.as_deref(), Some("coordination-db-west"));
        assert_eq!(failover.routing_controls.len(), 2);
        let orders = scenario.orders(&crate::config::Orders::default());
        assert_eq!(orders.state_table.as_deref(), Some("if-sessions"));
        assert_eq!(orders.alarm_topic.as_deref(), Some("arn:aws:sns:us-east-1:123456789012:if-on-call"));
    }
    let outage = BUILT_IN[2].1;
    let chosen = read(&outage.replacen("\"standby-marker\"", "\"routing-control\"", 1)).unwrap();
    assert_eq!(chosen.failover().unwrap().method, crate::config::Method::RoutingControl);
}

#[rstest]
#[case("\"standby-marker\"", "\"magic\"", "unknown variant")]
#[case("s3://if-failover-us-west-2/active", "if-failover-us-west-2/active", "is no object")]
#[case("api.fabric.example.", "api.other.example.", "does not lie in zone_name")]
#[case("ttl_s = 30", "ttl_s = 0", "1 to 3600")]
#[case("\nus-west-2 = \"arn", "\nmars-1 = \"arn", "no such region here: mars-1")]
#[case("\"if-sessions\"", "\"if sessions\"", "is no name")]
fn a_failover_that_makes_no_sense_is_told(#[case] good: &str, #[case] bad: &str, #[case] problem: &str) {
    let outage = BUILT_IN[2].1;
    assert!(outage.contains(good));
    let error = read(&outage.replacen(good, bad, 1)).unwrap_err().to_string();
    assert!(error.contains(problem), "{error}");
}

#[rstest]
#[case("[[pause]]\nat = \"1s\"\nagent = \"navidocs/h99\"", "no such agent")]
#[case("[[pause]]\nat = \"1s\"\nagent = \"pricing-research/h01\"", "only a function or an instance")]
#[case("[[late]]\nat = \"1s\"\nsession = \"mars\"\nby = \"1m\"", "no such session")]
#[case("[[late]]\nat = \"1s\"\nsession = \"navidocs\"\nby = \"6m\"", "by more than 5m")]
fn an_event_that_cannot_be_is_told(#[case] event: &str, #[case] problem: &str) {
    let error = read(&format!("{}\n{event}\n", BUILT_IN[0].1)).unwrap_err().to_string();
    assert!(error.contains(problem), "{error}");
}

#[test]
fn what_is_denied_is_what_an_order_takes() {
    let calm = BUILT_IN[0].1;
    let denying = |action: &str| read(&format!("{calm}\n[account]\ndenied = [\"sqs:SendMessage\", \"{action}\"]\n"));
    assert!(denying("sqs:PurgeQueue").is_ok());
    for wrong in ["sqs:purgequeue", "sqs:ListQueues", "sqs:*", ""] {
        match denying(wrong).unwrap_err() {
            ScenarioError::Wrong { line, key, problem, .. } => {
                assert_eq!((line, key.as_str()), (calm.matches('\n').count() + 3, "denied"), "{wrong}");
                assert!(problem.contains("no order takes"), "{problem}");
            }
            other => panic!("{other}"),
        }
    }
}
