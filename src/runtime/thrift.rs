//! A cloud that is not asked again what it was asked in the last six hours, by us or by another on this machine, where
//! each asking costs a cent.

use std::sync::{Arc, OnceLock};

use crate::action::costs::{Costs, KeptAnswer};
use crate::cloud::{Answer, Ask, Clock, Cloud, Progress};
use crate::model::{Call, FabricId, Fact, Link, Observation, Quality, Question, Scope};

/// See the module.
pub(super) struct Thrift {
    pub cloud: Arc<dyn Cloud>,
    pub costs: Costs,
    pub clock: Clock,
    pub fabric: FabricId,
    /// Whose costs they are, once STS has told it.
    pub account: OnceLock<String>,
}

impl Thrift {
    /// The account, and the calls that it took to know it: they cost nothing.
    async fn account(&self, ask: &Ask, progress: &Progress) -> (Option<&str>, Vec<Call>) {
        if let Some(account) = self.account.get() {
            return (Some(account), Vec::new());
        }
        let who = Ask { question: Question::Identity, ..ask.clone() };
        let answer = self.cloud.observe(&who, progress).await;
        if let Some(Fact::Identity(identity)) = answer.fact {
            // Two questions at once learn the same.
            drop(self.account.set(identity.account));
        }
        (self.account.get().map(String::as_str), answer.calls)
    }

    async fn answer(&self, ask: &Ask, progress: &Progress) -> Observation {
        if !matches!(ask.question, Question::Cost | Question::Forecast) {
            return self.cloud.observe(ask, progress).await;
        }
        let (account, mut calls) = self.account(ask, progress).await;
        let mut answer = match account {
            Some(account) => self.kept_or_asked(account, ask, progress).await,
            // Without a name for it nothing can be kept.
            None => self.cloud.observe(ask, progress).await,
        };
        calls.append(&mut answer.calls);
        Observation { calls, ..answer }
    }

    async fn kept_or_asked(&self, account: &str, ask: &Ask, progress: &Progress) -> Observation {
        let question = ask.question;
        let (costs, now, whose) = (self.costs.clone(), (self.clock)(), account.to_owned());
        // The disk may be slow.
        let found = tokio::task::spawn_blocking(move || costs.find(&whose, question, now)).await.ok().flatten();
        if let Some(kept) = found {
            return Observation {
                at: kept.at.min(now),
                scope: Scope { fabric: self.fabric.clone(), region: ask.region.clone() },
                question,
                quality: Quality::Complete,
                reason: kept.whose.map(|whose| format!("as {whose} was told")),
                calls: Vec::new(),
                link: Link::default(),
                fact: Some(kept.fact),
            };
        }
        let answer = self.cloud.observe(ask, progress).await;
        if let (Quality::Complete, Some(fact)) = (answer.quality, &answer.fact) {
            let (account, fact) = (account.to_owned(), fact.clone());
            let kept = KeptAnswer { account, question, at: answer.at, fact, whose: None };
            let costs = self.costs.clone();
            let written = tokio::task::spawn_blocking(move || costs.keep(&kept)).await;
            if let Ok(Err(error)) = written {
                tracing::warn!("a cost could not be kept and will be paid for again: {error}");
            }
        }
        answer
    }
}

impl Cloud for Thrift {
    fn observe<'a>(&'a self, ask: &'a Ask, progress: &'a Progress) -> Answer<'a> {
        Box::pin(self.answer(ask, progress))
    }
}

#[cfg(test)]
#[path = "thrift_tests.rs"]
mod tests;
