//! Lines without end.

use super::life::Ms;
use super::logs::Gather;
use super::world::World;

/// A line among thousands that tries to harm the reader comes so often, milliseconds.
const HOSTILE_EVERY: Ms = 3_000;

impl World {
    pub(super) fn storm_team(&self, storm: usize) -> Option<usize> {
        let session = self.scenario.storm[storm].session.as_ref();
        self.teams.iter().position(|team| self.plan(team).id.as_ref() == session)
    }
}

impl Gather<'_> {
    /// The lines of one storm.
    pub(super) fn storm(&mut self, region: usize, number: usize) {
        let world = self.world;
        let storm = &world.scenario.storm[number];
        let start = world.epoch + storm.at.0;
        let Some(team) = world.storm_team(number).filter(|team| world.teams[*team].region == region) else { return };
        let members = world.members(team);
        let rate = i64::from(storm.lines_per_s);
        let who = 0xf_fe00 | number as u64 & 0xff;
        // Line `i` lies `i / rate` seconds after the start.
        let first = ((self.from - start) * rate).div_euclid(1_000).max(0);
        let mut digits = [0; 4];
        for i in first.. {
            let at = start + i * 1_000 / rate.max(1);
            if rate == 0 || at > self.to {
                break;
            }
            if !self.wants(at) {
                continue;
            }
            let worker = &world.workers[members.start + (i as usize).wrapping_mul(7) % members.len()];
            let bits = world.chance.lines.bits(who, i as u64);
            let template = &*storm.texts[(bits >> 32) as usize % storm.texts.len()];
            let text = match template.split_once("{n}") {
                // Four digits always: the exact length is known, and nothing is copied again.
                Some((head, tail)) => [head, four_digits(bits, &mut digits), tail].concat(),
                None => template.to_owned(),
            };
            let place = who << 44 | (i as u64 & 0xfff_ffff_ffff);
            self.put_of(at, place, worker, text);
        }
        let worker = &world.workers[members.start];
        let huge_at = start + 10_000;
        if storm.huge_bytes > 0 && self.wants(huge_at) {
            let huge = crate::cloud::clean::line(&"all work and no play ".repeat(storm.huge_bytes / 21 + 1));
            self.put_of(huge_at, (who | 0x100) << 44, worker, huge);
        }
        let slot = |at: Ms| (at - start).div_euclid(HOSTILE_EVERY);
        for turn in slot(self.from).max(0)..=slot(self.to) {
            let at = start + turn * HOSTILE_EVERY + 500;
            if self.wants(at) && !storm.hostile.is_empty() {
                let line = storm.hostile[turn as usize % storm.hostile.len()].to_string();
                let place = (who | 0x100) << 44 | (turn as u64 + 1);
                self.put_of(at, place, worker, line);
            }
        }
    }
}

/// A number of four digits, as text.
fn four_digits(bits: u64, room: &mut [u8; 4]) -> &str {
    let number = 1_000 + bits % 9_000;
    for (digit, unit) in room.iter_mut().zip([1_000, 100, 10, 1]) {
        *digit = b'0' + (number / unit % 10) as u8;
    }
    // Digits are text.
    std::str::from_utf8(room).unwrap_or_default()
}
