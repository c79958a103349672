use crate::lang::vocabulary;

vocabulary! {
    /// The name of a part in a listing: a closed vocabulary with a stable word and a label in both languages.
    #[non_exhaustive]
    pub enum Key: word {
        // What a file is.
        Pdf = "pdf", "PDF 文件", "PDF file";
        Seal = "seal", "电子印章", "electronic seal";
        SealSignature = "seal-signature", "电子签章数据", "seal signature";
        Certificate = "certificate", "数字证书", "certificate";
        Request = "request", "证书请求", "certificate request";
        RevocationList = "revocation-list", "证书撤销列表", "revocation list";
        CertificateResponse = "certificate-response", "证书签发响应", "certificate response";
        SignedMessage = "signed-message", "签名数据", "signed message";
        TimestampResponse = "timestamp-response", "时间戳响应", "time-stamp response";
        Message = "message", "密码消息", "cryptographic message";
        Signature = "signature", "数字签名", "signature";
        Token = "token", "软证书介质", "soft token";
        UnlockRequest = "unlock-request", "解锁请求", "unlock request";
        AuthChallenge = "auth-challenge", "认证挑战", "login challenge";
        AuthProof = "auth-proof", "认证应答", "answer to a login challenge";
        SecretKey = "secret-key", "私钥文件", "private key file";
        PublicKeyFile = "public-key-file", "公钥文件", "public key file";
        Pkcs12 = "pkcs12", "PKCS#12 文件", "PKCS #12 file";
        Picture = "picture", "图片", "picture";
        Zip = "zip", "OFD 或其他 ZIP 文件", "OFD or another ZIP file";
        Pem = "pem", "PEM 文件", "PEM file";
        Der = "der", "其他 ASN.1 数据", "other ASN.1 data";

        // What many things have.
        Size = "size", "字节数", "size in bytes";
        Sm3 = "sm3", "SM3 杂凑值", "SM3 digest";
        Version = "version", "版本", "version";
        Standard = "standard", "标准", "standard";
        Name = "name", "名称", "name";
        Label = "label", "标签", "label";
        Id = "id", "标识", "number";
        Kind = "kind", "类型", "kind";
        KindHint = "kind-hint", "类型含义（推测）", "probable meaning of the kind";
        Created = "created", "制作时间", "made at";
        NotBefore = "not-before", "有效期起", "valid from";
        NotAfter = "not-after", "有效期止", "valid to";
        Algorithm = "algorithm", "算法", "algorithm";
        SignatureValue = "signature-value", "签名值", "signature value";
        SignatureForm = "signature-form", "签名值格式", "form of the signature value";
        Timestamp = "timestamp", "时间戳", "time stamp";
        Extensions = "extensions", "扩展项", "extensions";
        Extension = "extension", "扩展项", "extension";
        Critical = "critical", "关键", "critical";
        Value = "value", "值", "value";
        Format = "format", "格式", "format";
        Unreadable = "unreadable", "无法解析", "cannot be read";
        More = "more", "未列出的数量", "not listed";
        Faults = "faults", "不合标准之处", "broken rules";
        Fault = "fault", "不合标准之处", "broken rule";
        Offset = "offset", "字节位置", "byte offset";

        // Seals and seal signatures.
        HeaderId = "header-id", "头标识", "header word";
        HeaderVersion = "header-version", "头版本号", "version in the header";
        Vendor = "vendor", "厂商标识", "vendor";
        Pixels = "pixels", "像素", "pixels";
        SizeMm = "size-mm", "显示尺寸（毫米）", "printed size in mm";
        NamedFormat = "named-format", "标称格式", "format it is named";
        Signers = "signers", "签章者列表", "signers";
        SignerDigest = "signer-digest", "签章者证书杂凑值", "digest of a signer's certificate";
        SignerOther = "signer-other", "其他签章者条目", "signer in another form";
        Maker = "maker", "制章者", "seal maker";
        Signer = "signer", "签章者", "signer";
        ClaimedTime = "claimed-time", "签章时间（自称）", "signing time, as claimed";
        DataHash = "data-hash", "原文杂凑值", "document hash";
        PropertyInfo = "property-info", "原文属性", "document property";
        Deviations = "deviations", "与标准的差异", "deviations from the standard";
        Deviation = "deviation", "与标准的差异", "deviation from the standard";
        Field = "field", "字段", "field";

        // Certificates, requests, revocation lists.
        SerialNumber = "serial-number", "序列号", "serial number";
        Subject = "subject", "主体", "subject";
        Issuer = "issuer", "签发者", "issuer";
        PublicKey = "public-key", "公钥", "public key";
        KeyAlgorithm = "key-algorithm", "公钥算法", "key algorithm";
        KeyUsage = "key-usage", "密钥用途", "key usage";
        ExtendedKeyUsage = "extended-key-usage", "扩展密钥用途", "extended key usage";
        Ca = "ca", "是否 CA", "is a CA";
        PathLength = "path-length", "路径长度限制", "path length limit";
        SubjectKeyId = "subject-key-id", "主体密钥标识符", "subject key identifier";
        AuthorityKeyId = "authority-key-id", "颁发机构密钥标识符", "authority key identifier";
        Application = "application", "所属申请", "application";
        Attributes = "attributes", "属性", "attributes";
        Attribute = "attribute", "属性", "attribute";
        ThisUpdate = "this-update", "本次更新", "this update";
        NextUpdate = "next-update", "下次更新", "next update";
        ListNumber = "list-number", "列表编号", "list number";
        Revoked = "revoked", "已撤销证书", "revoked certificates";
        Entry = "entry", "条目", "entry";
        RevokedAt = "revoked-at", "撤销时间", "revoked at";
        Reason = "reason", "原因", "reason";
        InvalidityDate = "invalidity-date", "失效日期", "invalid since";
        Envelope = "envelope", "加密密钥信封", "enveloped encryption key";

        // Messages.
        Dialect = "dialect", "消息标准", "message standard";
        ContentType = "content-type", "内容类型", "content type";
        Content = "content", "内容", "content";
        Certificates = "certificates", "证书", "certificates";
        UnreadCertificates = "unread-certificates", "未解析的证书数量", "certificates not read";
        RevocationLists = "revocation-lists", "撤销列表", "revocation lists";
        Recipients = "recipients", "接收者", "recipients";
        Recipient = "recipient", "接收者信息", "recipient information";
        OtherRecipients = "other-recipients", "其他方式的接收者数量", "recipients of other kinds";
        EncryptedKey = "encrypted-key", "加密后的会话密钥", "encrypted content key";
        Cipher = "cipher", "内容加密算法", "content cipher";
        EncryptedSize = "encrypted-size", "密文字节数", "encrypted bytes";
        MessageSigner = "message-signer", "签名者信息", "signer information";
        KeyId = "key-id", "密钥标识符", "key identifier";
        DigestAlgorithm = "digest-algorithm", "杂凑算法", "digest algorithm";
        SignatureAlgorithm = "signature-algorithm", "签名算法", "signature algorithm";
        SignedAttributes = "signed-attributes", "签名属性", "signed attributes";
        UnsignedAttributes = "unsigned-attributes", "非签名属性", "attributes not signed";
        ContentHint = "content-hint", "内容说明", "what the content is";
        SigningTime = "signing-time", "签名时间（自称）", "signing time, as claimed";

        Status = "status", "状态", "status";

        // Tokens and keys.
        Epoch = "epoch", "封装次数", "sealing number";
        Level = "level", "保护级别", "protection level";
        MinPinLength = "min-pin-length", "口令最短长度", "fewest characters of a PIN";
        MaxTries = "max-tries", "最多尝试次数", "tries in all";
        TriesLeft = "tries-left", "剩余尝试次数", "tries left";
        Locked = "locked", "是否锁定", "locked";
        ExportAllowed = "export-allowed", "允许导出", "export allowed";
        Kdf = "kdf", "口令派生", "PIN derivation";
        KdfIterations = "kdf-iterations", "口令派生迭代次数", "iterations of PIN derivation";
        KdfDemo = "kdf-demo", "仅供演示的派生强度", "derivation cost for demonstration only";
        Slots = "slots", "解封方式", "what it opens with";
        Slot = "slot", "解封方式", "opens with";
        Escrow = "escrow", "托管说明", "escrow";
        UnlockCode = "unlock-code", "核对码", "code to read aloud";
        RequestedAt = "requested-at", "申请时间", "requested at";
        Unlocker = "unlocker", "解锁授权方", "unlocker";
        Keys = "keys", "密钥", "keys";
        KeyUse = "key-use", "用途", "use";
        Encrypted = "encrypted", "是否加密", "encrypted";

        // Logging in.
        Audience = "audience", "认证对象", "audience";

        // PDF.
        Revisions = "revisions", "修订版本", "revisions";
        Revision = "revision", "修订版本", "revision";
        CrossReference = "cross-reference", "交叉引用形式", "cross-reference form";
        End = "end", "结束位置", "ends at byte";
        Pages = "pages", "页", "pages";
        Page = "page", "页", "page";
        Rotate = "rotate", "旋转角度", "rotation";
        Fields = "fields", "表单域", "form fields";
        FormField = "form-field", "表单域", "form field";
        Signatures = "signatures", "签名", "signatures";
        PdfSignature = "pdf-signature", "签名域", "signature field";
        Filter = "filter", "Filter", "Filter";
        SubFilter = "sub-filter", "SubFilter", "SubFilter";
        ByteRange = "byte-range", "字节范围", "byte range";
        Coverage = "coverage", "覆盖范围", "coverage";
        Contents = "contents", "签名内容", "signature contents";
        Location = "location", "地点", "location";
        Contact = "contact", "联系方式", "contact";
        StatedTime = "stated-time", "字典中的时间", "time in the dictionary";
        Permission = "permission", "允许的后续修改", "changes allowed afterwards";
        Lock = "lock", "锁定的表单域", "locked fields";
        Widgets = "widgets", "显示位置", "places shown";
        Widget = "widget", "显示位置", "place shown";
        RectMm = "rect-mm", "位置（毫米，左上角起）", "place in mm from the top left";
        Visible = "visible", "是否可见", "visible";
        Orphans = "orphans", "未挂接的签名", "signatures that no field holds";
        Object = "object", "对象", "object";

        // ASN.1 of which nothing is known.
        Sequence = "sequence", "SEQUENCE", "SEQUENCE";
        Set = "set", "SET", "SET";
        Boolean = "boolean", "BOOLEAN", "BOOLEAN";
        Integer = "integer", "INTEGER", "INTEGER";
        BitString = "bit-string", "BIT STRING", "BIT STRING";
        OctetString = "octet-string", "OCTET STRING", "OCTET STRING";
        Null = "null", "NULL", "NULL";
        ObjectIdentifier = "object-identifier", "OBJECT IDENTIFIER", "OBJECT IDENTIFIER";
        Enumerated = "enumerated", "ENUMERATED", "ENUMERATED";
        Text = "text", "字符串", "text";
        Time = "time", "时间", "time";
        Tagged = "tagged", "标签", "tagged";
        Other = "other", "其他", "other";
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_word_is_used_once_and_is_kebab_case() {
        let words: HashSet<_> = Key::ALL.iter().map(|key| key.word()).collect();
        assert_eq!(words.len(), Key::ALL.len());
        let kebab =
            |word: &str| word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
        assert!(words.into_iter().all(kebab));
    }
}
