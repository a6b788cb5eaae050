//! Whether the tests' support itself holds: routing, counting, faults, isolation, and that no
//! emulator outlives the tests.

#![cfg(feature = "aws")]
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use aws_sdk_sqs::error::ProvideErrorMetadata;
use support::clients::Clients;
use support::{Emulator, Fault, Lab, Match};

#[tokio::test]
async fn each_service_reaches_the_emulator_that_answers_it() {
    let account = Lab::start().account();
    let aws = Clients::new(&account, "us-east-1").await;
    let bucket = account.bucket();

    let who = aws.sts.get_caller_identity().send().await.unwrap();
    assert_eq!(who.account(), Some(account.id()));
    aws.sqs.create_queue().queue_name("if-a").send().await.unwrap();
    aws.cloudwatch.list_metrics().send().await.unwrap();
    aws.logs.describe_log_groups().send().await.unwrap();
    aws.ec2.describe_instances().send().await.unwrap();
    aws.lambda.list_functions().send().await.unwrap();
    aws.s3.create_bucket().bucket(&bucket).send().await.unwrap();
    aws.s3.list_objects_v2().bucket(&bucket).send().await.unwrap();
    // moto has no forecast and says so in HTML; ministack has no Cost Explorer at all.
    let period = aws_sdk_costexplorer::types::DateInterval::builder().start("2026-11-01").end("2026-11-02");
    let costs = aws
        .costs
        .get_cost_and_usage()
        .time_period(period.build().unwrap())
        .granularity(aws_sdk_costexplorer::types::Granularity::Daily)
        .metrics("UnblendedCost")
        .send()
        .await
        .unwrap();
    assert!(costs.results_by_time().is_empty());
    aws.budgets.describe_budgets().account_id(account.id()).send().await.unwrap();

    for (service, operation) in [
        ("sts", "GetCallerIdentity"),
        ("sqs", "CreateQueue"),
        ("monitoring", "ListMetrics"),
        ("logs", "DescribeLogGroups"),
        ("ec2", "DescribeInstances"),
        ("lambda", "ListFunctions"),
        ("s3", "ListObjectsV2"),
        ("ce", "GetCostAndUsage"),
        ("budgets", "DescribeBudgets"),
    ] {
        assert_eq!(account.count(service, operation), 1, "{service} {operation}: {:#?}", account.calls());
    }
    assert!(account.calls().iter().all(|call| call.status == 200 && call.question.region == "us-east-1"));
}

#[tokio::test]
async fn accounts_and_regions_do_not_see_each_other() {
    let lab = Lab::start();
    let (one, two) = (lab.account(), lab.account());
    let here = Clients::new(&one, "us-east-1").await;
    here.sqs.create_queue().queue_name("if-mine").send().await.unwrap();
    let urls = here.sqs.list_queues().send().await.unwrap();
    assert_eq!(urls.queue_urls().len(), 1);
    for elsewhere in [Clients::new(&one, "us-west-2").await, Clients::new(&two, "us-east-1").await] {
        let urls = elsewhere.sqs.list_queues().send().await.unwrap();
        assert!(urls.queue_urls().is_empty(), "{urls:?}");
    }
    // moto takes the account from a header that the proxy adds.
    for account in [&one, &two] {
        account.route("logs", Emulator::Moto);
    }
    here.logs.create_log_group().log_group_name("/if/moto").send().await.unwrap();
    let groups = Clients::new(&two, "us-east-1").await.logs.describe_log_groups().send().await.unwrap();
    assert!(groups.log_groups().is_empty(), "{groups:?}");
    let calls = two.calls();
    assert_eq!(calls.len(), 2, "only its own: {calls:#?}");
}

#[tokio::test]
async fn faults_play_where_they_are_meant_and_as_often() {
    let account = Lab::start().account();
    let east = Clients::new(&account, "us-east-1").await;
    let west = Clients::new(&account, "us-west-2").await;

    account.fault(Match::service("sqs").in_region("us-east-1"), Fault::error(400, "AccessDenied", "no"), Some(1));
    let denied = east.sqs.list_queues().send().await.unwrap_err();
    assert_eq!(denied.code(), Some("AccessDenied"), "{denied:?}");
    east.sqs.list_queues().send().await.unwrap();

    // The SDK tries a throttled call again by itself.
    account.fault(Match::service("logs").operation("DescribeLogGroups"), Fault::throttle(), Some(2));
    east.logs.describe_log_groups().send().await.unwrap();
    assert_eq!(account.count("logs", "DescribeLogGroups"), 3);

    account.fault(Match::region("us-west-2"), Fault::Drop, None);
    west.sqs.list_queues().send().await.unwrap_err();
    account.clear_faults();
    west.sqs.list_queues().send().await.unwrap();

    account.fault(Match::service("monitoring"), Fault::rubbish(), None);
    east.cloudwatch.list_metrics().send().await.unwrap_err();
    account.fault(Match::service("ec2"), Fault::error_xml(403, "UnauthorizedOperation", "no"), None);
    let denied = east.ec2.describe_instances().send().await.unwrap_err();
    assert_eq!(denied.code(), Some("UnauthorizedOperation"), "{denied:?}");
    account.fault(Match::service("sts"), Fault::error_xml(403, "ExpiredToken", "no"), None);
    let denied = east.sts.get_caller_identity().send().await.unwrap_err();
    assert_eq!(denied.code(), Some("ExpiredToken"), "{denied:?}");

    account.fault(Match::service("lambda"), Fault::Delay(Duration::from_millis(300)), None);
    let began = Instant::now();
    east.lambda.list_functions().send().await.unwrap();
    assert!(began.elapsed() >= Duration::from_millis(300));
}

#[tokio::test]
async fn bodies_of_every_kind_arrive_whole() {
    let account = Lab::start().account();
    let aws = Clients::new(&account, "us-east-1").await;
    let bucket = account.bucket();
    aws.s3.create_bucket().bucket(&bucket).send().await.unwrap();
    // Large enough that the SDK asks first (Expect: 100-continue).
    let large: Vec<u8> = (0..3_000_000_u32).map(|n| (n % 251) as u8).collect();
    aws.s3.put_object().bucket(&bucket).key("large").body(large.clone().into()).send().await.unwrap();
    let back = aws.s3.get_object().bucket(&bucket).key("large").send().await.unwrap();
    assert_eq!(back.body.collect().await.unwrap().to_vec(), large);
    let head = aws.s3.head_object().bucket(&bucket).key("large").send().await.unwrap();
    assert_eq!(head.content_length(), Some(3_000_000));
    aws.s3.delete_object().bucket(&bucket).key("large").send().await.unwrap();
}

#[tokio::test]
async fn localemu_answers_where_its_python_is() {
    let lab = Lab::start();
    let Some(account) = lab.account_on_localemu("sqs") else { return };
    let aws = Clients::new(&account, "us-east-1").await;
    aws.sqs.create_queue().queue_name("if-a").send().await.unwrap();
    assert_eq!(aws.sqs.list_queues().send().await.unwrap().queue_urls().len(), 1);
    let other = lab.account_on_localemu("sqs").expect("it is here");
    let aws = Clients::new(&other, "us-east-1").await;
    assert!(aws.sqs.list_queues().send().await.unwrap().queue_urls().is_empty());
}

/// Not a test of its own: the process that `emulators_die_with_their_parent` kills.
#[test]
#[ignore = "run by emulators_die_with_their_parent"]
fn a_lab_to_be_killed() {
    let lab = Lab::start();
    for emulator in [Emulator::Ministack, Emulator::Moto] {
        println!("\npid {}", lab.emulator(emulator).1);
    }
    println!("\nstarted");
    std::thread::sleep(Duration::from_mins(1));
}

#[test]
fn emulators_die_with_their_parent() {
    let mut parent = Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "a_lab_to_be_killed", "--nocapture"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut pids = Vec::new();
    for line in BufReader::new(parent.stdout.take().unwrap()).lines() {
        let line = line.unwrap();
        if let Some(pid) = line.strip_prefix("pid ") {
            pids.push(pid.to_owned());
        } else if line == "started" {
            break;
        }
    }
    assert_eq!(pids.len(), 2);
    assert!(pids.iter().all(|pid| alive(pid)), "{pids:?}");
    // SIGKILL: nothing in the parent can tidy up.
    parent.kill().unwrap();
    parent.wait().unwrap();
    let deadline = Instant::now() + Duration::from_secs(10);
    while pids.iter().any(|pid| alive(pid)) {
        assert!(Instant::now() < deadline, "emulators outlived their parent: {pids:?}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn alive(pid: &str) -> bool {
    if Path::new("/proc/self").exists() {
        return Path::new("/proc").join(pid).exists();
    }
    Command::new("kill").args(["-0", pid]).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
}
