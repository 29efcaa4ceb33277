//! Terms in the form the computation reads.

use chrono::NaiveDate;
use kernel::codes::RevenueType;
use kernel::currency::Currency;
use kernel::ids::TermId;
use rust_decimal::Decimal;
use smallvec::SmallVec;

use super::items::ItemIndex;
use super::models::{Rated, compile_model};
use super::territories::Territories;
use super::{Factor, Wanted, fingerprint};
use crate::check::remaining_after;
use crate::fixed::strip_magnitude;
use crate::model::{Base, DateBasis, FreeGoods, Interner, ItemScope, Line, Model, Term};

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
    price_categories: SmallVec<[u16; 2]>,
    from: NaiveDate,
    to: NaiveDate,
    of_receipt: bool,
    pub model: CompiledModel,
    /// The rate of a plain percentage, without what deductions leave.
    pub plain_rate: Factor,
    pub reductions: SmallVec<[CompiledReduction; 1]>,
    /// What deductions leave of the base.
    pub left: Factor,
    pub physical: Option<CompiledPhysical>,
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
    /// Of net or gross: `rate × what the deductions leave` is `factor / 10^scale`.
    Percentage { base: Base, factor: u128, scale: u32 },
    /// The amount per unit is `amount / 10^scale`.
    PerUnit { amount: u128, scale: u32, currency: Currency },
    /// Whatever takes more than a product.
    Rated(Box<Rated>),
}

/// A reduction, ready. The factor is `factor / 10^scale`.
#[derive(Debug)]
pub(crate) struct CompiledReduction {
    territories: u32,
    configurations: SmallVec<[u16; 4]>,
    price_categories: SmallVec<[u16; 2]>,
    revenue_types: u32,
    pub factor: u128,
    pub scale: u32,
}

/// Packaging and net sales as one factor, and the rule for free goods.
#[derive(Debug)]
pub(crate) struct CompiledPhysical {
    /// `(1 − packaging) × net sales`.
    pub factor: Factor,
    pub free_goods: Option<CompiledFreeGoods>,
}

/// Which units are free.
#[derive(Debug, Clone, Copy)]
pub(crate) enum CompiledFreeGoods {
    /// What is left of all units.
    Fixed(Factor),
    Actual,
    /// Up to this part of all units.
    Threshold(Factor),
}

/// What terms are compiled against.
pub(super) struct Context<'a> {
    pub items: &'a ItemIndex,
    pub territories: &'a mut Territories,
    pub interner: &'a mut Interner,
    pub counters: &'a mut super::counters::Counters,
    pub contract: u32,
}

/// The numbers of revenue types as bits; all set when none is named.
pub(super) fn kinds(named: &[RevenueType]) -> u32 {
    if named.is_empty() { u32::MAX } else { named.iter().fold(0, |bits, kind| bits | bit(*kind)) }
}

pub(super) fn compile(term: &Term, plain: bool, context: &mut Context<'_>) -> CompiledTerm {
    let matches = &term.matches;
    let configurations = matches.configurations.iter().map(|name| context.interner.configuration(name)).collect();
    let price_categories = matches.price_categories.iter().map(|name| context.interner.price_category(name)).collect();
    let reductions = term
        .reductions
        .iter()
        .map(|reduction| {
            let (factor, scale) = parts(reduction.factor.get());
            CompiledReduction {
                territories: context.territories.intern(&reduction.territories),
                configurations: reduction
                    .configurations
                    .iter()
                    .map(|name| context.interner.configuration(name))
                    .collect(),
                price_categories: reduction
                    .price_categories
                    .iter()
                    .map(|name| context.interner.price_category(name))
                    .collect(),
                revenue_types: kinds(&reduction.revenue_types),
                factor,
                scale,
            }
        })
        .collect();
    CompiledTerm {
        id: term.id,
        scope: match matches.scope {
            ItemScope::Item(item) => Scope::Item(context.interner.item(item).0),
            // Checked before: a group that is named exists.
            ItemScope::Group(group) => context.items.group(group).map_or(Scope::Item(u32::MAX), Scope::Group),
            ItemScope::All => Scope::All,
        },
        territories: context.territories.intern(&matches.territories),
        platforms: matches.platforms.iter().map(|code| context.interner.platform(code)).collect(),
        revenue_types: kinds(&matches.revenue_types),
        configurations,
        price_categories,
        from: matches.valid_from.unwrap_or(NaiveDate::MIN),
        to: matches.valid_to.unwrap_or(NaiveDate::MAX),
        of_receipt: matches.period_of == DateBasis::Receipt,
        model: model(term, plain, context),
        plain_rate: match &term.model {
            Model::Percentage { rate, .. } => Factor::of(rate.get()),
            _ => Factor::ONE,
        },
        reductions,
        // Checked before: at most 18 places.
        left: Factor::of(remaining_after(&term.deductions).unwrap_or_default()),
        physical: term.physical.as_ref().map(|physical| {
            let packaging = Factor::of(Decimal::ONE - physical.packaging.get());
            CompiledPhysical {
                factor: packaging.times(Factor::of(physical.net_sales.get())),
                free_goods: physical.free_goods.map(|one| match one {
                    FreeGoods::Fixed { ratio } => CompiledFreeGoods::Fixed(Factor::of(Decimal::ONE - ratio.get())),
                    FreeGoods::Actual => CompiledFreeGoods::Actual,
                    FreeGoods::Threshold { ratio } => CompiledFreeGoods::Threshold(Factor::of(ratio.get())),
                }),
            }
        }),
        fingerprint: fingerprint(&[term.id.uuid().as_bytes()]),
    }
}

/// `plain`: nothing of the contract version takes more than a product.
fn model(term: &Term, plain: bool, context: &mut Context<'_>) -> CompiledModel {
    match &term.model {
        Model::Percentage { base: base @ (Base::Net | Base::Gross), rate } if plain && term.physical.is_none() => {
            // Checked before: what the deductions leave has at most 18 places and lies between 0 and 1, the rate
            // has at most 12: the product has at most 30 digits.
            let (left, left_scale) = parts(remaining_after(&term.deductions).unwrap_or_default());
            let (rate, rate_scale) = parts(rate.get());
            let (factor, scale) = strip_magnitude(left * rate, left_scale + rate_scale);
            CompiledModel::Percentage { base: *base, factor, scale }
        }
        Model::PerUnit { amount, currency } if plain && term.physical.is_none() => {
            let (amount, scale) = parts(*amount);
            CompiledModel::PerUnit { amount, scale, currency: *currency }
        }
        model => CompiledModel::Rated(Box::new(compile_model(model, term, context))),
    }
}

/// Mantissa and scale of a decimal that is not negative, without trailing zeros.
pub(crate) fn parts(value: Decimal) -> (u128, u32) {
    strip_magnitude(value.mantissa().unsigned_abs(), value.scale())
}

#[inline]
pub(super) fn bit(kind: RevenueType) -> u32 {
    // The numbers of revenue types are small and never change their meaning.
    1u32.wrapping_shl(u32::from(kind.number().unsigned_abs()))
}

impl CompiledTerm {
    /// Whether the line matches.
    #[inline]
    pub fn matches(&self, line: &Line, wanted: &Wanted, items: &ItemIndex, territories: &Territories) -> bool {
        (match self.scope {
            Scope::All => true,
            Scope::Item(item) => item == line.item.0,
            Scope::Group(group) => items.in_group(group, line.item),
        }) && territories.contains(self.territories, wanted.territory)
            && self.revenue_types & bit(line.revenue_type) != 0
            && (self.platforms.is_empty() || self.platforms.contains(&line.platform))
            && named(&self.configurations, line.configuration)
            && named(&self.price_categories, line.details.price_category)
            && {
                let date = if self.of_receipt { wanted.received } else { line.sale_date };
                self.from <= date && date <= self.to
            }
    }
}

/// Whether a list that may be empty names a value.
#[inline]
pub(super) fn named(list: &[u16], value: Option<u16>) -> bool {
    list.is_empty() || value.is_some_and(|one| list.contains(&one))
}

impl CompiledReduction {
    /// Whether it applies to the line.
    #[inline]
    pub fn matches(&self, line: &Line, territory: usize, territories: &Territories) -> bool {
        territories.contains(self.territories, territory)
            && named(&self.configurations, line.configuration)
            && named(&self.price_categories, line.details.price_category)
            && self.revenue_types & bit(line.revenue_type) != 0
    }
}
