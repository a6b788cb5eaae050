//! The whole program but for its terminal: the real SDK, poller, fabric, app and screen, on a clock that is put forward
//! by hand. Thirty seconds of silence take no time.

use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_smithy_runtime_api::client::http::SharedHttpClient;
use chrono::{TimeDelta, Utc};
use infradeck::app::{App, Effect, Keymap, Msg, Pane, Start, View};
use infradeck::cloud::aws::{Aws, Connection};
use infradeck::cloud::{Answer, Ask, Clock, Cloud, Progress};
use infradeck::config::{Rules, Themes};
use infradeck::fabric::Fabric;
use infradeck::model::{Fact, Observation, RegionId, Time};
use infradeck::poll::{Poller, Terms};
use infradeck::snapshot::Snapshot;
use serde_json::Value;
use tokio::sync::mpsc;

use crate::scene::look::{drawn, text};
use crate::scene::play::desk;
use crate::support::Account;
use crate::support::clients::aws;

/// Counts the questions that are not answered yet, and notes the lines that answers bring.
struct Watched {
    aws: Aws,
    waiting: Arc<AtomicUsize>,
    brought: Arc<Mutex<Vec<u64>>>,
}

impl Cloud for Watched {
    fn observe<'a>(&'a self, ask: &'a Ask, progress: &'a Progress) -> Answer<'a> {
        Box::pin(async move {
            self.waiting.fetch_add(1, Ordering::SeqCst);
            let answer = self.aws.observe(ask, progress).await;
            self.waiting.fetch_sub(1, Ordering::SeqCst);
            if let Some(Fact::Logs(lines, _)) = &answer.fact {
                self.brought.lock().expect("held for a moment").extend(lines.iter().map(|line| line.id));
            }
            answer
        })
    }
}

/// The program, watching an account. Lives in a runtime whose clock is paused.
pub struct Deck {
    /// What the engineer sees.
    pub app: App,
    account: Account,
    poller: Poller,
    facts: mpsc::Receiver<Observation>,
    waiting: Arc<AtomicUsize>,
    /// The log lines that answers brought, by id, in order; doubles too.
    pub brought: Arc<Mutex<Vec<u64>>>,
    began: Time,
    elapsed_ms: Arc<AtomicI64>,
    /// So often, half a millisecond apart, nothing may move before nothing is taken to be on its way.
    pub still: u32,
}

impl Deck {
    /// Starts to ask. `change` may set what the configuration cannot.
    pub fn start(account: &Account, regions: &[&str], change: impl FnOnce(&mut Connection)) -> Self {
        Self::reaching(account, regions, None, change)
    }

    /// The same, through another HTTP client than the program's own.
    #[allow(clippy::disallowed_methods)]
    pub fn reaching(
        account: &Account,
        regions: &[&str],
        http: Option<SharedHttpClient>,
        change: impl FnOnce(&mut Connection),
    ) -> Self {
        let regions: Vec<RegionId> = regions.iter().map(|region| RegionId::from(*region)).collect();
        let began = Utc::now();
        account.begin(began);
        let elapsed_ms = Arc::new(AtomicI64::new(0));
        let hand = elapsed_ms.clone();
        let clock: Clock = Arc::new(move || began + TimeDelta::milliseconds(hand.load(Ordering::SeqCst)));

        let waiting = Arc::new(AtomicUsize::new(0));
        // Money is no matter here.
        let terms = Terms { fabric: "lab".into(), per_hour: 100.0, prices: Arc::default(), clock: clock.clone() };
        let mut aws = aws(account, &regions, clock, |connection| {
            // As on AWS, though it is an emulator.
            connection.log_calls_per_second = 5;
            change(connection);
        });
        if let Some(http) = http {
            aws = aws.through(http);
        }
        let brought: Arc<Mutex<Vec<u64>>> = Arc::default();
        let cloud: Arc<dyn Cloud> = Arc::new(Watched { aws, waiting: waiting.clone(), brought: brought.clone() });

        let fabric = Fabric::new(&regions, Rules::default(), 100_000, began);
        let start = Start::new("lab", desk(&regions));
        let themes: Vec<_> = Themes::built_in().expect("the themes read").iter().cloned().collect();
        let mut app = App::new(fabric, start, themes[0].clone(), themes, Keymap::default(), began);
        app.update(began, Msg::Resize(120, 40));
        let (poller, facts) = Poller::start(&cloud, &regions, &terms);
        Self { app, account: account.clone(), poller, facts, waiting, brought, began, elapsed_ms, still: 40 }
    }

    /// The moment.
    pub fn now(&self) -> Time {
        self.began + TimeDelta::milliseconds(self.elapsed_ms.load(Ordering::SeqCst))
    }

    /// Lets seconds pass.
    pub async fn pass(&mut self, seconds: u64) {
        for _ in 0..seconds {
            self.settle().await;
            let second = Duration::from_secs(1);
            self.elapsed_ms.fetch_add(1000, Ordering::SeqCst);
            self.account.pass(second);
            tokio::time::advance(second).await;
        }
        self.settle().await;
    }

    /// Lets the clock of this machine jump, as after a sleep of the laptop: nothing else notices.
    pub fn jump(&mut self, time: TimeDelta) {
        self.elapsed_ms.fetch_add(time.num_milliseconds(), Ordering::SeqCst);
        self.account.pass(time.to_std().unwrap());
    }

    /// Waits until nothing happens any more but for time to pass.
    async fn settle(&mut self) {
        let mut still = 0;
        while still < self.still {
            for _ in 0..16 {
                tokio::task::yield_now().await;
            }
            let mut news = Vec::new();
            while let Ok(observation) = self.facts.try_recv() {
                news.push(observation);
            }
            let is_quiet = news.is_empty() && self.account.busy() == 0;
            if !news.is_empty() {
                self.tell(Msg::Facts(news));
            }
            still = if is_quiet { still + 1 } else { 0 };
            // Where nobody waits for an answer nothing can come.
            if is_quiet && self.waiting.load(Ordering::SeqCst) == 0 && still > 2 {
                break;
            }
            std::thread::sleep(Duration::from_micros(500));
        }
        self.tell(Msg::Tick);
    }

    fn tell(&mut self, msg: Msg) {
        let now = self.now();
        for effect in self.app.update(now, msg) {
            match effect {
                Effect::Look(interest) => self.poller.look(interest),
                Effect::AskNow => self.poller.ask_now(),
                other => panic!("nobody ordered {other:?}"),
            }
        }
    }

    /// What is known, as `infradeck snapshot --json` prints it.
    pub fn snapshot(&mut self) -> Value {
        let now = self.now();
        self.app.fabric.settle(now);
        let json = Snapshot::of(&self.app.fabric, "lab", None).to_json().expect("a snapshot");
        serde_json::from_str(&json).expect("JSON")
    }

    /// What a pane shows on a screen of this size: the cells of its own, line by line.
    pub fn pane(&mut self, pane: Pane, size: (u16, u16)) -> String {
        let (size_before, view) = (self.app.size, self.app.view);
        self.tell(Msg::Resize(size.0, size.1));
        let shows = |view: &View| view.main() == pane || (*view == View::Agents && pane == Pane::Sessions);
        let shown = View::ALL.into_iter().find(shows).expect("a view for each pane");
        self.show(shown);
        if self.app.focus != pane {
            self.tell(Msg::Key("tab".parse().expect("a key")));
        }
        let (_, area) = *self.app.panes().iter().find(|(there, _)| *there == pane).expect("the pane is on the screen");
        let buffer = drawn(&self.app);
        let lines = (area.y..area.y + area.h).map(|y| {
            let cells = (area.x..area.x + area.w).map(|x| buffer[(x, y)].symbol());
            cells.collect::<String>()
        });
        let shown = lines.collect::<Vec<_>>().join("\n");
        self.show(view);
        self.tell(Msg::Resize(size_before.0, size_before.1));
        shown
    }

    /// Time passes on the screen, and nowhere else.
    pub fn tick(&mut self) {
        self.tell(Msg::Tick);
    }

    /// Gives a `:command`.
    pub fn command(&mut self, words: &str) {
        self.tell(Msg::Key(":".parse().expect("a key")));
        self.tell(Msg::Paste(words.to_owned()));
        self.tell(Msg::Key("enter".parse().expect("a key")));
    }

    fn show(&mut self, view: View) {
        self.tell(Msg::Key((view as usize + 1).to_string().parse().expect("a key")));
    }

    /// The whole screen.
    pub fn screen(&self) -> String {
        text(&drawn(&self.app))
    }
}
