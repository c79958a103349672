//! Entries of revocation lists, and the signed part of a new list.

use crate::oid;

use super::CertError;
use super::Name;
use super::Reason;
use super::RevocationListDraft;
use super::Revoked;
use super::SerialNumber;
use super::asn1;
use super::asn1::Reader;
use super::extension;
use super::signed::Algorithm;

/// An entry, and whether it holds a critical extension that is not understood, such as another issuer's name.
pub(super) fn read_entry(content: &[u8]) -> Result<(Revoked, bool), CertError> {
    let mut reader = Reader::new(content, "revokedCertificates");
    let serial = SerialNumber::received(reader.expect(asn1::INTEGER)?.content)?;
    let mut entry = Revoked { serial, at: reader.time()?, reason: None, invalidity_date: None };
    let mut foreign = false;
    if !reader.is_empty() {
        let list = reader.enter(asn1::SEQUENCE)?;
        extension::extensions(list, |extension| {
            let mut value = Reader::new(extension.value, "crlEntryExtensions");
            match extension.kind {
                oid::REASON_CODE => {
                    let number = match value.expect(asn1::ENUMERATED)?.content {
                        [number] => *number,
                        _ => return Err(value.fault()),
                    };
                    entry.reason = Some(Reason::from_number(number).unwrap_or(Reason::Unspecified));
                }
                oid::INVALIDITY_DATE => entry.invalidity_date = Some(value.time()?),
                oid::CERTIFICATE_ISSUER => foreign = true,
                _ => foreign |= extension.critical,
            }
            Ok(())
        })?;
    }
    reader.end()?;
    Ok((entry, foreign))
}

fn write_entry(entry: &Revoked) -> Result<Vec<u8>, CertError> {
    let mut extensions = Vec::new();
    match entry.reason {
        // Not to be written; RFC 5280, 5.3.1.
        None | Some(Reason::Unspecified) => {}
        // Only a delta list can take something off another list.
        Some(Reason::RemoveFromCrl) => return Err(CertError::Malformed { what: "reasonCode" }),
        Some(reason) => {
            let value = asn1::element(asn1::ENUMERATED, &[&[reason.number()]]);
            extensions.push(extension::extension(&oid::REASON_CODE, false, &value));
        }
    }
    if let Some(date) = entry.invalidity_date {
        extensions.push(extension::extension(&oid::INVALIDITY_DATE, false, &asn1::generalized_time(date)));
    }
    let extensions: Vec<_> = extensions.iter().map(Vec::as_slice).collect();
    let extensions = if extensions.is_empty() { Vec::new() } else { asn1::sequence(&extensions) };
    Ok(asn1::sequence(&[&entry.serial.to_der(), &asn1::time(entry.at), &extensions]))
}

/// Writes the part of a list that is signed; `authority` is the encoded authorityKeyIdentifier.
pub(super) fn write_part(draft: &RevocationListDraft, issuer: &Name, authority: &[u8]) -> Result<Vec<u8>, CertError> {
    if draft.next_update < draft.this_update {
        return Err(CertError::Malformed { what: "nextUpdate" });
    }
    let mut serials: Vec<_> = draft.entries.iter().map(|entry| &entry.serial).collect();
    serials.sort();
    if serials.windows(2).any(|pair| pair[0] == pair[1]) {
        return Err(CertError::Malformed { what: "revokedCertificates" });
    }
    let entries: Vec<_> = draft.entries.iter().map(write_entry).collect::<Result<_, _>>()?;
    let entries: Vec<_> = entries.iter().map(Vec::as_slice).collect();
    // An empty list must be left out; RFC 5280, 5.1.2.6.
    let entries = if entries.is_empty() { Vec::new() } else { asn1::sequence(&entries) };
    let number = asn1::unsigned(&draft.number.to_be_bytes());
    let extensions = asn1::sequence(&[authority, &extension::extension(&oid::CRL_NUMBER, false, &number)]);
    let part = asn1::sequence(&[
        &asn1::small(1),
        &Algorithm::sm2_with_sm3(),
        issuer.as_der(),
        &asn1::time(draft.this_update),
        &asn1::time(draft.next_update),
        &entries,
        &asn1::element(asn1::context(0), &[&extensions]),
    ]);
    Ok(part)
}
