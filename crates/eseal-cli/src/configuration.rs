//! The office's configuration, `ca.toml` in the home: its profiles, what it says about its services, its rules.

use std::io::ErrorKind;
use std::path::PathBuf;

use eseal::authority::OfficeRules;
use eseal::cert::ProfileSet;

use crate::context::Context;
use crate::failure::{Failure, Outcome};

/// The file's name in the home.
const NAME: &str = "ca.toml";

/// The profiles in force: the standard ones where there is no configuration.
pub(crate) fn profiles(context: &Context) -> Outcome<ProfileSet> {
    let Some((path, text)) = text(context)? else { return Ok(ProfileSet::standard()) };
    ProfileSet::from_toml(&text).map_err(|error| Failure::from(error).at(&path))
}

/// The rules of the office: the usual ones where there is no configuration.
pub(crate) fn rules(context: &Context) -> Outcome<OfficeRules> {
    let Some((path, text)) = text(context)? else { return Ok(OfficeRules::default()) };
    OfficeRules::from_toml(&text).map_err(|error| Failure::from(error).at(&path))
}

/// The configuration, if there is one.
fn text(context: &Context) -> Outcome<Option<(PathBuf, String)>> {
    let path = context.home()?.join(NAME);
    match std::fs::symlink_metadata(&path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        _ => {}
    }
    let bytes = context.read(&path, ProfileSet::MAX_BYTES as u64)?;
    match String::from_utf8(bytes) {
        Ok(text) => Ok(Some((path, text))),
        Err(_) => Err(Failure::new("ca-configuration-text").at(&path)),
    }
}
