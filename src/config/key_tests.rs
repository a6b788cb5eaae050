use proptest::prelude::*;
use rstest::rstest;

use super::*;

#[rstest]
#[case("ctrl-d", Key::ctrl('d'))]
#[case("shift-tab", Key::plain(Code::BackTab))]
#[case("space", Key::char(' '))]
#[case("G", Key::char('G'))]
#[case("esc", Key::plain(Code::Esc))]
#[case("f5", Key::plain(Code::F(5)))]
#[case("f", Key::char('f'))]
#[case("?", Key::char('?'))]
#[case("-", Key::char('-'))]
#[case("ctrl--", Key::ctrl('-'))]
#[case("ctrl-alt-shift-up", Key { code: Code::Up, ctrl: true, alt: true, shift: true })]
#[case("alt-é", Key::new(Code::Char('é'), false, true, false))]
#[case("pagedown", Key::plain(Code::PageDown))]
fn one_notation_both_ways(#[case] text: &str, #[case] key: Key) {
    assert_eq!(text.parse(), Ok(key));
    assert_eq!(key.to_string(), text);
}

#[rstest]
#[case("Ctrl-D", "ctrl-d")]
#[case("shift-g", "G")]
#[case("ESC", "esc")]
#[case("backtab", "shift-tab")]
#[case("return", "enter")]
#[case("PgUp", "pageup")]
#[case("alt-ctrl-x", "ctrl-alt-x")]
#[case("ctrl-space", "ctrl-space")]
fn other_spellings_are_understood(#[case] text: &str, #[case] written: &str) {
    assert_eq!(text.parse::<Key>().map(|k| k.to_string()), Ok(written.to_owned()));
}

#[rstest]
#[case("")]
#[case(" ")]
#[case("ctrl-")]
#[case("ctrl-ctrl-d")]
#[case("f0")]
#[case("f05")]
#[case("f25")]
#[case("gg")]
#[case("\u{1b}")]
#[case("hyper-x")]
fn what_is_no_key_is_said(#[case] text: &str) {
    let error = text.parse::<Key>().expect_err("no key").to_string();
    assert!(error.contains(&format!("{text:?}")) && error.contains("ctrl-"), "{error}");
}

#[test]
fn what_terminals_cannot_tell_apart_is_said() {
    for (text, same) in [("ctrl-i", "`tab`"), ("ctrl-M", "`enter`"), ("ctrl-alt-[", "`alt-esc`")] {
        let error = text.parse::<Key>().expect_err("the same as another").to_string();
        assert!(error.contains(same), "{error}");
    }
}

fn any_key() -> impl Strategy<Value = Key> {
    let named = prop::sample::select(NAMES.map(|(_, code)| code).to_vec());
    let char = any::<char>()
        .prop_filter("typed", |c| !c.is_control() && (*c == ' ' || !c.is_whitespace()))
        .prop_map(Code::Char);
    let code = prop_oneof![named, char, prop::char::range('!', '~').prop_map(Code::Char), (1u8..=24).prop_map(Code::F)];
    (code, any::<[bool; 3]>()).prop_map(|(code, [ctrl, alt, shift])| Key::new(code, ctrl, alt, shift))
}

proptest! {
    #[test]
    fn every_key_survives_the_round_trip(key in any_key()) {
        prop_assert_eq!(key.to_string().parse(), Ok(key));
        let json = serde_json::to_string(&key).expect("a string");
        prop_assert_eq!(serde_json::from_str::<Key>(&json).expect("read back"), key);
    }

    #[test]
    fn any_text_is_a_key_or_an_error(text in ".{0,12}") {
        if let Ok(key) = text.parse::<Key>() {
            prop_assert_eq!(key.to_string().parse(), Ok(key));
        }
    }
}
