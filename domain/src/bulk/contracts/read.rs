//! Rows as facts.

use std::collections::HashSet;

use engine::model::{Base, Model, Participation, ParticipationKind, Term, TermMatch, TerritorySet};
use kernel::codes::RevenueType;
use kernel::currency::Currency;
use kernel::ids::{ParticipationId, TermId};
use kernel::limits::NAME_CHARS;
use kernel::money::Money;
use kernel::ratio::Ratio;
use kernel::territory::Territory;
use rust_decimal::Decimal;

use super::{AdvanceFact, COLUMNS, Header, Known, SplitFact, Stated};
use crate::bulk::names;
use crate::bulk::sheet::{Cells, Row, Sheet};
use crate::rights::{Calendar, ContractKind, NamedTerm};
use crate::settings;

const SCOPES: &[&str] = &["RECORDING", "RELEASE", "WORK", "GROUP", "ALL"];

/// The record types with the columns each uses, besides `contract` and `record_type`.
const RECORDS: &[(&str, &[&str])] = &[
    ("CONTRACT", &["title", "kind", "party", "organisation", "currency", "calendar", "starts_on", "ends_on"]),
    ("PARTICIPATION", &["kind", "item_kind", "item", "ratio", "territories", "starts_on", "ends_on"]),
    (
        "TERM",
        &[
            "reference",
            "title",
            "currency",
            "item_kind",
            "item",
            "territories",
            "platforms",
            "revenue_types",
            "model",
            "base",
            "rate",
            "amount",
            "priority",
            "starts_on",
            "ends_on",
        ],
    ),
    ("SPLIT", &["reference", "party", "ratio", "parent"]),
    ("ADVANCE", &["reference", "title", "currency", "amount", "starts_on"]),
];

/// Reads the rows of one contract, its `CONTRACT` row first: the other rows inherit from it.
pub(super) fn contract(sheet: &Sheet, number: String, rows: &[&Row], known: &Known) -> Stated {
    let mut stated = Stated { number, lines: rows.iter().map(|row| row.line).collect(), ..Stated::default() };
    let mut others = Vec::new();
    let mut stands = false;
    for row in rows {
        let mut cells = sheet.cells(row);
        cells.required("record_type");
        let record = cells.word("record_type", &["CONTRACT", "PARTICIPATION", "TERM", "SPLIT", "ADVANCE"]);
        if let Some((record, used)) = RECORDS.iter().find(|(name, _)| Some(*name) == record) {
            for (column, _) in COLUMNS.iter().filter(|(column, _)| !used.contains(column)) {
                if !matches!(*column, "contract" | "record_type") && cells.get(column).is_some() {
                    let message = format!("A row `{record}` does not use `{column}`: leave it empty.");
                    cells.refuse(Some(column), "NOT_APPLICABLE", message);
                }
            }
            if *record == "CONTRACT" {
                if stands {
                    cells.refuse(Some("record_type"), "DUPLICATE_KEY", "The contract has another row `CONTRACT`.");
                } else {
                    stated.header = header(&mut cells, known);
                }
                stands = true;
            } else {
                others.push((*record, *row));
            }
        }
        stated.refusals.append(&mut cells.found);
    }
    if !stands {
        let line = stated.first_line();
        let message = format!("The contract {} has no row `CONTRACT`.", stated.number);
        stated.refuse(line, None, "CONTRACT_ROW_MISSING", message);
    }
    let currency = stated.header.as_ref().map(|header| header.currency);
    let default_ratio = stated.header.as_ref().map(|header| header.default_ratio);
    let mut references = HashSet::new();
    for (record, row) in others {
        let mut cells = sheet.cells(row);
        cells.found.clear(); // its length was told above
        if record != "PARTICIPATION"
            && let Some(reference) = cells.required_text("reference", 200)
            && !references.insert((record, reference.clone()))
        {
            let message = format!("`{reference}` stands on an earlier row of this contract too.");
            cells.refuse(Some("reference"), "DUPLICATE_KEY", message);
        }
        let line = row.line;
        match record {
            "PARTICIPATION" => stated.participations.extend(participation(&mut cells, known).map(|one| (line, one))),
            "TERM" => stated.terms.extend(term(&mut cells, known, (currency, default_ratio)).map(|one| (line, one))),
            "SPLIT" => stated.splits.extend(split(&mut cells, known)),
            _ => stated.advances.extend(advance(&mut cells, currency)),
        }
        stated.refusals.append(&mut cells.found);
    }
    stated
}

fn header(cells: &mut Cells<'_>, known: &Known) -> Option<Header> {
    let name = cells.required_text("title", NAME_CHARS);
    cells.required("kind");
    let kind = cells.word("kind", &["RECORDING", "PUBLISHING", "DISTRIBUTION", "PROFIT_SHARE"]);
    let party = names::party(cells, &known.parties);
    let organisation = names::organisation(cells, &known.organisations);
    let of = |key| {
        let (organisation, party) = (organisation.flatten().map(Into::into), party.map(Into::into));
        known.settings.effective(key, organisation, party)
    };
    let (books, calendar_of, ratio_of) = (
        known.settings.effective(&settings::BASE_CURRENCY, None, None),
        of(&settings::STATEMENT_CALENDAR),
        of(&settings::DEFAULT_ROYALTY_RATIO),
    );
    let currency = match cells.get("currency") {
        Some(_) => cells.parsed("currency", "INVALID_CURRENCY", Currency::parse),
        None => books.currency().ok().flatten(),
    };
    let calendar = cells.word("calendar", &["MONTHLY", "QUARTERLY", "HALF_YEARLY"]);
    cells.required("starts_on");
    let from = cells.date("starts_on");
    let to = cells.date("ends_on");
    if let (Some(from), Some(to)) = (from, to)
        && to < from
    {
        cells.refuse(Some("ends_on"), "DATES_REVERSED", format!("The contract ends on {to}, before it begins."));
    }
    Some(Header {
        name: name?,
        kind: ContractKind::from_name(kind?)?,
        party: party?,
        organisation: organisation?,
        currency: currency?,
        calendar: calendar.and_then(Calendar::from_name),
        default_calendar: Calendar::from_name(calendar_of.text().ok()?)?,
        default_ratio: Ratio::new(ratio_of.decimal().ok()?).ok()?,
        from: from?,
        to,
    })
}

fn ratio(cells: &mut Cells<'_>, column: &str, above_zero: bool) -> Option<Ratio> {
    cells.required(column)?;
    let number = cells.decimal(column, Ratio::MAX_SCALE, Decimal::ZERO, Some(Decimal::ONE))?;
    if above_zero && number.is_zero() {
        cells.refuse(Some(column), "OUT_OF_RANGE", format!("`{column}` is above 0."));
        return None;
    }
    Ratio::new(number).ok()
}

/// A list of countries, or with `!` before each everywhere but those.
fn territories(cells: &mut Cells<'_>) -> TerritorySet {
    let mut set = TerritorySet::world();
    for part in cells.list("territories") {
        let (code, into) = match part.strip_prefix('!') {
            Some(code) => (code.trim(), &mut set.exclude),
            None => (part, &mut set.include),
        };
        match Territory::parse(code) {
            Ok(territory) if into.contains(&territory) => {}
            Ok(territory) => into.push(territory),
            Err(error) => cells.refuse(Some("territories"), "INVALID_TERRITORY", format!("{error}.")),
        }
    }
    if !set.include.is_empty() && !set.exclude.is_empty() {
        let message = "Either a list of territories, or everywhere but those: not both.";
        cells.refuse(Some("territories"), "INVALID_TERRITORY", message);
    }
    set
}

fn participation(cells: &mut Cells<'_>, known: &Known) -> Option<Participation> {
    cells.required("kind");
    let kind = cells.word("kind", &["OWNERSHIP", "PARTICIPATION"]);
    cells.required("item_kind");
    let scope = cells.word("item_kind", SCOPES).and_then(|kind| known.items.scope(cells, kind));
    let ratio = ratio(cells, "ratio", true);
    let territories = territories(cells);
    let (valid_from, valid_to) = (cells.date("starts_on"), cells.date("ends_on"));
    Some(Participation {
        id: ParticipationId::new(),
        scope: scope?,
        ratio: ratio?,
        kind: if kind? == "OWNERSHIP" { ParticipationKind::Ownership } else { ParticipationKind::Participation },
        territories,
        valid_from,
        valid_to,
    })
}

fn term(cells: &mut Cells<'_>, known: &Known, inherited: (Option<Currency>, Option<Ratio>)) -> Option<NamedTerm> {
    let reference = cells.get("reference").unwrap_or_default().to_owned();
    let name = cells.text("title", NAME_CHARS).unwrap_or(reference);
    let scope = match cells.get("item_kind") {
        None => known.items.scope(cells, "ALL"),
        Some(_) => cells.word("item_kind", SCOPES).and_then(|kind| known.items.scope(cells, kind)),
    };
    let territories = territories(cells);
    let platforms = cells.list("platforms").into_iter().map(str::to_owned).collect();
    let mut revenue_types = Vec::new();
    for text in cells.list("revenue_types") {
        match RevenueType::from_name(text) {
            Some(one) => revenue_types.push(one),
            None => cells.refuse(Some("revenue_types"), "UNKNOWN_VALUE", format!("`{text}` is no revenue type.")),
        }
    }
    let priority = cells.integer("priority", i32::MIN, i32::MAX).unwrap_or(0);
    let (valid_from, valid_to) = (cells.date("starts_on"), cells.date("ends_on"));
    let model = model(cells, inherited);
    Some(NamedTerm {
        name,
        term: Term {
            matches: TermMatch {
                scope: scope?,
                territories,
                platforms,
                revenue_types,
                valid_from,
                valid_to,
                ..TermMatch::default()
            },
            priority,
            ..Term::new(TermId::new(), model?)
        },
    })
}

fn model(cells: &mut Cells<'_>, (inherited, default_ratio): (Option<Currency>, Option<Ratio>)) -> Option<Model> {
    cells.required("model");
    let model = cells.word("model", &["PERCENTAGE", "PER_UNIT"])?;
    let unused: &[&str] = if model == "PERCENTAGE" { &["amount", "currency"] } else { &["base", "rate"] };
    for column in unused.iter().filter(|column| cells.get(column).is_some()).collect::<Vec<_>>() {
        cells.refuse(Some(column), "NOT_APPLICABLE", format!("`{model}` does not use `{column}`: leave it empty."));
    }
    if model == "PERCENTAGE" {
        cells.required("base");
        let base = cells.word("base", &["NET_RECEIPTS", "GROSS_RECEIPTS"]);
        let rate = if cells.get("rate").is_some() { ratio(cells, "rate", false) } else { default_ratio };
        let base = if base? == "NET_RECEIPTS" { Base::Net } else { Base::Gross };
        return Some(Model::Percentage { base, rate: rate? });
    }
    cells.required("amount");
    let amount = cells.decimal("amount", kernel::decimal::ROYALTY_SCALE, Decimal::ZERO, None);
    let currency = cells.parsed("currency", "INVALID_CURRENCY", Currency::parse).or(inherited);
    Some(Model::PerUnit { amount: amount?, currency: currency? })
}

fn split(cells: &mut Cells<'_>, known: &Known) -> Option<SplitFact> {
    let party = names::party(cells, &known.parties);
    let ratio = ratio(cells, "ratio", true);
    Some(SplitFact {
        line: cells.line(),
        reference: cells.get("reference")?.to_owned(),
        parent: cells.get("parent").map(str::to_owned),
        party: party?,
        ratio: ratio?.get(),
    })
}

fn advance(cells: &mut Cells<'_>, contract: Option<Currency>) -> Option<AdvanceFact> {
    let reference = cells.get("reference").unwrap_or_default().to_owned();
    let description = cells.text("title", NAME_CHARS).unwrap_or_else(|| reference.clone());
    let given = cells.parsed("currency", "INVALID_CURRENCY", Currency::parse);
    if let (Some(given), Some(contract)) = (given, contract)
        && given != contract
    {
        let message =
            format!("An advance is recouped from royalties, so it is in the contract's currency, {contract}.");
        cells.refuse(Some("currency"), "INVALID_CURRENCY", message);
    }
    cells.required("amount");
    let currency = contract?;
    let amount = cells.decimal("amount", currency.exponent(), Decimal::ZERO, None);
    if amount.is_some_and(|amount| amount.is_zero()) {
        cells.refuse(Some("amount"), "OUT_OF_RANGE", "An advance is above 0.");
    }
    cells.required("starts_on");
    let paid_on = cells.date("starts_on");
    Some(AdvanceFact {
        line: cells.line(),
        reference,
        description,
        amount: Money::exact(amount?, currency)?,
        paid_on: paid_on?,
    })
}
