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

/// What the `*` of a pattern stands for in a name; all of it where the pattern has none and is the name. Both are folded.
#[must_use]
pub fn wildcard<'n>(pattern: &str, name: &'n str) -> Option<&'n str> {
    match pattern.split_once('*') {
        None => (pattern == name).then_some(name),
        Some((begin, end)) => {
            let rest = name.strip_prefix(begin)?.strip_suffix(end)?;
            (!rest.is_empty()).then_some(rest)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{fold, wildcard};

    #[test]
    fn a_star_stands_for_any_text() {
        assert_eq!(wildcard("revenue (*)", "revenue (eur)"), Some("eur"));
        assert_eq!(wildcard("revenue (*)", "revenue ()"), None);
        assert_eq!(wildcard("revenue (*)", "revenue share (%"), None);
        assert_eq!(wildcard("revenue", "revenue"), Some("revenue"));
        assert_eq!(wildcard("revenue", "revenues"), None);
    }

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
