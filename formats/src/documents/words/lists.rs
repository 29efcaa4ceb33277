//! The groups of words. Every key must be in every file, none may be there that is not declared.

use serde::{Deserialize, Serialize};

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($key:ident),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Serialize, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub(in crate::documents) struct $name { $(pub(in crate::documents) $key: String),* }
    };
}

words!(/// Title and particulars.
DocumentWords {
    title, preview, preview_remark, correction, correction_remark, consolidated, tax, prepared_for, number, period,
    period_range, issued_on, issuer, currency, payee_id, tax_number, page, fingerprint,
});
words!(/// The closing balance and what becomes of it.
HeadlineWords {
    due, nothing, carried, due_on, below_threshold, on_hold, carried_forward, royalties, net_receipts, units,
});
words!(/// The statement identity.
BridgeWords {
    title, opening, opening_hint, royalties, royalties_hint, costs, costs_hint, reserves_released,
    reserves_released_hint, reserves_taken, reserves_taken_hint, adjustments, adjustments_hint, payments,
    payments_hint, tax, tax_hint, closing, closing_hint,
});
words!(/// Charts.
ChartWords { platform, territory, earlier, others });
words!(/// Titles of the parts.
SectionWords {
    summary, contracts, platform, release, track, territory, revenue_type, earlier, recoupment, reserves, adjustments,
    payments, taxes, fees, suspense, corrections, notes, ask, verify,
});
words!(/// Column headings.
ColumnWords {
    item, value, contract, terms, platform, release, track, territory, revenue_type, artist, detail, code, isrc, upc,
    units, net_receipts, royalty, kind, held_before, taken, released, held_after, opening, added, recouped, closing,
    date, reason, reference, method, tax, base, rate, amount, total, period, change, paid, balance, waiting, before,
    after,
});
words!(/// Sentences.
RemarkWords { object_until, further, verify, closing_rule, amounts_in, suspense });

/// Sentences and names that whoever makes a statement puts into it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PhraseWords {
    /// How royalties are rounded.
    pub rounding: String,
    /// What becomes of money that could not be matched.
    pub unmatched: String,
    /// How to ask; `{}` is the issuer.
    pub ask: String,
    /// Advances.
    pub advances: String,
    /// Recoupable costs.
    pub costs: String,
    /// The internal wallet as a way to be paid.
    pub wallet: String,
    /// A payee on hold.
    pub on_hold: String,
    /// Tracks that are on no release.
    pub without_release: String,
    /// An item without a title.
    pub unknown_item: String,
}
