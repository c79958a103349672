use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::cert::CertError;
use crate::cert::ProfileSet;
use crate::lang::vocabulary;

use super::AuthorityError;

vocabulary! {
    /// Whether a token may be unlocked though nobody compared the code of the request (核对码规则).
    #[derive(Default)]
    pub enum CodeRule: word {
        /// It may, and the audit entry says so.
        #[default]
        Noted = "noted", "未核对时记入审计", "noted in the audit log when not compared";
        /// It may not.
        Required = "required", "必须核对", "must be compared";
    }
}

vocabulary! {
    /// Whether a request must be bound to an approved application (激活规则).
    #[derive(Default)]
    pub enum ActivationRule: word {
        /// It may be; an officer can also name a profile.
        #[default]
        Optional = "optional", "可直接按模板签发", "not needed";
        /// It must be: nothing is issued by a profile that somebody names.
        Required = "required", "必须有已批准的申请", "demanded of every request";
    }
}

/// What the configuration of an office says about its own acts, beside its profiles and services (机构规则).
///
/// ```
/// # use eseal::authority::{CodeRule, OfficeRules};
/// let rules = OfficeRules::from_toml("[unlock]\ncode = \"required\"")?;
/// assert_eq!(rules.unlock_code, CodeRule::Required);
/// # Ok::<(), eseal::authority::AuthorityError>(())
/// ```
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OfficeRules {
    /// `[unlock] code`: whether the code of a request for unlocking has to be compared.
    pub unlock_code: CodeRule,
    /// `[activation] required`: whether a request must be bound to an approved application.
    pub activation: ActivationRule,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct File {
    unlock: UnlockTable,
    activation: ActivationTable,
    /// What is for [`ProfileSet`], which also refuses tables that nobody knows.
    #[serde(flatten)]
    _others: BTreeMap<String, IgnoredAny>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct UnlockTable {
    code: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct ActivationTable {
    required: bool,
}

impl OfficeRules {
    /// Reads the same file as [`ProfileSet::from_toml`], for what that one leaves alone.
    ///
    /// # Errors
    /// [`CertError::TooLarge`]; [`CertError::Configuration`] for what is no such file, or a value that makes no sense.
    pub fn from_toml(text: &str) -> Result<Self, AuthorityError> {
        if text.len() > ProfileSet::MAX_BYTES {
            return Err(CertError::TooLarge { limit: ProfileSet::MAX_BYTES }.into());
        }
        let line = |at: usize| 1 + text[..at].matches('\n').count();
        let File { unlock, activation, .. } = toml::from_str(text).map_err(|error| CertError::Configuration {
            line: error.span().map_or(1, |span| line(span.start)),
            message: error.message().to_owned(),
        })?;
        let mut rules = Self::default();
        if activation.required {
            rules.activation = ActivationRule::Required;
        }
        if let Some(word) = unlock.code {
            let rule = CodeRule::ALL.iter().find(|rule| rule.word() == word);
            rules.unlock_code = *rule.ok_or_else(|| CertError::Configuration {
                line: text.find("[unlock]").map_or(1, line),
                message: format!("unlock.code is {} or {}", CodeRule::Noted.word(), CodeRule::Required.word()),
            })?;
        }
        Ok(rules)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_and_profiles_are_read_from_one_file() {
        let text = "[profile.person]\ndays = 365\n[unlock]\ncode = 'required'\n[services]\nocsp = 'http://a/'";
        assert_eq!(OfficeRules::from_toml(text).unwrap().unlock_code, CodeRule::Required);
        assert_eq!(ProfileSet::from_toml(text).unwrap().find("person").unwrap().default_days(), 365);
        assert_eq!(OfficeRules::from_toml("").unwrap(), OfficeRules::default());
    }

    #[test]
    fn activation_is_optional_unless_it_is_required() {
        let rule = |text: &str| OfficeRules::from_toml(text).unwrap().activation;
        assert_eq!(rule(""), ActivationRule::Optional);
        assert_eq!(rule("[activation]\nrequired = false"), ActivationRule::Optional);
        assert_eq!(rule("[activation]\nrequired = true\n[unlock]"), ActivationRule::Required);
        assert!(ProfileSet::from_toml("[activation]\nrequired = true").is_ok());
        for text in ["[activation]\nrequired = 'yes'", "[activation]\nrequire = true", "activation = true"] {
            assert_eq!(OfficeRules::from_toml(text).unwrap_err().code(), "ca-configuration", "{text}");
        }
    }

    #[test]
    fn what_makes_no_sense_is_refused_with_its_line() {
        for (text, line) in [("[unlock]\ncode = 'sometimes'", 1), ("\n[unlock]\ncod = 1", 3), ("a = ", 1)] {
            match OfficeRules::from_toml(text) {
                Err(AuthorityError::Cert(CertError::Configuration { line: told, .. })) => {
                    assert_eq!(told, line, "{text}")
                }
                other => panic!("{text}: {other:?}"),
            }
        }
        let long = "#".repeat(ProfileSet::MAX_BYTES + 1);
        assert_eq!(OfficeRules::from_toml(&long).unwrap_err().code(), "cert-too-large");
    }
}
