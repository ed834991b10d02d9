//! JSON into types, and types as JSON. Text becomes a [`Json`] tree, and every type is read from that, with the path of
//! what is refused: what callers give by tables ([`fields!`], [`names!`]), for which there is one reader and one writer.
//!
//! What serde derives is code for every member of every type, and for every form that a deserializer might give: with
//! tables types weigh little in WebAssembly. What others wrote, of which little is read, is read by hand ([`Place`]). What
//! messages hold of values is written here for the same reason.
#![forbid(unsafe_code)]

mod fields;
mod message;
mod names;
mod node;
mod parse;
mod place;
mod problem;
mod shortest;
mod tree;
mod value;

pub use fields::{Fields, Table, read_fields, write_fields};
pub use message::{Quoted, head, shown};
pub use names::index as name_index;
pub use place::{Place, read_with};
pub use problem::{Parts, Problem};
pub use shortest::Float;
pub use tree::Json;
pub use value::{
    FromJson, ToJson, Unusual, Value, form, from_bytes, from_text, to_text, write_form, write_members, write_name,
};

use parse::parse;

#[cfg(test)]
mod tests;
