//! Rules that contracts share, as input and as they are read back.

use async_graphql::{Enum, ID, InputObject, OneofObject, SimpleObject, Union};
use domain::rights::{self, RuleDocument as Document, rules};
use kernel::failure::{Failure, Outcome};

use super::conditions::RecoupOrder;
use super::input::{ItemsInput, Notes, TermInput, TerritorySetInput, under};
use super::types::{Term, TerritorySet, items};
use crate::frame::ids;
use crate::frame::scalars::{CurrencyCode, Date, DateTime, Decimal, TerritoryCode};
use crate::frame::trade::ItemReference;

/// The kinds of shared rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "rights::RuleDocumentKind")]
pub enum SharedRuleKind {
    /// A named group of territories.
    TerritoryGroup,
    /// A named set of terms.
    RateCard,
    /// A list of prices of units.
    Prices,
    /// A table of statutory rates.
    StatutoryRates,
    /// Intermediaries between source and tenant.
    SourceChain,
    /// Contracts that are crossed.
    CrossGroup,
    /// A letter of direction.
    Direction,
    /// A hold or dispute.
    Hold,
}

/// Whose a rate card is: of equally specific terms the one nearer to the contract wins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "rules::TermLevel")]
pub enum TermLevel {
    /// Of the whole system.
    System,
    /// Of the tenant.
    Tenant,
    /// Of one organisation.
    Organisation,
    /// Of the contract itself.
    Contract,
}

/// Which price.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "rules::PriceKind")]
pub enum PriceKind {
    /// The published price to dealers.
    Ppd,
    /// The retail price.
    Retail,
}

/// Why money is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "rules::HoldKind")]
pub enum HoldKind {
    /// The tenant waits for something.
    Hold,
    /// Somebody else claims the money.
    Dispute,
}

/// When a member of a crossed group gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub enum CrossCondition {
    /// Always: what the month brought and what was unpaid before.
    Always,
    /// Only what the month brought.
    Income,
    /// Only what the month brought less the costs of the month.
    IncomeLessCosts,
    /// Only while its own balance after recoupment is above zero.
    BalancePositive,
    /// Only what its own balance after recoupment exceeds: `amount`.
    BalanceOver,
}

/// A named group of territories: countries and other groups.
#[derive(Debug, Clone, SimpleObject, InputObject)]
#[graphql(input_name = "TerritoryGroupInput")]
pub struct TerritoryGroup {
    /// Its name, as sets of territories name it.
    name: String,
    /// Countries.
    territories: Vec<TerritoryCode>,
    /// Names of groups whose members belong to it as well.
    groups: Vec<String>,
}

/// A named set of terms.
#[derive(InputObject)]
pub struct RateCardInput {
    /// Its name, as contracts name it.
    name: String,
    /// Whose it is.
    #[graphql(default_with = "TermLevel::Tenant")]
    level: TermLevel,
    /// The name of the card it extends.
    extends: Option<String>,
    /// Its terms.
    terms: Vec<TermInput>,
}

/// A named set of terms.
#[derive(Debug, Clone, SimpleObject)]
pub struct RateCard {
    /// Its name.
    name: String,
    /// Whose it is.
    level: TermLevel,
    /// The name of the card it extends.
    extends: Option<String>,
    /// Its terms.
    terms: Vec<Term>,
}

/// A price in force for some days.
#[derive(InputObject)]
pub struct PriceInput {
    /// Which price.
    kind: PriceKind,
    /// The price of one unit.
    amount: Decimal,
    /// Its currency.
    currency: CurrencyCode,
    /// The items; every one when not given.
    items: Option<ItemsInput>,
    /// The price category; every line when not given.
    category: Option<String>,
    /// The product configuration; every line when not given.
    configuration: Option<String>,
    /// Where; the world when not given.
    territories: Option<TerritorySetInput>,
    /// First sale date.
    valid_from: Option<Date>,
    /// Last sale date.
    valid_to: Option<Date>,
}

/// A price in force for some days.
#[derive(Debug, Clone, SimpleObject)]
pub struct Price {
    /// Which price.
    kind: PriceKind,
    /// The price of one unit.
    amount: Decimal,
    /// Its currency.
    currency: CurrencyCode,
    /// The item; null when it is of a group or of every item.
    item: Option<ItemReference>,
    /// The global id of the group.
    group_id: Option<ID>,
    /// The price category; null: every line.
    category: Option<String>,
    /// The product configuration; null: every line.
    configuration: Option<String>,
    /// Where.
    territories: TerritorySet,
    /// First sale date.
    valid_from: Option<Date>,
    /// Last sale date.
    valid_to: Option<Date>,
}

/// A list of prices.
#[derive(InputObject)]
pub struct PriceListInput {
    /// Its name.
    name: String,
    /// The prices.
    prices: Vec<PriceInput>,
}

/// A list of prices.
#[derive(Debug, Clone, SimpleObject)]
pub struct PriceList {
    /// Its name.
    name: String,
    /// The prices.
    prices: Vec<Price>,
}

/// A statutory rate per unit, from a day on.
#[derive(Debug, Clone, SimpleObject, InputObject)]
#[graphql(input_name = "StatutoryRateInput")]
pub struct StatutoryRate {
    /// First day.
    valid_from: Date,
    /// The currency.
    currency: CurrencyCode,
    /// Per unit.
    minimum: Decimal,
    /// Per unit and begun minute of long recordings; null: length does not matter.
    per_minute: Option<Decimal>,
    /// From how many minutes a recording is long.
    long_after_minutes: u16,
}

/// A table of statutory rates.
#[derive(Debug, Clone, SimpleObject, InputObject)]
#[graphql(input_name = "StatutoryTableInput")]
pub struct StatutoryTable {
    /// Its name, as terms name it.
    name: String,
    /// The rates.
    rates: Vec<StatutoryRate>,
}

/// An intermediary and the part it keeps of what reaches it.
#[derive(Debug, Clone, SimpleObject, InputObject)]
#[graphql(input_name = "SourceHopInput")]
pub struct SourceHop {
    /// Who.
    name: String,
    /// The part kept, from 0 to less than 1.
    kept: Decimal,
}

/// The intermediaries between the source of money and the tenant.
#[derive(InputObject)]
pub struct SourceChainInput {
    /// Its name.
    name: String,
    /// Platforms; every one when empty.
    #[graphql(default)]
    platforms: Vec<String>,
    /// Where; the world when not given.
    territories: Option<TerritorySetInput>,
    /// First sale date.
    valid_from: Option<Date>,
    /// Last sale date.
    valid_to: Option<Date>,
    /// From the source to the tenant.
    hops: Vec<SourceHop>,
}

/// The intermediaries between the source of money and the tenant.
#[derive(Debug, Clone, SimpleObject)]
pub struct SourceChain {
    /// Its name.
    name: String,
    /// Platforms; empty: every one.
    platforms: Vec<String>,
    /// Where.
    territories: TerritorySet,
    /// First sale date.
    valid_from: Option<Date>,
    /// Last sale date.
    valid_to: Option<Date>,
    /// From the source to the tenant.
    hops: Vec<SourceHop>,
}

/// A contract in a crossed group.
#[derive(Debug, Clone, SimpleObject, InputObject)]
#[graphql(input_name = "CrossMemberInput")]
pub struct CrossMember {
    /// The contract.
    contract_id: ID,
    /// What is left after its own recoupment may recoup others.
    gives: bool,
    /// Its open balances may be recouped from others.
    takes: bool,
    /// Where the group recoups by priority, the higher takes first.
    priority: i32,
}

/// Contracts whose balances are recouped from each other's income.
#[derive(Debug, Clone, SimpleObject, InputObject)]
#[graphql(input_name = "CrossGroupInput")]
pub struct CrossGroup {
    /// Its name.
    name: String,
    /// Its contracts.
    members: Vec<CrossMember>,
    /// Names of groups whose members belong to it as well.
    groups: Vec<String>,
    /// When a member gives.
    condition: CrossCondition,
    /// The amount, of BALANCE_OVER, in the member's currency.
    amount: Option<Decimal>,
    /// In which order the members' open balances are recouped.
    order: RecoupOrder,
}

/// A letter of direction: a payee has a part of what becomes payable paid to somebody else.
#[derive(Debug, Clone, SimpleObject, InputObject)]
#[graphql(input_name = "DirectionInput")]
pub struct Direction {
    /// Its name; how much was directed is kept under it.
    name: String,
    /// Whose money.
    from_party_id: ID,
    /// Who gets it.
    to_party_id: ID,
    /// Under which contract; null: under all of them.
    contract_id: Option<ID>,
    /// Which part, from 0 to 1.
    ratio: Decimal,
    /// Until so much was directed, in the contract's currency; null: without end.
    up_to: Option<Decimal>,
    /// First accounting month, by any day of it.
    valid_from: Option<Date>,
    /// Last accounting month, by any day of it.
    valid_to: Option<Date>,
}

/// A hold: money accrues and is shown, and is not paid. It is about a payee, a contract, both together, or an item.
#[derive(InputObject)]
pub struct HoldInput {
    /// Its name; what is held is kept under it.
    name: String,
    /// The payee it is about.
    party_id: Option<ID>,
    /// The contract it is about.
    contract_id: Option<ID>,
    /// The item it is about; then neither payee nor contract.
    item: Option<ItemsInput>,
    /// Which part of the money, from 0 to 1: a share range in dispute.
    ratio: Decimal,
    /// Whether somebody claims the money, or only an answer is awaited.
    #[graphql(default_with = "HoldKind::Hold")]
    kind: HoldKind,
    /// Why; statements print it.
    #[graphql(default)]
    reason: String,
    /// First accounting month, by any day of it.
    valid_from: Option<Date>,
    /// Last accounting month, by any day of it; afterwards what was held is released.
    valid_to: Option<Date>,
}

/// A hold: money accrues and is shown, and is not paid.
#[derive(Debug, Clone, SimpleObject)]
pub struct Hold {
    /// Its name.
    name: String,
    /// The global id of the payee it is about.
    party_id: Option<ID>,
    /// The global id of the contract it is about.
    contract_id: Option<ID>,
    /// The item it is about.
    item: Option<ItemReference>,
    /// Which part of the money.
    ratio: Decimal,
    /// Whether somebody claims the money.
    kind: HoldKind,
    /// Why.
    reason: String,
    /// First accounting month, by any day of it.
    valid_from: Option<Date>,
    /// Last accounting month, by any day of it.
    valid_to: Option<Date>,
}

/// A shared rule: exactly one.
#[derive(OneofObject)]
pub enum SharedRuleInput {
    /// A named group of territories.
    TerritoryGroup(TerritoryGroup),
    /// A named set of terms.
    RateCard(RateCardInput),
    /// A list of prices.
    PriceList(PriceListInput),
    /// A table of statutory rates.
    StatutoryTable(StatutoryTable),
    /// Intermediaries between source and tenant.
    SourceChain(SourceChainInput),
    /// Contracts that are crossed.
    CrossGroup(CrossGroup),
    /// A letter of direction.
    Direction(Direction),
    /// A hold or dispute.
    Hold(HoldInput),
}

/// What a shared rule says.
#[derive(Debug, Clone, Union)]
pub enum SharedRuleContent {
    /// A named group of territories.
    TerritoryGroup(TerritoryGroup),
    /// A named set of terms.
    RateCard(RateCard),
    /// A list of prices.
    PriceList(PriceList),
    /// A table of statutory rates.
    StatutoryTable(StatutoryTable),
    /// Intermediaries between source and tenant.
    SourceChain(SourceChain),
    /// Contracts that are crossed.
    CrossGroup(CrossGroup),
    /// A letter of direction.
    Direction(Direction),
    /// A hold or dispute.
    Hold(Hold),
}

/// A rule that contracts share, as it was recorded.
#[derive(Debug, Clone, SimpleObject)]
pub struct SharedRule {
    /// Its kind.
    kind: SharedRuleKind,
    /// Its name, unique among those of its kind that hold.
    name: String,
    /// Its number among the versions of its kind and name; send it back as `expectedVersion`.
    version_no: i32,
    /// When it was recorded.
    recorded_at: DateTime,
    /// By whom.
    recorded_by: String,
    /// Since when it is replaced or ended; null: it holds.
    superseded_at: Option<DateTime>,
    /// What it says.
    content: SharedRuleContent,
}

impl SharedRuleInput {
    /// The rule, or everything that is malformed; the path is that of the mutation's input.
    pub fn checked(self) -> Outcome<Document> {
        let mut notes = Notes::default();
        let path = under(&[], &["input", "rule"]);
        let document = match self {
            Self::TerritoryGroup(one) => Some(Document::TerritoryGroup(rules::TerritoryGroup {
                name: one.name,
                territories: one.territories.into_iter().map(Into::into).collect(),
                groups: one.groups,
            })),
            Self::RateCard(one) => rate_card(one, &mut notes, &under(&path, &["rateCard"])),
            Self::PriceList(one) => price_list(one, &mut notes, &under(&path, &["priceList"])),
            Self::StatutoryTable(one) => Some(statutory(one)),
            Self::SourceChain(one) => source_chain(one, &mut notes, &under(&path, &["sourceChain"])),
            Self::CrossGroup(one) => cross_group(one, &mut notes, &under(&path, &["crossGroup"])),
            Self::Direction(one) => direction(one, &mut notes, &under(&path, &["direction"])),
            Self::Hold(one) => hold(one, &mut notes, &under(&path, &["hold"])),
        };
        match document {
            Some(document) if notes.0.is_empty() => Ok(document),
            _ => Err(Failure::findings(notes.0)),
        }
    }
}

fn rate_card(input: RateCardInput, notes: &mut Notes, path: &[String]) -> Option<Document> {
    let asked = input.terms.len();
    let mut terms = Vec::with_capacity(asked);
    for (index, term) in input.terms.into_iter().enumerate() {
        terms.extend(notes.term(term, &under(path, &["terms", &index.to_string()])).map(|named| named.term));
    }
    (terms.len() == asked).then(|| {
        Document::RateCard(rules::RateCard {
            name: input.name,
            level: input.level.into(),
            extends: input.extends,
            terms,
        })
    })
}

fn price_list(input: PriceListInput, notes: &mut Notes, path: &[String]) -> Option<Document> {
    let asked = input.prices.len();
    let mut prices = Vec::with_capacity(asked);
    for (index, one) in input.prices.into_iter().enumerate() {
        let scope = notes.scope(one.items, &under(path, &["prices", &index.to_string()]));
        prices.extend(scope.map(|scope| rules::Price {
            kind: one.kind.into(),
            amount: one.amount.into(),
            currency: one.currency.into(),
            scope,
            category: one.category,
            configuration: one.configuration,
            territories: one.territories.unwrap_or_default().into(),
            valid_from: one.valid_from.map(Into::into),
            valid_to: one.valid_to.map(Into::into),
        }));
    }
    (prices.len() == asked).then_some(Document::Prices(input.name, prices))
}

fn statutory(input: StatutoryTable) -> Document {
    let rate = |one: StatutoryRate| rules::StatutoryRate {
        table: input.name.clone(),
        valid_from: one.valid_from.into(),
        currency: one.currency.into(),
        minimum: one.minimum.into(),
        per_minute: one.per_minute.map(Into::into),
        long_after_minutes: one.long_after_minutes,
    };
    let rates = input.rates.iter().cloned().map(rate).collect();
    Document::StatutoryRates(input.name.clone(), rates)
}

fn source_chain(input: SourceChainInput, notes: &mut Notes, path: &[String]) -> Option<Document> {
    let asked = input.hops.len();
    let mut hops = Vec::with_capacity(asked);
    for (index, one) in input.hops.into_iter().enumerate() {
        let kept = notes.ratio(one.kept, &under(path, &["hops", &index.to_string(), "kept"]));
        hops.extend(kept.map(|kept| rules::Hop { name: one.name, kept }));
    }
    (hops.len() == asked).then(|| {
        Document::SourceChain(rules::SourceChain {
            name: input.name,
            platforms: input.platforms,
            territories: input.territories.unwrap_or_default().into(),
            valid_from: input.valid_from.map(Into::into),
            valid_to: input.valid_to.map(Into::into),
            hops,
        })
    })
}

fn cross_group(input: CrossGroup, notes: &mut Notes, path: &[String]) -> Option<Document> {
    let asked = input.members.len();
    let mut members = Vec::with_capacity(asked);
    for (index, one) in input.members.into_iter().enumerate() {
        let id = notes.take(ids::parse(&one.contract_id, under(path, &["members", &index.to_string(), "contractId"])));
        members.extend(id.map(|contract_id| rules::CrossMember {
            contract_id,
            gives: one.gives,
            takes: one.takes,
            priority: one.priority,
        }));
    }
    let condition = match (input.condition, input.amount) {
        (CrossCondition::Always, None) => rules::CrossCondition::Always,
        (CrossCondition::Income, None) => rules::CrossCondition::Income,
        (CrossCondition::IncomeLessCosts, None) => rules::CrossCondition::IncomeLessCosts,
        (CrossCondition::BalancePositive, None) => rules::CrossCondition::BalancePositive,
        (CrossCondition::BalanceOver, Some(amount)) => rules::CrossCondition::BalanceOver { amount: amount.into() },
        _ => return notes.refuse(&under(path, &["amount"]), "BALANCE_OVER has an amount, the others have none."),
    };
    (members.len() == asked).then(|| {
        Document::CrossGroup(rules::CrossGroup {
            name: input.name,
            members,
            groups: input.groups,
            condition,
            order: input.order.into(),
        })
    })
}

fn direction(input: Direction, notes: &mut Notes, path: &[String]) -> Option<Document> {
    let from_party = notes.take(ids::parse(&input.from_party_id, under(path, &["fromPartyId"])));
    let to_party = notes.take(ids::parse(&input.to_party_id, under(path, &["toPartyId"])));
    let contract_id = notes.take(ids::parse_opt(input.contract_id.as_ref(), under(path, &["contractId"])));
    let ratio = notes.ratio(input.ratio, &under(path, &["ratio"]));
    Some(Document::Direction(rules::Direction {
        name: input.name,
        from_party: from_party?,
        to_party: to_party?,
        contract_id: contract_id?,
        ratio: ratio?,
        up_to: input.up_to.map(Into::into),
        valid_from: input.valid_from.map(Into::into),
        valid_to: input.valid_to.map(Into::into),
    }))
}

fn hold(input: HoldInput, notes: &mut Notes, path: &[String]) -> Option<Document> {
    let ratio = notes.ratio(input.ratio, &under(path, &["ratio"]));
    let party = notes.take(ids::parse_opt(input.party_id.as_ref(), under(path, &["partyId"])))?;
    let contract = notes.take(ids::parse_opt(input.contract_id.as_ref(), under(path, &["contractId"])))?;
    let item = match input.item {
        Some(items) => Some(notes.scope(Some(items), &under(path, &["item"]))?),
        None => None,
    };
    let target = match (party, contract, item) {
        (Some(party_id), None, None) => rules::HoldTarget::Payee { party_id },
        (None, Some(contract_id), None) => rules::HoldTarget::Contract { contract_id },
        (Some(party_id), Some(contract_id), None) => rules::HoldTarget::Account { contract_id, party_id },
        (None, None, Some(rules::ItemScope::Item(item))) => rules::HoldTarget::Item { item },
        _ => return notes.refuse(path, "A hold is about a payee, a contract, both together, or one item."),
    };
    Some(Document::Hold(rules::Hold {
        name: input.name,
        target,
        ratio: ratio?,
        kind: input.kind.into(),
        reason: input.reason,
        valid_from: input.valid_from.map(Into::into),
        valid_to: input.valid_to.map(Into::into),
    }))
}

impl From<rights::RuleDocumentRow> for SharedRule {
    fn from(row: rights::RuleDocumentRow) -> Self {
        Self {
            kind: row.document.kind().into(),
            name: row.document.name().to_owned(),
            version_no: row.version_no,
            recorded_at: row.recorded_at.into(),
            recorded_by: row.recorded_by,
            superseded_at: row.superseded_at.map(Into::into),
            content: (&row.document).into(),
        }
    }
}

fn price(one: &rules::Price) -> Price {
    let (item, group_id) = items(&one.scope);
    Price {
        kind: one.kind.into(),
        amount: one.amount.normalize().into(),
        currency: one.currency.into(),
        item,
        group_id,
        category: one.category.clone(),
        configuration: one.configuration.clone(),
        territories: (&one.territories).into(),
        valid_from: one.valid_from.map(Into::into),
        valid_to: one.valid_to.map(Into::into),
    }
}

impl From<&Document> for SharedRuleContent {
    fn from(document: &Document) -> Self {
        match document {
            Document::TerritoryGroup(one) => Self::TerritoryGroup(TerritoryGroup {
                name: one.name.clone(),
                territories: one.territories.iter().copied().map(Into::into).collect(),
                groups: one.groups.clone(),
            }),
            Document::RateCard(one) => Self::RateCard(RateCard {
                name: one.name.clone(),
                level: one.level.into(),
                extends: one.extends.clone(),
                terms: one.terms.iter().map(Term::unnamed).collect(),
            }),
            Document::Prices(name, list) => {
                Self::PriceList(PriceList { name: name.clone(), prices: list.iter().map(price).collect() })
            }
            Document::StatutoryRates(name, list) => {
                let rate = |one: &rules::StatutoryRate| StatutoryRate {
                    valid_from: one.valid_from.into(),
                    currency: one.currency.into(),
                    minimum: one.minimum.normalize().into(),
                    per_minute: one.per_minute.map(|amount| amount.normalize().into()),
                    long_after_minutes: one.long_after_minutes,
                };
                Self::StatutoryTable(StatutoryTable { name: name.clone(), rates: list.iter().map(rate).collect() })
            }
            Document::SourceChain(one) => Self::SourceChain(SourceChain {
                name: one.name.clone(),
                platforms: one.platforms.clone(),
                territories: (&one.territories).into(),
                valid_from: one.valid_from.map(Into::into),
                valid_to: one.valid_to.map(Into::into),
                hops: one
                    .hops
                    .iter()
                    .map(|hop| SourceHop { name: hop.name.clone(), kept: hop.kept.get().into() })
                    .collect(),
            }),
            Document::CrossGroup(one) => Self::CrossGroup(crossed(one)),
            Document::Direction(one) => Self::Direction(Direction {
                name: one.name.clone(),
                from_party_id: ID(one.from_party.to_string()),
                to_party_id: ID(one.to_party.to_string()),
                contract_id: one.contract_id.map(|id| ID(id.to_string())),
                ratio: one.ratio.get().into(),
                up_to: one.up_to.map(Into::into),
                valid_from: one.valid_from.map(Into::into),
                valid_to: one.valid_to.map(Into::into),
            }),
            Document::Hold(one) => Self::Hold(held(one)),
        }
    }
}

fn crossed(one: &rules::CrossGroup) -> CrossGroup {
    let (condition, amount) = match &one.condition {
        rules::CrossCondition::Always => (CrossCondition::Always, None),
        rules::CrossCondition::Income => (CrossCondition::Income, None),
        rules::CrossCondition::IncomeLessCosts => (CrossCondition::IncomeLessCosts, None),
        rules::CrossCondition::BalancePositive => (CrossCondition::BalancePositive, None),
        rules::CrossCondition::BalanceOver { amount } => (CrossCondition::BalanceOver, Some((*amount).into())),
    };
    let member = |one: &rules::CrossMember| CrossMember {
        contract_id: ID(one.contract_id.to_string()),
        gives: one.gives,
        takes: one.takes,
        priority: one.priority,
    };
    CrossGroup {
        name: one.name.clone(),
        members: one.members.iter().map(member).collect(),
        groups: one.groups.clone(),
        condition,
        amount,
        order: one.order.into(),
    }
}

fn held(one: &rules::Hold) -> Hold {
    let (party, contract, item) = match &one.target {
        rules::HoldTarget::Payee { party_id } => (Some(*party_id), None, None),
        rules::HoldTarget::Contract { contract_id } => (None, Some(*contract_id), None),
        rules::HoldTarget::Account { contract_id, party_id } => (Some(*party_id), Some(*contract_id), None),
        rules::HoldTarget::Item { item } => (None, None, Some(ItemReference::of(item.kind, item.id))),
    };
    Hold {
        name: one.name.clone(),
        party_id: party.map(|id| ID(id.to_string())),
        contract_id: contract.map(|id| ID(id.to_string())),
        item,
        ratio: one.ratio.get().into(),
        kind: one.kind.into(),
        reason: one.reason.clone(),
        valid_from: one.valid_from.map(Into::into),
        valid_to: one.valid_to.map(Into::into),
    }
}
