//! Exit codes (cli.md, 1), their order over several files, and what happens when eseal itself is at fault.

use std::io::Write;
use std::process::ExitCode;

use eseal::authority::UnlockObstacle;

use crate::messages::Messages;

/// What a run ends with. The numbers are the contract that scripts rely on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Exit {
    /// Done, or everything valid.
    Done = 0,
    /// Something is invalid.
    Invalid = 1,
    /// The command line is wrong.
    Usage = 2,
    /// Valid or not could not be decided.
    Indeterminate = 3,
    /// There is no stamp.
    NotStamped = 4,
    /// Refused: PIN, lock, policy, seal state.
    Refused = 5,
    /// Could not: file, unreadable input.
    CouldNot = 6,
    /// A bug in eseal.
    Bug = 7,
}

impl Exit {
    /// The one that counts over several files: the first of 7, 1, 6, 5, 3, 4, 2, 0.
    ///
    /// cli.md lists 7, 1, 6, 3, 4, 0; a refusal stands behind what could not be done.
    pub(crate) fn worse(self, other: Self) -> Self {
        const ORDER: [Exit; 8] = [
            Exit::Bug,
            Exit::Invalid,
            Exit::CouldNot,
            Exit::Refused,
            Exit::Indeterminate,
            Exit::NotStamped,
            Exit::Usage,
            Exit::Done,
        ];
        ORDER.into_iter().find(|exit| *exit == self || *exit == other).unwrap_or(Self::Bug)
    }

    /// The number.
    pub(crate) const fn code(self) -> u8 {
        self as u8
    }

    /// The exit with this number.
    #[cfg(target_os = "linux")]
    pub(crate) fn from_code(code: u8) -> Option<Self> {
        use Exit::{Bug, CouldNot, Done, Indeterminate, Invalid, NotStamped, Refused, Usage};
        [Done, Invalid, Usage, Indeterminate, NotStamped, Refused, CouldNot, Bug]
            .into_iter()
            .find(|exit| exit.code() == code)
    }

    /// The exit of a failed act by its code: refusals are few and listed, the rest could not be done.
    pub(crate) fn of_code(code: &str) -> Self {
        match code {
            "internal-bug" | "stamp-self-check" => Self::Bug,
            "not-supported-yet"
            | "agent-bad-limit"
            | "agent-path-too-long"
            | "explain-unknown"
            | "home-unknown"
            | "cert-unknown-profile"
            | "ca-configuration"
            | "ca-configuration-text"
            | "profile-field"
            | "service-address"
            | "service-shards"
            | "object-identifier"
            | "identity-number"
            | "identity-check-digit"
            | "identity-twice"
            | "identity-role"
            | "cert-name-syntax"
            | "activation-reference"
            | "timestamp-policy-syntax"
            | "auth-bad-audience"
            | "auth-bad-life"
            | "stamp-place-syntax"
            | "unlock-life"
            | "stamp-size-syntax"
            | "stamp-places-clash"
            | "authority-no-duties"
            | "stamp-place-missing"
            | "pkcs11-uri"
            | "pkcs11-no-module"
            | "pkcs11-relative-module"
            | "pkcs11-mechanism-number" => Self::Usage,
            _ if code == "usage" || code.starts_with("usage-") => Self::Usage,
            _ if REFUSALS.contains(&code) || UnlockObstacle::CODES.contains(&code) => Self::Refused,
            _ => Self::CouldNot,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

/// Codes that say "may not" where all others say "could not", besides all that stands in the way of an unlocking.
const REFUSALS: &[&str] = &[
    "pin-no-terminal",
    "pin-mismatch",
    "output-exists",
    "output-terminal",
    "token-wrong-pin",
    "token-locked",
    "token-weak-pin",
    "token-device-secret-missing",
    "token-device-mismatch",
    "token-tampered",
    "token-exists",
    "token-not-for-signing",
    "token-foreign-certificate",
    "token-key-exists",
    "token-key-use-unknown",
    "token-key-use-differs",
    "token-export-forbidden",
    "token-export-of-signing-key",
    "token-other-subject",
    "token-wrong-usage",
    "token-ambiguous-answer",
    "token-answer-differs",
    "token-self-test",
    "token-unusable-unlocker",
    "token-no-unlocker",
    "token-no-recovery",
    "token-wrong-recovery-code",
    "token-unlock-signature",
    "token-unlock-share-foreign",
    "token-grant-foreign-token",
    "token-grant-used",
    "token-grant-newer",
    "token-grant-foreign-request",
    "token-pending-expired",
    "token-grant-foreign-unlocker",
    "token-grant-not-now",
    "key-encrypted",
    "key-wrong-password",
    "key-password-needed",
    "key-certificate-needed",
    "key-iterations-too-many",
    "key-signer-refused",
    "pkcs11-pin-in-uri",
    "pkcs11-pin-needed",
    "pkcs11-wrong-pin",
    "pkcs11-pin-locked",
    "pkcs11-always-authenticate",
    "request-empty-id",
    "request-bad-signature",
    "request-duplicate-attribute",
    "activation-code",
    "passphrase-unfit",
    "profile-rule",
    "draft-rule",
    "issuer-not-ca",
    "issuer-foreign-key",
    "issuer-outlived",
    "issuer-path-length",
    "ocsp-responder",
    "ocsp-nonce",
    "ocsp-other-certificate",
    "response-mismatch",
    "cms-not-for-signing",
    "cms-signer-not-valid",
    "cms-wrong-key",
    "cms-looks-like-attributes",
    "cms-not-for-encryption",
    "cms-key-not-signed",
    "cms-rekey-signature",
    "cms-rekey-same-key",
    "cms-rekey-other-subject",
    "auth-audience-differs",
    "auth-expired",
    "auth-clock",
    "auth-used",
    "timestamp-rejected",
    "timestamp-other-request",
    "timestamp-not-for-timestamps",
    "timestamp-not-valid",
    "seal-signature-mismatch",
    "seal-no-signers",
    "seal-signer-cannot-sign",
    "seal-signer-given-twice",
    "seal-maker-cannot-sign",
    "seal-maker-key-mismatch",
    "seal-maker-not-valid",
    "seal-already-over",
    "seal-version-not-written",
    "seal-signer-not-listed",
    "pdf-encrypted",
    "pdf-encrypted-public-key",
    "pdf-message-authentication",
    "pdf-certified-no-changes",
    "pdf-certified-new-field",
    "pdf-field-locked",
    "pdf-field-signed",
    "pdf-certify-not-first",
    "pdf-signed-part-changed",
    "pdf-direct-page",
    "pdf-several-places",
    "pdf-overlap",
    "pdf-faulty",
    "stamp-signer-not-in-seal",
    "stamp-signer-renewed",
    "stamp-signer-usage",
    "stamp-signer-not-yet-valid",
    "stamp-signer-expired",
    "stamp-wrong-key",
    "stamp-seal-not-yet-valid",
    "stamp-seal-expired",
    "stamp-seal-broken",
    "stamp-seal-version",
    "stamp-would-be-invalid",
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
    "application-rules",
    "activation-required",
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
    "authority-not-an-officer",
    "authority-officer-dismissed",
    "authority-officer-not-in-force",
    "authority-officer-cannot-sign",
    "authority-officer-without-duty",
    "authority-officer-concerned",
    "authority-approval-signature",
    "authority-approval-differs",
    "authority-approval-out-of-time",
    "authority-approval-twice",
    "authority-approvals-missing",
    "recovery-out-of-time",
    "recovery-not-escrowed",
    "recovery-other-holder",
    "recovery-not-active",
    "recovery-key-differs",
    "recovery-other-escrow-key",
    "agent-running",
    "agent-folder",
    "agent-not-a-socket",
    "agent-foreign",
    "agent-other-user",
    "agent-locked",
    "agent-not-for-signing",
    "agent-denied",
    "agent-token-locked",
    "agent-token-changed",
    "office-exists",
    "lab-exists",
    "lab-not-a-lab",
    "store-exists",
    "store-not-empty",
    "store-no-tls",
    "store-login-refused",
    "store-not-allowed",
    "registry-already-revoked",
    "registry-already-held",
    "registry-not-held",
    "registry-seal-taken",
    "registry-order-taken",
    "registry-answer-taken",
    "registry-serial-taken",
    "registry-dossier-changed",
];

/// Makes a panic end as one plain line and exit 7. The panic's own text is not shown: it may hold what was being worked on.
pub(crate) fn catch_bugs(messages: &Messages) {
    let format = messages.text("err-internal-bug", &[("place", "@place@".into())]);
    let hint = messages.text("hint-internal-bug", &[]);
    std::panic::set_hook(Box::new(move |panic| {
        let place = panic.location().map_or_else(|| "?".into(), |at| format!("{}:{}", at.file(), at.line()));
        let line = format.replace("@place@", &place);
        // Nothing can be done when even stderr is gone.
        let _ = writeln!(std::io::stderr(), "error[internal-bug]: {line}\nhint: {hint}");
    }));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_the_contract_counts_over_several_files() {
        let order = [Exit::Bug, Exit::Invalid, Exit::CouldNot, Exit::Indeterminate, Exit::NotStamped, Exit::Done];
        for (index, earlier) in order.into_iter().enumerate() {
            for later in &order[index..] {
                assert_eq!(earlier.worse(*later), earlier);
                assert_eq!(later.worse(earlier), earlier);
            }
        }
    }
}
