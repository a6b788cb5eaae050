//! Keeps the tables up to date, and everything in its place while it happens.

use std::collections::HashSet;

use chrono::TimeDelta;

use super::find::is_there;
use super::layout::body_rows;
use super::rows::{Fresh, fresh};
use super::{App, Notice, Pane, Row, Table, text};
use crate::model::{Fact, Observation, Quality, Question, RegionId, Time};

/// So long after a key the hand is on the keys: nothing moves under it.
const HAND: TimeDelta = TimeDelta::seconds(3);
/// So often statuses are looked at again while no fact comes, for silence is a fact too.
const SETTLE: TimeDelta = TimeDelta::seconds(5);
/// Time passes every second. Where it makes a step like this, the program or the machine was stopped.
const AWAY: TimeDelta = TimeDelta::seconds(20);
/// For so long the last line says what has happened.
const READ: TimeDelta = TimeDelta::seconds(30);
/// So many errors are kept.
pub(super) const ERRORS: usize = 100;

/// Why a table is looked at again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Why {
    /// What it shows may have changed: the order is kept while the hand is on the keys.
    Facts,
    /// The engineer wants another order, another filter or another pane.
    Asked,
}

impl App {
    /// Takes facts in, and shows what follows from them.
    pub(super) fn take_in(&mut self, facts: Vec<Observation>) {
        for mut observation in facts {
            self.hear(&mut observation);
        }
        self.settle();
    }

    /// Takes a fact in, and shows nothing of it yet: that comes with the next [`super::Msg::Facts`], which may be empty.
    /// For one who looks at the keyboard between the two. What is left of the observation can be freed.
    pub fn hear(&mut self, observation: &mut Observation) {
        self.note_error(observation);
        self.charted.came(observation.question, observation.quality);
        self.fabric.take_in(observation);
        if observation.question == Question::Logs {
            self.lines.keep_up(self.fabric.logs());
            // Lines are known by their place: the cursor must stay on its own, whichever key comes next.
            if self.is_visible(Pane::Logs) {
                self.refresh_logs(self.page(Pane::Logs));
            }
        }
    }

    /// Derives what follows from what was heard, and shows nothing of it yet either. For one who looks at the keyboard once
    /// more before that.
    pub fn derive(&mut self, now: Time) {
        self.fabric.settle(now);
        self.derived = Some(self.fabric.revision());
    }

    /// What asking now comes to: the budget holds, whoever asks.
    pub(super) fn asking_now(&self) -> String {
        let bill = self.fabric.bill();
        let (spent, _) = bill.usd(self.now);
        let is_short = self.fabric.sources().values().any(|source| source.quality == Quality::Sampled);
        match bill.budget {
            Some(budget) if is_short || spent > budget * 0.75 => {
                let [spent, budget] = [spent, budget].map(text::exact);
                format!("Asking now, as far as money goes: {spent} of {budget} was spent in the last hour.")
            }
            _ => "Asking now.".to_owned(),
        }
    }

    /// How many log lines have been looked through for the filter, of how many: as long as some have not.
    pub fn looked_through(&self) -> Option<(usize, usize)> {
        let all = self.fabric.logs().len();
        let left = self.lines.left(self.fabric.logs());
        (left > 0 && self.is_visible(Pane::Logs)).then(|| (all.saturating_sub(left), all))
    }

    /// Looks through some more log lines, as long as [`Self::looked_through`] says that there are any. For one who looks
    /// at the keyboard in between.
    pub fn look_on(&mut self) {
        self.lines.look_on(self.fabric.logs());
        self.refresh_logs(self.page(Pane::Logs));
        self.dirty = true;
    }

    /// Says that all is well.
    pub fn says(&mut self, text: impl Into<String>) {
        self.tell_once(text.into(), false);
    }

    /// Says why nothing was done.
    pub(super) fn fails(&mut self, text: impl Into<String>) {
        self.tell_once(text.into(), true);
    }

    fn tell_once(&mut self, text: String, is_error: bool) {
        self.notice = Some(Notice { text, is_error });
        self.noticed = Some(self.now);
    }

    /// Time has passed. Tells whether it was so much that nobody can have asked in between.
    pub(super) fn tick(&mut self) -> bool {
        let was_away = self.now - self.ticked > AWAY;
        self.ticked = self.now;
        // Nobody may be there to press a key: the last line is for what the next ones do.
        if self.noticed.is_some_and(|at| self.now - at >= READ) {
            (self.noticed, self.notice) = (None, None);
        }
        if self.now - self.settled >= SETTLE {
            self.settle();
        } else if self.held && !self.has_hand() {
            self.refresh(Why::Facts);
        }
        was_away
    }

    fn settle(&mut self) {
        self.settled = self.now;
        if self.derived.take() != Some(self.fabric.revision()) {
            self.fabric.settle(self.now);
        }
        self.refresh(Why::Facts);
        self.renew_menu();
    }

    fn has_hand(&self) -> bool {
        // Where time stands still nothing comes by itself that could move.
        let stands = self.tape.is_some_and(|tape| tape.stands(self.now));
        !stands && self.hand.is_some_and(|at| (TimeDelta::zero()..HAND).contains(&(self.now - at)))
    }

    fn note_error(&mut self, observation: &Observation) {
        let Observation { at, scope, question, quality, reason, .. } = observation;
        let key = (scope.region.clone(), *question);
        if !matches!(quality, Quality::Throttled | Quality::Denied | Quality::Failed) {
            // What has been well in between went wrong anew, even if for the same reason.
            if quality.has_facts() && !matches!(observation.fact, Some(Fact::Reading(_))) {
                self.wrong.remove(&key);
            }
            return;
        }
        let reason = reason.as_deref().unwrap_or("no reason given");
        let text = format!("{question} in {} {}: {reason}", scope.region, quality.word());
        if self.wrong.get(&key) == Some(&text) {
            return;
        }
        self.wrong.insert(key, text.clone());
        self.errors.push_back((*at, text));
        while self.errors.len() > ERRORS {
            self.errors.pop_front();
        }
    }

    /// Looks at every table on the screen again.
    pub(super) fn refresh(&mut self, why: Why) {
        self.held = false;
        let visible = self.panes();
        self.on_screen = visible.iter().map(|(pane, _)| *pane).collect();
        for (pane, area) in visible {
            self.refresh_pane(pane, body_rows(pane, area), why);
            self.find_awaited(pane);
        }
    }

    /// Other panes are on the screen, or in other places: brings up to date what was not there before.
    pub(super) fn reveal(&mut self) {
        let visible = self.panes();
        let before: Vec<Pane> = visible.iter().map(|(pane, _)| *pane).collect();
        let before = std::mem::replace(&mut self.on_screen, before);
        for (pane, area) in visible {
            let page = body_rows(pane, area);
            if pane == Pane::Logs || !before.contains(&pane) {
                self.refresh_pane(pane, page, Why::Asked);
                self.find_awaited(pane);
            } else if let Some(table) = self.tables.get_mut(&pane) {
                table.fit(page);
            }
        }
    }

    /// Looks at one table again, whether or not it is on the screen.
    pub(super) fn refresh_one(&mut self, pane: Pane) {
        let rows = self.page(pane);
        self.refresh_pane(pane, rows, Why::Asked);
    }

    fn refresh_pane(&mut self, pane: Pane, page: usize, why: Why) {
        if pane == Pane::Logs {
            return self.refresh_logs(page);
        }
        if pane == Pane::Metrics {
            self.charted.draw(&mut self.chart, &self.fabric);
        }
        let keeps = why == Why::Facts && self.has_hand();
        let Some(table) = self.tables.get_mut(&pane) else { return };
        table.marks.retain(|row| is_there(&self.fabric, &self.chart, row));
        let Fresh { rows, unfiltered } = fresh(pane, table, &self.fabric, &self.chart, &self.tales, &mut self.by_key);
        table.unfiltered = unfiltered;
        if table.rows == rows {
            table.fit(page);
            return;
        }
        let rows = if keeps {
            let kept = keep_order(&table.rows, &rows);
            self.held |= kept != rows;
            kept
        } else {
            rows
        };
        table.replace(rows);
        table.fit(page);
    }

    fn refresh_logs(&mut self, page: usize) {
        let Some(table) = self.tables.get_mut(&Pane::Logs) else { return };
        let ring = self.fabric.logs();
        table.marks.retain(|row| is_there(&self.fabric, &self.chart, row));
        self.lines.refresh(ring, &table.filter);
        let shown = self.lines.len(ring);
        (table.shown, table.unfiltered) = (shown, ring.len());
        let from_top = table.cursor.saturating_sub(table.offset);
        if self.following {
            table.cursor = shown.saturating_sub(1);
            table.offset = shown.saturating_sub(page);
        } else if let Some((at, id)) = self.lines.cursor {
            table.cursor = self.lines.place(ring, at, id).min(shown.saturating_sub(1));
            table.offset = table.cursor.saturating_sub(from_top);
        }
        table.fit(page);
        if self.lines.cursor.is_some_and(|cursor| !self.following && !self.lines.knows(ring, cursor)) {
            return;
        }
        let line = self.lines.get(ring, table.cursor);
        self.lines.cursor = line.map(|line| (line.at, line.id));
    }
}

impl Table {
    /// Puts other rows in, the selected one staying selected and at its place on the screen.
    fn replace(&mut self, rows: Vec<Row>) {
        let from_top = self.cursor.saturating_sub(self.offset);
        let selected = self.rows.get(self.cursor);
        let place = selected.filter(|_| self.anchored).and_then(|row| rows.iter().position(|other| other == row));
        if !self.anchored {
            (self.cursor, self.offset) = (0, 0);
        } else if let Some(place) = place {
            self.cursor = place;
            self.offset = place.saturating_sub(from_top);
        }
        self.shown = rows.len();
        self.rows = rows;
    }

    /// Brings the cursor into the rows and the rows on the screen under the cursor, `page` of them.
    pub(super) fn fit(&mut self, page: usize) {
        let page = page.max(1);
        self.cursor = self.cursor.min(self.shown.saturating_sub(1));
        let least = (self.cursor + 1).saturating_sub(page);
        self.offset = self.offset.clamp(least, self.cursor).min(self.shown.saturating_sub(page).max(least));
    }
}

/// The old rows that are still there, in their old order, then the new ones.
fn keep_order(old: &[Row], new: &[Row]) -> Vec<Row> {
    let there: HashSet<&Row> = new.iter().collect();
    let mut kept: Vec<Row> = old.iter().filter(|row| there.contains(row)).cloned().collect();
    if kept.len() < new.len() {
        let known: HashSet<&Row> = old.iter().collect();
        kept.extend(new.iter().filter(|row| !known.contains(row)).cloned());
    }
    kept
}

/// What went wrong last with each question, so that the same is not told again and again.
pub(super) type Wrong = std::collections::HashMap<(RegionId, Question), String>;
