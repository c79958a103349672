//! Seals and seal signatures of others, read from `../shared`; what is written here; and what is broken on purpose.

use std::path::PathBuf;

use super::*;

use crate::cert::Certificate;
use crate::key::Signer;
use crate::key::SoftSigner;
use crate::key::secret_key_from_bytes;
use crate::sm::Signature;
use crate::sm::UserId;
use crate::sm::sm3;
use crate::test_support::shared;
use crate::time::Instant;
use crate::time::Period;

fn samples() -> Option<PathBuf> {
    shared().map(|path| path.join("samples"))
}

fn read(samples: &std::path::Path, name: &str) -> Vec<u8> {
    std::fs::read(samples.join(name)).unwrap()
}

fn seal(samples: &std::path::Path, name: &str) -> Seal {
    Seal::from_bytes(&read(samples, &format!("seals/{name}"))).unwrap()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// One column of the table of worked vectors: point, Z, SM3(M), e, r, s.
struct Vector {
    message: Vec<u8>,
    point: [&'static str; 2],
    z: &'static str,
    hash: &'static str,
    e: &'static str,
    r: &'static str,
    s: &'static str,
}

impl Vector {
    fn check(&self, certificate: &Certificate, value: &[u8]) {
        let key = certificate.public_key().unwrap();
        assert_eq!(hex(&key.to_sec1()), format!("04{}{}", self.point[0], self.point[1]));
        assert_eq!(key.z(UserId::DEFAULT).to_string(), self.z);
        assert_eq!(sm3(&self.message).to_string(), self.hash);
        let e = key.digest(UserId::DEFAULT, &self.message);
        assert_eq!(hex(e.as_bytes()), self.e);
        let (signature, form) = Signature::from_der_or_raw(value).unwrap();
        assert_eq!(form, SignatureForm::Der);
        assert_eq!(hex(&signature.to_raw()), format!("{}{}", self.r, self.s));
        key.verify(&e, &signature).unwrap();
    }
}

#[test]
fn the_worked_vector_of_a_v4_seal_signature_holds() {
    let Some(samples) = samples() else { return };
    let file = read(&samples, "signed-values/real-gomain-chongqing-test.SignedValue.dat");
    let signature = SealSignature::from_bytes(&file).unwrap();
    assert_eq!(signature.signed_bytes(), &file[4..4 + 5119]);
    Vector {
        message: signature.signed_bytes().to_vec(),
        point: [
            "075c626254f7ebb14d3c1fd5241deef7b67d67e0caca29dd68ae68eb859b72cc",
            "b3db0aed56ea4118b6ee991792f88e839d5ef29716297b80dd735903cdc6692e",
        ],
        z: "f724786655008843b9d770bf944387e09893fc9102055fa531152c0b908e4342",
        hash: "152c46d105187ca67d37d8d139284b7e7305720b3560537520fb0316867748cc",
        e: "63161065a55f3562e542f4b61fbfc04c28105ab259782a83d1059c0b95ea441c",
        r: "376fe6c2b0918b38205e1dd89b537b1ee1d8e8178695ef75826cce8f696b7951",
        s: "e644b27e811a836836e6cd0810721d737dbd3141066ef6ad1a8024fba3db1181",
    }
    .check(signature.signer().unwrap(), signature.signature_value());
    assert_eq!(hex(signature.data_hash()), "14859b925039a50fe268d40e4a903da44d64cc56b1eebd0902d45a5a41a134b5");
}

#[test]
fn the_worked_vector_of_a_v4_seal_holds() {
    let Some(samples) = samples() else { return };
    let file = read(&samples, "signed-values/real-gomain-chongqing-test.SignedValue.dat");
    let signature = SealSignature::from_bytes(&file).unwrap();
    let seal = signature.seal();
    assert_eq!(*seal.signed_bytes(), file[15..15 + 3878]);
    Vector {
        message: seal.signed_bytes().into_owned(),
        point: [
            "6ca2d31e077987239989e861c2e75a5456b9a8e7fee48543cbc0169f7eb66b08",
            "0469240a5f8de397b969c8bb7c010c4aecb54e75e13465a17fe433e4100ec126",
        ],
        z: "f51309ab14367cbeb991f786a6028e0d8e0b21cffba469579d5b4df1aa3294ae",
        hash: "cd960fb0dc062ebd28946420f823d01ba94c1b7cf04e89de237d5e9274aa4a8b",
        e: "9093719932eb959c04d3803437c7156f73f3a2a320b2682c1b8c4a0b4e9f14ec",
        r: "87d274bf1a37f66cc3abb8929ea7d54d23f63cab3d17286416697f20e3b14ede",
        s: "7cca400e813071c09358ff1fe47d6b514402c0c50af1f7aed304248a1edd9cd7",
    }
    .check(seal.maker().unwrap(), seal.signature_value());
}

#[test]
fn the_worked_vector_of_a_v1_seal_holds_over_a_new_sequence() {
    let Some(samples) = samples() else { return };
    let seal = seal(&samples, "UserV1.esl");
    let message = seal.signed_bytes().into_owned();
    assert_eq!(message.len(), 16925);
    assert_eq!(message[..4], [0x30, 0x82, 0x42, 0x19]);
    Vector {
        message,
        point: [
            "7e580cf8c4b5d80623e49a392cf4730ba2cc463bbe19e4c9e38f412d55fcd11e",
            "29f4b9a9dd31db5fbb059ad2ceed53554255daaed939b7e4e8ac08a20f659cc3",
        ],
        z: "5c92fdaead7c45e6eea2194573113a34568c9c28e300581e566048a7313d6468",
        hash: "ded50a45fbb77d6122bc6390b85c094544e5feef167dcf408d0e40f90d52d2af",
        e: "4c031ee99ac902b4f5e06e4fd533763dd823a90a90103a50a4254e43452ec96a",
        r: "c5b819150518e77f286eb27dd3735d5e1b2e648b1c74744566e15b8c31e79d2d",
        s: "cec994453e9f16b56499390a8e618233a3c246d3bffec6c65c410684a4516c1e",
    }
    .check(seal.maker().unwrap(), seal.signature_value());
}

/// File, version, name of the picture's format, whether the maker's signature holds, deviations.
type Row = (&'static str, SealVersion, PictureFormat, bool, &'static [DeviationKind]);

const SEALS: &[Row] = &[
    ("UserV1.esl", SealVersion::V1, PictureFormat::Png, true, &[]),
    ("UserV4.esl", SealVersion::V4, PictureFormat::Png, true, &[]),
    ("UserV5.esl", SealVersion::V5, PictureFormat::Png, true, &[]),
    ("UserV5_ts.esl", SealVersion::V5, PictureFormat::Png, true, &[]),
    (
        "SESealData.DER",
        SealVersion::V4,
        PictureFormat::Gif,
        false,
        &[DeviationKind::SignerTwice, DeviationKind::ExplicitDefault, DeviationKind::CriticalExtension],
    ),
    ("real-gomain-chongqing-test.esl", SealVersion::V4, PictureFormat::Ofd, true, &[DeviationKind::ExplicitDefault]),
    ("real-gomain-chongqing-test2.esl", SealVersion::V4, PictureFormat::Ofd, true, &[DeviationKind::ExplicitDefault]),
    ("real-gomain-jiangsu-tax.esl", SealVersion::V4, PictureFormat::Ofd, true, &[DeviationKind::ExplicitDefault]),
    ("real-gomain-yunnan.esl", SealVersion::V4, PictureFormat::Png, true, &[]),
    ("real-tongzhi-zibo.esl", SealVersion::V4, PictureFormat::Png, true, &[]),
    (
        "real-dms360-v1.esl",
        SealVersion::V1,
        PictureFormat::Png,
        true,
        &[DeviationKind::SignerListEntry, DeviationKind::CriticalExtension],
    ),
];

#[test]
fn every_sample_seal_is_read_and_its_signature_judged_as_its_description_says() {
    let Some(samples) = samples() else { return };
    for (name, version, format, holds, deviations) in SEALS {
        let seal = seal(&samples, name);
        assert_eq!(what_is(seal.as_der()), Shape::Seal(*version), "{name}");
        assert_eq!((seal.version(), seal.picture().format()), (*version, *format), "{name}");
        assert_eq!(seal.check_signature().is_ok(), *holds, "{name}: {:?}", seal.check_signature());
        let found: Vec<_> = seal.deviations().iter().map(Deviation::kind).collect();
        assert_eq!(found, *deviations, "{name}");
        assert_eq!(seal.header_id(), "ES");
        assert_eq!(seal.picture().decode().is_ok(), *format != PictureFormat::Ofd, "{name}");
    }
}

#[test]
fn the_fields_of_a_real_seal_are_read() {
    let Some(samples) = samples() else { return };
    let seal = seal(&samples, "real-gomain-yunnan.esl");
    assert_eq!((seal.vendor(), seal.kind(), seal.header_version()), ("GOMAIN", SealKind::new(15), 4));
    let size = seal.picture().size().unwrap();
    assert_eq!((size.width_mm(), size.height_mm()), (45, 45));
    assert_eq!(seal.picture().decode().map(|raster| (raster.width, raster.height)), Ok((1067, 1067)));
    assert_eq!(seal.validity().from().to_rfc3339()[..10], *"2019-10-24");
    assert_eq!(seal.signers().certificates().count(), 1);
    assert!(seal.timestamp().is_none());
}

#[test]
fn the_time_stamp_of_a_v5_seal_is_kept_as_received() {
    let Some(samples) = samples() else { return };
    assert_eq!(seal(&samples, "UserV5_ts.esl").timestamp(), Some(&[1, 2, 3][..]));
    assert_eq!(seal(&samples, "UserV5.esl").timestamp(), None);
}

#[test]
fn every_sample_seal_signature_is_read_and_checked_as_its_description_says() {
    let Some(samples) = samples() else { return };
    let der = Ok(SignatureForm::Der);
    // File, signature, whether the signer is listed, signing time.
    let rows = [
        ("SignedValueV4.dat", &der, Listed::Yes, "2020-10-12T11:14:03Z"),
        ("SignedValueV5.dat", &der, Listed::Yes, "2026-04-24T08:53:26Z"),
        ("real-gomain-chongqing-test.SignedValue.dat", &der, Listed::Yes, "2020-10-10T07:11:20Z"),
        ("real-gomain-chongqing-test2.SignedValue.dat", &der, Listed::Yes, "2020-08-17T11:13:29Z"),
        ("real-gomain-jiangsu-tax.SignedValue.dat", &der, Listed::Yes, "2020-10-04T07:28:55Z"),
        ("real-gomain-yunnan.SignedValue.dat", &der, Listed::Yes, "2020-10-10T06:58:41Z"),
        ("real-tongzhi-zibo.SignedValue.dat", &Ok(SignatureForm::Raw), Listed::Yes, "2020-06-20T09:18:49Z"),
        (
            "real-dms360-v1.SignedValue.dat",
            &Err(SealError::SignatureMismatch { cause: Some(SignatureCause::DataHashOnly) }),
            Listed::No,
            "2020-01-25T07:31:56Z",
        ),
    ];
    for (name, holds, listed, time) in rows {
        let signature = SealSignature::from_bytes(&read(&samples, &format!("signed-values/{name}"))).unwrap();
        assert_eq!(what_is(signature.as_der()), Shape::SealSignature(signature.version()), "{name}");
        assert_eq!(&signature.check_signature(), holds, "{name}");
        signature.seal().check_signature().unwrap();
        assert_eq!(signature.seal().signers().find(signature.signer().unwrap()), listed, "{name}");
        assert_eq!(signature.claimed_time().instant().unwrap().to_rfc3339(), time, "{name}");
        assert_eq!(signature.data_hash().len(), 32, "{name}");
        assert!(signature.property_info().ends_with("/Signature.xml"), "{name}");
    }
}

#[test]
fn a_critical_private_extension_of_a_seal_signature_is_noted() {
    let Some(samples) = samples() else { return };
    let file = read(&samples, "signed-values/real-tongzhi-zibo.SignedValue.dat");
    let signature = SealSignature::from_bytes(&file).unwrap();
    assert!(signature.extensions().iter().any(|extension| extension.critical));
    let kinds: Vec<_> = signature.deviations().iter().map(Deviation::kind).collect();
    assert_eq!(kinds, [DeviationKind::CriticalExtension]);
}

#[test]
fn a_seal_cut_at_any_length_is_no_seal() {
    let Some(samples) = samples() else { return };
    let file = read(&samples, "seals/real-gomain-jiangsu-tax.esl");
    for length in 0..file.len() {
        assert!(Seal::from_bytes(&file[..length]).is_err(), "cut to {length}");
    }
    let mut longer = file;
    longer.push(0);
    assert_eq!(Seal::from_bytes(&longer), Err(SealError::NotASeal));
}

#[test]
fn a_flipped_bit_never_leaves_a_signed_byte_of_a_seal_signature_with_a_good_signature() {
    let Some(samples) = samples() else { return };
    let file = read(&samples, "signed-values/real-gomain-jiangsu-tax.SignedValue.dat");
    let whole = SealSignature::from_bytes(&file).unwrap();
    let hole = whole.signature_value().as_ptr().addr() - whole.as_der().as_ptr().addr();
    for position in (0..file.len()).filter(|position| position % 7 == 0 || *position >= hole) {
        let mut broken = file.clone();
        broken[position] ^= 1;
        let Ok(signature) = SealSignature::from_bytes(&broken) else { continue };
        let signer_changed = signature.signer_der() != whole.signer_der();
        assert!(signature.check_signature().is_err() || signer_changed, "byte {position}");
    }
}

/// The test maker and signer of the samples, with their keys; their certificates are valid from 2020-04 to 2022-04.
fn test_keys(samples: &std::path::Path) -> [(Certificate, SoftSigner); 2] {
    ["sealbuilder", "user"].map(|name| {
        let certificate = Certificate::from_bytes(&read(samples, &format!("keys/derived-{name}.crt.pem"))).unwrap();
        let (key, _) = secret_key_from_bytes(&read(samples, &format!("keys/derived-{name}.key.pem"))).unwrap();
        (certificate, SoftSigner::new(key))
    })
}

fn now() -> Instant {
    Instant::utc(2021, 5, 4, 3, 2, 1).unwrap()
}

fn draft(samples: &std::path::Path, signers: Vec<Certificate>) -> SealDraft {
    SealDraft {
        id: SealId::new("33010600000001").unwrap(),
        name: "某某公司公章".to_owned(),
        kind: SealKind::ORGANIZATION,
        picture: Picture::from_bytes(read(samples, "unsigned/StampImg.png"), Size::mm(40, 40).unwrap()).unwrap(),
        signers,
        validity: Period::years(now(), 3),
        vendor: None,
        version: SealVersion::V4,
    }
}

#[test]
fn a_seal_that_is_made_here_reads_back_and_stamps() {
    let Some(samples) = samples() else { return };
    let [(maker, maker_key), (signer, signer_key)] = test_keys(&samples);
    for version in [SealVersion::V4, SealVersion::V5] {
        let draft = SealDraft { version, ..draft(&samples, vec![signer.clone()]) };
        let seal = SealMaker::new(maker.clone(), &maker_key).unwrap().make(&draft, now()).unwrap();
        assert_eq!(seal.check_signature(), Ok(SignatureForm::Der));
        assert_eq!((seal.version(), seal.header_version()), (version, version.number().into()));
        assert_eq!((seal.id(), seal.name(), seal.vendor()), ("33010600000001", "某某公司公章", "ESEAL"));
        assert_eq!((seal.created(), seal.validity()), (now(), draft.validity));
        assert_eq!(seal.picture(), &draft.picture);
        assert_eq!(seal.deviations(), []);
        assert!(seal.signers().lists(&signer) && !seal.signers().lists(&maker));

        let hash = sm3(b"document");
        let property = "[0 100 200 300]";
        let waiting = ToBeSigned::new(&seal, &signer, now(), &hash, property).unwrap();
        let value = signer_key.sign_digest(&waiting.digest()).unwrap();
        let closed = waiting.close(&value).unwrap();
        assert_eq!(closed.check_signature(), Ok(SignatureForm::Der));
        assert_eq!(closed.seal(), &seal);
        assert_eq!(closed.claimed_time(), &ClaimedTime::Utc(now()));
        assert_eq!((closed.data_hash(), closed.property_info()), (&hash.as_bytes()[..], property));
        assert_eq!(closed.deviations(), []);
        let reserved = ToBeSigned::reserve(&seal, &signer, property.len());
        assert!((closed.as_der().len()..closed.as_der().len() + 16).contains(&reserved));
    }
}

#[test]
fn a_signature_of_another_key_or_digest_closes_nothing() {
    let Some(samples) = samples() else { return };
    let [(maker, maker_key), (signer, signer_key)] = test_keys(&samples);
    let made = SealMaker::new(maker, &maker_key).unwrap().make(&draft(&samples, vec![signer.clone()]), now()).unwrap();
    let one = ToBeSigned::new(&made, &signer, now(), &sm3(b"one"), "").unwrap();
    let other = ToBeSigned::new(&made, &signer, now(), &sm3(b"other"), "").unwrap();
    let mismatch = SealError::SignatureMismatch { cause: None };
    let foreign = maker_key.sign_digest(&one.digest()).unwrap();
    assert_eq!(one.close(&foreign).unwrap_err(), mismatch);
    let swapped = signer_key.sign_digest(&other.digest()).unwrap();
    assert_eq!(one.close(&swapped).unwrap_err(), mismatch);
    let property = "原文";
    assert!(matches!(
        ToBeSigned::new(&made, &signer, now(), &sm3(b""), property),
        Err(SealError::BadPropertyInfo { .. })
    ));
    let v1 = seal(&samples, "UserV1.esl");
    assert!(matches!(
        ToBeSigned::new(&v1, &signer, now(), &sm3(b""), ""),
        Err(SealError::VersionNotWritten { version: SealVersion::V1 })
    ));
}

#[test]
fn a_maker_refuses_what_would_be_no_good_seal() {
    let Some(samples) = samples() else { return };
    let [(maker, maker_key), (signer, signer_key)] = test_keys(&samples);
    assert_eq!(SealMaker::new(maker.clone(), &signer_key).unwrap_err(), SealError::MakerKeyMismatch);
    let maker = SealMaker::new(maker, &maker_key).unwrap();
    let good = draft(&samples, vec![signer.clone()]);
    let code = |draft: &SealDraft, at: Instant| maker.make(draft, at).unwrap_err().code();
    assert_eq!(code(&SealDraft { signers: Vec::new(), ..good.clone() }, now()), "seal-no-signers");
    assert_eq!(
        code(&SealDraft { signers: vec![signer.clone(), signer], ..good.clone() }, now()),
        "seal-signer-given-twice"
    );
    assert_eq!(code(&SealDraft { name: " ".to_owned(), ..good.clone() }, now()), "seal-bad-name");
    assert_eq!(code(&SealDraft { name: "章".repeat(86), ..good.clone() }, now()), "seal-bad-name");
    assert_eq!(code(&SealDraft { vendor: Some("供应商".to_owned()), ..good.clone() }, now()), "seal-bad-vendor");
    assert_eq!(code(&SealDraft { version: SealVersion::V1, ..good.clone() }, now()), "seal-version-not-written");
    assert_eq!(code(&good, now().plus_years(2)), "seal-maker-not-valid");
    let over = SealDraft { validity: Period::days(now().plus_days(-10), 5), ..good };
    assert_eq!(code(&over, now()), "seal-already-over");
}

#[test]
fn a_number_that_is_not_printable_ascii_is_refused() {
    for id in ["", "印章", "a\tb", " padded ", &"x".repeat(65)] {
        assert_eq!(SealId::new(id), Err(SealError::BadId { limit: 64 }), "{id:?}");
    }
    assert_eq!(SealId::new("33010600000001").unwrap().as_str(), "33010600000001");
}

/// A copy of a V4 seal whose structure was changed by hand; its signature no longer holds.
fn changed(seal: &Seal, extensions: &[u8], version: i64, list_type: i64) -> Result<Seal, SealError> {
    let signer = write::octets(seal.signers().certificates().next().unwrap());
    let at = write::generalized_time(now());
    let info = write::sequence(&[
        &write::sequence(&[&write::ia5("ES"), &write::integer(version), &write::ia5("TEST")]),
        &write::ia5("1"),
        &write::sequence(&[
            &write::integer(1),
            &write::utf8("章"),
            &write::integer(list_type),
            &write::sequence(&[&signer]),
            &at,
            &at,
            &at,
        ]),
        &write::sequence(&[
            &write::ia5("png"),
            &write::octets(seal.picture().bytes()),
            &write::integer(40),
            &write::integer(40),
        ]),
        extensions,
    ]);
    Seal::from_bytes(&write::sequence(&[
        &info,
        &write::octets(seal.maker_der()),
        &write::oid(&crate::oid::SM2_WITH_SM3),
        &write::bits(seal.signature_value()),
    ]))
}

#[test]
fn extensions_are_read_from_every_wrapper_and_the_unusual_ones_are_noted() {
    use ::der::Tag;
    let Some(samples) = samples() else { return };
    let seal = seal(&samples, "UserV4.esl");
    let zero = Tag::ContextSpecific { constructed: true, number: ::der::TagNumber(0) };
    let one = write::sequence(&[&write::oid(&crate::oid::SM3), &write::octets(b"x")]);
    let list = write::sequence(&[&one, &one]);
    let wrapped = [DeviationKind::ExtensionsWrapped];
    let cases: [(Vec<u8>, usize, &[DeviationKind]); 6] = [
        (list.clone(), 2, &[]),
        (write::element(zero, &[&list]), 2, &wrapped),
        (write::element(zero, &[&one, &one]), 2, &wrapped),
        (write::element(zero, &[&one]), 1, &wrapped),
        (write::octets(&list), 2, &wrapped),
        (write::element(zero, &[&write::octets(&list)]), 2, &wrapped),
    ];
    for (extensions, count, deviations) in cases {
        let read = changed(&seal, &extensions, 4, 1).unwrap();
        assert_eq!(read.extensions().len(), count);
        assert_eq!(read.deviations().iter().map(Deviation::kind).collect::<Vec<_>>(), deviations);
    }
    let nested = write::element(zero, &[&write::element(zero, &[&write::element(zero, &[&list])])]);
    assert_eq!(changed(&seal, &nested, 4, 1).unwrap_err().code(), "seal-malformed");
}

#[test]
fn numbers_that_contradict_the_shape_are_noted() {
    let Some(samples) = samples() else { return };
    let seal = seal(&samples, "UserV4.esl");
    let kinds = |version, list_type| {
        let read = changed(&seal, &[], version, list_type).unwrap();
        read.deviations().iter().map(|found| (found.kind(), found.is_fault())).collect::<Vec<_>>()
    };
    assert_eq!(kinds(4, 1), []);
    assert_eq!(kinds(1, 1), [(DeviationKind::HeaderVersion, true)]);
    assert_eq!(kinds(4, 2), [(DeviationKind::SignerListType, false)]);
    assert_eq!(changed(&seal, &[], 5, 1).unwrap().version(), SealVersion::V5);
}

#[test]
fn a_byte_changed_anywhere_in_a_seal_is_an_error_or_another_seal_and_never_a_panic() {
    let Some(samples) = samples() else { return };
    for name in ["seals/real-gomain-jiangsu-tax.esl", "seals/real-dms360-v1.esl", "signed-values/SignedValueV5.dat"] {
        let file = read(&samples, name);
        // Every byte of the structure, and of the picture every hundredth.
        for position in (0..file.len()).filter(|position| *position < 1500 || position % 97 == 0) {
            for value in [0x00, 0x30, 0x80, 0xFF, file[position] ^ 1] {
                let mut changed = file.clone();
                changed[position] = value;
                let _ = what_is(&changed);
                if let Ok(seal) = Seal::from_bytes(&changed) {
                    assert_eq!(seal.as_der(), changed);
                    let _ = (seal.signed_bytes(), seal.deviations(), seal.maker().is_ok());
                }
                if let Ok(signature) = SealSignature::from_bytes(&changed) {
                    assert_eq!(signature.as_der(), changed);
                    let _ = (signature.signed_bytes(), signature.claimed_time().instant(), signature.data_hash());
                }
            }
        }
    }
}

#[test]
fn a_time_stamp_is_read_with_either_tag_and_nothing_else_is_taken_for_one() {
    use ::der::Tag;
    let Some(samples) = samples() else { return };
    let seal = seal(&samples, "UserV5.esl");
    let with = |last: &[u8]| {
        let info = seal.signed_bytes();
        let maker = write::octets(seal.maker_der());
        let algorithm = write::oid(&crate::oid::SM2_WITH_SM3);
        let value = write::bits(seal.signature_value());
        Seal::from_bytes(&write::sequence(&[&info, &maker, &algorithm, &value, last]))
    };
    let zero = |constructed| Tag::ContextSpecific { constructed, number: ::der::TagNumber(0) };
    let explicit = with(&write::element(zero(true), &[&write::bits(b"token")])).unwrap();
    assert_eq!(explicit.timestamp(), Some(&b"token"[..]));
    let implicit = with(&write::element(zero(false), &[b"\0token"])).unwrap();
    assert_eq!(implicit.timestamp(), Some(&b"token"[..]));
    for last in [
        write::element(zero(true), &[]),
        write::element(zero(false), &[b"\x01token"]),
        write::element(zero(true), &[&write::octets(b"a"), &write::octets(b"b")]),
        write::octets(b"token"),
    ] {
        assert!(with(&last).is_err(), "{last:02x?}");
    }
}

#[test]
fn a_list_of_digests_admits_the_certificate_it_was_made_of() {
    let Some(samples) = samples() else { return };
    let [(_, _), (signer, _)] = test_keys(&samples);
    let entry = |value: &[u8]| SignerEntry::Digest { kind: "custom".to_owned(), value: value.to_vec() };
    let list = |value: &[u8]| SignerList::new(vec![entry(value)]).find(&signer);
    assert_eq!(list(sm3(signer.as_der()).as_bytes()), Listed::Yes);
    let mut with_z = crate::sm::Sm3::new();
    with_z.update(signer.public_key().unwrap().z(UserId::DEFAULT).as_bytes()).update(signer.as_der());
    assert_eq!(list(with_z.finish().as_bytes()), Listed::WithZ);
    assert_eq!(list(&[0; 32]), Listed::No);
    assert_eq!(list(&[]), Listed::No);
}
