//! Workbooks (XLSX), read as they stream: no sheet is ever held as a whole.
//!
//! A workbook is a zip of XML parts. Cells are taken as text as they stand in the file, numbers with their digits; what
//! a style declares to be a date is told as one. Document type declarations are refused, so that no entity is ever
//! expanded; the table of shared texts, the one thing that must be in memory, is limited.

mod number;
mod sheet;
mod strings;
mod styles;
mod xml;

use std::sync::Arc;

pub(super) use sheet::{SheetHead, SheetRows};

use super::container::Archive;
use crate::report::FileError;
use strings::Strings;
use styles::Styles;
use xml::{Piece, Xml};

/// Most sheets that are looked at.
const MAX_SHEETS: usize = 50;

/// An opened workbook: its sheets can be read one by one.
pub(super) struct Workbook {
    archive: Archive,
    strings: Strings,
    styles: Styles,
    /// Name and part of every sheet, in the workbook's order.
    sheets: Vec<(String, String)>,
}

impl Workbook {
    /// Reads what all sheets share.
    ///
    /// # Errors
    /// [`FileError`] when a part is damaged or unfolds too far.
    pub(super) fn open(archive: Archive) -> Result<Arc<Self>, FileError> {
        let targets = relations(&archive)?;
        let (sheets, epoch_1904) = sheets(&archive, &targets)?;
        let part = |kind: &str, usual: &str| {
            let named = targets.iter().find(|target| target.kind == kind).map(|target| target.part.clone());
            named.or_else(|| Some(usual.to_owned())).filter(|part| archive.has(part))
        };
        let strings = match part("sharedStrings", "xl/sharedStrings.xml") {
            Some(part) => Strings::read(&mut Xml::new(archive.open(&part)?))?,
            None => Strings::default(),
        };
        let styles = match part("styles", "xl/styles.xml") {
            Some(part) => Styles::read(&mut Xml::new(archive.open(&part)?), epoch_1904)?,
            None => Styles::default(),
        };
        Ok(Arc::new(Self { archive, strings, styles, sheets }))
    }

    /// Names of the sheets.
    pub(super) fn sheet_names(&self) -> impl Iterator<Item = &str> {
        self.sheets.iter().map(|(name, _)| name.as_str())
    }

    /// The XML of a sheet.
    fn sheet(&self, index: usize) -> Result<Xml, FileError> {
        let part = self.sheets.get(index).map(|(_, part)| part.as_str()).unwrap_or_default();
        Ok(Xml::new(self.archive.open(part)?))
    }
}

/// Where a part of the workbook is.
struct Target {
    id: String,
    kind: String,
    part: String,
}

fn relations(archive: &Archive) -> Result<Vec<Target>, FileError> {
    let mut targets = Vec::new();
    let mut xml = Xml::new(archive.open("xl/_rels/workbook.xml.rels")?);
    while let Some(piece) = xml.next()? {
        let Piece::Open { name, attributes } = piece else { continue };
        if name == "Relationship" {
            let target = attributes.get("Target").unwrap_or_default();
            let part = target.strip_prefix('/').map_or_else(|| format!("xl/{target}"), str::to_owned);
            let kind = attributes.get("Type").unwrap_or_default();
            targets.push(Target {
                id: attributes.get("Id").unwrap_or_default(),
                kind: kind.rsplit('/').next().unwrap_or_default().to_owned(),
                part,
            });
        }
    }
    Ok(targets)
}

fn sheets(archive: &Archive, targets: &[Target]) -> Result<(Vec<(String, String)>, bool), FileError> {
    let (mut sheets, mut epoch_1904) = (Vec::new(), false);
    let mut xml = Xml::new(archive.open("xl/workbook.xml")?);
    while let Some(piece) = xml.next()? {
        let Piece::Open { name, attributes } = piece else { continue };
        match name.as_str() {
            "workbookPr" => {
                epoch_1904 = attributes.get("date1904").is_some_and(|flag| flag == "1" || flag == "true");
            }
            "sheet" if sheets.len() < MAX_SHEETS => {
                let id = attributes.get("id").unwrap_or_default();
                let target = targets.iter().find(|target| target.id == id && target.kind == "worksheet");
                if let Some(target) = target {
                    sheets.push((attributes.get("name").unwrap_or_default(), target.part.clone()));
                }
            }
            _ => {}
        }
    }
    Ok((sheets, epoch_1904))
}
