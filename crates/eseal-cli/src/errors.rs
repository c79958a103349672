//! The library's errors as failures of a command: the code, and what its sentence is filled with.
//!
//! Texts are in `i18n/`; a test holds that every code of every library error has its sentences in both languages.

use eseal::audit::AuditError;
use eseal::cert::CertError;
use eseal::document::pdf::{Obstacle, PdfError};
use eseal::key::KeyError;
use eseal::lang::Lang;
use eseal::seal::{PictureError, SealError};
use eseal::sm::SmError;
use eseal::time::TimeError;
use eseal::token::TokenError;

use crate::failure::{Failure, Filling, reason};

/// The values of a sentence.
type Values = Vec<(&'static str, Filling)>;

/// An error of the library, as this command tells it.
pub(crate) trait Told {
    /// Its stable word.
    fn word(&self) -> &'static str;
    /// What its sentence is filled with.
    fn values(&self) -> Values;
}

impl<E: Told> From<E> for Failure {
    fn from(error: E) -> Self {
        error.values().into_iter().fold(Self::new(error.word()), |failure, (name, value)| failure.fill(name, value))
    }
}

fn text(name: &'static str, value: impl ToString) -> (&'static str, Filling) {
    (name, Filling::Plain(value.to_string().into()))
}

fn number(name: &'static str, value: usize) -> (&'static str, Filling) {
    (name, Filling::Plain(i64::try_from(value).unwrap_or(i64::MAX).into()))
}

/// A word that the library has in both languages.
fn label(name: &'static str, of: impl Fn(Lang) -> &'static str) -> (&'static str, Filling) {
    (name, Filling::Label(of(Lang::ZhCn), of(Lang::En)))
}

impl Told for TimeError {
    fn word(&self) -> &'static str {
        self.code()
    }

    fn values(&self) -> Values {
        match self {
            Self::Malformed { text: told } => vec![text("text", told)],
            _ => Vec::new(),
        }
    }
}

impl Told for SmError {
    fn word(&self) -> &'static str {
        self.code()
    }

    fn values(&self) -> Values {
        Vec::new()
    }
}

impl Told for KeyError {
    fn word(&self) -> &'static str {
        self.code()
    }

    fn values(&self) -> Values {
        match self {
            Self::NotSm2 { oid } => vec![text("oid", oid)],
            Self::SignerRefused { reason } => vec![text("reason", reason)],
            _ => Vec::new(),
        }
    }
}

impl Told for AuditError {
    fn word(&self) -> &'static str {
        self.code()
    }

    fn values(&self) -> Values {
        match self {
            Self::TooLong { field, .. } => vec![text("field", field)],
            _ => Vec::new(),
        }
    }
}

impl Told for CertError {
    fn word(&self) -> &'static str {
        self.code()
    }

    fn values(&self) -> Values {
        match self {
            Self::UnknownFormat { wanted } => vec![text("what", wanted)],
            Self::Malformed { what } | Self::ResponseMismatch { what } => vec![text("what", what)],
            Self::TooLarge { limit } => vec![number("limit", *limit)],
            Self::SignatureAlgorithm { oid } | Self::KeyAlgorithm { oid } | Self::RequestDuplicateAttribute { oid } => {
                vec![text("oid", oid)]
            }
            Self::NameSyntax { text: told } => vec![text("text", told)],
            Self::UnknownProfile { name } => vec![text("name", name)],
            Self::IssuerOutlived { issuer_ends } => vec![text("at", issuer_ends)],
            Self::Key(error) => error.values(),
            Self::Sm(error) => error.values(),
            _ => Vec::new(),
        }
    }
}

impl Told for Obstacle {
    fn word(&self) -> &'static str {
        self.code()
    }

    fn values(&self) -> Values {
        match self {
            Self::FieldLocked { name } => vec![text("name", name)],
            Self::DirectPage { page } => vec![number("page", *page)],
            Self::Faulty { fault } => vec![label("fault", |lang| fault.kind.label(lang))],
            _ => Vec::new(),
        }
    }
}

impl Told for PdfError {
    fn word(&self) -> &'static str {
        self.code()
    }

    fn values(&self) -> Values {
        match self {
            Self::LeadingBytes { bytes } => vec![number("count", *bytes)],
            Self::XrefBroken { what, .. }
            | Self::TrailerBroken { what, .. }
            | Self::Syntax { what, .. }
            | Self::StreamBroken { what }
            | Self::ObjectStreamBroken { what, .. }
            | Self::OverLimit { what, .. }
            | Self::CatalogBroken { what }
            | Self::PagesBroken { what }
            | Self::FormBroken { what } => vec![text("what", what)],
            Self::FilterUnsupported { filter } => vec![text("name", filter)],
            Self::PictureSize { width, height } => vec![text("size", format!("{width} × {height}"))],
            Self::NoSuchPage { page, count } => vec![number("page", *page), number("count", *count)],
            Self::NoSuchField { name }
            | Self::FieldNotSignature { name }
            | Self::FieldSigned { name }
            | Self::FieldNameTaken { name }
            | Self::FieldNameMalformed { name } => vec![text("name", name)],
            Self::TooManyWidgets { count } => vec![number("count", *count)],
            Self::Obstacle(obstacle) => obstacle.values(),
            _ => Vec::new(),
        }
    }
}

impl Told for PictureError {
    fn word(&self) -> &'static str {
        self.code()
    }

    fn values(&self) -> Values {
        match self {
            Self::TooLarge { limit, .. } => vec![number("limit", *limit)],
            Self::TooManyPixels { width, height } => vec![text("size", format!("{width} × {height}"))],
            Self::BadSize { limit, .. } => vec![number("limit", usize::from(*limit))],
            _ => Vec::new(),
        }
    }
}

impl Told for SealError {
    fn word(&self) -> &'static str {
        self.code()
    }

    fn values(&self) -> Values {
        match self {
            Self::TooLarge { limit, .. }
            | Self::BadId { limit }
            | Self::BadVendor { limit }
            | Self::BadName { limit }
            | Self::BadPropertyInfo { limit } => vec![number("limit", *limit)],
            Self::Malformed { structure, field, .. } => vec![text("what", structure), text("field", field)],
            Self::Algorithm { oid } => vec![text("oid", oid)],
            Self::SignerCannotSign { subject } | Self::SignerTwice { subject } => vec![text("subject", subject)],
            Self::MakerNotValid { at, .. } | Self::BadTime { at } => vec![text("at", at)],
            Self::AlreadyOver { to, .. } => vec![text("to", to)],
            Self::Picture(error) => error.values(),
            Self::Key(error) => error.values(),
            _ => Vec::new(),
        }
    }
}

impl Told for TokenError {
    fn word(&self) -> &'static str {
        self.code()
    }

    fn values(&self) -> Values {
        match self {
            Self::TooLarge { most } | Self::LabelTooLong { most } | Self::TooMany { most } => {
                vec![number("limit", *most)]
            }
            Self::UnsupportedVersion { version } => vec![text("version", version)],
            Self::UnsupportedKdf { oid } => vec![text("oid", oid)],
            Self::KdfTooCostly { iterations, most } => vec![text("count", iterations), text("limit", most)],
            Self::WeakPin { fault } => vec![label("fault", |lang| fault.label(lang))],
            Self::WrongPin { left } => vec![("left", Filling::Plain(i64::from(*left).into()))],
            Self::ForeignCertificate { subject } => vec![text("subject", subject)],
            Self::ReadOnly { source } | Self::Full { source } | Self::Medium { source } => {
                vec![("reason", reason(source))]
            }
            Self::Sm(error) => error.values(),
            _ => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::messages::Messages;

    #[test]
    fn every_code_of_every_library_error_has_its_sentences_in_both_languages() {
        let all: &[&[&str]] = &[
            TimeError::CODES,
            SmError::CODES,
            KeyError::CODES,
            AuditError::CODES,
            CertError::CODES,
            PdfError::CODES,
            Obstacle::CODES,
            PictureError::CODES,
            SealError::CODES,
            TokenError::CODES,
        ];
        let mut missing = Vec::new();
        for lang in [Lang::En, Lang::ZhCn] {
            let messages = Messages::new(lang);
            for code in all.iter().copied().flatten() {
                missing.extend((!messages.has(&format!("err-{code}"))).then_some((lang, *code)));
            }
        }
        assert!(missing.is_empty(), "{missing:?}");
    }
}
