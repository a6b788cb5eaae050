//! The live fabric: AWS, asked through its SDK. One file a question, SDK type to model type and nothing else.
//!
//! Nothing is read or looked up before the first question, so that the first frame comes before any network. Every
//! answer tells which calls were made for it and how they ended; what could not be read is said in its quality and
//! reason, never left out in silence. Every call passes the `gate` of its region first. The SDK tries again by itself
//! (three attempts): nothing here does.

mod alarms;
mod answers;
mod asking;
mod budgets;
mod clients;
mod connect;
mod control;
mod cost;
mod functions;
mod gate;
mod identity;
mod instances;
mod keyring;
mod late;
mod log_groups;
mod log_line;
mod logs;
mod metrics;
mod pace;
mod pulse;
mod queues;
mod quotas;
mod reach;
mod replicas;
mod reporters;
mod results;
mod rights;
mod series;
mod site;
mod source;
mod tries;
mod trouble;
mod units;

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use aws_smithy_runtime_api::client::http::{HttpClient, SharedHttpClient};
use tokio::sync::OnceCell;

pub use connect::{Connection, NoCredentials};

use super::lexicon::Lexicon;
use super::{Answer, Ask, Clock, Cloud, Progress};
use crate::model::{Fact, Observation, Outcome, Question, RegionId};
use asking::{Asking, locked};
use connect::{Given, Session};
use gate::Gate;
use reach::Reach;
use site::Site;
use trouble::Trouble;

/// One fabric on AWS.
#[derive(Debug)]
pub struct Aws {
    settings: Connection,
    reach: Arc<Reach>,
    given: Given,
    session: OnceCell<Session>,
    gates: Mutex<HashMap<RegionId, Arc<Gate>>>,
    sites: Mutex<HashMap<RegionId, Arc<Site>>>,
    names: Mutex<Lexicon>,
}

impl Aws {
    /// Takes the settings, and does nothing with them before the first question.
    pub fn new(settings: Connection, clock: Clock) -> Self {
        Self {
            reach: Arc::new(Reach::new(clock, settings.keeps_rates)),
            settings,
            given: Given::default(),
            session: OnceCell::new(),
            gates: Mutex::default(),
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

    /// A clock that tells AWS's time, as well as it is known when it is asked: this machine's until AWS has answered.
    pub fn clock(&self) -> Clock {
        self.reach.clock()
    }

    /// Reaches AWS through this HTTP client instead of the SDK's own: another resolver, other certificates.
    #[must_use]
    pub fn through(mut self, client: impl HttpClient + 'static) -> Self {
        self.given.http = Some(SharedHttpClient::new(client));
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
        self.session.get_or_try_init(|| Session::open(&self.settings, &self.given, &self.reach)).await
    }

    fn site(&self, session: &Session, region: &RegionId) -> Arc<Site> {
        let open = || Arc::new(Site::open(session, region, self.gate(region)));
        locked(&self.sites).entry(region.clone()).or_insert_with(open).clone()
    }

    fn gate(&self, region: &RegionId) -> Arc<Gate> {
        let open = || Arc::new(Gate::new(region, self.reach.clone()));
        locked(&self.gates).entry(region.clone()).or_insert_with(open).clone()
    }

    async fn answer(&self, ask: &Ask, progress: &Progress) -> Observation {
        let gate = self.gate(&ask.region);
        let session = match self.session().await {
            Ok(session) => session,
            Err(error) => {
                let trouble = Trouble::of(Outcome::Denied, None, &error.to_string());
                self.reach.refused(&trouble.reason);
                return Asking::new(ask, &self.settings, "", &gate, progress).finish(Err(trouble));
            }
        };
        let site = self.site(session, &ask.region);
        let asking = Asking::new(ask, &self.settings, &session.log_in, &gate, progress);
        let answer = match ask.question {
            Question::Identity => identity::ask(&asking, &site).await.map(Fact::Identity),
            Question::LogGroups => log_groups::ask(&asking, &site).await.map(Fact::LogGroups),
            Question::Functions => functions::ask(&asking, &site).await.map(Fact::Functions),
            Question::Instances => instances::ask(&asking, &site).await.map(Fact::Instances),
            Question::Queues => queues::ask(&asking, &site).await.map(Fact::Queues),
            Question::QueuePulse => pulse::ask(&asking, &site).await.map(Fact::QueuePulse),
            Question::Metrics => metrics::ask(&asking, &site).await.map(Fact::Metrics),
            Question::Logs => logs::ask(&asking, &site).await.map(|(lines, gaps)| Fact::Logs(lines, gaps)),
            Question::Results => results::ask(&asking, &site).await.map(Fact::Results),
            Question::Alarms => alarms::ask(&asking, &site).await.map(Fact::Alarms),
            Question::Replicas => replicas::ask(&asking, &site).await.map(Fact::Replicas),
            Question::Quotas => quotas::ask(&asking, &site).await.map(Fact::Quotas),
            Question::Cost => cost::ask(&asking, &site).await.map(Fact::Cost),
            Question::Forecast => cost::forecast(&asking, &site).await.map(Fact::Forecast),
            Question::Budgets => budgets::ask(&asking, &site).await.map(Fact::Budgets),
            Question::Rights => rights::ask(&asking, &site).await.map(Fact::Rights),
        };
        let mut observation = asking.finish(answer);
        observation.calls.append(&mut locked(&site.ordered));
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
