import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.Security;
import java.security.spec.ECGenParameterSpec;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.Date;
import java.util.List;
import org.bouncycastle.asn1.ASN1EncodableVector;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.ASN1Sequence;
import org.bouncycastle.asn1.ASN1Set;
import org.bouncycastle.asn1.BEROctetString;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.asn1.DERSet;
import org.bouncycastle.asn1.cms.Attribute;
import org.bouncycastle.asn1.cms.AttributeTable;
import org.bouncycastle.asn1.cms.CMSAttributes;
import org.bouncycastle.asn1.cms.ContentInfo;
import org.bouncycastle.asn1.cms.EncryptedContentInfo;
import org.bouncycastle.asn1.cms.EnvelopedData;
import org.bouncycastle.asn1.cms.IssuerAndSerialNumber;
import org.bouncycastle.asn1.cms.KeyTransRecipientInfo;
import org.bouncycastle.asn1.cms.RecipientIdentifier;
import org.bouncycastle.asn1.cms.RecipientInfo;
import org.bouncycastle.asn1.cms.SignedData;
import org.bouncycastle.asn1.cms.SignerIdentifier;
import org.bouncycastle.asn1.cms.SignerInfo;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.Certificate;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.jcajce.JcaCertStore;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.cms.CMSException;
import org.bouncycastle.cms.CMSProcessableByteArray;
import org.bouncycastle.cms.CMSSignedData;
import org.bouncycastle.cms.CMSSignedDataGenerator;
import org.bouncycastle.cms.SignerInformation;
import org.bouncycastle.cms.jcajce.JcaSignerInfoGeneratorBuilder;
import org.bouncycastle.cms.jcajce.JcaSimpleSignerInfoVerifierBuilder;
import org.bouncycastle.crypto.digests.SM3Digest;
import org.bouncycastle.crypto.engines.SM2Engine;
import org.bouncycastle.crypto.engines.SM4Engine;
import org.bouncycastle.crypto.modes.CBCBlockCipher;
import org.bouncycastle.crypto.paddings.PaddedBufferedBlockCipher;
import org.bouncycastle.crypto.params.AsymmetricKeyParameter;
import org.bouncycastle.crypto.params.KeyParameter;
import org.bouncycastle.crypto.params.ParametersWithID;
import org.bouncycastle.crypto.params.ParametersWithIV;
import org.bouncycastle.crypto.params.ParametersWithRandom;
import org.bouncycastle.crypto.signers.SM2Signer;
import org.bouncycastle.crypto.util.PrivateKeyFactory;
import org.bouncycastle.crypto.util.PublicKeyFactory;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.operator.jcajce.JcaDigestCalculatorProviderBuilder;
import org.bouncycastle.util.BigIntegers;

/**
 * Bouncy Castle verifies and opens messages of ours, and makes some for us.
 *
 * <pre>
 * java Messages.java verify MESSAGE CONTENT|- ...     signed messages; without a content it is inside
 * java Messages.java open KEY MESSAGE...              enveloped messages, with a PKCS#8 key
 * java Messages.java make FOLDER TIME                 a key, a certificate, and messages over "content"
 * </pre>
 *
 * <p>Files are DER. One line an answer, "MESSAGE good ..." or "MESSAGE BAD reason". Messages with the identifiers of GB/T 35275,
 * which the library's message classes do not know, are taken apart by their structure and verified part by part.
 */
public class Messages {
    private static final String BC = BouncyCastleProvider.PROVIDER_NAME;
    private static final byte[] ID = "1234567812345678".getBytes();
    private static final String GM = "1.2.156.10197.6.1.4.2.";
    private static final String RFC = "1.2.840.113549.1.7.";
    private static final AlgorithmIdentifier SM3 = algorithm("1.2.156.10197.1.401");
    private static final ASN1ObjectIdentifier SM2_ENCRYPT = new ASN1ObjectIdentifier("1.2.156.10197.1.301.3");
    private static final ASN1ObjectIdentifier SM4_CBC = new ASN1ObjectIdentifier("1.2.156.10197.1.104.2");

    public static void main(String[] arguments) throws Exception {
        Security.addProvider(new BouncyCastleProvider());
        List<String> rest = Arrays.asList(arguments).subList(1, arguments.length);
        switch (arguments[0]) {
            case "verify":
                for (int i = 0; i < rest.size(); i += 2) {
                    byte[] content = rest.get(i + 1).equals("-") ? null : read(rest.get(i + 1));
                    say(rest.get(i), verify(read(rest.get(i)), content));
                }
                break;
            case "open":
                for (String file : rest.subList(1, rest.size())) {
                    System.out.println(file + " " + open(read(file), PrivateKeyFactory.createKey(read(rest.get(0)))));
                }
                break;
            default:
                new Messages(Paths.get(rest.get(0)), Instant.parse(rest.get(1))).make();
        }
    }

    private static void say(String file, String fault) {
        System.out.println(file + (fault == null ? " good" : " BAD " + fault));
    }

    private static byte[] read(String file) throws IOException {
        return Files.readAllBytes(Paths.get(file));
    }

    private static AlgorithmIdentifier algorithm(String oid) {
        return new AlgorithmIdentifier(new ASN1ObjectIdentifier(oid));
    }

    private static String verify(byte[] message, byte[] content) throws Exception {
        ContentInfo info = ContentInfo.getInstance(message);
        boolean strict = Arrays.equals(info.getEncoded(ASN1Encoding.DER), message);
        if (!strict) {
            return "not DER";
        }
        return info.getContentType().getId().startsWith(GM) ? verifyGm(info, content) : verifyRfc(message, content);
    }

    private static String verifyRfc(byte[] message, byte[] content) throws Exception {
        CMSSignedData signed = content == null
                ? new CMSSignedData(message)
                : new CMSSignedData(new CMSProcessableByteArray(content), message);
        for (SignerInformation signer : signed.getSignerInfos()) {
            X509CertificateHolder certificate =
                    (X509CertificateHolder) signed.getCertificates().getMatches(signer.getSID()).iterator().next();
            try {
                if (!signer.verify(new JcaSimpleSignerInfoVerifierBuilder().setProvider(BC).build(certificate))) {
                    return "signature";
                }
            } catch (CMSException error) {
                return error.getMessage();
            }
        }
        return signed.getSignerInfos().size() == 1 ? null : "signers";
    }

    private static String verifyGm(ContentInfo info, byte[] content) throws Exception {
        if (!info.getContentType().getId().equals(GM + 2)) {
            return "type " + info.getContentType();
        }
        SignedData data = SignedData.getInstance(info.getContent());
        ContentInfo inside = data.getEncapContentInfo();
        byte[] covered = content;
        if (inside.getContent() != null) {
            covered = ASN1OctetString.getInstance(inside.getContent()).getOctets();
        }
        SignerInfo signer = SignerInfo.getInstance(data.getSignerInfos().getObjectAt(0));
        IssuerAndSerialNumber named = IssuerAndSerialNumber.getInstance(signer.getSID().getId());
        Certificate certificate = Certificate.getInstance(data.getCertificates().getObjectAt(0));
        if (!named.getName().equals(certificate.getIssuer())
                || !named.getSerialNumber().equals(certificate.getSerialNumber())) {
            return "signer identifier";
        }
        if (!signer.getDigestAlgorithm().equals(SM3)
                || !signer.getDigestEncryptionAlgorithm().equals(algorithm("1.2.156.10197.1.301.1"))
                || !data.getVersion().hasValue(1) || !signer.getVersion().hasValue(1)) {
            return "algorithms or versions";
        }
        byte[] message = covered;
        ASN1Set attributes = signer.getAuthenticatedAttributes();
        if (attributes != null) {
            AttributeTable table = new AttributeTable(attributes);
            Attribute digest = table.get(CMSAttributes.messageDigest);
            Attribute type = table.get(CMSAttributes.contentType);
            if (!Arrays.equals(ASN1OctetString.getInstance(digest.getAttrValues().getObjectAt(0)).getOctets(),
                    sm3(covered))) {
                return "digest";
            }
            if (!type.getAttrValues().getObjectAt(0).equals(inside.getContentType())) {
                return "content type";
            }
            message = attributes.getEncoded(ASN1Encoding.DER);
        }
        SM2Signer verifier = new SM2Signer();
        AsymmetricKeyParameter key = PublicKeyFactory.createKey(certificate.getSubjectPublicKeyInfo());
        verifier.init(false, new ParametersWithID(key, ID));
        verifier.update(message, 0, message.length);
        return verifier.verifySignature(signer.getEncryptedDigest().getOctets()) ? null : "signature";
    }

    private static byte[] sm3(byte[] message) {
        SM3Digest digest = new SM3Digest();
        digest.update(message, 0, message.length);
        byte[] value = new byte[32];
        digest.doFinal(value, 0);
        return value;
    }

    /** The content as text, or why it does not open. */
    private static String open(byte[] message, AsymmetricKeyParameter key) throws Exception {
        ContentInfo info = ContentInfo.getInstance(message);
        boolean gm = info.getContentType().getId().equals(GM + 3);
        if (!gm && !info.getContentType().getId().equals(RFC + 3)) {
            return "BAD type " + info.getContentType();
        }
        EnvelopedData data = EnvelopedData.getInstance(info.getContent());
        EncryptedContentInfo encrypted = data.getEncryptedContentInfo();
        AlgorithmIdentifier cipher = encrypted.getContentEncryptionAlgorithm();
        if (!cipher.getAlgorithm().equals(SM4_CBC)) {
            return "BAD cipher " + cipher.getAlgorithm();
        }
        byte[] iv = ASN1OctetString.getInstance(cipher.getParameters()).getOctets();
        for (int i = 0; i < data.getRecipientInfos().size(); i++) {
            KeyTransRecipientInfo recipient = KeyTransRecipientInfo.getInstance(
                    RecipientInfo.getInstance(data.getRecipientInfos().getObjectAt(i)).getInfo());
            if (!recipient.getKeyEncryptionAlgorithm().getAlgorithm().equals(SM2_ENCRYPT)) {
                return "BAD key encryption " + recipient.getKeyEncryptionAlgorithm().getAlgorithm();
            }
            try {
                byte[] sm4 = decrypt(recipient.getEncryptedKey().getOctets(), key);
                byte[] content = sm4Cbc(false, sm4, iv, encrypted.getEncryptedContent().getOctets());
                return "good " + new String(content, "UTF-8");
            } catch (org.bouncycastle.crypto.InvalidCipherTextException error) {
                continue;
            }
        }
        return "BAD no recipient";
    }

    /** SM2Cipher is x, y, C3 and C2; the engine wants 04, x, y, C3, C2. */
    private static byte[] decrypt(byte[] sm2Cipher, AsymmetricKeyParameter key)
            throws org.bouncycastle.crypto.InvalidCipherTextException {
        ASN1Sequence parts = ASN1Sequence.getInstance(sm2Cipher);
        byte[] joined = join(new byte[] {4},
                BigIntegers.asUnsignedByteArray(32, ASN1Integer.getInstance(parts.getObjectAt(0)).getPositiveValue()),
                BigIntegers.asUnsignedByteArray(32, ASN1Integer.getInstance(parts.getObjectAt(1)).getPositiveValue()),
                ASN1OctetString.getInstance(parts.getObjectAt(2)).getOctets(),
                ASN1OctetString.getInstance(parts.getObjectAt(3)).getOctets());
        SM2Engine engine = new SM2Engine(SM2Engine.Mode.C1C3C2);
        engine.init(false, key);
        return engine.processBlock(joined, 0, joined.length);
    }

    private static byte[] encrypt(byte[] plain, AsymmetricKeyParameter key) throws Exception {
        SM2Engine engine = new SM2Engine(SM2Engine.Mode.C1C3C2);
        engine.init(true, new ParametersWithRandom(key, new SecureRandom()));
        byte[] joined = engine.processBlock(plain, 0, plain.length);
        ASN1EncodableVector parts = new ASN1EncodableVector();
        parts.add(new ASN1Integer(new BigInteger(1, Arrays.copyOfRange(joined, 1, 33))));
        parts.add(new ASN1Integer(new BigInteger(1, Arrays.copyOfRange(joined, 33, 65))));
        parts.add(new DEROctetString(Arrays.copyOfRange(joined, 65, 97)));
        parts.add(new DEROctetString(Arrays.copyOfRange(joined, 97, joined.length)));
        return new DERSequence(parts).getEncoded(ASN1Encoding.DER);
    }

    private static byte[] sm4Cbc(boolean encrypting, byte[] key, byte[] iv, byte[] input)
            throws org.bouncycastle.crypto.InvalidCipherTextException {
        PaddedBufferedBlockCipher cipher = new PaddedBufferedBlockCipher(new CBCBlockCipher(new SM4Engine()));
        cipher.init(encrypting, new ParametersWithIV(new KeyParameter(key), iv));
        byte[] output = new byte[cipher.getOutputSize(input.length)];
        int length = cipher.processBytes(input, 0, input.length, output, 0);
        length += cipher.doFinal(output, length);
        return Arrays.copyOf(output, length);
    }

    private static byte[] join(byte[]... parts) {
        java.io.ByteArrayOutputStream joined = new java.io.ByteArrayOutputStream();
        for (byte[] part : parts) {
            joined.write(part, 0, part.length);
        }
        return joined.toByteArray();
    }

    private final Path folder;
    private final Instant now;

    private Messages(Path folder, Instant now) {
        this.folder = folder;
        this.now = now;
    }

    private void make() throws Exception {
        KeyPairGenerator keys = KeyPairGenerator.getInstance("EC", BC);
        keys.initialize(new ECGenParameterSpec("sm2p256v1"));
        KeyPair key = keys.generateKeyPair();
        byte[] content = "made by Bouncy Castle".getBytes();
        X500Name name = new X500Name("C=CN,O=Fake,CN=Fake BC");
        JcaX509v3CertificateBuilder builder = new JcaX509v3CertificateBuilder(name, BigInteger.valueOf(7),
                Date.from(now.minus(1, ChronoUnit.DAYS)), Date.from(now.plus(300, ChronoUnit.DAYS)), name,
                key.getPublic());
        builder.addExtension(Extension.keyUsage, true,
                new KeyUsage(KeyUsage.digitalSignature | KeyUsage.keyEncipherment | KeyUsage.dataEncipherment));
        X509CertificateHolder certificate =
                builder.build(new JcaContentSignerBuilder("SM3WITHSM2").setProvider(BC).build(key.getPrivate()));
        write("certificate.der", certificate.getEncoded());
        write("key.der", key.getPrivate().getEncoded());
        write("content", content);

        CMSSignedDataGenerator generator = new CMSSignedDataGenerator();
        generator.addSignerInfoGenerator(new JcaSignerInfoGeneratorBuilder(
                new JcaDigestCalculatorProviderBuilder().setProvider(BC).build())
                .build(new JcaContentSignerBuilder("SM3WITHSM2").setProvider(BC).build(key.getPrivate()), certificate));
        generator.addCertificates(new JcaCertStore(
                List.of(new JcaX509CertificateConverter().setProvider(BC).getCertificate(certificate))));
        CMSProcessableByteArray processable = new CMSProcessableByteArray(content);
        // As the library writes it when nobody asks for more: elements without lengths, the content in pieces.
        write("rfc-attached-ber.p7s", generator.generate(processable, true).getEncoded());
        write("rfc-attached.p7s", generator.generate(processable, true).getEncoded(ASN1Encoding.DER));
        write("rfc-detached.p7s", generator.generate(processable, false).getEncoded(ASN1Encoding.DER));

        AsymmetricKeyParameter secret = PrivateKeyFactory.createKey(key.getPrivate().getEncoded());
        write("gm-attached.p7s", gm(certificate, secret, content, null).getEncoded(ASN1Encoding.DER));
        ASN1EncodableVector attributes = new ASN1EncodableVector();
        attributes.add(new Attribute(CMSAttributes.contentType, new DERSet(new ASN1ObjectIdentifier(GM + 1))));
        attributes.add(new Attribute(CMSAttributes.messageDigest, new DERSet(new DEROctetString(sm3(content)))));
        write("gm-attributes-ber.p7s", gm(certificate, secret, content, new DERSet(attributes)).getEncoded());

        AsymmetricKeyParameter open = PublicKeyFactory.createKey(certificate.getSubjectPublicKeyInfo());
        for (String family : List.of(GM, RFC)) {
            ContentInfo enveloped = enveloped(certificate, open, content, family);
            String prefix = family.equals(GM) ? "gm" : "rfc";
            write(prefix + "-enveloped.p7m", enveloped.getEncoded(ASN1Encoding.DER));
            write(prefix + "-enveloped-ber.p7m", enveloped.getEncoded());
        }
    }

    private static ContentInfo gm(X509CertificateHolder certificate, AsymmetricKeyParameter key, byte[] content,
            ASN1Set attributes) throws Exception {
        SM2Signer signer = new SM2Signer();
        signer.init(true, new ParametersWithID(new ParametersWithRandom(key, new SecureRandom()), ID));
        byte[] message = attributes == null ? content : attributes.getEncoded(ASN1Encoding.DER);
        signer.update(message, 0, message.length);
        SignerInfo info = new SignerInfo(
                new SignerIdentifier(new IssuerAndSerialNumber(certificate.getIssuer(), certificate.getSerialNumber())),
                SM3, attributes, algorithm("1.2.156.10197.1.301.1"), new DEROctetString(signer.generateSignature()), null);
        SignedData data = new SignedData(new DERSet(SM3),
                new ContentInfo(new ASN1ObjectIdentifier(GM + 1), new BEROctetString(content)),
                new DERSet(certificate.toASN1Structure()), null, new DERSet(info));
        return new ContentInfo(new ASN1ObjectIdentifier(GM + 2), data);
    }

    private static ContentInfo enveloped(X509CertificateHolder certificate, AsymmetricKeyParameter key, byte[] content,
            String family) throws Exception {
        byte[] sm4 = new byte[16];
        byte[] iv = new byte[16];
        SecureRandom random = new SecureRandom();
        random.nextBytes(sm4);
        random.nextBytes(iv);
        KeyTransRecipientInfo recipient = new KeyTransRecipientInfo(
                new RecipientIdentifier(new IssuerAndSerialNumber(certificate.getIssuer(), certificate.getSerialNumber())),
                new AlgorithmIdentifier(SM2_ENCRYPT), new DEROctetString(encrypt(sm4, key)));
        EncryptedContentInfo encrypted = new EncryptedContentInfo(new ASN1ObjectIdentifier(family + 1),
                new AlgorithmIdentifier(SM4_CBC, new DEROctetString(iv)),
                new BEROctetString(sm4Cbc(true, sm4, iv, content)));
        EnvelopedData data = new EnvelopedData(null, new DERSet(new RecipientInfo(recipient)), encrypted, (ASN1Set) null);
        return new ContentInfo(new ASN1ObjectIdentifier(family + 3), data);
    }

    private void write(String name, byte[] bytes) throws IOException {
        Files.write(folder.resolve(name), bytes);
    }
}
