//! The kinds of order there are: one table for the configuration, the commands, the help and the permissions.

use serde::{Deserialize, Serialize};

/// One kind of order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "each is explained by its line in the table")]
pub enum OrderKind {
    Restart,
    Pause,
    Resume,
    Look,
    Redrive,
    CancelRedrive,
    Purge,
    Send,
    Silence,
    Unsilence,
    Failover,
    Failback,
    RebootDb,
    Promote,
    ResizeDb,
    Launch,
    Start,
    Stop,
    Terminate,
    Provision,
    Alarms,
}

impl OrderKind {
    /// All of them, with the command's word, whether the name is always typed to confirm, and what it does.
    #[rustfmt::skip]
    pub const ALL: &[(Self, &str, bool, &str)] = &[
        (Self::Restart, "restart", false, "Give an agent its last task once more, all agents of a session, or all that failed"),
        (Self::Pause, "pause", false, "Let an agent take no more work: its function's concurrency to 0, or its instance stopped"),
        (Self::Resume, "resume", false, "Let it work again, as before the pause"),
        (Self::Look, "look", false, "Look at the messages of a queue and check their signatures; it counts as a receive"),
        (Self::Redrive, "redrive", false, "Move dead letters back to where they came from"),
        (Self::CancelRedrive, "cancel-redrive", false, "Stop a redrive that runs; what has moved stays moved"),
        (Self::Purge, "purge", true, "Throw all messages of a queue away, for good"),
        (Self::Send, "send", false, "Send a signed IF.bus message to a queue"),
        (Self::Silence, "silence", false, "Let an alarm tell no one for a while"),
        (Self::Unsilence, "unsilence", false, "Let a silenced alarm speak again"),
        (Self::Failover, "failover", true, "Make another region do the work"),
        (Self::Failback, "failback", true, "Make the configured primary region do the work again"),
        (Self::RebootDb, "reboot-db", true, "Restart the database, in its other zone where it has one"),
        (Self::Promote, "promote", true, "Make a replica a database of its own, for good"),
        (Self::ResizeDb, "resize-db", true, "Give the database another class; it restarts"),
        (Self::Launch, "launch", true, "Start a session of agents for a task"),
        (Self::Start, "start", false, "Start a stopped instance"),
        (Self::Stop, "stop", true, "Stop an instance"),
        (Self::Terminate, "terminate", true, "Do away with an instance, for good"),
        (Self::Provision, "provision", false, "Start an instance from the launch template, for an agent"),
        (Self::Alarms, "alarms-install", true, "Put the CloudWatch alarms behind our rules in place"),
    ];

    fn line(self) -> &'static (Self, &'static str, bool, &'static str) {
        // The table holds every kind: a test goes through them all.
        Self::ALL.iter().find(|line| line.0 == self).unwrap_or(&Self::ALL[0])
    }

    /// The word for it, in commands and in the configuration.
    pub fn word(self) -> &'static str {
        self.line().1
    }

    /// Whether the target's name must always be typed to confirm.
    pub fn is_typed(self) -> bool {
        self.line().2
    }

    /// What it does, in one line.
    pub fn help(self) -> &'static str {
        self.line().3
    }

    /// The kind of that word.
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.iter().find(|line| line.1 == word).map(|line| line.0)
    }
}
