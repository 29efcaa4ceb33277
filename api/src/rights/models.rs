//! Royalty models as input: exactly one, and a hybrid holds others.

use async_graphql::{Enum, ID, InputObject, OneofObject};
use domain::rights::rules;
use kernel::ids::GroupId;

use super::input::{Notes, PerUnitInput, PercentageInput, TerritorySetInput, under};
use super::types::RoyaltyBase;
use crate::frame::ids;
use crate::frame::scalars::{CurrencyCode, Date, Decimal};

/// What a counter adds up. Free goods never count; returns walk it back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "rules::CounterMeasure")]
pub enum CounterMeasure {
    /// Units that bear royalty.
    Units,
    /// Gross of the line, in the contract's currency.
    Gross,
    /// Net of the line, in the contract's currency.
    Net,
}

/// What has a counter of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub enum CounterScope {
    /// The contract: one counter.
    Contract,
    /// Every release.
    Release,
    /// Every item.
    Item,
    /// The members of a group: one counter. Needs `groupId`.
    Group,
}

/// Whether a new rate reaches back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "rules::TierMode")]
pub enum TierMode {
    /// Only what lies above a threshold takes its rate. A line that straddles it is computed in two parts.
    Marginal,
    /// Everything from the first unit on takes the rate of the tier that is reached.
    Retroactive,
}

/// How a hybrid makes one royalty of several.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "rules::HybridChoice")]
pub enum HybridChoice {
    /// The greatest.
    GreaterOf,
    /// The least.
    LesserOf,
    /// All of them.
    SumOf,
    /// The first whose inputs the line has.
    FirstApplicable,
}

/// What a tiered rate counts. Terms of a contract that name the same counter share it.
#[derive(InputObject)]
pub struct CounterInput {
    /// Its name, which outlives versions of the contract; the term's own counter when not given.
    name: Option<String>,
    /// What it adds up.
    #[graphql(default_with = "CounterMeasure::Units")]
    measure: CounterMeasure,
    /// How many counters there are.
    #[graphql(default_with = "CounterScope::Contract")]
    per: CounterScope,
    /// The group, when it is per group.
    group_id: Option<ID>,
    /// Whose lines move it; everywhere when not given.
    territories: Option<TerritorySetInput>,
    /// Where it began, before the first line the system knows of.
    opening: Option<Decimal>,
}

/// A part of the base.
#[derive(InputObject)]
pub struct TierPercentageInput {
    /// The rate, from 0 to 1.
    ratio: Decimal,
}

/// The rate of a tier: exactly one.
#[derive(OneofObject)]
pub enum TierRateInput {
    /// A part of the base.
    Percentage(TierPercentageInput),
    /// An amount per unit.
    PerUnit(PerUnitInput),
}

/// One tier: from its threshold up to that of the next.
#[derive(InputObject)]
pub struct TierInput {
    /// Where it begins; the first at 0, each above the one before.
    from: Decimal,
    /// Where it ends: where the next begins. May be left out.
    to: Option<Decimal>,
    /// The rate in it.
    rate: TierRateInput,
}

/// A rate that changes as a counter grows.
#[derive(InputObject)]
pub struct TieredInput {
    /// What the percentages of tiers are of.
    #[graphql(default_with = "RoyaltyBase::Net")]
    base: RoyaltyBase,
    /// What is counted.
    counter: CounterInput,
    /// Whether a new rate reaches back.
    #[graphql(default_with = "TierMode::Marginal")]
    mode: TierMode,
    /// The tiers, from 0 upwards.
    tiers: Vec<TierInput>,
}

/// A part of the statutory rate per unit: the mechanical royalty of controlled compositions.
#[derive(InputObject)]
pub struct StatutoryInput {
    /// The table of statutory rates.
    table: String,
    /// The part, 0.75 for "three quarters".
    ratio: Decimal,
    /// Whether a long recording earns the minimum rate only.
    #[graphql(default)]
    minimum_only: bool,
    /// The day whose rate applies; the sale date when not given.
    rate_date: Option<Date>,
    /// For how many tracks a release pays at most.
    release_cap_tracks: Option<u16>,
}

/// An expression over the values of a line. It is checked, and tried on a sample, when it is saved.
#[derive(InputObject)]
pub struct FormulaInput {
    /// The expression: `min(net * 0.5, units * 0.10)`.
    expression: String,
    /// The currency of the result; that of the line when not given.
    currency: Option<CurrencyCode>,
}

/// Several models, of which the result is made.
#[derive(InputObject)]
pub struct HybridInput {
    /// How.
    choice: HybridChoice,
    /// The models, in order.
    models: Vec<RoyaltyModelInput>,
}

/// How a royalty is computed: exactly one.
#[derive(OneofObject)]
pub enum RoyaltyModelInput {
    /// A part of a base.
    Percentage(PercentageInput),
    /// A fixed amount per unit.
    PerUnit(PerUnitInput),
    /// A rate that changes as a counter grows.
    Tiered(TieredInput),
    /// A part of the statutory rate.
    Statutory(StatutoryInput),
    /// An expression.
    Formula(FormulaInput),
    /// Several models.
    Hybrid(HybridInput),
}

impl Notes {
    /// A model, or what is malformed in it.
    pub fn model(&mut self, input: RoyaltyModelInput, path: &[String]) -> Option<rules::Model> {
        match input {
            RoyaltyModelInput::Percentage(model) => self
                .ratio(model.ratio, &under(path, &["percentage", "ratio"]))
                .map(|rate| rules::Model::Percentage { base: model.base.into(), rate }),
            RoyaltyModelInput::PerUnit(model) => {
                Some(rules::Model::PerUnit { amount: model.amount.into(), currency: model.currency.into() })
            }
            RoyaltyModelInput::Tiered(model) => self.tiered(model, &under(path, &["tiered"])),
            RoyaltyModelInput::Statutory(model) => {
                let ratio = self.ratio(model.ratio, &under(path, &["statutory", "ratio"]))?;
                Some(rules::Model::Statutory {
                    table: model.table,
                    ratio,
                    minimum_only: model.minimum_only,
                    rate_date: model.rate_date.map(Into::into),
                    release_cap_tracks: model.release_cap_tracks,
                })
            }
            RoyaltyModelInput::Formula(model) => {
                Some(rules::Model::Formula { expression: model.expression, currency: model.currency.map(Into::into) })
            }
            RoyaltyModelInput::Hybrid(model) => {
                let path = under(path, &["hybrid", "models"]);
                let asked = model.models.len();
                let mut models = Vec::with_capacity(asked);
                for (index, one) in model.models.into_iter().enumerate() {
                    models.extend(self.model(one, &under(&path, &[&index.to_string()])));
                }
                (models.len() == asked).then(|| rules::Model::Hybrid { choice: model.choice.into(), models })
            }
        }
    }

    fn tiered(&mut self, input: TieredInput, path: &[String]) -> Option<rules::Model> {
        let counter = self.counter(input.counter, &under(path, &["counter"]));
        let asked = input.tiers.len();
        let mut tiers = Vec::with_capacity(asked);
        for (index, tier) in input.tiers.into_iter().enumerate() {
            let rate = match tier.rate {
                TierRateInput::Percentage(one) => {
                    let place = under(path, &["tiers", &index.to_string(), "rate", "percentage", "ratio"]);
                    self.ratio(one.ratio, &place).map(|rate| rules::TierRate::Percentage { rate })
                }
                TierRateInput::PerUnit(one) => {
                    Some(rules::TierRate::PerUnit { amount: one.amount.into(), currency: one.currency.into() })
                }
            };
            tiers.extend(rate.map(|rate| rules::Tier { from: tier.from.into(), to: tier.to.map(Into::into), rate }));
        }
        (tiers.len() == asked).then_some(tiers).zip(counter).map(|(tiers, counter)| rules::Model::Tiered {
            base: input.base.into(),
            counter,
            mode: input.mode.into(),
            tiers,
        })
    }

    fn counter(&mut self, input: CounterInput, path: &[String]) -> Option<rules::Counter> {
        let per = match (input.per, input.group_id) {
            (CounterScope::Contract, None) => rules::CounterScope::Contract,
            (CounterScope::Release, None) => rules::CounterScope::Release,
            (CounterScope::Item, None) => rules::CounterScope::Item,
            (CounterScope::Group, Some(id)) => {
                let id = self.take(ids::parse::<GroupId>(&id, under(path, &["groupId"])))?;
                rules::CounterScope::Group(id)
            }
            (CounterScope::Group, None) => {
                return self.refuse(&under(path, &["groupId"]), "A counter per group needs its group.");
            }
            (_, Some(_)) => return self.refuse(&under(path, &["groupId"]), "Only a counter per group has a group."),
        };
        Some(rules::Counter {
            name: input.name,
            measure: input.measure.into(),
            per,
            territories: input.territories.unwrap_or_default().into(),
            opening: input.opening.map(Into::into).unwrap_or_default(),
        })
    }
}
