//! The deserializer: a place in a tree. A type is given the form that it asks for or an error, never another form that
//! it might have taken as well.

use crate::{Json, Problem};
use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, Error, Expected, MapAccess, SeqAccess, Unexpected, VariantAccess,
    Visitor,
};
use std::slice::Iter;

type Result<T> = std::result::Result<T, Problem>;

/// A value in a tree.
#[derive(Clone, Copy)]
pub(crate) struct Node<'a>(pub &'a Json);

impl<'a> Node<'a> {
    fn unexpected(self) -> Unexpected<'a> {
        match self.0 {
            Json::Null => Unexpected::Other("null"),
            Json::Bool(value) => Unexpected::Bool(*value),
            Json::Unsigned(value) => Unexpected::Unsigned(*value),
            Json::Signed(value) => Unexpected::Signed(*value),
            Json::Float(value) => Unexpected::Float(*value),
            Json::Text(value) => Unexpected::Str(value),
            Json::Array(_) => Unexpected::Seq,
            Json::Object(_) => Unexpected::Map,
        }
    }

    /// Not inlined, as every type has its own copies of the callers.
    #[cold]
    #[inline(never)]
    pub(crate) fn wrong(self, expected: &dyn Expected) -> Problem {
        Problem::invalid_type(self.unexpected(), expected)
    }

    #[inline(never)]
    pub(crate) fn unsigned(self, expected: &dyn Expected) -> Result<u64> {
        match self.0 {
            Json::Unsigned(value) => Ok(*value),
            Json::Signed(_) => Err(Problem::invalid_value(self.unexpected(), expected)),
            _ => Err(self.wrong(expected)),
        }
    }

    #[inline(never)]
    fn signed(self, expected: &dyn Expected) -> Result<i64> {
        match self.0 {
            Json::Signed(value) => Ok(*value),
            Json::Unsigned(value) => {
                i64::try_from(*value).map_err(|_| Problem::invalid_value(self.unexpected(), expected))
            }
            _ => Err(self.wrong(expected)),
        }
    }

    #[inline(never)]
    pub(crate) fn text(self, expected: &dyn Expected) -> Result<&'a str> {
        match self.0 {
            Json::Text(text) => Ok(text),
            _ => Err(self.wrong(expected)),
        }
    }

    #[inline(never)]
    fn items(self, expected: &dyn Expected) -> Result<Items<'a>> {
        match self.0 {
            Json::Array(items) => Ok(Items {
                items: items.iter(),
                taken: 0,
            }),
            _ => Err(self.wrong(expected)),
        }
    }

    #[inline(never)]
    fn members(self, expected: &dyn Expected) -> Result<Members<'a>> {
        match self.0 {
            Json::Object(members) => Ok(Members {
                members: members.iter(),
                value: None,
            }),
            _ => Err(self.wrong(expected)),
        }
    }

    #[inline(never)]
    fn variant(self, expected: &dyn Expected) -> Result<Variant<'a>> {
        match self.0 {
            Json::Text(_) => Ok(Variant {
                name: self,
                value: None,
            }),
            Json::Object(members) => match &members[..] {
                [(name, value)] => Ok(Variant {
                    name: Node(name),
                    value: Some(Node(value)),
                }),
                _ => Err(Problem::invalid_length(members.len(), &"one name")),
            },
            _ => Err(self.wrong(expected)),
        }
    }

    pub(crate) fn key(self) -> &'a str {
        match self.0 {
            Json::Text(text) => text,
            _ => "",
        }
    }
}

macro_rules! integers {
    ($read:ident $visit:ident: $($deserialize:ident)*) => {
        $(fn $deserialize<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value> {
            let value = self.$read(&visitor)?;
            visitor.$visit(value)
        })*
    };
}

impl<'a> Deserializer<'a> for Node<'a> {
    type Error = Problem;

    integers!(unsigned visit_u64: deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64);
    integers!(signed visit_i64: deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64);

    fn deserialize_any<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value> {
        match self.0 {
            Json::Null => visitor.visit_unit(),
            Json::Bool(value) => visitor.visit_bool(*value),
            Json::Unsigned(value) => visitor.visit_u64(*value),
            Json::Signed(value) => visitor.visit_i64(*value),
            Json::Float(value) => visitor.visit_f64(*value),
            Json::Text(text) => visitor.visit_borrowed_str(text),
            Json::Array(_) => self.deserialize_seq(visitor),
            Json::Object(_) => self.deserialize_map(visitor),
        }
    }

    fn deserialize_bool<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value> {
        match self.0 {
            Json::Bool(value) => visitor.visit_bool(*value),
            _ => Err(self.wrong(&visitor)),
        }
    }

    fn deserialize_f32<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value> {
        self.deserialize_f64(visitor)
    }

    fn deserialize_f64<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value> {
        match self.0 {
            Json::Float(value) => visitor.visit_f64(*value),
            Json::Unsigned(value) => visitor.visit_u64(*value),
            Json::Signed(value) => visitor.visit_i64(*value),
            _ => Err(self.wrong(&visitor)),
        }
    }

    fn deserialize_char<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value> {
        self.deserialize_str(visitor)
    }

    fn deserialize_str<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value> {
        let value = self.text(&visitor)?;
        visitor.visit_borrowed_str(value)
    }

    fn deserialize_string<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value> {
        self.deserialize_str(visitor)
    }

    fn deserialize_bytes<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value> {
        self.deserialize_str(visitor)
    }

    fn deserialize_byte_buf<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value> {
        self.deserialize_str(visitor)
    }

    fn deserialize_option<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value> {
        match self.0 {
            Json::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_unit<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value> {
        match self.0 {
            Json::Null => visitor.visit_unit(),
            _ => Err(self.wrong(&visitor)),
        }
    }

    fn deserialize_unit_struct<V: Visitor<'a>>(self, _: &'static str, visitor: V) -> Result<V::Value> {
        self.deserialize_unit(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'a>>(self, _: &'static str, visitor: V) -> Result<V::Value> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value> {
        let mut items = self.items(&visitor)?;
        let value = visitor.visit_seq(&mut items)?;
        items.end()?;
        Ok(value)
    }

    fn deserialize_tuple<V: Visitor<'a>>(self, _: usize, visitor: V) -> Result<V::Value> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'a>>(self, _: &'static str, _: usize, visitor: V) -> Result<V::Value> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_map<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value> {
        let value = self.members(&visitor)?;
        visitor.visit_map(value)
    }

    fn deserialize_struct<V: Visitor<'a>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        self.deserialize_map(visitor)
    }

    fn deserialize_enum<V: Visitor<'a>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        let value = self.variant(&visitor)?;
        visitor.visit_enum(value)
    }

    fn deserialize_identifier<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value> {
        let value = self.text(&visitor)?;
        visitor.visit_str(value)
    }

    fn deserialize_ignored_any<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value> {
        visitor.visit_unit()
    }
}

/// The items of a list.
struct Items<'a> {
    items: Iter<'a, Json>,
    taken: usize,
}

impl Items<'_> {
    fn end(&self) -> Result<()> {
        match self.items.len() {
            0 => Ok(()),
            more => Err(Problem::invalid_length(self.taken + more, &"fewer items")),
        }
    }
}

impl<'a> SeqAccess<'a> for &mut Items<'a> {
    type Error = Problem;

    fn next_element_seed<T: DeserializeSeed<'a>>(&mut self, seed: T) -> Result<Option<T::Value>> {
        let Some(item) = self.items.next() else {
            return Ok(None);
        };
        let index = self.taken;
        self.taken += 1;
        seed.deserialize(Node(item))
            .map(Some)
            .map_err(|problem| problem.in_item(index))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.items.len())
    }
}

/// The members of an object.
struct Members<'a> {
    members: Iter<'a, (Json, Json)>,
    /// Name and value of the member whose name was given.
    value: Option<(Node<'a>, Node<'a>)>,
}

impl<'a> MapAccess<'a> for Members<'a> {
    type Error = Problem;

    fn next_key_seed<K: DeserializeSeed<'a>>(&mut self, seed: K) -> Result<Option<K::Value>> {
        let Some((name, value)) = self.members.next() else {
            return Ok(None);
        };
        let name = Node(name);
        self.value = Some((name, Node(value)));
        seed.deserialize(name)
            .map(Some)
            .map_err(|problem| problem.in_member(name.key()))
    }

    fn next_value_seed<V: DeserializeSeed<'a>>(&mut self, seed: V) -> Result<V::Value> {
        let Some((name, value)) = self.value.take() else {
            return Err(Problem::custom("a value without a name"));
        };
        seed.deserialize(value).map_err(|problem| problem.in_member(name.key()))
    }
}

/// A name alone, or the only member of an object.
struct Variant<'a> {
    name: Node<'a>,
    value: Option<Node<'a>>,
}

impl<'a> Variant<'a> {
    fn value(&self) -> Result<Node<'a>> {
        self.value
            .ok_or_else(|| Problem::invalid_type(Unexpected::Other("null"), &"what belongs to the name"))
    }

    fn below(&self, problem: Problem) -> Problem {
        problem.in_member(self.name.key())
    }
}

impl<'a> EnumAccess<'a> for Variant<'a> {
    type Error = Problem;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'a>>(self, seed: V) -> Result<(V::Value, Self)> {
        match seed.deserialize(self.name) {
            Ok(variant) => Ok((variant, self)),
            Err(problem) if self.value.is_some() => Err(self.below(problem)),
            Err(problem) => Err(problem),
        }
    }
}

impl<'a> VariantAccess<'a> for Variant<'a> {
    type Error = Problem;

    fn unit_variant(self) -> Result<()> {
        match self.value {
            None | Some(Node(Json::Null)) => Ok(()),
            Some(value) => Err(self.below(value.wrong(&"nothing beside the name"))),
        }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'a>>(self, seed: T) -> Result<T::Value> {
        seed.deserialize(self.value()?).map_err(|problem| self.below(problem))
    }

    fn tuple_variant<V: Visitor<'a>>(self, _: usize, visitor: V) -> Result<V::Value> {
        self.value()?
            .deserialize_seq(visitor)
            .map_err(|problem| self.below(problem))
    }

    fn struct_variant<V: Visitor<'a>>(self, _: &'static [&'static str], visitor: V) -> Result<V::Value> {
        self.value()?
            .deserialize_map(visitor)
            .map_err(|problem| self.below(problem))
    }
}
