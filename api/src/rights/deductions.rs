//! What comes off a royalty's base, and what lowers its rate.

use async_graphql::{Enum, InputObject, SimpleObject};
use domain::rights::rules;

use super::input::TerritorySetInput;
use super::types::TerritorySet;
use crate::frame::scalars::Decimal;
use crate::frame::trade::RevenueType;

/// What a deduction is a part of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "rules::DeductionBase")]
pub enum TermDeductionBase {
    /// The base of the term, before any deduction.
    Receipts,
    /// What earlier deductions left.
    Remaining,
}

/// What a reduction is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "rules::ReductionKind")]
pub enum TermReductionKind {
    /// Sales abroad.
    Territory,
    /// Mid price, budget.
    Price,
    /// Compact disc, new media, compilations and the like.
    Format,
}

/// A step off the top of the base, before the rate.
#[derive(Debug, Clone, SimpleObject)]
pub struct TermDeduction {
    /// What it is for; statements print it.
    name: String,
    /// Of what.
    base: TermDeductionBase,
    /// The part taken off, from 0 to 1.
    ratio: Decimal,
}

impl From<&rules::Deduction> for TermDeduction {
    fn from(row: &rules::Deduction) -> Self {
        Self { name: row.name.clone(), base: row.base.into(), ratio: row.ratio.get().into() }
    }
}

/// A factor of the rate for the lines it matches: a change of the base rate flows through.
#[derive(Debug, Clone, SimpleObject)]
pub struct TermReduction {
    /// What it is for.
    kind: TermReductionKind,
    /// The factor, from 0 to 1: 0.75 for "75 % of the basic rate".
    factor: Decimal,
    /// Where it applies.
    territories: TerritorySet,
    /// For which product configurations; empty: every one.
    configurations: Vec<String>,
}

impl From<&rules::Reduction> for TermReduction {
    fn from(row: &rules::Reduction) -> Self {
        Self {
            kind: row.kind.into(),
            factor: row.factor.get().into(),
            territories: (&row.territories).into(),
            configurations: row.configurations.clone(),
        }
    }
}

/// A step off the top of the base, before the rate. Steps apply in the order they are given in.
#[derive(InputObject)]
pub struct TermDeductionInput {
    /// What it is for; statements print it.
    pub name: String,
    /// Of what.
    #[graphql(default_with = "TermDeductionBase::Receipts")]
    pub base: TermDeductionBase,
    /// The part taken off, from 0 to 1.
    pub ratio: Decimal,
}

/// A factor of the rate. Every reduction that matches a line applies to it.
#[derive(InputObject)]
pub struct TermReductionInput {
    /// What it is for.
    pub kind: TermReductionKind,
    /// The factor, from 0 to 1: 0.75 for "75 % of the basic rate".
    pub factor: Decimal,
    /// Where it applies; the world when not given.
    pub territories: Option<TerritorySetInput>,
    /// For which product configurations; every one when empty.
    #[graphql(default)]
    pub configurations: Vec<String>,
    /// For which price categories; every one when empty.
    #[graphql(default)]
    pub price_categories: Vec<String>,
    /// For what the money was earned with; everything when empty.
    #[graphql(default)]
    pub revenue_types: Vec<RevenueType>,
}
