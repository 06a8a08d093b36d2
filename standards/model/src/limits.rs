//! The limits within which a message is read, so that no input takes unbounded time or memory.

/// What the reader accepts before it refuses to go on.
///
/// The size of a file is a limit of the standard and belongs to the release; these protect the tool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The most elements within each other. The messages of the standards need fewer than 12.
    pub depth: usize,
    /// The most attributes on one element, namespace declarations included.
    pub attributes: usize,
    /// The most namespace declarations in force at one place.
    pub namespaces: usize,
    /// The most bytes in the name of an element, prefix included.
    pub name_bytes: usize,
    /// The most bytes between the start tag and the end tag of a value.
    pub text_bytes: usize,
    /// The most findings that are told of one message; the rest is counted.
    pub findings: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            depth: 64,
            attributes: 64,
            namespaces: 64,
            name_bytes: 1024,
            text_bytes: 10 * 1024 * 1024,
            findings: 1000,
        }
    }
}
