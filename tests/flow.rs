//! Keys in, screen out: the real app and the real screen on a terminal that is only a buffer.

#![allow(clippy::expect_used, reason = "a test that cannot be set up has failed")]

mod scene;

use chrono::TimeDelta;
use infradeck::app::{App, Msg, Overlay, Pane, Prompt, Row, View, layout};
use infradeck::config::{Depth, Theme, Themes};
use infradeck::model::AgentKey;
use proptest::prelude::*;
use ratatui::buffer::Buffer;
use ratatui::style::{Color, Modifier};
use scene::look::{drawn, drawn_as, lines, text, text_and_styles};
use scene::play::Play;
use unicode_width::UnicodeWidthStr;

const SIZES: [(u16, u16); 5] = [layout::LEAST, (80, 24), (120, 36), (160, 45), (200, 60)];

fn themed(mut app: App, name: &str) -> App {
    app.theme = scene::theme(name);
    app
}

fn press(app: &mut App, keys: &str) {
    for key in keys.split(' ') {
        app.update(app.now, Msg::Key(key.parse().expect("a key")));
    }
}

#[test]
fn the_overview_at_every_size() {
    for size in SIZES {
        let name = format!("overview-{}x{}", size.0, size.1);
        insta::assert_snapshot!(name, text(&drawn(&scene::full(size))));
    }
}

#[test]
fn every_view() {
    for view in View::ALL.into_iter().skip(1) {
        for size in [(80, 24), (120, 36)] {
            let mut app = scene::full(size);
            press(&mut app, &((view as usize + 1) % 10).to_string());
            insta::assert_snapshot!(format!("{}-{}x{}", view.word(), size.0, size.1), text(&drawn(&app)));
        }
    }
}

#[test]
fn what_lies_over_a_view() {
    for (name, keys) in
        [("help", "?"), ("errors", "e"), ("detail", "2 tab tab enter"), ("command", ": v i"), ("filter", "2 / h 0")]
    {
        let mut app = scene::full((100, 30));
        press(&mut app, keys);
        insta::assert_snapshot!(format!("over-{name}"), text(&drawn(&app)));
    }
}

#[test]
fn the_first_frame_says_whom_it_asks() {
    for size in [(80, 24), (120, 36)] {
        insta::assert_snapshot!(format!("first-{}x{}", size.0, size.1), text(&drawn(&scene::empty(size))));
    }
}

#[test]
fn colours_and_their_substitutes() {
    let app = || scene::full((100, 30));
    insta::assert_snapshot!("styles-dark-true", text_and_styles(&drawn(&app())));
    insta::assert_snapshot!(
        "styles-light-256",
        text_and_styles(&drawn_as(&themed(app(), "light"), Depth::Ansi256, false))
    );
    insta::assert_snapshot!("styles-dark-16", text_and_styles(&drawn_as(&app(), Depth::Ansi16, false)));
    insta::assert_snapshot!("styles-none", text_and_styles(&drawn_as(&app(), Depth::None, false)));
    insta::assert_snapshot!("ascii", text(&drawn_as(&app(), Depth::True, true)));
}

/// What is underlined, with the row it stands on.
fn underlined(buffer: &Buffer) -> Vec<(usize, String)> {
    let width = usize::from(buffer.area.width);
    let mut found: Vec<(usize, String)> = Vec::new();
    let mut last = usize::MAX - 1;
    for (at, cell) in buffer.content.iter().enumerate().filter(|(_, cell)| cell.modifier.contains(Modifier::UNDERLINED))
    {
        match found.last_mut().filter(|(row, _)| last + 1 == at && *row == at / width) {
            Some((_, text)) => text.push_str(cell.symbol()),
            None => found.push((at / width, cell.symbol().to_owned())),
        }
        last = at;
    }
    found
}

#[test]
fn what_a_filter_found_is_underlined_in_every_theme() {
    let found = |theme: &str, depth, filter: &str| {
        let mut app = themed(scene::full((120, 36)), theme);
        press(&mut app, "2 /");
        app.update(app.now, Msg::Paste(filter.to_owned()));
        underlined(&drawn_as(&app, depth, false))
    };
    let texts = |found: Vec<(usize, String)>| found.into_iter().map(|(_, text)| text).collect::<Vec<_>>();
    for theme in Themes::built_in().expect("the themes read").iter().map(|theme| theme.name.clone()) {
        for depth in [Depth::None, Depth::Ansi16, Depth::True] {
            // Two agents; the sessions above them are not filtered. The selected row is underlined too.
            let shown = texts(found(&theme, depth, "DOCS/H0"));
            let shown: Vec<_> = shown.iter().filter(|text| text.contains('/')).collect();
            assert!(shown.len() > 2 && shown.iter().all(|text| *text == "docs/h0"), "{theme} {depth:?}: {shown:?}");
        }
    }
    // A word of another column, a wide one, and what is cut off at the left; figures are not looked at.
    assert!(texts(found("dark", Depth::True, "sonnet")).iter().all(|text| text == "sonnet"));
    assert_eq!(texts(found("dark", Depth::True, "格比"))[..2], ["格", "比"]);
    assert_eq!(texts(found("dark", Depth::True, "0.1")), [""; 0]);
    assert_eq!(texts(found("dark", Depth::True, "!sonnet")), [""; 0]);
    assert_eq!(texts(found("dark", Depth::True, "~sonnet")), [""; 0]);
}

#[test]
fn what_a_filter_found_is_underlined_in_every_pane() {
    for (keys, filter) in [
        ("1", "stuck"),
        ("2", "navi"),
        ("3", "dlq"),
        ("4", "haiku"),
        ("5", "error"),
        ("6", "lambda"),
        ("7", "alarm"),
        ("8", "us-"),
    ] {
        let mut app = scene::full((200, 60));
        press(&mut app, keys);
        assert!(underlined(&drawn(&app)).is_empty(), "{keys}: without a filter");
        press(&mut app, "/");
        app.update(app.now, Msg::Paste(filter.to_owned()));
        let found = underlined(&drawn(&app));
        assert!(!found.is_empty(), "{keys}: no {filter:?} in\n{}", text(&drawn(&app)));
        for (_, text) in found {
            assert_eq!(text.to_lowercase(), filter, "{keys}");
        }
    }
}

#[test]
fn below_the_least_size_one_line_says_so() {
    for size in [(59, 16), (60, 15), (30, 5)] {
        let shown = text(&drawn(&scene::full(size)));
        let filled: Vec<&str> = shown.lines().filter(|line| !line.is_empty()).collect();
        assert_eq!(filled.len(), 1, "{shown}");
        assert!(filled[0].starts_with("infradeck needs 60×16"), "{shown}");
    }
}

#[test]
fn without_colours_there_are_none_and_the_selected_row_is_still_seen() {
    let buffer = drawn_as(&scene::full((120, 36)), Depth::None, false);
    assert!(buffer.content.iter().all(|cell| cell.fg == Color::Reset && cell.bg == Color::Reset));
    let reversed: Vec<usize> = (0..buffer.content.len())
        .filter(|at| buffer.content[*at].modifier.contains(Modifier::REVERSED))
        .map(|at| at / 120)
        .collect();
    assert!(reversed.len() >= 100 && reversed.iter().all(|row| *row == reversed[0]), "{reversed:?}");
}

#[test]
fn ascii_is_ascii_in_every_view() {
    for view in View::ALL {
        let mut app = scene::full((140, 40));
        press(&mut app, &((view as usize + 1) % 10).to_string());
        assert!(text(&drawn_as(&app, Depth::True, true)).is_ascii(), "{view:?}");
    }
}

#[test]
fn while_no_fact_comes_only_the_clock_moves() {
    let mut app = scene::full((120, 36));
    let mut before = drawn(&app);
    for second in 1..4 {
        app.update(scene::now() + TimeDelta::seconds(second), Msg::Tick);
        let after = drawn(&app);
        let clock = 120 - 10..120;
        let moved: Vec<usize> =
            (0..after.content.len()).filter(|at| after.content[*at] != before.content[*at]).collect();
        assert!(moved.iter().all(|at| clock.contains(at)), "{second}: {moved:?}");
        before = after;
    }
}

#[test]
fn the_incident_is_seen_and_enter_leads_to_it() {
    let mut play = Play::new("incident", 7, None, (120, 36));
    play.pass(90);
    let shown = text(&drawn(&play.app));
    for words in ["critical  stuck", "critical  failed", "critical  dead", "warning   burn", "DEMO", "▲ 4 findings"] {
        assert!(shown.contains(words), "no {words:?} in\n{shown}");
    }
    play.press("enter");
    let shown = text(&drawn(&play.app));
    assert!(lines(&drawn(&play.app)).iter().any(|line| line.starts_with('▸') && line.contains("/h04")), "{shown}");
    play.press("/");
    play.type_in("no-such-agent");
    let shown = text(&drawn(&play.app));
    assert!(shown.contains("none of 41 agents match “no-such-agent”"), "{shown}");
    assert!(shown.contains("/no-such-agent"), "{shown}");
}

#[test]
fn a_resize_reflows_and_keeps_the_selected_row_on_the_screen() {
    let mut play = Play::new("incident", 7, None, (200, 60));
    play.pass(30);
    play.press("2 G");
    for size in SIZES {
        play.app.update(play.now(), Msg::Resize(size.0, size.1));
        let shown = lines(&drawn(&play.app));
        assert!(shown.iter().any(|line| line.contains('▸')), "{size:?}\n{}", shown.join("\n"));
    }
}

fn overlays() -> impl Strategy<Value = Option<Overlay>> {
    let detail = Row::Agent(AgentKey::new("navidocs", "h03"));
    prop_oneof![
        3 => Just(None),
        1 => (0usize..200).prop_map(|scroll| Some(Overlay::Help(scroll))),
        1 => (0usize..200).prop_map(|scroll| Some(Overlay::Errors(scroll))),
        1 => (0usize..200).prop_map(move |scroll| Some(Overlay::Detail(detail.clone(), scroll))),
        1 => Just(Some(Overlay::Command(Prompt::default()))),
    ]
}

fn themes() -> Vec<Theme> {
    ["dark", "light", "mono"].map(scene::theme).to_vec()
}

/// Everything outside the panes is blank, every pane begins with its own title, and no wide character is cut.
fn check(app: &App, buffer: &Buffer, ascii: bool) -> Result<(), TestCaseError> {
    let (w, h) = app.size;
    if layout::is_too_small(app.size) {
        return Ok(());
    }
    let at = |x: u16, y: u16| buffer.content[usize::from(y) * usize::from(w) + usize::from(x)].symbol();
    let panes = app.panes();
    let body = layout::body(app.size);
    let inside =
        |x: u16, y: u16| panes.iter().any(|(_, a)| (a.x..a.x + a.w).contains(&x) && (a.y..a.y + a.h).contains(&y));
    for y in body.y..body.y + body.h {
        for x in 0..w {
            prop_assert!(inside(x, y) || at(x, y) == " ", "{:?} at {x},{y} lies outside every pane", at(x, y));
        }
    }
    for (pane, area) in &panes {
        let title: String = (area.x..area.x + area.w).map(|x| at(x, area.y)).collect();
        let rule = if ascii { ['-', '='] } else { ['─', '━'] };
        let name = pane.word().to_uppercase();
        prop_assert!(title.starts_with(rule), "{title}");
        prop_assert!(title[rule[0].len_utf8()..].starts_with(&format!(" {name}")), "{title}");
        for y in area.y..area.y + area.h {
            let last = at(area.x + area.w - 1, y);
            prop_assert!(last.width() < 2, "{last:?} reaches out of {pane:?}");
        }
    }
    let footer: String = (0..w).map(|x| at(x, h - 1)).collect();
    prop_assert!(!footer.contains('─'), "{footer}");
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn nothing_leaves_its_pane_at_any_size(
        w in 1u16..=400,
        h in 1u16..=100,
        view in 0usize..9,
        focus in 0usize..10,
        zoomed: bool,
        full: bool,
        ascii: bool,
        depth in prop_oneof![Just(Depth::None), Just(Depth::Ansi16), Just(Depth::Ansi256), Just(Depth::True)],
        theme in 0usize..3,
        overlay in overlays(),
    ) {
        let mut app = if full { scene::full((w, h)) } else { scene::empty((w, h)) };
        press(&mut app, &(view + 1).to_string());
        app.theme = themes().swap_remove(theme);
        if layout::panes((w, h), app.view).contains(&Pane::ALL[focus]) {
            app.focus = Pane::ALL[focus];
        }
        app.zoomed = zoomed;
        let plain = overlay.is_none();
        app.overlays.extend(overlay);
        let buffer = drawn_as(&app, depth, ascii);
        if plain {
            check(&app, &buffer, ascii)?;
        }
    }
}
