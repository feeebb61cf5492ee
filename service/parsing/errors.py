"""Why a document cannot be parsed."""


class Unreadable(Exception):
    """A document that cannot be parsed.

    `code` is encrypted, unsupported_encryption, corrupt, no_pages, too_many_pages, too_large,
    unsupported_type, not_text, timeout, out_of_memory or crashed; `detail` is a sentence for people.
    """

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code, self.detail = code, detail
