use crate::cert::Certificate;
use crate::cert::CertificateResponse;
use crate::cert::Identity;
use crate::cert::Name;
use crate::cert::Profile;
use crate::cert::SerialNumber;
use crate::key::EnvelopedKey;
use crate::key::PublicKey;
use crate::time::Period;

/// A certificate, or a pair (双证), to be issued.
///
/// ```
/// use eseal::audit::Note;
/// use eseal::authority::{Authority, Filled, Order};
/// use eseal::cert::{CertificateRequest, Issuer, Name, Profile};
/// # use eseal::key::{SecretKey, SoftSigner};
/// # use eseal::registry::MemoryRegistry;
/// # use eseal::time::{Instant, Period};
/// # let now = Instant::parse("2026-11-24T08:00:00Z")?;
/// # let note = Note::new(now, "registrar");
/// # let (ca, user) = (SoftSigner::new(SecretKey::generate()?), SoftSigner::new(SecretKey::generate()?));
/// # let mut registry = MemoryRegistry::new();
/// # let root = Authority::found(&Name::parse("CN=示例根")?, &ca, Period::years(now, 30), &mut registry, &note)?;
/// # let issuer = Issuer::new(root, &ca)?;
/// # let request = CertificateRequest::new(&Name::parse("CN=示例用户,C=CN")?, &user)?;
/// let profile = Profile::person();
/// let mut authority = Authority::new(&issuer, &mut registry);
/// let validity = authority.default_validity(&profile, now);
/// let order = Order::new(request.subject(), request.public_key(), &profile, validity).pair().named("2026-000123");
/// let issued = authority.issue_all(&[order.clone()], &note)?.remove(0);
/// assert!(issued.encryption.is_some() && issued.envelope.is_some());
/// // The same order again issues nothing, and hands out the same answer.
/// let again = authority.issue_all(&[order], &note)?.remove(0);
/// assert_eq!((again.filled, again.answer), (Filled::Before, issued.answer));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Order<'o> {
    /// For whom.
    pub subject: &'o Name,
    /// For which key; that the subject owns it is for the caller to know.
    pub key: &'o PublicKey,
    /// What for.
    pub profile: &'o Profile,
    /// For how long; not longer than the issuer's own certificate.
    pub validity: Period,
    /// Who the subject is, by numbers.
    pub identity: Identity,
    /// The code of the holder's organization (机构代码), as a rule a USCC; for lists and searches, not in the certificate.
    pub organization: Option<String>,
    /// Where the holder belongs: digits of GB/T 2260; without it a USCC tells.
    pub region: Option<String>,
    /// The name of this order. Given twice, it is filled once: the second time the first answer comes back.
    pub id: Option<String>,
    /// Whether an encryption certificate comes with it.
    pub partner: Partner<'o>,
    /// The certificate that this one comes to replace.
    pub replaces: Option<SerialNumber>,
}

/// Whether an encryption certificate (加密证书) comes with a signing certificate, and for which key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Partner<'o> {
    /// None does.
    #[default]
    None,
    /// For a key that is made now and handed out in an envelope that only the signing key opens.
    NewKey,
    /// For the encryption key that the holder has already: a renewal.
    SameKey(&'o PublicKey),
}

impl<'o> Order<'o> {
    /// An order for one certificate, with nothing more to say.
    #[must_use]
    pub fn new(subject: &'o Name, key: &'o PublicKey, profile: &'o Profile, validity: Period) -> Self {
        Self {
            subject,
            key,
            profile,
            validity,
            identity: Identity::default(),
            organization: None,
            region: None,
            id: None,
            partner: Partner::None,
            replaces: None,
        }
    }

    /// Makes it an order for a pair: a new encryption key, enveloped to the signing key, and its certificate.
    #[must_use]
    pub const fn pair(mut self) -> Self {
        self.partner = Partner::NewKey;
        self
    }

    /// Names the order, so that it is filled once however often it is given.
    #[must_use]
    pub fn named(mut self, id: impl Into<String>) -> Self {
        self.id = Some(id.into());
        self
    }
}

/// Whether an order was filled by this act.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Filled {
    /// By this one.
    Now,
    /// By an earlier one: its answer is given again.
    Before,
}

/// What an order came to.
#[derive(Clone, Debug)]
pub struct Issued {
    /// Whether it was filled by this act.
    pub filled: Filled,
    /// The certificate for the key of the order.
    pub signing: Certificate,
    /// The encryption certificate of a pair.
    pub encryption: Option<Certificate>,
    /// The encryption key of a pair, if it was made for this order.
    pub envelope: Option<EnvelopedKey>,
    /// What goes to the holder: the certificates, the issuer's, and the envelope.
    pub answer: CertificateResponse,
}

impl Issued {
    /// From an answer that was kept, or was just made.
    pub(super) fn from_answer(answer: CertificateResponse, filled: Filled) -> Option<Self> {
        let signing = answer.signing().first()?.clone();
        let encryption = answer.encryption().first().cloned();
        Some(Self { filled, signing, encryption, envelope: answer.envelope().cloned(), answer })
    }
}
