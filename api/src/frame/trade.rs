//! The trade's closed lists as enums of the schema.

use async_graphql::{Enum, ID, SimpleObject};
use kernel::ids::{RecordingId, ReleaseId, WorkId};
use uuid::Uuid;

/// What money was earned with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "kernel::codes::RevenueType")]
pub enum RevenueType {
    /// Audio streaming.
    Stream,
    /// Permanent download.
    Download,
    /// Video streaming or user-generated video.
    Video,
    /// CD, vinyl and other carriers.
    Physical,
    /// Short video and social platforms.
    Social,
    /// Performing rights.
    Performance,
    /// Mechanical rights.
    Mechanical,
    /// Synchronisation.
    Sync,
    /// Neighbouring rights.
    Neighbouring,
    /// Breakage and unattributed settlements.
    Breakage,
    /// Anything else.
    Other,
}

/// The two copyrights, and the product that carries recordings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "kernel::codes::ItemKind")]
pub enum ItemKind {
    /// A sound recording (ISRC).
    Recording,
    /// A musical work (ISWC).
    Work,
    /// A release (UPC/EAN).
    Release,
}

/// Why money waits in suspense.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "kernel::codes::SuspenseReason")]
pub enum SuspenseReason {
    /// No catalogue item has the identifiers of the line.
    NoItem,
    /// The item takes part in no contract on the sale date in the territory.
    NoContract,
    /// The contract that covers the item is not active.
    InactiveContract,
    /// No term of the contract matches the line.
    NoTerm,
    /// The term needs a value the line does not have.
    MissingInput,
    /// No exchange rate for the pair and date.
    MissingRate,
    /// Ownership participations total more than 1.
    OverClaimed,
    /// The amount does not fit exact arithmetic.
    OutOfRange,
    /// A person has put the item or contract in dispute.
    Disputed,
    /// The identifier was damaged on its way.
    DamagedIdentifier,
    /// Neither the line nor the price tables have the price that the term needs.
    MissingPrice,
    /// The tables have no statutory rate for the day.
    MissingStatutoryRate,
    /// A formula divides by zero, does not come to an end, or gives no number.
    FormulaFailed,
    /// The line's place in the order of a counter is not known.
    NotOrdered,
}

/// A catalogue item by kind and id; `node(id)` gives the rest.
#[derive(Debug, Clone, SimpleObject)]
pub struct ItemReference {
    /// What kind of item.
    pub kind: ItemKind,
    /// Its global id.
    pub id: ID,
}

impl ItemReference {
    /// The reference to a row.
    #[must_use]
    pub fn of(kind: kernel::codes::ItemKind, id: Uuid) -> Self {
        let text = match kind {
            kernel::codes::ItemKind::Recording => RecordingId(id).to_string(),
            kernel::codes::ItemKind::Work => WorkId(id).to_string(),
            kernel::codes::ItemKind::Release => ReleaseId(id).to_string(),
        };
        Self { kind: kind.into(), id: ID(text) }
    }
}
