//! Whether the forms of a statement say the same: GraphQL, CSV and XLSX by their numbers, the PDF by being one.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use calamine::{Data, Reader as _};
use formats::documents::seal::Proof;
use rust_decimal::Decimal;
use serde_json::Value;

/// Figures of the statement in GraphQL, which are named alike in the CSV's column `measure`; and whether the files
/// show them as what they take away, with a minus.
const FIGURES: [(&str, bool); 5] =
    [("opening", false), ("royalties", false), ("payments", true), ("tax", true), ("closing", false)];

/// Compares the forms of a statement, and every file with the statement's proof.
///
/// # Errors
/// Says where they differ.
pub fn check(statement: &Value, files: &[(String, PathBuf)]) -> Result<(), String> {
    let number = statement["number"].as_str().unwrap_or("a statement");
    prove(statement, files)?;
    let form = |name: &str| files.iter().find(|(form, _)| form == name).map(|(_, path)| path.as_path());
    let (Some(pdf), Some(xlsx), Some(csv)) = (form("PDF"), form("XLSX"), form("CSV")) else {
        return Err(format!("{number}: PDF, XLSX and CSV are not all there"));
    };
    let lines = csv_summary(csv)?;
    let cells = xlsx_summary(xlsx)?;
    for line in &lines {
        if cells.get(&line.label) != Some(&line.amount) {
            return Err(format!(
                "{number}: `{}` is {} in the CSV and {:?} in the XLSX",
                line.label,
                line.amount,
                cells.get(&line.label)
            ));
        }
    }
    for (figure, takes_away) in FIGURES {
        let amount = statement[figure]["amount"].as_str().and_then(|text| text.parse::<Decimal>().ok());
        let amount = amount.map(|amount| if takes_away { -amount } else { amount });
        let line = lines.iter().find(|line| line.measure == figure).map(|line| line.amount);
        if amount.is_none() || amount != line {
            return Err(format!("{number}: `{figure}` is {amount:?} in GraphQL and {line:?} in the CSV"));
        }
    }
    let parts: Decimal = lines.iter().filter(|line| line.measure != "closing").map(|line| line.amount).sum();
    let closing: Decimal = lines.iter().filter(|line| line.measure == "closing").map(|line| line.amount).sum();
    if parts != closing {
        return Err(format!("{number}: the summary adds up to {parts}, not to {closing}"));
    }
    let mut head = [0; 5];
    let mut file = std::fs::File::open(pdf).map_err(|error| at(pdf, error))?;
    file.read_exact(&mut head).map_err(|error| at(pdf, error))?;
    if &head == b"%PDF-" { Ok(()) } else { Err(format!("{}: not a PDF", pdf.display())) }
}

/// Statements of before there were seals have no proof.
fn prove(statement: &Value, files: &[(String, PathBuf)]) -> Result<(), String> {
    let Some(document) = statement["proof"]["document"].as_str() else { return Ok(()) };
    let proof = Proof::parse(document.as_bytes()).map_err(|error| error.to_string())?;
    for (_, path) in files {
        let bytes = std::fs::read(path).map_err(|error| at(path, error))?;
        proof.check(&bytes, None).map_err(|error| at(path, error))?;
    }
    Ok(())
}

fn at(path: &Path, error: impl std::fmt::Display) -> String {
    format!("{}: {error}", path.display())
}

/// A figure of the CSV's summary.
struct Line {
    label: String,
    measure: String,
    amount: Decimal,
}

fn csv_summary(path: &Path) -> Result<Vec<Line>, String> {
    let mut reader = csv::Reader::from_path(path).map_err(|error| at(path, error))?;
    let column = |headers: &csv::StringRecord, name: &str| headers.iter().position(|header| header == name);
    let headers = reader.headers().map_err(|error| at(path, error))?.clone();
    let columns = ["section", "label", "measure", "amount"].map(|name| column(&headers, name));
    let [Some(section), Some(label), Some(measure), Some(amount)] = columns else {
        return Err(at(path, "columns are missing"));
    };
    let mut lines = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| at(path, error))?;
        if record.get(section) == Some("summary") {
            let cell = |index: usize| record.get(index).unwrap_or_default();
            lines.push(Line {
                label: cell(label).to_owned(),
                measure: cell(measure).to_owned(),
                amount: cell(amount).parse().map_err(|error| at(path, error))?,
            });
        }
    }
    if lines.is_empty() { Err(at(path, "no summary")) } else { Ok(lines) }
}

/// Labels and amounts of the first sheet.
fn xlsx_summary(path: &Path) -> Result<BTreeMap<String, Decimal>, String> {
    let mut book: calamine::Xlsx<_> = calamine::open_workbook(path).map_err(|error| at(path, error))?;
    let sheet = book.worksheet_range_at(0).ok_or_else(|| at(path, "no sheet"))?.map_err(|error| at(path, error))?;
    let mut cells = BTreeMap::new();
    for row in sheet.rows() {
        if let [Data::String(label), amount, ..] = row
            && let Ok(amount) = amount.to_string().parse::<Decimal>()
        {
            // The identity stands below what describes the statement.
            cells.insert(label.clone(), amount);
        }
    }
    Ok(cells)
}
