//! Who pays for a question: how much each may take out of the purse, and what is put back.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::{Purse, Terms, is_dear};
use crate::cloud::Means;
use crate::config::{Prices, cadence};
use crate::model::{Charge, Observation, Operation, Question};

/// Where there is no money, one looks again at least so often: it may be put back before its time.
const LOOK_AGAIN: Duration = Duration::from_secs(30);

/// What was taken out for one question.
#[derive(Clone, Debug)]
pub(super) struct Grant {
    /// What it may spend.
    pub means: Means,
    taken: f64,
}

/// The purse that all questions are paid from.
#[derive(Clone)]
pub(super) struct Till {
    purse: Arc<Mutex<Purse>>,
    began: Instant,
    /// The budget, US dollars an hour.
    pub per_hour: f64,
    prices: Arc<Prices>,
}

/// What the part of a question may cost that is on the screen, with its listings: several times what it takes usually.
fn screen_usd(question: Question) -> f64 {
    match question {
        Question::Cost => 0.05,
        // It asks for the days first, unless the other has.
        Question::Forecast => 0.06,
        Question::Metrics | Question::QueuePulse => 0.01,
        _ => 0.002,
    }
}

impl Till {
    pub(super) fn new(terms: &Terms, purse: Purse) -> Self {
        let Terms { per_hour, prices, .. } = terms;
        let purse = Arc::new(Mutex::new(purse));
        Self { purse, began: Instant::now(), per_hour: *per_hour, prices: prices.clone() }
    }

    fn purse(&self) -> (MutexGuard<'_, Purse>, Duration) {
        (self.purse.lock().unwrap_or_else(PoisonError::into_inner), self.began.elapsed())
    }

    fn means(&self, screen_usd: f64, rest_usd: f64) -> Means {
        Means { screen_usd, rest_usd, per_hour: self.per_hour, prices: self.prices.clone() }
    }

    /// The least that asking `question` costs.
    fn least(&self, question: Question) -> f64 {
        let operations = question.operations().filter_map(|(service, name)| Operation::find(service, name));
        let prices = operations.filter(|o| o.charge != Charge::Free).map(|o| self.prices.charged(o.charge, 1.0));
        prices.min_by(f64::total_cmp).unwrap_or(0.0)
    }

    /// Takes out what `question` may spend, or tells when to come again. What is not looked at leaves half of the purse
    /// to what is.
    pub(super) fn grant(&self, question: Question, is_looked_at: bool) -> Result<Grant, Duration> {
        let least = self.least(question);
        if least <= 0.0 {
            return Ok(Grant { means: self.means(0.0, 0.0), taken: 0.0 });
        }
        let (mut purse, now) = self.purse();
        let held = purse.held(now);
        let spare = (held - purse.most() / 2.0).max(0.0);
        let mine = if is_dear(question) {
            // It needs a whole cent, or it is not asked at all.
            held
        } else if is_looked_at {
            held / 2.0
        } else {
            spare / 2.0
        };
        let screen = screen_usd(question).min(mine);
        if screen < least {
            let wanted = if is_looked_at || is_dear(question) { least } else { purse.most() / 2.0 };
            let wait = purse.until(now, wanted * 2.0).unwrap_or(Duration::MAX);
            return Err(wait.clamp(Duration::from_secs(1), LOOK_AGAIN));
        }
        // What is asked more often takes less each time.
        let often = (cadence(question).num_seconds() as f64 / 60.0).min(1.0);
        let rest = if is_dear(question) { 0.0 } else { (spare / 2.0 * often).min(held - screen).max(0.0) };
        let taken = purse.take(now, screen + rest);
        Ok(Grant { means: self.means(screen, rest), taken })
    }

    /// An even share of all there is for a question that is asked once, in each of so many regions.
    pub(super) fn share(&self, question: Question, regions: usize) -> Means {
        if self.least(question) <= 0.0 {
            return self.means(0.0, 0.0);
        }
        let (mut purse, now) = self.purse();
        let dear = screen_usd(Question::Cost) + screen_usd(Question::Forecast);
        let all = purse.held(now);
        let usd = if is_dear(question) {
            screen_usd(question).min(all / 4.0)
        } else {
            // Metrics take nearly all there is to pay for.
            let left = (all - dear.min(all / 2.0)) / regions.max(1) as f64;
            left * if question == Question::Metrics { 0.6 } else { 0.05 }
        };
        self.means(0.0, usd)
    }

    /// Puts back what was not spent.
    pub(super) fn settle(&self, grant: &Grant, answer: &Observation) {
        let spent = answer.calls.iter().map(|call| self.prices.call(call)).sum();
        self.purse().0.settle(grant.taken, spent);
    }
}
