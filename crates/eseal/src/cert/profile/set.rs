use super::super::CertError;
use super::super::LintSeverity;
use super::super::Services;
use super::super::lint::lint_profile;
use super::Profile;
use super::file;

/// The profiles of a CA, and what it says about its services: the standard ones, or as a configuration file changes them.
///
/// ```
/// # use eseal::cert::ProfileSet;
/// let set = ProfileSet::from_toml(r#"
///     [services]
///     crl = "http://crl.example.cn/{issuer}/{shard}.crl"
///     shards = 16
///
///     [profile.person]
///     days = 365
///
///     [profile.clerk]
///     based_on = "person"
///     extended_key_usage = ["emailProtection"]
/// "#)?;
/// assert_eq!(set.find("clerk")?.default_days(), 365);
/// assert_eq!(set.services().shards(), 16);
/// # Ok::<(), eseal::cert::CertError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProfileSet {
    pub(super) profiles: Vec<Profile>,
    pub(super) services: Services,
}

impl ProfileSet {
    /// The largest configuration that is read: 64 KiB.
    pub const MAX_BYTES: usize = 64 << 10;
    /// The most profiles beside the standard ones.
    pub const MAX_PROFILES: usize = 64;

    /// The standard profiles, without services.
    #[must_use]
    pub fn standard() -> Self {
        Self { profiles: Profile::standard().to_vec(), services: Services::default() }
    }

    /// Reads a configuration: `[services]`, and a table `[profile.NAME]` for each profile that differs from the standard
    /// or is added to it. The rules of the office that stand in the same file are left alone. Every profile is held to the rules of its role before anything is issued with it.
    ///
    /// # Errors
    /// [`CertError::TooLarge`]; [`CertError::Configuration`] for what is no such file;
    /// [`CertError::ProfileField`] for a value that makes no sense; [`CertError::ProfileRule`] with the first rule that a
    /// profile breaks (errors and warnings of the linter); those of [`Services`].
    pub fn from_toml(text: &str) -> Result<Self, CertError> {
        if text.len() > Self::MAX_BYTES {
            return Err(CertError::TooLarge { limit: Self::MAX_BYTES });
        }
        let set = file::read(text)?;
        for profile in &set.profiles {
            let breach = lint_profile(profile).into_iter().find(|found| found.severity() != LintSeverity::Notice);
            if let Some(found) = breach {
                let profile = profile.name().to_owned();
                return Err(CertError::ProfileRule { profile, rule: found.rule, detail: found.detail });
            }
        }
        Ok(set)
    }

    /// The same profiles with these services.
    #[must_use]
    pub fn with_services(self, services: Services) -> Self {
        Self { services, ..self }
    }

    /// Finds a profile by its name.
    ///
    /// # Errors
    /// [`CertError::UnknownProfile`].
    pub fn find(&self, name: &str) -> Result<Profile, CertError> {
        let found = self.profiles.iter().find(|profile| profile.name() == name).cloned();
        found.ok_or_else(|| CertError::UnknownProfile { name: name.chars().take(64).collect() })
    }

    /// The profiles: the standard ones first, then those that were added, by name.
    pub fn iter(&self) -> impl Iterator<Item = &Profile> {
        self.profiles.iter()
    }

    /// What the CA says about its services in every certificate.
    #[must_use]
    pub const fn services(&self) -> &Services {
        &self.services
    }
}

impl Default for ProfileSet {
    fn default() -> Self {
        Self::standard()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::Lang;

    fn read(text: &str) -> Result<ProfileSet, CertError> {
        ProfileSet::from_toml(text)
    }

    fn code(text: &str) -> &'static str {
        read(text).unwrap_err().code()
    }

    #[test]
    fn an_empty_file_leaves_the_standard_profiles_as_they_are() {
        assert_eq!(read("").unwrap(), ProfileSet::standard());
        assert_eq!(read("[services]\n[profile.person]").unwrap(), ProfileSet::default());
    }

    #[test]
    fn the_standard_profiles_keep_to_the_rules() {
        for profile in Profile::standard() {
            assert_eq!(lint_profile(profile), [], "{profile:?}");
        }
    }

    #[test]
    fn a_profile_that_is_added_has_what_its_base_has_and_its_own() {
        let set = read(
            r#"
            [profile.clerk]
            based_on = "person"
            label = { zh = "经办人证书", en = "clerk" }
            key_usage = ["digitalSignature"]
            publish_personal_ids = true
            [profile.person]
            days = 100
            extended_key_usage = ["clientAuth", "1.2.3.4"]
            policies = ["1.2.3.5"]
            [profile.sub-ca]
            path_length = 2
            "#,
        )
        .unwrap();
        let (person, clerk) = (set.find("person").unwrap(), set.find("clerk").unwrap());
        assert_eq!((clerk.default_days(), clerk.role(), clerk.name()), (100, person.role(), "clerk"));
        assert_eq!(clerk.label(Lang::ZhCn), "经办人证书");
        assert_eq!(clerk.extensions().len(), 2);
        assert!(clerk.publishes_personal_ids() && !person.publishes_personal_ids());
        assert!(clerk.partner().unwrap().publishes_personal_ids());
        assert_eq!(clerk.partner().unwrap().policies(), ["1.2.3.5"]);
        let services = Services::default().with_policy("1.2.3.6").unwrap();
        assert_ne!(clerk.policies_extension(&services), Profile::person().policies_extension(&services));
        assert_eq!(Profile::person().policies_extension(&services), services.policies_extension());
        assert_eq!(set.iter().count(), Profile::standard().len() + 1);
        assert_ne!(set.find("sub-ca").unwrap(), Profile::sub_ca());
        assert_eq!(set.find("tsa").unwrap(), Profile::tsa());
    }

    #[test]
    fn what_breaks_a_rule_of_the_standard_is_refused_with_the_rule() {
        for (profile, id) in [
            ("[profile.person]\nkey_usage = ['keyEncipherment']", "gbt20518-key-usage-sign"),
            ("[profile.person]\nkey_usage = []", "rfc5280-key-usage-empty"),
            ("[profile.person]\nkey_usage = ['digitalSignature', 'keyAgreement']", "gbt20518-key-usage-pair"),
            ("[profile.person]\nkey_usage = ['digitalSignature', 'keyCertSign']", "rfc5280-cert-sign-without-ca"),
            ("[profile.encryption]\nkey_usage = ['digitalSignature']", "gbt20518-key-usage-encipher"),
            ("[profile.sub-ca]\nkey_usage = ['cRLSign']", "rfc5280-path-length"),
            ("[profile.sub-ca]\nkey_usage = ['keyCertSign']", "gbt20518-key-usage-ca"),
            ("[profile.tsa]\nextended_key_usage = []", "rfc3161-extended-key-usage"),
            ("[profile.tsa]\nextended_key_usage = ['timeStamping', 'clientAuth']", "rfc3161-extended-key-usage"),
            ("[profile.ocsp]\nextended_key_usage = ['clientAuth']", "rfc6960-ocsp-signing"),
            ("[profile.seal-maker]\nextended_key_usage = ['serverAuth']", "gbt20518-extended-key-usage"),
            (
                "[profile.x]\nbased_on = 'organization'\nextended_key_usage = ['timeStamping']",
                "rfc3161-extended-key-usage",
            ),
        ] {
            match read(profile) {
                Err(CertError::ProfileRule { rule, .. }) => assert_eq!(rule.id(), id, "{profile}"),
                other => panic!("{profile}: {other:?}"),
            }
        }
    }

    #[test]
    fn values_without_sense_are_refused_by_their_field() {
        for (profile, field) in [
            ("[profile.person]\ndays = 0", "days"),
            ("[profile.person]\ndays = 40000", "days"),
            ("[profile.person]\nbased_on = 'tsa'", "based_on"),
            ("[profile.clerk]\ndays = 3", "based_on"),
            ("[profile.clerk]\nbased_on = 'other'", "based_on"),
            ("[profile.clerk]\nbased_on = 'root'", "based_on"),
            ("[profile.person]\nkey_usage = ['signing']", "key_usage"),
            ("[profile.person]\nextended_key_usage = ['mail']", "extended_key_usage"),
            ("[profile.person]\nextended_key_usage = ['clientAuth', 'clientAuth']", "extended_key_usage"),
            ("[profile.person]\npath_length = 1", "path_length"),
            ("[profile.root]\npath_length = 1", "path_length"),
            ("[profile.root]\nkey_usage = ['keyCertSign']", "key_usage"),
            ("[profile.root]\nextended_key_usage = []", "extended_key_usage"),
            ("[profile.root]\npolicies = ['1.2.3']", "policies"),
            ("[profile.sub-ca]\npath_length = 100", "path_length"),
            ("[profile.person]\nlabel = { zh = '', en = 'x' }", "label"),
            ("[profile.sub-ca]\npublish_personal_ids = true", "publish_personal_ids"),
            ("[profile.'Ünit']\nbased_on = 'person'", "name"),
            ("[profile.'']\nbased_on = 'person'", "name"),
        ] {
            match read(profile) {
                Err(CertError::ProfileField { field: told, .. }) => assert_eq!(told, field, "{profile}"),
                other => panic!("{profile}: {other:?}"),
            }
        }
    }

    #[test]
    fn what_is_no_configuration_is_refused_with_its_line() {
        for (text, line) in
            [("[services", 1), ("\n[profile.person]\nday = 3", 3), ("a = 1", 1), ("[services]\nocsp = 1", 2)]
        {
            match read(text) {
                Err(CertError::Configuration { line: told, .. }) => assert_eq!(told, line, "{text}"),
                other => panic!("{text}: {other:?}"),
            }
        }
        assert_eq!(code(&"#".repeat(ProfileSet::MAX_BYTES + 1)), "cert-too-large");
        assert_eq!(code("[services]\nshards = 3"), "service-shards");
        assert_eq!(code("[services]\ncrl = 'http://a/'\nshards = 3"), "service-shards");
        assert_eq!(code("[services]\nocsp = 'file:///x'"), "service-address");
        assert_eq!(code("[services]\npolicies = ['x']"), "object-identifier");
        assert_eq!(code("[profile.person]\npolicies = ['1.2.3', '1.2.3']"), "object-identifier");
        let many: String =
            (0..=ProfileSet::MAX_PROFILES).map(|n| format!("[profile.p{n}]\nbased_on='person'\n")).collect();
        assert_eq!(code(&many), "profile-field");
        let deep = "[".repeat(60_000);
        assert_eq!(code(&format!("a = {deep}")), "ca-configuration");
    }
}
