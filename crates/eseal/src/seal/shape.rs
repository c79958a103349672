use ::der::Tag;

use super::SealVersion;
use super::walk::Element;

/// What a DER value is, told by its shape alone; the version numbers inside do not decide.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// An electronic seal (电子印章, `SESeal`).
    Seal(SealVersion),
    /// A seal signature (电子签章数据, `SES_Signature`).
    SealSignature(SealVersion),
    /// A CMS or GB/T 35275 message: a plain digital signature (数字签名).
    Cms,
    /// SEQUENCE of two integers: an SM2 signature with nothing around it.
    BareSignature,
    /// None of these.
    Unknown,
}

/// Tells a seal, a seal signature, a CMS message and a bare signature apart by their first levels.
///
/// The input must be one DER element with nothing after it.
#[must_use]
pub fn what_is(der: &[u8]) -> Shape {
    shape_of(der).unwrap_or(Shape::Unknown)
}

fn shape_of(der: &[u8]) -> Option<Shape> {
    let top = Element::whole(der)?;
    if !top.is(Tag::Sequence) {
        return None;
    }
    let children = top.children()?;
    let tags: Vec<Tag> = children.iter().take(6).map(Element::tag).collect();
    let (ends_with_zero_tag, tags) = match (children.last(), tags.as_slice()) {
        (Some(last), [rest @ .., _]) if is_zero_tag(last.tag()) && rest.len() == 4 => (true, rest),
        (_, all) => (false, all),
    };
    Some(match *tags {
        // `[0]` with content: ContentInfo.
        [Tag::ObjectIdentifier, _] if children[1].is_zero_tag() => Shape::Cms,
        [Tag::Integer, Tag::Integer] => Shape::BareSignature,
        [Tag::Sequence, Tag::Sequence] => Shape::Seal(SealVersion::V1),
        [Tag::Sequence, Tag::BitString | Tag::OctetString] => Shape::SealSignature(SealVersion::V1),
        [Tag::Sequence, Tag::OctetString, Tag::ObjectIdentifier, Tag::BitString | Tag::OctetString] => {
            // SES_SealInfo begins with the header, a SEQUENCE; TBS_Sign begins with its version, an INTEGER.
            let inside = children[0].children()?;
            if inside.first()?.is(Tag::Integer) {
                Shape::SealSignature(seal_version(inside.get(1)?)?)
            } else {
                Shape::Seal(info_version(&children[0], ends_with_zero_tag)?)
            }
        }
        _ => return None,
    })
}

/// The context tag `[0]`, explicit or implicit.
fn is_zero_tag(tag: Tag) -> bool {
    matches!(tag, Tag::ContextSpecific { number, .. } if number.0 == 0)
}

/// The version of a seal with four or five children.
fn seal_version(seal: &Element<'_>) -> Option<SealVersion> {
    let children = seal.children()?;
    info_version(children.first()?, children.len() == 5)
}

fn info_version(info: &Element<'_>, five_children: bool) -> Option<SealVersion> {
    let header = *info.children()?.first()?;
    let version = *header.children()?.get(1)?;
    let is_five = version.is(Tag::Integer) && version.content() == [5];
    Some(if five_children || is_five { SealVersion::V5 } else { SealVersion::V4 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_that_are_none_of_ours_are_unknown() {
        let inputs: [&[u8]; 6] =
            [&[], b"\x30\x00", b"\x05\x00", b"\x30\x02\x30\x00", b"\x30\x03\x02\x01", b"\x04\x02\x30\x00"];
        for input in inputs {
            assert_eq!(what_is(input), Shape::Unknown, "{input:02x?}");
        }
        assert_eq!(what_is(b"\x30\x06\x02\x01\x01\x02\x01\x01"), Shape::BareSignature);
        assert_eq!(what_is(b"\x30\x06\x06\x02\x2a\x03\xa0\x00"), Shape::Cms);
        assert_eq!(what_is(b"\x30\x04\x30\x00\x30\x00"), Shape::Seal(SealVersion::V1));
        assert_eq!(what_is(b"\x30\x05\x30\x00\x03\x01\x00"), Shape::SealSignature(SealVersion::V1));
    }
}
