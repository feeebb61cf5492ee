"""`scripts/dev`: local Supabase, the api with reload and one worker, until Ctrl-C."""

import argparse
import os
import signal
import subprocess
import sys

from scripts.commands import stack
from scripts.local_supabase.ports import free_port

TERMINATED = 143  # what a shell makes of SIGTERM


def main(argv: list[str]) -> int:
    """Runs until interrupted, then stops what it started."""
    port = "The api takes the port DOSSIER_SERVICE_PORT, else 8000, else any free one."
    argparse.ArgumentParser(prog="scripts/dev", description=__doc__, epilog=port).parse_args(argv)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(TERMINATED))
    values, started_here = stack.start()
    processes = _start_processes(values)
    try:
        for process in processes:
            process.wait()
    except KeyboardInterrupt:
        pass
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait()
        if started_here:
            stack.stop()
    return 0


def _start_processes(values: dict[str, str]) -> list[subprocess.Popen[bytes]]:
    port = free_port(int(os.environ.get("DOSSIER_SERVICE_PORT", "8000")))
    environment = {
        **stack.service_environment(values),
        "DOSSIER_SERVICE_PORT": str(port),
        "DOSSIER_LOG_FORMAT": "text",
    }
    api = [
        sys.executable,
        "-P",
        "-m",
        "uvicorn",
        "--factory",
        "service.api:from_environment",
        "--reload",
        "--reload-dir",
        "service",
        "--no-access-log",
        "--port",
        str(port),
    ]
    worker = [sys.executable, "-P", "-m", "service", "worker"]
    # The api process does not get the secret key.
    with_secret = {**environment, "SUPABASE_SECRET_KEY": values["SECRET_KEY"]}
    processes = [
        subprocess.Popen(api, cwd=stack.ROOT, env=environment),
        subprocess.Popen(worker, cwd=stack.ROOT, env=with_secret),
    ]
    api_docs = f"http://127.0.0.1:{port}/v1/docs"
    print(f"api {api_docs} · Supabase {values['API_URL']} · {values['DB_URL']}")
    return processes


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
