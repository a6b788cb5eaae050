//! A primitive change as the equivalent `aws` command line, to read, to copy, and to run by hand where this program
//! cannot.

use std::collections::BTreeMap;
use std::fmt::{self, Write};

use super::{AlarmSpec, ControlCall, Directed, OnlyIf, Record};

/// A command line that is being written: every word is quoted for a POSIX shell where it must be.
struct Line(String);

impl Line {
    fn new(command: &str) -> Self {
        Self(format!("aws {command}"))
    }

    fn flag(mut self, name: &str) -> Self {
        self.0 += &format!(" --{name}");
        self
    }

    fn with(self, name: &str, value: impl fmt::Display) -> Self {
        self.flag(name).word(&value.to_string())
    }

    fn maybe(self, name: &str, value: Option<impl fmt::Display>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    fn word(mut self, word: &str) -> Self {
        self.0 += " ";
        self.0 += &quoted(word);
        self
    }
}

/// A word as a POSIX shell reads it back. Control characters, which a line of ours must not hold, are written out.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=@,+%".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    if word.chars().any(char::is_control) {
        let mut out = "$'".to_owned();
        for c in word.chars() {
            match c {
                '\'' | '\\' => out.extend(['\\', c]),
                '\n' => out += "\\n",
                c if c.is_control() => drop(write!(out, "\\u{:04x}", c as u32)),
                c => out.push(c),
            }
        }
        return out + "'";
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

fn queue_url(queue: &str) -> String {
    format!("\"$(aws sqs get-queue-url --queue-name {} --query QueueUrl --output text)\"", quoted(queue))
}

/// A command of SQS: it wants addresses, and takes no names.
fn sqs(command: &str, queue: &str) -> Line {
    let mut line = Line::new(command);
    line.0 += &format!(" --queue-url {}", queue_url(queue));
    line
}

fn json(value: &serde_json::Value) -> String {
    value.to_string()
}

fn attributes(item: &BTreeMap<String, String>) -> String {
    let text = |value: &String| serde_json::json!({ "S": value });
    json(&item.iter().map(|(name, value)| (name.clone(), text(value))).collect())
}

/// One change of a record, as Route 53 wants it.
fn change(record: &Record) -> serde_json::Value {
    let mut set = serde_json::json!({ "Name": record.name, "Type": record.kind });
    let mut put = |name: &str, value: Option<serde_json::Value>| {
        if let Some(value) = value {
            set[name] = value;
        }
    };
    put("SetIdentifier", record.set_identifier.clone().map(Into::into));
    put("Failover", record.failover.clone().map(Into::into));
    put("TTL", record.ttl_s.map(Into::into));
    put("HealthCheckId", record.health_check.clone().map(Into::into));
    let values: Vec<_> = record.values.iter().map(|value| serde_json::json!({ "Value": value })).collect();
    put("ResourceRecords", Some(values.into()));
    serde_json::json!({ "Action": "UPSERT", "ResourceRecordSet": set })
}

fn put_alarm(alarm: &AlarmSpec) -> Line {
    let dimensions: Vec<String> =
        alarm.dimensions.iter().map(|(name, value)| format!("Name={name},Value={value}")).collect();
    let mut line = Line::new("cloudwatch put-metric-alarm")
        .with("alarm-name", &alarm.name)
        .with("alarm-description", &alarm.description)
        .with("namespace", &alarm.namespace)
        .with("metric-name", &alarm.metric)
        .with("statistic", &alarm.statistic)
        .with("period", alarm.period_s)
        .with("evaluation-periods", alarm.periods)
        .with("threshold", alarm.threshold)
        .with("comparison-operator", "GreaterThanThreshold")
        .with("treat-missing-data", &alarm.missing);
    for (name, words) in [("dimensions", &dimensions), ("alarm-actions", &alarm.actions)] {
        if !words.is_empty() {
            line = words.iter().fold(line.flag(name), |line, word| line.word(word));
        }
    }
    line
}

/// The `aws` command line of a call, without its region.
#[expect(clippy::too_many_lines, reason = "one arm a call")]
fn line(call: &ControlCall) -> Line {
    match call {
        ControlCall::InvokeFunction { function, payload } => Line::new("lambda invoke")
            .with("function-name", function)
            .with("invocation-type", "Event")
            .with("cli-binary-format", "raw-in-base64-out")
            .with("payload", payload)
            .word("/dev/null"),
        ControlCall::ReserveConcurrency { function, executions } => Line::new("lambda put-function-concurrency")
            .with("function-name", function)
            .with("reserved-concurrent-executions", executions),
        ControlCall::ReleaseConcurrency { function } => {
            Line::new("lambda delete-function-concurrency").with("function-name", function)
        }
        ControlCall::SendMessage { queue, body, group, deduplication } => sqs("sqs send-message", queue)
            .with("message-body", body)
            .maybe("message-group-id", group.as_ref())
            .maybe("message-deduplication-id", deduplication.as_ref()),
        ControlCall::ReceiveMessages { queue, most, hidden_s } => {
            sqs("sqs receive-message", queue).with("max-number-of-messages", most).with("visibility-timeout", hidden_s)
        }
        ControlCall::DeleteMessage { queue, receipt } => {
            sqs("sqs delete-message", queue).with("receipt-handle", receipt)
        }
        ControlCall::StartMove { queue, per_second } => {
            let mut line = Line::new("sqs start-message-move-task");
            line.0 += &format!(
                " --source-arn \"$(aws sqs get-queue-attributes --queue-url {} --attribute-names QueueArn --query Attributes.QueueArn --output text)\"",
                queue_url(queue)
            );
            line.maybe("max-number-of-messages-per-second", per_second.as_ref())
        }
        ControlCall::CancelMove { handle, .. } => Line::new("sqs cancel-message-move-task").with("task-handle", handle),
        ControlCall::PurgeQueue { queue } => sqs("sqs purge-queue", queue),
        ControlCall::Publish { topic, body } => Line::new("sns publish").with("topic-arn", topic).with("message", body),
        ControlCall::RebootInstance { instance } => Line::new("ec2 reboot-instances").with("instance-ids", instance),
        ControlCall::StartInstance { instance } => Line::new("ec2 start-instances").with("instance-ids", instance),
        ControlCall::StopInstance { instance } => Line::new("ec2 stop-instances").with("instance-ids", instance),
        ControlCall::TerminateInstance { instance } => {
            Line::new("ec2 terminate-instances").with("instance-ids", instance)
        }
        ControlCall::RunInstance { template, token, tags } => {
            let tags: Vec<String> = tags.iter().map(|(key, value)| format!("{{Key={key},Value={value}}}")).collect();
            Line::new("ec2 run-instances")
                .with("launch-template", format!("LaunchTemplateName={template}"))
                .with("client-token", token)
                .with("tag-specifications", format!("ResourceType=instance,Tags=[{}]", tags.join(",")))
        }
        ControlCall::DisableAlarm { alarm } => Line::new("cloudwatch disable-alarm-actions").with("alarm-names", alarm),
        ControlCall::EnableAlarm { alarm } => Line::new("cloudwatch enable-alarm-actions").with("alarm-names", alarm),
        ControlCall::PutAlarm { alarm } => put_alarm(alarm),
        ControlCall::RebootDatabase { database, failover } => {
            let line = Line::new("rds reboot-db-instance").with("db-instance-identifier", database);
            if *failover { line.flag("force-failover") } else { line }
        }
        ControlCall::PromoteReplica { replica } => {
            Line::new("rds promote-read-replica").with("db-instance-identifier", replica)
        }
        ControlCall::ResizeDatabase { database, class } => Line::new("rds modify-db-instance")
            .with("db-instance-identifier", database)
            .with("db-instance-class", class)
            .flag("apply-immediately"),
        ControlCall::ChangeRecords { zone, records } => {
            let changes: Vec<_> = records.iter().map(change).collect();
            Line::new("route53 change-resource-record-sets")
                .with("hosted-zone-id", zone)
                .with("change-batch", json(&serde_json::json!({ "Changes": changes })))
        }
        ControlCall::InvertHealthCheck { health_check, inverted } => Line::new("route53 update-health-check")
            .with("health-check-id", health_check)
            .flag(if *inverted { "inverted" } else { "no-inverted" }),
        ControlCall::SetRoutingControls { states, endpoints } => {
            let entry = |state: &super::RoutingControl| {
                let word = if state.on { "On" } else { "Off" };
                serde_json::json!({ "RoutingControlArn": state.arn, "RoutingControlState": word })
            };
            let states: Vec<_> = states.iter().map(entry).collect();
            Line::new("route53-recovery-cluster update-routing-control-states")
                .with("update-routing-control-state-entries", json(&states.into()))
                .maybe("endpoint-url", endpoints.first())
        }
        ControlCall::PutObject { bucket, key, body, only_if } => {
            let mut line = Line::new("s3api put-object").with("bucket", bucket).with("key", key);
            line = match only_if {
                OnlyIf::Always => line,
                OnlyIf::Absent => line.with("if-none-match", "*"),
                OnlyIf::Version(version) => line.with("if-match", version),
            };
            line.0 = format!("printf %s {} | {} --body /dev/stdin", quoted(body), line.0);
            line
        }
        ControlCall::DeleteObject { bucket, key } => {
            Line::new("s3api delete-object").with("bucket", bucket).with("key", key)
        }
        ControlCall::PutItem { table, item, only_if } => {
            let line = Line::new("dynamodb put-item").with("table-name", table).with("item", attributes(item));
            match only_if {
                OnlyIf::Always => line,
                OnlyIf::Absent => line.with("condition-expression", "attribute_not_exists(id)"),
                OnlyIf::Version(version) => line
                    .with("condition-expression", "version = :v")
                    .with("expression-attribute-values", json(&serde_json::json!({ ":v": { "S": version } }))),
            }
        }
        ControlCall::DeleteItem { table, key, version } => Line::new("dynamodb delete-item")
            .with("table-name", table)
            .with("key", attributes(key))
            .with("condition-expression", "version = :v")
            .with("expression-attribute-values", json(&serde_json::json!({ ":v": { "S": version } }))),
        ControlCall::PutLogEvent { group, stream, at_ms, message } => {
            let event = serde_json::json!([{ "timestamp": at_ms, "message": message }]);
            Line::new("logs put-log-events")
                .with("log-group-name", group)
                .with("log-stream-name", stream)
                .with("log-events", json(&event))
        }
    }
}

impl fmt::Display for Directed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&line(&self.call).with("region", &self.region).0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(call: ControlCall) -> String {
        Directed { region: "us-west-2".into(), call }.to_string()
    }

    #[test]
    fn a_call_reads_as_the_command_one_would_type() {
        let call = ControlCall::ReserveConcurrency { function: "infra-agent-a-h01".into(), executions: 0 };
        assert_eq!(
            said(call),
            "aws lambda put-function-concurrency --function-name infra-agent-a-h01 \
             --reserved-concurrent-executions 0 --region us-west-2"
        );
    }

    #[test]
    fn a_shell_reads_every_word_back_as_it_was() {
        for word in ["", "a b", "it's", "$(rm -rf /)", "`x`", "a\\b", "a\nb", "\u{1b}]52;c;x\u{7}", "é — ≤", "*"] {
            let echo = format!("printf %s {}", quoted(word));
            let out = std::process::Command::new("bash").args(["-c", &echo]).env("LC_ALL", "C.UTF-8").output();
            let Ok(out) = out else { return };
            assert_eq!(String::from_utf8_lossy(&out.stdout), word, "{echo}");
        }
    }

    #[test]
    fn nothing_in_a_command_line_can_move_the_cursor() {
        let call = ControlCall::Publish { topic: "if-bus".into(), body: "\u{1b}[2J\u{9b}31m".into() };
        assert!(!said(call).chars().any(char::is_control));
    }
}
