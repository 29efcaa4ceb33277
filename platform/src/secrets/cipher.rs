//! AES-256-GCM: bytes in, bytes out.

use rand::RngCore as _;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use zeroize::Zeroizing;

/// Bytes of a key.
pub(super) const KEY_LEN: usize = 32;

/// A key in clear; wiped when dropped.
pub(super) type Key = Zeroizing<[u8; KEY_LEN]>;

/// The bytes are not what was sealed under this key for this place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the value does not open: other key, other place, or changed bytes")]
pub(super) struct DoesNotOpen;

#[allow(clippy::disallowed_methods, reason = "keys and nonces come from the operating system's randomness")]
pub(super) fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0_u8; N];
    rand::rng().fill_bytes(&mut bytes);
    bytes
}

pub(super) fn new_key() -> Key {
    Zeroizing::new(random())
}

fn ready(key: &[u8; KEY_LEN]) -> Result<LessSafeKey, DoesNotOpen> {
    UnboundKey::new(&AES_256_GCM, key).map(LessSafeKey::new).map_err(|_| DoesNotOpen)
}

/// `nonce ‖ ciphertext ‖ tag`. The nonce is random: one data key seals far fewer than the 2³² values up to which
/// random nonces of 96 bits are safe (NIST SP 800-38D, 8.3).
pub(super) fn seal(key: &[u8; KEY_LEN], place: &[u8], plain: &[u8]) -> Result<Vec<u8>, DoesNotOpen> {
    let nonce: [u8; NONCE_LEN] = random();
    let mut bytes = Zeroizing::new(plain.to_vec());
    ready(key)?
        .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(place), &mut *bytes)
        .map_err(|_| DoesNotOpen)?;
    Ok([&nonce[..], &bytes[..]].concat())
}

/// What [`seal`] sealed, for the same place.
pub(super) fn open(key: &[u8; KEY_LEN], place: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, DoesNotOpen> {
    let (nonce, rest) = sealed.split_first_chunk::<NONCE_LEN>().ok_or(DoesNotOpen)?;
    let mut bytes = Zeroizing::new(rest.to_vec());
    let length = ready(key)?
        .open_in_place(Nonce::assume_unique_for_key(*nonce), Aad::from(place), &mut bytes)
        .map_err(|_| DoesNotOpen)?
        .len();
    bytes.truncate(length);
    Ok(bytes)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn what_was_sealed_opens_at_its_place_only() {
        let key = new_key();
        let sealed = seal(&key, b"here", b"secret").unwrap();
        assert_eq!(&**open(&key, b"here", &sealed).unwrap(), b"secret");
        assert_eq!(open(&key, b"there", &sealed), Err(DoesNotOpen));
        assert_eq!(open(&new_key(), b"here", &sealed), Err(DoesNotOpen));
    }

    #[test]
    fn every_changed_bit_is_noticed() {
        let key = new_key();
        let sealed = seal(&key, b"here", b"secret").unwrap();
        for byte in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[byte] ^= 1;
            assert_eq!(open(&key, b"here", &changed), Err(DoesNotOpen), "byte {byte}");
            assert_eq!(open(&key, b"here", &sealed[..byte]), Err(DoesNotOpen), "cut to {byte}");
        }
    }

    #[test]
    fn the_same_text_never_looks_the_same() {
        let key = new_key();
        assert_ne!(seal(&key, b"", b"x").unwrap(), seal(&key, b"", b"x").unwrap());
    }
}
