import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.Security;
import java.security.spec.ECGenParameterSpec;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.Date;
import java.util.List;
import java.util.Set;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.ocsp.OCSPObjectIdentifiers;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.CRLReason;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.Extensions;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.jcajce.JcaCertStore;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.cert.ocsp.BasicOCSPResp;
import org.bouncycastle.cert.ocsp.BasicOCSPRespBuilder;
import org.bouncycastle.cert.ocsp.CertificateID;
import org.bouncycastle.cert.ocsp.CertificateStatus;
import org.bouncycastle.cert.ocsp.OCSPReq;
import org.bouncycastle.cert.ocsp.OCSPReqBuilder;
import org.bouncycastle.cert.ocsp.OCSPResp;
import org.bouncycastle.cert.ocsp.OCSPRespBuilder;
import org.bouncycastle.cert.ocsp.Req;
import org.bouncycastle.cert.ocsp.RespID;
import org.bouncycastle.cert.ocsp.RevokedStatus;
import org.bouncycastle.cert.ocsp.SingleResp;
import org.bouncycastle.cert.ocsp.jcajce.JcaRespID;
import org.bouncycastle.cms.SignerInformationVerifier;
import org.bouncycastle.cms.jcajce.JcaSignerInfoGeneratorBuilder;
import org.bouncycastle.cms.jcajce.JcaSimpleSignerInfoVerifierBuilder;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.operator.ContentSigner;
import org.bouncycastle.operator.ContentVerifierProvider;
import org.bouncycastle.operator.DigestCalculator;
import org.bouncycastle.operator.DigestCalculatorProvider;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.operator.jcajce.JcaContentVerifierProviderBuilder;
import org.bouncycastle.operator.jcajce.JcaDigestCalculatorProviderBuilder;
import org.bouncycastle.tsp.TSPException;
import org.bouncycastle.tsp.TimeStampRequest;
import org.bouncycastle.tsp.TimeStampRequestGenerator;
import org.bouncycastle.tsp.TimeStampResponse;
import org.bouncycastle.tsp.TimeStampResponseGenerator;
import org.bouncycastle.tsp.TimeStampToken;
import org.bouncycastle.tsp.TimeStampTokenGenerator;

/**
 * Bouncy Castle judges OCSP responses and time stamps of ours, and makes some for us.
 *
 * <pre>
 * java Answers.java ocsp ISSUER REQUEST RESPONSE ...     triples
 * java Answers.java timestamp REQUEST RESPONSE CERT ...  triples
 * java Answers.java make FOLDER TIME                     root, responder and tsa certificates, requests and answers
 * </pre>
 *
 * <p>Files are DER. One line an answer, "RESPONSE good ..." or "RESPONSE BAD reason"; the states of an OCSP response follow
 * its "good" in the order of the request.
 */
public class Answers {
    private static final String BC = BouncyCastleProvider.PROVIDER_NAME;
    private static final AlgorithmIdentifier SM3 =
            new AlgorithmIdentifier(new ASN1ObjectIdentifier("1.2.156.10197.1.401"), DERNull.INSTANCE);
    private static final AlgorithmIdentifier SHA256 =
            new AlgorithmIdentifier(new ASN1ObjectIdentifier("2.16.840.1.101.3.4.2.1"));
    private static final ASN1ObjectIdentifier POLICY = new ASN1ObjectIdentifier("1.2.3.4.1");

    public static void main(String[] arguments) throws Exception {
        Security.addProvider(new BouncyCastleProvider());
        List<String> rest = Arrays.asList(arguments).subList(1, arguments.length);
        switch (arguments[0]) {
            case "ocsp":
                for (int i = 0; i < rest.size(); i += 3) {
                    String file = rest.get(i + 2);
                    System.out.println(file + " " + ocsp(read(rest.get(i)), read(rest.get(i + 1)), read(file)));
                }
                break;
            case "timestamp":
                for (int i = 0; i < rest.size(); i += 3) {
                    String file = rest.get(i + 1);
                    System.out.println(file + " " + timestamp(read(rest.get(i)), read(file), read(rest.get(i + 2))));
                }
                break;
            default:
                new Answers(Paths.get(rest.get(0)), Instant.parse(rest.get(1))).make();
        }
    }

    private static byte[] read(String file) throws IOException {
        return Files.readAllBytes(Paths.get(file));
    }

    private static DigestCalculatorProvider digests() throws Exception {
        return new JcaDigestCalculatorProviderBuilder().setProvider(BC).build();
    }

    private static ContentVerifierProvider verifier(X509CertificateHolder certificate) throws Exception {
        return new JcaContentVerifierProviderBuilder().setProvider(BC).build(certificate);
    }

    private static String ocsp(byte[] issuerDer, byte[] requestDer, byte[] responseDer) throws Exception {
        X509CertificateHolder issuer = new X509CertificateHolder(issuerDer);
        OCSPReq request = new OCSPReq(requestDer);
        OCSPResp response = new OCSPResp(responseDer);
        if (response.getStatus() != OCSPResp.SUCCESSFUL) {
            return "BAD status " + response.getStatus();
        }
        BasicOCSPResp basic = (BasicOCSPResp) response.getResponseObject();
        X509CertificateHolder signer = issuer;
        if (basic.getCerts().length > 0) {
            signer = basic.getCerts()[0];
            ExtendedKeyUsage usage = ExtendedKeyUsage.fromExtensions(signer.getExtensions());
            if (!signer.isSignatureValid(verifier(issuer)) || !usage.hasKeyPurposeId(KeyPurposeId.id_kp_OCSPSigning)) {
                return "BAD responder";
            }
        }
        if (!basic.isSignatureValid(verifier(signer))) {
            return "BAD signature";
        }
        RespID byName = new RespID(signer.getSubject());
        RespID byKey = new RespID(signer.getSubjectPublicKeyInfo(), digests().get(CertificateID.HASH_SHA1));
        if (!basic.getResponderId().equals(byName) && !basic.getResponderId().equals(byKey)) {
            return "BAD responder identifier";
        }
        Extension asked = request.getExtension(OCSPObjectIdentifiers.id_pkix_ocsp_nonce);
        Extension given = basic.getExtension(OCSPObjectIdentifiers.id_pkix_ocsp_nonce);
        if (asked == null ? given != null : !asked.equals(given)) {
            return "BAD nonce";
        }
        StringBuilder states = new StringBuilder("good");
        SingleResp[] answers = basic.getResponses();
        Req[] questions = request.getRequestList();
        for (int i = 0; i < questions.length; i++) {
            CertificateID id = answers[i].getCertID();
            if (!id.equals(questions[i].getCertID()) || !id.matchesIssuer(issuer, digests())) {
                return "BAD identifier";
            }
            CertificateStatus status = answers[i].getCertStatus();
            if (status == CertificateStatus.GOOD) {
                states.append(" good");
            } else if (status instanceof RevokedStatus) {
                RevokedStatus revoked = (RevokedStatus) status;
                states.append(" revoked").append(revoked.hasRevocationReason() ? ":" + revoked.getRevocationReason() : "");
            } else {
                states.append(" unknown");
            }
        }
        return states.toString();
    }

    private static String timestamp(byte[] requestDer, byte[] responseDer, byte[] certificateDer) throws Exception {
        TimeStampResponse response = new TimeStampResponse(responseDer);
        try {
            response.validate(new TimeStampRequest(requestDer));
            TimeStampToken token = response.getTimeStampToken();
            if (token == null) {
                return "refused " + response.getFailInfo().intValue();
            }
            X509CertificateHolder certificate = new X509CertificateHolder(certificateDer);
            SignerInformationVerifier verifier =
                    new JcaSimpleSignerInfoVerifierBuilder().setProvider(BC).build(certificate);
            token.validate(verifier);
            return "good " + token.getTimeStampInfo().getGenTime().toInstant() + " "
                    + token.getTimeStampInfo().getSerialNumber();
        } catch (TSPException error) {
            return "BAD " + error.getMessage();
        }
    }

    private final Path folder;
    private final Instant now;

    private Answers(Path folder, Instant now) {
        this.folder = folder;
        this.now = now;
    }

    private void write(String name, byte[] bytes) throws IOException {
        Files.write(folder.resolve(name), bytes);
    }

    private static ContentSigner signer(PrivateKey key) throws Exception {
        return new JcaContentSignerBuilder("SM3WITHSM2").setProvider(BC).build(key);
    }

    private static KeyPair key() throws Exception {
        KeyPairGenerator keys = KeyPairGenerator.getInstance("EC", BC);
        keys.initialize(new ECGenParameterSpec("sm2p256v1"));
        return keys.generateKeyPair();
    }

    private X509CertificateHolder certificate(String common, int serial, KeyPair key, X500Name issuer, KeyPair by,
            KeyPurposeId purpose) throws Exception {
        X500Name name = new X500Name("C=CN,O=Fake,CN=" + common);
        JcaX509v3CertificateBuilder builder = new JcaX509v3CertificateBuilder(issuer == null ? name : issuer,
                BigInteger.valueOf(serial), Date.from(now.minus(30, ChronoUnit.DAYS)),
                Date.from(now.plus(300, ChronoUnit.DAYS)), name, key.getPublic());
        if (issuer == null) {
            builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(true));
            builder.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign));
        } else {
            builder.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature));
        }
        if (purpose != null) {
            builder.addExtension(Extension.extendedKeyUsage, purpose == KeyPurposeId.id_kp_timeStamping,
                    new ExtendedKeyUsage(purpose));
        }
        if (purpose == KeyPurposeId.id_kp_OCSPSigning) {
            builder.addExtension(OCSPObjectIdentifiers.id_pkix_ocsp_nocheck, false, DERNull.INSTANCE);
        }
        return builder.build(signer(by.getPrivate()));
    }

    private void make() throws Exception {
        KeyPair rootKey = key();
        KeyPair responderKey = key();
        KeyPair tsaKey = key();
        X509CertificateHolder root = certificate("Fake BC Root", 1, rootKey, null, rootKey, null);
        X509CertificateHolder responder =
                certificate("Fake BC OCSP", 2, responderKey, root.getSubject(), rootKey, KeyPurposeId.id_kp_OCSPSigning);
        X509CertificateHolder tsa =
                certificate("Fake BC TSA", 3, tsaKey, root.getSubject(), rootKey, KeyPurposeId.id_kp_timeStamping);
        write("root.der", root.getEncoded());
        write("responder.der", responder.getEncoded());
        write("tsa.der", tsa.getEncoded());

        CertificateID good = new CertificateID(digests().get(SM3), root, tsa.getSerialNumber());
        CertificateID lost = new CertificateID(digests().get(CertificateID.HASH_SHA1), root, BigInteger.valueOf(9));
        Extension nonce = new Extension(OCSPObjectIdentifiers.id_pkix_ocsp_nonce, false,
                new DEROctetString(new byte[] {1, 2, 3, 4}).getEncoded());
        OCSPReq request = new OCSPReqBuilder().addRequest(good).addRequest(lost)
                .setRequestExtensions(new Extensions(nonce)).build();
        write("ocsp-request.der", request.getEncoded());
        Date next = Date.from(now.plus(1, ChronoUnit.DAYS));
        RevokedStatus revoked = new RevokedStatus(Date.from(now.minus(2, ChronoUnit.DAYS)), CRLReason.keyCompromise);
        DigestCalculator sha1 = digests().get(CertificateID.HASH_SHA1);
        RespID byKey = new JcaRespID(responderKey.getPublic(), sha1);
        for (RespID named : List.of(new RespID(responder.getSubject()), byKey)) {
            BasicOCSPRespBuilder builder = new BasicOCSPRespBuilder(named);
            builder.addResponse(good, CertificateStatus.GOOD, Date.from(now), next);
            builder.addResponse(lost, revoked, Date.from(now), next);
            builder.setResponseExtensions(new Extensions(nonce));
            BasicOCSPResp basic = builder.build(signer(responderKey.getPrivate()),
                    new X509CertificateHolder[] {responder}, Date.from(now));
            OCSPResp response = new OCSPRespBuilder().build(OCSPRespBuilder.SUCCESSFUL, basic);
            write(named == byKey ? "ocsp-by-key.der" : "ocsp-by-name.der", response.getEncoded());
        }
        BasicOCSPRespBuilder direct = new BasicOCSPRespBuilder(new RespID(root.getSubject()));
        direct.addResponse(good, CertificateStatus.GOOD, Date.from(now), next);
        BasicOCSPResp basic = direct.build(signer(rootKey.getPrivate()), null, Date.from(now));
        write("ocsp-direct.der", new OCSPRespBuilder().build(OCSPRespBuilder.SUCCESSFUL, basic).getEncoded());
        write("ocsp-refused.der", new OCSPRespBuilder().build(OCSPRespBuilder.TRY_LATER, null).getEncoded());

        TimeStampRequestGenerator asking = new TimeStampRequestGenerator();
        asking.setCertReq(true);
        DigestCalculator digest = digests().get(SM3);
        digest.getOutputStream().write("witnessed".getBytes());
        TimeStampRequest asked = asking.generate(SM3.getAlgorithm(), digest.getDigest(), BigInteger.valueOf(0x1234567890L));
        write("timestamp-request.der", asked.getEncoded());
        for (AlgorithmIdentifier hash : List.of(SM3, SHA256)) {
            TimeStampTokenGenerator tokens = new TimeStampTokenGenerator(
                    new JcaSignerInfoGeneratorBuilder(digests()).build(signer(tsaKey.getPrivate()), tsa),
                    digests().get(hash), POLICY);
            tokens.addCertificates(new JcaCertStore(
                    List.of(new JcaX509CertificateConverter().setProvider(BC).getCertificate(tsa))));
            tokens.setAccuracySeconds(1);
            tokens.setAccuracyMillis(500);
            TimeStampResponseGenerator answering =
                    new TimeStampResponseGenerator(tokens, Set.of(SM3.getAlgorithm().getId()));
            TimeStampResponse response = answering.generate(asked, BigInteger.valueOf(77), Date.from(now));
            write(hash == SM3 ? "timestamp-sm3.der" : "timestamp-sha256.der", response.getEncoded());
        }
        TimeStampTokenGenerator none = new TimeStampTokenGenerator(
                new JcaSignerInfoGeneratorBuilder(digests()).build(signer(tsaKey.getPrivate()), tsa),
                digests().get(SM3), POLICY);
        TimeStampResponseGenerator refusing = new TimeStampResponseGenerator(none, Set.of(SHA256.getAlgorithm().getId()));
        write("timestamp-refused.der", refusing.generateRejectedResponse(refusingReason(refusing, asked)).getEncoded());
    }

    /** Why a generator that takes other algorithms refuses a request. */
    private Exception refusingReason(TimeStampResponseGenerator generator, TimeStampRequest asked) {
        try {
            generator.generateGrantedResponse(asked, BigInteger.ONE, Date.from(now));
        } catch (TSPException error) {
            return error;
        }
        throw new IllegalStateException("it was not refused");
    }
}
