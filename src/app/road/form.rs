//! A message written by hand.

use tui_input::Input;

use super::super::{App, Effect, Overlay};
use crate::action::planner::PERFORMATIVES;
use crate::action::{Draft, Order};
use crate::model::QueueKey;

/// A message that is being written.
#[derive(Clone, Debug)]
pub struct Form {
    /// Where it goes.
    pub queue: QueueKey,
    /// What has been typed, in the order of [`Form::LABELS`].
    pub fields: [Input; 4],
    /// The field that takes the keys.
    pub at: usize,
    /// What is missing.
    pub notice: Option<String>,
}

impl Form {
    /// The names of the fields, and what is wanted in each.
    pub const LABELS: [(&'static str, &'static str); 4] = [
        ("performative", "FIPA's word: request, inform, query-if, cancel …"),
        ("task", "what is to be done"),
        ("context", "what one should know for it; may be empty"),
        ("conversation", "if://conversation/…; empty begins a new one"),
    ];

    fn new(queue: QueueKey) -> Self {
        let fields = [Input::new("request".to_owned()), Input::default(), Input::default(), Input::default()];
        // The first thing to be typed is the task.
        Self { queue, fields, at: 1, notice: None }
    }

    fn draft(&self) -> Draft {
        let [performative, task, context, conversation] =
            [0, 1, 2, 3].map(|index: usize| self.fields[index].value().trim().to_owned());
        Draft { performative, task, context, conversation }
    }

    /// The next field, or the one before.
    pub(in crate::app) fn turn(&mut self, back: bool) {
        let step = if back { self.fields.len() - 1 } else { 1 };
        self.at = (self.at + step) % self.fields.len();
    }
}

impl App {
    /// Opens the form for a message to a queue.
    pub(super) fn write_to(&mut self, arg: &str) {
        match self.one_queue(arg) {
            Ok(queue) => self.overlays.push(Overlay::Form(Box::new(Form::new(queue)))),
            Err(why) => self.fails(super::said::sentence(&why)),
        }
    }

    /// The message is written: shows the plan of sending it.
    pub(in crate::app) fn send_form(&mut self) -> Vec<Effect> {
        let Some(Overlay::Form(form)) = self.overlays.last_mut() else { return Vec::new() };
        let draft = form.draft();
        let is_known = PERFORMATIVES.contains(&draft.performative.as_str());
        let wrong = if !is_known {
            Some((0, "That is no performative of FIPA's; request, inform and query-if are."))
        } else if draft.task.is_empty() {
            Some((1, "Say what is to be done."))
        } else if !draft.conversation.is_empty() && !draft.conversation.starts_with("if://conversation/") {
            Some((3, "A conversation begins with if://conversation/."))
        } else {
            None
        };
        if let Some((at, notice)) = wrong {
            (form.at, form.notice) = (at, Some(notice.to_owned()));
            return Vec::new();
        }
        let queue = form.queue.clone();
        // The form stays below the plan: leaving that leads back to it.
        self.wishes(Order::Send { queue, draft }, None)
    }
}
