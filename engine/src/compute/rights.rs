//! Which participations and which term a line falls under.

use kernel::codes::SuspenseReason;
use smallvec::SmallVec;

use crate::compile::{CompiledRules, Wanted, territory_number};
use crate::model::Line;

/// Why a line cannot be posted, and the contract that is to blame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub reason: SuspenseReason,
    pub contract: Option<u32>,
}

impl Refusal {
    pub fn new(reason: SuspenseReason, contract: Option<u32>) -> Self {
        Self { reason, contract }
    }
}

/// The participations a line falls under.
pub(crate) struct Rights {
    pub participations: SmallVec<[u32; 8]>,
    /// Ownership in units of 10⁻¹²; none when no participation is an ownership.
    pub owned: Option<u64>,
}

/// Ownership of everything, in units of 10⁻¹².
pub(crate) const WHOLE: u64 = 1_000_000_000_000;

/// The participations found for an item, whether they may be posted or not.
pub(crate) struct Found {
    pub participations: SmallVec<[u32; 8]>,
    pub owned: Option<u64>,
    /// A contract that covered the item on another day.
    pub lapsed: Option<u32>,
}

impl CompiledRules {
    /// The participations in force on the sale date in the line's territory: per contract the most specific.
    #[inline]
    pub(crate) fn rights(&self, line: &Line, territory: usize) -> Result<Rights, Refusal> {
        let found = self.found(line, territory);
        if found.owned.is_some_and(|owned| owned > WHOLE) {
            return Err(Refusal::new(SuspenseReason::OverClaimed, None));
        }
        match (found.participations.is_empty(), found.lapsed) {
            (false, _) => Ok(Rights { participations: found.participations, owned: found.owned }),
            (true, Some(contract)) => Err(Refusal::new(SuspenseReason::InactiveContract, Some(contract))),
            (true, None) => Err(Refusal::new(SuspenseReason::NoContract, None)),
        }
    }

    /// Likewise, without a verdict.
    #[inline]
    pub(crate) fn found(&self, line: &Line, territory: usize) -> Found {
        let mut found: SmallVec<[u32; 8]> = SmallVec::new();
        let mut candidates = self.items.candidates(line.item);
        let mut contract = u32::MAX;
        let mut lapsed = None;
        let mut owned = None;
        while let Some(index) = candidates.next_by(|index| self.participations[index as usize].rank) {
            let candidate = &self.participations[index as usize];
            if candidate.contract == contract || !self.territories.contains(candidate.territories, territory) {
                continue;
            }
            if line.sale_date < candidate.from || candidate.to < line.sale_date {
                lapsed = lapsed.or(Some(candidate.contract));
                continue;
            }
            contract = candidate.contract;
            if candidate.ownership {
                // Ratios are at most one each and candidates are bounded by the contracts: no overflow.
                owned = Some(owned.unwrap_or(0u64).saturating_add(candidate.ratio_pico));
            }
            found.push(index);
        }
        Found { participations: found, owned, lapsed }
    }

    /// What terms and tables look a line up by.
    #[inline]
    pub(crate) fn wanted(&self, line: &Line) -> Wanted {
        let received = self.received.get(line.report as usize).copied().unwrap_or(line.sale_date);
        Wanted { territory: territory_number(line.territory), received }
    }

    /// The winning term of a version and the runner-up.
    #[inline]
    pub(crate) fn term_for(&self, version: u32, line: &Line, wanted: &Wanted) -> (Option<u32>, Option<u32>) {
        let mut winner = None;
        for index in self.versions[version as usize].terms.clone() {
            if self.terms[index as usize].matches(line, wanted, &self.items, &self.territories) {
                if winner.is_some() {
                    return (winner, Some(index));
                }
                winner = Some(index);
            }
        }
        (winner, None)
    }
}
