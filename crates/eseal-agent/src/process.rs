use std::fs::File;
use std::io;
use std::time::Duration;

use rustix::process::DumpableBehavior;
use rustix::process::Resource;
use rustix::process::Rlimit;
use rustix::time::ClockId;

/// Makes this process hard to look into: no core dump, and no other process of the same user may attach to it or read its memory.
///
/// Swap is not kept away: the limit for locked memory is small on most systems, and a process over it ends. Encrypt the swap.
///
/// # Errors
/// What the system said; then nothing should be held.
pub fn harden() -> io::Result<()> {
    rustix::process::setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) })?;
    rustix::process::set_dumpable_behavior(DumpableBehavior::NotDumpable)?;
    Ok(())
}

/// Goes on in the background: a session of its own, the root folder, and nothing to read or write on the standard streams.
///
/// # Errors
/// What the system said.
pub fn leave_terminal() -> io::Result<()> {
    // Fails where the process leads its group already: then it has no terminal to lose.
    let _ = rustix::process::setsid();
    std::env::set_current_dir("/")?;
    let nothing = File::options().read(true).write(true).open("/dev/null")?;
    rustix::stdio::dup2_stdin(&nothing)?;
    rustix::stdio::dup2_stdout(&nothing)?;
    rustix::stdio::dup2_stderr(&nothing)?;
    Ok(())
}

/// The time since the machine started, sleep included: what an [`Agent`](super::Agent) counts by. Nobody can set it.
#[must_use]
pub fn ticks() -> Duration {
    let time = rustix::time::clock_gettime(ClockId::Boottime);
    let seconds = u64::try_from(time.tv_sec).unwrap_or(0);
    Duration::new(seconds, u32::try_from(time.tv_nsec).unwrap_or(0))
}

/// The number of this process's user.
#[must_use]
pub fn user() -> u32 {
    rustix::process::geteuid().as_raw()
}
