//! Starts the emulators on free loopback ports and sees to it that none outlives the tests.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::venv::{self, Venv};

/// Who stands in for AWS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Emulator {
    /// Most services.
    Ministack,
    /// Route 53, RDS, Cost Explorer, Budgets, X-Ray.
    Moto,
    /// SQS with redrives, CloudWatch with units and pages; where Python is new enough.
    Localemu,
}

impl Emulator {
    fn venv(self) -> &'static Venv {
        match self {
            Self::Ministack => &venv::MINISTACK,
            Self::Moto => &venv::MOTO,
            Self::Localemu => &venv::LOCALEMU,
        }
    }

    fn health(self) -> &'static str {
        match self {
            Self::Ministack => "/_ministack/health",
            Self::Moto => "/moto-api/",
            Self::Localemu => "/_localemu/health",
        }
    }

    fn command(self, bin: &Path, port: u16) -> Vec<String> {
        let port = port.to_string();
        let (script, arguments) = match self {
            // Its port comes in the environment.
            Self::Ministack => ("ministack", vec![]),
            Self::Moto => ("moto_server", vec!["-H", "127.0.0.1", "-p", &port]),
            Self::Localemu => ("localemu", vec!["start", "--host", "127.0.0.1", "--port", &port]),
        };
        // Through the interpreter: the script's first line names the folder it was installed in,
        // and a target directory may have been copied.
        let mut command = vec![bin.join("python").display().to_string()];
        command.push(bin.join(script).display().to_string());
        command.extend(arguments.into_iter().map(str::to_owned));
        command
    }
}

/// A running emulator. It ends when this value is dropped or this process ends, in whatever way.
pub struct Running {
    address: SocketAddr,
    pid: u32,
    /// Holds the emulator; goes, with it, when its standard input is closed.
    watchdog: Child,
    log: PathBuf,
}

/// A cold start compiles thousands of Python files, on a machine that may be busy compiling Rust.
const START_DEADLINE: Duration = Duration::from_mins(2);

impl Running {
    /// Starts one. `None` when no Python here is new enough for it.
    pub fn start(emulator: Emulator) -> Option<Self> {
        let bin = emulator.venv().ready()?;
        // Somebody else may take the free port before the emulator does: then once more.
        let mut failures = String::new();
        for _ in 0..3 {
            match Self::try_start(emulator, &bin) {
                Ok(running) => return Some(running),
                Err(failure) => failures.push_str(&failure),
            }
        }
        panic!("{emulator:?} does not start:\n{failures}");
    }

    fn try_start(emulator: Emulator, bin: &Path) -> Result<Self, String> {
        let port = free_port();
        let home = venv::emulators_dir().join("run").join(format!("{}-{port}", emulator.venv().name));
        fs::create_dir_all(&home).expect("a folder for the run");
        let log = home.join("log.txt");
        let watchdog = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support/watchdog.py");
        let mut command = Command::new(bin.join("python"));
        command
            .arg(watchdog)
            .arg(&home)
            .args(emulator.command(bin, port))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .env("BIND_HOST", "127.0.0.1")
            .env("GATEWAY_PORT", port.to_string())
            // AWS's default; ministack would take a number from this machine's memory.
            .env("LAMBDA_ACCOUNT_CONCURRENCY", "1000")
            // Nothing of the engineer's own AWS set-up, nothing kept between runs, no proxy between.
            .env("HOME", &home)
            .env("TMPDIR", &home)
            .env("S3_DATA_DIR", home.join("s3"))
            .env("FILESYSTEM_ROOT", &home)
            .env("NO_PROXY", "127.0.0.1,localhost");
        for (name, _) in std::env::vars() {
            if name.starts_with("AWS_") || name.starts_with("MOTO_") || name.starts_with("MINISTACK_") {
                command.env_remove(name);
            }
        }
        let mut watchdog = command.spawn().map_err(|error| format!("{command:?}: {error}\n"))?;
        let mut first_line = String::new();
        BufReader::new(watchdog.stdout.take().expect("piped"))
            .read_line(&mut first_line)
            .map_err(|error| format!("the watchdog does not speak: {error}\n"))?;
        let pid = first_line.trim().parse().map_err(|_| "the watchdog started nothing\n".to_owned())?;
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        let mut running = Self { address, pid, watchdog, log };
        running.wait_until_ready(emulator.health())?;
        Ok(running)
    }

    fn wait_until_ready(&mut self, path: &str) -> Result<(), String> {
        let deadline = Instant::now() + START_DEADLINE;
        loop {
            let healthy = get(self.address, path).is_ok_and(|answer| answer.starts_with("HTTP/1.1 200"));
            // Asked after the health, since another process may be the one that answers there.
            if let Ok(Some(status)) = self.watchdog.try_wait() {
                return Err(format!("it ended with {status}; the end of its log:\n{}", self.log_tail()));
            }
            if healthy {
                return Ok(());
            }
            if Instant::now() > deadline {
                return Err(format!(
                    "not ready after {} s; the end of its log:\n{}",
                    START_DEADLINE.as_secs(),
                    self.log_tail()
                ));
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its process id, to look whether it is gone.
    pub fn pid(&self) -> u32 {
        self.pid
    }

    /// The last lines that it wrote.
    pub fn log_tail(&self) -> String {
        let text = fs::read(&self.log).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(30)..].join("\n")
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.watchdog.stdin.take());
        let _ = self.watchdog.wait();
    }
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a loopback port");
    listener.local_addr().expect("its address").port()
}

/// One GET, the whole answer as text. Enough to ask for health.
fn get(address: SocketAddr, path: &str) -> std::io::Result<String> {
    exchange(address, &format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n"))
}

/// One POST of JSON, for the emulators' own side doors (seeding Cost Explorer).
pub fn post_json(address: SocketAddr, path: &str, body: &str) -> std::io::Result<String> {
    let length = body.len();
    exchange(
        address,
        &format!(
            "POST {path} HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\n\
             Content-Length: {length}\r\nConnection: close\r\n\r\n{body}"
        ),
    )
}

fn exchange(address: SocketAddr, request: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect_timeout(&address, Duration::from_secs(2))?;
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    stream.write_all(request.as_bytes())?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}
