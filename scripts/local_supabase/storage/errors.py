"""How Storage says no, and what it says no to before the database is asked."""

from __future__ import annotations

import errno
import re

import psycopg
from pydantic import ValidationError
from starlette.formparsers import MultiPartException
from starlette.responses import JSONResponse

from scripts.local_supabase.stack import AuthError

# code: (true status, the older `error` word where it is not the code, the usual sentence)
KNOWN = {
    "AccessDenied": (403, "Unauthorized", "Access denied"),
    "BucketAlreadyExists": (409, "Duplicate", "The resource already exists"),
    "DatabaseError": (500, "", "The database failed"),
    "DatabaseTimeout": (544, "", "The connection to the database timed out"),
    "EntityTooLarge": (413, "Payload too large", "The object exceeded the maximum allowed size"),
    "InsufficientStorage": (507, "", "The disk of the local Storage is full"),
    "InvalidBucketName": (400, "Invalid Input", "Bucket name invalid"),
    "InvalidJWT": (400, "", "Invalid JWT"),
    "InvalidKey": (400, "", "Invalid key"),
    "InvalidMimeType": (415, "invalid_mime_type", "mime type is not supported"),
    "InvalidRequest": (400, "", "Invalid Request"),
    "InvalidSignature": (400, "", "Invalid signature"),
    "KeyAlreadyExists": (409, "Duplicate", "The resource already exists"),
    "NoSuchBucket": (404, "Bucket not found", "Bucket not found"),
    "NoSuchKey": (404, "not_found", "Object not found"),
    "ResourceNotEmpty": (409, "", "The bucket you tried to delete is not empty"),
}
SQLSTATES = {"23503": "NoSuchBucket", "42501": "AccessDenied", "57014": "DatabaseTimeout"}
# Every other refusal travels as HTTP 400; clients read the true status from the body.
HONEST = {500, 507, 544}

NAME = r"[A-Za-z0-9_!.*'() &$@=;:+,?-]"
KEY = re.compile(rf"(?:{NAME}|/){{1,1024}}")
BUCKET = re.compile(rf"(?! ){NAME}{{1,100}}(?<! )")
SIZE = re.compile(r"(\d{1,15}(?:\.\d{1,9})?) *([kmg]?)(i?)b", re.IGNORECASE)


class StorageError(Exception):
    """A refusal. `code` is a key of KNOWN; `message` replaces its usual sentence."""

    def __init__(self, code: str, message: str = "") -> None:
        self.code = code
        self.status, word, usual = KNOWN[code]
        self.error, self.message = word or code, message or usual
        super().__init__(self.message)

    def response(self) -> JSONResponse:
        """The body both official clients read, under the status the real service uses."""
        body = {"statusCode": str(self.status), "error": self.error, "code": self.code}
        status = self.status if self.status in HONEST else 400
        return JSONResponse({**body, "message": self.message}, status)


def told(error: Exception) -> StorageError | None:
    """What a failure below the handlers means to the caller; None for a fault of our own."""
    match error:
        case StorageError():
            return error
        case AuthError(message=message):
            return StorageError("AccessDenied", message)
        case ValidationError() | MultiPartException():
            return StorageError("InvalidRequest", " ".join(str(error).split()))
        case psycopg.errors.UniqueViolation(diag=diag):
            kind = "Bucket" if diag.table_name == "buckets" else "Key"
            return StorageError(f"{kind}AlreadyExists")
        case psycopg.Error():
            denied = error.diag.message_primary or "" if error.sqlstate == "42501" else ""
            if "row-level security" in denied:
                denied = "new row violates row-level security policy"
            return StorageError(SQLSTATES.get(error.sqlstate or "", "DatabaseError"), denied)
        case OSError(errno=errno.ENOSPC | errno.EDQUOT):
            return StorageError("InsufficientStorage")
        case FileNotFoundError():
            return StorageError("NoSuchKey")
    return None


def checked_key(key: str) -> str:
    """`key` itself. Raises InvalidKey when it is empty, too long or has other characters."""
    if not KEY.fullmatch(key):
        raise StorageError("InvalidKey", f"Invalid key: {key}")
    return key


def checked_bucket(name: str) -> str:
    """`name` itself. Raises InvalidBucketName."""
    if not BUCKET.fullmatch(name):
        raise StorageError("InvalidBucketName")
    return name


def parse_size(text: str) -> int:
    """Bytes of "5MB" (decimal) or "50MiB" (binary). Raises InvalidRequest."""
    if not (match := SIZE.fullmatch(text.strip())):
        raise StorageError(
            "InvalidRequest", "Invalid file size, write it as 20GB, 20MB, 30KB or 3B"
        )
    number, prefix, binary = match.groups()
    return int(float(number) * (1024 if binary else 1000) ** "_kmg".index(prefix.lower() or "_"))


def check_media_type(media_type: str, allowed: list[str] | None) -> None:
    """Hold a bucket's list, parameters included: "text/plain" is not "text/plain;charset=utf-8".

    Raises InvalidMimeType.
    """
    if allowed and not {media_type, f"{media_type.partition('/')[0]}/*"} & set(allowed):
        raise StorageError("InvalidMimeType", f"mime type {media_type} is not supported")
