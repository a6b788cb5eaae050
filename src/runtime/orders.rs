//! The road of orders, where it leaves the screen: what the app wants looked at, run, steered or approved is done in tasks
//! of its own, and what comes of it comes home as messages.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use super::wall_clock;
use crate::action::run::{Claim, Locked};
use crate::action::{
    Alone, Book, Consented, Event, Keeper, Locks, OrderId, Plan, Record, Resume, Runner, Steer, Tale, Who, approvals,
};
use crate::app::Msg;
use crate::cloud::{Clock, Control};
use crate::config::{Env, Settings, state_folder};
use crate::model::{Directed, FabricId, Probe, Refusal, RefusalKind, RegionId, Time};

/// Messages that wait for the screen. Orders that are faster than the screen wait.
const WAITING: usize = 256;
/// Probes of one plan are asked so many at a time.
const AT_ONCE: usize = 8;
/// An approval is looked for so often.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// When the engineer leaves, an order that runs gets so long to come to where it can stop.
const LEAVING: Duration = Duration::from_secs(5);
/// Copies of the record that wait to be sent.
const COPIES: usize = 1024;

/// Where the record and its key lie: beside those of real fabrics, but apart, in a demo. `None` without a home.
pub(crate) fn folder(env: &Env<'_>, is_demo: bool) -> Option<PathBuf> {
    state_folder(env).map(|folder| if is_demo { folder.join("demo") } else { folder })
}

/// What it takes to open the road.
pub(super) struct Opening<'a> {
    pub(super) settings: &'a Settings,
    pub(super) fabric: FabricId,
    pub(super) is_demo: bool,
    pub(super) control: Arc<dyn Control>,
    pub(super) regions: &'a [RegionId],
    pub(super) env: &'a Env<'a>,
}

/// Does what the app wants done about orders.
pub(super) struct Orders {
    control: Arc<dyn Control>,
    runner: Arc<Runner>,
    scribe: Arc<Scribe>,
    fabric: FabricId,
    /// The folder that everyone on this machine shares.
    shared: PathBuf,
    who: Who,
    home: mpsc::Sender<Msg>,
    steers: HashMap<OrderId, watch::Sender<Steer>>,
    runs: JoinSet<()>,
}

impl Orders {
    /// Opens the record and makes ready to run orders. What happens comes out of the receiver, beginning with what the
    /// record holds. The error says why nothing can be ordered.
    pub(super) fn open(opening: &Opening<'_>) -> Result<(Self, mpsc::Receiver<Msg>), String> {
        let Opening { settings, fabric, is_demo, control, regions, env } = opening;
        let folder = folder(env, *is_demo).ok_or("there is no place for the record: set HOME or XDG_STATE_HOME")?;
        let who = Who::runs_this(*env, None);
        let record = Record::open(&folder, fabric.clone(), who.clone()).map_err(|error| error.to_string())?;
        let clock: Clock = Arc::new(wall_clock);
        let region = regions.first().cloned().unwrap_or_else(|| RegionId::from("us-east-1"));
        let group = settings.orders.record_group.as_ref().map(|group| (group.clone(), region.clone()));
        let scribe = Arc::new(Scribe::new(record, group, control.clone()));
        // Nobody else can reach the fabric of a demo.
        let keeper: Arc<dyn Keeper> = if *is_demo {
            Arc::new(Alone)
        } else {
            let locks = Locks::new(&settings.lock, region);
            Arc::new(Locked::new(locks, control.clone(), fabric.clone(), who.to_string(), clock.clone()))
        };
        let (news, mut told) = mpsc::channel(WAITING);
        let expires = settings.lock.expires.to_std().unwrap_or(LEAVING);
        let runner = Runner::new(control.clone(), scribe.clone(), keeper, clock, news, expires / 3);
        let (home, receiver) = mpsc::channel(WAITING);
        let orders = Self {
            control: control.clone(),
            runner: Arc::new(runner),
            scribe,
            fabric: fabric.clone(),
            shared: settings.lock.folder.clone(),
            who,
            home: home.clone(),
            steers: HashMap::new(),
            runs: JoinSet::new(),
        };
        let (runner, scribe) = (orders.runner.clone(), orders.scribe.clone());
        tokio::spawn(async move {
            let tales = match scribe.tales() {
                Ok(tales) => tales,
                Err(why) => return drop(home.send(Msg::ReadOnly(why)).await),
            };
            // What an earlier run of the program left behind is closed, or stands still to be taken up.
            let left: Vec<Tale> = tales.iter().filter(|tale| !tale.is_over()).cloned().collect();
            let settling = async {
                for tale in left {
                    runner.settle(tale).await;
                }
                drop(runner);
            };
            let first = async { home.send(Msg::Tales(tales)).await };
            drop(first.await);
            tokio::spawn(async move {
                while let Some((order, at, event)) = told.recv().await {
                    if home.send(Msg::Happened(order, at, event)).await.is_err() {
                        return;
                    }
                }
            });
            settling.await;
        });
        Ok((orders, receiver))
    }

    /// AWS has said who asks: the record holds it from now on.
    pub(super) fn identified(&self, arn: &str) {
        self.scribe.identified(arn);
    }

    /// Looks at things for the plan of an order.
    pub(super) fn probe(&self, id: OrderId, probes: Vec<Probe>) {
        let (control, home) = (self.control.clone(), self.home.clone());
        tokio::spawn(async move {
            let asked = stream::iter(probes).map(|probe| {
                let control = control.clone();
                async move {
                    let found = control.probe(&probe).await;
                    (probe, found)
                }
            });
            let found = asked.buffered(AT_ONCE).collect().await;
            drop(home.send(Msg::Probed(id, found)).await);
        });
    }

    /// Runs a plan that the guard has let pass.
    pub(super) fn run(&mut self, plan: Plan, why: String, consented: Consented) {
        let (runner, steer) = (self.runner.clone(), self.steered(&plan.id));
        self.runs.spawn(async move { drop(runner.run(plan, why, consented, steer).await) });
    }

    /// Takes up an order that stands still, as the record has it.
    pub(super) fn resume(&mut self, id: &OrderId, how: Resume) {
        let tale = match self.scribe.tale(id) {
            Ok(Some(tale)) => tale,
            Ok(None) => return self.refuse(id, "the record does not hold it".to_owned()),
            Err(why) => return self.refuse(id, why),
        };
        let why = match how {
            Resume::Continue => "continued by hand",
            Resume::Undo => "taken back by hand",
            Resume::Leave => "left as it stands, by hand",
        };
        let (runner, steer) = (self.runner.clone(), self.steered(id));
        self.runs.spawn(async move { drop(runner.resume(tale, how, why.to_owned(), steer).await) });
    }

    /// Steers an order that runs.
    pub(super) fn steer(&self, id: &OrderId, to: Steer) {
        if let Some(steer) = self.steers.get(id) {
            steer.send_replace(to);
        }
    }

    /// Asks a second person, and waits for the answer for as long as one counts.
    pub(super) fn ask_approval(&self, plan: &Plan, why: &str) {
        let (shared, home, id) = (self.shared.clone(), self.home.clone(), plan.id.clone());
        let hash = match approvals::ask(&shared, &self.fabric, plan, why, &self.who, wall_clock()) {
            Ok(hash) => hash,
            Err(error) => return self.refuse(&id, error.to_string()),
        };
        tokio::spawn(async move {
            while !home.is_closed() {
                tokio::time::sleep(LOOK_EVERY).await;
                if let Some(user) = approvals::given(&shared, &id, &hash, Who::own_uid(), wall_clock()) {
                    approvals::withdraw(&shared, &id);
                    return drop(home.send(Msg::Approved(id, user)).await);
                }
            }
        });
    }

    /// Waits until what runs has come to where it can stop, but not for long: the record says what was under way.
    pub(super) async fn leave(&mut self) {
        for steer in self.steers.values() {
            steer.send_replace(Steer::Stop);
        }
        let all = async { while self.runs.join_next().await.is_some() {} };
        drop(tokio::time::timeout(LEAVING, all).await);
    }

    fn steered(&mut self, id: &OrderId) -> watch::Receiver<Steer> {
        while self.runs.try_join_next().is_some() {}
        self.steers.retain(|_, steer| !steer.is_closed());
        let (sender, receiver) = watch::channel(Steer::Go);
        self.steers.insert(id.clone(), sender);
        receiver
    }

    fn refuse(&self, id: &OrderId, why: String) {
        let event = Event::Stopped { why };
        drop(self.home.try_send(Msg::Happened(id.clone(), wall_clock(), event)));
    }
}

/// What a probe is answered with before there is anything to ask.
pub(super) fn not_yet(probes: Vec<Probe>) -> Vec<(Probe, Result<crate::model::Probed, Refusal>)> {
    let reason = "nothing can be asked yet: there is no connection";
    let refusal = Refusal { kind: RefusalKind::Later, reason: reason.to_owned(), request_id: None };
    probes.into_iter().map(|probe| (probe, Err(refusal.clone()))).collect()
}

/// The record as the runner's book, which also sends a copy of every entry to where the configuration wants one.
struct Scribe {
    record: Mutex<Record>,
    copies: Option<(String, RegionId, mpsc::Sender<Directed>)>,
}

impl Scribe {
    fn new(record: Record, group: Option<(String, RegionId)>, control: Arc<dyn Control>) -> Self {
        let copies = group.map(|(group, region)| {
            let (sender, mut waiting) = mpsc::channel::<Directed>(COPIES);
            tokio::spawn(async move {
                while let Some(copy) = waiting.recv().await {
                    if let Err(refusal) = control.control(&copy).await {
                        tracing::warn!("the copy of the record was not taken: {refusal}");
                    }
                }
            });
            (group, region, sender)
        });
        Self { record: Mutex::new(record), copies }
    }

    fn tales(&self) -> Result<Vec<Tale>, String> {
        self.with(|record| record.tales().map_err(|error| error.to_string()))
    }

    fn identified(&self, arn: &str) {
        self.with(|record| record.identified(arn));
    }

    fn with<T>(&self, act: impl FnOnce(&mut Record) -> T) -> T {
        // Each write mends what the one before left.
        act(&mut self.record.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Book for Scribe {
    fn write(&self, at: Time, order: &OrderId, event: &Event) -> Result<(), String> {
        self.record.write(at, order, event)?;
        if let Some((group, region, copies)) = &self.copies
            && event.is_kept()
            && let Some(copy) = self.with(|record| record.copy(group, region))
            && copies.try_send(copy).is_err()
        {
            tracing::warn!("the copy of the record falls behind: an entry of {order} is not sent");
        }
        Ok(())
    }

    fn claim(&self, order: &OrderId) -> Result<Claim, String> {
        self.record.claim(order)
    }

    fn tale(&self, order: &OrderId) -> Result<Option<Tale>, String> {
        self.record.tale(order)
    }
}
