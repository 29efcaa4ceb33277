//! The stage "documents": every form of every statement is fetched by its signed address, the forms are read back and
//! compared, and each file is checked against the statement's proof.

use std::path::{Path, PathBuf};

use futures::future::try_join_all;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use serde_json::{Value, json};

use super::Month;
use super::agree;
use super::board::{Board, Stage};
use super::cast::Cast;
use super::person::{Person, Trouble, number, text};
use crate::stop::Stop;

/// Downloads at the same time.
const AT_ONCE: usize = 8;

const STATEMENTS: &str = "query Statements($month: Month!, $after: String) {
    statements(first: 50, after: $after, filter: { accountingMonth: $month, state: PUBLISHED }) {
        nodes {
            number contentHash
            opening { amount } royalties { amount } payments { amount } tax { amount } closing { amount }
            documents { form fileName byteSize url }
            proof { fileName document } }
        pageInfo { hasNextPage endCursor } } }";

/// Fetches the documents of the month into `<folder>/<tenant>/<month>/`; those that are there are read again only.
/// Says how many statements agree in all their forms.
///
/// # Errors
/// When a document cannot be fetched or two forms differ.
pub async fn fetch(board: &Board, month: &Month<'_>, folder: &Path) -> Result<u64, Stop> {
    let stage = board.stage("documents", month.name, 0, "files");
    let statements = try_join_all(month.casts.iter().map(|cast| fetch_tenant(&stage, month, cast, folder))).await?;
    stage.finish();
    Ok(statements.into_iter().sum())
}

async fn fetch_tenant(stage: &Stage<'_>, month: &Month<'_>, cast: &Cast, folder: &Path) -> Result<u64, Trouble> {
    let folder = folder.join(&cast.slug).join(month.name);
    let unwritable = |error: std::io::Error| Trouble::Broken(format!("{}: {error}", folder.display()));
    tokio::fs::create_dir_all(&folder).await.map_err(unwritable)?;
    let rows = cast.auditor.all(STATEMENTS, json!({ "month": month.name })).await?;
    let statements = rows.len() as u64;
    stream::iter(rows)
        .map(|row| one(stage, &cast.auditor, row, folder.clone()))
        .buffer_unordered(AT_ONCE)
        .try_collect::<Vec<()>>()
        .await?;
    Ok(statements)
}

async fn one(stage: &Stage<'_>, reader: &Person, statement: Value, folder: PathBuf) -> Result<(), Trouble> {
    let mut files = Vec::new();
    for document in statement["documents"].as_array().into_iter().flatten() {
        let path = folder.join(text(document, "fileName")?);
        let unwritable = |error: std::io::Error| Trouble::Broken(format!("{}: {error}", path.display()));
        let size = number(&document["byteSize"]);
        if tokio::fs::metadata(&path).await.map_or(true, |there| there.len() != size) {
            stage.expect(1);
            let bytes = reader.download(&text(document, "url")?).await?;
            if bytes.len() as u64 != size {
                return Err(Trouble::Broken(format!("{}: {} bytes instead of {size}", path.display(), bytes.len())));
            }
            tokio::fs::write(&path, bytes).await.map_err(unwritable)?;
            stage.add(1);
        }
        files.push((text(document, "form")?, path));
    }
    let proof = &statement["proof"];
    if !proof.is_null() {
        let path = folder.join(text(proof, "fileName")?);
        let unwritable = |error: std::io::Error| Trouble::Broken(format!("{}: {error}", path.display()));
        tokio::fs::write(&path, text(proof, "document")?).await.map_err(unwritable)?;
    }
    tokio::task::spawn_blocking(move || agree::check(&statement, &files))
        .await
        .map_err(|error| Trouble::Broken(format!("reading documents broke off: {error}")))?
        .map_err(Trouble::Broken)
}
