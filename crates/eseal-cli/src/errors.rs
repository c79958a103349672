//! The library's errors as failures of a command: the code, and what its sentence is filled with.
//!
//! Texts are in `i18n/`; a test holds that every code of every library error has its sentences in both languages.

use eseal::audit::{AuditError, ChainFault};
use eseal::auth::AuthError;
use eseal::authority::{AuthorityError, RecoveryFault, UnlockObstacle};
use eseal::cert::{CertError, LintRule};
use eseal::cms::CmsError;
use eseal::document::pdf::{Obstacle, PdfError};
use eseal::inspect::InspectError;
use eseal::key::KeyError;
use eseal::lab::LabError;
use eseal::lang::Lang;
use eseal::registry::{RegistryError, RegistryFault, Standing};
use eseal::seal::{PictureError, SealError};
use eseal::sm::SmError;
use eseal::stamp::StampError;
use eseal::time::{Instant, TimeError};
use eseal::timestamp::TimestampError;
use eseal::token::TokenError;
use eseal::verify::VerifyError;
use eseal_agent::{AgentError, Refusal};
use eseal_store::StoreError;

use crate::failure::{Failure, Filling, reason};
use crate::messages::Value;

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
        let (word, values) = (error.word(), error.values());
        // A signer elsewhere has words of its own for why it refuses, with sentences of their own.
        if let ("key-signer-refused", [("reason", Filling::Plain(Value::String(reason)))]) = (word, values.as_slice())
            && let Some(refusal) = Refusal::ALL.iter().find(|refusal| refusal.code() == reason)
        {
            return Self::new(refusal.code());
        }
        values.into_iter().fold(Self::new(word), |failure, (name, value)| failure.fill(name, value))
    }
}

fn text(name: &'static str, value: impl ToString) -> (&'static str, Filling) {
    (name, Filling::Plain(value.to_string().into()))
}

fn number(name: &'static str, value: usize) -> (&'static str, Filling) {
    (name, Filling::Plain(i64::try_from(value).unwrap_or(i64::MAX).into()))
}

fn broken_rule(rule: LintRule, detail: &str) -> Values {
    vec![
        text("rule", rule.id()),
        label("label", move |lang| rule.label(lang)),
        text("clause", rule.clause()),
        text("detail", detail),
    ]
}

fn time(name: &'static str, at: Instant) -> (&'static str, Filling) {
    (name, Filling::Time(at))
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
            Self::FileTooLarge { limit } | Self::PasswordTooLong { limit } => vec![number("limit", *limit)],
            Self::SeveralKeys { count } => vec![number("count", *count)],
            Self::IterationsTooMany { iterations, most } => vec![text("count", iterations), text("limit", most)],
            Self::BadParameters { what } => vec![text("what", what)],
            Self::NotSm2 { oid } | Self::EnvelopeAlgorithm { oid } | Self::ProtectionUnknown { oid } => {
                vec![text("oid", oid)]
            }
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
            Self::NoSuchEntry { entry, size } => vec![text("entry", entry), text("size", size)],
            _ => Vec::new(),
        }
    }
}

impl Told for RegistryFault {
    fn word(&self) -> &'static str {
        self.code()
    }

    fn values(&self) -> Values {
        let mut values: Values = self.subject().map(|subject| text("subject", subject)).into_iter().collect();
        // Entries are counted in sentences as 1234, not as 1,234.
        values.extend(self.sequence().map(|entry| text("entry", entry)));
        match self {
            Self::Chain(ChainFault::Gap { found, .. }) => values.push(text("found", found)),
            Self::Unreadable { what } => values.push(text("what", what)),
            _ => {}
        }
        values
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
            Self::Passphrase { least } => vec![number("least", *least)],
            Self::UnknownProfile { name } => vec![text("name", name)],
            Self::Configuration { line, message } => vec![number("line", *line), text("message", message)],
            Self::ProfileField { profile, field } => vec![text("profile", profile), text("field", field)],
            Self::ProfileRule { profile, rule, detail } => {
                [vec![text("profile", profile)], broken_rule(*rule, detail)].concat()
            }
            Self::DraftRule { rule, detail } => broken_rule(*rule, detail),
            Self::ServiceAddress { text: told } | Self::ObjectIdentifier { text: told } => vec![text("text", told)],
            Self::ServiceShards { shards } => vec![text("shards", shards)],
            Self::IdentityNumber { kind } | Self::IdentityCheckDigit { kind } | Self::IdentityTwice { kind } => {
                vec![label("kind", |lang| kind.label(lang))]
            }
            Self::IdentityRole { profile } => vec![text("profile", profile)],
            Self::IssuerOutlived { issuer_ends } => vec![time("at", *issuer_ends)],
            Self::OcspStatus { status } => vec![label("fault", |lang| status.label(lang))],
            Self::OcspResponder { fault } => vec![label("fault", |lang| fault.label(lang))],
            Self::OcspOtherCertificate { serial } => vec![text("serial", serial)],
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
            Self::DirectPage { page } | Self::Overlap { page } => vec![number("page", *page)],
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
            Self::NoMediaBox { page } => vec![number("page", *page)],
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
            Self::MakerNotValid { at, .. } | Self::BadTime { at } => vec![time("at", *at)],
            Self::AlreadyOver { to, .. } => vec![time("to", *to)],
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
            Self::Argon2TooCostly { memory_kib, passes, lanes } => {
                vec![text("memory", memory_kib), text("passes", passes), text("lanes", lanes)]
            }
            Self::NoMemory { kib } => vec![text("memory", kib)],
            Self::WeakPin { fault } => vec![label("fault", |lang| fault.label(lang))],
            Self::WrongPin { left } => vec![("left", Filling::Plain(i64::from(*left).into()))],
            Self::ForeignCertificate { subject }
            | Self::AmbiguousAnswer { subject }
            | Self::AnswerDiffers { subject } => vec![text("subject", subject)],
            Self::OtherSubject { subject, expected } => vec![text("subject", subject), text("expected", expected)],
            Self::WrongUsage { subject, key_use } => {
                let key_use = *key_use;
                vec![text("subject", subject), label("use", move |lang| key_use.label(lang))]
            }
            Self::GrantForeignUnlocker { name } => vec![text("name", name)],
            Self::GrantNotNow { from, to } => vec![time("from", *from), time("to", *to)],
            Self::Cms(error) => error.values(),
            Self::KeyUseDiffers { certified, wanted } => {
                let (certified, wanted) = (*certified, *wanted);
                vec![
                    label("certified", move |lang| certified.label(lang)),
                    label("wanted", move |lang| wanted.label(lang)),
                ]
            }
            Self::UnreadableCertificate { source } => vec![text("code", source.code())],
            Self::ReadOnly { source } | Self::Full { source } | Self::Medium { source } => {
                vec![("reason", reason(source))]
            }
            Self::Key(error) => error.values(),
            Self::Sm(error) => error.values(),
            _ => Vec::new(),
        }
    }
}

#[cfg(feature = "pkcs11")]
impl Told for eseal_pkcs11::Pkcs11Error {
    fn word(&self) -> &'static str {
        self.code()
    }

    fn values(&self) -> Values {
        match self {
            Self::Uri { what } => vec![text("what", what)],
            Self::Load { reason } | Self::Refused { reason } => vec![text("reason", reason)],
            Self::SeveralTokens { count } | Self::SeveralKeys { count } => vec![number("count", *count)],
            Self::WrongPin { last_try } => {
                let last_try = *last_try;
                vec![label(
                    "last",
                    move |lang| if last_try { lang.pick("，只剩最后一次", ", one try left") } else { "" },
                )]
            }
            Self::MechanismNumber { number } | Self::NoMechanism { number } => {
                vec![text("number", format!("{number:#x}"))]
            }
            _ => Vec::new(),
        }
    }
}

impl Told for RegistryError {
    fn word(&self) -> &'static str {
        self.code()
    }

    fn values(&self) -> Values {
        match self {
            Self::SerialTaken { serial }
            | Self::UnknownCertificate { serial }
            | Self::AlreadyRevoked { serial, .. }
            | Self::AlreadyHeld { serial, .. }
            | Self::NotHeld { serial }
            | Self::InvalidityAfterRevocation { serial } => vec![text("serial", serial)],
            Self::NumberTaken { number, .. } => vec![text("number", number)],
            Self::SealTaken { id } | Self::SealMismatch { id } => vec![text("id", id)],
            Self::OrderTaken { order } | Self::UnknownOrder { order } | Self::AnswerTaken { order } => {
                vec![text("order", order)]
            }
            Self::PairMismatch { serial } => vec![text("serial", serial)],
            Self::UnknownList { number } | Self::TimestampTaken { serial: number, .. } => vec![text("number", number)],
            Self::DossierChanged { kind, key } => {
                let kind = *kind;
                vec![label("kind", move |lang| kind.label(lang)), text("key", key)]
            }
            Self::BadField { field } => vec![text("field", field)],
            Self::TooManyChanges { count, limit } => vec![number("count", *count), number("limit", *limit)],
            Self::Damaged { what } | Self::DamagedRecord { what, .. } => vec![text("what", what)],
            Self::Audit(error) => error.values(),
            Self::Store { source, .. } => source.downcast_ref::<StoreError>().map(Told::values).unwrap_or_default(),
            _ => Vec::new(),
        }
    }
}

/// The cause behind all causes: a driver's own sentence says only that the database failed.
fn deepest<'e>(error: &'e (dyn std::error::Error + 'static)) -> &'e (dyn std::error::Error + 'static) {
    // A handful of layers; a chain of causes cannot be endless, but a bug could make one.
    (0..16).try_fold(error, |error, _| error.source().ok_or(error)).unwrap_or_else(|last| last)
}

impl Told for StoreError {
    fn word(&self) -> &'static str {
        self.code()
    }

    fn values(&self) -> Values {
        match self {
            Self::NotFound { path } | Self::Exists { path } => vec![text("path", path.display())],
            Self::CannotOpen(source) => vec![("reason", reason(source))],
            Self::Io(source) => vec![text("reason", source)],
            Self::Failed(source) | Self::Unreachable(source) => vec![text("reason", deepest(source.as_ref()))],
            Self::NoTls { host } => vec![text("host", host)],
            Self::BackupIo(source) => vec![("reason", reason(source))],
            Self::BackupMalformed { line } => vec![text("line", line)],
            Self::BackupUntrue(fault) => vec![text("reason", fault)],
            Self::UnknownUrl { url } => vec![text("url", url)],
            _ => Vec::new(),
        }
    }
}

impl Told for CmsError {
    fn word(&self) -> &'static str {
        self.code()
    }

    fn values(&self) -> Values {
        match self {
            Self::TooLarge { limit } => vec![number("limit", *limit)],
            Self::Malformed { what } => vec![text("what", what)],
            Self::NotSigned { oid }
            | Self::NotEnveloped { oid }
            | Self::NotEncrypted { oid }
            | Self::UnsupportedCipher { oid } => vec![text("oid", oid)],
            Self::TooMany { what, limit } => vec![text("what", what), number("limit", *limit)],
            Self::NotForSigning { subject } | Self::NotForEncryption { subject } | Self::WrongKey { subject } => {
                vec![text("subject", subject)]
            }
            Self::SignerNotValid { subject, validity } => {
                vec![text("subject", subject), time("from", validity.from()), time("to", validity.to())]
            }
            Self::KeyNotSigned { code } | Self::RekeySignature { code } => vec![text("code", code)],
            Self::RekeyOtherSubject { subject } => vec![text("subject", subject)],
            Self::Certificate(error) => error.values(),
            Self::Key(error) => error.values(),
            _ => Vec::new(),
        }
    }
}

impl Told for TimestampError {
    fn word(&self) -> &'static str {
        self.code()
    }

    fn values(&self) -> Values {
        match self {
            Self::TooLarge { limit } => vec![number("limit", *limit)],
            Self::Malformed { what } | Self::OtherRequest { what } => vec![text("what", what)],
            Self::NotTimestamp { oid } | Self::CriticalExtension { oid } => vec![text("oid", oid)],
            Self::Rejected { rejection } => vec![label("fault", |lang| rejection.label(lang))],
            Self::NotForTimestamps { subject } => vec![text("subject", subject)],
            Self::NotValid { at } => vec![time("at", *at)],
            Self::PolicySyntax { text: told } => vec![text("text", told)],
            Self::Cert(error) => error.values(),
            Self::Message(error) => error.values(),
            _ => Vec::new(),
        }
    }
}

impl Told for RecoveryFault {
    fn word(&self) -> &'static str {
        self.code()
    }

    fn values(&self) -> Values {
        match self {
            Self::OutOfTime { at } => vec![time("at", *at)],
            Self::NotEscrowed { serial } | Self::KeyDiffers { serial } | Self::OtherEscrowKey { serial } => {
                vec![text("serial", serial)]
            }
            Self::OtherHolder { subject } => vec![text("subject", subject)],
            Self::NotActive { serial, standing } => {
                let standing = *standing;
                vec![text("serial", serial), label("state", move |lang| standing.label(lang))]
            }
            _ => Vec::new(),
        }
    }
}

impl Told for AuthorityError {
    fn word(&self) -> &'static str {
        self.code()
    }

    fn values(&self) -> Values {
        let state = |standing: &Standing| label("state", |lang| standing.label(lang));
        match self {
            Self::IssuerNotValid { at } => vec![time("at", *at)],
            Self::IssuerNotActive { standing } => vec![state(standing)],
            Self::NotIssuedHere { serial } => vec![text("serial", serial)],
            Self::SealCertificateNotActive { subject, standing } => vec![text("subject", subject), state(standing)],
            Self::KeyOfAnother { subject } => vec![text("subject", subject)],
            Self::KeyCompromised { serial } => vec![text("serial", serial)],
            Self::OrderDiffers { order, serial } => vec![text("order", order), text("serial", serial)],
            Self::NoPair { profile } => vec![text("profile", profile)],
            Self::NotRenewable { serial, standing } => vec![text("serial", serial), state(standing)],
            Self::RenewalTooEarly { serial, from: at }
            | Self::RenewalTooLate { serial, until: at }
            | Self::KeyTooOld { serial, since: at } => vec![text("serial", serial), time("at", *at)],
            Self::RenewedTooOften { serial, renewals } => vec![text("serial", serial), text("count", renewals)],
            Self::OtherSubject { subject } => vec![text("subject", subject)],
            Self::KeyUnchanged { serial } | Self::PassphraseNone { serial } => vec![text("serial", serial)],
            Self::ApplicationProfile { profile } => vec![text("profile", profile)],
            Self::ApplicationUnknown { reference }
            | Self::ApplicationSelfApproved { reference }
            | Self::ApplicationNotApproved { reference }
            | Self::ApplicationRefused { reference }
            | Self::ApplicationAnswered { reference }
            | Self::ApplicationClosed { reference }
            | Self::ApplicationOtherKey { reference } => vec![text("reference", reference)],
            Self::ApplicationExpired { reference, until } => vec![text("reference", reference), time("at", *until)],
            Self::ApplicationWrongCode { reference, left } => {
                vec![text("reference", reference), number("left", usize::from(*left))]
            }
            Self::ApplicationOtherSubject { reference, subject } => {
                vec![text("reference", reference), text("subject", subject)]
            }
            Self::PassphraseWrong { serial, left } => vec![text("serial", serial), number("left", *left)],
            Self::PassphraseBlocked { serial, until } => vec![text("serial", serial), time("at", *until)],
            Self::NotAnOfficer { subject }
            | Self::OfficerCannotSign { subject }
            | Self::OfficerConcerned { subject }
            | Self::ApprovalDiffers { subject }
            | Self::ApprovalTwice { subject } => vec![text("subject", subject)],
            Self::OfficerDismissed { subject, at } | Self::ApprovalOutOfTime { subject, at } => {
                vec![text("subject", subject), time("at", *at)]
            }
            Self::OfficerNotInForce { subject, standing } => vec![text("subject", subject), state(standing)],
            Self::OfficerWithoutDuty { subject, duty } => {
                vec![text("subject", subject), label("duty", |lang| duty.label(lang))]
            }
            Self::ApprovalsMissing { needed, given } => vec![number("needed", *needed), number("given", *given)],
            Self::Key(error) => error.values(),
            Self::Cert(error) => error.values(),
            Self::Recovery(fault) => fault.values(),
            Self::Cms(error) => error.values(),
            Self::Seal(error) => error.values(),
            Self::Timestamp(error) => error.values(),
            Self::Unlock(obstacle) => obstacle.values(),
            Self::Token(error) => error.values(),
            Self::Registry(error) => error.values(),
            _ => Vec::new(),
        }
    }
}

impl Told for UnlockObstacle {
    fn word(&self) -> &'static str {
        self.code()
    }

    fn values(&self) -> Values {
        match self {
            // Sealings are counted in sentences as 1234, not as 1,234.
            Self::EpochOld { epoch, known } => vec![text("epoch", epoch), text("known", known)],
            Self::CertificateUnknown { serial } => vec![text("serial", serial)],
            Self::CertificateNotActive { serial, subject, .. } => {
                vec![text("serial", serial), text("subject", subject)]
            }
            Self::TooMany { most, days, from } => vec![number("limit", *most), text("days", days), time("from", *from)],
            Self::RequestOld { at } | Self::RequestNotYet { at } => vec![time("at", *at)],
            Self::RequestAgain { until } => vec![time("until", *until)],
            Self::Life { most } => vec![text("limit", most)],
            Self::ReceiptHolder { subject } => vec![text("subject", subject)],
            Self::ReceiptEpoch { epoch, expected } => vec![text("epoch", epoch), text("expected", expected)],
            _ => Vec::new(),
        }
    }
}

impl Told for AuthError {
    fn word(&self) -> &'static str {
        self.code()
    }

    fn values(&self) -> Values {
        match self {
            Self::BadAudience { most } | Self::BookFull { most } => vec![number("limit", *most)],
            // Seconds are counted in sentences as 3600, not as 3,600.
            Self::BadLife { most } => vec![text("limit", most)],
            Self::Malformed { what } => vec![text("what", what)],
            Self::UnsupportedVersion { version } => vec![text("version", version)],
            Self::AudienceDiffers { expected, found } => vec![text("expected", expected), text("found", found)],
            Self::Expired { at } => vec![time("at", *at)],
            Self::Clock { claimed, now } => vec![time("claimed", *claimed), time("now", *now)],
            Self::Signature { code } => vec![text("code", code)],
            Self::CertificateDiffers { subject } => vec![text("subject", subject)],
            Self::Cms(error) => error.values(),
            Self::Sm(error) => error.values(),
            _ => Vec::new(),
        }
    }
}

impl Told for StampError {
    fn word(&self) -> &'static str {
        self.code()
    }

    fn values(&self) -> Values {
        match self {
            Self::PlaceSyntax { text: told, what } | Self::SizeSyntax { text: told, what } => {
                vec![text("text", told), text("what", what)]
            }
            Self::SizeOutOfRange { width_mm, height_mm } => vec![text("size", format!("{width_mm} × {height_mm}"))],
            Self::NoSuchPage { page, count } => vec![text("page", page), number("count", *count)],
            Self::OutsidePage { page, .. } => vec![number("page", *page)],
            Self::SignerNotInSeal { subject }
            | Self::SignerRenewed { subject }
            | Self::SignerUsage { subject }
            | Self::WrongKey { subject } => vec![text("subject", subject)],
            Self::SignerNotYetValid { subject, validity } | Self::SignerExpired { subject, validity } => {
                vec![text("subject", subject), time("from", validity.from()), time("to", validity.to())]
            }
            Self::SealNotYetValid { id, validity } | Self::SealExpired { id, validity } => {
                vec![text("id", id), time("from", validity.from()), time("to", validity.to())]
            }
            Self::SealBroken { id } => vec![text("id", id)],
            Self::BadTime { at } => vec![time("at", *at)],
            Self::Key(error) => error.values(),
            Self::Seal(error) => error.values(),
            Self::Pdf(error) => error.values(),
            _ => Vec::new(),
        }
    }
}

impl Told for InspectError {
    fn word(&self) -> &'static str {
        self.code()
    }

    fn values(&self) -> Values {
        match self {
            Self::TooLarge { limit } => vec![number("limit", *limit)],
            Self::Pdf(error) => error.values(),
            _ => Vec::new(),
        }
    }
}

impl Told for AgentError {
    fn word(&self) -> &'static str {
        self.code()
    }

    fn values(&self) -> Values {
        match self {
            Self::NotRunning { path } | Self::Running { path } | Self::Folder { path } | Self::NotASocket { path } => {
                vec![text("path", path.display())]
            }
            Self::PathTooLong { limit } | Self::TooLarge { limit } | Self::TooMany { most: limit } => {
                vec![number("limit", *limit)]
            }
            Self::Foreign { user } => vec![text("user", user)],
            Self::Malformed { what } => vec![text("what", what)],
            Self::Version { version } => vec![text("version", version)],
            Self::BadLimit { most } => vec![text("limit", most)],
            Self::Io(source) => vec![("reason", reason(source))],
            _ => Vec::new(),
        }
    }
}

impl Told for LabError {
    fn word(&self) -> &'static str {
        self.code()
    }

    fn values(&self) -> Values {
        vec![text("reason", std::error::Error::source(self).map(ToString::to_string).unwrap_or_default())]
    }
}

impl Told for VerifyError {
    fn word(&self) -> &'static str {
        self.code()
    }

    fn values(&self) -> Values {
        match self {
            Self::Pdf(error) => error.values(),
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
            ChainFault::CODES,
            RegistryFault::CODES,
            CertError::CODES,
            CmsError::CODES,
            TimestampError::CODES,
            PdfError::CODES,
            Obstacle::CODES,
            PictureError::CODES,
            SealError::CODES,
            TokenError::CODES,
            AuthError::CODES,
            #[cfg(feature = "pkcs11")]
            eseal_pkcs11::Pkcs11Error::CODES,
            RegistryError::CODES,
            StoreError::CODES,
            AuthorityError::CODES,
            UnlockObstacle::CODES,
            RecoveryFault::CODES,
            StampError::CODES,
            VerifyError::CODES,
            InspectError::CODES,
            LabError::CODES,
            AgentError::CODES,
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
