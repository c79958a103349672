//! Signed statements: messages by which a key says something that a machine acts on.

use ::der::Sequence;
use ::der::asn1::ObjectIdentifier;

use crate::cert::Certificate;
use crate::der;
use crate::key::Signer;
use crate::oid;
use crate::time::Instant;

use super::CmsError;
use super::CmsOutcome;
use super::Content;
use super::MessageDraft;
use super::MessageSigner;
use super::SignedMessage;
use super::asn1;
use super::read::unarmoured;

/// What a signed statement (签名声明) is, as the signature itself says.
///
/// A GB/T 35275 message over data with one more signed attribute, the content hint of RFC 2634, 2.9, whose description is
/// the word of the statement. Whoever gets somebody to sign a file of his making has no such attribute under the
/// signature: a signature over a file, a seal or a request never passes for a statement, nor one statement for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Statement {
    /// A token may be unlocked once (解锁授权).
    UnlockGrant,
    /// A token was unlocked (解锁回执).
    UnlockReceipt,
    /// An officer approves of something (审批意见).
    Approval,
}

/// Why a message is not the statement that was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StatementFault {
    /// It cannot be read, or is of several signers or without content.
    Malformed,
    /// Its signature does not hold, or its certificate did not come along.
    Signature,
    /// It was signed as something else.
    OtherKind,
}

/// A statement that was read: its signature holds by the key of the certificate that came along, and nothing is known of
/// that certificate yet.
#[derive(Clone, Debug)]
pub(crate) struct SignedStatement {
    /// The message as received.
    pub(crate) message: SignedMessage,
    /// Who signed it.
    pub(crate) signer: Certificate,
    /// When, as the signer says.
    pub(crate) signing_time: Option<Instant>,
    /// What it says, DER.
    pub(crate) content: Vec<u8>,
}

/// `ContentHints`, RFC 2634, 2.9.
#[derive(Sequence)]
struct ContentHints {
    description: String,
    kind: ObjectIdentifier,
}

impl Statement {
    /// The word that is signed along. Part of the signed bytes: never changes.
    const fn word(self) -> &'static str {
        match self {
            Self::UnlockGrant => "eseal unlock grant 1",
            Self::UnlockReceipt => "eseal unlock receipt 1",
            Self::Approval => "eseal approval 1",
        }
    }

    fn hint(self) -> Vec<u8> {
        asn1::encode(&ContentHints { description: self.word().to_owned(), kind: oid::GM_DATA })
    }

    /// Signs a statement.
    ///
    /// # Errors
    /// As [`MessageDraft::new`], [`MessageDraft::attached`] and what signing fails with.
    pub(crate) fn sign(
        self,
        certificate: &Certificate,
        signer: &dyn Signer,
        now: Instant,
        content: &[u8],
    ) -> Result<SignedMessage, CmsError> {
        let draft = MessageDraft::new(certificate)?.signing_time(now);
        draft.attribute(oid::CONTENT_HINT, &[self.hint()]).attached(content)?.sign(signer)
    }

    /// Reads a statement, DER or PEM, of at most `most` bytes.
    ///
    /// # Errors
    /// [`StatementFault`].
    pub(crate) fn read(self, bytes: &[u8], most: usize) -> Result<SignedStatement, StatementFault> {
        // Base64 takes four bytes for three, and a line break now and then.
        if bytes.len() / 3 * 2 > most {
            return Err(StatementFault::Malformed);
        }
        let der = unarmoured(bytes).map_err(|_| StatementFault::Malformed)?;
        if der.len() > most {
            return Err(StatementFault::Malformed);
        }
        let message = SignedMessage::from_der(&der).map_err(|_| StatementFault::Malformed)?;
        let [info] = message.signers() else { return Err(StatementFault::Malformed) };
        let hint = info.signed_value(&oid::CONTENT_HINT).ok_or(StatementFault::OtherKind)?;
        let hint: ContentHints = der::decode(hint).map_err(|_| StatementFault::OtherKind)?;
        if hint.description != self.word() || hint.kind != oid::GM_DATA {
            return Err(StatementFault::OtherKind);
        }
        let content = message.content().ok_or(StatementFault::Malformed)?.to_vec();
        let check = message.verify(Content::Attached, &[]).pop().ok_or(StatementFault::Malformed)?;
        match (check.outcome, check.signer) {
            (CmsOutcome::Valid, Some(signer)) => {
                Ok(SignedStatement { message, signer, signing_time: check.signing_time, content })
            }
            _ => Err(StatementFault::Signature),
        }
    }
}

impl MessageSigner {
    /// What the signer says that the content is (content hint, RFC 2634, 2.9).
    #[must_use]
    pub fn content_hint(&self) -> Option<String> {
        let hint: ContentHints = der::decode(self.signed_value(&oid::CONTENT_HINT)?).ok()?;
        Some(hint.description)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cms::tests::people::Person;

    const NOW: Instant = Instant::from_unix(1_795_500_000);
    const MOST: usize = 1 << 16;

    #[test]
    fn a_statement_is_read_as_what_it_was_signed_as_and_as_nothing_else() {
        let person = Person::signer(2);
        let all = [Statement::UnlockGrant, Statement::UnlockReceipt, Statement::Approval];
        for made in all {
            let message = made.sign(&person.certificate, &person.signer, NOW, b"said").unwrap();
            for asked in all {
                match asked.read(message.as_der(), MOST) {
                    Ok(read) => {
                        assert_eq!(asked, made);
                        assert_eq!((read.content.as_slice(), read.signing_time), (&b"said"[..], Some(NOW)));
                        assert_eq!(read.signer, person.certificate);
                        assert_eq!(read.message.as_der(), message.as_der());
                    }
                    Err(fault) => {
                        assert_ne!(asked, made);
                        assert_eq!(fault, StatementFault::OtherKind);
                    }
                }
            }
        }
    }

    #[test]
    fn a_file_that_somebody_signed_is_no_statement_whatever_is_in_it() {
        let person = Person::signer(2);
        let draft = || MessageDraft::new(&person.certificate).unwrap();
        for draft in [draft(), draft().signing_time(NOW), draft().without_attributes()] {
            let message = draft.attached(b"said").unwrap().sign(&person.signer).unwrap();
            let read = Statement::Approval.read(message.as_der(), MOST);
            assert_eq!(read.err(), Some(StatementFault::OtherKind));
        }
    }

    #[test]
    fn a_changed_cut_or_oversized_statement_is_refused() {
        let person = Person::signer(2);
        let message = Statement::Approval.sign(&person.certificate, &person.signer, NOW, b"said").unwrap();
        let der = message.as_der();
        let at = der.windows(4).position(|window| window == b"said").unwrap();
        let changed = [&der[..at], b"sais", &der[at + 4..]].concat();
        assert_eq!(Statement::Approval.read(&changed, MOST).err(), Some(StatementFault::Signature));
        assert_eq!(Statement::Approval.read(der, der.len() - 1).err(), Some(StatementFault::Malformed));
        for cut in 0..der.len() {
            assert_eq!(Statement::Approval.read(&der[..cut], MOST).err(), Some(StatementFault::Malformed), "{cut}");
        }
    }
}
