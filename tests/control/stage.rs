//! A fabric on emulators, seeded through clients of its own, and told through `cloud::aws`.

use std::sync::Arc;
use std::time::Duration;

use aws_sdk_cloudwatch::types::{ComparisonOperator, Statistic};
use aws_sdk_dynamodb::types::{AttributeDefinition, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType};
use aws_sdk_ec2::types::{InstanceType, RequestLaunchTemplateData};
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::{Environment, FunctionCode, Runtime};
use aws_sdk_route53::types as dns;
use aws_sdk_sqs::types::QueueAttributeName;
use infradeck::cloud::aws::{Aws, Connection};
use infradeck::cloud::{Clock, Control};
use infradeck::config::{FabricChoice, Names as Called};
use infradeck::model::{AgentKey, Time};

use crate::contract::{Habit, Names, Stage};
use crate::support::clients::Clients;
use crate::support::{Account, Emulator, Lab, venv};

pub(crate) const EAST: &str = "us-east-1";
pub(crate) const WEST: &str = "us-west-2";

/// Six dead letters: enough to watch a move of one a second.
pub(crate) const DEAD_LETTERS: usize = 6;

/// What an agent does when it is invoked: it logs its start, as agents do.
const AGENT: &str = r#"
import json, os, time, urllib.request

def handler(event, context):
    line = {"event_type": "agent_start", "session_id": "if://session/lab", "agent_id": "if://agent/h01",
            "task": event["content"]["task"]}
    body = {"logGroupName": os.environ["GROUP"], "logStreamName": "run-1",
            "logEvents": [{"timestamp": int(time.time() * 1000), "message": json.dumps(line)}]}
    credential = "Credential=%s/20261122/us-east-1/logs/aws4_request" % os.environ["ACCOUNT"]
    request = urllib.request.Request(os.environ["LOGS"], json.dumps(body).encode(), {
        "Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": "Logs_20140328.PutLogEvents",
        "Authorization": "AWS4-HMAC-SHA256 %s, SignedHeaders=host, Signature=0" % credential})
    urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request)
"#;

#[allow(clippy::disallowed_methods)]
pub(crate) fn wall() -> Time {
    chrono::Utc::now()
}

/// A fabric of one agent and one of everything else.
pub(crate) struct Emulated {
    pub(crate) account: Account,
    pub(crate) east: Clients,
    pub(crate) west: Clients,
    aws: Aws,
    names: Names,
    with_localemu: bool,
}

impl Emulated {
    /// A fresh one. Queues lie on localemu where it is to be had: nobody else moves dead letters.
    pub(crate) async fn new() -> Self {
        let lab = Lab::start();
        let on_localemu = lab.account_on_localemu("sqs");
        let with_localemu = on_localemu.is_some();
        let account = on_localemu.unwrap_or_else(|| lab.account());
        // ministack starts instances whatever their template says, and from templates that are not there.
        account.route("ec2", Emulator::Moto);
        let (east, west) = (Clients::new(&account, EAST).await, Clients::new(&account, WEST).await);
        let names = put_all(&account, &east, &west).await;
        account.forget_calls();
        Self { aws: aws(&account), account, east, west, names, with_localemu }
    }
}

/// `cloud::aws` on an account.
pub(crate) fn aws(account: &Account) -> Aws {
    let choice = FabricChoice {
        name: "lab".into(),
        regions: vec![EAST.into(), WEST.into()],
        endpoint_url: Some(account.endpoint()),
        ..FabricChoice::default()
    };
    let clock: Clock = Arc::new(wall);
    let keys = aws_sdk_sts::config::Credentials::new(account.id(), "secret", None, None, "lab");
    Aws::new(Connection::new(&choice, &Called::default()), clock).signing_with(keys)
}

impl Stage for Emulated {
    fn control(&self) -> &dyn Control {
        &self.aws
    }

    fn names(&self) -> &Names {
        &self.names
    }

    fn now(&self) -> Time {
        wall()
    }

    async fn settle(&self, span: Duration) {
        tokio::time::sleep(span).await;
    }

    fn keeps(&self, habit: Habit) -> bool {
        match habit {
            Habit::MovesSlowly | Habit::ChecksMoves => self.with_localemu,
            // See `tests/support/NOTES.md`.
            Habit::ChecksPayloads
            | Habit::ChecksCancels
            | Habit::PurgesOnceAMinute
            | Habit::KnowsTokens
            | Habit::StopsSlowly
            | Habit::KnowsTheDead
            | Habit::ChangesZones
            | Habit::ChecksReplicas
            | Habit::ForgetsReplicas
            | Habit::CountsVersions => false,
            _ => true,
        }
    }
}

async fn put_all(account: &Account, east: &Clients, west: &Clients) -> Names {
    let log_group = "/infrafabric/sessions/lab/agents/h01".to_owned();
    let function = "infra-agent-lab-h01".to_owned();
    put_function(account, east, &function, &log_group).await;
    put_queues(account, east).await;
    let topic = east.sns.create_topic().name("if-bus-messages").send().await.unwrap().topic_arn.unwrap();
    let (instance, template) = put_hosts(east).await;
    put_alarm(east).await;
    put_databases(account, east, west).await;
    let (zone, health_check) = put_dns(account, east).await;
    east.s3.create_bucket().bucket(account.bucket()).send().await.unwrap();
    put_table(east).await;
    let arn =
        |name: &str| format!("arn:aws:route53-recovery-control::{}:controlpanel/p/routingcontrol/{name}", account.id());
    let routing_controls = vec![arn("east"), arn("west")];
    account.controls(|controls| controls.extend([(arn("east"), true), (arn("west"), false)]));
    // Nobody listens at the first one.
    let endpoints = vec!["http://127.0.0.1:1".to_owned(), account.endpoint()];
    Names {
        primary: EAST.into(),
        standby: WEST.into(),
        agent: AgentKey::new("lab", "h01"),
        function,
        log_group,
        queue: "if-lab-h01".into(),
        dead_letters: "if-lab-h01-dlq".into(),
        fifo: "if-agent-results.fifo".into(),
        topic,
        instance,
        template,
        alarm: "if-agent-errors".into(),
        database: "coordination-db".into(),
        replica: "coordination-db-west".into(),
        zone,
        record: "api.fabric.example.".into(),
        health_check,
        routing_controls,
        endpoints,
        bucket: account.bucket(),
        table: "if-locks".into(),
    }
}

/// An archive with the agent in it, made by the Python that runs it.
fn archive() -> Vec<u8> {
    let python = venv::emulators_dir().join("ministack/bin/python");
    let script = "import io, sys, zipfile\nout = io.BytesIO()\nwith zipfile.ZipFile(out, 'w') as archive:\n    \
                  archive.writestr('main.py', sys.argv[1])\nsys.stdout.buffer.write(out.getvalue())";
    let made = std::process::Command::new(python).args(["-c", script, AGENT]).output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    made.stdout
}

pub(crate) async fn put_function(account: &Account, aws: &Clients, name: &str, group: &str) {
    aws.logs.create_log_group().log_group_name(group).send().await.unwrap();
    aws.logs.create_log_stream().log_group_name(group).log_stream_name("run-1").send().await.unwrap();
    let ministack = account.lab().emulator(Emulator::Ministack).0;
    let environment = Environment::builder()
        .variables("LOGS", format!("http://{ministack}/"))
        .variables("ACCOUNT", account.id())
        .variables("GROUP", group)
        .build();
    let call = aws
        .lambda
        .create_function()
        .function_name(name)
        .runtime(Runtime::Python312)
        .role(format!("arn:aws:iam::{}:role/lambda", account.id()))
        .handler("main.handler")
        .environment(environment)
        .code(FunctionCode::builder().zip_file(Blob::new(archive())).build());
    call.send().await.unwrap();
}

async fn put_queues(account: &Account, aws: &Clients) {
    let dead = aws.sqs.create_queue().queue_name("if-lab-h01-dlq").send().await.unwrap().queue_url.unwrap();
    let policy = format!(
        r#"{{"deadLetterTargetArn":"arn:aws:sqs:{EAST}:{}:if-lab-h01-dlq","maxReceiveCount":"3"}}"#,
        account.id()
    );
    let queue = aws.sqs.create_queue().queue_name("if-lab-h01");
    let queue = queue.attributes(QueueAttributeName::RedrivePolicy, policy).send().await.unwrap().queue_url.unwrap();
    let fifo = aws.sqs.create_queue().queue_name("if-agent-results.fifo");
    fifo.attributes(QueueAttributeName::FifoQueue, "true").send().await.unwrap();
    for n in 0..DEAD_LETTERS {
        let body = format!(r#"{{"content":{{"task":"dead {n}"}}}}"#);
        aws.sqs.send_message().queue_url(&queue).message_body(body).send().await.unwrap();
    }
    // Received too often, as dead letters are: of one that was sent there nobody knows where it is to go back to.
    let all = DEAD_LETTERS.to_string();
    for _ in 0..50 {
        let receive = aws.sqs.receive_message().queue_url(&queue).max_number_of_messages(10).visibility_timeout(0);
        receive.send().await.unwrap();
        let count = QueueAttributeName::ApproximateNumberOfMessages;
        let told = aws.sqs.get_queue_attributes().queue_url(&dead).attribute_names(count.clone());
        if told.send().await.unwrap().attributes.unwrap()[&count] == all {
            return;
        }
    }
    panic!("they do not die");
}

async fn put_hosts(aws: &Clients) -> (String, String) {
    let run = aws.ec2.run_instances().image_id("ami-12345678").instance_type(InstanceType::T3Medium);
    let run = run.min_count(1).max_count(1).send().await.unwrap();
    let data =
        RequestLaunchTemplateData::builder().image_id("ami-12345678").instance_type(InstanceType::T3Small).build();
    let template = aws.ec2.create_launch_template().launch_template_name("if-agent").launch_template_data(data);
    template.send().await.unwrap();
    (run.instances()[0].instance_id().unwrap().to_owned(), "if-agent".into())
}

async fn put_alarm(aws: &Clients) {
    let alarm = aws
        .cloudwatch
        .put_metric_alarm()
        .alarm_name("if-agent-errors")
        .namespace("InfraFabric/Alarms")
        .metric_name("Nothing")
        .statistic(Statistic::Average)
        .period(60)
        .evaluation_periods(1)
        .threshold(1.0)
        .comparison_operator(ComparisonOperator::GreaterThanThreshold);
    alarm.send().await.unwrap();
}

async fn put_databases(account: &Account, east: &Clients, west: &Clients) {
    let database = east
        .rds
        .create_db_instance()
        .db_instance_identifier("coordination-db")
        .engine("postgres")
        .db_instance_class("db.t3.small")
        .allocated_storage(20)
        .master_username("deck")
        .master_user_password("correct-horse")
        .multi_az(true);
    database.send().await.unwrap();
    put_replica(account, west, "coordination-db-west", (EAST, "coordination-db")).await;
}

/// A replica of a database in another region.
pub(crate) async fn put_replica(account: &Account, aws: &Clients, name: &str, (region, source): (&str, &str)) {
    let source = format!("arn:aws:rds:{region}:{}:db:{source}", account.id());
    let replica = aws.rds.create_db_instance_read_replica().db_instance_identifier(name);
    replica.source_db_instance_identifier(source).send().await.unwrap();
}

/// A record of one region.
fn record(role: dns::ResourceRecordSetFailover, region: &str, health_check: Option<&str>) -> dns::Change {
    let value = dns::ResourceRecord::builder().value(format!("{region}.fabric.example.")).build().unwrap();
    let set = dns::ResourceRecordSet::builder()
        .name("api.fabric.example.")
        .r#type(dns::RrType::Cname)
        .set_identifier(region)
        .failover(role)
        .ttl(30)
        .resource_records(value)
        .set_health_check_id(health_check.map(str::to_owned));
    dns::Change::builder().action(dns::ChangeAction::Create).resource_record_set(set.build().unwrap()).build().unwrap()
}

async fn put_dns(account: &Account, aws: &Clients) -> (String, String) {
    let zone = aws.route53.create_hosted_zone().name("fabric.example.").caller_reference(account.id());
    let zone = zone.send().await.unwrap().hosted_zone.unwrap().id;
    let zone = zone.trim_start_matches("/hostedzone/").to_owned();
    let watched = dns::HealthCheckConfig::builder()
        .r#type(dns::HealthCheckType::Https)
        .fully_qualified_domain_name("us-east-1.fabric.example")
        .port(443)
        .resource_path("/health")
        .build()
        .unwrap();
    let check = aws.route53.create_health_check().caller_reference(account.id()).health_check_config(watched);
    let check = check.send().await.unwrap().health_check.unwrap().id;
    let batch = dns::ChangeBatch::builder()
        .changes(record(dns::ResourceRecordSetFailover::Primary, EAST, Some(&check)))
        .changes(record(dns::ResourceRecordSetFailover::Secondary, WEST, None))
        .build()
        .unwrap();
    let change = aws.route53.change_resource_record_sets().hosted_zone_id(&zone).change_batch(batch);
    change.send().await.unwrap();
    (zone, check)
}

pub(crate) async fn put_table(aws: &Clients) {
    let key = KeySchemaElement::builder().attribute_name("id").key_type(KeyType::Hash).build().unwrap();
    let kind =
        AttributeDefinition::builder().attribute_name("id").attribute_type(ScalarAttributeType::S).build().unwrap();
    let table = aws.dynamodb.create_table().table_name("if-locks").key_schema(key).attribute_definitions(kind);
    table.billing_mode(BillingMode::PayPerRequest).send().await.unwrap();
}
