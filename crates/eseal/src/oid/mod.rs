//! Room `oid`.
