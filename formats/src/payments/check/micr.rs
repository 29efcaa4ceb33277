//! The line that machines read at the foot of a check: serial number, routing number, account.

use crate::payments::account::aba;
use crate::payments::problem::{Problem, Problems, Refused};

/// A line of E-13B: digits and the four symbols of the Unicode block that was made for them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MicrLine {
    /// `⑈000123⑈ ⑆021000021⑆ 12345678⑈`: on-us, transit.
    pub text: String,
    /// The same in letters, as fonts before Unicode have it: `C` on-us, `A` transit, `D` dash.
    pub letters: String,
}

/// Puts the line together.
///
/// # Errors
/// [`Refused`] when the number, the routing number or the account is none.
pub fn micr_line(number: u64, routing: &str, account: &str) -> Result<MicrLine, Refused> {
    let mut problems = Problems::default();
    if number == 0 || number > 9_999_999_999 {
        problems.refuse("number", "CHECK_NUMBER", "A check number has 1 to 10 digits.");
    }
    let routing = aba(routing).map_err(|problem| problems.push(problem.of_field("routing"))).unwrap_or_default();
    let fits = account.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'-' | b' '));
    if account.trim().is_empty() || account.len() > 17 || !fits {
        problems.push(
            Problem::new("CHECK_ACCOUNT", "An account on a check has up to 17 digits and hyphens.").of_field("account"),
        );
    }
    problems.or_refuse()?;
    let account: String = account.chars().filter(|letter| *letter != ' ').collect();
    let text = format!("⑈{number:06}⑈ ⑆{routing}⑆ {}⑈", account.replace('-', "⑉"));
    let letters = text.replace('⑈', "C").replace('⑆', "A").replace('⑉', "D");
    Ok(MicrLine { text, letters })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_has_its_symbols() {
        let line = micr_line(123, "021000021", "1234-5678").unwrap();
        assert_eq!(line.text, "⑈000123⑈ ⑆021000021⑆ 1234⑉5678⑈");
        assert_eq!(line.letters, "C000123C A021000021A 1234D5678C");
        let fields: Vec<_> = micr_line(0, "021000020", "12x")
            .unwrap_err()
            .0
            .into_iter()
            .map(|one| one.field.unwrap_or_default())
            .collect();
        assert_eq!(fields, ["number", "routing", "account"]);
    }
}
