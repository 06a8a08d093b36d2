//! What the report crate gives, through its public API: one module a renderer.

mod findings;
mod html;
mod json;
mod junit;
mod run;
mod sample;
mod schema;
mod terminal;
