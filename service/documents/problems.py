"""Why a file, or a request of files, is not taken."""

import httpx

from service.http.problems import Problem


class TooManyFiles(Problem):
    """More files in one request than the settings allow."""

    status = 413
    code = "too_many_files"
    title = "Too many files in one request"

    def __init__(self, most: int) -> None:
        super().__init__(f"At most {most}.")


class FileEmpty(Problem):
    """There is nothing to read."""

    status = 422
    code = "file_empty"
    title = "The file is empty"


class FileTooLarge(Problem):
    """The file has more bytes than the settings allow."""

    status = 413
    code = "file_too_large"
    title = "The file is too large"

    def __init__(self, max_bytes: int) -> None:
        super().__init__(f"At most {max_bytes} bytes.")


class TypeLegacy(Problem):
    """DOC, XLS and their kind."""

    status = 415
    code = "type_legacy"
    title = "Files of old Office versions are not supported"
    next_step = "Save it as DOCX or XLSX."


class TypeUnsupported(Problem):
    """By its content the file is of a type that nobody here reads."""

    status = 415
    code = "type_unsupported"
    title = "This type of file is not supported"


class UploadNotAllowed(Problem):
    """A policy of Storage refuses."""

    status = 403
    code = "upload_not_allowed"
    title = "You may not upload to this project"


class TooLargeForBucket(Problem):
    """The bucket has a bound of its own."""

    status = 413
    code = "file_too_large"
    title = "The file is larger than the bucket allows"


class TypeUnsupportedByBucket(Problem):
    """The bucket has a list of types of its own."""

    status = 415
    code = "type_unsupported"
    title = "The bucket does not take this type of file"


class StorageError(Problem):
    """Storage refuses for a reason that none of the others is."""

    status = 502
    code = "storage_error"
    title = "Storage did not take the file"
    next_step = "Try again."


_STORAGE: dict[int, type[Problem]] = {
    401: UploadNotAllowed,
    403: UploadNotAllowed,
    413: TooLargeForBucket,
    415: TypeUnsupportedByBucket,
}


def problem_of_storage(response: httpx.Response) -> Problem:
    """The problem behind an answer of Storage; the true status is inside the body."""
    try:
        status = int(response.json()["statusCode"])
    except (ValueError, KeyError, TypeError):
        status = response.status_code
    return _STORAGE.get(status, StorageError)()
