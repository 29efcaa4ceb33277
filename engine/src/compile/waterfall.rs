//! Steps of the waterfall in the form the computation reads.

use kernel::ids::PartyId;
use rust_decimal::Decimal;
use smallvec::SmallVec;

use super::counters::pico;
use super::terms::{bit, kinds, named};
use super::territories::Territories;
use super::{Account, Factor, Leaf, Wanted, fingerprint, position};
use crate::model::{Interner, Line, StepAmount, StepBase, WaterfallStage, WaterfallStep};

/// The waterfall of a contract version.
#[derive(Debug, Default)]
pub(crate) struct Waterfall {
    pub steps: Vec<CompiledStep>,
    /// Where all of off-the-top is a factor: what it leaves of the base.
    pub top: Option<Factor>,
}

/// A step, ready.
#[derive(Debug)]
pub(crate) struct CompiledStep {
    pub stage: CompiledStage,
    pub amount: CompiledAmount,
    /// In units of 10⁻¹² of the contract's currency.
    pub cap: Option<i128>,
    pub cap_per_period: Option<i128>,
    /// Position among capped steps of all contracts; none: no cap.
    pub capped: Option<u32>,
    /// How many capped steps of the version come before it.
    pub level: u8,
    pub until_recouped: bool,
    /// The leaf of its recipient.
    pub recipient: Option<u32>,
    territories: u32,
    configurations: SmallVec<[u16; 4]>,
    revenue_types: u32,
}

/// Out of what a step is paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CompiledStage {
    OffTheTop,
    BeforeSplit,
    AfterSplit(PartyId),
    /// Out of what this earlier step took.
    FromFee(usize),
}

/// How much a step takes. Flat amounts in units of 10⁻¹² of the contract's currency.
#[derive(Debug, Clone, Copy)]
pub(crate) enum CompiledAmount {
    Part {
        ratio: Factor,
        of: StepBase,
    },
    PerLine(i128),
    PerUnit(i128),
    /// Taken when the period is closed, not here.
    PerPeriod,
}

/// A capped step: the state of its cap is kept under contract and name.
#[derive(Debug, Clone)]
pub(crate) struct CappedStep {
    pub contract: u32,
    pub name: String,
    /// Taken in the month and ever, before this run.
    pub taken_in_period: i128,
    pub taken: i128,
}

impl CompiledStep {
    /// Whether it applies to a line.
    pub fn matches(&self, line: &Line, wanted: &Wanted, territories: &Territories) -> bool {
        territories.contains(self.territories, wanted.territory)
            && named(&self.configurations, line.configuration)
            && self.revenue_types & bit(line.revenue_type) != 0
    }

    /// How much it may still take: the narrower of its caps.
    pub fn room(&self, capped: &CappedStep) -> i128 {
        let left = |cap: Option<i128>, taken: i128| cap.map_or(i128::MAX, |cap| (cap - taken).max(0));
        left(self.cap, capped.taken).min(left(self.cap_per_period, capped.taken_in_period))
    }
}

/// What steps are compiled into.
pub(super) struct Target<'a> {
    pub contract: u32,
    pub accounts: &'a [Account],
    pub leaves: &'a mut Vec<Leaf>,
    pub capped: &'a mut Vec<CappedStep>,
    pub territories: &'a mut Territories,
    pub interner: &'a mut Interner,
}

pub(super) fn compile(steps: &[WaterfallStep], into: &mut Target<'_>) -> Waterfall {
    let mut compiled: Vec<CompiledStep> = Vec::with_capacity(steps.len());
    for step in steps {
        let has_cap = step.cap.is_some() || step.cap_per_period.is_some();
        let level = compiled.iter().filter(|before| before.capped.is_some()).count();
        let capped = has_cap.then(|| {
            let known = into.capped.iter().position(|one| one.contract == into.contract && one.name == step.name);
            let index = known.unwrap_or_else(|| {
                into.capped.push(CappedStep {
                    contract: into.contract,
                    name: step.name.clone(),
                    taken_in_period: 0,
                    taken: 0,
                });
                into.capped.len() - 1
            });
            u32::try_from(index).unwrap_or(u32::MAX)
        });
        let recipient = step.recipient.map(|party_id| {
            let leaf = position(into.leaves);
            let account = Account { contract: into.contract, party_id };
            into.leaves.push(Leaf {
                split_id: step.id,
                party_id,
                account: into
                    .accounts
                    .binary_search(&account)
                    .map_or(0, |index| u32::try_from(index).unwrap_or(u32::MAX)),
                weight: 0,
                path: Vec::new(),
                fingerprint: fingerprint(&[step.id.uuid().as_bytes(), party_id.uuid().as_bytes()]),
            });
            leaf
        });
        compiled.push(CompiledStep {
            stage: match &step.stage {
                WaterfallStage::OffTheTop => CompiledStage::OffTheTop,
                WaterfallStage::BeforeSplit => CompiledStage::BeforeSplit,
                WaterfallStage::AfterSplit { party_id } => CompiledStage::AfterSplit(*party_id),
                // Checked before: an earlier step has the name.
                WaterfallStage::FromFee { step: name } => {
                    CompiledStage::FromFee(steps.iter().position(|before| before.name == *name).unwrap_or_default())
                }
            },
            amount: match &step.amount {
                StepAmount::Percentage { ratio, of } => {
                    CompiledAmount::Part { ratio: Factor::of(ratio.get()), of: *of }
                }
                StepAmount::PerLine { amount } => CompiledAmount::PerLine(pico(*amount)),
                StepAmount::PerUnit { amount } => CompiledAmount::PerUnit(pico(*amount)),
                StepAmount::PerPeriod { .. } => CompiledAmount::PerPeriod,
            },
            cap: step.cap.map(pico),
            cap_per_period: step.cap_per_period.map(pico),
            capped,
            level: u8::try_from(level).unwrap_or(u8::MAX),
            until_recouped: step.until_recouped,
            recipient,
            territories: into.territories.intern(&step.territories),
            configurations: step.configurations.iter().map(|name| into.interner.configuration(name)).collect(),
            revenue_types: kinds(&step.revenue_types),
        });
    }
    Waterfall { top: top(steps), steps: compiled }
}

/// What off-the-top leaves, where every step of it is a plain part that the tenant keeps of every line, and nothing
/// else is paid out of it.
fn top(steps: &[WaterfallStep]) -> Option<Factor> {
    let mut left = Decimal::ONE;
    for step in steps {
        if matches!(step.stage, WaterfallStage::FromFee { .. }) {
            return None;
        }
        if step.stage != WaterfallStage::OffTheTop {
            continue;
        }
        let StepAmount::Percentage { ratio, of } = &step.amount else { return None };
        let plain = step.cap.is_none()
            && step.cap_per_period.is_none()
            && !step.until_recouped
            && step.recipient.is_none()
            && step.territories.is_world()
            && step.configurations.is_empty()
            && step.revenue_types.is_empty();
        if !plain {
            return None;
        }
        let of = if *of == StepBase::Remaining { left } else { Decimal::ONE };
        let (a, b) = (Factor::of(of), Factor::of(ratio.get()));
        let taken = a.times(b);
        if taken.scale > kernel::decimal::LINE_SCALE {
            return None;
        }
        let taken = Decimal::try_from_i128_with_scale(i128::try_from(taken.value).ok()?, taken.scale).ok()?;
        left = left.checked_sub(taken)?;
        if left.is_sign_negative() {
            return None;
        }
    }
    Some(Factor::of(left))
}
