//! Until when a certificate is good: the one field of X.509 that people are told.

use jiff::{Timestamp, civil::DateTime, tz::TimeZone};
use k8s_openapi::ByteString;
use serde_json::Value;

/// What base64 stands for.
pub fn decoded(text: &str) -> Option<Vec<u8>> {
    let text: String = text.split_whitespace().collect();
    let bytes: ByteString = serde_json::from_value(Value::String(text)).ok()?;
    Some(bytes.0)
}

/// When the first certificate of a PEM text ends; none where it is none.
pub fn ends_at(pem: &str) -> Option<Timestamp> {
    let (_, behind) = pem.split_once("-----BEGIN CERTIFICATE-----")?;
    let (body, _) = behind.split_once("-----END CERTIFICATE-----")?;
    not_after(&decoded(body)?)
}

const INTEGER: u8 = 0x02;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;
const SEQUENCE: u8 = 0x30;
const VERSION: u8 = 0xa0;

/// `notAfter` of a certificate: behind version, serial number, algorithm and issuer.
fn not_after(der: &[u8]) -> Option<Timestamp> {
    let (certificate, _) = read(der, SEQUENCE)?;
    let (mut fields, _) = read(certificate, SEQUENCE)?;
    if let Some((_, rest)) = read(fields, VERSION) {
        fields = rest;
    }
    for kind in [INTEGER, SEQUENCE, SEQUENCE] {
        (_, fields) = read(fields, kind)?;
    }
    let (validity, _) = read(fields, SEQUENCE)?;
    let (_, rest) = time(validity)?;
    time(rest).map(|(at, _)| at)
}

fn time(der: &[u8]) -> Option<(Timestamp, &[u8])> {
    let (kind, text, rest) = match (read(der, UTC_TIME), read(der, GENERALIZED_TIME)) {
        (Some((text, rest)), _) => (UTC_TIME, text, rest),
        (_, Some((text, rest))) => (GENERALIZED_TIME, text, rest),
        _ => return None,
    };
    let text = std::str::from_utf8(text).ok()?;
    let text = match kind {
        // Of two digits, from 50 on are those of the last century.
        UTC_TIME if text.as_bytes().first().is_some_and(|first| *first >= b'5') => {
            format!("19{text}")
        }
        UTC_TIME => format!("20{text}"),
        _ => text.to_owned(),
    };
    let at = DateTime::strptime("%Y%m%d%H%M%SZ", text).ok()?;
    let at = at.to_zoned(TimeZone::UTC).ok()?;
    Some((at.timestamp(), rest))
}

/// The content of an element of this kind, and what is behind it.
fn read(der: &[u8], kind: u8) -> Option<(&[u8], &[u8])> {
    let (_, rest) = der.split_first().filter(|(first, _)| **first == kind)?;
    let (length, rest) = rest.split_first()?;
    let (length, rest) = match length {
        0..=0x7f => (usize::from(*length), rest),
        0x81..=0x84 => {
            let (bytes, rest) = rest.split_at_checked(usize::from(length & 0x7f))?;
            let length = bytes
                .iter()
                .fold(0, |all, byte| all << 8 | usize::from(*byte));
            (length, rest)
        }
        _ => return None,
    };
    rest.split_at_checked(length)
}

#[cfg(test)]
pub mod tests {
    use super::*;

    /// Of nobody, until 2030-01-02, of the first version of X.509.
    pub const PEM: &str = "\
-----BEGIN CERTIFICATE-----\n\
MIIBAzCBqgIBATAKBggqhkjOPQQDAjAOMQwwCgYDVQQDDANhZGEwHhcNMjYwMTAx\n\
MDAwMDAwWhcNMzAwMTAyMDMwNDA1WjAOMQwwCgYDVQQDDANhZGEwWTATBgcqhkjO\n\
PQIBBggqhkjOPQMBBwNCAAShO5dUq/rAc/alVGWtRA0HkBC3OQZephXCaxvRE0oX\n\
IEw2gqw3oMAh2QEVGmozRL1RSpMPXZsNaPOgKlQHxyOIMAoGCCqGSM49BAMCA0gA\n\
MEUCIQC07kWyJAPXqM5WHvt3+pSpGyq0e0WaQ2jY+QQfYIocKQIgfrowVxahR/X7\n\
lxfx5mJM2mz13e2/vDnlSUUNQfAp/0M=\n\
-----END CERTIFICATE-----\n";
    /// The same, of the third.
    const PEM_3: &str = "\
-----BEGIN CERTIFICATE-----\n\
MIIBODCB4KADAgECAgECMAoGCCqGSM49BAMCMA4xDDAKBgNVBAMMA2FkYTAeFw0y\n\
NjAxMDEwMDAwMDBaFw0zMDAxMDIwMzA0MDVaMA4xDDAKBgNVBAMMA2FkYTBZMBMG\n\
ByqGSM49AgEGCCqGSM49AwEHA0IABKE7l1Sr+sBz9qVUZa1EDQeQELc5Bl6mFcJr\n\
G9ETShcgTDaCrDegwCHZARUaajNEvVFKkw9dmw1o86AqVAfHI4ijLzAtMAwGA1Ud\n\
EwQFMAMBAf8wHQYDVR0OBBYEFP25XVPWI07SS675t03sqz80iX1lMAoGCCqGSM49\n\
BAMCA0cAMEQCICIrUWQQ5PIFG0Lok0Tx8NbKomqN7LtEq35LI+ABswiiAiAG1YUK\n\
x4TRw9kNNQ1BBst5/T9n1yEVuZ3uV5GjdMLXCQ==\n\
-----END CERTIFICATE-----\n";

    #[test]
    fn the_end_of_a_certificate() {
        let at = |text: &str| Some(text.parse::<Timestamp>().expect("a time"));
        for pem in [PEM, PEM_3] {
            assert_eq!(ends_at(pem), at("2030-01-02T03:04:05Z"));
        }
        assert_eq!(ends_at("nothing"), None);
        for length in 0..PEM.len() - 2 {
            let cut = PEM.get(..length).unwrap_or_default();
            assert_eq!(ends_at(cut), None, "{length}");
        }
        let (early, late) = (b"\x17\x0d500102030405Z", b"\x18\x0f20510102030405Z");
        assert_eq!(time(early).map(|(at, _)| at), at("1950-01-02T03:04:05Z"));
        assert_eq!(time(late).map(|(at, _)| at), at("2051-01-02T03:04:05Z"));
    }
}
