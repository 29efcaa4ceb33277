//! Addenda: payment information, reasons of returns, corrected data.

use super::codes::{FailureClass, change_class, change_reason, return_reason};
use super::facts::{AchChange, AchEntryKind, AchReadEntry, AchReturn, Corrected};
use super::fields::addenda as at;
use super::read::{Reader, date};
use super::record::Record;

impl Reader<'_> {
    /// Reads one addenda into its entry.
    pub(super) fn addenda_of(&mut self, entry: &mut AchReadEntry, record: Record<'_>, international: bool) {
        match record.raw(at::KIND) {
            "05" => self.information(entry, record),
            "98" => self.change(entry, record),
            "99" => self.returned(entry, record, international),
            // Terminals of card entries; the parties of international ones.
            "02" | "08" => {}
            "10" | "11" | "12" | "13" | "14" | "15" | "16" | "17" | "18" if international => {
                if record.raw(at::KIND) == "10" {
                    // 710: 4-6 the kind, 7-24 the amount, 25-46 a reference, 47-81 the receiver's name.
                    record.0.get(46..81).unwrap_or_default().trim().clone_into(&mut entry.name);
                }
            }
            other => {
                let message = format!("`{other}` is no addenda type of this entry.");
                self.wrong("ACH_ADDENDA_TYPE", at::KIND, message);
            }
        }
    }

    fn information(&mut self, entry: &mut AchReadEntry, record: Record<'_>) {
        let number = entry.addenda.len() as u64 + 1;
        let stated = record.number(at::SEQUENCE);
        if stated.is_none_or(|stated| stated < number.min(1)) {
            self.wrong("ACH_ADDENDA_ORDER", at::SEQUENCE, format!("It should be {number}."));
        }
        let own = entry.trace.get(8..).unwrap_or_default();
        if record.raw(at::ENTRY) != own {
            let message = format!("It belongs to entry {}, not to {own} before it.", record.raw(at::ENTRY));
            self.wrong("ACH_ADDENDA_ENTRY", at::ENTRY, message);
        }
        entry.addenda.push(record.raw(at::INFORMATION).trim_end().to_owned());
    }

    fn returned(&mut self, entry: &mut AchReadEntry, record: Record<'_>, international: bool) {
        let code = record.text(at::REASON).to_ascii_uppercase();
        let (class, reason) = return_reason(&code).unwrap_or((FailureClass::Unknown, ""));
        if reason.is_empty() {
            let message = format!("`{code}` is no reason of the rules: the entry is kept, somebody has to look at it.");
            self.wrong("ACH_REASON_UNKNOWN", at::REASON, message);
        }
        let text = record.text(if international { at::IAT_TEXT } else { at::TEXT });
        let dishonoured = code.as_str() >= "R61" && code.as_str() <= "R77";
        entry.kind = if dishonoured { AchEntryKind::DishonouredReturn } else { AchEntryKind::Return };
        entry.returned = Some(AchReturn {
            class,
            reason,
            original_trace: self.original(record),
            original_rdfi: record.text(at::ORIGINAL_RDFI).to_owned(),
            died_on: date(record.text(at::DEATH)).filter(|_| matches!(code.as_str(), "R14" | "R15")),
            text: text.to_owned(),
            code,
        });
    }

    /// The trace number that a return or notification quotes.
    fn original(&mut self, record: Record<'_>) -> String {
        let trace = record.text(at::ORIGINAL_TRACE);
        if trace.len() != 15 || !trace.bytes().all(|byte| byte.is_ascii_digit()) {
            let message = format!("`{trace}` is no trace number of 15 digits: the payment cannot be found by it.");
            self.remark("ACH_ORIGINAL_TRACE", at::ORIGINAL_TRACE, message);
        }
        trace.to_owned()
    }

    fn change(&mut self, entry: &mut AchReadEntry, record: Record<'_>) {
        let code = record.text(at::REASON).to_ascii_uppercase();
        let reason = change_reason(&code).unwrap_or_default();
        if reason.is_empty() {
            let message = format!("`{code}` is no change code of the rules: the entry is kept, somebody has to look.");
            self.wrong("ACH_CHANGE_UNKNOWN", at::REASON, message);
        }
        let data = record.raw(at::CORRECTED);
        if data.trim().is_empty() && !reason.is_empty() {
            self.wrong("ACH_MISSING", at::CORRECTED, "A notification of change without the corrected data.");
        }
        let refused = code.starts_with("C6");
        entry.kind = if refused { AchEntryKind::RefusedNotification } else { AchEntryKind::NotificationOfChange };
        entry.change = Some(AchChange {
            class: change_class(&code),
            reason,
            original_trace: self.original(record),
            original_rdfi: record.text(at::ORIGINAL_RDFI).to_owned(),
            data: data.trim().to_owned(),
            corrected: corrected(&code, data),
            code,
        });
    }
}

/// Takes the 29 characters of corrected data apart.
fn corrected(code: &str, data: &str) -> Corrected {
    let part = |first: usize, last: usize| {
        let text = data.get(first - 1..last.min(data.len())).unwrap_or_default().trim();
        (!text.is_empty()).then(|| text.to_owned())
    };
    let nothing = Corrected::default();
    match code {
        "C01" => Corrected { account: part(1, 17), ..nothing },
        "C02" => Corrected { routing: part(1, 9), ..nothing },
        // Three blanks stand between routing and account number.
        "C03" => Corrected { routing: part(1, 9), account: part(10, 29), ..nothing },
        "C04" => Corrected { name: part(1, 22), ..nothing },
        "C05" => Corrected { transaction_code: part(1, 2), ..nothing },
        // Three blanks, then the code; some banks leave the blanks out.
        "C06" => Corrected { account: part(1, 17), transaction_code: part(18, 29), ..nothing },
        "C07" => Corrected { routing: part(1, 9), account: part(10, 26), transaction_code: part(27, 29), ..nothing },
        "C09" => Corrected { reference: part(1, 22), ..nothing },
        _ => nothing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn corrected_data_are_taken_apart() {
        let of = |code: &str, data: &str| corrected(code, &format!("{data:<29}"));
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(of("C01", "1918171614").account, some("1918171614"));
        let both = of("C03", "091000019   1918171614");
        assert_eq!((both.routing, both.account), (some("091000019"), some("1918171614")));
        let kind = of("C06", "1918171614          32");
        assert_eq!((kind.account, kind.transaction_code), (some("1918171614"), some("32")));
        let all = of("C07", "0910000191918171614       32");
        assert_eq!((all.routing, all.account), (some("091000019"), some("1918171614")));
        assert_eq!(all.transaction_code, some("32"));
        assert_eq!(of("C13", "anything"), Corrected::default());
    }
}
