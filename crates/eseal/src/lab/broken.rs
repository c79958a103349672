//! Copies of a stamped document, each broken in one way that its name tells.

use crate::document::pdf::Pdf;
use crate::seal::Seal;
use crate::seal::SealSignature;
use crate::seal::ToBeSigned;

use super::LabError;
use super::Office;
use super::Which;
use super::Who;
use super::files::Expected;
use super::forge;
use super::forge::Forgery;
use super::forge::Hole;
use super::plain::plain_pdf;

/// The title of the documents that are broken.
const TITLE: &str = "关于数据共享工作的通知";
/// The first page's content in a plain document.
const FIRST_CONTENT: u32 = 9;
/// A page that says something else.
const OTHER_CONTENT: &str = "<< /Length 46 >>\nstream\nBT /F1 24 Tf 72 700 Td (Amount: 9000.00) Tj ET\nendstream";

/// A broken copy: its name without ending, its bytes, and the check that has to fail.
pub(super) struct Broken {
    pub(super) name: &'static str,
    pub(super) bytes: Vec<u8>,
    pub(super) expected: Expected,
}

/// All broken copies.
pub(super) fn all(office: &Office) -> Result<Vec<Broken>, LabError> {
    let plain = plain_pdf(2, TITLE);
    let genuine = forge::stamp(&plain, &by(office, Which::Organization, Who::Organization))?;
    let forged = |which, who| forge::stamp(&plain, &by(office, which, who));
    let list: Vec<(&'static str, &'static str, Vec<u8>)> = vec![
        ("content-byte-changed", "document-hash", forge::with_changed_byte(&genuine, b"1000.00")?),
        ("seal-picture-byte-changed", "seal-signature", picture_changed(&genuine)?),
        ("seal-picture-changed-and-signed-again", "seal-signature", picture_changed_by_signer(office, &genuine)?),
        ("signature-byte-changed", "signature", signature_changed(&genuine)?),
        ("signature-cut-off", "format", cut_off(&genuine)?),
        ("seal-swapped", "signature", swapped(office, &genuine)?),
        ("signature-of-another-document", "document-hash", transplanted(office, &genuine)?),
        ("signer-not-in-seal", "signer-in-seal", forged(Which::Organization, Who::Outsider)?),
        ("seal-expired", "seal-period", forged(Which::Expired, Who::Organization)?),
        ("signer-revoked", "signer-revocation", forged(Which::Departed, Who::Departed)?),
        ("signer-not-yet-valid", "signer-period", too_early(office, &plain)?),
        ("maker-not-trusted", "maker-chain", forged(Which::Foreign, Who::Organization)?),
        ("self-made-official-seal", "maker-chain", forged(Which::SelfMade, Who::SelfMadeOrganization)?),
        ("page-content-appended", "later-changes", forge::with_revision(&genuine, FIRST_CONTENT, OTHER_CONTENT)?),
        ("unlisted-object-appended", "later-changes", forge::with_tail(&genuine, FIRST_CONTENT, OTHER_CONTENT)?),
        ("hole-wider-than-signature", "coverage", ranges(office, &genuine, b"/Contents ".len(), 0)?),
        ("other-picture-shown", "picture-shown", other_picture(office, &plain)?),
        ("end-not-covered", "coverage", ranges(office, &genuine, 0, b"%%EOF\n".len())?),
    ];
    let expected = |finding| Expected { verdict: "invalid", finding: Some(finding) };
    Ok(list.into_iter().map(|(name, finding, bytes)| Broken { name, bytes, expected: expected(finding) }).collect())
}

fn by(office: &Office, which: Which, who: Who) -> Forgery<'_> {
    let seal = office.seal(which);
    Forgery { seal, holder: office.holder(who), at: office.now(), shown: seal }
}

/// One byte in the middle of the picture inside the seal. The signer's signature covers the seal, so it breaks as well.
fn picture_changed(genuine: &[u8]) -> Result<Vec<u8>, LabError> {
    let Hole { mut der, digits } = forge::hole(genuine)?;
    let signature = SealSignature::from_bytes(&der)?;
    let at = picture_middle(signature.seal(), &der)?;
    der[at] ^= 1;
    forge::with_contents(genuine, digits, &der)
}

/// The same byte, but by the signer, who signs the changed seal: only the maker's signature is broken.
fn picture_changed_by_signer(office: &Office, genuine: &[u8]) -> Result<Vec<u8>, LabError> {
    let Hole { der, digits } = forge::hole(genuine)?;
    let signature = SealSignature::from_bytes(&der)?;
    let mut changed = signature.seal().as_der().to_vec();
    let at = picture_middle(signature.seal(), &changed)?;
    changed[at] ^= 1;
    let seal = Seal::from_bytes(&changed)?;
    let forgery = Forgery { seal: &seal, ..by(office, Which::Organization, Who::Organization) };
    let hash = covered_hash(genuine)?;
    let der = forge::sign(&forgery, &hash, signature.property_info())?;
    forge::with_contents(genuine, digits, &der)
}

fn picture_middle(seal: &Seal, der: &[u8]) -> Result<usize, LabError> {
    let picture = seal.picture().bytes();
    let at = forge::find(der, picture).ok_or_else(|| LabError::lost("a picture in a seal"))?;
    Ok(at + picture.len() / 2)
}

/// The last byte of the signature value.
fn signature_changed(genuine: &[u8]) -> Result<Vec<u8>, LabError> {
    let Hole { mut der, digits } = forge::hole(genuine)?;
    if let Some(last) = der.last_mut() {
        *last ^= 1;
    }
    forge::with_contents(genuine, digits, &der)
}

/// Half of the signature data, then zeros.
fn cut_off(genuine: &[u8]) -> Result<Vec<u8>, LabError> {
    let Hole { mut der, digits } = forge::hole(genuine)?;
    der.truncate(der.len() / 2);
    forge::with_contents(genuine, digits, &der)
}

/// A genuine, but other seal in the place of the one that was signed with: the signer's signature, which covers the
/// seal, no longer holds.
fn swapped(office: &Office, genuine: &[u8]) -> Result<Vec<u8>, LabError> {
    let Hole { der, digits } = forge::hole(genuine)?;
    let signature = SealSignature::from_bytes(&der)?;
    let certificate = &office.holder(Who::Organization).certificate;
    let seal = office.seal(Which::Person);
    let part = ToBeSigned::new(seal, certificate, office.now(), &covered_hash(genuine)?, signature.property_info())?;
    let der = forge::mismatched(&part, certificate.as_der(), signature.signature_value());
    forge::with_contents(genuine, digits, &der)
}

/// A signature that was made for another document.
fn transplanted(office: &Office, genuine: &[u8]) -> Result<Vec<u8>, LabError> {
    let other = forge::stamp(&plain_pdf(2, "另一份文件"), &by(office, Which::Organization, Who::Organization))?;
    let Hole { der, .. } = forge::hole(&other)?;
    forge::with_contents(genuine, forge::hole(genuine)?.digits, &der)
}

/// A claimed time before anybody had a certificate.
fn too_early(office: &Office, plain: &[u8]) -> Result<Vec<u8>, LabError> {
    let at = office.now().plus_days(-590);
    forge::stamp(plain, &Forgery { at, ..by(office, Which::Organization, Who::Organization) })
}

fn ranges(office: &Office, genuine: &[u8], before: usize, after: usize) -> Result<Vec<u8>, LabError> {
    forge::with_ranges(genuine, &by(office, Which::Organization, Who::Organization), before, after)
}

/// The person's seal signs, the organization's picture shows.
fn other_picture(office: &Office, plain: &[u8]) -> Result<Vec<u8>, LabError> {
    let shown = office.seal(Which::Organization);
    forge::stamp(plain, &Forgery { shown, ..by(office, Which::Person, Who::Person) })
}

fn covered_hash(document: &[u8]) -> Result<crate::sm::Sm3Digest, LabError> {
    let pdf = Pdf::parse(document)?;
    let signature = pdf.signatures()?.last().and_then(|signature| signature.hash_covered(&pdf));
    signature.ok_or_else(|| LabError::lost("what a signature covers"))
}
