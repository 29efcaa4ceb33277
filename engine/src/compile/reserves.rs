//! Which lines a reserve is held of.

use smallvec::SmallVec;

use super::terms::{bit, kinds, named};
use super::territories::Territories;
use crate::model::{Interner, Line, Reserve};

/// A reserve, as far as lines matter to it.
#[derive(Debug)]
pub(crate) struct CompiledReserve {
    territories: u32,
    configurations: SmallVec<[u16; 4]>,
    revenue_types: u32,
}

impl CompiledReserve {
    pub fn new(reserve: &Reserve, territories: &mut Territories, interner: &mut Interner) -> Self {
        Self {
            territories: territories.intern(&reserve.territories),
            configurations: reserve.configurations.iter().map(|name| interner.configuration(name)).collect(),
            revenue_types: kinds(reserve.kinds()),
        }
    }

    /// Whether it is held of a line.
    #[inline]
    pub fn matches(&self, line: &Line, territory: usize, territories: &Territories) -> bool {
        territories.contains(self.territories, territory)
            && named(&self.configurations, line.configuration)
            && self.revenue_types & bit(line.revenue_type) != 0
    }
}
