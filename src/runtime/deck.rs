//! The loop: the one `select!`, and the one owner of everything that changes.

use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use ratatui::Terminal;
use tokio::sync::mpsc::Receiver;
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep_until};

use super::origin::{Connected, Origin};
use super::{RunError, wall_clock};
use crate::action::Desk;
use crate::app::{App, Effect, Keymap, Msg, Notice, Start};
use crate::cloud::Clock;
use crate::config::{Depth, Env, Settings};
use crate::fabric::Fabric;
use crate::model::Observation;
use crate::poll::{Interest, Poller};
use crate::term::{self, Event, Guard, Input, MouseKind, Screen, Signal, Signals, clipboard};
use crate::ui::{self, Look};

/// Facts are drawn at most so often; keys at once.
const FRAME: Duration = Duration::from_millis(33);
/// So many observations are taken in at once before the next look at the keyboard.
const GULP: usize = 64;

/// What a shell reports for a program that SIGHUP ended.
const HANGUP: i32 = 129;

/// What Rust exits with after a panic.
const PANICKED: u8 = 101;

/// Everything that the loop owns.
struct Deck<'e> {
    app: App,
    look: Look,
    guard: Guard,
    /// The terminal is given back because the engineer said so, until the shell wakes us.
    suspended: bool,
    terminal: Terminal<Screen<term::Stdout>>,
    poller: Option<Poller>,
    /// What is looked at, until there is a poller to tell.
    interest: Interest,
    env: &'e Env<'e>,
}

/// Why the loop ends.
enum End {
    Quit,
    Signal(i32),
}

pub(super) async fn fly(settings: &Settings, origin: Origin, keymap: Keymap, env: &Env<'_>) -> Result<u8, RunError> {
    term::install_panic_hook();
    let mut signals = Signals::listen()?;
    let guard = Guard::enter(settings.screen.mouse)?;
    let mut input = Input::start()?;
    let terminal = Terminal::new(Screen::stdout()).map_err(RunError::Draw)?;
    let mut deck = Deck {
        app: app(settings, &origin, keymap),
        look: Look::new(settings.screen.depth_in(env), settings.screen.ascii),
        guard,
        suspended: false,
        terminal,
        poller: None,
        interest: Interest::default(),
        env,
    };
    // The first frame comes before anything that might wait.
    let size = deck.terminal.size().map_err(RunError::Draw)?;
    deck.update(Msg::Resize(size.width, size.height))?;
    deck.draw()?;

    let clock: Clock = Arc::new(wall_clock);
    let mut connecting = Some(Box::pin(origin.connect(settings, wall_clock(), &clock, false)));
    let mut facts: Option<Receiver<Observation>> = None;
    let mut gulp = Vec::with_capacity(GULP);
    let second = Duration::from_nanos(u64::from(1_000_000_000 - wall_clock().timestamp_subsec_nanos() % 1_000_000_000));
    let mut tick = interval_at(Instant::now() + second, Duration::from_secs(1));
    tick.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let mut drawn = Instant::now();
    let mut frame_due = None;

    loop {
        let connected = async {
            match connecting.as_mut() {
                Some(connecting) => connecting.await,
                None => pending().await,
            }
        };
        let arrived = async {
            match facts.as_mut() {
                Some(facts) => facts.recv_many(&mut gulp, GULP).await,
                None => pending().await,
            }
        };
        let frame = async {
            match frame_due {
                Some(due) => sleep_until(due).await,
                None => pending().await,
            }
        };
        let mut by_hand = false;
        let end = tokio::select! {
            biased;
            event = input.next() => {
                by_hand = true;
                deck.input(event)?
            }
            signal = signals.next() => deck.signal(signal)?,
            () = frame => None,
            connected = connected => {
                connecting = None;
                facts = Some(deck.start(&connected?));
                None
            }
            _ = tick.tick() => {
                by_hand = true;
                deck.update(Msg::Tick)?
            }
            _ = arrived => deck.update(Msg::Facts(std::mem::take(&mut gulp)))?,
        };
        match end {
            None => {}
            Some(End::Quit) => return Ok(0),
            Some(End::Signal(code)) => return Ok(u8::try_from(code).unwrap_or(1)),
        }
        if !deck.suspended && !deck.guard.entered() {
            // A task panicked: the terminal has been given back and says why. Nobody would see what goes on.
            return Ok(PANICKED);
        }
        if deck.app.take_dirty() {
            frame_due = Some(if by_hand { Instant::now() } else { drawn + FRAME });
        }
        if frame_due.is_some_and(|due| due <= Instant::now()) {
            deck.draw()?;
            drawn = Instant::now();
            frame_due = None;
        }
    }
}

fn app(settings: &Settings, origin: &Origin, keymap: Keymap) -> App {
    let now = wall_clock();
    let log_lines = settings.limits.log_lines as usize;
    let fabric = Fabric::new(&origin.regions(), settings.rules.clone(), log_lines, now);
    let desk = Desk::new(settings, origin.regions(), ed25519_dalek::SigningKey::from_bytes(&[0; 32]));
    let mut start = Start::new(origin.name(), desk);
    start.demo = origin.scenario().map(str::to_owned);
    start.endpoint.clone_from(&settings.fabric.endpoint_url);
    let themes = settings.themes.iter().cloned().collect();
    // The screen knows how many colours it has.
    let theme = settings.themes.shown(&settings.screen.theme, Depth::True);
    App::new(fabric, start, theme, themes, keymap, now)
}

impl Deck<'_> {
    fn draw(&mut self) -> Result<(), RunError> {
        if self.guard.entered() {
            let (app, look) = (&self.app, &self.look);
            self.terminal.draw(|frame| ui::draw(app, frame, look)).map_err(RunError::Draw)?;
        }
        Ok(())
    }

    fn start(&mut self, connected: &Connected) -> Receiver<Observation> {
        self.app.fabric.name_regions(&connected.regions);
        let (poller, facts) = Poller::start(&connected.cloud, &connected.regions);
        poller.look(self.interest.clone());
        self.poller = Some(poller);
        facts
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
                    self.repaint()?;
                }
            }
        }
        Ok(None)
    }

    /// Tells the app what happened, and does what it asks for.
    fn update(&mut self, msg: Msg) -> Result<Option<End>, RunError> {
        for effect in self.app.update(wall_clock(), msg) {
            match effect {
                Effect::Quit => return Ok(Some(End::Quit)),
                Effect::Suspend => self.suspend(),
                Effect::Repaint => self.repaint()?,
                Effect::Copy(text) => self.copy(&text),
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
                Effect::Probe(..)
                | Effect::Run { .. }
                | Effect::AskApproval { .. }
                | Effect::Steer(..)
                | Effect::Resume(..) => {}
            }
        }
        Ok(None)
    }

    fn suspend(&mut self) {
        self.suspended = true;
        if let Err(error) = self.guard.suspend() {
            self.suspended = false;
            self.app.notice = Some(Notice { text: error.to_string(), is_error: true });
        }
    }

    fn repaint(&mut self) -> Result<(), RunError> {
        self.terminal.clear().map_err(RunError::Draw)?;
        self.draw()
    }

    fn copy(&mut self, text: &str) {
        let env = self.env;
        let sent = clipboard::sequence(text, env).map_err(|error| error.to_string()).and_then(|sequence| {
            self.terminal.backend_mut().send(&sequence).map_err(|error| format!("copying: {error}"))
        });
        if let Err(text) = sent {
            self.app.notice = Some(Notice { text, is_error: true });
        }
    }
}
