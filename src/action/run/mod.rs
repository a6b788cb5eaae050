//! From a confirmed plan to its end, on the record, once.
//!
//! ```text
//! Intended ─▶ targets held ─▶ for each step: Calling ─▶ the call, once ─▶ Called ─▶ looked at ─▶ Seen ─▶ Ended
//!                              └─ each written down before the next thing happens ─┘      └▶ Stopped
//! ```
//!
//! What is written is always behind or level with what is meant, and ahead of what is done: a call is on disk before it
//! is sent. So whatever the moment at which the program dies, the record names every call that may have been made, and
//! [`Runner::resume`] takes the order up from the record alone. What may have been done and cannot be done twice is
//! looked at, never repeated.

mod busy;
mod carry;
mod drive;
mod end;
mod kept;
mod met;
mod pace;
mod silence;
mod step;
mod undo;
mod watch;

use std::collections::BTreeSet;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::sync::{mpsc, watch as steering};

use self::busy::{Busy, Freed};
use self::drive::Run;
use super::{Consented, Event, OrderId, Outcome, Plan, Standing, Tale};
use crate::cloud::{Clock, Control};
use crate::model::Time;

pub use self::kept::Locked;
pub use self::met::Met;
pub use self::silence::{Due, due_unsilences};

/// Calls and looks of one order follow each other no faster than this.
const CALL_EVERY: Duration = Duration::from_millis(200);
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// What the engineer wants of an order that runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Steer {
    /// Go on.
    #[default]
    Go,
    /// Stop before the next step. A call that is out is waited for.
    Stop,
}

/// What is to become of an order that stands still between two steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Resume {
    /// Go on with the next step. One whose end is not known is looked at first, and not called again if it is done.
    Continue,
    /// Take back what was done, last step first.
    Undo,
    /// Leave it as it stands.
    Leave,
}

/// Where what happens is written down. What is written is on disk when this returns.
pub trait Book: Send + Sync + 'static {
    /// Writes one event of an order down.
    ///
    /// # Errors
    ///
    /// Why it cannot be written. Then nothing more is called.
    fn write(&self, at: Time, order: &OrderId, event: &Event) -> Result<(), String>;

    /// Claims an order for this process, until the claim is dropped or the process ends, however it ends.
    ///
    /// # Errors
    ///
    /// When another process runs it, or it cannot be told. Then nothing is called.
    fn claim(&self, order: &OrderId) -> Result<Claim, String> {
        let _ = order;
        Ok(Box::new(()))
    }

    /// The order as it stands in the book now: another process may have gone on with it since it was read. `None` where
    /// there is nothing newer to be had.
    ///
    /// # Errors
    ///
    /// When it cannot be read. Then nothing is called.
    fn tale(&self, order: &OrderId) -> Result<Option<Tale>, String> {
        let _ = order;
        Ok(None)
    }
}

/// What holds an order for this process while it is kept.
pub type Claim = Box<dyn Send + Sync>;

/// Something that is asked of a [`Keeper`], on its way.
pub type Keeping<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Keeps everyone else, in this process and others, from the targets of an order that runs.
pub trait Keeper: Send + Sync + 'static {
    /// Takes all of `targets` for an order, or none, and says who has one: `traffic is held by kim@bastion since …`.
    /// What the order holds already, from before a crash, it still holds. `why` is for those who find it held.
    fn take<'a>(&'a self, order: &'a OrderId, targets: &'a [String], why: &'a str) -> Keeping<'a, Result<(), String>>;

    /// Goes on holding them.
    fn renew<'a>(&'a self, order: &'a OrderId, targets: &'a [String]) -> Keeping<'a, Kept>;

    /// Gives them back. What cannot be given back expires.
    fn give_back<'a>(&'a self, order: &'a OrderId, targets: &'a [String]) -> Keeping<'a, ()>;

    /// Takes a target from whoever holds it: it is free then. Gives the sentence for the record, or why not.
    fn break_it<'a>(&'a self, target: &'a str, why: &'a str) -> Keeping<'a, Result<String, String>> {
        let _ = (target, why);
        Box::pin(std::future::ready(Err("nobody else can reach this fabric, so nothing is locked".to_owned())))
    }
}

/// Whether targets are still held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kept {
    /// They are.
    Yes,
    /// They are not: someone broke the lock, or it expired. Nothing more may be called.
    Lost(String),
    /// It could not be told just now.
    Unclear,
}

/// No lock but the one within this process: for a fabric that nobody else can reach, such as the demo.
#[derive(Clone, Copy, Debug, Default)]
pub struct Alone;

impl Keeper for Alone {
    fn take<'a>(&'a self, _: &'a OrderId, _: &'a [String], _: &'a str) -> Keeping<'a, Result<(), String>> {
        Box::pin(std::future::ready(Ok(())))
    }

    fn renew<'a>(&'a self, _: &'a OrderId, _: &'a [String]) -> Keeping<'a, Kept> {
        Box::pin(std::future::ready(Kept::Yes))
    }

    fn give_back<'a>(&'a self, _: &'a OrderId, _: &'a [String]) -> Keeping<'a, ()> {
        Box::pin(std::future::ready(()))
    }
}

/// Something that happened to an order, for the screen.
pub type News = (OrderId, Time, Event);

/// Runs orders. One for each fabric; several orders may run at once, as long as they share no target.
pub struct Runner {
    control: Arc<dyn Control>,
    book: Arc<dyn Book>,
    keeper: Arc<dyn Keeper>,
    clock: Clock,
    screen: mpsc::Sender<News>,
    renew_every: Duration,
    busy: Arc<Mutex<Busy>>,
}

impl Runner {
    /// Runs orders through `control`, writes what happens into `book`, then tells `screen`. What is locked is renewed
    /// every `renew_every`: a third of the time after which a lock expires.
    pub fn new(
        control: Arc<dyn Control>,
        book: Arc<dyn Book>,
        keeper: Arc<dyn Keeper>,
        clock: Clock,
        screen: mpsc::Sender<News>,
        renew_every: Duration,
    ) -> Self {
        Self { control, book, keeper, clock, screen, renew_every, busy: Arc::default() }
    }

    /// The targets of all orders that run in this process.
    pub fn running(&self) -> BTreeSet<String> {
        busy::lock(&self.busy).targets()
    }

    /// Runs a plan that the guard has let pass, to its end or to where it stops, and says how it stands then. The same
    /// order is run once only, however often this is called.
    pub async fn run(
        &self,
        plan: Plan,
        why: String,
        consented: Consented,
        steer: steering::Receiver<Steer>,
    ) -> Standing {
        // Where this fails nothing is written: the record of this order is that of its first run.
        let begun = Busy::begin(&self.busy, &plan.id);
        let (mut here, _claim) = match begun.and_then(|here| Ok((here, self.book.claim(&plan.id)?))) {
            Ok(claimed) => claimed,
            Err(why) => return Standing::Ended(Outcome::Failed, why),
        };
        let intended = Event::Intended {
            plan: Box::new(plan.clone()),
            why: why.clone(),
            overriding: consented.overriding,
            approved_by: consented.approved_by,
        };
        let mut run = Run::new(self, Tale::begin(plan, why, (self.clock)()), steer);
        if let Err(why) = run.tell(intended).await {
            return run.end_unrecorded(format!("{why}; nothing was called")).await;
        }
        match run.hold(&mut here).await {
            Ok(()) => run.go(Resume::Continue).await,
            Err(why) => run.end(Outcome::Failed, format!("{why}; nothing was called")).await,
        }
    }

    /// Takes up an order that stands still or was cut off, from what the record has of it by now.
    pub async fn resume(&self, tale: Tale, how: Resume, why: String, steer: steering::Receiver<Steer>) -> Standing {
        let (mut here, _claim, tale) = match self.take_up(tale) {
            Ok(taken) => taken,
            Err(standing) => return standing,
        };
        let mut run = Run::again(self, tale, steer);
        if how == Resume::Leave {
            run.give_back().await;
            return run.end(Outcome::Left, why).await;
        }
        if let Err(unwritten) = run.tell(Event::Continued { why }).await {
            return run.halt(unwritten).await;
        }
        match run.hold(&mut here).await {
            Ok(()) => run.go(how).await,
            Err(why) => run.halt(why).await,
        }
    }

    /// Closes what an earlier run of the program left running, without calling or looking: an order that is no runbook
    /// ends as it was last seen, [`Outcome::Unknown`] where that is not known; a runbook stands still, to be continued,
    /// undone or left. To be called for every tale that is not over when the program starts; one that another process
    /// runs is let be, and so is one that was stopped by hand.
    pub async fn settle(&self, tale: Tale) -> Standing {
        let (_here, _claim, tale) = match self.take_up(tale) {
            Ok(taken) => taken,
            Err(standing) => return standing,
        };
        let (_steer, go) = steering::channel(Steer::Go);
        let run = Run::again(self, tale, go);
        run.give_back().await;
        match (&run.tale.standing, run.tale.plan.one_by_one) {
            (Standing::Running, true) => run.halt("the program ended before it did".to_owned()).await,
            (Standing::Running, false) => {
                let (outcome, text) = end::verdict(&run.tale);
                run.end(outcome, format!("cut off: {text}")).await
            }
            // It was stopped by hand, and waits.
            _ => run.tale.standing,
        }
    }

    /// Takes an order up that is not over and runs nowhere, as it stands in the book now. The error says how it stands
    /// otherwise.
    fn take_up(&self, tale: Tale) -> Result<(Freed, Claim, Tale), Standing> {
        let id = tale.plan.id.clone();
        let claim = || -> Result<_, String> {
            Ok((Busy::take_up(&self.busy, &id)?, self.book.claim(&id)?, self.book.tale(&id)?))
        };
        // Otherwise it runs, or nobody knows.
        let Ok((here, claim, newer)) = claim() else { return Err(tale.standing) };
        let tale = newer.unwrap_or(tale);
        if tale.is_over() { Err(tale.standing) } else { Ok((here, claim, tale)) }
    }
}

#[cfg(test)]
mod carry_tests;
#[cfg(test)]
mod kept_tests;
#[cfg(test)]
mod kill_tests;
#[cfg(test)]
mod met_tests;
#[cfg(test)]
mod run_tests;
#[cfg(test)]
mod silence_tests;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod undo_tests;
