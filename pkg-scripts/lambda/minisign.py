"""Signs manifests as minisign does (`minisign -S -l`), with a key that is made anew."""

import base64
import os

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat


class Signer:
    """A pair of keys."""

    def __init__(self):
        self.key = Ed25519PrivateKey.generate()
        self.number = os.urandom(8)
        raw = self.key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        self.public_key = self.encoded(raw)

    def encoded(self, content):
        return base64.b64encode(b"Ed" + self.number + content).decode()

    def sign(self, content, second):
        """Returns the signature file of `content`, made at this second since 1970."""
        signature = self.key.sign(content)
        comment = f"timestamp:{second}\tfile:manifest.json"
        seal = base64.b64encode(self.key.sign(signature + comment.encode())).decode()
        lines = ["untrusted comment: a test", self.encoded(signature)]
        return "\n".join([*lines, f"trusted comment: {comment}", seal, ""]).encode()
