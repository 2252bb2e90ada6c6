"""Checks a request signed alone, with a library that others wrote (PyPI http-message-signatures).

Reads JSON from standard input: method, url, headers (name to value), key (Ed25519 public key, base64). Prints the covered
components, or fails. Usage: python single.py < request.json
"""
import base64
import datetime
import json
import sys

import http_message_signatures as hms
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


class Message:
    def __init__(self, told):
        self.method, self.url, self.headers = told["method"], told["url"], told["headers"]


class Keys(hms.HTTPSignatureKeyResolver):
    def __init__(self, key):
        self.key = Ed25519PublicKey.from_public_bytes(base64.b64decode(key))

    def resolve_public_key(self, key_id):
        return self.key

    def resolve_private_key(self, key_id):
        raise NotImplementedError


told = json.load(sys.stdin)
verifier = hms.HTTPMessageVerifier(signature_algorithm=hms.algorithms.ED25519, key_resolver=Keys(told["key"]))
for result in verifier.verify(Message(told), max_age=datetime.timedelta(days=36500)):
    print(json.dumps(list(result.covered_components)))
