//! How old the facts of a pane are and how far they can be trusted; and what a pane says that has none.

use crate::app::{App, Intent, Measure, Only, Pane, text};
use crate::config::Tone;
use crate::fabric::Source;
use crate::model::{Quality, Question, RegionId};

/// The questions that feed a pane, the one that lists its rows first.
fn feeds(app: &App, pane: Pane) -> &'static [Question] {
    match pane {
        Pane::Findings => &[
            Question::Logs,
            Question::Queues,
            Question::Metrics,
            Question::QueuePulse,
            Question::Alarms,
            Question::Functions,
        ],
        Pane::Sessions | Pane::Agents => {
            &[Question::LogGroups, Question::Metrics, Question::Logs, Question::Functions, Question::Instances]
        }
        Pane::Queues => &[Question::Queues, Question::QueuePulse],
        Pane::Metrics => match app.chart.measure {
            Measure::Tokens => &[Question::Metrics],
            Measure::Spend | Measure::Errors => &[Question::Logs],
            Measure::Waiting => &[Question::Queues],
        },
        Pane::Logs => &[Question::Logs],
        Pane::Cost => &[Question::Cost, Question::Forecast, Question::Budgets],
        Pane::Alarms => &[Question::Alarms],
        Pane::Regions => &Question::ALL,
        Pane::Actions | Pane::Calls => &[],
    }
}

/// The questions that a pane shows something of too, and that are asked so seldom that its age is not theirs.
fn seldom(pane: Pane) -> &'static [Question] {
    match pane {
        Pane::Findings => &[Question::Replicas, Question::Quotas],
        Pane::Sessions | Pane::Agents => &[Question::Results],
        _ => &[],
    }
}

/// Each question with the regions it is asked of, and its state there. What waits for a listing has none yet.
fn sources(app: &App, pane: Pane) -> impl Iterator<Item = (Question, &RegionId, Option<&Source>)> {
    let regions = app.fabric.regions();
    feeds(app, pane).iter().chain(seldom(pane)).flat_map(move |question| {
        let asked = if question.is_global() { regions.get(..1).unwrap_or_default() } else { regions };
        let source = |id: &RegionId| app.fabric.sources().get(&(id.clone(), *question));
        asked.iter().map(move |region| (*question, &region.id, source(&region.id)))
    })
}

/// How old the facts of a pane are, and what is wrong with them.
pub(super) struct Fresh {
    /// In a few words, such as `age <10s · metrics throttled in us-west-2`.
    pub(super) words: String,
    /// In fewer words, such as `age <10s · throttled`.
    pub(super) brief: String,
    /// What went wrong, to what, and what to do; empty where nothing did.
    pub(super) reason: String,
    /// How it is meant.
    pub(super) tone: Tone,
}

/// What stands at the right of a pane's title.
pub(super) fn fresh(app: &App, pane: Pane) -> Fresh {
    let mut oldest = None;
    let mut reading = None;
    let mut worst: Option<(u8, &str, String, String)> = None;
    let mut note = |rank, word, place: String, why: &Option<String>| {
        if worst.as_ref().is_none_or(|(known, ..)| *known < rank) {
            worst = Some((rank, word, place, why.clone().unwrap_or_default()));
        }
    };
    let is_one_region = app.fabric.regions().len() < 2;
    for (question, region, source) in sources(app, pane) {
        let Some(source) = source else { continue };
        if let Some(count) = source.reading {
            let _ = reading.get_or_insert_with(|| format!("reading {question}… {} so far", text::count(count)));
        }
        if !seldom(pane).contains(&question) {
            oldest = oldest.max(source.age(app.now));
        }
        if source.reading.is_some() && source.answered.is_none() {
            continue;
        }
        let what = |word: &str| {
            if is_one_region { format!("{question} {word}") } else { format!("{question} {word} in {region}") }
        };
        match source.quality {
            Quality::Complete if source.is_late(question, app.now) => note(3, "late", what("late"), &source.reason),
            Quality::Complete => {}
            // Orders can be given without it.
            quality if question == Question::Rights => note(1, quality.word(), what(quality.word()), &source.reason),
            Quality::Sampled => note(1, "sampled", what("sampled"), &source.reason),
            Quality::Partial => note(2, "partial", what("partial"), &source.reason),
            quality => note(4 + quality as u8, quality.word(), what(quality.word()), &source.reason),
        }
    }
    let age = oldest.map(|age| format!("age {}", text::age(age)));
    let said = |words: String| Fresh { brief: words.clone(), words, reason: String::new(), tone: Tone::Dim };
    match (reading, worst, age) {
        (Some(reading), _, None) => said(reading),
        (Some(reading), None, Some(age)) => said(format!("{reading} · {age}")),
        (_, Some((rank, word, what, reason)), age) => {
            let tone = if rank > 2 { Tone::Warning } else { Tone::Dim };
            let aged = |what: &str| age.as_ref().map_or_else(|| what.to_owned(), |age| format!("{age} · {what}"));
            Fresh { words: aged(&what), brief: aged(word), reason, tone }
        }
        (None, None, Some(age)) => said(age),
        // Before the first answer the pane itself says whom it asks.
        (None, None, None) => said(String::new()),
    }
}

/// What is said before the first answer.
pub(super) fn asking(app: &App) -> String {
    let regions: Vec<&str> = app.fabric.regions().iter().map(|region| region.id.as_str()).collect();
    match regions.as_slice() {
        [] => "asking…".to_owned(),
        [one] => format!("asking {one}…"),
        [one, rest @ ..] if rest.len() > 2 => format!("asking {one} and {} more regions…", rest.len()),
        all => format!("asking {}…", all.join(", ")),
    }
}

/// Why a pane has no rows, and what would fill it.
pub(super) fn why_empty(app: &App, pane: Pane) -> (String, Tone) {
    let table = app.table(pane);
    let filter = &table.filter;
    if table.unfiltered > 0 && (!filter.text.is_empty() || filter.only.is_some()) {
        let of = text::count(table.unfiltered as u64);
        return (format!("none of {of} {} match {}; Esc shows all", pane.word(), filter_words(app, pane)), Tone::Dim);
    }
    if pane == Pane::Actions {
        let [menu, unlock] = [Intent::Menu, Intent::Unlock].map(|intent| app.key_word(intent));
        return (format!("nothing has been ordered: {menu} on a row shows what can be, {unlock} unlocks"), Tone::Dim);
    }
    if pane == Pane::Calls {
        return ("nothing has been asked yet".to_owned(), Tone::Dim);
    }
    let listing = feeds(app, pane).first().copied();
    let mut is_answered = false;
    for (_, region, source) in sources(app, pane).filter(|(question, ..)| Some(*question) == listing) {
        let Some(source) = source else { continue };
        if source.answered.is_some() {
            is_answered = true;
        } else if let Some(count) = source.reading {
            return (format!("reading… {} so far", text::count(count)), Tone::Dim);
        } else if !source.quality.has_facts() {
            let why = source.reason.as_deref().unwrap_or("no reason given");
            return (format!("{} in {region}: {why}", source.quality.word()), Tone::Warning);
        }
    }
    if !is_answered {
        return (asking(app), Tone::Dim);
    }
    let state = fresh(app, pane);
    if pane == Pane::Findings && !state.reason.is_empty() {
        return (format!("nothing is wrong in what is known · {}: {}", state.brief, state.reason), state.tone);
    }
    let text = match pane {
        Pane::Findings => "nothing is wrong",
        Pane::Sessions | Pane::Agents => {
            "no agents: one appears with its log group, its metrics, its queue, or a tagged function or instance"
        }
        Pane::Queues => "no queues: those whose name begins with the configured prefix appear here",
        Pane::Metrics => "no values yet: the chart fills as agents report",
        Pane::Logs => "no lines yet: they appear as agents write them",
        Pane::Cost => "Cost Explorer tells of no cost yet; it is up to a day behind",
        Pane::Alarms => "no CloudWatch alarms are set in these regions",
        Pane::Regions => "no regions are configured",
        Pane::Actions | Pane::Calls => "",
    };
    (text.to_owned(), Tone::Dim)
}

/// What a pane is narrowed to, in words: `navidocs/*`, `“timeout”`, `not “ok”`. Empty where it shows all.
pub(super) fn filter_words(app: &App, pane: Pane) -> String {
    let filter = &app.table(pane).filter;
    let only = filter.only.as_ref().map(|only| match only {
        Only::Session(id) => format!("{id}/*"),
        Only::Agent(key) => key.to_string(),
    });
    let words = (!filter.text.is_empty()).then(|| {
        let sign = match filter.kind {
            crate::app::FilterKind::Plain => "",
            crate::app::FilterKind::Inverse => "not ",
            crate::app::FilterKind::Fuzzy => "~",
        };
        format!("{sign}“{}”", filter.text)
    });
    [only, words].into_iter().flatten().collect::<Vec<_>>().join(" ")
}
