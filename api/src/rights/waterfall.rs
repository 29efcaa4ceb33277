//! The waterfall of a contract version, and the deductions of the physical trade.

use async_graphql::{Enum, ID, InputObject, OneofObject, SimpleObject};
use domain::rights::rules;
use kernel::ids::SplitId;
use kernel::ratio::Ratio;

use super::input::{Notes, TerritorySetInput, under};
use super::types::TerritorySet;
use crate::frame::ids;
use crate::frame::scalars::Decimal;
use crate::frame::trade::RevenueType;

/// Out of what a step is paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub enum WaterfallStage {
    /// Out of the base that entered the contract, before deductions and rate.
    OffTheTop,
    /// Out of the contract's royalty, before it is split over payees.
    BeforeSplit,
    /// Out of one payee's share: `payeeId`.
    AfterSplit,
    /// Out of what an earlier step took for the tenant: `feeStep`.
    FromFee,
}

/// What a step takes its part of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "rules::StepBase")]
pub enum WaterfallBase {
    /// The base that entered the contract, before any step.
    Receipts,
    /// What earlier steps of the stage left.
    Remaining,
    /// The contract's royalty before any step out of it. Not off the top.
    Royalty,
}

/// A part.
#[derive(InputObject)]
pub struct WaterfallPercentageInput {
    /// The part, from 0 to 1.
    ratio: Decimal,
    /// Of what.
    #[graphql(default_with = "WaterfallBase::Receipts")]
    of: WaterfallBase,
}

/// How much a step takes: exactly one. Amounts are in the contract's currency.
#[derive(OneofObject)]
pub enum WaterfallAmountInput {
    /// A part.
    Percentage(WaterfallPercentageInput),
    /// A fixed amount for every line above zero.
    PerLine(Decimal),
    /// A fixed amount per unit.
    PerUnit(Decimal),
    /// A fixed amount per accounting month.
    PerPeriod(Decimal),
}

/// A step of the waterfall. Steps run in the order of the list, within their stage.
#[derive(InputObject)]
pub struct WaterfallStepInput {
    /// What it is for; statements print it. Unique in the version.
    name: String,
    /// Out of what it is paid.
    stage: WaterfallStage,
    /// Whose share it comes out of, after the split.
    payee_id: Option<ID>,
    /// The name of the step whose fee pays it.
    fee_step: Option<String>,
    /// How much.
    amount: WaterfallAmountInput,
    /// The most it takes in one accounting month.
    cap_per_period: Option<Decimal>,
    /// The most it takes ever.
    cap: Option<Decimal>,
    /// Only while something of the contract is unrecouped.
    #[graphql(default)]
    until_recouped: bool,
    /// Who gets it; the tenant when not given.
    recipient_id: Option<ID>,
    /// Where it applies; the world when not given.
    territories: Option<TerritorySetInput>,
    /// For which product configurations; every one when empty.
    #[graphql(default)]
    configurations: Vec<String>,
    /// For what the money was earned with; everything when empty.
    #[graphql(default)]
    revenue_types: Vec<RevenueType>,
}

/// A step of the waterfall.
#[derive(Debug, Clone, SimpleObject)]
pub struct WaterfallStep {
    /// What it is for.
    name: String,
    /// Out of what it is paid.
    stage: WaterfallStage,
    /// The global id of the payee whose share it comes out of.
    payee_id: Option<ID>,
    /// The name of the step whose fee pays it.
    fee_step: Option<String>,
    /// The part it takes; null for fixed amounts.
    ratio: Option<Decimal>,
    /// Of what the part is.
    of: Option<WaterfallBase>,
    /// The amount per line above zero.
    per_line: Option<Decimal>,
    /// The amount per unit.
    per_unit: Option<Decimal>,
    /// The amount per accounting month.
    per_period: Option<Decimal>,
    /// The most it takes in one accounting month.
    cap_per_period: Option<Decimal>,
    /// The most it takes ever.
    cap: Option<Decimal>,
    /// Only while something of the contract is unrecouped.
    until_recouped: bool,
    /// The global id of who gets it; null: the tenant.
    recipient_id: Option<ID>,
    /// Where it applies.
    territories: TerritorySet,
    /// For which product configurations; empty: every one.
    configurations: Vec<String>,
    /// For what the money was earned with; empty: everything.
    revenue_types: Vec<RevenueType>,
}

impl From<&rules::WaterfallStep> for WaterfallStep {
    fn from(step: &rules::WaterfallStep) -> Self {
        let (stage, payee, fee_step) = match &step.stage {
            rules::WaterfallStage::OffTheTop => (WaterfallStage::OffTheTop, None, None),
            rules::WaterfallStage::BeforeSplit => (WaterfallStage::BeforeSplit, None, None),
            rules::WaterfallStage::AfterSplit { party_id } => (WaterfallStage::AfterSplit, Some(*party_id), None),
            rules::WaterfallStage::FromFee { step } => (WaterfallStage::FromFee, None, Some(step.clone())),
        };
        let (mut ratio, mut of, mut flat) = (None, None, [None; 3]);
        match &step.amount {
            rules::StepAmount::Percentage { ratio: part, of: base } => {
                (ratio, of) = (Some(part.get().into()), Some((*base).into()));
            }
            rules::StepAmount::PerLine { amount } => flat[0] = Some(*amount),
            rules::StepAmount::PerUnit { amount } => flat[1] = Some(*amount),
            rules::StepAmount::PerPeriod { amount } => flat[2] = Some(*amount),
        }
        let [per_line, per_unit, per_period] = flat.map(|amount| amount.map(Decimal::from));
        Self {
            name: step.name.clone(),
            stage,
            payee_id: payee.map(|id| ID(id.to_string())),
            fee_step,
            ratio,
            of,
            per_line,
            per_unit,
            per_period,
            cap_per_period: step.cap_per_period.map(Into::into),
            cap: step.cap.map(Into::into),
            until_recouped: step.until_recouped,
            recipient_id: step.recipient.map(|id| ID(id.to_string())),
            territories: (&step.territories).into(),
            configurations: step.configurations.clone(),
            revenue_types: step.revenue_types.iter().copied().map(Into::into).collect(),
        }
    }
}

/// How free goods count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub enum FreeGoodsMode {
    /// A fixed part of all units, whatever was given away: `ratio`.
    Fixed,
    /// The units that the line says were given away.
    Actual,
    /// The units given away up to a part of all units: `ratio`; what goes beyond bears royalty.
    Threshold,
}

/// Which units are free of royalty.
#[derive(InputObject)]
pub struct FreeGoodsInput {
    /// How they count.
    mode: FreeGoodsMode,
    /// The part, of the modes that have one.
    ratio: Option<Decimal>,
}

/// The deductions of the physical trade: `base × (1 − packaging) × (1 − free goods) × net sales`, all exact.
#[derive(InputObject)]
pub struct PhysicalInput {
    /// The part of the price that is packaging; 0 when not given.
    packaging: Option<Decimal>,
    /// How free goods count; every unit bears royalty when not given.
    free_goods: Option<FreeGoodsInput>,
    /// The part of sales that bears royalty; 1 when not given.
    net_sales: Option<Decimal>,
}

impl Notes {
    /// The steps, or what is malformed in them.
    pub fn waterfall(&mut self, inputs: Vec<WaterfallStepInput>, path: &[String]) -> Vec<rules::WaterfallStep> {
        let mut built = Vec::with_capacity(inputs.len());
        for (index, input) in inputs.into_iter().enumerate() {
            built.extend(self.step(input, &under(path, &[&index.to_string()])));
        }
        built
    }

    fn step(&mut self, input: WaterfallStepInput, path: &[String]) -> Option<rules::WaterfallStep> {
        let stage = match (input.stage, input.payee_id, input.fee_step) {
            (WaterfallStage::OffTheTop, None, None) => rules::WaterfallStage::OffTheTop,
            (WaterfallStage::BeforeSplit, None, None) => rules::WaterfallStage::BeforeSplit,
            (WaterfallStage::AfterSplit, Some(id), None) => {
                let party_id = self.take(ids::parse(&id, under(path, &["payeeId"])))?;
                rules::WaterfallStage::AfterSplit { party_id }
            }
            (WaterfallStage::FromFee, None, Some(step)) => rules::WaterfallStage::FromFee { step },
            _ => {
                let message = "Give `payeeId` with AFTER_SPLIT, `feeStep` with FROM_FEE, and neither otherwise.";
                return self.refuse(&under(path, &["stage"]), message);
            }
        };
        let amount = match input.amount {
            WaterfallAmountInput::Percentage(one) => {
                let ratio = self.ratio(one.ratio, &under(path, &["amount", "percentage", "ratio"]))?;
                rules::StepAmount::Percentage { ratio, of: one.of.into() }
            }
            WaterfallAmountInput::PerLine(amount) => rules::StepAmount::PerLine { amount: amount.into() },
            WaterfallAmountInput::PerUnit(amount) => rules::StepAmount::PerUnit { amount: amount.into() },
            WaterfallAmountInput::PerPeriod(amount) => rules::StepAmount::PerPeriod { amount: amount.into() },
        };
        let recipient = match input.recipient_id {
            Some(id) => Some(self.take(ids::parse(&id, under(path, &["recipientId"])))?),
            None => None,
        };
        Some(rules::WaterfallStep {
            id: SplitId::new(),
            name: input.name,
            stage,
            amount,
            cap_per_period: input.cap_per_period.map(Into::into),
            cap: input.cap.map(Into::into),
            until_recouped: input.until_recouped,
            recipient,
            territories: input.territories.unwrap_or_default().into(),
            configurations: input.configurations,
            revenue_types: input.revenue_types.into_iter().map(Into::into).collect(),
        })
    }

    /// The physical deductions, or what is malformed in them.
    pub fn physical(&mut self, input: Option<PhysicalInput>, path: &[String]) -> Option<rules::Physical> {
        let input = input?;
        let packaging = match input.packaging {
            Some(part) => self.ratio(part, &under(path, &["packaging"]))?,
            None => Ratio::ZERO,
        };
        let net_sales = match input.net_sales {
            Some(part) => self.ratio(part, &under(path, &["netSales"]))?,
            None => Ratio::ONE,
        };
        let place = under(path, &["freeGoods", "ratio"]);
        let free_goods = match input.free_goods.map(|goods| (goods.mode, goods.ratio)) {
            None => None,
            Some((FreeGoodsMode::Actual, None)) => Some(rules::FreeGoods::Actual),
            Some((FreeGoodsMode::Fixed, Some(part))) => {
                Some(rules::FreeGoods::Fixed { ratio: self.ratio(part, &place)? })
            }
            Some((FreeGoodsMode::Threshold, Some(part))) => {
                Some(rules::FreeGoods::Threshold { ratio: self.ratio(part, &place)? })
            }
            Some(_) => return self.refuse(&place, "FIXED and THRESHOLD need a part, ACTUAL has none."),
        };
        Some(rules::Physical { packaging, free_goods, net_sales })
    }
}
