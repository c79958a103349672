import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.Security;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Collections;
import java.util.Date;
import javax.crypto.Cipher;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.PBEKeySpec;
import javax.crypto.spec.SecretKeySpec;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.gm.GMObjectIdentifiers;
import org.bouncycastle.asn1.nist.NISTObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.EncryptedPrivateKeyInfo;
import org.bouncycastle.asn1.pkcs.EncryptionScheme;
import org.bouncycastle.asn1.pkcs.KeyDerivationFunc;
import org.bouncycastle.asn1.pkcs.PBES2Parameters;
import org.bouncycastle.asn1.pkcs.PBKDF2Params;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.jcajce.provider.asymmetric.ec.BCECPrivateKey;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/**
 * Bouncy Castle reads key files of ours, and makes some for us to read.
 *
 * <pre>
 * java KeyFiles.java pkcs12 PASSWORD FILE...   a line a key: FILE ALIAS d, and "certified" if its certificate is there
 * java KeyFiles.java pkcs8 PASSWORD FILE...    a line a file: FILE d
 * java KeyFiles.java make PASSWORD FOLDER      key files in the folder, each with a line: NAME d
 * </pre>
 */
public class KeyFiles {
    public static void main(String[] arguments)
            throws GeneralSecurityException, IOException, OperatorCreationException {
        Security.addProvider(new BouncyCastleProvider());
        char[] password = arguments[1].toCharArray();
        for (int i = 2; i < arguments.length; i++) {
            switch (arguments[0]) {
                case "pkcs12" -> readPkcs12(arguments[i], password);
                case "pkcs8" -> readPkcs8(arguments[i], password);
                case "make" -> make(Paths.get(arguments[i]), password);
                default -> throw new IllegalArgumentException(arguments[0]);
            }
        }
    }

    private static void readPkcs12(String file, char[] password) throws GeneralSecurityException, IOException {
        KeyStore store = KeyStore.getInstance("PKCS12", "BC");
        try (InputStream in = new FileInputStream(file)) {
            store.load(in, password);
        }
        for (String alias : Collections.list(store.aliases())) {
            Key key = store.getKey(alias, password);
            if (key != null) {
                Certificate[] chain = store.getCertificateChain(alias);
                System.out.println(file + " " + alias + " " + hex(key) + (chain == null ? "" : " certified"));
            }
        }
    }

    /** By the provider's own parts: Bouncy Castle's reader of such files knows neither HMAC-SM3 nor SM4. */
    private static void readPkcs8(String file, char[] password) throws GeneralSecurityException, IOException {
        EncryptedPrivateKeyInfo info = EncryptedPrivateKeyInfo.getInstance(Files.readAllBytes(Paths.get(file)));
        PBES2Parameters pbes = PBES2Parameters.getInstance(info.getEncryptionAlgorithm().getParameters());
        byte[] iv = ASN1OctetString.getInstance(pbes.getEncryptionScheme().getParameters()).getOctets();
        Cipher cipher = cipher(pbes, Cipher.DECRYPT_MODE, password, iv);
        PrivateKeyInfo plain = PrivateKeyInfo.getInstance(cipher.doFinal(info.getEncryptedData()));
        System.out.println(file + " " + hex(BouncyCastleProvider.getPrivateKey(plain)));
    }

    private static Cipher cipher(PBES2Parameters pbes, int mode, char[] password, byte[] iv)
            throws GeneralSecurityException {
        PBKDF2Params derivation = PBKDF2Params.getInstance(pbes.getKeyDerivationFunc().getParameters());
        boolean sm3 = derivation.getPrf().getAlgorithm().equals(GMObjectIdentifiers.hmac_sm3);
        ASN1ObjectIdentifier scheme = pbes.getEncryptionScheme().getAlgorithm();
        boolean sm4 = scheme.equals(GMObjectIdentifiers.sms4_cbc);
        PBEKeySpec spec = new PBEKeySpec(
                password, derivation.getSalt(), derivation.getIterationCount().intValueExact(), sm4 ? 128 : 256);
        SecretKeyFactory factory = SecretKeyFactory.getInstance("PBKDF2WITHHMAC" + (sm3 ? "SM3" : "SHA256"), "BC");
        byte[] key = factory.generateSecret(spec).getEncoded();
        Cipher cipher = Cipher.getInstance((sm4 ? "SM4" : "AES") + "/CBC/PKCS7Padding", "BC");
        cipher.init(mode, new SecretKeySpec(key, sm4 ? "SM4" : "AES"), new IvParameterSpec(iv));
        return cipher;
    }

    private static void make(Path folder, char[] password)
            throws GeneralSecurityException, IOException, OperatorCreationException {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC", "BC");
        generator.initialize(new ECGenParameterSpec("sm2p256v1"));
        KeyPair pair = generator.generateKeyPair();
        for (String type : new String[] {"PKCS12", "PKCS12-DEF"}) {
            KeyStore store = KeyStore.getInstance(type, "BC");
            store.load(null, null);
            store.setKeyEntry("fake", pair.getPrivate(), password, new Certificate[] {selfSigned(pair)});
            String name = type + ".p12";
            try (OutputStream out = Files.newOutputStream(folder.resolve(name))) {
                store.store(out, password);
            }
            System.out.println(name + " " + hex(pair.getPrivate()));
        }
        AlgorithmIdentifier sha256 = new AlgorithmIdentifier(PKCSObjectIdentifiers.id_hmacWithSHA256, DERNull.INSTANCE);
        AlgorithmIdentifier sm3 = new AlgorithmIdentifier(GMObjectIdentifiers.hmac_sm3);
        write(folder, "aes.p8", pair.getPrivate(), NISTObjectIdentifiers.id_aes256_CBC, sha256, password);
        write(folder, "sm4.p8", pair.getPrivate(), GMObjectIdentifiers.sms4_cbc, sm3, password);
    }

    private static void write(
            Path folder, String name, PrivateKey key, ASN1ObjectIdentifier scheme, AlgorithmIdentifier prf, char[] password)
            throws GeneralSecurityException, IOException {
        byte[] salt = new byte[16];
        byte[] iv = new byte[16];
        SecureRandom random = new SecureRandom();
        random.nextBytes(salt);
        random.nextBytes(iv);
        PBES2Parameters pbes = new PBES2Parameters(
                new KeyDerivationFunc(PKCSObjectIdentifiers.id_PBKDF2, new PBKDF2Params(salt, 10000, prf)),
                new EncryptionScheme(scheme, new DEROctetString(iv)));
        byte[] sealed = cipher(pbes, Cipher.ENCRYPT_MODE, password, iv).doFinal(key.getEncoded());
        AlgorithmIdentifier algorithm = new AlgorithmIdentifier(PKCSObjectIdentifiers.id_PBES2, pbes);
        Files.write(folder.resolve(name), new EncryptedPrivateKeyInfo(algorithm, sealed).getEncoded());
        System.out.println(name + " " + hex(key));
    }

    private static X509Certificate selfSigned(KeyPair pair) throws GeneralSecurityException, OperatorCreationException {
        X500Name name = new X500Name("CN=fake");
        Instant now = Instant.now();
        JcaX509v3CertificateBuilder builder = new JcaX509v3CertificateBuilder(
                name, BigInteger.ONE, Date.from(now), Date.from(now.plus(1, ChronoUnit.DAYS)), name, pair.getPublic());
        JcaContentSignerBuilder signer = new JcaContentSignerBuilder("SM3WITHSM2").setProvider("BC");
        return new JcaX509CertificateConverter()
                .setProvider("BC")
                .getCertificate(builder.build(signer.build(pair.getPrivate())));
    }

    private static String hex(Key key) {
        String digits = ((BCECPrivateKey) key).getD().toString(16);
        return "0".repeat(64 - digits.length()) + digits;
    }
}
