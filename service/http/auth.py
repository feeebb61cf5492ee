"""Bearer token -> `Caller`.

Signatures are checked by JWKS; a project that signs with HS256 is asked by /user.
"""

import asyncio
from typing import Annotated

import httpx
import jwt
from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from service.connections import AsCaller
from service.http.problems import SupabaseUnreachable, TokenExpired, TokenInvalid, TokenMissing
from service.settings import ApiSettings

bearer = HTTPBearer(auto_error=False, description="A Supabase user's access token.")


class Verifier:
    """Checks access tokens of one Supabase project; caches its public keys."""

    def __init__(self, settings: ApiSettings, http: httpx.AsyncClient) -> None:
        self.http = http
        self.issuer = f"{settings.supabase_url}/auth/v1"
        self.keys = jwt.PyJWKClient(
            f"{self.issuer}/.well-known/jwks.json",
            headers={"apikey": settings.supabase_publishable_key},
            lifespan=600,  # Supabase's edge caches the key set as long
            cooldown_duration=10,  # an unknown kid may ask again, but not at every request
            timeout=5,
        )

    async def verify_token(self, token: str) -> None:
        """Raises `TokenInvalid` or `TokenExpired` unless it is a user's token of this project."""
        try:
            if jwt.get_unverified_header(token).get("alg") == "HS256":
                await self._ask_auth(token)
            else:
                await asyncio.to_thread(self._check_signature, token)
        except jwt.PyJWKClientConnectionError as error:
            raise SupabaseUnreachable from error
        except jwt.ExpiredSignatureError as error:
            raise TokenExpired from error
        except jwt.PyJWTError as error:
            raise TokenInvalid("Its signature or its claims do not fit this project.") from error

    def _check_signature(self, token: str) -> None:
        claims = jwt.decode(
            token,
            self.keys.get_signing_key_from_jwt(token),
            algorithms=["ES256", "RS256"],
            audience="authenticated",
            issuer=self.issuer,
            leeway=20,
            options={"require": ["exp", "sub", "role", "aud"]},
        )
        if claims["role"] != "authenticated":
            raise TokenInvalid("It is not a user's token.")

    async def _ask_auth(self, token: str) -> None:
        response = await self.http.get(
            "/auth/v1/user", headers={"Authorization": f"Bearer {token}"}
        )
        if response.status_code != 200:
            raise TokenInvalid("The project does not know it.")


async def verify_caller(
    request: Request, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]
) -> AsCaller:
    """The dependency of every route that acts for a person. Raises `Problem` 401."""
    if credentials is None:
        raise TokenMissing
    token = credentials.credentials
    await request.app.state.verifier.verify_token(token)
    return AsCaller(request.app.state.http, token, request.state.request_id)


Caller = Annotated[AsCaller, Depends(verify_caller)]
