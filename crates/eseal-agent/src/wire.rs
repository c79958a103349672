//! The protocol between an agent and the programs of its user, version 1.
//!
//! A message is a frame: four bytes with the length, big-endian, then that many bytes of DER. A request is answered by one reply;
//! requests of one connection are answered in their order. Tags in brackets are EXPLICIT.
//!
//! ```text
//! Request ::= SEQUENCE { version INTEGER (1), act CHOICE {
//!   hello  [0] NULL,
//!   list   [1] INTEGER,                                  -- entries to skip
//!   sign   [2] SEQUENCE { key OCTET STRING (32), digest OCTET STRING (32) },       -- digest is SM2's e
//!   open   [3] SEQUENCE { key OCTET STRING (32), cipher OCTET STRING },            -- DER SM2Cipher
//!   lock   [4] NULL,
//!   status [5] NULL,
//!   stop   [6] NULL } }
//! Reply ::= SEQUENCE { version INTEGER (1), CHOICE {
//!   hello     [0] NULL,
//!   keys      [1] SEQUENCE { entries SEQUENCE OF Entry, more BOOLEAN },
//!   signature [2] OCTET STRING (64),                                               -- r ‖ s
//!   plain     [3] OCTET STRING,
//!   done      [4] NULL,
//!   status    [5] Status,
//!   refused   [6] ENUMERATED } }
//! Entry ::= SEQUENCE { use ENUMERATED, label UTF8String, serial UTF8String, publicKey OCTET STRING (65),
//!   certificate [0] OCTET STRING OPTIONAL }              -- one entry a certificate; keys without one have one entry
//! Status ::= SEQUENCE { locked BOOLEAN, process INTEGER, tokens INTEGER, keys INTEGER, signatures INTEGER, opened INTEGER,
//!   refused INTEGER, idleLeft INTEGER, timeLeft INTEGER }                          -- seconds
//! ```
//!
//! `key` is SM3 of the key's DER `SubjectPublicKeyInfo`.

use std::fmt;
use std::io;
use std::io::Read;
use std::io::Write;

use der::Choice;
use der::Decode;
use der::Encode;
use der::Sequence;
use der::asn1::AnyRef;
use der::asn1::Null;
use der::asn1::OctetString;
use der::asn1::OctetStringRef;
use eseal::cert::Certificate;
use eseal::key::public_key_to_spki;
use eseal::sm::PublicKey;
use eseal::sm::SignDigest;
use eseal::sm::Signature;
use eseal::sm::sm3;
use eseal::token::KeyUse;
use zeroize::Zeroizing;

use super::AgentError;
use super::Refusal;

/// The version of the protocol.
pub const VERSION: u32 = 1;
/// The longest message: 64 KiB, room for some twenty certificates. Longer lists come in pieces.
pub const MAX_FRAME: usize = 64 << 10;
/// The longest ciphertext that is opened: an enveloped key has some 130 bytes; a reply has room for as much.
pub const MAX_CIPHER: usize = 32 << 10;
/// Entries of one piece of a list end here; what is over goes into the next piece.
const LIST_ROOM: usize = MAX_FRAME - 1024;
/// The longest certificate that is lent: one entry has to fit into a message.
pub(crate) const MAX_CERTIFICATE: usize = LIST_ROOM - 1024;

/// Which key: SM3 of its `SubjectPublicKeyInfo`.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct KeyName([u8; 32]);

impl KeyName {
    /// The name of a key.
    #[must_use]
    pub fn of(key: &PublicKey) -> Self {
        Self(*sm3(&public_key_to_spki(key)).as_bytes())
    }
}

impl fmt::Debug for KeyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyName(")?;
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))?;
        f.write_str(")")
    }
}

/// What a program asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// Whether the agent speaks this version.
    Hello,
    /// The keys and certificates, without the first `skip` entries.
    List {
        /// How many entries are known already.
        skip: u32,
    },
    /// A signature.
    Sign {
        /// By which key.
        key: KeyName,
        /// Over what: SM2's *e*.
        digest: SignDigest,
    },
    /// What is inside a ciphertext.
    Open {
        /// To which key it was encrypted.
        key: KeyName,
        /// DER `SM2Cipher`.
        cipher: Vec<u8>,
    },
    /// Wipe the keys, and stay to say so.
    Lock,
    /// How things stand.
    Status,
    /// Wipe the keys, and end.
    Stop,
}

/// What an agent answers.
pub enum Reply {
    /// It speaks this version.
    Hello,
    /// Keys and certificates.
    Keys {
        /// One for each certificate, in the order of the tokens, their keys and certificates, oldest first.
        entries: Vec<Entry>,
        /// Whether there are more behind these.
        more: bool,
    },
    /// A signature.
    Signature(Signature),
    /// What was inside a ciphertext.
    Plain(Zeroizing<Vec<u8>>),
    /// Done.
    Done,
    /// How things stand.
    Status(Status),
    /// No.
    Refused(Refusal),
}

impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Hello => f.write_str("Hello"),
            Self::Keys { entries, more } => {
                f.debug_struct("Keys").field("entries", entries).field("more", more).finish()
            }
            Self::Signature(signature) => write!(f, "{signature:?}"),
            Self::Plain(_) => f.write_str("Plain([redacted])"),
            Self::Done => f.write_str("Done"),
            Self::Status(status) => write!(f, "{status:?}"),
            Self::Refused(refusal) => write!(f, "Refused({refusal:?})"),
        }
    }
}

/// A key that an agent holds, with one of its certificates.
#[derive(Clone, Debug)]
pub struct Entry {
    /// What the key is for.
    pub key_use: KeyUse,
    /// The label of its token.
    pub label: String,
    /// The serial number of its token, in hexadecimal.
    pub serial: String,
    /// Its public half.
    pub public_key: PublicKey,
    /// A certificate, if it has one.
    pub certificate: Option<Certificate>,
}

/// How things stand with an agent. Times in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Sequence)]
pub struct Status {
    /// Whether its keys are wiped.
    pub locked: bool,
    /// The number of its process.
    pub process: u32,
    /// Tokens that it holds.
    pub tokens: u32,
    /// Keys that it holds.
    pub keys: u32,
    /// Signatures made since it began.
    pub signatures: u64,
    /// Ciphertexts opened since it began.
    pub opened: u64,
    /// Requests refused since it began.
    pub refused: u64,
    /// When it locks if nobody signs.
    pub idle_left: u64,
    /// When it locks in any case.
    pub time_left: u64,
}

#[derive(Sequence)]
struct Outer<'a> {
    version: u32,
    body: AnyRef<'a>,
}

#[derive(Choice)]
enum Act<'a> {
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", constructed = "true")]
    Hello(Null),
    #[asn1(context_specific = "1", tag_mode = "EXPLICIT", constructed = "true")]
    List(u32),
    #[asn1(context_specific = "2", tag_mode = "EXPLICIT", constructed = "true")]
    Sign(KeyAndBytes<'a>),
    #[asn1(context_specific = "3", tag_mode = "EXPLICIT", constructed = "true")]
    Open(KeyAndBytes<'a>),
    #[asn1(context_specific = "4", tag_mode = "EXPLICIT", constructed = "true")]
    Lock(Null),
    #[asn1(context_specific = "5", tag_mode = "EXPLICIT", constructed = "true")]
    Status(Null),
    #[asn1(context_specific = "6", tag_mode = "EXPLICIT", constructed = "true")]
    Stop(Null),
}

#[derive(Sequence)]
struct KeyAndBytes<'a> {
    key: &'a OctetStringRef,
    bytes: &'a OctetStringRef,
}

#[derive(Choice)]
enum Answer<'a> {
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", constructed = "true")]
    Hello(Null),
    #[asn1(context_specific = "1", tag_mode = "EXPLICIT", constructed = "true")]
    Keys(EntriesDer),
    #[asn1(context_specific = "2", tag_mode = "EXPLICIT", constructed = "true")]
    Signature(&'a OctetStringRef),
    #[asn1(context_specific = "3", tag_mode = "EXPLICIT", constructed = "true")]
    Plain(&'a OctetStringRef),
    #[asn1(context_specific = "4", tag_mode = "EXPLICIT", constructed = "true")]
    Done(Null),
    #[asn1(context_specific = "5", tag_mode = "EXPLICIT", constructed = "true")]
    Status(Status),
    #[asn1(context_specific = "6", tag_mode = "EXPLICIT", constructed = "true")]
    Refused(Refusal),
}

#[derive(Sequence)]
struct EntriesDer {
    entries: Vec<EntryDer>,
    more: bool,
}

#[derive(Clone, Sequence)]
struct EntryDer {
    key_use: KeyUse,
    label: String,
    serial: String,
    public_key: OctetString,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", constructed = "true", optional = "true")]
    certificate: Option<OctetString>,
}

fn octets(bytes: &[u8]) -> &OctetStringRef {
    OctetStringRef::new(bytes).expect("no message is as long as the limit of a string")
}

fn outer(body: &impl Encode) -> Vec<u8> {
    // Boxed whole first: the tag of a choice is its own.
    let body = Zeroizing::new(body.to_der().expect("parts that are in memory encode"));
    let body = AnyRef::from_der(&body).expect("what was just encoded");
    Outer { version: VERSION, body }.to_der().expect("parts that are in memory encode")
}

/// The version of a message, and the rest of it: so that another version can be told from nonsense.
fn opened(bytes: &[u8]) -> Result<Outer<'_>, Fault> {
    if bytes.len() > MAX_FRAME {
        return Err(Fault::Malformed("length"));
    }
    let outer = Outer::from_der(bytes).map_err(|_| Fault::Malformed("message"))?;
    if outer.version == VERSION { Ok(outer) } else { Err(Fault::Version(outer.version)) }
}

enum Fault {
    Malformed(&'static str),
    Version(u32),
}

impl From<Fault> for Refusal {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Malformed(_) => Self::Malformed,
            Fault::Version(_) => Self::Version,
        }
    }
}

impl From<Fault> for AgentError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Malformed(what) => Self::Malformed { what },
            Fault::Version(version) => Self::Version { version },
        }
    }
}

impl Request {
    /// The message.
    #[must_use]
    pub fn to_der(&self) -> Vec<u8> {
        outer(&match self {
            Self::Hello => Act::Hello(Null),
            Self::List { skip } => Act::List(*skip),
            Self::Sign { key, digest } => {
                Act::Sign(KeyAndBytes { key: octets(&key.0), bytes: octets(digest.as_bytes()) })
            }
            Self::Open { key, cipher } => Act::Open(KeyAndBytes { key: octets(&key.0), bytes: octets(cipher) }),
            Self::Lock => Act::Lock(Null),
            Self::Status => Act::Status(Null),
            Self::Stop => Act::Stop(Null),
        })
    }

    /// Reads a message.
    ///
    /// # Errors
    /// [`Refusal::Malformed`], [`Refusal::Version`]: what to answer.
    pub fn from_der(bytes: &[u8]) -> Result<Self, Refusal> {
        let outer = opened(bytes)?;
        let body = outer.body.to_der().map_err(|_| Refusal::Malformed)?;
        let name = |key: &OctetStringRef| Some(KeyName(key.as_bytes().try_into().ok()?));
        let read = match Act::from_der(&body).map_err(|_| Refusal::Malformed)? {
            Act::Hello(_) => Some(Self::Hello),
            Act::List(skip) => Some(Self::List { skip }),
            Act::Sign(KeyAndBytes { key, bytes }) => name(key).and_then(|key| {
                Some(Self::Sign { key, digest: SignDigest::from_bytes(bytes.as_bytes().try_into().ok()?) })
            }),
            Act::Open(KeyAndBytes { key, bytes }) => name(key)
                .filter(|_| bytes.as_bytes().len() <= MAX_CIPHER)
                .map(|key| Self::Open { key, cipher: bytes.as_bytes().to_vec() }),
            Act::Lock(_) => Some(Self::Lock),
            Act::Status(_) => Some(Self::Status),
            Act::Stop(_) => Some(Self::Stop),
        };
        read.ok_or(Refusal::Malformed)
    }
}

impl Reply {
    /// The message; it wipes itself, for what it may hold.
    #[must_use]
    pub fn to_der(&self) -> Zeroizing<Vec<u8>> {
        let raw;
        Zeroizing::new(outer(&match self {
            Self::Hello => Answer::Hello(Null),
            Self::Keys { entries, more } => {
                Answer::Keys(EntriesDer { entries: entries.iter().map(EntryDer::of).collect(), more: *more })
            }
            Self::Signature(signature) => {
                raw = signature.to_raw();
                Answer::Signature(octets(&raw))
            }
            Self::Plain(plain) => Answer::Plain(octets(plain)),
            Self::Done => Answer::Done(Null),
            Self::Status(status) => Answer::Status(*status),
            Self::Refused(refusal) => Answer::Refused(*refusal),
        }))
    }

    /// Reads a message.
    ///
    /// # Errors
    /// [`AgentError::Malformed`], [`AgentError::Version`].
    pub fn from_der(bytes: &[u8]) -> Result<Self, AgentError> {
        let outer = opened(bytes)?;
        let malformed = |what| AgentError::Malformed { what };
        let body = Zeroizing::new(outer.body.to_der().map_err(|_| malformed("message"))?);
        Ok(match Answer::from_der(&body).map_err(|_| malformed("reply"))? {
            Answer::Hello(_) => Self::Hello,
            Answer::Keys(EntriesDer { entries, more }) => {
                Self::Keys { entries: entries.into_iter().map(EntryDer::read).collect::<Result<_, _>>()?, more }
            }
            Answer::Signature(raw) => {
                let raw = raw.as_bytes().try_into().map_err(|_| malformed("signature"))?;
                Self::Signature(Signature::from_raw(raw).map_err(|_| malformed("signature"))?)
            }
            Answer::Plain(plain) => Self::Plain(Zeroizing::new(plain.as_bytes().to_vec())),
            Answer::Done(_) => Self::Done,
            Answer::Status(status) => Self::Status(status),
            Answer::Refused(refusal) => Self::Refused(refusal),
        })
    }
}

impl EntryDer {
    fn of(entry: &Entry) -> Self {
        Self {
            key_use: entry.key_use,
            label: entry.label.clone(),
            serial: entry.serial.clone(),
            public_key: OctetString::new(&entry.public_key.to_sec1()[..]).expect("65 bytes"),
            certificate: entry.certificate.as_ref().map(|one| {
                OctetString::new(one.as_der()).expect("a certificate is shorter than the limit of a string")
            }),
        }
    }

    fn read(self) -> Result<Entry, AgentError> {
        let malformed = |what| AgentError::Malformed { what };
        let public_key = PublicKey::from_sec1(self.public_key.as_bytes()).map_err(|_| malformed("public key"))?;
        let certificate = match self.certificate {
            None => None,
            Some(bytes) => Some(Certificate::from_der(bytes.as_bytes()).map_err(|_| malformed("certificate"))?),
        };
        // A certificate of another key would make a program sign for somebody else.
        if certificate.as_ref().is_some_and(|one| one.public_key().ok() != Some(&public_key)) {
            return Err(malformed("certificate of another key"));
        }
        Ok(Entry { key_use: self.key_use, label: self.label, serial: self.serial, public_key, certificate })
    }
}

/// The piece of a list that fits into a message, and whether there is more behind it.
pub(crate) fn piece(entries: impl Iterator<Item = Entry>) -> Reply {
    let (mut taken, mut room, mut more) = (Vec::new(), LIST_ROOM, false);
    for entry in entries {
        // The label and the serial number are short; 256 bytes are for lengths, key and use.
        let size = entry.certificate.as_ref().map_or(0, |one| one.as_der().len()) + entry.label.len() + 256;
        if size > room {
            more = true;
            break;
        }
        room -= size;
        taken.push(entry);
    }
    Reply::Keys { entries: taken, more }
}

/// Reads a frame; `None` where the other side has ended between two messages.
///
/// # Errors
/// [`AgentError::TooLarge`] before anything of it is read; what the system said.
pub fn read_frame(from: &mut impl Read) -> Result<Option<Zeroizing<Vec<u8>>>, AgentError> {
    let mut length = [0; 4];
    let mut have = 0;
    while have < length.len() {
        match from.read(&mut length[have..]) {
            Ok(0) if have == 0 => return Ok(None),
            Ok(0) => return Err(AgentError::Io(io::ErrorKind::UnexpectedEof.into())),
            Ok(count) => have += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(told(error)),
        }
    }
    let length = usize::try_from(u32::from_be_bytes(length)).unwrap_or(usize::MAX);
    if length > MAX_FRAME {
        return Err(AgentError::TooLarge { limit: MAX_FRAME });
    }
    let mut bytes = Zeroizing::new(vec![0; length]);
    from.read_exact(&mut bytes).map_err(told)?;
    Ok(Some(bytes))
}

/// Writes a frame, in one write.
///
/// # Errors
/// [`AgentError::TooLarge`] and nothing is written; what the system said.
pub fn write_frame(to: &mut impl Write, message: &[u8]) -> Result<(), AgentError> {
    if message.len() > MAX_FRAME {
        return Err(AgentError::TooLarge { limit: MAX_FRAME });
    }
    let length = u32::try_from(message.len()).expect("at most 64 KiB");
    let mut frame = Zeroizing::new(Vec::with_capacity(message.len() + 4));
    frame.extend_from_slice(&length.to_be_bytes());
    frame.extend_from_slice(message);
    to.write_all(&frame).map_err(told)
}

fn told(error: io::Error) -> AgentError {
    match error.kind() {
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => AgentError::NoAnswer,
        _ => AgentError::Io(error),
    }
}

#[cfg(test)]
mod tests {
    use eseal::sm::SecretKey;
    use eseal::sm::UserId;

    use super::*;

    fn key() -> SecretKey {
        SecretKey::from_bytes(&[7; 32]).unwrap()
    }

    fn requests() -> Vec<Request> {
        let name = KeyName::of(key().public_key());
        vec![
            Request::Hello,
            Request::List { skip: 0 },
            Request::List { skip: u32::MAX },
            Request::Sign { key: name, digest: SignDigest::from_bytes([9; 32]) },
            Request::Open { key: name, cipher: vec![0x30, 0] },
            Request::Lock,
            Request::Status,
            Request::Stop,
        ]
    }

    #[test]
    fn every_request_reads_back_and_is_refused_when_cut_or_longer() {
        for request in requests() {
            let der = request.to_der();
            assert_eq!(Request::from_der(&der), Ok(request));
            for end in 0..der.len() {
                assert_eq!(Request::from_der(&der[..end]), Err(Refusal::Malformed));
            }
            assert_eq!(Request::from_der(&[&der[..], &[0]].concat()), Err(Refusal::Malformed));
        }
    }

    #[test]
    fn another_version_is_told_from_nonsense() {
        let mut der = Request::Lock.to_der();
        assert_eq!(&der[2..5], [0x02, 0x01, 0x01]);
        der[4] = 2;
        assert_eq!(Request::from_der(&der), Err(Refusal::Version));
        // Whatever the other version has in its place.
        let other = [0x30, 0x05, 0x02, 0x01, 0x07, 0x04, 0x00];
        assert_eq!(Request::from_der(&other), Err(Refusal::Version));
        assert!(matches!(Reply::from_der(&other), Err(AgentError::Version { version: 7 })));
        let unknown_act = [0x30, 0x07, 0x02, 0x01, 0x01, 0xA9, 0x02, 0x05, 0x00];
        assert_eq!(Request::from_der(&unknown_act), Err(Refusal::Malformed));
    }

    #[test]
    fn a_key_or_a_digest_of_another_length_is_refused() {
        for (key, bytes) in [(31, 32), (33, 32), (32, 31), (32, 33), (0, 0)] {
            let (key, bytes) = (vec![1; key], vec![2; bytes]);
            let der = outer(&Act::Sign(KeyAndBytes { key: octets(&key), bytes: octets(&bytes) }));
            assert_eq!(Request::from_der(&der), Err(Refusal::Malformed));
        }
        let long = vec![0; MAX_CIPHER + 1];
        let der = outer(&Act::Open(KeyAndBytes { key: octets(&[1; 32]), bytes: octets(&long) }));
        assert_eq!(Request::from_der(&der), Err(Refusal::Malformed));
    }

    #[test]
    fn every_reply_reads_back_and_is_refused_when_cut() {
        let digest = key().public_key().digest(UserId::DEFAULT, b"x");
        let status = Status {
            locked: false,
            process: 4711,
            tokens: 1,
            keys: 2,
            signatures: 3,
            opened: 4,
            refused: 5,
            idle_left: 6,
            time_left: u64::MAX,
        };
        let entry = Entry {
            key_use: KeyUse::Sign,
            label: "示例".into(),
            serial: "00ff".into(),
            public_key: key().public_key().clone(),
            certificate: None,
        };
        let replies = [
            Reply::Hello,
            Reply::Keys { entries: vec![entry], more: true },
            Reply::Signature(key().sign(&digest).unwrap()),
            Reply::Plain(Zeroizing::new(b"secret".to_vec())),
            Reply::Done,
            Reply::Status(status),
            Reply::Refused(Refusal::Denied),
        ];
        for reply in replies {
            let der = reply.to_der();
            let read = Reply::from_der(&der).unwrap();
            assert_eq!(*read.to_der(), *der);
            for end in 0..der.len() {
                assert!(Reply::from_der(&der[..end]).is_err());
            }
        }
        for refusal in Refusal::ALL {
            let read = Reply::from_der(&Reply::Refused(*refusal).to_der()).unwrap();
            assert!(matches!(read, Reply::Refused(same) if same == *refusal));
        }
    }

    #[test]
    fn what_was_inside_a_ciphertext_is_not_printed() {
        let printed = format!("{:?}", Reply::Plain(Zeroizing::new(b"secret".to_vec())));
        assert_eq!(printed, "Plain([redacted])");
    }

    #[test]
    fn a_frame_that_is_cut_or_over_the_limit_is_refused_before_it_is_read() {
        let mut frame = Vec::new();
        write_frame(&mut frame, b"message").unwrap();
        assert_eq!(**read_frame(&mut &frame[..]).unwrap().unwrap(), *b"message");
        assert!(read_frame(&mut &[][..]).unwrap().is_none());
        for end in 1..frame.len() {
            assert!(matches!(read_frame(&mut &frame[..end]), Err(AgentError::Io(_))), "{end}");
        }
        let long = [&u32::MAX.to_be_bytes()[..], b"x"].concat();
        assert!(matches!(read_frame(&mut &long[..]), Err(AgentError::TooLarge { .. })));
        assert!(matches!(write_frame(&mut Vec::new(), &vec![0; MAX_FRAME + 1]), Err(AgentError::TooLarge { .. })));
    }
}
