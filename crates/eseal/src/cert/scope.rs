//! Which certificates a revocation list is about, and whether it is whole or a delta; RFC 5280, 5.2.4 and 5.2.5.

use crate::oid;

use super::CertError;
use super::Certificate;
use super::ExtensionInfo;
use super::asn1;
use super::asn1::Reader;

/// GeneralName, uniformResourceIdentifier.
pub(super) const URI: u8 = 0x86;

/// What a list is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Part {
    users_only: bool,
    cas_only: bool,
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
        let part = Part { users_only: false, cas_only: false, point: None };
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
                (0x83, _) => self.refuse("onlySomeReasons"),
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
    let mut points = Reader::open(value, asn1::SEQUENCE, "cRLDistributionPoints")?;
    while !points.is_empty() {
        let mut point = points.enter(asn1::SEQUENCE)?;
        let Some(name) = point.take(asn1::context(0))? else { continue };
        point.take(0x81)?;
        // A point with cRLIssuer is another issuer's to answer for: an indirect list, which is not read.
        if point.take(asn1::context(2))?.is_some() {
            continue;
        }
        let here = full_name(name.content).unwrap_or_default();
        if here.iter().any(|name| names.contains(name)) {
            return Ok(true);
        }
    }
    Ok(false)
}
