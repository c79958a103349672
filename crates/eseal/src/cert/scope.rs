//! Which certificates a revocation list is about, and whether it is whole or a delta; RFC 5280, 5.2.4 and 5.2.5.

use crate::oid;

use super::CertError;
use super::Certificate;
use super::ExtensionInfo;
use super::asn1;
use super::asn1::Reader;

/// GeneralName, uniformResourceIdentifier.
pub(super) const URI: u8 = 0x86;

/// The reasons that a list may be limited to, as the bits of ReasonFlags; RFC 5280, 4.2.1.13.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Reasons(u16);

impl Reasons {
    /// Says nothing by silence.
    pub(super) const NONE: Self = Self(0);
    /// Bits 1 to 8; bit 0 is not used.
    pub(super) const ALL: Self = Self(0x01fe);

    /// Whether a hold is among them.
    pub(super) const fn has_hold(self) -> bool {
        self.0 & 1 << 6 != 0
    }

    pub(super) const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether there is no reason that the set lacks.
    pub(super) const fn is_all(self) -> bool {
        self.0 & Self::ALL.0 == Self::ALL.0
    }

    /// The content of a BIT STRING.
    fn read(content: &[u8]) -> Option<Self> {
        let [0..=7, bytes @ ..] = content else { return None };
        let bits = (0..16_usize).filter(|bit| bytes.get(bit / 8).is_some_and(|byte| byte & 0x80 >> (bit % 8) != 0));
        Some(Self(bits.fold(0, |set, bit| set | 1 << bit)))
    }
}

/// What a list is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Part {
    users_only: bool,
    cas_only: bool,
    pub(super) reasons: Reasons,
    /// The names of the distribution point (encoded GeneralNames), if the list is one part of several.
    point: Option<Vec<Box<[u8]>>>,
}

/// The scope of a list, or why it cannot be used.
#[derive(Clone, Debug)]
pub(super) struct Scope {
    obstacle: Option<&'static str>,
    /// For a delta list the number of its base.
    base: Option<Box<[u8]>>,
    pub(super) part: Part,
}

impl Scope {
    pub(super) const fn new() -> Self {
        let part = Part { users_only: false, cas_only: false, reasons: Reasons::ALL, point: None };
        Self { obstacle: None, base: None, part }
    }

    pub(super) fn refuse(&mut self, what: &'static str) {
        self.obstacle.get_or_insert(what);
    }

    pub(super) const fn obstacle(&self) -> Option<&'static str> {
        self.obstacle
    }

    pub(super) fn base(&self) -> Option<&[u8]> {
        self.base.as_deref()
    }

    /// The first URI of the distribution point.
    pub(super) fn point(&self) -> Option<&str> {
        let names = self.part.point.as_ref()?;
        names.iter().find_map(|name| {
            let name = Reader::new(name, "distributionPoint").take(URI).ok()??;
            std::str::from_utf8(name.content).ok()
        })
    }

    /// Takes an extension of the list into account.
    pub(super) fn take(&mut self, extension: &ExtensionInfo<'_>) -> Result<(), CertError> {
        match extension.kind {
            oid::ISSUING_DISTRIBUTION_POINT => self.issuing_distribution_point(extension.value)?,
            // A delta list says only what has changed, whether or not it is marked critical.
            oid::DELTA_CRL_INDICATOR => {
                let mut reader = Reader::new(extension.value, "deltaCRLIndicator");
                self.base = Some(reader.integer()?.into());
                reader.end()?;
            }
            _ if extension.critical => self.refuse(extension.name().unwrap_or("unknown")),
            _ => {}
        }
        Ok(())
    }

    fn issuing_distribution_point(&mut self, value: &[u8]) -> Result<(), CertError> {
        let mut reader = Reader::open(value, asn1::SEQUENCE, "issuingDistributionPoint")?;
        while !reader.is_empty() {
            let element = reader.next()?;
            match (element.tag, element.content) {
                (0xa0, name) => match full_name(name) {
                    Some(names) => self.part.point = Some(names),
                    None => self.refuse("nameRelativeToCRLIssuer"),
                },
                // A FALSE that is written out although it is the default.
                (0x81 | 0x82 | 0x84 | 0x85, [0]) => {}
                (0x81, [0xff]) => self.part.users_only = true,
                (0x82, [0xff]) => self.part.cas_only = true,
                (0x83, flags) => self.part.reasons = Reasons::read(flags).ok_or_else(|| reader.fault())?,
                (0x84, [0xff]) => self.refuse("indirectCRL"),
                (0x85, [0xff]) => self.refuse("onlyContainsAttributeCerts"),
                _ => return Err(reader.fault()),
            }
        }
        Ok(())
    }
}

impl Part {
    /// Whether the certificate is of the kind and of the distribution point that the list is about.
    pub(super) fn covers(&self, certificate: &Certificate) -> bool {
        if (self.users_only && certificate.is_ca()) || (self.cas_only && !certificate.is_ca()) {
            return false;
        }
        let Some(names) = &self.point else { return true };
        let points = certificate.extension(&oid::CRL_DISTRIBUTION_POINTS);
        points.is_some_and(|points| names_a_point(points.value, names).unwrap_or(false))
    }
}

/// The GeneralNames in `DistributionPointName`, if it is a full name.
fn full_name(value: &[u8]) -> Option<Vec<Box<[u8]>>> {
    let mut reader = Reader::new(value, "distributionPoint");
    let mut names = reader.enter(asn1::context(0)).ok()?;
    reader.end().ok()?;
    let mut list = Vec::new();
    while !names.is_empty() {
        list.push(names.next().ok()?.whole.into());
    }
    Some(list)
}

/// Whether cRLDistributionPoints of a certificate has one of the names, at a point that its own issuer answers for.
fn names_a_point(value: &[u8], names: &[Box<[u8]>]) -> Result<bool, CertError> {
    Ok(own_points(value)?.iter().any(|name| names.contains(name)))
}

/// The names of those points in cRLDistributionPoints that the certificate's own issuer answers for.
fn own_points(value: &[u8]) -> Result<Vec<Box<[u8]>>, CertError> {
    let mut points = Reader::open(value, asn1::SEQUENCE, "cRLDistributionPoints")?;
    let mut names = Vec::new();
    while !points.is_empty() {
        let mut point = points.enter(asn1::SEQUENCE)?;
        let Some(name) = point.take(asn1::context(0))? else { continue };
        point.take(0x81)?;
        // A point with cRLIssuer is another issuer's to answer for: an indirect list, which is not read.
        if point.take(asn1::context(2))?.is_none() {
            names.extend(full_name(name.content).unwrap_or_default());
        }
    }
    Ok(names)
}

impl Certificate {
    /// The addresses at which its issuer's revocation lists are to be had (cRLDistributionPoints), as the certificate
    /// names them. Names of directories are left out, and so is everything if the extension is malformed.
    #[must_use]
    pub fn distribution_points(&self) -> Vec<String> {
        let names = self.extension(&oid::CRL_DISTRIBUTION_POINTS).and_then(|points| own_points(points.value).ok());
        let address = |name: &[u8]| {
            let name = Reader::new(name, "distributionPoint").take(URI).ok()??;
            std::str::from_utf8(name.content).ok().map(str::to_owned)
        };
        names.unwrap_or_default().iter().filter_map(|name| address(name)).collect()
    }
}
