//! How often each question is meant to be asked.

use chrono::TimeDelta;

use crate::model::Question;

/// The time between two askings of `question` while someone looks at what it feeds. Facts older than twice this are
/// marked, older than three times are not believed.
///
/// The figures follow what a call costs and how fast its answer changes: CloudWatch tells minutes, Cost Explorer is
/// refreshed three times a day and takes a cent a call.
pub fn cadence(question: Question) -> TimeDelta {
    TimeDelta::seconds(match question {
        Question::Logs => 5,
        Question::Queues | Question::Functions => 10,
        Question::Instances | Question::Alarms => 20,
        Question::LogGroups => 30,
        Question::Metrics | Question::QueuePulse | Question::Results | Question::Replicas => 60,
        Question::Quotas | Question::Identity | Question::Rights => 300,
        Question::Cost | Question::Forecast | Question::Budgets => 6 * 3600,
    })
}
