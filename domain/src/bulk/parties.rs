//! `parties.csv`.

use std::collections::{HashMap, HashSet};

use entity::{party, party_identifier};
use kernel::codes::{Ipi, Isni};
use kernel::currency::Currency;
use kernel::failure::Outcome;
use kernel::ids::PartyId;
use kernel::limits::NAME_CHARS;
use kernel::territory::Territory;
use platform::db::{OrFail, TenantTx};
use rust_decimal::Decimal;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveModelTrait, ColumnTrait, Condition, EntityTrait, IntoActiveModel, QueryFilter};
use uuid::Uuid;

use super::model::Tally;
use super::sheet::{Cells, Column, Sheet};
use crate::rights::store::CHUNK;

pub(super) const COLUMNS: &[Column] = &[
    ("reference", true),
    ("name", true),
    ("kind", true),
    ("country", true),
    ("email", false),
    ("ipi", false),
    ("isni", false),
    ("payment_method", false),
    ("payment_currency", false),
    ("payment_threshold", false),
];

struct Given {
    row: party::Model,
    identifiers: Vec<(&'static str, String)>,
}

/// Reads a row over what is stored: an empty cell never clears.
fn read(cells: &mut Cells<'_>, tx: &TenantTx, stored: &HashMap<String, party::Model>) -> Option<Given> {
    let reference = cells.required_text("reference", 200);
    let name = cells.required_text("name", NAME_CHARS);
    cells.required("kind");
    let kind = cells.word("kind", &["PERSON", "GROUP", "COMPANY"]);
    cells.required("country");
    let country = cells.parsed("country", "INVALID_COUNTRY", country);
    let email = cells.parsed("email", "INVALID_EMAIL", email);
    let ipi = cells.parsed("ipi", "INVALID_IPI", Ipi::parse);
    let isni = cells.parsed("isni", "INVALID_ISNI", Isni::parse);
    let method = cells.word("payment_method", &["INTERNAL_LEDGER"]);
    let currency = cells.parsed("payment_currency", "INVALID_CURRENCY", Currency::parse);
    if cells.get("payment_threshold").is_some() && cells.get("payment_currency").is_none() {
        cells.refuse(Some("payment_currency"), "REQUIRED", "A threshold needs the currency it is in.");
    }
    let places = currency.map_or(18, Currency::exponent);
    let threshold = cells.decimal("payment_threshold", places, Decimal::ZERO, None);
    if !cells.found.is_empty() {
        return None;
    }
    let mut row = match stored.get(reference.as_deref()?) {
        Some(known) => known.clone(),
        None => party::Model {
            tenant_id: tx.tenant_id().uuid(),
            id: PartyId::new().uuid(),
            reference: reference?,
            name: String::new(),
            kind: String::new(),
            country: None,
            email: None,
            payment_method: "INTERNAL_LEDGER".to_owned(),
            payment_currency: None,
            payment_threshold: None,
            status: "ACTIVE".to_owned(),
            version: 0,
            created_at: tx.now(),
        },
    };
    row.name = name?;
    row.kind = kind?.to_owned();
    row.country = country.map(|territory| territory.code().to_owned());
    row.email = email.or(row.email);
    row.payment_method = method.map_or(row.payment_method, str::to_owned);
    row.payment_currency = currency.map(|currency| currency.code().to_owned()).or(row.payment_currency);
    row.payment_threshold = threshold.or(row.payment_threshold);
    let identifiers = ipi
        .map(|ipi| ("IPI", ipi.to_string()))
        .into_iter()
        .chain(isni.map(|isni| ("ISNI", isni.to_string())))
        .collect();
    Some(Given { row, identifiers })
}

fn country(cell: &str) -> Result<Territory, String> {
    Territory::parse(cell)
        .ok()
        .filter(|territory| *territory != Territory::UNKNOWN && territory.code() == cell.to_ascii_uppercase())
        .ok_or_else(|| format!("`{cell}` is no country of ISO 3166-1"))
}

/// One address, as far as it can be told without writing to it.
pub(crate) fn email(cell: &str) -> Result<String, String> {
    let whole = cell.chars().count() <= 254 && !cell.chars().any(|c| c.is_whitespace() || c.is_control());
    let parts = cell.split_once('@').filter(|(user, host)| {
        !user.is_empty()
            && !host.contains('@')
            && host.split('.').count() > 1
            && host.split('.').all(|part| !part.is_empty())
    });
    parts.filter(|_| whole).map(|_| cell.to_owned()).ok_or_else(|| format!("`{cell}` is no e-mail address"))
}

pub(super) async fn import(tx: &TenantTx, sheet: &Sheet, tally: &mut Tally) -> Outcome<()> {
    let tenant = tx.tenant_id().uuid();
    let stored: HashMap<String, party::Model> = party::Entity::find()
        .filter(party::Column::TenantId.eq(tenant))
        .all(tx)
        .await
        .or_fail()?
        .into_iter()
        .map(|row| (row.reference.clone(), row))
        .collect();
    // Whose identifier it is, and which one of a scheme a party has.
    let mut owners: HashMap<(String, String), Uuid> = HashMap::new();
    let mut owned: HashMap<(Uuid, String), String> = HashMap::new();
    for row in party_identifier::Entity::find()
        .filter(party_identifier::Column::TenantId.eq(tenant))
        .all(tx)
        .await
        .or_fail()?
    {
        owned.insert((row.party_id, row.scheme.clone()), row.value.clone());
        owners.insert((row.scheme, row.value), row.party_id);
    }
    let mut seen = HashSet::new();
    let (mut rows, mut added, mut dropped) = (Vec::new(), Vec::new(), Vec::new());
    for row in &sheet.rows {
        let mut cells = sheet.cells(row);
        if let Some(given) = read(&mut cells, tx, &stored) {
            take(
                &mut cells,
                given,
                &stored,
                (&mut owners, &mut owned),
                &mut seen,
                (&mut rows, &mut added, &mut dropped),
                tally,
            );
        }
        tally.refusals.append(&mut cells.found);
    }
    for chunk in rows.chunks(CHUNK) {
        let conflict = OnConflict::columns([party::Column::TenantId, party::Column::Reference])
            .update_columns([
                party::Column::Name,
                party::Column::Kind,
                party::Column::Country,
                party::Column::Email,
                party::Column::PaymentMethod,
                party::Column::PaymentCurrency,
                party::Column::PaymentThreshold,
                party::Column::Version,
            ])
            .to_owned();
        let chunk: Vec<party::ActiveModel> =
            chunk.iter().cloned().map(|row: party::Model| row.into_active_model().reset_all()).collect();
        party::Entity::insert_many(chunk).on_conflict(conflict).exec_without_returning(tx).await.or_fail()?;
    }
    for (scheme, value) in dropped {
        party_identifier::Entity::delete_many()
            .filter(
                Condition::all()
                    .add(party_identifier::Column::TenantId.eq(tenant))
                    .add(party_identifier::Column::Scheme.eq(scheme))
                    .add(party_identifier::Column::Value.eq(value)),
            )
            .exec(tx)
            .await
            .or_fail()?;
    }
    for chunk in added.chunks(CHUNK) {
        let chunk: Vec<party_identifier::ActiveModel> =
            chunk.iter().cloned().map(|row: party_identifier::Model| row.into_active_model().reset_all()).collect();
        party_identifier::Entity::insert_many(chunk).exec_without_returning(tx).await.or_fail()?;
    }
    Ok(())
}

type Owners<'a> = (&'a mut HashMap<(String, String), Uuid>, &'a mut HashMap<(Uuid, String), String>);
type Writes<'a> =
    (&'a mut Vec<party::Model>, &'a mut Vec<party_identifier::Model>, &'a mut Vec<(&'static str, String)>);

fn take(
    cells: &mut Cells<'_>,
    given: Given,
    stored: &HashMap<String, party::Model>,
    (owners, owned): Owners<'_>,
    seen: &mut HashSet<String>,
    (rows, added, dropped): Writes<'_>,
    tally: &mut Tally,
) {
    let Given { mut row, identifiers } = given;
    if !seen.insert(row.reference.clone()) {
        let message = format!("`{}` stands on an earlier row too.", row.reference);
        return cells.refuse(Some("reference"), "DUPLICATE_KEY", message);
    }
    for (scheme, value) in &identifiers {
        let key = ((*scheme).to_owned(), value.clone());
        if owners.get(&key).is_some_and(|owner| *owner != row.id) {
            let message = format!("The {scheme} {value} belongs to another rights holder.");
            return cells.refuse(Some(&scheme.to_lowercase()), "DUPLICATE_KEY", message);
        }
    }
    let mut changed = false;
    for (scheme, value) in identifiers {
        match owned.insert((row.id, scheme.to_owned()), value.clone()) {
            Some(former) if former == value => continue,
            Some(former) => dropped.push((scheme, former)),
            None => {}
        }
        changed = true;
        owners.insert((scheme.to_owned(), value.clone()), row.id);
        added.push(party_identifier::Model {
            tenant_id: row.tenant_id,
            party_id: row.id,
            scheme: scheme.to_owned(),
            value,
        });
    }
    match stored.get(&row.reference) {
        Some(known) => {
            changed |= *known != row;
            tally.met(changed);
        }
        None => {
            changed = true;
            tally.created += 1;
        }
    }
    if changed {
        row.version += 1;
        rows.push(row);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_countries() {
        assert!(email("elin@northlight.example").is_ok());
        for bad in ["elin", "@x.example", "a@b", "a b@c.example", "a@b@c.example", "a@.example"] {
            assert!(email(bad).is_err(), "{bad}");
        }
        assert!(country("SE").is_ok() && country("ZZ").is_err() && country("UK").is_err() && country("QQ").is_err());
    }
}
