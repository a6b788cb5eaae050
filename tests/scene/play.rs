//! A demo, played with a clock that is set by hand.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::TimeDelta;
use futures_util::FutureExt;
use infradeck::action::Desk;
use infradeck::app::{App, Effect, Keymap, Msg, Start};
use infradeck::cloud::sim::{Scenario, Sim};
use infradeck::cloud::{Ask, Clock, Cloud, Control, Progress};
use infradeck::config::{FabricChoice, Limits, Names, Orders, Prices, Rules, Themes, cadence};
use infradeck::fabric::Fabric;
use infradeck::model::{Question, RegionId, Time};

/// A desk at which little is configured.
pub(crate) fn desk(regions: &[RegionId]) -> Desk {
    Desk {
        choice: FabricChoice::default(),
        regions: regions.to_vec(),
        orders: Orders::default(),
        names: Names::default(),
        prices: Prices::default(),
        limits: Limits::default(),
        reserved_before: BTreeMap::new(),
        running: BTreeSet::new(),
        trusted: BTreeMap::new(),
        key: ed25519_dalek::SigningKey::from_bytes(&[7; 32]),
    }
}

/// An app on a demo.
pub(crate) struct Play {
    /// The app.
    pub(crate) app: App,
    sim: Sim,
    elapsed: Arc<AtomicI64>,
    /// When it began.
    pub(crate) epoch: Time,
}

impl Play {
    /// `scenario` by its name, not asked yet.
    pub(crate) fn new(scenario: &str, seed: u64, agents: Option<usize>, size: (u16, u16)) -> Self {
        let epoch: Time = "2025-11-22T14:00:37Z".parse().expect("a time");
        let elapsed = Arc::new(AtomicI64::new(0));
        let hand = elapsed.clone();
        let clock: Clock = Arc::new(move || epoch + TimeDelta::seconds(hand.load(Ordering::Relaxed)));
        let played = Scenario::load(scenario).expect("a scenario");
        let sim = Sim::new(&played, seed, agents, epoch, clock);
        let fabric = Fabric::new(sim.regions(), Rules::default(), 100_000, epoch);
        let mut desk = desk(sim.regions());
        desk.choice.failover = played.failover();
        desk.orders = played.orders(&desk.orders);
        let mut start = Start::new("demo", desk);
        start.demo = Some(scenario.into());
        let themes: Vec<_> = Themes::built_in().expect("the themes read").iter().cloned().collect();
        let mut app = App::new(fabric, start, themes[0].clone(), themes, Keymap::default(), epoch);
        app.update(epoch, Msg::Resize(size.0, size.1));
        Self { app, sim, elapsed, epoch }
    }

    /// The moment.
    pub(crate) fn now(&self) -> Time {
        self.epoch + TimeDelta::seconds(self.elapsed.load(Ordering::Relaxed))
    }

    /// Lets `seconds` pass, asking each question at its cadence.
    pub(crate) fn pass(&mut self, seconds: i64) {
        let from = self.elapsed.load(Ordering::Relaxed);
        for second in from..from + seconds {
            self.elapsed.store(second, Ordering::Relaxed);
            let progress: Progress = Arc::new(drop);
            let mut facts = Vec::new();
            for (index, region) in self.sim.regions().iter().enumerate() {
                for question in Question::ALL.into_iter().filter(|question| index == 0 || !question.is_global()) {
                    if second % cadence(question).num_seconds() == 0 {
                        let ask = Ask::all(question, region.clone());
                        facts.extend(self.sim.observe(&ask, &progress).now_or_never());
                    }
                }
            }
            let now = self.now();
            if !facts.is_empty() {
                self.app.update(now, Msg::Facts(facts));
            }
            self.app.update(now, Msg::Tick);
        }
        self.elapsed.store(from + seconds, Ordering::Relaxed);
        let now = self.now();
        self.app.update(now, Msg::Tick);
    }

    /// Presses keys, as they are written in the configuration, with spaces between.
    pub(crate) fn press(&mut self, keys: &str) {
        for key in keys.split(' ') {
            self.send(Msg::Key(key.parse().expect("a key")));
        }
    }

    /// Tells the app something. What it wants looked at for a plan is looked at in the demo; nothing is run.
    fn send(&mut self, msg: Msg) {
        let now = self.now();
        for effect in self.app.update(now, msg) {
            if let Effect::Probe(id, probes) = effect {
                let answer = |probe| self.sim.probe(&probe).now_or_never().map(|answer| (probe.clone(), answer));
                let answers = probes.into_iter().filter_map(answer).collect();
                self.send(Msg::Probed(id, answers));
            }
        }
    }

    /// Types a text.
    pub(crate) fn type_in(&mut self, text: &str) {
        for c in text.chars() {
            let key = if c == ' ' { "space".to_owned() } else { c.to_string() };
            self.press(&key);
        }
    }
}
