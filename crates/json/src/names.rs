//! Types that are one of several names.

use crate::Json;
use crate::problem::Problem;

/// Says how the variants of a type without data are named: `names!(Method { Exact: "exact", Lloyd: "lloyd" })`.
#[macro_export]
macro_rules! names {
    ($type:ident { $($variant:ident: $name:literal),+ $(,)? }) => {
        impl $type {
            const NAMES: &[&str] = &[$($name),+];

            /// Its name.
            pub fn name(self) -> &'static str {
                match self { $($type::$variant => $name),+ }
            }
        }

        impl $crate::FromJson for $type {
            fn from_json(json: &$crate::Json) -> Result<Self, $crate::Problem> {
                const ALL: &[$type] = &[$($type::$variant),+];
                Ok(ALL[$crate::name_index(json, $type::NAMES)?])
            }
        }

        impl $crate::ToJson for $type {
            fn write(&self, out: &mut Vec<u8>) {
                $crate::write_name(self.name(), out);
            }
        }
    };
}

/// The number of the name that `json` holds.
pub fn index(json: &Json, names: &[&str]) -> Result<usize, Problem> {
    let text = json.text()?;
    let index = names.iter().position(|name| *name == text);
    index.ok_or_else(|| Problem::unknown("variant", text, names))
}
