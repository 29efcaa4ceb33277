//! Cells of such files: several values are parted by `|`, and what is meant literally has a backslash before it.

/// The first value of a cell, its escapes undone: `A\|B Collective|Other` is `A|B Collective`.
pub(super) fn first(cell: &str) -> String {
    let mut out = String::with_capacity(cell.len());
    let mut chars = cell.chars();
    while let Some(c) = chars.next() {
        match c {
            '|' => break,
            '\\' => escaped(&mut chars, &mut out),
            _ => out.push(c),
        }
    }
    out
}

/// All values of a cell with `; ` between them, their escapes undone.
pub(super) fn all(cell: &str) -> String {
    let mut out = String::with_capacity(cell.len());
    let mut chars = cell.chars();
    while let Some(c) = chars.next() {
        match c {
            '|' => out.push_str("; "),
            '\\' => escaped(&mut chars, &mut out),
            _ => out.push(c),
        }
    }
    out
}

/// What follows a backslash. Senders of the first version write two backslashes before a pipe: that is one pipe too.
fn escaped(chars: &mut std::str::Chars<'_>, out: &mut String) {
    let rest = chars.as_str();
    if rest.starts_with("\\|") {
        out.push('|');
        chars.nth(1);
    } else if rest.starts_with(['|', '\\']) {
        out.extend(chars.next());
    } else {
        out.push('\\');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_and_escapes() {
        assert_eq!(first("A\\|B Collective"), "A|B Collective");
        assert_eq!(first("A\\\\|B"), "A|B");
        assert_eq!(first("Pipes \\\\ Slashes"), "Pipes \\ Slashes");
        assert_eq!(first("one|two"), "one");
        assert_eq!(all("Writer One|Writer Two"), "Writer One; Writer Two");
        assert_eq!(all("AC\\DC\\"), "AC\\DC\\");
        assert_eq!(first(""), "");
    }
}
