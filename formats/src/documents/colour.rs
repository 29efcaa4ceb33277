//! House colours that stay readable: a bright accent is darkened before it becomes text.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// An sRGB colour, written `#rrggbb`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Colour {
    red: u8,
    green: u8,
    blue: u8,
}

/// The text is not `#rrggbb`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a colour: write it as #rrggbb")]
pub struct ColourError(String);

impl Colour {
    /// A colour from its three channels.
    pub const fn new(red: u8, green: u8, blue: u8) -> Self {
        Self { red, green, blue }
    }

    /// The nearest darker shade that can carry text on white: contrast at least 4.5 : 1 (WCAG 2.2, 1.4.3).
    pub fn ink(self) -> Self {
        let mut shade = self;
        // White has luminance 1: 1.05 / (L + 0.05) >= 4.5 means L <= 0.183.
        while shade.luminance() > 1_830 {
            shade = shade.map(|channel| u8::try_from(u16::from(channel) * 19 / 20).unwrap_or(channel));
        }
        shade
    }

    /// A pale wash of the colour for backgrounds: one part of it in sixteen.
    pub fn wash(self) -> Self {
        self.map(|channel| 255 - (255 - channel) / 16)
    }

    /// Relative luminance in ten-thousandths, with gamma taken as 2 (within 0.02 of the sRGB curve).
    fn luminance(self) -> u32 {
        let linear = |channel: u8| u32::from(channel) * u32::from(channel);
        (linear(self.red) * 2_126 + linear(self.green) * 7_152 + linear(self.blue) * 722) / 65_025
    }

    fn map(self, change: impl Fn(u8) -> u8) -> Self {
        Self { red: change(self.red), green: change(self.green), blue: change(self.blue) }
    }
}

impl fmt::Display for Colour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{:02x}{:02x}{:02x}", self.red, self.green, self.blue)
    }
}

impl FromStr for Colour {
    type Err = ColourError;

    fn from_str(text: &str) -> Result<Self, ColourError> {
        let wrong = || ColourError(text.chars().take(32).collect());
        let digits = text.strip_prefix('#').ok_or_else(wrong)?;
        if digits.len() != 6 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(wrong());
        }
        let channel = |at: usize| u8::from_str_radix(&digits[at..at + 2], 16).map_err(|_| wrong());
        Ok(Self { red: channel(0)?, green: channel(2)?, blue: channel(4)? })
    }
}

impl TryFrom<String> for Colour {
    type Error = ColourError;

    fn try_from(text: String) -> Result<Self, ColourError> {
        text.parse()
    }
}

impl From<Colour> for String {
    fn from(colour: Colour) -> Self {
        colour.to_string()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_writes_hex() {
        assert_eq!("#0A7cff".parse::<Colour>().unwrap().to_string(), "#0a7cff");
        for wrong in ["0a7cff", "#0a7cf", "#0a7cfg", "#é7cff", "", "rgb(1,2,3)"] {
            assert!(wrong.parse::<Colour>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn ink_is_dark_enough_and_leaves_dark_colours_alone() {
        for bright in [Colour::new(255, 255, 0), Colour::new(255, 255, 255), Colour::new(0, 255, 180)] {
            assert!(bright.ink().luminance() <= 1_830, "{bright}");
        }
        let navy = Colour::new(20, 30, 90);
        assert_eq!(navy.ink(), navy);
    }
}
