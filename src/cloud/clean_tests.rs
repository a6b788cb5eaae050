use std::time::{Duration, Instant};

use proptest::prelude::*;
use rstest::rstest;

use super::*;

#[rstest]
#[case::plain("a plain line", "a plain line")]
#[case::empty("", "")]
#[case::words("naïve 日本語 שלום 🚀 é", "naïve 日本語 שלום 🚀 é")]
#[case::colour("\u{1b}[1;31mERROR\u{1b}[0m x\u{1b}[m", "ERROR x")]
#[case::colour_with_colons("\u{1b}[38:2::1:2:3mx", "x")]
#[case::clipboard("\u{1b}]52;c;aGk=\u{7}", "␛]52;c;aGk=␇")]
#[case::clear("\u{1b}[2J\u{1b}[Hx", "␛[2J␛[Hx")]
#[case::nested("\u{1b}\u{1b}[31m[31mx", "␛[31mx")]
#[case::private_colour("\u{1b}[>4;2mx", "␛[>4;2mx")]
#[case::eight_bit_csi("\u{9b}2Jx\u{9d}0;t\u{9c}", "\u{fffd}2Jx\u{fffd}0;t\u{fffd}")]
#[case::tab("a\tb", "a b")]
#[case::lines("a\nb\r\nc\u{85}d\u{2028}e\u{2029}f", "a↵b↵c↵d↵e↵f")]
#[case::end_of_line("a\r\n", "a")]
#[case::overwrite("100%\rfoo", "100%␍foo")]
#[case::nul_and_delete("a\0b\u{7f}", "a␀b␡")]
#[case::trojan_source("a\u{202e}b\u{2066}c\u{200f}d\u{61c}", "a\u{fffd}b\u{fffd}c\u{fffd}d\u{fffd}")]
#[case::zero_width("ad\u{200b}min\u{feff}\u{2060}", "ad\u{fffd}min\u{fffd}\u{fffd}")]
#[case::tags("x\u{e0041}", "x\u{fffd}")]
#[case::selectors("⚠\u{fe0f}\u{e0100}", "⚠")]
#[case::no_character("\u{fffe}\u{1ffff}", "\u{fffd}\u{fffd}")]
#[case::private_use("\u{e0b0}", "\u{e0b0}")]
#[case::flood("a\u{300}\u{301}\u{302}\u{303}\u{304}\u{305}b\u{300}", "a\u{300}\u{301}\u{302}\u{303}b\u{300}")]
#[case::mark_on_nothing("\u{300}\u{301}", "\u{fffd}\u{301}")]
fn one_line(#[case] input: &str, #[case] output: &str) {
    assert_eq!(line(input), output);
    assert_eq!(line_bytes(input.as_bytes()), output);
}

#[test]
fn several_lines() {
    assert_eq!(text("a\r\n\tb\u{2028}c\u{1b}[2J\n\n"), "a\n b\nc␛[2J");
    assert_eq!(text("a\n\u{300}"), "a\n\u{fffd}", "a mark cannot climb onto the line before");
}

#[test]
fn invalid_utf8_is_shown() {
    assert_eq!(line_bytes(b"a\xff\xfeb\xc3"), "a\u{fffd}\u{fffd}b\u{fffd}");
    assert_eq!(line_bytes(b"\xed\xa0\x80"), "\u{fffd}\u{fffd}\u{fffd}", "a lone surrogate");
}

#[test]
fn what_fits_is_not_cut() {
    let fits = "é".repeat(MAX_BYTES / 2);
    assert_eq!(line(&fits), fits);
    let fits = "x".repeat(MAX_BYTES);
    assert_eq!(line_bytes(fits.as_bytes()), fits);
    let coloured = "\u{1b}[31m".repeat(MAX_BYTES / 2 / 5) + &"x".repeat(MAX_BYTES);
    assert_eq!(line(&coloured), fits, "what is dropped takes no room");
}

#[test]
fn what_does_not_fit_is_cut_and_says_so() {
    for unit in ["x", "é", "\u{1b}", "\u{202e}", "a\u{300}"] {
        let cut = line(&unit.repeat(MAX_BYTES + 1));
        assert!(cut.len() <= MAX_BYTES && cut.ends_with(CUT_MARK), "{unit:?}");
        assert_eq!(line(&cut), cut);
    }
}

#[test]
fn ten_megabytes_cost_no_more_than_what_is_kept() {
    for byte in *b"x\x1b\xff\xcc" {
        let input = vec![byte; 10_000_000];
        let start = Instant::now();
        assert!(line_bytes(&input).len() <= MAX_BYTES);
        assert!(start.elapsed() < Duration::from_millis(200), "{byte:#x}: {:?}", start.elapsed());
    }
}

/// Text made of what is likely to go wrong.
fn nasty() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        any::<char>().prop_map(String::from),
        prop::char::range('\0', '\u{a0}').prop_map(String::from),
        prop::char::range('\u{2000}', '\u{2070}').prop_map(String::from),
        prop::char::range('\u{300}', '\u{310}').prop_map(String::from),
        prop::char::range('\u{1160}', '\u{11ff}').prop_map(String::from),
        prop::sample::select(vec!["\u{1b}[31m", "\u{1b}", "[0m", "\r\n", "\r", "\n", "\u{fe0f}", "abc"])
            .prop_map(str::to_owned),
    ];
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

fn check(out: &str, newline: bool) -> Result<(), TestCaseError> {
    let hostile = out.chars().find(|c| is_hostile(*c) && !(newline && *c == '\n'));
    prop_assert_eq!(hostile, None);
    prop_assert!(!out.chars().any(|c| c.is_control() && !(newline && c == '\n')));
    prop_assert!(out.len() <= MAX_BYTES);
    let mut marks = MAX_MARKS;
    for c in out.chars() {
        marks = if c.width() == Some(0) { marks + 1 } else { 0 };
        prop_assert!(marks <= MAX_MARKS);
    }
    Ok(())
}

proptest! {
    #[test]
    fn any_bytes_come_out_harmless(input in prop::collection::vec(any::<u8>(), 0..300)) {
        let out = line_bytes(&input);
        check(&out, false)?;
        prop_assert_eq!(line(&out), out);
        check(&text_bytes(&input), true)?;
    }

    #[test]
    fn any_text_comes_out_harmless_and_stays(input in nasty()) {
        let out = line(&input);
        check(&out, false)?;
        prop_assert_eq!(line(&out), out);
        let out = text(&input);
        check(&out, true)?;
        prop_assert_eq!(text(&out), out);
    }

    #[test]
    fn printable_ascii_is_left_alone(input in "[ -~]{0,200}", other in nasty()) {
        prop_assert_eq!(&line(&input), &input);
        let kept = line(&format!("{input}{other}"));
        prop_assert!(kept.starts_with(&input));
    }
}

#[test]
fn a_text_that_must_not_be_cut_is_whole() {
    let long = "reconcile \u{1b}[31mthe\u{1b}[0m ledger, line by line\n".repeat(10_000);
    let cleaned = whole(&long);
    assert_eq!(cleaned.matches("reconcile the ledger, line by line").count(), 10_000);
    assert!(!cleaned.contains(CUT_MARK));
    let solid = "é\u{202e}".repeat(100_000);
    assert_eq!(whole(&solid).chars().filter(|c| *c == 'é').count(), 100_000);
    assert!(!whole(&solid).chars().any(is_hostile));
    for short in ["", "a task\n", "two\nlines"] {
        assert_eq!(whole(short), text(short));
    }
}
