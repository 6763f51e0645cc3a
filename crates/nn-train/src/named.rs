//! Settings that are chosen by name: a name alone means the defaults, a table with a `name`
//! gives more.

use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};

/// A name that is none of a fixed set.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown {kind} `{found}`; expected one of {expected}")]
#[non_exhaustive]
pub struct UnknownName {
    /// What the name is of.
    pub kind: &'static str,
    /// The name that was given.
    pub found: String,
    /// The names there are.
    pub expected: String,
}

impl UnknownName {
    pub(crate) fn new(kind: &'static str, found: &str, names: &[&str]) -> Self {
        Self { kind, found: found.to_owned(), expected: names.join(", ") }
    }
}

/// Reads a name by `FromStr`, or a table by way of `Table`.
pub(crate) fn deserialize_named<'de, S, Table, D>(deserializer: D) -> Result<S, D::Error>
where
    S: FromStr<Err = UnknownName> + From<Table>,
    Table: Deserialize<'de>,
    D: Deserializer<'de>,
{
    struct Named<S, Table>(PhantomData<(S, Table)>);

    impl<'de, S, Table> Visitor<'de> for Named<S, Table>
    where
        S: FromStr<Err = UnknownName> + From<Table>,
        Table: Deserialize<'de>,
    {
        type Value = S;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a name, or a table with a `name`")
        }

        fn visit_str<E: Error>(self, name: &str) -> Result<S, E> {
            name.parse().map_err(E::custom)
        }

        fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<S, A::Error> {
            Table::deserialize(MapAccessDeserializer::new(map)).map(S::from)
        }
    }

    deserializer.deserialize_any(Named(PhantomData))
}
