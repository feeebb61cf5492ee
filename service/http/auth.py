"""Bearer token -> `Caller`. Signatures are checked by JWKS; a project that signs with HS256 is asked by /user."""

import asyncio
from typing import Annotated

import httpx
import jwt
from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from service.connections import AsCaller
from service.http.errors import UNREACHABLE, Problem
from service.settings import ApiSettings

bearer = HTTPBearer(auto_error=False, description="A Supabase user's access token.")


def _invalid(detail: str) -> Problem:
    return Problem(401, "token_invalid", "The token is not valid", detail)


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

    async def verify(self, token: str) -> None:
        """Raises `Problem` unless it is a user's token of this project: 401 token_invalid or token_expired."""
        try:
            if jwt.get_unverified_header(token).get("alg") == "HS256":
                await self._ask_user(token)
            else:
                await asyncio.to_thread(self._check, token)
        except jwt.PyJWKClientConnectionError as error:
            raise Problem(*UNREACHABLE) from error
        except jwt.ExpiredSignatureError as error:
            raise Problem(
                401, "token_expired", "The token has expired", "Sign in again."
            ) from error
        except jwt.PyJWTError as error:
            raise _invalid("Its signature or its claims do not fit this project.") from error

    def _check(self, token: str) -> None:
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
            raise _invalid("It is not a user's token.")

    async def _ask_user(self, token: str) -> None:
        response = await self.http.get(
            "/auth/v1/user", headers={"Authorization": f"Bearer {token}"}
        )
        if response.status_code != 200:
            raise _invalid("The project does not know it.")


async def caller(
    request: Request, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]
) -> AsCaller:
    """The dependency of every route that acts for a person. Raises `Problem` 401."""
    if credentials is None:
        raise Problem(401, "token_missing", "Sign in first", "Send Authorization: Bearer <token>.")
    await request.app.state.verifier.verify(credentials.credentials)
    return AsCaller(request.app.state.http, credentials.credentials, request.state.request_id)


Caller = Annotated[AsCaller, Depends(caller)]
