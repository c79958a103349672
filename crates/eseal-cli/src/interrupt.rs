//! Ctrl-C between files: the one in hand is finished, the rest is not begun. A second Ctrl-C ends at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::failure::Failure;

/// Whether the run was interrupted.
pub(crate) struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// Begins to watch. Where signals cannot be caught nothing is lost: every file is written all or nothing.
    pub(crate) fn watch() -> Self {
        let came = Arc::new(AtomicBool::new(false));
        #[cfg(unix)]
        {
            use signal_hook::consts::SIGINT;
            // The order matters: the second signal finds the flag set by the first.
            let _ = signal_hook::flag::register_conditional_shutdown(SIGINT, 130, Arc::clone(&came));
            let _ = signal_hook::flag::register(SIGINT, Arc::clone(&came));
        }
        Self(came)
    }

    /// Whether Ctrl-C was pressed since.
    pub(crate) fn came(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// Tells how far the run came.
    pub(crate) fn failure(done: usize, all: usize) -> Failure {
        let count = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
        Failure::new("interrupted").with("count", count(done)).with("limit", count(all))
    }
}
