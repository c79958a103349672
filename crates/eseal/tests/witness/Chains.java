import java.io.IOException;
import java.io.InputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Security;
import java.security.cert.CertPathValidator;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertStore;
import java.security.cert.CertificateFactory;
import java.security.cert.CollectionCertStoreParameters;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Date;
import java.util.List;
import java.util.Set;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.CRLNumber;
import org.bouncycastle.asn1.x509.CRLReason;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.X509v2CRLBuilder;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.operator.ContentSigner;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.operator.jcajce.JcaContentVerifierProviderBuilder;
import org.bouncycastle.pkcs.PKCS10CertificationRequest;
import org.bouncycastle.pkcs.PKCSException;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequestBuilder;

/**
 * Bouncy Castle judges certificates, requests and revocation lists of ours, and makes some for us to judge.
 *
 * <pre>
 * java Chains.java judge TIME ANCHOR LIST[,LIST...]|none LEAF [CA...] [-- TIME ANCHOR ...]
 * java Chains.java request FILE...
 * java Chains.java make FOLDER TIME
 * </pre>
 *
 * <p>Files to judge are DER. One line an answer, "FILE good" or "FILE BAD reason".
 */
public class Chains {
    private static final String BC = BouncyCastleProvider.PROVIDER_NAME;

    public static void main(String[] arguments) throws Exception {
        Security.addProvider(new BouncyCastleProvider());
        List<String> rest = Arrays.asList(arguments).subList(1, arguments.length);
        switch (arguments[0]) {
            case "judge":
                List<String> one = new ArrayList<>();
                for (String word : rest) {
                    if (word.equals("--")) {
                        judge(one);
                        one = new ArrayList<>();
                    } else {
                        one.add(word);
                    }
                }
                judge(one);
                break;
            case "request":
                for (String file : rest) {
                    request(file);
                }
                break;
            default:
                new Chains(Paths.get(rest.get(0)), Instant.parse(rest.get(1))).make();
        }
    }

    private static void judge(List<String> words) throws GeneralSecurityException, IOException {
        List<String> path = words.subList(3, words.size());
        try {
            CertificateFactory factory = CertificateFactory.getInstance("X.509", BC);
            List<X509Certificate> certificates = new ArrayList<>();
            for (String file : path) {
                certificates.add(certificate(factory, file));
            }
            TrustAnchor anchor = new TrustAnchor(certificate(factory, words.get(1)), null);
            PKIXParameters parameters = new PKIXParameters(Set.of(anchor));
            parameters.setDate(Date.from(Instant.parse(words.get(0))));
            parameters.setRevocationEnabled(!words.get(2).equals("none"));
            if (parameters.isRevocationEnabled()) {
                List<X509CRL> lists = new ArrayList<>();
                for (String file : words.get(2).split(",")) {
                    try (InputStream in = Files.newInputStream(Paths.get(file))) {
                        lists.add((X509CRL) factory.generateCRL(in));
                    }
                }
                parameters.addCertStore(
                        CertStore.getInstance("Collection", new CollectionCertStoreParameters(lists), BC));
            }
            CertPathValidator.getInstance("PKIX", BC).validate(factory.generateCertPath(certificates), parameters);
            System.out.println(path.get(0) + " good");
        } catch (CertPathValidatorException error) {
            System.out.println(path.get(0) + " BAD " + error.getMessage());
        }
    }

    private static X509Certificate certificate(CertificateFactory factory, String file)
            throws GeneralSecurityException, IOException {
        try (InputStream in = Files.newInputStream(Paths.get(file))) {
            return (X509Certificate) factory.generateCertificate(in);
        }
    }

    private static void request(String file) throws IOException, OperatorCreationException, PKCSException {
        PKCS10CertificationRequest request = new PKCS10CertificationRequest(Files.readAllBytes(Paths.get(file)));
        boolean holds = request.isSignatureValid(
                new JcaContentVerifierProviderBuilder().setProvider(BC).build(request.getSubjectPublicKeyInfo()));
        System.out.println(file + (holds ? " good " : " BAD ") + request.getSubject());
    }

    private final Path folder;
    private final Instant now;
    private final KeyPairGenerator keys;
    private final JcaX509ExtensionUtils identifiers = new JcaX509ExtensionUtils();

    private Chains(Path folder, Instant now) throws GeneralSecurityException {
        this.folder = folder;
        this.now = now;
        keys = KeyPairGenerator.getInstance("EC", BC);
        keys.initialize(new ECGenParameterSpec("sm2p256v1"));
    }

    /** A root, a CA beneath it, a leaf, another that is revoked, a list of each CA, and a request. */
    private void make() throws GeneralSecurityException, IOException, OperatorCreationException {
        KeyPair rootKey = keys.generateKeyPair();
        KeyPair caKey = keys.generateKeyPair();
        KeyPair leafKey = keys.generateKeyPair();
        X500Name root = new X500Name("C=CN,O=Fake,CN=Fake BC root");
        X500Name ca = new X500Name("C=CN,O=Fake,CN=Fake BC CA");
        int signing = KeyUsage.digitalSignature | KeyUsage.nonRepudiation;
        certificate("root", root, rootKey, root, rootKey, 1, KeyUsage.keyCertSign | KeyUsage.cRLSign, true);
        certificate("ca", root, rootKey, ca, caKey, 2, KeyUsage.keyCertSign | KeyUsage.cRLSign, true);
        certificate("leaf", ca, caKey, new X500Name("C=CN,O=Fake,CN=Fake BC leaf"), leafKey, 3, signing, false);
        certificate("revoked", ca, caKey, new X500Name("C=CN,O=Fake,CN=Fake BC revoked"), leafKey, 4, signing, false);
        list("root", root, rootKey, null);
        list("ca", ca, caKey, BigInteger.valueOf(4));
        write("request.pem", "CERTIFICATE REQUEST", new JcaPKCS10CertificationRequestBuilder(
                        new X500Name("C=CN,O=Fake,CN=Fake BC applicant"), leafKey.getPublic())
                .build(signer(leafKey)).getEncoded());
    }

    private static ContentSigner signer(KeyPair key) throws OperatorCreationException {
        return new JcaContentSignerBuilder("SM3WITHSM2").setProvider(BC).build(key.getPrivate());
    }

    private void certificate(String name, X500Name issuer, KeyPair issuerKey, X500Name subject, KeyPair key, int serial,
            int usage, boolean isCa) throws GeneralSecurityException, IOException, OperatorCreationException {
        JcaX509v3CertificateBuilder builder = new JcaX509v3CertificateBuilder(issuer, BigInteger.valueOf(serial),
                Date.from(now.minus(1, ChronoUnit.DAYS)), Date.from(now.plus(300, ChronoUnit.DAYS)), subject,
                key.getPublic());
        builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(isCa));
        builder.addExtension(Extension.keyUsage, true, new KeyUsage(usage));
        builder.addExtension(Extension.subjectKeyIdentifier, false,
                identifiers.createSubjectKeyIdentifier(key.getPublic()));
        builder.addExtension(Extension.authorityKeyIdentifier, false,
                identifiers.createAuthorityKeyIdentifier(issuerKey.getPublic()));
        X509CertificateHolder holder = builder.build(signer(issuerKey));
        write(name + ".pem", "CERTIFICATE", holder.getEncoded());
    }

    private void list(String name, X500Name issuer, KeyPair key, BigInteger revoked)
            throws GeneralSecurityException, IOException, OperatorCreationException {
        X509v2CRLBuilder builder = new X509v2CRLBuilder(issuer, Date.from(now.minus(1, ChronoUnit.HOURS)));
        builder.setNextUpdate(Date.from(now.plus(7, ChronoUnit.DAYS)));
        builder.addExtension(Extension.authorityKeyIdentifier, false,
                identifiers.createAuthorityKeyIdentifier(key.getPublic()));
        builder.addExtension(Extension.cRLNumber, false, new CRLNumber(BigInteger.ONE));
        if (revoked != null) {
            builder.addCRLEntry(revoked, Date.from(now.minus(2, ChronoUnit.HOURS)), CRLReason.keyCompromise);
        }
        write(name + ".crl", "X509 CRL", builder.build(signer(key)).getEncoded());
    }

    private void write(String name, String label, byte[] der) throws IOException {
        String base64 = Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII)).encodeToString(der);
        Files.writeString(folder.resolve(name),
                "-----BEGIN " + label + "-----\n" + base64 + "\n-----END " + label + "-----\n");
    }
}
