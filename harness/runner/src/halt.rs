//! Why a scenario cannot go on: something of ours, something of the system under test, or an act that it does not know.
//!
//! Who is to blame decides the outcome: ours is an error, that of the system under test fails the scenario, and an act
//! that it does not support skips it. What happens then is decided in `steps/world.rs`.

/// We could not go on; the text says why.
#[derive(Clone, Debug)]
pub(crate) struct Stumble(pub(crate) String);

/// The system under test kept us from going on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    /// What it should have done.
    pub(crate) expected: String,
    /// What it did.
    pub(crate) got: String,
    /// What that means and what to do, in Dutch.
    pub(crate) explanation: String,
}

/// Why a scenario halts.
#[derive(Clone, Debug)]
pub(crate) enum Halt {
    /// Ours.
    Stumble(Stumble),
    /// That of the system under test.
    Fault(Fault),
    /// The system under test does not do what was asked, and says so.
    Unsupported(String),
}

impl<E: std::error::Error> From<E> for Stumble {
    fn from(error: E) -> Self {
        let mut text = error.to_string();
        let mut source = error.source();
        while let Some(cause) = source {
            text.push_str(": ");
            text.push_str(&cause.to_string());
            source = cause.source();
        }
        Self(text)
    }
}

impl<E: std::error::Error> From<E> for Halt {
    fn from(error: E) -> Self {
        Self::Stumble(error.into())
    }
}

impl From<Stumble> for Halt {
    fn from(stumble: Stumble) -> Self {
        Self::Stumble(stumble)
    }
}

impl From<Fault> for Halt {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}
