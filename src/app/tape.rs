//! Time in a recording that is on the screen: how it goes, and going elsewhere in it.

use chrono::{NaiveTime, TimeDelta};

use super::bookmark::Bookmark;
use super::intent::Intent;
use super::{App, Effect, Overlay};
use crate::config;
use crate::fabric::Fabric;
use crate::model::Time;

/// How far one goes in it, if nothing is said.
const STEP: TimeDelta = TimeDelta::minutes(1);
/// As slow as it goes, a quarter, and as fast, 64 times.
const SPEEDS: (i32, i32) = (-2, 6);

/// A recording.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tape {
    /// When it begins.
    pub from: Time,
    /// When it ends.
    pub to: Time,
    /// How often its time is doubled.
    pub speed: i32,
    /// Whether it stands still.
    pub held: bool,
}

impl Tape {
    /// A recording at its beginning.
    pub fn new(from: Time, to: Time) -> Self {
        Self { from, to, speed: 0, held: false }
    }

    /// When it was recorded: `27 Nov 14:00 to 15:10Z`.
    pub fn span(&self) -> String {
        let day = if self.from.date_naive() == self.to.date_naive() { "" } else { "%d %b " };
        format!("{} to {}", self.from.format("%d %b %H:%M"), self.to.format(&format!("{day}%H:%MZ")))
    }

    /// Whether no time passes in it at `now`.
    pub(super) fn stands(&self, now: Time) -> bool {
        self.held || now >= self.to
    }

    /// How it goes at `now`: `x4`, `held`, `end`; nothing where it goes as it did.
    pub fn goes(&self, now: Time) -> Option<String> {
        if now >= self.to {
            Some("end".to_owned())
        } else if self.held {
            Some("held".to_owned())
        } else {
            (self.speed != 0).then(|| format!("x{}", self.times()))
        }
    }

    /// How many of its seconds pass in one of ours; none while it is held.
    fn times(&self) -> f64 {
        if self.held { 0.0 } else { f64::powi(2.0, self.speed) }
    }

    /// The moment that is written so: `14:05`, `14:05:30`; the first such in it.
    fn moment(&self, text: &str) -> Result<Time, String> {
        let text = text.trim_end_matches('Z');
        let time = ["%H:%M:%S", "%H:%M"].iter().find_map(|form| NaiveTime::parse_from_str(text, form).ok());
        let time = time.ok_or_else(|| "When? A time such as `14:05` or `14:05:30` is wanted.".to_owned())?;
        let first = self.from.date_naive().and_time(time).and_utc();
        let first = if first < self.from { first + TimeDelta::days(1) } else { first };
        if first <= self.to { Ok(first) } else { Err(format!("It was recorded from {}.", self.span())) }
    }
}

impl App {
    /// Does with the recording what an intent says.
    pub(super) fn wind(&mut self, intent: Intent, arg: &str) -> Vec<Effect> {
        match self.wound(intent, arg) {
            Ok(effect) => vec![effect],
            Err(why) => {
                self.fails(why);
                Vec::new()
            }
        }
    }

    fn wound(&mut self, intent: Intent, arg: &str) -> Result<Effect, String> {
        let now = self.now;
        let Some(tape) = &mut self.tape else {
            return Err("Time can be turned in a recording only: `infradeck --replay FILE`.".to_owned());
        };
        let step = if arg.is_empty() { Some(STEP) } else { config::duration(arg) };
        let step = || step.ok_or_else(|| "How far? A time such as `30s` or `10m` is wanted.".to_owned());
        let at = match intent {
            Intent::Rewind => now - step()?,
            Intent::Skip => now + step()?,
            Intent::At => tape.moment(arg)?,
            intent => {
                match intent {
                    Intent::Faster => tape.speed = (tape.speed + 1).min(SPEEDS.1),
                    Intent::Slower => tape.speed = (tape.speed - 1).max(SPEEDS.0),
                    _ => {}
                }
                tape.held = intent == Intent::Hold && !tape.held;
                return Ok(Effect::Wind(tape.times()));
            }
        };
        Ok(Effect::GoTo(at.clamp(tape.from, tape.to)))
    }

    /// Knows nothing again but what `fabric` does, at `now`: one stays where one is on the screen, and what is there
    /// comes anew.
    pub fn begin_again(&mut self, fabric: Fabric, now: Time) {
        let place: Bookmark = self.bookmark();
        let (themes, keymap) = (std::mem::take(&mut self.themes), std::mem::take(&mut self.keymap));
        let mut again = Self::new(fabric, self.start.clone(), self.theme.clone(), themes, keymap, now);
        (again.size, again.tape) = (self.size, self.tape);
        again.first_theme = std::mem::take(&mut self.first_theme);
        again.history = std::mem::take(&mut self.history);
        again.desk = self.desk.clone();
        again.policy.read_only = self.policy.read_only.take();
        let stays = |overlay: &Overlay| matches!(overlay, Overlay::Help(_) | Overlay::Detail(..));
        again.overlays = self.overlays.extract_if(.., |overlay| stays(overlay)).collect();
        again.take_place(place);
        *self = again;
    }
}

#[cfg(test)]
#[path = "tape_tests.rs"]
mod tests;
