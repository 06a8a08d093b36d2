//! Which operation a method and path mean.
//!
//! It knows the paths of the interfaces, with and without the segment of an environment, and nothing of what the
//! operations do. Tests are below.

use hyper::Method;
use kp_chain::EnvPrefix;
use kp_chain::vsp::StatusVersion;
use kp_chain::vsp::path::{ENVIRONMENTS, PULL, PUSH, STATUS_V2, STATUS_V3};

const BERICHTEN: &str = "/berichten";
const ZOEKEN: &str = "zoeken";
const PAYLOAD: &str = "/payload";
const KLOK: &str = "/ketenproef/klok";
const BERICHTSTATUSSEN: &str = "/berichtstatussen";

/// What a request asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Route<'a> {
    /// Hand a message in.
    Push,
    /// List what waits.
    List,
    /// Search among what waits.
    Search,
    /// Download the payload of the message that the text names.
    Payload(&'a str),
    /// Confirm the message that the text names.
    Confirm(&'a str),
    /// Ask how far messages have come.
    Status(StatusVersion),
    /// Ask the business clock: no interface of the hub, but of this harness.
    Klok,
    /// The path exists, but only for this method.
    OnlyFor(&'static str),
    /// There is no such path.
    Nowhere,
}

/// What may stand before the path of an interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Prefix {
    /// Nothing, or any environment.
    Any,
    /// This environment, or nothing when it is empty.
    Only(&'static str),
}

impl Prefix {
    /// What a switch allows at an address that is handed out.
    pub(super) fn new(env_prefix: EnvPrefix, base_url: &str) -> Self {
        match env_prefix {
            EnvPrefix::Any => Self::Any,
            EnvPrefix::Strict => {
                let mut known = ENVIRONMENTS.into_iter();
                Self::Only(
                    known
                        .find(|environment| base_url.ends_with(environment))
                        .unwrap_or(""),
                )
            }
        }
    }

    fn strip(self, path: &str) -> Option<&str> {
        match self {
            Self::Any => {
                let mut known = ENVIRONMENTS.iter();
                Some(
                    known
                        .find_map(|environment| path.strip_prefix(environment))
                        .unwrap_or(path),
                )
            }
            Self::Only(environment) => path.strip_prefix(environment),
        }
    }
}

/// The operation that a method and path mean.
pub(super) fn route<'a>(method: &Method, path: &'a str, prefix: Prefix) -> Route<'a> {
    // The clock is no interface of the hub, and has no environment.
    let stripped = if path == KLOK {
        Some(path)
    } else {
        prefix.strip(path)
    };
    let Some(path) = stripped else {
        return Route::Nowhere;
    };
    let (expected, route) = if path == KLOK {
        (Method::GET, Route::Klok)
    } else if let Some(rest) = path.strip_prefix(PUSH) {
        match rest {
            BERICHTEN => (Method::POST, Route::Push),
            _ => return Route::Nowhere,
        }
    } else if let Some(rest) = path
        .strip_prefix(PULL)
        .and_then(|rest| rest.strip_prefix(BERICHTEN))
    {
        match rest.strip_prefix('/') {
            None if rest.is_empty() => (Method::GET, Route::List),
            None | Some("") => return Route::Nowhere,
            Some(ZOEKEN) => (Method::POST, Route::Search),
            Some(rest) => match rest.strip_suffix(PAYLOAD) {
                Some(message) if !message.contains('/') => (Method::GET, Route::Payload(message)),
                None if !rest.contains('/') => (Method::DELETE, Route::Confirm(rest)),
                Some(_) | None => return Route::Nowhere,
            },
        }
    } else if path.strip_prefix(STATUS_V2) == Some(BERICHTSTATUSSEN) {
        (Method::GET, Route::Status(StatusVersion::V2))
    } else if path.strip_prefix(STATUS_V3) == Some(BERICHTSTATUSSEN) {
        (Method::GET, Route::Status(StatusVersion::V3))
    } else {
        return Route::Nowhere;
    };
    match (*method == expected, expected) {
        (true, _) => route,
        (false, Method::GET) => Route::OnlyFor("GET"),
        (false, Method::POST) => Route::OnlyFor("POST"),
        (false, _) => Route::OnlyFor("DELETE"),
    }
}

#[cfg(test)]
mod tests {
    use hyper::Method;

    use kp_chain::vsp::StatusVersion;

    use kp_chain::EnvPrefix;

    use super::{Prefix, Route, route};

    #[test]
    fn a_strict_prefix_is_that_of_the_address() {
        let pull = "/berichtenservice/berichten/rest-pull/v1/berichten";
        let of = |base_url: &str, path: &str| {
            route(
                &Method::GET,
                &format!("{path}{pull}"),
                Prefix::new(EnvPrefix::Strict, base_url),
            ) == Route::List
        };
        assert!(of("http://127.0.0.1:80", "") && !of("http://127.0.0.1:80", "/tst"));
        assert!(of("http://hub.test/tst", "/tst") && !of("http://hub.test/tst", ""));
        assert!(!of("http://hub.test/tst", "/acc") && of("http://hub.test/acc", "/acc"));
        let klok = route(
            &Method::GET,
            "/ketenproef/klok",
            Prefix::new(EnvPrefix::Strict, "http://x/tst"),
        );
        assert_eq!(klok, Route::Klok);
    }

    #[test]
    fn knows_every_path_in_every_environment() {
        let pull = "/berichtenservice/berichten/rest-pull/v1/berichten";
        for environment in ["", "/acc", "/tst"] {
            let check = |method, path: &str, expected| {
                assert_eq!(
                    route(&method, &format!("{environment}{path}"), Prefix::Any),
                    expected,
                    "{method} {path}"
                );
            };
            check(
                Method::POST,
                "/berichtenservice/berichten/rest-push/v1/berichten",
                Route::Push,
            );
            check(Method::GET, pull, Route::List);
            check(Method::POST, &format!("{pull}/zoeken"), Route::Search);
            check(Method::DELETE, &format!("{pull}/zoeken"), Route::OnlyFor("POST"));
            check(Method::GET, &format!("{pull}/a/payload"), Route::Payload("a"));
            check(Method::DELETE, &format!("{pull}/a"), Route::Confirm("a"));
            for (number, version) in [(2, StatusVersion::V2), (3, StatusVersion::V3)] {
                let path = format!("/berichtenservice/berichtstatus/rest-pull/v{number}/berichtstatussen");
                check(Method::GET, &path, Route::Status(version));
            }
            let path = "/berichtenservice/berichtstatus/rest-pull/v1/berichtstatussen";
            check(Method::GET, path, Route::Nowhere);
            check(Method::GET, "/ketenproef/klok", Route::Klok);
            check(Method::POST, "/ketenproef/klok", Route::OnlyFor("GET"));
            check(Method::POST, pull, Route::OnlyFor("GET"));
            check(
                Method::GET,
                "/berichtenservice/berichten/rest-push/v1/berichten",
                Route::OnlyFor("POST"),
            );
            check(Method::GET, &format!("{pull}/a"), Route::OnlyFor("DELETE"));
            check(Method::GET, &format!("{pull}/a/b/payload"), Route::Nowhere);
            check(Method::GET, &format!("{pull}/"), Route::Nowhere);
            check(Method::GET, &format!("{pull}x"), Route::Nowhere);
            check(Method::GET, "/", Route::Nowhere);
        }
    }
}
