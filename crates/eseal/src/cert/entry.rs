//! Entries of revocation lists, and the signed part of a new list.

use crate::oid;
use crate::time::Instant;
use ::der::Encode;
use ::der::Tag;

use super::CertError;
use super::ExtensionInfo;
use super::Name;
use super::Reason;
use super::RevocationListDraft;
use super::Revoked;
use super::SerialNumber;
use super::asn1;
use super::asn1::Reader;
use super::extension;
use super::write;
use super::write::Point;
use super::write::RevokedCertificate;
use super::write::TbsCertList;
use super::write::Time;

/// An entry as it lies in a list: nothing is copied, so that a million of them cost no memory of their own.
pub(super) struct EntryView<'a> {
    /// The content of the serial number's INTEGER.
    serial: &'a [u8],
    at: Instant,
    reason: Option<Reason>,
    invalidity_date: Option<Instant>,
    /// Whether it holds a critical extension that is not understood, such as another issuer's name.
    pub(super) foreign: bool,
}

impl<'a> EntryView<'a> {
    /// Reads the content of an entry's SEQUENCE.
    pub(super) fn read(content: &'a [u8]) -> Result<Self, CertError> {
        let mut reader = Reader::new(content, "revokedCertificates");
        let serial = SerialNumber::check_received(reader.expect(asn1::INTEGER)?.content)?;
        let mut entry = Self { serial, at: reader.time()?, reason: None, invalidity_date: None, foreign: false };
        if !reader.is_empty() {
            let list = reader.enter(asn1::SEQUENCE)?;
            extension::extensions(list, |extension| entry.take(&extension))?;
        }
        reader.end()?;
        Ok(entry)
    }

    fn take(&mut self, extension: &ExtensionInfo<'_>) -> Result<(), CertError> {
        let mut value = Reader::new(extension.value, "crlEntryExtensions");
        match extension.kind {
            oid::REASON_CODE => {
                let number = match value.expect(asn1::ENUMERATED)?.content {
                    [number] => *number,
                    _ => return Err(value.fault()),
                };
                self.reason = Some(Reason::from_number(number).unwrap_or(Reason::Unspecified));
            }
            oid::INVALIDITY_DATE => self.invalidity_date = Some(value.time()?),
            oid::CERTIFICATE_ISSUER => self.foreign = true,
            _ => self.foreign |= extension.critical,
        }
        Ok(())
    }

    pub(super) fn to_revoked(&self) -> Revoked {
        let serial = SerialNumber::received(self.serial).expect("checked when the entry was read");
        Revoked { serial, at: self.at, reason: self.reason, invalidity_date: self.invalidity_date }
    }
}

/// The encoded crlEntryExtensions.
fn entry_extensions(entry: &Revoked, delta: bool) -> Result<Vec<Vec<u8>>, CertError> {
    let mut extensions = Vec::new();
    match entry.reason {
        // Not to be written; RFC 5280, 5.3.1.
        None | Some(Reason::Unspecified) => {}
        // Only a delta list can take something off another list.
        Some(Reason::RemoveFromCrl) if !delta => return Err(CertError::Malformed { what: "reasonCode" }),
        Some(reason) => {
            let value = write::encode(&write::enumerated(&[reason.number()]));
            extensions.push(extension::extension(&oid::REASON_CODE, false, &value));
        }
    }
    if let Some(date) = entry.invalidity_date {
        let date = write::encode(&write::generalized(date));
        extensions.push(extension::extension(&oid::INVALIDITY_DATE, false, &date));
    }
    Ok(extensions)
}

/// revokedCertificates, or nothing: an empty list must be left out; RFC 5280, 5.1.2.6.
fn write_entries(draft: &RevocationListDraft) -> Result<Option<Vec<u8>>, CertError> {
    let mut serials: Vec<_> = draft.entries.iter().map(|entry| &entry.serial).collect();
    if !serials.is_sorted() {
        serials.sort_unstable();
    }
    if serials.windows(2).any(|pair| pair[0] == pair[1]) {
        return Err(CertError::Malformed { what: "revokedCertificates" });
    }
    let mut entries = Vec::with_capacity(draft.entries.len() * USUAL_ENTRY);
    for entry in &draft.entries {
        let extensions = entry_extensions(entry, draft.base.is_some())?;
        let serial = entry.serial.to_der();
        let extensions = (!extensions.is_empty()).then(|| write::raw_list(&extensions));
        let entry = RevokedCertificate { serial: write::raw(&serial), at: Time::of(entry.at), extensions };
        entry.encode_to_vec(&mut entries).expect("what is written is far smaller than DER allows");
    }
    Ok((!entries.is_empty()).then(|| write::constructed(Tag::Sequence, &entries)))
}

/// What an entry with a serial number of 16 bytes and a reason takes, for reserving memory.
const USUAL_ENTRY: usize = 52;

/// The longest URI of a distribution point that is written.
const MAX_URI: usize = 2048;

/// A distribution point with one URI.
fn point(uri: &str) -> Result<Point<'_>, CertError> {
    let visible = uri.bytes().all(|byte| byte.is_ascii_graphic());
    let fits = !uri.is_empty() && uri.len() <= MAX_URI && visible;
    Point::uri(uri).filter(|_| fits).ok_or(CertError::Malformed { what: "distributionPoint" })
}

/// The extensions of the list, `authority` first.
fn list_extensions(draft: &RevocationListDraft, authority: &[u8]) -> Result<Vec<Vec<u8>>, CertError> {
    let mut extensions = vec![authority.to_vec()];
    let number = |number: u64| write::encode(&number);
    extensions.push(extension::extension(&oid::CRL_NUMBER, false, &number(draft.number)));
    if let Some(base) = draft.base {
        // A delta list is younger than its base, and names no delta list of its own; RFC 5280, 5.2.4 and 5.2.6.
        if base >= draft.number || draft.freshest.is_some() {
            return Err(CertError::Malformed { what: "deltaCRLIndicator" });
        }
        extensions.push(extension::extension(&oid::DELTA_CRL_INDICATOR, true, &number(base)));
    }
    if let Some(uri) = &draft.point {
        let value = write::encode(&point(uri)?);
        extensions.push(extension::extension(&oid::ISSUING_DISTRIBUTION_POINT, true, &value));
    }
    if let Some(uri) = &draft.freshest {
        let value = write::encode(&vec![point(uri)?]);
        extensions.push(extension::extension(&oid::FRESHEST_CRL, false, &value));
    }
    Ok(extensions)
}

/// Writes the part of a list that is signed; `authority` is the encoded authorityKeyIdentifier.
pub(super) fn write_part(draft: &RevocationListDraft, issuer: &Name, authority: &[u8]) -> Result<Vec<u8>, CertError> {
    if draft.next_update < draft.this_update {
        return Err(CertError::Malformed { what: "nextUpdate" });
    }
    let (entries, extensions) = (write_entries(draft)?, list_extensions(draft, authority)?);
    Ok(write::encode(&TbsCertList {
        version: 1,
        signature: write::SM2_WITH_SM3,
        issuer: write::raw(issuer.as_der()),
        this_update: Time::of(draft.this_update),
        next_update: Time::of(draft.next_update),
        entries: entries.as_deref().map(write::raw),
        extensions: write::raw_list(&extensions),
    }))
}
