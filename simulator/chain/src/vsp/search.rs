//! How a client names the messages that it searches among those that wait for it: the three shapes of a Zoekpad.
//!
//! The shapes are values; their JSON is read and written in `kp-servers`, because the published schema cannot be taken
//! literally. Which messages match is decided in [`crate::hub`].

use uuid::Uuid;

/// The name of the member that says which shape a Zoekpad has.
pub const ZOEKPAD_TYPE: &str = "zoekpadType";

/// Which waiting messages are asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Zoekpad {
    /// Those of a stream.
    Berichtstroom(ZoekpadBerichtstroom),
    /// Those of a conversation.
    ConversatieId(Uuid),
    /// Those that answer a message.
    AlsAntwoordOp(Uuid),
}

/// A stream to search for; what is left out matches everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ZoekpadBerichtstroom {
    /// The standard; `WMO`, `iWmo` and `Wmo` are one.
    pub berichttype: String,
    /// The name of the message.
    pub berichtsubtype: Option<String>,
    /// The major version of the message.
    pub berichtversie: Option<i32>,
    /// The minor version of the message.
    pub berichtsubversie: Option<i32>,
    /// What is asked of the receiver.
    pub actie: Option<String>,
    /// The role of the addressee.
    pub geadresseerde_rol: Option<String>,
    /// The code of the addressee.
    pub geadresseerde_code: Option<String>,
}

impl Zoekpad {
    /// The name of its shape, as the interface writes it.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Berichtstroom(_) => "ZoekpadOpBerichtstroom",
            Self::ConversatieId(_) => "ZoekpadOpConversatieId",
            Self::AlsAntwoordOp(_) => "ZoekpadOpAlsAntwoordOp",
        }
    }
}
