//! Pinned virtual environments for the emulators, one each under `target/emulators/`, since their
//! pins conflict.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

/// An emulator's Python environment: where it is to lie, what is to be in it, what it needs.
pub struct Venv {
    /// The folder's name under `target/emulators/`.
    pub name: &'static str,
    /// The frozen requirements, as committed.
    pub requirements: &'static str,
    /// The oldest Python (3.x) that all the pins install on *and* run on.
    pub min_minor: u32,
}

/// ministack answers most services; without cbor2 its CloudWatch answers cannot be read.
pub const MINISTACK: Venv =
    Venv { name: "ministack", requirements: include_str!("requirements/ministack.txt"), min_minor: 10 };

/// moto answers Route 53, RDS, Cost Explorer, Budgets and X-Ray.
pub const MOTO: Venv = Venv { name: "moto", requirements: include_str!("requirements/moto.txt"), min_minor: 11 };

/// localemu installs and starts on 3.12, but answers 500 there: it imports `warnings.deprecated`.
pub const LOCALEMU: Venv =
    Venv { name: "localemu", requirements: include_str!("requirements/localemu.txt"), min_minor: 13 };

/// Everything of the emulators lies here: `target/emulators`.
pub fn emulators_dir() -> PathBuf {
    let target =
        Path::new(env!("CARGO_TARGET_TMPDIR")).parent().expect("CARGO_TARGET_TMPDIR lies in the target directory");
    let dir = target.join("emulators");
    fs::create_dir_all(&dir).expect("target/emulators can be made");
    dir
}

impl Venv {
    /// Installs it unless it is there already, and tells its `bin` folder.
    ///
    /// `None` when no Python on this machine is new enough; a failing installation panics.
    pub fn ready(&self) -> Option<PathBuf> {
        let home = emulators_dir();
        let lock = File::create(home.join(format!("{}.lock", self.name))).expect("a lock file");
        // Test processes may run side by side: the first installs, the others wait here.
        lock.lock().expect("the lock of the virtual environment");
        let dir = home.join(self.name);
        let stamp = dir.join("installed-requirements.txt");
        let bin = dir.join("bin");
        let installed = fs::read_to_string(&stamp).is_ok_and(|was| was == self.requirements);
        if installed && minor_version(&bin.join("python")).is_some() {
            return Some(bin);
        }
        let python = find_python(self.min_minor)?;
        eprintln!("installing {} into {} (once)", self.name, dir.display());
        if dir.exists() {
            fs::remove_dir_all(&dir).expect("the outdated environment can be removed");
        }
        run(
            Command::new(&python).args(["-m", "venv"]).arg(&dir),
            "Making a virtual environment failed; on Debian and Ubuntu: apt install python3-venv",
        );
        let list = dir.join("wanted.txt");
        fs::write(&list, self.requirements).expect("the requirements can be written");
        run(
            Command::new(bin.join("python"))
                .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"])
                .args(["--no-deps", "--retries", "5", "-r"])
                .arg(&list),
            "Installing an emulator from PyPI failed; is the package index reachable?",
        );
        // Last, so that a broken-off installation is made anew.
        fs::write(&stamp, self.requirements).expect("the stamp can be written");
        Some(bin)
    }

    /// Like [`Venv::ready`], for an emulator that the tests cannot do without.
    pub fn required(&self) -> PathBuf {
        self.ready().unwrap_or_else(|| {
            panic!(
                "The tests need Python 3.{} or newer with its venv module (for {}), and none of {} is one. \
                 Install it (Debian, Ubuntu: apt install python3 python3-venv; macOS: brew install python3).",
                self.min_minor,
                self.name,
                candidates().iter().map(|c| c.display().to_string()).collect::<Vec<_>>().join(", "),
            )
        })
    }
}

/// The first Python that is new enough, tried by running it: a pyenv shim lies on the path and yet
/// may lead nowhere.
pub fn find_python(min_minor: u32) -> Option<PathBuf> {
    candidates().into_iter().find(|python| minor_version(python).is_some_and(|minor| minor >= min_minor))
}

fn candidates() -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> =
        ["python3", "python3.13", "python3.14", "python3.12", "python3.11"].iter().map(PathBuf::from).collect();
    // pyenv keeps versions that are not on the path unless chosen.
    let pyenv = std::env::var_os("PYENV_ROOT")
        .map(PathBuf::from)
        .or_else(|| std::env::var_os("HOME").map(|home| Path::new(&home).join(".pyenv")));
    if let Some(versions) = pyenv.and_then(|root| fs::read_dir(root.join("versions")).ok()) {
        let mut own: Vec<PathBuf> = versions.flatten().map(|version| version.path().join("bin/python3")).collect();
        own.sort();
        found.extend(own);
    }
    found
}

/// The `x` of Python 3.x; `None` if it does not run or is not a Python 3.
fn minor_version(python: &Path) -> Option<u32> {
    let told = Command::new(python)
        .args(["-c", "import sys; print(*sys.version_info[:2])"])
        .output()
        .ok()
        .filter(|output| output.status.success())?;
    let text = String::from_utf8(told.stdout).ok()?;
    text.trim().strip_prefix("3 ")?.parse().ok()
}

fn run(command: &mut Command, advice: &str) {
    let output = command.output().unwrap_or_else(|error| panic!("{advice}: {command:?}: {error}"));
    assert!(
        output.status.success(),
        "{advice}\n{command:?}\n{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
}
