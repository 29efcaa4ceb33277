//! When two column names are the same name.

/// Folds a column name: trimmed, lower case, without dots and byte order mark, with every run of blanks, `_` and `-`
/// as one blank. `Total  Royalty Bearing Plays`, `total_royalty-bearing plays` and `TOTAL ROYALTY BEARING PLAYS` are one.
#[must_use]
pub fn fold(name: &str) -> String {
    let mut folded = String::with_capacity(name.len());
    let mut gap = false;
    for c in name.chars() {
        if c.is_whitespace() || matches!(c, '_' | '-') {
            gap = !folded.is_empty();
        } else if !matches!(c, '.' | '\u{feff}') {
            if gap {
                folded.push(' ');
                gap = false;
            }
            folded.extend(c.to_lowercase());
        }
    }
    folded
}

#[cfg(test)]
mod tests {
    use super::fold;

    #[test]
    fn folds() {
        for (name, folded) in [
            ("\u{feff}Start Date", "start date"),
            (" $ Amount", "$ amount"),
            ("Total  Royalty Bearing Plays", "total royalty bearing plays"),
            ("Item_Title", "item title"),
            ("Art.No.", "artno"),
            ("Quantity_ Streams", "quantity streams"),
            ("Страна / Регион", "страна / регион"),
            ("__", ""),
        ] {
            assert_eq!(fold(name), folded);
        }
    }
}
