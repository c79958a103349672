//! The closed list of changes, and how grave each is.

use crate::lang::Lang;

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

macro_rules! change_kinds {
    ($($(#[doc = $doc:literal])+ $name:ident $class:ident $code:literal $zh:literal $en:literal;)+) => {
        /// What was changed after a signature.
        #[non_exhaustive]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum ChangeKind {
            $($(#[doc = $doc])+ $name,)+
        }

        impl ChangeKind {
            /// Every kind.
            pub const ALL: &[Self] = &[$(Self::$name,)+];

            /// The stable word for it.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self { $(Self::$name => $code,)+ }
            }

            /// How grave it is.
            #[must_use]
            pub const fn class(self) -> ChangeClass {
                match self { $(Self::$name => ChangeClass::$class,)+ }
            }

            /// The change in words.
            #[must_use]
            pub const fn label(self, lang: Lang) -> &'static str {
                match self { $(Self::$name => lang.pick($zh, $en),)+ }
            }
        }
    };
}

change_kinds! {
    /// An object was written again just as it was.
    Rewritten None "rewritten" "对象原样重写" "an object was written again unchanged";
    /// A new object that nothing leads to.
    Unreachable None "unreachable" "新增了无引用的对象" "a new object that nothing leads to";
    /// `/Info` or the XMP metadata were written again.
    Metadata None "metadata" "更新了文档元数据" "metadata was updated";
    /// `/DSS` was added or extended: certificates, revocation lists, OCSP answers.
    ValidationData None "validation-data" "添加了验证材料" "validation data was added";
    /// The catalog's `/Version` was raised or `/Extensions` named.
    Version None "version" "更新了版本声明" "the version was raised";
    /// A document time stamp was added.
    Timestamp Timestamps "timestamp" "添加了文档时间戳" "a document time stamp was added";
    /// An existing empty signature field was signed.
    FieldSigned Stamps "field-signed" "签署了已有的签名域" "an existing signature field was signed";
    /// A signature was added in a new field.
    NewSignature Stamps "new-signature" "添加了新的签章" "a signature was added";
    /// An empty signature field was added.
    NewField Stamps "new-field" "添加了空白签名域" "an empty signature field was added";
    /// A form field was filled in.
    FieldFilled Forms "field-filled" "填写了表单域" "a field was filled in";
    /// A comment was added, changed or deleted.
    Comment Annotations "comment" "添加或修改了批注" "a comment was added, changed or deleted";
    /// The signature covers no whole revision, so nothing can be compared.
    NothingCovered Other "nothing-covered" "签章未覆盖完整修订版" "the signature covers no whole revision";
    /// Bytes after the signed revision belong to nothing that a revision lists.
    UnaccountedBytes Other "unaccounted-bytes" "签章之后有来历不明的字节" "bytes after the signature belong to no revision";
    /// An earlier signature does not permit this change.
    NotPermitted Other "not-permitted" "先前签名不允许的修改" "an earlier signature does not permit this";
    /// A locked field was filled in or signed.
    FieldLocked Other "field-locked" "修改了已锁定的域" "a locked field was changed";
    /// The trailer differs in what must stay.
    TrailerChanged Other "trailer-changed" "文件尾被修改" "the trailer was changed";
    /// The catalog differs in what must stay.
    CatalogChanged Other "catalog-changed" "文档目录被修改" "the catalog was changed";
    /// The form differs in what must stay.
    FormChanged Other "form-changed" "表单结构被修改" "the form was changed";
    /// A field or its widget differs in what must stay, or a field of another kind was added.
    FieldChanged Other "field-changed" "表单域被修改" "a field was changed";
    /// A signature, its dictionary or its appearance was changed or removed.
    SignatureChanged Other "signature-changed" "已有签名被修改或移除" "an earlier signature was changed or removed";
    /// A signature field was given an appearance without a signature that covers its revision.
    AppearanceUnsigned Other "appearance-unsigned" "签名域外观没有有效签名" "a signature appearance without a signature";
    /// A new signature covers an earlier one.
    Overlap Other "overlap" "新签章遮盖了已有签章" "a new signature covers an earlier one";
    /// A page differs in more than its annotations.
    PageChanged Other "page-changed" "页面被修改" "a page was changed";
    /// Pages were added, removed or moved.
    PagesChanged Other "pages-changed" "页面被增删或移动" "pages were added, removed or moved";
    /// An annotation that is no comment was added, changed or deleted.
    AnnotationForbidden Other "annotation-forbidden" "添加或修改了批注以外的注释" "an annotation that is no comment was changed";
    /// Something that acts was added: a script, an action, an optional layer.
    ActiveContent Other "active-content" "添加了脚本、动作或可选图层" "a script, action or optional layer was added";
    /// The signed revision refers to an object that was defined only later.
    DanglingFilled Other "dangling-filled" "补上了原先悬空的引用" "a dangling reference was given an object";
    /// An object that was hidden in the signed revision is used now.
    HiddenShown Other "hidden-shown" "启用了原先隐藏的对象" "a hidden object was brought into use";
    /// An object stream that holds signed objects was replaced.
    ContainerReplaced Other "container-replaced" "对象流被替换" "an object stream was replaced";
    /// An object was taken away.
    ObjectFreed Other "object-freed" "对象被删除" "an object was deleted";
    /// An object was changed and no rule explains it.
    ObjectChanged Other "object-changed" "对象被修改" "an object was changed";
    /// The validation data was cut or is malformed.
    ValidationDataBroken Other "validation-data-broken" "验证材料被删减或格式错误" "validation data was removed or is malformed";
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
