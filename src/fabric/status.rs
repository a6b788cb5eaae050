//! The status of an agent: FABRIC.md's table, line by line.

use chrono::TimeDelta;

use super::agent::{Agent, End};
use super::place::Place;
use super::sane::moved;
use super::source::Heard;
use crate::config::Rules;
use crate::model::{Question, Status, Time};

/// CloudWatch tells a minute, not a moment.
const GRAIN: TimeDelta = TimeDelta::seconds(60);

impl Agent {
    /// Derives status and since: the first line of the table that holds.
    pub(super) fn settle(&mut self, now: Time, rules: &Rules, heard: &Heard) {
        (self.status, self.since) = self.derive(now, rules, heard);
    }

    fn derive(&self, now: Time, rules: &Rules, heard: &Heard) -> (Status, Option<Time>) {
        let life = self.last_update();
        let is_paused = self.is_paused();
        let is_known = self.is_told_of(heard) || (is_paused && self.is_listing_heard(heard));
        if !is_known {
            return (Status::Unknown, life);
        }
        if is_paused {
            return (Status::Paused, None);
        }
        if let Some(end) = self.ended
            && !self.works_since(end)
        {
            return (if end.failed { Status::Failed } else { Status::Complete }, Some(end.at));
        }
        // A sign of life tells that it was started, even where its start was not seen.
        let Some(life) = life else { return (Status::Idle, None) };
        if now - life > rules.stuck_after {
            return (Status::Stuck, Some(life));
        }
        // A start before its last end is not the start of this run.
        let started = self.started.filter(|at| self.ended.is_none_or(|end| end.at <= *at));
        if let Some(start) = started
            && life <= start
            && now - start < rules.starting_for
        {
            return (Status::Starting, Some(start));
        }
        (Status::Working, started)
    }

    /// Whether any source that could tell of it is to be believed: those of the region where it was last alive (a copy
    /// in the standby region says nothing of one that works in a primary region we cannot hear), else of any.
    fn is_told_of(&self, heard: &Heard) -> bool {
        let tells = |place: &Place| {
            heard.from(&place.region, Question::Logs)
                || heard.from(&place.region, Question::Metrics)
                || (place.queue.is_some() && heard.from(&place.region, Question::QueuePulse))
        };
        let alive = self.home().filter(|home| home.life.is_some());
        let is_told = alive.map_or_else(|| self.places.iter().any(tells), tells);
        // A stored result tells how a run ended, and nothing of a run after it.
        let is_stored = self.stored.is_some() && self.stored >= alive.and_then(|home| home.life);
        is_told || (is_stored && heard.anywhere(Question::Results))
    }

    fn is_listing_heard(&self, heard: &Heard) -> bool {
        self.places.iter().filter(|place| place.can_run().is_some()).any(|place| {
            heard.from(&place.region, Question::Functions) || heard.from(&place.region, Question::Instances)
        })
    }

    /// Whether it is held on purpose: where it lives, or, where that does not tell, everywhere.
    fn is_paused(&self) -> bool {
        if let Some(can_run) = self.home().and_then(Place::can_run) {
            return !can_run;
        }
        let mut others = self.places.iter().filter_map(Place::can_run).peekable();
        others.peek().is_some() && !others.any(|can_run| can_run)
    }

    /// Whether a start or work is newer than this end. An end or work that is told to the minute may lie anywhere in
    /// it: what cannot be shown to be newer is not.
    fn works_since(&self, end: End) -> bool {
        let (exactly, about) = if end.exact { (end.at, moved(end.at, GRAIN)) } else { (last_moment(end.at), end.at) };
        self.started.is_some_and(|at| at > exactly)
            || self.worked.is_some_and(|at| at > exactly)
            || self.worked_about.is_some_and(|at| at > about)
    }
}

/// The last moment of the minute that starts at `at`.
fn last_moment(at: Time) -> Time {
    moved(at, GRAIN - TimeDelta::nanoseconds(1))
}
