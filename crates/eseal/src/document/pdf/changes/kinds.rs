//! The closed list of changes, and how grave each is.

use crate::lang::Lang;
use crate::lang::vocabulary;

/// How grave the changes after a signature are, from nothing to what cannot be explained.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ChangeClass {
    /// Nothing, or nothing that a reader could see.
    None,
    /// Document time stamps only.
    Timestamps,
    /// Further signatures or seals.
    Stamps,
    /// Fields were filled in.
    Forms,
    /// Comments were made.
    Annotations,
    /// Something else: the document is not what was signed.
    Other,
}

impl ChangeClass {
    /// All classes.
    pub const ALL: &[Self] = &[Self::None, Self::Timestamps, Self::Stamps, Self::Forms, Self::Annotations, Self::Other];

    /// The stable word for it.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Timestamps => "timestamps",
            Self::Stamps => "stamps",
            Self::Forms => "forms",
            Self::Annotations => "annotations",
            Self::Other => "other",
        }
    }

    /// The class in words.
    #[must_use]
    pub const fn label(self, lang: Lang) -> &'static str {
        match self {
            Self::None => lang.pick("无", "none"),
            Self::Timestamps => lang.pick("仅时间戳", "time stamps only"),
            Self::Stamps => lang.pick("仅后续签章", "further signatures only"),
            Self::Forms => lang.pick("填写了表单", "form filled"),
            Self::Annotations => lang.pick("添加了批注", "annotated"),
            Self::Other => lang.pick("其他修改", "other changes"),
        }
    }
}

vocabulary! {
    /// What was changed after a signature.
    #[non_exhaustive]
    pub enum ChangeKind: code {
        /// An object was written again just as it was.
        Rewritten = "rewritten", "对象原样重写", "an object was written again unchanged";
        /// A new object that nothing leads to.
        Unreachable = "unreachable", "新增了无引用的对象", "a new object that nothing leads to";
        /// `/Info` or the XMP metadata were written again.
        Metadata = "metadata", "更新了文档元数据", "metadata was updated";
        /// `/DSS` was added or extended: certificates, revocation lists, OCSP answers.
        ValidationData = "validation-data", "添加了验证材料", "validation data was added";
        /// The catalog's `/Version` was raised or `/Extensions` named.
        Version = "version", "更新了版本声明", "the version was raised";
        /// A document time stamp was added.
        Timestamp = "timestamp", "添加了文档时间戳", "a document time stamp was added";
        /// An existing empty signature field was signed.
        FieldSigned = "field-signed", "签署了已有的签名域", "an existing signature field was signed";
        /// A signature was added in a new field.
        NewSignature = "new-signature", "添加了新的签章", "a signature was added";
        /// An empty signature field was added.
        NewField = "new-field", "添加了空白签名域", "an empty signature field was added";
        /// A form field was filled in.
        FieldFilled = "field-filled", "填写了表单域", "a field was filled in";
        /// A comment was added, changed or deleted.
        Comment = "comment", "添加或修改了批注", "a comment was added, changed or deleted";
        /// The signature covers no whole revision, so nothing can be compared.
        NothingCovered = "nothing-covered", "签章未覆盖完整修订版", "the signature covers no whole revision";
        /// Bytes after the signed revision belong to nothing that a revision lists.
        UnaccountedBytes = "unaccounted-bytes", "签章之后有来历不明的字节", "bytes after the signature belong to no revision";
        /// An earlier signature does not permit this change.
        NotPermitted = "not-permitted", "先前签名不允许的修改", "an earlier signature does not permit this";
        /// A locked field was filled in or signed.
        FieldLocked = "field-locked", "修改了已锁定的域", "a locked field was changed";
        /// The trailer differs in what must stay.
        TrailerChanged = "trailer-changed", "文件尾被修改", "the trailer was changed";
        /// The catalog differs in what must stay.
        CatalogChanged = "catalog-changed", "文档目录被修改", "the catalog was changed";
        /// The form differs in what must stay.
        FormChanged = "form-changed", "表单结构被修改", "the form was changed";
        /// A field or its widget differs in what must stay, or a field of another kind was added.
        FieldChanged = "field-changed", "表单域被修改", "a field was changed";
        /// A signature, its dictionary or its appearance was changed or removed.
        SignatureChanged = "signature-changed", "已有签名被修改或移除", "an earlier signature was changed or removed";
        /// A signature field was given an appearance without a signature that covers its revision.
        AppearanceUnsigned = "appearance-unsigned", "签名域外观没有有效签名", "a signature appearance without a signature";
        /// A new signature covers an earlier one.
        Overlap = "overlap", "新签章遮盖了已有签章", "a new signature covers an earlier one";
        /// A page differs in more than its annotations.
        PageChanged = "page-changed", "页面被修改", "a page was changed";
        /// Pages were added, removed or moved.
        PagesChanged = "pages-changed", "页面被增删或移动", "pages were added, removed or moved";
        /// An annotation that is no comment was added, changed or deleted.
        AnnotationForbidden = "annotation-forbidden", "添加或修改了批注以外的注释", "an annotation that is no comment was changed";
        /// Something that acts was added: a script, an action, an optional layer.
        ActiveContent = "active-content", "添加了脚本、动作或可选图层", "a script, action or optional layer was added";
        /// The signed revision refers to an object that was defined only later.
        DanglingFilled = "dangling-filled", "补上了原先悬空的引用", "a dangling reference was given an object";
        /// An object that was hidden in the signed revision is used now.
        HiddenShown = "hidden-shown", "启用了原先隐藏的对象", "a hidden object was brought into use";
        /// An object stream that holds signed objects was replaced.
        ContainerReplaced = "container-replaced", "对象流被替换", "an object stream was replaced";
        /// An object was taken away.
        ObjectFreed = "object-freed", "对象被删除", "an object was deleted";
        /// An object was changed and no rule explains it.
        ObjectChanged = "object-changed", "对象被修改", "an object was changed";
        /// The validation data was cut or is malformed.
        ValidationDataBroken = "validation-data-broken", "验证材料被删减或格式错误", "validation data was removed or is malformed";
    }
}

impl ChangeKind {
    /// How grave it is.
    #[must_use]
    pub const fn class(self) -> ChangeClass {
        match self {
            Self::Rewritten | Self::Unreachable | Self::Metadata | Self::ValidationData | Self::Version => {
                ChangeClass::None
            }
            Self::Timestamp => ChangeClass::Timestamps,
            Self::FieldSigned | Self::NewSignature | Self::NewField => ChangeClass::Stamps,
            Self::FieldFilled => ChangeClass::Forms,
            Self::Comment => ChangeClass::Annotations,
            Self::NothingCovered
            | Self::UnaccountedBytes
            | Self::NotPermitted
            | Self::FieldLocked
            | Self::TrailerChanged
            | Self::CatalogChanged
            | Self::FormChanged
            | Self::FieldChanged
            | Self::SignatureChanged
            | Self::AppearanceUnsigned
            | Self::Overlap
            | Self::PageChanged
            | Self::PagesChanged
            | Self::AnnotationForbidden
            | Self::ActiveContent
            | Self::DanglingFilled
            | Self::HiddenShown
            | Self::ContainerReplaced
            | Self::ObjectFreed
            | Self::ObjectChanged
            | Self::ValidationDataBroken => ChangeClass::Other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_and_labels_differ_by_language() {
        let mut codes: Vec<_> = ChangeKind::ALL.iter().map(|kind| kind.code()).collect();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), ChangeKind::ALL.len());
        for kind in ChangeKind::ALL {
            assert_ne!(kind.label(Lang::ZhCn), kind.label(Lang::En));
        }
        for class in ChangeClass::ALL {
            assert_ne!(class.label(Lang::ZhCn), class.label(Lang::En));
        }
    }

    #[test]
    fn other_is_the_gravest_class() {
        assert_eq!(ChangeClass::ALL.iter().max(), Some(&ChangeClass::Other));
        assert!(ChangeClass::ALL.is_sorted());
    }
}
