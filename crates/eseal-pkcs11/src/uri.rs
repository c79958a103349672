use std::path::Path;
use std::path::PathBuf;

use crate::CipherForm;
use crate::Decryption;
use crate::Mechanisms;
use crate::Pkcs11Error;
use crate::Vendor;

/// A PKCS #11 URI (RFC 7512): which token, which object in it, and by which module.
///
/// Read are the path attributes `token`, `manufacturer`, `model`, `serial`, `slot-id`, `object`, `id`, `type`, and the query
/// attributes `module-path` and `pin-source`. What selects and is not known is refused, since another key might answer.
///
/// Query attributes of our own (RFC 7512, 2.3 leaves room for them) say which numbers the module has for SM2:
/// `x-eseal-vendor` (a word of [`Vendor`]), or `x-eseal-sign`, `x-eseal-decrypt`, `x-eseal-cipher` (`der`, `point`, `bare`)
/// and `x-eseal-key-type`, decimal or hexadecimal with `0x`; single numbers overrule the vendor's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pkcs11Uri {
    pub(crate) token: Option<String>,
    pub(crate) manufacturer: Option<String>,
    pub(crate) model: Option<String>,
    pub(crate) serial: Option<String>,
    pub(crate) slot: Option<u64>,
    pub(crate) object: Option<String>,
    pub(crate) id: Option<Vec<u8>>,
    module_path: Option<PathBuf>,
    pin_source: Option<String>,
    mechanisms: Mechanisms,
}

impl Pkcs11Uri {
    /// The longest URI that is read, in bytes: more than anybody writes.
    pub const MAX_BYTES: usize = 4096;

    /// Reads a URI.
    ///
    /// # Errors
    /// [`Pkcs11Error::Uri`] with the attribute that is wrong, given twice, or not known; [`Pkcs11Error::PinInUri`];
    /// [`Pkcs11Error::RelativeModule`].
    pub fn parse(text: &str) -> Result<Self, Pkcs11Error> {
        let bad = |what: &str| Pkcs11Error::Uri { what: what.to_owned() };
        if text.len() > Self::MAX_BYTES {
            return Err(bad("length"));
        }
        let rest = text.strip_prefix("pkcs11:").ok_or_else(|| bad("scheme"))?;
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        let mut uri = Self {
            token: None,
            manufacturer: None,
            model: None,
            serial: None,
            slot: None,
            object: None,
            id: None,
            module_path: None,
            pin_source: None,
            // The widest spread of the makers' numbers, where nothing is said.
            mechanisms: Vendor::Sansec.mechanisms(),
        };
        let mut seen = Vec::new();
        for part in path.split(';').filter(|part| !part.is_empty()) {
            let (name, value) = attribute(part, &mut seen)?;
            uri.path_attribute(name, value)?;
        }
        // Within the query names may be those of the path.
        seen.clear();
        let mut numbers = Numbers::default();
        for part in query.split('&').filter(|part| !part.is_empty()) {
            let (name, value) = attribute(part, &mut seen)?;
            uri.query_attribute(name, value, &mut numbers)?;
        }
        uri.mechanisms = numbers.mechanisms()?;
        Ok(uri)
    }

    fn path_attribute(&mut self, name: &str, value: Vec<u8>) -> Result<(), Pkcs11Error> {
        match name {
            "token" => self.token = Some(text(name, value)?),
            "manufacturer" => self.manufacturer = Some(text(name, value)?),
            "model" => self.model = Some(text(name, value)?),
            "serial" => self.serial = Some(text(name, value)?),
            "object" => self.object = Some(text(name, value)?),
            "id" => self.id = Some(value),
            "slot-id" => self.slot = Some(number(name, value)?),
            // A certificate leads to its key, and the reverse.
            "type" => match text(name, value)?.as_str() {
                "private" | "cert" | "public" => {}
                _ => return Err(Pkcs11Error::Uri { what: name.to_owned() }),
            },
            // Of a library that is named by its path these say nothing that would select.
            "library-manufacturer" | "library-description" | "library-version" => {}
            _ => return Err(Pkcs11Error::Uri { what: name.to_owned() }),
        }
        Ok(())
    }

    fn query_attribute(&mut self, name: &str, value: Vec<u8>, numbers: &mut Numbers) -> Result<(), Pkcs11Error> {
        match name {
            "module-path" => {
                let path = PathBuf::from(text(name, value)?);
                if !path.is_absolute() {
                    return Err(Pkcs11Error::RelativeModule);
                }
                self.module_path = Some(path);
            }
            "pin-source" => self.pin_source = Some(text(name, value)?),
            "pin-value" => return Err(Pkcs11Error::PinInUri),
            "x-eseal-vendor" => {
                let vendor = Vendor::named(&text(name, value)?);
                numbers.vendor = Some(vendor.ok_or_else(|| Pkcs11Error::Uri { what: name.to_owned() })?);
            }
            "x-eseal-sign" => numbers.sign = Some(number(name, value)?),
            "x-eseal-decrypt" => numbers.decrypt = Some(number(name, value)?),
            "x-eseal-key-type" => numbers.key_type = Some(number(name, value)?),
            "x-eseal-cipher" => {
                numbers.form = Some(match text(name, value)?.as_str() {
                    "der" => CipherForm::Der,
                    "point" => CipherForm::WithPoint,
                    "bare" => CipherForm::Bare,
                    _ => return Err(Pkcs11Error::Uri { what: name.to_owned() }),
                });
            }
            // Of other programs.
            _ if name.starts_with("x-") && !name.starts_with("x-eseal-") => {}
            _ => return Err(Pkcs11Error::Uri { what: name.to_owned() }),
        }
        Ok(())
    }

    /// The module to load, if the URI names it; absolute.
    #[must_use]
    pub fn module_path(&self) -> Option<&Path> {
        self.module_path.as_deref()
    }

    /// Where the PIN comes from, as the URI has it: a `file:` URI or a path. What it means is the caller's business.
    #[must_use]
    pub fn pin_source(&self) -> Option<&str> {
        self.pin_source.as_deref()
    }

    /// The numbers of SM2 in the module.
    #[must_use]
    pub const fn mechanisms(&self) -> &Mechanisms {
        &self.mechanisms
    }
}

/// What the query says about mechanisms.
#[derive(Default)]
struct Numbers {
    vendor: Option<Vendor>,
    sign: Option<u64>,
    decrypt: Option<u64>,
    form: Option<CipherForm>,
    key_type: Option<u64>,
}

impl Numbers {
    fn mechanisms(&self) -> Result<Mechanisms, Pkcs11Error> {
        let mut mechanisms = self.vendor.unwrap_or(Vendor::Sansec).mechanisms();
        if let Some(sign) = self.sign {
            mechanisms.sign = sign;
        }
        if let Some(mechanism) = self.decrypt {
            mechanisms.decrypt = Some(Decryption { mechanism, form: CipherForm::Der });
        }
        if let (Some(form), Some(decrypt)) = (self.form, &mut mechanisms.decrypt) {
            decrypt.form = form;
        }
        if self.key_type.is_some() {
            mechanisms.key_type = self.key_type;
        }
        for number in [Some(mechanisms.sign), mechanisms.decrypt.map(|one| one.mechanism)].into_iter().flatten() {
            crate::mechanism::mechanism_type(number)?;
        }
        Ok(mechanisms)
    }
}

/// One attribute, which may stand once; its value is decoded.
fn attribute<'a>(part: &'a str, seen: &mut Vec<&'a str>) -> Result<(&'a str, Vec<u8>), Pkcs11Error> {
    let bad = |what: &str| Pkcs11Error::Uri { what: what.to_owned() };
    let (name, value) = part.split_once('=').ok_or_else(|| bad(part))?;
    if seen.contains(&name) {
        return Err(bad(name));
    }
    seen.push(name);
    let mut bytes = Vec::with_capacity(value.len());
    let mut rest = value.as_bytes();
    while let [first, after @ ..] = rest {
        rest = after;
        if *first != b'%' {
            // Letters outside of ASCII and white space are written with %, RFC 7512, 2.3; a terminal takes them as they are.
            bytes.push(*first);
            continue;
        }
        let (digits, after) = after.split_at_checked(2).ok_or_else(|| bad(name))?;
        let digits = std::str::from_utf8(digits).map_err(|_| bad(name))?;
        if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return Err(bad(name));
        }
        bytes.push(u8::from_str_radix(digits, 16).map_err(|_| bad(name))?);
        rest = after;
    }
    Ok((name, bytes))
}

fn text(name: &str, value: Vec<u8>) -> Result<String, Pkcs11Error> {
    let text = String::from_utf8(value).map_err(|_| Pkcs11Error::Uri { what: name.to_owned() })?;
    if text.chars().any(char::is_control) { Err(Pkcs11Error::Uri { what: name.to_owned() }) } else { Ok(text) }
}

fn number(name: &str, value: Vec<u8>) -> Result<u64, Pkcs11Error> {
    let bad = || Pkcs11Error::Uri { what: name.to_owned() };
    let text = text(name, value)?;
    // No sign, which Rust's numbers may have.
    let (digits, radix) = text.strip_prefix("0x").map_or((text.as_str(), 10), |hex| (hex, 16));
    if digits.is_empty() || !digits.chars().all(|digit| digit.is_digit(radix)) {
        return Err(bad());
    }
    u64::from_str_radix(digits, radix).map_err(|_| bad())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Pkcs11Uri, &'static str> {
        Pkcs11Uri::parse(text).map_err(|error| error.code())
    }

    #[test]
    fn a_uri_is_read_with_its_escapes() {
        let uri = parse(
            "pkcs11:token=%E7%A4%BA%E4%BE%8B%20token;manufacturer=maker;serial=01;slot-id=3;object=a%3Bb;id=%01%fF;type=private\
             ?module-path=/usr/lib/a%20b.so&pin-source=file:/run/pin&x-other=1",
        )
        .unwrap();
        assert_eq!(uri.token.as_deref(), Some("示例 token"));
        assert_eq!(uri.object.as_deref(), Some("a;b"));
        assert_eq!(uri.id.as_deref(), Some(&[1, 0xff][..]));
        assert_eq!(uri.slot, Some(3));
        assert_eq!(uri.module_path(), Some(Path::new("/usr/lib/a b.so")));
        assert_eq!(uri.pin_source(), Some("file:/run/pin"));
        assert_eq!(*uri.mechanisms(), Vendor::Sansec.mechanisms());
        assert!(parse("pkcs11:").is_ok(), "whatever there is, if it is one");
    }

    #[test]
    fn the_numbers_of_a_module_come_from_its_maker_or_one_by_one() {
        let mechanisms = |query: &str| parse(&format!("pkcs11:?{query}")).map(|uri| *uri.mechanisms());
        assert_eq!(mechanisms("x-eseal-vendor=ibm"), Ok(Vendor::Ibm.mechanisms()));
        let own = mechanisms(
            "x-eseal-sign=0x80000007&x-eseal-decrypt=2147483656&x-eseal-cipher=bare&x-eseal-key-type=0x80000001",
        );
        let decrypt = Some(Decryption { mechanism: 0x8000_0008, form: CipherForm::Bare });
        assert_eq!(own, Ok(Mechanisms { sign: 0x8000_0007, decrypt, key_type: Some(0x8000_0001) }));
        let mixed = mechanisms("x-eseal-vendor=ibm&x-eseal-cipher=der").unwrap();
        assert_eq!(mixed.decrypt.unwrap().form, CipherForm::Der);
        for query in ["x-eseal-vendor=x", "x-eseal-sign=+1", "x-eseal-sign=0x", "x-eseal-cipher=c1c2c3", "x-eseal-x=1"]
        {
            assert_eq!(mechanisms(query), Err("pkcs11-uri"), "{query}");
        }
        assert_eq!(mechanisms("x-eseal-sign=0x10002"), Err("pkcs11-mechanism-number"));
    }

    #[test]
    fn what_is_wrong_given_twice_or_not_known_is_refused() {
        for text in [
            "",
            "pkcs12:token=a",
            "PKCS11:token=a",
            "pkcs11:token",
            "pkcs11:token=a;token=a",
            "pkcs11:token=%2",
            "pkcs11:token=%+1",
            "pkcs11:token=%zz",
            "pkcs11:token=%ff",
            "pkcs11:token=%00",
            "pkcs11:type=data",
            "pkcs11:slot-id=-1",
            "pkcs11:slot-id=99999999999999999999",
            "pkcs11:colour=red",
            "pkcs11:x-vendor=1",
            "pkcs11:?module-name=softhsm2",
            "pkcs11:?module-path=/a&module-path=/b",
        ] {
            assert_eq!(parse(text), Err("pkcs11-uri"), "{text}");
        }
        assert_eq!(parse("pkcs11:?pin-value=1234"), Err("pkcs11-pin-in-uri"));
        assert_eq!(parse("pkcs11:?module-path=softhsm2.so"), Err("pkcs11-relative-module"));
        assert_eq!(parse(&format!("pkcs11:token={}", "a".repeat(4096))), Err("pkcs11-uri"));
    }

    #[test]
    fn a_pin_in_a_uri_is_not_repeated_in_the_error() {
        let error = Pkcs11Uri::parse("pkcs11:?pin-value=geheim-1").unwrap_err();
        assert!(!format!("{error} {error:?}").contains("geheim"));
    }
}
