//! Records of 94 columns: cutting fields out of them and putting fields into them.

/// Columns of a record.
pub(super) const COLUMNS: usize = 94;
/// Records of a block.
pub(super) const BLOCK: u64 = 10;

/// A field: name in the rules, first and last column from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Field(pub &'static str, pub u16, pub u16);

/// A record as it was read: exactly 94 ASCII columns.
#[derive(Debug, Clone, Copy)]
pub(super) struct Record<'a>(pub &'a str);

impl<'a> Record<'a> {
    /// The text of a field, blanks included.
    pub(super) fn raw(self, field: Field) -> &'a str {
        self.0.get(usize::from(field.1) - 1..usize::from(field.2)).unwrap_or_default()
    }

    /// The text of a field without blanks around it.
    pub(super) fn text(self, field: Field) -> &'a str {
        self.raw(field).trim()
    }

    /// The number in a field; blanks count as nothing.
    pub(super) fn number(self, field: Field) -> Option<u64> {
        let text = self.text(field);
        if text.is_empty() {
            return Some(0);
        }
        text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
    }
}

/// A record in the making.
pub(super) struct Line(String);

impl Line {
    pub(super) fn new(kind: &str) -> Self {
        let mut text = String::with_capacity(COLUMNS + 1);
        text.push_str(kind);
        Self(text)
    }

    /// Text, left, filled with blanks; what is too long was refused before and is cut here.
    pub(super) fn left(mut self, text: &str, width: usize) -> Self {
        let cut: String = text.chars().take(width).collect();
        self.0.push_str(&cut);
        self.0.extend(std::iter::repeat_n(' ', width - cut.chars().count()));
        self
    }

    /// Text, right, filled with blanks.
    pub(super) fn right(mut self, text: &str, width: usize) -> Self {
        let cut: String = text.chars().take(width).collect();
        self.0.extend(std::iter::repeat_n(' ', width - cut.chars().count()));
        self.0.push_str(&cut);
        self
    }

    /// A number, right, filled with zeros; its lowest digits when it is longer, as entry hashes want it.
    pub(super) fn zeros(mut self, number: u64, width: usize) -> Self {
        let digits = format!("{number:0width$}");
        self.0.push_str(&digits[digits.len() - width..]);
        self
    }

    /// The record with its line end.
    pub(super) fn end(mut self) -> String {
        self.0.extend(std::iter::repeat_n(' ', COLUMNS.saturating_sub(self.0.len())));
        self.0.push('\n');
        self.0
    }
}

/// The check digit of a routing number's first eight digits: weights 3, 7, 1, what is missing to the next ten.
pub(super) fn check_digit(eight: &str) -> Option<u32> {
    if eight.len() != 8 {
        return None;
    }
    let mut sum = 0;
    for (digit, weight) in eight.chars().zip([3, 7, 1, 3, 7, 1, 3, 7]) {
        sum += digit.to_digit(10)? * weight;
    }
    Some((10 - sum % 10) % 10)
}

/// Whether all characters may stand in a record: printable ASCII.
pub(super) fn is_plain(text: &str) -> bool {
    text.bytes().all(|byte| (0x20..0x7f).contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_check_digit_is_computed() {
        // 0*3 + 2*7 + 1*1 + 0*3 + 0*7 + 0*1 + 0*3 + 2*7 = 29; 30 - 29 = 1.
        assert_eq!(check_digit("02100002"), Some(1));
        assert_eq!(check_digit("12104288"), Some(2));
        assert_eq!(check_digit("1210428"), None);
        assert_eq!(check_digit("1210428x"), None);
    }

    #[test]
    fn numbers_lose_their_highest_digits_only() {
        assert_eq!(Line::new("8").zeros(12_345_678_901, 10).0, "82345678901");
        assert_eq!(Line::new("8").zeros(7, 4).left("ab", 3).right("c", 2).0, "80007ab  c");
        assert_eq!(Line::new("9").end().len(), 95);
    }
}
