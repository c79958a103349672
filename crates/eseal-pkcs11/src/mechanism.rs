use cryptoki::mechanism::Mechanism;
use cryptoki::mechanism::MechanismType;
use cryptoki::mechanism::vendor_defined::CKM_VENDOR_DEFINED;
use cryptoki::mechanism::vendor_defined::VendorDefinedMechanism;

use crate::Pkcs11Error;

/// The numbers by which a module knows SM2 (厂商自定义机制号). PKCS #11 up to 3.1 has none of its own.
///
/// The signing mechanism must take *e*, the 32 bytes of SM3(Z ‖ M): a signer here is never given the message. A signature
/// comes back as DER or as r ‖ s; both are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mechanisms {
    /// Signs *e*.
    pub sign: u64,
    /// Opens what was encrypted with SM2; `None` where the module cannot.
    pub decrypt: Option<Decryption>,
    /// `CKK_…` of SM2 keys. Keys of type `CKK_EC` on the curve sm2p256v1 fit always.
    pub key_type: Option<u64>,
}

/// How a module decrypts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decryption {
    /// The mechanism.
    pub mechanism: u64,
    /// The form of ciphertext that it takes.
    pub form: CipherForm,
}

/// The forms of an SM2 ciphertext that modules take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CipherForm {
    /// DER `SM2Cipher`, GB/T 35276-2017 (clause not checked).
    Der,
    /// `04 ‖ x ‖ y ‖ C3 ‖ C2`.
    WithPoint,
    /// `x ‖ y ‖ C3 ‖ C2`.
    Bare,
}

/// Makers whose numbers are known from their published headers. None was tried with hardware here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Vendor {
    /// 三未信安 and those who took its numbers over: `CKM_SM2` is `CKM_VENDOR_DEFINED + 0x8000`.
    Sansec,
    /// IBM EP11: `CKM_IBM_SM2` and its neighbours.
    Ibm,
}

impl Vendor {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Sansec, Self::Ibm];

    /// The stable word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Sansec => "sansec",
            Self::Ibm => "ibm",
        }
    }

    /// The vendor with this word.
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|vendor| vendor.word() == word)
    }

    /// Its numbers.
    #[must_use]
    pub const fn mechanisms(self) -> Mechanisms {
        match self {
            // CKM_SM2_SIGN_NO_DER, CKM_SM2_CIPHER_DER, CKK_SM2.
            Self::Sansec => Mechanisms {
                sign: 0x8000_8105,
                decrypt: Some(Decryption { mechanism: 0x8000_8201, form: CipherForm::Der }),
                key_type: Some(0x8000_0004),
            },
            // CKM_IBM_SM2, CKM_IBM_SM2_ENCRYPT, CKK_IBM_SM2. In which form the latter takes a ciphertext is not known here.
            Self::Ibm => Mechanisms {
                sign: 0x8005_000B,
                decrypt: Some(Decryption { mechanism: 0x8005_000D, form: CipherForm::WithPoint }),
                key_type: Some(0x8005_0002),
            },
        }
    }
}

/// The binding's type for a number: one that it knows, or one of a vendor.
#[allow(clippy::useless_conversion, reason = "the binding's numbers are half as wide on Windows")]
pub(crate) fn mechanism_type(number: u64) -> Result<MechanismType, Pkcs11Error> {
    let bad = || Pkcs11Error::MechanismNumber { number };
    let number = number.try_into().map_err(|_| bad())?;
    let known = if number >= CKM_VENDOR_DEFINED {
        MechanismType::new_vendor_defined(number)
    } else {
        MechanismType::try_from(number)
    };
    known.map_err(|_| bad())
}

/// The mechanism without parameters.
pub(crate) fn mechanism(kind: MechanismType) -> Mechanism<'static> {
    Mechanism::VendorDefined(VendorDefinedMechanism::new::<()>(kind, None))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[allow(clippy::useless_conversion, reason = "the binding's numbers are half as wide on Windows")]
    fn numbers_of_vendors_and_of_the_standard_are_taken_and_others_are_not() {
        for vendor in Vendor::ALL {
            assert_eq!(Vendor::named(vendor.word()), Some(vendor));
            let mechanisms = vendor.mechanisms();
            assert_eq!(u64::from(*mechanism_type(mechanisms.sign).unwrap()), mechanisms.sign);
            assert!(mechanism_type(mechanisms.decrypt.unwrap().mechanism).is_ok());
        }
        assert_eq!(mechanism_type(0x1041).unwrap(), MechanismType::ECDSA);
        // What a maker took without asking, below the numbers that are free for makers.
        assert_eq!(mechanism_type(0x0001_0002), Err(Pkcs11Error::MechanismNumber { number: 0x0001_0002 }));
        assert_eq!(Vendor::named("none"), None);
    }
}
