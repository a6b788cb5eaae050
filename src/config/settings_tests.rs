//! Layers and errors.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use chrono::TimeDelta;
use proptest::prelude::*;
use rstest::rstest;
use tempfile::TempDir;

use super::{ConfigError, Depth, Flags, Method, Place, Price, Settings, Themes, path, path_in_use};

/// A home with this configuration file in it.
pub(super) struct Home {
    folder: TempDir,
    vars: HashMap<String, String>,
}

impl Home {
    pub(super) fn new(config: &str) -> Self {
        let folder = TempDir::new().unwrap();
        let ours = folder.path().join("infradeck");
        fs::create_dir(&ours).unwrap();
        fs::write(ours.join("config.toml"), config).unwrap();
        let vars = HashMap::from([("XDG_CONFIG_HOME".to_owned(), folder.path().to_string_lossy().into_owned())]);
        Self { folder, vars }
    }

    fn with(mut self, name: &str, value: &str) -> Self {
        self.vars.insert(name.to_owned(), value.to_owned());
        self
    }

    fn load(&self, flags: &Flags) -> Result<Settings, ConfigError> {
        Settings::load(flags, &|name| self.vars.get(name).cloned())
    }

    pub(super) fn settings(&self) -> Settings {
        self.load(&Flags::default()).unwrap()
    }

    fn error(&self, flags: &Flags) -> String {
        let text = self.load(flags).unwrap_err().to_string();
        text.replace(&self.folder.path().join("infradeck").to_string_lossy().into_owned(), "~")
    }
}

/// The configuration of the page `FABRIC.md`, as it stands there.
const PAGE: &str = r#"[fabric.prod]
profile = "infrafabric-prod"            # or role_arn, or nothing: the SDK's chain
regions = ["us-east-1", "us-west-2"]    # the first is primary
endpoint_url = "http://127.0.0.1:5000"  # only for emulators
read_only = false
[fabric.prod.failover]
method = "standby-marker"               # or "dns-record", "routing-control"
hosted_zone = "Z…"                      # dns-record
record = "api.fabric.example."
marker = "s3://if-failover-us-west-2/active"
routing_controls = { us-east-1 = "arn:…", us-west-2 = "arn:…" }
cluster_endpoints = ["https://…"]
database = "coordination-db"            # left out: no database step
replica = "coordination-db-west"
"#;

const TWO: &str = "[fabric.zeta]\nregions = [\"us-east-1\", \"us-west-2\"]\nprofile = \"z\"\n\n[fabric.alpha]\n";

fn regions(settings: &Settings) -> Vec<&str> {
    settings.fabric.regions.iter().map(crate::model::RegionId::as_str).collect()
}

#[test]
fn nothing_configured_is_the_defaults() {
    let nowhere = Settings::load(&Flags::default(), &|_| None).unwrap();
    assert_eq!(nowhere, Settings::defaults(Themes::built_in().unwrap()));
    assert_eq!(nowhere.fabric.name.as_str(), "default");
    assert!(nowhere.fabric.regions.is_empty());
    let missing = Settings::load(&Flags::default(), &|name| (name == "HOME").then(|| "/nonexistent".into())).unwrap();
    assert_eq!(missing, nowhere);
}

#[test]
fn the_page_reads_as_it_stands() {
    let fabric = Home::new(PAGE).settings().fabric;
    assert_eq!(fabric.name.as_str(), "prod");
    assert_eq!(fabric.profile.as_deref(), Some("infrafabric-prod"));
    assert_eq!(fabric.endpoint_url.as_deref(), Some("http://127.0.0.1:5000"));
    let failover = fabric.failover.unwrap();
    assert_eq!(failover.method, Method::StandbyMarker);
    assert_eq!(failover.routing_controls.len(), 2);
    assert_eq!(failover.replica.as_deref(), Some("coordination-db-west"));
}

#[test]
fn the_first_fabric_of_the_file_is_the_default() {
    let home = Home::new(TWO);
    assert_eq!(home.settings().fabric.name.as_str(), "zeta");
    assert_eq!(home.settings().fabrics, ["zeta", "alpha"]);
    let flags = Flags { fabric: Some("alpha".into()), ..Flags::default() };
    assert_eq!(home.load(&flags).unwrap().fabric.name.as_str(), "alpha");
}

#[test]
fn later_layers_win() {
    let home = Home::new(&format!("{TWO}\n[rules]\ncost_alert_usd = 7\nbudget_monthly_usd = 8\n"))
        .with("AWS_PROFILE", "from-env")
        .with("AWS_ENDPOINT_URL", "http://localhost:1")
        .with("COST_ALERT_THRESHOLD", "9.5")
        .with("BUDGET_MONTHLY", "");
    let settings = home.settings();
    assert_eq!(settings.fabric.profile.as_deref(), Some("from-env"));
    assert!((settings.rules.cost_alert_usd - 9.5).abs() < f64::EPSILON);
    // Set to nothing is not set.
    assert!((settings.rules.budget_monthly_usd - 8.0).abs() < f64::EPSILON);
    let flags = Flags {
        profile: Some("from-flag".into()),
        regions: vec!["eu-west-1, eu-central-1".into(), "us-east-2".into()],
        endpoint_url: Some("http://localhost:2".into()),
        theme: Some("mono".into()),
        ascii: true,
        ..Flags::default()
    };
    let settings = home.load(&flags).unwrap();
    assert_eq!(settings.fabric.profile.as_deref(), Some("from-flag"));
    assert_eq!(settings.fabric.endpoint_url.as_deref(), Some("http://localhost:2"));
    assert_eq!(regions(&settings), ["eu-west-1", "eu-central-1", "us-east-2"]);
    assert_eq!((settings.screen.theme.as_str(), settings.screen.ascii, settings.screen.mouse), ("mono", true, false));
}

#[rstest]
#[case(&[("AWS_REGION", "us-west-2")], &["us-west-2", "us-east-1"])]
#[case(&[("AWS_DEFAULT_REGION", "eu-west-1")], &["eu-west-1"])]
#[case(&[("AWS_REGION", "us-east-1"), ("AWS_DEFAULT_REGION", "eu-west-1")], &["us-east-1", "us-west-2"])]
#[case(&[("AWS_REGION", ""), ("AWS_DEFAULT_REGION", "us-west-2")], &["us-west-2", "us-east-1"])]
fn the_environment_names_the_primary_region(#[case] vars: &[(&str, &str)], #[case] expected: &[&str]) {
    let home = vars.iter().fold(Home::new(TWO), |home, (name, value)| home.with(name, value));
    assert_eq!(regions(&home.settings()), expected);
}

#[test]
fn deployments_name_things_in_the_environment() {
    let settings = Home::new("")
        .with("CLOUDWATCH_NAMESPACE", "Mine")
        .with("LOG_GROUP", "/flat")
        .with("STATE_BUCKET", "state")
        .with("AGENT_QUEUE_TOPIC", "work")
        .with("COMPLETION_TOPIC_ARN", "arn:aws:sns:us-east-1:1:done")
        .with("RDS_HOST", "coordination-db.abc123.us-east-1.rds.amazonaws.com")
        .with("LAMBDA_MEMORY", "256")
        .with("LAMBDA_TIMEOUT", "60")
        .with("INFRADECK_MEMORY_MB", "512")
        .settings();
    let names = settings.names;
    assert_eq!((names.namespace.as_str(), names.log_group.as_str()), ("Mine", "/flat"));
    assert_eq!((names.results_bucket.as_str(), names.agent_topic.as_str()), ("state", "work"));
    assert_eq!(names.complete_topic, "arn:aws:sns:us-east-1:1:done");
    assert_eq!(names.database.as_deref(), Some("coordination-db"));
    assert_eq!((settings.limits.lambda_memory_mb, settings.limits.lambda_timeout_s), (256, 60));
    assert_eq!(settings.limits.memory(), 512 << 20);
}

#[test]
fn every_section_is_read() {
    let settings = Home::new(
        "[rules]\nstuck_after = \"2h\"\n[prices]\ns3_puts_per_thousand = 1\ndate = \"2026-01\"\n\
         [keys]\nquit = \"x\"\nhelp = [\"?\", \"f1\"]\n\"next-theme\" = []\n\
         [screen]\ntheme = \"light\"\ndepth = \"256\"\nmouse = true\n[limits]\nlog_lines = 2_000\n\
         [names]\nqueue_pattern = \"q.{agent}.{session}\"\n",
    )
    .settings();
    assert_eq!(settings.rules.stuck_after, TimeDelta::hours(2));
    assert!((settings.prices.usd(Price::S3Put, 1000.0) - 1.0).abs() < 1e-12);
    assert_eq!(settings.prices.date, "2026-01");
    assert_eq!(settings.keys["help"].keys, ["?", "f1"].map(|key| key.parse::<super::Key>().unwrap()));
    assert!(settings.keys["next-theme"].keys.is_empty());
    assert!(matches!(&settings.keys["quit"].place, Place::File { line: 7, key, .. } if key == "keys.quit"));
    assert_eq!((settings.screen.depth, settings.screen.mouse), (Some(Depth::Ansi256), true));
    assert_eq!(settings.limits.log_lines, 2_000);
    assert!(settings.names.queue_owner("q.h01.a-b").is_some());
}

#[rstest]
#[case(
    "[rules]\nstuck_afer = \"1m\"",
    "~/config.toml:2: rules.stuck_afer: there is no such key; did you mean stuck_after?"
)]
#[case("[rules]\nstuck_after = 30", "~/config.toml:2: rules.stuck_after: is 30; a duration from")]
#[case(
    "[rules]\nerror_rate_pct = 101",
    "~/config.toml:2: rules.error_rate_pct: is 101; a number from 0 to 100 is wanted"
)]
#[case("[rules]\nerror_rate_pct = nan", "rules.error_rate_pct: is nan")]
#[case("[rules]\nerror_rate_pct = \"5\"", "is \"5\"; a number")]
#[case("rules = 1", "~/config.toml:1: rules: is 1; it is a section, written [rules]")]
#[case("[rule]", "~/config.toml:1: rule: there is no such section or key; did you mean rules?")]
#[case(
    "\n[fabric.p]\nregion = [\"us-east-1\"]",
    "~/config.toml:3: fabric.p.region: there is no such key; did you mean regions?"
)]
#[case(
    "[fabric.p]\nregions = [\"us-est-1\"]",
    "~/config.toml:2: fabric.p.regions: \"us-est-1\" is no region; did you mean \"us-east-1\"?"
)]
#[case("[fabric.p]\nregions = [\"us-east-1\", \"us-east-1\"]", "named twice")]
#[case("[fabric.p]\nregions = []", "is an empty list")]
#[case("[fabric.p]\nregions = \"us-east-1\"", "a list of texts is wanted")]
#[case("[fabric.p]\nrole_arn = \"ops\"", "fabric.p.role_arn: is \"ops\"; an ARN")]
#[case("[fabric.p]\nread_only = \"yes\"", "fabric.p.read_only: is \"yes\"; true or false is wanted")]
#[case("[fabric.p]\nendpoint_url = \"localhost\"", "fabric.p.endpoint_url: is \"localhost\"; an address")]
#[case(
    "[screen]\ntheme = \"drak\"",
    "~/config.toml:2: screen.theme: there is no theme \"drak\"; did you mean dark? Allowed: dark, light"
)]
#[case(
    "[screen]\ndepth = \"truth\"",
    "screen.depth: is \"truth\"; did you mean true? Allowed: auto, none, 16, 256, true"
)]
#[case("[limits]\nlog_lines = 5", "limits.log_lines: is 5; a whole number from 1000 to 10000000")]
#[case("[limits]\nmemory_mb = 8", "limits.memory_mb: is 8; a whole number from 64 to 65536")]
#[case("[limits]\nrecord_mb = 0", "limits.record_mb: is 0; a whole number from 1 to 1048576")]
#[case("[limits]\nlog_lines = 1e5", "limits.log_lines: is")]
#[case("[prices]\ns3_gb_month = -1", "prices.s3_gb_month: is -1; a number from 0")]
#[case("[keys]\nquit = 1", "~/config.toml:2: keys.quit: is 1; a key such as")]
#[case(
    "[names]\nqueue_pattern = \"if-{agent}\"",
    "names.queue_pattern: is \"if-{agent}\"; a pattern with one {session}"
)]
#[case("[names]\nlog_prefix = \"/infra\"", "ends in a slash")]
#[case("[names]\nnamespace = \"\"", "names.namespace: is \"\"")]
#[case("[names]\nnamespace = \"a\\u001b[31m\"", "names.namespace: is \"a\\u{1b}[31m\"")]
#[case("[rules]\n\"\\u001b]0;x\" = 1", "~/config.toml:2: rules.\"\\u{1b}]0;x\": there is no such key")]
#[case("[rules]\nstuck_after = ", "~/config.toml:2: not TOML: ")]
#[case("[rules]\n[rules]", "~/config.toml:2: not TOML: ")]
fn a_wrong_file_names_line_key_and_what_is_allowed(#[case] config: &str, #[case] expected: &str) {
    let error = Home::new(config).error(&Flags::default());
    assert!(error.contains(expected), "{error}");
    assert!(!error.chars().any(|c| c.is_control() && c != '\n'), "{error:?}");
}

#[rstest]
#[case(
    "method = \"dns\"",
    "fabric.p.failover.method: is \"dns\"; allowed: routing-control, standby-marker, dns-record"
)]
#[case("marker = \"s3://b/k\"", "fabric.p.failover: lacks `method`; allowed: routing-control")]
#[case("method = \"standby-marker\"", "lacks `marker`, which the method standby-marker needs")]
#[case("method = \"standby-marker\"\nmarker = \"b/k\"", "fabric.p.failover.marker: is \"b/k\"; an object such as")]
#[case("method = \"dns-record\"\nhosted_zone = \"Z1\"", "lacks `record`, which the method dns-record needs")]
#[case("method = \"routing-control\"\ncluster_endpoints = [\"https://x\"]", "lacks `routing_controls`")]
#[case(
    "method = \"routing-control\"\ncluster_endpoints = [\"https://x\"]\nrouting_controls = { us-east-1 = \"arn:x\" }",
    "one routing control for each of two regions"
)]
#[case(
    "method = \"standby-marker\"\nmarker = \"s3://b/k\"\nrouting_controls = { mars = \"arn:x\" }",
    "fabric.p.failover.routing_controls.mars: \"mars\" is no region"
)]
#[case(
    "method = \"standby-marker\"\nmarker = \"s3://b/k\"\ndatabase = \"d\"",
    "`database` and `replica` belong together"
)]
fn a_failover_that_could_not_work_is_refused(#[case] failover: &str, #[case] expected: &str) {
    let config = format!("[fabric.p]\nregions = [\"us-east-1\", \"us-west-2\"]\n[fabric.p.failover]\n{failover}\n");
    let error = Home::new(&config).error(&Flags::default());
    assert!(error.contains(expected), "{error}");
}

#[test]
fn a_failover_needs_somewhere_to_go() {
    let config = "[fabric.p]\n[fabric.p.failover]\nmethod = \"standby-marker\"\nmarker = \"s3://b/k\"\n";
    assert!(Home::new(config).error(&Flags::default()).contains("needs two regions"));
}

#[test]
fn all_problems_are_told_at_once_in_the_order_of_their_lines() {
    let home = Home::new("[screen]\ntheme = 1\nascii = 2\n[rules]\nquota_pct = 900\n").with("AWS_REGION", "mars");
    let error = home.error(&Flags { theme: Some("no".into()), ..Flags::default() });
    let lines: Vec<&str> = error.lines().collect();
    let starts = [
        "~/config.toml:2: screen.theme",
        "~/config.toml:3: screen.ascii",
        "~/config.toml:5: rules.quota_pct",
        "environment AWS_REGION: \"mars\" is no region",
        "--theme: there is no theme \"no\"",
    ];
    assert_eq!(lines.len(), starts.len(), "{error}");
    for (line, start) in lines.iter().zip(starts) {
        assert!(line.starts_with(start), "{line}");
    }
}

#[rstest]
#[case(Flags { fabric: Some("zetta".into()), ..Flags::default() }, "--fabric: there is no fabric \"zetta\"; did you mean zeta? Allowed: zeta, alpha")]
#[case(Flags { regions: vec!["us-east-1,".into()], ..Flags::default() }, "--region: \"\" is no region")]
#[case(Flags { memory_mb: Some(1), ..Flags::default() }, "--memory-mb: is 1; a whole number from 64 to 65536")]
#[case(Flags { endpoint_url: Some("x".into()), ..Flags::default() }, "--endpoint-url: is \"x\"")]
#[case(Flags { profile: Some("\u{1b}[2J".into()), ..Flags::default() }, "--profile: is \"\\u{1b}[2J\"")]
fn a_wrong_flag_is_named(#[case] flags: Flags, #[case] expected: &str) {
    let error = Home::new(TWO).error(&flags);
    assert!(error.contains(expected), "{error}");
}

#[test]
fn no_fabric_at_all_says_so() {
    let error = Home::new("").error(&Flags { fabric: Some("prod".into()), ..Flags::default() });
    assert!(error.contains("the configuration names none"), "{error}");
}

#[test]
fn the_file_is_found_where_it_is_said_to_be() {
    let home = Home::new("[rules]\nquota_pct = 1\n");
    let other = home.folder.path().join("other.toml");
    fs::write(&other, "[rules]\nquota_pct = 2\n").unwrap();
    let named = Home { folder: TempDir::new().unwrap(), vars: home.vars.clone() }
        .with("INFRADECK_CONFIG", &other.to_string_lossy());
    assert!((named.settings().rules.quota_pct - 2.0).abs() < f64::EPSILON);
    assert_eq!(named.settings().file, Some(other));
    let usual = home.folder.path().join("infradeck/config.toml");
    let flags = Flags { config: Some(usual.clone()), ..Flags::default() };
    assert!((named.load(&flags).unwrap().rules.quota_pct - 1.0).abs() < f64::EPSILON);
    let env = |name: &str| home.vars.get(name).cloned();
    assert_eq!((path(&env), path_in_use(&Flags::default(), &env)), (Some(usual.clone()), Some(usual)));
    // XDG: a relative path is to be passed over.
    let relative = |name: &str| Some(if name == "HOME" { "/home/x".into() } else { "relative".to_owned() });
    assert_eq!(path(&relative).unwrap(), Path::new("/home/x/.config/infradeck/config.toml"));
}

#[rstest]
#[case("true", &[("TERM", "vt100")], Depth::True)]
#[case("true", &[("TERM", "xterm-256color"), ("NO_COLOR", "1")], Depth::None)]
#[case("auto", &[("TERM", "xterm-256color"), ("NO_COLOR", "")], Depth::Ansi256)]
fn no_color_wins_over_the_file_and_the_file_over_the_terminal(
    #[case] word: &str,
    #[case] vars: &[(&str, &str)],
    #[case] expected: Depth,
) {
    let home = vars
        .iter()
        .fold(Home::new(&format!("[screen]\ndepth = {word:?}\n")), |home, (name, value)| home.with(name, value));
    assert_eq!(home.settings().screen.depth_in(&|name| home.vars.get(name).cloned()), expected);
}

#[test]
fn a_file_that_was_asked_for_must_be_there() {
    let home = Home::new("");
    let flags = Flags { config: Some("/nonexistent/x.toml".into()), ..Flags::default() };
    let error = home.error(&flags);
    assert!(
        error.contains("cannot read the configuration /nonexistent/x.toml") && error.contains("--config"),
        "{error}"
    );
    fs::write(home.folder.path().join("infradeck/config.toml"), b"\xff\xfe").unwrap();
    assert!(home.error(&Flags::default()).contains("cannot read the configuration ~/config.toml"));
}

#[test]
fn a_theme_of_ones_own_is_found() {
    let home = Home::new("[screen]\ntheme = \"mine\"\n");
    let folder = home.folder.path().join("infradeck/themes");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("mine.toml"), "text = \"#ffffff\"\n").unwrap();
    assert_eq!(home.settings().screen.theme, "mine");
    fs::write(folder.join("mine.toml"), "txt = \"#ffffff\"\n").unwrap();
    assert!(
        home.error(&Flags::default())
            .starts_with("~/themes/mine.toml:1: txt: there is no such section or key; did you mean text?")
    );
}

proptest! {
    #[test]
    fn any_file_is_read_or_refused(text in any::<String>()) {
        let _ = Home::new(&text).load(&Flags::default());
    }

    #[test]
    fn any_value_is_read_or_refused(
        section in "(fabric|fabric\\.p|fabric\\.p\\.failover|rules|names|keys|screen|limits|prices)",
        key in "(regions|method|failover|routing_controls|stuck_after|queue_pattern|theme|log_lines|date|x)",
        value in "(-?[0-9]{1,25}|[0-9]\\.[0-9]e[0-9]{1,3}|nan|\"[^\"\\\\]{0,8}\"|\\[\\]|\\[1, \"a\"\\]|\\{ a = 1 \\}|true|1979-05-27)",
    ) {
        let _ = Home::new(&format!("[{section}]\n{key} = {value}\n")).load(&Flags::default());
    }
}
