//! When to ask which question.
//!
//! Every question of every region has a task of its own, so that a slow or dead one holds up no other. What the
//! engineer looks at is asked at its cadence, the rest half as often; what fails is asked less and less often, up to
//! once a minute.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::cloud::{Ask, Cloud, Progress};
use crate::config::cadence;
use crate::model::{AgentKey, Fact, LineText, Observation, Quality, Question, RegionId};

/// What fails is not asked more seldom than this.
const LONGEST_BACKOFF: Duration = Duration::from_mins(1);
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
}

/// What must have been answered once before this is worth asking: the listing that it goes through.
fn listing_for(question: Question) -> Option<Question> {
    match question {
        Question::Logs => Some(Question::LogGroups),
        Question::QueuePulse => Some(Question::Queues),
        Question::Budgets => Some(Question::Identity),
        Question::Quotas => Some(Question::Instances),
        _ => None,
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
    pub fn start(cloud: &Arc<dyn Cloud>, regions: &[RegionId]) -> (Self, mpsc::Receiver<Observation>) {
        let (facts, receiver) = mpsc::channel(WAITING);
        let (interest, interested) = watch::channel(Interest::default());
        let (now, asked_now) = watch::channel(0);
        let mut tasks = JoinSet::new();
        for (index, region) in regions.iter().enumerate() {
            let (answered, listed) = watch::channel(Vec::new());
            let answered = Arc::new(answered);
            for question in questions(index == 0) {
                let asker = Asker {
                    cloud: cloud.clone(),
                    region: region.clone(),
                    question,
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

    /// Asks all that is looked at now, but for what costs a cent a call and cannot have changed.
    pub fn ask_now(&self) {
        self.now.send_modify(|count| *count += 1);
    }
}

/// Asks one question of one region, again and again.
struct Asker {
    cloud: Arc<dyn Cloud>,
    region: RegionId,
    question: Question,
    facts: mpsc::Sender<Observation>,
    interest: watch::Receiver<Interest>,
    now: watch::Receiver<u64>,
}

impl Asker {
    async fn run(mut self, answered: Arc<watch::Sender<Vec<Question>>>, mut listed: watch::Receiver<Vec<Question>>) {
        if let Some(listing) = listing_for(self.question)
            && listed.wait_for(|answered| answered.contains(&listing)).await.is_err()
        {
            return;
        }
        let mut failures = 0;
        loop {
            let asked = Instant::now();
            let Some(quality) = self.ask().await else { return };
            answered.send_if_modified(|answered| {
                let is_first = !answered.contains(&self.question);
                if is_first {
                    answered.push(self.question);
                }
                is_first
            });
            failures = if quality.has_facts() { 0 } else { failures + 1 };
            self.wait(asked, failures).await;
        }
    }

    /// Asks once, and passes the answer on. `None` when nobody wants it any more.
    async fn ask(&mut self) -> Option<Quality> {
        let focus = self.interest.borrow().agents.clone();
        let ask = Ask { question: self.question, region: self.region.clone(), focus };
        let facts = self.facts.clone();
        // How far a listing is read is news, not a fact: where the screen cannot keep up it is left out.
        let progress: Progress = Arc::new(move |observation| drop(facts.try_send(observation)));
        let observation = self.cloud.observe(&ask, &progress).await;
        let quality = observation.quality;
        for part in parts(observation) {
            self.facts.send(part).await.ok()?;
        }
        Some(quality)
    }

    /// Waits until the question is due, or is looked at and due by then, or asked for by hand.
    async fn wait(&mut self, asked: Instant, failures: u32) {
        loop {
            let is_looked_at = self.interest.borrow_and_update().questions.contains(&self.question);
            let due = asked + pause(self.question, &self.region, is_looked_at, failures);
            let by_hand = is_looked_at && (failures > 0 || !is_dear(self.question));
            tokio::select! {
                () = tokio::time::sleep_until(due) => return,
                Ok(()) = self.now.changed() => if by_hand { return },
                Ok(()) = self.interest.changed() => {}
            }
        }
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

/// How long to wait from one asking to the next.
fn pause(question: Question, region: &RegionId, is_looked_at: bool, failures: u32) -> Duration {
    let cadence = cadence(question).to_std().unwrap_or(LONGEST_BACKOFF);
    let usual = if is_looked_at || is_dear(question) { cadence } else { cadence * 2 };
    let wait = match failures {
        0 => usual,
        // A cent a call: what is refused now is asked again in minutes, not at once.
        _ if is_dear(question) => LONGEST_BACKOFF * failures.min(60),
        n => usual.min(LONGEST_BACKOFF).saturating_mul(1 << n.min(6)).min(LONGEST_BACKOFF),
    };
    // Spread by up to a tenth, the same at every start, so that regions and questions do not march in step.
    let mut hasher = DefaultHasher::new();
    (question, region).hash(&mut hasher);
    wait.mul_f64(1.0 - (hasher.finish() % 1000) as f64 / 10_000.0)
}

/// Asks every question once, and gives all answers: listings first, then what goes through them.
pub async fn ask_all(cloud: &Arc<dyn Cloud>, regions: &[RegionId]) -> Vec<Observation> {
    let mut observations = Vec::new();
    for with_listing in [false, true] {
        let mut asking = JoinSet::new();
        for (index, region) in regions.iter().enumerate() {
            for question in questions(index == 0).filter(|q| listing_for(*q).is_some() == with_listing) {
                let cloud = cloud.clone();
                let ask = Ask { question, region: region.clone(), focus: Vec::new() };
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
