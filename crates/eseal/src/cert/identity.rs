use ::der::TagMode;
use ::der::TagNumber;
use ::der::asn1::ContextSpecific;
use std::fmt;

use const_oid::ObjectIdentifier;

use crate::lang::vocabulary;
use crate::oid;
use crate::time::Instant;

use super::CertError;
use super::Certificate;
use super::asn1;
use super::asn1::Reader;
use super::extension::extension;
use super::write;

vocabulary! {
    /// A kind of number that says who the holder of a certificate is; GM/T 0015-2012 and GB/T 20518-2018, identity
    /// extensions (clauses not checked).
    pub enum IdentityKind: word {
        /// GB 11643-1999: eighteen characters, the last a check digit.
        ResidentId = "resident-id", "居民身份证号码", "resident identity card number";
        /// As written on the card.
        MilitaryId = "military-id", "军官证号码", "military officer's card number";
        /// Letters and digits.
        Passport = "passport", "护照号码", "passport number";
        /// Most often the resident identity card number.
        Insurance = "insurance-number", "个人社会保险号", "social insurance number";
        /// Fifteen digits, the last a check digit; today the organization's unified code.
        IcRegistration = "ic-registration", "工商注册号", "business registration number";
        /// GB 32100-2015, eighteen characters, or GB 11714-1997, nine; the last is a check character.
        OrganizationCode = "organization-code", "组织机构代码", "organization code";
        /// Fifteen to twenty characters; today the organization's unified code.
        Taxation = "taxation-number", "税号", "taxation number";
    }
}

impl IdentityKind {
    /// Whether the number belongs to a person: such numbers are published only when the profile says so.
    #[must_use]
    pub const fn is_personal(self) -> bool {
        matches!(self, Self::ResidentId | Self::MilitaryId | Self::Passport | Self::Insurance)
    }

    const fn oid(self) -> ObjectIdentifier {
        match self {
            Self::ResidentId | Self::MilitaryId | Self::Passport => oid::IDENTIFY_CODE,
            Self::Insurance => oid::INSURANCE_NUMBER,
            Self::IcRegistration => oid::IC_REGISTRATION_NUMBER,
            Self::OrganizationCode => oid::ORGANIZATION_CODE,
            Self::Taxation => oid::TAXATION_NUMBER,
        }
    }

    /// The number of this kind inside the choice of 个人身份标识码, and its string type.
    const fn choice(self) -> Option<(u8, u8)> {
        match self {
            Self::ResidentId => Some((0, asn1::PRINTABLE_STRING)),
            Self::MilitaryId => Some((1, asn1::UTF8_STRING)),
            Self::Passport => Some((2, asn1::PRINTABLE_STRING)),
            _ => None,
        }
    }

    /// The form in which a number is written into a certificate: letters in upper case, no spaces or hyphens; check
    /// digits and characters hold.
    ///
    /// # Errors
    /// [`CertError::IdentityNumber`] for what is no such number, [`CertError::IdentityCheckDigit`] when the last
    /// character contradicts those before it.
    pub fn normalize(self, text: &str) -> Result<String, CertError> {
        let malformed = CertError::IdentityNumber { kind: self };
        if text.len() > MAX_NUMBER {
            return Err(malformed);
        }
        if self == Self::MilitaryId {
            let text = text.trim();
            let fits = !text.is_empty() && !text.chars().any(char::is_control);
            return fits.then(|| text.to_owned()).ok_or(malformed);
        }
        let text: String = text.trim().chars().filter(|c| !matches!(c, ' ' | '-')).collect();
        let text = text.to_ascii_uppercase();
        if !text.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Err(malformed);
        }
        let holds = match (self, text.len()) {
            (Self::ResidentId, 18) => resident_id(&text),
            (Self::OrganizationCode | Self::IcRegistration, 18) => unified_code(&text),
            // A person who pays taxes may have the identity card's number.
            (Self::Taxation, 18) => unified_code(&text).max(resident_id(&text)),
            (Self::Insurance, 18) => resident_id(&text).or(Some(true)),
            (Self::OrganizationCode, 9) => organization_code(&text),
            (Self::IcRegistration, 15) => registration_number(&text),
            (Self::IcRegistration, 13) | (Self::Insurance, 4..=32) | (Self::Passport, 5..=20) => Some(true),
            (Self::Taxation, 15..=20) => Some(true),
            _ => None,
        };
        match holds {
            Some(true) => Ok(text),
            Some(false) => Err(CertError::IdentityCheckDigit { kind: self }),
            None => Err(malformed),
        }
    }
}

/// The longest number that is looked at, in bytes; the longest real ones have twenty.
const MAX_NUMBER: usize = 64;

/// GB 11643-1999 (clause not checked): region, day of birth, sequence, check digit by ISO 7064, MOD 11-2. `None` for what
/// is no such number whatever its check digit.
fn resident_id(text: &str) -> Option<bool> {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let (digits, check) = text.split_at_checked(17)?;
    let values = digits.chars().map(|c| c.to_digit(10)).collect::<Option<Vec<_>>>()?;
    let field = |range| digits.get(range).and_then(|field: &str| field.parse().ok());
    let born = Instant::utc(field(6..10)?, field(10..12)?.try_into().ok()?, field(12..14)?.try_into().ok()?, 0, 0, 0);
    let plausible = born.is_ok_and(|born| born.civil().year >= 1800) && values[0] != 0;
    let sum: u32 = values.iter().zip(WEIGHTS).map(|(value, weight)| value * weight).sum();
    let right = b"10X98765432"[usize::try_from(sum % 11).expect("below 11")];
    let shaped = matches!(check.as_bytes(), [b'0'..=b'9' | b'X']);
    (plausible && shaped).then(|| check.as_bytes() == [right])
}

/// GB 32100-2015 (clause not checked): 统一社会信用代码.
fn unified_code(text: &str) -> Option<bool> {
    const ALPHABET: &[u8] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";
    const WEIGHTS: [usize; 17] = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28];
    let value = |byte: u8| ALPHABET.iter().position(|known| *known == byte);
    let values = text.bytes().map(value).collect::<Option<Vec<_>>>()?;
    let (check, values) = values.split_last().filter(|(_, values)| values.len() == WEIGHTS.len())?;
    let sum: usize = values.iter().zip(WEIGHTS).map(|(value, weight)| value * weight).sum();
    // The region has digits only: it is a code of GB/T 2260.
    let region = text.bytes().skip(2).take(6).all(|byte| byte.is_ascii_digit());
    region.then_some((31 - sum % 31) % 31 == *check)
}

/// GB 11714-1997 (clause not checked): eight characters and a check character, MOD 11.
fn organization_code(text: &str) -> Option<bool> {
    const WEIGHTS: [u32; 8] = [3, 7, 9, 10, 5, 8, 4, 2];
    let (body, check) = text.split_at_checked(8)?;
    let values = body.chars().map(|c| c.to_digit(36)).collect::<Option<Vec<_>>>()?;
    let sum: u32 = values.iter().zip(WEIGHTS).map(|(value, weight)| value * weight).sum();
    let right = match 11 - sum % 11 {
        10 => 'X',
        11 => '0',
        digit => char::from_digit(digit, 10)?,
    };
    Some(check.chars().eq([right]))
}

/// GS 15-2006 (clause not checked): fourteen digits and a check digit by ISO 7064, MOD 11,10.
fn registration_number(text: &str) -> Option<bool> {
    let digits = text.chars().map(|c| c.to_digit(10)).collect::<Option<Vec<_>>>()?;
    let (check, digits) = digits.split_last()?;
    let product = digits.iter().fold(10, |product, digit| match (product + digit) % 10 {
        0 => 10 * 2 % 11,
        sum => sum * 2 % 11,
    });
    Some((product + check) % 10 == 1)
}

/// Who the holder of a certificate is, by numbers (实体身份标识); every number in it is well formed and its check digit holds.
///
/// At most one of the three numbers of 个人身份标识码, and at most one number of each other kind. Printing for debugging
/// shows the kinds only: the numbers are personal data.
///
/// ```
/// # use eseal::cert::{Identity, IdentityKind};
/// let identity = Identity::default().with(IdentityKind::OrganizationCode, "91350100M000100Y43")?;
/// assert_eq!(identity.get(IdentityKind::OrganizationCode), Some("91350100M000100Y43"));
/// assert!(Identity::default().with(IdentityKind::OrganizationCode, "91350100M000100Y44").is_err());
/// # Ok::<(), eseal::cert::CertError>(())
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Identity(Vec<(IdentityKind, String)>);

impl Identity {
    /// Adds a number.
    ///
    /// # Errors
    /// Those of [`IdentityKind::normalize`]; [`CertError::IdentityTwice`] when its extension is there already.
    pub fn with(mut self, kind: IdentityKind, number: &str) -> Result<Self, CertError> {
        let number = kind.normalize(number)?;
        if self.0.iter().any(|(other, _)| other.oid() == kind.oid()) {
            return Err(CertError::IdentityTwice { kind });
        }
        self.0.push((kind, number));
        self.0.sort_by_key(|(kind, _)| kind.oid());
        Ok(self)
    }

    /// The number of a kind.
    #[must_use]
    pub fn get(&self, kind: IdentityKind) -> Option<&str> {
        self.0.iter().find(|(other, _)| *other == kind).map(|(_, number)| number.as_str())
    }

    /// Whether there is no number at all.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The numbers in the order of their extensions.
    pub fn numbers(&self) -> impl Iterator<Item = (IdentityKind, &str)> {
        self.0.iter().map(|(kind, number)| (*kind, number.as_str()))
    }

    /// The encoded extensions; personal numbers only if they may be published.
    pub(super) fn extensions(&self, personal: bool) -> impl Iterator<Item = Vec<u8>> {
        self.0.iter().filter(move |(kind, _)| personal || !kind.is_personal()).map(|(kind, number)| {
            let value = match kind.choice() {
                // Explicit by the practice of others: the standard's text does not settle it.
                Some((choice, tag)) => write::encode(&ContextSpecific {
                    tag_number: TagNumber(choice.into()),
                    tag_mode: TagMode::Explicit,
                    value: write::string(tag, number),
                }),
                None => write::encode(&write::string(asn1::PRINTABLE_STRING, number)),
            };
            extension(&kind.oid(), false, &value)
        })
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Identity")?;
        f.debug_list().entries(self.0.iter().map(|(kind, _)| kind)).finish()
    }
}

/// An identity number as a certificate has it: not always well formed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdentityNumber {
    /// Of which kind.
    pub kind: IdentityKind,
    /// The number as text.
    pub number: String,
    /// Whether it is encoded as this program and most others do it.
    pub(super) usual: bool,
}

impl Certificate {
    /// The identity numbers in the certificate. Read leniently, since encodings differ: the choice of 个人身份标识码 with
    /// explicit or implicit tags or none, any string type.
    #[must_use]
    pub fn identity_numbers(&self) -> Vec<IdentityNumber> {
        self.extensions().filter_map(|extension| read(&extension.kind, extension.value)).collect()
    }
}

fn read(kind: &ObjectIdentifier, value: &[u8]) -> Option<IdentityNumber> {
    let first = *IdentityKind::ALL.iter().find(|known| known.oid() == *kind)?;
    let mut reader = Reader::new(value, "identity");
    let outer = reader.next().ok().filter(|_| reader.is_empty())?;
    let (kind, tag, content, explicit) = match (first.choice(), outer.tag) {
        (Some(_), tag @ (0xa0..=0xa2 | 0x80..=0x82)) => {
            let kind =
                [IdentityKind::ResidentId, IdentityKind::MilitaryId, IdentityKind::Passport][usize::from(tag & 0x0f)];
            if tag & 0x20 == 0 {
                (kind, tag, outer.content, false)
            } else {
                let mut inner = Reader::new(outer.content, "identity");
                let string = inner.next().ok().filter(|_| inner.is_empty())?;
                (kind, string.tag, string.content, true)
            }
        }
        _ => (first, outer.tag, outer.content, false),
    };
    let text = match tag {
        asn1::BMP_STRING if content.len().is_multiple_of(2) => {
            let units = content.chunks(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]]));
            char::decode_utf16(units).collect::<Result<String, _>>().ok()?
        }
        _ => String::from_utf8(content.to_vec()).ok()?,
    };
    let usual = match kind.choice() {
        Some((_, wanted)) => explicit && tag == wanted,
        None => tag == asn1::PRINTABLE_STRING,
    };
    Some(IdentityNumber { kind, number: text, usual })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn normalize(kind: IdentityKind, text: &str) -> Result<String, &'static str> {
        kind.normalize(text).map_err(|error| error.code())
    }

    #[test]
    fn numbers_with_a_right_check_character_are_taken_and_written_in_one_form() {
        for (kind, text, written) in [
            (IdentityKind::ResidentId, "11010519491231002x", "11010519491231002X"),
            (IdentityKind::ResidentId, " 440524188001010014 ", "440524188001010014"),
            (IdentityKind::OrganizationCode, "91350100M000100Y43", "91350100M000100Y43"),
            (IdentityKind::OrganizationCode, "d2143569-x", "D2143569X"),
            (IdentityKind::IcRegistration, "110108000000016", "110108000000016"),
            (IdentityKind::IcRegistration, "91350100M000100Y43", "91350100M000100Y43"),
            (IdentityKind::Taxation, "91350100M000100Y43", "91350100M000100Y43"),
            (IdentityKind::Taxation, "11010519491231002X", "11010519491231002X"),
            (IdentityKind::Insurance, "11010519491231002X", "11010519491231002X"),
            (IdentityKind::Passport, "e12345678", "E12345678"),
            (IdentityKind::MilitaryId, "军字第2001988号", "军字第2001988号"),
        ] {
            assert_eq!(normalize(kind, text).as_deref(), Ok(written), "{kind:?} {text}");
        }
    }

    #[test]
    fn a_wrong_check_character_is_told_from_what_is_no_number_at_all() {
        for (kind, text) in [
            (IdentityKind::ResidentId, "110105194912310021"),
            (IdentityKind::ResidentId, "110105194912310x2x"),
            (IdentityKind::OrganizationCode, "91350100M000100Y44"),
            (IdentityKind::OrganizationCode, "91350100M000100Z43"),
            (IdentityKind::OrganizationCode, "D2143569-0"),
            (IdentityKind::IcRegistration, "110108000000017"),
            (IdentityKind::Taxation, "91350100M000100Y44"),
            (IdentityKind::Insurance, "110105194912310020"),
        ] {
            let code = normalize(kind, text).unwrap_err();
            let malformed = text.contains('Z') || text.contains("x2");
            assert_eq!(code, if malformed { "identity-number" } else { "identity-check-digit" }, "{kind:?} {text}");
        }
        for (kind, text) in [
            (IdentityKind::ResidentId, "11010519491331002X"),
            (IdentityKind::ResidentId, "110105491231002"),
            (IdentityKind::ResidentId, "01010519491231002X"),
            (IdentityKind::ResidentId, "印0519491231002X"),
            (IdentityKind::OrganizationCode, "913501OOM000100Y43"),
            (IdentityKind::OrganizationCode, ""),
            (IdentityKind::Passport, "护照"),
            (IdentityKind::MilitaryId, "a\nb"),
            (IdentityKind::MilitaryId, " "),
            (IdentityKind::Insurance, &"1".repeat(65)),
        ] {
            assert_eq!(normalize(kind, text), Err("identity-number"), "{kind:?} {text}");
        }
    }

    #[test]
    fn every_changed_digit_of_an_identity_card_is_noticed() {
        let right = "11010519491231002X";
        for at in 0..17 {
            for digit in b'0'..=b'9' {
                let mut text = right.as_bytes().to_vec();
                if std::mem::replace(&mut text[at], digit) != digit {
                    let text = String::from_utf8(text).unwrap();
                    assert!(IdentityKind::ResidentId.normalize(&text).is_err(), "{text}");
                }
            }
        }
    }

    #[test]
    fn a_person_has_one_number_of_the_choice_and_printing_hides_it() {
        let identity = Identity::default().with(IdentityKind::ResidentId, "11010519491231002X").unwrap();
        assert_eq!(
            identity.clone().with(IdentityKind::Passport, "E12345678"),
            Err(CertError::IdentityTwice { kind: IdentityKind::Passport })
        );
        assert_eq!(format!("{identity:?}"), "Identity[ResidentId]");
        assert_eq!(identity.extensions(false).count(), 0);
        let written = identity.extensions(true).next().unwrap();
        let mut value = vec![0xa0, 0x14, 0x13, 0x12];
        value.extend_from_slice(b"11010519491231002X");
        assert!(written.ends_with(&value));
        assert_eq!(written[2..12], [0x06, 0x08, 0x2a, 0x81, 0x1c, 0xd0, 0x14, 0x04, 0x01, 0x01]);
    }

    #[test]
    fn numbers_are_read_with_explicit_and_implicit_tags_and_without() {
        for (value, kind, usual) in [
            (&b"\xa0\x05\x13\x03abc"[..], IdentityKind::ResidentId, true),
            (b"\x80\x03abc", IdentityKind::ResidentId, false),
            (b"\x13\x03abc", IdentityKind::ResidentId, false),
            (b"\xa2\x05\x0c\x03abc", IdentityKind::Passport, false),
            (b"\x81\x03abc", IdentityKind::MilitaryId, false),
        ] {
            let number = read(&oid::IDENTIFY_CODE, value).unwrap();
            assert_eq!((number.kind, number.number.as_str(), number.usual), (kind, "abc", usual));
        }
        for value in [&b"abc"[..], b"\x13\x04abc", b"\x13\x03abcd", b"", b"\x0c\x01\xff", b"\xa0\x00"] {
            assert_eq!(read(&oid::IDENTIFY_CODE, value), None);
            assert_eq!(read(&oid::KEY_USAGE, b"\x13\x01a"), None);
        }
    }
}
