//! Room `cms`.
