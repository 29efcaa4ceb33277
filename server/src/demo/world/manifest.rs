//! `manifest.json`: what was written, and what it adds up to. The proof of the demonstration starts from it.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};

/// Counts up when the same seed would give another world.
pub const FORMAT: u32 = 1;

/// Its name in the folder.
pub const FILE: &str = "manifest.json";

/// The whole folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// Version of the generator.
    pub format: u32,
    /// Seed.
    pub seed: u64,
    /// Data rows of all reports, the second delivery of a file not counted.
    pub lines: u64,
    /// Tenants with their import files.
    pub tenants: Vec<TenantFiles>,
    /// Reports in the order of their arrival.
    pub reports: Vec<Report>,
}

/// The import files of a tenant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TenantFiles {
    /// Name.
    pub name: String,
    /// Short name: the folder.
    pub slug: String,
    /// Import files in the order of their import.
    pub imports: Vec<ImportFile>,
    /// Contracts in `contracts.csv`.
    pub contracts: u64,
}

/// One import file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportFile {
    /// Path in the folder.
    pub path: String,
    /// Rows without the header.
    pub rows: u64,
}

/// One provider's file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// Short name of the tenant.
    pub tenant: String,
    /// Sale month, `2026-01`.
    pub month: String,
    /// Id of the layout it is written in.
    pub layout: String,
    /// Path in the folder.
    pub path: String,
    /// The path of the same bytes delivered before. Importing this one changes nothing.
    pub copy_of: Option<String>,
    /// Size.
    pub bytes: u64,
    /// Currency of all amounts.
    pub currency: String,
    /// Data rows, bad ones included.
    pub rows: u64,
    /// Units of the good rows.
    pub units: i64,
    /// Exact sum of the good rows' amounts, without zeros at its end.
    pub amount: String,
    /// Rows with a cell that can't be read.
    pub bad_rows: Vec<BadRow>,
    /// Good rows whose money has to wait, by reason of suspense.
    pub waiting: BTreeMap<String, Planted>,
    /// Good rows with something remarkable, by name.
    pub marks: BTreeMap<String, Planted>,
}

/// A row with a cell that can't be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BadRow {
    /// Physical line, from 1.
    pub line: u64,
    /// Column by name.
    pub column: String,
    /// What stands there.
    pub text: String,
    /// Units of the row.
    pub units: i64,
    /// Amount of the row; none where it is the amount that can't be read.
    pub amount: Option<String>,
}

/// Some rows of a file and their money.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Planted {
    /// Rows.
    pub rows: u64,
    /// Units.
    pub units: i64,
    /// Exact sum of amounts.
    pub amount: String,
}

impl Manifest {
    /// Writes it, so that it is there whole or not at all: the sign that the folder is complete.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn save(&self, folder: &Path) -> io::Result<()> {
        let draft = folder.join("manifest.json.part");
        fs::write(&draft, serde_json::to_vec_pretty(self)?)?;
        fs::rename(draft, folder.join(FILE))
    }

    /// Reads the manifest of a complete folder; none when there is none, or not of this version, seed and size.
    #[must_use]
    pub fn find(folder: &Path, seed: u64, lines: u64) -> Option<Self> {
        let bytes = fs::read(folder.join(FILE)).ok()?;
        let manifest: Self = serde_json::from_slice(&bytes).ok()?;
        (manifest.format == FORMAT && manifest.seed == seed && manifest.lines == lines).then_some(manifest)
    }
}
