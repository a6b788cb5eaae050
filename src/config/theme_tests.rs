//! Every built-in theme can be read by eyes, and every wrong one says where.

use std::fs;
use std::path::Path;

use rstest::rstest;
use tempfile::TempDir;

use super::{Look, Theme, Tone};
use crate::config::colour::Rgb;
use crate::config::depth::Depth;
use crate::config::themes::{BUILT_IN, Themes};

fn each(mut check: impl FnMut(&Theme)) {
    Themes::built_in().unwrap().iter().for_each(&mut check);
}

/// Every text tone on the background, and every text on the selected row, at the least contrast `least`.
fn assert_readable(theme: &Theme, least: f64) {
    let selection = theme[Tone::Selection].bg;
    for tone in Tone::ALL {
        let Some(fg) = theme[tone].fg else { continue };
        let held = |ground: Rgb, what: &str| {
            let ratio = fg.contrast(ground);
            assert!(ratio >= least, "{}: {} {fg} on {what} {ground} has {ratio:.2}:1", theme.name, tone.word());
        };
        if tone.is_text() {
            held(theme[tone].bg.unwrap_or(theme.assumed), "background");
        }
        // A selected row keeps the colours of what it says, so all of them must be readable there too.
        if let Some(selection) = selection.filter(|_| tone != Tone::Faint) {
            held(selection, "selection");
        }
    }
}

#[test]
fn every_theme_is_readable() {
    each(|theme| assert_readable(theme, Rgb::READABLE));
}

#[test]
fn every_theme_is_readable_in_256_and_16_colours() {
    each(|theme| {
        assert_readable(&theme.in_256(), Rgb::READABLE);
        assert_readable(&theme.in_16(), Rgb::READABLE);
    });
}

#[test]
fn what_is_wrong_looks_wrong_in_any_depth() {
    each(|theme| {
        for theme in [theme.clone(), theme.in_256(), theme.in_16()] {
            let look = theme[Tone::Critical];
            for other in [Tone::Text, Tone::Good, Tone::Warning, Tone::Working] {
                assert_ne!(look, theme[other], "{}: critical and {}", theme.name, other.word());
            }
            assert_ne!(theme[Tone::Warning], theme[Tone::Good], "{}", theme.name);
        }
    });
}

#[test]
fn a_dark_terminal_may_be_black_too() {
    let themes = Themes::built_in().unwrap();
    assert_readable(&Theme { assumed: Rgb(0, 0, 0), ..themes.get("dark").unwrap().clone() }, Rgb::READABLE);
}

#[test]
fn high_contrast_is_that() {
    let themes = Themes::built_in().unwrap();
    let theme = themes.get("high-contrast").unwrap();
    for tone in Tone::ALL.into_iter().filter(|tone| tone.is_text()) {
        assert!(theme[tone].fg.unwrap().contrast(theme.assumed) >= 7.0, "{}", tone.word());
    }
}

#[test]
fn lines_of_charts_are_seen_and_told_apart() {
    each(|theme| {
        for (index, colour) in theme.series.iter().flatten().enumerate() {
            // WCAG 1.4.11: graphics need 3:1.
            assert!(colour.contrast(theme.assumed) >= 3.0, "{} {colour}", theme.name);
            assert!(!theme.series[..index].contains(&Some(*colour)), "{} {colour} twice", theme.name);
        }
    });
}

#[test]
fn rules_are_seen() {
    each(|theme| {
        if let Some(fg) = theme[Tone::Faint].fg {
            assert!(fg.contrast(theme.assumed) >= 1.5, "{}", theme.name);
        }
    });
}

#[test]
fn colour_blind_speaks_in_the_colours_of_okabe_and_ito() {
    let theirs = ["#e69f00", "#56b4e9", "#009e73", "#f0e442", "#0072b2", "#d55e00", "#cc79a7"];
    let themes = Themes::built_in().unwrap();
    let theme = themes.get("colour-blind").unwrap();
    let meanings = [Tone::Accent, Tone::Good, Tone::Warning, Tone::Critical, Tone::Info, Tone::Paused];
    for colour in meanings.iter().filter_map(|tone| theme[*tone].fg).chain(theme.series.into_iter().flatten()) {
        assert!(theirs.contains(&colour.to_string().as_str()), "{colour}");
    }
}

#[test]
fn mono_has_no_colour_and_tells_what_matters_apart() {
    let themes = Themes::built_in().unwrap();
    let mono = themes.get("mono").unwrap();
    assert!(Tone::ALL.iter().all(|tone| mono[*tone].fg.is_none() && mono[*tone].bg.is_none()));
    let looks = [Tone::Text, Tone::Warning, Tone::Critical, Tone::Selection].map(|tone| mono[tone]);
    for (index, look) in looks.iter().enumerate() {
        assert!(!looks[..index].contains(look));
    }
    let bare = themes.get("dark").unwrap().in_none(mono);
    assert_eq!((bare.name.as_str(), bare[Tone::Critical]), ("dark", mono[Tone::Critical]));
}

#[test]
fn the_selection_is_seen() {
    each(|theme| {
        for theme in [theme.clone(), theme.in_256(), theme.in_16()] {
            let look = theme[Tone::Selection];
            assert!(look.reversed || look.bg.is_some_and(|bg| bg != theme.assumed), "{}", theme.name);
        }
    });
}

#[test]
fn a_theme_is_shown_in_the_depth_there_is() {
    let themes = Themes::built_in().unwrap();
    let dark = themes.get("dark").unwrap();
    assert_eq!(themes.shown("dark", Depth::True), *dark);
    assert_eq!(themes.shown("gone", Depth::Ansi16), dark.in_16());
    let bare = themes.shown("light", Depth::None);
    assert_eq!((bare.name.as_str(), bare.background, bare[Tone::Good].fg), ("light", None, None));
}

#[test]
fn t_goes_round() {
    let themes = Themes::built_in().unwrap();
    let mut name = "dark".to_owned();
    let mut seen = Vec::new();
    for _ in 0..BUILT_IN.len() {
        seen.push(name.clone());
        name.clone_from(&themes.after(&name).name);
    }
    assert_eq!(name, "dark");
    assert_eq!(seen, BUILT_IN.map(|(name, _)| name));
    assert_eq!(themes.after("gone").name, "dark");
}

fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = TempDir::new().unwrap();
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

#[test]
fn a_file_of_the_same_name_changes_a_built_in_theme() {
    let folder = folder(&[("dark.toml", "critical = { fg = \"#ff0000\", italic = true }"), ("notes.txt", "?")]);
    let themes = Themes::load(Some(folder.path())).unwrap();
    let (dark, before) = (themes.get("dark").unwrap(), Themes::built_in().unwrap());
    assert_eq!(dark[Tone::Critical], Look { fg: Some(Rgb(255, 0, 0)), italic: true, ..Look::default() });
    assert_eq!(dark[Tone::Text], before.get("dark").unwrap()[Tone::Text]);
    assert_eq!(themes.iter().count(), BUILT_IN.len());
}

#[test]
fn a_new_theme_starts_from_its_base() {
    let folder = folder(&[("paper.toml", "base = \"light\"\nbackground = \"#ffffff\"\nabout = \"white\"")]);
    let themes = Themes::load(Some(folder.path())).unwrap();
    let paper = themes.get("paper").unwrap();
    assert_eq!((paper.background, paper.assumed), (Some(Rgb(255, 255, 255)), Rgb(255, 255, 255)));
    assert_eq!(paper[Tone::Good], themes.get("light").unwrap()[Tone::Good]);
}

#[test]
fn no_folder_holds_no_themes() {
    assert_eq!(Themes::load(Some(Path::new("/nonexistent/themes"))).unwrap(), Themes::built_in().unwrap());
}

#[rstest]
#[case("x.toml", "base = \"drak\"", "x.toml:1: base: there is no theme \"drak\"; did you mean dark?")]
#[case("x.toml", "\ntexxt = \"#ffffff\"", "x.toml:2: texxt: there is no such section or key; did you mean text?")]
#[case("x.toml", "text = \"red\"", "x.toml:1: text: is \"red\"; a colour such as \"#7eb6d9\" is wanted, or \"none\"")]
#[case("x.toml", "text = { fg = \"#fff\" }", "x.toml:1: text.fg: is \"#fff\"")]
#[case("x.toml", "text = { bold = 1 }", "x.toml:1: text.bold: is 1; true or false")]
#[case("x.toml", "series = [\"#ffffff\"]", "x.toml:1: series: wants a list of 6 colours")]
#[case("x.toml", "background = \"blue\"", "or \"terminal\"")]
#[case("x.toml", "background = \"#000000\"\nassumed = \"#111111\"", "x.toml:2: assumed: goes with")]
#[case("x.toml", "text = ", "x.toml:1: not TOML")]
#[case("My Theme.toml", "", "a theme file is named with small letters")]
fn a_wrong_theme_says_where(#[case] name: &str, #[case] text: &str, #[case] expected: &str) {
    let folder = folder(&[(name, text)]);
    let error = Themes::load(Some(folder.path())).unwrap_err().to_string();
    assert!(error.contains(expected), "{error}");
}

#[test]
fn a_built_in_theme_leaves_nothing_out() {
    let wrong = Theme::read("x", Path::new("x.toml"), "text = \"none\"", None).unwrap_err();
    assert!(wrong[0].what.starts_with("lacks about, background, series, assumed, dim"), "{}", wrong[0].what);
}
