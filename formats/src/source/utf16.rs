//! UTF-16 with or without its byte order mark, turned into UTF-8 as it streams.

use std::io::{self, Read};

use encoding_rs::{Decoder, DecoderResult, Encoding, UTF_16BE, UTF_16LE};

const BLOCK: usize = 32 * 1024;

/// A code unit that is no part of a character.
#[derive(Debug, thiserror::Error)]
#[error("a half of a UTF-16 character stands alone")]
pub(super) struct Malformed;

/// UTF-16 by its mark; without one, by every second byte of the beginning being zero, as in text of the West.
pub(super) fn sniff(head: &[u8]) -> Option<&'static Encoding> {
    match head {
        [0xff, 0xfe, ..] => return Some(UTF_16LE),
        [0xfe, 0xff, ..] => return Some(UTF_16BE),
        _ => {}
    }
    let sample = head.get(..head.len().min(512) / 2 * 2).unwrap_or_default();
    let zeros = |offset: usize| sample.iter().skip(offset).step_by(2).filter(|byte| **byte == 0).count();
    let (even, odd, units) = (zeros(0), zeros(1), sample.len() / 2);
    if units < 8 {
        None
    } else if even == 0 && odd * 10 >= units * 8 {
        Some(UTF_16LE)
    } else if odd == 0 && even * 10 >= units * 8 {
        Some(UTF_16BE)
    } else {
        None
    }
}

/// Reads UTF-16, yields UTF-8 without a mark.
pub(super) struct Transcoder<R> {
    inner: R,
    decoder: Decoder,
    raw: Vec<u8>,
    raw_at: usize,
    raw_len: usize,
    text: Vec<u8>,
    text_at: usize,
    text_len: usize,
    ended: bool,
}

impl<R: Read> Transcoder<R> {
    pub(super) fn new(inner: R, encoding: &'static Encoding) -> Self {
        Self {
            inner,
            decoder: encoding.new_decoder_with_bom_removal(),
            raw: vec![0; BLOCK],
            raw_at: 0,
            raw_len: 0,
            // One UTF-16 unit becomes at most three bytes.
            text: vec![0; BLOCK * 2],
            text_at: 0,
            text_len: 0,
            ended: false,
        }
    }

    fn refill(&mut self) -> io::Result<()> {
        while self.text_at == self.text_len && !self.ended {
            let mut last = false;
            if self.raw_at == self.raw_len {
                self.raw_len = self.inner.read(&mut self.raw)?;
                self.raw_at = 0;
                last = self.raw_len == 0;
            }
            let pending = self.raw.get(self.raw_at..self.raw_len).unwrap_or_default();
            let (result, read, written) =
                self.decoder.decode_to_utf8_without_replacement(pending, &mut self.text, last);
            self.raw_at += read;
            (self.text_at, self.text_len) = (0, written);
            match result {
                DecoderResult::Malformed(..) => return Err(io::Error::new(io::ErrorKind::InvalidData, Malformed)),
                DecoderResult::InputEmpty => self.ended = last,
                DecoderResult::OutputFull => {}
            }
        }
        Ok(())
    }
}

impl<R: Read> Read for Transcoder<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.refill()?;
        let ready = self.text.get(self.text_at..self.text_len).unwrap_or_default();
        let count = ready.len().min(into.len());
        if let (Some(to), Some(from)) = (into.get_mut(..count), ready.get(..count)) {
            to.copy_from_slice(from);
        }
        self.text_at += count;
        Ok(count)
    }
}
