"""`python -m scripts.local_supabase`: the same as `scripts/supabase`, without the set-up check."""

import sys

from scripts.commands.supabase import main

if __name__ == "__main__":
    sys.exit(main())
