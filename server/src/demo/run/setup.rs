//! The stage "set-up": tenants by the operator, organisations and members by their owners, exchange rates.

use std::collections::HashMap;

use domain::tenancy::{self, NewTenant, TenantKind};
use futures::future::try_join_all;
use kernel::currency::Currency;
use serde_json::{Value, json};

use super::board::Board;
use super::cast::{self, Cast, OWNER, PASSWORD, Part, STAFF};
use super::person::{Person, Trouble, text};
use crate::demo::world::World;
use crate::demo::world::market;
use crate::demo::world::model::Tenant;
use crate::service::base::Base;
use crate::stop::Stop;

const ORGANISATIONS: &str = "query Organisations($after: String) {
    organisations(first: 100, after: $after) { nodes { id name } pageInfo { hasNextPage endCursor } } }";
const ORGANISATION: &str = "mutation Organisation($input: OrganisationCreateInput!) {
    organisationCreate(input: $input) { organisation { id } userErrors { code message } } }";
const MEMBER: &str = "mutation Member($input: MemberCreateInput!) {
    memberCreate(input: $input) { member { id } userErrors { code message } } }";
const RATES: &str = "mutation Rates($input: ExchangeRatesSetInput!) {
    exchangeRatesSet(input: $input) { userErrors { code message } } }";
const RATE: &str = "query Rate($filter: ExchangeRateFilter) {
    exchangeRates(first: 1, filter: $filter) { nodes { id } } }";

/// Sets up both tenants, or what is missing of them.
///
/// # Errors
/// When something is refused.
pub async fn set_up(board: &Board, base: &Base, world: &World, casts: &[Cast]) -> Result<(), Stop> {
    let stage = board.stage("set-up", "", 0, "records");
    for tenant in &world.tenants {
        if tenancy::tenant_by_slug(&base.core, tenant.slug).await?.is_none() {
            stage.expect(1);
            tenancy::create_tenant(&base.core, new_tenant(tenant)?).await?;
            stage.add(1);
        }
    }
    let made = try_join_all(world.tenants.iter().zip(casts).map(|(tenant, cast)| async {
        let mut made = organisations(&cast.owner, tenant).await?;
        for part in &STAFF {
            made += u64::from(add_member(&cast.owner, part, &cast.slug, &[]).await?);
        }
        Ok::<u64, Trouble>(made + rates(&cast.manager).await?)
    }));
    let made = made.await?.into_iter().sum();
    stage.expect(made);
    stage.add(made);
    stage.finish();
    Ok(())
}

fn new_tenant(tenant: &Tenant) -> Result<NewTenant, Stop> {
    let is_label = tenant.organisations.iter().any(|house| house.kind == "SUB_LABEL");
    Ok(NewTenant {
        slug: tenant.slug.to_owned(),
        name: tenant.name.to_owned(),
        kind: if is_label { TenantKind::Label } else { TenantKind::Publisher },
        base_currency: Currency::parse(tenant.currency)
            .map_err(|error| Stop::failed(format!("{}: {error}", tenant.currency)))?,
        owner_email: cast::email(&OWNER, tenant.slug),
        owner_name: OWNER.name.to_owned(),
        owner_password: PASSWORD.to_owned(),
    })
}

/// The tree of organisations, parents first. Says how many were new.
async fn organisations(owner: &Person, tenant: &Tenant) -> Result<u64, Trouble> {
    let mut known: HashMap<String, String> = HashMap::new();
    for row in owner.all(ORGANISATIONS, json!({})).await? {
        known.insert(text(&row, "name")?, text(&row, "id")?);
    }
    let mut made = 0;
    for house in tenant.organisations {
        if known.contains_key(house.name) {
            continue;
        }
        let parent = known.get(house.parent.unwrap_or(tenant.name));
        let input = json!({ "name": house.name, "kind": house.kind, "parentId": parent });
        let answer = owner.ask(ORGANISATION, json!({ "input": input })).await?;
        known.insert(house.name.to_owned(), text(&answer["organisation"], "id")?);
        made += 1;
    }
    Ok(made)
}

/// Adds a member; says whether it is new.
///
/// # Errors
/// When it is refused for another reason than being there already.
pub async fn add_member(owner: &Person, part: &Part, slug: &str, parties: &[String]) -> Result<bool, Trouble> {
    let input = json!({
        "email": cast::email(part, slug), "displayName": part.name, "role": part.role, "password": PASSWORD,
        "partyIds": parties,
    });
    match owner.ask(MEMBER, json!({ "input": input })).await {
        Ok(_) => Ok(true),
        Err(trouble) if trouble.is("EMAIL_TAKEN") => Ok(false),
        Err(trouble) => Err(trouble),
    }
}

/// Sets the exchange rates unless the last of them is there. Says how many.
async fn rates(manager: &Person) -> Result<u64, Trouble> {
    let rates = market::exchange_rates();
    let Some(last) = rates.last() else { return Ok(0) };
    let filter = json!({ "base": last.base, "quote": last.quote, "from": last.on, "to": last.on });
    let there = manager.ask(RATE, json!({ "filter": filter })).await?;
    if there["nodes"].get(0).is_some() {
        return Ok(0);
    }
    let rows: Vec<Value> = rates
        .iter()
        .map(|rate| json!({ "base": rate.base, "quote": rate.quote, "on": rate.on, "rate": rate.rate }))
        .collect();
    manager.ask(RATES, json!({ "input": { "rates": rows } })).await?;
    Ok(rates.len() as u64)
}
