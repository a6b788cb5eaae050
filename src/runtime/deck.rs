//! The loop: the one `select!`, and the one owner of everything that changes.

mod feed;

use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use ratatui::Terminal;
use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep_until};

use super::orders::{self, Orders};
use super::shelf::{Found, Shelf};
use super::{RunError, Takeoff, wall_clock};
use crate::app::{App, Effect, Msg, Notice};
use crate::cloud::Clock;
use crate::cloud::replay::Playback;
use crate::config::{Depth, Env, Settings};
use crate::model::Observation;
use crate::poll::{Interest, Poller};
use crate::term::{self, Event, Guard, Input, Line, MouseKind, Screen, Signal, Signals, clipboard};
use crate::ui::{self, Look};

/// Facts are drawn at most so often, on a slow line less often; keys at once, or as soon as the line has room.
const FRAME: Duration = Duration::from_millis(33);
/// So many words about what goes on behind the screen may wait for it.
const WAITING: usize = 64;
/// What a shell reports for a program that SIGHUP ended.
const HANGUP: i32 = 129;

/// What Rust exits with after a panic.
const PANICKED: u8 = 101;

/// Everything that the loop owns.
struct Deck<'e> {
    app: App,
    look: Look,
    /// The line is slow, and this was seen to.
    is_spare: bool,
    guard: Guard,
    /// The terminal is given back because the engineer said so, until the shell wakes us.
    suspended: bool,
    terminal: Terminal<Screen<Line>>,
    /// What goes to the clipboard with the next frame.
    copied: Option<Vec<u8>>,
    /// Where the engineer's place on the screen is kept.
    shelf: Option<Shelf>,
    poller: Option<Poller>,
    /// The recording that is played.
    playback: Option<Arc<Playback>>,
    /// What arrives.
    facts: Option<Receiver<Observation>>,
    /// For what is to be said of what goes on behind the screen.
    home: Sender<Msg>,
    /// What carries orders out, once it is connected.
    orders: Option<Orders>,
    settings: &'e Settings,
    /// What is looked at, until there is a poller to tell.
    interest: Interest,
    /// The time: this machine's, or when a recording begins, until the cloud tells better.
    clock: Clock,
    env: &'e Env<'e>,
}

/// Why the loop ends.
enum End {
    Quit,
    Signal(i32),
}

/// Shows `app`, and what the cloud tells that comes out of `connect`, until the engineer leaves. Gives the exit code.
pub(super) async fn fly(
    settings: &Settings,
    app: App,
    shelf: Option<(Shelf, Found)>,
    connect: impl Future<Output = Result<Takeoff, RunError>>,
    env: &Env<'_>,
) -> Result<u8, RunError> {
    term::install_panic_hook();
    let mut signals = Signals::listen()?;
    let guard = Guard::enter(settings.screen.mouse)?;
    let mut input = Input::start()?;
    let (home, mut told) = mpsc::channel(WAITING);
    let mut deck = Deck::open(settings, app, shelf, guard, home, env)?;

    let mut connecting = Some(Box::pin(connect));
    // Since when there are facts that the screen does not show yet.
    let mut heard: Option<Instant> = None;
    // Whether what follows from them is known by now.
    let mut derived = false;
    let second = Duration::from_nanos(u64::from(1_000_000_000 - wall_clock().timestamp_subsec_nanos() % 1_000_000_000));
    let mut tick = interval_at(Instant::now() + second, Duration::from_secs(1));
    tick.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let mut drawn = Instant::now();
    let mut frame_due = None;

    loop {
        let connected = async {
            let Some(connecting) = connecting.as_mut() else { return pending().await };
            connecting.await
        };
        // With ten thousand agents to take in facts, to tell what follows and to put rows in order takes milliseconds each: what
        // comes together is shown together, and between any two steps a key comes first.
        let is_due = heard
            .is_some_and(|since| since.elapsed() >= FRAME || deck.facts.as_ref().is_none_or(|facts| facts.is_empty()));
        let arrived = async {
            let Some(facts) = deck.facts.as_mut() else { return pending().await };
            facts.recv().await
        };
        let came_home = async {
            let Some(orders) = deck.orders.as_mut() else { return pending().await };
            orders.next().await
        };
        let frame = async {
            let Some(due) = frame_due else { return pending().await };
            sleep_until(due).await;
            Line.room().await;
        };
        let mut by_hand = false;
        let end = tokio::select! {
            biased;
            event = input.next() => {
                by_hand = true;
                deck.input(event)?
            }
            signal = signals.next() => {
                by_hand = true;
                deck.signal(signal)?
            }
            () = frame => None,
            connected = connected => {
                connecting = None;
                deck.start(connected?)?;
                None
            }
            Some(msg) = told.recv() => deck.update(msg)?,
            msg = came_home => {
                by_hand = true;
                deck.update(msg)?
            }
            _ = tick.tick() => deck.tick().await?,
            () = std::future::ready(()), if is_due && !derived => {
                derived = true;
                deck.app.derive((deck.clock)());
                None
            }
            () = std::future::ready(()), if is_due => {
                (heard, derived) = (None, false);
                deck.update(Msg::Facts(Vec::new()))?
            }
            () = tokio::task::yield_now(), if deck.app.looked_through().is_some() => {
                deck.app.look_on();
                None
            }
            Some(observation) = arrived => {
                deck.hear(observation);
                heard.get_or_insert_with(Instant::now);
                None
            }
        };
        match end {
            None => {}
            Some(End::Quit) => {
                deck.leave().await;
                return Ok(0);
            }
            Some(End::Signal(code)) => return Ok(u8::try_from(code).unwrap_or(1)),
        }
        if !deck.suspended && !deck.guard.entered() {
            // A task panicked: the terminal has been given back and says why. Nobody would see what goes on.
            return Ok(PANICKED);
        }
        if deck.app.take_dirty() {
            let due = if by_hand { Instant::now() } else { drawn + FRAME.max(Line.pace()) };
            // What is due is not put off by what comes after it.
            frame_due = Some(frame_due.map_or(due, |before| due.min(before)));
        }
        // The newest state is what is drawn when there is room: frames are left out, and none waits.
        if frame_due.is_some_and(|due| due <= Instant::now()) && Line.has_room() {
            deck.draw()?;
            drawn = Instant::now();
            frame_due = None;
        }
    }
}

impl<'e> Deck<'e> {
    /// Takes the screen. The first frame comes before anything that might wait.
    fn open(
        settings: &'e Settings,
        app: App,
        shelf: Option<(Shelf, Found)>,
        guard: Guard,
        home: Sender<Msg>,
        env: &'e Env<'e>,
    ) -> Result<Self, RunError> {
        let (shelf, found) = shelf.unzip();
        let found = found.unwrap_or_default();
        let clock: Clock = match app.tape {
            Some(tape) => Arc::new(move || tape.from),
            None => Arc::new(wall_clock),
        };
        let terminal = Terminal::new(Screen::stdout()).map_err(RunError::Draw)?;
        let mut deck = Self {
            app,
            look: Look::new(settings.screen.depth_in(env), settings.screen.ascii),
            is_spare: false,
            guard,
            suspended: false,
            terminal,
            copied: None,
            shelf,
            poller: None,
            playback: None,
            facts: None,
            home,
            orders: None,
            settings,
            interest: Interest::default(),
            clock,
            env,
        };
        let size = deck.terminal.size().map_err(RunError::Draw)?;
        deck.update(Msg::Resize(size.width, size.height))?;
        for why in found.wrong {
            deck.update(Msg::Trouble(why))?;
        }
        if let Some((bookmark, then)) = found.bookmark {
            deck.app.return_to(bookmark, then);
        }
        deck.draw()?;
        Ok(deck)
    }

    fn draw(&mut self) -> Result<(), RunError> {
        self.spare();
        if self.guard.entered() {
            let (app, look) = (&self.app, &self.look);
            self.terminal.draw(|frame| ui::draw(app, frame, look)).map_err(RunError::Draw)?;
            if let Some(sequence) = self.copied.take() {
                self.terminal.backend_mut().send(&sequence).map_err(RunError::Draw)?;
            }
        }
        Ok(())
    }

    /// On a slow line true colours would take half of it.
    fn spare(&mut self) {
        let (wanted, ascii) = (self.settings.screen.depth, self.settings.screen.ascii);
        let depth = self.settings.screen.depth_in(self.env);
        if wanted.is_none() && depth > Depth::Ansi16 && !self.is_spare && Line.is_slow() {
            self.is_spare = true;
            self.look = Look::new(Depth::Ansi16, ascii);
            if self.app.notice.is_none() {
                self.app.says("The line is slow: 16 colours, since more take half of it. `[screen] depth` decides.");
            }
        }
    }

    fn start(&mut self, takeoff: Takeoff) -> Result<(), RunError> {
        let Takeoff { connected, desk, recorder } = takeoff;
        self.clock = connected.clock.clone();
        self.app.fabric.name_regions(&connected.regions);
        self.app.desk.regions.clone_from(&connected.regions);
        if let Ok(desk) = &desk {
            self.app.desk.key = desk.key.clone();
        }
        let (desk, why) = match desk {
            Ok(desk) => (Some(desk), None),
            Err(why) => (None, Some(why)),
        };
        self.orders = Some(Orders::start(self.settings, desk, &connected, self.clock.clone()));
        // What the command line has opened goes onto the record too.
        let opened = self.app.policy.unlocked.as_ref().map(|open| format!("unlocked from the start: {}", open.reason));
        match (why, opened) {
            // What the app knows already is not told again.
            (Some(why), _) if self.app.policy.read_only.is_none() => {
                self.update(Msg::ReadOnly(why))?;
            }
            (None, Some(text)) => self.order(Effect::Note(text)),
            _ => {}
        }
        self.feed(connected.feed, connected.regions, recorder);
        Ok(())
    }

    async fn tick(&mut self) -> Result<Option<End>, RunError> {
        if let Some(shelf) = &mut self.shelf
            && let Err(why) = shelf.keep(wall_clock(), self.app.bookmark()).await
        {
            self.shelf = None;
            self.update(Msg::Trouble(why))?;
        }
        self.update(Msg::Tick)
    }

    /// The engineer leaves.
    async fn leave(&mut self) {
        if let Some(orders) = self.orders.take() {
            orders.finish().await;
        }
        if let Some(shelf) = self.shelf.take() {
            shelf.clear().await;
        }
    }

    fn hear(&mut self, mut observation: Observation) {
        self.app.hear(&mut observation);
        // To free a listing takes as long as to take it in.
        tokio::spawn(async move { drop(observation) });
    }

    fn input(&mut self, event: Event) -> Result<Option<End>, RunError> {
        match event {
            Event::Key(key) => self.update(Msg::Key(key)),
            Event::Paste(text) => self.update(Msg::Paste(text)),
            Event::Resize { columns, rows } => self.update(Msg::Resize(columns, rows)),
            Event::Mouse(mouse) => match mouse.kind {
                MouseKind::Press => self.update(Msg::Click(mouse.column, mouse.row)),
                MouseKind::ScrollUp => self.update(Msg::Scroll(mouse.column, mouse.row, -3)),
                MouseKind::ScrollDown => self.update(Msg::Scroll(mouse.column, mouse.row, 3)),
            },
            Event::Closed => Ok(Some(End::Signal(HANGUP))),
        }
    }

    fn signal(&mut self, signal: Signal) -> Result<Option<End>, RunError> {
        match signal {
            Signal::Quit(code) | Signal::Hangup(code) => return Ok(Some(End::Signal(code))),
            Signal::Suspend => self.suspend(),
            Signal::Continue => {
                if self.guard.resume()? {
                    self.suspended = false;
                    self.terminal.clear().map_err(RunError::Draw)?;
                    let size = self.terminal.size().map_err(RunError::Draw)?;
                    return self.update(Msg::Resize(size.width, size.height));
                }
            }
        }
        Ok(None)
    }

    /// Tells the app what happened, and does what it asks for.
    fn update(&mut self, msg: Msg) -> Result<Option<End>, RunError> {
        for effect in self.app.update((self.clock)(), msg) {
            match effect {
                Effect::Quit => return Ok(Some(End::Quit)),
                Effect::Suspend => self.suspend(),
                Effect::Repaint => self.terminal.clear().map_err(RunError::Draw)?,
                Effect::Copy(text) => self.copy(&text),
                Effect::Wind(times) => {
                    if let Some(playback) = &self.playback {
                        playback.go_at(times);
                    }
                }
                Effect::GoTo(at) => self.go_to(at),
                Effect::AskNow => {
                    if let Some(poller) = &self.poller {
                        poller.ask_now();
                    }
                }
                Effect::Look(interest) => {
                    if let Some(poller) = &self.poller {
                        poller.look(interest.clone());
                    }
                    self.interest = interest;
                }
                effect => self.order(effect),
            }
        }
        Ok(None)
    }

    /// Does what the app wants done about orders.
    fn order(&mut self, effect: Effect) {
        let tale = match &effect {
            Effect::Resume(id, _) => self.app.tales.get(id).cloned(),
            _ => None,
        };
        let reason = self.app.policy.unlocked.as_ref().map_or(String::new(), |open| open.reason.clone());
        if let Some(orders) = &mut self.orders {
            orders.carry_out(effect, tale, &reason);
            return;
        }
        // Before it is connected nothing can be looked at, and so nothing planned and nothing run.
        if let Effect::Probe(id, probes) = effect {
            let answer = |probe| (probe, Err(orders::unanswered("not connected yet: close this and try again")));
            let msg = Msg::Probed(id, probes.into_iter().map(answer).collect());
            // What it leads to is shown, not done: there is nobody yet to do it.
            drop(self.app.update((self.clock)(), msg));
        }
    }

    fn suspend(&mut self) {
        self.suspended = true;
        if let Err(error) = self.guard.suspend() {
            self.suspended = false;
            self.app.notice = Some(Notice { text: error.to_string(), is_error: true });
        }
    }

    fn copy(&mut self, text: &str) {
        match clipboard::sequence(text, self.env) {
            Ok(sequence) => self.copied = Some(sequence),
            Err(error) => self.app.notice = Some(Notice { text: error.to_string(), is_error: true }),
        }
    }
}
