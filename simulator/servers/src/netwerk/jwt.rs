//! Tokens as text: claims, signed with a key that only the issuer has (RFC0014, RFC 8705).
//!
//! Only its own algorithm is read, so that neither `none` nor a key of another kind gets in. Whether a token is good is
//! decided over its claims (`kp_chain::netwerk::validate`). Tests are in `tests/it/netwerk.rs`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Once;

use jsonwebtoken::crypto::{CryptoProvider, JwtSigner, JwtVerifier, KeyUtils};
use jsonwebtoken::errors::{ErrorKind, Result as JwtResult};
use jsonwebtoken::signature::{Error as SignatureError, Signer, Verifier};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode};
use kp_chain::netwerk::Claims;
use rcgen::KeyPair;
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, UnparsedPublicKey,
};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::error::ServersError;

const ALGORITHM: Algorithm = Algorithm::ES256;

/// Signs tokens, and reads those that it signed.
pub(crate) struct TokenKey {
    signing: EncodingKey,
    verifying: DecodingKey,
}

impl TokenKey {
    /// A new key.
    pub(crate) fn new() -> Result<Self, ServersError> {
        static PROVIDER: CryptoProvider = CryptoProvider {
            signer_factory: signer,
            verifier_factory: verifier,
            key_utils: KeyUtils::new_unimplemented(),
        };
        static INSTALL: Once = Once::new();
        // The library asks for one for the process; whoever was first is as good, and no other is compiled in.
        INSTALL.call_once(|| {
            if PROVIDER.install_default().is_err() {
                tracing::debug!("another provider of signatures was first");
            }
        });
        let pair = KeyPair::generate().map_err(|error| ServersError::Certificate {
            reason: error.to_string(),
        })?;
        Ok(Self {
            signing: EncodingKey::from_ec_der(pair.serialized_der()),
            verifying: DecodingKey::from_ec_der(pair.public_key_raw()),
        })
    }

    /// A token that says this.
    pub(crate) fn sign(&self, claims: &Claims) -> Result<String, ServersError> {
        encode(&Header::new(ALGORITHM), &to_json(claims), &self.signing).map_err(|error| {
            ServersError::Certificate {
                reason: error.to_string(),
            }
        })
    }

    /// What a token says; none when it is none of ours.
    pub(crate) fn read(&self, token: &str) -> Option<Claims> {
        let mut validation = Validation::new(ALGORITHM);
        // What the claims mean is looked at where the clock of the protocol and the address are known.
        validation.required_spec_claims.clear();
        validation.validate_exp = false;
        validation.validate_aud = false;
        let token = decode::<Value>(token, &self.verifying, &validation).ok()?;
        from_json(&token.claims)
    }
}

/// The payload of a token, which is also what a resource server is told of the caller.
pub(crate) fn to_json(claims: &Claims) -> Value {
    let mut payload = json!({
        "iss": claims.iss,
        "sub": claims.sub,
        "client_id": claims.client_id,
        "aud": claims.aud,
        "iat": claims.iat,
        "nbf": claims.nbf,
        "exp": claims.exp,
        "jti": claims.jti,
        "scopes": claims.scopes,
        "instantie_type": claims.instantie_type,
        "subjects": null,
        "client_metadata": null,
        "cnf": { "x5t#S256": claims.certificate },
    });
    if let Value::Object(payload) = &mut payload {
        if let Some(actor) = &claims.act {
            payload.insert("act".to_owned(), json!({ "sub": actor }));
        }
        for (claim, value) in &claims.identities {
            payload.insert(claim.clone(), json!(value));
        }
    }
    payload
}

/// The header in which a resource server is told of the caller.
#[must_use]
pub fn claims_header(claims: &Claims) -> String {
    to_json(claims).to_string()
}

/// What such a payload says; none when something of it is missing.
pub(crate) fn from_json(payload: &Value) -> Option<Claims> {
    const KNOWN: [&str; 14] = [
        "iss",
        "sub",
        "client_id",
        "aud",
        "iat",
        "nbf",
        "exp",
        "jti",
        "scopes",
        "instantie_type",
        "subjects",
        "client_metadata",
        "cnf",
        "act",
    ];
    let payload: &Map<String, Value> = payload.as_object()?;
    let text = |name: &str| payload.get(name)?.as_str().map(str::to_owned);
    let number = |name: &str| payload.get(name)?.as_i64();
    let scopes: Option<BTreeSet<String>> = payload
        .get("scopes")?
        .as_array()?
        .iter()
        .map(|scope| scope.as_str().map(str::to_owned))
        .collect();
    let others = payload.iter().filter(|(name, _)| !KNOWN.contains(&name.as_str()));
    let identities: BTreeMap<String, String> = others
        .filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())))
        .collect();
    let within = |outer: &str, inner: &str| payload.get(outer)?.get(inner)?.as_str().map(str::to_owned);
    Some(Claims {
        iss: text("iss")?,
        sub: text("sub")?,
        client_id: text("client_id")?,
        aud: text("aud")?,
        iat: number("iat")?,
        nbf: number("nbf")?,
        exp: number("exp")?,
        jti: Uuid::parse_str(&text("jti")?).ok()?,
        scopes: scopes?,
        act: within("act", "sub"),
        instantie_type: text("instantie_type"),
        identities,
        certificate: within("cnf", "x5t#S256")?,
    })
}

struct RingSigner(EcdsaKeyPair, SystemRandom);

impl Signer<Vec<u8>> for RingSigner {
    fn try_sign(&self, message: &[u8]) -> Result<Vec<u8>, SignatureError> {
        let signature = self.0.sign(&self.1, message).map_err(|_| SignatureError::new())?;
        Ok(signature.as_ref().to_vec())
    }
}

impl JwtSigner for RingSigner {
    fn algorithm(&self) -> Algorithm {
        ALGORITHM
    }
}

struct RingVerifier(Vec<u8>);

impl Verifier<Vec<u8>> for RingVerifier {
    fn verify(&self, message: &[u8], signature: &Vec<u8>) -> Result<(), SignatureError> {
        UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, &self.0)
            .verify(message, signature)
            .map_err(|_| SignatureError::new())
    }
}

impl JwtVerifier for RingVerifier {
    fn algorithm(&self) -> Algorithm {
        ALGORITHM
    }
}

fn signer(algorithm: &Algorithm, key: &EncodingKey) -> JwtResult<Box<dyn JwtSigner>> {
    if *algorithm != ALGORITHM {
        return Err(ErrorKind::InvalidAlgorithm.into());
    }
    let random = SystemRandom::new();
    let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, key.as_bytes(), &random)
        .map_err(|_| ErrorKind::InvalidEcdsaKey)?;
    Ok(Box::new(RingSigner(pair, random)))
}

fn verifier(algorithm: &Algorithm, key: &DecodingKey) -> JwtResult<Box<dyn JwtVerifier>> {
    if *algorithm != ALGORITHM {
        return Err(ErrorKind::InvalidAlgorithm.into());
    }
    Ok(Box::new(RingVerifier(key.try_get_as_bytes()?.to_vec())))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use kp_chain::netwerk::Claims;
    use uuid::Uuid;

    use super::TokenKey;

    fn claims() -> Claims {
        Claims {
            iss: "auth.sim".to_owned(),
            sub: "agbcode:98765432".to_owned(),
            client_id: "agbcode:98765432".to_owned(),
            aud: "https://tr.sim/".to_owned(),
            iat: 1,
            nbf: 0,
            exp: 3601,
            jti: Uuid::from_u128(7),
            scopes: ["registers/a/b/c:read".to_owned()].into(),
            act: Some("SW-0007".to_owned()),
            instantie_type: Some("Zorgaanbieder".to_owned()),
            identities: BTreeMap::from([("agb".to_owned(), "98765432".to_owned())]),
            certificate: "abcd".to_owned(),
        }
    }

    /// Base64 as tokens have it.
    fn encode(text: &str) -> String {
        const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        let mut encoded = String::new();
        for chunk in text.as_bytes().chunks(3) {
            let bits = chunk
                .iter()
                .fold(0u32, |bits, octet| bits << 8 | u32::from(*octet));
            let bits = bits << (8 * (3 - chunk.len()));
            for place in 0..=chunk.len() {
                let letter = bits >> (18 - 6 * place) & 63;
                encoded.push(char::from(LETTERS[letter as usize]));
            }
        }
        encoded
    }

    #[test]
    fn a_token_says_what_was_signed() {
        let key = TokenKey::new().unwrap();
        let token = key.sign(&claims()).unwrap();
        assert_eq!(key.read(&token), Some(claims()));
    }

    #[test]
    fn a_token_of_another_key_or_that_was_changed_is_none() {
        let (key, other) = (TokenKey::new().unwrap(), TokenKey::new().unwrap());
        let token = key.sign(&claims()).unwrap();
        assert_eq!(other.read(&token), None);
        let [header, payload, signature] = token.split('.').collect::<Vec<_>>()[..] else {
            panic!("a token has three parts");
        };
        let mut said = claims();
        said.exp = 9_999_999_999;
        let changed = encode(&super::to_json(&said).to_string());
        assert_eq!(key.read(&format!("{header}.{changed}.{signature}")), None);
        assert_eq!(key.read(&format!("{header}.{payload}.")), None);
        assert_eq!(key.read(""), None);
        assert_eq!(key.read("a.b.c"), None);
    }

    #[test]
    fn a_token_without_signature_or_by_another_algorithm_is_none() {
        let key = TokenKey::new().unwrap();
        let token = key.sign(&claims()).unwrap();
        let payload = token.split('.').nth(1).unwrap();
        for header in [
            r#"{"typ":"JWT","alg":"none"}"#,
            r#"{"typ":"JWT","alg":"None"}"#,
            r#"{"typ":"JWT","alg":"HS256"}"#,
            r#"{"typ":"JWT","alg":"RS256"}"#,
        ] {
            let signature = token.rsplit('.').next().unwrap();
            for signature in ["", signature] {
                let forged = format!("{}.{payload}.{signature}", encode(header));
                assert_eq!(key.read(&forged), None, "{header}");
            }
        }
        // The same header as ours, written by hand, is read: what is refused above is refused for its algorithm.
        let own = encode(r#"{"typ":"JWT","alg":"ES256"}"#);
        assert_eq!(token.split('.').next(), Some(own.as_str()));
    }
}
