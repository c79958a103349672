//! The construction of the container: how a secret is sealed, and which key opens which slot.

use zeroize::Zeroizing;

use crate::sm::Sm4Key;
use crate::sm::SmError;
use crate::sm::ct_eq;
use crate::sm::hkdf_sm3;
use crate::sm::hmac_sm3;
use crate::sm::random;
use crate::sm::sm4_ctr;

/// A key of 32 bytes that wipes itself.
pub(super) type Key = Zeroizing<[u8; 32]>;

pub(super) const CONTEXT_SECRETS: &[u8] = b"eseal token v1 secrets";
pub(super) const CONTEXT_SLOT: &[u8] = b"eseal token v1 slot";
pub(super) const CONTEXT_PENDING: &[u8] = b"eseal token v1 pending";
const CONTEXT_STATE: &[u8] = b"eseal token v1 state";

const SALT: usize = 32;
const TAG: usize = 32;

/// What a wrapping key is for; the word is part of its derivation and of what the slot's tag covers.
#[derive(Clone, Copy)]
pub(super) enum Purpose {
    Pin,
    Unlock,
    Recovery,
    /// Not a slot: what a device keeps while it waits for a grant.
    Pending,
}

impl Purpose {
    const fn info(self) -> &'static [u8] {
        match self {
            Self::Pin => b"eseal token v1 pin",
            Self::Unlock => b"eseal token v1 unlock",
            Self::Recovery => b"eseal token v1 recovery",
            Self::Pending => b"eseal token v1 pending key",
        }
    }

    const fn word(self) -> &'static [u8] {
        match self {
            Self::Pin => b"pin",
            Self::Unlock => b"unlock",
            Self::Recovery => b"recovery",
            Self::Pending => b"pending",
        }
    }
}

/// What ties a sealed value to one token and one sealing of it: serial ‖ epoch.
#[derive(Clone, Copy)]
pub(super) struct Binding([u8; 24]);

impl Binding {
    pub(super) fn new(serial: &[u8; 16], epoch: u64) -> Self {
        let mut bytes = [0; 24];
        bytes[..16].copy_from_slice(serial);
        bytes[16..].copy_from_slice(&epoch.to_be_bytes());
        Self(bytes)
    }

    pub(super) const fn as_bytes(&self) -> &[u8; 24] {
        &self.0
    }
}

/// A new key from the randomness of the operating system.
pub(super) fn new_key() -> Result<Key, SmError> {
    let mut key = Zeroizing::new([0; 32]);
    random(key.as_mut())?;
    Ok(key)
}

/// The key that wraps the data key in a slot: HKDF(secret ‖ device secret, if bound; salt B; info by purpose).
pub(super) fn wrapping_key(secret: &[u8], device: Option<&[u8; 32]>, binding: &Binding, purpose: Purpose) -> Key {
    // Room for all of it at once: a vector that grows leaves a copy behind.
    let mut material = Zeroizing::new(Vec::with_capacity(secret.len() + 32));
    material.extend_from_slice(secret);
    if let Some(device) = device {
        material.extend_from_slice(device);
    }
    let mut key = Zeroizing::new([0; 32]);
    hkdf_sm3(&material, &binding.0, purpose.info(), key.as_mut());
    key
}

/// Wraps the data key for a slot.
pub(super) fn wrap(key: &Key, binding: &Binding, purpose: Purpose, data_key: &Key) -> Result<Vec<u8>, SmError> {
    seal(key, CONTEXT_SLOT, &[&binding.0, purpose.word()], data_key.as_ref())
}

/// Unwraps the data key of a slot, if the slot opens.
pub(super) fn unwrap(key: &Key, binding: &Binding, purpose: Purpose, wrapped: &[u8]) -> Option<Key> {
    let opened = open(key, CONTEXT_SLOT, &[&binding.0, purpose.word()], wrapped)?;
    let mut data_key = Zeroizing::new([0; 32]);
    if opened.len() != 32 {
        return None;
    }
    data_key.copy_from_slice(&opened);
    Some(data_key)
}

/// The tag over what a device-bound token holds outside its seals.
pub(super) fn state_mac(device: &[u8; 32], binding: &Binding, parts: &[&[u8]]) -> [u8; 32] {
    let mut key = Zeroizing::new([0; 32]);
    hkdf_sm3(device, &binding.0, CONTEXT_STATE, key.as_mut());
    hmac_sm3(key.as_ref(), parts)
}

struct Derived {
    cipher: Sm4Key,
    iv: Zeroizing<[u8; 16]>,
    mac: Key,
}

fn derive(key: &[u8; 32], salt: &[u8], context: &[u8]) -> Derived {
    let mut output = Zeroizing::new([0; 64]);
    hkdf_sm3(key, salt, context, output.as_mut());
    let mut cipher = Zeroizing::new([0; 16]);
    cipher.copy_from_slice(&output[..16]);
    let mut iv = Zeroizing::new([0; 16]);
    iv.copy_from_slice(&output[16..32]);
    let mut mac = Zeroizing::new([0; 32]);
    mac.copy_from_slice(&output[32..]);
    Derived { cipher: Sm4Key::from_bytes(*cipher), iv, mac }
}

fn tag(derived: &Derived, aad: &[&[u8]], cipher: &[u8]) -> [u8; 32] {
    let length = aad.iter().map(|part| part.len() as u64).sum::<u64>().to_be_bytes();
    let mut parts: Vec<&[u8]> = vec![&length];
    parts.extend_from_slice(aad);
    parts.push(cipher);
    hmac_sm3(derived.mac.as_ref(), &parts)
}

/// Seals a secret: salt ‖ SM4-CTR ‖ HMAC-SM3, keys by HKDF from a fresh salt.
///
/// Encrypt-then-MAC with a tag of 32 bytes commits to the key and has no nonce to repeat.
pub(super) fn seal(key: &[u8; 32], context: &[u8], aad: &[&[u8]], secret: &[u8]) -> Result<Vec<u8>, SmError> {
    let mut salt = [0; SALT];
    random(&mut salt)?;
    Ok(seal_with(key, context, aad, secret, &salt))
}

fn seal_with(key: &[u8; 32], context: &[u8], aad: &[&[u8]], secret: &[u8], salt: &[u8; SALT]) -> Vec<u8> {
    let derived = derive(key, salt, context);
    let mut sealed = Vec::with_capacity(SALT + secret.len() + TAG);
    sealed.extend_from_slice(salt);
    sealed.extend_from_slice(secret);
    sm4_ctr(&derived.cipher, &derived.iv, &mut sealed[SALT..]);
    let tag = tag(&derived, aad, &sealed[SALT..]);
    sealed.extend_from_slice(&tag);
    sealed
}

/// Opens what [`seal`] made, if key, context and additional data are the same and nothing was changed.
pub(super) fn open(key: &[u8; 32], context: &[u8], aad: &[&[u8]], sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let (salt, rest) = sealed.split_at_checked(SALT)?;
    let (cipher, given) = rest.split_at_checked(rest.len().checked_sub(TAG)?)?;
    let derived = derive(key, salt, context);
    if !ct_eq(&tag(&derived, aad, cipher), given) {
        return None;
    }
    let mut secret = Zeroizing::new(cipher.to_vec());
    sm4_ctr(&derived.cipher, &derived.iv, &mut secret);
    Some(secret)
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::sm::pbkdf2_sm3;
    use crate::test_support::shared;

    fn bytes(value: &Value) -> Vec<u8> {
        let hex = value.as_str().unwrap();
        (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
    }

    fn array<const N: usize>(value: &Value) -> [u8; N] {
        bytes(value).try_into().unwrap()
    }

    fn vectors() -> Option<Value> {
        let file = shared()?.join("samples/vectors/token/seal-construction.json");
        Some(serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap())
    }

    #[test]
    fn the_published_seal_comes_out_byte_for_byte() {
        let Some(vectors) = vectors() else { return };
        let seal = &vectors["seal"];
        let (key, salt) = (array(&seal["key"]), array(&seal["salt"]));
        let (context, aad) = (seal["context"].as_str().unwrap().as_bytes(), bytes(&seal["aad"]));
        let derived = derive(&key, &salt, context);
        assert_eq!((derived.iv.to_vec(), derived.mac.to_vec()), (bytes(&seal["iv"]), bytes(&seal["mk"])));
        let sealed = seal_with(&key, context, &[&aad], &bytes(&seal["plaintext"]), &salt);
        assert_eq!(sealed, bytes(&seal["sealed"]));
        assert_eq!(open(&key, context, &[&aad], &sealed).unwrap().to_vec(), bytes(&seal["plaintext"]));
    }

    #[test]
    fn the_published_slots_come_out_byte_for_byte() {
        let Some(vectors) = vectors() else { return };
        let (pin, unlock) = (&vectors["pin_slot"], &vectors["unlock_slot"]);
        let binding = Binding::new(&array(&pin["token_serial"]), pin["epoch"].as_u64().unwrap());
        let device = array(&pin["device_secret"]);
        let data_key = Zeroizing::new(array(&pin["dek"]));

        let mut stretched = Zeroizing::new([0; 32]);
        let iterations = u32::try_from(pin["iterations"].as_u64().unwrap()).unwrap();
        pbkdf2_sm3(pin["pin_utf8"].as_str().unwrap().as_bytes(), &bytes(&pin["salt"]), iterations, stretched.as_mut());
        assert_eq!(stretched.to_vec(), bytes(&pin["stretched"]));
        let alone = wrapping_key(stretched.as_ref(), None, &binding, Purpose::Pin);
        assert_eq!(alone.to_vec(), bytes(&pin["kek_without_device"]));
        let bound = wrapping_key(stretched.as_ref(), Some(&device), &binding, Purpose::Pin);
        assert_eq!(bound.to_vec(), bytes(&pin["kek"]));
        let aad: &[&[u8]] = &[binding.as_bytes(), Purpose::Pin.word()];
        assert_eq!(
            seal_with(&bound, CONTEXT_SLOT, aad, data_key.as_ref(), &array(&pin["slot_salt"])),
            bytes(&pin["slot"])
        );
        assert_eq!(unwrap(&bound, &binding, Purpose::Pin, &bytes(&pin["slot"])).unwrap(), data_key);
        assert!(unwrap(&alone, &binding, Purpose::Pin, &bytes(&pin["slot"])).is_none());

        let share = bytes(&unlock["share_a"]);
        let key = wrapping_key(&share, Some(&array(&unlock["device_secret"])), &binding, Purpose::Unlock);
        assert_eq!(key.to_vec(), bytes(&unlock["kek"]));
        assert_eq!(unwrap(&key, &binding, Purpose::Unlock, &bytes(&unlock["slot"])).unwrap(), data_key);
        assert!(unwrap(&key, &binding, Purpose::Pin, &bytes(&unlock["slot"])).is_none());
    }

    #[test]
    fn a_seal_opens_with_nothing_changed_and_only_then() {
        let key = [7; 32];
        let sealed = seal(&key, CONTEXT_SLOT, &[b"a", b"b"], b"secret").unwrap();
        // The parts of the additional data are hashed one after another.
        assert!(open(&key, CONTEXT_SLOT, &[b"ab"], &sealed).is_some());
        assert!(open(&key, CONTEXT_SLOT, &[b"a"], &sealed).is_none());
        assert!(open(&key, CONTEXT_SECRETS, &[b"ab"], &sealed).is_none());
        assert!(open(&[8; 32], CONTEXT_SLOT, &[b"ab"], &sealed).is_none());
        for length in 0..sealed.len() {
            assert!(open(&key, CONTEXT_SLOT, &[b"ab"], &sealed[..length]).is_none(), "cut to {length}");
        }
        for at in 0..sealed.len() {
            let mut broken = sealed.clone();
            broken[at] ^= 1;
            assert!(open(&key, CONTEXT_SLOT, &[b"ab"], &broken).is_none(), "flipped at {at}");
        }
    }

    #[test]
    fn the_same_secret_never_looks_the_same_twice() {
        let seal = || seal(&[7; 32], CONTEXT_SLOT, &[], b"secret").unwrap();
        assert_ne!(seal()[SALT..], seal()[SALT..]);
    }
}
