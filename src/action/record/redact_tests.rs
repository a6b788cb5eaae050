use proptest::prelude::*;
use serde_json::json;

use super::*;

/// Each secret in its clothes: what stands around it must stay.
#[rustfmt::skip]
const SEEDS: &[(&str, &str)] = &[
    ("key AKIAIOSFODNN7EXAMPLE was used", "AKIAIOSFODNN7EXAMPLE"),
    ("(ASIAIOSFODNN7EXAMPLE)", "ASIAIOSFODNN7EXAMPLE"),
    ("aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
    ("export AWS_SECRET_ACCESS_KEY='wJalrXUtnFEMI'", "wJalrXUtnFEMI"),
    (r#"{"SecretAccessKey": "wJalrXUtnFEMI/K7MDENG", "Version": 1}"#, "wJalrXUtnFEMI/K7MDENG"),
    (r#"{"SessionToken":"IQoJb3JpZ2luX2Vj"}"#, "IQoJb3JpZ2luX2Vj"),
    (r#"{"body":"{\"password\":\"hunter2\",\"task\":\"index\"}"}"#, "hunter2"),
    (r#"{"a":"{\"b\":\"{\\\"api_key\\\":\\\"hunter2\\\"}\"}"}"#, "hunter2"),
    (r#"{"password":"hun\"ter2"}"#, "ter2"),
    ("Authorization: Basic dXNlcjpodW50ZXIy", "dXNlcjpodW50ZXIy"),
    ("Authorization: Bearer abcdef.ghi-jkl", "abcdef.ghi-jkl"),
    (r#"curl -H "Authorization: Bearer abcdefghijkl" https://example.com"#, "abcdefghijkl"),
    ("bearer 0123456789abcdef", "0123456789abcdef"),
    ("postgres://fabric:hunter2@db.example:5432/x", "hunter2"),
    ("postgres://fabric:hun/ter2@db.example/x", "ter2"),
    ("redis://:hunter2@cache:6379", "hunter2"),
    ("https://api.example/?api_key=hunter2&x=1", "hunter2"),
    ("https://api.example/?token=hunter2;", "hunter2"),
    ("https://s3.example/o?X-Amz-Signature=fe5f80&X-Amz-Date=1", "fe5f80"),
    ("sk-abcdefghijklmnop1234", "sk-abcdefghijklmnop1234"),
    ("sk-ant-api03-AbCdEf_gHiJkL-mNoP", "sk-ant-api03-AbCdEf_gHiJkL-mNoP"),
    ("ghp_0123456789abcdefghijABCDEFGHIJ012345", "ghp_0123456789abcdefghijABCDEFGHIJ012345"),
    ("xoxb-123456789012-abcdef", "xoxb-123456789012-abcdef"),
    ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.dozjgNryP4J3jVmN", "dozjgNryP4J3jVmN"),
    ("mysql --user x --password hunter2 db", "hunter2"),
    ("--password=hunter2", "hunter2"),
    ("DB_PASSWORD=hunter2 ./run", "hunter2"),
    ("client_secret: hunter2", "hunter2"),
    ("-----BEGIN PRIVATE KEY-----\nMC4CAQAw\n-----END PRIVATE KEY-----", "MC4CAQAw"),
    (r"x -----BEGIN RSA PRIVATE KEY-----\nMC4CAQAw\n-----END RSA PRIVATE KEY----- y", "MC4CAQAw"),
    ("-----BEGIN OPENSSH PRIVATE KEY----- MC4CAQAw cut off", "MC4CAQAw"),
    ("päss wörd: 密码 password=密码123", "密码123"),
];

#[test]
fn every_seed_is_taken_out() {
    for (said, secret) in SEEDS {
        let safe = text(said);
        assert!(!safe.contains(secret) && safe.contains(MARK), "{said}\n{safe}");
        assert_eq!(text(&safe), safe, "twice is no more than once");
        let mut json = json!({ "deep": [{ "payload": said }], *said: 1 });
        value(&mut json);
        assert!(!json.to_string().contains(secret), "{json}");
        let quoted = json!({ "payload": json!({ "inner": said }).to_string() }).to_string();
        assert!(!text(&quoted).contains(secret), "{quoted}");
    }
}

#[test]
fn what_stands_around_stays() {
    assert_eq!(text("postgres://fabric:hunter2@db:5432/x?a=b"), "postgres://fabric:[redacted]@db:5432/x?a=b");
    assert_eq!(text(r#"{"password":"hunter2","task":"index"}"#), r#"{"password":"[redacted]","task":"index"}"#);
    assert_eq!(text("DB_PASSWORD=hunter2 ./run"), "DB_PASSWORD=[redacted] ./run");
}

#[test]
fn what_is_no_secret_stays() {
    for plain in [
        "Restart navidocs/h04 with its last task",
        "arn:aws:secretsmanager:us-east-1:123456789012:secret:prod/db-AbCdEf",
        "RDS_SECRET_ARN=arn:aws:secretsmanager:us-east-1:123456789012:x",
        r#"{"tokens_input":512,"max_tokens":100,"metrics":{"cost_usd":0.1}}"#,
        "https://sqs.us-east-1.amazonaws.com/123456789012/if-s-h01",
        "http://127.0.0.1:5000/a@b",
        "disk-usage-of-the-whole-machine-is-high, task-0123456789abcdef0123",
        "ed25519:11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=",
        "password rotation is due; the secret is out",
        r#"{"password":null,"secret":{}}"#,
        "AKIA is how keys begin",
        "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----",
        "",
    ] {
        assert_eq!(text(plain), plain);
    }
    let mut call = json!({ "call": "run-instance", "token": "infradeck-1", "key": "a", "threshold": 5 });
    let before = call.clone();
    value(&mut call);
    assert_eq!(call, before, "the token of a call keeps it from being done twice");
}

#[test]
fn members_with_such_names_are_taken_out_whatever_they_hold() {
    let mut item = json!({ "item": { "password": "x y z", "pin_pwd": 1234, "id": "a" } });
    value(&mut item);
    assert_eq!(item, json!({ "item": { "password": MARK, "pin_pwd": MARK, "id": "a" } }));
    assert!(is_redacted(&item));
    assert!(!is_redacted(&json!({ "id": "a" })));
}

proptest! {
    #[test]
    fn nothing_makes_it_panic_and_twice_is_once(
        said in "(password|token|Bearer|sk-|AKIA|://|a:b@|-----BEGIN PRIVATE KEY-----|-----END |[\"'\\\\=: {}\\[\\]&,]|\\PC|[a-zA-Z0-9]{1,20}){0,30}"
    ) {
        let once = text(&said);
        prop_assert_eq!(text(&once), once);
    }

    #[test]
    fn a_secret_is_found_among_anything(before in "\\PC{0,40}", after in "\\PC{0,40}") {
        let safe = text(&format!("{before} AKIAIOSFODNN7EXAMPLE {after}"));
        prop_assert!(!safe.contains("AKIAIOSFODNN7EXAMPLE"));
    }
}
