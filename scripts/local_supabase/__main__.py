"""`python -m scripts.local_supabase`: the same as `scripts/supabase`, without the set-up check."""

import sys

from scripts.local_supabase.cli.commands import main

if __name__ == "__main__":
    sys.exit(main())
