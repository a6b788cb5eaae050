//! What an engineer can order, and the one road it goes down: order, plan, guard, confirm, guard again on fresh facts,
//! the record, the steps, the record.
//!
//! Nothing here knows the screen. An [`Order`] names what is wanted; [`planner::plan`] turns it into a [`Plan`] with what is
//! known, or says which [`Probe`](crate::model::Probe)s it needs first; [`guard::guard`] says what it takes to run it;
//! [`run`] runs it, step by step, and the [`record`] holds what was meant and what came of it.

pub mod approvals;
pub mod auto;
pub mod costs;
pub mod event;
pub mod guard;
pub mod locks;
pub mod order;
pub mod permissions;
pub mod plan;
pub mod planner;
pub mod policy;
pub mod record;
pub mod run;
mod shared;

pub use event::{Answered, Deed, Event, Made, Outcome, Sight, Standing, StepState, Tale};
pub use guard::{Consented, Policy, Unlocked, Verdict, guard};
pub use locks::{Held, Holder, Locks, NotTaken};
pub use order::{Draft, Order, OrderId};
pub use plan::{Act, Blast, Check, Consent, Expect, Plan, Step, Undo, Wants};
pub use planner::{Desk, Findings, Planned, plan};
pub use record::{Record, RecordError, Running, Who, key as keys};
pub use run::{Alone, Book, Due, Keeper, Keeping, Kept, Locked, Met, News, Resume, Runner, Steer, due_unsilences};
