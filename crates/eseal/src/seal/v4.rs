//! Codec of GB/T 38540-2020 (V4) and GM/T 0031-2025 (V5), which adds a time stamp to the seal: read and written.

use std::sync::Arc;

use ::der::Tag;

use super::ClaimedTime;
use super::DeviationKind;
use super::SealError;
use super::SealVersion;
use super::SignerEntry;
use super::SignerList;
use super::info;
use super::info::ExtensionsAt;
use super::info::Property;
use super::parts::SealParts;
use super::parts::SignatureParts;
use super::walk::Element;
use super::walk::Reading;

/// Reads `SESeal`: SEQUENCE { SES_SealInfo, cert, signAlgID, signedValue [, timeStamp [0]] }; GB/T 38540-2020, 6.1.
pub(super) fn seal(source: &Arc<[u8]>, version: SealVersion, reading: &mut Reading) -> Result<SealParts, SealError> {
    let top = Element::whole(source).ok_or(SealError::NotASeal)?;
    let children = reading.sequence(&top, "SESeal")?;
    let (fields, timestamp) = match children.as_slice() {
        [a, b, c, d] => ([a, b, c, d], None),
        [a, b, c, d, timestamp] => ([a, b, c, d], Some(timestamp)),
        _ => return Err(SealError::NotASeal),
    };
    let [info, certificate, algorithm, value] = fields;
    let info = info::read(source, info, reading, property)?;
    let oid = reading.oid(algorithm, "signAlgID")?;
    info::note_algorithm(&oid, "signAlgID", reading);
    let expected = if version == SealVersion::V5 { 5 } else { 4 };
    if info.header_version != expected {
        reading.note(DeviationKind::HeaderVersion, "header.version");
    }
    Ok(SealParts {
        version,
        // The maker's certificate and the algorithm are not covered.
        signed: vec![info.range.clone()],
        maker: reading.octets(certificate, "cert")?,
        algorithm: oid,
        value: reading.bits(value, "signedValue")?,
        timestamp: timestamp.map(|from| read_timestamp(from, reading)).transpose()?,
        info,
    })
}

fn property(from: &Element<'_>, reading: &mut Reading) -> Result<Property, SealError> {
    let fields = reading.sequence(from, "property")?;
    let [kind, name, list_type, list, created, start, end] = fields.as_slice() else {
        return Err(reading.malformed("property", from.start()));
    };
    Ok(Property {
        kind: reading.integer(kind, "property.type")?,
        name: reading.text(name, Tag::Utf8String, "property.name")?,
        signers: signers(list_type, list, reading)?,
        created: reading.date(created, Tag::GeneralizedTime, "createDate")?,
        validity: info::validity(start, end, Tag::GeneralizedTime, reading)?,
    })
}

/// `SES_CertList` is an untagged CHOICE: what the entries are shows which it is, `certListType` only confirms it.
fn signers(list_type: &Element<'_>, list: &Element<'_>, reading: &mut Reading) -> Result<SignerList, SealError> {
    let list_type = reading.integer(list_type, "certListType")?;
    let mut entries = Vec::new();
    for entry in reading.sequence(list, "certList")? {
        let parsed = match entry.tag() {
            Tag::OctetString => SignerEntry::Certificate(entry.content().to_vec()),
            Tag::Sequence => digest(&entry, reading)?,
            _ => {
                reading.note(DeviationKind::SignerListEntry, "certList");
                SignerEntry::Other(entry.content().to_vec())
            }
        };
        let expected = match parsed {
            SignerEntry::Certificate(_) => 1,
            SignerEntry::Digest { .. } => 2,
            SignerEntry::Other(_) => list_type,
        };
        if list_type != expected {
            reading.note(DeviationKind::SignerListType, "certListType");
        }
        entries.push(parsed);
    }
    Ok(checked_list(entries, reading))
}

/// Notes an empty list and entries given twice.
pub(super) fn checked_list(entries: Vec<SignerEntry>, reading: &mut Reading) -> SignerList {
    if entries.is_empty() {
        reading.note(DeviationKind::NoSigners, "certList");
    }
    let mut seen = std::collections::HashSet::new();
    for entry in &entries {
        if let SignerEntry::Certificate(der) = entry
            && !seen.insert(der)
        {
            reading.note(DeviationKind::SignerTwice, "certList");
        }
    }
    SignerList::new(entries)
}

/// `CertDigestObj`: SEQUENCE { type PrintableString, value OCTET STRING }.
fn digest(from: &Element<'_>, reading: &mut Reading) -> Result<SignerEntry, SealError> {
    let fields = reading.sequence(from, "CertDigestObj")?;
    let [kind, value] = fields.as_slice() else {
        return Err(reading.malformed("CertDigestObj", from.start()));
    };
    let kind = reading.text(kind, Tag::PrintableString, "CertDigestObj.type")?;
    reading.octets(value, "CertDigestObj.value")?;
    Ok(SignerEntry::Digest { kind, value: value.content().to_vec() })
}

/// Reads `SES_Signature`: SEQUENCE { TBS_Sign, cert, signatureAlgID, signature [, timeStamp [0]] };
/// GB/T 38540-2020, 7.1.
pub(super) fn signature(source: &Arc<[u8]>, reading: &mut Reading) -> Result<SignatureParts, SealError> {
    let top = Element::whole(source).ok_or(SealError::NotASealSignature)?;
    let children = reading.sequence(&top, "SES_Signature")?;
    let (fields, timestamp) = match children.as_slice() {
        [a, b, c, d] => ([a, b, c, d], None),
        [a, b, c, d, timestamp] => ([a, b, c, d], Some(timestamp)),
        _ => return Err(SealError::NotASealSignature),
    };
    let [tbs, certificate, algorithm, value] = fields;
    let inner = reading.sequence(tbs, "toSign")?;
    let (head, extensions) = match inner.as_slice() {
        [a, b, c, d, e] => ([a, b, c, d, e], None),
        [a, b, c, d, e, extensions] => ([a, b, c, d, e], Some(extensions)),
        _ => return Err(reading.malformed("toSign", tbs.start())),
    };
    let [version, seal, time, hash, property] = head;
    let oid = reading.oid(algorithm, "signatureAlgID")?;
    info::note_algorithm(&oid, "signatureAlgID", reading);
    Ok(SignatureParts {
        version: reading.integer(version, "toSign.version")?,
        seal: seal.range(),
        time: ClaimedTime::Utc(reading.date(time, Tag::GeneralizedTime, "timeInfo")?),
        data_hash: reading.bits(hash, "dataHash")?,
        property_info: reading.text(property, Tag::Ia5String, "propertyInfo")?,
        extensions: match extensions {
            Some(list) if list.is_zero_tag() => info::read_extensions(list, ExtensionsAt::ToBeSigned, reading)?,
            Some(list) => {
                reading.note(DeviationKind::ExtensionsWrapped, "extDatas");
                info::read_extensions(list, ExtensionsAt::SealInfo, reading)?
            }
            None => Vec::new(),
        },
        signed: tbs.range(),
        signer: reading.octets(certificate, "cert")?,
        algorithm: oid,
        value: reading.bits(value, "signature")?,
        timestamp: timestamp.map(|from| read_timestamp(from, reading)).transpose()?,
    })
}

/// `timeStamp [0] BIT STRING`: EXPLICIT in files; IMPLICIT is tolerated.
fn read_timestamp(from: &Element<'_>, reading: &mut Reading) -> Result<std::ops::Range<usize>, SealError> {
    if !from.is_zero_tag() {
        // IMPLICIT: the tag is primitive, the first byte counts the unused bits.
        let implicit = matches!(from.tag(), Tag::ContextSpecific { constructed: false, number } if number.0 == 0);
        if implicit && from.content().first() == Some(&0) {
            return Ok(from.content_range().start + 1..from.range().end);
        }
        return Err(reading.malformed("timeStamp", from.start()));
    }
    match from.children().as_deref() {
        Some([value]) => reading.bits(value, "timeStamp"),
        _ => Err(reading.malformed("timeStamp", from.start())),
    }
}
