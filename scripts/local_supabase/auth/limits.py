"""How often one address may try: [auth.rate_limit] of config.toml, for whom the proxy in front names in a header."""

import time
from collections import defaultdict

from scripts.local_supabase.auth.wire import AuthFault, Call

_tried: dict[tuple[str, str], list[float]] = defaultdict(list)


def count(call: Call, limit: str, default: int) -> None:
    """Raises 429 over_request_rate_limit. Without a proxy no address is known, and nobody is limited, as in Auth."""
    if not (address := call.request.headers.get("x-forwarded-for", "").partition(",")[0]):
        return
    tried, now = _tried[limit, address], time.monotonic()
    tried[:] = [moment for moment in tried if moment > now - 300]
    if len(tried) >= call.option("rate_limit", {}).get(limit, default):
        raise AuthFault(429, "over_request_rate_limit", "Request rate limit reached")
    tried.append(now)
