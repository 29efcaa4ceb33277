//! Patterns of file names.

/// Whether a name fits a pattern in which `*` is any text, `?` any one character, and `,` or `|` parts alternatives.
/// Letters of either case are the same; an empty pattern fits everything.
#[must_use]
pub fn matches(pattern: &str, name: &str) -> bool {
    if pattern.trim().is_empty() {
        return true;
    }
    let name: Vec<char> = name.to_lowercase().chars().collect();
    pattern.split([',', '|']).any(|one| fits(&one.trim().to_lowercase().chars().collect::<Vec<_>>(), &name))
}

/// Goes along both once; at a mismatch it takes the last `*` to be one character longer.
fn fits(pattern: &[char], name: &[char]) -> bool {
    let (mut at, mut seen, mut star) = (0, 0, None);
    while seen < name.len() {
        match pattern.get(at) {
            Some('*') => {
                star = Some((at, seen));
                at += 1;
            }
            Some(&wanted) if wanted == '?' || wanted == name[seen] => {
                at += 1;
                seen += 1;
            }
            _ => match star {
                Some((place, from)) => {
                    star = Some((place, from + 1));
                    at = place + 1;
                    seen = from + 1;
                }
                None => return false,
            },
        }
    }
    pattern[at..].iter().all(|&rest| rest == '*')
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn patterns_fit_whole_names() {
        for (pattern, name, fit) in [
            ("*.tsv", "spotify.TSV", true),
            ("*.tsv", "spotify.tsv.gz", false),
            ("*.csv, *.tsv", "a.tsv", true),
            ("report_????-??.csv", "report_2026-01.csv", true),
            ("report_????-??.csv", "report_2026-1.csv", false),
            ("*a*b*", "xxaxxbxx", true),
            ("*a*b", "xxaxxbxx", false),
            ("", "anything", true),
            ("é*", "É1", true),
        ] {
            assert_eq!(matches(pattern, name), fit, "{pattern} {name}");
        }
    }

    #[test]
    fn many_stars_take_no_time() {
        assert!(!matches(&"*a".repeat(40), &"a".repeat(39)));
    }
}
