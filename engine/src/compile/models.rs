//! Models that take more than a product, in the form the computation reads.

use chrono::NaiveDate;
use kernel::currency::Currency;

use super::Factor;
use super::counters::pico;
use super::terms::Context;
use crate::formula::Formula;
use crate::model::{Base, HybridChoice, Model, Term, Tier, TierMode, TierRate};

/// A model, ready.
#[derive(Debug)]
pub(crate) enum Rated {
    Percentage { base: Base, rate: Factor },
    PerUnit { amount: Factor, currency: Currency },
    Tiered(Tiers),
    Statutory(Statutory),
    Formula { formula: Formula, currency: Option<Currency> },
    Hybrid { choice: HybridChoice, models: Vec<Rated> },
}

/// Tiers, ready.
#[derive(Debug)]
pub(crate) struct Tiers {
    pub base: Base,
    pub counter: u32,
    pub retroactive: bool,
    pub tiers: Vec<CompiledTier>,
    /// The currency of amounts per unit; none: parts of the base.
    pub per_unit: Option<Currency>,
}

/// A tier, ready.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CompiledTier {
    /// In units of 10⁻¹².
    pub from: i128,
    pub rate: Factor,
}

/// A part of a statutory rate.
#[derive(Debug)]
pub(crate) struct Statutory {
    pub table: String,
    pub ratio: Factor,
    pub minimum_only: bool,
    pub rate_date: Option<NaiveDate>,
    pub cap_tracks: Option<u16>,
}

pub(super) fn compile_model(model: &Model, term: &Term, context: &mut Context<'_>) -> Rated {
    match model {
        Model::Percentage { base, rate } => Rated::Percentage { base: *base, rate: Factor::of(rate.get()) },
        Model::PerUnit { amount, currency } => Rated::PerUnit { amount: Factor::of(*amount), currency: *currency },
        Model::Tiered { base, counter, mode, tiers } => Rated::Tiered(Tiers {
            base: *base,
            counter: context.counter(counter, term),
            retroactive: *mode == TierMode::Retroactive,
            per_unit: tiers.iter().find_map(|tier| match &tier.rate {
                TierRate::PerUnit { currency, .. } => Some(*currency),
                TierRate::Percentage { .. } => None,
            }),
            tiers: tiers.iter().map(tier).collect(),
        }),
        Model::Statutory { table, ratio, minimum_only, rate_date, release_cap_tracks } => Rated::Statutory(Statutory {
            table: table.clone(),
            ratio: Factor::of(ratio.get()),
            minimum_only: *minimum_only,
            rate_date: *rate_date,
            cap_tracks: *release_cap_tracks,
        }),
        Model::Formula { expression, currency } => {
            Rated::Formula { formula: Formula::checked(expression), currency: *currency }
        }
        Model::Hybrid { choice, models } => Rated::Hybrid {
            choice: *choice,
            models: models.iter().map(|model| compile_model(model, term, context)).collect(),
        },
    }
}

fn tier(tier: &Tier) -> CompiledTier {
    let rate = match &tier.rate {
        TierRate::Percentage { rate } => rate.get(),
        TierRate::PerUnit { amount, .. } => *amount,
    };
    CompiledTier { from: pico(tier.from), rate: Factor::of(rate) }
}

impl Tiers {
    /// The tier that a counter stands in: the last that begins at or below it, the first for what is below zero.
    pub fn at(&self, position: i128) -> usize {
        self.tiers.iter().rposition(|tier| tier.from <= position).unwrap_or(0)
    }
}

impl Rated {
    /// The currencies in which amounts can arise beside those of lines.
    pub fn currencies(&self, found: &mut Vec<Currency>) {
        match self {
            Self::PerUnit { currency, .. } => found.push(*currency),
            Self::Tiered(tiers) => found.extend(tiers.per_unit),
            Self::Formula { currency, .. } => found.extend(*currency),
            Self::Hybrid { models, .. } => models.iter().for_each(|model| model.currencies(found)),
            Self::Percentage { .. } | Self::Statutory(_) => {}
        }
    }
}
