"""Checks a message signed in a batch, from the description in docs/signature-batches.md alone.

Reads JSON from standard input: base (the RFC 9421 signature base), signature (base64), and the keys: certificate (the signing certificate,
DER in base64), or key (Ed25519 public key, base64) and ml_dsa_key (ML-DSA-44 public key, base64; for the hybrid form only).
Exits with 0 if the signature is good, 1 if not. Usage: python batch.py < message.json
"""
import base64
import hashlib
import json
import struct
import sys

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key

PLAIN, HYBRID = b"lienthong-ed25519-merkle-v1", b"lienthong-ed25519-mldsa44-merkle-v1"
SECOND_KEY = "2.5.29.72"


def sha256(data):
    return hashlib.sha256(data).digest()


def root_from_path(leaf, index, size, path):
    if index >= size:
        raise ValueError("the index is not below the size")
    last, node, left = size - 1, leaf, list(path)
    while last > 0:
        if index % 2 == 1:
            node = sha256(b"\x01" + left.pop(0) + node)
        elif index < last:
            node = sha256(b"\x01" + node + left.pop(0))
        index, last = index // 2, last // 2
    if left:
        raise ValueError("the path is too long")
    return node


def verify(base, signature, ed25519, ml_dsa):
    parameters = base.rsplit(b"\n", 1)[-1]
    form = next(form for form in (PLAIN, HYBRID) if b';alg="%s"' % form in parameters)
    length = 64 + 2420 if form == HYBRID else 64
    salt, index, size = signature[:16], *struct.unpack(">II", signature[16:24])
    path, root_signature = signature[24:-length], signature[-length:]
    if len(signature) < 24 + length or len(path) % 32:
        raise ValueError("the signature has not the form of a batch's")
    leaf = sha256(b"\x00" + salt + base)
    root = root_from_path(leaf, index, size, [path[at:at + 32] for at in range(0, len(path), 32)])
    statement = form + b"\0" + struct.pack(">I", size) + root
    ed25519.verify(root_signature[:64], statement)
    if form == HYBRID:
        if ml_dsa is None:
            raise ValueError("there is no second key")
        ml_dsa.verify(root_signature[64:], statement)


def keys(told):
    if "certificate" in told:
        certificate = x509.load_der_x509_certificate(base64.b64decode(told["certificate"]))
        named = [extension.value.value for extension in certificate.extensions if extension.oid.dotted_string == SECOND_KEY]
        return certificate.public_key(), load_der_public_key(named[0]) if named else None
    second = told.get("ml_dsa_key")
    ml_dsa = MLDSA44PublicKey.from_public_bytes(base64.b64decode(second)) if second else None
    return Ed25519PublicKey.from_public_bytes(base64.b64decode(told["key"])), ml_dsa


told = json.load(sys.stdin)
try:
    verify(told["base"].encode(), base64.b64decode(told["signature"]), *keys(told))
except (InvalidSignature, ValueError, IndexError, StopIteration, struct.error) as error:
    sys.exit(f"not good: {error!r}")
