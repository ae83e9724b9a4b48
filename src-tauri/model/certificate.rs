//! Owns how a camera's TLS certificate is told apart from every other: its fingerprint. Must not know TLS, nor when a
//! certificate is believed.

use crate::error::{Error, Kind};
use crate::text;
use core::fmt;
use core::str::FromStr;

/// SHA-256 over a certificate's DER encoding: what browsers and cameras' web pages show as the SHA-256 fingerprint.
/// Kept for a camera, it is who the camera is, whatever names and dates stand in the certificate.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CertificateFingerprint(pub [u8; 32]);

impl fmt::Display for CertificateFingerprint {
    /// `AA:BB:…`, 32 pairs of upper-case hexadecimal digits.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, byte) in self.0.iter().enumerate() {
            write!(f, "{}{byte:02X}", if at == 0 { "" } else { ":" })?;
        }
        Ok(())
    }
}

impl fmt::Debug for CertificateFingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for CertificateFingerprint {
    type Err = Error;

    /// Reads 64 hexadecimal digits of either case, bare or in pairs with colons between.
    fn from_str(text: &str) -> Result<Self, Error> {
        read(text.trim().as_bytes()).map(Self).ok_or_else(|| {
            Error::new(Kind::InvalidInput, "a fingerprint is 64 hexadecimal digits, with or without colons")
                .with("fingerprint", text::excerpt(text, 100))
        })
    }
}

fn read(text: &[u8]) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    let stride = match text.len() {
        64 => 2,
        95 => 3,
        _ => return None,
    };
    for (byte, pair) in bytes.iter_mut().zip(text.chunks(stride)) {
        if pair.get(2).is_some_and(|&between| between != b':') {
            return None;
        }
        let digit = |at: usize| char::from(pair[at]).to_digit(16);
        *byte = ((digit(0)? << 4) | digit(1)?) as u8;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::string::ToString;

    #[test]
    fn other_texts_are_refused() {
        let good = CertificateFingerprint([0xa5; 32]).to_string();
        for bad in [
            "",
            "none",
            &good[..94],
            &good[..62],
            &good.replace(':', "-"),
            &good.replacen(':', "", 1),
            &good.replace('A', "G"),
            &good.replacen("A5", "+5", 1),
            &good.replacen("A5", "é", 1),
        ] {
            let error = bad.parse::<CertificateFingerprint>().unwrap_err();
            assert_eq!(error.kind(), Kind::InvalidInput, "{bad}");
        }
    }

    proptest! {
        #[test]
        fn every_way_to_write_it_is_read(bytes: [u8; 32]) {
            let fingerprint = CertificateFingerprint(bytes);
            let text = fingerprint.to_string();
            prop_assert_eq!(text.len(), 95);
            let bare = text.replace(':', "");
            for written in [text.to_ascii_lowercase(), bare.to_ascii_lowercase(), std::format!(" {bare}\n"), text] {
                prop_assert_eq!(written.parse::<CertificateFingerprint>().ok(), Some(fingerprint));
            }
        }
    }
}
