//! What a file has in common with earlier ones, and what a person may decide about it.

use kernel::ids::ReportId;

/// How a file repeats an earlier one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DuplicateKind {
    /// The same days and mostly the same uses: the provider says it anew, with other figures perhaps.
    Reissue,
    /// Some lines are the same to the last digit: two exports that overlap.
    Overlap,
}

impl DuplicateKind {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Reissue => "REISSUE",
            Self::Overlap => "OVERLAP",
        }
    }

    pub(super) fn from_name(name: &str) -> Self {
        if name == "REISSUE" { Self::Reissue } else { Self::Overlap }
    }
}

/// An earlier report that a held one repeats.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Duplicate {
    /// The held report.
    pub report_id: ReportId,
    /// The earlier one.
    pub other_id: ReportId,
    /// How.
    pub kind: DuplicateKind,
    /// Different uses (item, platform, territory, kind of use, days) of the held report.
    pub new_uses: i64,
    /// Those of the earlier one.
    pub old_uses: i64,
    /// Those that both have.
    pub same_uses: i64,
    /// Lines that are the same to the last digit. Twins inside one file count once per twin of the other.
    pub line_count: i64,
    /// Their amounts: currency and exact text.
    pub amounts: Vec<(String, String)>,
}

/// What to do with a held report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReportDecision {
    /// Take the re-issued reports back, import this one; lines that still other reports have are left out.
    Replace,
    /// Import it without the lines that earlier reports have.
    SkipDuplicates,
    /// Import all of it: the likeness is chance.
    Add,
    /// Book nothing of it.
    Discard,
}

impl ReportDecision {
    /// The name in data.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Replace => "REPLACE",
            Self::SkipDuplicates => "SKIP_DUPLICATES",
            Self::Add => "ADD",
            Self::Discard => "DISCARD",
        }
    }

    /// The decision with a name in data.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Replace, Self::SkipDuplicates, Self::Add, Self::Discard].into_iter().find(|one| one.as_str() == name)
    }
}
