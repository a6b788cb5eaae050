//! Who is in the seeded fabric, and what is to be found out about each.

/// The regions, the primary first.
pub const EAST: &str = "us-east-1";
/// The standby.
pub const WEST: &str = "us-west-2";

/// What an agent has gone through, which decides its status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Life {
    /// Started, and heard of two minutes ago.
    Working,
    /// Ended well a quarter of an hour ago.
    Complete,
    /// Its last log event is an `agent_error`, ten minutes ago; an `error.json` lies in S3.
    FailedByLog,
    /// Its logs look well, but `CompletionStatus` was 1 ten minutes ago.
    FailedByMetric,
    /// Started 50 minutes ago, not heard of for 45.
    Stuck,
    /// Its `agent_start` is a few seconds old when the seeding ends, and nothing came after it.
    Starting,
    /// A Lambda function with reserved concurrency 0.
    PausedLambda,
    /// A stopped instance.
    PausedEc2,
    /// There is a queue or an empty log group, and no sign of life.
    Idle,
}

impl Life {
    /// The status by FABRIC.md's table.
    pub fn status(self) -> &'static str {
        match self {
            Self::Working => "working",
            Self::Complete => "complete",
            Self::FailedByLog | Self::FailedByMetric => "failed",
            Self::Stuck => "stuck",
            Self::Starting => "starting",
            Self::PausedLambda | Self::PausedEc2 => "paused",
            Self::Idle => "idle",
        }
    }

    /// How many seconds ago it started and was last at work; `None` if it never showed a sign.
    pub fn start_and_work(self) -> Option<(i64, i64)> {
        match self {
            Self::Working => Some((20 * 60, 2 * 60)),
            Self::Complete => Some((40 * 60, 16 * 60)),
            Self::FailedByLog | Self::FailedByMetric => Some((30 * 60, 12 * 60)),
            Self::Stuck => Some((50 * 60, 45 * 60)),
            Self::Starting => Some((0, 0)),
            Self::PausedLambda | Self::PausedEc2 | Self::Idle => None,
        }
    }

    /// How many seconds ago it ended.
    pub fn end(self) -> Option<i64> {
        match self {
            Self::Complete => Some(15 * 60),
            Self::FailedByLog | Self::FailedByMetric => Some(10 * 60),
            _ => None,
        }
    }
}

/// The numbers that an agent's logs and metrics tell alike.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Numbers {
    /// In milliseconds, whatever the unit it is published in.
    pub execution_ms: f64,
    /// All tokens of one run, in and out.
    pub tokens_input: u64,
    /// The share that came out.
    pub tokens_output: u64,
    /// In USD.
    pub cost_usd: f64,
    /// In percent; only metrics tell it.
    pub error_rate_pct: f64,
}

/// One seeded agent.
#[derive(Clone, Debug)]
pub struct Agent {
    pub session: &'static str,
    /// `h01` …, or `coordinator`.
    pub id: String,
    pub region: &'static str,
    pub life: Life,
    /// `ModelType`, where its publisher sends it.
    pub model: Option<&'static str>,
    /// Its `ExecutionTime` is published in `Seconds` instead of `Milliseconds`.
    pub in_seconds: bool,
    pub has_log_group: bool,
    pub has_metrics: bool,
    pub has_queue: bool,
    /// `infra-agent-…`.
    pub function: Option<String>,
    /// Runs on a tagged instance.
    pub on_instance: bool,
    /// What its logs and metrics tell; `None` when it never ran or has just started.
    pub numbers: Option<Numbers>,
}

impl Agent {
    /// As FABRIC.md names it.
    pub fn log_group(&self) -> String {
        if self.id == "coordinator" {
            format!("/infrafabric/sessions/{}/coordinator", self.session)
        } else {
            format!("/infrafabric/sessions/{}/agents/{}", self.session, self.id)
        }
    }

    /// As FABRIC.md names it.
    pub fn queue(&self) -> String {
        format!("if-{}-{}", self.session, self.id)
    }
}

/// 40 agents of 3 sessions, coordinators among them: `atlas` (us-east-1) has everything that goes
/// wrong, `orion-2` (us-west-2, a hyphen in its name) is complete, `vega` works in both regions.
pub fn cast() -> Vec<Agent> {
    use Life::{Complete, FailedByLog, FailedByMetric, Idle, PausedEc2, PausedLambda, Starting, Stuck, Working};
    let atlas = [
        Working,
        Working,
        Complete,
        FailedByLog,
        Stuck,
        Starting,
        PausedLambda,
        PausedEc2,
        Idle,
        FailedByMetric,
        Working,
        Working,
        Complete,
        Idle,
        Working,
    ];
    let mut agents = vec![coordinator("atlas", EAST, Working)];
    agents.extend((1..).zip(atlas).map(|(n, life)| worker("atlas", EAST, n, life)));
    agents.push(coordinator("orion-2", WEST, Complete));
    agents.extend((1..=12).map(|n| worker("orion-2", WEST, n, Complete)));
    agents.push(coordinator("vega", EAST, Working));
    agents.extend((1..=10).map(|n| worker("vega", if n <= 5 { EAST } else { WEST }, n, Working)));

    let mut special = |session: &str, id: &str, change: fn(&mut Agent)| {
        change(agents.iter_mut().find(|agent| agent.session == session && agent.id == id).expect("in the cast"));
    };
    // Alive, and above the 5 % that make an alarm.
    special("atlas", "h02", |agent| agent.numbers.as_mut().expect("it ran").error_rate_pct = 12.5);
    // Known from one kind of source only.
    special("atlas", "h11", |agent| {
        agent.has_log_group = false;
        agent.has_queue = false;
    });
    special("atlas", "h12", |agent| agent.has_metrics = false);
    special("atlas", "h09", |agent| agent.has_log_group = false);
    special("atlas", "h14", |agent| agent.has_queue = false);
    special("atlas", "h15", |agent| agent.on_instance = true);
    special("vega", "h06", |agent| agent.on_instance = true);
    special("vega", "h01", |agent| agent.function = Some("infra-agent-vega-h01".into()));
    special("vega", "h07", |agent| agent.function = Some("infra-agent-vega-h07".into()));
    agents
}

fn coordinator(session: &'static str, region: &'static str, life: Life) -> Agent {
    Agent { id: "coordinator".into(), model: Some("sonnet"), has_queue: false, ..worker(session, region, 0, life) }
}

fn worker(session: &'static str, region: &'static str, n: u32, life: Life) -> Agent {
    let ran = life.start_and_work().is_some();
    let k = f64::from(n);
    Agent {
        session,
        id: format!("h{n:02}"),
        region,
        life,
        model: n.is_multiple_of(2).then_some("haiku"),
        in_seconds: n % 3 == 1,
        has_log_group: !matches!(life, Life::PausedLambda | Life::PausedEc2),
        has_metrics: ran && life != Life::Starting,
        has_queue: true,
        function: (life == Life::PausedLambda).then(|| format!("infra-agent-{session}-h{n:02}")),
        on_instance: life == Life::PausedEc2,
        numbers: (ran && life != Life::Starting).then_some(Numbers {
            execution_ms: 1500.0 + 250.0 * k,
            tokens_input: 1000 + u64::from(n) * 10,
            tokens_output: 200 + u64::from(n),
            // Eighths of a cent: sums are exact in binary.
            cost_usd: 0.125 * (1.0 + k),
            error_rate_pct: if life == Life::FailedByLog { 12.5 } else { 0.5 },
        }),
    }
}
