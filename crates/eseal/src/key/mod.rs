//! Room `key`.
