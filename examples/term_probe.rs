//! The smallest program that holds the terminal: for `tests/terminal.rs`, and to try a terminal by hand.
//!
//! It shows the last event and a count. `q` quits, `p` panics, `t` panics in a thread, `b` blocks the loop for good (and sends NULs),
//! `y` copies, Ctrl-Z suspends, `e` ends with an error, `m` (as the argument) asks for the mouse.

use std::{io::Write, process::ExitCode, time::Duration};

use infradeck::{
    config::{Code, Key},
    term::{Event, Guard, Input, Screen, Signal, Signals, TermError, clipboard, install_panic_hook},
};

#[tokio::main(worker_threads = 2)]
async fn main() -> ExitCode {
    install_panic_hook();
    match run().await {
        Ok(code) => {
            // Not `println`: that panics when the terminal is gone.
            let _ = writeln!(std::io::stdout(), "bye {code}");
            ExitCode::from(u8::try_from(code).unwrap_or(1))
        }
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "error: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<i32, Box<dyn std::error::Error>> {
    let mut signals = Signals::listen()?;
    let mut guard = Guard::enter(std::env::args().any(|a| a == "m"))?;
    let mut input = Input::start()?;
    let mut terminal = ratatui::Terminal::new(Screen::stdout())?;
    let mut tick = tokio::time::interval(Duration::from_secs(1));
    let (mut said, mut ticks) = ("ready".to_owned(), 0);
    loop {
        if guard.entered() {
            let size = terminal.size()?;
            let line = format!("{said} | {}x{} | {ticks}", size.width, size.height);
            terminal.draw(|frame| frame.render_widget(line.as_str(), frame.area()))?;
        }
        tokio::select! {
            event = input.next() => match event {
                Event::Closed => return Ok(129),
                Event::Key(key) if key == Key::char('q') => return Ok(0),
                Event::Key(key) if key == Key::char('e') => return Err("as wished".into()),
                Event::Key(key) if key == Key::char('p') => panic!("as wished"),
                Event::Key(key) if key == Key::char('t') => {
                    let _ = std::thread::spawn(|| panic!("as wished, in a thread")).join();
                    return Ok(4);
                }
                Event::Key(key) if key == Key::char('b') => stuck(),
                Event::Key(key) if key == Key::char('y') => {
                    let sequence = clipboard::sequence("copied", |name| std::env::var(name).ok())?;
                    terminal.backend_mut().send(&sequence)?;
                }
                Event::Key(key) if key == Key::ctrl('z') => said = suspend(&mut guard)?,
                Event::Key(Key { code: Code::Char(c), ctrl: false, alt: false, .. }) => said = format!("char {c}"),
                other => said = format!("{other:?}"),
            },
            signal = signals.next() => match signal {
                Signal::Quit(code) | Signal::Hangup(code) => return Ok(code),
                Signal::Suspend => said = suspend(&mut guard)?,
                Signal::Continue => if guard.resume()? {
                    terminal.clear()?;
                    "continued".clone_into(&mut said);
                },
            },
            _ = tick.tick() => {
                ticks += 1;
                if !guard.entered() && guard.resume()? {
                    terminal.clear()?;
                }
            }
        }
    }
}

fn stuck() -> ! {
    loop {
        std::thread::sleep(Duration::from_millis(100));
        let _ = std::io::stdout().write(b"\0").and_then(|_| std::io::stdout().flush());
    }
}

fn suspend(guard: &mut Guard) -> Result<String, TermError> {
    match guard.suspend() {
        Ok(()) => Ok("suspended".to_owned()),
        Err(error @ TermError::NoShell) => Ok(error.to_string()),
        Err(error) => Err(error),
    }
}
