"""Prints the OpenAPI document of the api, as `scripts/gen` keeps it in docs.

A program of its own: a process that has imported the service keeps the types it found, while
`scripts/gen` has just written others.
"""

import json
import sys

from service.api import create_app
from service.settings import ApiSettings


def main() -> int:
    """Needs no database: the settings are made up."""
    settings = ApiSettings(SUPABASE_URL="http://localhost", SUPABASE_PUBLISHABLE_KEY="-")
    print(json.dumps(create_app(settings).openapi(), indent=2, sort_keys=True))
    return 0


if __name__ == "__main__":
    sys.exit(main())
