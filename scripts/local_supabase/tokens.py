"""Signing and checking JSON web tokens: one ES256 key per stack, and the CLI's legacy secret."""

import base64
import hashlib
import json
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm

from scripts.local_supabase.keys import JWT_SECRET


class Tokens:
    """Signs with the stack's own ES256 key (PEM); verifies that key and the legacy HS256 secret."""

    def __init__(self, pem: str) -> None:
        self._pem = pem
        private = serialization.load_pem_private_key(pem.encode(), password=None)
        self._public: Any = private.public_key()
        self.kid = hashlib.sha256(pem.encode()).hexdigest()[:32]

    def sign(self, claims: dict[str, Any]) -> str:
        """A compact ES256 token that carries exactly `claims`; nothing is added."""
        return jwt.encode(claims, self._pem, algorithm="ES256", headers={"kid": self.kid})

    def verify(self, token: str) -> dict[str, Any]:
        """The claims of a token, `aud` unchecked. Raises `jwt.InvalidTokenError`."""
        if jwt.get_unverified_header(token).get("alg") == "HS256":
            key: Any = JWT_SECRET
            algorithm = "HS256"
        else:
            key = self._public
            algorithm = "ES256"
        return jwt.decode(token, key, algorithms=[algorithm], options={"verify_aud": False})

    def key_set(self) -> dict[str, Any]:
        """The public key set as Auth publishes it: asymmetric keys only."""
        public: dict[str, Any] = ECAlgorithm.to_jwk(self._public, as_dict=True)
        key = {**public, "alg": "ES256", "kid": self.kid, "use": "sig", "key_ops": ["verify"]}
        return {"keys": [key]}


def load_tokens(state_dir: Path) -> Tokens:
    """The signing key kept in `state_dir`, made on first use.

    Also writes jwks.json, the key set that PostgREST checks tokens with: the public key and the
    legacy secret.
    """
    path = state_dir / "signing-key.pem"
    if not path.exists():
        path.touch(mode=0o600)
        path.write_bytes(_new_signing_key())
    tokens = Tokens(path.read_text())
    secret = base64.urlsafe_b64encode(JWT_SECRET.encode()).rstrip(b"=").decode()
    legacy_key = {"kty": "oct", "k": secret, "alg": "HS256"}
    keys = [*tokens.key_set()["keys"], legacy_key]
    (state_dir / "jwks.json").write_text(json.dumps({"keys": keys}))
    return tokens


def _new_signing_key() -> bytes:
    return ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
