//! Signed messages: reading, and checking each signature against what is inside and against another content.
#![no_main]

use eseal::cms::{CmsOutcome, Content, SignedMessage};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(message) = SignedMessage::from_bytes(bytes) else { return };
    for signer in message.signers() {
        let _ = (signer.identifier(), signer.signing_time(), signer.timestamp(), signer.signed_attributes());
    }
    // Each signature costs a multiplication: a crowd of them only slows the fuzzer down.
    if message.signers().len() > 4 {
        return;
    }
    let again = SignedMessage::from_der(message.as_der()).expect("what was read is read again");
    assert_eq!(again.signers().len(), message.signers().len());
    let _ = message.verify(Content::Attached, &[]);
    for check in message.verify(Content::Detached(&[b"nobody ", b"signed this"]), &[]) {
        assert_ne!(check.outcome, CmsOutcome::Valid);
    }
});
