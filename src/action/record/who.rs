//! Who gives orders: what the record holds of a person.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::cloud::clean;
use crate::config::Env;

/// Who it was. The number of the user is the system's word, and the ARN is that of AWS; the rest is what the environment
/// says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Who {
    /// The user's name on this machine.
    pub user: String,
    /// The user's number.
    pub uid: u32,
    /// The identity that AWS sees, as an ARN; `None` where it was not asked or did not answer.
    pub aws: Option<String>,
    /// `SSH_CONNECTION`: from where the line comes.
    pub ssh: Option<String>,
    /// The machine.
    pub host: String,
}

impl Who {
    /// The one who runs this process.
    pub fn runs_this(env: &Env<'_>, aws: Option<String>) -> Self {
        let uid = rustix::process::getuid().as_raw();
        let said = |name: &str| env(name).filter(|value| !value.is_empty()).map(|value| clean::line(&value));
        // The list of users is harder to lie with than a variable; users of a directory service are not in it.
        let user = user_of(uid).or_else(|| said("LOGNAME")).or_else(|| said("USER"));
        Self {
            user: user.unwrap_or_else(|| format!("uid {uid}")),
            uid,
            aws,
            ssh: said("SSH_CONNECTION"),
            host: clean::line_bytes(rustix::system::uname().nodename().to_bytes()),
        }
    }

    /// Their number alone, with nothing behind it but the process: what is checked against the owner of a file.
    pub fn own_uid() -> u32 {
        rustix::process::getuid().as_raw()
    }
}

impl fmt::Display for Who {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.user, self.host)
    }
}

/// The name that the machine's own list of users gives a number.
pub fn user_of(uid: u32) -> Option<String> {
    let users = std::fs::read("/etc/passwd").ok()?;
    String::from_utf8_lossy(&users).lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)?.parse() == Ok(uid)).then(|| clean::line(name))
    })
}
