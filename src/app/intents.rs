//! The table of all that an engineer can want. See [`super::intent`] for what its columns mean.

use super::intent::{Arg, Group, Intent, Place, Spec, row};
use super::{Pane, View};

/// The table.
#[rustfmt::skip]
pub const INTENTS: &[Spec] = {
    use Group::{Going, Moving, Orders, Program, Reading, Replay, Rows, Views};
    use Place::{Everywhere, In, Looking, Overlays, Plans};
    const READING: Place = Place::Reading;
    const CREW: Place = In(&[Pane::Findings, Pane::Sessions, Pane::Agents]);
    &[
        row(Intent::Show(View::Overview), "overview", &["1"], Views).on(READING).says("overview", "What is wrong, and a look at everything"),
        row(Intent::Show(View::Agents), "agents", &["2"], Views).on(READING).says("agents", "Sessions and agents"),
        row(Intent::Show(View::Queues), "queues", &["3"], Views).on(READING).says("queues", "Queues and dead letters"),
        row(Intent::Show(View::Metrics), "metrics", &["4"], Views).on(READING).says("metrics", "Charts"),
        row(Intent::Show(View::Logs), "logs", &["5"], Views).on(READING).says("logs", "Log lines"),
        row(Intent::Show(View::Cost), "cost", &["6"], Views).on(READING).says("cost", "What it costs"),
        row(Intent::Show(View::Alarms), "alarms", &["7"], Views).on(READING).takes(Arg::Install).says("alarms", "CloudWatch's own alarms"),
        row(Intent::Show(View::Regions), "regions", &["8"], Views).on(READING).says("regions", "Regions, services, and how good every answer is"),
        row(Intent::Show(View::Actions), "actions", &["9"], Views).on(READING).says("actions", "Orders that run and that ran, step by step"),
        row(Intent::Show(View::Calls), "calls", &["0"], Views).on(READING).says("calls", "What asking takes: every operation that is called, how often, and what it costs"),
        row(Intent::View, "view", &[], Views).needs(Arg::View).says("view", "Show a view by its name"),

        row(Intent::Down, "down", &["j", "down"], Moving).on(Everywhere).says("down", "One row down; in a prompt, a later line"),
        row(Intent::Up, "up", &["k", "up"], Moving).on(Everywhere).says("up", "One row up; in a prompt, an earlier line"),
        row(Intent::Top, "top", &["g", "home"], Moving).on(Looking).says("top", "The first row"),
        row(Intent::Bottom, "bottom", &["G", "end"], Moving).on(Looking).says("bottom", "The last row; the log then follows its end"),
        row(Intent::PageDown, "page-down", &["pagedown", "ctrl-f"], Moving).on(Looking).says("page down", "A page down"),
        row(Intent::PageUp, "page-up", &["pageup", "ctrl-b"], Moving).on(Looking).says("page up", "A page up"),
        row(Intent::HalfDown, "half-down", &["ctrl-d"], Moving).on(Looking).says("half down", "Half a page down"),
        row(Intent::HalfUp, "half-up", &["ctrl-u"], Moving).on(Looking).says("half up", "Half a page up"),
        row(Intent::NextPane, "next-pane", &["tab"], Moving).on(Everywhere).says("pane", "The next pane; in a prompt, the next completion"),
        row(Intent::PreviousPane, "previous-pane", &["shift-tab"], Moving).on(Everywhere).says("pane back", "The pane before; in a prompt, the completion before"),
        row(Intent::Open, "open", &["enter"], Moving).on(Everywhere).says("open", "Into the row: a finding leads to its thing, the rest shows all that is known"),
        row(Intent::Back, "back", &["esc"], Moving).on(Everywhere).says("back", "Out: of what lies on top, the zoom, the filter, the view"),
        row(Intent::Close, "close", &["q"], Moving).on(Overlays).says("close", "Close what lies on top"),
        row(Intent::Zoom, "zoom", &["z"], Moving).says("zoom", "The pane alone on the screen, and back"),

        row(Intent::Filter, "filter", &["/"], Rows).takes(Arg::Text).says("filter", "Show what holds the words; !words what does not, ~words what holds their letters in that order"),
        row(Intent::NextMatch, "next", &["n"], Rows).says("next", "The next row of the filter; without one the next finding, in the log the next error"),
        row(Intent::PreviousMatch, "previous", &["N"], Rows).says("previous", "The one before"),
        row(Intent::Sort, "sort", &["s"], Rows).takes(Arg::Column).says("sort", "Sort by the next column, or by the one named"),
        row(Intent::Reverse, "reverse", &["S"], Rows).says("reverse", "Turn the order round"),
        row(Intent::Mark, "mark", &["space"], Rows).says("mark", "Mark the row, or take the mark away"),
        row(Intent::Copy, "copy", &["y"], Rows).on(READING).says("copy", "Copy the marked rows' names or lines, else the selected one's"),

        row(Intent::Agent, "agent", &[], Going).needs(Arg::Agent).says("agent", "Go to an agent"),
        row(Intent::Session, "session", &[], Going).needs(Arg::Session).says("session", "Go to the agents of a session"),
        row(Intent::Queue, "queue", &[], Going).needs(Arg::Queue).says("queue", "Go to a queue"),
        row(Intent::Region, "region", &[], Going).needs(Arg::Region).says("region", "Go to a region"),
        row(Intent::Log, "log", &["l"], Going).takes(Arg::Logger).says("log", "The log of the selected agent or session, or of the one named"),

        row(Intent::Follow, "follow", &["f"], Reading).says("follow", "Follow the end of the log, or stay"),
        row(Intent::Metric, "metric", &["]"], Reading).takes(Arg::Measure).says("metric", "Chart the next measure, or the one named"),
        row(Intent::MetricBack, "metric-back", &["["], Reading).says("metric back", "Chart the measure before"),
        row(Intent::By, "by", &["b"], Reading).takes(Arg::Grouping).says("by", "A line of the chart is a model, a session or an agent"),

        row(Intent::Unlock, "unlock", &["u"], Orders).on(Looking).takes(Arg::Unlock).says("unlock", "Let orders through for a time, such as 15m, and say why"),
        row(Intent::Lock, "lock", &["U"], Orders).on(Looking).says("lock", "Let no order through any more, at once"),
        row(Intent::Menu, "orders", &["a"], Orders).says("orders", "All that can be ordered here, and why the rest cannot"),
        row(Intent::LastOrder, "last-order", &["o"], Orders).on(READING).says("last order", "Go to the order given last"),
        row(Intent::Remedy, "remedy", &["r"], Orders).on(In(&[Pane::Findings])).says("remedy", "The order that helps against the finding"),
        row(Intent::Restart, "restart", &["r"], Orders).on(In(&[Pane::Sessions, Pane::Agents])).takes(Arg::Restart).says("restart", "Give an agent, a session's agents, or all that failed their last task once more"),
        row(Intent::Pause, "pause", &["p"], Orders).on(CREW).takes(Arg::Logger).says("pause", "Let an agent take no more work"),
        row(Intent::Resume, "resume", &["P"], Orders).on(CREW).takes(Arg::Logger).says("resume", "Let it work again, as before the pause"),
        row(Intent::Redrive, "redrive", &["r"], Orders).on(In(&[Pane::Queues])).takes(Arg::Redrive).says("redrive", "Move dead letters back to where they came from, at most RATE a second"),
        row(Intent::CancelRedrive, "cancel-redrive", &["c"], Orders).on(In(&[Pane::Queues])).takes(Arg::Queue).says("cancel redrive", "Stop a redrive; what has moved stays moved"),
        row(Intent::Look, "look", &["i"], Orders).on(In(&[Pane::Findings, Pane::Queues])).takes(Arg::Queue).says("look into", "Read the messages of a queue and check who signed them; it counts as a receive"),
        row(Intent::Send, "send", &["m"], Orders).on(In(&[Pane::Queues])).takes(Arg::Queue).says("message", "Write a signed message to a queue"),
        row(Intent::Purge, "purge", &["X"], Orders).on(In(&[Pane::Queues])).takes(Arg::Queue).says("purge", "Throw all messages of a queue away, for good"),
        row(Intent::Silence, "silence", &["m"], Orders).on(In(&[Pane::Findings, Pane::Alarms])).takes(Arg::Silence).says("mute", "Let an alarm tell no one for a while"),
        row(Intent::Unsilence, "unsilence", &["M"], Orders).on(In(&[Pane::Findings, Pane::Alarms])).takes(Arg::Alarm).says("unmute", "Let a silenced alarm speak again"),
        row(Intent::InstallAlarms, "alarms-install", &["I"], Orders).on(In(&[Pane::Alarms])).says("install alarms", "Put the CloudWatch alarms behind our rules in place; also :alarms install"),
        row(Intent::Failover, "failover", &["F"], Orders).on(In(&[Pane::Regions])).takes(Arg::Region).says("fail over", "Make the region NAME do the work"),
        row(Intent::Failback, "failback", &["B"], Orders).on(In(&[Pane::Regions])).says("fail back", "Make the configured primary region do the work again"),
        row(Intent::RebootDb, "reboot-db", &[], Orders).says("restart database", "Restart the database, in its other zone where it has one"),
        row(Intent::Promote, "promote", &[], Orders).takes(Arg::Replica).says("promote", "Make a replica a database of its own, for good"),
        row(Intent::ResizeDb, "resize-db", &[], Orders).needs(Arg::Class).says("resize database", "Give the database another class; it restarts"),
        row(Intent::Launch, "launch", &[], Orders).needs(Arg::Launch).says("launch", "Start a session of N agents for a task"),
        row(Intent::Provision, "provision", &[], Orders).takes(Arg::NewAgent).says("provision", "Start an instance from the launch template, for an agent"),
        row(Intent::Start, "start", &[], Orders).takes(Arg::Instance).says("start", "Start a stopped instance"),
        row(Intent::Stop, "stop", &[], Orders).takes(Arg::Instance).says("stop", "Stop an instance"),
        row(Intent::Terminate, "terminate", &[], Orders).takes(Arg::Instance).says("terminate", "Do away with an instance, for good"),
        row(Intent::Yes, "yes", &["y"], Orders).on(Plans).says("run it", "Answer a plan with yes; where more than one thing feels it, its name is typed then"),
        row(Intent::DryRun, "dry-run", &["d"], Orders).on(Plans).says("leave it", "Leave a plan without running it"),
        row(Intent::CopyPlan, "copy-plan", &["c"], Orders).on(Plans).says("copy", "Copy the command lines of a plan"),
        row(Intent::Override, "override", &[], Orders).needs(Arg::Reason).says("override", "Run the plan that is open although a check is red, and say why"),
        row(Intent::BreakLock, "break-lock", &[], Orders).needs(Arg::Locked).says("break a lock", "Take a lock from whoever holds it, and say why; what they run stops before its next step"),
        row(Intent::Continue, "continue", &["c"], Orders).on(Place::Orders).says("continue", "Go on with a stopped order"),
        row(Intent::Undo, "undo", &["B"], Orders).on(Place::Orders).says("take back", "Take back what a stopped order has done, last step first"),
        row(Intent::Leave, "leave", &["L"], Orders).on(Place::Orders).says("leave", "Leave a stopped order as it stands"),
        row(Intent::Halt, "halt", &["x"], Orders).on(Place::Orders).says("stop", "Stop a running order before its next step"),

        row(Intent::Hold, "hold", &[";"], Replay).on(READING).says("hold", "Let the recording stand still, and go on"),
        row(Intent::Rewind, "rewind", &[","], Replay).on(READING).takes(Arg::Time).says("back 1m", "A minute back in the recording, or as far as is said"),
        row(Intent::Skip, "skip", &["."], Replay).on(READING).takes(Arg::Time).says("on 1m", "A minute on in it, or as far as is said"),
        row(Intent::Faster, "faster", &["+"], Replay).on(READING).says("faster", "Twice as fast, up to 64 times"),
        row(Intent::Slower, "slower", &["-"], Replay).on(READING).says("slower", "Half as fast"),
        row(Intent::At, "at", &[], Replay).on(READING).needs(Arg::Clock).says("at", "Go to a time in it, such as 14:05 or 14:05:30"),

        row(Intent::Refresh, "refresh", &["ctrl-r"], Program).on(READING).says("ask now", "Ask now for all that is on the screen"),
        row(Intent::Errors, "errors", &["e"], Program).on(READING).says("errors", "What went wrong lately"),
        row(Intent::Theme, "theme", &["t"], Program).on(READING).takes(Arg::Theme).says("theme", "The next theme, or the one named"),
        row(Intent::Help, "help", &["?"], Program).on(READING).alias("h").says("help", "Every key and command"),
        row(Intent::Command, "command", &[":"], Program).on(Looking).says("command", "Type a command"),
        row(Intent::Repaint, "repaint", &["ctrl-l"], Program).on(Everywhere).says("repaint", "Draw everything anew"),
        row(Intent::Suspend, "suspend", &["ctrl-z"], Program).on(Everywhere).says("suspend", "Back to the shell; fg returns"),
        row(Intent::Quit, "quit", &["q"], Program).alias("q").says("quit", "Quit"),
        row(Intent::Interrupt, "quit!", &["ctrl-c"], Program).on(Everywhere).alias("q!").says("quit", "Quit, whatever is open"),
    ]
};
