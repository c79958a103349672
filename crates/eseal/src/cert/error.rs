use crate::key::KeyError;
use crate::lang::Lang;
use crate::lang::vocabulary;
use crate::sm::SmError;
use crate::time::Instant;

use super::IdentityKind;
use super::LintRule;
use super::ocsp::OcspStatus;

/// Why a certificate, a request or a revocation list could not be read, checked or made.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CertError {
    /// The input is neither DER nor PEM of the kind that was asked for.
    #[error("not a {wanted} in DER or PEM")]
    UnknownFormat {
        /// The kind that was asked for.
        wanted: &'static str,
    },
    /// A structure breaks the rules of its encoding.
    #[error("malformed {what}")]
    Malformed {
        /// The part that is malformed, as the standards name it.
        what: &'static str,
    },
    /// The input is over its size limit.
    #[error("larger than {limit} bytes")]
    TooLarge {
        /// The limit in bytes.
        limit: usize,
    },
    /// The algorithm inside the signed part is not the one beside the signature.
    #[error("the signed part names another signature algorithm than the signature")]
    AlgorithmMismatch,
    /// The signature is of another algorithm than SM2 with SM3.
    #[error("the signature algorithm is not SM2 with SM3 ({oid})")]
    SignatureAlgorithm {
        /// The algorithm found.
        oid: String,
    },
    /// The key is of another algorithm than SM2.
    #[error("the public key is not an SM2 key ({oid})")]
    KeyAlgorithm {
        /// The algorithm or curve found.
        oid: String,
    },
    /// The public key is no point of the curve.
    #[error("the public key is not a point of the curve")]
    BadKey,
    /// The signature does not hold.
    #[error("the signature does not hold{}", match .fault { Some(fault) => fault.because(), None => "" })]
    BadSignature {
        /// The known mistake that explains it, if one does.
        fault: Option<SignatureFault>,
    },
    /// The text is no distinguished name.
    #[error("not a distinguished name: {text}")]
    NameSyntax {
        /// The part that was not understood, cut to 64 characters.
        text: String,
    },
    /// A name without a single attribute where one is needed.
    #[error("the name is empty")]
    NameEmpty,
    /// A serial number is positive and has at most 20 bytes.
    #[error("not a serial number: positive, at most 20 bytes")]
    SerialNumber,
    /// The request was signed with the empty SM2 identity, as OpenSSL 3 does without `-sigopt`.
    #[error("the request was made with an empty SM2 identifier")]
    RequestEmptyId,
    /// The request's own signature does not hold: whoever sent it may not have the key.
    #[error("the signature of the request does not hold")]
    RequestSignature {
        /// The known mistake that explains it, if one does.
        fault: Option<SignatureFault>,
    },
    /// An attribute of the request comes twice.
    #[error("the request has an attribute twice ({oid})")]
    RequestDuplicateAttribute {
        /// The attribute.
        oid: String,
    },
    /// No authorisation code: 16 characters of base32.
    #[error("not an authorisation code")]
    ActivationCode,
    /// No reference number of an application: letters, digits and dashes, 32 at most.
    #[error("not a reference number of an application")]
    ActivationReference,
    /// A revocation passphrase is too short, too long, or holds a control character.
    #[error("a revocation passphrase has {least} characters at least, and none that nobody types")]
    Passphrase {
        /// Fewest characters.
        least: usize,
    },
    /// No profile has this name.
    #[error("no profile is called {name}")]
    UnknownProfile {
        /// The name, cut to 64 characters.
        name: String,
    },
    /// The configuration of a CA cannot be read.
    #[error("line {line} of the configuration: {message}")]
    Configuration {
        /// The line, from 1.
        line: usize,
        /// What the reader of TOML says, in English.
        message: String,
    },
    /// A value in a profile makes no sense.
    #[error("the field {field} of the profile {profile} makes no sense")]
    ProfileField {
        /// The profile, cut to 64 characters.
        profile: String,
        /// The field.
        field: &'static str,
    },
    /// A profile breaks a rule of its standards.
    #[error("the profile {profile} breaks {}: {}", .rule.id(), .rule.label(Lang::En))]
    ProfileRule {
        /// The profile.
        profile: String,
        /// The rule.
        rule: LintRule,
        /// Where or what.
        detail: String,
    },
    /// What would be issued breaks a rule of its standards.
    #[error("the certificate would break {}: {}", .rule.id(), .rule.label(Lang::En))]
    DraftRule {
        /// The rule.
        rule: LintRule,
        /// Where or what.
        detail: String,
    },
    /// No absolute address of `http`, `https` or `ldap`, or a place in it that is not known.
    #[error("not an address for certificates: {text}")]
    ServiceAddress {
        /// The address, cut to 64 characters.
        text: String,
    },
    /// The number of parts of the revocation list does not go with its address.
    #[error("{shards} parts of a revocation list do not go with its address")]
    ServiceShards {
        /// The number of parts.
        shards: u32,
    },
    /// No object identifier in dots, or one that comes twice.
    #[error("not an object identifier, or not for the first time: {text}")]
    ObjectIdentifier {
        /// The text, cut to 64 characters.
        text: String,
    },
    /// No identity number of this kind.
    #[error("not a {}", .kind.label(Lang::En))]
    IdentityNumber {
        /// What it should have been; the number itself is personal data and not repeated.
        kind: IdentityKind,
    },
    /// The check digit of an identity number contradicts the number: it was mistyped.
    #[error("the check digit of the {} is wrong", .kind.label(Lang::En))]
    IdentityCheckDigit {
        /// What it should have been; the number itself is personal data and not repeated.
        kind: IdentityKind,
    },
    /// An identity has one number of each kind, and one of the three a person may have.
    #[error("a second number where an identity has one: {}", .kind.label(Lang::En))]
    IdentityTwice {
        /// The kind of the second number.
        kind: IdentityKind,
    },
    /// Certificates of this role say nothing of who a person or an organization is.
    #[error("a certificate of the profile {profile} has no identity numbers")]
    IdentityRole {
        /// The profile.
        profile: String,
    },
    /// The certificate may not issue: not a CA, or its key usage excludes it.
    #[error("the certificate may not issue certificates or revocation lists")]
    IssuerNotCa,
    /// The signer's key is not the one in the certificate.
    #[error("the signer's key does not belong to the certificate")]
    IssuerForeignKey,
    /// A certificate may not be valid when its issuer no longer is.
    #[error("the certificate would be valid outside its issuer's period, which ends {issuer_ends}")]
    IssuerOutlived {
        /// Where the issuer's period ends.
        issuer_ends: Instant,
    },
    /// The issuer's path length forbids a further CA beneath it.
    #[error("the issuer may not have a further CA beneath it")]
    IssuerPathLength,
    /// A root was asked for where only what stands beneath an issuer can be issued.
    #[error("a root signs itself and is not issued by another")]
    IssuerRoot,
    /// The revocation list is of another issuer.
    #[error("the revocation list is of another issuer")]
    ListForeignIssuer,
    /// An OCSP responder gave no answer.
    #[error("the OCSP responder gave no answer: {}", status.label(Lang::En))]
    OcspStatus {
        /// What it said instead.
        status: OcspStatus,
    },
    /// Whoever signed an OCSP response may not answer for the issuer.
    #[error("the OCSP responder may not answer for the issuer: {}", fault.label(Lang::En))]
    OcspResponder {
        /// Why not.
        fault: ResponderFault,
    },
    /// An OCSP response does not repeat the nonce of the request: it may be an old one.
    #[error("the OCSP response does not repeat the nonce of the request")]
    OcspNonce,
    /// An OCSP response says nothing about a certificate that was asked about.
    #[error("the OCSP response says nothing about certificate {serial}")]
    OcspOtherCertificate {
        /// Its serial number.
        serial: String,
    },
    /// The response does not belong to the key, or its parts do not belong together.
    #[error("the certificate response does not fit: {what}")]
    ResponseMismatch {
        /// What does not fit.
        what: &'static str,
    },
    /// The key could not be read, or the signer failed.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// Randomness was not to be had.
    #[error(transparent)]
    Sm(#[from] SmError),
}

impl CertError {
    /// Every code of this enum; those of [`KeyError`] and [`SmError`] come beside them.
    pub const CODES: &[&str] = &[
        "cert-unknown-format",
        "cert-malformed",
        "cert-too-large",
        "cert-algorithm-mismatch",
        "cert-signature-algorithm",
        "cert-key-algorithm",
        "cert-bad-key",
        "cert-bad-signature",
        "cert-name-syntax",
        "cert-name-empty",
        "cert-serial-number",
        "request-empty-id",
        "request-bad-signature",
        "request-duplicate-attribute",
        "activation-code",
        "activation-reference",
        "passphrase-unfit",
        "cert-unknown-profile",
        "ca-configuration",
        "profile-field",
        "profile-rule",
        "draft-rule",
        "service-address",
        "service-shards",
        "object-identifier",
        "identity-number",
        "identity-check-digit",
        "identity-twice",
        "identity-role",
        "issuer-not-ca",
        "issuer-foreign-key",
        "issuer-outlived",
        "issuer-path-length",
        "issuer-root",
        "crl-foreign-issuer",
        "ocsp-status",
        "ocsp-responder",
        "ocsp-nonce",
        "ocsp-other-certificate",
        "response-mismatch",
    ];

    /// The stable word for this error.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::UnknownFormat { .. } => "cert-unknown-format",
            Self::Malformed { .. } => "cert-malformed",
            Self::TooLarge { .. } => "cert-too-large",
            Self::AlgorithmMismatch => "cert-algorithm-mismatch",
            Self::SignatureAlgorithm { .. } => "cert-signature-algorithm",
            Self::KeyAlgorithm { .. } => "cert-key-algorithm",
            Self::BadKey => "cert-bad-key",
            Self::BadSignature { .. } => "cert-bad-signature",
            Self::NameSyntax { .. } => "cert-name-syntax",
            Self::NameEmpty => "cert-name-empty",
            Self::SerialNumber => "cert-serial-number",
            Self::RequestEmptyId => "request-empty-id",
            Self::RequestSignature { .. } => "request-bad-signature",
            Self::RequestDuplicateAttribute { .. } => "request-duplicate-attribute",
            Self::ActivationCode => "activation-code",
            Self::ActivationReference => "activation-reference",
            Self::Passphrase { .. } => "passphrase-unfit",
            Self::UnknownProfile { .. } => "cert-unknown-profile",
            Self::Configuration { .. } => "ca-configuration",
            Self::ProfileField { .. } => "profile-field",
            Self::ProfileRule { .. } => "profile-rule",
            Self::DraftRule { .. } => "draft-rule",
            Self::ServiceAddress { .. } => "service-address",
            Self::ServiceShards { .. } => "service-shards",
            Self::ObjectIdentifier { .. } => "object-identifier",
            Self::IdentityNumber { .. } => "identity-number",
            Self::IdentityCheckDigit { .. } => "identity-check-digit",
            Self::IdentityTwice { .. } => "identity-twice",
            Self::IdentityRole { .. } => "identity-role",
            Self::IssuerNotCa => "issuer-not-ca",
            Self::IssuerForeignKey => "issuer-foreign-key",
            Self::IssuerOutlived { .. } => "issuer-outlived",
            Self::IssuerPathLength => "issuer-path-length",
            Self::IssuerRoot => "issuer-root",
            Self::ListForeignIssuer => "crl-foreign-issuer",
            Self::OcspStatus { .. } => "ocsp-status",
            Self::OcspResponder { .. } => "ocsp-responder",
            Self::OcspNonce => "ocsp-nonce",
            Self::OcspOtherCertificate { .. } => "ocsp-other-certificate",
            Self::ResponseMismatch { .. } => "response-mismatch",
            Self::Key(error) => error.code(),
            Self::Sm(error) => error.code(),
        }
    }
}

/// A known wrong way of computing or writing an SM2 signature, tried only to name why one does not hold; never accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SignatureFault {
    /// Signed with the empty identity instead of the default one.
    EmptyId,
    /// Signed over SM3(M), without Z.
    NoZa,
    /// Signed over SM3(Z ‖ SM3(M)).
    DoubleHash,
    /// Written as 64 bytes r ‖ s instead of DER.
    Raw,
    /// Not an SM2 signature at all: neither DER nor of the right size, or out of range.
    Malformed,
}

impl SignatureFault {
    /// Every value.
    pub const ALL: &[Self] = &[Self::EmptyId, Self::NoZa, Self::DoubleHash, Self::Raw, Self::Malformed];

    /// The stable word for JSON.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::EmptyId => "empty-id",
            Self::NoZa => "no-za",
            Self::DoubleHash => "double-hash",
            Self::Raw => "raw-signature",
            Self::Malformed => "malformed-signature",
        }
    }

    /// The name for people.
    #[must_use]
    pub const fn label(self, lang: Lang) -> &'static str {
        match self {
            Self::EmptyId => lang.pick("签名时用户标识为空", "signed with an empty SM2 identifier"),
            Self::NoZa => lang.pick("签名时未计算 ZA", "signed without Z"),
            Self::DoubleHash => lang.pick("签名前多做了一次杂凑", "hashed twice before signing"),
            Self::Raw => lang.pick("签名值不是 DER，而是 64 字节 r‖s", "64 bytes r‖s instead of DER"),
            Self::Malformed => lang.pick("签名值不是 SM2 签名", "not an SM2 signature"),
        }
    }

    const fn because(self) -> &'static str {
        match self {
            Self::EmptyId => ": made with an empty SM2 identifier",
            Self::NoZa => ": made without Z",
            Self::DoubleHash => ": hashed twice before signing",
            Self::Raw => ": written as 64 bytes instead of DER",
            Self::Malformed => ": not an SM2 signature",
        }
    }
}

vocabulary! {
    /// Why whoever signed an OCSP response may not answer for an issuer; RFC 6960, 4.2.2.2.
    pub enum ResponderFault: word {
        /// No certificate of the responder is there.
        NotThere = "not-there", "缺少响应者证书", "the responder's certificate is not there";
        /// Another made it, or its signature does not hold.
        NotByIssuer = "not-by-issuer", "响应者证书不是该签发者签发", "the issuer did not make the responder's certificate";
        /// It is not for this.
        Usage = "usage", "证书用途不含 OCSP 签名", "its certificate is not for signing OCSP responses";
        /// It was not valid then.
        Period = "period", "响应者证书不在有效期内", "its certificate is outside its period";
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_listed_once() {
        let oid = String::new;
        let fault = None;
        let kind = IdentityKind::Passport;
        let errors = [
            CertError::UnknownFormat { wanted: "" },
            CertError::Malformed { what: "" },
            CertError::TooLarge { limit: 0 },
            CertError::AlgorithmMismatch,
            CertError::SignatureAlgorithm { oid: oid() },
            CertError::KeyAlgorithm { oid: oid() },
            CertError::BadKey,
            CertError::BadSignature { fault },
            CertError::NameSyntax { text: String::new() },
            CertError::NameEmpty,
            CertError::SerialNumber,
            CertError::RequestEmptyId,
            CertError::RequestSignature { fault },
            CertError::RequestDuplicateAttribute { oid: oid() },
            CertError::ActivationCode,
            CertError::ActivationReference,
            CertError::Passphrase { least: 8 },
            CertError::UnknownProfile { name: String::new() },
            CertError::Configuration { line: 1, message: String::new() },
            CertError::ProfileField { profile: String::new(), field: "" },
            CertError::ProfileRule { profile: String::new(), rule: LintRule::Key, detail: String::new() },
            CertError::DraftRule { rule: LintRule::Key, detail: String::new() },
            CertError::ServiceAddress { text: String::new() },
            CertError::ServiceShards { shards: 0 },
            CertError::ObjectIdentifier { text: String::new() },
            CertError::IdentityNumber { kind },
            CertError::IdentityCheckDigit { kind },
            CertError::IdentityTwice { kind },
            CertError::IdentityRole { profile: String::new() },
            CertError::IssuerNotCa,
            CertError::IssuerForeignKey,
            CertError::IssuerOutlived { issuer_ends: Instant::MAX },
            CertError::IssuerPathLength,
            CertError::IssuerRoot,
            CertError::ListForeignIssuer,
            CertError::OcspStatus { status: OcspStatus::TryLater },
            CertError::OcspResponder { fault: ResponderFault::Usage },
            CertError::OcspNonce,
            CertError::OcspOtherCertificate { serial: String::new() },
            CertError::ResponseMismatch { what: "" },
        ];
        assert_eq!(errors.iter().map(CertError::code).collect::<Vec<_>>(), CertError::CODES);
    }

    #[test]
    fn the_reason_of_a_bad_signature_is_in_its_text() {
        let error = CertError::BadSignature { fault: Some(SignatureFault::EmptyId) };
        assert_eq!(error.to_string(), "the signature does not hold: made with an empty SM2 identifier");
    }
}
