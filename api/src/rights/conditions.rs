//! What a contract says beyond its versions. What is said is read back in the same shape.

use async_graphql::{Enum, ID, InputObject, SimpleObject};
use domain::rights;
use domain::rights::rules;
use kernel::failure::{Failure, Outcome};
use kernel::ratio::Ratio;
use rust_decimal::Decimal as Number;

use super::input::{Notes, TerritorySetInput, under};
use super::types::TerritorySet;
use crate::frame::ids;
use crate::frame::scalars::{Date, DateTime, Decimal};
use crate::frame::trade::RevenueType;

/// How long an accounting period is: reserves are released and guarantees counted by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "rules::AccountingPeriod")]
pub enum AccountingPeriod {
    /// Every month.
    Month,
    /// Every quarter of the calendar year.
    Quarter,
    /// Every half of the calendar year.
    HalfYear,
    /// Every calendar year.
    Year,
}

/// In which order advances and costs are recouped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "rules::RecoupOrder")]
pub enum RecoupOrder {
    /// By the day they were paid, the oldest first.
    Oldest,
    /// All at once in proportion to what is open.
    ProRata,
    /// The higher priority first, then the oldest.
    Priority,
}

/// What a reserve is a part of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "rules::ReserveBasis")]
pub enum ReserveBasis {
    /// Of the royalty: £100 at 25 % is £25, of which 20 % are held.
    PostCalculation,
    /// Of the sales, before the royalty is computed.
    PreCalculation,
}

/// Over which time a guarantee runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub enum GuaranteeTerm {
    /// The life of the contract: trued up once, in the month of `to`.
    Lifetime,
    /// Every year from `from` on, until `to` where that is given.
    Yearly,
    /// Parts of the amount, each due at a milestone.
    Milestones,
}

/// From when on a producer is paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "rules::ProducerMode")]
pub enum ProducerMode {
    /// From the first record.
    RecordOne,
    /// Once recording costs are recouped, for every record from the first on.
    RetroactiveToRecordOne,
    /// Once recording costs are recouped, for records from then on.
    Prospective,
}

/// At which rate recording costs are recouped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "rules::ProducerRate")]
pub enum ProducerRate {
    /// By the artist's royalties alone.
    Net,
    /// By the artist's and the producer's royalties together.
    Combined,
}

/// A kind of recoupable cost, and which part of it is recoupable.
#[derive(Debug, Clone, SimpleObject, InputObject)]
#[graphql(input_name = "CostTypeInput")]
pub struct CostType {
    /// Its name.
    name: String,
    /// Which part of such a cost is recoupable, from 0 to 1.
    recoupable: Decimal,
}

/// A milestone of a guarantee.
#[derive(Debug, Clone, SimpleObject, InputObject)]
#[graphql(input_name = "MilestoneInput")]
pub struct Milestone {
    /// What it is.
    name: String,
    /// When it is due.
    due_on: Date,
    /// What is due, in the contract's currency.
    amount: Decimal,
}

/// Producer points: from when on the contract's royalties are payable.
#[derive(Debug, Clone, SimpleObject, InputObject)]
#[graphql(input_name = "ProducerPointsInput")]
pub struct ProducerPoints {
    /// From when on.
    mode: ProducerMode,
    /// The recording costs that have to be recouped before, in the contract's currency.
    recording_costs: Decimal,
    /// The artist's contract whose royalties recoup them.
    recouped_by_contract_id: Option<ID>,
    /// At which rate they are recouped.
    recouped_at: ProducerRate,
}

/// A profit share: losses are carried forward inside the project.
#[derive(Debug, Clone, SimpleObject, InputObject)]
#[graphql(input_name = "ProfitShareInput")]
pub struct ProfitShare {
    /// The project; contracts of the same one share its losses.
    project: String,
    /// The contract's share of the profit, from 0 to 1.
    share: Decimal,
    /// The part of net income that the tenant keeps for its overhead, from 0 to 1.
    overhead: Decimal,
}

/// A reserve against returns.
#[derive(Debug, Clone, SimpleObject)]
pub struct Reserve {
    /// Its name.
    name: String,
    /// What the ratio is of.
    basis: ReserveBasis,
    /// The part held back of positive lines.
    ratio: Decimal,
    /// For which revenue types; empty: physical ones.
    revenue_types: Vec<RevenueType>,
    /// For which configurations; empty: every one.
    configurations: Vec<String>,
    /// Where.
    territories: TerritorySet,
    /// Which part is released in which accounting period after it was taken; they total exactly 1.
    liquidation: Vec<Decimal>,
}

/// A reserve against returns.
#[derive(InputObject)]
pub struct ReserveInput {
    /// Its name, unique in the contract; what is held is kept under it.
    name: String,
    /// What the ratio is of.
    #[graphql(default_with = "ReserveBasis::PostCalculation")]
    basis: ReserveBasis,
    /// The part held back of positive lines, from 0 to 1.
    ratio: Decimal,
    /// For which revenue types; physical ones when empty.
    #[graphql(default)]
    revenue_types: Vec<RevenueType>,
    /// For which configurations; every one when empty.
    #[graphql(default)]
    configurations: Vec<String>,
    /// Where; the world when not given.
    territories: Option<TerritorySetInput>,
    /// Which part is released in which accounting period after it was taken; they total exactly 1.
    liquidation: Vec<Decimal>,
}

/// A minimum guarantee.
#[derive(Debug, Clone, SimpleObject)]
pub struct Guarantee {
    /// Its name.
    name: String,
    /// What is guaranteed, in the contract's currency.
    amount: Decimal,
    /// Over which time.
    term: GuaranteeTerm,
    /// The first day of the first year.
    from: Option<Date>,
    /// The last day.
    to: Option<Date>,
    /// The milestones, by date.
    milestones: Vec<Milestone>,
    /// Whose earnings count.
    territories: TerritorySet,
    /// Whether a true-up is recouped from later royalties.
    recoupable: bool,
    /// Whether advances paid within the term count as earned.
    credits_advances: bool,
    /// Whether earnings above one year's guarantee count for the next.
    rolls_over: bool,
}

/// A minimum guarantee: what is missing at the end of its term is added.
#[derive(InputObject)]
pub struct GuaranteeInput {
    /// Its name, unique in the contract.
    name: String,
    /// What is guaranteed, in the contract's currency.
    amount: Decimal,
    /// Over which time.
    term: GuaranteeTerm,
    /// The first day of the first year, of yearly ones.
    from: Option<Date>,
    /// The last day: required of a lifetime.
    to: Option<Date>,
    /// The milestones, by date; their amounts total the guarantee.
    #[graphql(default)]
    milestones: Vec<Milestone>,
    /// Whose earnings count: those of these territories; the world when not given.
    territories: Option<TerritorySetInput>,
    /// Whether a true-up is recouped from later royalties.
    #[graphql(default)]
    recoupable: bool,
    /// Whether advances paid within the term count as earned.
    #[graphql(default = true)]
    credits_advances: bool,
    /// Whether earnings above one year's guarantee count for the next.
    #[graphql(default)]
    rolls_over: bool,
}

/// What a contract says beyond its versions.
#[derive(InputObject)]
pub struct ContractConditionsInput {
    /// How long its accounting periods are.
    #[graphql(default_with = "AccountingPeriod::Month")]
    accounting: AccountingPeriod,
    /// In which order it recoups.
    #[graphql(default_with = "RecoupOrder::Oldest")]
    recoup_order: RecoupOrder,
    /// Which part of costs is recoupable, by type; a type that is not named is recoupable in full.
    #[graphql(default)]
    cost_types: Vec<CostType>,
    /// Reserves against returns.
    #[graphql(default)]
    reserves: Vec<ReserveInput>,
    /// Minimum guarantees.
    #[graphql(default)]
    guarantees: Vec<GuaranteeInput>,
    /// Producer points.
    producer: Option<ProducerPoints>,
    /// A profit share.
    profit_share: Option<ProfitShare>,
}

/// What a contract says beyond its versions, as it was recorded.
#[derive(Debug, Clone, SimpleObject)]
pub struct ContractConditions {
    /// Their number, in the order of recording.
    version_no: i32,
    /// When they were recorded.
    recorded_at: DateTime,
    /// By whom.
    recorded_by: String,
    /// Since when they are replaced; null: they hold.
    superseded_at: Option<DateTime>,
    /// How long accounting periods are.
    accounting: AccountingPeriod,
    /// In which order the contract recoups.
    recoup_order: RecoupOrder,
    /// Which part of costs is recoupable, by type.
    cost_types: Vec<CostType>,
    /// Reserves against returns.
    reserves: Vec<Reserve>,
    /// Minimum guarantees.
    guarantees: Vec<Guarantee>,
    /// Producer points.
    producer: Option<ProducerPoints>,
    /// A profit share.
    profit_share: Option<ProfitShare>,
}

impl ContractConditionsInput {
    /// The conditions, or everything that is malformed.
    pub fn checked(self) -> Outcome<rights::Conditions> {
        let mut notes = Notes::default();
        let path = under(&[], &["input", "conditions"]);
        let at = |list: &str, index: usize, field: &str| under(&path, &[list, &index.to_string(), field]);
        let mut cost_types = Vec::new();
        for (index, one) in self.cost_types.into_iter().enumerate() {
            let part = notes.ratio(one.recoupable, &at("costTypes", index, "recoupable"));
            cost_types.extend(part.map(|recoupable| rules::CostType { name: one.name, recoupable }));
        }
        let mut reserves = Vec::new();
        for (index, one) in self.reserves.into_iter().enumerate() {
            let ratio = notes.ratio(one.ratio, &at("reserves", index, "ratio"));
            let parts: Vec<Option<Ratio>> =
                one.liquidation.iter().map(|part| notes.ratio(*part, &at("reserves", index, "liquidation"))).collect();
            let parts = parts.into_iter().collect::<Option<Vec<Ratio>>>();
            reserves.extend(ratio.zip(parts).map(|(ratio, liquidation)| rules::Reserve {
                name: one.name,
                basis: one.basis.into(),
                ratio,
                revenue_types: one.revenue_types.into_iter().map(Into::into).collect(),
                configurations: one.configurations,
                territories: one.territories.unwrap_or_default().into(),
                liquidation,
            }));
        }
        let mut guarantees = Vec::new();
        for (index, one) in self.guarantees.into_iter().enumerate() {
            guarantees.extend(guarantee(one, &mut notes, &at("guarantees", index, "term")));
        }
        let producer = self.producer.and_then(|one| {
            let place = under(&path, &["producer", "recoupedByContractId"]);
            let recouped_by = notes.take(ids::parse_opt(one.recouped_by_contract_id.as_ref(), place))?;
            Some(rules::ProducerPoints {
                mode: one.mode.into(),
                recording_costs: one.recording_costs.into(),
                recouped_by,
                recouped_at: one.recouped_at.into(),
            })
        });
        let profit_share = self.profit_share.and_then(|one| {
            let share = notes.ratio(one.share, &under(&path, &["profitShare", "share"]));
            let overhead = notes.ratio(one.overhead, &under(&path, &["profitShare", "overhead"]));
            let (share, overhead) = share.zip(overhead)?;
            Some(rules::ProfitShare { project: one.project, share, overhead })
        });
        if !notes.0.is_empty() {
            return Err(Failure::findings(notes.0));
        }
        Ok(rights::Conditions {
            accounting: self.accounting.into(),
            recoupment: rules::Recoupment { order: self.recoup_order.into(), cost_types },
            reserves,
            guarantees,
            producer,
            profit_share,
        })
    }
}

fn guarantee(input: GuaranteeInput, notes: &mut Notes, path: &[String]) -> Option<rules::Guarantee> {
    let milestones: Vec<rules::Milestone> = input
        .milestones
        .into_iter()
        .map(|one| rules::Milestone { name: one.name, due_on: one.due_on.into(), amount: one.amount.into() })
        .collect();
    let term = match (input.term, input.from, input.to, milestones.is_empty()) {
        (GuaranteeTerm::Lifetime, None, Some(ends), true) => rules::GuaranteeTerm::Lifetime { ends: ends.into() },
        (GuaranteeTerm::Yearly, Some(from), to, true) => {
            rules::GuaranteeTerm::Yearly { from: from.into(), to: to.map(Into::into) }
        }
        (GuaranteeTerm::Milestones, None, None, false) => rules::GuaranteeTerm::Milestones { milestones },
        _ => {
            let message = "Give `to` with LIFETIME, `from` (and `to`) with YEARLY, `milestones` with MILESTONES.";
            return notes.refuse(path, message);
        }
    };
    Some(rules::Guarantee {
        name: input.name,
        amount: input.amount.into(),
        term,
        territories: input.territories.unwrap_or_default().into(),
        recoupable: input.recoupable,
        credits_advances: input.credits_advances,
        rolls_over: input.rolls_over,
    })
}

fn ratio(ratio: Ratio) -> Decimal {
    ratio.get().into()
}

fn amount(amount: Number) -> Decimal {
    amount.normalize().into()
}

impl From<&rules::Reserve> for Reserve {
    fn from(one: &rules::Reserve) -> Self {
        Self {
            name: one.name.clone(),
            basis: one.basis.into(),
            ratio: ratio(one.ratio),
            revenue_types: one.revenue_types.iter().copied().map(Into::into).collect(),
            configurations: one.configurations.clone(),
            territories: (&one.territories).into(),
            liquidation: one.liquidation.iter().copied().map(ratio).collect(),
        }
    }
}

impl From<&rules::Guarantee> for Guarantee {
    fn from(one: &rules::Guarantee) -> Self {
        let (term, from, to, milestones) = match &one.term {
            rules::GuaranteeTerm::Lifetime { ends } => (GuaranteeTerm::Lifetime, None, Some(*ends), Vec::new()),
            rules::GuaranteeTerm::Yearly { from, to } => (GuaranteeTerm::Yearly, Some(*from), *to, Vec::new()),
            rules::GuaranteeTerm::Milestones { milestones } => {
                let shown = milestones.iter().map(|milestone| Milestone {
                    name: milestone.name.clone(),
                    due_on: milestone.due_on.into(),
                    amount: amount(milestone.amount),
                });
                (GuaranteeTerm::Milestones, None, None, shown.collect())
            }
        };
        Self {
            name: one.name.clone(),
            amount: amount(one.amount),
            term,
            from: from.map(Into::into),
            to: to.map(Into::into),
            milestones,
            territories: (&one.territories).into(),
            recoupable: one.recoupable,
            credits_advances: one.credits_advances,
            rolls_over: one.rolls_over,
        }
    }
}

impl From<&rights::ConditionsRow> for ContractConditions {
    fn from(row: &rights::ConditionsRow) -> Self {
        let said = &row.conditions;
        let cost = |one: &rules::CostType| CostType { name: one.name.clone(), recoupable: ratio(one.recoupable) };
        Self {
            version_no: row.version_no,
            recorded_at: row.recorded_at.into(),
            recorded_by: row.recorded_by.clone(),
            superseded_at: row.superseded_at.map(Into::into),
            accounting: said.accounting.into(),
            recoup_order: said.recoupment.order.into(),
            cost_types: said.recoupment.cost_types.iter().map(cost).collect(),
            reserves: said.reserves.iter().map(Into::into).collect(),
            guarantees: said.guarantees.iter().map(Into::into).collect(),
            producer: said.producer.as_ref().map(|one| ProducerPoints {
                mode: one.mode.into(),
                recording_costs: amount(one.recording_costs),
                recouped_by_contract_id: one.recouped_by.map(|id| ID(id.to_string())),
                recouped_at: one.recouped_at.into(),
            }),
            profit_share: said.profit_share.as_ref().map(|one| ProfitShare {
                project: one.project.clone(),
                share: ratio(one.share),
                overhead: ratio(one.overhead),
            }),
        }
    }
}
