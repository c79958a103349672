//! The office's configuration, `ca.toml` in the home: its profiles, and what it says about its services.

use std::io::ErrorKind;

use eseal::cert::ProfileSet;

use crate::context::Context;
use crate::failure::{Failure, Outcome};

/// The file's name in the home.
const NAME: &str = "ca.toml";

/// The profiles in force: the standard ones where there is no configuration.
pub(crate) fn profiles(context: &Context) -> Outcome<ProfileSet> {
    let path = context.home()?.join(NAME);
    match std::fs::symlink_metadata(&path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(ProfileSet::standard()),
        _ => {}
    }
    let bytes = context.read(&path, ProfileSet::MAX_BYTES as u64)?;
    let text = String::from_utf8(bytes).map_err(|_| Failure::new("ca-configuration-text").at(&path))?;
    ProfileSet::from_toml(&text).map_err(|error| Failure::from(error).at(&path))
}
