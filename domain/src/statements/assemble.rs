//! One statement from its material: pure.

use std::collections::HashMap;

use chrono::NaiveDate;
use formats::documents::{
    CheckedStatement, Colour, ContractLine, HowToAsk, Identity, Issuer, Outlook, Paper, Payee, PaymentLine,
    RecoupmentLine, Section, SectionKind, SectionRow, StatementDocument, StatementKind,
};
use kernel::currency::Currency;
use kernel::decimal;
use kernel::failure::{Failure, Outcome};
use kernel::ids::{ContractId, PartyId, PaymentId, StatementId};
use kernel::money::{Rounding, round_to};
use kernel::period::Month;
use rust_decimal::Decimal;

use super::labels::{self, Label, Labels};
use super::load::{Key, Material, SummaryRow};

/// The colour of statements that have no branding of their own.
const ACCENT: Colour = Colour::new(0x1f, 0x3a, 0x5f);

fn overflow(_: decimal::OutOfRange) -> Failure {
    Failure::refused("AMOUNT_OUT_OF_RANGE", "The amounts of a statement add up to more than 28 digits hold.")
}

fn sum(amounts: impl IntoIterator<Item = Decimal>) -> Outcome<Decimal> {
    decimal::sum(amounts).map_err(overflow)
}

/// The identity of a statement from its parts.
pub(super) fn identity(opening: Decimal, royalties: Decimal, costs: Decimal, payments: Decimal) -> Outcome<Identity> {
    let mut identity = Identity {
        opening,
        royalties,
        costs,
        reserves_released: Decimal::ZERO,
        reserves_taken: Decimal::ZERO,
        adjustments: Decimal::ZERO,
        payments,
        tax: Decimal::ZERO,
        closing: Decimal::ZERO,
    };
    identity.closing = identity.expected_closing().ok_or_else(|| overflow(decimal::OutOfRange))?;
    Ok(identity)
}

/// Makes the statement of one payee and currency; `None` when there is nothing to state.
pub(super) fn statement(
    material: &Material,
    labels: &Labels,
    key: &Key,
    id: StatementId,
    number: String,
    month: Month,
    issued_on: NaiveDate,
) -> Outcome<Option<CheckedStatement>> {
    let currency = Currency::parse(&key.1).map_err(|error| Failure::internal(error.to_string()))?;
    let party = material.parties.get(&key.0).ok_or_else(|| Failure::internal("a payee is missing"))?;
    let accounts = material.accounts.get(key).map_or(&[][..], Vec::as_slice);
    let payments = material.payments.get(key).map_or(&[][..], Vec::as_slice);
    let opening = material.previous.get(key).map_or(Decimal::ZERO, |row| row.closing);
    let royalties = sum(accounts.iter().map(|row| row.posted))?;
    let costs = sum(accounts.iter().map(|row| row.recouped))?;
    let paid = sum(payments.iter().map(|row| row.amount))?;
    if opening.is_zero() && accounts.is_empty() && payments.is_empty() {
        return Ok(None);
    }
    let identity = identity(opening, royalties, costs, paid)?;
    let title = |contract: &uuid::Uuid| {
        material.contracts.get(contract).map_or_else(String::new, |row| format!("{} · {}", row.number, row.name))
    };
    let contracts: Vec<ContractLine> = accounts
        .iter()
        .map(|row| ContractLine {
            id: ContractId(row.contract_id).to_string(),
            title: title(&row.contract_id),
            terms: String::new(),
            royalty: row.posted,
        })
        .collect();
    let recoupment = accounts
        .iter()
        .filter_map(|row| {
            let closing = *material.unrecouped.get(&row.contract_id)?;
            // The contract's balance as this payee's share found it.
            let opening = closing.checked_add(row.recouped)?;
            Some(RecoupmentLine {
                contract: title(&row.contract_id),
                kind: "Advances".to_owned(),
                opening,
                added: Decimal::ZERO,
                recouped: row.recouped,
                closing,
            })
        })
        .collect();
    let document = StatementDocument {
        kind: StatementKind::Period,
        id: id.to_string(),
        number,
        language: "en".to_owned(),
        paper: Paper::A4,
        issuer: Issuer {
            name: material.tenant.name.clone(),
            address: issuers(material, key),
            accent: ACCENT,
            legal: Vec::new(),
        },
        payee: Payee {
            id: PartyId(party.id).to_string(),
            name: party.name.clone(),
            address: party.country.iter().map(|code| labels::territory(code).label).collect(),
            tax_number: None,
        },
        period_from: month.first_day(),
        period_to: month.last_day(),
        issued_on,
        currency: currency.code().to_owned(),
        exponent: currency.exponent(),
        outlook: outlook(&identity, party),
        identity,
        contracts,
        sections: sections(material.summaries.get(key), labels, royalties, currency)?,
        recoupment,
        reserves: Vec::new(),
        adjustments: Vec::new(),
        payments: payments
            .iter()
            .map(|row| PaymentLine {
                on: row.settled_at.unwrap_or(row.created_at).date_naive(),
                reference: PaymentId(row.id).to_string(),
                method: method(&row.method),
                amount: row.amount,
            })
            .collect(),
        taxes: Vec::new(),
        notes: notes(),
        how_to_ask: Some(HowToAsk {
            text: format!(
                "Ask {} and name the statement number. Every figure can be explained down to the line of the report it came from.",
                material.tenant.name
            ),
            email: None,
            object_until: None,
        }),
    };
    CheckedStatement::new(document).map(Some).map_err(|errors| {
        let text: Vec<String> = errors.iter().map(ToString::to_string).collect();
        Failure::internal(format!("a statement for {} does not add up: {}", party.reference, text.join("; ")))
    })
}

/// The organisations whose contracts are on the statement.
fn issuers(material: &Material, key: &Key) -> Vec<String> {
    let mut names: Vec<String> = material
        .accounts
        .get(key)
        .into_iter()
        .flatten()
        .filter_map(|row| material.contracts.get(&row.contract_id)?.organisation_id)
        .filter_map(|id| material.organisations.get(&id).cloned())
        .filter(|name| *name != material.tenant.name)
        .collect();
    names.sort();
    names.dedup();
    names.truncate(3);
    names
}

fn notes() -> Vec<String> {
    vec![
        "Royalties are calculated exactly and rounded once, when they are posted; the remainder is carried to the next statement.".to_owned(),
        "Money received for uses that could not yet be matched waits in suspense and is stated as soon as it is resolved.".to_owned(),
    ]
}

fn method(code: &str) -> String {
    match code {
        "INTERNAL_LEDGER" => "Wallet".to_owned(),
        other => other.to_owned(),
    }
}

fn outlook(identity: &Identity, party: &entity::party::Model) -> Outlook {
    if party.status == "ON_HOLD" {
        return Outlook::OnHold("The payee is on hold.".to_owned());
    }
    match party.payment_threshold {
        Some(threshold) if identity.closing > Decimal::ZERO && identity.closing < threshold => {
            Outlook::BelowThreshold(threshold)
        }
        _ if identity.closing <= Decimal::ZERO => Outlook::CarriedForward,
        _ => Outlook::Unstated,
    }
}

/// The sections, each adding up to the royalties that were posted.
fn sections(
    rows: Option<&Vec<SummaryRow>>,
    labels: &Labels,
    royalties: Decimal,
    currency: Currency,
) -> Outcome<Vec<Section>> {
    let Some(rows) = rows else { return Ok(Vec::new()) };
    let of = |dimension: &'static str| rows.iter().filter(move |row| row.dimension == dimension);
    // Receipts are rounded once, so that every section shows the same total.
    let receipts = round_to(sum(of("PLATFORM").map(|row| row.receipts))?, currency, Rounding::HalfUp);
    let section = |kind, rows: Vec<SectionRow>| {
        Section::from_exact(kind, rows, receipts, royalties, currency.exponent())
            .map_err(|error| Failure::internal(format!("a section cannot be balanced: {error}")))
    };
    Ok(vec![
        section(SectionKind::Platform, merge(of("PLATFORM"), labels::platform)?)?,
        section(SectionKind::Release, merge(of("ITEM"), |key| labels.release(key))?)?,
        section(SectionKind::Track, merge(of("ITEM"), |key| labels.item(key))?)?,
        section(SectionKind::Territory, merge(of("TERRITORY"), labels::territory)?)?,
        section(SectionKind::RevenueType, merge(of("REVENUE_TYPE"), labels::revenue_type)?)?,
    ])
}

/// Rows with the same label become one.
fn merge<'a>(rows: impl Iterator<Item = &'a SummaryRow>, label: impl Fn(&str) -> Label) -> Outcome<Vec<SectionRow>> {
    let mut merged: HashMap<Label, SectionRow> = HashMap::new();
    for row in rows {
        let label = label(&row.key);
        let slot = merged.entry(label.clone()).or_insert_with(|| SectionRow {
            label: label.label,
            detail: label.detail,
            code: label.code,
            units: 0,
            net_receipts: Decimal::ZERO,
            royalty: Decimal::ZERO,
        });
        slot.units = slot.units.checked_add(row.units).ok_or_else(|| overflow(decimal::OutOfRange))?;
        slot.net_receipts = decimal::add(slot.net_receipts, row.receipts).map_err(overflow)?;
        slot.royalty = decimal::add(slot.royalty, row.amount).map_err(overflow)?;
    }
    Ok(merged.into_values().collect())
}
