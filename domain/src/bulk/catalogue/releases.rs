//! `releases.csv`: the rows of a release are its complete track list, applied whole or not at all.

use std::collections::{BTreeMap, HashMap};

use entity::{release, release_track};
use kernel::codes::{Isrc, Upc};
use kernel::failure::Outcome;
use kernel::ids::ReleaseId;
use kernel::limits::NAME_CHARS;
use platform::db::{OrFail, TenantTx};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter};
use uuid::Uuid;

use crate::bulk::model::{Refusal, Tally};
use crate::bulk::names::{self, Keys};
use crate::bulk::sheet::{Cells, Column, Sheet};
use crate::rights::store::CHUNK;

pub(in crate::bulk) const COLUMNS: &[Column] = &[
    ("upc", true),
    ("release_title", true),
    ("release_artist", true),
    ("catalogue_number", false),
    ("released_on", false),
    ("organisation", false),
    ("position", true),
    ("isrc", true),
];

/// The columns that repeat on every row of a release.
const REPEATED: [&str; 5] = ["release_title", "release_artist", "catalogue_number", "released_on", "organisation"];

/// A release as its rows state it.
struct Stated {
    line: u64,
    cells: Vec<Option<String>>,
    row: Option<release::Model>,
    tracks: BTreeMap<i32, Uuid>,
    sound: bool,
}

fn head(
    cells: &mut Cells<'_>,
    tx: &TenantTx,
    upc: &Upc,
    organisations: &Keys,
    stored: &HashMap<String, release::Model>,
) -> Option<release::Model> {
    let title = cells.required_text("release_title", NAME_CHARS);
    let artist = cells.required_text("release_artist", NAME_CHARS);
    let catalogue_number = cells.text("catalogue_number", 200);
    let released_on = cells.date("released_on");
    let organisation = names::organisation(cells, organisations);
    let upc = upc.to_string();
    let mut row = stored.get(&upc).cloned().unwrap_or_else(|| release::Model {
        tenant_id: tx.tenant_id().uuid(),
        id: ReleaseId::new().uuid(),
        organisation_id: None,
        upc,
        title: String::new(),
        artist: String::new(),
        catalogue_number: None,
        released_on: None,
        version: 0,
        created_at: tx.now(),
    });
    row.title = title?;
    row.artist = artist?;
    row.catalogue_number = catalogue_number.or(row.catalogue_number);
    row.released_on = released_on.or(row.released_on);
    row.organisation_id = organisation?.or(row.organisation_id);
    Some(row)
}

/// Adds one row to its release.
fn track(cells: &mut Cells<'_>, stated: &mut Stated, recordings: &Keys) {
    let repeated: Vec<Option<String>> = REPEATED.iter().map(|column| cells.get(column).map(str::to_owned)).collect();
    for (index, column) in REPEATED.iter().enumerate() {
        if stated.cells[index] != repeated[index] {
            let message = format!("`{column}` differs from line {} of the same release.", stated.line);
            cells.refuse(Some(column), "INCONSISTENT", message);
        }
    }
    cells.required("position");
    let position = cells.integer("position", 1, i32::MAX);
    cells.required("isrc");
    let isrc = cells.parsed("isrc", "INVALID_ISRC", Isrc::parse);
    let recording = isrc.and_then(|isrc| {
        let id = recordings.get(isrc.as_str()).copied();
        if id.is_none() {
            cells.refuse(Some("isrc"), "UNKNOWN_ITEM", format!("There is no recording `{isrc}` here."));
        }
        id
    });
    if let (Some(position), Some(recording)) = (position, recording)
        && stated.tracks.insert(position, recording).is_some()
    {
        cells.refuse(Some("position"), "DUPLICATE_KEY", format!("Position {position} of this release stands twice."));
    }
    stated.sound &= cells.found.is_empty();
}

pub(in crate::bulk) async fn import(tx: &TenantTx, sheet: &Sheet, tally: &mut Tally) -> Outcome<()> {
    let tenant = tx.tenant_id().uuid();
    let organisations = names::organisations(tx).await?;
    let recordings = names::recordings(tx).await?;
    let stored: HashMap<String, release::Model> = release::Entity::find()
        .filter(release::Column::TenantId.eq(tenant))
        .all(tx)
        .await
        .or_fail()?
        .into_iter()
        .map(|row| (row.upc.clone(), row))
        .collect();
    let mut lists: HashMap<Uuid, BTreeMap<i32, Uuid>> = HashMap::new();
    for row in
        release_track::Entity::find().filter(release_track::Column::TenantId.eq(tenant)).all(tx).await.or_fail()?
    {
        lists.entry(row.release_id).or_default().insert(row.position, row.recording_id);
    }
    let mut releases: Vec<Stated> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    for row in &sheet.rows {
        let mut cells = sheet.cells(row);
        cells.required("upc");
        if let Some(upc) = cells.parsed("upc", "INVALID_UPC", Upc::parse) {
            let place = *places.entry(upc.to_string()).or_insert_with(|| {
                releases.push(Stated {
                    line: cells.line(),
                    cells: REPEATED.iter().map(|column| cells.get(column).map(str::to_owned)).collect(),
                    row: head(&mut cells, tx, &upc, &organisations, &stored),
                    tracks: BTreeMap::new(),
                    sound: true,
                });
                releases.len() - 1
            });
            track(&mut cells, &mut releases[place], &recordings);
        }
        tally.refusals.append(&mut cells.found);
    }
    let (mut rows, mut changed, mut tracks) = (Vec::new(), Vec::new(), Vec::new());
    for stated in releases {
        let gap = stated.tracks.keys().zip(1i32..).any(|(position, wanted)| *position != wanted);
        if stated.sound && gap {
            let message = "The positions of a release are 1, 2, 3 … without gaps.";
            tally.refusals.push(Refusal::new(stated.line, Some("position"), "POSITION_GAP", message));
        }
        let Some(mut row) = stated.row.filter(|_| stated.sound && !gap) else { continue };
        let new_list = lists.get(&row.id) != Some(&stated.tracks);
        let same = stored.get(&row.upc) == Some(&row) && !new_list;
        if row.version == 0 {
            tally.created += 1;
        } else {
            tally.met(!same);
        }
        if new_list {
            changed.push(row.id);
            tracks.extend(stated.tracks.into_iter().map(|(position, recording_id)| release_track::Model {
                tenant_id: tenant,
                release_id: row.id,
                position,
                recording_id,
            }));
        }
        if !same {
            row.version += 1;
            rows.push(row);
        }
    }
    write(tx, &rows, &changed, &tracks).await
}

async fn write(
    tx: &TenantTx,
    rows: &[release::Model],
    changed: &[Uuid],
    tracks: &[release_track::Model],
) -> Outcome<()> {
    for chunk in rows.chunks(CHUNK) {
        let conflict = OnConflict::columns([release::Column::TenantId, release::Column::Upc])
            .update_columns([
                release::Column::OrganisationId,
                release::Column::Title,
                release::Column::Artist,
                release::Column::CatalogueNumber,
                release::Column::ReleasedOn,
                release::Column::Version,
            ])
            .to_owned();
        let chunk: Vec<release::ActiveModel> =
            chunk.iter().cloned().map(|row| row.into_active_model().reset_all()).collect();
        release::Entity::insert_many(chunk).on_conflict(conflict).exec_without_returning(tx).await.or_fail()?;
    }
    for chunk in changed.chunks(10_000) {
        release_track::Entity::delete_many()
            .filter(release_track::Column::TenantId.eq(tx.tenant_id().uuid()))
            .filter(release_track::Column::ReleaseId.is_in(chunk.iter().copied()))
            .exec(tx)
            .await
            .or_fail()?;
    }
    for chunk in tracks.chunks(CHUNK) {
        let chunk: Vec<release_track::ActiveModel> =
            chunk.iter().cloned().map(|row| row.into_active_model().reset_all()).collect();
        release_track::Entity::insert_many(chunk).exec_without_returning(tx).await.or_fail()?;
    }
    Ok(())
}
