//! Chance, without memory: every value belongs to a place (an agent, a minute, a line) and is the same whenever and in
//! whatever order it is looked up. That is what makes the fabric the same however often it is asked.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// What a value is for: each purpose has its own key, so that a new use of chance does not move the old ones.
#[derive(Clone, Copy, Debug)]
pub(super) enum Purpose {
    Agents,
    Runs,
    Lines,
    Tokens,
    Queues,
    Money,
    Calls,
    Hosts,
    Late,
    Control,
}

/// The source of chance for one purpose.
#[derive(Clone, Copy, Debug)]
pub(super) struct Noise {
    key: u64,
}

/// Spreads every bit over all others. It maps no two numbers to the same one, so distinct places have distinct ids.
fn mix(mut z: u64) -> u64 {
    z = z.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

impl Noise {
    /// The chance of `seed` for `purpose`.
    pub(super) fn new(seed: u64, purpose: Purpose) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(purpose as u64);
        Self { key: rng.next_u64() }
    }

    /// A number that is unique to `place` for this key.
    pub(super) fn id(self, place: u64) -> u64 {
        mix(place ^ self.key)
    }

    /// Any number.
    pub(super) fn bits(self, a: u64, b: u64) -> u64 {
        mix(mix(a ^ self.key).wrapping_add(b))
    }

    /// From 0 up to, and without, 1.
    pub(super) fn unit(self, a: u64, b: u64) -> f64 {
        (self.bits(a, b) >> 11) as f64 / (1u64 << 53) as f64
    }

    /// From `low` up to, and without, `high`.
    pub(super) fn between(self, a: u64, b: u64, low: f64, high: f64) -> f64 {
        low + self.unit(a, b) * (high - low)
    }

    /// A whole number below `n`; 0 when `n` is 0.
    pub(super) fn below(self, a: u64, b: u64, n: usize) -> usize {
        ((self.unit(a, b) * n as f64) as usize).min(n.saturating_sub(1))
    }
}
