import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Paths;
import java.text.Normalizer;
import java.util.Arrays;
import java.util.Base64;
import org.bouncycastle.asn1.ASN1Boolean;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1Enumerated;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.ASN1Sequence;
import org.bouncycastle.asn1.ASN1TaggedObject;
import org.bouncycastle.asn1.ASN1UTF8String;
import org.bouncycastle.asn1.pkcs.PBKDF2Params;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.crypto.InvalidCipherTextException;
import org.bouncycastle.crypto.digests.SM3Digest;
import org.bouncycastle.crypto.engines.SM2Engine;
import org.bouncycastle.crypto.engines.SM4Engine;
import org.bouncycastle.crypto.generators.Argon2BytesGenerator;
import org.bouncycastle.crypto.generators.HKDFBytesGenerator;
import org.bouncycastle.crypto.generators.PKCS5S2ParametersGenerator;
import org.bouncycastle.crypto.macs.HMac;
import org.bouncycastle.crypto.modes.SICBlockCipher;
import org.bouncycastle.crypto.params.Argon2Parameters;
import org.bouncycastle.crypto.params.AsymmetricKeyParameter;
import org.bouncycastle.crypto.params.ECPublicKeyParameters;
import org.bouncycastle.crypto.params.HKDFParameters;
import org.bouncycastle.crypto.params.KeyParameter;
import org.bouncycastle.crypto.params.ParametersWithIV;
import org.bouncycastle.crypto.util.PrivateKeyFactory;
import org.bouncycastle.crypto.util.PublicKeyFactory;
import org.bouncycastle.util.BigIntegers;
import org.bouncycastle.util.encoders.Hex;

/**
 * Opens a soft token of version 1 with nothing but docs/soft-token.md and Bouncy Castle.
 *
 * <pre>
 * java Tokens.java open TOKEN PIN [DEVICE]       by the PIN; DEVICE is the device secret, 64 hexadecimal digits
 * java Tokens.java recover TOKEN CODE            by the recovery code
 * java Tokens.java escrow TOKEN KEY [DEVICE]     by the unlocker's PKCS#8 key, as an insider of the authority would
 * java Tokens.java state TOKEN DEVICE            the tag of a token that is bound to a device
 * java Tokens.java code REQUEST                  what a holder reads aloud of an unlock request
 * java Tokens.java mac CODE REFERENCE SPKI       the proof of an activation code, hexadecimal; SPKI is a DER file
 * </pre>
 *
 * <p>The first line is "good ..." or "BAD reason", then one line a key: its number, its use, and whether the private key that
 * was found is that of the public key in the header.
 */
public class Tokens {
    private static final String BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    private static final String PBKDF2 = "1.2.840.113549.1.5.12";
    private static final String ARGON2ID =
            "1.2.840.113556.1.8000.2554.18654.53112.4852.20200.48975.1867409.12222036.2.1";
    private static final String HMAC_SM3 = "1.2.156.10197.1.401.2";

    private final ASN1Sequence header;
    private final ASN1Sequence slots;
    private final byte[] secrets;
    private final ASN1Sequence state;
    private final byte[] binding;

    public static void main(String[] arguments) throws Exception {
        String act = arguments[0];
        if (act.equals("code")) {
            System.out.println(base32(Arrays.copyOf(sm3(pem(arguments[1])), 5)));
            return;
        }
        if (act.equals("mac")) {
            byte[] reference = utf8(arguments[2]);
            byte[] key = hkdf(unbase32(arguments[1]), reference, utf8("eseal activation v1"), 32);
            System.out.println(Hex.toHexString(hmac(key, reference, Files.readAllBytes(Paths.get(arguments[3])))));
            return;
        }
        Tokens token = new Tokens(pem(arguments[1]));
        byte[] device = arguments.length > 3 ? Hex.decode(arguments[3]) : new byte[0];
        switch (act) {
            case "open":
                token.tell(token.byPin(arguments[2], device));
                break;
            case "recover":
                token.tell(token.byRecoveryCode(arguments[2]));
                break;
            case "escrow":
                byte[] key = Files.readAllBytes(Paths.get(arguments[2]));
                token.tell(token.byUnlocker(PrivateKeyFactory.createKey(key), device));
                break;
            case "state":
                System.out.println(token.stateHolds(Hex.decode(arguments[2])) ? "good" : "BAD state");
                break;
            default:
                throw new IllegalArgumentException(act);
        }
    }

    private Tokens(byte[] der) throws IOException {
        ASN1Sequence token = ASN1Sequence.getInstance(der);
        if (!Arrays.equals(token.getEncoded(ASN1Encoding.DER), der)) {
            throw new IOException("not DER");
        }
        header = ASN1Sequence.getInstance(token.getObjectAt(0));
        slots = ASN1Sequence.getInstance(token.getObjectAt(1));
        secrets = octets(token.getObjectAt(2));
        state = ASN1Sequence.getInstance(token.getObjectAt(3));
        if (!ASN1Integer.getInstance(header.getObjectAt(0)).hasValue(1)) {
            throw new IOException("version");
        }
        binding = join(octets(header.getObjectAt(1)), long64(epoch()));
    }

    private long epoch() {
        return ASN1Integer.getInstance(header.getObjectAt(2)).longValueExact();
    }

    /** The content of the first slot with this tag. */
    private ASN1Sequence slot(int tag) {
        for (ASN1Encodable slot : slots) {
            ASN1TaggedObject tagged = ASN1TaggedObject.getInstance(slot);
            if (tagged.getTagNo() == tag) {
                return ASN1Sequence.getInstance(tagged, true);
            }
        }
        return null;
    }

    private byte[] byPin(String pin, byte[] device) {
        ASN1Sequence slot = slot(0);
        if (slot == null) {
            return null;
        }
        AlgorithmIdentifier kdf = AlgorithmIdentifier.getInstance(slot.getObjectAt(0));
        byte[] stretched = stretch(kdf, utf8(Normalizer.normalize(pin, Normalizer.Form.NFC)));
        byte[] key = hkdf(join(stretched, device), binding, utf8("eseal token v1 pin"), 32);
        return unwrap(key, "pin", octets(slot.getObjectAt(2)));
    }

    private static byte[] stretch(AlgorithmIdentifier kdf, byte[] pin) {
        if (kdf.getAlgorithm().getId().equals(ARGON2ID)) {
            ASN1Sequence parameters = ASN1Sequence.getInstance(kdf.getParameters());
            Argon2BytesGenerator generator = new Argon2BytesGenerator();
            generator.init(new Argon2Parameters.Builder(Argon2Parameters.ARGON2_id)
                    .withSalt(octets(parameters.getObjectAt(0)))
                    .withVersion(number(parameters.getObjectAt(1)))
                    .withMemoryAsKB(number(parameters.getObjectAt(2)))
                    .withIterations(number(parameters.getObjectAt(3)))
                    .withParallelism(number(parameters.getObjectAt(4)))
                    .build());
            byte[] stretched = new byte[32];
            generator.generateBytes(pin, stretched);
            return stretched;
        }
        PBKDF2Params parameters = PBKDF2Params.getInstance(kdf.getParameters());
        if (!kdf.getAlgorithm().getId().equals(PBKDF2) || !parameters.getPrf().getAlgorithm().getId().equals(HMAC_SM3)) {
            throw new IllegalArgumentException("derivation");
        }
        PKCS5S2ParametersGenerator generator = new PKCS5S2ParametersGenerator(new SM3Digest());
        generator.init(pin, parameters.getSalt(), parameters.getIterationCount().intValueExact());
        return ((KeyParameter) generator.generateDerivedMacParameters(256)).getKey();
    }

    private byte[] byRecoveryCode(String code) {
        byte[] key = hkdf(unbase32(code), binding, utf8("eseal token v1 recovery"), 32);
        return unwrap(key, "recovery", octets(slot(2).getObjectAt(1)));
    }

    private byte[] byUnlocker(AsymmetricKeyParameter unlocker, byte[] device) throws InvalidCipherTextException {
        ASN1Sequence slot = slot(1);
        ASN1Sequence share = ASN1Sequence.getInstance(decrypt(octets(slot.getObjectAt(1)), unlocker));
        byte[] inside = join(octets(share.getObjectAt(0)), long64(ASN1Integer.getInstance(share.getObjectAt(1)).longValueExact()));
        if (!Arrays.equals(inside, binding)) {
            throw new IllegalArgumentException("share of another token or sealing");
        }
        byte[] key = hkdf(join(octets(share.getObjectAt(2)), device), binding, utf8("eseal token v1 unlock"), 32);
        return unwrap(key, "unlock", octets(slot.getObjectAt(3)));
    }

    private byte[] unwrap(byte[] key, String purpose, byte[] wrapped) {
        return open(key, "eseal token v1 slot", join(binding, utf8(purpose)), wrapped);
    }

    private boolean stateHolds(byte[] device) throws IOException {
        byte[] headerDer = header.getEncoded(ASN1Encoding.DER);
        byte[] slotsDer = slots.getEncoded(ASN1Encoding.DER);
        int failed = ASN1Integer.getInstance(state.getObjectAt(0)).intValueExact();
        boolean locked = ASN1Boolean.getInstance(state.getObjectAt(1)).isTrue();
        byte[] key = hkdf(device, binding, utf8("eseal token v1 state"), 32);
        byte[] tag = hmac(key, ByteBuffer.allocate(4).putInt(failed).array(), new byte[] {(byte) (locked ? 1 : 0)},
                long64(headerDer.length), long64(slotsDer.length), long64(secrets.length), headerDer, slotsDer, secrets);
        return Arrays.equals(tag, octets(state.getObjectAt(2)));
    }

    /** Opens the private keys with the data key and says of each whether it is the one in the header. */
    private void tell(byte[] dataKey) throws IOException {
        if (dataKey == null) {
            System.out.println("BAD slot");
            return;
        }
        byte[] aad = join(binding, sm3(header.getEncoded(ASN1Encoding.DER)));
        byte[] plain = open(dataKey, "eseal token v1 secrets", aad, secrets);
        if (plain == null) {
            System.out.println("BAD secrets");
            return;
        }
        String label = ASN1UTF8String.getInstance(header.getObjectAt(3)).getString();
        System.out.println("good " + Hex.toHexString(octets(header.getObjectAt(1))) + " epoch " + epoch() + " " + label);
        ASN1Sequence objects = ASN1Sequence.getInstance(header.getObjectAt(header.size() - 1));
        ASN1Sequence keys = ASN1Sequence.getInstance(plain);
        if (keys.size() != objects.size()) {
            System.out.println("BAD number of keys");
        }
        for (int i = 0; i < keys.size(); i++) {
            ASN1Sequence key = ASN1Sequence.getInstance(keys.getObjectAt(i));
            ASN1Sequence object = ASN1Sequence.getInstance(objects.getObjectAt(i));
            ECPublicKeyParameters wanted = (ECPublicKeyParameters) PublicKeyFactory.createKey(
                    SubjectPublicKeyInfo.getInstance(object.getObjectAt(2)));
            BigInteger d = new BigInteger(1, octets(key.getObjectAt(1)));
            boolean same = wanted.getParameters().getG().multiply(d).normalize().equals(wanted.getQ().normalize());
            same &= Arrays.equals(octets(key.getObjectAt(0)), octets(object.getObjectAt(0)));
            System.out.println("key " + Hex.toHexString(octets(object.getObjectAt(0))) + " use "
                    + ASN1Enumerated.getInstance(object.getObjectAt(1)).getValue() + (same ? " good" : " BAD"));
        }
    }

    /** Salt, cipher and tag: null where the tag does not hold. */
    private static byte[] open(byte[] key, String context, byte[] aad, byte[] sealed) {
        byte[] salt = Arrays.copyOf(sealed, 32);
        byte[] cipher = Arrays.copyOfRange(sealed, 32, sealed.length - 32);
        byte[] tag = Arrays.copyOfRange(sealed, sealed.length - 32, sealed.length);
        byte[] derived = hkdf(key, salt, utf8(context), 64);
        if (!Arrays.equals(tag, hmac(Arrays.copyOfRange(derived, 32, 64), long64(aad.length), aad, cipher))) {
            return null;
        }
        SICBlockCipher stream = new SICBlockCipher(new SM4Engine());
        stream.init(false, new ParametersWithIV(new KeyParameter(Arrays.copyOf(derived, 16)),
                Arrays.copyOfRange(derived, 16, 32)));
        byte[] plain = new byte[cipher.length];
        stream.processBytes(cipher, 0, cipher.length, plain, 0);
        return plain;
    }

    /** SM2Cipher is x, y, C3 and C2; the engine wants 04, x, y, C3, C2. */
    private static byte[] decrypt(byte[] sm2Cipher, AsymmetricKeyParameter key) throws InvalidCipherTextException {
        ASN1Sequence parts = ASN1Sequence.getInstance(sm2Cipher);
        byte[] joined = join(new byte[] {4},
                BigIntegers.asUnsignedByteArray(32, ASN1Integer.getInstance(parts.getObjectAt(0)).getPositiveValue()),
                BigIntegers.asUnsignedByteArray(32, ASN1Integer.getInstance(parts.getObjectAt(1)).getPositiveValue()),
                octets(parts.getObjectAt(2)), octets(parts.getObjectAt(3)));
        SM2Engine engine = new SM2Engine(SM2Engine.Mode.C1C3C2);
        engine.init(false, key);
        return engine.processBlock(joined, 0, joined.length);
    }

    private static byte[] hkdf(byte[] key, byte[] salt, byte[] info, int length) {
        HKDFBytesGenerator generator = new HKDFBytesGenerator(new SM3Digest());
        generator.init(new HKDFParameters(key, salt, info));
        byte[] output = new byte[length];
        generator.generateBytes(output, 0, length);
        return output;
    }

    private static byte[] hmac(byte[] key, byte[]... parts) {
        HMac mac = new HMac(new SM3Digest());
        mac.init(new KeyParameter(key));
        for (byte[] part : parts) {
            mac.update(part, 0, part.length);
        }
        byte[] tag = new byte[32];
        mac.doFinal(tag, 0);
        return tag;
    }

    private static byte[] sm3(byte[] message) {
        SM3Digest digest = new SM3Digest();
        digest.update(message, 0, message.length);
        byte[] value = new byte[32];
        digest.doFinal(value, 0);
        return value;
    }

    private static String base32(byte[] five) {
        BigInteger bits = new BigInteger(1, five);
        StringBuilder text = new StringBuilder();
        for (int shift = 35; shift >= 0; shift -= 5) {
            text.append(BASE32.charAt(bits.shiftRight(shift).intValue() & 31));
        }
        return text.toString();
    }

    private static byte[] unbase32(String code) {
        BigInteger bits = BigInteger.ZERO;
        int count = 0;
        for (char letter : code.toUpperCase().toCharArray()) {
            if (letter != '-' && letter != ' ') {
                bits = bits.shiftLeft(5).or(BigInteger.valueOf(BASE32.indexOf(letter)));
                count++;
            }
        }
        return BigIntegers.asUnsignedByteArray(count * 5 / 8, bits);
    }

    private static byte[] pem(String file) throws IOException {
        byte[] bytes = Files.readAllBytes(Paths.get(file));
        if (bytes[0] == 0x30) {
            return bytes;
        }
        String body = new String(bytes, StandardCharsets.US_ASCII).replaceAll("-----[A-Z ]+-----", "");
        return Base64.getMimeDecoder().decode(body.trim());
    }

    private static int number(ASN1Encodable value) {
        return ASN1Integer.getInstance(value).intValueExact();
    }

    private static byte[] octets(ASN1Encodable value) {
        return ASN1OctetString.getInstance(value).getOctets();
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] long64(long value) {
        return ByteBuffer.allocate(8).putLong(value).array();
    }

    private static byte[] join(byte[]... parts) {
        ByteArrayOutputStream joined = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            joined.write(part, 0, part.length);
        }
        return joined.toByteArray();
    }
}
