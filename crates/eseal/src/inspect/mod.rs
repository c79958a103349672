//! Room `inspect`.
