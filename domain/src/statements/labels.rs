//! What the keys of summaries are called on a statement.

use std::collections::{HashMap, HashSet};

use entity::{recording, release, release_track, work};
use formats::documents::Words;
use kernel::codes::RevenueType;
use kernel::failure::Outcome;
use kernel::ids::{RecordingId, ReleaseId, WorkId, parse_typeid};
use kernel::territory::Territory;
use platform::db::{OrFail, TenantTx};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

/// Rows asked for at once.
const CHUNK: usize = 5_000;

/// A row of a section before its numbers.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Label {
    pub(super) label: String,
    pub(super) detail: Option<String>,
    pub(super) code: Option<String>,
}

/// Titles of the items that appear, and the release each recording belongs to.
#[derive(Debug, Default)]
pub(super) struct Labels {
    items: HashMap<String, Label>,
    releases: HashMap<String, Label>,
}

impl Labels {
    /// Loads the titles behind item keys (`rec_…`, `rel_…`, `wrk_…`).
    pub(super) async fn load(tx: &TenantTx, keys: &HashSet<String>) -> Outcome<Self> {
        let tenant = tx.tenant_id().uuid();
        let mut wanted: HashMap<&str, Vec<Uuid>> = HashMap::new();
        for (prefix, id) in keys.iter().filter_map(|key| parse_typeid(key).ok()) {
            wanted.entry(prefix).or_default().push(id);
        }
        let ids = |prefix: &str| wanted.get(prefix).cloned().unwrap_or_default();
        let mut labels = Self::default();
        for chunk in ids(RecordingId::PREFIX).chunks(CHUNK) {
            let rows = recording::Entity::find()
                .filter(recording::Column::TenantId.eq(tenant))
                .filter(recording::Column::Id.is_in(chunk.to_vec()))
                .all(tx)
                .await
                .or_fail()?;
            for row in rows {
                let title = row.version_title.map_or(row.title.clone(), |version| format!("{} ({version})", row.title));
                labels.items.insert(
                    RecordingId(row.id).to_string(),
                    Label { label: title, detail: Some(row.artist), code: Some(row.isrc) },
                );
            }
            labels.first_releases(tx, chunk).await?;
        }
        for chunk in ids(ReleaseId::PREFIX).chunks(CHUNK) {
            let rows = release::Entity::find()
                .filter(release::Column::TenantId.eq(tenant))
                .filter(release::Column::Id.is_in(chunk.to_vec()))
                .all(tx)
                .await
                .or_fail()?;
            for row in rows {
                let key = ReleaseId(row.id).to_string();
                let label = Label { label: row.title, detail: Some(row.artist), code: Some(row.upc) };
                labels.releases.insert(key.clone(), label.clone());
                labels.items.insert(key, label);
            }
        }
        for chunk in ids(WorkId::PREFIX).chunks(CHUNK) {
            let rows = work::Entity::find()
                .filter(work::Column::TenantId.eq(tenant))
                .filter(work::Column::Id.is_in(chunk.to_vec()))
                .all(tx)
                .await
                .or_fail()?;
            for row in rows {
                labels
                    .items
                    .insert(WorkId(row.id).to_string(), Label { label: row.title, detail: None, code: row.iswc });
            }
        }
        Ok(labels)
    }

    /// The earliest release that carries each recording: where its money is shown in the release section.
    async fn first_releases(&mut self, tx: &TenantTx, recordings: &[Uuid]) -> Outcome<()> {
        let rows = release_track::Entity::find()
            .filter(release_track::Column::TenantId.eq(tx.tenant_id().uuid()))
            .filter(release_track::Column::RecordingId.is_in(recordings.to_vec()))
            .all(tx)
            .await
            .or_fail()?;
        let releases: HashMap<Uuid, release::Model> = release::Entity::find()
            .filter(release::Column::TenantId.eq(tx.tenant_id().uuid()))
            .filter(release::Column::Id.is_in(rows.iter().map(|row| row.release_id).collect::<HashSet<_>>()))
            .all(tx)
            .await
            .or_fail()?
            .into_iter()
            .map(|row| (row.id, row))
            .collect();
        let mut first: HashMap<Uuid, &release::Model> = HashMap::new();
        for row in &rows {
            let Some(release) = releases.get(&row.release_id) else { continue };
            let order =
                |release: &release::Model| (release.released_on.is_none(), release.released_on, release.upc.clone());
            let slot = first.entry(row.recording_id).or_insert(release);
            if order(release) < order(slot) {
                *slot = release;
            }
        }
        for (recording, release) in first {
            self.releases.insert(
                RecordingId(recording).to_string(),
                Label {
                    label: release.title.clone(),
                    detail: Some(release.artist.clone()),
                    code: Some(release.upc.clone()),
                },
            );
        }
        Ok(())
    }

    /// A track, work or release.
    pub(super) fn item(&self, key: &str) -> Label {
        self.items.get(key).cloned().unwrap_or_else(|| plain(key))
    }

    /// The release an item belongs to.
    pub(super) fn release(&self, key: &str, words: &Words) -> Label {
        self.releases.get(key).cloned().unwrap_or_else(|| plain(&words.phrases.without_release))
    }
}

fn plain(text: &str) -> Label {
    Label { label: text.to_owned(), detail: None, code: None }
}

/// A territory by its code.
pub(super) fn territory(key: &str, words: &Words) -> Label {
    let name = words.territory(key).map(str::to_owned);
    let name = name.or_else(|| Territory::parse(key).ok().map(|territory| territory.name().to_owned()));
    Label { label: name.unwrap_or_else(|| key.to_owned()), detail: None, code: Some(key.to_owned()) }
}

/// A platform by its code.
pub(super) fn platform(key: &str) -> Label {
    plain(key)
}

/// A kind of revenue by its code.
pub(super) fn revenue_type(key: &str, words: &Words) -> Label {
    plain(words.use_name(key).or_else(|| words.use_name(RevenueType::Other.as_str())).unwrap_or(key))
}
