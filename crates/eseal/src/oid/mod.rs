//! Room `oid`: object identifiers, each with the clause that gives it.
//!
//! Uses no other room. Values of GB/T 33560-2017, table A.1, unless said otherwise.
#![allow(dead_code, reason = "a vocabulary: each room takes the words it needs")]

use const_oid::ObjectIdentifier;

macro_rules! oids {
    ($($(#[$doc:meta])* $name:ident = $value:literal;)*) => {
        $($(#[$doc])* pub(crate) const $name: ObjectIdentifier = ObjectIdentifier::new_unwrap($value);)*

        /// The name of an identifier that this program knows, as the standards spell it.
        pub(crate) fn name(oid: &ObjectIdentifier) -> Option<&'static str> {
            $(if *oid == $name { return Some(stringify!($name)); })*
            None
        }
    };
}

oids! {
    /// SM4 without a mode.
    SM4 = "1.2.156.10197.1.104";
    /// SM4 in ECB mode.
    SM4_ECB = "1.2.156.10197.1.104.1";
    /// SM4 in CBC mode.
    SM4_CBC = "1.2.156.10197.1.104.2";
    /// SM4 in CTR mode.
    SM4_CTR = "1.2.156.10197.1.104.7";
    /// The SM2 curve, `sm2p256v1`.
    SM2_CURVE = "1.2.156.10197.1.301";
    /// SM2 signature.
    SM2_SIGN = "1.2.156.10197.1.301.1";
    /// SM2 key exchange.
    SM2_KEY_EXCHANGE = "1.2.156.10197.1.301.2";
    /// SM2 encryption.
    SM2_ENCRYPT = "1.2.156.10197.1.301.3";
    /// SM3.
    SM3 = "1.2.156.10197.1.401";
    /// SM3 with a key, HMAC-SM3.
    HMAC_SM3 = "1.2.156.10197.1.401.2";
    /// HMAC-SM3 as GM/T 0091, A.2 has it; read only.
    HMAC_SM3_0091 = "1.2.156.10197.1.401.3.1";
    /// SM2 signature with SM3.
    SM2_WITH_SM3 = "1.2.156.10197.1.501";
    /// RSA signature with SM3.
    RSA_WITH_SM3 = "1.2.156.10197.1.504";
    /// GB/T 35275 data.
    GM_DATA = "1.2.156.10197.6.1.4.2.1";
    /// GB/T 35275 signedData.
    GM_SIGNED_DATA = "1.2.156.10197.6.1.4.2.2";
    /// GB/T 35275 envelopedData.
    GM_ENVELOPED_DATA = "1.2.156.10197.6.1.4.2.3";
    /// GB/T 35275 signedAndEnvelopedData.
    GM_SIGNED_AND_ENVELOPED_DATA = "1.2.156.10197.6.1.4.2.4";
    /// GB/T 35275 encryptedData.
    GM_ENCRYPTED_DATA = "1.2.156.10197.6.1.4.2.5";
    /// GB/T 35275 keyAgreementInfo.
    GM_KEY_AGREEMENT_INFO = "1.2.156.10197.6.1.4.2.6";
    /// Public keys on elliptic curves, RFC 5480.
    EC_PUBLIC_KEY = "1.2.840.10045.2.1";
    /// RSA keys, RFC 3279.
    RSA_ENCRYPTION = "1.2.840.113549.1.1.1";
    /// sha1WithRSAEncryption, RFC 3279; only to be named.
    SHA1_WITH_RSA = "1.2.840.113549.1.1.5";
    /// RSASSA-PSS, RFC 4055.
    RSA_PSS = "1.2.840.113549.1.1.10";
    /// mgf1, RFC 4055.
    MGF1 = "1.2.840.113549.1.1.8";
    /// sha256WithRSAEncryption, RFC 4055.
    SHA256_WITH_RSA = "1.2.840.113549.1.1.11";
    /// sha384WithRSAEncryption, RFC 4055.
    SHA384_WITH_RSA = "1.2.840.113549.1.1.12";
    /// sha512WithRSAEncryption, RFC 4055.
    SHA512_WITH_RSA = "1.2.840.113549.1.1.13";
    /// ecdsa-with-SHA1, RFC 3279; only to be named.
    ECDSA_WITH_SHA1 = "1.2.840.10045.4.1";
    /// ecdsa-with-SHA256, RFC 5758.
    ECDSA_WITH_SHA256 = "1.2.840.10045.4.3.2";
    /// ecdsa-with-SHA384, RFC 5758.
    ECDSA_WITH_SHA384 = "1.2.840.10045.4.3.3";
    /// ecdsa-with-SHA512, RFC 5758.
    ECDSA_WITH_SHA512 = "1.2.840.10045.4.3.4";
    /// secp256r1 (P-256), RFC 5480.
    P256 = "1.2.840.10045.3.1.7";
    /// secp384r1 (P-384), RFC 5480.
    P384 = "1.3.132.0.34";
    /// secp521r1 (P-521), RFC 5480.
    P521 = "1.3.132.0.35";
    /// data, RFC 5652.
    CMS_DATA = "1.2.840.113549.1.7.1";
    /// signedData, RFC 5652.
    CMS_SIGNED_DATA = "1.2.840.113549.1.7.2";
    /// envelopedData, RFC 5652.
    CMS_ENVELOPED_DATA = "1.2.840.113549.1.7.3";
    /// signedAndEnvelopedData, PKCS #7 1.5 (RFC 2315).
    PKCS7_SIGNED_AND_ENVELOPED_DATA = "1.2.840.113549.1.7.4";
    /// encryptedData, RFC 5652.
    CMS_ENCRYPTED_DATA = "1.2.840.113549.1.7.6";
    /// contentType attribute, RFC 5652, 11.1.
    CONTENT_TYPE = "1.2.840.113549.1.9.3";
    /// messageDigest attribute, RFC 5652, 11.2.
    MESSAGE_DIGEST = "1.2.840.113549.1.9.4";
    /// signingTime attribute, RFC 5652, 11.3.
    SIGNING_TIME = "1.2.840.113549.1.9.5";
    /// challengePassword attribute, RFC 2985.
    CHALLENGE_PASSWORD = "1.2.840.113549.1.9.7";
    /// tempPublicKey attribute of CFCA's tools (no standard).
    CFCA_TEMPORARY_KEY = "1.2.840.113549.1.9.63";
    /// extensionRequest attribute, RFC 2985.
    EXTENSION_REQUEST = "1.2.840.113549.1.9.14";
    /// id-ct-TSTInfo, RFC 3161, 2.4.2.
    TST_INFO = "1.2.840.113549.1.9.16.1.4";
    /// signingCertificate attribute, RFC 2634, 5.4.
    SIGNING_CERTIFICATE = "1.2.840.113549.1.9.16.2.12";
    /// signingCertificateV2 attribute, RFC 5035, 3.
    SIGNING_CERTIFICATE_V2 = "1.2.840.113549.1.9.16.2.47";
    /// Time-stamp token attribute, RFC 3161.
    TIMESTAMP_TOKEN = "1.2.840.113549.1.9.16.2.14";
    /// SHA-1, RFC 3279.
    SHA1 = "1.3.14.3.2.26";
    /// SHA-256, RFC 5754.
    SHA256 = "2.16.840.1.101.3.4.2.1";
    /// SHA-384, RFC 5754.
    SHA384 = "2.16.840.1.101.3.4.2.2";
    /// SHA-512, RFC 5754.
    SHA512 = "2.16.840.1.101.3.4.2.3";
    /// PBKDF2, RFC 8018.
    PBKDF2 = "1.2.840.113549.1.5.12";
    /// PBES2, RFC 8018.
    PBES2 = "1.2.840.113549.1.5.13";
    /// PBMAC1, RFC 8018.
    PBMAC1 = "1.2.840.113549.1.5.14";
    /// Key derivation by password, GM/T 0091-2020 (clause not checked).
    PBKDF_0091 = "1.2.156.10197.6.1.4.1.5.1";
    /// Encryption by password, GM/T 0091-2020 (clause not checked).
    PBES_0091 = "1.2.156.10197.6.1.4.1.5.2";
    /// Key derivation by password with an arc missing, as gmsm writes it; read only.
    PBKDF_GMSM = "1.2.156.10197.6.4.1.5.1";
    /// Encryption by password with an arc missing, as gmsm writes it; read only.
    PBES_GMSM = "1.2.156.10197.6.4.1.5.2";
    /// scrypt, RFC 7914.
    SCRYPT = "1.3.6.1.4.1.11591.4.11";
    /// pbeWithSHAAnd3-KeyTripleDES-CBC, RFC 7292, C; read only.
    PBE_SHA1_3DES = "1.2.840.113549.1.12.1.3";
    /// pbeWithSHAAnd128BitRC2-CBC, RFC 7292, C; read only.
    PBE_SHA1_RC2_128 = "1.2.840.113549.1.12.1.5";
    /// pbeWithSHAAnd40BitRC2-CBC, RFC 7292, C; read only.
    PBE_SHA1_RC2_40 = "1.2.840.113549.1.12.1.6";
    /// HMAC with SHA-1, RFC 8018.
    HMAC_SHA1 = "1.2.840.113549.2.7";
    /// HMAC with SHA-256, RFC 8018.
    HMAC_SHA256 = "1.2.840.113549.2.9";
    /// HMAC with SHA-384, RFC 8018.
    HMAC_SHA384 = "1.2.840.113549.2.10";
    /// HMAC with SHA-512, RFC 8018.
    HMAC_SHA512 = "1.2.840.113549.2.11";
    /// AES-128 in CBC mode, RFC 8018.
    AES128_CBC = "2.16.840.1.101.3.4.1.2";
    /// AES-192 in CBC mode, RFC 8018.
    AES192_CBC = "2.16.840.1.101.3.4.1.22";
    /// AES-256 in CBC mode, RFC 8018.
    AES256_CBC = "2.16.840.1.101.3.4.1.42";
    /// Triple DES in CBC mode, RFC 8018; read only.
    DES_EDE3_CBC = "1.2.840.113549.3.7";
    /// A private key in PKCS #12, RFC 7292, 4.2.1.
    KEY_BAG = "1.2.840.113549.1.12.10.1.1";
    /// An encrypted private key in PKCS #12, RFC 7292, 4.2.2.
    SHROUDED_KEY_BAG = "1.2.840.113549.1.12.10.1.2";
    /// A certificate in PKCS #12, RFC 7292, 4.2.3.
    CERT_BAG = "1.2.840.113549.1.12.10.1.3";
    /// The kind of certificate in a bag, RFC 7292, 4.2.3.
    X509_CERTIFICATE = "1.2.840.113549.1.9.22.1";
    /// friendlyName attribute, RFC 2985.
    FRIENDLY_NAME = "1.2.840.113549.1.9.20";
    /// localKeyId attribute, RFC 2985.
    LOCAL_KEY_ID = "1.2.840.113549.1.9.21";
    /// subjectKeyIdentifier, RFC 5280, 4.2.1.2.
    SUBJECT_KEY_IDENTIFIER = "2.5.29.14";
    /// keyUsage, RFC 5280, 4.2.1.3.
    KEY_USAGE = "2.5.29.15";
    /// subjectAltName, RFC 5280, 4.2.1.6.
    SUBJECT_ALT_NAME = "2.5.29.17";
    /// basicConstraints, RFC 5280, 4.2.1.9.
    BASIC_CONSTRAINTS = "2.5.29.19";
    /// cRLNumber, RFC 5280, 5.2.3.
    CRL_NUMBER = "2.5.29.20";
    /// reasonCode, RFC 5280, 5.3.1.
    REASON_CODE = "2.5.29.21";
    /// invalidityDate, RFC 5280, 5.3.2.
    INVALIDITY_DATE = "2.5.29.24";
    /// deltaCRLIndicator, RFC 5280, 5.2.4.
    DELTA_CRL_INDICATOR = "2.5.29.27";
    /// issuingDistributionPoint, RFC 5280, 5.2.5.
    ISSUING_DISTRIBUTION_POINT = "2.5.29.28";
    /// certificateIssuer, RFC 5280, 5.3.3.
    CERTIFICATE_ISSUER = "2.5.29.29";
    /// nameConstraints, RFC 5280, 4.2.1.10.
    NAME_CONSTRAINTS = "2.5.29.30";
    /// cRLDistributionPoints, RFC 5280, 4.2.1.13.
    CRL_DISTRIBUTION_POINTS = "2.5.29.31";
    /// freshestCRL, RFC 5280, 5.2.6.
    FRESHEST_CRL = "2.5.29.46";
    /// certificatePolicies, RFC 5280, 4.2.1.4.
    CERTIFICATE_POLICIES = "2.5.29.32";
    /// policyMappings, RFC 5280, 4.2.1.5.
    POLICY_MAPPINGS = "2.5.29.33";
    /// authorityKeyIdentifier, RFC 5280, 4.2.1.1.
    AUTHORITY_KEY_IDENTIFIER = "2.5.29.35";
    /// policyConstraints, RFC 5280, 4.2.1.11.
    POLICY_CONSTRAINTS = "2.5.29.36";
    /// extKeyUsage, RFC 5280, 4.2.1.12.
    EXTENDED_KEY_USAGE = "2.5.29.37";
    /// inhibitAnyPolicy, RFC 5280, 4.2.1.14.
    INHIBIT_ANY_POLICY = "2.5.29.54";
    /// authorityInfoAccess, RFC 5280, 4.2.2.1.
    AUTHORITY_INFO_ACCESS = "1.3.6.1.5.5.7.1.1";
    /// anyExtendedKeyUsage, RFC 5280, 4.2.1.12.
    EKU_ANY = "2.5.29.37.0";
    /// id-kp-serverAuth, RFC 5280, 4.2.1.12.
    EKU_SERVER_AUTH = "1.3.6.1.5.5.7.3.1";
    /// id-kp-clientAuth, RFC 5280, 4.2.1.12.
    EKU_CLIENT_AUTH = "1.3.6.1.5.5.7.3.2";
    /// id-kp-codeSigning, RFC 5280, 4.2.1.12.
    EKU_CODE_SIGNING = "1.3.6.1.5.5.7.3.3";
    /// id-kp-emailProtection, RFC 5280, 4.2.1.12.
    EKU_EMAIL_PROTECTION = "1.3.6.1.5.5.7.3.4";
    /// id-kp-timeStamping, RFC 3161.
    EKU_TIMESTAMPING = "1.3.6.1.5.5.7.3.8";
    /// id-kp-OCSPSigning, RFC 6960.
    EKU_OCSP_SIGNING = "1.3.6.1.5.5.7.3.9";
    /// id-pkix-ocsp-basic, RFC 6960.
    OCSP_BASIC = "1.3.6.1.5.5.7.48.1.1";
    /// id-pkix-ocsp-nonce, RFC 6960.
    OCSP_NONCE = "1.3.6.1.5.5.7.48.1.2";
    /// id-ad-ocsp, RFC 5280, 4.2.2.1.
    ACCESS_OCSP = "1.3.6.1.5.5.7.48.1";
    /// id-ad-caIssuers, RFC 5280, 4.2.2.1.
    ACCESS_CA_ISSUERS = "1.3.6.1.5.5.7.48.2";
    /// id-pkix-ocsp-nocheck, RFC 6960.
    OCSP_NOCHECK = "1.3.6.1.5.5.7.48.1.5";
    /// id-cct-PKIData, RFC 5272, 3.2.1.
    PKI_DATA = "1.3.6.1.5.5.7.12.2";
    /// What the content of a signed message is, in words, RFC 2634, 2.9.
    CONTENT_HINT = "1.2.840.113549.1.9.16.2.4";
    /// 个人身份标识码, GM/T 0015 (clause not checked).
    IDENTIFY_CODE = "1.2.156.10260.4.1.1";
    /// 个人社会保险号, GM/T 0015 (clause not checked).
    INSURANCE_NUMBER = "1.2.156.10260.4.1.2";
    /// 企业工商注册号, GM/T 0015 (clause not checked).
    IC_REGISTRATION_NUMBER = "1.2.156.10260.4.1.3";
    /// 企业组织机构代码, GM/T 0015 (clause not checked).
    ORGANIZATION_CODE = "1.2.156.10260.4.1.4";
    /// 企业税号, GM/T 0015 (clause not checked).
    TAXATION_NUMBER = "1.2.156.10260.4.1.5";
    /// The content type of a proof of identity: our own, beneath a GUID of ours in the arc that Microsoft keeps for such.
    AUTH_PROOF = "1.2.840.113556.1.8000.2554.18654.53112.4852.20200.48975.1867409.12222036.1.1";
    /// Argon2id (RFC 9106): our own, since nobody has registered one.
    ARGON2ID = "1.2.840.113556.1.8000.2554.18654.53112.4852.20200.48975.1867409.12222036.2.1";
    /// countryName, X.520.
    COUNTRY = "2.5.4.6";
    /// stateOrProvinceName, X.520.
    STATE = "2.5.4.8";
    /// localityName, X.520.
    LOCALITY = "2.5.4.7";
    /// organizationName, X.520.
    ORGANIZATION = "2.5.4.10";
    /// organizationalUnitName, X.520.
    ORGANIZATIONAL_UNIT = "2.5.4.11";
    /// commonName, X.520.
    COMMON_NAME = "2.5.4.3";
    /// surname, X.520.
    SURNAME = "2.5.4.4";
    /// serialNumber, X.520.
    SERIAL_NUMBER = "2.5.4.5";
    /// title, X.520.
    TITLE = "2.5.4.12";
    /// givenName, X.520.
    GIVEN_NAME = "2.5.4.42";
    /// emailAddress, RFC 2985.
    EMAIL_ADDRESS = "1.2.840.113549.1.9.1";
}

/// How a certificate request is bound to an approved application: the attribute's content, 2.25 with a UUID of our own.
/// An arc of 128 bits is more than [`ObjectIdentifier`] holds.
pub(crate) const ACTIVATION: &[u8] = &[
    0x69, 0x83, 0xb3, 0x90, 0xfa, 0xfc, 0x85, 0xdc, 0xd2, 0x97, 0x85, 0x8f, 0x89, 0xf8, 0x91, 0xcb, 0xe6, 0x8b, 0xe3,
    0x6e,
];

/// The dots of an identifier's content, arcs up to 128 bits; `None` if it is none or has a greater one.
pub(crate) fn dotted(content: &[u8]) -> Option<String> {
    let (mut text, mut arc, mut begun) = (String::new(), 0_u128, false);
    for byte in content {
        // An arc does not begin with a zero, and its seven bits have to fit.
        if (!begun && *byte == 0x80) || arc > u128::MAX >> 7 {
            return None;
        }
        arc = arc << 7 | u128::from(byte & 0x7f);
        begun = byte & 0x80 != 0;
        if begun {
            continue;
        }
        if text.is_empty() {
            let root = (arc / 40).min(2);
            text = format!("{root}.{}", arc - 40 * root);
        } else {
            text.push_str(&format!(".{arc}"));
        }
        arc = 0;
    }
    (!begun && !text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_written_in_dots_with_arcs_of_any_use() {
        assert_eq!(dotted(ACTIVATION).unwrap(), "2.25.289195154052239015571117595437482308078");
        for known in [SM2_WITH_SM3, COMMON_NAME, EKU_ANY, HMAC_SHA512, X509_CERTIFICATE] {
            assert_eq!(dotted(known.as_bytes()).unwrap(), known.to_string());
        }
        assert_eq!(dotted(&[0x88, 0x37]).unwrap(), "2.999");
        for content in
            [&[][..], &[0x80], &[0x2a, 0x80], &[0x2a, 0x80, 0x01], &[&[0x2a][..], &[0xff; 19], &[0x7f]].concat()]
        {
            assert_eq!(dotted(content), None, "{content:02x?}");
        }
    }
}
