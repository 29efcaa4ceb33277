//! What a column can be, and which column is what.

use super::content::Content;
use super::table::Table;
use super::{ColumnGuess, SURE_ENOUGH, names};

/// What a column can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Field {
    /// Net amount.
    Amount,
    /// Its currency.
    Currency,
    /// Streams, downloads, copies.
    Units,
    /// What was earned before the sender's share.
    Gross,
    /// The service the sale was made on.
    Platform,
    /// Where the sale was made.
    Territory,
    /// ISRC.
    Isrc,
    /// UPC or EAN.
    Upc,
    /// ISWC.
    Iswc,
    /// The sender's own id of the item.
    SourceItemKey,
    /// Title of the recording or work.
    Title,
    /// Artist.
    Artist,
    /// Title of the release.
    ReleaseTitle,
    /// A day, month or quarter that means the whole sale period.
    SalePeriod,
    /// First day of the sale period.
    SaleStart,
    /// Last day of the sale period.
    SaleEnd,
    /// The period of the statement.
    Statement,
    /// What tells kinds of income apart.
    IncomeType,
}

impl Field {
    /// All of them, the most telling first: that is the order in which columns are given away.
    pub const ALL: &[Self] = &[
        Self::Isrc,
        Self::Iswc,
        Self::Upc,
        Self::Amount,
        Self::Currency,
        Self::SaleStart,
        Self::SaleEnd,
        Self::SalePeriod,
        Self::Statement,
        Self::Territory,
        Self::Units,
        Self::Platform,
        Self::Title,
        Self::Artist,
        Self::ReleaseTitle,
        Self::Gross,
        Self::SourceItemKey,
        Self::IncomeType,
    ];

    /// In a sentence.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Amount => "net amount",
            Self::Currency => "currency",
            Self::Units => "units",
            Self::Gross => "gross amount",
            Self::Platform => "platform",
            Self::Territory => "territory",
            Self::Isrc => "ISRC",
            Self::Upc => "UPC",
            Self::Iswc => "ISWC",
            Self::SourceItemKey => "the sender's id of the item",
            Self::Title => "title",
            Self::Artist => "artist",
            Self::ReleaseTitle => "title of the release",
            Self::SalePeriod => "sale period",
            Self::SaleStart => "first day of the sale period",
            Self::SaleEnd => "last day of the sale period",
            Self::Statement => "period of the statement",
            Self::IncomeType => "kind of income",
        }
    }
}

/// How well a column fits a field.
struct Candidate {
    column: usize,
    field: Field,
    confidence: u8,
    reason: String,
}

/// Gives every field to the column that fits it best, and every column to one field at most.
pub(super) fn assign(table: &Table) -> Vec<ColumnGuess> {
    let contents: Vec<Content> = (0..table.header.len()).map(|index| Content::of(table, index)).collect();
    let mut candidates = Vec::new();
    for (column, name) in table.header.iter().enumerate() {
        let Some(content) = contents.get(column) else { continue };
        for field in Field::ALL {
            if let Some((confidence, reason)) = weigh(*field, name, content) {
                candidates.push(Candidate { column, field: *field, confidence, reason });
            }
        }
    }
    // Sure ones first; among equals the more telling field, then the column further left.
    candidates.sort_by_key(|one| {
        let order = Field::ALL.iter().position(|field| *field == one.field).unwrap_or(usize::MAX);
        (std::cmp::Reverse(one.confidence), order, one.column)
    });
    let mut guesses: Vec<ColumnGuess> = table
        .header
        .iter()
        .enumerate()
        .map(|(index, name)| ColumnGuess {
            column: name.clone(),
            place: index + 1,
            field: None,
            confidence: 0,
            reason: String::from("neither its name nor its content says what it is"),
            examples: table.column(index).take(3).map(str::to_owned).collect(),
        })
        .collect();
    let mut given: Vec<Field> = Vec::new();
    for one in candidates.into_iter().filter(|one| one.confidence >= SURE_ENOUGH) {
        let Some(guess) = guesses.get_mut(one.column) else { continue };
        let ranges = [Field::SaleStart, Field::SaleEnd];
        let clashes = (one.field == Field::SalePeriod && given.iter().any(|field| ranges.contains(field)))
            || (ranges.contains(&one.field) && given.contains(&Field::SalePeriod));
        if guess.field.is_none() && !given.contains(&one.field) && !clashes {
            guess.field = Some(one.field);
            guess.confidence = one.confidence;
            guess.reason = one.reason;
            given.push(one.field);
        }
    }
    guesses
}

/// How sure it is that a column is a field: its name speaks for it, its content for or against it.
fn weigh(field: Field, name: &str, content: &Content) -> Option<(u8, String)> {
    let named = names::fits(field, name);
    let (share, what) = content.speaks_for(field);
    let says = |text: &str| text.to_owned();
    match (named, share) {
        // Codes have a form of their own: content alone tells.
        (None, Some(share)) if share >= 80 && matches!(field, Field::Isrc | Field::Iswc) => {
            Some((85, format!("{share} of 100 cells are {what}")))
        }
        (None, Some(share)) if share >= 90 && matches!(field, Field::Upc) => {
            Some((70, format!("{share} of 100 cells are {what}")))
        }
        (None, Some(share)) if share >= 95 && matches!(field, Field::Currency) => {
            Some((75, format!("{share} of 100 cells are {what}")))
        }
        (None, Some(share)) if share >= 95 && matches!(field, Field::Territory) && content.is_short() => {
            Some((55, format!("{share} of 100 cells are {what}")))
        }
        (None, _) => None,
        (Some(strength), None) => {
            // Nothing in the column: the name alone is weak.
            Some(if content.is_empty() {
                (strength / 2, says("its name says so, and it is empty"))
            } else {
                (strength, says("its name says so"))
            })
        }
        (Some(strength), Some(share)) if share >= 80 => Some((
            strength.saturating_add(25).min(99),
            format!("its name says so, and {share} of 100 cells are {what}"),
        )),
        (Some(strength), Some(share)) if share >= 50 => {
            Some((strength, format!("its name says so; only {share} of 100 cells are {what}")))
        }
        (Some(strength), Some(share)) => {
            Some((strength / 4, format!("its name says so, and only {share} of 100 cells are {what}")))
        }
    }
}
