//! Counting the tokens of a document before it is parsed.

/// Whether a text has more lexical tokens than `limit`. Blanks, commas and comments are none. A text that is no
/// GraphQL is counted all the same; the parser refuses it later.
pub(super) fn more_than(text: &str, limit: usize) -> bool {
    let mut rest = text.as_bytes();
    let mut count = 0;
    while let Some((&first, tail)) = rest.split_first() {
        match first {
            b' ' | b'\t' | b'\r' | b'\n' | b',' => {
                rest = tail;
                continue;
            }
            b'#' => {
                rest = &tail[until(tail, |byte| matches!(byte, b'\n' | b'\r'))..];
                continue;
            }
            b'"' => rest = after_string(rest),
            b'0'..=b'9' | b'-' => rest = &tail[until(tail, |byte| !is_word(byte) && byte != b'.')..],
            _ if is_word(first) => rest = &tail[until(tail, |byte| !is_word(byte))..],
            _ => rest = tail.strip_prefix(b"..").filter(|_| first == b'.').unwrap_or(tail),
        }
        count += 1;
        if count > limit {
            return true;
        }
    }
    false
}

fn until(bytes: &[u8], end: impl Fn(u8) -> bool) -> usize {
    bytes.iter().position(|byte| end(*byte)).unwrap_or(bytes.len())
}

/// Names and numbers.
const fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'+') || byte >= 0x80
}

/// What follows a string or a block string.
fn after_string(bytes: &[u8]) -> &[u8] {
    let (quote, mut at): (&[u8], usize) = if bytes.starts_with(b"\"\"\"") { (b"\"\"\"", 3) } else { (b"\"", 1) };
    while at < bytes.len() {
        if bytes[at] == b'\\' {
            at += 2;
        } else if bytes[at..].starts_with(quote) {
            return &bytes[at + quote.len()..];
        } else {
            at += 1;
        }
    }
    &[]
}

#[cfg(test)]
mod tests {
    use super::more_than;

    fn count(text: &str) -> usize {
        (0..).find(|limit| !more_than(text, *limit)).unwrap_or_default()
    }

    #[test]
    fn tokens_are_counted_as_the_specification_does() {
        assert_eq!(count(""), 0);
        assert_eq!(count("  ,,\n# a comment { } \n"), 0);
        assert_eq!(count("{ viewer { id } }"), 6);
        assert_eq!(count("query Q($id: ID!) { node(id: $id) { ...F } }"), 22);
        assert_eq!(count(r#"{ a(x: "one { \" two", y: -1.5e3) }"#), 11);
        assert_eq!(count(r#"{ a(x: """block "quoted" \""" text""") }"#), 8);
        assert_eq!(count("\"open"), 1);
        assert_eq!(count("\"open\\"), 1);
    }
}
