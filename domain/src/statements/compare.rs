//! What a statement shows beside its own figures: earlier periods, and money that waits.

use formats::documents::{EarlierLine, Identity, SuspenseLine, Words};
use kernel::codes::SuspenseReason;
use kernel::currency::Currency;
use kernel::failure::{Failure, Outcome};
use kernel::money::{Rounding, round_to};
use kernel::period::Month;

use super::labels::Labels;
use super::load::{Key, Material, WaitingRow};

/// The last periods and this one, the oldest first; nothing for a first statement.
pub(super) fn earlier(
    material: &Material,
    key: &Key,
    (month, number): (Month, &str),
    identity: &Identity,
) -> Vec<EarlierLine> {
    let rows = material.earlier.get(key).map_or(&[][..], Vec::as_slice);
    if rows.is_empty() {
        return Vec::new();
    }
    let mut lines: Vec<EarlierLine> = rows
        .iter()
        .map(|row| EarlierLine {
            number: row.number.clone(),
            from: row.period_from,
            to: row.period_to,
            royalty: row.royalties,
            paid: row.payments,
            closing: row.closing,
            change: None,
        })
        .collect();
    lines.push(EarlierLine {
        number: number.to_owned(),
        from: month.first_day(),
        to: month.last_day(),
        royalty: identity.royalties,
        paid: identity.payments,
        closing: identity.closing,
        change: None,
    });
    for at in 1..lines.len() {
        lines[at].change = EarlierLine::change_from(lines[at - 1].royalty, lines[at].royalty);
    }
    lines
}

/// Money that waits, with the reason in words.
pub(super) fn waiting(rows: Option<&Vec<WaitingRow>>, labels: &Labels, words: &Words) -> Outcome<Vec<SuspenseLine>> {
    rows.into_iter()
        .flatten()
        .map(|row| {
            let reason = SuspenseReason::from_number(row.reason)
                .ok_or_else(|| Failure::internal(format!("suspense reason {}", row.reason)))?;
            let currency = Currency::parse(&row.currency).map_err(|error| Failure::internal(error.to_string()))?;
            let item = row.item_key().map(|key| labels.item(&key));
            let (label, detail, code) =
                item.map_or_else(|| (words.phrases.unknown_item.clone(), None, None), |item| (item.label, item.detail, item.code));
            Ok(SuspenseLine {
                label,
                detail,
                code,
                reason: words.reason(reason.as_str()).unwrap_or(reason.as_str()).to_owned(),
                lines: row.row_count,
                amount: round_to(row.amount, currency, Rounding::HalfUp),
                currency: currency.code().to_owned(),
            })
        })
        .collect()
}
