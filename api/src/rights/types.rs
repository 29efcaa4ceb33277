//! Types of contracts.

use async_graphql::{ComplexObject, Context, Enum, ID, Result, SimpleObject, Union};
use domain::rights;
use domain::rights::rules::{self, ItemScope, Model};
use kernel::ids::{ContractId, OrganisationId, PartyId};
use rust_decimal::Decimal as Number;

use super::conditions::ContractConditions;
use super::deductions::{TermDeduction, TermReduction};
use super::loaders::{Advances, Conditions, Costs, Versions};
use super::shared::ContractCost;
use super::waterfall::WaterfallStep;
use crate::frame::loader::load;
use crate::frame::scalars::{CurrencyCode, Date, DateTime, Decimal, Money, TerritoryCode};
use crate::frame::trade::{ItemReference, RevenueType};
use crate::parties::{Party, PartyBatch};
use crate::tenancy::{Organisation, organisation};

/// What a contract is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "rights::ContractKind")]
pub enum ContractKind {
    /// An artist's, producer's or remixer's royalties from recordings.
    Recording,
    /// A writer's or publisher's royalties from works.
    Publishing,
    /// A label that is distributed.
    Distribution,
    /// A share of what is left after costs.
    ProfitShare,
}

/// How often a contract is stated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "rights::Calendar")]
pub enum ContractCalendar {
    /// Every month.
    Monthly,
    /// Every quarter.
    Quarterly,
    /// Twice a year.
    HalfYearly,
}

/// Which exchange rate a contract uses. Months are the accounting month of the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "rules::FxRule")]
pub enum ContractFxRule {
    /// The last day of the accounting month.
    MonthEnd,
    /// The first day of the accounting month.
    MonthStart,
    /// The mean of the rates dated in the accounting month, rounded to 12 places.
    MonthAverage,
    /// The day the report was received.
    ReceiptDate,
    /// The day the provider paid the report; lines of an unpaid report wait.
    PaymentDate,
    /// The rate stated with the report; lines of a report that states none wait.
    Stated,
}

/// Where a contract stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "rights::ContractStatus")]
pub enum ContractStatus {
    /// Being written; calculates nothing.
    Draft,
    /// In force.
    Active,
    /// Ended.
    Terminated,
}

/// Two kinds of share that are never mixed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "rules::ParticipationKind")]
pub enum ParticipationKind {
    /// A part of the copyright; the parts of an item total 1 over all contracts.
    Ownership,
    /// An obligation of the payer; may total more than 1.
    Participation,
}

/// What a percentage is a percentage of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "rules::Base")]
pub enum RoyaltyBase {
    /// What the tenant received.
    Net,
    /// What the platform stated as gross.
    Gross,
    /// The published price to dealers, times units.
    Ppd,
    /// The retail price, times units.
    Retail,
    /// The report's own unit price, times units.
    UnitPrice,
    /// What the use earned at its source, before intermediaries kept a part.
    AtSource,
}

impl RoyaltyBase {
    fn words(base: rules::Base) -> &'static str {
        match base {
            rules::Base::Net => "net receipts",
            rules::Base::Gross => "gross receipts",
            rules::Base::Ppd => "the dealer price",
            rules::Base::Retail => "the retail price",
            rules::Base::UnitPrice => "the unit price",
            rules::Base::AtSource => "receipts at source",
        }
    }
}

/// Countries, or everywhere but some. Both lists empty: the world.
#[derive(Debug, Clone, SimpleObject)]
pub struct TerritorySet {
    /// Only these; empty: every territory.
    include: Vec<TerritoryCode>,
    /// Not these.
    exclude: Vec<TerritoryCode>,
    /// Names of territory groups whose members belong to it.
    include_groups: Vec<String>,
    /// Names of territory groups whose members do not.
    exclude_groups: Vec<String>,
}

impl From<&rules::TerritorySet> for TerritorySet {
    fn from(set: &rules::TerritorySet) -> Self {
        Self {
            include: set.include.iter().copied().map(Into::into).collect(),
            exclude: set.exclude.iter().copied().map(Into::into).collect(),
            include_groups: set.include_groups.clone(),
            exclude_groups: set.exclude_groups.clone(),
        }
    }
}

/// A part of a base.
#[derive(Debug, Clone, SimpleObject)]
pub struct PercentageModel {
    /// Of what.
    base: RoyaltyBase,
    /// The rate, from 0 to 1.
    ratio: Decimal,
}

/// A fixed amount per unit.
#[derive(Debug, Clone, SimpleObject)]
pub struct PerUnitModel {
    /// The amount per unit.
    amount: Decimal,
    /// Its currency.
    currency: CurrencyCode,
}

/// How a royalty is computed.
#[derive(Debug, Clone, Union)]
pub enum RoyaltyModel {
    /// A part of a base.
    Percentage(PercentageModel),
    /// A fixed amount per unit.
    PerUnit(PerUnitModel),
    /// Any other model, in words.
    Stated(StatedModel),
}

/// A model in words.
#[derive(Debug, Clone, SimpleObject)]
pub struct StatedModel {
    /// What it does.
    summary: String,
}

/// Which lines a term matches. What is empty matches everything.
#[derive(Debug, Clone, SimpleObject)]
pub struct TermMatch {
    /// The item; null when the term speaks of a group or of every item of the contract.
    item: Option<ItemReference>,
    /// The global id of the group; null when it speaks of none.
    group_id: Option<ID>,
    /// Where.
    territories: TerritorySet,
    /// Platforms as report lines name them.
    platforms: Vec<String>,
    /// What the money was earned with.
    revenue_types: Vec<RevenueType>,
    /// Product configurations.
    configurations: Vec<String>,
}

/// IF a line matches THEN this is how its royalty is computed.
#[derive(Debug, Clone, SimpleObject)]
pub struct Term {
    /// The global id.
    #[graphql(owned)]
    id: ID,
    /// The label that statements print.
    name: String,
    /// Decides between terms of equal specificity; the higher wins.
    priority: i32,
    /// Which lines.
    #[graphql(name = "match")]
    matches: TermMatch,
    /// How.
    model: RoyaltyModel,
    /// Taken off the base before the rate, in this order.
    deductions: Vec<TermDeduction>,
    /// Factors of the rate for the lines they match.
    reductions: Vec<TermReduction>,
    /// The term in a sentence.
    summary: String,
    /// First sale date; null: as the version.
    valid_from: Option<Date>,
    /// Last sale date; null: as the version.
    valid_to: Option<Date>,
}

/// A scope as an item or the id of a group.
pub fn items(scope: &ItemScope) -> (Option<ItemReference>, Option<ID>) {
    match scope {
        ItemScope::Item(item) => (Some(ItemReference::of(item.kind, item.id)), None),
        ItemScope::Group(group) => (None, Some(ID(group.to_string()))),
        ItemScope::All => (None, None),
    }
}

fn percent(ratio: Number) -> String {
    kernel::decimal::plain((ratio * Number::ONE_HUNDRED).normalize())
}

/// A model as a person would say it.
fn model_words(model: &Model) -> String {
    match model {
        Model::Percentage { base, rate } => format!("{} % of {}", percent(rate.get()), RoyaltyBase::words(*base)),
        Model::PerUnit { amount, currency } => format!("{} {currency} per unit", kernel::decimal::plain(*amount)),
        Model::Tiered { tiers, .. } => format!("a rate in {} tiers", tiers.len()),
        Model::Statutory { table, ratio, .. } => format!("{} % of the statutory rate {table}", percent(ratio.get())),
        Model::Formula { expression, .. } => format!("the formula {expression}"),
        Model::Hybrid { models, .. } => models.iter().map(model_words).collect::<Vec<_>>().join(" or "),
    }
}

/// A term as a person would say it.
fn sentence(term: &rules::Term) -> String {
    let mut parts = vec![model_words(&term.model)];
    parts.extend(match term.matches.scope {
        ItemScope::Item(item) => Some(format!("for one {}", item.kind.as_str().to_lowercase())),
        ItemScope::Group(_) => Some("for a group of items".to_owned()),
        ItemScope::All => None,
    });
    let codes = |set: &[kernel::territory::Territory]| set.iter().map(|one| one.name()).collect::<Vec<_>>().join(", ");
    let set = &term.matches.territories;
    if !set.include.is_empty() {
        parts.push(format!("in {}", codes(&set.include)));
    }
    if !set.exclude.is_empty() {
        parts.push(format!("outside {}", codes(&set.exclude)));
    }
    if !term.matches.platforms.is_empty() {
        parts.push(format!("on {}", term.matches.platforms.join(", ")));
    }
    if !term.matches.revenue_types.is_empty() {
        let types: Vec<String> = term.matches.revenue_types.iter().map(|one| one.as_str().to_lowercase()).collect();
        parts.push(format!("from {}", types.join(", ")));
    }
    let mut said = parts.join(" ");
    for deduction in &term.deductions {
        said.push_str(&format!(", less {} % {}", percent(deduction.ratio.get()), deduction.name));
    }
    for reduction in &term.reductions {
        let kind = reduction.kind.as_str().to_lowercase();
        said.push_str(&format!(", {} % of the rate by {kind}", percent(reduction.factor.get())));
    }
    said
}

impl Term {
    /// A term without a label, as rate cards have them.
    pub fn unnamed(term: &rules::Term) -> Self {
        Self::from(&rights::NamedTerm { name: String::new(), term: term.clone() })
    }
}

impl From<&rights::NamedTerm> for Term {
    fn from(row: &rights::NamedTerm) -> Self {
        let matches = &row.term.matches;
        let (item, group_id) = items(&matches.scope);
        Self {
            id: ID(row.term.id.to_string()),
            name: row.name.clone(),
            priority: row.term.priority,
            summary: sentence(&row.term),
            matches: TermMatch {
                item,
                group_id,
                territories: (&matches.territories).into(),
                platforms: matches.platforms.clone(),
                revenue_types: matches.revenue_types.iter().copied().map(Into::into).collect(),
                configurations: matches.configurations.clone(),
            },
            model: match &row.term.model {
                Model::Percentage { base, rate } => {
                    RoyaltyModel::Percentage(PercentageModel { base: (*base).into(), ratio: rate.get().into() })
                }
                Model::PerUnit { amount, currency } => {
                    RoyaltyModel::PerUnit(PerUnitModel { amount: (*amount).into(), currency: (*currency).into() })
                }
                other => RoyaltyModel::Stated(StatedModel { summary: model_words(other) }),
            },
            deductions: row.term.deductions.iter().map(Into::into).collect(),
            reductions: row.term.reductions.iter().map(Into::into).collect(),
            valid_from: matches.valid_from.map(Into::into),
            valid_to: matches.valid_to.map(Into::into),
        }
    }
}

/// Which share of an item's revenue enters the contract.
#[derive(Debug, Clone, SimpleObject)]
pub struct Participation {
    /// The global id.
    #[graphql(owned)]
    id: ID,
    /// The item; null when it speaks of a group or of the whole catalogue.
    item: Option<ItemReference>,
    /// The global id of the group; null when it speaks of none.
    group_id: Option<ID>,
    /// The share, from 0 to 1.
    ratio: Decimal,
    /// Ownership or an obligation.
    kind: ParticipationKind,
    /// Where.
    territories: TerritorySet,
    /// First sale date; null: as the version.
    valid_from: Option<Date>,
    /// Last sale date; null: as the version.
    valid_to: Option<Date>,
}

impl From<&rules::Participation> for Participation {
    fn from(row: &rules::Participation) -> Self {
        let (item, group_id) = items(&row.scope);
        Self {
            id: ID(row.id.to_string()),
            item,
            group_id,
            ratio: row.ratio.get().into(),
            kind: row.kind.into(),
            territories: (&row.territories).into(),
            valid_from: row.valid_from.map(Into::into),
            valid_to: row.valid_to.map(Into::into),
        }
    }
}

/// A place in the split of a contract's royalty. One with others below it passes everything on.
#[derive(Debug, Clone, SimpleObject)]
#[graphql(complex)]
pub struct Split {
    /// The global id.
    #[graphql(owned)]
    id: ID,
    /// The share of the level above.
    ratio: Decimal,
    /// Who shares it in turn.
    children: Vec<Split>,
    #[graphql(skip)]
    party_id: PartyId,
}

impl From<&rules::SplitNode> for Split {
    fn from(node: &rules::SplitNode) -> Self {
        Self {
            id: ID(node.id.to_string()),
            ratio: node.ratio.get().into(),
            children: node.children.iter().map(Into::into).collect(),
            party_id: node.party_id,
        }
    }
}

#[ComplexObject]
impl Split {
    /// Who.
    async fn party(&self, gql: &Context<'_>) -> Result<Option<Party>> {
        Ok(load::<PartyBatch>(gql, self.party_id).await?.map(Into::into))
    }
}

/// What a contract says during a period of sale dates, as it was recorded.
#[derive(Debug, Clone, SimpleObject)]
pub struct ContractVersion {
    /// The global id.
    #[graphql(owned)]
    id: ID,
    /// Its number, in the order of recording.
    version_no: i32,
    /// First sale date.
    valid_from: Date,
    /// Last sale date; null: open.
    valid_to: Option<Date>,
    /// When it was recorded.
    recorded_at: DateTime,
    /// Since when it is replaced; null: it holds.
    superseded_at: Option<DateTime>,
    /// Which share of which item's revenue enters the contract.
    participations: Vec<Participation>,
    /// How the royalty is computed.
    terms: Vec<Term>,
    /// Names of the rate cards whose terms hold as well.
    rate_cards: Vec<String>,
    /// What comes off, and who gets it, in order.
    waterfall: Vec<WaterfallStep>,
    /// How it is divided over payees.
    splits: Vec<Split>,
}

impl From<&rights::VersionRow> for ContractVersion {
    fn from(row: &rights::VersionRow) -> Self {
        Self {
            id: ID(row.id.to_string()),
            version_no: row.version_no,
            valid_from: row.facts.valid_from.into(),
            valid_to: row.facts.valid_to.map(Into::into),
            recorded_at: row.recorded_at.into(),
            superseded_at: row.superseded_at.map(Into::into),
            participations: row.facts.participations.iter().map(Into::into).collect(),
            terms: row.facts.terms.iter().map(Into::into).collect(),
            rate_cards: row.facts.rate_cards.clone(),
            waterfall: row.facts.waterfall.iter().map(Into::into).collect(),
            splits: row.facts.splits.iter().map(Into::into).collect(),
        }
    }
}

/// Money paid before it was earned, recouped from royalties; never a debt.
#[derive(Debug, Clone, SimpleObject)]
pub struct Advance {
    /// The global id.
    #[graphql(owned)]
    id: ID,
    /// Its key in the contract.
    reference: String,
    /// What it was paid for.
    description: String,
    /// How much.
    amount: Money,
    /// When it was paid.
    paid_on: Date,
    /// Which instalment it is; null: it was paid at once.
    instalment: Option<String>,
    /// Where the contract recoups by priority, the higher is recouped first.
    priority: i32,
    /// How much of it finalised runs have recouped.
    recouped: Money,
    /// What is left to recoup.
    outstanding: Money,
}

impl From<rights::AdvanceRow> for Advance {
    fn from(row: rights::AdvanceRow) -> Self {
        let money = |amount: Number| Money { amount: amount.into(), currency: row.amount.currency.into() };
        Self {
            id: ID(row.id.to_string()),
            amount: money(row.amount.amount),
            recouped: money(row.recouped),
            outstanding: money(row.amount.amount.saturating_sub(row.recouped)),
            reference: row.reference,
            description: row.description,
            paid_on: row.paid_on.into(),
            instalment: row.instalment,
            priority: row.priority,
        }
    }
}

/// A contract between the tenant and a party.
#[derive(Debug, Clone, SimpleObject)]
#[graphql(complex)]
pub struct Contract {
    /// The global id.
    #[graphql(owned)]
    pub id: ID,
    /// The number printed on statements.
    number: String,
    /// The title.
    name: String,
    /// What it is about.
    kind: ContractKind,
    /// The currency royalties are computed, stated and recouped in.
    currency: CurrencyCode,
    /// How often it is stated.
    calendar: ContractCalendar,
    /// Which exchange rate it uses.
    fx_rule: ContractFxRule,
    /// Where it stands.
    status: ContractStatus,
    /// Raised by every change; send it back as `expectedVersion`.
    version: i32,
    #[graphql(skip)]
    contract_id: ContractId,
    #[graphql(skip)]
    party_id: PartyId,
    #[graphql(skip)]
    organisation_id: Option<OrganisationId>,
}

impl From<rights::Contract> for Contract {
    fn from(row: rights::Contract) -> Self {
        Self {
            id: ID(row.id.to_string()),
            number: row.number,
            name: row.name,
            kind: row.kind.into(),
            currency: row.currency.into(),
            calendar: row.calendar.into(),
            fx_rule: row.fx_rule.into(),
            status: row.status.into(),
            organisation_id: row.organisation_id,
            version: row.version,
            contract_id: row.id,
            party_id: row.party_id,
        }
    }
}

#[ComplexObject]
impl Contract {
    /// The organisation on our side; null: the tenant itself.
    async fn organisation(&self, gql: &Context<'_>) -> Result<Option<Organisation>> {
        organisation(gql, self.organisation_id).await
    }

    /// The party to the contract.
    async fn party(&self, gql: &Context<'_>) -> Result<Option<Party>> {
        Ok(load::<PartyBatch>(gql, self.party_id).await?.map(Into::into))
    }

    /// What holds for sales of the day of the request; null when nothing does.
    async fn current_version(&self, gql: &Context<'_>) -> Result<Option<ContractVersion>> {
        let today = crate::frame::session::ctx(gql)?.now.date_naive();
        let rows = load::<Versions>(gql, self.contract_id).await?.unwrap_or_default();
        let holds = |row: &&rights::VersionRow| {
            row.superseded_at.is_none()
                && row.facts.valid_from <= today
                && row.facts.valid_to.is_none_or(|to| today <= to)
        };
        Ok(rows.iter().find(holds).map(Into::into))
    }

    /// Everything it ever said, in the order of recording.
    async fn versions(&self, gql: &Context<'_>) -> Result<Vec<ContractVersion>> {
        Ok(load::<Versions>(gql, self.contract_id).await?.unwrap_or_default().iter().map(Into::into).collect())
    }

    /// What it says beyond its versions; null when nothing was said.
    async fn conditions(&self, gql: &Context<'_>) -> Result<Option<ContractConditions>> {
        let rows = load::<Conditions>(gql, self.contract_id).await?.unwrap_or_default();
        Ok(rows.iter().find(|row| row.superseded_at.is_none()).map(Into::into))
    }

    /// Costs recorded under it, oldest first.
    async fn costs(&self, gql: &Context<'_>) -> Result<Vec<ContractCost>> {
        Ok(load::<Costs>(gql, self.contract_id).await?.unwrap_or_default().into_iter().map(Into::into).collect())
    }

    /// Advances paid under it, oldest first.
    async fn advances(&self, gql: &Context<'_>) -> Result<Vec<Advance>> {
        Ok(load::<Advances>(gql, self.contract_id).await?.unwrap_or_default().into_iter().map(Into::into).collect())
    }
}
