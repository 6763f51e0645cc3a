//! How `augment` is written: the name of a published set of settings, or the settings.

use std::fmt;

use nn_data::augment::{Augmentation, AugmentationError, PRESETS};
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};
use serde::{Serialize, Serializer};

use super::ParamError;
use crate::named::UnknownName;

/// The name that means no augmentation.
const NONE: &str = "none";

/// A preset as files and flags write it.
fn written(preset: &str) -> String {
    preset.replace('_', "-")
}

/// The augmentation of a name: `none`, `expand-mnist`, `simard-2003` or `ciresan-2010`.
///
/// # Errors
///
/// [`UnknownName`] for any other.
///
/// ```
/// use nn_train::augmentation;
/// assert_eq!(augmentation("none"), Ok(None));
/// assert!(augmentation("simard-2003")?.is_some());
/// # Ok::<(), nn_train::UnknownName>(())
/// ```
pub fn augmentation(name: &str) -> Result<Option<Augmentation>, UnknownName> {
    let preset = || Augmentation::preset(&name.replace('-', "_"));
    match name {
        NONE => Ok(None),
        _ => preset().map(Some).ok_or_else(|| {
            let names = PRESETS.map(written);
            let names: Vec<&str> =
                std::iter::once(NONE).chain(names.iter().map(String::as_str)).collect();
            UnknownName::new("augmentation", name, &names)
        }),
    }
}

/// The name of published settings; `None` for settings of one's own.
#[must_use]
pub fn augmentation_name(augmentation: &Augmentation) -> Option<String> {
    let is_it = |name: &&&str| Augmentation::preset(name).as_ref() == Some(augmentation);
    PRESETS.iter().find(is_it).map(|name| written(name))
}

pub(super) fn check(augmentation: &Augmentation) -> Result<(), ParamError> {
    match augmentation.check() {
        Ok(_) => Ok(()),
        Err(AugmentationError::OutOfRange { name, expected, found }) => {
            Err(ParamError { name, expected, found })
        }
        Err(other) => {
            let expected = "each class at most once".to_owned();
            Err(ParamError { name: "class_angles", expected, found: other.to_string() })
        }
    }
}

#[allow(clippy::ref_option, reason = "serde calls it so")]
pub(super) fn serialize<S: Serializer>(
    augmentation: &Option<Augmentation>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match augmentation {
        None => serializer.serialize_str(NONE),
        Some(augmentation) => match augmentation_name(augmentation) {
            Some(name) => serializer.serialize_str(&name),
            None => augmentation.serialize(serializer),
        },
    }
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Augmentation>, D::Error> {
    struct NameOrTable;

    impl<'de> Visitor<'de> for NameOrTable {
        type Value = Option<Augmentation>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("the name of an augmentation, or a table of its settings")
        }

        fn visit_str<E: Error>(self, name: &str) -> Result<Self::Value, E> {
            augmentation(name).map_err(E::custom)
        }

        fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
            Augmentation::deserialize(MapAccessDeserializer::new(map)).map(Some)
        }
    }

    deserializer.deserialize_any(NameOrTable)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::TrainParams;

    #[test]
    fn files_name_an_augmentation_or_give_its_settings() {
        let read = |text: &str| toml::from_str::<TrainParams>(text);
        assert_eq!(read("").unwrap().augment, None);
        assert_eq!(read("augment = 'none'").unwrap().augment, None);
        let simard = read("augment = 'simard-2003'").unwrap();
        assert_eq!(simard.augment, Some(Augmentation::simard_2003()));
        assert_eq!(read("augment = 'simard_2003'").unwrap(), simard);
        let own = read("[augment]\nrotation = 10.0\nelastic = {}").unwrap();
        assert_eq!(own.augment.as_ref().unwrap().rotation, 10.0);
        for params in [TrainParams::default(), simard, own] {
            let text = toml::to_string(&params).unwrap();
            assert_eq!(read(&text).unwrap(), params, "{text}");
            let json = serde_json::to_string(&params).unwrap();
            assert_eq!(serde_json::from_str::<TrainParams>(&json).unwrap(), params, "{json}");
        }
        let error = read("augment = 'simard'").unwrap_err().to_string();
        assert!(error.contains("`simard`") && error.contains("ciresan-2010"), "{error}");
        assert!(read("[augment]\nrotate = 10.0").is_err());
    }

    #[test]
    fn settings_outside_their_range_are_named() {
        let augment = Some(Augmentation { rotation: 200.0, ..Augmentation::default() });
        let params = TrainParams { augment, ..TrainParams::default() };
        assert_eq!(params.check(100).unwrap_err().name, "rotation");
    }
}
