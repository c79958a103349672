//! The registry of an eseal office on SQLite.
