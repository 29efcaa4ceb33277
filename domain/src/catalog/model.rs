//! Catalogue items as values.

use chrono::NaiveDate;
use engine::model::ItemKey;
use kernel::codes::{Isrc, Iswc, ItemKind, Upc};
use kernel::failure::{Failure, Outcome};
use kernel::ids::{AliasId, GroupId, OrganisationId, RecordingId, ReleaseId, WorkId};
use kernel::limits::NAME_CHARS;
use uuid::Uuid;

/// What can change of a recording.
#[derive(Debug, Clone)]
pub struct RecordingFields {
    /// The title.
    pub title: String,
    /// `Live`, `Radio Edit` …
    pub version_title: Option<String>,
    /// The display artist.
    pub artist: String,
    /// In whole seconds.
    pub duration_seconds: Option<i32>,
    /// The organisation it belongs to; none: the tenant itself.
    pub organisation_id: Option<OrganisationId>,
}

/// A sound recording.
#[derive(Debug, Clone)]
pub struct Recording {
    /// Its id.
    pub id: RecordingId,
    /// Its ISRC.
    pub isrc: Isrc,
    /// What can change.
    pub fields: RecordingFields,
    /// Raised by every change.
    pub version: i32,
}

/// What can change of a work.
#[derive(Debug, Clone)]
pub struct WorkFields {
    /// The ISWC, when it has one.
    pub iswc: Option<Iswc>,
    /// The title.
    pub title: String,
}

/// A musical work.
#[derive(Debug, Clone)]
pub struct Work {
    /// Its id.
    pub id: WorkId,
    /// The tenant's own key.
    pub reference: String,
    /// What can change.
    pub fields: WorkFields,
    /// Raised by every change.
    pub version: i32,
}

/// What can change of a release.
#[derive(Debug, Clone)]
pub struct ReleaseFields {
    /// The title.
    pub title: String,
    /// The display artist.
    pub artist: String,
    /// The label's number.
    pub catalogue_number: Option<String>,
    /// The day it came out.
    pub released_on: Option<NaiveDate>,
    /// The organisation it belongs to; none: the tenant itself.
    pub organisation_id: Option<OrganisationId>,
}

/// A release.
#[derive(Debug, Clone)]
pub struct Release {
    /// Its id.
    pub id: ReleaseId,
    /// Its UPC or EAN.
    pub upc: Upc,
    /// What can change.
    pub fields: ReleaseFields,
    /// Raised by every change.
    pub version: i32,
}

/// A named group of items.
#[derive(Debug, Clone)]
pub struct Group {
    /// Its id.
    pub id: GroupId,
    /// Its name.
    pub name: String,
    /// Raised by every change.
    pub version: i32,
}

/// What a provider calls an item.
#[derive(Debug, Clone)]
pub struct Alias {
    /// Its id.
    pub id: AliasId,
    /// The layout whose files carry it.
    pub source: String,
    /// The key as matching sees it: `id:…`, `isrc:…`, `upc:…`.
    pub value: String,
    /// The item.
    pub item: ItemKey,
}

/// Which items to list.
#[derive(Debug, Clone, Default)]
pub struct CatalogueFilter {
    /// Only those whose title, artist or name contains this text.
    pub search: Option<String>,
    /// Only those of this organisation.
    pub organisation_id: Option<OrganisationId>,
}

/// A text that must be there.
pub(super) fn named(text: &str, field: &str) -> Outcome<String> {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > NAME_CHARS {
        let message = format!("Give between 1 and {NAME_CHARS} characters.");
        return Err(Failure::refused("NAME_MISSING", message).at(["input", field]));
    }
    Ok(text.to_owned())
}

fn odd(what: &str) -> Failure {
    Failure::internal(format!("a stored {what} cannot be read"))
}

impl TryFrom<entity::recording::Model> for Recording {
    type Error = Failure;

    fn try_from(row: entity::recording::Model) -> Outcome<Self> {
        Ok(Self {
            id: row.id.into(),
            isrc: Isrc::parse(&row.isrc).map_err(|_| odd("ISRC"))?,
            fields: RecordingFields {
                title: row.title,
                version_title: row.version_title,
                artist: row.artist,
                duration_seconds: row.duration_seconds,
                organisation_id: row.organisation_id.map(Into::into),
            },
            version: row.version,
        })
    }
}

impl TryFrom<entity::work::Model> for Work {
    type Error = Failure;

    fn try_from(row: entity::work::Model) -> Outcome<Self> {
        let iswc = row.iswc.as_deref().map(Iswc::parse).transpose().map_err(|_| odd("ISWC"))?;
        Ok(Self {
            id: row.id.into(),
            reference: row.reference,
            fields: WorkFields { iswc, title: row.title },
            version: row.version,
        })
    }
}

impl TryFrom<entity::release::Model> for Release {
    type Error = Failure;

    fn try_from(row: entity::release::Model) -> Outcome<Self> {
        Ok(Self {
            id: row.id.into(),
            upc: Upc::parse(&row.upc).map_err(|_| odd("UPC"))?,
            fields: ReleaseFields {
                title: row.title,
                artist: row.artist,
                catalogue_number: row.catalogue_number,
                released_on: row.released_on,
                organisation_id: row.organisation_id.map(Into::into),
            },
            version: row.version,
        })
    }
}

impl TryFrom<entity::catalogue_group::Model> for Group {
    type Error = Failure;

    fn try_from(row: entity::catalogue_group::Model) -> Outcome<Self> {
        Ok(Self { id: row.id.into(), name: row.name, version: row.version })
    }
}

impl TryFrom<entity::alias::Model> for Alias {
    type Error = Failure;

    fn try_from(row: entity::alias::Model) -> Outcome<Self> {
        Ok(Self {
            id: row.id.into(),
            source: row.source,
            value: row.value,
            item: item(row.recording_id, row.work_id, row.release_id).ok_or_else(|| odd("alias"))?,
        })
    }
}

/// The item of three columns.
pub(super) fn item(recording: Option<Uuid>, work: Option<Uuid>, release: Option<Uuid>) -> Option<ItemKey> {
    let of = |kind: ItemKind| move |id: Uuid| ItemKey { kind, id };
    recording.map(of(ItemKind::Recording)).or(work.map(of(ItemKind::Work))).or(release.map(of(ItemKind::Release)))
}
