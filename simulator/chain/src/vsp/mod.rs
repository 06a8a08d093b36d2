//! The VSP interface of VECOZO as values: what clients say, what the hub replies, and the shapes of its JSON.
//!
//! Nothing here travels: HTTP, multipart and JSON text are the business of `kp-servers`. Which reply follows from
//! which request is decided in [`crate::hub`]. Tests are in each file.

mod exchange;
mod identifier;
mod metadata;
pub mod path;
mod search;
mod status;
mod validate;

pub use exchange::{
    LIST_LIMIT_MAX, ReceiptRefusal, RequestId, StatusQuery, StatusVersion, VspReply, VspRequest,
};
pub use identifier::{identifier, parse_identifier};
pub use metadata::{
    Basisgegevens, BerichtMetadataPull, BerichtMetadataPush, Berichtstroom, Checksum, HttpsDownload,
    Referentiegegevens, Relatie, Routeringgegevens, SleutelWaardePaar,
};
pub use search::{ZOEKPAD_TYPE, Zoekpad, ZoekpadBerichtstroom};
pub use status::{Berichtstatus, BerichtstatusGegevens, Melding};
pub use validate::FieldProblem;
pub(crate) use validate::ITEMS_MAX;
