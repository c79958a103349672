use std::fmt;

use const_oid::ObjectIdentifier;

use crate::oid;

use super::CertError;
use super::SerialNumber;
use super::extension::extension;
use super::hex;
use super::shard_of;
use super::write;
use super::write::AccessDescription;
use super::write::GeneralName;
use super::write::Point;
use super::write::PolicyInformation;

/// An address with places for what differs between certificates: `{issuer}` stands for the identifier of the issuer's key
/// in lower-case hexadecimal, `{shard}` for the number of the part of the revocation list, from 0.
///
/// ```
/// # use eseal::cert::UrlTemplate;
/// let template = UrlTemplate::parse("http://crl.example.cn/{issuer}/{shard}.crl")?;
/// assert_eq!(template.url(&[0xab, 0x01], 7), "http://crl.example.cn/ab01/7.crl");
/// # Ok::<(), eseal::cert::CertError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UrlTemplate(String);

const ISSUER: &str = "{issuer}";
const SHARD: &str = "{shard}";

impl UrlTemplate {
    /// The longest address that is taken, in bytes: it stands in every certificate.
    pub const MAX_BYTES: usize = 512;

    /// Takes an absolute address of `http`, `https` or `ldap` in printable ASCII, which is what an IA5String may hold.
    ///
    /// # Errors
    /// [`CertError::ServiceAddress`].
    pub fn parse(text: &str) -> Result<Self, CertError> {
        let fault = || CertError::ServiceAddress { text: text.chars().take(64).collect() };
        let (scheme, rest) = text.split_once("://").ok_or_else(fault)?;
        let known = ["http", "https", "ldap"].contains(&scheme);
        let printable = text.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'<' | b'>' | b'"' | b'\\'));
        let filled = text.replace(ISSUER, "").replace(SHARD, "");
        if !known || !printable || rest.is_empty() || filled.contains(['{', '}']) || text.len() > Self::MAX_BYTES {
            return Err(fault());
        }
        Ok(Self(text.to_owned()))
    }

    /// The template as it was given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the address differs from part to part of the revocation list.
    #[must_use]
    pub fn is_sharded(&self) -> bool {
        self.0.contains(SHARD)
    }

    /// The address for an issuer's key identifier and a part.
    #[must_use]
    pub fn url(&self, issuer_key_id: &[u8], shard: u32) -> String {
        self.0.replace(ISSUER, &hex(issuer_key_id)).replace(SHARD, &shard.to_string())
    }
}

impl fmt::Display for UrlTemplate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a CA says about its services in every certificate that it issues: where its revocation lists and its responder
/// are, where its own certificate is, and by which policies it issues. The default says nothing.
///
/// Which of it goes into a certificate depends on the profile: a root has none, a responder neither lists nor responder.
///
/// ```
/// # use eseal::cert::Services;
/// let services = Services::default()
///     .with_crl("http://crl.example.cn/{issuer}/{shard}.crl", 16)?
///     .with_ocsp("http://ocsp.example.cn/")?
///     .with_policy("1.2.156.10260.4.99.1")?;
/// assert_eq!(services.points(&[0xab]).len(), 16);
/// # Ok::<(), eseal::cert::CertError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Services {
    crl: Option<(UrlTemplate, u32)>,
    ocsp: Option<UrlTemplate>,
    ca_issuers: Option<UrlTemplate>,
    policies: Vec<ObjectIdentifier>,
}

impl Services {
    /// The most parts of a revocation list: a thousand certificates in each at a hundred million.
    pub const MAX_SHARDS: u32 = 100_000;
    /// The most policies: they stand in every certificate.
    pub const MAX_POLICIES: usize = 16;

    /// Where the revocation lists are, and how many parts they have: one, or more when the address has `{shard}`.
    ///
    /// # Errors
    /// [`CertError::ServiceAddress`]; [`CertError::ServiceShards`] when the number and the address do not fit, or there
    /// are more than [`MAX_SHARDS`](Self::MAX_SHARDS).
    pub fn with_crl(mut self, template: &str, shards: u32) -> Result<Self, CertError> {
        let template = UrlTemplate::parse(template)?;
        let fits = if template.is_sharded() { 1..=Self::MAX_SHARDS } else { 1..=1 };
        if !fits.contains(&shards) {
            return Err(CertError::ServiceShards { shards });
        }
        self.crl = Some((template, shards));
        Ok(self)
    }

    /// Where the OCSP responder answers.
    ///
    /// # Errors
    /// [`CertError::ServiceAddress`].
    pub fn with_ocsp(mut self, url: &str) -> Result<Self, CertError> {
        self.ocsp = Some(unsharded(url)?);
        Ok(self)
    }

    /// Where the issuer's own certificate is.
    ///
    /// # Errors
    /// [`CertError::ServiceAddress`].
    pub fn with_ca_issuers(mut self, url: &str) -> Result<Self, CertError> {
        self.ca_issuers = Some(unsharded(url)?);
        Ok(self)
    }

    /// A policy by which the CA issues, in dots.
    ///
    /// # Errors
    /// [`CertError::ObjectIdentifier`] when it is none, comes twice, or there are more than
    /// [`MAX_POLICIES`](Self::MAX_POLICIES).
    pub fn with_policy(mut self, policy: &str) -> Result<Self, CertError> {
        add_policy(&mut self.policies, policy)?;
        Ok(self)
    }

    /// Where the revocation lists are.
    #[must_use]
    pub fn crl(&self) -> Option<&UrlTemplate> {
        self.crl.as_ref().map(|(template, _)| template)
    }

    /// How many parts the revocation list has; 1 for one that is whole.
    #[must_use]
    pub fn shards(&self) -> u32 {
        self.crl.as_ref().map_or(1, |(_, shards)| *shards)
    }

    /// Where the OCSP responder answers.
    #[must_use]
    pub const fn ocsp(&self) -> Option<&UrlTemplate> {
        self.ocsp.as_ref()
    }

    /// Where the issuer's own certificate is.
    #[must_use]
    pub const fn ca_issuers(&self) -> Option<&UrlTemplate> {
        self.ca_issuers.as_ref()
    }

    /// The policies, in dots.
    #[must_use]
    pub fn policies(&self) -> Vec<String> {
        self.policies.iter().map(ToString::to_string).collect()
    }

    /// The addresses of all parts of an issuer's revocation list, in the order of their numbers; empty when no address is
    /// known.
    #[must_use]
    pub fn points(&self, issuer_key_id: &[u8]) -> Vec<String> {
        let Some((template, shards)) = &self.crl else { return Vec::new() };
        (0..*shards).map(|shard| template.url(issuer_key_id, shard)).collect()
    }

    /// The address of the list on which a certificate would stand.
    #[must_use]
    pub fn point_of(&self, issuer_key_id: &[u8], serial: &SerialNumber) -> Option<String> {
        let (template, shards) = self.crl.as_ref()?;
        Some(template.url(issuer_key_id, shard_of(serial, *shards)))
    }

    /// The encoded certificatePolicies.
    pub(super) fn policies_extension(&self) -> Option<Vec<u8>> {
        policies_extension(&self.policies)
    }

    /// The encoded cRLDistributionPoints with the part that the serial number belongs to; RFC 5280, 4.2.1.13.
    pub(super) fn points_extension(&self, issuer_key_id: &[u8], serial: &SerialNumber) -> Option<Vec<u8>> {
        let url = self.point_of(issuer_key_id, serial)?;
        let point = Point::uri(&url).expect("an address is printable ASCII");
        Some(extension(&oid::CRL_DISTRIBUTION_POINTS, false, &write::encode(&vec![point])))
    }

    /// The encoded authorityInfoAccess; RFC 5280, 4.2.2.1.
    pub(super) fn access_extension(&self, issuer_key_id: &[u8]) -> Option<Vec<u8>> {
        let methods = [(oid::ACCESS_OCSP, &self.ocsp), (oid::ACCESS_CA_ISSUERS, &self.ca_issuers)];
        let urls: Vec<_> = methods
            .into_iter()
            .filter_map(|(method, template)| Some((method, template.as_ref()?.url(issuer_key_id, 0))))
            .collect();
        let list: Vec<_> = urls
            .iter()
            .map(|(method, url)| {
                let location = GeneralName::uri(url).expect("an address is printable ASCII");
                AccessDescription { method: *method, location }
            })
            .collect();
        (!list.is_empty()).then(|| extension(&oid::AUTHORITY_INFO_ACCESS, false, &write::encode(&list)))
    }
}

fn unsharded(url: &str) -> Result<UrlTemplate, CertError> {
    let template = UrlTemplate::parse(url)?;
    if template.is_sharded() {
        return Err(CertError::ServiceAddress { text: url.chars().take(64).collect() });
    }
    Ok(template)
}

/// Adds a policy in dots to others.
pub(super) fn add_policy(policies: &mut Vec<ObjectIdentifier>, policy: &str) -> Result<(), CertError> {
    let kind = identifier(policy)?;
    if policies.contains(&kind) || policies.len() == Services::MAX_POLICIES {
        return Err(CertError::ObjectIdentifier { text: kind.to_string() });
    }
    policies.push(kind);
    Ok(())
}

/// The encoded certificatePolicies, if there are any; RFC 5280, 4.2.1.4.
pub(super) fn policies_extension(policies: &[ObjectIdentifier]) -> Option<Vec<u8>> {
    let list: Vec<_> = policies.iter().map(|policy| PolicyInformation { policy: *policy }).collect();
    (!list.is_empty()).then(|| extension(&oid::CERTIFICATE_POLICIES, false, &write::encode(&list)))
}

/// An object identifier in dots.
pub(super) fn identifier(text: &str) -> Result<ObjectIdentifier, CertError> {
    ObjectIdentifier::new(text).map_err(|_| CertError::ObjectIdentifier { text: text.chars().take(64).collect() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_absolute_printable_and_has_only_known_places() {
        for text in ["http://a", "https://a/b?c=d", "ldap://a/cn=x", "http://a/{issuer}-{shard}.crl"] {
            assert_eq!(UrlTemplate::parse(text).unwrap().as_str(), text);
        }
        let long = format!("http://{}", "a".repeat(UrlTemplate::MAX_BYTES));
        let bad =
            ["", "a", "/a", "ftp://a", "http://", "http://印章", "http://a b", "http://a\n", "http://{host}/", &long];
        for text in bad {
            assert!(matches!(UrlTemplate::parse(text), Err(CertError::ServiceAddress { .. })), "{text}");
        }
    }

    #[test]
    fn parts_and_the_place_for_their_number_go_together() {
        let crl = |url, shards| Services::default().with_crl(url, shards);
        assert_eq!(crl("http://a/{shard}", 4).unwrap().shards(), 4);
        assert_eq!(crl("http://a/", 1).unwrap().points(&[]), ["http://a/"]);
        for (url, shards) in
            [("http://a/", 2), ("http://a/", 0), ("http://a/{shard}", 0), ("http://a/{shard}", 100_001)]
        {
            assert_eq!(crl(url, shards), Err(CertError::ServiceShards { shards }));
        }
        assert!(Services::default().with_ocsp("http://a/{shard}").is_err());
        assert!(Services::default().points(&[1]).is_empty());
    }

    #[test]
    fn a_certificate_stands_on_one_of_the_points() {
        let services = Services::default().with_crl("http://a/{issuer}/{shard}", 8).unwrap();
        let points = services.points(&[0xcd]);
        for byte in 1..50 {
            let serial = SerialNumber::from_bytes(&[byte]).unwrap();
            assert!(points.contains(&services.point_of(&[0xcd], &serial).unwrap()));
        }
    }

    #[test]
    fn a_policy_is_an_identifier_and_comes_once() {
        let services = Services::default().with_policy("1.2.3").unwrap();
        for policy in ["1.2.3", "", "1", "a.b", "1.2.3."] {
            assert!(
                matches!(services.clone().with_policy(policy), Err(CertError::ObjectIdentifier { .. })),
                "{policy}"
            );
        }
        assert_eq!(services.policies(), ["1.2.3"]);
    }
}
