"""What the local Supabase tells a person who has to act."""


class StackError(Exception):
    """Something a person has to act on: a sentence and a stable code."""

    def __init__(self, message: str, code: str) -> None:
        super().__init__(message)
        self.code = code
