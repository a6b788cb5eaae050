//! A recording, played back: the facts that were told to a screen, told again in their time.
//!
//! Nothing can be ordered of what is over: [`Over`] refuses whatever it is asked or told.

mod playback;
pub(crate) mod recording;

pub use playback::Playback;
pub use recording::{Heading, Recording, RecordingError, line};

use crate::cloud::{Control, Probing, Telling};
use crate::model::{Directed, Probe, Refusal, RefusalKind};

/// Why nothing in a recording can be changed.
pub const WHY: &str = "this is a recording: what it shows is over";

/// Those who would change what is over.
#[derive(Debug)]
pub struct Over;

impl Over {
    fn refusal() -> Refusal {
        Refusal { kind: RefusalKind::Unsupported, reason: WHY.to_owned(), request_id: None }
    }
}

impl Control for Over {
    fn control<'a>(&'a self, _: &'a Directed) -> Telling<'a> {
        Box::pin(std::future::ready(Err(Self::refusal())))
    }

    fn probe<'a>(&'a self, _: &'a Probe) -> Probing<'a> {
        Box::pin(std::future::ready(Err(Self::refusal())))
    }
}

#[cfg(test)]
mod tests;
