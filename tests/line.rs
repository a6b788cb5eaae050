//! The built binary over bad lines: slow, long, mute, and stuck. What is counted is bytes, not time.

#![allow(clippy::expect_used, reason = "a test says what it misses by panicking")]

#[allow(dead_code)]
#[path = "support/pty.rs"]
mod pty;

use std::time::{Duration, Instant};

use pty::{Link, Tty};

const INFRADECK: &str = env!("CARGO_BIN_EXE_infradeck");
const SOON: Duration = Duration::from_mins(1);
/// What 9,600 baud carry, with a start and a stop bit to each byte; as `sshd` would, the near end takes whatever comes.
const BAUD_9600: Link = Link { rate: Some(960), round_trip: Duration::ZERO, answers: true, hoards: true };
/// The most that a picture takes at this size in true colours, and what may be on its way before it.
const FRAME: usize = 10_000;

fn demo(link: Link, scenario: &str) -> Tty {
    let tty = Tty::start_over(link, INFRADECK, &["--demo", "--scenario", scenario], (120, 36), &[]);
    tty.wait_until(SOON, "a picture", |text| text.contains("LOCKED") && text.contains("FINDINGS"));
    tty
}

/// The terminal is given back, and the program has ended with this code.
fn is_over(mut tty: Tty, code: u32) {
    assert_eq!(tty.wait_end(SOON), Some(code));
    tty.wait_until(SOON, "the shell's screen", |_| !tty.is_alternate() && !tty.hides_cursor());
    assert!(!tty.is_raw());
}

fn wait_for_quiet(tty: &Tty) {
    let end = Instant::now() + SOON;
    while tty.backlog() > 0 {
        assert!(Instant::now() < end, "{} bytes are still on their way", tty.backlog());
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// What the pane holds, but for ages.
fn words(tty: &Tty) -> String {
    let text = tty.text();
    let rows = text.lines().skip_while(|line| !line.contains("ALARMS")).take(20);
    rows.flat_map(str::chars).filter(|c| !c.is_ascii_digit() && !c.is_whitespace()).collect()
}

#[test]
fn at_9600_baud_no_more_than_a_picture_is_on_its_way() {
    let mut tty = demo(BAUD_9600, "log-storm");
    // Through all views, faster than any of them can be drawn.
    for key in "2345678123456785".chars() {
        tty.send(&key.to_string());
        std::thread::sleep(Duration::from_millis(100));
    }
    let before = tty.output(|output| output.raw.len());
    tty.wait_for("LOGS");
    let bytes = tty.output(|output| output.raw.len()) - before;
    assert!(bytes <= 2 * FRAME, "{bytes} bytes came before the last view");
    // And while five hundred lines a second come in.
    std::thread::sleep(Duration::from_secs(8));
    let most = tty.take_most();
    assert!(most <= FRAME, "a backlog of {most} bytes");
    tty.wait_for("16 colours");
    tty.send("q");
    is_over(tty, 0);
}

#[test]
fn what_is_on_the_screen_in_the_end_is_right() {
    let mut tty = demo(BAUD_9600, "calm");
    for keys in ["2", "jjjj", "3", "z", "\x1b", ":", "\x1b", "7"] {
        tty.send(keys);
        std::thread::sleep(Duration::from_millis(300));
    }
    tty.wait_for("ALARMS");
    tty.wait_until(SOON, "only alarms", |text| !text.contains("QUEUES"));
    wait_for_quiet(&tty);
    let drawn = words(&tty);
    let before = tty.output(|output| output.raw.len());
    tty.send("\x0c");
    tty.wait_until(SOON, "all of it anew", |_| {
        tty.output(|output| output.raw[before..].windows(4).any(|w| w == b"\x1b[2J"))
    });
    tty.wait_until(SOON, "the same as before", |_| words(&tty) == drawn);
    tty.send("q");
    is_over(tty, 0);
}

#[test]
fn a_round_trip_of_300_ms_is_waited_for_by_large_frames_only() {
    let link = Link { round_trip: Duration::from_millis(300), ..Link::default() };
    let mut tty = demo(link, "calm");
    tty.send("3");
    tty.wait_for("QUEUES");
    std::thread::sleep(Duration::from_secs(1));
    let frames = |tty: &Tty| tty.output(|output| output.pieces.len());
    let before = frames(&tty);
    for _ in 0..10 {
        tty.send("j");
        std::thread::sleep(Duration::from_millis(60));
    }
    tty.wait_until(SOON, "the eleventh row", |text| {
        text.lines().filter(|line| line.contains("if-")).nth(10).is_some_and(|line| line.contains('▸'))
    });
    assert!(frames(&tty) - before >= 4, "one at a time would be three in this time");
    let most = tty.take_most();
    assert!(most <= FRAME, "a backlog of {most} bytes");
    tty.send("q");
    is_over(tty, 0);
}

#[test]
fn who_does_not_answer_is_drawn_for_all_the_same() {
    let mut tty = demo(Link { answers: false, ..Link::default() }, "incident");
    for (key, words) in [("2", "SESSIONS"), ("3", "QUEUES"), ("5", "LOGS"), ("1", "FINDINGS")] {
        tty.send(key);
        tty.wait_for(words);
    }
    let asked = tty.output(|output| output.raw.windows(4).filter(|w| *w == b"\x1b[5n").count());
    assert_eq!(asked, 1, "it was asked again and again");
    tty.send("q");
    is_over(tty, 0);
}

/// A terminal from which nothing is taken any more, with all that the kernel keeps full.
fn stuck() -> Tty {
    let tty = demo(Link { answers: false, hoards: false, ..Link::default() }, "log-storm");
    std::thread::sleep(Duration::from_secs(2));
    tty.stop(true);
    let mut tty = tty;
    for _ in 0..20 {
        tty.send("\x0c");
        std::thread::sleep(Duration::from_millis(50));
    }
    tty
}

#[test]
fn keys_are_taken_while_nothing_can_be_written() {
    let mut tty = stuck();
    tty.send("7");
    std::thread::sleep(Duration::from_millis(500));
    tty.stop(false);
    tty.wait_for("ALARMS");
    tty.send("q");
    is_over(tty, 0);
}

#[test]
fn it_ends_though_nothing_can_be_written() {
    for (signal, code) in [(None, 0), (Some("TERM"), 143)] {
        let mut tty = stuck();
        match signal {
            Some(name) => tty.signal(name),
            None => tty.send("q"),
        }
        assert_eq!(tty.wait_end(Duration::from_secs(3)), Some(code), "{signal:?}");
        // Who reads again after all finds the terminal as it was.
        tty.stop(false);
        is_over(tty, code);
    }
    let mut tty = stuck();
    tty.signal("HUP");
    assert!(tty.wait_end(Duration::from_secs(1)).is_some(), "still there a second after it was told to hang up");
}
