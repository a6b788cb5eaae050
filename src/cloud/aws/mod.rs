//! The live fabric: AWS, asked through its SDK. One file a question, SDK type to model type and nothing else.
//!
//! Nothing is read or looked up before the first question, so that the first frame comes before any network. Every
//! answer tells which calls were made for it and how they ended; what could not be read is said in its quality and
//! reason, never left out in silence. The SDK tries again by itself (three attempts): nothing here does.

mod alarms;
mod asking;
mod budgets;
mod clients;
mod connect;
mod control;
mod cost;
mod functions;
mod identity;
mod instances;
mod log_groups;
mod log_line;
mod logs;
mod metrics;
mod pace;
mod pulse;
mod queues;
mod quotas;
mod replicas;
mod reporters;
mod results;
mod series;
mod site;
mod tries;
mod trouble;
mod units;

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use tokio::sync::OnceCell;

pub use connect::{Connection, NoCredentials};

use super::lexicon::Lexicon;
use super::{Answer, Ask, Clock, Cloud, Progress};
use crate::model::{Fact, Observation, Outcome, Question, RegionId};
use asking::{Asking, locked};
use connect::{Given, Session};
use site::Site;
use trouble::Trouble;

/// One fabric on AWS.
#[derive(Debug)]
pub struct Aws {
    settings: Connection,
    clock: ClockBox,
    given: Given,
    session: OnceCell<Session>,
    sites: Mutex<HashMap<RegionId, Arc<Site>>>,
    names: Mutex<Lexicon>,
}

struct ClockBox(Clock);

impl std::fmt::Debug for ClockBox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Clock")
    }
}

impl Aws {
    /// Takes the settings, and does nothing with them before the first question.
    pub fn new(settings: Connection, clock: Clock) -> Self {
        Self {
            settings,
            clock: ClockBox(clock),
            given: Given::default(),
            session: OnceCell::new(),
            sites: Mutex::default(),
            names: Mutex::default(),
        }
    }

    /// Signs with these credentials instead of those of the environment, the profile or the instance.
    #[must_use]
    pub fn signing_with(mut self, credentials: impl ProvideCredentials + 'static) -> Self {
        self.given.credentials = Some(SharedCredentialsProvider::new(credentials));
        self
    }

    /// Whether there are credentials. Reads files, and calls what gives credentials (SSO, STS, the instance).
    ///
    /// # Errors
    ///
    /// Why there are none, in one sentence that says what to do.
    pub async fn credentials(&self) -> Result<(), NoCredentials> {
        self.session().await?.credentials().await
    }

    /// The regions, the primary one first: those of the settings, else the one that the environment, the profile or
    /// the instance names, else us-east-1.
    ///
    /// # Errors
    ///
    /// When the AWS configuration cannot be read, or lacks the profile.
    pub async fn regions(&self) -> Result<Vec<RegionId>, NoCredentials> {
        Ok(self.session().await?.regions.clone())
    }

    async fn session(&self) -> Result<&Session, NoCredentials> {
        self.session.get_or_try_init(|| Session::open(&self.settings, &self.given)).await
    }

    fn site(&self, session: &Session, region: &RegionId) -> Arc<Site> {
        let open = || Arc::new(Site::open(session, region, self.settings.log_calls_per_second));
        locked(&self.sites).entry(region.clone()).or_insert_with(open).clone()
    }

    async fn answer(&self, ask: &Ask, progress: &Progress) -> Observation {
        let session = match self.session().await {
            Ok(session) => session,
            Err(error) => {
                let trouble = Trouble::of(Outcome::Denied, None, &error.to_string());
                return Asking::new(ask, &self.settings, "", &self.clock.0, progress).finish(Err(trouble));
            }
        };
        let site = self.site(session, &ask.region);
        let asking = Asking::new(ask, &self.settings, &session.log_in, &self.clock.0, progress);
        let answer = match ask.question {
            Question::Identity => identity::ask(&asking, &site).await.map(Fact::Identity),
            Question::LogGroups => log_groups::ask(&asking, &site).await.map(Fact::LogGroups),
            Question::Functions => functions::ask(&asking, &site).await.map(Fact::Functions),
            Question::Instances => instances::ask(&asking, &site).await.map(Fact::Instances),
            Question::Queues => queues::ask(&asking, &site).await.map(Fact::Queues),
            Question::QueuePulse => pulse::ask(&asking, &site).await.map(Fact::QueuePulse),
            Question::Metrics => metrics::ask(&asking, &site).await.map(Fact::Metrics),
            Question::Logs => logs::ask(&asking, &site).await.map(Fact::Logs),
            Question::Results => results::ask(&asking, &site).await.map(Fact::Results),
            Question::Alarms => alarms::ask(&asking, &site).await.map(Fact::Alarms),
            Question::Replicas => replicas::ask(&asking, &site).await.map(Fact::Replicas),
            Question::Quotas => quotas::ask(&asking, &site).await.map(Fact::Quotas),
            Question::Cost => cost::ask(&asking, &site).await.map(Fact::Cost),
            Question::Forecast => cost::forecast(&asking, &site).await.map(Fact::Forecast),
            Question::Budgets => budgets::ask(&asking, &site).await.map(Fact::Budgets),
        };
        let mut observation = asking.finish(answer);
        if let Some(fact) = &mut observation.fact {
            locked(&self.names).share(fact);
        }
        observation
    }
}

impl Cloud for Aws {
    fn observe<'a>(&'a self, ask: &'a Ask, progress: &'a Progress) -> Answer<'a> {
        Box::pin(self.answer(ask, progress))
    }
}

#[cfg(test)]
mod replay;
#[cfg(test)]
mod tests;
