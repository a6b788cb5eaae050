//! What was logged since the last time? CloudWatch Logs.
//!
//! Each group is read from a little before its newest line on, and what was read before is known by its id: a line that
//! comes in up to three minutes late is neither lost nor read twice. The first look goes three hours back, as for the
//! metrics: a start that old still tells that an agent is stuck.
//!
//! Where a look goes far back (the first, and those after an outage, after a night of the laptop, and where lines come
//! faster than they are read) and is more than a page, the newest lines come first. What lies between is a gap: it is
//! said which, and it is read in what time is left.
//!
//! AWS allows an account five such calls a second. So each answer makes a limited number of them: first for the agents
//! someone looks at, then for the groups not read for longest. What it did not get to, it says.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use chrono::TimeDelta;

use super::asking::{Asking, bounded, locked};
use super::log_groups;
use super::log_line;
use super::site::Site;
use super::trouble::{Api, Trouble};
use crate::model::{GroupOwner, LogGap, LogGroup, LogLine, Service, Time};

pub(super) const FILTER: Api = Api::new(Service::Logs, "FilterLogEvents");

/// How far back the first look goes.
const FIRST: TimeDelta = TimeDelta::hours(3);

/// How late a line may come in.
const OVERLAP: TimeDelta = TimeDelta::minutes(3);

/// A look after a longer time than this leaves a gap where it is more than a page.
const FAR: TimeDelta = TimeDelta::minutes(6);

/// An answer makes as many calls as fit into so many seconds: less than its cadence, for others tail too.
const SECONDS: usize = 3;

/// How many groups are read at once.
const AT_ONCE: usize = 8;

/// How far each group has been read, by name.
#[derive(Debug, Default)]
pub(super) struct Tails {
    tails: HashMap<Arc<str>, Tail>,
    turn: u64,
}

/// A stretch of time that is being read, and how far.
#[derive(Debug)]
struct Stretch {
    from: Time,
    /// When reading it began: what came in later is not in it for sure.
    began: Time,
    token: Option<String>,
    /// The newest line that was read of it: pages come in the order of time.
    reached: Option<Time>,
}

impl Stretch {
    fn new(from: Time, began: Time) -> Self {
        Self { from, began, token: None, reached: None }
    }

    /// Whether it is read up to where the one after it begins.
    fn is_filled(&self) -> bool {
        self.reached.is_some_and(|reached| reached >= self.began - OVERLAP)
    }

    /// What is missing of it, where the rest is read from `to` on.
    fn gap(&self) -> LogGap {
        let to = self.began - OVERLAP;
        let from = self.reached.map_or(self.from, |reached| reached + TimeDelta::milliseconds(1));
        LogGap { from: from.min(to), to, groups: 1 }
    }
}

/// How far one group has been read.
#[derive(Debug)]
struct Tail {
    /// From here on it is read next; with a token, from where it was broken off.
    live: Stretch,
    /// The rests of looks that went far back, the newest last.
    older: Vec<Stretch>,
    /// When the live stretch was last read to its end, or a gap was left before it.
    whole: Option<Time>,
    newest: Option<Time>,
    /// Lines that may be met again.
    seen: HashMap<u64, Time>,
    /// In which turn it was last read; 0 is never.
    turn: u64,
}

impl Tail {
    fn new(now: Time) -> Self {
        let live = Stretch::new(now - FIRST, now);
        Self { live, older: Vec::new(), whole: None, newest: None, seen: HashMap::new(), turn: 0 }
    }

    fn is_behind(&self) -> bool {
        self.live.token.is_some() || !self.older.is_empty()
    }

    /// Where more than a page came since all was read, and that is long ago: goes on from a little before `now`, and
    /// leaves the rest as a gap.
    fn skip(&mut self, now: Time) {
        if self.live.token.is_some() && self.whole.is_none_or(|at| now - at > FAR) {
            let mut rest = std::mem::replace(&mut self.live, Stretch::new(now - OVERLAP, now));
            rest.began = now;
            rest.reached = rest.reached.max(self.whole.map(|at| at - OVERLAP));
            self.older.push(rest);
            self.whole = Some(now);
        }
    }

    /// The one that is read now: the newest of the older ones, or the live one.
    fn stretch(&mut self, older: bool) -> &mut Stretch {
        match self.older.last_mut() {
            Some(stretch) if older => stretch,
            _ => &mut self.live,
        }
    }

    /// The live stretch has been read to its end: the next begins a little before the newest line.
    fn advance(&mut self) {
        self.whole = Some(self.live.began);
        if let Some(newest) = self.newest {
            self.live.from = self.live.from.max(newest.min(self.live.began) - OVERLAP);
        }
        let kept = self.older.iter().fold(self.live.from, |kept, older| kept.min(older.from));
        self.seen.retain(|_, at| *at >= kept);
    }
}

/// The lines that are new since the last answer, and what is not read yet.
pub(super) async fn ask(asking: &Asking<'_>, site: &Site) -> Result<(Vec<LogLine>, Vec<LogGap>), Trouble> {
    let known = locked(&site.groups).clone();
    let groups = match known {
        Some(groups) => groups,
        None => log_groups::ask(asking, site).await?,
    };
    // Taken out while they are read; an answer that is never finished begins anew, and its lines are known by their ids.
    let Tails { mut tails, turn } = std::mem::take(&mut *locked(&site.tails));
    let turn = turn + 1;
    let now = asking.now();
    let mut waiting: Vec<(LogGroup, Tail)> = groups
        .into_iter()
        .map(|group| {
            let tail = tails.remove(&group.name).unwrap_or_else(|| Tail::new(now));
            (group, tail)
        })
        .collect();
    waiting.sort_by_key(|(group, tail)| {
        let is_focused = matches!(&group.owner, GroupOwner::Agent(agent) if asking.ask.focus.contains(agent));
        (!is_focused, tail.turn)
    });
    let all = waiting.len();
    let calls = if asking.settings.whole_logs {
        usize::MAX
    } else {
        asking.settings.log_calls_per_second.max(1) as usize * SECONDS
    };
    // Where not all fit, a third of the calls is for groups that hold more than a page.
    let chosen = if all > calls { (calls / 3 * 2).max(1) } else { all };
    let mut rest = waiting.split_off(chosen);
    // Those someone looks at come first, and not alone.
    let share = chosen / 2;
    let focused = waiting.iter().filter(|(group, _)| is_focused(asking, group)).count();
    if focused > share && !rest.is_empty() {
        rest.sort_by_key(|(_, tail)| tail.turn);
        let swapped = (focused - share).min(rest.len());
        for (mine, theirs) in waiting[share..].iter_mut().zip(rest.iter_mut()).take(swapped) {
            std::mem::swap(mine, theirs);
        }
    }
    let spare = AtomicUsize::new(calls.saturating_sub(chosen));
    let read = waiting.into_iter().map(|(group, mut tail)| {
        let spare = &spare;
        async move {
            tail.turn = turn;
            let mut lines = Vec::new();
            let answer = group_lines(asking, site, &group, &mut tail, spare, &mut lines).await;
            (group, tail, lines, answer)
        }
    });
    let read = bounded(AT_ONCE, read).await;
    let mut lines = Vec::new();
    let mut troubles = Vec::new();
    let mut behind = 0;
    let mut kept: HashMap<Arc<str>, Tail> = rest.into_iter().map(|(group, tail)| (group.name, tail)).collect();
    for (group, tail, new, answer) in read {
        lines.extend(new);
        match answer {
            // The group went away since it was listed.
            Err(trouble) if trouble.is_not_there() => continue,
            Err(trouble) => troubles.push(trouble),
            Ok(()) => behind += usize::from(tail.is_behind()),
        }
        kept.insert(group.name, tail);
    }
    let gaps = joined(kept.values().flat_map(|tail| &tail.older).map(Stretch::gap).collect());
    *locked(&site.tails) = Tails { tails: kept, turn };
    if troubles.len() == chosen
        && lines.is_empty()
        && let Some(trouble) = troubles.pop()
    {
        return Err(trouble);
    }
    for trouble in troubles {
        asking.miss(trouble);
    }
    if chosen < all {
        asking.miss_part(&format!("{chosen} of {all} log groups were read this time: the others follow by turns"));
    }
    if behind > 0 {
        asking.miss_part(&format!("{behind} log groups hold more than could be read this time: it follows by turns"));
    }
    Ok((lines, gaps))
}

/// Gaps of many groups as few: those that overlap are one.
fn joined(mut gaps: Vec<LogGap>) -> Vec<LogGap> {
    gaps.sort_by_key(|gap| gap.from);
    let mut joined: Vec<LogGap> = Vec::new();
    for gap in gaps {
        match joined.last_mut().filter(|last| gap.from <= last.to) {
            Some(last) => {
                last.to = last.to.max(gap.to);
                last.groups += 1;
            }
            None => joined.push(gap),
        }
    }
    joined
}

fn is_focused(asking: &Asking<'_>, group: &LogGroup) -> bool {
    matches!(&group.owner, GroupOwner::Agent(agent) if asking.ask.focus.contains(agent))
}

/// Reads one group as far as there are calls to `spare`, the first being its own.
async fn group_lines(
    asking: &Asking<'_>,
    site: &Site,
    group: &LogGroup,
    tail: &mut Tail,
    spare: &AtomicUsize,
    lines: &mut Vec<LogLine>,
) -> Result<(), Trouble> {
    let another = || spare.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |n| n.checked_sub(1)).is_ok();
    let now = asking.now();
    // What is newest must not wait for what is oldest.
    tail.skip(now);
    if tail.live.token.is_none() {
        tail.live.began = now;
        tail.live.reached = None;
    }
    let mut is_owed = !tail.older.is_empty();
    loop {
        tail.live.token = page(asking, site, group, tail, false, lines).await?;
        if tail.live.token.is_none() {
            tail.advance();
            break;
        }
        tail.skip(now);
        // Where the live stretch takes all calls there are, a gap would stay for ever.
        if std::mem::take(&mut is_owed) && another() {
            fill(asking, site, group, tail, lines).await?;
        }
        if !another() {
            return Ok(());
        }
    }
    while !tail.older.is_empty() && another() {
        fill(asking, site, group, tail, lines).await?;
    }
    Ok(())
}

/// Reads one page of the newest gap.
async fn fill(
    asking: &Asking<'_>,
    site: &Site,
    group: &LogGroup,
    tail: &mut Tail,
    lines: &mut Vec<LogLine>,
) -> Result<(), Trouble> {
    let token = page(asking, site, group, tail, true, lines).await?;
    match tail.older.last_mut() {
        Some(older) if token.is_some() && !older.is_filled() => older.token = token,
        _ => drop(tail.older.pop()),
    }
    Ok(())
}

/// Reads one page of the live or the older stretch and gives the token of the next.
async fn page(
    asking: &Asking<'_>,
    site: &Site,
    group: &LogGroup,
    tail: &mut Tail,
    older: bool,
    lines: &mut Vec<LogLine>,
) -> Result<Option<String>, Trouble> {
    let stretch = tail.stretch(older);
    let question = site
        .aws
        .logs
        .filter_log_events()
        .log_group_name(&*group.name)
        .start_time(stretch.from.timestamp_millis())
        .set_next_token(stretch.token.clone())
        .set_limit(asking.settings.page_size);
    let answer = asking.call(FILTER, &format!(" of {}", group.name), question.send()).await;
    let answer = match answer {
        // A token lives for a day: begin the stretch again, what was read of it is known.
        Err(trouble) if trouble.code.as_deref() == Some("InvalidParameterException") => {
            tail.stretch(older).token = None;
            return Err(trouble);
        }
        answer => answer?,
    };
    let mut reached = tail.stretch(older).reached;
    for event in answer.events() {
        let Some(line) = log_line::read(asking.region(), group, event) else { continue };
        tail.newest = tail.newest.max(Some(line.at));
        reached = reached.max(Some(line.at));
        if tail.seen.insert(line.id, line.at).is_none() {
            lines.push(line);
        }
    }
    tail.stretch(older).reached = reached;
    if lines.len() >= 1000 {
        asking.reading(lines.len());
    }
    // A page may be empty and others follow.
    Ok(answer.next_token().filter(|token| !token.is_empty()).map(str::to_owned))
}
