//! Certificates of the server and of Patroni's REST API: given as files, given as text, or made here.

use super::Error;
use super::environment::Environment;
use super::prepare::{Account, secret_file};
use std::path::Path;
use std::process::{Command, Stdio};

/// Writes what was given as text, and makes a self-signed certificate where there is none.
pub fn certificates(env: &Environment, account: Account) -> Result<(), Error> {
    let directory = env.scratch().join("certs");
    let file = |variable: &str, name: &str| {
        env.get(variable)
            .map_or_else(|| directory.join(name), Into::into)
    };
    for (variable, name) in [
        ("SSL_CA", "ca.crt"),
        ("SSL_CRL", "server.crl"),
        ("SSL_RESTAPI_CA", "rest-api-ca.crt"),
        ("SSL_RESTAPI_CERTIFICATE", "rest-api-server.crt"),
        ("SSL_RESTAPI_PRIVATE_KEY", "rest-api-server.key"),
    ] {
        if let Some(text) = env.get(variable) {
            secret_file(&file(&format!("{variable}_FILE"), name), text, account)?;
        }
    }
    let (certificate, key) = (
        file("SSL_CERTIFICATE_FILE", "server.crt"),
        file("SSL_PRIVATE_KEY_FILE", "server.key"),
    );
    match (env.get("SSL_CERTIFICATE"), env.get("SSL_PRIVATE_KEY")) {
        (Some(certificate_text), Some(key_text)) => {
            secret_file(&certificate, certificate_text, account)?;
            secret_file(&key, key_text, account)
        }
        _ if key.exists() => Ok(()),
        _ => self_signed(&certificate, &key, account),
    }
}

/// Encrypts, and proves nothing; made anew in every container, so no key is ever shared. P-256, because RSA takes longer to
/// make than the rest of the start.
fn self_signed(certificate: &Path, key: &Path, account: Account) -> Result<(), Error> {
    let output = Command::new("openssl")
        .args([
            "req",
            "-x509",
            "-nodes",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:prime256v1",
            "-days",
            "3650",
            "-subj",
            "/CN=postgres",
            "-keyout",
        ])
        .arg(key)
        .arg("-out")
        .arg(certificate)
        .stdin(Stdio::null())
        .output()
        .map_err(Error::io("run openssl"))?;
    if !output.status.success() {
        return Err(Error::Program {
            program: "openssl",
            output: String::from_utf8_lossy(&output.stderr).trim().to_owned(),
        });
    }
    for file in [certificate, key] {
        let text = std::fs::read_to_string(file).map_err(Error::at("read", file))?;
        secret_file(file, &text, account)?;
    }
    Ok(())
}
