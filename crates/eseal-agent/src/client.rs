use std::fmt;
use std::io;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::time::Duration;

use eseal::cert::Certificate;
use eseal::key::Decrypter;
use eseal::key::KeyError;
use eseal::key::Signer;
use eseal::sm::PublicKey;
use eseal::sm::SignDigest;
use eseal::sm::Signature;
use eseal::sm::SmError;
use eseal::token::KeyUse;
use zeroize::Zeroizing;

use super::AgentError;
use super::Refusal;
use super::process::user;
use super::server::check_path;
use super::server::peer;
use super::wire::KeyName;
use super::wire::MAX_CIPHER;
use super::wire::Reply;
use super::wire::Request;
use super::wire::Status;
use super::wire::read_frame;
use super::wire::write_frame;

/// How long an answer may take: somebody may be asked first.
const PATIENCE: Duration = Duration::from_secs(90);
/// The most entries of a list that are read: an agent lends 256 keys, each with at most 64 certificates.
const MOST_ENTRIES: usize = 256 * 64;

/// A program's end of an agent's socket.
///
/// Connections are kept and used again; several threads get one each.
pub struct Client {
    path: PathBuf,
    idle: Mutex<Vec<UnixStream>>,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Client({})", self.path.display())
    }
}

/// A key that an agent lends.
#[derive(Clone, Debug)]
pub struct AgentKey {
    /// What it is for.
    pub key_use: KeyUse,
    /// The label of its token.
    pub label: String,
    /// The serial number of its token, in hexadecimal.
    pub serial: String,
    /// Its public half.
    pub public_key: PublicKey,
    /// Its certificates, oldest first.
    pub certificates: Vec<Certificate>,
}

impl Client {
    /// Connects to the agent that listens there, and hears whether it speaks this version.
    ///
    /// # Errors
    /// [`AgentError::NotRunning`]; [`AgentError::Foreign`] for an agent of another user, to whom nothing is sent;
    /// [`AgentError::Version`]; what the system said.
    pub fn connect(path: impl Into<PathBuf>) -> Result<Arc<Self>, AgentError> {
        let client = Self { path: path.into(), idle: Mutex::new(Vec::new()) };
        match client.ask(&Request::Hello)? {
            Reply::Hello => Ok(Arc::new(client)),
            _ => Err(AgentError::Malformed { what: "reply" }),
        }
    }

    /// Where the agent listens.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The keys that it lends, in the order of their tokens.
    ///
    /// # Errors
    /// [`AgentError::Refused`] when it is locked; [`AgentError::Malformed`], [`AgentError::NoAnswer`]; what the system said.
    pub fn keys(&self) -> Result<Vec<AgentKey>, AgentError> {
        let mut keys: Vec<AgentKey> = Vec::new();
        let mut known = 0;
        loop {
            let skip = u32::try_from(known).unwrap_or(u32::MAX);
            let Reply::Keys { entries, more } = self.ask(&Request::List { skip })? else {
                return Err(AgentError::Malformed { what: "reply" });
            };
            if known + entries.len() > MOST_ENTRIES || (more && entries.is_empty()) {
                return Err(AgentError::Malformed { what: "list" });
            }
            known += entries.len();
            for entry in entries {
                match keys.last_mut() {
                    Some(last) if last.public_key == entry.public_key && last.serial == entry.serial => {
                        last.certificates.extend(entry.certificate);
                    }
                    _ => keys.push(AgentKey {
                        key_use: entry.key_use,
                        label: entry.label,
                        serial: entry.serial,
                        public_key: entry.public_key,
                        certificates: entry.certificate.into_iter().collect(),
                    }),
                }
            }
            if !more {
                return Ok(keys);
            }
        }
    }

    /// How things stand with it.
    ///
    /// # Errors
    /// [`AgentError::Malformed`], [`AgentError::NoAnswer`]; what the system said.
    pub fn status(&self) -> Result<Status, AgentError> {
        match self.ask(&Request::Status)? {
            Reply::Status(status) => Ok(status),
            _ => Err(AgentError::Malformed { what: "reply" }),
        }
    }

    /// Lets it wipe its keys and stay.
    ///
    /// # Errors
    /// As [`Self::status`].
    pub fn lock(&self) -> Result<(), AgentError> {
        self.done(&Request::Lock)
    }

    /// Lets it wipe its keys and end.
    ///
    /// # Errors
    /// As [`Self::status`].
    pub fn stop(&self) -> Result<(), AgentError> {
        self.done(&Request::Stop)
    }

    /// A signer for one of its keys.
    #[must_use]
    pub fn signer(self: &Arc<Self>, key: &PublicKey) -> AgentSigner {
        AgentSigner { client: Arc::clone(self), name: KeyName::of(key), public_key: key.clone() }
    }

    fn done(&self, request: &Request) -> Result<(), AgentError> {
        match self.ask(request)? {
            Reply::Done => Ok(()),
            _ => Err(AgentError::Malformed { what: "reply" }),
        }
    }

    /// Asks, and gives the reply that is no refusal.
    fn ask(&self, request: &Request) -> Result<Reply, AgentError> {
        let message = request.to_der();
        let kept = self.lock_idle().pop();
        let reused = match kept {
            None => None,
            Some(mut stream) => match exchange(&mut stream, &message) {
                Ok(Some(answer)) => Some((stream, answer)),
                // The agent ends connections that are not used for a while. Asking twice does no harm.
                Ok(None) | Err(AgentError::Io(_)) => None,
                Err(error) => return Err(error),
            },
        };
        let (stream, answer) = match reused {
            Some(both) => both,
            None => {
                let mut stream = self.open()?;
                let answer = exchange(&mut stream, &message)?.ok_or(AgentError::NoAnswer)?;
                (stream, answer)
            }
        };
        let reply = Reply::from_der(&answer)?;
        // It ends a connection that it has no room for.
        if !matches!(reply, Reply::Refused(Refusal::Busy)) {
            self.lock_idle().push(stream);
        }
        if let Reply::Refused(refusal) = reply { Err(AgentError::Refused(refusal)) } else { Ok(reply) }
    }

    fn open(&self) -> Result<UnixStream, AgentError> {
        check_path(&self.path)?;
        let stream = UnixStream::connect(&self.path).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused | io::ErrorKind::NotADirectory => {
                AgentError::NotRunning { path: self.path.clone() }
            }
            _ => AgentError::Io(error),
        })?;
        // A socket that somebody else has put there hears nothing from us.
        match peer(&stream) {
            Some(peer) if peer.user == user() => {}
            Some(peer) => return Err(AgentError::Foreign { user: peer.user }),
            None => return Err(AgentError::Io(io::ErrorKind::Unsupported.into())),
        }
        stream.set_read_timeout(Some(PATIENCE)).map_err(AgentError::Io)?;
        stream.set_write_timeout(Some(PATIENCE)).map_err(AgentError::Io)?;
        Ok(stream)
    }

    fn lock_idle(&self) -> MutexGuard<'_, Vec<UnixStream>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One request and its reply; `None` where the agent ended the connection instead.
fn exchange(stream: &mut UnixStream, message: &[u8]) -> Result<Option<Zeroizing<Vec<u8>>>, AgentError> {
    let Err(unsent) = write_frame(stream, message) else { return read_frame(stream) };
    // An agent without room says so and ends the connection, perhaps before the request was sent.
    match read_frame(stream) {
        Ok(Some(answer)) => Ok(Some(answer)),
        Ok(None) | Err(_) => Err(unsent),
    }
}

/// Signs, and opens, with a key that an agent holds.
///
/// What comes back was made elsewhere ([`Signer::signs_here`] is false): an act verifies it before it goes on.
#[derive(Clone, Debug)]
pub struct AgentSigner {
    client: Arc<Client>,
    name: KeyName,
    public_key: PublicKey,
}

impl AgentSigner {
    fn ask(&self, request: &Request) -> Result<Reply, KeyError> {
        self.client.ask(request).map_err(|error| match error {
            AgentError::Refused(Refusal::CannotDecrypt) => KeyError::Sm(SmError::CannotDecrypt),
            error => KeyError::SignerRefused { reason: error.code() },
        })
    }
}

impl Signer for AgentSigner {
    fn public_key(&self) -> &PublicKey {
        &self.public_key
    }

    fn sign_digest(&self, digest: &SignDigest) -> Result<Signature, KeyError> {
        match self.ask(&Request::Sign { key: self.name, digest: *digest })? {
            Reply::Signature(signature) => Ok(signature),
            _ => Err(KeyError::SignerRefused { reason: "agent-malformed" }),
        }
    }
}

impl Decrypter for AgentSigner {
    fn public_key(&self) -> &PublicKey {
        &self.public_key
    }

    fn decrypt(&self, cipher: &[u8]) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        if cipher.len() > MAX_CIPHER {
            return Err(KeyError::SignerRefused { reason: "agent-too-large" });
        }
        match self.ask(&Request::Open { key: self.name, cipher: cipher.to_vec() })? {
            Reply::Plain(plain) => Ok(plain),
            _ => Err(KeyError::SignerRefused { reason: "agent-malformed" }),
        }
    }
}
