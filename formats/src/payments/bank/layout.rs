//! Layouts of CSV statements: data files.

use std::sync::LazyLock;

use serde::Deserialize;

const FILES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/bank_layouts.rs"));

/// The layout of a bank's CSV statement.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BankLayout {
    /// Its name in settings.
    pub name: String,
    /// What people call it.
    pub title: String,
    #[serde(default)]
    pub(super) delimiter: Option<char>,
    #[serde(default)]
    pub(super) encoding: Option<String>,
    /// `.` or `,`.
    pub(super) decimal: char,
    /// The form of days, as `strftime` writes it.
    pub(super) date: String,
    /// The currency of all, where no column says it.
    #[serde(default)]
    pub(super) currency: Option<String>,
    /// What the column `sign` says for money that came in.
    #[serde(default)]
    pub(super) credit_words: Vec<String>,
    /// What the column `status` says of what happened.
    #[serde(default)]
    pub(super) booked_words: Vec<String>,
    /// And of what may still vanish.
    #[serde(default)]
    pub(super) pending_words: Vec<String>,
    pub(super) columns: Columns,
}

/// Which column holds what, by its title.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Columns {
    pub(super) account: Option<String>,
    pub(super) booked: Option<String>,
    pub(super) value: Option<String>,
    pub(super) amount: Option<String>,
    pub(super) credit: Option<String>,
    pub(super) debit: Option<String>,
    pub(super) sign: Option<String>,
    pub(super) currency: Option<String>,
    pub(super) status: Option<String>,
    pub(super) reference: Option<String>,
    pub(super) end_to_end: Option<String>,
    pub(super) batch: Option<String>,
    pub(super) bank_reference: Option<String>,
    pub(super) check: Option<String>,
    pub(super) counterparty: Option<String>,
    pub(super) counterparty_account: Option<String>,
    pub(super) fee: Option<String>,
    pub(super) text: Vec<String>,
}

impl Columns {
    /// Titles of all columns.
    pub(super) fn titles(&self) -> impl Iterator<Item = &String> {
        let single = [
            &self.account,
            &self.booked,
            &self.value,
            &self.amount,
            &self.credit,
            &self.debit,
            &self.sign,
            &self.currency,
            &self.status,
            &self.reference,
            &self.end_to_end,
            &self.batch,
            &self.bank_reference,
            &self.check,
            &self.counterparty,
            &self.counterparty_account,
            &self.fee,
        ];
        single.into_iter().flatten().chain(&self.text)
    }
}

impl BankLayout {
    /// Reads a layout of one's own.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn parse(text: &str) -> Result<Self, String> {
        let layout: Self = toml::from_str(text).map_err(|error| error.to_string())?;
        let columns = &layout.columns;
        if columns.booked.is_none() {
            return Err(format!("layout `{}`: no column `booked`", layout.name));
        }
        if columns.amount.is_none() && (columns.credit.is_none() || columns.debit.is_none()) {
            return Err(format!("layout `{}`: a column `amount`, or `credit` and `debit`, is needed", layout.name));
        }
        if columns.currency.is_none() && layout.currency.is_none() {
            return Err(format!("layout `{}`: a column `currency` or one currency for all is needed", layout.name));
        }
        if !matches!(layout.decimal, '.' | ',') {
            return Err(format!("layout `{}`: the decimal sign is a point or a comma", layout.name));
        }
        if let Some(label) = &layout.encoding
            && encoding_rs::Encoding::for_label(label.as_bytes()).is_none()
        {
            return Err(format!("layout `{}`: `{label}` is no encoding", layout.name));
        }
        Ok(layout)
    }

    pub(super) fn delimiter(&self) -> u8 {
        self.delimiter.and_then(|letter| u8::try_from(letter).ok()).unwrap_or(b',')
    }

    /// Whether a line is this layout's header.
    #[must_use]
    pub fn is_header(&self, line: &str) -> bool {
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(self.delimiter())
            .from_reader(line.as_bytes());
        let Some(Ok(cells)) = reader.records().next() else { return false };
        self.has_all(cells.iter())
    }

    /// Whether all columns are among the titles.
    pub(super) fn has_all<'a>(&self, titles: impl Iterator<Item = &'a str>) -> bool {
        let titles: Vec<String> = titles.map(title).collect();
        self.columns.titles().all(|wanted| titles.contains(&title(wanted)))
    }
}

/// A title without what exports differ in.
pub(super) fn title(text: &str) -> String {
    text.trim().trim_start_matches('\u{feff}').to_lowercase()
}

/// The layouts that ship with the program.
#[derive(Debug, Default)]
pub struct BankLayouts(Vec<BankLayout>);

impl BankLayouts {
    /// Made at the first call. A file that cannot be read is left out; a test looks that none is.
    pub fn shipped() -> &'static Self {
        static SHIPPED: LazyLock<BankLayouts> =
            LazyLock::new(|| BankLayouts(FILES.iter().filter_map(|(_, text)| BankLayout::parse(text).ok()).collect()));
        &SHIPPED
    }

    /// The layout of a name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&BankLayout> {
        self.0.iter().find(|layout| layout.name == name)
    }

    /// The layout of a file, by the header among its first lines: of several the one with most columns.
    #[must_use]
    pub fn find(&self, head: &str) -> Option<&BankLayout> {
        let fits = |layout: &&BankLayout| head.lines().take(40).any(|line| layout.is_header(line));
        self.0.iter().filter(fits).max_by_key(|layout| layout.columns.titles().count())
    }

    /// All of them.
    #[must_use]
    pub fn all(&self) -> &[BankLayout] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shipped_file_is_a_layout() {
        for (name, text) in FILES {
            assert_eq!(BankLayout::parse(text).map(|layout| layout.name).as_deref(), Ok(*name));
        }
        assert_eq!(BankLayouts::shipped().all().len(), FILES.len());
    }
}
