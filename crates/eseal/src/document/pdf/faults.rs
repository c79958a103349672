//! What a strict reader objects to although the file can be read.

use crate::lang::vocabulary;

use super::object::ObjectId;

/// One broken rule, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Which rule.
    pub kind: FaultKind,
    /// Byte of the file near which it was seen, where that can be told.
    pub offset: Option<usize>,
    /// The object concerned, if there is one.
    pub object: Option<ObjectId>,
}

impl Fault {
    pub(crate) const fn at(kind: FaultKind, offset: usize) -> Self {
        Self { kind, offset: Some(offset), object: None }
    }

    pub(crate) const fn of(kind: FaultKind, object: ObjectId) -> Self {
        Self { kind, offset: None, object: Some(object) }
    }

    /// The stable word for the rule.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        self.kind.code()
    }
}

vocabulary! {
    /// Which rule a file breaks.
    #[non_exhaustive]
    pub enum FaultKind: code {
        /// Bytes other than one line end stand after the last `%%EOF`.
        TrailingBytes = "trailing-bytes", "文件末尾有多余字节", "bytes follow the end of the file";
        /// A dictionary that matters has a key twice.
        DuplicateKey = "duplicate-key", "字典中有重复的键", "a dictionary has a key twice";
        /// A cross-reference section, an entry or an object does not stand exactly where and as it should, but it is clear
        /// what is meant.
        LooseXref = "loose-xref", "交叉引用位置不精确", "a cross-reference is not exact";
        /// The table and the stream of a hybrid section place an object differently.
        HybridDisagrees = "hybrid-disagrees", "混合交叉引用前后不一致", "table and stream of a hybrid file disagree";
        /// An object number is not below `/Size`.
        SizeTooSmall = "size-too-small", "/Size 小于对象编号", "an object number is not below /Size";
        /// An object in use is placed at byte 0; it is taken as free.
        OffsetZero = "offset-zero", "交叉引用项偏移为零", "an object in use is placed at byte 0";
        /// One section lists an object twice.
        ListedTwice = "listed-twice", "同一交叉引用节重复列出对象", "a section lists an object twice";
        /// A revision has no `startxref` and `%%EOF` right after its cross-reference section.
        UnclearEnd = "unclear-end", "修订版结尾不明确", "a revision does not end after its cross-reference section";
        /// An object stands in a revision whose cross-reference section does not list it there.
        UnlistedObject = "unlisted-object", "对象未被本修订版列出", "an object is not listed by its revision";
        /// A revision defines an object twice.
        DefinedTwice = "defined-twice", "同一修订版重复定义对象", "a revision defines an object twice";
        /// Bytes that belong to no object, section or comment.
        UnaccountedBytes = "unaccounted-bytes", "存在不属于任何对象的字节", "bytes belong to no object";
        /// No `/MediaBox` on a page or above it.
        NoMediaBox = "no-media-box", "页面没有 MediaBox", "a page has no media box";
        /// `/Rotate` is not a multiple of 90; taken as 0.
        OddRotation = "odd-rotation", "页面旋转角度不是 90 的倍数", "a rotation is not a multiple of 90 degrees";
        /// A page is written inside `/Kids` and not as an object of its own.
        DirectPage = "direct-page", "页面不是独立对象", "a page is not an object of its own";
        /// `/Count` is not the number of pages.
        WrongCount = "wrong-count", "页数与 /Count 不符", "the page count is not what /Count says";
        /// Two fields have the same full name.
        FieldNameTwice = "field-name-twice", "表单域名称重复", "two fields have the same name";
        /// A field's `/V` is not a reference to a signature dictionary.
        ValueNotIndirect = "value-not-indirect", "签名字典不是间接对象", "a signature dictionary is not an object of its own";
        /// A signature dictionary stands in an object stream.
        SignatureCompressed = "signature-compressed", "签名字典位于对象流中", "a signature dictionary stands in an object stream";
        /// Two fields share one signature dictionary.
        SignatureShared = "signature-shared", "多个域共用签名字典", "two fields share a signature dictionary";
        /// The signature dictionary lacks a key, or a key has the wrong type.
        SignatureMalformed = "signature-malformed", "签名字典格式错误", "a signature dictionary is malformed";
        /// The signature dictionary in force was not written in the revision that it signs.
        SignatureRedefined = "signature-redefined", "签名字典在签名之后被改写", "a signature dictionary was written again after signing";
        /// `/ByteRange` is not four direct integers that begin at 0 and ascend inside the file.
        ByteRangeMalformed = "byte-range-malformed", "ByteRange 格式错误", "a byte range is malformed";
        /// The hole of `/ByteRange` is not exactly the `/Contents` of its dictionary.
        ByteRangeHole = "byte-range-hole", "ByteRange 空洞与 Contents 不符", "the hole of a byte range is not the /Contents";
        /// The covered bytes of two signatures cross.
        ByteRangesCross = "byte-ranges-cross", "ByteRange 相互交叉", "the byte ranges of two signatures cross";
        /// `/Contents` is not one DER object followed by zeros.
        ContentsMalformed = "contents-malformed", "Contents 不是补零的 DER 数据", "the /Contents is not DER with zero padding";
        /// A widget is listed by no page.
        WidgetNotOnPage = "widget-not-on-page", "签名外观不在任何页面上", "a widget is on no page";
        /// A widget is listed by several pages, or several times.
        WidgetOnSeveralPages = "widget-on-several-pages", "签名外观出现多次", "a widget is listed more than once";
        /// A second certification, or one that is not the first signature.
        CertificationNotFirst = "certification-not-first", "认证签名不是首个签名", "a certification is not the first signature";
        /// `/Perms` in the catalog does not point to the certification.
        PermissionsDisagree = "permissions-disagree", "目录 /Perms 与认证签名不符", "/Perms does not point to the certification";
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::Lang;

    #[test]
    fn codes_are_unique_and_labels_differ_by_language() {
        let mut codes: Vec<_> = FaultKind::ALL.iter().map(|kind| kind.code()).collect();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), FaultKind::ALL.len());
        for kind in FaultKind::ALL {
            assert_ne!(kind.label(Lang::ZhCn), kind.label(Lang::En));
        }
    }
}
