//! `recordings.csv`.

use std::collections::{HashMap, HashSet};

use entity::recording;
use kernel::codes::Isrc;
use kernel::failure::Outcome;
use kernel::ids::RecordingId;
use kernel::limits::NAME_CHARS;
use platform::db::{OrFail, TenantTx};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter};

use crate::bulk::model::Tally;
use crate::bulk::names::{self, Keys};
use crate::bulk::sheet::{Cells, Column, Sheet};
use crate::rights::store::CHUNK;

pub(in crate::bulk) const COLUMNS: &[Column] = &[
    ("isrc", true),
    ("title", true),
    ("version", false),
    ("artist", true),
    ("duration", false),
    ("organisation", false),
];

/// Reads a row over what is stored: an empty cell never clears.
fn read(
    cells: &mut Cells<'_>,
    tx: &TenantTx,
    organisations: &Keys,
    stored: &HashMap<String, recording::Model>,
) -> Option<recording::Model> {
    cells.required("isrc");
    let isrc = cells.parsed("isrc", "INVALID_ISRC", Isrc::parse);
    let title = cells.required_text("title", NAME_CHARS);
    let version_title = cells.text("version", NAME_CHARS);
    let artist = cells.required_text("artist", NAME_CHARS);
    let duration = cells.integer("duration", 1, 86_400);
    let organisation = names::organisation(cells, organisations);
    if !cells.found.is_empty() {
        return None;
    }
    let isrc = isrc?.to_string();
    let mut row = stored.get(&isrc).cloned().unwrap_or_else(|| recording::Model {
        tenant_id: tx.tenant_id().uuid(),
        id: RecordingId::new().uuid(),
        organisation_id: None,
        isrc,
        title: String::new(),
        version_title: None,
        artist: String::new(),
        duration_seconds: None,
        version: 0,
        created_at: tx.now(),
    });
    row.title = title?;
    row.artist = artist?;
    row.version_title = version_title.or(row.version_title);
    row.duration_seconds = duration.or(row.duration_seconds);
    row.organisation_id = organisation?.or(row.organisation_id);
    Some(row)
}

pub(in crate::bulk) async fn import(tx: &TenantTx, sheet: &Sheet, tally: &mut Tally) -> Outcome<()> {
    let organisations = names::organisations(tx).await?;
    let stored: HashMap<String, recording::Model> = recording::Entity::find()
        .filter(recording::Column::TenantId.eq(tx.tenant_id().uuid()))
        .all(tx)
        .await
        .or_fail()?
        .into_iter()
        .map(|row| (row.isrc.clone(), row))
        .collect();
    let mut seen = HashSet::new();
    let mut rows = Vec::new();
    for row in &sheet.rows {
        let mut cells = sheet.cells(row);
        if let Some(mut read) = read(&mut cells, tx, &organisations, &stored) {
            if !seen.insert(read.isrc.clone()) {
                let message = format!("`{}` stands on an earlier row too.", read.isrc);
                cells.refuse(Some("isrc"), "DUPLICATE_KEY", message);
            } else if stored.get(&read.isrc) == Some(&read) {
                tally.unchanged += 1;
            } else {
                if read.version == 0 {
                    tally.created += 1;
                } else {
                    tally.updated += 1;
                }
                read.version += 1;
                rows.push(read);
            }
        }
        tally.refusals.append(&mut cells.found);
    }
    for chunk in rows.chunks(CHUNK) {
        let conflict = OnConflict::columns([recording::Column::TenantId, recording::Column::Isrc])
            .update_columns([
                recording::Column::OrganisationId,
                recording::Column::Title,
                recording::Column::VersionTitle,
                recording::Column::Artist,
                recording::Column::DurationSeconds,
                recording::Column::Version,
            ])
            .to_owned();
        let chunk: Vec<recording::ActiveModel> =
            chunk.iter().cloned().map(|row: recording::Model| row.into_active_model().reset_all()).collect();
        recording::Entity::insert_many(chunk).on_conflict(conflict).exec_without_returning(tx).await.or_fail()?;
    }
    Ok(())
}
