"""Bearer token -> `Caller`. Signatures are checked by JWKS; a project that signs with HS256 is asked by /user."""

import asyncio
import time
from dataclasses import dataclass, field
from typing import Annotated, Any

import jwt
from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from service.errors import Problem
from service.supabase import AsCaller, Gateway

KEYS_LIVE_SECONDS = 600  # Supabase's edge caches the key set as long
REFETCH_AFTER_SECONDS = 10  # an unknown kid may ask again, but not at every request
LEEWAY_SECONDS = 20
ALGORITHMS = ("ES256", "RS256")

bearer = HTTPBearer(auto_error=False, description="A Supabase user's access token.")


def _invalid(detail: str) -> Problem:
    return Problem(401, "token_invalid", "The token is not valid", detail)


@dataclass
class Verifier:
    """Checks access tokens of one Supabase project; caches its public keys."""

    gateway: Gateway
    _keys: dict[str, Any] = field(default_factory=dict)
    _fetched_at: float = float("-inf")
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def verify(self, token: str) -> dict[str, Any]:
        """Claims of a user's token. Raises `Problem` 401 `token_invalid`."""
        try:
            header = jwt.get_unverified_header(token)
        except jwt.InvalidTokenError as error:
            raise _invalid("It is not a JWT.") from error
        if header.get("alg") == "HS256":
            return await self._ask_user(token)
        return self._decode(token, await self._key(str(header.get("kid"))))

    def _decode(self, token: str, key: Any) -> dict[str, Any]:
        try:
            claims: dict[str, Any] = jwt.decode(
                token,
                key,
                algorithms=ALGORITHMS,
                audience="authenticated",
                issuer=f"{self.gateway.url}/auth/v1",
                leeway=LEEWAY_SECONDS,
                options={"require": ["exp", "sub", "role", "aud"]},
            )
        except jwt.ExpiredSignatureError as error:
            raise Problem(401, "token_expired", "The token has expired", "Sign in again.") from error
        except jwt.InvalidTokenError as error:
            raise _invalid("Signature or claims do not fit this project.") from error
        if claims["role"] != "authenticated":
            raise _invalid("It is not a user's token.")
        return claims

    async def _key(self, kid: str) -> Any:
        async with self._lock:
            age = time.monotonic() - self._fetched_at
            if age > KEYS_LIVE_SECONDS or (kid not in self._keys and age > REFETCH_AFTER_SECONDS):
                await self._fetch()
        if kid not in self._keys:
            raise _invalid("It was signed by an unknown key.")
        return self._keys[kid]

    async def _fetch(self) -> None:
        url = f"{self.gateway.url}/auth/v1/.well-known/jwks.json"
        response = await self.gateway.http.get(url, headers=self.gateway.headers())
        response.raise_for_status()
        keys = jwt.PyJWKSet.from_dict(response.json()).keys if response.json()["keys"] else []
        self._keys = {str(key.key_id): key.key for key in keys}
        self._fetched_at = time.monotonic()

    async def _ask_user(self, token: str) -> dict[str, Any]:
        url = f"{self.gateway.url}/auth/v1/user"
        response = await self.gateway.http.get(url, headers=self.gateway.headers(token))
        if response.status_code != 200:
            raise _invalid("The project does not know it.")
        return {"sub": response.json()["id"], "role": "authenticated"}


async def caller(
    request: Request, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]
) -> AsCaller:
    """The dependency of every route that acts for a person. Raises `Problem` 401."""
    if credentials is None:
        raise Problem(401, "token_missing", "Sign in first", "Send Authorization: Bearer <token>.")
    await request.app.state.verifier.verify(credentials.credentials)
    return AsCaller(request.app.state.gateway, credentials.credentials, request.state.request_id)


Caller = Annotated[AsCaller, Depends(caller)]
