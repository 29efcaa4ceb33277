//! Previews of statements in the schema.

use async_graphql::{ID, InputObject, SimpleObject};
use domain::statements as royalty;
use rust_decimal::Decimal;

use super::types::StatementForm;
use crate::frame::scalars::{BigInt, CurrencyCode, Money, Month};

/// Whose statements to preview, of which month.
#[derive(InputObject)]
pub struct StatementPreviewInput {
    /// The payee.
    pub party_id: ID,
    /// The accounting month. It must be calculated; the calculation need be neither approved nor finalised.
    pub accounting_month: Month,
}

/// A document of a preview.
#[derive(Debug, Clone, SimpleObject)]
pub struct StatementPreviewFile {
    /// Its form.
    form: StatementForm,
    /// The name to save it under.
    file_name: String,
    /// Its size in bytes.
    byte_size: BigInt,
    /// Where to download it; the address holds for fifteen minutes.
    url: String,
}

/// What a statement would be. Figures will change, and it is no promise to pay.
#[derive(Debug, Clone, SimpleObject)]
pub struct StatementPreview {
    /// Royalties of the period so far.
    royalties: Money,
    /// What it would close with.
    closing: Money,
    /// Its documents, marked as a preview on every page.
    documents: Vec<StatementPreviewFile>,
}

impl From<royalty::Preview> for StatementPreview {
    fn from(preview: royalty::Preview) -> Self {
        let currency = CurrencyCode::from(preview.currency);
        let money = |amount: Decimal| {
            let mut amount = amount;
            amount.rescale(preview.currency.exponent());
            Money { amount: amount.into(), currency }
        };
        let files = preview.files.into_iter().map(|file| StatementPreviewFile {
            form: file.form.into(),
            file_name: file.file_name,
            byte_size: file.byte_size.into(),
            url: file.url,
        });
        Self { royalties: money(preview.royalties), closing: money(preview.closing), documents: files.collect() }
    }
}
