"""TCP ports of 127.0.0.1: finding a free one, and naming whoever has a taken one."""

import socket
from contextlib import suppress
from pathlib import Path

from scripts.local_supabase.errors import StackError

_LISTENING = "0A"  # the state of a listening socket in /proc/net/tcp


def free_port(wanted: int = 0) -> int:
    """`wanted` if nobody listens there at this moment, else any free port."""
    if wanted:
        with suppress(OSError), socket.create_server(("127.0.0.1", wanted)):
            return wanted
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


def require_free_port(port: int) -> None:
    """Raise `StackError` that names the port and its owner if something listens there already."""
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError as error:
        reason = _port_owner(port) or error
        raise StackError(
            f"Port {port} cannot be used: {reason}. Stop that process, or choose other ports"
            " (--ports free, or DOSSIER_API_PORT and DOSSIER_DB_PORT).",
            "port_taken",
        ) from error


def _port_owner(port: int) -> str | None:
    """Pid and command of whoever listens on a port, as far as they may be read."""
    sockets = _listening_sockets(port)
    if not sockets:
        return None
    for descriptor in Path("/proc").glob("[0-9]*/fd/*"):
        with suppress(OSError):
            if str(descriptor.readlink()) in sockets:
                process = descriptor.parents[1]
                return f"process {process.name} listens on it ({_command_line(process)})"
    return "another user's process listens on it"


def _listening_sockets(port: int) -> set[str]:
    """The sockets that listen on a port, named as the links in /proc/PID/fd name them."""
    sockets = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            columns = line.split()
            local_address = columns[1]
            state = columns[3]
            inode = columns[9]
            if state == _LISTENING and local_address.endswith(f":{port:04X}"):
                sockets.add(f"socket:[{inode}]")
    return sockets


def _command_line(process: Path) -> str:
    arguments = (process / "cmdline").read_bytes().replace(b"\0", b" ")
    return arguments.decode(errors="replace").strip()
