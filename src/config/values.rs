//! Turning a TOML value, or the text of a variable or flag, into what a setting wants: or saying what is allowed.

use std::ops::RangeInclusive;

use chrono::TimeDelta;
use toml::de::DeValue;

use super::section::kind;
use crate::model::RegionId;

/// The words in which AWS says where in a part of the world a region lies: the last word before its number.
const DIRECTIONS: [&str; 9] =
    ["north", "south", "east", "west", "central", "northeast", "northwest", "southeast", "southwest"];

/// A text that is not empty and holds no control character.
pub(super) fn text(value: &DeValue<'_>) -> Result<String, String> {
    value.as_str().ok_or_else(|| format!("is {}; a text in quotes is wanted", kind(value))).and_then(plain)
}

/// As [`text`], from a variable or a flag.
pub(super) fn plain(text: &str) -> Result<String, String> {
    if text.is_empty() || text.chars().any(char::is_control) {
        return Err(format!("is {text:?}; a text that is not empty and holds no control character is wanted"));
    }
    Ok(text.to_owned())
}

/// A list of texts.
pub(super) fn texts(value: &DeValue<'_>) -> Result<Vec<String>, String> {
    let list =
        value.as_array().ok_or_else(|| format!("is {}; a list of texts is wanted: [\"…\", \"…\"]", kind(value)))?;
    list.iter().map(|item| text(item.get_ref())).collect()
}

/// `true` or `false`.
pub(super) fn truth(value: &DeValue<'_>) -> Result<bool, String> {
    value.as_bool().ok_or_else(|| format!("is {}; true or false is wanted, without quotes", kind(value)))
}

/// A number within `range`.
pub(super) fn number(range: RangeInclusive<f64>) -> impl FnOnce(&DeValue<'_>) -> Result<f64, String> {
    move |value| {
        let number = match value {
            DeValue::Integer(digits) => i64::from_str_radix(digits.as_str(), digits.radix()).ok().map(|n| n as f64),
            DeValue::Float(digits) => digits.as_str().parse().ok(),
            _ => None,
        };
        number.filter(|n| range.contains(n)).ok_or_else(|| wants_number(&kind(value), &range))
    }
}

/// As [`number`], from a variable.
pub(super) fn number_in(text: &str, range: &RangeInclusive<f64>) -> Result<f64, String> {
    let number = text.trim().parse().ok().filter(|n| range.contains(n));
    number.ok_or_else(|| wants_number(&format!("{text:?}"), range))
}

fn wants_number(got: &str, range: &RangeInclusive<f64>) -> String {
    format!("is {got}; a number from {} to {} is wanted", range.start(), range.end())
}

/// A whole number within `range`.
pub(super) fn count(range: RangeInclusive<u32>) -> impl FnOnce(&DeValue<'_>) -> Result<u32, String> {
    move |value| {
        let number = value.as_integer().and_then(|digits| u32::from_str_radix(digits.as_str(), digits.radix()).ok());
        number.filter(|n| range.contains(n)).ok_or_else(|| wants_count(&kind(value), &range))
    }
}

/// As [`count`], from a variable.
pub(super) fn count_in(text: &str, range: &RangeInclusive<u32>) -> Result<u32, String> {
    let number = text.trim().parse().ok().filter(|n| range.contains(n));
    number.ok_or_else(|| wants_count(&format!("{text:?}"), range))
}

pub(super) fn wants_count(got: &str, range: &RangeInclusive<u32>) -> String {
    format!("is {got}; a whole number from {} to {} is wanted", range.start(), range.end())
}

/// A duration of at least a second and at most a year, written as `90s`, `30m`, `2h` or `1d`.
pub(super) fn duration(value: &DeValue<'_>) -> Result<TimeDelta, String> {
    let wants = || {
        format!("is {}; a duration from \"1s\" to \"365d\" is wanted, such as \"90s\", \"30m\", \"2h\"", kind(value))
    };
    value.as_str().and_then(seconds).map(TimeDelta::seconds).ok_or_else(wants)
}

pub(super) fn seconds(text: &str) -> Option<i64> {
    let unit = text.chars().last()?;
    let each = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3_600,
        'd' => 86_400,
        _ => return None,
    };
    let digits = text.strip_suffix(unit)?;
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let seconds = digits.parse::<i64>().ok()?.checked_mul(each)?;
    (1..=365 * 86_400).contains(&seconds).then_some(seconds)
}

/// A region by its shape. Which regions there are is not listed here: AWS opens new ones.
pub(super) fn region(text: &str) -> Result<RegionId, String> {
    let mut words: Vec<&str> = text.split('-').collect();
    let digits = words.pop().unwrap_or_default();
    let numbered = matches!(digits.len(), 1 | 2) && digits.bytes().all(|byte| byte.is_ascii_digit());
    let lower = |word: &&str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase());
    let directed = words.last().is_some_and(|word| DIRECTIONS.contains(word));
    if numbered && directed && (2..=4).contains(&words.len()) && words.iter().all(lower) {
        return Ok(text.into());
    }
    let near =
        words.last().filter(|_| numbered && words.len() > 1 && !directed).and_then(|word| nearest(word, &DIRECTIONS));
    let hint = near.map_or(String::new(), |word| {
        let start = words[..words.len() - 1].join("-");
        format!("; did you mean \"{start}-{word}-{digits}\"?")
    });
    Err(format!("{text:?} is no region{hint}; a name such as \"us-east-1\" or \"eu-central-1\" is wanted"))
}

/// Regions in order, each once.
pub(super) fn regions<'t>(names: impl IntoIterator<Item = &'t str>) -> Result<Vec<RegionId>, String> {
    let mut regions = Vec::new();
    for name in names {
        let region = region(name)?;
        if regions.contains(&region) {
            return Err(format!("{name:?} is named twice; name each region once, the primary one first"));
        }
        regions.push(region);
    }
    Ok(regions)
}

/// An `http://` or `https://` address with a host.
pub(super) fn url(text: &str) -> Result<String, String> {
    let rest = text.strip_prefix("http://").or_else(|| text.strip_prefix("https://"));
    let host = rest.map(|rest| rest.split(['/', '?', '#']).next().unwrap_or_default());
    let whole = !text.chars().any(|c| c.is_control() || c.is_whitespace());
    if whole && host.is_some_and(|host| !host.is_empty() && !host.starts_with(':')) {
        return Ok(text.to_owned());
    }
    Err(format!("is {text:?}; an address such as \"http://127.0.0.1:5000\" is wanted"))
}

/// An ARN.
pub(super) fn arn(text: &str) -> Result<String, String> {
    if text.len() > 4 && text.starts_with("arn:") && !text.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return Ok(text.to_owned());
    }
    Err(format!("is {text:?}; an ARN such as \"arn:aws:iam::123456789012:role/ops-readonly\" is wanted"))
}

/// Applies a check of text to a TOML value.
pub(super) fn checked<T>(check: fn(&str) -> Result<T, String>) -> impl FnOnce(&DeValue<'_>) -> Result<T, String> {
    move |value| text(value).and_then(|text| check(&text))
}

/// One of a few words, each with what it means.
pub(super) fn one_of<T: Copy>(choices: &'static [(&'static str, T)]) -> impl FnOnce(&DeValue<'_>) -> Result<T, String> {
    move |value| {
        let found = value.as_str().and_then(|text| choices.iter().find(|(word, _)| *word == text));
        let words: Vec<&str> = choices.iter().map(|(word, _)| *word).collect();
        found.map(|(_, choice)| *choice).ok_or_else(|| match value.as_str() {
            Some(text) => format!("is {}; {}", kind(value), suggest(text, &words)),
            None => format!("is {}; allowed: {}", kind(value), words.join(", ")),
        })
    }
}

/// "did you mean …; allowed: …" for a name that is none of `known`.
pub(super) fn suggest(name: &str, known: &[&str]) -> String {
    let allowed = if known.is_empty() { "nothing".to_owned() } else { known.join(", ") };
    match nearest(name, known) {
        Some(near) => format!("did you mean {near}? Allowed: {allowed}"),
        None => format!("allowed: {allowed}"),
    }
}

/// The known name that is few edits away, if one is.
fn nearest<'k>(name: &str, known: &[&'k str]) -> Option<&'k str> {
    // Longer names are never a slip of the finger, and the distance is quadratic.
    let typed: Vec<char> = name.chars().take(41).collect();
    if typed.len() > 40 {
        return None;
    }
    let near = known.iter().map(|known| (edits(&typed, known), *known)).min()?;
    (near.0 <= 1 + typed.len() / 4).then_some(near.1)
}

/// How many characters must be put in, taken out or changed to get from one to the other.
fn edits(from: &[char], to: &str) -> usize {
    let mut row: Vec<usize> = (0..=from.len()).collect();
    for (line, wanted) in to.chars().enumerate() {
        let mut corner = row[0];
        row[0] = line + 1;
        for (column, typed) in from.iter().enumerate() {
            let change = corner + usize::from(*typed != wanted);
            corner = row[column + 1];
            row[column + 1] = change.min(corner + 1).min(row[column] + 1);
        }
    }
    row[from.len()]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::{nearest, number_in, region, seconds, url};

    #[rstest]
    #[case("us-east-1")]
    #[case("ap-southeast-7")]
    #[case("us-gov-west-1")]
    #[case("us-iso-east-1")]
    #[case("eusc-de-east-1")]
    #[case("mx-central-1")]
    fn a_region_has_a_shape(#[case] name: &str) {
        assert_eq!(region(name).unwrap().as_str(), name);
    }

    #[rstest]
    #[case("")]
    #[case("us-east")]
    #[case("us-east-")]
    #[case("US-EAST-1")]
    #[case("east-1")]
    #[case("us-east-1a")]
    #[case("us-east-1 ")]
    #[case("mars")]
    fn no_region_says_what_one_looks_like(#[case] name: &str) {
        assert!(region(name).unwrap_err().contains("\"us-east-1\""));
    }

    #[test]
    fn a_slip_in_a_region_is_seen() {
        assert!(region("us-est-1").unwrap_err().contains("did you mean \"us-east-1\""));
    }

    #[rstest]
    #[case("90s", Some(90))]
    #[case("30m", Some(1_800))]
    #[case("2h", Some(7_200))]
    #[case("365d", Some(31_536_000))]
    #[case("366d", None)]
    #[case("0s", None)]
    #[case("-5m", None)]
    #[case("+5m", None)]
    #[case("5", None)]
    #[case("m", None)]
    #[case("99999999999999999999d", None)]
    #[case("30 minutes", None)]
    #[case("", None)]
    fn durations(#[case] text: &str, #[case] expected: Option<i64>) {
        assert_eq!(seconds(text), expected);
    }

    #[test]
    fn not_a_number_is_no_number() {
        for text in ["NaN", "inf", "-1", "", "1,5", "200"] {
            assert!(number_in(text, &(0.0..=100.0)).is_err(), "{text}");
        }
        assert!((number_in(" 12.5 ", &(0.0..=100.0)).unwrap() - 12.5).abs() < f64::EPSILON);
    }

    #[test]
    fn addresses() {
        assert!(url("http://127.0.0.1:5000").is_ok());
        assert!(url("https://localhost/x").is_ok());
        for bad in ["127.0.0.1:5000", "ftp://x", "http://", "http://:80", "http://a b", "http://a\u{1b}[0m"] {
            assert!(url(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_slip_is_near_and_another_word_is_not() {
        assert_eq!(nearest("stuck_afer", &["error_window", "stuck_after"]), Some("stuck_after"));
        assert_eq!(nearest("colour", &["error_window", "stuck_after"]), None);
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in any::<String>()) {
            let _ = (region(&text), seconds(&text), url(&text), nearest(&text, &["a", "stuck_after", "é"]));
        }
    }
}
