//! One question on its way: every call measured, every trouble kept, until it is an observation.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use aws_sdk_sts::error::ProvideErrorMetadata;
use aws_smithy_async::future::pagination_stream::PaginationStream;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;

use super::connect::Connection;
use super::gate::Gate;
use super::tries::{Money, Tally, watched};
use super::trouble::{Api, Trouble};
use crate::cloud::turns::{self, Chosen, Turn};
use crate::cloud::{Ask, Progress};
use crate::model::{Call, Fact, Observation, Outcome, Quality, RegionId, Scope, Time};

/// What a call answers, as the SDK has it.
pub(super) type Sent<T, E> = Result<T, SdkError<E, HttpResponse>>;

/// A call that was made, in so many tries of so many billed units each; and what was the trouble with it.
pub(super) fn made(api: Api, began: Instant, tries: u32, units: usize, trouble: Option<&Trouble>) -> Call {
    Call {
        service: api.service,
        operation: api.operation.to_owned(),
        took_ms: u32::try_from(began.elapsed().as_millis()).unwrap_or(u32::MAX),
        tries,
        units: u32::try_from(units).unwrap_or(u32::MAX),
        outcome: trouble.map_or(Outcome::Answered, Trouble::outcome),
    }
}

/// One question on its way.
pub(super) struct Asking<'a> {
    /// The question.
    pub ask: &'a Ask,
    /// How AWS is reached and what things are called.
    pub settings: &'a Connection,
    /// What to do when the credentials are no good any more.
    pub log_in: &'a str,
    gate: &'a Gate,
    progress: &'a Progress,
    calls: Mutex<Vec<Call>>,
    missing: Mutex<Vec<Trouble>>,
    /// What may still be spent.
    money: Option<Money>,
    /// What waits for its turn, and why.
    waiting: Mutex<Option<String>>,
}

impl<'a> Asking<'a> {
    pub(super) fn new(
        ask: &'a Ask,
        settings: &'a Connection,
        log_in: &'a str,
        gate: &'a Gate,
        progress: &'a Progress,
    ) -> Self {
        let (calls, missing, waiting) = Default::default();
        let money = ask.means.as_ref().map(|means| Money::new(means.all_usd()));
        Self { ask, settings, log_in, gate, progress, calls, missing, money, waiting }
    }

    /// Chooses whose turn it is to be asked through `api`, each for one unit of its charge.
    pub(super) fn choose(&self, api: Api, turns: &[Turn]) -> Chosen {
        let left = self.money.as_ref().map_or(0.0, Money::left);
        turns::choose(turns, self.now(), api.charge(), self.ask.means.as_ref(), left)
    }

    /// Notes that so many of `what` are due and wait for their turn, since money is short.
    pub(super) fn wait_for_turn(&self, count: usize, what: &str) {
        if let Some(means) = self.ask.means.as_ref().filter(|_| count > 0) {
            *locked(&self.waiting) = Some(format!("{count} {what} are asked {}", means.reason()));
        }
    }

    /// AWS's time.
    pub(super) fn now(&self) -> Time {
        self.gate.now()
    }

    /// The region that is asked.
    pub(super) fn region(&self) -> &RegionId {
        &self.ask.region
    }

    /// Makes one call in its turn, measured. `subject` is nothing, or what it is asked about, such as ` of if-a`.
    pub(super) async fn call<T, E>(
        &self,
        api: Api,
        subject: &str,
        sent: impl Future<Output = Sent<T, E>>,
    ) -> Result<T, Trouble>
    where
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    {
        // It is large, and would lie in every future around it.
        let sent = Box::pin(sent);
        let turn = self.gate.turn(api).await?;
        // What is waited before is no time that the service took.
        let began = Instant::now();
        let (answer, tally) = watched(turn, self.price(api, 1), self.money.as_ref(), sent).await;
        self.measured(api, subject, (began, tally, 1), answer)
    }

    /// What each try of a call costs, where money is counted.
    fn price(&self, api: Api, units: usize) -> f64 {
        self.ask.means.as_ref().map_or(0.0, |means| means.prices.charged(api.charge(), units as f64))
    }

    /// Notes a call: when it began, what became of it, and for how many units each try is billed.
    fn measured<T, E>(
        &self,
        api: Api,
        subject: &str,
        (began, Tally { tries, refused }, units): (Instant, Tally, usize),
        answer: Sent<T, E>,
    ) -> Result<T, Trouble>
    where
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    {
        let answer = answer.map_err(|error| match &self.ask.means {
            Some(means) if refused => {
                let reason = format!("{} {} is asked {}", api.service.word(), api.operation, means.reason());
                Trouble::of(Outcome::Throttled, None, &reason)
            }
            _ => Trouble::new(api, subject, self.region(), self.log_in, &error),
        });
        // What was not sent for want of money tells nothing of the service.
        if !refused {
            self.gate.ended(api, answer.as_ref().err());
        }
        if tries > 0 || !refused {
            locked(&self.calls).push(made(api, began, tries, units, answer.as_ref().err()));
        }
        answer
    }

    /// Reads a listing to its end. `take` gets each page and says how much has been read so far; from the second page
    /// on the screen is told. Pages before one that failed are kept, and the failure is noted.
    ///
    /// # Errors
    ///
    /// The trouble with the first page: nothing was read then.
    pub(super) async fn pages<T, E>(
        &self,
        api: Api,
        pages: PaginationStream<Sent<T, E>>,
        take: impl FnMut(T) -> usize,
    ) -> Result<(), Trouble>
    where
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    {
        self.billed_pages(api, 1, pages, take).await
    }

    /// The same, where each page is billed for so many units.
    pub(super) async fn billed_pages<T, E>(
        &self,
        api: Api,
        units: usize,
        mut pages: PaginationStream<Sent<T, E>>,
        mut take: impl FnMut(T) -> usize,
    ) -> Result<(), Trouble>
    where
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    {
        let mut is_first = true;
        loop {
            let page = match self.gate.turn(api).await {
                Ok(turn) => {
                    let began = Instant::now();
                    let (answer, tally) =
                        watched(turn.clone(), self.price(api, units), self.money.as_ref(), pages.next()).await;
                    let Some(answer) = answer else {
                        turn.give_back();
                        return Ok(());
                    };
                    self.measured(api, "", (began, tally, units), answer)
                }
                Err(resting) => Err(resting),
            };
            match page {
                Ok(page) => {
                    let count = take(page);
                    if !is_first {
                        self.reading(count);
                    }
                }
                Err(trouble) if is_first => return Err(trouble),
                Err(trouble) => {
                    self.miss(trouble);
                    return Ok(());
                }
            }
            is_first = false;
        }
    }

    /// Tells the screen how much has been read so far.
    pub(super) fn reading(&self, count: usize) {
        (self.progress)(self.observation(Quality::Partial, None, Vec::new(), Some(Fact::Reading(count as u64))));
    }

    /// Notes that a part of the answer is missing.
    pub(super) fn miss(&self, trouble: Trouble) {
        locked(&self.missing).push(trouble);
    }

    /// Notes that a part of the answer is missing though no call failed.
    pub(super) fn miss_part(&self, why: &str) {
        self.miss(Trouble::of(Outcome::Answered, None, why));
    }

    /// Whether nothing is missing so far.
    pub(super) fn is_whole(&self) -> bool {
        locked(&self.missing).is_empty()
    }

    /// The answer: what was read, with what is missing of it, or why nothing was.
    pub(super) fn finish(self, answer: Result<Fact, Trouble>) -> Observation {
        let calls = std::mem::take(&mut *locked(&self.calls));
        let missing = std::mem::take(&mut *locked(&self.missing));
        match answer {
            Ok(fact) => {
                let waiting = locked(&self.waiting).take();
                let quality = match (missing.is_empty(), &waiting) {
                    (true, None) => Quality::Complete,
                    (true, Some(_)) => Quality::Sampled,
                    (false, _) => Quality::Partial,
                };
                let reason = missing.first().map(|first| match missing.len() - 1 {
                    0 => first.reason.clone(),
                    more => format!("{} (and {more} more like it)", first.reason),
                });
                self.observation(quality, reason.or(waiting), calls, Some(fact))
            }
            Err(trouble) => self.observation(trouble.quality(), Some(trouble.reason), calls, None),
        }
    }

    fn observation(
        &self,
        quality: Quality,
        reason: Option<String>,
        calls: Vec<Call>,
        fact: Option<Fact>,
    ) -> Observation {
        let scope = Scope { fabric: self.settings.fabric.clone(), region: self.region().clone() };
        let link = self.gate.link();
        Observation { at: self.now(), scope, question: self.ask.question, quality, reason, calls, link, fact }
    }
}

/// Takes a lock. What a panic left behind is as good as what was there before: every value here is replaced whole.
pub(super) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Runs futures, at most `limit` at a time, and gives what they bring as it comes. They are made when their turn comes,
/// and from owned values: the compiler does not see that a future made from a borrowed one can be sent.
pub(super) async fn bounded<F: Future>(limit: usize, futures: impl IntoIterator<Item = F>) -> Vec<F::Output> {
    let mut waiting = futures.into_iter();
    let mut running: FuturesUnordered<F> = waiting.by_ref().take(limit.max(1)).collect();
    let mut brought = Vec::new();
    while let Some(output) = running.next().await {
        brought.push(output);
        running.extend(waiting.next());
    }
    brought
}

/// A moment as AWS writes it.
pub(super) fn time(at: &aws_smithy_types::DateTime) -> Option<Time> {
    Time::from_timestamp(at.secs(), at.subsec_nanos())
}
