import java.io.IOException;
import java.io.InputStream;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Security;
import java.security.cert.CRL;
import java.security.cert.CertPathValidator;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Date;
import java.util.List;
import java.util.Set;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.CRLDistPoint;
import org.bouncycastle.asn1.x509.CRLNumber;
import org.bouncycastle.asn1.x509.CRLReason;
import org.bouncycastle.asn1.x509.DistributionPoint;
import org.bouncycastle.asn1.x509.DistributionPointName;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.IssuingDistributionPoint;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.X509v2CRLBuilder;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.jcajce.PKIXCRLStore;
import org.bouncycastle.jcajce.PKIXExtendedParameters;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.operator.ContentSigner;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.util.Selector;

/**
 * Bouncy Castle judges by our delta lists and lists of points, and makes some for us to judge by.
 *
 * <p>judge TIME ROOT LIST,LIST… LEAF CA [-- …]: a LIST of the form URI=FILE lies at that distribution point, another one is known
 * without any. Prints "LEAF good" or "LEAF BAD reason". make FOLDER TIME: root.der, leaf.der, other.der, base.crl (which holds the
 * leaf), delta.crl (which releases it and revokes the other), one.crl and two.crl (of two points, the leaf names the first).
 */
public class Lists {
    private static final String BC = BouncyCastleProvider.PROVIDER_NAME;

    public static void main(String[] arguments) throws Exception {
        Security.addProvider(new BouncyCastleProvider());
        List<String> one = new ArrayList<>();
        if (arguments[0].equals("make")) {
            make(Paths.get(arguments[1]), Instant.parse(arguments[2]));
            return;
        }
        for (int index = 1; index <= arguments.length; index++) {
            if (index == arguments.length || arguments[index].equals("--")) {
                judge(one);
                one = new ArrayList<>();
            } else {
                one.add(arguments[index]);
            }
        }
    }

    private static void judge(List<String> words) throws GeneralSecurityException, IOException {
        CertificateFactory factory = CertificateFactory.getInstance("X.509", BC);
        Date time = Date.from(Instant.parse(words.get(0)));
        PKIXParameters plain = new PKIXParameters(Set.of(new TrustAnchor(certificate(factory, words.get(1)), null)));
        plain.setDate(time);
        plain.setRevocationEnabled(true);
        PKIXExtendedParameters.Builder parameters = new PKIXExtendedParameters.Builder(plain);
        parameters.setUseDeltasEnabled(true);
        for (String list : words.get(2).split(",")) {
            String[] parts = list.split("=");
            PKIXCRLStore<CRL> store = new OneList(list(factory, parts[parts.length - 1]));
            if (parts.length == 2) {
                parameters.addNamedCRLStore(new GeneralName(GeneralName.uniformResourceIdentifier, parts[0]), store);
            } else {
                parameters.addCRLStore(store);
            }
        }
        List<X509Certificate> path = new ArrayList<>();
        for (String file : words.subList(3, words.size())) {
            path.add(certificate(factory, file));
        }
        try {
            CertPathValidator.getInstance("PKIX", BC).validate(factory.generateCertPath(path), parameters.build());
            System.out.println(words.get(3) + " good");
        } catch (CertPathValidatorException error) {
            System.out.println(words.get(3) + " BAD " + error.getMessage());
        }
    }

    private static final class OneList implements PKIXCRLStore<CRL> {
        private final X509CRL list;

        OneList(X509CRL list) {
            this.list = list;
        }

        @Override
        public Collection<CRL> getMatches(Selector<CRL> selector) {
            return selector == null || selector.match(list) ? List.of(list) : List.of();
        }
    }

    private static X509Certificate certificate(CertificateFactory factory, String file)
            throws GeneralSecurityException, IOException {
        try (InputStream in = Files.newInputStream(Paths.get(file))) {
            return (X509Certificate) factory.generateCertificate(in);
        }
    }

    private static X509CRL list(CertificateFactory factory, String file) throws GeneralSecurityException, IOException {
        try (InputStream in = Files.newInputStream(Paths.get(file))) {
            return (X509CRL) factory.generateCRL(in);
        }
    }

    private static final X500Name ROOT = new X500Name("C=CN,O=Fake,CN=Fake BC root");
    private static final String POINT = "http://crl.example.cn/%d.crl";

    private static void make(Path folder, Instant now) throws Exception {
        KeyPairGenerator keys = KeyPairGenerator.getInstance("EC", BC);
        keys.initialize(new ECGenParameterSpec("sm2p256v1"));
        KeyPair key = keys.generateKeyPair();
        ContentSigner signer = new JcaContentSignerBuilder("SM3WITHSM2").setProvider(BC).build(key.getPrivate());
        for (int serial = 1; serial <= 3; serial++) {
            boolean isRoot = serial == 1;
            X500Name subject = isRoot ? ROOT : new X500Name("C=CN,O=Fake,CN=Fake BC leaf " + serial);
            JcaX509v3CertificateBuilder builder = new JcaX509v3CertificateBuilder(ROOT, BigInteger.valueOf(serial),
                    Date.from(now.minus(30, ChronoUnit.DAYS)), Date.from(now.plus(300, ChronoUnit.DAYS)), subject,
                    isRoot ? key.getPublic() : keys.generateKeyPair().getPublic());
            int usage = isRoot ? KeyUsage.keyCertSign | KeyUsage.cRLSign : KeyUsage.digitalSignature;
            builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(isRoot));
            builder.addExtension(Extension.keyUsage, true, new KeyUsage(usage));
            if (isRoot) {
                builder.addExtension(Extension.subjectKeyIdentifier, false,
                        new JcaX509ExtensionUtils().createSubjectKeyIdentifier(key.getPublic()));
            } else {
                DistributionPoint point = new DistributionPoint(point(1), null, null);
                builder.addExtension(Extension.cRLDistributionPoints, false,
                        new CRLDistPoint(new DistributionPoint[] {point}));
            }
            String name = new String[] {"root", "leaf", "other"}[serial - 1];
            Files.write(folder.resolve(name + ".der"), builder.build(signer).getEncoded());
        }
        X509v2CRLBuilder base = list(now.minus(9, ChronoUnit.DAYS), 10);
        base.addCRLEntry(BigInteger.TWO, Date.from(now.minus(10, ChronoUnit.DAYS)), CRLReason.certificateHold);
        Files.write(folder.resolve("base.crl"), base.build(signer).getEncoded());
        X509v2CRLBuilder delta = list(now.minus(1, ChronoUnit.DAYS), 12);
        delta.addExtension(Extension.deltaCRLIndicator, true, new ASN1Integer(10));
        delta.addCRLEntry(BigInteger.TWO, Date.from(now.minus(2, ChronoUnit.DAYS)), CRLReason.removeFromCRL);
        delta.addCRLEntry(BigInteger.valueOf(3), Date.from(now.minus(2, ChronoUnit.DAYS)), CRLReason.superseded);
        Files.write(folder.resolve("delta.crl"), delta.build(signer).getEncoded());
        for (int number = 1; number <= 2; number++) {
            X509v2CRLBuilder part = list(now.minus(1, ChronoUnit.DAYS), 12 + number);
            part.addExtension(Extension.issuingDistributionPoint, true,
                    new IssuingDistributionPoint(point(number), false, false, null, false, false));
            Files.write(folder.resolve(number == 1 ? "one.crl" : "two.crl"), part.build(signer).getEncoded());
        }
    }

    private static DistributionPointName point(int number) {
        GeneralName name = new GeneralName(GeneralName.uniformResourceIdentifier, String.format(POINT, number));
        return new DistributionPointName(new GeneralNames(name));
    }

    private static X509v2CRLBuilder list(Instant from, int number) throws IOException {
        X509v2CRLBuilder builder = new X509v2CRLBuilder(ROOT, Date.from(from));
        builder.setNextUpdate(Date.from(from.plus(7, ChronoUnit.DAYS)));
        builder.addExtension(Extension.cRLNumber, false, new CRLNumber(BigInteger.valueOf(number)));
        return builder;
    }
}
