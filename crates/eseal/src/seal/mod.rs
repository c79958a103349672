//! Room `seal`.
