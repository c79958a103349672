use crate::cert::CertError;
use crate::cms::CmsError;
use crate::key::KeyError;
use crate::registry::RegistryError;
use crate::registry::Standing;
use crate::seal::SealError;
use crate::time::Instant;
use crate::timestamp::TimestampError;
use crate::token::TokenError;

use super::Duty;
use super::RecoveryFault;
use super::UnlockObstacle;

/// Why an authority did not do what was asked.
#[non_exhaustive]
#[derive(Debug, thiserror::Error)]
pub enum AuthorityError {
    /// The authority's own certificate is not valid at the time of the act.
    #[error("the issuer's certificate is not valid at {at}")]
    IssuerNotValid {
        /// The time of the act.
        at: Instant,
    },
    /// The authority's own certificate is on hold or revoked.
    #[error("the issuer's certificate is {}", standing.word())]
    IssuerNotActive {
        /// How it stands.
        standing: Standing,
    },
    /// The certificate was issued by another authority of the registry.
    #[error("certificate {serial} was issued by another authority")]
    NotIssuedHere {
        /// Its serial number.
        serial: String,
    },
    /// A certificate that the seal is to list, or its maker's, is on hold, revoked or expired.
    #[error("the certificate of {subject} is {}", standing.word())]
    SealCertificateNotActive {
        /// Its subject.
        subject: String,
        /// How it stands.
        standing: Standing,
    },
    /// The key is certified for another subject already.
    #[error("the key belongs to {subject}")]
    KeyOfAnother {
        /// Whose it is.
        subject: String,
    },
    /// A certificate of the key was revoked because the key was in wrong hands.
    #[error("the key was compromised: certificate {serial}")]
    KeyCompromised {
        /// The revoked certificate.
        serial: String,
    },
    /// An order of this name was filled, for another subject, key or profile.
    #[error("order {order} was filled otherwise: certificate {serial}")]
    OrderDiffers {
        /// The order.
        order: String,
        /// The certificate that fills it.
        serial: String,
    },
    /// Certificates of this profile have no encryption certificate beside them.
    #[error("profile {profile} has no pairs")]
    NoPair {
        /// The profile.
        profile: String,
    },
    /// A certificate on hold, or revoked, has no successor with the same key; one on hold has none at all.
    #[error("certificate {serial} is {}", standing.word())]
    NotRenewable {
        /// Its serial number.
        serial: String,
        /// How it stands.
        standing: Standing,
    },
    /// The certificate is valid for so long that renewing it would come too early.
    #[error("certificate {serial} may be renewed from {from} on")]
    RenewalTooEarly {
        /// Its serial number.
        serial: String,
        /// From when on it may be.
        from: Instant,
    },
    /// The certificate ended so long ago that its holder has to be checked as for a first issue.
    #[error("certificate {serial} could be replaced until {until}")]
    RenewalTooLate {
        /// Its serial number.
        serial: String,
        /// Until when it could be.
        until: Instant,
    },
    /// The key has been in use for so long that it should be replaced.
    #[error("the key of certificate {serial} is in use since {since}")]
    KeyTooOld {
        /// The certificate to be renewed.
        serial: String,
        /// When the key was certified first.
        since: Instant,
    },
    /// The key was certified anew as often as it may be.
    #[error("the key of certificate {serial} was renewed {renewals} times")]
    RenewedTooOften {
        /// The certificate to be renewed.
        serial: String,
        /// How often the key was renewed.
        renewals: u32,
    },
    /// No certificate of this registry has the key of the request.
    #[error("no certificate here has the key of the request")]
    UnknownKey,
    /// The request is for another subject than the certificate that is to have a successor.
    #[error("the request is for another subject than {subject}")]
    OtherSubject {
        /// The certificate's subject.
        subject: String,
    },
    /// The new key is the old one.
    #[error("the new key is that of certificate {serial}")]
    KeyUnchanged {
        /// The certificate to be replaced.
        serial: String,
    },
    /// The profile is one of authorities, which nobody applies for.
    #[error("certificates of the profile {profile} are not applied for")]
    ApplicationProfile {
        /// The profile.
        profile: String,
    },
    /// No application has this reference number.
    #[error("no application has the reference number {reference}")]
    ApplicationUnknown {
        /// The number, cut to 64 characters.
        reference: String,
    },
    /// Whoever filed the application would approve it too.
    #[error("application {reference} was filed by who would approve it")]
    ApplicationSelfApproved {
        /// Its reference number.
        reference: String,
    },
    /// Nobody approved the application yet.
    #[error("application {reference} is not approved")]
    ApplicationNotApproved {
        /// Its reference number.
        reference: String,
    },
    /// The application was refused, and that is final.
    #[error("application {reference} was refused")]
    ApplicationRefused {
        /// Its reference number.
        reference: String,
    },
    /// The application was answered, and cannot be decided about any more.
    #[error("application {reference} was answered")]
    ApplicationAnswered {
        /// Its reference number.
        reference: String,
    },
    /// The codes of the application are no longer good.
    #[error("the codes of application {reference} were good until {until}")]
    ApplicationExpired {
        /// Its reference number.
        reference: String,
        /// Until when they were.
        until: Instant,
    },
    /// Too many requests came with a wrong code.
    #[error("application {reference} was closed after too many wrong codes")]
    ApplicationClosed {
        /// Its reference number.
        reference: String,
    },
    /// The request was made with another code than that of the application.
    #[error("the request was not made with the code of application {reference}, {left} tries left")]
    ApplicationWrongCode {
        /// Its reference number.
        reference: String,
        /// So many more close it.
        left: u8,
    },
    /// The application was answered for another key.
    #[error("application {reference} was answered for another key")]
    ApplicationOtherKey {
        /// Its reference number.
        reference: String,
    },
    /// The request names another subject than the application.
    #[error("application {reference} is for {subject}")]
    ApplicationOtherSubject {
        /// Its reference number.
        reference: String,
        /// The subject that was approved.
        subject: String,
    },
    /// The request is not bound to an application.
    #[error("the request is not bound to an application")]
    NotActivated,
    /// No revocation passphrase came with the request for this certificate.
    #[error("certificate {serial} has no revocation passphrase")]
    PassphraseNone {
        /// Its serial number.
        serial: String,
    },
    /// The revocation passphrase is wrong.
    #[error("wrong revocation passphrase for certificate {serial}, {left} tries left today")]
    PassphraseWrong {
        /// The serial number of the certificate.
        serial: String,
        /// So many more are taken in a day.
        left: usize,
    },
    /// Too many wrong revocation passphrases were given.
    #[error("no revocation passphrase is taken for certificate {serial} until {until}")]
    PassphraseBlocked {
        /// The serial number of the certificate.
        serial: String,
        /// Until when.
        until: Instant,
    },
    /// An officer has at least one duty.
    #[error("an officer needs a duty")]
    NoDuties,
    /// Whoever signed is no officer of this office.
    #[error("{subject} is no officer")]
    NotAnOfficer {
        /// Whose certificate it is.
        subject: String,
    },
    /// The officer was dismissed.
    #[error("the officer {subject} was dismissed at {at}")]
    OfficerDismissed {
        /// The officer.
        subject: String,
        /// From when on.
        at: Instant,
    },
    /// The officer's certificate is on hold, revoked or expired.
    #[error("the certificate of the officer {subject} is {}", standing.word())]
    OfficerNotInForce {
        /// The officer.
        subject: String,
        /// How it stands.
        standing: Standing,
    },
    /// The officer's certificate is not for signatures, or is a CA's.
    #[error("the certificate of {subject} cannot sign approvals")]
    OfficerCannotSign {
        /// Whose it is.
        subject: String,
    },
    /// The officer may approve other things.
    #[error("the officer {subject} has not the duty {}", duty.word())]
    OfficerWithoutDuty {
        /// The officer.
        subject: String,
        /// What was to be approved.
        duty: Duty,
    },
    /// Nobody approves in their own cause.
    #[error("the officer {subject} is concerned themselves")]
    OfficerConcerned {
        /// The officer.
        subject: String,
    },
    /// The bytes are no approval.
    #[error("not an approval")]
    ApprovalMalformed,
    /// An approval's signature does not hold.
    #[error("the signature of the approval does not hold")]
    ApprovalSignature,
    /// The approval is about something else, or by another duty.
    #[error("the approval of {subject} is about something else")]
    ApprovalDiffers {
        /// The officer.
        subject: String,
    },
    /// The approval was given too long ago, in the future, or before the officer had the duty.
    #[error("the approval of {subject} is of {at}")]
    ApprovalOutOfTime {
        /// The officer.
        subject: String,
        /// When it was given, by its own word.
        at: Instant,
    },
    /// One officer counts once.
    #[error("{subject} approved twice")]
    ApprovalTwice {
        /// The officer.
        subject: String,
    },
    /// Fewer officers approved than have to.
    #[error("{needed} approvals are needed, {given} were given")]
    ApprovalsMissing {
        /// How many have to.
        needed: usize,
        /// How many did.
        given: usize,
    },
    /// An encryption key could not be made or enveloped.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// A certificate or revocation list could not be made.
    #[error(transparent)]
    Cert(#[from] CertError),
    /// An escrowed key is not given back.
    #[error(transparent)]
    Recovery(#[from] RecoveryFault),
    /// A message could not be signed.
    #[error(transparent)]
    Cms(#[from] CmsError),
    /// The seal could not be made.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// The time stamp could not be made.
    #[error(transparent)]
    Timestamp(#[from] TimestampError),
    /// A token may not be unlocked, or its receipt does not fit.
    #[error(transparent)]
    Unlock(#[from] UnlockObstacle),
    /// A grant could not be made.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// The registry refused or failed.
    #[error(transparent)]
    Registry(#[from] RegistryError),
}

impl AuthorityError {
    /// Every code of this enum; those of the errors it wraps come beside them.
    pub const CODES: &[&str] = &[
        "authority-issuer-not-valid",
        "authority-issuer-not-active",
        "authority-not-issued-here",
        "authority-seal-certificate-not-active",
        "authority-key-of-another",
        "authority-key-compromised",
        "authority-order-differs",
        "authority-no-pair",
        "authority-not-renewable",
        "authority-renewal-too-early",
        "authority-renewal-too-late",
        "authority-key-too-old",
        "authority-renewed-too-often",
        "authority-unknown-key",
        "authority-other-subject",
        "authority-key-unchanged",
        "application-profile",
        "application-unknown",
        "application-self-approved",
        "application-not-approved",
        "application-refused",
        "application-answered",
        "application-expired",
        "application-closed",
        "application-wrong-code",
        "application-other-key",
        "application-other-subject",
        "application-none",
        "passphrase-none",
        "passphrase-wrong",
        "passphrase-blocked",
        "authority-no-duties",
        "authority-not-an-officer",
        "authority-officer-dismissed",
        "authority-officer-not-in-force",
        "authority-officer-cannot-sign",
        "authority-officer-without-duty",
        "authority-officer-concerned",
        "authority-approval-malformed",
        "authority-approval-signature",
        "authority-approval-differs",
        "authority-approval-out-of-time",
        "authority-approval-twice",
        "authority-approvals-missing",
    ];

    /// The stable word for this error.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::IssuerNotValid { .. } => "authority-issuer-not-valid",
            Self::IssuerNotActive { .. } => "authority-issuer-not-active",
            Self::NotIssuedHere { .. } => "authority-not-issued-here",
            Self::SealCertificateNotActive { .. } => "authority-seal-certificate-not-active",
            Self::KeyOfAnother { .. } => "authority-key-of-another",
            Self::KeyCompromised { .. } => "authority-key-compromised",
            Self::OrderDiffers { .. } => "authority-order-differs",
            Self::NoPair { .. } => "authority-no-pair",
            Self::NotRenewable { .. } => "authority-not-renewable",
            Self::RenewalTooEarly { .. } => "authority-renewal-too-early",
            Self::RenewalTooLate { .. } => "authority-renewal-too-late",
            Self::KeyTooOld { .. } => "authority-key-too-old",
            Self::RenewedTooOften { .. } => "authority-renewed-too-often",
            Self::UnknownKey => "authority-unknown-key",
            Self::OtherSubject { .. } => "authority-other-subject",
            Self::KeyUnchanged { .. } => "authority-key-unchanged",
            Self::ApplicationProfile { .. } => "application-profile",
            Self::ApplicationUnknown { .. } => "application-unknown",
            Self::ApplicationSelfApproved { .. } => "application-self-approved",
            Self::ApplicationNotApproved { .. } => "application-not-approved",
            Self::ApplicationRefused { .. } => "application-refused",
            Self::ApplicationAnswered { .. } => "application-answered",
            Self::ApplicationExpired { .. } => "application-expired",
            Self::ApplicationClosed { .. } => "application-closed",
            Self::ApplicationWrongCode { .. } => "application-wrong-code",
            Self::ApplicationOtherKey { .. } => "application-other-key",
            Self::ApplicationOtherSubject { .. } => "application-other-subject",
            Self::NotActivated => "application-none",
            Self::PassphraseNone { .. } => "passphrase-none",
            Self::PassphraseWrong { .. } => "passphrase-wrong",
            Self::PassphraseBlocked { .. } => "passphrase-blocked",
            Self::NoDuties => "authority-no-duties",
            Self::NotAnOfficer { .. } => "authority-not-an-officer",
            Self::OfficerDismissed { .. } => "authority-officer-dismissed",
            Self::OfficerNotInForce { .. } => "authority-officer-not-in-force",
            Self::OfficerCannotSign { .. } => "authority-officer-cannot-sign",
            Self::OfficerWithoutDuty { .. } => "authority-officer-without-duty",
            Self::OfficerConcerned { .. } => "authority-officer-concerned",
            Self::ApprovalMalformed => "authority-approval-malformed",
            Self::ApprovalSignature => "authority-approval-signature",
            Self::ApprovalDiffers { .. } => "authority-approval-differs",
            Self::ApprovalOutOfTime { .. } => "authority-approval-out-of-time",
            Self::ApprovalTwice { .. } => "authority-approval-twice",
            Self::ApprovalsMissing { .. } => "authority-approvals-missing",
            Self::Key(error) => error.code(),
            Self::Cert(error) => error.code(),
            Self::Recovery(fault) => fault.code(),
            Self::Cms(error) => error.code(),
            Self::Seal(error) => error.code(),
            Self::Timestamp(error) => error.code(),
            Self::Unlock(obstacle) => obstacle.code(),
            Self::Token(error) => error.code(),
            Self::Registry(error) => error.code(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_listed() {
        let errors = [
            AuthorityError::IssuerNotValid { at: Instant::from_unix(0) },
            AuthorityError::IssuerNotActive { standing: Standing::Held },
            AuthorityError::NotIssuedHere { serial: String::new() },
            AuthorityError::SealCertificateNotActive { subject: String::new(), standing: Standing::Held },
            AuthorityError::KeyOfAnother { subject: String::new() },
            AuthorityError::KeyCompromised { serial: String::new() },
            AuthorityError::OrderDiffers { order: String::new(), serial: String::new() },
            AuthorityError::NoPair { profile: String::new() },
            AuthorityError::NotRenewable { serial: String::new(), standing: Standing::Held },
            AuthorityError::RenewalTooEarly { serial: String::new(), from: Instant::from_unix(0) },
            AuthorityError::RenewalTooLate { serial: String::new(), until: Instant::from_unix(0) },
            AuthorityError::KeyTooOld { serial: String::new(), since: Instant::from_unix(0) },
            AuthorityError::RenewedTooOften { serial: String::new(), renewals: 2 },
            AuthorityError::UnknownKey,
            AuthorityError::OtherSubject { subject: String::new() },
            AuthorityError::KeyUnchanged { serial: String::new() },
            AuthorityError::ApplicationProfile { profile: String::new() },
            AuthorityError::ApplicationUnknown { reference: String::new() },
            AuthorityError::ApplicationSelfApproved { reference: String::new() },
            AuthorityError::ApplicationNotApproved { reference: String::new() },
            AuthorityError::ApplicationRefused { reference: String::new() },
            AuthorityError::ApplicationAnswered { reference: String::new() },
            AuthorityError::ApplicationExpired { reference: String::new(), until: Instant::from_unix(0) },
            AuthorityError::ApplicationClosed { reference: String::new() },
            AuthorityError::ApplicationWrongCode { reference: String::new(), left: 4 },
            AuthorityError::ApplicationOtherKey { reference: String::new() },
            AuthorityError::ApplicationOtherSubject { reference: String::new(), subject: String::new() },
            AuthorityError::NotActivated,
            AuthorityError::PassphraseNone { serial: String::new() },
            AuthorityError::PassphraseWrong { serial: String::new(), left: 4 },
            AuthorityError::PassphraseBlocked { serial: String::new(), until: Instant::from_unix(0) },
            AuthorityError::NoDuties,
            AuthorityError::NotAnOfficer { subject: String::new() },
            AuthorityError::OfficerDismissed { subject: String::new(), at: Instant::from_unix(0) },
            AuthorityError::OfficerNotInForce { subject: String::new(), standing: Standing::Held },
            AuthorityError::OfficerCannotSign { subject: String::new() },
            AuthorityError::OfficerWithoutDuty { subject: String::new(), duty: Duty::Unlock },
            AuthorityError::OfficerConcerned { subject: String::new() },
            AuthorityError::ApprovalMalformed,
            AuthorityError::ApprovalSignature,
            AuthorityError::ApprovalDiffers { subject: String::new() },
            AuthorityError::ApprovalOutOfTime { subject: String::new(), at: Instant::from_unix(0) },
            AuthorityError::ApprovalTwice { subject: String::new() },
            AuthorityError::ApprovalsMissing { needed: 2, given: 1 },
        ];
        assert_eq!(errors.each_ref().map(AuthorityError::code).as_slice(), AuthorityError::CODES);
        assert_eq!(AuthorityError::from(RegistryError::NoChanges).code(), "registry-no-changes");
    }
}
