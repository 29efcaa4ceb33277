//! What the statements of a payee would be, before anybody approves anything: from a calculation that need not be final.
//! Marked as a preview on every page, not a draft, not sealed, and never a promise.

use bytes::Bytes;
use formats::documents::StatementKind;
use kernel::context::OpContext;
use kernel::currency::Currency;
use kernel::failure::{Failure, Outcome};
use kernel::ids::{PartyId, StatementId};
use kernel::period::Month;
use kernel::permission::Permission;
use rust_decimal::Decimal;
use tokio::task::spawn_blocking;

use super::assemble::{self, Occasion};
use super::labels::Labels;
use super::model::DocumentForm;
use super::publish::forms;
use super::{brand, load};
use crate::Core;
use crate::files;

/// One previewed statement.
#[derive(Debug, Clone)]
pub struct Preview {
    /// Its currency.
    pub currency: Currency,
    /// Royalties of the period so far.
    pub royalties: Decimal,
    /// What it would close with.
    pub closing: Decimal,
    /// Its documents.
    pub files: Vec<PreviewFile>,
}

/// A document of a preview.
#[derive(Debug, Clone)]
pub struct PreviewFile {
    /// Its form.
    pub form: DocumentForm,
    /// The name to save it under.
    pub file_name: String,
    /// Its size.
    pub byte_size: i64,
    /// Where to download it, for a short time.
    pub url: String,
}

/// Previews the statements of a payee for a month, one per currency. The month's calculation must be there; it need be
/// neither approved nor finalised. A later preview of the same payee and month takes the place of an earlier one.
///
/// # Errors
/// `RUN_NOT_CALCULATED`, `NOT_FOUND` for the payee, `FORBIDDEN`; database and file store failures.
pub async fn statement_preview(ctx: &OpContext, core: &Core, month: Month, party: PartyId) -> Outcome<Vec<Preview>> {
    ctx.require(Permission::StatementManage)?;
    let tx = core.db.tenant_read(ctx).await?;
    let run = load::calculated_run(&tx, month).await?;
    let material = load::material(&tx, run).await?;
    if !material.parties.contains_key(&party.uuid()) {
        return Err(Failure::not_found("NOT_FOUND", "There is no such payee.").at(["input", "partyId"]));
    }
    let labels = Labels::load(&tx, &material.items()).await?;
    let keys: Vec<load::Key> = material.keys().into_iter().filter(|key| key.0 == party.uuid()).collect();
    let mut checked = Vec::new();
    for key in keys {
        let number = format!("{}-{month}-{}", material.prefix(), key.1);
        let occasion = Occasion {
            kind: StatementKind::Preview,
            id: StatementId::new(),
            number,
            month,
            issued_on: ctx.now.date_naive(),
        };
        checked.extend(assemble::statement(&material, &labels, &key, occasion)?);
    }
    let logos = checked.iter().filter_map(|one| one.issuer.logo.clone());
    let assets = brand::assets(&tx, logos).await?;
    drop(tx);
    let rendered = spawn_blocking(move || {
        let rendered = checked.into_iter().map(|one| forms(&one, &assets).map(|forms| (one, forms)));
        rendered.collect::<Result<Vec<_>, _>>()
    })
    .await
    .map_err(|error| Failure::internal(error.to_string()))?
    .map_err(|error| Failure::internal(format!("a preview: {error}")))?;

    let mut previews = Vec::with_capacity(rendered.len());
    for (statement, forms) in rendered {
        let currency =
            Currency::parse(&statement.currency).map_err(|error| Failure::internal(error.to_string()))?;
        let mut made = Vec::with_capacity(forms.len());
        for (form, bytes) in forms {
            let extension = form.extension();
            let key = format!("{}/previews/{party}/{month}-{currency}.{extension}", ctx.tenant_id);
            let byte_size = i64::try_from(bytes.len()).unwrap_or(i64::MAX);
            core.storage.put(&key, Bytes::from(bytes)).await?;
            let file_name = format!("{}.{extension}", statement.number);
            let url = files::download_url(core, ctx.tenant_id, &key, &file_name, ctx.now)?;
            made.push(PreviewFile { form, file_name, byte_size, url });
        }
        previews.push(Preview {
            currency,
            royalties: statement.identity.royalties,
            closing: statement.identity.closing,
            files: made,
        });
    }
    Ok(previews)
}
