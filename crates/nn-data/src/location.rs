//! Where datasets are kept on this machine.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;

use crate::DataError;

/// The environment variable that names the data folder.
pub const DATA_DIR_VARIABLE: &str = "NN_DATA_DIR";

/// The data folder: `explicit` if given, else `NN_DATA_DIR` if set and not empty, else `nn-rs` in
/// the user's cache folder (`XDG_CACHE_HOME` or `~/.cache`).
///
/// The folder need not exist. Each dataset has a folder of its own in it, such as `mnist`.
///
/// # Errors
///
/// [`DataError::NoDataFolder`] when nothing is set and the home folder is unknown.
///
/// ```
/// use std::path::Path;
///
/// # fn main() -> Result<(), nn_data::DataError> {
/// let folder = nn_data::data_dir(Some(Path::new("/srv/datasets")))?;
/// assert_eq!(folder, Path::new("/srv/datasets"));
/// # Ok(())
/// # }
/// ```
pub fn data_dir(explicit: Option<&Path>) -> Result<PathBuf, DataError> {
    choose(explicit, std::env::var_os(DATA_DIR_VARIABLE), || {
        etcetera::choose_base_strategy().ok().map(|strategy| strategy.cache_dir())
    })
}

/// The folder of MNIST's files: `mnist` in the [`data_dir`].
///
/// # Errors
///
/// As [`data_dir`].
pub fn mnist_dir(explicit: Option<&Path>) -> Result<PathBuf, DataError> {
    Ok(data_dir(explicit)?.join(crate::catalogue::MNIST.folder))
}

fn choose(
    explicit: Option<&Path>,
    variable: Option<OsString>,
    cache: impl FnOnce() -> Option<PathBuf>,
) -> Result<PathBuf, DataError> {
    if let Some(folder) = explicit {
        return Ok(folder.to_path_buf());
    }
    if let Some(folder) = variable.filter(|folder| !folder.is_empty()) {
        return Ok(PathBuf::from(folder));
    }
    Ok(cache().ok_or(DataError::NoDataFolder)?.join("nn-rs"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_explicit_folder_wins_then_the_variable_then_the_cache() {
        let cache = || Some(PathBuf::from("/home/me/.cache"));
        let chosen = |explicit: Option<&str>, variable: Option<&str>| {
            choose(explicit.map(Path::new), variable.map(Into::into), cache).unwrap()
        };
        assert_eq!(chosen(Some("/a"), Some("/b")), Path::new("/a"));
        assert_eq!(chosen(None, Some("/b")), Path::new("/b"));
        assert_eq!(chosen(None, Some("")), Path::new("/home/me/.cache/nn-rs"));
        assert_eq!(chosen(None, None), Path::new("/home/me/.cache/nn-rs"));
    }

    #[test]
    fn no_home_is_an_error() {
        assert!(matches!(choose(None, None, || None), Err(DataError::NoDataFolder)));
    }
}
