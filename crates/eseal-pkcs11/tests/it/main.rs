//! Keys behind modules: one that knows no SM2 (SoftHSM2), and one of our own that does.

mod sm2_module;
mod softhsm;
mod support;
