//! Names and titles as they may stand on a page. The spreadsheet and the CSV keep them untouched.

use super::fonts::Fonts;

/// Characters of one text on the page; more is cut with an ellipsis.
const LONGEST: usize = 240;
/// Letters without a place to break, after which one is made.
const RUN: usize = 16;

/// A text for the page: without control and direction-override characters (they could make a neighbouring figure read
/// backwards), on one line, of bounded length, with places to break in endless words, and with the replacement
/// character for what no bundled font can draw.
pub(super) fn clean(text: &str, fonts: &Fonts) -> String {
    let mut result = String::with_capacity(text.len());
    let (mut count, mut run, mut last_was_space) = (0, 0, true);
    for letter in text.chars() {
        let letter = match letter {
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' | '\u{61c}' => continue,
            // Variation selectors choose between coloured and plain pictographs: here all are plain.
            '\u{fe00}'..='\u{fe0f}' => continue,
            // Skin tones and joiners of pictographs, which the bundled font draws as separate signs.
            '\u{1f3fb}'..='\u{1f3ff}' => continue,
            letter if letter.is_whitespace() || letter.is_control() => ' ',
            letter => letter,
        };
        if letter == ' ' && last_was_space {
            continue;
        }
        last_was_space = letter == ' ';
        count += 1;
        if count > LONGEST {
            result.push('…');
            return result;
        }
        // Scripts beyond Latin, Greek and Cyrillic have their own rules for breaking; the typesetter knows them.
        run = if letter.is_alphanumeric() && letter < '\u{530}' || letter == '_' { run + 1 } else { 0 };
        if run > RUN {
            result.push('\u{200b}');
            run = 1;
        }
        let is_drawn = letter == ' ' || matches!(letter, '\u{200c}' | '\u{200d}') || fonts.covers(letter);
        result.push(if is_drawn { letter } else { char::REPLACEMENT_CHARACTER });
    }
    result.truncate(result.trim_end().len());
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cleans_what_would_harm_the_page() {
        let fonts = Fonts::bundled();
        let clean = |text: &str| clean(text, &fonts);
        assert_eq!(clean("  Two\r\n lines\tand\u{0} more "), "Two lines and more");
        assert_eq!(clean("abc\u{202e}fed"), "abcfed");
        assert_eq!(clean("#let x = $1$ *b* =HYPERLINK(\"a\")"), "#let x = $1$ *b* =HYPERLINK(\"a\")");
        assert_eq!(clean("Жизнь 你好 שלום"), "Жизнь 你好 שלום");
        assert_eq!(clean(&"a".repeat(30)).chars().filter(|letter| *letter == '\u{200b}').count(), 1);
        assert_eq!(clean(&"ab ".repeat(900)).chars().count(), 241);
        assert_eq!(clean("\u{10c80}"), "\u{fffd}");
    }
}
