//! Use cases of contracts and their versions.

use std::collections::BTreeSet;

use engine::check::{under, validate_participations, validate_rules, validate_splits, validate_terms};
use engine::model::{Contract as RuleContract, FxRule, Group, ItemScope, Rules, Term};
use entity::contract::{ActiveModel, Column, Entity};
use kernel::context::OpContext;
use kernel::currency::Currency;
use kernel::failure::{Failure, Finding, Outcome};
use kernel::ids::{ContractId, ContractVersionId, GroupId};
use kernel::limits::NAME_CHARS;
use kernel::page::{Page, PageRequest};
use kernel::permission::Permission;
use platform::audit::{self, Change};
use platform::db::{OrFail, TenantTx};
use platform::events::outbox;
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde_json::json;

use super::activation::change;
pub use super::activation::{contract_activate, contract_terminate};
use super::documents;
use super::items::{groups, scopes_exist};
use super::model::{
    Calendar, Contract, ContractFilter, ContractStatus, NewContract, NewVersion, VersionFacts, VersionRow,
};
use super::store;
use crate::search::contains;
use crate::{Core, settings};

async fn find(tx: &TenantTx, id: ContractId) -> Outcome<Option<Contract>> {
    let row = Entity::find_by_id((tx.tenant_id().uuid(), id.uuid())).one(tx).await.or_fail()?;
    row.map(Contract::try_from).transpose()
}

pub(super) async fn must_find(tx: &TenantTx, id: ContractId, path: &[&str]) -> Outcome<Contract> {
    find(tx, id)
        .await?
        .ok_or_else(|| Failure::not_found("NOT_FOUND", "There is no such contract.").at(path.iter().copied()))
}

/// Looks one up; `None` also when it belongs to somebody else.
///
/// # Errors
/// `FORBIDDEN`; database failures.
pub async fn contract(ctx: &OpContext, core: &Core, id: ContractId) -> Outcome<Option<Contract>> {
    ctx.require(Permission::ContractRead)?;
    let tx = core.db.tenant_read(ctx).await?;
    find(&tx, id).await
}

/// Looks one up by its number.
///
/// # Errors
/// `FORBIDDEN`; database failures.
pub async fn contract_by_number(ctx: &OpContext, core: &Core, number: &str) -> Outcome<Option<Contract>> {
    ctx.require(Permission::ContractRead)?;
    let tx = core.db.tenant_read(ctx).await?;
    let row = Entity::find()
        .filter(Column::TenantId.eq(ctx.tenant_id.uuid()))
        .filter(Column::Number.eq(number.trim()))
        .one(&tx)
        .await
        .or_fail()?;
    row.map(Contract::try_from).transpose()
}

/// Looks several up, for batch loading.
///
/// # Errors
/// `FORBIDDEN`; database failures.
pub async fn contracts_by_id(ctx: &OpContext, core: &Core, ids: &[ContractId]) -> Outcome<Vec<Contract>> {
    ctx.require(Permission::ContractRead)?;
    let tx = core.db.tenant_read(ctx).await?;
    Entity::find()
        .filter(Column::TenantId.eq(ctx.tenant_id.uuid()))
        .filter(Column::Id.is_in(ids.iter().map(|id| id.uuid())))
        .all(&tx)
        .await
        .or_fail()?
        .into_iter()
        .map(Contract::try_from)
        .collect()
}

/// Lists contracts by number.
///
/// # Errors
/// `FORBIDDEN`; database failures.
pub async fn contracts(
    ctx: &OpContext,
    core: &Core,
    filter: ContractFilter,
    page: PageRequest,
) -> Outcome<Page<Contract>> {
    ctx.require(Permission::ContractRead)?;
    let tx = core.db.tenant_read(ctx).await?;
    let mut condition = Condition::all().add(Column::TenantId.eq(ctx.tenant_id.uuid()));
    condition = condition.add(contains([Column::Number, Column::Name], filter.search.as_deref()));
    if let Some(status) = filter.status {
        condition = condition.add(Column::Status.eq(status.as_str()));
    }
    if let Some(party) = filter.party_id {
        condition = condition.add(Column::PartyId.eq(party.uuid()));
    }
    // Numbers are unique, so the number alone sorts.
    if let Some(after) = &page.after {
        condition = condition.add(Column::Number.gt(after.value.as_str()));
    }
    if let Some(before) = &page.before {
        condition = condition.add(Column::Number.lt(before.value.as_str()));
    }
    let query = Entity::find().filter(condition).limit(page.size.saturating_add(1));
    let query = if page.from_end { query.order_by_desc(Column::Number) } else { query.order_by_asc(Column::Number) };
    let rows =
        query.all(&tx).await.or_fail()?.into_iter().map(Contract::try_from).collect::<Outcome<Vec<Contract>>>()?;
    Ok(Page::from_fetched(rows, &page))
}

/// Every version ever recorded of contracts, with what it says, in the order of recording.
///
/// # Errors
/// `FORBIDDEN`; database failures.
pub async fn versions_of(ctx: &OpContext, core: &Core, contracts: &[ContractId]) -> Outcome<Vec<VersionRow>> {
    ctx.require(Permission::ContractRead)?;
    let tx = core.db.tenant_read(ctx).await?;
    let ids: Vec<_> = contracts.iter().map(|id| id.uuid()).collect();
    store::versions(&tx, &ids, false).await
}

/// Everything that is wrong with a version, at `path`. A draft may lack parts; what is there must be right.
pub(super) async fn check(tx: &TenantTx, facts: &VersionFacts, currency: Currency, path: &[&str]) -> Outcome<()> {
    let mut found: Vec<Finding> = Vec::new();
    if let Some(to) = facts.valid_to.filter(|to| *to < facts.valid_from) {
        let message = format!("The version ends on {to}, before it begins on {}.", facts.valid_from);
        found.push(Finding { code: "PERIOD_REVERSED", message, path: vec!["validTo".to_owned()] });
    }
    let terms: Vec<Term> = facts.terms.iter().map(|one| one.term.clone()).collect();
    let wanted: BTreeSet<GroupId> = terms
        .iter()
        .filter_map(|term| match term.matches.scope {
            ItemScope::Group(group) => Some(group),
            _ => None,
        })
        .collect();
    let groups = groups(tx, Some(&wanted)).await?;
    if !facts.participations.is_empty() {
        found.extend(under(["participations"], validate_participations(&facts.participations)));
    }
    if !terms.is_empty() {
        found.extend(under(["terms"], validate_terms(&terms, &groups)));
    }
    if !facts.splits.is_empty() {
        found.extend(under(["splits"], validate_splits(&facts.splits)));
    }
    found.extend(scopes_exist(tx, facts).await?);
    if found.is_empty() {
        found = together(tx, facts, currency, groups).await?;
    }
    if found.is_empty() { Ok(()) } else { Err(Failure::findings(under(path.iter().copied(), found))) }
}

/// What is wrong with a version together with the rules that contracts share: rate cards and territory groups that do not
/// exist, ties with terms of cards, steps of the waterfall.
async fn together(
    tx: &TenantTx,
    facts: &VersionFacts,
    currency: Currency,
    groups: Vec<Group>,
) -> Outcome<Vec<Finding>> {
    let mut before = Rules { groups, ..Rules::default() };
    for group in super::snapshot::groups_named(tx, facts, &before.groups).await? {
        before.groups.push(group);
    }
    let version = super::snapshot::version(ContractVersionId::new(), facts.clone());
    let contract = RuleContract::new(ContractId::new(), currency, FxRule::MonthEnd, vec![version]);
    let mut after = Rules { contracts: vec![contract], ..before.clone() };
    let documents = documents::holding(tx).await?;
    documents::apply(&mut before, documents.clone());
    documents::apply(&mut after, documents);
    let (known, found) = (validate_rules(&before), validate_rules(&after));
    let place = ["contracts", "0", "versions", "0"].map(str::to_owned);
    Ok(found
        .into_iter()
        .filter(|one| !known.iter().any(|old| (old.code, &old.message) == (one.code, &one.message)))
        // A draft may lack parts; whoever puts it into force is told.
        .filter(|one| !one.code.ends_with("_MISSING") && one.code != "SPLIT_EMPTY")
        .map(|mut one| {
            one.path = one.path.strip_prefix(&place[..]).unwrap_or(&one.path).to_vec();
            one
        })
        .collect())
}

/// The currency and the calendar of a new contract: what was given, else what is configured.
async fn defaults(tx: &TenantTx, input: &NewContract) -> Outcome<(Currency, Calendar)> {
    let currency = match input.currency {
        Some(currency) => currency,
        None => settings::effective(tx, &settings::BASE_CURRENCY, None, None)
            .await?
            .currency()?
            .ok_or_else(|| Failure::internal("the books have no currency"))?,
    };
    let calendar = match input.calendar {
        Some(calendar) => calendar,
        None => {
            let (organisation, party) = (input.organisation_id, Some(input.party_id));
            let configured = settings::effective(tx, &settings::STATEMENT_CALENDAR, organisation, party).await?;
            let name = configured.text()?;
            Calendar::from_name(name).ok_or_else(|| Failure::internal(format!("unknown calendar: {name}")))?
        }
    };
    Ok((currency, calendar))
}

/// Creates a contract as a draft, with what it says first.
///
/// # Errors
/// `NAME_MISSING`, `ALREADY_EXISTS`, `REFERENCE_INVALID`, the codes of the checks, `FORBIDDEN`; database failures.
pub async fn contract_create(ctx: &OpContext, core: &Core, input: NewContract) -> Outcome<Contract> {
    ctx.require(Permission::ContractManage)?;
    let (number, name) = (input.number.trim().to_owned(), input.name.trim().to_owned());
    for (text, field, most) in [(&number, "number", 200), (&name, "name", NAME_CHARS)] {
        if text.is_empty() || text.chars().count() > most {
            let message = format!("Give between 1 and {most} characters.");
            return Err(Failure::refused("NAME_MISSING", message).at(["input", field]));
        }
    }
    let tx = core.db.tenant(ctx).await?;
    let (currency, calendar) = defaults(&tx, &input).await?;
    check(&tx, &input.version, currency, &["input", "version"]).await?;
    let id = ContractId::new();
    let row = ActiveModel {
        tenant_id: Set(ctx.tenant_id.uuid()),
        id: Set(id.uuid()),
        organisation_id: Set(input.organisation_id.map(|id| id.uuid())),
        party_id: Set(input.party_id.uuid()),
        number: Set(number.clone()),
        name: Set(name),
        kind: Set(input.kind.as_str().to_owned()),
        currency: Set(currency.code().to_owned()),
        calendar: Set(calendar.as_str().to_owned()),
        fx_rule: Set(serde_json::to_value(input.fx_rule)
            .ok()
            .and_then(|value| value.as_str().map(str::to_owned))
            .ok_or_else(|| Failure::internal("an exchange rate rule without a name"))?),
        status: Set(ContractStatus::Draft.as_str().to_owned()),
        version: Set(1),
        created_at: Set(ctx.now),
    };
    Entity::insert(row).exec_without_returning(&tx).await.or_fail()?;
    let who = tx.actor().label();
    let (_, rows) = store::replacement(&[], 0, id, input.version, (tx.now(), &who));
    store::insert_versions(&tx, &rows).await?;
    audit::record(
        &tx,
        ctx,
        Change {
            action: "contract.create",
            entity_kind: "CONTRACT",
            entity_id: id.uuid(),
            before: None,
            after: Some(json!({ "number": number })),
        },
    )
    .await?;
    outbox::write(&tx, "contract.create", &json!({ "contractId": id.to_string() })).await?;
    let contract = must_find(&tx, id, &["input"]).await?;
    tx.commit().await?;
    Ok(contract)
}

/// Records what a contract says during a period. What it said of these days is superseded, not overwritten; what it
/// said of the days before and after is recorded again.
///
/// # Errors
/// `NOT_FOUND`, `STALE_VERSION`, `CONTRACT_WITHOUT_TERMS` and its like for a contract in force, the codes of the
/// checks, `FORBIDDEN`; database failures.
pub async fn contract_version_add(
    ctx: &OpContext,
    core: &Core,
    id: ContractId,
    expected: i32,
    version: NewVersion,
) -> Outcome<Contract> {
    ctx.require(Permission::ContractManage)?;
    let tx = core.db.tenant(ctx).await?;
    let contract = must_find(&tx, id, &["input", "contractId"]).await?;
    check(&tx, &version, contract.currency, &["input", "version"]).await?;
    if contract.status != ContractStatus::Draft {
        for (missing, code, part) in [
            (version.terms.is_empty() && version.rate_cards.is_empty(), "CONTRACT_WITHOUT_TERMS", "terms"),
            (version.participations.is_empty(), "CONTRACT_WITHOUT_PARTICIPATIONS", "participations"),
            (version.splits.is_empty(), "CONTRACT_WITHOUT_SPLITS", "splits"),
        ] {
            if missing {
                let message = format!("A contract in force needs {part}.");
                return Err(Failure::refused(code, message).at(["input", "version", part]));
            }
        }
    }
    // First: whoever comes second waits here, and is then told that the contract changed.
    change(&tx, id, expected, Vec::new()).await?;
    let history = store::versions(&tx, &[id.uuid()], false).await?;
    let last = history.iter().map(|row| row.version_no).max().unwrap_or(0);
    let holding: Vec<VersionRow> = history.into_iter().filter(|row| row.superseded_at.is_none()).collect();
    let period = json!({ "validFrom": version.valid_from, "validTo": version.valid_to });
    let who = tx.actor().label();
    let (ended, rows) = store::replacement(&holding, last, id, version, (tx.now(), &who));
    store::supersede(&tx, &ended).await?;
    store::insert_versions(&tx, &rows).await?;
    audit::record(
        &tx,
        ctx,
        Change {
            action: "contract.version_add",
            entity_kind: "CONTRACT",
            entity_id: id.uuid(),
            before: None,
            after: Some(period),
        },
    )
    .await?;
    outbox::write(&tx, "contract.version_add", &json!({ "contractId": id.to_string() })).await?;
    let contract = must_find(&tx, id, &["input", "contractId"]).await?;
    tx.commit().await?;
    Ok(contract)
}
