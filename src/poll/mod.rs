//! When to ask which question, and at what price.
//!
//! Every question of every region has a task of its own, so that a slow or dead one holds up no other. What the
//! engineer looks at is asked at its cadence, the rest half as often; what fails is asked less and less often, up to
//! once a minute. What costs money is paid from one [`Purse`]: what is on the screen may empty it, the rest only the
//! upper half.

mod purse;
mod till;

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::cloud::{Ask, Clock, Cloud, Progress};
use crate::config::{Prices, cadence};
use crate::model::{
    AgentKey, FabricId, Fact, LineText, Link, Observation, Quality, Question, QueueKey, RegionId, Scope,
};
pub use purse::Purse;
use till::{Grant, Till};

/// What fails is not asked more seldom than this.
const LONGEST_BACKOFF: Duration = Duration::from_mins(1);
/// CloudWatch has a minute together so long after it is over, milliseconds.
const SETTLES_MS: i64 = 5_000;
/// Facts that wait for the screen. A cloud that is faster than the screen waits, and memory stays bounded.
const WAITING: usize = 64;

/// An answer brings at most so many log lines at once. More would keep the keys waiting; they come in parts.
const LINES: usize = 1_000;
/// And about so many bytes of their text.
const BYTES: usize = 1 << 20;

/// What the engineer looks at: it is asked at its cadence, the rest seldom.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Interest {
    /// The questions that feed what is on the screen.
    pub questions: Vec<Question>,
    /// The agents on the screen, the selected one first.
    pub agents: Vec<AgentKey>,
    /// The queues on the screen.
    pub queues: Vec<QueueKey>,
}

/// On what terms it is asked.
#[derive(Clone)]
pub struct Terms {
    /// Whose fabric it is.
    pub fabric: FabricId,
    /// US dollars that asking may cost in any hour.
    pub per_hour: f64,
    /// What things cost.
    pub prices: Arc<Prices>,
    /// The time: what tells minutes is asked shortly after the minute.
    pub clock: Clock,
}

/// What must have been answered once before this is worth asking: the listings that it goes through.
fn listings_for(question: Question) -> &'static [Question] {
    match question {
        Question::Logs => &[Question::LogGroups],
        Question::QueuePulse => &[Question::Queues],
        Question::Budgets => &[Question::Identity],
        Question::Quotas => &[Question::Instances],
        // IAM is asked about things that are there.
        Question::Rights => {
            &[Question::Identity, Question::Queues, Question::Functions, Question::Instances, Question::Alarms]
        }
        _ => &[],
    }
}

/// The questions for a region: those that are the same everywhere go to the primary one only.
fn questions(is_primary: bool) -> impl Iterator<Item = Question> {
    Question::ALL.into_iter().filter(move |question| is_primary || !question.is_global())
}

/// Asks for as long as it is kept.
pub struct Poller {
    interest: watch::Sender<Interest>,
    now: watch::Sender<u64>,
    _tasks: JoinSet<()>,
}

impl Poller {
    /// Starts to ask `cloud` about `regions`, the first of which is the primary one. The answers come out of the
    /// receiver. Must be called within a tokio runtime.
    pub fn start(cloud: &Arc<dyn Cloud>, regions: &[RegionId], terms: &Terms) -> (Self, mpsc::Receiver<Observation>) {
        let (facts, receiver) = mpsc::channel(WAITING);
        let (interest, interested) = watch::channel(Interest::default());
        let (now, asked_now) = watch::channel(0);
        let till = Till::new(terms, Purse::new(terms.per_hour, Duration::ZERO));
        let mut tasks = JoinSet::new();
        for (index, region) in regions.iter().enumerate() {
            let (answered, listed) = watch::channel(Vec::new());
            let answered = Arc::new(answered);
            for question in questions(index == 0) {
                let asker = Asker {
                    cloud: cloud.clone(),
                    region: region.clone(),
                    question,
                    till: till.clone(),
                    clock: terms.clock.clone(),
                    fabric: terms.fabric.clone(),
                    facts: facts.clone(),
                    interest: interested.clone(),
                    now: asked_now.clone(),
                };
                tasks.spawn(asker.run(answered.clone(), listed.clone()));
            }
        }
        (Self { interest, now, _tasks: tasks }, receiver)
    }

    /// The engineer looks at something else.
    pub fn look(&self, interest: Interest) {
        self.interest.send_replace(interest);
    }

    /// Asks all that is looked at now, but for what costs a cent a call and cannot have changed. The budget holds.
    pub fn ask_now(&self) {
        self.now.send_modify(|count| *count += 1);
    }
}

/// Asks one question of one region, again and again.
struct Asker {
    cloud: Arc<dyn Cloud>,
    region: RegionId,
    question: Question,
    till: Till,
    clock: Clock,
    fabric: FabricId,
    facts: mpsc::Sender<Observation>,
    interest: watch::Receiver<Interest>,
    now: watch::Receiver<u64>,
}

impl Asker {
    async fn run(mut self, answered: Arc<watch::Sender<Vec<Question>>>, mut listed: watch::Receiver<Vec<Question>>) {
        let listings = listings_for(self.question);
        let is_listed = |answered: &Vec<Question>| listings.iter().all(|listing| answered.contains(listing));
        if listed.wait_for(is_listed).await.is_err() {
            return;
        }
        let mut failures = 0;
        loop {
            let Some(grant) = self.paid().await else { return };
            let asked = Instant::now();
            let Some((quality, age)) = self.ask(grant).await else { return };
            answered.send_if_modified(|answered| {
                let is_first = !answered.contains(&self.question);
                if is_first {
                    answered.push(self.question);
                }
                is_first
            });
            failures = if quality.has_facts() { 0 } else { failures + 1 };
            // What was kept for six hours is not good for six more.
            self.wait(asked.checked_sub(age).unwrap_or(asked), failures).await;
        }
    }

    fn is_looked_at(&self) -> bool {
        self.interest.borrow().questions.contains(&self.question)
    }

    /// Waits until there is money for the question, and says so once where there is none. `None` when nobody wants the
    /// answer any more.
    async fn paid(&mut self) -> Option<Grant> {
        let mut told = false;
        loop {
            let wait = match self.till.grant(self.question, self.is_looked_at()) {
                Ok(grant) => return Some(grant),
                Err(wait) => wait,
            };
            if !std::mem::replace(&mut told, true) {
                self.facts.send(self.held_back()).await.ok()?;
            }
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                Ok(()) = self.interest.changed() => {}
            }
        }
    }

    /// Says that the question is not asked now, for money is short: what is known of it stays, and grows old.
    fn held_back(&self) -> Observation {
        let reason = format!("{} is held back, to stay within the budget of ${}/h", self.question, self.till.per_hour);
        Observation {
            at: (self.clock)(),
            scope: Scope { fabric: self.fabric.clone(), region: self.region.clone() },
            question: self.question,
            quality: Quality::Throttled,
            reason: Some(reason),
            calls: Vec::new(),
            link: Link::default(),
            fact: None,
        }
    }

    /// Asks once, and passes the answer on. Gives how good it is, and how old. `None` when nobody wants it any more.
    async fn ask(&mut self, grant: Grant) -> Option<(Quality, Duration)> {
        let (focus, queues) = {
            let interest = self.interest.borrow();
            let here = interest.queues.iter().filter(|queue| queue.region == self.region);
            (interest.agents.clone(), here.map(|queue| queue.name.clone()).collect())
        };
        let means = Some(grant.means.clone());
        let ask = Ask { question: self.question, region: self.region.clone(), focus, queues, means };
        let facts = self.facts.clone();
        // How far a listing is read is news, not a fact: where the screen cannot keep up it is left out.
        let progress: Progress = Arc::new(move |observation| drop(facts.try_send(observation)));
        let observation = self.cloud.observe(&ask, &progress).await;
        self.till.settle(&grant, &observation);
        let quality = observation.quality;
        let age = if is_dear(self.question) { (self.clock)() - observation.at } else { TimeDelta::zero() };
        for part in parts(observation) {
            self.facts.send(part).await.ok()?;
        }
        Some((quality, age.to_std().unwrap_or_default()))
    }

    /// Waits until the question is due, or is looked at and due by then, or asked for by hand.
    async fn wait(&mut self, asked: Instant, failures: u32) {
        loop {
            let is_looked_at = self.interest.borrow_and_update().questions.contains(&self.question);
            let due = if failures == 0 && is_by_the_minute(self.question) {
                self.next_minute(asked, is_looked_at)
            } else {
                asked + pause(self.question, &self.region, is_looked_at, failures)
            };
            let by_hand = is_looked_at && (failures > 0 || !is_dear(self.question));
            tokio::select! {
                () = tokio::time::sleep_until(due) => return,
                Ok(()) = self.now.changed() => if by_hand { return },
                Ok(()) = self.interest.changed() => {}
            }
        }
    }

    /// A few seconds after a minute, and not more than `usual` from the last asking: CloudWatch tells each minute once,
    /// when it is over. Not all in the same second.
    fn next_minute(&self, asked: Instant, is_looked_at: bool) -> Instant {
        let usual = usual(self.question, is_looked_at);
        let (now, at) = (Instant::now(), (self.clock)().timestamp_millis());
        let earliest = (asked + usual).saturating_duration_since(now).as_millis() as i64 - 59_500;
        let offset = SETTLES_MS + (spread(self.question, &self.region) * 10_000.0) as i64;
        let to_go = (offset - (at + earliest)).rem_euclid(60_000) + earliest;
        now + Duration::from_millis(u64::try_from(to_go).unwrap_or(0))
    }
}

/// An answer with very many log lines as several: they add up in any order. The texts of each lie in one piece.
fn parts(mut observation: Observation) -> Vec<Observation> {
    let Some(Fact::Logs(lines, gaps)) = &mut observation.fact else { return vec![observation] };
    let gaps = std::mem::take(gaps);
    let mut lines = std::mem::take(lines).into_iter();
    let mut parts = Vec::with_capacity(lines.len().div_ceil(LINES));
    // One without lines is an answer too.
    while lines.len() > 0 || parts.is_empty() {
        let (mut part, mut bytes) = (Vec::new(), 0);
        while part.len() < LINES
            && bytes < BYTES
            && let Some(line) = lines.next()
        {
            bytes += line.text.len();
            part.push(line);
        }
        LineText::pack(&mut part);
        parts.push(Observation {
            fact: Some(Fact::Logs(part, gaps.clone())),
            calls: std::mem::take(&mut observation.calls),
            link: observation.link.clone(),
            reason: observation.reason.clone(),
            scope: observation.scope.clone(),
            ..observation
        });
    }
    parts
}

/// Cost Explorer takes a cent a call, and tells the same for hours.
fn is_dear(question: Question) -> bool {
    matches!(question, Question::Cost | Question::Forecast)
}

/// Whether its answer is made of metrics, which come minute by minute.
fn is_by_the_minute(question: Question) -> bool {
    matches!(question, Question::Metrics | Question::QueuePulse | Question::Replicas)
}

/// How long to wait from one asking to the next while all is well.
fn usual(question: Question, is_looked_at: bool) -> Duration {
    let cadence = cadence(question).to_std().unwrap_or(LONGEST_BACKOFF);
    if is_looked_at || is_dear(question) { cadence } else { cadence * 2 }
}

/// How long to wait from one asking to the next.
fn pause(question: Question, region: &RegionId, is_looked_at: bool, failures: u32) -> Duration {
    let usual = usual(question, is_looked_at);
    let wait = match failures {
        0 => usual,
        // A cent a call, or one that IAM has little room for: what is refused now is asked again in minutes, not at once.
        _ if is_dear(question) || question == Question::Rights => LONGEST_BACKOFF * failures.min(60),
        n => usual.min(LONGEST_BACKOFF).saturating_mul(1 << n.min(6)).min(LONGEST_BACKOFF),
    };
    wait.mul_f64(1.0 - spread(question, region) / 10.0)
}

/// From 0 to 1, the same at every start, so that regions and questions do not march in step.
fn spread(question: Question, region: &RegionId) -> f64 {
    let mut hasher = DefaultHasher::new();
    (question, region).hash(&mut hasher);
    (hasher.finish() % 1000) as f64 / 1_000.0
}

/// Asks every question once, and gives all answers: listings first, then what goes through them. It costs at most what
/// asking may cost in an hour, shared out among those questions that cost anything. What may be ordered is not asked:
/// who asks once orders nothing.
pub async fn ask_all(cloud: &Arc<dyn Cloud>, regions: &[RegionId], terms: &Terms) -> Vec<Observation> {
    let till = Till::new(terms, Purse::once(terms.per_hour));
    let mut observations = Vec::new();
    for with_listing in [false, true] {
        let mut asking = JoinSet::new();
        for (index, region) in regions.iter().enumerate() {
            let asked = questions(index == 0).filter(|question| *question != Question::Rights);
            for question in asked.filter(|question| listings_for(*question).is_empty() != with_listing) {
                let cloud = cloud.clone();
                let means = Some(till.share(question, regions.len()));
                let ask = Ask { means, ..Ask::all(question, region.clone()) };
                asking.spawn(async move { cloud.observe(&ask, &(Arc::new(drop) as Progress)).await });
            }
        }
        while let Some(answer) = asking.join_next().await {
            observations.extend(answer);
        }
    }
    // One order, whoever answered first.
    observations.sort_by(|a, b| (&a.scope, a.question).cmp(&(&b.scope, b.question)));
    observations
}

#[cfg(test)]
mod tests;
