//! One region: its clients, and what has to be remembered from one answer to the next.

use std::sync::{Arc, Mutex};

use super::connect::Session;
use super::logs::Tails;
use super::pace::Pace;
use super::{functions, metrics};
use crate::model::{CostReport, LogGroup, RegionId, Time};

/// Cost Explorer, Budgets and their like live in one region only.
const GLOBAL: &str = "us-east-1";

/// One region of AWS. The same question is never asked of it twice at once, so each memory has one writer.
#[derive(Debug)]
pub(super) struct Site {
    pub sts: aws_sdk_sts::Client,
    pub cloudwatch: aws_sdk_cloudwatch::Client,
    pub logs: aws_sdk_cloudwatchlogs::Client,
    pub sqs: aws_sdk_sqs::Client,
    pub ec2: aws_sdk_ec2::Client,
    pub lambda: aws_sdk_lambda::Client,
    pub s3: aws_sdk_s3::Client,
    pub costs: aws_sdk_costexplorer::Client,
    pub budgets: aws_sdk_budgets::Client,
    /// The account, once STS has told it.
    pub account: Mutex<Option<String>>,
    /// The log groups as last listed.
    pub groups: Mutex<Option<Vec<LogGroup>>>,
    /// How far each log group has been read.
    pub tails: Mutex<Tails>,
    /// Keeps the log tail within AWS's rate.
    pub pace: Pace,
    /// The queues as last listed.
    pub queues: Mutex<Option<Vec<Arc<str>>>>,
    /// What is known of functions.
    pub functions: Mutex<functions::Known>,
    /// What is known of metrics.
    pub metrics: Mutex<metrics::Known>,
    /// How many instances of the fabric ran when they were last listed.
    pub running: Mutex<Option<usize>>,
    /// What Cost Explorer last answered, and when: each call costs a cent, and two questions want it.
    pub cost: tokio::sync::Mutex<Option<(Time, CostReport)>>,
}

impl Site {
    pub(super) fn open(session: &Session, region: &RegionId, log_calls_per_second: u32) -> Self {
        let here = session.sdk_in(region.as_str());
        let global = session.sdk_in(GLOBAL);
        // Emulators have no host name for each bucket.
        let s3 = aws_sdk_s3::config::Builder::from(&here).force_path_style(here.endpoint_url().is_some()).build();
        Self {
            sts: aws_sdk_sts::Client::new(&here),
            cloudwatch: aws_sdk_cloudwatch::Client::new(&here),
            logs: aws_sdk_cloudwatchlogs::Client::new(&here),
            sqs: aws_sdk_sqs::Client::new(&here),
            ec2: aws_sdk_ec2::Client::new(&here),
            lambda: aws_sdk_lambda::Client::new(&here),
            s3: aws_sdk_s3::Client::from_conf(s3),
            costs: aws_sdk_costexplorer::Client::new(&global),
            budgets: aws_sdk_budgets::Client::new(&global),
            account: Mutex::default(),
            groups: Mutex::default(),
            tails: Mutex::default(),
            pace: Pace::new(log_calls_per_second),
            queues: Mutex::default(),
            functions: Mutex::default(),
            metrics: Mutex::default(),
            running: Mutex::default(),
            cost: tokio::sync::Mutex::default(),
        }
    }
}
