use crate::lang::vocabulary;

vocabulary! {
    /// How much a finding of the linter weighs.
    pub enum LintSeverity: word {
        /// Breaks what a standard demands; nothing is issued with one.
        Error = "error", "错误", "error";
        /// Breaks what a standard recommends, or what others stumble over; no profile is loaded with one.
        Warning = "warning", "警告", "warning";
        /// Worth knowing.
        Notice = "notice", "提示", "notice";
    }
}

/// Makes the vocabulary of rules, each with its severity and the clause it stands on.
macro_rules! rules {
    ($($(#[$doc:meta])* $variant:ident = $id:literal, $severity:ident, $clause:literal, $zh:literal, $en:literal;)+) => {
        vocabulary! {
            /// A rule for certificates that the linter holds them to. The id names the standard that demands it; `eseal-`
            /// marks rules of our own.
            pub enum LintRule: id {
                $($(#[$doc])* $variant = $id, $zh, $en;)+
            }
        }

        impl LintRule {
            /// How much a breach weighs.
            #[must_use]
            pub const fn severity(self) -> LintSeverity {
                match self { $(Self::$variant => LintSeverity::$severity,)+ }
            }

            /// The clause that the rule stands on. Clauses of GB/T 20518 and GM/T 0015 are by their annexes and tables:
            /// the finer numbers were not checked.
            #[must_use]
            pub const fn clause(self) -> &'static str {
                match self { $(Self::$variant => $clause,)+ }
            }
        }
    };
}

rules! {
    /// Extensions need version 3.
    Version = "rfc5280-version", Error, "RFC 5280, 4.1.2.1", "版本不是 v3", "the version is not 3";
    /// Positive, at most 20 octets.
    SerialNumber = "rfc5280-serial-number", Error, "RFC 5280, 4.1.2.2", "序列号应为正数且不超过 20 字节",
        "the serial number is not positive or longer than 20 octets";
    /// SM2 with SM3.
    Algorithm = "gbt20518-algorithm", Error, "GB/T 20518-2018, E", "签名算法不是 SM2 与 SM3",
        "the signature algorithm is not SM2 with SM3";
    /// NULL where nothing should be.
    AlgorithmParameters = "gbt20518-algorithm-parameters", Notice, "GB/T 20518-2018, E; GM/T 0015-2023",
        "签名算法参数写成 NULL", "the parameters of the signature algorithm are NULL instead of absent";
    /// An SM2 key on its curve.
    Key = "gbt20518-key", Error, "GB/T 20518-2018, E", "公钥不是 SM2 公钥", "the public key is not an SM2 key";
    /// The algorithm identifier of the key is id-ecPublicKey with the curve.
    KeyDialect = "gbt20518-key-form", Warning, "GB/T 20518-2018, E; RFC 5480, 2.1", "公钥算法标识写法不规范",
        "the algorithm of the public key is not written as the rule is";
    /// DER of r and s.
    Signature = "gbt35276-signature-form", Error, "GB/T 35276-2017", "签名值不是 r、s 的 DER 编码",
        "the signature value is not the DER of r and s";
    /// Not to be used since version 3.
    UniqueId = "rfc5280-unique-identifier", Error, "RFC 5280, 4.1.2.8", "含有不应使用的唯一标识符",
        "has a unique identifier, which is not to be used";
    /// UTCTime through 2049, GeneralizedTime after it.
    TimeForm = "rfc5280-time-form", Error, "RFC 5280, 4.1.2.5", "2049 年及以前应为 UTCTime，以后为 GeneralizedTime",
        "a time is not UTCTime through 2049 and GeneralizedTime after it";
    /// A default value is not encoded.
    DefaultWritten = "x690-default", Warning, "X.690, 11.5", "缺省值 FALSE 被写出，不是 DER", "a default is written out, which is not DER";
    /// A certificate may not outlive its issuer.
    OutlivesIssuer = "eseal-outlives-issuer", Warning, "GB/T 20518-2018, B", "有效期超出颁发者证书的有效期",
        "is valid outside its issuer's period";
    /// The issuer's name is the subject of its certificate.
    IssuerName = "rfc5280-name-chaining", Error, "RFC 5280, 6.1.3 (a)(4)", "颁发者名称与颁发者证书的主体不符",
        "the issuer's name is not the subject of the issuer's certificate";
    /// The issuer's key is the one named.
    IssuerKey = "rfc5280-authority-key-identifier-match", Warning, "RFC 5280, 4.2.1.1", "颁发机构密钥标识与颁发者证书不符",
        "the authority key identifier is not that of the issuer's certificate";
    /// The issuer has a name.
    IssuerEmpty = "rfc5280-issuer", Error, "RFC 5280, 4.1.2.4", "颁发者名称为空", "the issuer's name is empty";
    /// The subject has a name.
    SubjectEmpty = "rfc5280-subject", Error, "RFC 5280, 4.1.2.6", "主体名称为空", "the subject's name is empty";
    /// Two letters in a PrintableString.
    Country = "gbt20518-country", Warning, "GB/T 20518-2018, C; RFC 5280, A.1", "国家代码应为两个字母的 PrintableString",
        "the country is not two letters in a PrintableString";
    /// The name begins with the country.
    CountryMissing = "gbt20518-country-missing", Notice, "GB/T 20518-2018, C", "主体名称中没有国家代码",
        "the subject has no country";
    /// UTF8String or PrintableString.
    NameString = "gbt20518-name-string", Warning, "GB/T 20518-2018, C; RFC 5280, 4.1.2.4",
        "名称属性应为 UTF8String 或 PrintableString，内容须与类型相符",
        "a value of the name is neither UTF8String nor a PrintableString of its characters";
    /// An e-mail address is ASCII.
    Email = "rfc5280-email", Warning, "RFC 5280, 4.1.2.6", "电子邮件地址应为 ASCII 的 IA5String",
        "the e-mail address is not an IA5String of ASCII";
    /// The upper bounds of RFC 5280, in characters.
    NameLength = "rfc5280-name-length", Warning, "RFC 5280, A.1", "名称属性超过字符数上限",
        "a value of the name is longer than its upper bound";
    /// Country first, common name last.
    NameOrder = "gbt20518-name-order", Notice, "GB/T 20518-2018, C", "名称属性应从国家到通用名依次排列",
        "the name does not go from the country to the common name";
    /// One attribute in each relative name.
    NameParts = "gbt20518-name-single", Notice, "GB/T 20518-2018, C", "一个相对名称含有多个属性",
        "a relative name has several attributes";
    /// All but self-signed certificates name the key of their issuer.
    AuthorityKeyId = "rfc5280-authority-key-identifier", Error, "RFC 5280, 4.2.1.1", "缺少颁发机构密钥标识",
        "the authority key identifier is missing";
    /// A CA names its own key.
    SubjectKeyIdCa = "rfc5280-subject-key-identifier", Error, "RFC 5280, 4.2.1.2", "CA 证书缺少主体密钥标识",
        "the subject key identifier of a CA is missing";
    /// Others should.
    SubjectKeyId = "rfc5280-subject-key-identifier-holder", Notice, "RFC 5280, 4.2.1.2", "缺少主体密钥标识",
        "the subject key identifier is missing";
    /// Some extensions must not be critical.
    NotCritical = "rfc5280-not-critical", Error, "RFC 5280, 4.2.1.1, 4.2.1.2, 4.2.2.1", "此扩展不得为关键扩展",
        "an extension is critical that must not be";
    /// A CA says so, critically.
    BasicConstraintsCa = "rfc5280-basic-constraints", Error, "RFC 5280, 4.2.1.9", "CA 证书的基本约束须为关键扩展且 cA 为真",
        "the basic constraints of a CA are missing, not critical or do not say so";
    /// A holder is no CA.
    HolderIsCa = "gbt20518-holder-is-ca", Error, "GB/T 20518-2018, C", "最终实体证书不得为 CA",
        "the certificate of a holder says that it is a CA";
    /// Only a CA signs certificates.
    CertSignWithoutCa = "rfc5280-cert-sign-without-ca", Error, "RFC 5280, 4.2.1.9", "非 CA 证书含有证书签发用法",
        "may sign certificates without being a CA";
    /// A path length belongs to a CA that may sign certificates.
    PathLength = "rfc5280-path-length", Error, "RFC 5280, 4.2.1.9", "路径长度约束只用于可签发证书的 CA",
        "has a path length without being a CA that signs certificates";
    /// A subordinate CA says how many may come beneath it.
    PathLengthMissing = "gbt20518-path-length", Notice, "GB/T 20518-2018, C", "下级 CA 未限制路径长度",
        "a subordinate CA does not limit the path";
    /// Every certificate says what its key is for.
    KeyUsageMissing = "gbt20518-key-usage", Error, "GB/T 20518-2018, C; RFC 5280, 4.2.1.3", "缺少密钥用法",
        "the key usage is missing";
    /// Key usage is critical.
    KeyUsageCritical = "gbt20518-key-usage-critical", Warning, "GB/T 20518-2018, C; RFC 5280, 4.2.1.3",
        "密钥用法应为关键扩展", "the key usage is not critical";
    /// At least one use.
    KeyUsageEmpty = "rfc5280-key-usage-empty", Error, "RFC 5280, 4.2.1.3", "密钥用法为空", "the key usage names no use";
    /// A CA signs certificates and lists, and nothing else but data in its own name.
    KeyUsageCa = "gbt20518-key-usage-ca", Warning, "GB/T 20518-2018, C", "CA 的密钥用法应为证书签发与 CRL 签发",
        "the key usage of a CA is not signing certificates and lists";
    /// Who signs needs a use for it.
    KeyUsageSign = "gbt20518-key-usage-sign", Error, "GB/T 20518-2018, C", "签名证书缺少数字签名或不可否认用法",
        "a signing certificate may not sign";
    /// Who receives encrypted data needs a use for it.
    KeyUsageEncipher = "gbt20518-key-usage-encipher", Error, "GB/T 20518-2018, C", "加密证书缺少加密或密钥协商用法",
        "an encryption certificate may not encipher or agree on keys";
    /// One key, one use: signing keys never leave their token, encryption keys are archived.
    KeyUsagePair = "gbt20518-key-usage-pair", Warning, "GB/T 20518-2018, C; GM/T 0034-2014",
        "签名与加密用法混在一张证书中（应为双证）", "one key both signs and enciphers, instead of a pair of certificates";
    /// A time-stamp authority has this purpose alone, critically.
    TimeStamping = "rfc3161-extended-key-usage", Error, "RFC 3161, 2.3", "时间戳用途须单独出现且为关键扩展",
        "time stamping is not the only extended purpose, or not critical";
    /// A responder has its purpose.
    OcspSigning = "rfc6960-ocsp-signing", Error, "RFC 6960, 4.2.2.2", "OCSP 响应者证书缺少 OCSPSigning 用途",
        "an OCSP responder lacks the purpose OCSPSigning";
    /// Nobody asks about a responder's own revocation.
    OcspNoCheck = "rfc6960-ocsp-nocheck", Notice, "RFC 6960, 4.2.2.2.1", "OCSP 响应者证书未声明无需检查自身状态",
        "an OCSP responder does not say that its own status need not be asked";
    /// Only responders say that.
    NoCheckElsewhere = "rfc6960-ocsp-nocheck-elsewhere", Warning, "RFC 6960, 4.2.2.2.1", "非 OCSP 响应者证书含有 ocsp-nocheck",
        "ocsp-nocheck in a certificate of another kind";
    /// Purposes of servers, code or other services in a certificate that signs or enciphers.
    ForeignPurpose = "gbt20518-extended-key-usage", Warning, "GB/T 20518-2018, C", "含有与证书用途无关的扩展密钥用法",
        "an extended purpose does not belong to this kind of certificate";
    /// anyExtendedKeyUsage is not critical.
    AnyPurpose = "rfc5280-any-purpose", Warning, "RFC 5280, 4.2.1.12", "anyExtendedKeyUsage 不应为关键扩展",
        "any extended purpose, and critical";
    /// Policies can be read, each comes once.
    Policies = "rfc5280-policies", Error, "RFC 5280, 4.2.1.4", "证书策略无法读取或重复", "the policies cannot be read, or one comes twice";
    /// Points can be read.
    Points = "rfc5280-distribution-points", Error, "RFC 5280, 4.2.1.13", "CRL 分发点无法读取",
        "the distribution points cannot be read";
    /// Points should not be critical.
    PointsCritical = "rfc5280-distribution-points-critical", Warning, "RFC 5280, 4.2.1.13", "CRL 分发点不应为关键扩展",
        "the distribution points are critical";
    /// Where the revocation list is.
    PointsMissing = "gbt20518-distribution-points", Notice, "GB/T 20518-2018, C", "未写明 CRL 分发点或 OCSP 地址",
        "says neither where the revocation list nor where the responder is";
    /// Can be read.
    Access = "rfc5280-authority-information-access", Error, "RFC 5280, 4.2.2.1", "颁发机构信息访问无法读取",
        "the authority information access cannot be read";
    /// Who does not know them may go on.
    IdentityCritical = "gmt0015-identity-critical", Error, "GM/T 0015-2012", "身份标识扩展不应为关键扩展",
        "an identity number is critical";
    /// The string types and tags that most use.
    IdentityForm = "gmt0015-identity-form", Notice, "GM/T 0015-2012", "身份标识扩展的编码与惯例不同",
        "an identity number is encoded in another way than is usual";
    /// Well formed, its check digit holds.
    IdentityCheck = "gmt0015-identity-number", Error, "GB 11643-1999; GB 32100-2015; GB 11714-1997",
        "身份号码格式或校验位不对", "an identity number is malformed, or its check digit is wrong";
    /// CAs and responders are no people and have no such numbers.
    IdentityRole = "gbt20518-identity-role", Warning, "GB/T 20518-2018, C", "CA 或 OCSP 响应者证书含有身份标识扩展",
        "an identity number in the certificate of a CA or a responder";
    /// Everyone who gets a signed document can read it.
    PersonalNumber = "eseal-personal-number", Notice, "个人信息保护法, 28", "证书公开了个人身份号码",
        "a person's identity number is in the certificate for everyone to read";
    /// Programs refuse what they do not know.
    UnknownCritical = "rfc5280-unknown-critical", Warning, "RFC 5280, 4.2", "含有未知的关键扩展，多数软件会拒绝",
        "a critical extension that few programs know";
}
