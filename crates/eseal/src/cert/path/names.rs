//! nameConstraints (名称限制); RFC 5280, 4.2.1.10.
//!
//! Directory names, host names, mail addresses, URIs and IP addresses are compared. A name of any other form is refused
//! where the constraints speak of that form, since it cannot be compared here.

use super::super::CertError;
use super::super::Certificate;
use super::super::Name;
use super::super::asn1;
use super::super::asn1::Reader;
use crate::oid;

// The forms of GeneralName.
const MAIL: u8 = 0x81;
const HOST: u8 = 0x82;
const DIRECTORY: u8 = 0xa4;
const URI: u8 = 0x86;
const ADDRESS: u8 = 0x87;

/// The most subtrees that are looked at.
const MAX_SUBTREES: usize = 256;
/// The most names of one certificate that are looked at; it is refused if it has more.
const MAX_NAMES: usize = 1024;

/// A name, or the base of a subtree of names.
enum General<'a> {
    Directory(Name),
    /// A form of GeneralName with its content.
    Other(u8, &'a [u8]),
}

impl<'a> General<'a> {
    fn read(element: asn1::Element<'a>) -> Result<Self, CertError> {
        match element.tag {
            DIRECTORY => Ok(Self::Directory(Name::from_der(element.content)?)),
            tag => Ok(Self::Other(tag, element.content)),
        }
    }

    const fn form(&self) -> u8 {
        match self {
            Self::Directory(_) => DIRECTORY,
            Self::Other(form, _) => *form,
        }
    }
}

pub(super) struct NameConstraints<'a> {
    permitted: Vec<General<'a>>,
    excluded: Vec<General<'a>>,
}

impl<'a> NameConstraints<'a> {
    pub(super) fn read(value: &'a [u8]) -> Result<Self, CertError> {
        let mut reader = Reader::open(value, asn1::SEQUENCE, "nameConstraints")?;
        let permitted = read_subtrees(&mut reader, asn1::context(0))?;
        let excluded = read_subtrees(&mut reader, asn1::context(1))?;
        reader.end()?;
        Ok(Self { permitted, excluded })
    }

    /// How many comparisons a certificate takes, about.
    pub(super) fn cost(&self, names: usize) -> usize {
        (self.permitted.len() + self.excluded.len()) * names
    }

    pub(super) fn permits(&self, names: &Names<'_>) -> bool {
        names.0.iter().all(|name| self.permits_one(name).unwrap_or(false))
    }

    /// `None` when the name cannot be compared.
    fn permits_one(&self, name: &General<'_>) -> Option<bool> {
        let mut permitted = self.permitted.iter().filter(|tree| tree.form() == name.form()).peekable();
        let mut inside = permitted.peek().is_none();
        for tree in permitted {
            inside |= is_inside(name, tree)?;
        }
        for tree in self.excluded.iter().filter(|tree| tree.form() == name.form()) {
            inside &= !is_inside(name, tree)?;
        }
        Some(inside)
    }
}

fn read_subtrees<'a>(reader: &mut Reader<'a>, tag: u8) -> Result<Vec<General<'a>>, CertError> {
    let mut trees = Vec::new();
    let Some(list) = reader.take(tag)? else { return Ok(trees) };
    let mut list = Reader::new(list.content, "nameConstraints");
    while !list.is_empty() {
        let mut subtree = list.enter(asn1::SEQUENCE)?;
        trees.push(General::read(subtree.next()?)?);
        // minimum is 0, and maximum is absent.
        if subtree.take(0x80)?.is_some_and(|minimum| minimum.content != [0]) {
            return Err(list.fault());
        }
        subtree.end()?;
        if trees.len() > MAX_SUBTREES {
            return Err(list.fault());
        }
    }
    Ok(trees)
}

/// Every name of a certificate that constraints may be about.
pub(super) struct Names<'a>(Vec<General<'a>>);

impl<'a> Names<'a> {
    /// The names; `mail` is the memory in which mail addresses of the subject are kept.
    pub(super) fn of(certificate: &'a Certificate, mail: &'a [String]) -> Result<Self, CertError> {
        let subject = certificate.subject();
        let mut names = Vec::new();
        if !subject.is_empty() {
            names.push(General::Directory(subject.clone()));
        }
        names.extend(mail.iter().map(|address| General::Other(MAIL, address.as_bytes())));
        if let Some(extension) = certificate.extension(&oid::SUBJECT_ALT_NAME) {
            let mut reader = Reader::open(extension.value, asn1::SEQUENCE, "subjectAltName")?;
            while !reader.is_empty() {
                names.push(General::read(reader.next()?)?);
                if names.len() > MAX_NAMES {
                    return Err(reader.fault());
                }
            }
        }
        Ok(Self(names))
    }

    pub(super) const fn len(&self) -> usize {
        self.0.len()
    }
}

/// The mail addresses in a certificate's subject.
pub(super) fn subject_mail(certificate: &Certificate) -> Vec<String> {
    certificate.subject().attributes().filter(|(keyword, _)| keyword == "E").map(|(_, value)| value).collect()
}

/// Whether a name lies in a subtree of its form; `None` when that cannot be told.
fn is_inside(name: &General<'_>, tree: &General<'_>) -> Option<bool> {
    let (name, base) = match (name, tree) {
        (General::Directory(name), General::Directory(base)) => return Some(name.begins_with(base)),
        (General::Other(_, name), General::Other(_, base)) => (*name, *base),
        _ => return None,
    };
    match tree.form() {
        ADDRESS => is_in_network(name, base),
        HOST => Some(is_host_in(host(name)?, text(base)?, true)),
        MAIL => is_mail_in(text(name)?, text(base)?),
        URI => Some(is_host_in(uri_host(text(name)?)?, text(base)?, false)),
        _ => None,
    }
}

fn text(bytes: &[u8]) -> Option<&str> {
    std::str::from_utf8(bytes).ok().filter(|text| text.is_ascii())
}

/// A host name; one that is no ASCII text of letters, digits, dots, hyphens and underscores is none.
fn host(bytes: &[u8]) -> Option<&str> {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b'*');
    text(bytes).filter(|host| !host.is_empty() && host.bytes().all(is_part)).map(|host| host.trim_end_matches('.'))
}

/// Whether a host lies in a domain. A base with a dot in front means what lies beneath it only; one without means the
/// host itself and, where `beneath` says so, what lies beneath it.
fn is_host_in(host: &str, base: &str, beneath: bool) -> bool {
    let ends_with = |end: &str| {
        let start = host.len().checked_sub(end.len()).filter(|start| host.is_char_boundary(*start));
        start.filter(|start| host[*start..].eq_ignore_ascii_case(end))
    };
    if base.is_empty() {
        return true;
    }
    match ends_with(base) {
        Some(0) => !base.starts_with('.'),
        Some(start) => base.starts_with('.') || (beneath && host[..start].ends_with('.')),
        None => false,
    }
}

/// A base with `@` is one address, without it a host or, with a dot in front, a domain.
fn is_mail_in(address: &str, base: &str) -> Option<bool> {
    let (local, domain) = address.rsplit_once('@')?;
    let domain = host(domain.as_bytes())?;
    Some(match base.rsplit_once('@') {
        Some((only, at)) => local == only && domain.eq_ignore_ascii_case(at),
        None => is_host_in(domain, base, false),
    })
}

/// The host of a URI, which must be a name: RFC 5280 refuses what has none.
fn uri_host(uri: &str) -> Option<&str> {
    let (_, rest) = uri.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let named = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let named = named.split_once(':').map_or(named, |(host, _)| host);
    let is_address = named.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    host(named.as_bytes()).filter(|_| !is_address)
}

/// An address of 4 or 16 bytes in a network of address and mask.
fn is_in_network(address: &[u8], network: &[u8]) -> Option<bool> {
    if !matches!(address.len(), 4 | 16) || !matches!(network.len(), 8 | 32) {
        return None;
    }
    let (base, mask) = network.split_at(network.len() / 2);
    let mut bytes = address.iter().zip(base).zip(mask);
    Some(address.len() == base.len() && bytes.all(|((byte, base), mask)| byte & mask == base & mask))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_lie_in_their_own_domain_and_beneath_it() {
        for (host, base, inside) in [
            ("host.example.test", "example.test", true),
            ("EXAMPLE.test", "example.TEST", true),
            ("badexample.test", "example.test", false),
            ("host.example.test", ".example.test", true),
            ("example.test", ".example.test", false),
            ("test", "example.test", false),
            ("anything", "", true),
        ] {
            assert_eq!(is_host_in(host, base, true), inside, "{host} in {base}");
        }
        assert!(!is_host_in("host.example.test", "example.test", false));
    }

    #[test]
    fn mail_addresses_match_a_box_a_host_or_a_domain() {
        for (address, base, inside) in [
            ("a@example.test", "a@EXAMPLE.test", Some(true)),
            ("A@example.test", "a@example.test", Some(false)),
            ("a@example.test", "example.test", Some(true)),
            ("a@host.example.test", "example.test", Some(false)),
            ("a@host.example.test", ".example.test", Some(true)),
            ("a@example.test", ".example.test", Some(false)),
            ("no address", "example.test", None),
        ] {
            assert_eq!(is_mail_in(address, base), inside, "{address} in {base}");
        }
    }

    #[test]
    fn a_uri_is_compared_by_its_host_and_refused_without_one() {
        for (uri, host) in [
            ("http://host.example.test/a", Some("host.example.test")),
            ("https://user@host.test:80?x", Some("host.test")),
            ("http://evil.test/@host.test", Some("evil.test")),
            ("http://10.0.0.1/", None),
            ("http://[::1]/", None),
            ("urn:x", None),
            ("http:///x", None),
        ] {
            assert_eq!(uri_host(uri), host, "{uri}");
        }
    }

    #[test]
    fn addresses_lie_in_a_network_of_their_own_kind() {
        let network = [10, 1, 0, 0, 255, 255, 0, 0];
        assert_eq!(is_in_network(&[10, 1, 2, 3], &network), Some(true));
        assert_eq!(is_in_network(&[10, 2, 2, 3], &network), Some(false));
        assert_eq!(is_in_network(&[0; 16], &network), Some(false));
        assert_eq!(is_in_network(&[0; 5], &network), None);
        assert_eq!(is_in_network(&[0; 4], &network[..7]), None);
    }
}
