import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.Arrays;
import org.apache.pdfbox.pdmodel.PDDocument;
import org.apache.pdfbox.pdmodel.interactive.digitalsignature.PDSignature;
import org.bouncycastle.asn1.ASN1BitString;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1GeneralizedTime;
import org.bouncycastle.asn1.ASN1IA5String;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.ASN1Sequence;
import org.bouncycastle.asn1.ASN1UTF8String;
import org.bouncycastle.asn1.x509.Certificate;
import org.bouncycastle.crypto.digests.SM3Digest;
import org.bouncycastle.crypto.params.AsymmetricKeyParameter;
import org.bouncycastle.crypto.params.ParametersWithID;
import org.bouncycastle.crypto.signers.SM2Signer;
import org.bouncycastle.crypto.util.PublicKeyFactory;

/**
 * Judges the electronic seal signatures (电子签章, GB/T 38540-2020) of a PDF with nothing of ours: PDFBox finds them and
 * the bytes they cover, Bouncy Castle reads and verifies them. Every part is written to a folder for other judges.
 *
 * <p>Usage: java Witness.java FOLDER FILE.pdf... One line a question, "FILE.pdf N question good|BAD detail"; exit 1 when an
 * answer is bad or a file has no such signature. Parts are written as FOLDER/FILE.pdf.N.part.
 */
public class Witness {
    private static final byte[] ID = "1234567812345678".getBytes();
    private static final ASN1ObjectIdentifier SM2_WITH_SM3 = new ASN1ObjectIdentifier("1.2.156.10197.1.501");

    private final Path folder;
    private final String name;
    private boolean good = true;

    private Witness(Path folder, String name) {
        this.folder = folder;
        this.name = name;
    }

    public static void main(String[] arguments) throws IOException {
        boolean good = true;
        for (int i = 1; i < arguments.length; i++) {
            good &= judgeFile(Paths.get(arguments[0]), Paths.get(arguments[i]));
        }
        System.exit(good ? 0 : 1);
    }

    private static boolean judgeFile(Path folder, Path path) throws IOException {
        byte[] file = Files.readAllBytes(path);
        boolean good = true;
        int number = 0;
        try (PDDocument document = PDDocument.load(file)) {
            for (PDSignature signature : document.getSignatureDictionaries()) {
                if (!signature.getSubFilter().startsWith("GM.")) {
                    continue;
                }
                number++;
                Witness witness = new Witness(folder, path.getFileName() + "." + number);
                witness.judge(signature.getContents(file), signature.getSignedContent(file));
                good &= witness.good;
            }
        }
        System.out.println(path.getFileName() + " has " + number + " seal signatures");
        return good && number > 0;
    }

    private void judge(byte[] contents, byte[] covered) throws IOException {
        byte[] der = Arrays.copyOf(contents, elementLength(contents, 0));
        for (int i = der.length; i < contents.length; i++) {
            if (contents[i] != 0) {
                say("padding", false, "not zero at " + i);
            }
        }
        write("contents.der", der);
        write("covered.bin", covered);
        ASN1Sequence signature = ASN1Sequence.getInstance(der);
        say("der", Arrays.equals(der, signature.getEncoded("DER")), signature.size() + " elements");

        byte[] toSignBytes = child(der, 0, 0);
        ASN1Sequence toSign = ASN1Sequence.getInstance(signature.getObjectAt(0));
        byte[] signer = ASN1OctetString.getInstance(signature.getObjectAt(1)).getOctets();
        say("signature-algorithm", SM2_WITH_SM3.equals(signature.getObjectAt(2)), signature.getObjectAt(2).toString());
        byte[] value = bits(signature.getObjectAt(3));
        say("signature", verify(signer, toSignBytes, value), subject(signer));
        write("signed.der", toSignBytes);
        write("signature.der", value);
        write("signer.cer", signer);

        ASN1Integer version = ASN1Integer.getInstance(toSign.getObjectAt(0));
        ASN1GeneralizedTime time = ASN1GeneralizedTime.getInstance(toSign.getObjectAt(2));
        byte[] hash = bits(toSign.getObjectAt(3));
        say("document-hash", Arrays.equals(hash, sm3(covered)), covered.length + " bytes");
        say("property", true, ASN1IA5String.getInstance(toSign.getObjectAt(4)).getString());
        say("time", true, time.getTimeString());

        ASN1Sequence seal = ASN1Sequence.getInstance(toSign.getObjectAt(1));
        byte[] sealBytes = child(toSignBytes, 0, 1);
        byte[] infoBytes = child(sealBytes, 0, 0);
        ASN1Sequence info = ASN1Sequence.getInstance(seal.getObjectAt(0));
        byte[] maker = ASN1OctetString.getInstance(seal.getObjectAt(1)).getOctets();
        byte[] makerValue = bits(seal.getObjectAt(3));
        say("seal-signature", verify(maker, infoBytes, makerValue), subject(maker));
        write("seal.esl", sealBytes);
        write("seal-signed.der", infoBytes);
        write("seal-signature.der", makerValue);
        write("maker.cer", maker);

        ASN1Sequence header = ASN1Sequence.getInstance(info.getObjectAt(0));
        say("header", "ES".equals(ASN1IA5String.getInstance(header.getObjectAt(0)).getString()), "ES");
        BigInteger sealVersion = ASN1Integer.getInstance(header.getObjectAt(1)).getValue();
        say("version", sealVersion.equals(version.getValue()), sealVersion.toString());
        say("seal-id", true, ASN1IA5String.getInstance(info.getObjectAt(1)).getString());
        ASN1Sequence property = ASN1Sequence.getInstance(info.getObjectAt(2));
        say("seal-name", true, ASN1UTF8String.getInstance(property.getObjectAt(1)).getString());
        boolean byDigest = ASN1Integer.getInstance(property.getObjectAt(2)).intValueExact() == 2;
        boolean listed = false;
        for (ASN1Encodable entry : ASN1Sequence.getInstance(property.getObjectAt(3))) {
            byte[] listedBytes = byDigest
                    ? ASN1OctetString.getInstance(ASN1Sequence.getInstance(entry).getObjectAt(1)).getOctets()
                    : ASN1OctetString.getInstance(entry).getOctets();
            listed |= Arrays.equals(listedBytes, byDigest ? sm3(signer) : signer);
        }
        say("signer-in-seal", listed, byDigest ? "by digest" : "by certificate");
        String signedAt = time.getTimeString();
        String from = ASN1GeneralizedTime.getInstance(property.getObjectAt(5)).getTimeString();
        String to = ASN1GeneralizedTime.getInstance(property.getObjectAt(6)).getTimeString();
        say("seal-period", from.compareTo(signedAt) <= 0 && signedAt.compareTo(to) <= 0, from + " to " + to);
        ASN1Sequence picture = ASN1Sequence.getInstance(info.getObjectAt(3));
        write("picture", ASN1OctetString.getInstance(picture.getObjectAt(1)).getOctets());
        say("picture", true, ASN1IA5String.getInstance(picture.getObjectAt(0)).getString() + " "
                + picture.getObjectAt(2) + " x " + picture.getObjectAt(3) + " mm");
    }

    private void say(String question, boolean answer, String detail) {
        good &= answer;
        System.out.println(name + " " + question + " " + (answer ? "good" : "BAD") + " " + detail);
    }

    private void write(String part, byte[] bytes) throws IOException {
        Files.write(folder.resolve(name + "." + part), bytes);
    }

    private static byte[] bits(ASN1Encodable element) {
        return ASN1BitString.getInstance(element).getOctets();
    }

    private static String subject(byte[] certificate) {
        return Certificate.getInstance(certificate).getSubject().toString();
    }

    private static boolean verify(byte[] certificate, byte[] message, byte[] signature) throws IOException {
        AsymmetricKeyParameter key =
                PublicKeyFactory.createKey(Certificate.getInstance(certificate).getSubjectPublicKeyInfo());
        SM2Signer judge = new SM2Signer();
        judge.init(false, new ParametersWithID(key, ID));
        judge.update(message, 0, message.length);
        return judge.verifySignature(signature);
    }

    private static byte[] sm3(byte[] bytes) {
        SM3Digest digest = new SM3Digest();
        digest.update(bytes, 0, bytes.length);
        byte[] value = new byte[digest.getDigestSize()];
        digest.doFinal(value, 0);
        return value;
    }

    /** The n-th child of the element at an offset, as it stands in the bytes: signatures cover what was received. */
    private static byte[] child(byte[] bytes, int offset, int n) {
        int at = offset + headerLength(bytes, offset);
        for (int i = 0; i < n; i++) {
            at += elementLength(bytes, at);
        }
        return Arrays.copyOfRange(bytes, at, at + elementLength(bytes, at));
    }

    private static int headerLength(byte[] bytes, int offset) {
        int first = bytes[offset + 1] & 0xff;
        return first < 0x80 ? 2 : 2 + (first & 0x7f);
    }

    private static int elementLength(byte[] bytes, int offset) {
        int header = headerLength(bytes, offset);
        int length = header == 2 ? bytes[offset + 1] & 0xff : 0;
        for (int i = 2; i < header; i++) {
            length = length << 8 | bytes[offset + i] & 0xff;
        }
        return header + length;
    }
}
