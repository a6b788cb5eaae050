//! Days of a fabric whose agents come and go: the simulated cloud, the poller, the fabric, the app and the screen, by a
//! clock that runs as fast as the work is done.

#![allow(clippy::expect_used, reason = "a test says what it misses by panicking")]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::TimeDelta;
use infradeck::app::{App, Keymap, Msg, Start};
use infradeck::cloud::lexicon::Lexicon;
use infradeck::cloud::sim::{Scenario, Sim};
use infradeck::cloud::{Answer, Ask, Clock, Cloud, Progress};
use infradeck::config::{Depth, Rules, Themes};
use infradeck::fabric::Fabric;
use infradeck::model::{Observation, Time};
use infradeck::poll::{Poller, Terms};
use infradeck::ui::{Look, draw};
use peak_alloc::PeakAlloc;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use tokio::time::{Instant, MissedTickBehavior, interval};

use crate::play::desk;

/// Counts every byte that is asked for and given back.
#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

const DAY: i64 = 86_400;
const SIZE: (u16, u16) = (160, 45);

/// Keys of someone who looks around: into every view, a filter, a detail, a chart, and back out.
const KEYS: &str = "1 2 j j enter esc / n a esc esc s 3 G g 4 tab 5 / o k enter k k esc 6 7 8 enter esc 9 : a g esc space \
    space esc ! esc ? esc 1 n n esc";

/// How the program stands at the end of a day.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Standing {
    /// Bytes that are asked for and not given back.
    pub(crate) bytes: usize,
    /// What the fabric takes, by its own estimate.
    pub(crate) held: usize,
    /// Tasks that have not ended.
    pub(crate) tasks: usize,
    /// Open files.
    pub(crate) files: usize,
    /// Answers that came so far.
    pub(crate) answers: u64,
    /// Agents and log lines that are known.
    pub(crate) known: (usize, usize),
}

/// Bytes that are asked for and not given back, in the whole program.
pub(crate) fn bytes() -> usize {
    MEMORY.current_usage()
}

/// A demo in which each day brings new sessions, and those of the day before are gone. All of it is said anew each time,
/// as a cloud that is really asked does.
struct Days {
    sim: Sim,
    clock: Clock,
    names: Mutex<Lexicon>,
    takes: Duration,
}

/// The same observation of another day's sessions, and nothing shared with the first.
pub(crate) fn said_anew(observation: &Observation, day: i64) -> Observation {
    let mut text = serde_json::to_string(observation).expect("it can be written");
    for session in ["navidocs", "pricing-research", "log-triage", "release-notes"] {
        text = text.replace(session, &format!("{session}-d{day}"));
    }
    serde_json::from_str(&text).expect("it can be read")
}

impl Cloud for Days {
    fn observe<'a>(&'a self, ask: &'a Ask, progress: &'a Progress) -> Answer<'a> {
        Box::pin(async move {
            tokio::time::sleep(self.takes).await;
            let answer = self.sim.observe(ask, progress).await;
            let mut answer = said_anew(&answer, (self.clock)().timestamp() / DAY);
            if let Some(fact) = &mut answer.fact {
                self.names.lock().expect("the names").share(fact);
            }
            answer
        })
    }
}

/// Lives through so many days of `agents` agents, each answer taking so long, and tells how it stands after each day.
pub(crate) fn live(days: u32, agents: usize, takes: Duration, mut tell: impl FnMut(u32, Standing)) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build();
    runtime.expect("a runtime").block_on(async {
        let (start, epoch) = (Instant::now(), "2025-11-22T00:00:07Z".parse::<Time>().expect("a time"));
        let clock: Clock = Arc::new(move || epoch + TimeDelta::from_std(start.elapsed()).expect("not so long"));
        let scenario = Scenario::load("incident").expect("a scenario");
        let sim = Sim::new(&scenario, 7, Some(agents), epoch, clock.clone());
        let regions = sim.regions().to_vec();
        let fabric = Fabric::new(&regions, Rules::default(), 5_000, epoch).with_memory(64 << 20);
        let themes: Vec<_> = Themes::built_in().expect("the themes read").iter().cloned().collect();
        let opened = Start::new("demo", desk(&regions));
        let mut app = App::new(fabric, opened, themes[0].clone(), themes, Keymap::default(), epoch);
        app.update(epoch, Msg::Resize(SIZE.0, SIZE.1));
        let mut screen = Terminal::new(TestBackend::new(SIZE.0, SIZE.1)).expect("a terminal");
        let look = Look::new(Depth::True, false);
        let cloud: Arc<dyn Cloud> = Arc::new(Days { sim, clock: clock.clone(), names: Mutex::default(), takes });
        let terms = Terms { fabric: "demo".into(), per_hour: 0.5, prices: Arc::default(), clock: clock.clone() };
        let (poller, mut facts) = Poller::start(&cloud, &regions, &terms);
        let mut tick = interval(Duration::from_mins(1));
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let (mut keys, mut answers, mut day) = (KEYS.split_whitespace().cycle(), 0, 0);
        while day < days {
            tokio::select! {
                biased;
                Some(mut observation) = facts.recv() => {
                    answers += 1;
                    app.hear(&mut observation);
                    if facts.is_empty() {
                        app.update(clock(), Msg::Facts(Vec::new()));
                    }
                }
                _ = tick.tick() => {
                    let now = clock();
                    app.update(now, Msg::Tick);
                    for effect in app.update(now, Msg::Key(keys.next().expect("keys").parse().expect("a key"))) {
                        if let infradeck::app::Effect::Look(interest) = effect {
                            poller.look(interest);
                        }
                    }
                    while app.looked_through().is_some() {
                        app.look_on();
                    }
                    screen.draw(|frame| draw(&app, frame, &look)).expect("drawn");
                }
            }
            if (clock() - epoch).num_seconds() >= i64::from(day + 1) * DAY {
                day += 1;
                let files = std::fs::read_dir("/proc/self/fd").expect("the open files").count();
                let tasks = tokio::runtime::Handle::current().metrics().num_alive_tasks();
                let known = (app.fabric.agents().len(), app.fabric.logs().len());
                tell(day, Standing { bytes: bytes(), held: app.fabric.bytes(), tasks, files, answers, known });
            }
        }
    });
}

/// Whether nothing has grown from one evening to another.
pub(crate) fn assert_flat(first: Standing, last: Standing) {
    assert!(last.bytes < first.bytes * 11 / 10 + (1 << 20), "memory grew: {first:?} to {last:?}");
    assert!(last.held < first.held * 11 / 10 + (1 << 18), "what is held grew: {first:?} to {last:?}");
    assert_eq!((last.tasks, last.files), (first.tasks, first.files), "tasks or files leaked");
    assert!(last.known.0 < first.known.0 * 3 / 2, "agents that are gone stay: {first:?} to {last:?}");
}
