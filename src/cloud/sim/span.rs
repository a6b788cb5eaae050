//! Spans of time as a scenario writes them: `20s`, `-29m30s`, `3h`.

use std::str::FromStr;

use serde::{Deserialize, Deserializer};

/// A span of time in milliseconds; in an event, from the start of the demo: negative lies before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Span(pub(super) i64);

impl FromStr for Span {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("“{text}” is no time span: write it like 20s, -29m30s or 3h");
        let (sign, mut rest) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
        let mut total: i64 = 0;
        if rest.is_empty() {
            return Err(wrong());
        }
        while !rest.is_empty() {
            let digits = rest.find(|c: char| !c.is_ascii_digit()).ok_or_else(wrong)?;
            let count: i64 = rest[..digits].parse().map_err(|_| wrong())?;
            let unit = rest[digits..].find(|c: char| c.is_ascii_digit()).map_or(rest.len(), |end| digits + end);
            let unit_ms = match &rest[digits..unit] {
                "ms" => 1,
                "s" => 1_000,
                "m" => 60_000,
                "h" => 3_600_000,
                "d" => 86_400_000,
                _ => return Err(wrong()),
            };
            total = count.checked_mul(unit_ms).and_then(|ms| total.checked_add(ms)).ok_or_else(wrong)?;
            rest = &rest[unit..];
        }
        // A year is more than any history needs, and keeps sums of times from running over.
        if total > 366 * 86_400_000 {
            return Err(format!("“{text}” is more than a year"));
        }
        Ok(Self(sign * total))
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_read() {
        let read = |text: &str| text.parse::<Span>().ok().map(|span| span.0);
        assert_eq!(read("20s"), Some(20_000));
        assert_eq!(read("-29m30s"), Some(-1_770_000));
        assert_eq!(read("1d2h"), Some(93_600_000));
        for wrong in ["", "-", "20", "s", "1x", "1s-", "99999999999999999999s", "400d"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}
