//! A small office with fake keys: root, issuing CA, seal maker, and a clerk who may use the seal.
#![allow(dead_code, reason = "each test binary and bench uses a part of it")]

use eseal::cert::{
    Certificate, CertificateRequest, Issuer, Name, Profile, RevocationList, RevocationListDraft, SerialNumber,
};
use eseal::key::{PublicKey, SecretKey, SoftSigner};
use eseal::seal::{Picture, Seal, SealDraft, SealId, SealKind, SealMaker, SealVersion, Size};
use eseal::time::{Instant, Period};

/// When everything in these tests happens.
pub(crate) fn now() -> Instant {
    Instant::utc(2027, 3, 1, 9, 0, 0).unwrap()
}

/// A certificate with its key.
pub(crate) struct Holder {
    pub(crate) certificate: Certificate,
    pub(crate) signer: SoftSigner,
}

pub(crate) struct FakeOffice {
    pub(crate) root: Holder,
    pub(crate) issuing: Holder,
    pub(crate) maker: Holder,
    pub(crate) clerk: Holder,
    pub(crate) request: CertificateRequest,
    pub(crate) seal: Seal,
}

fn fake_key() -> SoftSigner {
    SoftSigner::new(SecretKey::generate().unwrap())
}

fn name(common: &str) -> Name {
    Name::parse(&format!("CN={common},O=示例市数据局,C=CN")).unwrap()
}

impl FakeOffice {
    pub(crate) fn new() -> Self {
        Self::at(now())
    }

    /// An office whose certificates and seal are good for eleven months from `now` on.
    pub(crate) fn at(now: Instant) -> Self {
        let year = Period::years(now.plus_days(-30), 1);
        let decade = Period::years(now.plus_days(-60), 10);

        let signer = fake_key();
        let serial = SerialNumber::random().unwrap();
        let certificate = Issuer::self_signed(&name("fake root"), &signer, serial, decade).unwrap();
        let root = Holder { certificate, signer };

        let issue = |above: &Holder, subject: &str, profile: Profile, period: Period| {
            let signer = fake_key();
            let request = CertificateRequest::new(&name(subject), &signer).unwrap();
            let issuer = Issuer::new(above.certificate.clone(), &above.signer).unwrap();
            let certificate = issuer.issue(&request, &profile, SerialNumber::random().unwrap(), period).unwrap();
            (Holder { certificate, signer }, request)
        };
        let (issuing, _) = issue(&root, "fake issuing CA", Profile::sub_ca(), decade);
        let (maker, _) = issue(&issuing, "fake seal maker", Profile::seal_maker(), year);
        let (clerk, request) = issue(&issuing, "fake clerk", Profile::organization(), year);
        let seal = make_seal(&maker, &clerk.certificate, now, year);
        Self { root, issuing, maker, clerk, request, seal }
    }

    /// A certificate for a key that lies elsewhere, and a seal that lists it.
    pub(crate) fn admit(&self, key: &PublicKey, now: Instant) -> (Certificate, Seal) {
        let validity = self.clerk.certificate.validity();
        let issuer = Issuer::new(self.issuing.certificate.clone(), &self.issuing.signer).unwrap();
        let serial = SerialNumber::random().unwrap();
        let certificate =
            issuer.issue_for(&name("fake holder"), key, &Profile::organization(), serial, validity).unwrap();
        let seal = make_seal(&self.maker, &certificate, now, validity);
        (certificate, seal)
    }

    /// Revocation lists of both CAs, empty, good for a month from a day before `now`.
    pub(crate) fn revocation_lists(&self, now: Instant) -> Vec<RevocationList> {
        let draft = RevocationListDraft::new(now.plus_days(-1), now.plus_days(30), 1, Vec::new());
        [&self.root, &self.issuing]
            .map(|ca| Issuer::new(ca.certificate.clone(), &ca.signer).unwrap().revocation_list(&draft).unwrap())
            .into()
    }
}

fn make_seal(maker: &Holder, signer: &Certificate, now: Instant, validity: Period) -> Seal {
    let picture = include_bytes!("../../../src/lab/pictures/organization.png").to_vec();
    let draft = SealDraft {
        id: SealId::new("33010600000001").unwrap(),
        name: "示例市数据局".into(),
        kind: SealKind::ORGANIZATION,
        picture: Picture::png(picture, Size::mm(42, 42).unwrap()).unwrap(),
        signers: vec![signer.clone()],
        validity,
        vendor: None,
        version: SealVersion::V4,
    };
    SealMaker::new(maker.certificate.clone(), &maker.signer).unwrap().make(&draft, now).unwrap()
}
