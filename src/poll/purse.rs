//! The budget: money that may be spent in any hour, and never more.
//!
//! A bucket of money. It begins full, holds a part of the budget and is refilled with the rest over an hour; so whatever
//! hour one looks at, at most both together are spent in it. Money is taken out before a question is asked and what was
//! not spent is put back, and what is out on its way counts as being in the bucket: it is never refilled above that.

use std::time::Duration;

/// This part of the budget may be spent at once; the rest comes over the hour.
const AT_ONCE: f64 = 0.25;

/// What may still be spent, US dollars. Time is any that only goes forward.
#[derive(Clone, Debug, PartialEq)]
pub struct Purse {
    /// It holds so much at most.
    most: f64,
    /// So much comes in each second.
    per_second: f64,
    held: f64,
    /// Taken and not settled yet.
    out: f64,
    at: Duration,
}

impl Purse {
    /// A full purse for so many US dollars an hour.
    pub fn new(per_hour: f64, now: Duration) -> Self {
        let most = per_hour * AT_ONCE;
        Self { most, per_second: (per_hour - most) / 3600.0, held: most, out: 0.0, at: now }
    }

    /// A purse that holds all of the budget and is never refilled, for one who asks once.
    pub fn once(per_hour: f64) -> Self {
        Self { most: per_hour, per_second: 0.0, held: per_hour, out: 0.0, at: Duration::ZERO }
    }

    /// What it holds when it is full.
    pub fn most(&self) -> f64 {
        self.most
    }

    /// What could be taken out now.
    pub fn held(&mut self, now: Duration) -> f64 {
        let passed = now.saturating_sub(self.at).as_secs_f64();
        self.at = self.at.max(now);
        self.held = (self.held + passed * self.per_second).min(self.most - self.out).max(0.0);
        self.held
    }

    /// Takes out so much, or what there is.
    pub fn take(&mut self, now: Duration, usd: f64) -> f64 {
        let taken = usd.clamp(0.0, self.held(now));
        self.held -= taken;
        self.out += taken;
        taken
    }

    /// Of what was `taken`, so much was `spent`: the rest is put back.
    pub fn settle(&mut self, taken: f64, spent: f64) {
        self.out -= taken;
        self.held += taken - spent;
    }

    /// How long until it holds so much; `None` where it never will.
    pub fn until(&mut self, now: Duration, usd: f64) -> Option<Duration> {
        let missing = usd - self.held(now);
        if missing <= 0.0 {
            return Some(Duration::ZERO);
        }
        (usd <= self.most && self.per_second > 0.0).then(|| Duration::from_secs_f64(missing / self.per_second))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[derive(Clone, Debug)]
    enum Step {
        /// Milliseconds pass.
        Wait(u64),
        /// So much is wanted.
        Take(f64),
        /// One that is out is settled: this share of it was spent.
        Settle(usize, f64),
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            (0u64..900_000).prop_map(Step::Wait),
            (0.0..0.2f64).prop_map(Step::Take),
            (any::<usize>(), 0.0..=1.0f64).prop_map(|(which, share)| Step::Settle(which, share)),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        /// Whatever is asked and however late it is settled, no hour costs more than the budget.
        #[test]
        fn no_hour_passes_the_budget(budget in 0.0..1.0f64, steps in prop::collection::vec(step(), 1..200)) {
            let mut now = Duration::ZERO;
            let mut purse = Purse::new(budget, now);
            let (mut out, mut spent): (Vec<f64>, Vec<(Duration, f64)>) = (Vec::new(), Vec::new());
            for step in steps {
                match step {
                    Step::Wait(ms) => now += Duration::from_millis(ms),
                    Step::Take(usd) => out.push(purse.take(now, usd)),
                    Step::Settle(which, share) if !out.is_empty() => {
                        let taken = out.swap_remove(which % out.len());
                        purse.settle(taken, taken * share);
                        spent.push((now, taken * share));
                    }
                    Step::Settle(..) => {}
                }
            }
            spent.extend(out.into_iter().map(|taken| (now, taken)));
            for (end, _) in &spent {
                let hour = spent.iter().filter(|(at, _)| at <= end && end.saturating_sub(*at) < Duration::from_hours(1));
                let sum: f64 = hour.map(|(_, usd)| usd).sum();
                prop_assert!(sum <= budget + 1e-9, "{sum} of {budget}");
            }
        }
    }

    #[test]
    fn it_is_refilled_over_the_hour() {
        let mut purse = Purse::new(0.4, Duration::ZERO);
        let near = |usd: f64, wanted: f64| assert!((usd - wanted).abs() < 1e-9, "{usd} is not {wanted}");
        near(purse.take(Duration::ZERO, 1.0), 0.1);
        purse.settle(0.1, 0.1);
        near(purse.take(Duration::from_mins(10), 1.0), 0.05);
        assert_eq!(purse.until(Duration::from_mins(10), 0.05), Some(Duration::from_mins(10)));
        assert_eq!(purse.until(Duration::from_mins(10), 0.2), None, "more than it ever holds");
        purse.settle(0.05, 0.01);
        near(purse.held(Duration::from_mins(10)), 0.04);
    }
}
