//! Reading by hand, for what others wrote: a place in a tree says what is there or where it is wrong.

use crate::{Json, Problem, parse::parse};

/// A value and what leads to it.
#[derive(Clone, Copy)]
pub struct Place<'a, 'p> {
    value: &'a Json<'a>,
    above: Option<&'p Step<'a, 'p>>,
}

/// A step down from a place.
struct Step<'a, 'p> {
    from: Place<'a, 'p>,
    key: Key<'a>,
}

enum Key<'a> {
    Member(&'a str),
    Item(usize),
}

/// Reads a value from text that holds it and nothing else.
pub fn read_with<T>(text: &[u8], read: impl FnOnce(Place) -> Result<T, Problem>) -> Result<T, Problem> {
    let value = &parse(text)?;
    read(Place { value, above: None })
}

impl<'a> Place<'a, '_> {
    /// A problem here.
    #[cold]
    #[inline(never)]
    pub fn problem(self, mut problem: Problem) -> Problem {
        let mut above = self.above;
        while let Some(step) = above {
            problem = match step.key {
                Key::Member(name) => problem.in_member(name),
                Key::Item(index) => problem.in_item(index),
            };
            above = step.from.above;
        }
        problem
    }

    /// A problem here, in words.
    pub fn wrong(self, detail: String) -> Problem {
        self.problem(Problem::new(detail))
    }

    /// The text that is here.
    pub fn text(self) -> Result<&'a str, Problem> {
        self.value.text().map_err(|problem| self.problem(problem))
    }

    /// The number that is here, which is not negative.
    pub fn number(self) -> Result<u64, Problem> {
        self.value
            .unsigned(u64::MAX, "u64")
            .map_err(|problem| self.problem(problem))
    }

    /// Reads each item of the list that is here.
    pub fn list<T>(self, mut read: impl FnMut(Place<'a, '_>) -> Result<T, Problem>) -> Result<Vec<T>, Problem> {
        let items = self.value.items().map_err(|problem| self.problem(problem))?;
        let mut list = Vec::with_capacity(items.len());
        for (index, value) in items.iter().enumerate() {
            list.push(read(self.below(Key::Item(index), value, &mut None))?);
        }
        Ok(list)
    }

    /// The numbers of the list that is here.
    pub fn numbers(self) -> Result<Vec<u64>, Problem> {
        self.list(|item| item.number())
    }

    /// The members of the object that is here: names and values.
    pub fn members(self) -> Result<&'a [(Json<'a>, Json<'a>)], Problem> {
        self.value.members().map_err(|problem| self.problem(problem))
    }

    /// Reads each member of the object that is here.
    pub fn each(self, mut read: impl FnMut(&'a str, Place<'a, '_>) -> Result<(), Problem>) -> Result<(), Problem> {
        for (name, value) in self.members()? {
            let name = name.key();
            read(name, self.below(Key::Member(name), value, &mut None))?;
        }
        Ok(())
    }

    /// Reads the member `name` of the object that is here.
    pub fn member<T>(
        self,
        name: &'static str,
        read: impl FnOnce(Place<'a, '_>) -> Result<T, Problem>,
    ) -> Result<T, Problem> {
        match self.find(name)? {
            Some(value) => read(self.below(Key::Member(name), value, &mut None)),
            None => Err(self.problem(Problem::field("missing", name))),
        }
    }

    /// Reads the member `name` of the object that is here, if it is there and not null.
    pub fn optional<T>(
        self,
        name: &'static str,
        read: impl FnOnce(Place<'a, '_>) -> Result<T, Problem>,
    ) -> Result<Option<T>, Problem> {
        match self.find(name)? {
            None | Some(Json::Null) => Ok(None),
            Some(value) => read(self.below(Key::Member(name), value, &mut None)).map(Some),
        }
    }

    /// The only member of a name.
    #[inline(never)]
    fn find(self, name: &'static str) -> Result<Option<&'a Json<'a>>, Problem> {
        let mut found = None;
        for (key, value) in self.members()? {
            if key.key() == name && found.replace(value).is_some() {
                return Err(self.problem(Problem::field("duplicate", name)));
            }
        }
        Ok(found)
    }

    /// A place one step down. The step is kept where the caller says.
    fn below<'q>(self, key: Key<'a>, value: &'a Json<'a>, step: &'q mut Option<Step<'a, 'q>>) -> Place<'a, 'q>
    where
        Self: 'q,
    {
        let above = Some(&*step.insert(Step { from: self, key }));
        Place { value, above }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sum(text: &str) -> Result<u64, String> {
        let sum = read_with(text.as_bytes(), |whole| {
            let mut sum = 0;
            whole.member("parts", |parts| {
                parts.each(|_, part| {
                    for number in part.member("numbers", |list| list.numbers())? {
                        sum += number;
                    }
                    sum += part.optional("more", |place| place.number())?.unwrap_or(0);
                    part.member("unit", |unit| unit.text().map(|_| ()))
                })
            })?;
            Ok(sum)
        });
        sum.map_err(|problem| problem.to_string())
    }

    #[test]
    fn values_are_read() {
        let part = r#"{"numbers":[1,2],"unit":"m","other":[],"other":1,"more":null}"#;
        let more = r#"{"unit":"","more":4,"numbers":[]}"#;
        assert_eq!(sum(&format!(r#"{{"parts":{{"a":{part},"b":{more}}}}}"#)), Ok(7));
    }

    #[test]
    fn refusals_name_the_path() {
        for (part, expected) in [
            (
                r#"{"numbers":[1,"2"]}"#,
                "parts.a.numbers[1]: invalid type: string \"2\", expected u64",
            ),
            (
                r#"{"numbers":{}}"#,
                "parts.a.numbers: invalid type: map, expected a sequence",
            ),
            (
                r#"{"numbers":[-1]}"#,
                "parts.a.numbers[0]: invalid value: integer `-1`, expected u64",
            ),
            (r#"{"numbers":[]}"#, "parts.a: missing field `unit`"),
            (
                r#"{"numbers":[],"unit":null}"#,
                "parts.a.unit: invalid type: null, expected a string",
            ),
            (r#"{"more":1,"numbers":[],"more":1}"#, "parts.a: duplicate field `more`"),
            ("7", "parts.a: invalid type: integer `7`, expected a map"),
        ] {
            assert_eq!(sum(&format!(r#"{{"parts":{{"a":{part}}}}}"#)), Err(expected.to_owned()));
        }
    }
}
