//! Which styles say that a number is a date.

use chrono::{Duration, NaiveDate, NaiveDateTime};

use super::xml::{Piece, Xml};
use crate::report::FileError;

/// What a style makes of a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A number.
    Number,
    /// A day, perhaps with the time.
    Day,
    /// A month: its form names no day.
    Month,
}

/// The styles of a workbook.
#[derive(Debug, Default)]
pub(super) struct Styles {
    cells: Vec<Kind>,
    epoch_1904: bool,
}

impl Styles {
    /// Reads the table of styles.
    pub(super) fn read(xml: &mut Xml, epoch_1904: bool) -> Result<Self, FileError> {
        let mut styles = Self { cells: Vec::new(), epoch_1904 };
        let mut forms: Vec<(u32, Kind)> = Vec::new();
        let mut in_cells = false;
        while let Some(piece) = xml.next()? {
            match piece {
                Piece::Open { name, attributes } => {
                    let id = attributes.get("numFmtId").and_then(|id| id.parse().ok()).unwrap_or(0);
                    match name.as_str() {
                        "numFmt" => forms.push((id, form(&attributes.get("formatCode").unwrap_or_default()))),
                        "cellXfs" => in_cells = true,
                        "xf" if in_cells => {
                            let own = forms.iter().find(|(known, _)| *known == id).map(|(_, kind)| *kind);
                            styles.cells.push(own.unwrap_or_else(|| built_in(id)));
                        }
                        _ => {}
                    }
                }
                Piece::Close(name) if name == "cellXfs" => in_cells = false,
                Piece::Close(_) | Piece::Text(_) => {}
            }
        }
        Ok(styles)
    }

    /// What a style makes of a number.
    pub(super) fn kind(&self, style: usize) -> Kind {
        self.cells.get(style).copied().unwrap_or(Kind::Number)
    }

    /// The date that a serial number means, as text: `2024-03-31`, `2024-03-31 10:15:00`, `2024-03`. `None` when it is
    /// no date.
    pub(super) fn date(&self, serial: &str, kind: Kind) -> Option<String> {
        let (days, fraction) = serial.split_once('.').unwrap_or((serial, ""));
        let days: i64 = days.parse().ok()?;
        // Excel's calendar has a 29 February 1900: from March 1900 on its numbers are one too high.
        let epoch = match (self.epoch_1904, days) {
            (true, _) => NaiveDate::from_ymd_opt(1904, 1, 1)?,
            (false, ..60) => NaiveDate::from_ymd_opt(1899, 12, 31)?,
            (false, _) => NaiveDate::from_ymd_opt(1899, 12, 30)?,
        };
        let day = epoch.checked_add_signed(Duration::try_days(days)?)?;
        if kind == Kind::Month {
            return Some(day.format("%Y-%m").to_string());
        }
        // The fraction of a day in billionths is finer than a second.
        let padded: String = fraction.chars().chain(std::iter::repeat('0')).take(9).collect();
        let billionths: i64 = padded.parse().ok()?;
        let seconds = (billionths.checked_mul(86_400)? + 500_000_000) / 1_000_000_000;
        if seconds == 0 {
            return Some(day.format("%Y-%m-%d").to_string());
        }
        let at: NaiveDateTime = day.and_hms_opt(0, 0, 0)?.checked_add_signed(Duration::try_seconds(seconds)?)?;
        Some(at.format("%Y-%m-%d %H:%M:%S").to_string())
    }
}

/// The forms that every workbook knows.
const fn built_in(id: u32) -> Kind {
    match id {
        17 => Kind::Month,
        14..=16 | 22 | 27..=36 | 50..=58 => Kind::Day,
        _ => Kind::Number,
    }
}

/// What a form of its own says: `yyyy\-mm\-dd`, `[$-409]mmm\-yy;@`, `#,##0.00`.
fn form(code: &str) -> Kind {
    let (mut year, mut month, mut day) = (false, false, false);
    let mut chars = code.split(';').next().unwrap_or_default().chars();
    while let Some(c) = chars.next() {
        match c.to_ascii_lowercase() {
            '"' => while chars.next().is_some_and(|other| other != '"') {},
            '[' => while chars.next().is_some_and(|other| other != ']') {},
            '\\' | '_' | '*' => drop(chars.next()),
            'y' => year = true,
            'm' => month = true,
            'd' => day = true,
            '0' | '#' | '?' => return Kind::Number,
            _ => {}
        }
    }
    match (year, month, day) {
        (_, true, true) => Kind::Day,
        (true, true, false) => Kind::Month,
        _ => Kind::Number,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn forms_of_dates() {
        for (code, kind) in [
            ("yyyy\\-mm\\-dd", Kind::Day),
            ("[$-409]mmm\\-yy;@", Kind::Month),
            ("#,##0.00 \"day\"", Kind::Number),
            ("[Red]0.00", Kind::Number),
            ("General", Kind::Number),
            ("m/d/yy h:mm", Kind::Day),
        ] {
            assert_eq!(form(code), kind, "{code}");
        }
    }

    #[test]
    fn serial_numbers_are_days() {
        let styles = Styles::default();
        // 45352 is 1 March 2024; half a day more is noon.
        assert_eq!(styles.date("45352", Kind::Day).unwrap(), "2024-03-01");
        assert_eq!(styles.date("45352.5", Kind::Day).unwrap(), "2024-03-01 12:00:00");
        assert_eq!(styles.date("45352", Kind::Month).unwrap(), "2024-03");
        assert_eq!(styles.date("59", Kind::Day).unwrap(), "1900-02-28");
        assert_eq!(styles.date("61", Kind::Day).unwrap(), "1900-03-01");
        let mac = Styles { epoch_1904: true, ..Styles::default() };
        assert_eq!(mac.date("43890", Kind::Day).unwrap(), "2024-03-01");
        assert_eq!(styles.date("99999999999", Kind::Day), None);
    }
}
