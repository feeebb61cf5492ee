"""An OpenAI-compatible server that answers what a test or a bench wants.

In a test, `with serving(Script(answer=…)) as server:` gives `server.base_url` and
`server.script.calls`. As a process, `python -m scripts.rig.scripted_model --port 0 --truth FOLDER
--script FILE` prints its base URL and serves until SIGTERM; GET /calls says how often each request
came. FILE holds the fields of `Script` that are plain data, with faults as
`{"every": 7, "status": 429, "retry_after": 1}` or `{"first": 2, "kind": "truncated"}`.
"""

import argparse
import asyncio
import hashlib
import json
import random
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import uvicorn

from scripts.rig.scripted_truth import Prompt, truthful

Answer = Callable[[Prompt], dict[str, Any]]


def _count_fourths(text: str) -> int:
    """Four letters are about a token."""
    return len(text) // 4 + 1


@dataclass(frozen=True)
class Fault:
    """When something goes wrong, and what: an HTTP status or a kind.

    The kinds: truncated, malformed, filtered, empty, html.
    """

    every: int = 0  # each n-th call of the server
    first: int = 0  # the first n calls of the same request
    chance: float = 0
    status: int = 200
    retry_after: float | None = None
    kind: str = ""
    error: dict[str, Any] = field(default_factory=dict)

    def strikes(self, number: int, again: int, dice: random.Random) -> bool:
        """`number` counts all calls from 1, `again` those of this request."""
        by_turn = self.every > 0 and number % self.every == 0
        if by_turn or again <= self.first:
            return True
        return self.chance > 0 and dice.random() < self.chance


class RateLimit:
    """A provider that allows so many calls a second and refuses the others with a 429."""

    refusal = Fault(status=429, retry_after=1)

    def __init__(self, per_second: float) -> None:
        self._per_second = per_second
        self._room = 1.0
        self._since = time.monotonic()

    def refuses_next(self) -> bool:
        """Takes the next call into account: the room for calls fills up to that of one second."""
        now = time.monotonic()
        gained = (now - self._since) * self._per_second
        self._room = min(self._per_second, self._room + gained)
        self._since = now
        if self._room < 1:
            return True
        self._room -= 1
        return False


@dataclass(frozen=True)
class Call:
    """One request that came in."""

    hash: str
    body: dict[str, Any]
    headers: dict[str, str]


@dataclass
class Script:
    """How the server behaves, and what it saw."""

    answer: Answer = lambda _: {}
    faults: list[Fault] = field(default_factory=list)
    rate_limit: RateLimit | None = None
    latency: float = 0
    refuses_strict: bool = False
    tokens: tuple[int, int] | None = None  # prompt and completion; None counts them
    count: Callable[[str], int] = _count_fourths  # the tokens of a text
    seed: int = 1
    calls: list[Call] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    active: int = 0
    most_active: int = 0

    def counts(self) -> Counter[str]:
        """How often each request came."""
        return Counter(call.hash for call in self.calls)

    def keys(self) -> list[list[str]]:
        """The variables each call asked for."""
        return [Prompt.of(call.body).keys for call in self.calls]


class _App:
    def __init__(self, script: Script) -> None:
        self.script = script
        self._dice = random.Random(script.seed)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            while (message := await receive())["type"] != "lifespan.shutdown":
                await send({"type": message["type"] + ".complete"})
            await send({"type": "lifespan.shutdown.complete"})
        elif scope["method"] == "GET":
            await _send(send, 200, self._report_calls())
        else:
            await self._answer_call(await _read_call(scope, receive), send)

    def _report_calls(self) -> dict[str, Any]:
        script = self.script
        seen = {str(status): n for status, n in script.statuses.items()}
        return {"calls": dict(script.counts()), "statuses": seen, "most_active": script.most_active}

    async def _answer_call(self, call: Call, send: Any) -> None:
        script = self.script
        script.calls.append(call)
        number = len(script.calls)
        again = script.counts()[call.hash]
        script.active += 1
        script.most_active = max(script.most_active, script.active)
        try:
            await _think(script.latency)
            status, reply, headers = self._decide_reply(call, number, again)
        finally:
            script.active -= 1
        script.statuses[status] += 1
        await _send(send, status, reply, headers)

    def _decide_reply(
        self, call: Call, number: int, again: int
    ) -> tuple[int, dict[str, Any] | str, dict[str, str]]:
        headers = {"x-request-id": f"scripted-{number}"}
        strict = call.body.get("response_format", {}).get("type") == "json_schema"
        if strict and self.script.refuses_strict:
            sentence = "'response_format' of type 'json_schema' is not supported with this model."
            return 400, {"error": {"message": sentence, "type": "invalid_request_error"}}, headers
        fault = self._fault_of_call(number, again)
        if fault.retry_after is not None:
            headers["retry-after"] = str(fault.retry_after)
        if fault.status != 200:
            error = {"message": f"scripted {fault.status}", **fault.error}
            return fault.status, {"error": error}, headers
        return 200, self._completion(call, fault.kind), headers

    def _fault_of_call(self, number: int, again: int) -> Fault:
        """What goes wrong with a call; a fault of no kind when nothing does."""
        if self.script.rate_limit and self.script.rate_limit.refuses_next():
            return RateLimit.refusal
        # All are asked, so that what one of them does never shifts the chances of another.
        striking = [f for f in self.script.faults if f.strikes(number, again, self._dice)]
        return striking[0] if striking else Fault()

    def _completion(self, call: Call, kind: str) -> dict[str, Any] | str:
        if kind == "html":
            return "<html>this is a proxy</html>"
        answer = json.dumps(self.script.answer(Prompt.of(call.body)), ensure_ascii=False)
        content = answer[: len(answer) // 2] if kind in ("truncated", "malformed") else answer
        reasons = {"truncated": "length", "filtered": "content_filter"}
        sent = "".join(message["content"] for message in call.body["messages"])
        prompt_tokens, completion_tokens = self.script.tokens or (
            self.script.count(sent),
            self.script.count(content),
        )
        message = {"role": "assistant", "content": None if kind == "empty" else content}
        choice = {"index": 0, "message": message, "finish_reason": reasons.get(kind, "stop")}
        return {
            "id": f"chatcmpl-{call.hash[:12]}",
            "object": "chat.completion",
            "created": 0,
            "model": call.body["model"],
            "choices": [choice],
            "usage": {
                "prompt_tokens": prompt_tokens,
                "completion_tokens": completion_tokens,
                "total_tokens": prompt_tokens + completion_tokens,
            },
        }


async def _read_call(scope: Any, receive: Any) -> Call:
    body = b""
    more = True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    headers = {name.decode(): value.decode() for name, value in scope["headers"]}
    return Call(hashlib.sha256(body).hexdigest(), json.loads(body), headers)


async def _think(seconds: float) -> None:
    """The latency is part of the script: no test waits for it."""
    if seconds:
        thought = asyncio.Event()
        asyncio.get_running_loop().call_later(seconds, thought.set)
        await thought.wait()


async def _send(
    send: Any, status: int, reply: dict[str, Any] | str, headers: dict[str, str] | None = None
) -> None:
    if isinstance(reply, str):
        media_type = "text/html"
        body = reply.encode()
    else:
        media_type = "application/json"
        body = json.dumps(reply).encode()
    sent = {"content-type": media_type, **(headers or {})}
    pairs = [(name.encode(), value.encode()) for name, value in sent.items()]
    await send({"type": "http.response.start", "status": status, "headers": pairs})
    await send({"type": "http.response.body", "body": body})


@dataclass(frozen=True)
class Serving:
    """A server that runs."""

    script: Script
    base_url: str


@contextmanager
def serving(script: Script) -> Iterator[Serving]:
    """Serves in a thread of this process, on a free port, until the block ends."""
    bound = _listen(0)
    server = _make_server(script)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]}, daemon=True)
    thread.start()
    try:
        yield Serving(script, _base_url(bound))
    finally:
        server.should_exit = True
        thread.join(timeout=10)
        bound.close()


def _make_server(script: Script) -> uvicorn.Server:
    # A connection that rests is kept: if it were closed just when a client uses it, the client
    # would count a call that failed.
    app = _App(script)
    config = uvicorn.Config(
        app, log_level="warning", timeout_keep_alive=600, timeout_graceful_shutdown=1
    )
    return uvicorn.Server(config)


def _listen(port: int) -> socket.socket:
    # A client that comes before the server accepts connections waits instead of being refused.
    bound = socket.create_server(("127.0.0.1", port), backlog=512)
    bound.setblocking(False)
    return bound


def _base_url(bound: socket.socket) -> str:
    return f"http://127.0.0.1:{bound.getsockname()[1]}/v1"


def script_from_files(path: Path | None, truth: Path | None) -> Script:
    """The script of a JSON file, answering from the truth files of a folder."""
    fields = json.loads(path.read_text()) if path else {}
    fields["faults"] = [Fault(**fault) for fault in fields.get("faults", [])]
    if fields.get("tokens"):
        fields["tokens"] = tuple(fields["tokens"])
    if truth:
        fields["answer"] = truthful(truth)
    return Script(**fields)


def main() -> None:
    """Serves one script until a signal."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--script", type=Path)
    parser.add_argument("--truth", type=Path)
    options = parser.parse_args()
    bound = _listen(options.port)
    print(_base_url(bound), flush=True)
    _make_server(script_from_files(options.script, options.truth)).run(sockets=[bound])


if __name__ == "__main__":
    main()
