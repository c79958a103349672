"""Judges the RSA and ECDSA signatures of a PDF with pyHanko: do they still hold after something was appended?

Usage: earlier_signatures.py FILE.pdf ROOT.pem...

One line a signature; exit 1 when one does not hold, or when there is none.
"""
import logging
import sys

from asn1crypto import pem, x509
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

logging.disable(logging.CRITICAL)

STANDARD = ("/adbe.pkcs7.detached", "/ETSI.CAdES.detached")


def certificate(path):
    with open(path, "rb") as file:
        _, _, der = pem.unarmor(file.read())
    return x509.Certificate.load(der)


def main():
    roots = [certificate(path) for path in sys.argv[2:]]
    held = []
    with open(sys.argv[1], "rb") as file:
        reader = PdfFileReader(file, strict=False)
        for signature in reader.embedded_signatures:
            if signature.sig_object["/SubFilter"] not in STANDARD:
                continue
            context = ValidationContext(trust_roots=roots, allow_fetching=False)
            status = validate_pdf_signature(signature, context)
            # Chains are another matter: some samples come without their roots.
            holds = status.intact and status.valid and status.docmdp_ok is not False
            held.append(holds)
            print(
                signature.field_name,
                "holds" if holds else "BROKEN",
                f"intact={status.intact} valid={status.valid} docmdp={status.docmdp_ok}",
                f"coverage={status.coverage.name}",
                f"later={status.modification_level.name if status.modification_level else None}",
            )
    sys.exit(0 if held and all(held) else 1)


main()
