//! How wide a text will be, before it is set. Knowing it, a template can give columns and rows their size; the
//! typesetter would find them by laying out every cell two or three times, which is most of the cost of a long table.

use typst::layout::Abs;
use typst::text::{Font, FontVariant, FontVariations};

/// Latin, Greek and Cyrillic, then punctuation, currencies and signs of arithmetic: what the text font is asked for.
const MEASURED: [std::ops::Range<u32>; 2] = [0..0x530, 0x2000..0x2230];
/// Width of any other letter, in thousandths of an em: as wide as the widest of the bundled fonts draws one.
const OTHER: u32 = 1_400;

/// Widths of letters in thousandths of an em.
pub(super) struct Measure {
    regular: Widths,
    strong: Widths,
}

/// Per measured range.
type Widths = [Vec<u32>; 2];

/// Weight of a text: a column's head and total are semibold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Weight {
    Regular,
    Strong,
}

impl Measure {
    pub(super) fn new(regular: Option<&Font>, strong: Option<&Font>) -> Self {
        // Tabular figures are wider than proportional ones: 0.648 em in Inter Regular, 0.671 em in Inter SemiBold.
        Self { regular: widths(regular, 648), strong: widths(strong, 671) }
    }

    /// Width of a text in thousandths of its size, a little too much rather than too little.
    pub(super) fn width(&self, text: &str, weight: Weight) -> u32 {
        let widths = match weight {
            Weight::Regular => &self.regular,
            Weight::Strong => &self.strong,
        };
        let letter = |letter: char| {
            let code = u32::from(letter);
            let (range, widths) = MEASURED.iter().zip(widths).find(|(range, _)| range.contains(&code))?;
            usize::try_from(code - range.start).ok().and_then(|at| widths.get(at)).copied()
        };
        let sum = text.chars().map(|c| letter(c).unwrap_or(OTHER)).fold(0_u32, u32::saturating_add);
        // Kerning may widen a pair, never a word by more than this.
        sum.saturating_add(sum / 50)
    }
}

fn widths(font: Option<&Font>, digit: u32) -> Widths {
    let Some(font) = font else { return Widths::default() };
    // The size does not matter: the font is not variable, and widths are read in its own units.
    let instance = font.clone().instantiate(FontVariant::default(), Abs::zero(), &FontVariations::default());
    let face = instance.ttf();
    let em = u32::from(face.units_per_em()).max(1);
    let width = |code: u32| {
        let letter = char::from_u32(code)?;
        let advance = u32::from(face.glyph_hor_advance(face.glyph_index(letter)?)?);
        let width = (advance * 1_000).div_ceil(em);
        Some(if letter.is_ascii_digit() { width.max(digit) } else { width })
    };
    MEASURED.map(|range| range.map(|code| width(code).unwrap_or(OTHER)).collect())
}

#[cfg(test)]
mod tests {
    use super::super::fonts::Fonts;
    use super::*;

    #[test]
    fn widths_follow_the_font() {
        let measure = &Fonts::bundled().measure;
        let width = |text| measure.width(text, Weight::Regular);
        assert!((640..680).contains(&width("7")));
        assert!(width("W") > width("i") * 3);
        assert!(measure.width("Total", Weight::Strong) > width("Total"));
        assert_eq!(width("夜"), OTHER + OTHER / 50);
        assert_eq!(width(""), 0);
    }
}
