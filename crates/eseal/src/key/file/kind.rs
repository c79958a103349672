use crate::lang::vocabulary;

vocabulary! {
    /// How a key file is laid out; names the dialect where a program has its own.
    #[non_exhaustive]
    pub enum KeyFileFormat: word {
        /// `ECPrivateKey`, RFC 5915.
        Sec1 = "sec1", "SEC1（未加密）", "SEC1, not encrypted";
        /// `PrivateKeyInfo` with `ecPublicKey` and the curve, RFC 5208.
        Pkcs8 = "pkcs8", "PKCS#8（未加密）", "PKCS #8, not encrypted";
        /// The algorithm is the curve's identifier (some OpenSSL 3.0 builds); read only.
        Pkcs8CurveAlgorithm = "pkcs8-curve-algorithm", "PKCS#8（未加密，算法写作曲线标识）", "PKCS #8, not encrypted, with the curve as algorithm";
        /// The algorithm is the identifier of SM2 signature (Botan); read only.
        Pkcs8SignatureAlgorithm = "pkcs8-signature-algorithm", "PKCS#8（未加密，算法写作 SM2 签名标识）", "PKCS #8, not encrypted, with SM2 signature as algorithm";
        /// `EncryptedPrivateKeyInfo` with PBES2, RFC 8018.
        EncryptedPkcs8 = "pkcs8-encrypted", "加密的 PKCS#8（PBES2）", "encrypted PKCS #8 (PBES2)";
        /// The same with the identifiers of GM/T 0091; read only.
        EncryptedPkcs8Gmt0091 = "pkcs8-encrypted-gmt0091", "加密的 PKCS#8（GM/T 0091 标识）", "encrypted PKCS #8 with the identifiers of GM/T 0091";
        /// The same with identifiers that lack an arc, as gmsm writes them; read only.
        EncryptedPkcs8Gmsm = "pkcs8-encrypted-gmsm", "加密的 PKCS#8（gmsm 的缺位标识）", "encrypted PKCS #8 with the identifiers of gmsm, which lack an arc";
        /// The same with a scheme of PKCS #12, SHA-1 with triple DES or RC2; read only.
        EncryptedPkcs8Legacy = "pkcs8-encrypted-legacy", "加密的 PKCS#8（旧算法）", "encrypted PKCS #8 with algorithms of old";
        /// `PFX`, RFC 7292.
        Pkcs12 = "pkcs12", "PKCS#12", "PKCS #12";
        /// The key and certificate of CFCA's SADK (`.sm2`).
        CfcaSm2 = "cfca-sm2", "CFCA SM2 文件", "SM2 file of CFCA";
    }
}

vocabulary! {
    /// How a key is derived from a password.
    #[non_exhaustive]
    pub enum KeyDerivation: word {
        /// RFC 8018.
        Pbkdf2 = "pbkdf2", "PBKDF2", "PBKDF2";
        /// RFC 7914.
        Scrypt = "scrypt", "scrypt", "scrypt";
        /// RFC 7292, appendix B.
        Pkcs12 = "pkcs12-kdf", "PKCS#12 派生", "derivation of PKCS #12";
        /// One round of the SM2 key derivation function without salt: no protection against guessing.
        CfcaSm3 = "cfca-sm3", "单次 SM3（无盐）", "one round of SM3 without salt";
    }
}

vocabulary! {
    /// The hash function inside a derivation or an authentication code.
    #[non_exhaustive]
    pub enum KeyFileHash: word {
        /// SHA-1; read only.
        Sha1 = "sha1", "SHA-1", "SHA-1";
        /// SHA-256.
        Sha256 = "sha256", "SHA-256", "SHA-256";
        /// SHA-384; read only.
        Sha384 = "sha384", "SHA-384", "SHA-384";
        /// SHA-512; read only.
        Sha512 = "sha512", "SHA-512", "SHA-512";
        /// SM3.
        Sm3 = "sm3", "SM3", "SM3";
        /// SM3 under the identifier of GM/T 0091, A.2; read only.
        Sm3Gmt0091 = "sm3-gmt0091", "SM3（GM/T 0091 附录 A.2 标识）", "SM3 under the identifier of GM/T 0091, A.2";
    }
}

vocabulary! {
    /// The cipher over a private key or a bag of certificates.
    #[non_exhaustive]
    pub enum KeyFileCipher: word {
        /// AES-128 in CBC mode; read only.
        Aes128 = "aes-128-cbc", "AES-128-CBC", "AES-128-CBC";
        /// AES-192 in CBC mode; read only.
        Aes192 = "aes-192-cbc", "AES-192-CBC", "AES-192-CBC";
        /// AES-256 in CBC mode.
        Aes256 = "aes-256-cbc", "AES-256-CBC", "AES-256-CBC";
        /// SM4 in CBC mode.
        Sm4 = "sm4-cbc", "SM4-CBC", "SM4-CBC";
        /// Triple DES in CBC mode; read only.
        TripleDes = "des-ede3-cbc", "3DES-CBC", "triple DES in CBC mode";
        /// RC2 with 128 bits in CBC mode; read only.
        Rc2 = "rc2-128-cbc", "RC2-128-CBC", "RC2-128-CBC";
        /// RC2 with 40 bits in CBC mode, which anybody can break; read only.
        Rc2Weak = "rc2-40-cbc", "RC2-40-CBC（可被破解）", "RC2-40-CBC, which can be broken";
    }
}

impl KeyFileCipher {
    /// Bytes of the key.
    pub(super) const fn key_length(self) -> usize {
        match self {
            Self::Aes128 | Self::Sm4 | Self::Rc2 => 16,
            Self::Aes192 | Self::TripleDes => 24,
            Self::Aes256 => 32,
            Self::Rc2Weak => 5,
        }
    }

    /// Bytes of a block, and so of the IV.
    pub(super) const fn block_length(self) -> usize {
        match self {
            Self::Aes128 | Self::Aes192 | Self::Aes256 | Self::Sm4 => 16,
            Self::TripleDes | Self::Rc2 | Self::Rc2Weak => 8,
        }
    }
}

/// What stands between a password and what it protects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyProtection {
    /// How the key is derived.
    pub derivation: KeyDerivation,
    /// The hash function of the derivation; `None` for scrypt, which has its own.
    pub hash: Option<KeyFileHash>,
    /// Iterations; for scrypt its cost parameter N. 1 where the form has none.
    pub iterations: u64,
    /// Bytes of salt.
    pub salt: usize,
    /// What the derived key encrypts with; `None` for an authentication code.
    pub cipher: Option<KeyFileCipher>,
}

impl KeyProtection {
    /// Whether it is too weak for a file that others can get at: an algorithm of old, or less than 1,000 iterations.
    ///
    /// 1,000 is the least that RFC 8018, 4.2 recommends.
    #[must_use]
    pub const fn is_weak(&self) -> bool {
        let cipher =
            matches!(self.cipher, Some(KeyFileCipher::TripleDes | KeyFileCipher::Rc2 | KeyFileCipher::Rc2Weak));
        cipher || self.iterations < 1000
    }
}

/// What a key file tells of itself without its password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyFileInfo {
    /// Its layout.
    pub format: KeyFileFormat,
    /// What protects the private keys and certificates in it, each once; empty when nothing is encrypted.
    pub protections: Vec<KeyProtection>,
    /// What authenticates a PKCS #12 file as a whole.
    pub mac: Option<KeyProtection>,
}

impl KeyFileInfo {
    /// Whether a password is needed to read the file.
    #[must_use]
    pub const fn is_encrypted(&self) -> bool {
        !self.protections.is_empty() || self.mac.is_some()
    }
}
