//! Owns what is shown of a certificate to whoever decides about it: subject and validity (RFC 5280 §4.1). Must not
//! decide anything: what cannot be read is left empty.

use atalaya_model::text::from_device;

/// What a certificate says of itself; any of it may be empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Described {
    /// Organisation, unit and common name, such as `O=Vendor, CN=camera`.
    pub(super) subject: String,
    /// RFC 3339.
    pub(super) valid_from: String,
    /// RFC 3339.
    pub(super) valid_until: String,
}

/// Tags of DER (X.690 §8) that are read here.
const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
const OBJECT_ID: u8 = 0x06;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;
const BMP_STRING: u8 = 0x1e;
/// `[0] EXPLICIT`, the version; left out by version 1.
const VERSION: u8 = 0xa0;

/// The attributes shown (X.520): the last octet of `2.5.4.x`.
const ATTRIBUTES: [(u8, &str); 3] = [(10, "O"), (11, "OU"), (3, "CN")];

/// Reads a certificate in DER, as far as it can be read.
pub(super) fn describe(der: &[u8]) -> Described {
    let mut described = Described::default();
    // Stops at the first thing that is not as it should be.
    let _ = fill(der, &mut described);
    described
}

fn fill(der: &[u8], described: &mut Described) -> Option<()> {
    let mut certificate = Reader(der).inside(SEQUENCE)?;
    let mut body = certificate.inside(SEQUENCE)?;
    if body.0.first() == Some(&VERSION) {
        body.next()?;
    }
    // Serial number, signature algorithm, issuer.
    for _ in 0..3 {
        body.next()?;
    }
    let mut validity = body.inside(SEQUENCE)?;
    described.valid_from = time(validity.next()?)?;
    described.valid_until = time(validity.next()?)?;
    described.subject = subject(body.inside(SEQUENCE)?);
    Some(())
}

/// A name, of which the attributes known here are shown in its order.
fn subject(mut name: Reader<'_>) -> String {
    let mut parts = Vec::new();
    while let Some(mut set) = name.inside(SET) {
        while let Some(mut attribute) = set.inside(SEQUENCE) {
            let Some((OBJECT_ID, &[0x55, 0x04, kind])) = attribute.next() else { continue };
            let known = ATTRIBUTES.iter().find(|(octet, _)| *octet == kind);
            if let (Some((_, label)), Some((tag, text))) = (known, attribute.next()) {
                parts.push(format!("{label}={}", string(tag, text)));
            }
        }
    }
    from_device(&parts.join(", "))
}

fn string(tag: u8, bytes: &[u8]) -> String {
    if tag == BMP_STRING {
        let units: Vec<u16> =
            bytes.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect();
        return String::from_utf16_lossy(&units);
    }
    String::from_utf8_lossy(bytes).into_owned()
}

/// A time of RFC 5280 §4.1.2.5, which is always to the second and in UTC.
fn time((tag, bytes): (u8, &[u8])) -> Option<String> {
    let digits = std::str::from_utf8(bytes).ok()?.strip_suffix('Z')?;
    if !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let whole = match (tag, digits.len()) {
        // §4.1.2.5.1: two digits of a year from 1950 to 2049.
        (UTC_TIME, 12) => format!("{}{digits}", if digits < "50" { "20" } else { "19" }),
        (GENERALIZED_TIME, 14) => digits.to_owned(),
        _ => return None,
    };
    let part = |at: std::ops::Range<usize>| &whole[at];
    Some(format!(
        "{}-{}-{}T{}:{}:{}Z",
        part(0..4),
        part(4..6),
        part(6..8),
        part(8..10),
        part(10..12),
        part(12..14)
    ))
}

/// Elements one after the other.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    /// The next element: its tag and content.
    fn next(&mut self) -> Option<(u8, &'a [u8])> {
        let (&[tag, first], rest) = self.0.split_first_chunk::<2>()?;
        // X.690 §8.1.3.5: from 0x80 on, the number of octets that tell the length; a certificate needs three at most.
        let octets = match first {
            0..=0x7f => 0,
            0x81..=0x83 => usize::from(first - 0x80),
            _ => return None,
        };
        let (told, rest) = rest.split_at_checked(octets)?;
        let length = match octets {
            0 => usize::from(first),
            _ => told.iter().fold(0, |length, &octet| (length << 8) | usize::from(octet)),
        };
        let (content, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        Some((tag, content))
    }

    /// The elements in the next one, which must have this tag.
    fn inside(&mut self, tag: u8) -> Option<Self> {
        self.next().filter(|(found, _)| *found == tag).map(|(_, content)| Self(content))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The simulated cameras' own, made with openssl.
    const CERTIFICATE: &[u8] = include_bytes!("../../simcam/tls/certificate.der");

    #[test]
    fn subject_and_validity_are_read() {
        let described = describe(CERTIFICATE);
        assert_eq!(described.subject, "O=Atalaya, CN=Simulated camera");
        assert_eq!(described.valid_from, "2026-11-21T14:27:35Z");
        assert_eq!(described.valid_until, "2126-10-28T14:27:35Z");
    }

    #[test]
    fn years_of_two_digits_are_of_two_centuries() {
        let utc = |text: &str| time((UTC_TIME, text.as_bytes())).unwrap_or_default();
        assert_eq!(utc("491231235959Z"), "2049-12-31T23:59:59Z");
        assert_eq!(utc("500101000000Z"), "1950-01-01T00:00:00Z");
        for bad in ["", "Z", "4912312359Z", "491231235959", "49123123595+Z", "20491231235959Z"] {
            assert_eq!(utc(bad), "", "{bad}");
        }
    }

    proptest! {
        #[test]
        fn damage_only_loses_what_is_damaged(at in 0..CERTIFICATE.len(), byte: u8, end in 0..CERTIFICATE.len()) {
            let mut damaged = CERTIFICATE.to_vec();
            damaged[at] = byte;
            let whole = describe(&damaged);
            prop_assert!(whole.subject.chars().count() <= 129 && whole.valid_from.len() <= 20);
            describe(&CERTIFICATE[..end]);
        }
    }
}
