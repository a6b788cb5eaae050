//! The live fabric asked by the poller for simulated minutes: tokio's clock stands still while anything is on its way,
//! and is moved on by hand.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::time::Duration;

use chrono::TimeDelta;
use infradeck::cloud::aws::Aws;
use infradeck::cloud::{Answer, Ask, Clock, Cloud, Control, Progress};
use infradeck::config::{Prices, Rules};
use infradeck::fabric::Fabric;
use infradeck::model::{AgentKey, ControlCall, Directed, Fact, Observation, Question, QueueKey, RegionId, Time};
use infradeck::poll::{Interest, Poller, Terms};
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::clients::aws;
use super::seed::crowd::{self, REGION};
use super::{Account, Call};

/// The pricing of calls by the proxy's own count, and not by the program's table: US dollars for one, November 2025.
fn price(call: &Call) -> f64 {
    match (call.question.service.as_str(), call.question.operation.as_str()) {
        ("monitoring", "GetMetricData") => 1e-5 * call.metrics as f64,
        ("monitoring", _) => 1e-5,
        ("ce", _) => 0.01,
        ("sqs", _) => 4e-7,
        ("s3", "ListObjectsV2") => 5e-6,
        _ => 0.0,
    }
}

/// Counts the questions that are on their way.
struct Counted {
    aws: Aws,
    under_way: AtomicUsize,
}

impl Cloud for Counted {
    fn observe<'a>(&'a self, ask: &'a Ask, progress: &'a Progress) -> Answer<'a> {
        Box::pin(async move {
            self.under_way.fetch_add(1, Ordering::SeqCst);
            let answer = self.aws.observe(ask, progress).await;
            self.under_way.fetch_sub(1, Ordering::SeqCst);
            answer
        })
    }
}

/// A fabric that is asked.
pub struct Simulated {
    account: Account,
    cloud: Arc<Counted>,
    poller: Poller,
    facts: mpsc::Receiver<Observation>,
    pub fabric: Fabric,
    pub began: Time,
    clock: Clock,
    /// When each thing on the screen was last told, and the longest that it was not since it was first told.
    told: HashMap<String, Time>,
    pub oldest: TimeDelta,
    looked_at: Interest,
    /// Dropped at the end, which lets the clock run again.
    _held: std::sync::mpsc::Sender<()>,
}

impl Simulated {
    /// Begins to ask, with a screen of so many agents and queues. Must be called in a runtime with one thread whose
    /// clock is paused.
    #[allow(clippy::disallowed_methods)]
    pub fn start(account: &Account, per_hour: f64, agents: usize, queues: usize) -> Self {
        // Without this tokio would move the clock on by itself whenever all wait for the network.
        let (held, wait) = std::sync::mpsc::channel::<()>();
        tokio::task::spawn_blocking(move || wait.recv().ok());
        let (wall, zero) = (chrono::Utc::now(), Instant::now());
        account.begin(wall);
        // No two answers come at the same moment, as on any machine whose clock goes.
        let read = AtomicI64::new(0);
        let clock: Clock =
            Arc::new(move || wall + zero.elapsed() + TimeDelta::nanoseconds(read.fetch_add(1, Ordering::Relaxed)));
        let regions: Vec<RegionId> = vec![REGION.into()];
        let aws = aws(account, &regions, clock.clone(), |connection| {
            // Not every deployment has a bucket.
            connection.names.results_bucket = String::new();
            // As on AWS.
            connection.log_calls_per_second = 5;
        });
        let cloud = Arc::new(Counted { aws, under_way: AtomicUsize::new(0) });
        let asked: Arc<dyn Cloud> = cloud.clone();
        let prices = Arc::new(Prices::default());
        let terms = Terms { fabric: "lab".into(), per_hour, prices, clock: clock.clone() };
        let (poller, facts) = Poller::start(&asked, &regions, &terms);
        let agents = (0..agents).map(|n| {
            let (session, agent) = crowd::agent(n);
            AgentKey::new(session, agent)
        });
        let queues = (0..queues).map(|n| QueueKey { region: REGION.into(), name: crowd::queue(n).into() });
        // The overview feeds on all of them.
        let interest =
            Interest { questions: Question::ALL.to_vec(), agents: agents.collect(), queues: queues.collect() };
        poller.look(interest.clone());
        let began = clock();
        let mut fabric = Fabric::new(&regions, Rules::default(), 100_000, began);
        fabric.charge(Prices::default(), per_hour);
        let oldest = TimeDelta::zero();
        Self {
            account: account.clone(),
            cloud,
            poller,
            facts,
            fabric,
            began,
            clock,
            told: HashMap::new(),
            oldest,
            looked_at: interest,
            _held: held,
        }
    }

    /// What `Ctrl-r` does.
    pub fn ask_now(&self) {
        self.poller.ask_now();
    }

    /// Makes a change, as an order does.
    pub async fn order(&self, call: ControlCall) {
        let directed = Directed { region: REGION.into(), call };
        self.cloud.aws.control(&directed).await.expect("it is done");
    }

    /// The time in there.
    pub fn now(&self) -> Time {
        (self.clock)()
    }

    /// Lets so much time pass, and everything happen that comes with it.
    pub async fn pass(&mut self, time: TimeDelta) {
        let end = self.now() + time;
        while self.now() < end {
            let real = std::time::Instant::now();
            loop {
                self.hear();
                let mut quiet = 0;
                while quiet < 20 && self.cloud.under_way.load(Ordering::SeqCst) == 0 {
                    tokio::task::yield_now().await;
                    quiet += 1;
                }
                if quiet == 20 || real.elapsed() > Duration::from_millis(20) {
                    break;
                }
                tokio::task::yield_now().await;
            }
            // An emulator is given the time that it takes: no call may run out of time for it.
            if self.account.busy() > 0 {
                continue;
            }
            // What waits for the network gets time, and what waits for time gets some as well.
            let is_quiet = self.cloud.under_way.load(Ordering::SeqCst) == 0;
            self.advance(if is_quiet { 500 } else { 50 }).await;
        }
        // What the proxy has counted is to be known here too, and what is due now begins before that.
        loop {
            for _ in 0..100 {
                tokio::task::yield_now().await;
            }
            self.hear();
            if self.cloud.under_way.load(Ordering::SeqCst) == 0 {
                break;
            }
            let real = std::time::Instant::now();
            while self.cloud.under_way.load(Ordering::SeqCst) > 0 && real.elapsed() < Duration::from_millis(20) {
                tokio::task::yield_now().await;
            }
            if self.account.busy() == 0 {
                self.advance(10).await;
            }
        }
        self.fabric.settle(self.now());
    }

    /// Moves all clocks on.
    async fn advance(&self, ms: u64) {
        let time = Duration::from_millis(ms);
        self.account.pass(time);
        tokio::time::advance(time).await;
    }

    fn hear(&mut self) {
        while let Ok(observation) = self.facts.try_recv() {
            let at = observation.at;
            match &observation.fact {
                Some(Fact::Metrics(readings)) => {
                    let agents = readings.iter().filter(|reading| !reading.tokens.is_empty());
                    let seen = agents.filter(|reading| self.looked_at.agents.contains(&reading.agent));
                    seen.map(|reading| reading.agent.to_string())
                        .collect::<Vec<_>>()
                        .iter()
                        .for_each(|n| self.tell(n, at));
                }
                Some(Fact::Queues(queues)) => {
                    let told = queues.iter().filter_map(|queue| Some((queue.name.clone(), queue.told?)));
                    let seen: Vec<_> =
                        told.filter(|(name, _)| self.looked_at.queues.iter().any(|key| key.name == *name)).collect();
                    seen.iter().for_each(|(name, at)| self.tell(name, *at));
                }
                _ => {}
            }
            self.fabric.apply(observation);
        }
    }

    fn tell(&mut self, name: &str, at: Time) {
        if let Some(before) = self.told.insert(name.to_owned(), at) {
            self.oldest = self.oldest.max(at - before);
        }
    }

    /// How many of the things on the screen were told at all.
    pub fn seen(&self) -> usize {
        self.told.len()
    }

    /// Calls by service and operation as the proxy counted them, and as the program's own bill has them.
    pub fn counts(&self) -> (BTreeMap<String, u64>, BTreeMap<String, u64>) {
        let mut proxy = BTreeMap::new();
        for call in self.account.calls() {
            *proxy.entry(call.question.operation.clone()).or_default() += 1;
        }
        let own = self.fabric.bill().tallies().filter(|(.., tally)| tally.all > 0);
        (proxy, own.map(|(_, name, tally)| (name.to_owned(), tally.all)).collect())
    }

    /// US dollars so far as the proxy counted them, and as the program's own bill has them.
    pub fn usd(&self) -> (f64, f64) {
        let proxy = self.account.calls().iter().map(price).sum();
        (proxy, self.fabric.bill().usd(self.now()).1)
    }
}
