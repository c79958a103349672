use std::fs;
use std::fs::DirBuilder;
use std::fs::File;
use std::fs::Permissions;
use std::fs::TryLockError;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::os::unix::fs::FileTypeExt;
use std::os::unix::fs::MetadataExt;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixListener;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::Duration;

use rustix::event::PollFd;
use rustix::event::PollFlags;
use rustix::event::Timespec;

use super::Agent;
use super::AgentError;
use super::Peer;
use super::Refusal;
use super::process::ticks;
use super::process::user;
use super::wire::Reply;
use super::wire::read_frame;
use super::wire::write_frame;

/// The most programs that are served at once; each has a thread.
const MOST_CLIENTS: usize = 64;
/// How long a program may be connected without asking anything, or take to send a request or to take a reply. It is no loss: a
/// client connects again.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often time-outs and signals are looked at.
const BEAT: Timespec = Timespec { tv_sec: 0, tv_nsec: 250_000_000 };
/// `sockaddr_un` has room for so many bytes, and a zero.
pub(crate) const MOST_PATH: usize = 107;

/// A socket that only its user can reach, on which an agent is lent.
///
/// The socket lies in a folder that is its user's alone (0700) and is itself 0600; whoever connects is asked after by the kernel.
#[derive(Debug)]
pub struct Server {
    path: PathBuf,
    listener: UnixListener,
    /// Held as long as this server lives: two at once cannot take each other's socket away.
    _lock: File,
}

impl Server {
    /// Makes the socket, with its folder. One that a dead agent left behind is replaced.
    ///
    /// # Errors
    /// [`AgentError::Running`], [`AgentError::Folder`], [`AgentError::NotASocket`], [`AgentError::PathTooLong`]; what the system
    /// said.
    pub fn bind(path: impl Into<PathBuf>) -> Result<Self, AgentError> {
        let path = path.into();
        check_path(&path)?;
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(AgentError::Io)?;
        check_folder(folder)?;
        let lock = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(with_ending(&path, ".lock"))
            .map_err(AgentError::Io)?;
        lock.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => AgentError::Running { path: path.clone() },
            TryLockError::Error(error) => AgentError::Io(error),
        })?;
        match fs::symlink_metadata(&path) {
            Ok(about) if !about.file_type().is_socket() => return Err(AgentError::NotASocket { path }),
            Ok(_) if UnixStream::connect(&path).is_ok() => return Err(AgentError::Running { path }),
            // Whoever made it holds the lock no longer: it is dead.
            Ok(_) => fs::remove_file(&path).map_err(AgentError::Io)?,
            Err(_) => {}
        }
        let listener = UnixListener::bind(&path).map_err(AgentError::Io)?;
        fs::set_permissions(&path, Permissions::from_mode(0o600)).map_err(AgentError::Io)?;
        listener.set_nonblocking(true).map_err(AgentError::Io)?;
        Ok(Self { path, listener, _lock: lock })
    }

    /// Where it listens.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Serves until the agent is told to stop, its whole time is over, or `ended` says so (asked four times a second). Then the
    /// keys are wiped and the socket is gone.
    ///
    /// # Errors
    /// What the system said; the keys are wiped then too.
    pub fn serve(&self, agent: &Arc<Agent>, ended: impl Fn() -> bool) -> Result<(), AgentError> {
        let result = self.accept(agent, ended);
        agent.lock();
        // Ours as long as the lock is held.
        let _ = fs::remove_file(&self.path);
        result
    }

    fn accept(&self, agent: &Arc<Agent>, ended: impl Fn() -> bool) -> Result<(), AgentError> {
        let clients = Arc::new(AtomicUsize::new(0));
        loop {
            let now = ticks();
            agent.tick(now);
            if agent.is_stopped() || agent.is_over(now) || ended() {
                return Ok(());
            }
            let mut waiting = [PollFd::new(&self.listener, PollFlags::IN)];
            match rustix::event::poll(&mut waiting, Some(&BEAT)) {
                Ok(0) | Err(rustix::io::Errno::INTR) => continue,
                Ok(_) => {}
                Err(error) => return Err(AgentError::Io(error.into())),
            }
            match self.listener.accept() {
                Ok((stream, _)) => take(stream, agent, &clients),
                Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted) => {}
                // Too many open files, and the like: the next one may do.
                Err(_) => thread::sleep(Duration::from_millis(50)),
            }
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}

/// A place among those that are served; given back when dropped.
struct Place(Arc<AtomicUsize>);

impl Place {
    fn take(clients: &Arc<AtomicUsize>) -> Option<Self> {
        let place = Self(Arc::clone(clients));
        // Counted before looked at: two cannot take the last one.
        (clients.fetch_add(1, Ordering::SeqCst) < MOST_CLIENTS).then_some(place)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

fn take(mut stream: UnixStream, agent: &Arc<Agent>, clients: &Arc<AtomicUsize>) {
    let ready = stream.set_nonblocking(false).is_ok()
        && stream.set_read_timeout(Some(PATIENCE)).is_ok()
        && stream.set_write_timeout(Some(PATIENCE)).is_ok();
    let Some(peer) = peer(&stream).filter(|peer| ready && agent.serves(peer)) else { return };
    let Some(place) = Place::take(clients) else {
        // A short message goes into the buffer of the socket without waiting.
        let _ = write_frame(&mut stream, &Reply::Refused(Refusal::Busy).to_der());
        return;
    };
    let agent = Arc::clone(agent);
    // Without a thread the connection ends, and the client hears that.
    let _ = thread::Builder::new().name("client".into()).spawn(move || {
        converse(&mut stream, &agent, &peer);
        drop(place);
    });
}

fn converse(stream: &mut UnixStream, agent: &Agent, peer: &Peer) {
    while let Ok(Some(request)) = read_frame(stream) {
        let reply = agent.answer(&request, ticks(), peer);
        if write_frame(stream, &reply).is_err() {
            return;
        }
    }
}

/// Who is at the other end of a socket, as the kernel noted when it was connected.
pub(crate) fn peer(stream: &UnixStream) -> Option<Peer> {
    let credentials = rustix::net::sockopt::socket_peercred(stream).ok()?;
    Some(Peer { user: credentials.uid.as_raw(), process: Some(credentials.pid.as_raw_nonzero().get()) })
}

pub(crate) fn check_path(path: &Path) -> Result<(), AgentError> {
    if path.as_os_str().len() > MOST_PATH { Err(AgentError::PathTooLong { limit: MOST_PATH }) } else { Ok(()) }
}

/// Refuses a folder into which another user could put a socket of his own.
fn check_folder(folder: &Path) -> Result<(), AgentError> {
    let about = fs::metadata(folder).map_err(AgentError::Io)?;
    if !about.is_dir() || about.uid() != user() || about.permissions().mode() & 0o077 != 0 {
        return Err(AgentError::Folder { path: folder.to_owned() });
    }
    Ok(())
}

fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}
