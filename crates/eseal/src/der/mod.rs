//! Room `der`.
