"""Prints how long a commit takes to reach a supabase-py listener; run by hand, no test.

python -m tests.acceptance.clients.measure_realtime API_URL DB_URL PUBLISHABLE_KEY [COUNT]
"""

from __future__ import annotations

import asyncio
import json
import statistics
import sys
import time

import psycopg
from realtime import AsyncRealtimeClient


async def measure(api_url: str, db_url: str, key: str, count: int) -> list[float]:
    """Milliseconds from the return of COMMIT to the client's callback, one message at a time."""
    client = AsyncRealtimeClient(f"{api_url}/realtime/v1", token=key)
    heard: asyncio.Queue[float] = asyncio.Queue()
    channel = client.channel("measure")
    channel.on_broadcast("*", lambda _: heard.put_nowait(time.perf_counter()))
    await channel.subscribe()
    values = [json.dumps({"job": "x" * 300}), "tick", "measure", False]
    taken = []
    async with await psycopg.AsyncConnection.connect(db_url) as conn:
        for _ in range(count):
            await conn.execute("select realtime.send(%s, %s, %s, %s)", values)
            await conn.commit()
            committed = time.perf_counter()
            taken.append(1000 * (await heard.get() - committed))
    await client.close()
    return taken


def main(api_url: str, db_url: str, key: str, count: str = "1000") -> None:
    taken = asyncio.run(measure(api_url, db_url, key, int(count)))
    cuts = statistics.quantiles(taken, n=100)
    sys.stdout.write(
        f"commit to client, ms: p50 {cuts[49]:.1f}  p95 {cuts[94]:.1f}  p99 {cuts[98]:.1f}\n"
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
