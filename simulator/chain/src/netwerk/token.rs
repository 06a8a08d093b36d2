//! Tokens: what is issued to whom, and which one is good (RFC0014 4.1, 6.1).
//!
//! A token is its claims here; signing them and reading a signature is for the shell, which hands on only what was signed
//! by the issuer. There is no secret: the certificate of the connection is the credential, at the token endpoint and with
//! every call. Tests: `tests/it/netwerk`.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use kp_model::network::Network;
use uuid::Uuid;

use super::adresboek::Adresboek;
use super::deelnemer::{Deelnemer, Deelnemers, Status};

/// What a party asks of the token endpoint.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TokenRequest {
    /// The flow: only `client_credentials` is known.
    pub grant_type: String,
    /// The scopes, with blanks between.
    pub scope: String,
    /// The addresses for which it is meant; one is right.
    pub audience: Vec<String>,
    /// The party that it acts for; empty counts as absent.
    pub acting_for: Option<String>,
}

/// What a token says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claims {
    /// Who issued it.
    pub iss: String,
    /// The party whose rights it carries.
    pub sub: String,
    /// The same party.
    pub client_id: String,
    /// The address that it is meant for.
    pub aud: String,
    /// When it was issued, in seconds since the Unix epoch, as are the two below.
    pub iat: i64,
    /// From when it is good.
    pub nbf: i64,
    /// From when it is good no more.
    pub exp: i64,
    /// Its own number.
    pub jti: Uuid,
    /// What it may be used for.
    pub scopes: BTreeSet<String>,
    /// Who acts for the party.
    pub act: Option<String>,
    /// What kind of party it is.
    pub instantie_type: Option<String>,
    /// The identifications of the party, by claim.
    pub identities: BTreeMap<String, String>,
    /// The certificate of the connection over which it was asked: over any other it is no good (RFC 8705).
    pub certificate: String,
}

/// Why there is no token, or why it is not good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The HTTP status.
    pub status: u16,
    /// What the caller is told.
    pub text: &'static str,
}

const fn refuse(status: u16, text: &'static str) -> Refusal {
    Refusal { status, text }
}

const INVALID_CERTIFICATE: Refusal = refuse(403, "Invalid Client Certificate");
const NOT_ACTIVE: Refusal = refuse(403, "participant is not active");
const NO_AUDIENCE: Refusal = refuse(400, "audience is required");
const WRONG_AUDIENCE: Refusal = refuse(400, "audience is not one known https address");
const WRONG_FLOW: Refusal = refuse(400, "unsupported_grant_type");
const WRONG_SCOPE: Refusal = refuse(400, "Access denied, invalid scope");
const NOT_FOR_PARTY: Refusal = refuse(401, "authenticating with issuing authority");
pub(super) const INVALID_TOKEN: Refusal = refuse(401, "Jwt is invalid");
pub(super) const EXPIRED_TOKEN: Refusal = refuse(401, "Jwt is expired");

/// Issues a token to the owner of a certificate; `now` in seconds since the Unix epoch, `today` for what ends on a day.
///
/// # Errors
/// Why there is none, with the status of RFC0014 6.1.
pub fn issue(
    network: &Network,
    deelnemers: &Deelnemers,
    adresboek: &Adresboek,
    certificate: &str,
    request: &TokenRequest,
    (now, today): (i64, Date),
    jti: Uuid,
) -> Result<Claims, Refusal> {
    let caller = deelnemers
        .of_certificate(certificate)
        .ok_or(INVALID_CERTIFICATE)?;
    if caller.status != Status::Actief {
        return Err(NOT_ACTIVE);
    }
    let audience = match request.audience.as_slice() {
        [] => return Err(NO_AUDIENCE),
        [one] if one.is_empty() => return Err(NO_AUDIENCE),
        [one] if one.starts_with("https://") && adresboek.service(one).is_some() => one,
        _ => return Err(WRONG_AUDIENCE),
    };
    if request.grant_type != "client_credentials" {
        return Err(WRONG_FLOW);
    }
    let party = match request
        .acting_for
        .as_deref()
        .filter(|subject| !subject.is_empty())
    {
        None => caller,
        Some(subject) => represented(network, deelnemers, caller, subject, today)?,
    };
    let scopes: BTreeSet<String> = request
        .scope
        .split_ascii_whitespace()
        .map(str::to_owned)
        .collect();
    if scopes.is_empty() || !scopes.iter().all(|scope| may_have(network, party, scope)) {
        return Err(WRONG_SCOPE);
    }
    let subject = party.subject(network).ok_or(INVALID_CERTIFICATE)?;
    let role = |role: &usize| network.roles.get(*role);
    let identities = party.identities.iter();
    Ok(Claims {
        iss: network.token.issuer.clone(),
        sub: subject.clone(),
        client_id: subject,
        aud: audience.clone(),
        iat: now,
        nbf: now - i64::from(network.token.not_before_seconds),
        exp: now + i64::from(network.token.lifetime_seconds),
        jti,
        scopes,
        act: (party.name != caller.name).then(|| caller.name.clone()),
        instantie_type: party
            .identities
            .keys()
            .find_map(role)
            .map(|role| role.instantie_type.clone()),
        identities: identities
            .filter_map(|(place, value)| Some((role(place)?.claim.clone(), value.clone())))
            .collect(),
        certificate: certificate.to_owned(),
    })
}

/// The party that a caller acts for.
fn represented<'a>(
    network: &Network,
    deelnemers: &'a Deelnemers,
    caller: &Deelnemer,
    subject: &str,
    today: Date,
) -> Result<&'a Deelnemer, Refusal> {
    let party = deelnemers.of_subject(network, subject).ok_or(NOT_FOR_PARTY)?;
    if party.name == caller.name || !party.lets_act(&caller.name, today) {
        return Err(NOT_FOR_PARTY);
    }
    if party.status != Status::Actief {
        return Err(NOT_ACTIVE);
    }
    Ok(party)
}

/// Whether any rule of the standard gives a scope to a party in one of its roles.
fn may_have(network: &Network, party: &Deelnemer, scope: &str) -> bool {
    party.identities.keys().any(|role| {
        let reads = network
            .policies
            .iter()
            .filter(|policy| policy.consumer == *role)
            .any(|policy| network.read_scope(policy.entity, policy.view.as_deref()) == scope);
        let tells = network
            .notification_types
            .iter()
            .filter(|known| network.registers[known.entity.register].owner == *role)
            .any(|known| network.notification_scope(known.to) == scope);
        let reports = network
            .policies
            .iter()
            .filter(|policy| policy.consumer == *role)
            .any(|policy| network.melding_scope(network.registers[policy.entity.register].owner) == scope);
        reads || tells || reports
    })
}

/// Whether a token is good at a moment, for an address, over the connection of a certificate.
///
/// # Errors
/// Why it is not, with the status of RFC0014 6.2: somebody else's is as bad as a false one.
pub fn validate(
    network: &Network,
    deelnemers: &Deelnemers,
    claims: &Claims,
    certificate: &str,
    audience: &str,
    now: i64,
) -> Result<(), Refusal> {
    let caller = deelnemers
        .of_certificate(certificate)
        .ok_or(INVALID_CERTIFICATE)?;
    if claims.iss != network.token.issuer || claims.aud != audience || claims.certificate != certificate {
        return Err(INVALID_TOKEN);
    }
    let owner = claims.act.clone().or_else(|| {
        deelnemers
            .of_subject(network, &claims.sub)
            .map(|party| party.name.clone())
    });
    if owner.as_deref() != Some(caller.name.as_str()) {
        return Err(INVALID_TOKEN);
    }
    if now < claims.nbf || now >= claims.exp {
        return Err(EXPIRED_TOKEN);
    }
    let party = deelnemers.of_subject(network, &claims.sub).ok_or(INVALID_TOKEN)?;
    if caller.status != Status::Actief || party.status != Status::Actief {
        return Err(NOT_ACTIVE);
    }
    Ok(())
}
