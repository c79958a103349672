//! What all versions of `SES_SealInfo` share; only `SES_ESPropertyInfo` differs.

use std::ops::Range;
use std::sync::Arc;

use ::der::Tag;
use const_oid::ObjectIdentifier;

use crate::time::Instant;
use crate::time::Period;

use super::DeviationKind;
use super::Extension;
use super::Picture;
use super::SealError;
use super::SignerList;
use super::Size;
use super::walk::Element;
use super::walk::Reading;

/// `SES_SealInfo` as read.
pub(super) struct Info {
    pub(super) header_id: String,
    pub(super) header_version: i64,
    pub(super) vendor: String,
    pub(super) id: String,
    pub(super) property: Property,
    pub(super) picture: Picture,
    pub(super) extensions: Vec<Extension>,
    /// The received element.
    pub(super) range: Range<usize>,
}

/// `SES_ESPropertyInfo` as read.
pub(super) struct Property {
    pub(super) kind: i64,
    pub(super) name: String,
    pub(super) signers: SignerList,
    pub(super) created: Instant,
    pub(super) validity: Period,
}

/// Where an extension list stands: that decides which wrapper is the standard's.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum ExtensionsAt {
    /// `SES_SealInfo`: a plain SEQUENCE.
    SealInfo,
    /// `TBS_Sign`: `[0]` EXPLICIT.
    ToBeSigned,
}

/// Reads `SES_SealInfo`; the codec of the version reads the property.
pub(super) fn read(
    source: &Arc<[u8]>,
    from: &Element<'_>,
    reading: &mut Reading,
    property: impl FnOnce(&Element<'_>, &mut Reading) -> Result<Property, SealError>,
) -> Result<Info, SealError> {
    let fields = reading.sequence(from, "eSealInfo")?;
    let (head, extensions) = match fields.as_slice() {
        [a, b, c, d] => ([a, b, c, d], None),
        [a, b, c, d, extensions] => ([a, b, c, d], Some(extensions)),
        _ => return Err(reading.malformed("eSealInfo", from.start())),
    };
    let header = reading.sequence(head[0], "header")?;
    let [header_id, version, vendor] = header.as_slice() else {
        return Err(reading.malformed("header", head[0].start()));
    };
    let header_id = reading.text(header_id, Tag::Ia5String, "header.ID")?;
    if header_id != "ES" {
        reading.note(DeviationKind::HeaderId, "header.ID");
    }
    Ok(Info {
        header_id,
        header_version: reading.integer(version, "header.version")?,
        vendor: reading.text(vendor, Tag::Ia5String, "header.Vid")?,
        id: reading.text(head[1], Tag::Ia5String, "esID")?,
        property: property(head[2], reading)?,
        picture: picture(source, head[3], reading)?,
        extensions: match extensions {
            Some(list) => read_extensions(list, ExtensionsAt::SealInfo, reading)?,
            None => Vec::new(),
        },
        range: from.range(),
    })
}

/// The period of a seal.
pub(super) fn validity(
    from: &Element<'_>,
    to: &Element<'_>,
    wanted: Tag,
    reading: &mut Reading,
) -> Result<Period, SealError> {
    let start = reading.date(from, wanted, "validStart")?;
    let end = reading.date(to, wanted, "validEnd")?;
    Period::new(start, end).map_err(|_| reading.malformed("validEnd", to.start()))
}

fn picture(source: &Arc<[u8]>, from: &Element<'_>, reading: &mut Reading) -> Result<Picture, SealError> {
    let fields = reading.sequence(from, "picture")?;
    let [kind, data, width, height] = fields.as_slice() else {
        return Err(reading.malformed("picture", from.start()));
    };
    let named = reading.text(kind, Tag::Ia5String, "picture.type")?;
    let data = reading.octets(data, "picture.data")?;
    let size = Size::checked(reading.integer(width, "picture.width")?, reading.integer(height, "picture.height")?).ok();
    if size.is_none() {
        reading.note(DeviationKind::PictureSize, "picture.width");
    }
    let picture = Picture::received(Arc::clone(source), data, named, size);
    if !picture.format().is_named(picture.named()) {
        reading.note(DeviationKind::PictureType, "picture.type");
    }
    Ok(picture)
}

/// Reads a list of extensions in the wrapper of the standard or one of those that real writers used.
pub(super) fn read_extensions(
    from: &Element<'_>,
    at: ExtensionsAt,
    reading: &mut Reading,
) -> Result<Vec<Extension>, SealError> {
    let malformed = reading.malformed("extDatas", from.start());
    let mut wrapped = false;
    let mut list = *from;
    // At most a tag and an OCTET STRING lie around the SEQUENCE.
    for _ in 0..2 {
        let inside = match list.tag() {
            Tag::OctetString => list.children(),
            _ if list.is_zero_tag() => list.children(),
            _ => break,
        };
        match inside.as_deref() {
            Some([only]) if only.is(Tag::Sequence) && holds_extension(only) => {
                // `[0]` with a single extension and no SEQUENCE around it.
                reading.note(DeviationKind::ExtensionsWrapped, "extDatas");
                return Ok(vec![extension(only, reading)?]);
            }
            Some([only]) => {
                wrapped |= list.is(Tag::OctetString) || at == ExtensionsAt::SealInfo;
                list = *only;
            }
            Some(several) if list.is_zero_tag() => {
                reading.note(DeviationKind::ExtensionsWrapped, "extDatas");
                return several.iter().map(|one| extension(one, reading)).collect();
            }
            _ => return Err(malformed),
        }
    }
    if wrapped {
        reading.note(DeviationKind::ExtensionsWrapped, "extDatas");
    }
    reading.sequence(&list, "extDatas")?.iter().map(|one| extension(one, reading)).collect()
}

/// Whether a SEQUENCE is an `ExtData` itself and not a list of them.
fn holds_extension(sequence: &Element<'_>) -> bool {
    sequence.children().is_some_and(|inside| inside.first().is_some_and(|first| first.is(Tag::ObjectIdentifier)))
}

fn extension(from: &Element<'_>, reading: &mut Reading) -> Result<Extension, SealError> {
    let fields = reading.sequence(from, "ExtData")?;
    let (id, critical, value) = match fields.as_slice() {
        [id, value] => (id, false, value),
        [id, critical, value] if critical.is(Tag::Boolean) => {
            let critical = critical.content() != [0];
            if critical {
                reading.note(DeviationKind::CriticalExtension, "ExtData.critical");
            } else {
                reading.note(DeviationKind::ExplicitDefault, "ExtData.critical");
            }
            (id, critical, value)
        }
        _ => return Err(reading.malformed("ExtData", from.start())),
    };
    let id = reading.oid(id, "ExtData.extnID")?;
    if !value.is(Tag::OctetString) {
        return Err(reading.malformed("ExtData.extnValue", value.start()));
    }
    Ok(Extension { id: id.to_string(), critical, value: value.content().to_vec() })
}

/// Checks that the algorithm is SM2 with SM3; "SM2 signature" alone means the same here and is noted.
pub(super) fn note_algorithm(algorithm: &ObjectIdentifier, field: &'static str, reading: &mut Reading) {
    if *algorithm == crate::oid::SM2_SIGN {
        reading.note(DeviationKind::AlgorithmName, field);
    }
}
