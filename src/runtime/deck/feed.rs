//! Where the facts of the deck come from: a cloud that is asked, perhaps written down on the way, or a recording.

use std::sync::Arc;

use tokio::sync::mpsc;

use super::super::origin::Feed;
use super::super::recorder::Recorder;
use super::super::{fabric, terms, wall_clock};
use super::Deck;
use crate::app::Msg;
use crate::cloud::Clock;
use crate::cloud::replay::Heading;
use crate::model::{RegionId, Time};
use crate::poll::Poller;

/// So many facts of a recording may wait for the screen.
const WAITING: usize = 64;

impl Deck<'_> {
    /// Lets the facts come.
    pub(super) fn feed(&mut self, feed: Feed, regions: Vec<RegionId>, recorder: Option<Recorder>) {
        let cloud = match feed {
            Feed::Cloud(cloud) => cloud,
            Feed::Recording(playback) => {
                self.playback = Some(playback);
                return self.play();
            }
        };
        let clock: Clock = Arc::new(wall_clock);
        let terms = terms(self.settings, &self.app.start.fabric, &clock);
        let (poller, mut facts) = Poller::start(&cloud, &regions, &terms);
        poller.look(self.interest.clone());
        self.poller = Some(poller);
        if let Some(recorder) = recorder {
            let (endpoint, from) = (self.app.start.endpoint.clone(), (self.clock)());
            let heading = Heading::new(terms.fabric, regions, endpoint, from);
            facts = recorder.record(&heading, facts, self.clock.clone(), self.home.clone());
        }
        self.facts = Some(facts);
    }

    /// Plays the recording from its beginning up to where it is, and on. Whoever played it before ends.
    fn play(&mut self) {
        let Some(playback) = self.playback.clone() else { return };
        let (facts, receiver) = mpsc::channel(WAITING);
        let home = self.home.clone();
        tokio::spawn(playback.play(facts, move |error| {
            // Who has not read of the first lines that cannot be read need not read of the last.
            drop(home.try_send(Msg::Trouble(error.to_string())));
        }));
        self.facts = Some(receiver);
    }

    /// Goes to another moment of the recording.
    pub(super) fn go_to(&mut self, at: Time) {
        let Some(playback) = &self.playback else { return };
        let is_back = at < playback.now();
        playback.go_to(at);
        if is_back {
            // What came later is not known yet.
            let regions = self.app.desk.regions.clone();
            self.app.begin_again(fabric(self.settings, &regions, at), at);
            self.play();
        }
    }
}
