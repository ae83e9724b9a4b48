//! Certificates that cameras sign themselves, made and judged by the openssl command.

use crate::process::command;
use std::path::{Path, PathBuf};

/// A certificate with its key, in one PEM file.
pub struct Certificate {
    pem: PathBuf,
    fingerprint: String,
}

impl Certificate {
    /// Makes one in the folder, for a host that is no camera's.
    pub fn make(folder: &Path, name: &str) -> Self {
        let file = |extension: &str| folder.join(format!("{name}.{extension}"));
        let (key, certificate, pem) = (file("key"), file("crt"), file("pem"));
        let made = command("openssl")
            .args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-out"])
            .arg(&certificate)
            .arg("-keyout")
            .arg(&key)
            .args([
                "-subj",
                &format!("/O=Foreign/CN={name}"),
                "-addext",
                "subjectAltName=DNS:elsewhere.invalid",
            ])
            .output()
            .expect("openssl is installed");
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let read = |path: &Path| std::fs::read(path).expect("openssl wrote it");
        std::fs::write(&pem, [read(&key), read(&certificate)].concat()).expect("the folder can be written");
        let told = command("openssl")
            .args(["x509", "-noout", "-sha256", "-fingerprint", "-in"])
            .arg(&certificate)
            .output()
            .expect("openssl is installed");
        let told = String::from_utf8_lossy(&told.stdout).into_owned();
        let fingerprint = told.split_once('=').expect("a fingerprint").1.trim().to_owned();
        Self { pem, fingerprint }
    }

    /// The file's path.
    pub fn pem(&self) -> &str {
        self.pem.to_str().expect("UTF-8")
    }

    /// SHA-256 over it, as openssl prints it.
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }
}
