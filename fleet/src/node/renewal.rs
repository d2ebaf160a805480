//! Certificates that are renewed while the server runs: kubelet changes the files of a Secret under the pod. They are looked at
//! every [`EVERY`], and taken up when a certificate and its key belong together. What does not is said once and left, and the
//! old one goes on until somebody starts the server or Patroni anew.

use serde_json::Value;
use sha2::{Digest, Sha256};
use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

/// Between two looks. kubelet itself takes up to a minute.
pub const EVERY: Duration = Duration::from_secs(10);

/// A certificate, its key, and what others are held to.
#[derive(Clone, Debug, Default, PartialEq)]
struct Files {
    certificate: Option<PathBuf>,
    /// In the certificate's file, if not here.
    key: Option<PathBuf>,
    authorities: Option<PathBuf>,
    revoked: Option<PathBuf>,
}

/// The files in use, and what was in them.
#[derive(Debug)]
pub struct Certificates {
    files: Vec<Files>,
    verdicts: Verdicts,
}

/// What a look found.
#[derive(Debug, PartialEq)]
pub enum Look {
    /// Nothing that was not known.
    Same,
    /// Something that is to be taken up.
    Renewed,
    /// Something that cannot be, and why.
    Broken(String),
}

/// What was decided about contents, by their hashes.
#[derive(Debug, Default)]
struct Verdicts {
    taken: Option<String>,
    broken: Option<String>,
}

impl Verdicts {
    /// Decides about contents; only what was not seen before is checked.
    fn judge(&mut self, hash: &str, check: impl FnOnce() -> Result<(), String>) -> Look {
        if self.taken.as_deref() == Some(hash) {
            self.broken = None;
            return Look::Same;
        }
        if self.broken.as_deref() == Some(hash) {
            return Look::Same;
        }
        match check() {
            Ok(()) => {
                *self = Self {
                    taken: Some(hash.to_owned()),
                    broken: None,
                };
                Look::Renewed
            }
            Err(why) => {
                self.broken = Some(hash.to_owned());
                Look::Broken(why)
            }
        }
    }
}

/// The contents of some [`Files`].
struct Contents {
    certificate: Option<Vec<u8>>,
    key: Option<Vec<u8>>,
    authorities: Option<Vec<u8>>,
    revoked: Option<Vec<u8>>,
}

impl Files {
    /// Those that Patroni's configuration names for the server and for its own REST API.
    fn of(patroni: &Value) -> Vec<Self> {
        let file = |section: &str, key: &str| {
            let value = patroni.pointer(section)?.get(key)?.as_str()?;
            (!value.is_empty()).then(|| PathBuf::from(value))
        };
        let (server, rest) = ("/postgresql/parameters", "/restapi");
        vec![
            Self {
                certificate: file(server, "ssl_cert_file"),
                key: file(server, "ssl_key_file"),
                authorities: file(server, "ssl_ca_file"),
                revoked: file(server, "ssl_crl_file"),
            },
            Self {
                certificate: file(rest, "certfile"),
                key: file(rest, "keyfile"),
                authorities: file(rest, "cafile"),
                revoked: None,
            },
        ]
    }

    fn read(&self) -> Result<Contents, String> {
        let read = |path: &Option<PathBuf>| {
            let Some(path) = path else { return Ok(None) };
            let read = fs::read(path).map(Some);
            read.map_err(|error| format!("{}: {error}", path.display()))
        };
        Ok(Contents {
            certificate: read(&self.certificate)?,
            key: read(&self.key)?,
            authorities: read(&self.authorities)?,
            revoked: read(&self.revoked)?,
        })
    }
}

impl Certificates {
    /// Those in use by a configuration, as they are now.
    pub fn of(patroni: &Value) -> Self {
        let mut this = Self {
            files: Files::of(patroni),
            verdicts: Verdicts::default(),
        };
        // whatever they are, they are what Patroni starts with
        this.verdicts.taken = this.read().ok().map(|read| hash(&read));
        this
    }

    fn read(&self) -> Result<Vec<Contents>, String> {
        self.files.iter().map(Files::read).collect()
    }

    /// Looks at them.
    pub fn look(&mut self) -> Look {
        let read = match self.read() {
            Ok(read) => read,
            // a swap may be under way, or a file is gone for good
            Err(why) => return self.verdicts.judge(&why.clone(), || Err(why)),
        };
        let now = hash(&read);
        // kubelet swaps all files of a Secret at once, but they are read one by one
        if !self.read().is_ok_and(|again| hash(&again) == now) {
            return Look::Same;
        }
        self.verdicts
            .judge(&now, || read.iter().try_for_each(Contents::check))
    }
}

fn hash(read: &[Contents]) -> String {
    let mut hash = Sha256::new();
    for one in read {
        for content in [&one.certificate, &one.key, &one.authorities, &one.revoked] {
            let content = content.as_deref().unwrap_or_default();
            hash.update(content.len().to_le_bytes());
            hash.update(content);
        }
    }
    format!("{:x}", hash.finalize())
}

impl Contents {
    /// Whether a server would take them.
    fn check(&self) -> Result<(), String> {
        if let Some(authorities) = &self.authorities {
            openssl(&["x509", "-noout"], authorities)
                .map_err(|why| format!("the file of authorities holds no certificate: {why}"))?;
        }
        if let Some(revoked) = &self.revoked {
            openssl(&["crl", "-noout"], revoked)
                .map_err(|why| format!("the revocation list cannot be read: {why}"))?;
        }
        let Some(certificate) = &self.certificate else {
            return Ok(());
        };
        let key = self.key.as_ref().unwrap_or(certificate);
        let of_certificate = openssl(&["x509", "-noout", "-pubkey"], certificate)
            .map_err(|why| format!("the certificate cannot be read: {why}"))?;
        // one that asks for a passphrase would keep the server from starting
        let of_key = openssl(&["pkey", "-pubout", "-passin", "pass:"], key)
            .map_err(|why| format!("the key cannot be read: {why}"))?;
        if of_certificate != of_key {
            return Err("the key is not that of the certificate".to_owned());
        }
        Ok(())
    }
}

/// What openssl makes of this. It knows every kind of key that the server knows, as it is the same library.
fn openssl(words: &[&str], input: &[u8]) -> Result<Vec<u8>, String> {
    let told = |error: std::io::Error| error.to_string();
    let mut child = Command::new("openssl")
        .args(words)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(told)?;
    if let Some(mut pipe) = child.stdin.take() {
        // one that has read enough closes its end; what it makes of it tells
        let _ = pipe.write_all(input);
    }
    let output = child.wait_with_output().map_err(told)?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(said.lines().next().unwrap_or("no reason").to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use std::path::Path;

    #[test]
    fn only_what_was_not_seen_before_is_checked() {
        let mut verdicts = Verdicts {
            taken: Some("a".to_owned()),
            broken: None,
        };
        let unasked = || -> Result<(), String> { panic!("it was known") };
        let broken = || Err("torn".to_owned());
        assert_eq!(verdicts.judge("a", unasked), Look::Same);
        assert_eq!(verdicts.judge("b", || Ok(())), Look::Renewed);
        assert_eq!(verdicts.judge("b", unasked), Look::Same);
        assert_eq!(verdicts.judge("c", broken), Look::Broken("torn".to_owned()));
        assert_eq!(verdicts.judge("c", unasked), Look::Same, "said once");
        assert_eq!(verdicts.judge("b", unasked), Look::Same, "put back");
        assert_eq!(verdicts.judge("c", broken), Look::Broken("torn".to_owned()));
        assert_eq!(verdicts.judge("d", || Ok(())), Look::Renewed);
    }

    #[test]
    fn which_files_are_looked_at() {
        let patroni = json!({
            "postgresql": {"parameters": {
                "ssl_cert_file": "/tls/tls.crt", "ssl_key_file": "/tls/tls.key",
                "ssl_ca_file": "/tlsca/ca.crt",
            }},
            "restapi": {"listen": ":8008", "certfile": "/tls/both.pem"},
        });
        let path = |name: &str| Some(PathBuf::from(name));
        assert_eq!(
            Files::of(&patroni),
            [
                Files {
                    certificate: path("/tls/tls.crt"),
                    key: path("/tls/tls.key"),
                    authorities: path("/tlsca/ca.crt"),
                    revoked: None,
                },
                Files {
                    certificate: path("/tls/both.pem"),
                    ..Files::default()
                }
            ]
        );
        assert_eq!(Files::of(&json!({})), [Files::default(), Files::default()]);
    }

    fn pair(directory: &Path, name: &str) -> (Vec<u8>, Vec<u8>) {
        let file = |end: &str| directory.join(format!("{name}.{end}"));
        let made = Command::new("openssl")
            .args(["req", "-x509", "-nodes", "-newkey", "ec", "-pkeyopt"])
            .args(["ec_paramgen_curve:prime256v1", "-days", "2", "-subj"])
            .arg(format!("/CN={name}"))
            .arg("-keyout")
            .arg(file("key"))
            .arg("-out")
            .arg(file("crt"))
            .output()
            .expect("openssl");
        assert!(made.status.success(), "{made:?}");
        let read = |end: &str| fs::read(file(end)).expect("a file");
        (read("crt"), read("key"))
    }

    /// As kubelet does it: a directory beside, and one rename of a link.
    fn swap(directory: &Path, version: &str, certificate: &[u8], key: &[u8]) {
        let next = directory.join(version);
        fs::create_dir(&next).expect("a directory");
        fs::write(next.join("tls.crt"), certificate).expect("a certificate");
        fs::write(next.join("tls.key"), key).expect("a key");
        let link = directory.join("..data_tmp");
        std::os::unix::fs::symlink(version, &link).expect("a link");
        fs::rename(&link, directory.join("..data")).expect("a swap");
    }

    #[test]
    fn pairs_are_taken_up_and_broken_ones_are_not() {
        let directory = std::env::temp_dir().join(format!("pg-renewal-{}", std::process::id()));
        fs::create_dir_all(&directory).expect("a directory");
        let (old, new) = (pair(&directory, "old"), pair(&directory, "new"));
        let here = |name: &str| directory.join("..data").join(name);
        let patroni = json!({"postgresql": {"parameters": {
            "ssl_cert_file": here("tls.crt"), "ssl_key_file": here("tls.key"),
        }}});
        swap(&directory, "1", &old.0, &old.1);
        let mut certificates = Certificates::of(&patroni);
        assert_eq!(certificates.look(), Look::Same);

        swap(&directory, "2", &new.0, &old.1);
        let Look::Broken(why) = certificates.look() else {
            panic!("it is not a pair");
        };
        assert_eq!(why, "the key is not that of the certificate");
        assert_eq!(certificates.look(), Look::Same, "said once");

        swap(&directory, "3", &new.0[..new.0.len() / 2], &new.1);
        assert!(matches!(certificates.look(), Look::Broken(_)), "half of it");

        swap(&directory, "4", &new.0, &new.1);
        assert_eq!(certificates.look(), Look::Renewed);
        assert_eq!(certificates.look(), Look::Same);

        // The same pair in other files is no news.
        swap(&directory, "5", &new.0, &new.1);
        assert_eq!(certificates.look(), Look::Same);

        fs::remove_file(directory.join("5/tls.key")).expect("a key");
        let Look::Broken(why) = certificates.look() else {
            panic!("there is no key");
        };
        assert!(why.contains("tls.key"), "{why}");
        fs::remove_dir_all(&directory).expect("tidy");
    }
}
