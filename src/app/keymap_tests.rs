use super::*;
use crate::app::Pane;
use crate::app::intent::{Arg, Group};

fn changes(pairs: &[(&str, &[&str])]) -> BTreeMap<String, Vec<Key>> {
    let keys = |keys: &[&str]| keys.iter().map(|key| key.parse().expect("a key")).collect();
    pairs.iter().map(|(name, given)| ((*name).to_owned(), keys(given))).collect()
}

#[test]
fn the_table_has_no_clash_and_every_intent_is_a_command_with_help() {
    let usual = Keymap::default();
    for (index, spec) in INTENTS.iter().enumerate() {
        assert!(!spec.help.is_empty() && !spec.label.is_empty(), "{} has no help", spec.name);
        assert_eq!(named(spec.name).map(|found| found.intent), Some(spec.intent), "{} is hidden", spec.name);
        assert_eq!(super::spec(spec.intent).name, spec.name, "two lines for one intent: {}", spec.name);
        assert!(!spec.needs_arg || spec.arg != Arg::None);
        assert!(Group::ALL.contains(&spec.group));
        assert_eq!(usual.keys(spec.intent).len(), spec.keys.len(), "a key of {} cannot be read", spec.name);
        assert_eq!(usual.clashes_of(spec, &BTreeMap::new()), [], "{}", spec.name);
        for other in &INTENTS[..index] {
            let names = [Some(other.name), other.alias];
            assert!(!names.contains(&Some(spec.name)) && (spec.alias.is_none() || !names.contains(&spec.alias)));
        }
    }
    assert_eq!(Keymap::with(&BTreeMap::new()), Ok(usual));
}

#[test]
fn keys_that_are_typed_are_no_intents_in_a_prompt() {
    let usual = Keymap::default();
    assert_eq!(usual.intent(Key::char('q'), Context::Prompt), None);
    assert_eq!(usual.intent(Key::char('q'), Context::Overlay), Some(Intent::Close));
    assert_eq!(usual.intent(Key::char('q'), Context::Pane(Pane::Agents)), Some(Intent::Quit));
    assert_eq!(usual.intent(Key::ctrl('c'), Context::Prompt), Some(Intent::Interrupt));
    assert_eq!(usual.intent(Key::ctrl('d'), Context::Pane(Pane::Agents)), Some(Intent::HalfDown));
}

#[test]
fn the_configuration_changes_keys() {
    let keymap = Keymap::with(&changes(&[("down", &["h", "down"]), ("mark", &[])])).expect("good keys");
    assert_eq!(keymap.intent(Key::char('h'), Context::Pane(Pane::Agents)), Some(Intent::Down));
    assert_eq!(keymap.intent(Key::char('j'), Context::Pane(Pane::Agents)), None);
    assert!(keymap.keys(Intent::Mark).is_empty());
    // Two intents may change places.
    assert!(Keymap::with(&changes(&[("down", &["k"]), ("up", &["j"])])).is_ok());
}

#[test]
fn wrong_keys_are_told() {
    let told = |pairs: &[(&str, &[&str])]| {
        let errors = Keymap::with(&changes(pairs)).expect_err("wrong keys");
        errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    };
    assert!(told(&[("dwon", &["x"])]).contains("did you mean `down`?"));
    assert_eq!(
        told(&[("down", &["k"])]),
        "the key `k` would be both `down` and `up`; give one of them another key, or none: []"
    );
    assert_eq!(told(&[("down", &["h"]), ("up", &["h"])]).lines().count(), 1);
    assert!(told(&[("back", &["x"])]).contains("such as `esc`"));
    assert!(told(&[("quit", &[]), ("quit!", &[])]).contains("have no key"));
}
