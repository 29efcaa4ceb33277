//! Writes pain.001: checks every field first, then writes; nothing is left out or cut in silence.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use rust_decimal::Decimal;

use super::order::{
    AccountNumber, Address, Agent, CreditTransfer, CreditTransferFile, OrganisationId, Party, PaymentBlock, Remittance,
    Scheme, Version,
};
use crate::payments::problem::{Problems, Refused};
use crate::payments::text::{Letters, plain};

mod check;

/// A written message with what its sender keeps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrittenTransfers {
    /// The message, UTF-8.
    pub bytes: Vec<u8>,
    /// Transfers.
    pub count: u64,
    /// Their sum, whatever their currencies, as the message states it.
    pub control_sum: Decimal,
}

/// Writes a message.
///
/// # Errors
/// [`Refused`] with every field that is wrong; nothing is written then.
pub fn write_pain001(file: &CreditTransferFile) -> Result<WrittenTransfers, Refused> {
    let mut problems = Problems::default();
    check::check(file, &mut problems);
    problems.or_refuse()?;
    let transfers = || file.blocks.iter().flat_map(|block| &block.transfers);
    let count = transfers().count() as u64;
    let control_sum: Decimal = transfers().map(|transfer| transfer.amount).sum();
    let mut writer = Writer { text: String::with_capacity(1_024 + 1_024 * file.blocks.len()), version: file.version };
    writer.message(file, count, control_sum);
    Ok(WrittenTransfers { bytes: writer.text.into_bytes(), count, control_sum })
}

struct Writer {
    text: String,
    version: Version,
}

/// An amount as its currency's places have it.
fn amount_text(transfer: &CreditTransfer) -> String {
    let mut amount = transfer.amount.normalize();
    amount.rescale(transfer.currency.exponent());
    amount.to_string()
}

/// What the check let through, in the letters of the format.
fn written(text: &str) -> String {
    plain(text, Letters::Sepa).unwrap_or_default()
}

impl Writer {
    /// An element with text; nothing at all for an empty text, as empty elements are refused by banks.
    fn put(&mut self, name: &str, text: &str) {
        if text.is_empty() {
            return;
        }
        let _ = write!(self.text, "<{name}>{}</{name}>", quick_xml::escape::minimal_escape(text));
    }

    fn open(&mut self, names: &[&str]) {
        for name in names {
            let _ = write!(self.text, "<{name}>");
        }
    }

    fn close(&mut self, names: &[&str]) {
        for name in names.iter().rev() {
            let _ = write!(self.text, "</{name}>");
        }
    }

    /// Elements within elements, the innermost with text.
    fn deep(&mut self, names: &[&str], text: &str) {
        let Some((last, outer)) = names.split_last() else { return };
        if text.is_empty() {
            return;
        }
        self.open(outer);
        self.put(last, text);
        self.close(outer);
    }

    fn message(&mut self, file: &CreditTransferFile, count: u64, sum: Decimal) {
        self.text.push_str("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
        let name = self.version.name();
        let _ = write!(self.text, "<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:{name}\">\n<CstmrCdtTrfInitn>\n");
        self.open(&["GrpHdr"]);
        self.put("MsgId", &file.message_id);
        self.put("CreDtTm", &file.created_at.format("%Y-%m-%dT%H:%M:%S").to_string());
        self.put("NbOfTxs", &count.to_string());
        self.put("CtrlSum", &sum.to_string());
        self.party("InitgPty", &file.initiator, false);
        self.close(&["GrpHdr"]);
        self.text.push('\n');
        for block in &file.blocks {
            self.block(block);
        }
        self.text.push_str("</CstmrCdtTrfInitn>\n</Document>\n");
    }

    fn block(&mut self, block: &PaymentBlock) {
        self.open(&["PmtInf"]);
        self.put("PmtInfId", &block.id);
        self.put("PmtMtd", "TRF");
        if let Some(batch) = block.batch_booking {
            self.put("BtchBookg", if batch { "true" } else { "false" });
        }
        let sum: Decimal = block.transfers.iter().map(|transfer| transfer.amount).sum();
        self.put("NbOfTxs", &block.transfers.len().to_string());
        self.put("CtrlSum", &sum.to_string());
        self.open(&["PmtTpInf"]);
        match &block.scheme {
            Scheme::Sepa => self.deep(&["SvcLvl", "Cd"], "SEPA"),
            Scheme::SepaInstant => {
                self.deep(&["SvcLvl", "Cd"], "SEPA");
                self.deep(&["LclInstrm", "Cd"], "INST");
            }
            Scheme::Wire { service_level } => self.deep(&["SvcLvl", "Cd"], service_level),
        }
        self.close(&["PmtTpInf"]);
        let day = block.execution_on.to_string();
        match self.version {
            Version::V09 => self.deep(&["ReqdExctnDt", "Dt"], &day),
            Version::V03 => self.put("ReqdExctnDt", &day),
        }
        self.party("Dbtr", &block.debtor, true);
        self.open(&["DbtrAcct"]);
        self.account(&block.account);
        self.put("Ccy", block.account_currency.map_or("", |currency| currency.code()));
        self.close(&["DbtrAcct"]);
        self.agent("DbtrAgt", &block.agent);
        self.put("ChrgBr", block.charges.code());
        self.text.push('\n');
        for transfer in &block.transfers {
            self.transfer(transfer);
        }
        self.text.push_str("</PmtInf>\n");
    }

    fn transfer(&mut self, transfer: &CreditTransfer) {
        self.open(&["CdtTrfTxInf", "PmtId"]);
        self.put("InstrId", transfer.instruction_id.as_deref().unwrap_or_default());
        self.put("EndToEndId", &transfer.end_to_end_id);
        self.put("UETR", transfer.uetr.as_deref().unwrap_or_default());
        self.close(&["PmtId"]);
        let (code, amount) = (transfer.currency.code(), amount_text(transfer));
        let _ = write!(self.text, "<Amt><InstdAmt Ccy=\"{code}\">{amount}</InstdAmt></Amt>");
        for (name, agent) in [("IntrmyAgt1", &transfer.intermediary), ("CdtrAgt", &transfer.agent)] {
            if let Some(agent) = agent {
                self.agent(name, agent);
            }
        }
        self.party("Cdtr", &transfer.creditor, true);
        self.open(&["CdtrAcct"]);
        self.account(&transfer.account);
        self.close(&["CdtrAcct"]);
        self.deep(&["Purp", "Cd"], &transfer.purpose);
        if let Some(report) = &transfer.regulatory {
            self.open(&["RgltryRptg", "Dtls"]);
            self.put("Ctry", &report.country);
            self.put("Cd", &report.code);
            self.put("Inf", &written(&report.text));
            self.close(&["RgltryRptg", "Dtls"]);
        }
        match &transfer.remittance {
            Remittance::None => {}
            Remittance::Text(text) => self.deep(&["RmtInf", "Ustrd"], &written(text)),
            Remittance::Reference(reference) => {
                self.open(&["RmtInf", "Strd", "CdtrRefInf"]);
                self.deep(&["Tp", "CdOrPrtry", "Cd"], "SCOR");
                self.put("Ref", reference);
                self.close(&["RmtInf", "Strd", "CdtrRefInf"]);
            }
        }
        self.close(&["CdtTrfTxInf"]);
        self.text.push('\n');
    }

    fn party(&mut self, element: &str, party: &Party, with_address: bool) {
        self.open(&[element]);
        self.put("Nm", &written(&party.name));
        if let Some(address) = party.address.as_ref().filter(|_| with_address) {
            self.address(address);
        }
        if let Some(OrganisationId { id, scheme }) = &party.id {
            self.open(&["Id", "OrgId", "Othr"]);
            self.put("Id", id);
            self.deep(&["SchmeNm", "Cd"], scheme);
            self.close(&["Id", "OrgId", "Othr"]);
        }
        self.close(&[element]);
    }

    fn address(&mut self, address: &Address) {
        self.open(&["PstlAdr"]);
        for (name, text) in [
            ("StrtNm", &address.street),
            ("BldgNb", &address.building),
            ("PstCd", &address.post_code),
            ("TwnNm", &address.town),
            ("CtrySubDvsn", &address.subdivision),
        ] {
            self.put(name, &written(text));
        }
        self.put("Ctry", &address.country);
        for line in &address.lines {
            self.put("AdrLine", &written(line));
        }
        self.close(&["PstlAdr"]);
    }

    fn account(&mut self, account: &AccountNumber) {
        match account {
            AccountNumber::Iban(number) => {
                let bare: String = number.chars().filter(char::is_ascii_alphanumeric).collect();
                self.deep(&["Id", "IBAN"], &bare.to_ascii_uppercase());
            }
            AccountNumber::Other(number) => self.deep(&["Id", "Othr", "Id"], number),
        }
    }

    fn agent(&mut self, element: &str, agent: &Agent) {
        self.open(&[element, "FinInstnId"]);
        let bic = if self.version == Version::V09 { "BICFI" } else { "BIC" };
        self.put(bic, agent.bic.as_deref().unwrap_or_default());
        if let Some((system, member)) = &agent.clearing {
            self.open(&["ClrSysMmbId"]);
            self.deep(&["ClrSysId", "Cd"], system);
            self.put("MmbId", member);
            self.close(&["ClrSysMmbId"]);
        }
        // Beside a BIC a bank's name is noise, and some banks refuse it.
        if agent.bic.is_none() {
            self.put("Nm", &agent.name.as_deref().map(written).unwrap_or_default());
            self.deep(&["PstlAdr", "Ctry"], agent.country.as_deref().unwrap_or_default());
        }
        self.close(&[element, "FinInstnId"]);
    }
}

/// Ids that were seen.
type Seen<'a> = BTreeSet<&'a str>;
