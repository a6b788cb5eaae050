//! The tests' support: AWS as others wrote it, on loopback ports, for as long as the tests run.
//!
//! ```ignore
//! mod support;
//! let lab = support::Lab::start();        // one set of emulators a process
//! let account = lab.account();            // a fresh AWS account a test
//! account.fault(Match::service("sqs"), Fault::throttle(), None);
//! Command::new(env!("CARGO_BIN_EXE_infradeck")).envs(account.env())…
//! assert_eq!(account.count("sqs", "ListQueues"), 2);
//! ```
//!
//! What each emulator really answers is in `NOTES.md`.

// Each test file compiles this module for itself and uses a part of it.
#![allow(dead_code, unused_imports, unreachable_pub, missing_docs, clippy::pedantic)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stderr)]

pub mod calls;
#[cfg(feature = "aws")]
pub mod clients;
pub mod emulators;
pub mod faults;
pub mod forms;
pub mod proxy;
pub mod routing;
#[cfg(feature = "aws")]
pub mod seed;
#[cfg(feature = "aws")]
pub mod simulated;
pub mod venv;
mod wire;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

pub use calls::Call;
pub use emulators::Emulator;
pub use faults::{Fault, Match, Spoil};
pub use forms::Refusal;

use emulators::Running;
use proxy::Proxy;

/// The emulators of this process, behind the proxy.
pub struct Lab {
    ministack: Running,
    moto: Running,
    /// Started when first asked for; the inner `None` says that it cannot be had here.
    localemu: Mutex<Option<Option<Running>>>,
    proxy: Proxy,
}

impl Lab {
    /// The lab; started by whoever comes first, ended with the process.
    pub fn start() -> &'static Self {
        static LAB: OnceLock<Lab> = OnceLock::new();
        LAB.get_or_init(|| {
            // One after the other is for the installation's messages; starting takes a second each.
            venv::MINISTACK.required();
            venv::MOTO.required();
            let begin = |emulator| std::thread::spawn(move || Running::start(emulator));
            let (ministack, moto) = (begin(Emulator::Ministack), begin(Emulator::Moto));
            let started = |thread: std::thread::JoinHandle<Option<Running>>| match thread.join() {
                Ok(running) => running.expect("its Python was found"),
                Err(panic) => std::panic::resume_unwind(panic),
            };
            let (ministack, moto) = (started(ministack), started(moto));
            let proxy = Proxy::start();
            proxy.set_address(Emulator::Ministack, ministack.address());
            proxy.set_address(Emulator::Moto, moto.address());
            Self { ministack, moto, localemu: Mutex::new(None), proxy }
        })
    }

    /// A fresh account of which localemu answers for `service`. `None`, and one line that says so, where localemu cannot
    /// be had.
    pub fn account_on_localemu(&'static self, service: &str) -> Option<Account> {
        self.localemu().then(|| {
            let account = self.account();
            account.route(service, Emulator::Localemu);
            account
        })
    }

    /// Starts localemu if its Python is here. `false`, and one line that says so, if not.
    fn localemu(&self) -> bool {
        let mut localemu = self.localemu.lock().unwrap_or_else(PoisonError::into_inner);
        let running = localemu.get_or_insert_with(|| {
            let running = Running::start(Emulator::Localemu);
            match &running {
                Some(running) => self.proxy.set_address(Emulator::Localemu, running.address()),
                // `.ci/run` wants it tried.
                None if std::env::var_os("INFRADECK_TEST_LOCALEMU").is_some() => {
                    panic!("INFRADECK_TEST_LOCALEMU is set, and localemu needs Python 3.13 or newer: install one")
                }
                None => eprintln!("localemu is left out: it needs Python 3.13 or newer, and none is here"),
            }
            running
        });
        running.is_some()
    }

    /// The one endpoint, for `--endpoint-url`.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.proxy.address())
    }

    /// An account that nobody used before, empty in every region.
    pub fn account(&'static self) -> Account {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        // Not 000000000000 nor 123456789012, which the emulators give to keys they do not know.
        let id = 700_000_000_000 + NEXT.fetch_add(1, Ordering::Relaxed);
        Account { lab: self, id: id.to_string() }
    }

    /// The proxy itself.
    pub fn proxy(&self) -> &Proxy {
        &self.proxy
    }

    /// An emulator's own address and process id, past the proxy.
    pub fn emulator(&self, emulator: Emulator) -> (SocketAddr, u32) {
        let of = |running: &Running| (running.address(), running.pid());
        match emulator {
            Emulator::Ministack => of(&self.ministack),
            Emulator::Moto => of(&self.moto),
            Emulator::Localemu => {
                let localemu = self.localemu.lock().unwrap_or_else(PoisonError::into_inner);
                localemu.as_ref().and_then(Option::as_ref).map(of).expect("localemu is started")
            }
        }
    }
}

/// One account of the lab: what a test calls its own.
#[derive(Clone)]
pub struct Account {
    lab: &'static Lab,
    id: String,
}

impl Account {
    /// Twelve digits: access key and account in one.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The name of its bucket for results and state: bucket names are shared by all accounts, here
    /// as on AWS.
    pub fn bucket(&self) -> String {
        format!("if-state-{}", self.id)
    }

    /// The lab it is in.
    pub fn lab(&self) -> &'static Lab {
        self.lab
    }

    /// The one endpoint.
    pub fn endpoint(&self) -> String {
        self.lab.endpoint()
    }

    /// What a child process needs in its environment to be this account and nobody else.
    pub fn env(&self) -> BTreeMap<&'static str, String> {
        let nothing = venv::emulators_dir().join("no-aws-configuration");
        std::fs::write(&nothing, "").expect("an empty file");
        let nothing = nothing.display().to_string();
        // Accounts of another run have the same numbers: what was kept of them is not ours.
        let state = format!("{}/state-{}-{}", env!("CARGO_TARGET_TMPDIR"), std::process::id(), self.id);
        BTreeMap::from([
            ("AWS_ACCESS_KEY_ID", self.id.clone()),
            ("AWS_SECRET_ACCESS_KEY", "secret".into()),
            ("AWS_CONFIG_FILE", nothing.clone()),
            ("AWS_SHARED_CREDENTIALS_FILE", nothing),
            ("AWS_EC2_METADATA_DISABLED", "true".into()),
            ("AWS_ENDPOINT_URL", self.endpoint()),
            ("AWS_REGION", "us-east-1".into()),
            ("XDG_STATE_HOME", state),
            ("STATE_BUCKET", self.bucket()),
            ("RESULTS_BUCKET", self.bucket()),
            ("NO_PROXY", "127.0.0.1,localhost".into()),
        ])
    }

    /// Sends one of its services to another emulator than usual.
    pub fn route(&self, service: &str, emulator: Emulator) {
        self.lab.proxy.route(&self.id, service, emulator);
    }

    /// Plays a fault on its calls; `times` `None` means until [`Account::clear_faults`].
    pub fn fault(&self, when: Match, fault: Fault, times: Option<u32>) {
        self.lab.proxy.fault(&self.id, when, fault, times);
    }

    /// Ends its faults.
    pub fn clear_faults(&self) {
        self.lab.proxy.clear_faults(&self.id);
    }

    /// Plays these faults, in place of those played before and ahead of all others; none ends them.
    pub fn play(&self, script: Vec<faults::Planned>) {
        self.lab.proxy.play(&self.id, script);
    }

    /// Dates its answers by its own clock, which begins now.
    pub fn begin(&self, now: chrono::DateTime<chrono::Utc>) {
        self.lab.proxy.begin(&self.id, now);
    }

    /// Puts its own clock forward: what is held comes when its time is over.
    pub fn pass(&self, time: std::time::Duration) {
        self.lab.proxy.pass(&self.id, time);
    }

    /// How many of its calls are being answered now; what is held or met with silence is not.
    pub fn busy(&self) -> usize {
        self.lab.proxy.busy(&self.id)
    }

    /// Its routing controls, to be set up and looked at.
    pub fn controls<T>(&self, act: impl FnOnce(&mut routing::Controls) -> T) -> T {
        self.lab.proxy.controls(&self.id, act)
    }

    /// Its calls so far.
    pub fn calls(&self) -> Vec<Call> {
        self.lab.proxy.calls(&self.id)
    }

    /// Forgets its calls so far: after seeding, before what is to be counted.
    pub fn forget_calls(&self) {
        self.lab.proxy.forget_calls(&self.id);
    }

    /// How often it asked this of that service.
    pub fn count(&self, service: &str, operation: &str) -> usize {
        let calls = self.calls();
        let asked =
            calls.iter().filter(|call| call.question.service == service && call.question.operation == operation);
        asked.count()
    }
}
