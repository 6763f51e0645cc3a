//! The recipes that come with the library.

use super::{Draft, Recipe};

/// Names and texts, in the order of a reader's way through them.
const TEXTS: &[(&str, &str)] = &[
    ("book-chapter1", include_str!("../../recipes/book-chapter1.toml")),
    ("book-chapter3", include_str!("../../recipes/book-chapter3.toml")),
    ("book-chapter6-expanded", include_str!("../../recipes/book-chapter6-expanded.toml")),
    ("plain-800", include_str!("../../recipes/plain-800.toml")),
    ("simard-2003", include_str!("../../recipes/simard-2003.toml")),
    ("ciresan-2010-small", include_str!("../../recipes/ciresan-2010-small.toml")),
    ("ciresan-2010-large", include_str!("../../recipes/ciresan-2010-large.toml")),
    ("dropout-2012", include_str!("../../recipes/dropout-2012.toml")),
    ("speedrun-98", include_str!("../../recipes/speedrun-98.toml")),
    ("best-mlp", include_str!("../../recipes/best-mlp.toml")),
];

/// A recipe that comes with the library.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Builtin {
    /// Its name.
    pub name: &'static str,
    /// Its TOML, comments and all.
    pub text: &'static str,
}

impl Builtin {
    /// All of them.
    #[must_use]
    pub fn all() -> impl ExactSizeIterator<Item = Self> {
        TEXTS.iter().map(|&(name, text)| Self { name, text })
    }

    /// The one of a name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::all().find(|recipe| recipe.name == name)
    }

    /// Its settings, as far as it gives them.
    ///
    /// # Panics
    ///
    /// Never: a test reads every recipe.
    #[must_use]
    pub fn draft(self) -> Draft {
        Draft::from_toml(self.text).expect("the built-in recipes are tested")
    }

    /// The recipe, with every default in place.
    ///
    /// # Panics
    ///
    /// Never: a test reads every recipe.
    #[must_use]
    pub fn recipe(self) -> Recipe {
        self.draft().resolve().expect("the built-in recipes are tested")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_recipe_is_complete_and_named_as_its_file() {
        for builtin in Builtin::all() {
            let recipe = builtin.recipe();
            assert_eq!(recipe.name, builtin.name);
            assert!(!recipe.about.is_empty() && !recipe.reference.is_empty(), "{}", builtin.name);
            // Only what was measured is expected.
            if let Some(expected) = recipe.expected {
                assert!((0.5..1.0).contains(&expected.accuracy), "{}", builtin.name);
                assert!(expected.seconds > 0.0, "{}", builtin.name);
            }
            recipe.training.check(50_000).unwrap();
            recipe.network.cost.check_output(&recipe.network.output_activation).unwrap();
            assert_eq!(Builtin::named(builtin.name), Some(builtin));
        }
        assert_eq!(Builtin::named("best"), None);
    }
}
