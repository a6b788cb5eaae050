//! A panic behind the screen: the whole program around it, in a terminal of its own.
//!
//! No cloud that can be chosen panics at will, so this test is the program: it starts itself again in a pty, and there
//! flies with a cloud that does nothing else.

#![allow(clippy::expect_used, reason = "a test says what it misses by panicking")]

#[allow(dead_code)]
#[path = "../../tests/support/pty.rs"]
mod pty;

use std::time::Duration;

use super::*;
use crate::cloud::{Answer, Ask, Cloud, Control, Probing, Progress, Telling};
use crate::config::Flags;
use crate::model::{Directed, Probe, RegionId};

/// Set in the pty only.
const IN_PTY: &str = "INFRADECK_TEST_IN_PTY";

struct Broken;

impl Cloud for Broken {
    fn observe<'a>(&'a self, ask: &'a Ask, _progress: &'a Progress) -> Answer<'a> {
        Box::pin(async move { panic!("nobody can tell {}", ask.question) })
    }
}

impl Control for Broken {
    fn control<'a>(&'a self, _: &'a Directed) -> Telling<'a> {
        Box::pin(std::future::pending())
    }

    fn probe<'a>(&'a self, _: &'a Probe) -> Probing<'a> {
        Box::pin(std::future::pending())
    }
}

#[test]
#[ignore = "what the test below starts in a terminal of its own"]
fn flying_with_a_broken_cloud() {
    if std::env::var_os(IN_PTY).is_none() {
        return;
    }
    let env = |_: &str| None;
    let settings = Settings::load(&Flags::default(), &env).expect("the defaults are right");
    let origin = Origin::live(&settings);
    let opening = Opening { read_only: Some("a test".to_owned()), ..Opening::default() };
    let app = app(&settings, &origin, Keymap::default(), opening).expect("nothing is opened");
    let connect = async {
        // Time for the first frame to be seen.
        tokio::time::sleep(Duration::from_millis(300)).await;
        let regions = vec![RegionId::from("us-east-1")];
        let connected = Connected {
            feed: Feed::Cloud(Arc::new(Broken)),
            control: Arc::new(Broken),
            regions,
            clock: Arc::new(wall_clock),
        };
        Ok(Takeoff { connected, desk: Err("nothing is ordered here".to_owned()), recorder: None })
    };
    let code = show(&settings, app, None, connect, &env).expect("a terminal");
    std::process::exit(code.into());
}

#[test]
fn a_panic_behind_the_screen_ends_the_program_and_gives_the_terminal_back() {
    let this = std::env::current_exe().expect("this test");
    let this = this.to_str().expect("its path");
    let name = "runtime::panic_tests::flying_with_a_broken_cloud";
    let args = ["--exact", name, "--ignored", "--nocapture"];
    let env = [(IN_PTY, "1"), ("RUST_BACKTRACE", "0")];
    let mut tty = pty::Tty::start_with(this, &args, 120, 36, &env);
    tty.wait_for("READ-ONLY");
    assert!(tty.is_alternate() && tty.is_raw());
    assert_eq!(tty.wait_end(Duration::from_secs(20)), Some(101));
    assert!(!tty.is_alternate() && !tty.hides_cursor() && !tty.is_raw());
    // Told where it can be read, and nothing drawn over it.
    let text = tty.text();
    assert!(text.contains("nobody can tell"), "{text}");
    let raw = tty.output(|output| String::from_utf8_lossy(&output.raw).into_owned());
    let (_, after) = raw.rsplit_once("\x1b[?1049l").expect("the screen was left");
    assert!(after.contains("nobody can tell") && !after.contains('\x1b'), "{after:?}");
}
