//! Locked unless opened for a time, with a reason.

use chrono::TimeDelta;
use tui_input::Input;

use super::super::{App, Effect, Intent, Overlay, Prompt, text};
use crate::action::Unlocked;
use crate::config;
use crate::model::Time;

/// For so long, unless another time is given.
const USUAL: TimeDelta = TimeDelta::minutes(15);

/// Whether anything can be ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lock {
    /// Not now.
    Locked,
    /// Never.
    ReadOnly,
    /// For so long yet.
    Open(TimeDelta),
}

/// A length of time as commands write it.
fn written(time: TimeDelta) -> String {
    match time.num_seconds() {
        s if s % 3600 == 0 => format!("{}h", s / 3600),
        s if s % 60 == 0 => format!("{}m", s / 60),
        s => format!("{s}s"),
    }
}

impl App {
    /// Whether anything can be ordered now.
    pub fn lock(&self) -> Lock {
        match &self.policy.unlocked {
            _ if self.policy.read_only.is_some() => Lock::ReadOnly,
            Some(open) if self.now < open.until => Lock::Open(open.until - self.now),
            _ => Lock::Locked,
        }
    }

    /// `:unlock 15m REASON`. Without them, asks for both.
    pub(in crate::app) fn unlock(&mut self, arg: &str) -> Vec<Effect> {
        if let Some(why) = &self.policy.read_only {
            let why = format!("This cannot be unlocked: {why}.");
            self.fails(why);
            return Vec::new();
        }
        let most = self.desk.orders.unlock_most;
        let usual = USUAL.min(most);
        if arg.is_empty() {
            let line = Input::new(format!("unlock {} ", written(usual)));
            self.overlays.push(Overlay::Command(Prompt { input: line, ..Prompt::default() }));
            return Vec::new();
        }
        let arg = super::lock::reason_of(arg);
        let arg = arg.as_str();
        let (first, rest) = arg.split_once(' ').unwrap_or((arg, ""));
        let (time, reason) = match config::duration(first) {
            Some(time) => (time, rest.trim()),
            None => (usual, arg),
        };
        if time > most {
            self.fails(format!("At most {} at once: `unlock_most` under [orders] says so.", written(most)));
        } else if reason.is_empty() {
            self.fails(format!("Say why too: `:unlock {} REASON`. It goes into the record.", written(time)));
        } else {
            self.open_until(self.now + time, reason);
            self.says(format!("Unlocked for {}. `{}` locks.", written(time), self.key_word(Intent::Lock)));
            self.renew_menu();
            let mut effects = vec![Effect::Note(format!("unlocked for {}: {reason}", written(time)))];
            effects.extend(self.pursue_all());
            return effects;
        }
        Vec::new()
    }

    /// Lets orders through until then.
    pub fn open_until(&mut self, until: Time, reason: &str) {
        self.policy.unlocked = Some(Unlocked { until, reason: reason.to_owned() });
    }

    /// Locks at once.
    pub(in crate::app) fn lock_now(&mut self) -> Vec<Effect> {
        self.says("Locked: nothing can be ordered.");
        match self.policy.unlocked.take() {
            Some(_) => vec![Effect::Note("locked".to_owned())],
            None => Vec::new(),
        }
    }

    /// `:break-lock TARGET REASON`: takes the lock of a target from whoever holds it.
    pub(in crate::app) fn break_lock(&mut self, arg: &str) -> Vec<Effect> {
        if let Some(why) = self.why_locked() {
            self.fails(format!("Nothing can be changed now ({why})."));
            return Vec::new();
        }
        let (target, reason) = arg.split_once(' ').unwrap_or((arg, ""));
        let reason = reason_of(reason);
        if reason.is_empty() {
            self.fails(format!("Say why too: `:break-lock {target} REASON`. It goes onto the record."));
            return Vec::new();
        }
        self.says(format!("Breaking the lock of {target}."));
        vec![Effect::BreakLock(target.to_owned(), reason)]
    }

    /// Locks again when the time is over.
    pub(super) fn lock_when_due(&mut self) {
        if self.policy.unlocked.as_ref().is_some_and(|open| open.until <= self.now) {
            self.policy.unlocked = None;
            let key = self.key_word(Intent::Unlock);
            self.says(format!("Locked again: the time is over. `{key}` unlocks."));
        }
    }

    /// The key of an intent where there is one, else its command.
    pub fn key_word(&self, intent: Intent) -> String {
        match self.keymap.keys(intent).first() {
            Some(key) => key.to_string(),
            None => format!(":{}", super::super::intent::spec(intent).name),
        }
    }

    /// Why nothing can be ordered now; `None` while it can.
    pub(super) fn why_locked(&self) -> Option<String> {
        match self.lock() {
            Lock::Open(_) => None,
            Lock::ReadOnly => Some("read-only".to_owned()),
            Lock::Locked => Some(format!("locked: {} unlocks", self.key_word(Intent::Unlock))),
        }
    }
}

/// The time that is left, as the header counts it down: `14:32`, `1:02:14`.
pub fn countdown(left: TimeDelta) -> String {
    // What is left of a second counts as one: it says 15:00 first and never 0:00.
    let s = (left.num_milliseconds().max(0) as u64).div_ceil(1000);
    if s < 3600 {
        format!("{:02}:{:02}", s / 60, s % 60)
    } else {
        format!("{}:{:02}:{:02}", s / 3600, s / 60 % 60, s % 60)
    }
}

/// Whether a text can be a reason, said on the screen.
pub(super) fn reason_of(text: &str) -> String {
    text::clip(text.trim(), 200)
}
