//! One order on its way: what is told of it, who may stop it, and which step comes next.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tokio::sync::watch as steering;
use tokio::time::{Instant, sleep, timeout};

use super::busy::Freed;
use super::pace::Pace;
use super::step::Begun;
use super::watch::Eye;
use super::{CALL_EVERY, Kept, LOOK_EVERY, Resume, Runner, Steer, end};
use crate::action::{Event, OrderId, Outcome, Standing, StepState, Tale};

/// A lock that cannot be reached in this time is not taken, or is left to expire.
const LOCK_LIMIT: Duration = Duration::from_mins(1);

/// Who may stop an order.
pub(super) struct Stop {
    steer: steering::Receiver<Steer>,
    lost: steering::Receiver<Option<String>>,
}

impl Stop {
    /// Why it is to stop, where it is.
    pub(super) fn why(&self) -> Option<String> {
        if let Some(why) = &*self.lost.borrow() {
            return Some(why.clone());
        }
        (*self.steer.borrow() == Steer::Stop).then(|| "stopped by hand".to_owned())
    }

    /// Waits until it is to stop. Where nobody is left to say so, that is for ever.
    pub(super) async fn asked(&self) -> String {
        let (mut steer, mut lost) = (self.steer.clone(), self.lost.clone());
        loop {
            if let Some(why) = self.why() {
                return why;
            }
            tokio::select! {
                Ok(()) = steer.changed() => {}
                Ok(()) = lost.changed() => {}
                else => std::future::pending().await,
            }
        }
    }
}

/// One order on its way.
pub(super) struct Run<'a> {
    pub(super) runner: &'a Runner,
    pub(super) tale: Tale,
    pub(super) stop: Stop,
    pub(super) calls: Pace,
    looks: Arc<Pace>,
    /// Whether the plan was read from the record, which holds no secrets.
    pub(super) is_from_record: bool,
}

impl<'a> Run<'a> {
    pub(super) fn new(runner: &'a Runner, tale: Tale, steer: steering::Receiver<Steer>) -> Self {
        // Until targets are held there is no lock to lose.
        let (_, lost) = steering::channel(None);
        let (calls, looks) = (Pace::new(CALL_EVERY), Arc::new(Pace::new(LOOK_EVERY)));
        Self { runner, tale, stop: Stop { steer, lost }, calls, looks, is_from_record: false }
    }

    /// An order that is taken up from the record.
    pub(super) fn again(runner: &'a Runner, tale: Tale, steer: steering::Receiver<Steer>) -> Self {
        Self { is_from_record: true, ..Self::new(runner, tale, steer) }
    }

    pub(super) fn id(&self) -> OrderId {
        self.tale.plan.id.clone()
    }

    /// Writes an event down, then tells the screen. The error says why it is not on record. Then nothing more may be
    /// called; what has happened by then is told to the screen all the same.
    pub(super) async fn tell(&mut self, event: Event) -> Result<(), String> {
        let (id, at) = (self.id(), (self.runner.clock)());
        let mut written = Ok(());
        if event.is_kept() {
            let why = |why| format!("the record cannot be written: {why}");
            written = self.runner.book.write(at, &id, &event).map_err(why);
        }
        let is_to_come = matches!(event, Event::Calling { .. } | Event::Continued { .. });
        if written.is_err() && is_to_come {
            return written;
        }
        self.tale.apply(at, &event);
        // The screen is the same process: it is waited for, and where it is gone the record is what counts.
        drop(self.runner.screen.send((id, at, event)).await);
        written
    }

    /// Ends the order.
    pub(super) async fn end(mut self, outcome: Outcome, text: String) -> Standing {
        // Where the record cannot be written the order stays open there, and is found again.
        drop(self.tell(Event::Ended { outcome, text }).await);
        self.tale.standing
    }

    /// Ends an order of which the record knows nothing: only the screen is told.
    pub(super) async fn end_unrecorded(mut self, text: String) -> Standing {
        let (id, at) = (self.id(), (self.runner.clock)());
        let ended = Event::Ended { outcome: Outcome::Failed, text };
        self.tale.apply(at, &ended);
        drop(self.runner.screen.send((id, at, ended)).await);
        self.tale.standing
    }

    /// Lets the order stand between two steps.
    pub(super) async fn halt(mut self, why: String) -> Standing {
        drop(self.tell(Event::Stopped { why }).await);
        self.tale.standing
    }

    /// Keeps everyone else from the targets.
    pub(super) async fn hold(&self, here: &mut Freed) -> Result<(), String> {
        let (id, targets) = (self.id(), self.tale.plan.order.targets());
        here.take(&targets)?;
        let taking = timeout(LOCK_LIMIT, self.runner.keeper.take(&id, &targets, &self.tale.why)).await;
        taking.unwrap_or_else(|_| Err(format!("{} could not be locked within a minute", targets.join(", "))))
    }

    /// Goes on, or back, while the targets are held, and gives them back.
    pub(super) async fn go(mut self, how: Resume) -> Standing {
        let (losing, lost) = steering::channel(None);
        self.stop.lost = lost;
        let (runner, id, targets) = (self.runner, self.id(), self.tale.plan.order.targets());
        let run = tokio::select! {
            run = self.there_or_back(how) => run,
            never = runner.keep(&id, &targets, losing) => match never {},
        };
        run.give_back().await;
        run.tale.standing
    }

    /// Gives back what the order may still hold from before a crash.
    pub(super) async fn give_back(&self) {
        let (id, targets) = (self.id(), self.tale.plan.order.targets());
        drop(timeout(LOCK_LIMIT, self.runner.keeper.give_back(&id, &targets)).await);
    }

    async fn there_or_back(mut self, how: Resume) -> Self {
        let gone = match how {
            Resume::Undo => self.take_back().await,
            Resume::Continue | Resume::Leave => self.go_on().await.map(|()| end::verdict(&self.tale)),
        };
        let event = match gone {
            Ok((outcome, text)) => Event::Ended { outcome, text },
            Err(why) => Event::Stopped { why },
        };
        // Where the record cannot be written the order stays open there, and is found again.
        drop(self.tell(event).await);
        self
    }

    /// Goes on with what is not settled yet. The error says why it stands still.
    async fn go_on(&mut self) -> Result<(), String> {
        if self.tale.is_undoing() {
            return Err("it is being taken back: it can be taken back further, or left as it stands".to_owned());
        }
        if self.tale.plan.one_by_one { self.one_by_one().await } else { self.all_together().await }
    }

    /// A runbook: each step is seen to have worked before the next begins.
    async fn one_by_one(&mut self) -> Result<(), String> {
        for step in 0..self.tale.plan.steps.len() {
            if self.is_settled(step) {
                continue;
            }
            let number = step + 1;
            if let Some(why) = self.stop.why() {
                return Err(format!("{why}, before step {number}"));
            }
            if let Begun::Watch(first) = self.begin_step(step).await? {
                let eye = self.eye(step);
                let (seen, evidence) = tokio::select! {
                    biased;
                    why = self.stop.asked() => return Err(format!("{why}, while step {number} was watched")),
                    seen = eye.watch(first) => seen,
                };
                self.tell(Event::Seen { step, seen, evidence }).await?;
            }
            self.pass_over(step).await?;
            match self.tale.steps.get(step) {
                Some(StepState::Failed(why)) => return Err(format!("step {number} failed: {why}")),
                Some(StepState::Unknown(why)) => {
                    return Err(format!("whether step {number} worked is not known: {why}"));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// No runbook: all calls, whatever becomes of each, then all are watched together.
    async fn all_together(&mut self) -> Result<(), String> {
        let mut watching = FuturesUnordered::new();
        let count = self.tale.plan.steps.len();
        for step in 0..count {
            if self.is_settled(step) {
                continue;
            }
            if let Some(why) = self.stop.why() {
                return Err(format!("{why}, before step {} of {count}", step + 1));
            }
            match self.begin_step(step).await? {
                Begun::Watch(first) => {
                    let eye = self.eye(step);
                    watching.push(async move { (step, eye.watch(first).await) });
                }
                Begun::Over => self.pass_over(step).await?,
            }
        }
        loop {
            let seen = tokio::select! {
                biased;
                why = self.stop.asked() => return Err(format!("{why}, while it was watched")),
                seen = watching.next() => seen,
            };
            let Some((step, (seen, evidence))) = seen else { return Ok(()) };
            self.tell(Event::Seen { step, seen, evidence }).await?;
            self.pass_over(step).await?;
        }
    }

    fn is_settled(&self, step: usize) -> bool {
        matches!(self.tale.steps.get(step), Some(StepState::Done(_) | StepState::Skipped(_)))
    }

    /// Passes over an optional step that did not work.
    async fn pass_over(&mut self, step: usize) -> Result<(), String> {
        let is_optional = self.tale.plan.steps.get(step).is_some_and(|step| step.optional);
        match self.tale.steps.get(step) {
            Some(StepState::Failed(why) | StepState::Unknown(why)) if is_optional => {
                let why = why.clone();
                self.tell(Event::Skipped { step, why }).await
            }
            _ => Ok(()),
        }
    }

    /// Looks at what a step should bring.
    pub(super) fn eye(&self, step: usize) -> Eye<'a> {
        Eye::new(self.runner, &self.tale, step, self.looks.clone())
    }
}

impl Runner {
    /// Renews the locks for as long as it is polled, and says when they are lost.
    async fn keep(&self, id: &OrderId, targets: &[String], losing: steering::Sender<Option<String>>) -> Infallible {
        // Renewed every third of its time: after two and a half of these it is about to expire.
        let patience = self.renew_every * 5 / 2;
        let mut held = Instant::now();
        loop {
            let is_held = held.elapsed() < self.renew_every;
            sleep(if is_held { self.renew_every } else { self.renew_every / 6 }).await;
            let kept = timeout(LOCK_LIMIT, self.keeper.renew(id, targets)).await.unwrap_or(Kept::Unclear);
            let why = match kept {
                Kept::Yes => {
                    held = Instant::now();
                    continue;
                }
                Kept::Unclear if held.elapsed() < patience => continue,
                Kept::Unclear => format!("the lock of {} could not be renewed", targets.join(", ")),
                Kept::Lost(why) => why,
            };
            losing.send_replace(Some(why));
            return std::future::pending().await;
        }
    }
}
