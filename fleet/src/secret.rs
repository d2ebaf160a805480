//! Passwords: made from the system's randomness, compared as SCRAM verifiers, never printed.

use std::fmt;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

/// A password. It has no `Debug` of its content and is overwritten when dropped.
#[derive(Clone)]
pub struct Password(Zeroizing<String>);

impl Password {
    /// Wraps a password.
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// The password itself: for a login or a secret's body, nothing else.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

/// Letters and digits; as long as Zalando's.
const LENGTH: usize = 64;
const LETTERS: &[u8; 62] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

/// A new password.
///
/// # Errors
///
/// When the system has no randomness to give.
pub fn password() -> Result<Password, getrandom::Error> {
    let mut text = String::with_capacity(LENGTH);
    let mut bytes = [0u8; 128];
    while text.len() < LENGTH {
        getrandom::fill(&mut bytes)?;
        for byte in bytes {
            // Bytes past the last multiple of 62 would make some letters likelier.
            if byte < 248 && text.len() < LENGTH {
                text.push(char::from(LETTERS[usize::from(byte % 62)]));
            }
        }
    }
    Ok(Password::new(text))
}

const ITERATIONS: u32 = 4096;

/// A new SCRAM-SHA-256 verifier of a password, as PostgreSQL stores it.
///
/// # Errors
///
/// When the system has no randomness to give.
pub fn verifier(password: &Password) -> Result<String, getrandom::Error> {
    let mut salt = [0u8; 16];
    getrandom::fill(&mut salt)?;
    Ok(verifier_with(password, &salt, ITERATIONS))
}

/// Whether a stored verifier is one of this password. Anything that is not SCRAM does not match.
pub fn matches(stored: &str, password: &Password) -> bool {
    let parse = || -> Option<(u32, Vec<u8>)> {
        let (head, _) = stored.strip_prefix("SCRAM-SHA-256$")?.split_once('$')?;
        let (iterations, salt) = head.split_once(':')?;
        Some((iterations.parse().ok()?, STANDARD.decode(salt).ok()?))
    };
    parse().is_some_and(|(iterations, salt)| {
        // An iteration count from a database is not a licence to burn the controller's time.
        iterations <= 100_000 && verifier_with(password, &salt, iterations) == stored
    })
}

/// RFC 5802: the salted password is PBKDF2 with HMAC-SHA-256; the verifier holds two keys derived
/// from it.
fn verifier_with(password: &Password, salt: &[u8], iterations: u32) -> String {
    let mac = |key: &[u8], parts: &[&[u8]]| -> [u8; 32] {
        let Ok(mut mac) = <Hmac<Sha256> as Mac>::new_from_slice(key) else {
            // HMAC takes keys of any length.
            return [0; 32];
        };
        parts.iter().for_each(|part| mac.update(part));
        mac.finalize().into_bytes().into()
    };
    let prepared = prepared(password);
    let key = prepared.as_bytes();
    let mut block = mac(key, &[salt, &1u32.to_be_bytes()]);
    let mut salted = block;
    for _ in 1..iterations {
        block = mac(key, &[&block]);
        salted
            .iter_mut()
            .zip(block)
            .for_each(|(all, one)| *all ^= one);
    }
    let client_key = mac(&salted, &[b"Client Key"]);
    let stored_key: [u8; 32] = Sha256::digest(client_key).into();
    let server_key = mac(&salted, &[b"Server Key"]);
    format!(
        "SCRAM-SHA-256${iterations}:{}${}:{}",
        STANDARD.encode(salt),
        STANDARD.encode(stored_key),
        STANDARD.encode(server_key)
    )
}

/// A password as clients and the server take it: by SASLprep, where that can be (RFC 4013). ASCII,
/// of which ours are, stays as it is; what somebody has put into a Secret may not.
fn prepared(password: &Password) -> Zeroizing<String> {
    let text = password.expose();
    let prepared = stringprep::saslprep(text);
    Zeroizing::new(prepared.map_or_else(|_| text.to_owned(), |it| it.into_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The driver's own verifiers, and so those of psql and the server.
    #[test]
    fn passwords_are_what_clients_make_of_them() {
        for text in [
            "plain",
            "\u{bd} cup",
            "a\u{a0}b",
            "\u{ad}soft",
            "\u{7}bell",
            "p\u{e4}ss",
        ] {
            let stored = postgres_protocol::password::scram_sha_256(text.as_bytes());
            assert!(
                matches(&stored, &Password::new(text.to_owned())),
                "{text:?}"
            );
        }
    }

    #[test]
    fn a_verifier_of_postgresql_itself() {
        // RFC 7677's example: user "pencil"'s salt and iterations; the keys follow from them.
        let salt = STANDARD.decode("W22ZaJ0SNY7soEsUEjb6gQ==").expect("base64");
        let password = Password::new("pencil".to_owned());
        assert_eq!(
            verifier_with(&password, &salt, 4096),
            "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU="
        );
    }

    #[test]
    fn matches_its_own_and_no_other() {
        let password = password().expect("randomness");
        assert_eq!(password.expose().len(), LENGTH);
        let stored = verifier(&password).expect("randomness");
        assert!(matches(&stored, &password));
        assert!(!matches(&stored, &Password::new("other".to_owned())));
        assert!(!matches("md5abc", &password));
        assert!(!matches("SCRAM-SHA-256$4294967295:AAAA$a:b", &password));
    }

    #[test]
    fn does_not_print() {
        assert_eq!(
            format!("{:?}", Password::new("hunter2".to_owned())),
            "Password(…)"
        );
    }
}
