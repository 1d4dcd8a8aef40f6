//! Whose certificates are believed: the system's authorities, or those of `AWS_CA_BUNDLE` or the profile's
//! `ca_bundle` in their place, as botocore has it.

use std::path::Path;

use aws_smithy_http_client::tls::TrustStore;
use rustls::{
    RootCertStore,
    pki_types::{CertificateDer, pem::PemObject},
};

use super::bounded_file;

const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
const END: &str = "-----END CERTIFICATE-----";

/// The authorities in the file that a variable or a setting names.
pub(super) fn bundle(named_by: &str, path: &str) -> Result<TrustStore, String> {
    let content = bounded_file::read(Path::new(path))
        .map_err(|error| format!("{named_by}: cannot read `{path}`: {error}"))?;
    let text = String::from_utf8_lossy(&content);
    let mut store = TrustStore::empty();
    let mut found = false;
    for certificate in certificates(&text) {
        store.add_pem_certificate(certificate);
        found = true;
    }
    if found {
        Ok(store)
    } else {
        Err(format!(
            "{named_by}: `{path}` has no certificate in PEM form that can be read"
        ))
    }
}

/// Those that are well-formed; systems' bundles have others among them, at which the SDK panics.
fn certificates(text: &str) -> impl Iterator<Item = &str> {
    let blocks = text.split_inclusive(END);
    let blocks = blocks.filter_map(|block| Some(&block[block.rfind(BEGIN)?..]));
    blocks.filter(|block| is_well_formed(block))
}

fn is_well_formed(block: &str) -> bool {
    CertificateDer::from_pem_slice(block.as_bytes())
        .is_ok_and(|certificate| RootCertStore::empty().add(certificate).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An authority that has nothing else to its name.
    const CERTIFICATE: &str = include_str!("tests/tls/authority.pem");

    #[test]
    fn what_cannot_be_read_is_left_out() {
        let odd = format!("{BEGIN}\nAAAA\n{END}\n");
        for (text, count) in [
            (CERTIFICATE.to_owned(), 1),
            (format!("a comment\n{CERTIFICATE}{odd}{CERTIFICATE}"), 2),
            (format!("{BEGIN}\n{CERTIFICATE}"), 1),
            (odd, 0),
            (CERTIFICATE.replace(END, ""), 0),
            (String::new(), 0),
        ] {
            assert_eq!(certificates(&text).count(), count, "{text}");
        }
    }
}
