"""`scripts/dev`: the local Supabase, the api with reload and one worker, logs on the screen, until Ctrl-C."""

import os
import signal
import subprocess
import sys

from scripts.commands import stack
from scripts.commands.processes import free_port


def main() -> int:
    """Runs until interrupted, then stops what it started."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    values, started_here = stack.start()
    port = free_port(int(os.environ.get("DOSSIER_SERVICE_PORT", "8000")))
    environment = stack.service_environment(values) | {
        "DOSSIER_SERVICE_PORT": str(port),
        "DOSSIER_LOG_FORMAT": "text",
    }
    reload = ["--reload", "--reload-dir", "service", "--no-access-log", "--port", str(port)]
    api = [
        sys.executable,
        "-P",
        "-m",
        "uvicorn",
        "--factory",
        "service.api:from_environment",
        *reload,
    ]
    worker = [sys.executable, "-P", "-m", "service", "worker"]
    running = [
        subprocess.Popen(api, cwd=stack.ROOT, env=environment),
        subprocess.Popen(
            worker, cwd=stack.ROOT, env=environment | {"SUPABASE_SECRET_KEY": values["SECRET_KEY"]}
        ),
    ]
    print(
        f"api http://127.0.0.1:{port}/v1/docs · Supabase {values['API_URL']} · {values['DB_URL']}"
    )
    try:
        for process in running:
            process.wait()
    except KeyboardInterrupt:
        pass
    finally:
        for process in running:
            process.terminate()
        for process in running:
            process.wait()
        if started_here:
            stack.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
