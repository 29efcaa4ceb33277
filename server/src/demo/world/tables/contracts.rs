//! Contracts as facts, one per row.

use std::io;

use super::super::model::{Contract, Rate, Tenant};
use super::Table;

/// The columns of `contracts.csv`.
const COLUMNS: [&str; 23] = [
    "contract",
    "record_type",
    "reference",
    "title",
    "kind",
    "party",
    "organisation",
    "currency",
    "calendar",
    "item_kind",
    "item",
    "ratio",
    "territories",
    "platforms",
    "revenue_types",
    "model",
    "base",
    "rate",
    "amount",
    "priority",
    "parent",
    "starts_on",
    "ends_on",
];

/// `contracts.csv`.
pub fn contracts(tenant: &Tenant, table: &mut Table) -> io::Result<()> {
    table.header(&COLUMNS)?;
    for contract in &tenant.contracts {
        for cells in facts(contract) {
            table.row(row(&contract.number, &cells))?;
        }
    }
    Ok(())
}

type Fact = Vec<(&'static str, String)>;

fn row(number: &str, cells: &Fact) -> impl Iterator<Item = String> {
    COLUMNS.iter().map(move |column| match *column {
        "contract" => number.to_owned(),
        column => cells.iter().find(|(name, _)| *name == column).map(|(_, value)| value.clone()).unwrap_or_default(),
    })
}

fn facts(contract: &Contract) -> Vec<Fact> {
    let mut facts: Vec<Fact> = vec![vec![
        ("record_type", "CONTRACT".to_owned()),
        ("title", contract.title.clone()),
        ("kind", contract.kind.to_owned()),
        ("party", contract.party.clone()),
        ("organisation", contract.organisation.to_owned()),
        ("currency", contract.currency.to_owned()),
        ("calendar", "MONTHLY".to_owned()),
        ("starts_on", contract.starts_on.to_string()),
        ("ends_on", contract.ends_on.map(|day| day.to_string()).unwrap_or_default()),
    ]];
    facts.extend(contract.participations.iter().map(|participation| {
        vec![
            ("record_type", "PARTICIPATION".to_owned()),
            ("kind", participation.kind.to_owned()),
            ("item_kind", participation.item_kind.to_owned()),
            ("item", participation.item.clone()),
            ("ratio", participation.ratio.normalize().to_string()),
        ]
    }));
    facts.extend(contract.terms.iter().map(|term| {
        let mut fact = vec![
            ("record_type", "TERM".to_owned()),
            ("reference", term.reference.to_owned()),
            ("title", term.title.to_owned()),
            ("item_kind", "ALL".to_owned()),
            ("territories", term.territories.join("|")),
            ("platforms", term.platforms.join("|")),
            ("revenue_types", term.revenue_types.join("|")),
        ];
        match &term.rate {
            Rate::NetReceipts(rate) => fact.extend([
                ("model", "PERCENTAGE".to_owned()),
                ("base", "NET_RECEIPTS".to_owned()),
                ("rate", rate.normalize().to_string()),
            ]),
            Rate::PerUnit(amount, currency) => fact.extend([
                ("model", "PER_UNIT".to_owned()),
                ("amount", amount.normalize().to_string()),
                ("currency", (*currency).to_owned()),
            ]),
        }
        fact
    }));
    facts.extend(contract.splits.iter().map(|split| {
        vec![
            ("record_type", "SPLIT".to_owned()),
            ("reference", split.reference.clone()),
            ("parent", split.parent.clone().unwrap_or_default()),
            ("party", split.party.clone()),
            ("ratio", split.ratio.normalize().to_string()),
        ]
    }));
    facts.extend(contract.advances.iter().map(|advance| {
        vec![
            ("record_type", "ADVANCE".to_owned()),
            ("reference", advance.reference.to_owned()),
            ("title", advance.title.to_owned()),
            ("amount", advance.amount.normalize().to_string()),
            ("currency", contract.currency.to_owned()),
            ("starts_on", advance.paid_on.to_string()),
        ]
    }));
    facts
}
