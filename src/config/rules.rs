//! The thresholds that turn facts into statuses and findings.
//!
//! Every default is the one of the page `FABRIC.md` ("Rules that make an alarm", and the status
//! table); every one can be changed under `[rules]` in the configuration.

use chrono::TimeDelta;

/// When something counts as wrong.
#[derive(Debug, Clone, PartialEq)]
pub struct Rules {
    /// An agent fails when its error rate over [`Self::error_window`] is above this; percent, 0 to 100.
    pub error_rate_pct: f64,
    /// Over how long the error rate is looked at.
    pub error_window: TimeDelta,
    /// A started agent without a sign of life for longer than this is stuck.
    pub stuck_after: TimeDelta,
    /// An agent that started less than this ago, and did nothing since, is starting.
    pub starting_for: TimeDelta,
    /// A day that costs more than this above its baseline is an anomaly; percent.
    pub cost_anomaly_pct: f64,
    /// Month to date above this is a finding; US dollars. Environment: `COST_ALERT_THRESHOLD`.
    pub cost_alert_usd: f64,
    /// A forecast for the month above this is a finding; US dollars. Environment: `BUDGET_MONTHLY`.
    pub budget_monthly_usd: f64,
    /// A queue whose oldest message is older than this is a finding.
    pub queue_oldest: TimeDelta,
    /// A replica further behind its source than this is a finding; seconds.
    pub replica_lag_s: f64,
    /// Use above this share of a quota is a finding; percent, 0 to 100.
    pub quota_pct: f64,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            error_rate_pct: 5.0,
            error_window: TimeDelta::minutes(5),
            stuck_after: TimeDelta::minutes(30),
            starting_for: TimeDelta::seconds(60),
            cost_anomaly_pct: 30.0,
            cost_alert_usd: 100.0,
            budget_monthly_usd: 500.0,
            queue_oldest: TimeDelta::minutes(5),
            replica_lag_s: 5.0,
            quota_pct: 80.0,
        }
    }
}
