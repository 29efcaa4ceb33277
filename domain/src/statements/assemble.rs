//! One statement from its material: pure.

use std::collections::HashMap;

use chrono::NaiveDate;
use formats::documents::{
    AdjustmentLine, CheckedStatement, ContractLine, HowToAsk, Identity, Payee, PaymentLine, RecoupmentLine,
    ReserveLine, Section, SectionKind, SectionRow, StatementDocument, StatementKind, Words, fill,
};
use kernel::currency::Currency;
use kernel::decimal;
use kernel::failure::{Failure, Outcome};
use kernel::ids::{ContractId, OrganisationId, PartyId, PaymentId, StatementId};
use kernel::money::{Rounding, round_to};
use kernel::period::Month;
use rust_decimal::Decimal;
use uuid::Uuid;

use super::compare;
use super::frame::Frame;
use super::labels::{self, Label, Labels};
use super::load::{AccountRow, Key, Material, SummaryRow};

fn overflow(_: decimal::OutOfRange) -> Failure {
    Failure::refused("AMOUNT_OUT_OF_RANGE", "The amounts of a statement add up to more than 28 digits hold.")
}

fn sum(amounts: impl IntoIterator<Item = Decimal>) -> Outcome<Decimal> {
    decimal::sum(amounts).map_err(overflow)
}

/// The identity of a statement from its parts.
fn identity(opening: Decimal, accounts: &[AccountRow], payments: Decimal) -> Outcome<Identity> {
    let mut identity = Identity {
        opening,
        royalties: sum(accounts.iter().map(AccountRow::royalty))?,
        costs: sum(accounts.iter().map(|row| row.recouped))?,
        reserves_released: sum(accounts.iter().map(|row| row.reserve_released))?,
        reserves_taken: sum(accounts.iter().map(|row| row.reserve_taken))?,
        adjustments: sum(accounts.iter().flat_map(AccountRow::beside).map(|(_, amount)| amount))?,
        payments,
        tax: Decimal::ZERO,
        closing: Decimal::ZERO,
    };
    identity.closing = identity.expected_closing().ok_or_else(|| overflow(decimal::OutOfRange))?;
    Ok(identity)
}

/// A statement and who sends it.
pub(super) struct Assembled {
    pub(super) checked: CheckedStatement,
    pub(super) organisation: Option<OrganisationId>,
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
) -> Outcome<Option<Assembled>> {
    let currency = Currency::parse(&key.1).map_err(|error| Failure::internal(error.to_string()))?;
    let party = material.parties.get(&key.0).ok_or_else(|| Failure::internal("a payee is missing"))?;
    let accounts = material.accounts.get(key).map_or(&[][..], Vec::as_slice);
    let payments = material.payments.get(key).map_or(&[][..], Vec::as_slice);
    let opening = material.previous.get(key).map_or(Decimal::ZERO, |row| row.closing);
    let paid = sum(payments.iter().map(|row| row.amount))?;
    if opening.is_zero() && accounts.is_empty() && payments.is_empty() {
        return Ok(None);
    }
    let identity = identity(opening, accounts, paid)?;
    let royalties = identity.royalties;
    let title = |contract: &Uuid| {
        material.contracts.get(contract).map_or_else(String::new, |row| format!("{} · {}", row.number, row.name))
    };
    let sums = by_contract(accounts)?;
    let frame = frame(material, key, party, currency)?;
    let words = frame.words()?;
    let contracts: Vec<ContractLine> = sums
        .iter()
        .map(|row| ContractLine {
            id: ContractId(row.contract).to_string(),
            title: title(&row.contract),
            terms: String::new(),
            royalty: row.royalty,
        })
        .collect();
    let recoupment = sums
        .iter()
        .filter_map(|row| {
            let closing = *material.unrecouped.get(&row.contract)?;
            // The contract's balance as this payee's share found it.
            let opening = closing.checked_add(row.recouped)?;
            Some(RecoupmentLine {
                contract: title(&row.contract),
                kind: words.phrases.advances.clone(),
                opening,
                added: Decimal::ZERO,
                recouped: row.recouped,
                closing,
            })
        })
        .collect();
    // A statement of several months begins with the first of them that it accounts for.
    let period_from = sums.iter().map(|row| row.from).min().unwrap_or_else(|| month.first_day());
    let earlier = compare::earlier(material, key, (period_from, month.last_day()), &number, &identity);
    let suspense = compare::waiting(material.waiting.get(key), labels, words)?;
    let mut issuer = frame.issuer.clone();
    // A logo that was never uploaded stops no statement.
    issuer.logo = issuer.logo.filter(|hash| material.logos.contains(hash));
    let document = StatementDocument {
        kind: StatementKind::Period,
        id: id.to_string(),
        number,
        language: frame.language.clone(),
        paper: frame.paper,
        issuer,
        payee: Payee {
            id: PartyId(party.id).to_string(),
            name: party.name.clone(),
            address: party.country.iter().map(|code| labels::territory(code, words).label).collect(),
            tax_number: None,
        },
        period_from,
        period_to: month.last_day(),
        issued_on,
        currency: currency.code().to_owned(),
        exponent: currency.exponent(),
        outlook: frame.outlook(&identity, party, month.last_day(), words),
        identity,
        contracts,
        sections: sections(material.summaries.get(key), labels, words, royalties, currency)?,
        recoupment,
        reserves: reserves(material, key.0, &sums, &title)?,
        adjustments: accounts
            .iter()
            .flat_map(|row| row.beside().map(|(reason, amount)| (row.contract_id, reason, amount)))
            .map(|(contract, reason, amount)| AdjustmentLine {
                on: month.last_day(),
                reason: reason.to_owned(),
                contract: Some(title(&contract)),
                amount,
            })
            .collect(),
        payments: payments
            .iter()
            .map(|row| PaymentLine {
                on: row.settled_at.unwrap_or(row.created_at).date_naive(),
                reference: PaymentId(row.id).to_string(),
                method: method(&row.method, words),
                amount: row.amount,
            })
            .collect(),
        taxes: Vec::new(),
        notes: vec![words.phrases.rounding.clone(), words.phrases.unmatched.clone()],
        how_to_ask: Some(HowToAsk {
            text: fill(&words.phrases.ask, &frame.issuer.name),
            email: frame.email.clone(),
            object_until: None,
        }),
        earlier,
        suspense,
    };
    let organisation = frame.organisation;
    CheckedStatement::new(document).map(|checked| Some(Assembled { checked, organisation })).map_err(|errors| {
        let text: Vec<String> = errors.iter().map(ToString::to_string).collect();
        Failure::internal(format!("a statement for {} does not add up: {}", party.reference, text.join("; ")))
    })
}

/// Reserves per contract: what is held after the statement is known, what was before follows.
fn reserves(
    material: &Material,
    party: Uuid,
    sums: &[ContractSum],
    title: &impl Fn(&Uuid) -> String,
) -> Outcome<Vec<ReserveLine>> {
    let mut lines = Vec::new();
    for row in sums {
        let held = material.reserves.get(&(row.contract, party)).copied().unwrap_or_default();
        if held.is_zero() && row.taken.is_zero() && row.released.is_zero() {
            continue;
        }
        lines.push(ReserveLine {
            contract: title(&row.contract),
            opening: sum([held, row.released, -row.taken])?,
            taken: row.taken,
            released: row.released,
            closing: held,
        });
    }
    Ok(lines)
}

/// What was posted and recouped under one contract, in all months that are stated.
struct ContractSum {
    contract: Uuid,
    from: NaiveDate,
    royalty: Decimal,
    recouped: Decimal,
    taken: Decimal,
    released: Decimal,
}

/// Sums the months of each contract; the rows come by contract.
fn by_contract(accounts: &[AccountRow]) -> Outcome<Vec<ContractSum>> {
    let mut sums: Vec<ContractSum> = Vec::new();
    for row in accounts {
        match sums.last_mut().filter(|last| last.contract == row.contract_id) {
            Some(last) => {
                last.from = last.from.min(row.accounting_month);
                last.royalty = decimal::add(last.royalty, row.royalty()).map_err(overflow)?;
                last.recouped = decimal::add(last.recouped, row.recouped).map_err(overflow)?;
                last.taken = decimal::add(last.taken, row.reserve_taken).map_err(overflow)?;
                last.released = decimal::add(last.released, row.reserve_released).map_err(overflow)?;
            }
            None => sums.push(ContractSum {
                contract: row.contract_id,
                from: row.accounting_month,
                royalty: row.royalty(),
                recouped: row.recouped,
                taken: row.reserve_taken,
                released: row.reserve_released,
            }),
        }
    }
    Ok(sums)
}

/// Who sends the statement and how: the organisation that stands above all its contracts. Where nothing is accounted
/// for, the tenant itself.
fn frame(material: &Material, key: &Key, party: &entity::party::Model, currency: Currency) -> Outcome<Frame> {
    let organisations: Vec<Option<OrganisationId>> = material
        .accounts
        .get(key)
        .into_iter()
        .flatten()
        .map(|row| Some(material.contracts.get(&row.contract_id)?.organisation_id?.into()))
        .collect();
    let organisation = material.settings.common(organisations.iter().copied());
    let names = issuers(material, &organisations);
    Frame::read(&material.settings, organisation, party, currency, (&material.tenant.name, names))
}

/// The organisations whose contracts are on the statement.
fn issuers(material: &Material, organisations: &[Option<OrganisationId>]) -> Vec<String> {
    let mut names: Vec<String> = organisations
        .iter()
        .flatten()
        .filter_map(|id| material.organisations.get(&id.uuid()).cloned())
        .filter(|name| *name != material.tenant.name)
        .collect();
    names.sort();
    names.dedup();
    names.truncate(3);
    names
}

fn method(code: &str, words: &Words) -> String {
    match code {
        "INTERNAL_LEDGER" => words.phrases.wallet.clone(),
        other => other.to_owned(),
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
