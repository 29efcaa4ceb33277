//! The bundled fonts, in the order in which they are tried (see `assets/fonts/README.md`).

use std::io::Read;

use typst::foundations::Bytes;
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;

use super::measure::Measure;

macro_rules! bundled {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_bytes!(concat!("../../../assets/fonts/", $name)))),*]
    };
}

const FILES: &[(&str, &[u8])] = bundled![
    "Inter-Regular.otf",
    "Inter-SemiBold.otf",
    "InterDisplay-SemiBold.otf",
    "NotoSansArabic-Regular.ttf.gz",
    "NotoSansHebrew-Regular.ttf.gz",
    "NotoSansDevanagari-Regular.ttf.gz",
    "NotoSansThai-Regular.ttf.gz",
    "NotoSansGeorgian-Regular.ttf.gz",
    "NotoSansArmenian-Regular.ttf.gz",
    "DroidSansFallback-subset.ttf.gz",
    "Symbola-subset.ttf.gz",
];

/// Fonts ready for use.
pub(super) struct Fonts {
    pub(super) book: LazyHash<FontBook>,
    pub(super) fonts: Vec<Font>,
    /// Family names in order of preference, for the template.
    pub(super) families: Vec<String>,
    pub(super) measure: Measure,
}

impl Fonts {
    /// Unpacks and reads the bundled fonts. A file that is no font is left out; a test looks that none is.
    pub(super) fn bundled() -> Self {
        let fonts: Vec<Font> = FILES.iter().filter_map(|(name, bytes)| read(name, bytes)).collect();
        let mut families: Vec<String> = Vec::new();
        for font in &fonts {
            if !families.contains(&font.info().family) {
                families.push(font.info().family.clone());
            }
        }
        let named = |name: &str| FILES.iter().position(|file| file.0 == name).and_then(|at| fonts.get(at));
        let measure = Measure::new(named("Inter-Regular.otf"), named("Inter-SemiBold.otf"));
        Self { book: LazyHash::new(FontBook::from_fonts(&fonts)), fonts, families, measure }
    }

    /// Whether some font has the character.
    pub(super) fn covers(&self, letter: char) -> bool {
        self.fonts.iter().any(|font| font.info().coverage.contains(u32::from(letter)))
    }
}

fn read(name: &str, bytes: &'static [u8]) -> Option<Font> {
    if !name.ends_with(".gz") {
        return Font::new(Bytes::new(bytes), 0);
    }
    let mut unpacked = Vec::new();
    flate2::read::GzDecoder::new(bytes).read_to_end(&mut unpacked).ok()?;
    Font::new(Bytes::new(unpacked), 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_is_a_font_and_the_scripts_are_covered() {
        let fonts = Fonts::bundled();
        assert_eq!(fonts.fonts.len(), FILES.len(), "{:?}", fonts.families);
        let total: usize = FILES.iter().map(|(_, bytes)| bytes.len()).sum();
        assert!(total < 3_000_000, "{total} bytes of fonts");
        for letter in "AÄßøŁžΩЖяễ−€₿ابתאअกქՀ你好こカ한글🔥😍♥\u{fffd}".chars() {
            assert!(fonts.covers(letter), "{letter}");
        }
    }
}
