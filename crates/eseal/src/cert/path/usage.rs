//! Whether a certificate's usages allow a purpose.
//!
//! Real certificates of seal makers and units vary widely: keyUsage need not be critical, and extKeyUsage is not asked
//! for. What is refused is the common mix-up of a pair: the encryption certificate taken for signing.

use const_oid::ObjectIdentifier;

use crate::oid;

use super::super::Certificate;
use super::Answer;
use super::Cause;
use super::Ground;
use super::Purpose;

/// What a certificate is for, by its own word.
pub(super) fn purpose_of(certificate: &Certificate) -> Purpose {
    let has = |kind| certificate.extended_key_usages().is_some_and(|kinds| kinds.contains(kind));
    let enciphers_only = certificate.key_usage().is_some_and(|usage| usage.can_encipher() && !usage.can_sign());
    if certificate.is_ca() {
        Purpose::Ca
    } else if has(&oid::EKU_TIMESTAMPING) {
        Purpose::Timestamp
    } else if has(&oid::EKU_OCSP_SIGNING) {
        Purpose::Ocsp
    } else if enciphers_only {
        Purpose::Encryption
    } else {
        Purpose::Seal
    }
}

pub(super) fn usage(certificate: &Certificate, purpose: Purpose) -> Answer {
    let about = |cause| Ground::about(cause, certificate);
    match purpose {
        Purpose::Seal | Purpose::SealMaker => match certificate.key_usage() {
            None => Answer::Fail(about(Cause::UsageMissing)),
            Some(usage) if usage.can_sign() => Answer::Pass,
            Some(usage) if usage.can_encipher() => Answer::Fail(about(Cause::UsageEncryptionOnly)),
            Some(_) => Answer::Fail(about(Cause::UsageNotSigning)),
        },
        Purpose::Login => match usage(certificate, Purpose::Seal) {
            Answer::Pass if certificate.is_ca() => Answer::Fail(about(Cause::UsageNotLogin)),
            // A certificate whose purposes are listed was made for those and no other: time stamps, answers, code.
            Answer::Pass if certificate.extended_key_usages().is_some_and(|kinds| !kinds.iter().any(is_login)) => {
                Answer::Fail(about(Cause::UsageNotLogin))
            }
            other => other,
        },
        Purpose::Timestamp => {
            if certificate.key_usage().is_some_and(|usage| !usage.can_sign()) {
                return Answer::Fail(about(Cause::UsageNotSigning));
            }
            match certificate.extended_key_usages() {
                Some(kinds) if kinds.contains(&oid::EKU_TIMESTAMPING) => {
                    let extension = certificate.extension(&oid::EXTENDED_KEY_USAGE);
                    let critical = extension.is_some_and(|extension| extension.critical);
                    if critical && kinds.len() == 1 {
                        Answer::Pass
                    } else {
                        Answer::Note(about(Cause::UsageNotExclusive))
                    }
                }
                _ => Answer::Fail(about(Cause::UsageNotTimestamping)),
            }
        }
        Purpose::Ocsp => match certificate.extended_key_usages() {
            _ if certificate.key_usage().is_some_and(|usage| !usage.can_sign()) => {
                Answer::Fail(about(Cause::UsageNotSigning))
            }
            Some(kinds) if kinds.contains(&oid::EKU_OCSP_SIGNING) => Answer::Pass,
            // An authority answers for its own certificates.
            _ if certificate.is_ca() => Answer::Pass,
            _ => Answer::Fail(about(Cause::UsageNotOcsp)),
        },
        Purpose::Encryption => match certificate.key_usage() {
            None => Answer::Fail(about(Cause::UsageMissing)),
            Some(usage) if usage.can_encipher() => Answer::Pass,
            Some(_) => Answer::Fail(about(Cause::UsageNotEncryption)),
        },
        Purpose::Ca => match certificate.key_usage() {
            _ if !certificate.is_ca() => Answer::Fail(about(Cause::UsageNotCa)),
            None => Answer::Note(about(Cause::UsageMissing)),
            Some(usage) if usage.cert_sign() => Answer::Pass,
            Some(_) => Answer::Fail(about(Cause::UsageNotCa)),
        },
    }
}

/// The purposes under which people's certificates are issued, RFC 5280, 4.2.1.12; mail too, since many have only that.
fn is_login(kind: &ObjectIdentifier) -> bool {
    [oid::EKU_CLIENT_AUTH, oid::EKU_EMAIL_PROTECTION, oid::EKU_ANY].contains(kind)
}
