//! `key::Signer` over a PKCS#11 module (密码设备接口): keys in hardware, by the names that the module's maker gave to SM2.
