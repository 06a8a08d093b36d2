//! The public face of kp-model, exercised as another crate would.

#[cfg(test)]
mod corpus;
#[cfg(test)]
mod coverage;
#[cfg(test)]
mod difference;
#[cfg(test)]
mod differential;
#[cfg(test)]
mod draft;
#[cfg(test)]
mod generate;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod import;
#[cfg(test)]
mod mutants;
mod network;
#[cfg(test)]
mod release;
#[cfg(test)]
mod schema;
#[cfg(test)]
mod structure;
