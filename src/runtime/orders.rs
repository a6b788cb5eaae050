//! What the screen orders is done here: probes are asked, plans run, and everything that happens comes home as a message.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use ed25519_dalek::SigningKey;
use futures_util::StreamExt;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use super::ledger::Ledger;
use super::origin::Connected;
use crate::action::approvals::ApprovalError;
use crate::action::run::Locked;
use crate::action::{
    Alone, Keeper, Locks, News, OrderId, Outcome, Plan, Resume, Runner, Standing, Steer, Tale, Who, approvals, keys,
};
use crate::app::{Effect, Msg};
use crate::cloud::{Clock, Control};
use crate::config::Settings;
use crate::model::{About, FabricId, Probe, Probed, Refusal, RefusalKind, RegionId};

/// What does not answer for so long is not waited for: a plan that says so is better than none.
const PATIENCE: Duration = Duration::from_secs(20);
/// So many things are looked at at once.
const AT_ONCE: usize = 8;
/// So many messages may wait for the screen.
const ROOM: usize = 1024;
/// How often it is looked whether a second person has approved.
const LOOK: Duration = Duration::from_secs(1);
/// How long leaving waits for calls that are out.
const LEAVING: Duration = Duration::from_secs(15);

/// The record, whose it is, and the key that signs it and the messages.
#[derive(Clone)]
pub(super) struct Desk {
    pub(super) ledger: Arc<Ledger>,
    pub(super) key: SigningKey,
    who: Who,
    fabric: FabricId,
    /// The folder that everyone on this machine shares.
    shared: PathBuf,
    /// Nobody else can reach this fabric, and it is another one at each start.
    is_demo: bool,
}

impl Desk {
    /// Opens the record of a state folder, where there is one; made with its key at the first use.
    ///
    /// # Errors
    ///
    /// Why nothing can be ordered: what is done must be on the record.
    pub(super) fn open(
        state: Option<PathBuf>,
        fabric: &str,
        who: Who,
        shared: PathBuf,
        is_demo: bool,
    ) -> Result<Self, String> {
        let state = state.ok_or("there is no place for the record: neither XDG_STATE_HOME nor HOME is set")?;
        let fabric = FabricId::from(fabric);
        let failed = |error: crate::action::RecordError| format!("the record cannot be kept: {error}");
        let ledger = Arc::new(Ledger::open(&state, fabric.clone(), who.clone()).map_err(failed)?);
        let key = keys::load_or_make(&state).map_err(failed)?;
        Ok(Self { ledger, key, who, fabric, shared, is_demo })
    }
}

/// What carries orders out.
pub(super) struct Orders {
    control: Arc<dyn Control>,
    /// `None` where nothing may ever be ordered: then it is only looked.
    hands: Option<Hands>,
    clock: Clock,
    /// What is looked at, and what comes to its end by itself.
    tasks: JoinSet<()>,
    home: mpsc::Sender<Msg>,
    arrived: mpsc::Receiver<Msg>,
    news: mpsc::Receiver<News>,
}

/// What can do more than look.
struct Hands {
    desk: Desk,
    runner: Arc<Runner>,
    keeper: Arc<dyn Keeper>,
    /// Orders that run.
    runs: JoinSet<()>,
    steers: HashMap<OrderId, watch::Sender<Steer>>,
    /// Plans that wait for a second person.
    waiting: HashMap<OrderId, tokio::task::AbortHandle>,
}

impl Orders {
    /// Makes ready to carry orders out, and closes what an earlier run of the program left open.
    pub(super) fn start(settings: &Settings, desk: Option<Desk>, connected: &Connected, clock: Clock) -> Self {
        let (home, arrived) = mpsc::channel(ROOM);
        let (screen, news) = mpsc::channel(ROOM);
        let control = connected.control.clone();
        let hands = desk.map(|desk| Hands::new(settings, desk, connected, &clock, screen));
        let mut orders = Self { control, hands, clock, tasks: JoinSet::new(), home, arrived, news };
        if let Some(region) = connected.regions.first() {
            orders.learn_who(region.clone());
            if let Some(group) = &settings.orders.record_group {
                orders.copy_to(group.clone(), region.clone());
            }
        }
        orders.settle();
        orders
    }

    /// The next thing that comes home.
    pub(super) async fn next(&mut self) -> Msg {
        tokio::select! {
            biased;
            Some((id, at, event)) = self.news.recv() => Msg::Happened(id, at, event),
            Some(msg) = self.arrived.recv() => msg,
            else => std::future::pending().await,
        }
    }

    /// Who AWS takes us for goes onto the record.
    fn learn_who(&mut self, region: RegionId) {
        let Some(desk) = self.hands.as_ref().map(|hands| hands.desk.clone()) else { return };
        let control = self.control.clone();
        self.tasks.spawn(async move {
            let probe = Probe { region, about: About::Identity };
            if let Ok(Ok(Probed::Identity(identity))) = timeout(PATIENCE, control.probe(&probe)).await {
                desk.ledger.identified(&identity.arn);
            }
        });
    }

    /// Sends copies of the record to a log group, one after another.
    fn copy_to(&mut self, group: String, region: RegionId) {
        let Some(hands) = &self.hands else { return };
        let (sender, mut copies) = mpsc::channel(ROOM);
        hands.desk.ledger.copy_to(group, region, sender);
        let (control, home) = (self.control.clone(), self.home.clone());
        self.tasks.spawn(async move {
            while let Some(call) = copies.recv().await {
                if let Err(refusal) = control.control(&call).await {
                    drop(home.send(Msg::Trouble(format!("copying the record: {refusal}"))).await);
                }
            }
        });
    }

    /// Closes what was left open, and tells of all orders.
    fn settle(&mut self) {
        let Some(hands) = &self.hands else { return };
        let (runner, desk, home) = (hands.runner.clone(), hands.desk.clone(), self.home.clone());
        self.tasks.spawn(async move {
            let told = match desk.ledger.tales() {
                Ok(tales) => {
                    let open: Vec<Tale> = tales.into_iter().filter(|tale| !tale.is_over()).collect();
                    for tale in open {
                        runner.settle(tale).await;
                    }
                    desk.ledger.tales()
                }
                Err(error) => Err(error),
            };
            let msg = match told {
                // A demo that begins anew knows nothing of what an earlier one has done.
                Ok(tales) if desk.is_demo => Msg::Tales(tales.into_iter().filter(|tale| !tale.is_over()).collect()),
                Ok(tales) => Msg::Tales(tales),
                Err(error) => Msg::ReadOnly(format!("the record cannot be read: {error}")),
            };
            drop(home.send(msg).await);
        });
    }

    /// Does what the app wants done about an order. `tale` is the order as the app knows it, `reason` why orders are open.
    pub(super) fn carry_out(&mut self, effect: Effect, tale: Option<Tale>, reason: &str) {
        // What is over is let go.
        while self.tasks.try_join_next().is_some() {}
        let (home, clock) = (self.home.clone(), self.clock.clone());
        match (effect, &mut self.hands) {
            (Effect::Probe(id, probes), _) => self.probe(id, probes),
            (Effect::Run { plan, why, consented }, Some(hands)) => {
                hands.withdraw(&plan.id);
                let steer = hands.steered(&plan.id);
                let (runner, id) = (hands.runner.clone(), plan.id.clone());
                hands.runs.spawn(async move {
                    let standing = runner.run(*plan, why, consented, steer).await;
                    drop(home.send(Msg::Stands(id, standing)).await);
                });
            }
            (Effect::Run { plan, .. }, None) => self.tell(Msg::Stands(plan.id, refused())),
            (Effect::Resume(id, how), Some(hands)) => {
                if let Some(tale) = tale {
                    hands.resume(id, tale, how, reason.to_owned(), home);
                }
            }
            (Effect::Steer(id, steer), Some(hands)) => {
                if let Some(steering) = hands.steers.get(&id) {
                    steering.send_replace(steer);
                }
            }
            (Effect::AskApproval { plan, why, .. }, Some(hands)) => {
                if let Err(error) = hands.ask_approval(*plan, &why, &clock, home, &mut self.tasks) {
                    self.tell(Msg::Trouble(format!("asking for an approval: {error}")));
                }
            }
            (Effect::Withdraw(id), Some(hands)) => hands.withdraw(&id),
            (Effect::BreakLock(target, why), Some(hands)) => {
                let (ledger, keeper) = (hands.desk.ledger.clone(), hands.keeper.clone());
                self.tasks.spawn(async move {
                    let msg = break_lock(&ledger, &*keeper, &target, &why, &clock).await;
                    drop(home.send(msg.map_or_else(Msg::Trouble, Msg::Told)).await);
                });
            }
            (Effect::Note(text), Some(hands)) => {
                if let Err(error) = hands.desk.ledger.note(clock(), &text) {
                    self.tell(Msg::ReadOnly(format!("the record cannot be written: {error}")));
                }
            }
            _ => {}
        }
    }

    fn tell(&mut self, msg: Msg) {
        let home = self.home.clone();
        self.tasks.spawn(async move { drop(home.send(msg).await) });
    }

    fn probe(&mut self, id: OrderId, probes: Vec<Probe>) {
        let (control, home) = (self.control.clone(), self.home.clone());
        self.tasks.spawn(async move {
            let asked = futures_util::stream::iter(probes).map(|probe| {
                let control = control.clone();
                async move {
                    let late = |_| Err(unanswered("no answer within 20 s"));
                    let answer = timeout(PATIENCE, control.probe(&probe)).await.unwrap_or_else(late);
                    (probe, answer)
                }
            });
            let answers = asked.buffer_unordered(AT_ONCE).collect().await;
            drop(home.send(Msg::Probed(id, answers)).await);
        });
    }

    /// Before the program ends: waits a while for the calls that are out, so that the record tells how they ended.
    pub(super) async fn finish(self) {
        let Self { hands, mut arrived, mut news, .. } = self;
        let Some(mut hands) = hands else { return };
        for id in hands.waiting.keys().cloned().collect::<Vec<_>>() {
            hands.withdraw(&id);
        }
        let drained = async {
            loop {
                tokio::select! {
                    next = hands.runs.join_next() => if next.is_none() { break },
                    Some(_) = arrived.recv() => {}
                    Some(_) = news.recv() => {}
                }
            }
        };
        drop(timeout(LEAVING, drained).await);
    }
}

impl Hands {
    fn new(settings: &Settings, desk: Desk, connected: &Connected, clock: &Clock, screen: mpsc::Sender<News>) -> Self {
        let control = connected.control.clone();
        // The locks lie where the work goes, not where it fails. Nobody else can reach the fabric of a demo.
        let region = connected.regions.get(1).or(connected.regions.first()).cloned();
        let keeper: Arc<dyn Keeper> = match region.filter(|_| !desk.is_demo) {
            None => Arc::new(Alone),
            Some(region) => {
                let locks = Locks::new(&settings.lock, region);
                let (fabric, name) = (desk.fabric.clone(), desk.who.to_string());
                Arc::new(Locked::new(locks, control.clone(), fabric, name, clock.clone()))
            }
        };
        let renew = (settings.lock.expires / 3).to_std().unwrap_or(Duration::from_mins(10));
        let runner = Runner::new(control, desk.ledger.clone(), keeper.clone(), clock.clone(), screen, renew);
        let (steers, waiting) = (HashMap::new(), HashMap::new());
        Self { desk, runner: Arc::new(runner), keeper, runs: JoinSet::new(), steers, waiting }
    }

    fn steered(&mut self, id: &OrderId) -> watch::Receiver<Steer> {
        while self.runs.try_join_next().is_some() {}
        self.steers.retain(|_, steering| !steering.is_closed());
        let (sender, steer) = watch::channel(Steer::Go);
        self.steers.insert(id.clone(), sender);
        steer
    }

    fn resume(&mut self, id: OrderId, tale: Tale, how: Resume, why: String, home: mpsc::Sender<Msg>) {
        // The app has said already that it runs: what the runner takes up stands still.
        let tale = Tale { standing: Standing::Stopped(String::new()), ..tale };
        let steer = self.steered(&id);
        let runner = self.runner.clone();
        self.runs.spawn(async move {
            let standing = runner.resume(tale, how, why, steer).await;
            drop(home.send(Msg::Stands(id, standing)).await);
        });
    }

    /// Asks a second person, and looks whether they have approved until the request counts no more.
    fn ask_approval(
        &mut self,
        plan: Plan,
        why: &str,
        clock: &Clock,
        home: mpsc::Sender<Msg>,
        tasks: &mut JoinSet<()>,
    ) -> Result<(), ApprovalError> {
        let (shared, clock) = (self.desk.shared.clone(), clock.clone());
        let hash = approvals::ask(&shared, &self.desk.fabric, &plan, why, &self.desk.who, clock())?;
        let id = plan.id.clone();
        let task = tasks.spawn(async move {
            let end = clock() + approvals::COUNTS_FOR;
            while clock() < end {
                if let Some(by) = approvals::given(&shared, &id, &hash, Who::own_uid(), clock()) {
                    return drop(home.send(Msg::Approved(id, by)).await);
                }
                sleep(LOOK).await;
            }
        });
        self.waiting.insert(plan.id, task);
        Ok(())
    }

    /// Nobody needs to approve it any more.
    fn withdraw(&mut self, id: &OrderId) {
        if let Some(task) = self.waiting.remove(id) {
            task.abort();
            approvals::withdraw(&self.desk.shared, id);
        }
    }
}

/// Takes a lock away, with the record told before and after. Gives what came of it.
async fn break_lock(
    ledger: &Ledger,
    keeper: &dyn Keeper,
    target: &str,
    why: &str,
    clock: &Clock,
) -> Result<String, String> {
    let note =
        |text: &str| ledger.note(clock(), text).map_err(|error| format!("the record cannot be written: {error}"));
    note(&format!("breaking the lock of {target}: {why}"))?;
    match keeper.break_it(target, why).await {
        Ok(sentence) => note(&sentence).map(|()| sentence),
        Err(not) => {
            let text = format!("the lock of {target} was not broken: {not}");
            note(&text)?;
            Err(text)
        }
    }
}

/// How an order stands that cannot be run at all.
pub(super) fn refused() -> Standing {
    Standing::Ended(Outcome::Failed, "nothing can be ordered here; nothing was called".to_owned())
}

/// What stands for an answer that did not come.
pub(super) fn unanswered(reason: &str) -> Refusal {
    Refusal { kind: RefusalKind::Later, reason: reason.to_owned(), request_id: None }
}
