//! The import files of a tenant, in the columns of `docs/imports.md`.

mod catalogue;
mod contracts;

use std::fs;
use std::io;
use std::path::Path;

use super::manifest::ImportFile;
use super::model::Tenant;

/// Writes all import files into `<folder>/<slug>/imports`, and lists them in the order of their import.
///
/// # Errors
/// When the disk refuses.
pub fn write(tenant: &Tenant, folder: &Path) -> io::Result<Vec<ImportFile>> {
    let below = format!("{}/imports", tenant.slug);
    fs::create_dir_all(folder.join(&below))?;
    let tables: [(&str, Fill); 7] = [
        ("parties", catalogue::parties),
        ("recordings", catalogue::recordings),
        ("works", catalogue::works),
        ("releases", catalogue::releases),
        ("groups", catalogue::groups),
        ("aliases", catalogue::aliases),
        ("contracts", contracts::contracts),
    ];
    let mut files = Vec::with_capacity(tables.len());
    for (name, fill) in tables {
        let path = format!("{below}/{name}.csv");
        let mut table = Table { writer: csv::Writer::from_path(folder.join(&path))?, rows: 0 };
        fill(tenant, &mut table)?;
        table.writer.flush()?;
        files.push(ImportFile { path, rows: table.rows });
    }
    Ok(files)
}

/// Writes the header and rows of one table.
type Fill = fn(&Tenant, &mut Table) -> io::Result<()>;

/// A table being written.
struct Table {
    writer: csv::Writer<fs::File>,
    rows: u64,
}

impl Table {
    fn header(&mut self, columns: &[&str]) -> io::Result<()> {
        Ok(self.writer.write_record(columns)?)
    }

    fn row<T: AsRef<[u8]>>(&mut self, cells: impl IntoIterator<Item = T>) -> io::Result<()> {
        self.rows += 1;
        Ok(self.writer.write_record(cells)?)
    }
}
