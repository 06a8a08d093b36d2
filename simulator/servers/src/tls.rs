//! TLS in which both sides show a certificate of one authority (RFC0001).
//!
//! The provider of cryptography is named with every configuration; none is installed for the process. Who is who follows
//! from the digest of the certificate that was shown. Tests are in `tests/it/netwerk.rs`.

use std::fmt;
use std::sync::Arc;

use ring::digest::{SHA256, digest};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use tokio_rustls::{TlsAcceptor, TlsConnector};

use crate::error::ServersError;

/// The SHA-256 of a certificate.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fingerprint([u8; 32]);

/// A certificate with its key, and the authority that its peers must be of; all as PEM.
#[derive(Clone)]
pub struct Identity {
    /// The certificate.
    pub certificate: String,
    /// Its private key.
    pub key: String,
    /// The certificate of the authority.
    pub authority: String,
}

impl Fingerprint {
    /// The digest of a certificate in DER.
    #[must_use]
    pub fn of(certificate: &[u8]) -> Self {
        let mut octets = [0; 32];
        octets.copy_from_slice(digest(&SHA256, certificate).as_ref());
        Self(octets)
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0
            .iter()
            .try_for_each(|octet| write!(formatter, "{octet:02x}"))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Identity").finish_non_exhaustive()
    }
}

/// Who showed these certificates.
pub(crate) fn peer(certificates: Option<&[CertificateDer<'_>]>) -> Option<Fingerprint> {
    let own = certificates?.first()?;
    Some(Fingerprint::of(own))
}

fn fault(what: impl fmt::Display) -> ServersError {
    ServersError::Certificate {
        reason: what.to_string(),
    }
}

impl Identity {
    /// The digest of its certificate.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn fingerprint(&self) -> Result<Fingerprint, ServersError> {
        let chain = chain(&self.certificate)?;
        let own = chain.first().ok_or_else(|| fault("there is none"))?;
        Ok(Fingerprint::of(own))
    }

    /// Takes in connections of who shows a certificate of the authority.
    ///
    /// # Errors
    /// When certificate, key or authority cannot be read, or do not belong together.
    pub fn acceptor(&self) -> Result<TlsAcceptor, ServersError> {
        let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(self.trusted()?), provider());
        let verifier = verifier.build().map_err(fault)?;
        let config = ServerConfig::builder_with_provider(provider())
            .with_protocol_versions(rustls::DEFAULT_VERSIONS)
            .map_err(fault)?
            .with_client_cert_verifier(verifier)
            .with_single_cert(chain(&self.certificate)?, self.private_key()?)
            .map_err(fault)?;
        Ok(TlsAcceptor::from(Arc::new(config)))
    }

    /// Connects to who shows a certificate of the authority.
    ///
    /// # Errors
    /// When certificate, key or authority cannot be read, or do not belong together.
    pub fn connector(&self) -> Result<TlsConnector, ServersError> {
        let config = ClientConfig::builder_with_provider(provider())
            .with_protocol_versions(rustls::DEFAULT_VERSIONS)
            .map_err(fault)?
            .with_root_certificates(self.trusted()?)
            .with_client_auth_cert(chain(&self.certificate)?, self.private_key()?)
            .map_err(fault)?;
        Ok(TlsConnector::from(Arc::new(config)))
    }

    fn trusted(&self) -> Result<RootCertStore, ServersError> {
        let mut roots = RootCertStore::empty();
        for root in chain(&self.authority)? {
            roots.add(root).map_err(fault)?;
        }
        Ok(roots)
    }

    fn private_key(&self) -> Result<PrivateKeyDer<'static>, ServersError> {
        PrivateKeyDer::from_pem_slice(self.key.as_bytes()).map_err(fault)
    }
}

fn chain(pem: &str) -> Result<Vec<CertificateDer<'static>>, ServersError> {
    CertificateDer::pem_slice_iter(pem.as_bytes())
        .collect::<Result<_, _>>()
        .map_err(fault)
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}
