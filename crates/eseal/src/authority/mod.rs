//! Room `authority`.
