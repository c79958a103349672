//! Room `token`.
