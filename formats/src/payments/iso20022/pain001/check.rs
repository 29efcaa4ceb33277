//! What banks refuse although the schema takes it, field by field.

use rust_decimal::Decimal;

use super::super::order::{
    AccountNumber, Address, Agent, Charges, CreditTransfer, CreditTransferFile, Party, PaymentBlock, Remittance,
    Scheme, Version,
};
use super::Seen;
use crate::payments::account::{bic, creditor_reference, iban, sepa_needs_address};
use crate::payments::problem::Problems;
use crate::payments::text::{Letters, plain};

/// The largest SEPA transfer, 999,999,999.99 euros.
const SEPA_LIMIT: Decimal = Decimal::from_parts(1_215_752_191, 23, 0, false, 2);
/// Digits that the schema gives an amount.
const AMOUNT_DIGITS: u32 = 18;

pub(super) fn check(file: &CreditTransferFile, problems: &mut Problems) {
    reference("messageId", &file.message_id, problems);
    party("initiator", &file.initiator, false, problems);
    if file.blocks.is_empty() {
        problems.refuse("blocks", "PAIN_EMPTY", "A message has at least one block of transfers.");
    }
    let (mut blocks, mut ids) = (Seen::new(), Seen::new());
    let mut sum = Some(Decimal::ZERO);
    for (index, block) in file.blocks.iter().enumerate() {
        let path = format!("blocks.{index}");
        if !blocks.insert(&block.id) {
            problems.refuse(format!("{path}.id"), "PAIN_ID_TWICE", format!("`{}` is the id of two blocks.", block.id));
        }
        check_block(&path, block, problems);
        for (number, transfer) in block.transfers.iter().enumerate() {
            let path = format!("{path}.transfers.{number}");
            if !ids.insert(&transfer.end_to_end_id) {
                let message = format!(
                    "`{}` is the id of two transfers: the answer could not be matched.",
                    transfer.end_to_end_id
                );
                problems.refuse(format!("{path}.endToEndId"), "PAIN_ID_TWICE", message);
            }
            if transfer.uetr.is_some() && file.version == Version::V03 {
                problems.refuse(format!("{path}.uetr"), "PAIN_UETR", "Version 03 has no UETR.");
            }
            check_transfer(&path, block, transfer, problems);
            sum = sum.and_then(|sum| sum.checked_add(transfer.amount));
        }
    }
    if sum.is_none() {
        problems.refuse("blocks", "PAIN_SUM", "The sum of the amounts is too large to be stated.");
    }
}

fn check_block(path: &str, block: &PaymentBlock, problems: &mut Problems) {
    reference(&format!("{path}.id"), &block.id, problems);
    party(&format!("{path}.debtor"), &block.debtor, block.scheme.is_sepa(), problems);
    account(&format!("{path}.account"), &block.account, problems);
    agent(&format!("{path}.agent"), &block.agent, problems);
    if block.transfers.is_empty() {
        problems.refuse(format!("{path}.transfers"), "PAIN_EMPTY", "A block has at least one transfer.");
    }
    if let Scheme::Wire { service_level } = &block.scheme {
        let field = format!("{path}.scheme.serviceLevel");
        code(&field, service_level, 4, problems);
        if service_level == "SEPA" {
            problems.refuse(field, "PAIN_SERVICE_LEVEL", "SEPA transfers have a scheme of their own.");
        }
        if block.charges == Charges::ServiceLevel {
            let message = "Say who pays the charges of a wire: shared, debtor or creditor.";
            problems.refuse(format!("{path}.charges"), "PAIN_CHARGES", message);
        }
        return;
    }
    if block.charges != Charges::ServiceLevel {
        problems.refuse(format!("{path}.charges"), "PAIN_CHARGES", "SEPA shares charges by its service level (SLEV).");
    }
    if block.agent.bic.is_none() {
        let message = "SEPA needs the BIC of the paying bank.";
        problems.refuse(format!("{path}.agent.bic"), "PAIN_BIC_MISSING", message);
    }
    if !matches!(block.account, AccountNumber::Iban(_)) {
        problems.refuse(format!("{path}.account"), "PAIN_IBAN_MISSING", "SEPA pays from an IBAN.");
    }
}

fn check_transfer(path: &str, block: &PaymentBlock, transfer: &CreditTransfer, problems: &mut Problems) {
    let at = |field: &str| format!("{path}.{field}");
    reference(&at("endToEndId"), &transfer.end_to_end_id, problems);
    if let Some(id) = &transfer.instruction_id {
        reference(&at("instructionId"), id, problems);
    }
    if let Some(uetr) = &transfer.uetr
        && !is_uuid4(uetr)
    {
        problems.refuse(at("uetr"), "PAIN_UETR", "A UETR is a UUID of version 4 in small letters.");
    }
    amount(&at("amount"), block, transfer, problems);
    party(&at("creditor"), &transfer.creditor, block.scheme.is_sepa(), problems);
    account(&at("account"), &transfer.account, problems);
    for (name, one) in [("agent", &transfer.agent), ("intermediary", &transfer.intermediary)] {
        if let Some(one) = one {
            agent(&at(name), one, problems);
        }
    }
    code(&at("purpose"), &transfer.purpose, 4, problems);
    match &transfer.remittance {
        Remittance::None => {}
        Remittance::Text(text) => words(&at("remittance"), text, 140, true, problems),
        Remittance::Reference(text) => match creditor_reference(text) {
            Ok(bare) if bare == *text => {}
            Ok(_) => {
                problems.refuse(at("remittance"), "REFERENCE_FORM", "Write the reference without blanks, in capitals.")
            }
            Err(problem) => problems.push(problem.of_field(at("remittance"))),
        },
    }
    if let Some(report) = &transfer.regulatory {
        country(&at("regulatory.country"), &report.country, problems);
        if report.code.is_empty()
            || report.code.len() > 10
            || !report.code.bytes().all(|byte| byte.is_ascii_alphanumeric())
        {
            problems.refuse(at("regulatory.code"), "PAIN_CODE", "The code has 1 to 10 letters and digits.");
        }
        words(&at("regulatory.text"), &report.text, 35, false, problems);
    }
    if block.scheme.is_sepa() {
        sepa(path, transfer, problems);
    } else {
        wire(path, transfer, problems);
    }
}

fn sepa(path: &str, transfer: &CreditTransfer, problems: &mut Problems) {
    let number = match &transfer.account {
        AccountNumber::Iban(number) => iban(number),
        AccountNumber::Other(_) => {
            problems.refuse(format!("{path}.account"), "PAIN_IBAN_MISSING", "SEPA pays to an IBAN.");
            return;
        }
    };
    let Ok(number) = number else { return };
    if !number.is_sepa() {
        let message = format!("{} is outside of SEPA: send a wire.", number.country());
        problems.refuse(format!("{path}.account"), "PAIN_NOT_SEPA", message);
    }
    if sepa_needs_address(number.country()) && transfer.creditor.address.is_none() {
        let message = format!("A transfer to {} states the payee's address.", number.country());
        problems.refuse(format!("{path}.creditor.address"), "PAIN_ADDRESS_MISSING", message);
    }
    if transfer.intermediary.is_some() {
        problems.refuse(format!("{path}.intermediary"), "PAIN_INTERMEDIARY", "SEPA knows no intermediary bank.");
    }
}

fn wire(path: &str, transfer: &CreditTransfer, problems: &mut Problems) {
    if transfer.agent.is_none() {
        let message = "A wire names the payee's bank: its BIC, or its number in a clearing system.";
        problems.refuse(format!("{path}.agent"), "PAIN_AGENT_MISSING", message);
    }
    if transfer.creditor.address.is_none() {
        let message = "A wire states the payee's address with town and country.";
        problems.refuse(format!("{path}.creditor.address"), "PAIN_ADDRESS_MISSING", message);
    }
}

fn amount(path: &str, block: &PaymentBlock, transfer: &CreditTransfer, problems: &mut Problems) {
    let (amount, currency) = (transfer.amount, transfer.currency);
    if amount <= Decimal::ZERO {
        problems.refuse(path, "PAIN_AMOUNT", format!("A transfer is above zero, not {amount}."));
        return;
    }
    let normal = amount.normalize();
    if normal.scale() > currency.exponent() {
        let message = format!("{currency} has {} decimal places; {amount} has more.", currency.exponent());
        problems.refuse(path, "PAIN_AMOUNT_PLACES", message);
    }
    let places = currency.exponent();
    if normal.trunc().mantissa().unsigned_abs() >= 10_u128.pow(AMOUNT_DIGITS.saturating_sub(places)) {
        problems.refuse(path, "PAIN_AMOUNT_LIMIT", format!("An amount has at most {AMOUNT_DIGITS} digits."));
    }
    if block.scheme.is_sepa() {
        if currency.code() != "EUR" {
            let message = format!("SEPA carries euros, not {currency}: send a wire.");
            problems.refuse(format!("{}currency", path.trim_end_matches("amount")), "PAIN_CURRENCY", message);
        }
        if amount > SEPA_LIMIT {
            problems.refuse(path, "PAIN_AMOUNT_LIMIT", format!("A SEPA transfer is at most {SEPA_LIMIT} euros."));
        }
    }
}

fn party(path: &str, party: &Party, sepa: bool, problems: &mut Problems) {
    // Names of 140 characters pass wires; SEPA and many banks' forms have 70.
    let longest = if sepa { 70 } else { 140 };
    words(&format!("{path}.name"), &party.name, longest, true, problems);
    if let Some(id) = &party.id {
        reference(&format!("{path}.id.id"), &id.id, problems);
        code(&format!("{path}.id.scheme"), &id.scheme, 4, problems);
    }
    if let Some(own) = &party.address {
        address(&format!("{path}.address"), own, problems);
    }
}

fn address(path: &str, address: &Address, problems: &mut Problems) {
    let at = |field: &str| format!("{path}.{field}");
    if address.town.trim().is_empty() {
        let message = "The town is needed: banks refuse addresses in lines only. Ask the payee for it.";
        problems.refuse(at("town"), "PAIN_TOWN_MISSING", message);
    }
    country(&at("country"), &address.country, problems);
    for (field, text, longest) in [
        ("street", &address.street, 70),
        ("building", &address.building, 16),
        ("postCode", &address.post_code, 16),
        ("town", &address.town, 35),
        ("subdivision", &address.subdivision, 35),
    ] {
        words(&at(field), text, longest, false, problems);
    }
    if address.lines.len() > 2 {
        problems.refuse(at("lines"), "PAIN_ADDRESS_LINES", "At most two lines stand beside town and country.");
    }
    for (index, line) in address.lines.iter().enumerate() {
        words(&at(&format!("lines.{index}")), line, 70, true, problems);
    }
}

fn country(path: &str, text: &str, problems: &mut Problems) {
    let known = text == "XK"
        || text.len() == 2
            && text.bytes().all(|byte| byte.is_ascii_uppercase())
            && rust_iso3166::from_alpha2(text).is_some();
    if !known {
        problems.refuse(path, "PAIN_COUNTRY", format!("`{text}` is no country code of two capital letters."));
    }
}

fn account(path: &str, number: &AccountNumber, problems: &mut Problems) {
    match number {
        AccountNumber::Iban(text) => {
            if let Err(problem) = iban(text) {
                problems.push(problem.of_field(path));
            }
        }
        AccountNumber::Other(text) => {
            let plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-/. ".contains(&byte));
            if text.trim().is_empty() || text.len() > 34 || !plain {
                problems.refuse(path, "PAIN_ACCOUNT", "An account number has 1 to 34 letters, digits and hyphens.");
            }
        }
    }
}

fn agent(path: &str, agent: &Agent, problems: &mut Problems) {
    if let Some(text) = &agent.bic {
        match bic(text) {
            Ok(bare) if bare == *text => {}
            Ok(_) => problems.refuse(format!("{path}.bic"), "BIC_FORM", "Write the BIC without blanks, in capitals."),
            Err(problem) => problems.push(problem.of_field(format!("{path}.bic"))),
        }
    }
    if let Some((system, member)) = &agent.clearing {
        code(&format!("{path}.clearing.system"), system, 5, problems);
        if member.is_empty() || member.len() > 35 || !member.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            let message = "The member's number has 1 to 35 letters and digits.";
            problems.refuse(format!("{path}.clearing.member"), "PAIN_CLEARING", message);
        }
    }
    if agent.bic.is_none() && agent.clearing.is_none() {
        problems.refuse(path, "PAIN_AGENT", "A bank is named by its BIC or its number in a clearing system.");
    }
    if let Some(name) = &agent.name {
        words(&format!("{path}.name"), name, 140, true, problems);
    }
    if let Some(text) = &agent.country {
        country(&format!("{path}.country"), text, problems);
    }
}

/// Ids: up to 35 characters of the format, no slash at the ends, no two slashes.
fn reference(path: &str, text: &str, problems: &mut Problems) {
    let letters = plain(text, Letters::Sepa).is_ok_and(|same| same == text);
    if text.is_empty() {
        problems.refuse(path, "PAIN_MISSING", "This must be given.");
    } else if text.chars().count() > 35 {
        problems.refuse(path, "PAIN_TOO_LONG", format!("It has {} characters; 35 fit.", text.chars().count()));
    } else if !letters {
        let message = "Ids have letters, digits and / - ? : ( ) . , ' + only; they are never changed on the way.";
        problems.refuse(path, "PAIN_LETTERS", message);
    } else if text.starts_with('/') || text.ends_with('/') || text.contains("//") {
        problems.refuse(path, "PAIN_SLASH", "An id has no slash at its ends and no two in a row.");
    }
}

/// External codes: capitals and digits.
fn code(path: &str, text: &str, longest: usize, problems: &mut Problems) {
    let form = text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
    if text.is_empty() || text.len() > longest || !form {
        problems.refuse(path, "PAIN_CODE", format!("`{text}` is no code of 1 to {longest} capitals and digits."));
    }
}

/// Texts that may be written in other letters.
fn words(path: &str, text: &str, longest: usize, needed: bool, problems: &mut Problems) {
    match plain(text, Letters::Sepa) {
        Err(letters) => {
            let message = format!("`{letters}` cannot be written in this message: give it in Latin letters.");
            problems.refuse(path, "PAIN_LETTERS", message);
        }
        Ok(plain) if plain.is_empty() && (needed || !text.is_empty()) => {
            problems.refuse(path, "PAIN_MISSING", "This must be given.");
        }
        Ok(plain) if plain.len() > longest => {
            let message = format!("It has {} characters; {longest} fit.", plain.len());
            problems.refuse(path, "PAIN_TOO_LONG", message);
        }
        Ok(_) => {}
    }
}

fn is_uuid4(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() == 36
        && bytes.iter().enumerate().all(|(index, byte)| match index {
            8 | 13 | 18 | 23 => *byte == b'-',
            14 => *byte == b'4',
            19 => b"89ab".contains(byte),
            _ => byte.is_ascii_digit() || (b'a'..=b'f').contains(byte),
        })
}
