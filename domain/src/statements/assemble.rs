//! One statement from its material: pure.

use std::collections::HashMap;

use chrono::NaiveDate;
use formats::documents::{
    CheckedStatement, ContractLine, HowToAsk, Identity, Outlook, Payee, PaymentLine, RecoupmentLine, Section,
    SectionKind, SectionRow, StatementDocument, StatementKind, Words, fill,
};
use kernel::currency::Currency;
use kernel::decimal;
use kernel::failure::{Failure, Outcome};
use kernel::ids::{ContractId, PartyId, PaymentId, StatementId};
use kernel::money::{Rounding, round_to};
use kernel::period::Month;
use rust_decimal::Decimal;

use super::compare;
use super::house::House;
use super::labels::{self, Label, Labels};
use super::load::{Key, Material, SummaryRow};

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

/// What makes one statement another than the payee's last.
pub(super) struct Occasion {
    pub(super) kind: StatementKind,
    pub(super) id: StatementId,
    pub(super) number: String,
    pub(super) month: Month,
    pub(super) issued_on: NaiveDate,
}

/// Makes the statement of one payee and currency; `None` when there is nothing to state.
pub(super) fn statement(
    material: &Material,
    labels: &Labels,
    key: &Key,
    occasion: Occasion,
) -> Outcome<Option<CheckedStatement>> {
    let Occasion { kind, id, number, month, issued_on } = occasion;
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
    let house = House::of(material, key)?;
    let words = house.words;
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
                kind: words.phrases.advances.clone(),
                opening,
                added: Decimal::ZERO,
                recouped: row.recouped,
                closing,
            })
        })
        .collect();
    let earlier = compare::earlier(material, key, (month, &number), &identity);
    let suspense = compare::waiting(material.waiting.get(key), labels, words)?;
    let outlook = outlook(&identity, party, words);
    let address = party.country.iter().map(|code| labels::territory(code, words).label).collect();
    let payee = Payee { id: PartyId(party.id).to_string(), name: party.name.clone(), address, tax_number: None };
    let asked = house.issuer.name.clone();
    let document = StatementDocument {
        kind,
        language: house.locale,
        paper: house.paper,
        outlook,
        identity,
        contracts,
        sections: sections(material.summaries.get(key), labels, words, royalties, currency)?,
        recoupment,
        payments: payments
            .iter()
            .map(|row| PaymentLine {
                on: row.settled_at.unwrap_or(row.created_at).date_naive(),
                reference: PaymentId(row.id).to_string(),
                method: method(&row.method, words),
                amount: row.amount,
            })
            .collect(),
        notes: vec![words.phrases.rounding.clone(), words.phrases.unmatched.clone()],
        how_to_ask: Some(HowToAsk { text: fill(&words.phrases.ask, &asked), email: None, object_until: None }),
        earlier,
        suspense,
        ..StatementDocument::blank(
            (id.to_string(), number),
            (house.issuer, payee),
            (month.first_day(), month.last_day()),
            issued_on,
            (currency.code().to_owned(), currency.exponent()),
        )
    };
    CheckedStatement::new(document).map(Some).map_err(|errors| {
        let text: Vec<String> = errors.iter().map(ToString::to_string).collect();
        Failure::internal(format!("a statement for {} does not add up: {}", party.reference, text.join("; ")))
    })
}

fn method(code: &str, words: &Words) -> String {
    match code {
        "INTERNAL_LEDGER" => words.phrases.wallet.clone(),
        other => other.to_owned(),
    }
}

fn outlook(identity: &Identity, party: &entity::party::Model, words: &Words) -> Outlook {
    if party.status == "ON_HOLD" {
        return Outlook::OnHold(words.phrases.on_hold.clone());
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
    words: &Words,
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
        section(SectionKind::Release, merge(of("ITEM"), |key| labels.release(key, words))?)?,
        section(SectionKind::Track, merge(of("ITEM"), |key| labels.item(key))?)?,
        section(SectionKind::Territory, merge(of("TERRITORY"), |key| labels::territory(key, words))?)?,
        section(SectionKind::RevenueType, merge(of("REVENUE_TYPE"), |key| labels::revenue_type(key, words))?)?,
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
