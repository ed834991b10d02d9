//! Types with named members, which one reader and one writer handle.

use crate::value::{Value, write_member, write_unusual};
use crate::{Json, Problem};

/// A type with named members; [`crate::fields!`] implements it.
pub trait Fields {
    /// What is known of all values of the type.
    fn table(&self) -> &'static Table;

    /// The members, in the order of the table.
    fn fields(&self) -> Vec<&dyn Value>;

    /// The same, to be changed.
    fn fields_mut(&mut self) -> Vec<&mut dyn Value>;

    /// A value whose members are what they are where JSON leaves them out.
    fn usual(&self) -> Box<dyn Fields>;
}

/// The members of a type.
pub struct Table {
    /// Their names in JSON, at most 32.
    pub names: &'static [&'static str],
    /// Whether each must be there.
    pub required: &'static [bool],
    /// Whether each is written although it is what it is where it is left out.
    pub written: &'static [bool],
}

/// Reads members over those that `fields` has; refuses unknown ones.
pub fn read_fields(fields: &mut dyn Fields, json: &Json) -> Result<(), Problem> {
    let members = json.members()?;
    let table = fields.table();
    let mut fields = fields.fields_mut();
    let mut seen = 0u32;
    for (name, value) in members {
        let name = name.key();
        let Some(index) = table.names.iter().position(|known| *known == name) else {
            return Err(Problem::unknown("field", name, table.names).in_member(name));
        };
        if seen >> index & 1 != 0 {
            return Err(Problem::field("duplicate", name));
        }
        seen |= 1 << index;
        fields[index].read(value).map_err(|problem| problem.in_member(name))?;
    }
    for (index, name) in table.names.iter().enumerate() {
        if table.required[index] && seen >> index & 1 == 0 {
            return Err(Problem::field("missing", name));
        }
    }
    Ok(())
}

/// Writes the members that are not what they are where they are left out.
pub fn write_fields(fields: &dyn Fields, out: &mut Vec<u8>) {
    let table = fields.table();
    let (fields, usual) = (fields.fields(), fields.usual());
    let usual = usual.fields();
    out.push(b'{');
    let start = out.len();
    for (index, name) in table.names.iter().enumerate() {
        let write = |out: &mut Vec<u8>| {
            if table.written[index] {
                fields[index].write(out);
            } else {
                write_unusual(fields[index], usual[index], out);
            }
        };
        write_member(name, start, &write, out);
    }
    out.push(b'}');
}

/// A type with named members that is read and written by its table, which stands in its definition:
///
/// ```
/// tensorpress_json::fields! {
///     /// What a window shows.
///     #[derive(Debug, Clone, PartialEq)]
///     pub struct View {
///         /// It must be given, and is always written.
///         pub page: u32 => required,
///         /// It may be left out, and is written although it is what it is then.
///         pub scale: f64 => written = 1.0,
///         /// It may be left out, and is left out where it is what it is then.
///         pub columns: u32 = 2,
///         /// The same, with the type's own default, and with a name of its own in JSON.
///         pub most_rows("mostRows"): Option<u32>,
///     }
/// }
///
/// let view: View = tensorpress_json::from_text(r#"{"page":3,"mostRows":7}"#).unwrap();
/// assert_eq!(view, View { page: 3, scale: 1.0, columns: 2, most_rows: Some(7) });
/// assert_eq!(tensorpress_json::to_text(&view), r#"{"page":3,"scale":1.0,"mostRows":7}"#);
/// ```
#[macro_export]
macro_rules! fields {
    (
        $(#[$meta:meta])*
        pub struct $type:ident {
            $(
                $(#[$field_meta:meta])*
                pub $field:ident $(($name:literal))? : $field_type:ty $(=> $presence:ident)? $(= $usual:expr)?
            ),+ $(,)?
        }
    ) => {
        $(#[$meta])*
        pub struct $type {
            $($(#[$field_meta])* pub $field: $field_type),+
        }

        impl Default for $type {
            fn default() -> Self {
                $type { $($field: $crate::fields!(@usual $($usual)?)),+ }
            }
        }

        impl $crate::Fields for $type {
            fn table(&self) -> &'static $crate::Table {
                const TABLE: &$crate::Table = &$crate::Table {
                    names: &[$($crate::fields!(@name $field $($name)?)),+],
                    required: &[$($crate::fields!(@required $($presence)?)),+],
                    written: &[$($crate::fields!(@written $($presence)?)),+],
                };
                const { assert!(TABLE.names.len() <= 32) };
                TABLE
            }

            fn fields(&self) -> Vec<&dyn $crate::Value> {
                vec![$(&self.$field),+]
            }

            fn fields_mut(&mut self) -> Vec<&mut dyn $crate::Value> {
                vec![$(&mut self.$field),+]
            }

            fn usual(&self) -> Box<dyn $crate::Fields> {
                Box::new($type::default())
            }
        }

        impl $crate::FromJson for $type {
            fn from_json(json: &$crate::Json) -> Result<Self, $crate::Problem> {
                let mut value = $type::default();
                $crate::read_fields(&mut value, json)?;
                Ok(value)
            }
        }

        impl $crate::ToJson for $type {
            fn write(&self, out: &mut Vec<u8>) {
                $crate::write_fields(self, out);
            }
        }
    };
    (@usual $usual:expr) => { $usual };
    (@usual) => { Default::default() };
    (@name $field:ident $name:literal) => { $name };
    (@name $field:ident) => { stringify!($field) };
    (@required required) => { true };
    (@required $($other:ident)?) => { false };
    (@written $presence:ident) => { true };
    (@written) => { false };
}
