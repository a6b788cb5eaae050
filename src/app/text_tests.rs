use rstest::rstest;

use super::*;

#[rstest]
#[case(0.0, "0")]
#[case(0.25, "0.25")]
#[case(7.0, "7")]
#[case(9.5, "9.50")]
#[case(9.999, "10.0")]
#[case(12.5, "12.5")]
#[case(120.4, "120")]
#[case(999.0, "999")]
#[case(999.7, "1.0k")]
#[case(1_234.0, "1.2k")]
#[case(1_960.0, "2.0k")]
#[case(2_000.0, "2.0k")]
#[case(9_960.0, "10k")]
#[case(12_000.0, "12k")]
#[case(38_400.0, "38k")]
#[case(120_000.0, "120k")]
#[case(999_700.0, "1.0M")]
#[case(-2_000.0, "-2.0k")]
#[case(-0.0, "0")]
#[case(-0.001, "0.00")]
#[case(f64::NAN, "–")]
fn numbers_have_three_figures(#[case] value: f64, #[case] text: &str) {
    assert_eq!(number(value), text);
}

#[rstest]
#[case(0.0, "0.00")]
#[case(0.0004, "<0.001")]
#[case(0.004, "0.004")]
#[case(2.2, "2.20")]
#[case(148.3, "148")]
#[case(1_960.0, "2.0k")]
#[case(12_000.0, "12k")]
fn dollars_have_cents_while_they_matter(#[case] value: f64, #[case] text: &str) {
    assert_eq!(usd(value), text);
}

#[test]
fn lengths_of_time() {
    let text = |s| duration(TimeDelta::seconds(s));
    assert_eq!([0, 59, 61, 600, 2820, 7500, 100_000].map(text), ["0s", "59s", "1m01s", "10m", "47m", "2h05m", "1d03h"]);
    assert_eq!(millis(340.0), "340ms");
    assert_eq!([1_960.0, 2_000.0, 2_340.0, 12_000.0].map(millis), ["2.0s", "2.0s", "2.3s", "12s"]);
    assert_eq!(millis(250_000.0), "4m10s");
}

#[test]
fn ages_move_in_calm_steps() {
    let text = |s| age(TimeDelta::seconds(s));
    assert_eq!([-5, 9, 10, 19, 59, 60, 119, 7200].map(text), ["<10s", "<10s", "10s", "10s", "50s", "1m", "1m", "2h"]);
}

#[test]
fn since_is_relative_up_to_an_hour_then_says_z() {
    let now: Time = "2025-11-02T14:02:31Z".parse().expect("a time");
    assert_eq!(since(now - TimeDelta::minutes(47), now), "47m");
    assert_eq!(since(now - TimeDelta::hours(2), now), "12:02:31Z");
    assert_eq!(since(now - TimeDelta::hours(30), now), "1 Nov 08:02Z");
}

#[rstest]
#[case("navidocs-h04", 5, "…-h04")]
#[case("navidocs-h04", 12, "navidocs-h04")]
#[case("navidocs-h04", 1, "…")]
#[case("navidocs-h04", 0, "")]
#[case("中文字", 4, "…字")]
#[case("中文字", 6, "中文字")]
fn truncation_keeps_the_end(#[case] text: &str, #[case] cells: usize, #[case] cut: &str) {
    assert_eq!(ellipsis(text, cells), cut);
}

#[rstest]
#[case("no sign of life", 11, "no sign of…")]
#[case("中文字", 4, "中…")]
#[case("中文字", 0, "")]
fn sentences_keep_their_beginning(#[case] text: &str, #[case] cells: usize, #[case] cut: &str) {
    assert_eq!(clip(text, cells), cut);
}

#[test]
fn lines_break_between_words_and_long_words_anywhere() {
    assert_eq!(wrap("", 10), [""]);
    assert_eq!(wrap("no sign of life", 8), ["no sign ", "of life"]);
    assert_eq!(wrap("abcdefghij k", 4), ["abcd", "efgh", "ij k"]);
    assert_eq!(wrap("日本語です", 5), ["日本", "語で", "す"]);
}

proptest::proptest! {
    #[test]
    fn counts_of_one_size_look_alike(size in 3..14, a in 1.0..9.94_f64, b in 1.0..9.94_f64) {
        let shape = |n: f64| number((n * 10_f64.powi(size)).round()).replace(|c: char| c.is_ascii_digit(), "9");
        proptest::prop_assert_eq!(shape(a), shape(b));
    }

    #[test]
    fn nothing_grows_past_its_room(text in ".{0,40}", cells in 0_usize..30) {
        proptest::prop_assert!(width(&ellipsis(&text, cells)) <= cells);
        proptest::prop_assert!(width(&clip(&text, cells)) <= cells);
    }
}

#[rstest]
#[case(0.0, "$0")]
#[case(0.5, "$0.50")]
#[case(0.0123, "$0.0123")]
#[case(0.000_01, "$0.00001")]
#[case(12.0, "$12.00")]
fn dollars_are_exact_and_cents_written_out(#[case] usd: f64, #[case] wanted: &str) {
    assert_eq!(exact(usd), wanted);
}
