//! The container on disk, version 1: its DER structures, read strictly, and how they are written.
//!
//! Tags in brackets are EXPLICIT, as in every ASN.1 module that does not say otherwise.

use ::der::Enumerated;
use ::der::Sequence;
use ::der::asn1::GeneralizedTime;
use ::der::asn1::OctetString;
use ::der::asn1::OctetStringRef;
use ::der::pem::LineEnding;
use zeroize::Zeroizing;

use crate::Lang;
use crate::der;
use crate::der::Raw;
use crate::sm::SecretKey;
use crate::sm::ct_eq;
use crate::sm::sm3;
use crate::time::Instant;

use super::DeviceSecret;
use super::TokenError;
use super::crypto;
use super::crypto::Binding;
use super::crypto::Key;
use super::slot::PinSlot;
use super::slot::Slot;

/// The largest token that is read: 1 MiB, a hundred times a real one with its certificates.
pub(super) const MAX_BYTES: usize = 1 << 20;
/// The most keys in a token, and the most certificates of a key: each key costs a multiplication at every log-in.
pub(super) const MAX_OBJECTS: usize = 64;
/// The longest label, in bytes of UTF-8: one line of text.
pub(super) const MAX_LABEL: usize = 256;
/// The most tries that a policy may allow; hardware tokens have 6 to 15.
pub(super) const MAX_TRIES: u32 = 100;
/// Slots in a token.
pub(super) const MAX_SLOTS: usize = 8;
/// The word in the PEM lines.
const PEM_LABEL: &str = "SOFT TOKEN";

/// What protects a token besides its PIN (保护级别).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Enumerated)]
#[asn1(type = "ENUMERATED")]
#[repr(u8)]
pub enum Level {
    /// The cost of derivation alone: whoever copies the file can guess at it.
    File = 0,
    /// Derivation and a secret that stays on one device.
    Device = 1,
    /// A share that a server gives out; not supported by this program.
    Server = 2,
}

impl Level {
    /// The name to show.
    #[must_use]
    pub const fn label(self, lang: Lang) -> &'static str {
        match self {
            Self::File => lang.pick("软证书文件", "portable file"),
            Self::Device => lang.pick("本机软证书", "bound to this device"),
            Self::Server => lang.pick("在线口令", "online PIN"),
        }
    }

    /// The stable word, as on the command line.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Device => "device",
            Self::Server => "server",
        }
    }
}

/// What a key is for (密钥用途).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Enumerated)]
#[asn1(type = "ENUMERATED")]
#[repr(u8)]
pub enum KeyUse {
    /// Signing (签名): made in the token, never leaves it in clear.
    Sign = 0,
    /// Encryption (加密): made by the key centre, delivered in an envelope.
    Encrypt = 1,
    /// An encryption key of the past, kept to read what was encrypted to it.
    OldDecrypt = 2,
}

impl KeyUse {
    /// The name to show.
    #[must_use]
    pub const fn label(self, lang: Lang) -> &'static str {
        match self {
            Self::Sign => lang.pick("签名", "signing"),
            Self::Encrypt => lang.pick("加密", "encryption"),
            Self::OldDecrypt => lang.pick("历史解密", "decryption of old messages"),
        }
    }

    /// The stable word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Sign => "sign",
            Self::Encrypt => "encrypt",
            Self::OldDecrypt => "old-decrypt",
        }
    }
}

#[derive(Clone, Sequence)]
pub(super) struct Policy {
    pub(super) min_pin_length: u32,
    pub(super) max_tries: u32,
    pub(super) level: Level,
    pub(super) export_allowed: bool,
}

#[derive(Clone, Sequence)]
pub(super) struct Unlocker {
    pub(super) cert_digest: OctetString,
    pub(super) public_key: Raw,
    pub(super) name: String,
}

#[derive(Clone, Sequence)]
pub(super) struct Object {
    pub(super) id: OctetString,
    pub(super) key_use: KeyUse,
    pub(super) public_key: Raw,
    pub(super) certificates: Vec<Raw>,
}

#[derive(Clone, Sequence)]
pub(super) struct TokenHeader {
    version: u32,
    pub(super) serial: OctetString,
    pub(super) epoch: u64,
    pub(super) label: String,
    pub(super) created: GeneralizedTime,
    pub(super) policy: Policy,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    pub(super) unlocker: Option<Unlocker>,
    pub(super) objects: Vec<Object>,
}

/// What the unlocker finds in the share of an unlock slot: which token and sealing it belongs to, and the share.
#[derive(Sequence)]
struct UnlockShare<'a> {
    serial: &'a OctetStringRef,
    epoch: u64,
    share: &'a OctetStringRef,
}

/// DER of an unlock share; wiped when dropped.
pub(super) fn unlock_share(serial: &[u8; 16], epoch: u64, share: &Key) -> Zeroizing<Vec<u8>> {
    let share = UnlockShare { serial: octets(serial), epoch, share: octets(share.as_ref()) };
    Zeroizing::new(der::encode(&share).expect("a short structure encodes"))
}

/// What an unlock share says: the token, its sealing, and the share.
pub(super) fn open_unlock_share(plain: &[u8]) -> Option<([u8; 16], u64, Key)> {
    let share: UnlockShare<'_> = der::decode(plain).ok()?;
    let mut key = Zeroizing::new([0; 32]);
    key.copy_from_slice(share.share.as_bytes().get(..32).filter(|_| share.share.as_bytes().len() == 32)?);
    Some((share.serial.as_bytes().try_into().ok()?, share.epoch, key))
}

fn octets(bytes: &[u8]) -> &OctetStringRef {
    OctetStringRef::new(bytes).expect("a token's strings are short")
}

/// An owned octet string of bytes that are known to be short.
pub(super) fn octet_string(bytes: &[u8]) -> OctetString {
    OctetString::new(bytes).expect("a token's strings are short")
}

#[derive(Clone, Default, Sequence)]
pub(super) struct TokenState {
    pub(super) failed: u32,
    pub(super) locked: bool,
    #[asn1(optional = "true")]
    pub(super) mac: Option<OctetString>,
}

#[derive(Sequence)]
struct SoftToken {
    header: Raw,
    slots: Vec<Slot>,
    secrets: OctetString,
    state: TokenState,
}

/// One private key of `TokenSecrets`, where the plaintext lies.
#[derive(Sequence)]
struct Secret<'a> {
    id: &'a OctetStringRef,
    private_key: &'a OctetStringRef,
}

/// A key of a token with the number it is known by.
pub(super) type Keys = Vec<([u8; 16], SecretKey)>;

/// A token as it lies on the medium, understood as far as that goes without the PIN.
#[derive(Clone)]
pub(super) struct Container {
    pub(super) header: TokenHeader,
    /// The header as received or last written: what the secrets are sealed to.
    header_der: Vec<u8>,
    pub(super) slots: Vec<Slot>,
    pub(super) secrets: Vec<u8>,
    pub(super) state: TokenState,
}

impl Container {
    pub(super) const VERSION: u32 = 1;

    pub(super) fn new(serial: &[u8; 16], label: String, created: Instant, policy: Policy) -> Self {
        // ASN.1 times begin in 1970 for the crate beneath; nobody makes a token before.
        let created = u64::try_from(created.unix()).unwrap_or_default();
        let created = GeneralizedTime::from_unix_duration(std::time::Duration::from_secs(created))
            .expect("an Instant ends with the year 9999");
        let header = TokenHeader {
            version: Self::VERSION,
            serial: octet_string(serial),
            epoch: 0,
            label,
            created,
            policy,
            unlocker: None,
            objects: Vec::new(),
        };
        let mut container = Self {
            header,
            header_der: Vec::new(),
            slots: Vec::new(),
            secrets: Vec::new(),
            state: TokenState::default(),
        };
        container.header_changed();
        container
    }

    /// Reads PEM or DER.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, TokenError> {
        if bytes.len() > MAX_BYTES {
            return Err(TokenError::TooLarge { most: MAX_BYTES });
        }
        if bytes.first() == Some(&0x30) {
            return Self::parse_der(bytes);
        }
        match ::der::pem::decode_vec(bytes) {
            Ok((PEM_LABEL, document)) => Self::parse_der(&document),
            _ => Err(TokenError::Malformed),
        }
    }

    fn parse_der(bytes: &[u8]) -> Result<Self, TokenError> {
        // The version first: a later one may have another shape behind it.
        let SoftToken { header, slots, secrets, state } =
            der::decode(bytes).map_err(|_| Self::later_version(bytes).unwrap_or(TokenError::Malformed))?;
        let header_der = der::encode(&header).map_err(|_| TokenError::Malformed)?;
        if let Some(error) = version_of(&header_der) {
            return Err(error);
        }
        let header: TokenHeader = der::decode(&header_der).map_err(|_| TokenError::Malformed)?;
        let container = Self { header, header_der, slots, secrets: secrets.into_bytes().into_vec(), state };
        if container.is_sound() { Ok(container) } else { Err(TokenError::Malformed) }
    }

    fn later_version(bytes: &[u8]) -> Option<TokenError> {
        let parts: Vec<Raw> = der::decode(bytes).ok()?;
        version_of(&der::encode(parts.first()?).ok()?)
    }

    /// What the structures alone do not say: sizes, ranges, and that the level and the slots agree.
    fn is_sound(&self) -> bool {
        let header = &self.header;
        let bound = header.policy.level == Level::Device;
        let sizes = header.serial.as_bytes().len() == 16
            && header.label.len() <= MAX_LABEL
            && (1..=MAX_TRIES).contains(&header.policy.max_tries)
            && header.unlocker.as_ref().is_none_or(|unlocker| unlocker.cert_digest.as_bytes().len() == 32)
            && header.objects.len() <= MAX_OBJECTS
            && header
                .objects
                .iter()
                .all(|object| object.id.as_bytes().len() == 16 && object.certificates.len() <= MAX_OBJECTS);
        let slots = self.slots.len() <= MAX_SLOTS
            && self.slots.iter().filter(|slot| matches!(slot, Slot::Pin(_))).count() <= 1
            && self.slots.iter().all(|slot| match slot {
                Slot::Pin(slot) => slot.device_bound == bound,
                Slot::Unlock(slot) => slot.device_bound == bound,
                Slot::Recovery(_) | Slot::Provider(_) => true,
            });
        sizes && slots && self.state.mac.is_some() == bound
    }

    /// The bytes for the medium: PEM.
    pub(super) fn to_pem(&self) -> Vec<u8> {
        let token = SoftToken {
            header: der::decode(&self.header_der).expect("a header that was encoded or decoded"),
            slots: self.slots.clone(),
            secrets: octet_string(&self.secrets),
            state: self.state.clone(),
        };
        let document = der::encode(&token).expect("the sizes were checked");
        ::der::pem::encode_string(PEM_LABEL, LineEnding::LF, &document).expect("the label is a PEM label").into_bytes()
    }

    pub(super) fn serial(&self) -> [u8; 16] {
        self.header.serial.as_bytes().try_into().expect("checked when it was read")
    }

    pub(super) fn binding(&self) -> Binding {
        Binding::new(&self.serial(), self.header.epoch)
    }

    pub(super) fn pin_slot(&self) -> Option<&PinSlot> {
        self.slots.iter().find_map(|slot| match slot {
            Slot::Pin(slot) => Some(slot),
            _ => None,
        })
    }

    /// Puts a PIN slot in the place of the one there is.
    pub(super) fn set_pin_slot(&mut self, new: PinSlot) {
        self.slots.retain(|slot| !matches!(slot, Slot::Pin(_)));
        self.slots.insert(0, Slot::Pin(new));
    }

    /// Locks this copy: the slot that a PIN opens is gone from it.
    pub(super) fn destroy_pin_slot(&mut self) {
        self.slots.retain(|slot| !matches!(slot, Slot::Pin(_)));
        self.state.locked = true;
    }

    pub(super) fn is_locked(&self) -> bool {
        self.state.locked || self.pin_slot().is_none()
    }

    pub(super) fn tries_left(&self) -> u32 {
        if self.is_locked() { 0 } else { self.header.policy.max_tries.saturating_sub(self.state.failed) }
    }

    /// The device secret, where the level asks for one and the state shows that it is the right one.
    pub(super) fn bound_to<'d>(
        &self,
        device: Option<&'d DeviceSecret>,
    ) -> Result<Option<&'d DeviceSecret>, TokenError> {
        match self.header.policy.level {
            Level::File => Ok(None),
            level @ Level::Server => Err(TokenError::UnsupportedLevel { level }),
            Level::Device => {
                let device = device.ok_or(TokenError::DeviceSecretMissing)?;
                let written = self.state.mac.as_ref().ok_or(TokenError::Malformed)?;
                if ct_eq(&self.mac(device), written.as_bytes()) {
                    Ok(Some(device))
                } else {
                    Err(TokenError::DeviceMismatch)
                }
            }
        }
    }

    /// Renews the tag of a device-bound token; the last step before every write.
    pub(super) fn seal_state(&mut self, device: Option<&DeviceSecret>) {
        self.state.mac = device.map(|device| octet_string(&self.mac(device)));
    }

    /// The tag covers header, slots and secrets too, so that a destroyed PIN slot cannot be put back from an old copy into
    /// a newer one (a whole old copy can: see the threat model).
    fn mac(&self, device: &DeviceSecret) -> [u8; 32] {
        let slots = der::encode(&self.slots).expect("the sizes were checked");
        let mut lengths = Vec::new();
        for part in [&self.header_der, &slots, &self.secrets] {
            lengths.extend_from_slice(&(part.len() as u64).to_be_bytes());
        }
        let failed = self.state.failed.to_be_bytes();
        let locked = [u8::from(self.state.locked)];
        let parts: &[&[u8]] = &[&failed, &locked, &lengths, &self.header_der, &slots, &self.secrets];
        crypto::state_mac(device.bytes(), &self.binding(), parts)
    }

    /// Must follow every change of the header; the secrets must be sealed anew after it.
    pub(super) fn header_changed(&mut self) {
        self.header_der = der::encode(&self.header).expect("the sizes were checked");
    }

    /// Seals the private keys to the header as it is.
    pub(super) fn seal_secrets(&mut self, data_key: &Key, keys: &[([u8; 16], &SecretKey)]) -> Result<(), TokenError> {
        let scalars: Vec<_> = keys.iter().map(|(id, key)| (id, key.expose())).collect();
        let list: Vec<Secret<'_>> = scalars
            .iter()
            .map(|(id, scalar)| Secret { id: octets(id.as_slice()), private_key: octets(scalar.as_ref()) })
            .collect();
        let plain = Zeroizing::new(der::encode(&list).expect("a short structure encodes"));
        let (binding, digest) = (self.binding(), sm3(&self.header_der));
        let aad: &[&[u8]] = &[binding.as_bytes(), digest.as_bytes()];
        self.secrets = crypto::seal(data_key, crypto::CONTEXT_SECRETS, aad, &plain)?;
        Ok(())
    }

    /// Opens the private keys, if the header is the one they were sealed to and each belongs to its public key.
    pub(super) fn open_secrets(&self, data_key: &Key) -> Result<Keys, TokenError> {
        let (binding, digest) = (self.binding(), sm3(&self.header_der));
        let aad: &[&[u8]] = &[binding.as_bytes(), digest.as_bytes()];
        let plain = crypto::open(data_key, crypto::CONTEXT_SECRETS, aad, &self.secrets).ok_or(TokenError::Tampered)?;
        let list: Vec<Secret<'_>> = der::decode(&plain).map_err(|_| TokenError::Tampered)?;
        if list.len() != self.header.objects.len() {
            return Err(TokenError::Tampered);
        }
        let mut keys = Keys::with_capacity(list.len());
        for (secret, object) in list.iter().zip(&self.header.objects) {
            let key = SecretKey::from_bytes(secret.private_key.as_bytes()).map_err(|_| TokenError::Tampered)?;
            let id: [u8; 16] = secret.id.as_bytes().try_into().map_err(|_| TokenError::Tampered)?;
            let spki = crate::key::public_key_to_spki(key.public_key());
            let fits = der::encode(&object.public_key).is_ok_and(|public| public == spki);
            if id != object.id.as_bytes() || !fits {
                return Err(TokenError::Tampered);
            }
            keys.push((id, key));
        }
        Ok(keys)
    }
}

/// The error for a header of a version that is not known.
fn version_of(header_der: &[u8]) -> Option<TokenError> {
    let header: Raw = der::decode(header_der).ok()?;
    let mut reader = ::der::SliceReader::new(header.value()).ok()?;
    let version: u32 = ::der::Decode::decode(&mut reader).ok()?;
    (version != Container::VERSION).then_some(TokenError::UnsupportedVersion { version })
}
