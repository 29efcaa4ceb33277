//! `works.csv`.

use std::collections::{HashMap, HashSet};

use entity::{recording_work, work};
use kernel::codes::{Isrc, Iswc};
use kernel::failure::Outcome;
use kernel::ids::WorkId;
use kernel::limits::NAME_CHARS;
use platform::db::{OrFail, TenantTx};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter};
use uuid::Uuid;

use crate::bulk::model::Tally;
use crate::bulk::names::{self, Keys};
use crate::bulk::sheet::{Cells, Column, Sheet};
use crate::rights::store::CHUNK;

pub(in crate::bulk) const COLUMNS: &[Column] =
    &[("reference", true), ("iswc", false), ("title", true), ("recordings", false)];

struct Given {
    row: work::Model,
    recordings: Vec<Uuid>,
}

fn read(
    cells: &mut Cells<'_>,
    tx: &TenantTx,
    recordings: &Keys,
    stored: &HashMap<String, work::Model>,
) -> Option<Given> {
    let reference = cells.required_text("reference", 200);
    let iswc = cells.parsed("iswc", "INVALID_ISWC", Iswc::parse);
    let title = cells.required_text("title", NAME_CHARS);
    let mut linked = Vec::new();
    for text in cells.list("recordings") {
        match Isrc::parse(text) {
            Err(error) => cells.refuse(Some("recordings"), "INVALID_ISRC", format!("{error}.")),
            Ok(isrc) => match recordings.get(isrc.as_str()) {
                Some(id) => linked.push(*id),
                None => {
                    cells.refuse(Some("recordings"), "UNKNOWN_ITEM", format!("There is no recording `{isrc}` here."))
                }
            },
        }
    }
    if !cells.found.is_empty() {
        return None;
    }
    let reference = reference?;
    let mut row = stored.get(&reference).cloned().unwrap_or_else(|| work::Model {
        tenant_id: tx.tenant_id().uuid(),
        id: WorkId::new().uuid(),
        reference,
        iswc: None,
        title: String::new(),
        version: 0,
        created_at: tx.now(),
    });
    row.title = title?;
    row.iswc = iswc.map(|iswc| iswc.to_string()).or(row.iswc);
    Some(Given { row, recordings: linked })
}

pub(in crate::bulk) async fn import(tx: &TenantTx, sheet: &Sheet, tally: &mut Tally) -> Outcome<()> {
    let tenant = tx.tenant_id().uuid();
    let recordings = names::recordings(tx).await?;
    let known = work::Entity::find().filter(work::Column::TenantId.eq(tenant)).all(tx).await.or_fail()?;
    let mut iswcs: HashMap<String, Uuid> = known.iter().filter_map(|row| Some((row.iswc.clone()?, row.id))).collect();
    let stored: HashMap<String, work::Model> = known.into_iter().map(|row| (row.reference.clone(), row)).collect();
    let mut links: HashSet<(Uuid, Uuid)> = recording_work::Entity::find()
        .filter(recording_work::Column::TenantId.eq(tenant))
        .all(tx)
        .await
        .or_fail()?
        .into_iter()
        .map(|row| (row.recording_id, row.work_id))
        .collect();
    let mut seen = HashSet::new();
    let (mut rows, mut linked) = (Vec::new(), Vec::new());
    for row in &sheet.rows {
        let mut cells = sheet.cells(row);
        if let Some(Given { row: mut read, recordings }) = read(&mut cells, tx, &recordings, &stored) {
            let taken = read.iswc.as_ref().and_then(|iswc| iswcs.get(iswc)).is_some_and(|owner| *owner != read.id);
            if !seen.insert(read.reference.clone()) {
                let message = format!("`{}` stands on an earlier row too.", read.reference);
                cells.refuse(Some("reference"), "DUPLICATE_KEY", message);
            } else if taken {
                cells.refuse(Some("iswc"), "DUPLICATE_KEY", "The ISWC belongs to another work.");
            } else {
                if let Some(iswc) = &read.iswc {
                    iswcs.insert(iswc.clone(), read.id);
                }
                let before = linked.len();
                linked.extend(recordings.into_iter().filter(|id| links.insert((*id, read.id))).map(|id| (id, read.id)));
                let same = stored.get(&read.reference) == Some(&read);
                if read.version == 0 {
                    tally.created += 1;
                } else {
                    tally.met(!same || linked.len() > before);
                }
                if !same {
                    read.version += 1;
                    rows.push(read);
                }
            }
        }
        tally.refusals.append(&mut cells.found);
    }
    for chunk in rows.chunks(CHUNK) {
        let conflict = OnConflict::columns([work::Column::TenantId, work::Column::Reference])
            .update_columns([work::Column::Iswc, work::Column::Title, work::Column::Version])
            .to_owned();
        let chunk: Vec<work::ActiveModel> =
            chunk.iter().cloned().map(|row: work::Model| row.into_active_model().reset_all()).collect();
        work::Entity::insert_many(chunk).on_conflict(conflict).exec_without_returning(tx).await.or_fail()?;
    }
    for chunk in linked.chunks(CHUNK) {
        let chunk: Vec<recording_work::ActiveModel> = chunk
            .iter()
            .map(|(recording_id, work_id)| {
                recording_work::Model { tenant_id: tenant, recording_id: *recording_id, work_id: *work_id }
                    .into_active_model()
                    .reset_all()
            })
            .collect();
        recording_work::Entity::insert_many(chunk).exec_without_returning(tx).await.or_fail()?;
    }
    Ok(())
}
