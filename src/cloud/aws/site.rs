//! One region: its clients, and what has to be remembered from one answer to the next.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock};

use super::clients::Clients;
use super::connect::Session;
use super::control::Hands;
use super::logs::Tails;
use super::pace::Pace;
use super::{functions, metrics};
use crate::model::{CostReport, LogGroup, RegionId, Time};

/// Cost Explorer, Budgets and their like live in one region only.
const GLOBAL: &str = "us-east-1";

/// One region of AWS. The same question is never asked of it twice at once, so each memory has one writer.
#[derive(Debug)]
pub(super) struct Site {
    /// What is asked with.
    pub aws: Clients,
    /// What changes things, made when first something is to be changed.
    hands: OnceLock<Hands>,
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
    /// The address of each queue that was named.
    pub urls: Mutex<HashMap<String, String>>,
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
        Self {
            aws: Clients::open(&here, None),
            hands: OnceLock::new(),
            costs: aws_sdk_costexplorer::Client::new(&global),
            budgets: aws_sdk_budgets::Client::new(&global),
            account: Mutex::default(),
            groups: Mutex::default(),
            tails: Mutex::default(),
            pace: Pace::new(log_calls_per_second),
            queues: Mutex::default(),
            urls: Mutex::default(),
            functions: Mutex::default(),
            metrics: Mutex::default(),
            running: Mutex::default(),
            cost: tokio::sync::Mutex::default(),
        }
    }

    /// What changes things here.
    pub(super) fn hands(&self, session: &Session, region: &RegionId) -> &Hands {
        self.hands.get_or_init(|| Hands::open(&session.sdk_in(region.as_str())))
    }
}
