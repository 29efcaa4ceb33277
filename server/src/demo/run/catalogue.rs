//! The stage "catalogue": the import files of a tenant, in their order.

use std::path::Path;

use futures::future::try_join_all;
use serde_json::json;

use super::board::{Board, Stage};
use super::cast::Cast;
use super::person::Trouble;
use super::wait;
use crate::demo::world::World;
use crate::demo::world::manifest::TenantFiles;
use crate::demo::world::model::Tenant;
use crate::stop::Stop;

const IMPORT: &str = "mutation Import($input: CatalogueImportInput!) {
    catalogueImport(input: $input) { operation { id } userErrors { code message } } }";
const CONTRACT: &str = "query Contract($by: ContractLookup!) { contract(by: $by) { id } }";
const ERRORS: &str = "query Errors($id: ID!) {
    importErrors(operationId: $id, first: 3) { nodes { line column code message } } }";

/// Imports both catalogues, unless they are there.
///
/// # Errors
/// When an import fails or refuses a row.
pub async fn import(
    board: &Board,
    world: &World,
    files: &[TenantFiles],
    folder: &Path,
    casts: &[Cast],
) -> Result<(), Stop> {
    let stage = board.stage("catalogue, contracts", "", 0, "rows");
    let imports = world.tenants.iter().zip(casts).zip(files);
    let imports = imports.map(|((tenant, cast), files)| import_one(&stage, tenant, cast, files, folder));
    try_join_all(imports).await?;
    stage.finish();
    Ok(())
}

async fn import_one(
    stage: &Stage<'_>,
    tenant: &Tenant,
    cast: &Cast,
    files: &TenantFiles,
    folder: &Path,
) -> Result<(), Trouble> {
    // Contracts come last and all at once: the last of them is there when everything is.
    if let Some(last) = tenant.contracts.last() {
        let by = json!({ "by": { "number": last.number } });
        if cast.manager.ask(CONTRACT, by).await?.get("id").is_some() {
            return Ok(());
        }
    }
    stage.expect(files.imports.iter().map(|file| file.rows).sum());
    for file in &files.imports {
        let path = folder.join(&file.path);
        let kind = path.file_stem().map(|name| name.to_string_lossy().to_uppercase()).unwrap_or_default();
        let upload = cast.manager.upload(&path).await?;
        let input = json!({ "kind": kind, "idempotencyKey": format!("demo {kind} {upload}"), "uploadId": upload });
        let answer = cast.manager.ask(IMPORT, json!({ "input": input })).await?;
        wait::done(&cast.manager, &answer["operation"], stage, file.rows).await?;
        refuse_errors(cast, &answer["operation"]["id"], &file.path).await?;
    }
    Ok(())
}

/// The invented files have no errors; a row that was refused would make everything after it wrong.
async fn refuse_errors(cast: &Cast, operation: &serde_json::Value, path: &str) -> Result<(), Trouble> {
    let errors = cast.manager.ask(ERRORS, json!({ "id": operation })).await?;
    match errors["nodes"].get(0) {
        None => Ok(()),
        Some(first) => Err(Trouble::Broken(format!("{path}: a row was refused: {first}"))),
    }
}
