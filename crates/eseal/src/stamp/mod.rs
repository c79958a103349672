//! Room `stamp`.
