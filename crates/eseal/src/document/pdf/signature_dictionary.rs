//! The signature dictionary (ISO 32000-1, 12.8.1) with its two placeholders.

use std::ops::Range;

use super::number::{name, text_string};
use super::object::ObjectId;
use super::permissions::Permission;
use super::reserved::BYTE_RANGE_WIDTH;
use crate::time::Instant;

/// The entries of a signature dictionary that its maker chooses.
#[derive(Clone, Debug)]
pub(super) struct Entries<'d> {
    pub(super) filter: &'d str,
    pub(super) sub_filter: &'d str,
    pub(super) name: Option<&'d str>,
    pub(super) reason: Option<&'d str>,
    pub(super) location: Option<&'d str>,
    pub(super) signing_time: Option<Instant>,
    pub(super) certify: Option<Permission>,
    /// The content of `/TransformParams` for the field's lock, without `/Type` and `/V`.
    pub(super) field_lock: Option<Vec<u8>>,
    pub(super) catalog: ObjectId,
    pub(super) contents_len: usize,
}

/// The dictionary, and where in it the placeholders are.
pub(super) struct Written {
    pub(super) content: Vec<u8>,
    /// Where the array of `/ByteRange` starts.
    pub(super) byte_range: usize,
    /// The digits of `/Contents`, without brackets.
    pub(super) hole: Range<usize>,
}

pub(super) fn write(entries: &Entries<'_>) -> Written {
    // A document time stamp is told by its type; ISO 32000-2, 12.8.5 (clause not checked).
    let kind = if entries.sub_filter == "ETSI.RFC3161" { "DocTimeStamp" } else { "Sig" };
    let mut head = format!("<< /Type /{kind} /Filter ");
    head.push_str(&name(entries.filter.as_bytes()));
    head.push_str(" /SubFilter ");
    head.push_str(&name(entries.sub_filter.as_bytes()));
    for (key, text) in [("/Name", entries.name), ("/Reason", entries.reason), ("/Location", entries.location)] {
        if let Some(text) = text {
            head.push_str(&format!(" {key} {}", text_string(text)));
        }
    }
    if let Some(time) = entries.signing_time {
        head.push_str(&format!(" /M ({})", date(time)));
    }
    head.push_str(concat!(" /Prop_Build << /App << /Name /eseal /REx (", env!("CARGO_PKG_VERSION"), ") >> >>"));
    let mut content = head.into_bytes();
    write_references(&mut content, entries);
    content.extend_from_slice(b"\n/ByteRange ");
    let byte_range = content.len();
    content.resize(byte_range + BYTE_RANGE_WIDTH, b' ');
    content.extend_from_slice(b"\n/Contents <");
    let start = content.len();
    content.resize(start + 2 * entries.contents_len, b'0');
    let hole = start..content.len();
    content.extend_from_slice(b">\n>>");
    Written { content, byte_range, hole }
}

/// `/Reference`: what the signature locks (ISO 32000-1, 12.8.2). The obsolete `/DigestMethod` is left out.
fn write_references(content: &mut Vec<u8>, entries: &Entries<'_>) {
    if entries.certify.is_none() && entries.field_lock.is_none() {
        return;
    }
    content.extend_from_slice(b" /Reference [");
    if let Some(certify) = entries.certify {
        let level = certify.p();
        content.extend_from_slice(
            format!("<< /Type /SigRef /TransformMethod /DocMDP /TransformParams << /Type /TransformParams /V /1.2 /P {level} >> >>")
                .as_bytes(),
        );
    }
    if let Some(lock) = &entries.field_lock {
        let ObjectId { number, generation } = entries.catalog;
        content.extend_from_slice(
            format!("<< /Type /SigRef /TransformMethod /FieldMDP /Data {number} {generation} R /TransformParams << /Type /TransformParams /V /1.2 ")
                .as_bytes(),
        );
        content.extend_from_slice(lock);
        content.extend_from_slice(b" >> >>");
    }
    content.push(b']');
}

/// A date (ISO 32000-1, 7.9.4), in the time of China: `D:20261124144712+08'00'`.
pub(super) fn date(time: Instant) -> String {
    let civil = time.plus_seconds(8 * 3600).civil();
    format!(
        "D:{:04}{:02}{:02}{:02}{:02}{:02}+08'00'",
        civil.year, civil.month, civil.day, civil.hour, civil.minute, civil.second
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries() -> Entries<'static> {
        Entries {
            filter: "GM.PKILite",
            sub_filter: "GM.sm2seal",
            name: Some("示例"),
            reason: None,
            location: Some("(x"),
            signing_time: Some(Instant::utc(2026, 11, 24, 16, 47, 12).unwrap()),
            certify: None,
            field_lock: None,
            catalog: ObjectId::new(1),
            contents_len: 3,
        }
    }

    #[test]
    fn the_placeholders_are_where_they_are_said_to_be() {
        let written = write(&entries());
        assert_eq!(&written.content[written.hole.start - 1..=written.hole.end], b"<000000>");
        let range = written.byte_range..written.byte_range + BYTE_RANGE_WIDTH;
        assert!(written.content[range].iter().all(|&byte| byte == b' '));
        assert!(written.content[..written.byte_range].ends_with(b"/ByteRange "));
        assert!(written.content.starts_with(b"<< /Type /Sig /Filter /GM.PKILite /SubFilter /GM.sm2seal /Name <FEFF793A4F8B> /Location (\\(x) /M (D:20261125004712+08'00')"));
    }

    #[test]
    fn a_certification_and_a_lock_are_references() {
        let mut entries = entries();
        entries.certify = Some(Permission::FillForms);
        entries.field_lock = Some(b"/Action /All".to_vec());
        let text = String::from_utf8(write(&entries).content).unwrap();
        assert!(
            text.contains("/TransformMethod /DocMDP /TransformParams << /Type /TransformParams /V /1.2 /P 2 >> >>")
        );
        assert!(text.contains("/TransformMethod /FieldMDP /Data 1 0 R /TransformParams << /Type /TransformParams /V /1.2 /Action /All >> >>]"));
    }

    #[test]
    fn dates_are_told_in_the_time_of_china() {
        assert_eq!(date(Instant::from_unix(0)), "D:19700101080000+08'00'");
    }
}
