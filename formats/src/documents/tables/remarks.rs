//! What a statement says in sentences.

use std::borrow::Cow;

use crate::documents::model::{StatementDocument, StatementKind};
use crate::documents::words::{Words, fill};

/// What the issuer says besides the figures: remarks on the kind, notes, how to ask, legal lines.
pub(in crate::documents) fn remarks<'a>(document: &'a StatementDocument, words: &'a Words) -> Vec<Cow<'a, str>> {
    let mut remarks: Vec<Cow<'a, str>> = kind_remark(document, words).map(Cow::from).into_iter().collect();
    remarks.extend(document.notes.iter().map(|note| Cow::from(note.as_str())));
    if let Some(ask) = &document.how_to_ask {
        remarks.push(ask.text.as_str().into());
        remarks.extend(ask.email.as_deref().map(Cow::from));
        remarks.extend(ask.object_until.map(|day| fill(&words.remarks.object_until, &words.day(day)).into()));
    }
    remarks.extend(document.issuer.legal.iter().map(|line| Cow::from(line.as_str())));
    remarks
}

/// The mark of a statement that is not an ordinary period's.
pub(in crate::documents) fn kind_mark<'a>(document: &StatementDocument, words: &'a Words) -> Option<&'a str> {
    match &document.kind {
        StatementKind::Period | StatementKind::AdHoc => None,
        StatementKind::Preview => Some(&words.document.preview),
        StatementKind::Correction { .. } => Some(&words.document.correction),
        StatementKind::Consolidated => Some(&words.document.consolidated),
        StatementKind::Tax => Some(&words.document.tax),
    }
}

/// The sentence that goes with that mark.
pub(in crate::documents) fn kind_remark(document: &StatementDocument, words: &Words) -> Option<String> {
    match &document.kind {
        StatementKind::Preview => Some(words.document.preview_remark.clone()),
        StatementKind::Correction { corrects } => Some(fill(&words.document.correction_remark, corrects)),
        StatementKind::Period | StatementKind::AdHoc | StatementKind::Consolidated | StatementKind::Tax => None,
    }
}
