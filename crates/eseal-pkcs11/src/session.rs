use std::fmt;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;

use cryptoki::context::Pkcs11;
use cryptoki::error::Error;
use cryptoki::error::RvError;
use cryptoki::mechanism::MechanismType;
use cryptoki::object::Attribute;
use cryptoki::object::AttributeType;
use cryptoki::object::KeyType;
use cryptoki::object::ObjectClass;
use cryptoki::object::ObjectHandle;
use cryptoki::session::Session;
use cryptoki::slot::Slot;
use eseal::cert::Certificate;
use eseal::key::PublicKey;

use crate::Pkcs11Decrypter;
use crate::Pkcs11Error;
use crate::Pkcs11Signer;
use crate::Pkcs11Uri;
use crate::mechanism::mechanism_type;

/// The most objects of a kind that are looked at: a token holds some tens.
const MAX_OBJECTS: usize = 1024;
/// `CKA_EC_PARAMS` of the curve sm2p256v1: its object identifier in DER.
const SM2_CURVE: [u8; 10] = [0x06, 0x08, 0x2A, 0x81, 0x1C, 0xCF, 0x55, 0x01, 0x82, 0x2D];

/// What pairs the objects of one key in a token (`CKA_ID`).
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct ObjectId(pub Vec<u8>);

impl fmt::Display for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ObjectId({self})")
    }
}

/// A certificate in a token.
#[derive(Clone, Debug)]
pub struct Pkcs11Certificate {
    /// The certificate, not judged.
    pub certificate: Certificate,
    /// What pairs it with its key.
    pub id: ObjectId,
    /// Its label.
    pub label: String,
}

/// An open, logged-in session with a token. Signers that were taken from it keep it open.
///
/// A session is one conversation with the device: what several threads ask of it is answered one after another.
#[derive(Clone)]
pub struct Pkcs11Session {
    shared: Arc<Shared>,
}

impl fmt::Debug for Pkcs11Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pkcs11Session")
    }
}

/// A session with its gate.
pub(crate) struct Shared {
    session: Mutex<Session>,
    context: Pkcs11,
    slot: Slot,
}

impl Shared {
    pub(crate) fn session(&self) -> MutexGuard<'_, Session> {
        // Nothing of ours is half done when a panic passes through: the session has no state between calls.
        self.session.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The mechanism with this number, if the token offers it.
    fn offered(&self, number: u64) -> Result<MechanismType, Pkcs11Error> {
        let kind = mechanism_type(number)?;
        // Not by the list of mechanisms: the binding leaves out of it what it has no name for.
        match self.context.get_mechanism_info(self.slot, kind) {
            Ok(_) => Ok(kind),
            Err(Error::Pkcs11(RvError::MechanismInvalid, _)) => Err(Pkcs11Error::NoMechanism { number }),
            Err(error) => Err(error.into()),
        }
    }
}

/// A private key that was found.
struct Found {
    handle: ObjectHandle,
    id: Vec<u8>,
    point: Option<Vec<u8>>,
    always_authenticate: bool,
}

impl Pkcs11Session {
    pub(crate) fn new(session: Session, context: Pkcs11, slot: Slot) -> Self {
        Self { shared: Arc::new(Shared { session: Mutex::new(session), context, slot }) }
    }

    /// The certificates in the token that fit the URI's `object` and `id`, in the order of the token. Those that cannot be
    /// read are left out.
    ///
    /// # Errors
    /// [`Pkcs11Error::Refused`].
    pub fn certificates(&self, uri: &Pkcs11Uri) -> Result<Vec<Pkcs11Certificate>, Pkcs11Error> {
        self.certificates_like(uri.object.as_deref(), uri.id.as_deref())
    }

    /// The certificates in the token for this public key, whatever their labels.
    ///
    /// # Errors
    /// [`Pkcs11Error::Refused`].
    pub fn certificates_of(&self, public: &PublicKey) -> Result<Vec<Pkcs11Certificate>, Pkcs11Error> {
        let mut certificates = self.certificates_like(None, None)?;
        certificates.retain(|one| one.certificate.public_key().is_ok_and(|key| key == public));
        Ok(certificates)
    }

    fn certificates_like(&self, label: Option<&str>, id: Option<&[u8]>) -> Result<Vec<Pkcs11Certificate>, Pkcs11Error> {
        let session = self.shared.session();
        let wanted = [AttributeType::Value, AttributeType::Id, AttributeType::Label];
        let mut certificates = Vec::new();
        for object in objects(&session, ObjectClass::CERTIFICATE, label, id)? {
            let (mut der, mut id, mut label) = (None, Vec::new(), String::new());
            for attribute in session.get_attributes(object, &wanted)? {
                match attribute {
                    Attribute::Value(value) => der = Some(value),
                    Attribute::Id(value) => id = value,
                    Attribute::Label(value) => label = String::from_utf8_lossy(&value).trim_end().to_owned(),
                    _ => {}
                }
            }
            if let Some(certificate) = der.and_then(|der| Certificate::from_der(&der).ok()) {
                certificates.push(Pkcs11Certificate { certificate, id: ObjectId(id), label });
            }
        }
        Ok(certificates)
    }

    /// A signer for the one SM2 key that fits the URI.
    ///
    /// # Errors
    /// [`Pkcs11Error::NoKey`], [`Pkcs11Error::SeveralKeys`], [`Pkcs11Error::NoPublicKey`],
    /// [`Pkcs11Error::AlwaysAuthenticate`]; [`Pkcs11Error::NoMechanism`]; [`Pkcs11Error::Refused`].
    pub fn signer(&self, uri: &Pkcs11Uri) -> Result<Pkcs11Signer, Pkcs11Error> {
        self.signer_of(uri, |_| true)
    }

    /// A signer for the key of a certificate, wherever in the token it lies.
    ///
    /// # Errors
    /// As [`Self::signer`].
    pub fn signer_for(&self, certificate: &Certificate, uri: &Pkcs11Uri) -> Result<Pkcs11Signer, Pkcs11Error> {
        let wanted = certificate.public_key().map_err(|_| Pkcs11Error::NoKey)?;
        self.signer_of(uri, |public| public == wanted)
    }

    fn signer_of(&self, uri: &Pkcs11Uri, fits: impl Fn(&PublicKey) -> bool) -> Result<Pkcs11Signer, Pkcs11Error> {
        let mechanism = self.shared.offered(uri.mechanisms().sign)?;
        let (handle, public) = self.key(uri, fits)?;
        Ok(Pkcs11Signer::new(Arc::clone(&self.shared), handle, public, mechanism))
    }

    /// Opens what was encrypted to the key of a certificate.
    ///
    /// # Errors
    /// [`Pkcs11Error::NoDecryption`]; otherwise as [`Self::signer`].
    pub fn decrypter_for(&self, certificate: &Certificate, uri: &Pkcs11Uri) -> Result<Pkcs11Decrypter, Pkcs11Error> {
        let decryption = uri.mechanisms().decrypt.ok_or(Pkcs11Error::NoDecryption)?;
        let mechanism = self.shared.offered(decryption.mechanism)?;
        let wanted = certificate.public_key().map_err(|_| Pkcs11Error::NoKey)?;
        let (handle, public) = self.key(uri, |public| public == wanted)?;
        Ok(Pkcs11Decrypter::new(Arc::clone(&self.shared), handle, public, mechanism, decryption.form))
    }

    /// The one private key that fits, with its public half.
    fn key(
        &self,
        uri: &Pkcs11Uri,
        fits: impl Fn(&PublicKey) -> bool,
    ) -> Result<(ObjectHandle, PublicKey), Pkcs11Error> {
        let session = self.shared.session();
        let found = private_keys(&session, uri)?;
        let (mut without_public, mut fitting) = (false, Vec::new());
        for key in found {
            match public_half(&session, &key)? {
                Some(public) if fits(&public) => fitting.push((key, public)),
                Some(_) => {}
                None => without_public = true,
            }
        }
        match fitting.len() {
            0 if without_public => Err(Pkcs11Error::NoPublicKey),
            0 => Err(Pkcs11Error::NoKey),
            1 => {
                let (key, public) = fitting.remove(0);
                if key.always_authenticate { Err(Pkcs11Error::AlwaysAuthenticate) } else { Ok((key.handle, public)) }
            }
            count => Err(Pkcs11Error::SeveralKeys { count }),
        }
    }
}

/// The objects of a class with this label and number.
fn objects(
    session: &Session,
    class: ObjectClass,
    label: Option<&str>,
    id: Option<&[u8]>,
) -> Result<Vec<ObjectHandle>, Pkcs11Error> {
    let mut template = vec![Attribute::Class(class)];
    template.extend(label.map(|label| Attribute::Label(label.into())));
    template.extend(id.map(|id| Attribute::Id(id.to_vec())));
    let mut objects = session.find_objects(&template)?;
    objects.truncate(MAX_OBJECTS);
    Ok(objects)
}

/// The private keys that are SM2 keys: by the maker's type, or by their curve.
#[allow(clippy::useless_conversion, reason = "the binding's numbers are half as wide on Windows")]
fn private_keys(session: &Session, uri: &Pkcs11Uri) -> Result<Vec<Found>, Pkcs11Error> {
    let wanted = [
        AttributeType::KeyType,
        AttributeType::Id,
        AttributeType::EcParams,
        AttributeType::EcPoint,
        AttributeType::AlwaysAuthenticate,
    ];
    let mut keys = Vec::new();
    for handle in objects(session, ObjectClass::PRIVATE_KEY, uri.object.as_deref(), uri.id.as_deref())? {
        let mut found = Found { handle, id: Vec::new(), point: None, always_authenticate: false };
        let (mut kind, mut curve) = (None, None);
        // One by one: a module that minds one attribute still tells the others.
        for attribute in wanted.iter().filter_map(|one| attribute(session, handle, *one)) {
            match attribute {
                Attribute::KeyType(value) => kind = Some(value),
                Attribute::Id(value) => found.id = value,
                Attribute::EcParams(value) => curve = Some(value),
                Attribute::EcPoint(value) => found.point = Some(value),
                Attribute::AlwaysAuthenticate(value) => found.always_authenticate = value,
                _ => {}
            }
        }
        let number = kind.map(|kind| u64::from(*kind));
        let of_maker = number.is_some() && number == uri.mechanisms().key_type;
        if of_maker || (kind == Some(KeyType::EC) && curve.as_deref() == Some(&SM2_CURVE[..])) {
            keys.push(found);
        }
    }
    Ok(keys)
}

fn attribute(session: &Session, object: ObjectHandle, wanted: AttributeType) -> Option<Attribute> {
    session.get_attributes(object, &[wanted]).ok()?.into_iter().next()
}

/// The public half of a key: from its public object, from the private one where a maker put it, or from its certificate.
fn public_half(session: &Session, key: &Found) -> Result<Option<PublicKey>, Pkcs11Error> {
    for class in [ObjectClass::PUBLIC_KEY, ObjectClass::CERTIFICATE] {
        if key.id.is_empty() {
            break;
        }
        for handle in objects(session, class, None, Some(&key.id))? {
            let public = match class {
                ObjectClass::PUBLIC_KEY => match attribute(session, handle, AttributeType::EcPoint) {
                    Some(Attribute::EcPoint(point)) => point_of(&point),
                    _ => None,
                },
                _ => match attribute(session, handle, AttributeType::Value) {
                    Some(Attribute::Value(der)) => {
                        Certificate::from_der(&der).ok().and_then(|one| one.public_key().ok().cloned())
                    }
                    _ => None,
                },
            };
            if public.is_some() {
                return Ok(public);
            }
        }
    }
    Ok(key.point.as_deref().and_then(point_of))
}

/// `CKA_EC_POINT`: an OCTET STRING of the point, as the standard has it; the point; or its coordinates alone.
fn point_of(bytes: &[u8]) -> Option<PublicKey> {
    let point = match bytes {
        [0x04, 0x41, point @ ..] if point.len() == 65 => point.to_vec(),
        point if point.len() == 65 => point.to_vec(),
        coordinates if coordinates.len() == 64 => [&[0x04], coordinates].concat(),
        _ => return None,
    };
    PublicKey::from_sec1(&point).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use eseal::key::SecretKey;

    #[test]
    fn a_point_is_read_in_the_three_forms_that_are_met() {
        let key = SecretKey::from_bytes(&[7; 32]).unwrap();
        let point = key.public_key().to_sec1();
        for form in [[&[0x04, 0x41][..], &point].concat(), point.to_vec(), point[1..].to_vec()] {
            assert_eq!(point_of(&form).as_ref(), Some(key.public_key()));
        }
        let mut off = point;
        off[64] ^= 1;
        for bad in [&off[..], &point[..64], &[], &[0x04, 0x41, 0x04]] {
            assert_eq!(point_of(bad).filter(|found| found == key.public_key()), None);
        }
        assert_eq!(ObjectId(vec![1, 0xab]).to_string(), "01ab");
    }
}
