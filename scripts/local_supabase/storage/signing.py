"""Tokens in URLs: who has one may read or write one key until it expires; no policy is asked."""

from __future__ import annotations

import time
from typing import Literal

import jwt

from scripts.local_supabase.stack import Row
from scripts.local_supabase.storage.calls import Call
from scripts.local_supabase.storage.errors import StorageError

Scope = Literal["download", "upload"]


def sign_url_token(call: Call, claims: Row, seconds: int) -> str:
    """A token with `claims` that ends in `seconds`. It carries no role, so it is no login."""
    now = int(time.time())
    return call.stack.tokens.sign({**claims, "iat": now, "exp": now + seconds})


def verified_url_token(call: Call, scope: Scope) -> Row:
    """The claims of the `token` in the URL, which holds for one key and one direction.

    Raises InvalidJWT (broken, expired), InvalidSignature (other key or direction).
    """
    try:
        claims = call.stack.tokens.verify(call.request.query_params.get("token", ""))
    except jwt.InvalidTokenError as error:
        raise StorageError("InvalidJWT", str(error)) from error
    if claims.get("scope") != scope or claims.get("url") != "/".join(call.where.values()):
        raise StorageError("InvalidSignature")
    return claims
