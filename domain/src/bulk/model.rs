//! Bulk imports as values.

use kernel::ids::{OperationId, UploadId};
use kernel::permission::Permission;
use serde::{Deserialize, Serialize};

/// What a file brings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ImportKind {
    /// Rights holders.
    Parties,
    /// Recordings.
    Recordings,
    /// Works and their links to recordings.
    Works,
    /// Releases and their tracks.
    Releases,
    /// Named groups of items.
    Groups,
    /// Providers' own ids of items.
    Aliases,
    /// Contracts with participations, terms, splits, advances.
    Contracts,
    /// Exchange rates.
    ExchangeRates,
}

impl ImportKind {
    /// The name in data.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Parties => "PARTIES",
            Self::Recordings => "RECORDINGS",
            Self::Works => "WORKS",
            Self::Releases => "RELEASES",
            Self::Groups => "GROUPS",
            Self::Aliases => "ALIASES",
            Self::Contracts => "CONTRACTS",
            Self::ExchangeRates => "EXCHANGE_RATES",
        }
    }

    /// What it takes to import such a file.
    #[must_use]
    pub const fn permission(self) -> Permission {
        match self {
            Self::Parties => Permission::PartyManage,
            Self::Contracts | Self::ExchangeRates => Permission::ContractManage,
            _ => Permission::CatalogManage,
        }
    }
}

/// What to import.
#[derive(Debug, Clone, Serialize)]
pub struct ImportRequest {
    /// What the file brings.
    pub kind: ImportKind,
    /// The uploaded file.
    pub upload_id: UploadId,
    /// Makes a repeated request the same request.
    pub idempotency_key: String,
}

/// The answer to a request.
#[derive(Debug, Clone, Copy)]
pub struct CatalogueImport {
    /// The work under way.
    pub operation_id: OperationId,
    /// Whether the same request was answered before.
    pub is_replay: bool,
}

/// Why a row was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportError {
    /// The line in the file; 1 is the header.
    pub line: i64,
    /// Counts the errors of a line, from 0.
    pub seq: i32,
    /// The column, when one is to blame.
    pub column: Option<String>,
    /// The code, as in `docs/imports.md`.
    pub code: String,
    /// What was wrong and what to do.
    pub message: String,
    /// The row as it stands in the file.
    pub raw: String,
}

/// Which errors to list.
#[derive(Debug, Clone, Default)]
pub struct ImportErrorFilter {
    /// Only with this code.
    pub code: Option<String>,
}

/// An error on its way to the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) line: u64,
    pub(super) column: Option<String>,
    pub(super) code: &'static str,
    pub(super) message: String,
}

impl Refusal {
    pub(super) fn new(line: u64, column: Option<&str>, code: &'static str, message: impl Into<String>) -> Self {
        Self { line, column: column.map(str::to_owned), code, message: message.into() }
    }
}

/// How an import ended: what became of the things in the file, and why rows were refused.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) created: usize,
    pub(super) updated: usize,
    pub(super) unchanged: usize,
    pub(super) refusals: Vec<Refusal>,
}

impl Tally {
    /// One sentence for the operation.
    pub(super) fn sentence(&self) -> String {
        let mut lines: Vec<u64> = self.refusals.iter().map(|refusal| refusal.line).collect();
        lines.sort_unstable();
        lines.dedup();
        format!(
            "{} created, {} updated, {} unchanged, {} rows refused",
            self.created,
            self.updated,
            self.unchanged,
            lines.len()
        )
    }

    /// Counts a thing that was there before.
    pub(super) const fn met(&mut self, changed: bool) {
        if changed {
            self.updated += 1;
        } else {
            self.unchanged += 1;
        }
    }
}
