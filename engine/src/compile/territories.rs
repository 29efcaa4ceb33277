//! Sets of territories as bits.

use kernel::territory::Territory;

use crate::model::TerritorySet;

const WORDS: usize = (26usize * 26).div_ceil(64);

/// Interned sets; set 0 is the world.
#[derive(Debug)]
pub(crate) struct Territories {
    sets: Vec<TerritorySet>,
    bits: Vec<[u64; WORDS]>,
}

impl Default for Territories {
    fn default() -> Self {
        Self { sets: vec![TerritorySet::world()], bits: vec![[u64::MAX; WORDS]] }
    }
}

/// The number of a territory, below 676.
#[inline]
pub(crate) fn number(territory: Territory) -> usize {
    match territory.code().as_bytes() {
        [a @ b'A'..=b'Z', b @ b'A'..=b'Z'] => usize::from(a - b'A') * 26 + usize::from(b - b'A'),
        // A territory code is two capital letters; anything else counts as unknown (ZZ).
        _ => 26 * 26 - 1,
    }
}

impl Territories {
    pub fn intern(&mut self, set: &TerritorySet) -> u32 {
        let known = self.sets.iter().position(|one| one == set);
        let index = known.unwrap_or_else(|| {
            let mut bits = if set.include.is_empty() { [u64::MAX; WORDS] } else { [0; WORDS] };
            for one in &set.include {
                bits[number(*one) / 64] |= 1 << (number(*one) % 64);
            }
            for one in &set.exclude {
                bits[number(*one) / 64] &= !(1 << (number(*one) % 64));
            }
            self.sets.push(set.clone());
            self.bits.push(bits);
            self.sets.len() - 1
        });
        u32::try_from(index).unwrap_or(u32::MAX)
    }

    /// Whether the set with this index contains the territory with this number.
    #[inline]
    pub fn contains(&self, set: u32, number: usize) -> bool {
        set == 0 || self.bits[set as usize][number / 64] & (1 << (number % 64)) != 0
    }
}
