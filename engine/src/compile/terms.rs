//! Terms in the form the computation reads.

use chrono::NaiveDate;
use kernel::codes::RevenueType;
use kernel::currency::Currency;
use kernel::ids::TermId;
use rust_decimal::Decimal;
use smallvec::SmallVec;

use super::fingerprint;
use super::items::ItemIndex;
use super::territories::Territories;
use crate::check::remaining_after;
use crate::fixed::strip_magnitude;
use crate::model::{Base, Interner, ItemScope, Line, Model, Term};

/// A term, ready.
#[derive(Debug)]
pub(crate) struct CompiledTerm {
    pub id: TermId,
    scope: Scope,
    territories: u32,
    platforms: SmallVec<[u16; 4]>,
    /// A bit per revenue type; all set when the term names none.
    revenue_types: u32,
    configurations: SmallVec<[u16; 4]>,
    from: NaiveDate,
    to: NaiveDate,
    pub model: CompiledModel,
    pub reductions: SmallVec<[CompiledReduction; 1]>,
    pub fingerprint: u64,
}

#[derive(Debug, Clone, Copy)]
enum Scope {
    Item(u32),
    Group(u32),
    All,
}

/// A model with its constants multiplied out.
#[derive(Debug)]
pub(crate) enum CompiledModel {
    /// `rate × what the deductions leave` is `factor / 10^scale`.
    Percentage { base: Base, factor: u128, scale: u32 },
    /// The amount per unit is `amount / 10^scale`.
    PerUnit { amount: u128, scale: u32, currency: Currency },
    /// Not computed yet: `check` refuses rules with it.
    Refused,
}

/// A reduction, ready. The factor is `factor / 10^scale`.
#[derive(Debug)]
pub(crate) struct CompiledReduction {
    territories: u32,
    configurations: SmallVec<[u16; 4]>,
    pub factor: u128,
    pub scale: u32,
}

pub(super) fn compile(
    term: &Term,
    items: &ItemIndex,
    territories: &mut Territories,
    interner: &mut Interner,
) -> CompiledTerm {
    let matches = &term.matches;
    let mut names =
        |list: &[String]| -> SmallVec<[u16; 4]> { list.iter().map(|name| interner.configuration(name)).collect() };
    let configurations = names(&matches.configurations);
    let reductions = term
        .reductions
        .iter()
        .map(|reduction| {
            let (factor, scale) = parts(reduction.factor.get());
            CompiledReduction {
                territories: territories.intern(&reduction.territories),
                configurations: names(&reduction.configurations),
                factor,
                scale,
            }
        })
        .collect();
    CompiledTerm {
        id: term.id,
        scope: match matches.scope {
            ItemScope::Item(item) => Scope::Item(interner.item(item).0),
            // Checked before: a group that is named exists.
            ItemScope::Group(group) => items.group(group).map_or(Scope::Item(u32::MAX), Scope::Group),
            ItemScope::All => Scope::All,
        },
        territories: territories.intern(&matches.territories),
        platforms: matches.platforms.iter().map(|code| interner.platform(code)).collect(),
        revenue_types: if matches.revenue_types.is_empty() {
            u32::MAX
        } else {
            matches.revenue_types.iter().fold(0, |bits, kind| bits | bit(*kind))
        },
        configurations,
        from: matches.valid_from.unwrap_or(NaiveDate::MIN),
        to: matches.valid_to.unwrap_or(NaiveDate::MAX),
        model: model(term),
        reductions,
        fingerprint: fingerprint(&[term.id.uuid().as_bytes()]),
    }
}

fn model(term: &Term) -> CompiledModel {
    match &term.model {
        Model::Percentage { base, rate } => {
            // Checked before: what the deductions leave has at most 18 places and lies between 0 and 1, the rate
            // has at most 12: the product has at most 30 digits.
            let (left, left_scale) = parts(remaining_after(&term.deductions).unwrap_or_default());
            let (rate, rate_scale) = parts(rate.get());
            let (factor, scale) = strip_magnitude(left * rate, left_scale + rate_scale);
            CompiledModel::Percentage { base: *base, factor, scale }
        }
        Model::PerUnit { amount, currency } => {
            let (amount, scale) = parts(*amount);
            CompiledModel::PerUnit { amount, scale, currency: *currency }
        }
        Model::Tiered { .. } | Model::Statutory { .. } | Model::Formula { .. } | Model::Hybrid { .. } => {
            CompiledModel::Refused
        }
    }
}

/// Mantissa and scale of a decimal that is not negative, without trailing zeros.
pub(crate) fn parts(value: Decimal) -> (u128, u32) {
    strip_magnitude(value.mantissa().unsigned_abs(), value.scale())
}

#[inline]
fn bit(kind: RevenueType) -> u32 {
    // The numbers of revenue types are small and never change their meaning.
    1u32.wrapping_shl(u32::from(kind.number().unsigned_abs()))
}

impl CompiledTerm {
    /// Whether the line matches. `territory` is the number of the line's territory.
    #[inline]
    pub fn matches(&self, line: &Line, territory: usize, items: &ItemIndex, territories: &Territories) -> bool {
        (match self.scope {
            Scope::All => true,
            Scope::Item(item) => item == line.item.0,
            Scope::Group(group) => items.in_group(group, line.item),
        }) && territories.contains(self.territories, territory)
            && self.revenue_types & bit(line.revenue_type) != 0
            && (self.platforms.is_empty() || self.platforms.contains(&line.platform))
            && (self.configurations.is_empty()
                || line.configuration.is_some_and(|one| self.configurations.contains(&one)))
            && self.from <= line.sale_date
            && line.sale_date <= self.to
    }
}

impl CompiledReduction {
    /// Whether it applies to the line.
    #[inline]
    pub fn matches(&self, line: &Line, territory: usize, territories: &Territories) -> bool {
        territories.contains(self.territories, territory)
            && (self.configurations.is_empty()
                || line.configuration.is_some_and(|one| self.configurations.contains(&one)))
    }
}
