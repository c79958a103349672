use crate::lang::vocabulary;

vocabulary! {
    /// Something in a message that its standard does not have, and that is read all the same since real programs write it.
    #[non_exhaustive]
    #[derive(PartialOrd, Ord)]
    pub enum CmsDeviation: code {
        /// Elements without a length (BER), as writers of streams leave them; RFC 5652 allows it, GB/T 35275 does not.
        WithoutLengths = "cms-without-lengths", "采用不定长编码（BER）", "elements come without a length, which is BER and not DER";
        /// The content is named by the other standard than the message.
        MixedTypes = "cms-mixed-types", "内容类型标识属于另一标准", "the type of the content is named by another standard than the message";
        /// The key is said to be encrypted with SM2 key exchange (1.2.156.10197.1.301.2); GmSSL.
        KeyExchangeNamed = "cms-key-exchange-named", "密钥加密算法标识写作 SM2 密钥交换（301.2）", "the key's encryption is named SM2 key exchange (301.2) instead of SM2 encryption";
        /// A recipient is named by a key identifier, which GB/T 35275 does not have; CFCA.
        RecipientByKeyId = "cms-recipient-by-key-id", "以密钥标识符指明接收者", "a recipient is named by a key identifier";
        /// A recipient is named by a serial number and an empty issuer; gmcert.org.
        RecipientWithoutIssuer = "cms-recipient-without-issuer", "接收者的颁发者名称为空", "the issuer of a recipient's certificate is empty";
        /// The cipher is SM4 without a mode, and its parameters decide: an IV is there for CBC, none for ECB; CFCA, gmcert.org.
        CipherWithoutMode = "cms-cipher-without-mode", "SM4 标识未指明模式，按参数判断", "SM4 is named without a mode, which the parameters decide";
        /// The content is encrypted block by block (ECB), which shows equal blocks.
        CipherEcb = "cms-cipher-ecb", "内容以 ECB 模式加密", "the content is encrypted in ECB mode";
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::Lang;

    #[test]
    fn every_kind_has_its_own_code_and_two_labels() {
        let mut codes: Vec<_> = CmsDeviation::ALL.iter().map(|kind| kind.code()).collect();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), CmsDeviation::ALL.len());
        for kind in CmsDeviation::ALL {
            assert!(kind.code().starts_with("cms-"));
            assert_ne!(kind.label(Lang::ZhCn), kind.label(Lang::En));
        }
    }
}
