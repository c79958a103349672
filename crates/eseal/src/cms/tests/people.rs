//! People with fake keys, for the tests of this room.

use crate::cert::Certificate;
use crate::cert::Issuer;
use crate::cert::Name;
use crate::cert::Profile;
use crate::cert::SerialNumber;
use crate::key::SecretKey;
use crate::key::SoftSigner;
use crate::time::Instant;
use crate::time::Period;

/// A certificate and its key.
pub(in crate::cms) struct Person {
    pub(in crate::cms) certificate: Certificate,
    pub(in crate::cms) signer: SoftSigner,
    number: u8,
}

impl Person {
    /// Somebody who may sign.
    pub(in crate::cms) fn signer(number: u8) -> Self {
        Self::new(number, &Profile::person())
    }

    /// An authority, who signs certificates and no messages.
    pub(in crate::cms) fn authority(number: u8) -> Self {
        Self::new(number, &Profile::sub_ca())
    }

    /// Somebody who only receives.
    pub(in crate::cms) fn receiver(number: u8) -> Self {
        Self::new(number, &Profile::encryption())
    }

    fn new(number: u8, profile: &Profile) -> Self {
        let key = |number: u8| SoftSigner::deterministic(fake_key(number));
        let name = |common: String| Name::parse(&format!("CN={common},O=示例市数据局,C=CN")).unwrap();
        let serial = |number: u8| SerialNumber::from_bytes(&[number]).unwrap();
        let period = Period::years(Instant::utc(2026, 1, 1, 0, 0, 0).unwrap(), 5);
        let authority = Issuer::self_signed(&name("fake root".into()), &key(200), serial(200), period).unwrap();
        let issuer = Issuer::new(authority, key(200)).unwrap();
        let signer = key(number);
        let subject = name(format!("fake {number}"));
        let public = fake_key(number);
        let certificate = issuer.issue_for(&subject, public.public_key(), profile, serial(number), period).unwrap();
        Self { certificate, signer, number }
    }

    /// The secret key.
    pub(in crate::cms) fn secret(&self) -> SecretKey {
        fake_key(self.number)
    }
}

fn fake_key(number: u8) -> SecretKey {
    SecretKey::from_bytes(&[number; 32]).unwrap()
}
