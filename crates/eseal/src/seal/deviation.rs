use std::fmt;

use crate::lang::vocabulary;

/// Something in a seal or seal signature that its standard does not have, seen in real files or close to them.
///
/// A deviation says what was found and in which field. Most are only told; those where [`Deviation::is_fault`] holds
/// make the structure malformed.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Deviation {
    kind: DeviationKind,
    field: &'static str,
}

vocabulary! {
    /// The kinds of [`Deviation`].
    #[non_exhaustive]
    pub enum DeviationKind: code {
        /// `header.ID` is not "ES".
        HeaderId = "seal-header-id", "头标识不是 ES", "the header does not say ES";
        /// `header.version` is none that has this shape.
        HeaderVersion = "seal-header-version", "头版本号与数据结构不符", "the version in the header does not fit the shape";
        /// `TBS_Sign.version` is not the seal's version.
        SignatureVersion = "seal-signature-version", "签章版本号与印章版本号不同", "the version of the seal signature is not that of its seal";
        /// A value equal to its default is encoded (`critical FALSE`), which is not DER.
        ExplicitDefault = "seal-explicit-default", "编码了默认值（非 DER）", "a default value is encoded, which is not DER";
        /// Extensions lie in another wrapper (`[0]`, OCTET STRING, IMPLICIT) than the standard's.
        ExtensionsWrapped = "seal-extensions-wrapped", "扩展域的标签不合标准", "the extensions are wrapped in another tag than the standard's";
        /// An extension is critical and not known here.
        CriticalExtension = "seal-critical-extension", "含未知的关键扩展", "an unknown extension is marked critical";
        /// The signer list holds something that is neither a certificate nor a digest.
        SignerListEntry = "seal-signer-list-entry", "签章者列表中有非证书内容", "the signer list holds something that is no certificate";
        /// `certListType` does not say what the list holds.
        SignerListType = "seal-signer-list-type", "签章者列表类型与内容不符", "the type of the signer list is not that of its entries";
        /// The signer list holds the same certificate twice.
        SignerTwice = "seal-signer-twice", "签章者列表中有重复证书", "the signer list holds a certificate twice";
        /// The signer list holds nothing.
        NoSigners = "seal-no-signers-listed", "签章者列表为空", "the signer list is empty";
        /// UTCTime stands for GeneralizedTime or the other way round.
        TimeType = "seal-time-type", "时间类型不合标准", "the time has another type than the standard's";
        /// A time has parts of a second.
        TimeFraction = "seal-time-fraction", "时间含小数秒", "the time has parts of a second";
        /// A time is written as text.
        TimeText = "seal-time-text", "时间以文本书写", "the time is written as text";
        /// A time is text without an offset; it is taken as China Standard Time (北京时间).
        TimeZoneAssumed = "seal-time-zone-assumed", "时间未写时区，按北京时间理解", "the time has no zone, China Standard Time is assumed";
        /// A text has another string type than the standard's.
        StringType = "seal-string-type", "字符串类型不合标准", "the text has another string type than the standard's";
        /// An IA5String holds bytes beyond ASCII.
        NotAscii = "seal-not-ascii", "IA5String 中含非 ASCII 字节", "an IA5String holds bytes beyond ASCII";
        /// A text is not UTF-8.
        NotUtf8 = "seal-not-utf8", "文本不是 UTF-8", "the text is not UTF-8";
        /// An OCTET STRING stands for a BIT STRING.
        OctetsForBits = "seal-octets-for-bits", "以 OCTET STRING 代替 BIT STRING", "an OCTET STRING stands for a BIT STRING";
        /// The algorithm is "SM2 signature" without naming SM3.
        AlgorithmName = "seal-algorithm-name", "算法标识只写 SM2 签名", "the algorithm names SM2 but not SM3";
        /// The picture's type is not what its bytes are.
        PictureType = "seal-picture-type", "印章图片类型与内容不符", "the picture is of another type than it says";
        /// The picture's width or height is zero, negative or absurd.
        PictureSize = "seal-picture-size", "印章图片尺寸不合理", "the printed size of the picture makes no sense";
    }
}

impl DeviationKind {
    /// Whether it makes the structure malformed.
    #[must_use]
    pub const fn is_fault(self) -> bool {
        matches!(self, Self::HeaderId | Self::HeaderVersion | Self::PictureSize)
    }
}

impl Deviation {
    pub(super) const fn new(kind: DeviationKind, field: &'static str) -> Self {
        Self { kind, field }
    }

    /// What was found.
    #[must_use]
    pub const fn kind(&self) -> DeviationKind {
        self.kind
    }

    /// The field, in the standard's spelling.
    #[must_use]
    pub const fn field(&self) -> &'static str {
        self.field
    }

    /// The stable word for its kind.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        self.kind.code()
    }

    /// Whether it makes the structure malformed.
    #[must_use]
    pub const fn is_fault(&self) -> bool {
        self.kind.is_fault()
    }
}

impl fmt::Debug for Deviation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}({})", self.code(), self.field)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::Lang;

    #[test]
    fn every_kind_has_its_own_code_and_two_labels() {
        let mut codes: Vec<_> = DeviationKind::ALL.iter().map(|kind| kind.code()).collect();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), DeviationKind::ALL.len());
        for kind in DeviationKind::ALL {
            assert!(kind.code().starts_with("seal-"));
            assert_ne!(kind.label(Lang::ZhCn), kind.label(Lang::En));
        }
    }
}
