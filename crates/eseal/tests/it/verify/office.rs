//! An office for tests: authorities, a maker, a signer, and someone who forges what honest tools refuse to make.

use eseal::cert::{
    Certificate, Issuer, Name, Profile, Reason, RevocationList, RevocationListDraft, Revoked, SerialNumber, Trust,
};
use eseal::document::pdf::{Appearance, FieldChoice, Pdf, Reserved, Shown, SignatureDraft, WidgetPlace, reserve};
use eseal::key::{SecretKey, Signer, SoftSigner};
use eseal::seal::{
    Picture, Seal, SealDraft, SealId, SealKind, SealMaker, SealSignature, SealVersion, Size, ToBeSigned,
};
use eseal::time::{Instant, Period};
use eseal::timestamp::{Imprint, ImprintHash, TimestampAuthority, TimestampRequest, TimestampToken};
use eseal::verify::Verifier;

/// One page with a little text.
pub(crate) const PLAIN: &[u8] = b"%PDF-1.4
1 0 obj
<</Type/Catalog/Pages 2 0 R>>
endobj
2 0 obj
<</Type/Pages/Count 1/Kids[3 0 R]>>
endobj
3 0 obj
<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R>>
endobj
4 0 obj
<</Length 0>>stream

endstream
endobj
xref
0 5
0000000000 65535 f 
0000000009 00000 n 
0000000054 00000 n 
0000000105 00000 n 
0000000185 00000 n 
trailer
<</Size 5/Root 1 0 R>>
startxref
231
%%EOF
";

pub(crate) fn now() -> Instant {
    Instant::parse("2026-11-24T08:00:00Z").unwrap()
}

/// A way of making a stamped file that must not be believed.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Forgery {
    /// Another seal was put in the place of the one that was signed.
    SwappedSeal,
    /// A byte of the seal's picture was changed.
    ChangedPicture,
    /// Someone else stamps with the seal.
    SignerNotListed,
    /// The signer has a new certificate that the seal does not list.
    RenewedSigner,
    /// The seal was over when it was used.
    ExpiredSeal,
    /// A seal whose maker signed his own certificate under an official name.
    SelfSignedOfficial,
    /// A seal by a maker of another authority.
    ForeignMaker,
    /// The signer was revoked before stamping.
    RevokedSigner,
    /// The seal was changed, and the whole signed again by the signer.
    ResignedSealInfo,
}

/// How a stamp shows, and when it is made.
struct Show {
    at: Instant,
    seen_mm: Option<[f64; 4]>,
    colour: Option<[u8; 3]>,
}

impl Show {
    fn usual() -> Self {
        Self { at: now(), seen_mm: Some([10.0, 20.0, 30.0, 30.0]), colour: None }
    }
}

/// Whose certificate, and with which key.
pub(crate) type Holder = (Certificate, SoftSigner);

pub(crate) struct Office {
    pub(crate) trust: Trust,
    pub(crate) issuing: Holder,
    pub(crate) maker: Holder,
    pub(crate) signer: Holder,
    pub(crate) tsa: Holder,
    root: Holder,
}

/// A fake key that is the same in every run.
fn fake_key(number: u8) -> SoftSigner {
    SoftSigner::deterministic(SecretKey::from_bytes(&[number; 32]).unwrap())
}

fn serial(number: u8) -> SerialNumber {
    SerialNumber::from_bytes(&[number]).unwrap()
}

fn root(common_name: &str, key: u8) -> Holder {
    let key = fake_key(key);
    let name = Name::parse(common_name).unwrap();
    let certificate = Issuer::self_signed(&name, &key, serial(1), Period::years(now().plus_years(-1), 20)).unwrap();
    (certificate, key)
}

fn issue(by: &Holder, name: &str, key: SoftSigner, profile: &Profile, number: u8, years: u16) -> Holder {
    let issuer = Issuer::new(by.0.clone(), &by.1).unwrap();
    let period = Period::years(now().plus_days(-30), years);
    let name = Name::parse(name).unwrap();
    (issuer.issue_for(&name, key.public_key(), profile, serial(number), period).unwrap(), key)
}

impl Office {
    pub(crate) fn open() -> Self {
        let root = root("CN=Fake Root,C=CN", 1);
        let issuing = issue(&root, "CN=Fake Issuing CA,C=CN", fake_key(2), &Profile::sub_ca(), 2, 15);
        let maker = issue(&issuing, "CN=Fake Maker,C=CN", fake_key(3), &Profile::seal_maker(), 3, 5);
        let signer = issue(&issuing, "CN=Fake Organization,C=CN", fake_key(4), &Profile::organization(), 4, 2);
        let trust = Trust::from_certificates([root.0.clone()]);
        let tsa = issue(&issuing, "CN=Fake TSA,C=CN", fake_key(5), &Profile::tsa(), 5, 5);
        Self { trust, issuing, maker, signer, tsa, root }
    }

    pub(crate) const fn root(&self) -> &Holder {
        &self.root
    }

    /// Trusts the root, knows the issuing CA, and has empty revocation lists of both.
    pub(crate) fn verifier(&self) -> Verifier {
        self.verifier_with(&[], now())
    }

    /// As [`Self::verifier`], with entries in the issuing CA's list.
    pub(crate) fn verifier_with(&self, revoked: &[(&Certificate, Instant, Reason)], at: Instant) -> Verifier {
        let entries = revoked.iter().map(|(one, at, reason)| Revoked::new(one.serial().clone(), *at, *reason));
        let lists = [self.list(&self.root, Vec::new(), at), self.list(&self.issuing, entries.collect(), at)];
        Verifier::new(&self.trust).intermediates(std::slice::from_ref(&self.issuing.0)).revocation(&lists)
    }

    fn list(&self, by: &Holder, entries: Vec<Revoked>, at: Instant) -> RevocationList {
        let draft = RevocationListDraft::new(at.plus_days(-1), at.plus_days(30), 1, entries);
        Issuer::new(by.0.clone(), &by.1).unwrap().revocation_list(&draft).unwrap()
    }

    pub(crate) fn seal(&self, change: impl FnOnce(&mut SealDraft)) -> Seal {
        self.seal_by(&self.maker, change)
    }

    fn seal_by(&self, maker: &Holder, change: impl FnOnce(&mut SealDraft)) -> Seal {
        let mut draft = SealDraft {
            id: SealId::new("33010600000001").unwrap(),
            name: "示例公章".to_owned(),
            kind: SealKind::ORGANIZATION,
            picture: Picture::from_bytes(PICTURE.to_vec(), Size::mm(30, 30).unwrap()).unwrap(),
            signers: vec![self.signer.0.clone()],
            validity: Period::years(now().plus_days(-20), 3),
            vendor: None,
            version: SealVersion::V4,
        };
        change(&mut draft);
        let maker = SealMaker::new(maker.0.clone(), &maker.1).unwrap();
        maker.make(&draft, now().plus_days(-20)).unwrap()
    }

    pub(crate) fn stamp(&self, pdf: &[u8], seal: &Seal, at: Instant) -> Vec<u8> {
        self.stamp_at(pdf, seal, at, [10.0, 20.0, 30.0, 30.0])
    }

    pub(crate) fn stamp_at(&self, pdf: &[u8], seal: &Seal, at: Instant, seen_mm: [f64; 4]) -> Vec<u8> {
        self.stamp_by(&self.signer, pdf, seal, Show { at, seen_mm: Some(seen_mm), colour: None }, <[u8]>::to_vec)
    }

    /// Stamps with a seal and shows its picture in another colour.
    pub(crate) fn stamp_showing(&self, pdf: &[u8], seal: &Seal, colour: [u8; 3]) -> Vec<u8> {
        self.stamp_by(&self.signer, pdf, seal, Show { colour: Some(colour), ..Show::usual() }, <[u8]>::to_vec)
    }

    /// A token over these bytes at this time.
    pub(crate) fn timestamp(&self, over: &[u8], at: Instant) -> TimestampToken {
        let request = TimestampRequest::new(&ImprintHash::Sm3.imprint(over), None).unwrap();
        let authority = TimestampAuthority::new(self.tsa.0.clone(), &self.tsa.1, "1.2.3.4.1").unwrap();
        authority.respond(request.as_der(), 1, at).unwrap().token().unwrap().clone()
    }

    /// Stamps at one time, and has the signature value stamped at another; `change` may forge the token.
    pub(crate) fn stamp_timestamped(
        &self,
        seal: &Seal,
        claimed: Instant,
        stamped: Instant,
        change: impl FnOnce(TimestampToken) -> Vec<u8>,
    ) -> Vec<u8> {
        let show = Show { at: claimed, ..Show::usual() };
        self.stamp_by(&self.signer, PLAIN, seal, show, |der| {
            let signature = SealSignature::from_bytes(der).unwrap();
            let token = change(self.timestamp(signature.signature_value(), stamped));
            signature.with_timestamp(&token).unwrap().as_der().to_vec()
        })
    }

    /// A document time stamp of a PDF (ISO 32000-2, 12.8.5): the contents are a token over what is covered.
    pub(crate) fn document_timestamp(&self, pdf: &[u8], at: Instant) -> Vec<u8> {
        let pdf = Pdf::parse(pdf).unwrap();
        let draft = SignatureDraft {
            field: FieldChoice::New { name: None },
            filter: "Adobe.PPKLite",
            sub_filter: "ETSI.RFC3161",
            name: None,
            reason: None,
            location: None,
            signing_time: None,
            shown: None,
            places: &[],
            certify: None,
            contents_len: 8192,
        };
        let reserved = reserve(&pdf, &draft).unwrap();
        let imprint = Imprint::sm3(*reserved.data_hash());
        let request = TimestampRequest::new(&imprint, None).unwrap();
        let authority = TimestampAuthority::new(self.tsa.0.clone(), &self.tsa.1, "1.2.3.4.1").unwrap();
        let response = authority.respond(request.as_der(), 2, at).unwrap();
        reserved.fill(response.token().unwrap().as_der()).unwrap()
    }

    pub(crate) fn stamp_invisible(&self, pdf: &[u8], seal: &Seal) -> Vec<u8> {
        self.stamp_by(&self.signer, pdf, seal, Show { seen_mm: None, ..Show::usual() }, <[u8]>::to_vec)
    }

    /// Stamps without asking whether that is allowed; `change` may forge the seal signature before it is put in.
    fn stamp_by(
        &self,
        signer: &Holder,
        pdf: &[u8],
        seal: &Seal,
        show: Show,
        change: impl FnOnce(&[u8]) -> Vec<u8>,
    ) -> Vec<u8> {
        let pdf = Pdf::parse(pdf).unwrap();
        let mut raster = seal.picture().decode().unwrap();
        if let Some(colour) = show.colour {
            raster.rgba.chunks_exact_mut(4).for_each(|pixel| pixel[..3].copy_from_slice(&colour));
        }
        let appearance = Appearance::rgba(raster.width, raster.height, &raster.rgba).unwrap();
        let places: Vec<_> = show.seen_mm.iter().map(|seen_mm| WidgetPlace { page: 1, seen_mm: *seen_mm }).collect();
        let draft = SignatureDraft {
            field: FieldChoice::New { name: None },
            filter: "Adobe.PPKLite",
            sub_filter: "GM.sm2seal",
            name: None,
            reason: None,
            location: None,
            signing_time: Some(show.at),
            shown: show.seen_mm.map(|_| Shown { appearance: &appearance, size_mm: (30.0, 30.0) }),
            places: &places,
            certify: None,
            // With room for a time stamp.
            contents_len: ToBeSigned::reserve(seal, &signer.0, Reserved::longest_property_info().len()) + 4096,
        };
        let reserved = reserve(&pdf, &draft).unwrap();
        let waiting =
            ToBeSigned::new(seal, &signer.0, show.at, reserved.data_hash(), &reserved.property_info()).unwrap();
        let closed = waiting.close(&signer.1.sign_digest(&waiting.digest()).unwrap()).unwrap();
        reserved.fill(&change(closed.as_der())).unwrap()
    }

    /// Signs with a plain message, no seal: with signed attributes and RFC types, or over the digest inside and GM types.
    pub(crate) fn sign_message(&self, pdf: &[u8], attributes: bool) -> Vec<u8> {
        let pdf = Pdf::parse(pdf).unwrap();
        let draft = SignatureDraft {
            field: FieldChoice::New { name: None },
            filter: "Adobe.PPKLite",
            sub_filter: if attributes { "adbe.pkcs7.detached" } else { "GM.sm2cms.detached" },
            name: None,
            reason: None,
            location: None,
            signing_time: Some(now()),
            shown: None,
            places: &[],
            certify: None,
            contents_len: 2048,
        };
        let reserved = reserve(&pdf, &draft).unwrap();
        let message = message(&self.signer, reserved.data_hash().as_bytes(), attributes);
        reserved.fill(&message).unwrap()
    }

    pub(crate) fn forge(&self, forgery: Forgery) -> (Verifier, Vec<u8>) {
        let seal = self.seal(|_| ());
        let stamp = |seal: &Seal| self.stamp(PLAIN, seal, now());
        let by = |signer: &Holder, seal: &Seal| self.stamp_by(signer, PLAIN, seal, Show::usual(), <[u8]>::to_vec);
        let bytes = match forgery {
            Forgery::SwappedSeal => {
                let other = self.seal(|draft| draft.id = SealId::new("33010600000009").unwrap());
                let swap = |der: &[u8]| replaced(der, seal.as_der(), other.as_der());
                self.stamp_by(&self.signer, PLAIN, &seal, Show::usual(), swap)
            }
            Forgery::ChangedPicture => {
                let mut picture = PICTURE.to_vec();
                *picture.last_mut().unwrap() ^= 1;
                let change = |der: &[u8]| replaced(der, PICTURE, &picture);
                self.stamp_by(&self.signer, PLAIN, &seal, Show::usual(), change)
            }
            Forgery::SignerNotListed => {
                let other = issue(&self.issuing, "CN=Fake Stranger,C=CN", fake_key(9), &Profile::person(), 9, 2);
                by(&other, &seal)
            }
            Forgery::RenewedSigner => {
                let name = "CN=Fake Organization,C=CN";
                let renewed = issue(&self.issuing, name, fake_key(4), &Profile::organization(), 44, 2);
                by(&renewed, &seal)
            }
            Forgery::ExpiredSeal => stamp(&self.seal(|draft| draft.validity = Period::days(now().plus_days(-20), 10))),
            Forgery::SelfSignedOfficial => stamp(&self.seal_by(&issue_own(&root("CN=Fake Maker,C=CN", 66)), |_| ())),
            Forgery::ForeignMaker => {
                let foreign = root("CN=Foreign Root,C=CN", 77);
                let maker = issue(&foreign, "CN=Fake Maker,C=CN", fake_key(78), &Profile::seal_maker(), 3, 5);
                stamp(&self.seal_by(&maker, |_| ()))
            }
            Forgery::RevokedSigner => {
                let revoked = [(&self.signer.0, now().plus_days(-3), Reason::CessationOfOperation)];
                return (self.verifier_with(&revoked, now()), stamp(&seal));
            }
            Forgery::ResignedSealInfo => {
                let renamed = replaced(seal.as_der(), "示例公章".as_bytes(), "官方公章".as_bytes());
                stamp(&Seal::from_bytes(&renamed).unwrap())
            }
        };
        (self.verifier(), bytes)
    }
}

/// One element of DER.
pub(crate) fn tlv(tag: u8, pieces: &[&[u8]]) -> Vec<u8> {
    let content = pieces.concat();
    let length = u16::try_from(content.len()).unwrap().to_be_bytes();
    let mut out = match content.len() {
        0..=0x7F => vec![tag, length[1]],
        0x80..=0xFF => vec![tag, 0x81, length[1]],
        _ => vec![tag, 0x82, length[0], length[1]],
    };
    out.extend_from_slice(&content);
    out
}

/// SignedData over the digest of a document.
fn message(signer: &Holder, digest: &[u8; 32], attributes: bool) -> Vec<u8> {
    const SM3: &[u8] = &[6, 8, 0x2A, 0x81, 0x1C, 0xCF, 0x55, 1, 0x83, 0x11];
    const SM2_SIGN: &[u8] = &[6, 9, 0x2A, 0x81, 0x1C, 0xCF, 0x55, 1, 0x82, 0x2D, 1];
    let gm = |last: u8| vec![6, 10, 0x2A, 0x81, 0x1C, 0xCF, 0x55, 6, 1, 4, 2, last];
    let pkcs = |arc: u8, last: u8| vec![6, 9, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, arc, last];
    let (signed_data, data) = if attributes { (pkcs(7, 2), pkcs(7, 1)) } else { (gm(2), gm(1)) };
    let digest_value = tlv(4, &[digest]);
    let attribute = |kind: &[u8], value: &[u8]| tlv(0x30, &[kind, &tlv(0x31, &[value])]);
    let time = tlv(0x17, &[b"261124080000Z"]);
    let list =
        [attribute(&pkcs(9, 3), &data), attribute(&pkcs(9, 5), &time), attribute(&pkcs(9, 4), &digest_value)].concat();
    let signed = if attributes { tlv(0x31, &[&list]) } else { digest.to_vec() };
    let key = signer.1.public_key();
    let value = signer.1.sign_digest(&key.digest(eseal::sm::UserId::DEFAULT, &signed)).unwrap().to_der();
    let content = if attributes { Vec::new() } else { tlv(0xA0, &[&digest_value]) };
    let signed_attributes = if attributes { tlv(0xA0, &[&list]) } else { Vec::new() };
    let version = tlv(2, &[&[1]]);
    let identifier = tlv(0x30, &[signer.0.issuer().as_der(), &tlv(2, &[signer.0.serial().as_bytes()])]);
    let info = tlv(
        0x30,
        &[&version, &identifier, &tlv(0x30, &[SM3]), &signed_attributes, &tlv(0x30, &[SM2_SIGN]), &tlv(4, &[&value])],
    );
    let inner = tlv(
        0x30,
        &[
            &version,
            &tlv(0x31, &[&tlv(0x30, &[SM3])]),
            &tlv(0x30, &[&data, &content]),
            &tlv(0xA0, &[signer.0.as_der()]),
            &tlv(0x31, &[&info]),
        ],
    );
    tlv(0x30, &[&signed_data, &tlv(0xA0, &[&inner])])
}

/// A certificate for signing whose issuer is itself.
fn issue_own(fake: &Holder) -> Holder {
    let key = fake_key(66);
    let issuer = Issuer::new(fake.0.clone(), &fake.1).unwrap();
    let period = Period::years(now().plus_days(-30), 5);
    let certificate =
        issuer.issue_for(fake.0.subject(), key.public_key(), &Profile::seal_maker(), serial(8), period).unwrap();
    (certificate, key)
}

/// The same bytes with one piece exchanged for another of the same length.
fn replaced(bytes: &[u8], old: &[u8], new: &[u8]) -> Vec<u8> {
    assert_eq!(old.len(), new.len());
    let at = bytes.windows(old.len()).position(|window| window == old).unwrap();
    let mut out = bytes.to_vec();
    out[at..at + new.len()].copy_from_slice(new);
    out
}

/// The file with a further revision of these objects, of which the section lists the given ones.
pub(crate) fn append(file: &[u8], objects: &str, listed: &[u32]) -> Vec<u8> {
    let mut out = file.to_vec();
    let start = out.len();
    out.extend_from_slice(objects.as_bytes());
    let section = out.len();
    let before = file.windows(9).rposition(|window| window == b"startxref").unwrap();
    let previous: String = file[before + 9..].iter().map(|byte| char::from(*byte)).take_while(|c| *c != '%').collect();
    let mut xref = String::from("xref\n");
    if listed.is_empty() {
        xref.push_str("0 0\n");
    }
    for number in listed {
        xref.push_str(&format!("{number} 1\n{start:010} 00000 n \n"));
    }
    xref.push_str(&format!("trailer\n<</Size 20/Root 1 0 R/Prev {}>>\nstartxref\n{section}\n%%EOF\n", previous.trim()));
    out.extend_from_slice(xref.as_bytes());
    out
}

/// A red square of 4 × 4 pixels with a hole, PNG.
const PICTURE: &[u8] = include_bytes!("square.png");
