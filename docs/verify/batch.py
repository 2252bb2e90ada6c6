"""Checks a message signed in a batch, from the description in docs/signature-batches.md alone.

Reads JSON from standard input: base (the RFC 9421 signature base), signature (base64), key (Ed25519 public key, base64).
Exits with 0 if the signature is good, 1 if not. Usage: python batch.py < message.json
"""
import base64
import hashlib
import json
import struct
import sys

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

CONTEXT = b"lienthong-ed25519-merkle-v1\0"


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


def verify(base, signature, key):
    salt, index, size = signature[:16], *struct.unpack(">II", signature[16:24])
    path, root_signature = signature[24:-64], signature[-64:]
    if len(signature) < 88 or len(path) % 32:
        raise ValueError("the signature has not the form of a batch's")
    leaf = sha256(b"\x00" + salt + base)
    root = root_from_path(leaf, index, size, [path[at:at + 32] for at in range(0, len(path), 32)])
    Ed25519PublicKey.from_public_bytes(key).verify(root_signature, CONTEXT + struct.pack(">I", size) + root)


told = json.load(sys.stdin)
try:
    verify(told["base"].encode(), base64.b64decode(told["signature"]), base64.b64decode(told["key"]))
except (InvalidSignature, ValueError, IndexError, struct.error) as error:
    sys.exit(f"not good: {error!r}")
