//! Messages of an unlocking: what is read as a request is read again, and nothing that was not signed here lets a token be opened.
#![no_main]

use std::sync::LazyLock;

use eseal::cert::{Certificate, Issuer, Name, Profile, SerialNumber};
use eseal::key::{SecretKey, Signer, SoftSigner};
use eseal::time::{Instant, Period};
use eseal::token::{KdfCost, MemoryMedium, NewToken, PendingUnlock, Pin, Token, UnlockGrant, UnlockReceipt, UnlockRequest};
use libfuzzer_sys::fuzz_target;

static NOW: LazyLock<Instant> = LazyLock::new(|| Instant::from_unix(1_795_000_000));

static UNLOCKER: LazyLock<Certificate> = LazyLock::new(|| {
    let name = Name::parse("CN=fake").expect("a name");
    let serial = |number| SerialNumber::from_bytes(&[number]).expect("a number");
    let period = Period::years(*NOW, 9);
    let root = Issuer::self_signed(&name, &signer(1), serial(1), period).expect("a root");
    let issuer = Issuer::new(root, signer(1)).expect("its own key");
    issuer.issue_for(&name, signer(2).public_key(), &Profile::unlocker(), serial(2), period).expect("issued")
});

static TOKEN: LazyLock<(Token, PendingUnlock)> = LazyLock::new(|| {
    let pin = Pin::new("a PIN that nobody knows").expect("a good PIN");
    let new =
        NewToken { kdf: KdfCost::demo(2), unlocker: Some(UNLOCKER.clone()), ..NewToken::file("fake token", &pin) };
    let (token, _) = Token::create(MemoryMedium::new(), new, *NOW).expect("made");
    let (_, pending) = token.request_unlock(None, None, *NOW).expect("asked");
    (token, pending)
});

fn signer(byte: u8) -> SoftSigner {
    SoftSigner::deterministic(SecretKey::from_bytes(&[byte; 32]).expect("a key"))
}

fuzz_target!(|bytes: &[u8]| {
    if let Ok(request) = UnlockRequest::from_bytes(bytes) {
        let again = UnlockRequest::from_bytes(request.to_pem().as_bytes()).expect("what was read is read again");
        assert_eq!((again.as_der(), again.code().len()), (request.as_der(), 8));
        let (certificate, key) = (&*UNLOCKER, signer(2));
        assert!(UnlockGrant::issue(&request, certificate, &key, &key, *NOW).is_err(), "nobody sealed that share");
    }
    if let Ok(grant) = UnlockGrant::from_bytes(bytes) {
        let (token, pending) = &*TOKEN;
        assert!(token.check_grant(&grant, Some(pending), None, *NOW).is_err(), "nobody granted that");
        assert!(grant.period().to() <= grant.period().from().plus_seconds(UnlockGrant::LONGEST));
    }
    if let Ok(receipt) = UnlockReceipt::from_bytes(bytes) {
        assert_eq!(receipt.token().len(), 32);
    }
});
