//! A test authority: certificates for everybody in a network, for today and not for production.
//!
//! Keys are random, so nothing of it belongs in a golden file. A certificate is good for server and client at once
//! (RFC0001 3), for ten years around now; one that is over is made on purpose. Tests are in `tests/it/netwerk.rs`.

use std::net::IpAddr;

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, SanType, date_time_ymd,
};

use crate::error::ServersError;
use crate::tls::Identity;

/// The years around this one in which a certificate is good.
const YEARS: i32 = 5;
/// The years that certificates are made for.
const KNOWN: std::ops::RangeInclusive<i32> = 2000..=9000;

/// A test authority.
#[derive(Debug)]
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    certificate: String,
    key: String,
    year: i32,
}

/// Until when a certificate is good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Validity {
    /// For years around now.
    Now,
    /// No longer.
    Over,
}

fn fault(error: rcgen::Error) -> ServersError {
    ServersError::Certificate {
        reason: error.to_string(),
    }
}

impl Authority {
    /// A new authority in a year; one that no certificate can name counts as the nearest that one can.
    ///
    /// # Errors
    /// When no key can be made.
    pub fn new(year: i32) -> Result<Self, ServersError> {
        let key = KeyPair::generate().map_err(fault)?;
        let year = year.clamp(*KNOWN.start(), *KNOWN.end());
        let certificate = authority(year).self_signed(&key).map_err(fault)?.pem();
        Self::of(&certificate, &key.serialize_pem(), year)
    }

    /// The authority with a certificate and a key that were kept, both as PEM.
    ///
    /// # Errors
    /// When either cannot be read.
    pub fn of(certificate: &str, key: &str, year: i32) -> Result<Self, ServersError> {
        let pair = KeyPair::from_pem(key).map_err(fault)?;
        let year = year.clamp(*KNOWN.start(), *KNOWN.end());
        Ok(Self {
            // What it signs names it by its name and key, which are always those.
            issuer: Issuer::new(authority(year), pair),
            certificate: certificate.to_owned(),
            key: key.to_owned(),
            year,
        })
    }

    /// Its certificate, as PEM.
    #[must_use]
    pub fn certificate(&self) -> &str {
        &self.certificate
    }

    /// Its private key, as PEM.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    /// A certificate for a party, under names and addresses at which it can be reached.
    ///
    /// # Errors
    /// When a name is none, or no key can be made.
    pub fn issue(&self, party: &str, hosts: &[&str], validity: Validity) -> Result<Identity, ServersError> {
        let key = KeyPair::generate().map_err(fault)?;
        let mut params = named(party, self.year);
        if validity == Validity::Over {
            params.not_after = date_time_ymd(self.year - 1, 1, 1);
        }
        for host in hosts {
            params.subject_alt_names.push(match host.parse::<IpAddr>() {
                Ok(address) => SanType::IpAddress(address),
                Err(_) => SanType::DnsName((*host).try_into().map_err(fault)?),
            });
        }
        params.use_authority_key_identifier_extension = true;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![
            ExtendedKeyUsagePurpose::ServerAuth,
            ExtendedKeyUsagePurpose::ClientAuth,
        ];
        let certificate = params.signed_by(&key, &self.issuer).map_err(fault)?;
        Ok(Identity {
            certificate: certificate.pem(),
            key: key.serialize_pem(),
            authority: self.certificate.clone(),
        })
    }
}

fn authority(year: i32) -> CertificateParams {
    let mut params = named("Ketenproef test authority", year);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

fn named(name: &str, year: i32) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.distinguished_name.push(DnType::CountryName, "NL");
    params.not_before = date_time_ymd(year - YEARS, 1, 1);
    params.not_after = date_time_ymd(year + YEARS, 12, 31);
    params
}
