"""How Storage says no, and what it says no to before the database is asked."""

from __future__ import annotations

import errno
import re
from typing import NamedTuple

import psycopg
from pydantic import ValidationError
from starlette.formparsers import MultiPartException
from starlette.responses import JSONResponse

from scripts.local_supabase.callers import AuthError


class Refusal(NamedTuple):
    """What a code means: its true HTTP status, the usual sentence, and the older `error` word.

    Without an older word, `error` is the code itself.
    """

    status: int
    sentence: str
    older_word: str = ""


KNOWN = {
    "AccessDenied": Refusal(403, "Access denied", "Unauthorized"),
    "BucketAlreadyExists": Refusal(409, "The resource already exists", "Duplicate"),
    "DatabaseError": Refusal(500, "The database failed"),
    "DatabaseTimeout": Refusal(544, "The connection to the database timed out"),
    "EntityTooLarge": Refusal(
        413, "The object exceeded the maximum allowed size", "Payload too large"
    ),
    "InsufficientStorage": Refusal(507, "The disk of the local Storage is full"),
    "InvalidBucketName": Refusal(400, "Bucket name invalid", "Invalid Input"),
    "InvalidJWT": Refusal(400, "Invalid JWT"),
    "InvalidKey": Refusal(400, "Invalid key"),
    "InvalidMimeType": Refusal(415, "mime type is not supported", "invalid_mime_type"),
    "InvalidRequest": Refusal(400, "Invalid Request"),
    "InvalidSignature": Refusal(400, "Invalid signature"),
    "KeyAlreadyExists": Refusal(409, "The resource already exists", "Duplicate"),
    "NoSuchBucket": Refusal(404, "Bucket not found", "Bucket not found"),
    "NoSuchKey": Refusal(404, "Object not found", "not_found"),
    "ResourceNotEmpty": Refusal(409, "The bucket you tried to delete is not empty"),
}
DENIED_STATE = "42501"
SQLSTATES = {"23503": "NoSuchBucket", DENIED_STATE: "AccessDenied", "57014": "DatabaseTimeout"}
# Every other refusal travels as HTTP 400; clients read the true status from the body.
HONEST_STATUSES = {500, 507, 544}

_NAME_CHARACTER = r"[A-Za-z0-9_!.*'() &$@=;:+,?-]"
_KEY = re.compile(rf"(?: {_NAME_CHARACTER} | / ){{1,1024}}", re.VERBOSE)
_BUCKET = re.compile(
    rf"""
    (?![ ])  # no blank at the start
    {_NAME_CHARACTER}{{1,100}}
    (?<![ ])  # nor at the end
    """,
    re.VERBOSE,
)
_SIZE = re.compile(
    r"""
    (\d{1,15} (?: \.\d{1,9} )?)  # how many
    [ ]*
    ([kmg]?)                     # thousands, millions, thousands of millions
    (i?) b                       # "MiB" is binary, "MB" decimal
    """,
    re.VERBOSE | re.IGNORECASE,
)
_POWERS = {"": 0, "k": 1, "m": 2, "g": 3}


class StorageError(Exception):
    """A refusal. `code` is a key of KNOWN; `message` replaces its usual sentence."""

    def __init__(self, code: str, message: str = "") -> None:
        refusal = KNOWN[code]
        self.code = code
        self.status = refusal.status
        self.error = refusal.older_word or code
        self.message = message or refusal.sentence
        super().__init__(self.message)

    def response(self) -> JSONResponse:
        """The body both official clients read, under the status the real service uses."""
        body = {
            "statusCode": str(self.status),
            "error": self.error,
            "code": self.code,
            "message": self.message,
        }
        status = self.status if self.status in HONEST_STATUSES else 400
        return JSONResponse(body, status)


def refusal_for(error: Exception) -> StorageError | None:
    """What a failure below the handlers means to the caller; None for a fault of our own."""
    match error:
        case StorageError():
            return error
        case AuthError(message=message):
            return StorageError("AccessDenied", message)
        case ValidationError() | MultiPartException():
            return StorageError("InvalidRequest", " ".join(str(error).split()))
        case psycopg.Error():
            return _database_refusal(error)
        case OSError(errno=errno.ENOSPC | errno.EDQUOT):
            return StorageError("InsufficientStorage")
        case FileNotFoundError():
            return StorageError("NoSuchKey")
    return None


def _database_refusal(error: psycopg.Error) -> StorageError:
    if isinstance(error, psycopg.errors.UniqueViolation):
        is_bucket = error.diag.table_name == "buckets"
        return StorageError("BucketAlreadyExists" if is_bucket else "KeyAlreadyExists")
    if error.sqlstate == DENIED_STATE:
        sentence = error.diag.message_primary or ""
        if "row-level security" in sentence:
            # The database's own sentence names the table, which is not the caller's business.
            sentence = "new row violates row-level security policy"
        return StorageError("AccessDenied", sentence)
    return StorageError(SQLSTATES.get(error.sqlstate or "", "DatabaseError"))


def checked_key(key: str) -> str:
    """`key` itself. Raises InvalidKey when it is empty, too long or has other characters."""
    if not _KEY.fullmatch(key):
        raise StorageError("InvalidKey", f"Invalid key: {key}")
    return key


def checked_bucket(name: str) -> str:
    """`name` itself. Raises InvalidBucketName."""
    if not _BUCKET.fullmatch(name):
        raise StorageError("InvalidBucketName")
    return name


def parse_size(text: str) -> int:
    """Bytes of "5MB" (decimal) or "50MiB" (binary). Raises InvalidRequest."""
    match = _SIZE.fullmatch(text.strip())
    if not match:
        message = "Invalid file size, write it as 20GB, 20MB, 30KB or 3B"
        raise StorageError("InvalidRequest", message)
    number, prefix, binary = match.groups()
    base = 1024 if binary else 1000
    return int(float(number) * base ** _POWERS[prefix.lower()])


def check_media_type(media_type: str, allowed: list[str] | None) -> None:
    """Hold a bucket's list, parameters included: "text/plain" is not "text/plain;charset=utf-8".

    Raises InvalidMimeType.
    """
    if not allowed:
        return
    whole_kind = f"{media_type.partition('/')[0]}/*"
    if media_type not in allowed and whole_kind not in allowed:
        raise StorageError("InvalidMimeType", f"mime type {media_type} is not supported")
