//! Input that means harm or was badly made: refused at once and in little memory where refusal is due, read exactly where
//! it is not. Large inputs are streams that make their bytes up as they go.

use std::io::{Read as _, Seek, SeekFrom};
use std::time::Instant;

use super::*;

/// A file of any length that holds a beginning and then one byte over and over; counts what is taken from it.
struct Endless {
    begin: &'static [u8],
    byte: u8,
    length: u64,
    at: u64,
    taken: std::sync::Arc<std::sync::atomic::AtomicU64>,
}

impl Endless {
    fn new(begin: &'static [u8], byte: u8, length: u64) -> Self {
        Self { begin, byte, length, at: 0, taken: std::sync::Arc::default() }
    }
}

impl std::io::Read for Endless {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let rest = usize::try_from(self.length - self.at).unwrap_or(usize::MAX).min(buffer.len());
        for (place, slot) in buffer[..rest].iter_mut().enumerate() {
            let at = usize::try_from(self.at).unwrap_or(usize::MAX).saturating_add(place);
            *slot = self.begin.get(at).copied().unwrap_or(self.byte);
        }
        self.at += rest as u64;
        self.taken.fetch_add(rest as u64, std::sync::atomic::Ordering::Relaxed);
        Ok(rest)
    }
}

impl Seek for Endless {
    fn seek(&mut self, to: SeekFrom) -> std::io::Result<u64> {
        self.at = match to {
            SeekFrom::Start(at) => at,
            SeekFrom::End(by) => self.length.saturating_add_signed(by),
            SeekFrom::Current(by) => self.at.saturating_add_signed(by),
        };
        Ok(self.at)
    }
}

const TWO_GIGABYTES: u64 = 2 * 1024 * 1024 * 1024;

/// Reads a huge file to its end, and says why it was refused, and how many bytes of it were looked at.
fn refusal(file: Endless) -> (&'static str, u64) {
    let taken = file.taken.clone();
    #[allow(clippy::disallowed_methods, reason = "the test is that what is refused is refused soon")]
    let began = Instant::now();
    let outcome = Reader::detect(Layouts::shipped(), "huge.csv", file, Supplied::default())
        .and_then(|mut reader| while_some(&mut reader));
    assert!(began.elapsed().as_secs_f32() < 5.0, "{:?}", began.elapsed());
    (outcome.err().map_or("NOT REFUSED", |error| error.code()), taken.load(std::sync::atomic::Ordering::Relaxed))
}

fn while_some(reader: &mut Reader) -> Result<(), FileError> {
    while reader.next_batch(1_000)?.is_some() {}
    Ok(())
}

#[test]
fn two_gigabytes_of_nothing_are_refused_after_a_look_at_the_beginning() {
    // Zeros; one line without an end; the same behind a good header.
    for (begin, byte, code) in [
        (&b""[..], 0, "FILE_NOT_A_REPORT"),
        (&b""[..], b'x', "FILE_LINE_TOO_LONG"),
        (
            &b"reporting_month,sales_month,platform,country,artist_name,release_title,upc,track_title,isrc,quantity,unit_price,revenue,currency,sales_type\n2024-04,2024-03,Spotify,DE,"[..],
            b'x',
            "FILE_LINE_TOO_LONG",
        ),
    ] {
        let (told, taken) = refusal(Endless::new(begin, byte, TWO_GIGABYTES));
        assert!(told == code, "{told}");
        assert!(taken < 8 * 1024 * 1024, "{taken} bytes were read before {told}");
    }
}

#[test]
fn a_bomb_of_zeros_in_gzip_is_refused_before_it_unfolds() {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    std::io::copy(&mut Endless::new(b"", 0, 300_000_000).take(300_000_000), &mut packer).unwrap();
    let packed = packer.finish().unwrap();
    assert!(packed.len() < 400_000);
    #[allow(clippy::disallowed_methods, reason = "the test is that what is refused is refused soon")]
    let began = Instant::now();
    let error = Reader::detect(Layouts::shipped(), "x.gz", Cursor::new(packed), Supplied::default()).err().unwrap();
    assert_eq!(error.code(), "FILE_NOT_A_REPORT");
    assert!(began.elapsed().as_secs_f32() < 5.0);
}
