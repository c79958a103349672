//! The configuration of a CA as it stands in its file.

use std::collections::BTreeMap;
use std::sync::Arc;

use const_oid::ObjectIdentifier;
use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::oid;

use super::super::CertError;
use super::super::KeyPurpose;
use super::super::KeyUsage;
use super::super::Services;
use super::super::services::add_policy;
use super::super::services::identifier;
use super::Profile;
use super::ProfileSet;
use super::Role;
use super::Rules;

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct File {
    services: ServicesTable,
    profile: BTreeMap<String, ProfileTable>,
    /// The rules of the office (`authority::OfficeRules`), which say nothing about certificates.
    #[serde(rename = "unlock")]
    _unlock: IgnoredAny,
    #[serde(rename = "activation")]
    _activation: IgnoredAny,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct ServicesTable {
    crl: Option<String>,
    shards: Option<u32>,
    ocsp: Option<String>,
    ca_issuers: Option<String>,
    policies: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct ProfileTable {
    based_on: Option<String>,
    label: Option<Label>,
    days: Option<u32>,
    key_usage: Option<Vec<String>>,
    extended_key_usage: Option<Vec<String>>,
    path_length: Option<u32>,
    policies: Option<Vec<String>>,
    publish_personal_ids: Option<bool>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Label {
    zh: String,
    en: String,
}

/// The longest validity in days: a hundred years, where a mistyped number begins.
const MAX_DAYS: u32 = 36_525;
/// The most CAs beneath another: no path that long is judged.
const MAX_PATH_LENGTH: u32 = 8;
/// The most extended purposes.
const MAX_PURPOSES: usize = 16;

/// Words for extended purposes; others are written as identifiers in dots.
const PURPOSES: [(&str, ObjectIdentifier); 6] = [
    ("serverAuth", oid::EKU_SERVER_AUTH),
    ("clientAuth", oid::EKU_CLIENT_AUTH),
    ("codeSigning", oid::EKU_CODE_SIGNING),
    ("emailProtection", oid::EKU_EMAIL_PROTECTION),
    ("timeStamping", oid::EKU_TIMESTAMPING),
    ("OCSPSigning", oid::EKU_OCSP_SIGNING),
];

pub(super) fn read(text: &str) -> Result<ProfileSet, CertError> {
    let File { services, profile: tables, .. } = toml::from_str(text).map_err(|error| CertError::Configuration {
        line: error.span().map_or(1, |span| 1 + text[..span.start].matches('\n').count()),
        message: error.message().to_owned(),
    })?;
    let mut set = ProfileSet::standard();
    set.services = services.read()?;
    // The standard ones first: what is added may be based on them as they are in force.
    for profile in &mut set.profiles {
        if let Some(table) = tables.get(profile.name()) {
            if table.based_on.is_some() {
                return Err(fault(profile.name(), "based_on"));
            }
            *profile = table.apply(profile, profile.name())?;
        }
    }
    let standard = set.profiles.clone();
    for (name, table) in &tables {
        if standard.iter().any(|profile| profile.name() == name) {
            continue;
        }
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        let named = (1..=64).contains(&name.len()) && name.bytes().all(plain);
        if !named || set.profiles.len() == standard.len() + ProfileSet::MAX_PROFILES {
            return Err(fault(name, "name"));
        }
        let wanted = table.based_on.as_deref().unwrap_or_default();
        // There is one way to be a root.
        let base = standard.iter().find(|base| base.name() == wanted && base.role() != Role::Root);
        set.profiles.push(table.apply(base.ok_or_else(|| fault(name, "based_on"))?, name)?);
    }
    Ok(set)
}

fn fault(profile: &str, field: &'static str) -> CertError {
    CertError::ProfileField { profile: profile.chars().take(64).collect(), field }
}

impl ServicesTable {
    fn read(&self) -> Result<Services, CertError> {
        let mut services = Services::default();
        match (&self.crl, self.shards) {
            (Some(crl), shards) => services = services.with_crl(crl, shards.unwrap_or(1))?,
            (None, Some(shards)) => return Err(CertError::ServiceShards { shards }),
            (None, None) => {}
        }
        if let Some(ocsp) = &self.ocsp {
            services = services.with_ocsp(ocsp)?;
        }
        if let Some(url) = &self.ca_issuers {
            services = services.with_ca_issuers(url)?;
        }
        self.policies.iter().try_fold(services, |services, policy| services.with_policy(policy))
    }
}

impl ProfileTable {
    fn apply(&self, base: &Profile, name: &str) -> Result<Profile, CertError> {
        let fault = |field| fault(name, field);
        let mut rules = Rules::clone(&base.0);
        rules.name = name.to_owned();
        if name != base.name() {
            // Without a label of its own it is shown by its name.
            rules.zh = name.to_owned();
            rules.en = name.to_owned();
        }
        if let Some(Label { zh, en }) = &self.label {
            let fits = |text: &String| {
                let length = text.chars().count();
                (1..=64).contains(&length) && !text.chars().any(char::is_control)
            };
            if !fits(zh) || !fits(en) {
                return Err(fault("label"));
            }
            (rules.zh, rules.en) = (zh.clone(), en.clone());
        }
        if let Some(days) = self.days {
            if !(1..=MAX_DAYS).contains(&days) {
                return Err(fault("days"));
            }
            rules.days = days;
        }
        // A root is signed by itself, before there is anything to configure: how long it lasts is all there is to say.
        for (field, given) in [
            ("key_usage", self.key_usage.is_some()),
            ("extended_key_usage", self.extended_key_usage.is_some()),
            ("policies", self.policies.is_some()),
        ] {
            if given && rules.role == Role::Root {
                return Err(fault(field));
            }
        }
        if let Some(words) = &self.key_usage {
            let find = |word: &String| KeyPurpose::ALL.into_iter().find(|purpose| purpose.word() == word);
            let purposes: Option<Vec<_>> = words.iter().map(find).collect();
            rules.key_usage = KeyUsage::of(&purposes.ok_or_else(|| fault("key_usage"))?);
        }
        if let Some(words) = &self.extended_key_usage {
            rules.extended = extended(words).ok_or_else(|| fault("extended_key_usage"))?;
        }
        if let Some(length) = self.path_length {
            if rules.role != Role::SubCa || length > MAX_PATH_LENGTH {
                return Err(fault("path_length"));
            }
            rules.path_length = Some(length);
        }
        if let Some(policies) = &self.policies {
            rules.policies.clear();
            policies.iter().try_for_each(|policy| add_policy(&mut rules.policies, policy))?;
        }
        if let Some(publish) = self.publish_personal_ids {
            if publish && !base.has_identity() {
                return Err(fault("publish_personal_ids"));
            }
            rules.publish_personal_ids = publish;
        }
        Ok(Profile(Arc::new(rules)))
    }
}

fn extended(words: &[String]) -> Option<Vec<ObjectIdentifier>> {
    let mut purposes = Vec::new();
    for word in words {
        let known = PURPOSES.iter().find(|(known, _)| known == word).map(|(_, purpose)| *purpose);
        let purpose = known.or_else(|| identifier(word).ok())?;
        if purposes.contains(&purpose) || purposes.len() == MAX_PURPOSES {
            return None;
        }
        purposes.push(purpose);
    }
    Some(purposes)
}
