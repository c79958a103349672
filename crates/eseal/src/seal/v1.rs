//! Codec of GM/T 0031-2014 (V1): read, never written.

use std::sync::Arc;

use ::der::Tag;

use crate::time::Instant;

use super::ClaimedTime;
use super::DeviationKind;
use super::SealError;
use super::SealVersion;
use super::SignerEntry;
use super::info;
use super::info::Property;
use super::parts::SealParts;
use super::parts::SignatureParts;
use super::walk::Element;
use super::walk::Reading;
use super::walk::instant_of;

/// Reads `SESeal`: SEQUENCE { SES_SealInfo, SES_SignInfo }; GM/T 0031-2014, 6.1.
pub(super) fn seal(source: &Arc<[u8]>, reading: &mut Reading) -> Result<SealParts, SealError> {
    let top = Element::whole(source).ok_or(SealError::NotASeal)?;
    let children = reading.sequence(&top, "SESeal")?;
    let [info, sign_info] = children.as_slice() else { return Err(SealError::NotASeal) };
    let info = info::read(source, info, reading, property)?;
    let fields = reading.sequence(sign_info, "signInfo")?;
    let [certificate, algorithm, value] = fields.as_slice() else {
        return Err(reading.malformed("signInfo", sign_info.start()));
    };
    let oid = reading.oid(algorithm, "signatureAlgorithm")?;
    info::note_algorithm(&oid, "signatureAlgorithm", reading);
    // The text gives "for example 11"; files have 1 and 2. 4 and 5 belong to the later standards.
    if matches!(info.header_version, 4 | 5) {
        reading.note(DeviationKind::HeaderVersion, "header.version");
    }
    Ok(SealParts {
        version: SealVersion::V1,
        // The maker signs a new SEQUENCE of these three; 6.1.1.
        signed: vec![info.range.clone(), certificate.range(), algorithm.range()],
        maker: reading.octets(certificate, "signInfo.cert")?,
        algorithm: oid,
        value: reading.bits(value, "signData")?,
        timestamp: None,
        info,
    })
}

fn property(from: &Element<'_>, reading: &mut Reading) -> Result<Property, SealError> {
    let fields = reading.sequence(from, "property")?;
    let [kind, name, list, created, start, end] = fields.as_slice() else {
        return Err(reading.malformed("property", from.start()));
    };
    let mut entries = Vec::new();
    for entry in reading.sequence(list, "certList")? {
        entries.push(match entry.tag() {
            Tag::OctetString => SignerEntry::Certificate(entry.content().to_vec()),
            // A certificate that is not wrapped.
            Tag::Sequence => SignerEntry::Certificate(entry.bytes().to_vec()),
            _ => {
                reading.note(DeviationKind::SignerListEntry, "certList");
                SignerEntry::Other(entry.content().to_vec())
            }
        });
    }
    Ok(Property {
        kind: reading.integer(kind, "property.type")?,
        name: reading.text(name, Tag::Utf8String, "property.name")?,
        signers: super::v4::checked_list(entries, reading),
        created: reading.date(created, Tag::UtcTime, "createDate")?,
        validity: info::validity(start, end, Tag::UtcTime, reading)?,
    })
}

/// Reads `SES_Signature`: SEQUENCE { TBS_Sign, BIT STRING }; GM/T 0031-2014, 6.2.
pub(super) fn signature(source: &Arc<[u8]>, reading: &mut Reading) -> Result<SignatureParts, SealError> {
    let top = Element::whole(source).ok_or(SealError::NotASealSignature)?;
    let children = reading.sequence(&top, "SES_Signature")?;
    let [tbs, value] = children.as_slice() else { return Err(SealError::NotASealSignature) };
    let fields = reading.sequence(tbs, "toSign")?;
    let [version, seal, time, hash, property, certificate, algorithm] = fields.as_slice() else {
        return Err(reading.malformed("toSign", tbs.start()));
    };
    let oid = reading.oid(algorithm, "signatureAlgorithm")?;
    info::note_algorithm(&oid, "signatureAlgorithm", reading);
    Ok(SignatureParts {
        version: reading.integer(version, "toSign.version")?,
        seal: seal.range(),
        time: claimed_time(time, reading)?,
        data_hash: reading.bits(hash, "dataHash")?,
        property_info: reading.text(property, Tag::Ia5String, "propertyInfo")?,
        extensions: Vec::new(),
        signed: tbs.range(),
        signer: reading.octets(certificate, "toSign.cert")?,
        algorithm: oid,
        value: reading.bits(value, "signature")?,
        timestamp: None,
    })
}

/// `timeInfo` is a BIT STRING that holds a time stamp, a UTCTime, or — in the files seen — text.
fn claimed_time(from: &Element<'_>, reading: &mut Reading) -> Result<ClaimedTime, SealError> {
    if let Some((at, _)) = instant_of(from.tag(), from.content()) {
        reading.note(DeviationKind::TimeType, "timeInfo");
        return Ok(ClaimedTime::Utc(at));
    }
    let content = match from.tag() {
        Tag::BitString | Tag::OctetString => {
            let range = reading.bits(from, "timeInfo")?;
            &from.content()[range.start - from.content_range().start..]
        }
        Tag::Utf8String | Tag::Ia5String | Tag::PrintableString | Tag::VisibleString => from.content(),
        _ => return Err(reading.malformed("timeInfo", from.start())),
    };
    if let Some(inner) = Element::whole(content) {
        return Ok(match instant_of(inner.tag(), inner.content()) {
            Some((at, _)) => ClaimedTime::Utc(at),
            None => ClaimedTime::Token(content.to_vec()),
        });
    }
    let text = String::from_utf8_lossy(&content[..content.len().min(64)]).into_owned();
    reading.note(DeviationKind::TimeText, "timeInfo");
    if let Ok(at) = Instant::parse(&text) {
        return Ok(ClaimedTime::Utc(at));
    }
    if let Some((at, _)) = [Tag::GeneralizedTime, Tag::UtcTime].iter().find_map(|tag| instant_of(*tag, content)) {
        return Ok(ClaimedTime::Utc(at));
    }
    let assumed = in_china(&text);
    if assumed.is_some() {
        reading.note(DeviationKind::TimeZoneAssumed, "timeInfo");
    }
    Ok(ClaimedTime::Text { text, assumed })
}

/// `yyyy-MM-dd HH:mm:ss` as China Standard Time, the one zone of the country.
fn in_china(text: &str) -> Option<Instant> {
    let (date, time) = text.trim().split_once([' ', 'T'])?;
    Instant::parse(&format!("{date}T{time}+08:00")).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn local_text_is_read_as_china_standard_time() {
        let at = Instant::utc(2020, 1, 25, 7, 31, 56).unwrap();
        assert_eq!(in_china("2020-01-25 15:31:56"), Some(at));
        assert_eq!(in_china("25.01.2020 15:31"), None);
        assert_eq!(in_china(""), None);
    }
}
