//! What the report crate gives, through its public API: one module a renderer.

mod comparison;
mod evidence;
mod findings;
mod html;
mod json;
mod junit;
mod run;
mod sample;
mod sarif;
mod schema;
mod site;
mod terminal;
