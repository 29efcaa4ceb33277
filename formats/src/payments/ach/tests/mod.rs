//! Files written, read back, damaged, and read again.

mod damage;
mod round;

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::*;

pub(super) fn entry(amount: Decimal, name: &str) -> AchEntry {
    AchEntry {
        routing: "091000019".into(),
        account: "744-5678-99".into(),
        kind: AccountKind::Checking,
        amount,
        reference: "PAY-1".into(),
        name: name.into(),
        addenda: None,
        prenote: false,
    }
}

pub(super) fn file(entries: Vec<AchEntry>) -> AchFile {
    let day = NaiveDate::from_ymd_opt(2026, 11, 25).unwrap();
    AchFile {
        destination: "121042882".into(),
        destination_name: "First Bank".into(),
        origin: "1231380104".into(),
        origin_name: "Testlabel".into(),
        created_at: day.and_hms_opt(9, 30, 0).unwrap(),
        modifier: 'A',
        reference: String::new(),
        batches: vec![AchBatch {
            company_name: "Testlabel".into(),
            company_id: "1231380104".into(),
            discretionary: String::new(),
            class: EntryClass::Ppd,
            description: "ROYALTY".into(),
            descriptive_date: None,
            effective_on: day.succ_opt().unwrap(),
            odfi: "121042882".into(),
            offset: None,
            entries,
        }],
    }
}

pub(super) fn read(bytes: &[u8]) -> (AchRead, Vec<AchReadEntry>) {
    let mut entries = Vec::new();
    let read = read_ach(bytes, &mut |entry| entries.push(entry)).unwrap();
    (read, entries)
}

/// What is wrong, as `line code field`.
pub(super) fn faults(read: &AchRead) -> Vec<String> {
    read.problems
        .iter()
        .map(|one| format!("{} {} {}", one.line.unwrap_or(0), one.code, one.field.clone().unwrap_or_default()))
        .collect()
}
