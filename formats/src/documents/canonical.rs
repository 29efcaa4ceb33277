//! The one serialisation of a statement that its content hash is taken over.

use rust_decimal::Decimal;

use super::model::StatementDocument;

/// Parts hashes of statements from those of anything else, and names the version of the serialisation.
const DOMAIN: &[u8] = b"tunemantra statement v1\n";

/// The content hash of a statement: BLAKE3 over `tunemantra statement v1`, a line feed, and the document as JSON with
/// fields in the order of the model and every amount at the currency's exponent. Two documents that say the same
/// (`1.5` and `1.50`) have the same hash; nothing of a form (PDF, XLSX, CSV) enters it.
pub fn content_hash(document: &StatementDocument) -> [u8; 32] {
    hash_normalised(&normalised(document))
}

pub(super) fn hash_normalised(document: &StatementDocument) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new();
    hasher.update(DOMAIN);
    // A model of strings, integers, dates and decimals has no value that JSON cannot hold, and a hasher takes every
    // byte; were that ever untrue, what was written before the failure is still a function of the document alone.
    let _ = serde_json::to_writer(&mut hasher, document);
    *hasher.finalize().as_bytes()
}

/// The same document with every amount at the currency's exponent (and −0 as 0).
pub(super) fn normalised(document: &StatementDocument) -> StatementDocument {
    let mut document = document.clone();
    let exponent = document.exponent;
    let fix = |amount: &mut Decimal| {
        amount.rescale(exponent);
        if amount.is_zero() {
            amount.set_sign_positive(true);
        }
    };
    let identity = &mut document.identity;
    for amount in [
        &mut identity.opening,
        &mut identity.royalties,
        &mut identity.costs,
        &mut identity.reserves_released,
        &mut identity.reserves_taken,
        &mut identity.adjustments,
        &mut identity.payments,
        &mut identity.tax,
        &mut identity.closing,
    ] {
        fix(amount);
    }
    if let super::model::Outlook::BelowThreshold(amount) = &mut document.outlook {
        fix(amount);
    }
    document.contracts.iter_mut().for_each(|line| fix(&mut line.royalty));
    for row in document.sections.iter_mut().flat_map(|section| &mut section.rows) {
        fix(&mut row.net_receipts);
        fix(&mut row.royalty);
    }
    for line in &mut document.recoupment {
        [&mut line.opening, &mut line.added, &mut line.recouped, &mut line.closing].into_iter().for_each(fix);
    }
    for line in &mut document.reserves {
        [&mut line.opening, &mut line.taken, &mut line.released, &mut line.closing].into_iter().for_each(fix);
    }
    document.adjustments.iter_mut().for_each(|line| fix(&mut line.amount));
    for line in &mut document.earlier {
        [&mut line.royalty, &mut line.paid, &mut line.closing].into_iter().for_each(fix);
        line.change = line.change.map(|change| change.normalize());
    }
    document.payments.iter_mut().for_each(|line| fix(&mut line.amount));
    for line in &mut document.taxes {
        fix(&mut line.base);
        fix(&mut line.amount);
        line.rate = line.rate.map(|rate| rate.normalize());
    }
    document
}
