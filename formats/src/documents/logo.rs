//! A logo from outside, made safe: decoded within limits and written again, so that nothing of the uploaded file but
//! its picture survives.

use std::io::Cursor;

use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{ExtendedColorType, ImageEncoder as _, ImageFormat, ImageReader, Limits};

/// Largest uploaded file.
pub const LOGO_BYTES: usize = 4 * 1024 * 1024;
/// Widest and highest picture that is decoded.
const SIDE: u32 = 6_000;
/// Memory that decoding may take.
const ALLOCATION_BYTES: u64 = 160 * 1024 * 1024;
/// A logo on a statement is small: 1,200 pixels are 600 per inch on two inches.
const KEPT: (u32, u32) = (1_200, 480);

/// A logo as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Logo {
    /// PNG, 8 bits RGBA, without metadata.
    pub png: Vec<u8>,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
}

/// Why a file cannot be a logo.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LogoError {
    /// More bytes than a logo needs.
    #[error("the file has {0} bytes; a logo has at most {LOGO_BYTES}")]
    TooLarge(usize),
    /// A vector drawing, which can hold scripts and links.
    #[error("SVG is not taken, because it can hold scripts and links: export the logo as PNG")]
    Svg,
    /// No picture of a known format, whatever its name says.
    #[error("the file is no PNG, JPEG, WebP or GIF picture")]
    Unknown,
    /// It cannot be decoded within the limits.
    #[error("the picture cannot be read: {0}")]
    Unreadable(String),
}

impl Logo {
    /// Reads a picture, makes it smaller where it is larger than a statement can show, and writes it again.
    ///
    /// # Errors
    /// [`LogoError`].
    pub fn read(bytes: &[u8]) -> Result<Self, LogoError> {
        if bytes.len() > LOGO_BYTES {
            return Err(LogoError::TooLarge(bytes.len()));
        }
        let format = image::guess_format(bytes).ok();
        let known =
            format.filter(|format| matches!(format, ImageFormat::Png | ImageFormat::Jpeg | ImageFormat::WebP | ImageFormat::Gif));
        let Some(format) = known else { return Err(if is_svg(bytes) { LogoError::Svg } else { LogoError::Unknown }) };
        let mut limits = Limits::default();
        limits.max_image_width = Some(SIDE);
        limits.max_image_height = Some(SIDE);
        limits.max_alloc = Some(ALLOCATION_BYTES);
        let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
        reader.limits(limits);
        let unreadable = |error: image::ImageError| LogoError::Unreadable(error.to_string());
        let mut picture = reader.decode().map_err(unreadable)?;
        if picture.width() > KEPT.0 || picture.height() > KEPT.1 {
            picture = picture.thumbnail(KEPT.0, KEPT.1);
        }
        let picture = picture.to_rgba8();
        let (width, height) = picture.dimensions();
        let mut png = Vec::new();
        PngEncoder::new_with_quality(&mut png, CompressionType::Best, FilterType::Adaptive)
            .write_image(picture.as_raw(), width, height, ExtendedColorType::Rgba8)
            .map_err(unreadable)?;
        Ok(Self { png, width, height })
    }

    /// BLAKE3 of the kept picture: its name.
    #[must_use]
    pub fn hash(&self) -> [u8; 32] {
        *blake3::hash(&self.png).as_bytes()
    }
}

/// Whether it looks like SVG, perhaps behind a byte order mark, blanks or an XML head.
fn is_svg(bytes: &[u8]) -> bool {
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(1_024)]).to_ascii_lowercase();
    head.contains("<svg") || head.contains("<!doctype svg")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn png(width: u32, height: u32) -> Vec<u8> {
        let picture = image::RgbaImage::from_fn(width, height, |x, y| image::Rgba([(x % 256) as u8, (y % 256) as u8, 9, 255]));
        let mut bytes = Cursor::new(Vec::new());
        picture.write_to(&mut bytes, ImageFormat::Png).unwrap();
        bytes.into_inner()
    }

    #[test]
    fn a_picture_is_kept_small_and_without_what_else_was_in_the_file() {
        let mut bytes = png(400, 100);
        let first = Logo::read(&bytes).unwrap();
        assert_eq!((first.width, first.height), (400, 100));
        // A payload behind the picture is gone.
        bytes.extend_from_slice(b"<script>alert(1)</script>");
        let second = Logo::read(&bytes).unwrap();
        assert_eq!(first, second);
        assert_eq!(first.hash(), second.hash());
        let large = Logo::read(&png(2_400, 600)).unwrap();
        assert_eq!((large.width, large.height), (1_200, 300));
    }

    #[test]
    fn what_is_no_picture_is_refused_with_the_reason() {
        assert_eq!(Logo::read(b""), Err(LogoError::Unknown));
        assert_eq!(Logo::read(b"%PDF-1.7"), Err(LogoError::Unknown));
        let svg = b"\xef\xbb\xbf<?xml version=\"1.0\"?>\n<svg xmlns=\"http://www.w3.org/2000/svg\"><script>x</script></svg>";
        assert_eq!(Logo::read(svg), Err(LogoError::Svg));
        assert_eq!(Logo::read(&vec![0; LOGO_BYTES + 1]), Err(LogoError::TooLarge(LOGO_BYTES + 1)));
        let whole = png(40, 40);
        assert!(matches!(Logo::read(&whole[..whole.len() / 2]), Err(LogoError::Unreadable(_))));
    }

    #[test]
    fn a_bomb_is_refused_before_it_unfolds() {
        // A head that promises 100,000 × 100,000 pixels.
        let mut bomb = png(4, 4);
        bomb[16..20].copy_from_slice(&100_000_u32.to_be_bytes());
        bomb[20..24].copy_from_slice(&100_000_u32.to_be_bytes());
        let checksum = crc(&bomb[12..29]);
        bomb[29..33].copy_from_slice(&checksum.to_be_bytes());
        assert!(matches!(Logo::read(&bomb), Err(LogoError::Unreadable(_))));
    }

    /// CRC-32 of a PNG chunk.
    fn crc(bytes: &[u8]) -> u32 {
        let mut crc = u32::MAX;
        for byte in bytes {
            crc ^= u32::from(*byte);
            for _ in 0..8 {
                crc = if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 };
            }
        }
        !crc
    }
}
