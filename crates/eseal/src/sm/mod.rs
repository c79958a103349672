//! Room `sm`.
