"""An OpenAI-compatible server that answers what a test or a bench wants.

In a test: `with serving(Script(answer=…)) as server:` gives `server.base_url` and `server.script.calls`.
As a process: `python -m scripts.rig.scripted_model --port 0 --truth FOLDER --script FILE` prints its base URL and serves
until SIGTERM; GET /calls says how often each request came. FILE holds the fields of `Script` that are plain data, with
faults as `{"every": 7, "status": 429, "retry_after": 1}` or `{"first": 2, "kind": "truncated"}`.
"""

import argparse
import asyncio
import hashlib
import json
import random
import socket
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import uvicorn

from scripts.rig.scripted_truth import Prompt, truthful

Answer = Callable[[Prompt], dict[str, Any]]


def _fourths(text: str) -> int:
    return len(text) // 4 + 1


@dataclass(frozen=True)
class Fault:
    """When, and what goes wrong: an HTTP status, or kind truncated | malformed | filtered | empty | html."""

    every: int = 0  # each n-th call of the server
    first: int = 0  # the first n calls of the same request
    chance: float = 0
    status: int = 200
    retry_after: float | None = None
    kind: str = ""
    error: dict[str, Any] = field(default_factory=dict)

    def strikes(self, number: int, again: int, dice: random.Random) -> bool:
        """`number` counts all calls from 1, `again` those of this request."""
        by_turn = self.every and number % self.every == 0
        return bool(by_turn or again <= self.first or (self.chance and dice.random() < self.chance))


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
    latency: float = 0
    refuses_strict: bool = False
    tokens: tuple[int, int] | None = None  # prompt and completion; None counts them
    count: Callable[[str], int] = _fourths  # the tokens of a text
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
        self.script, self._dice = script, random.Random(script.seed)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            while (message := await receive())["type"] != "lifespan.shutdown":
                await send({"type": message["type"] + ".complete"})
            await send({"type": "lifespan.shutdown.complete"})
        elif scope["method"] == "GET":
            await _send(send, 200, self._report())
        else:
            await self._reply(await _read(scope, receive), send)

    def _report(self) -> dict[str, Any]:
        script = self.script
        seen = {str(status): n for status, n in script.statuses.items()}
        return {"calls": dict(script.counts()), "statuses": seen, "most_active": script.most_active}

    async def _reply(self, call: Call, send: Any) -> None:
        script = self.script
        script.calls.append(call)
        number, again = len(script.calls), script.counts()[call.hash]
        script.active += 1
        script.most_active = max(script.most_active, script.active)
        try:
            await _after(script.latency)
            status, reply, headers = self._decided(call, number, again)
        finally:
            script.active -= 1
        script.statuses[status] += 1
        await _send(send, status, reply, headers)

    def _decided(
        self, call: Call, number: int, again: int
    ) -> tuple[int, dict[str, Any] | str, dict[str, str]]:
        headers = {"x-request-id": f"scripted-{number}"}
        strict = call.body.get("response_format", {}).get("type") == "json_schema"
        if strict and self.script.refuses_strict:
            told = "'response_format' of type 'json_schema' is not supported with this model."
            return 400, {"error": {"message": told, "type": "invalid_request_error"}}, headers
        struck = [f for f in self.script.faults if f.strikes(number, again, self._dice)]
        fault = struck[0] if struck else Fault()
        if fault.retry_after is not None:
            headers["retry-after"] = str(fault.retry_after)
        if fault.status != 200:
            error = {"message": f"scripted {fault.status}", **fault.error}
            return fault.status, {"error": error}, headers
        return 200, self._completion(call, fault.kind), headers

    def _completion(self, call: Call, kind: str) -> dict[str, Any] | str:
        if kind == "html":
            return "<html>this is a proxy</html>"
        answer = json.dumps(self.script.answer(Prompt.of(call.body)), ensure_ascii=False)
        content = answer[: len(answer) // 2] if kind in ("truncated", "malformed") else answer
        reasons = {"truncated": "length", "filtered": "content_filter"}
        sent = "".join(message["content"] for message in call.body["messages"])
        used = self.script.tokens or (self.script.count(sent), self.script.count(content))
        message = {"role": "assistant", "content": None if kind == "empty" else content}
        choice = {"index": 0, "message": message, "finish_reason": reasons.get(kind, "stop")}
        return {
            "id": f"chatcmpl-{call.hash[:12]}",
            "object": "chat.completion",
            "created": 0,
            "model": call.body["model"],
            "choices": [choice],
            "usage": {
                "prompt_tokens": used[0],
                "completion_tokens": used[1],
                "total_tokens": sum(used),
            },
        }


async def _read(scope: Any, receive: Any) -> Call:
    body, more = b"", True
    while more:
        message = await receive()
        body, more = body + message.get("body", b""), message.get("more_body", False)
    headers = {name.decode(): value.decode() for name, value in scope["headers"]}
    return Call(hashlib.sha256(body).hexdigest(), json.loads(body), headers)


async def _after(seconds: float) -> None:
    """A model that thinks: the latency is what is scripted, no test waits for it."""
    if seconds:
        thought = asyncio.Event()
        asyncio.get_running_loop().call_later(seconds, thought.set)
        await thought.wait()


async def _send(
    send: Any, status: int, reply: dict[str, Any] | str, headers: dict[str, str] | None = None
) -> None:
    html = isinstance(reply, str)
    body = reply.encode() if isinstance(reply, str) else json.dumps(reply).encode()
    sent = {"content-type": "text/html" if html else "application/json", **(headers or {})}
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
    bound = _bound(0)
    server = _server(script)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]}, daemon=True)
    thread.start()
    try:
        yield Serving(script, _url(bound))
    finally:
        server.should_exit = True
        thread.join(timeout=10)
        bound.close()


def _server(script: Script) -> uvicorn.Server:
    # A connection that rests is kept: a client that uses one which is just being closed would count a call that failed.
    app = _App(script)
    config = uvicorn.Config(
        app, log_level="warning", timeout_keep_alive=600, timeout_graceful_shutdown=1
    )
    return uvicorn.Server(config)


def _bound(port: int) -> socket.socket:
    # Listening already: a client that comes before the server accepts waits instead of being refused.
    bound = socket.create_server(("127.0.0.1", port), backlog=512)
    bound.setblocking(False)
    return bound


def _url(bound: socket.socket) -> str:
    return f"http://127.0.0.1:{bound.getsockname()[1]}/v1"


def from_file(path: Path | None, truth: Path | None) -> Script:
    """The script of a JSON file, answering from the truth files of a folder."""
    plain = json.loads(path.read_text()) if path else {}
    plain["faults"] = [Fault(**fault) for fault in plain.get("faults", [])]
    if tokens := plain.get("tokens"):
        plain["tokens"] = (tokens[0], tokens[1])
    return Script(answer=truthful(truth), **plain) if truth else Script(**plain)


def main() -> None:
    """Serves one script until a signal."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--script", type=Path)
    parser.add_argument("--truth", type=Path)
    options = parser.parse_args()
    bound = _bound(options.port)
    print(_url(bound), flush=True)
    _server(from_file(options.script, options.truth)).run(sockets=[bound])


if __name__ == "__main__":
    main()
