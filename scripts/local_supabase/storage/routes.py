"""The local Storage: which call goes where. Paths are relative to /storage/v1.

What the real service knows and this one does not (resumable uploads, images, S3) is answered by the
gateway: 501, naming the call.
"""

from __future__ import annotations

import shutil

from starlette.routing import BaseRoute

from scripts.local_supabase.stack import Stack
from scripts.local_supabase.storage import buckets, objects, reads
from scripts.local_supabase.storage.calls import Endpoint, route_of

_PATH = "{bucket}/{key:path}"
_AUTHENTICATED_INFO = "object.get_authenticated_info"
_HEAD_AUTHENTICATED_INFO = "object.head_authenticated_info"
# The first match wins: what looks like the name of a bucket (sign, public) comes before buckets.
ENDPOINTS = [
    Endpoint("GET", "/bucket", "storage.bucket.list", buckets.list_buckets),
    Endpoint("POST", "/bucket", "storage.bucket.create", buckets.create_bucket),
    Endpoint("GET", "/bucket/{bucket}", "storage.bucket.get", buckets.get_bucket),
    Endpoint("PUT", "/bucket/{bucket}", "storage.bucket.update", buckets.update_bucket),
    Endpoint("POST", "/bucket/{bucket}/empty", "storage.bucket.empty", buckets.empty_bucket),
    Endpoint("DELETE", "/bucket/{bucket}", "storage.bucket.delete", buckets.delete_bucket),
    Endpoint("POST", "/object/list/{bucket}", "storage.object.list", reads.list_objects),
    Endpoint("POST", "/object/list-v2/{bucket}", "storage.object.list_v2", reads.list_objects_v2),
    Endpoint("POST", "/object/move", "storage.object.move", objects.move_object),
    Endpoint("POST", "/object/copy", "storage.object.copy", objects.copy_object),
    Endpoint("POST", "/object/sign/{bucket}", "storage.object.sign_many", reads.sign_many),
    Endpoint("POST", f"/object/sign/{_PATH}", "storage.object.sign", reads.sign_one),
    Endpoint(
        "GET",
        f"/object/sign/{_PATH}",
        "storage.object.get_signed",
        reads.download_signed,
        keyless=True,
    ),
    Endpoint(
        "POST",
        f"/object/upload/sign/{_PATH}",
        "storage.object.sign_upload_url",
        objects.sign_upload,
    ),
    Endpoint(
        "PUT",
        f"/object/upload/sign/{_PATH}",
        "storage.object.upload_signed",
        objects.upload_signed,
        keyless=True,
    ),
    Endpoint(
        "GET",
        f"/object/public/{_PATH}",
        "storage.object.get_public",
        reads.download_object,
        keyless=True,
    ),
    Endpoint(
        "GET",
        f"/object/info/public/{_PATH}",
        "storage.object.info_public",
        reads.get_object_info,
        keyless=True,
    ),
    Endpoint(
        "GET", f"/object/info/authenticated/{_PATH}", _AUTHENTICATED_INFO, reads.get_object_info
    ),
    Endpoint(
        "GET", f"/object/info/{_PATH}", _AUTHENTICATED_INFO, reads.get_object_info, keyless=True
    ),
    Endpoint(
        "HEAD", f"/object/authenticated/{_PATH}", _HEAD_AUTHENTICATED_INFO, reads.download_object
    ),
    Endpoint(
        "GET",
        f"/object/authenticated/{_PATH}",
        "storage.object.get_authenticated",
        reads.download_object,
    ),
    Endpoint(
        "HEAD", f"/object/{_PATH}", _HEAD_AUTHENTICATED_INFO, reads.download_object, keyless=True
    ),
    Endpoint(
        "GET",
        f"/object/{_PATH}",
        "storage.object.get_authenticated",
        reads.download_object,
        keyless=True,
    ),
    Endpoint("POST", f"/object/{_PATH}", "storage.object.upload", objects.upload_object),
    Endpoint("PUT", f"/object/{_PATH}", "storage.object.upload_update", objects.upload_object),
    Endpoint("DELETE", "/object/{bucket}", "storage.object.delete_many", objects.remove_objects),
]


def routes(stack: Stack) -> list[BaseRoute]:
    """The routes of Storage; makes its folders, and clears what an earlier process half wrote."""
    files = stack.state_dir / "storage"
    shutil.rmtree(files / "incoming", ignore_errors=True)
    for folder in ("incoming", "objects"):
        (files / folder).mkdir(parents=True, exist_ok=True)
    return [route_of(stack, endpoint) for endpoint in ENDPOINTS]
