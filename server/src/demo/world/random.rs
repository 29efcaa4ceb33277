//! Reproducible chance: the same seed gives the same numbers on every machine and in every version.
//!
//! `rand_pcg` fixes the bits of the generator; how bits become choices is written here, because the
//! distributions of the `rand` crate may change between its versions.

use rand_pcg::Pcg64;
use rand_pcg::rand_core::RngCore;

/// A sequence of choices, fixed by a seed and a name.
pub struct Random(Pcg64);

impl Random {
    /// The sequence called `name` of this seed. Different names give independent sequences, so that a new
    /// report or tenant leaves the others as they were.
    #[must_use]
    pub fn new(seed: u64, name: &str) -> Self {
        // FNV-1a turns the name into the number of the PCG stream.
        let stream = name
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
        Self(Pcg64::new(u128::from(seed), u128::from(stream)))
    }

    /// A number from 0 to `end - 1`; 0 when `end` is 0.
    pub fn below(&mut self, end: u64) -> u64 {
        // Multiply and shift: the bias is below end / 2^64.
        ((u128::from(self.0.next_u64()) * u128::from(end)) >> 64) as u64
    }

    /// An index of a list of this length.
    pub fn index(&mut self, len: usize) -> usize {
        self.below(len as u64) as usize
    }

    /// A number from `low` to `high`, both included.
    pub fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.below(high.saturating_sub(low) + 1)
    }

    /// True in `per_mille` of 1000 cases.
    pub fn chance(&mut self, per_mille: u64) -> bool {
        self.below(1000) < per_mille
    }

    /// One member of a list that is not empty.
    pub fn pick<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        &list[self.index(list.len())]
    }

    /// Puts a list into random order (Fisher and Yates).
    pub fn shuffle<T>(&mut self, list: &mut [T]) {
        for last in (1..list.len()).rev() {
            list.swap(last, self.index(last + 1));
        }
    }
}

/// Weighted choice by running totals.
pub struct Weights(Vec<u64>);

impl Weights {
    /// Running totals of the weights, in their order.
    pub fn new(weights: impl IntoIterator<Item = u64>) -> Self {
        let mut total = 0;
        Self(
            weights
                .into_iter()
                .map(|weight| {
                    total += weight;
                    total
                })
                .collect(),
        )
    }

    /// Zipf-Mandelbrot weights of `len` ranks: the first is the most popular.
    pub fn zipf(len: usize) -> Self {
        Self::new((0..len as u64).map(|rank| 1_000_000_000 / (rank + 6)))
    }

    /// The sum of all weights.
    pub fn total(&self) -> u64 {
        self.0.last().copied().unwrap_or(0)
    }

    /// The weight at this index.
    pub fn weight(&self, index: usize) -> u64 {
        let before = index.checked_sub(1).map_or(0, |before| self.0[before]);
        self.0[index] - before
    }

    /// An index, chosen by weight.
    pub fn choose(&self, random: &mut Random) -> usize {
        let mark = random.below(self.total());
        self.0.partition_point(|total| *total <= mark)
    }
}
