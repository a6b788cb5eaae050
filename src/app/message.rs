//! What happens to the app, what it asks for, and what lies over its views.

use super::road::{Form, Menu, Taking};
use super::{Row, Tape};
use crate::action::{Consented, Desk, Event, OrderId, Plan, Policy, Resume, Standing, Steer, Tale};
use crate::config::Key;
use crate::model::{Observation, Probe, Probed, Refusal, Time};
use crate::poll::Interest;

/// A line that is being typed.
#[derive(Clone, Debug, Default)]
pub struct Prompt {
    /// The text and the place of the cursor.
    pub input: tui_input::Input,
    /// What could complete it, best first. Tab takes them in turn.
    pub completions: Vec<String>,
    /// The completion that was taken last.
    pub chosen: Option<usize>,
}

/// What the last key did, or why it did nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// One sentence.
    pub text: String,
    /// Whether something went wrong.
    pub is_error: bool,
}

/// What lies over the view. They stack: Esc takes the top one away.
#[derive(Clone, Debug)]
pub enum Overlay {
    /// Every key and what it does, from the table that the keymap is made from. Scrolled by so many lines.
    Help(usize),
    /// What went wrong lately, newest first. Scrolled by so many lines.
    Errors(usize),
    /// Everything known of one row, in full. Scrolled by so many lines.
    Detail(Row, usize),
    /// `:` and a command.
    Command(Prompt),
    /// `/` and a filter, taking effect while it is typed.
    Filter(Prompt),
    /// All that can be ordered for a row, and why the rest cannot.
    Menu(Menu),
    /// The plan of an order that does not run yet.
    Plan(OrderId),
    /// What taking up a stopped order would do.
    Resume(Taking),
    /// A message that is being written.
    Form(Box<Form>),
    /// The messages that an order has read. Scrolled by so many lines.
    Messages(OrderId, usize),
}

/// What the runtime must do for the engineer.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Leave, giving the terminal back.
    Quit,
    /// Stop as Ctrl-Z does, and come back when told.
    Suspend,
    /// Put this text into the clipboard.
    Copy(String),
    /// Ask all that is looked at now.
    AskNow,
    /// The engineer looks at something else.
    Look(Interest),
    /// Let so many seconds of the recording pass in one of ours: none holds it.
    Wind(f64),
    /// Go on from another moment of the recording.
    GoTo(Time),
    /// Draw everything anew: another program wrote over the screen.
    Repaint,
    /// Look at these, for the plan of an order; answer with [`Msg::Probed`], all at once.
    Probe(OrderId, Vec<Probe>),
    /// Run this. It has been confirmed, and the guard allows it.
    Run {
        /// What.
        plan: Box<Plan>,
        /// Why.
        why: String,
        /// How it was confirmed.
        consented: Consented,
    },
    /// Ask a second person to approve this; answer with [`Msg::Approved`].
    AskApproval {
        /// What.
        plan: Box<Plan>,
        /// How it was confirmed so far.
        consented: Consented,
        /// Why.
        why: String,
    },
    /// It is asked for no more.
    Withdraw(OrderId),
    /// Put this on the record.
    Note(String),
    /// Take the lock of this target from whoever holds it, for this reason; answer with [`Msg::Told`].
    BreakLock(String, String),
    /// Steer an order that runs.
    Steer(OrderId, Steer),
    /// Take up an order that stands still.
    Resume(OrderId, Resume),
}

/// What happened.
#[derive(Clone, Debug)]
pub enum Msg {
    /// A key was pressed.
    Key(Key),
    /// Text was pasted.
    Paste(String),
    /// The left mouse button was pressed at this column and row.
    Click(u16, u16),
    /// The mouse wheel turned at this column and row, by so many rows; negative is up.
    Scroll(u16, u16, isize),
    /// The terminal has a new size: columns and rows.
    Resize(u16, u16),
    /// Facts arrived, one or many.
    Facts(Vec<Observation>),
    /// Time has passed; comes about once a second.
    Tick,
    /// What was found for the plan of an order: the answer to each probe.
    Probed(OrderId, Vec<(Probe, Result<Probed, Refusal>)>),
    /// Something happened to an order.
    Happened(OrderId, Time, Event),
    /// A second person has approved an order.
    Approved(OrderId, String),
    /// The orders that the record holds; comes once, at the start.
    Tales(Vec<Tale>),
    /// How an order stands, whatever was told of it before.
    Stands(OrderId, Standing),
    /// Something was done behind the screen: what came of it.
    Told(String),
    /// Something that was done behind the screen went wrong.
    Trouble(String),
    /// From now on nothing can be changed, and why: the record cannot be written, or the cloud takes no orders.
    ReadOnly(String),
}

/// What the program was started with, for the header and the messages.
#[derive(Clone, Debug)]
pub struct Start {
    /// The fabric's name.
    pub fabric: String,
    /// The scenario, in a demo.
    pub demo: Option<String>,
    /// The recording, where one is played.
    pub tape: Option<Tape>,
    /// Where the calls go, if not to AWS.
    pub endpoint: Option<String>,
    /// A number that no other session has: the names of orders are made from it.
    pub salt: u32,
    /// What planning orders needs to know.
    pub desk: Desk,
    /// What may be ordered.
    pub policy: Policy,
}

impl Start {
    /// A start without a demo, a recording, an endpoint, or anything unlocked.
    pub fn new(fabric: &str, desk: Desk) -> Self {
        let (never, approval) = (desk.orders.never.clone(), desk.orders.approval.clone());
        let policy = Policy { never, approval, ..Policy::default() };
        Self { fabric: fabric.to_owned(), demo: None, tape: None, endpoint: None, salt: 0, desk, policy }
    }
}
