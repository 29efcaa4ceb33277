//! Entries and their payments, out of the elements that hold them.

use super::codes::iso_reason;
use super::values::{amount, day_in, is_credit, number, rate};
use crate::payments::problem::{Problem, Problems};
use crate::payments::statement::{BatchBooking, Charge, EntryDetail, EntryState, Exchange, Returned, StatementEntry};
use crate::payments::xml::Node;

/// Families of bank transaction codes that bring money back.
const RETURNS: &[&str] = &["RRTN", "RRCT", "RPCR", "UPCT", "UPDD"];

/// An entry without its payments. What is wrong with it is told once, for its first part.
pub(super) fn entry(node: &Node, tells: bool, problems: &mut Problems) -> Option<StatementEntry> {
    let mut quiet = Problems::default();
    let problems = if tells { problems } else { &mut quiet };
    let missing = |name: &str, problems: &mut Problems| {
        let message = format!("The entry has no {name}.");
        problems.push(Problem::new("CAMT_MISSING", message).at_line(node.line).of_field(format!("Ntry/{name}")));
    };
    let Some(money) = node.child("Amt") else {
        missing("Amt", problems);
        return None;
    };
    let amount = amount(money, problems)?;
    let indicator = node.text_at(&["CdtDbtInd"]);
    let Some(credit) = is_credit(indicator) else {
        missing("CdtDbtInd", problems);
        return None;
    };
    let status = node.first_text(&[&["Sts", "Cd"], &["Sts", "Prtry"], &["Sts"]]);
    let state = match status {
        "BOOK" => EntryState::Booked,
        "PDNG" => EntryState::Pending,
        "INFO" => EntryState::Information,
        "FUTR" => EntryState::Future,
        "" => {
            missing("Sts", problems);
            EntryState::Unknown
        }
        _ => EntryState::Unknown,
    };
    if money.currency.is_empty() {
        missing("Amt/@Ccy", problems);
    }
    Some(StatementEntry {
        line: node.line,
        statement: 0,
        number: 0,
        amount,
        currency: money.currency.to_string(),
        credit,
        reversal: matches!(node.text_at(&["RvslInd"]), "true" | "1"),
        state,
        booked_on: day_in(node.child("BookgDt"), problems),
        value_on: day_in(node.child("ValDt"), problems),
        reference: node.text_at(&["NtryRef"]).to_owned(),
        bank_reference: node.text_at(&["AcctSvcrRef"]).to_owned(),
        kind: node.child("BkTxCd").map(kind).unwrap_or_default(),
        batch: None,
        charges: charges(node, problems),
        details: Vec::new(),
        part: 0,
        last_part: true,
        text: node.text_at(&["AddtlNtryInf"]).to_owned(),
    })
}

/// Domain, family and sub-family of a bank transaction code, or the bank's own.
fn kind(node: &Node) -> String {
    let parts = [
        node.text_at(&["Domn", "Cd"]),
        node.text_at(&["Domn", "Fmly", "Cd"]),
        node.text_at(&["Domn", "Fmly", "SubFmlyCd"]),
    ];
    if parts[0].is_empty() { node.text_at(&["Prtry", "Cd"]).to_owned() } else { parts.join("/") }
}

pub(super) fn batch(node: &Node, problems: &mut Problems) -> BatchBooking {
    BatchBooking {
        message_id: node.text_at(&["MsgId"]).to_owned(),
        payment_id: node.text_at(&["PmtInfId"]).to_owned(),
        count: number(node.text_at(&["NbOfTxs"])),
        total: node.child("TtlAmt").and_then(|total| amount(total, problems)),
    }
}

/// Charges: one by one since version 04, each an element of its own before.
fn charges(node: &Node, problems: &mut Problems) -> Vec<Charge> {
    let mut found = Vec::new();
    for outer in node.all("Chrgs") {
        let records: Vec<&Node> = outer.all("Rcrd").collect();
        for record in if records.is_empty() { vec![outer] } else { records } {
            let Some(money) = record.child("Amt").or_else(|| outer.child("TtlChrgsAndTaxAmt")) else { continue };
            let Some(amount) = amount(money, problems) else { continue };
            found.push(Charge {
                amount,
                currency: money.currency.to_string(),
                credit: record.text_at(&["CdtDbtInd"]) == "CRDT",
                included: match record.text_at(&["ChrgInclInd"]) {
                    "true" | "1" => Some(true),
                    "false" | "0" => Some(false),
                    _ => None,
                },
                kind: record.first_text(&[&["Tp", "Cd"], &["Tp", "Prtry", "Id"], &["Tp", "Prtry"]]).to_owned(),
            });
        }
    }
    found
}

/// The payments of an entry.
pub(super) fn details_of(nodes: &[Node], entry: &StatementEntry, problems: &mut Problems) -> Vec<EntryDetail> {
    nodes.iter().map(|node| detail(node, entry, nodes.len() == 1 && entry.part == 0, problems)).collect()
}

fn detail(node: &Node, entry: &StatementEntry, alone: bool, problems: &mut Problems) -> EntryDetail {
    let refs = |name: &str| node.text_at(&["Refs", name]).to_owned();
    let money = node.child("Amt").or_else(|| node.at(&["AmtDtls", "TxAmt", "Amt"]));
    let credit = is_credit(node.text_at(&["CdtDbtInd"]));
    let came_in = credit.unwrap_or(entry.credit);
    // Who is on the other side: the debtor of what came in, the creditor of what went out. Of a return it is the one
    // who was to get the money.
    let (other, account) = if came_in { ("Dbtr", "DbtrAcct") } else { ("Cdtr", "CdtrAcct") };
    let parties = node.child("RltdPties");
    let name = |role: &str| {
        parties.map_or("", |parties| parties.first_text(&[&[role, "Nm"], &[role, "Pty", "Nm"]])).to_owned()
    };
    let number_of = |role: &str| {
        let paths: &[&[&str]] = &[&[role, "Id", "IBAN"], &[role, "Id", "Othr", "Id"], &[role, "Id", "PrtryAcct", "Id"]];
        parties.map_or("", |parties| parties.first_text(paths)).to_owned()
    };
    let returned = returned(node, entry);
    let ordered = node
        .at(&["AmtDtls", "InstdAmt", "Amt"])
        .and_then(|money| Some((amount(money, problems)?, money.currency.to_string())));
    let own = money.and_then(|money| Some((amount(money, problems)?, money.currency.to_string())));
    let (own, currency) = match own {
        Some((amount, currency)) => (Some(amount), currency),
        None if alone => (Some(entry.amount), entry.currency.clone()),
        None => (None, String::new()),
    };
    let texts = |path: &[&str], name: &'static str| -> Vec<String> {
        let all = node.at(path).into_iter().flat_map(|node| node.all(name));
        all.map(|node| node.text.trim().to_owned()).filter(|text| !text.is_empty()).collect()
    };
    let structured = node.child("RmtInf").into_iter().flat_map(|node| node.all("Strd"));
    let references = structured
        .flat_map(|node| {
            let creditor = node.first_text(&[&["CdtrRefInf", "Ref"], &["CdtrRefInf", "CdtrRef"]]).to_owned();
            let documents =
                node.all("RfrdDocInf").map(|document| document.first_text(&[&["Nb"], &["RfrdDocNb"]]).to_owned());
            std::iter::once(creditor).chain(documents).collect::<Vec<_>>()
        })
        .filter(|text| !text.is_empty())
        .collect();
    EntryDetail {
        line: node.line,
        message_id: refs("MsgId"),
        payment_id: refs("PmtInfId"),
        instruction_id: refs("InstrId"),
        end_to_end_id: refs("EndToEndId"),
        uetr: refs("UETR"),
        bank_reference: refs("AcctSvcrRef"),
        transaction_id: refs("TxId"),
        check_number: refs("ChqNb"),
        ordered: ordered.filter(|(amount, code)| Some(*amount) != own || *code != currency),
        amount: own,
        currency,
        credit: credit.filter(|credit| *credit != entry.credit),
        exchange: exchange(node),
        charges: charges(node, problems),
        counterparty: Some(name(other))
            .filter(|name| !name.is_empty())
            .unwrap_or_else(|| name(if came_in { "Cdtr" } else { "Dbtr" })),
        counterparty_account: number_of(account),
        remittance: texts(&["RmtInf"], "Ustrd"),
        references,
        purpose: node.first_text(&[&["Purp", "Cd"], &["Purp", "Prtry"]]).to_owned(),
        returned,
        text: node.text_at(&["AddtlTxInf"]).to_owned(),
    }
}

fn exchange(node: &Node) -> Option<Exchange> {
    let kinds = ["TxAmt", "InstdAmt", "CntrValAmt", "AnncdPstngAmt"];
    let found = kinds.iter().find_map(|kind| node.at(&["AmtDtls", kind, "CcyXchg"]))?;
    Some(Exchange {
        from: found.text_at(&["SrcCcy"]).to_owned(),
        to: found.text_at(&["TrgtCcy"]).to_owned(),
        unit: found.text_at(&["UnitCcy"]).to_owned(),
        rate: rate(found.text_at(&["XchgRate"]))?,
    })
}

/// A return says so with its reason, or by its kind only.
fn returned(node: &Node, entry: &StatementEntry) -> Option<Returned> {
    let own = node.child("BkTxCd").map(kind).unwrap_or_default();
    let family = |kind: &str| RETURNS.contains(&kind.rsplit('/').next().unwrap_or_default());
    let info = node.child("RtrInf");
    if info.is_none() && !family(&own) && !(own.is_empty() && family(&entry.kind)) {
        return None;
    }
    let code = info.map_or("", |info| info.first_text(&[&["Rsn", "Cd"], &["Rsn", "Prtry"], &["RtrRsn", "Cd"]]));
    let (class, reason) = iso_reason(code);
    let words: Vec<&str> =
        info.into_iter().flat_map(|info| info.all("AddtlInf")).map(|node| node.text.trim()).collect();
    Some(Returned { code: code.to_owned(), class, reason, text: words.join(" ") })
}
