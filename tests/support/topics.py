"""A private channel over a websocket, in the name of a person."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from websockets.sync.client import connect
from websockets.sync.connection import Connection

from scripts.rig.people import Person

SECONDS = 20


class Channel:
    """A joined (or refused) private channel, vsn 1.0.0."""

    def __init__(self, socket: Connection, topic: str, token: str | None) -> None:
        self.socket = socket
        self.topic = f"realtime:{topic}"
        config = {
            "broadcast": {"ack": True, "self": True},
            "presence": {"key": "", "enabled": False},
            "private": True,
        }
        payload: dict[str, Any] = {"config": config} | ({"access_token": token} if token else {})
        self.send("phx_join", payload, "1")
        self.reply = self.until(
            lambda frame: frame["event"] == "phx_reply" and frame["ref"] == "1"
        )["payload"]

    def send(self, event: str, payload: dict[str, Any], ref: str) -> None:
        frame = {
            "topic": self.topic,
            "event": event,
            "payload": payload,
            "ref": ref,
            "join_ref": "1",
        }
        self.socket.send(json.dumps(frame))

    def until(self, wanted: Any) -> dict[str, Any]:
        """The first frame that is wanted."""
        while True:
            frame: dict[str, Any] = json.loads(self.socket.recv(SECONDS))
            if wanted(frame):
                return frame

    def told(self, event: str) -> dict[str, Any]:
        """The payload of the next broadcast of `event`."""
        frame = self.until(lambda f: f["event"] == "broadcast" and f["payload"]["event"] == event)
        payload: dict[str, Any] = frame["payload"]["payload"]
        return payload


@contextmanager
def joined(person: Person, topic: str) -> Iterator[Channel]:
    """A channel in `person`'s name; closed at the end."""
    url = person.api_url.replace("http", "ws", 1) + "/realtime/v1/websocket"
    with connect(f"{url}?apikey={person.apikey}&vsn=1.0.0") as socket:
        yield Channel(socket, topic, person.token)
