"""What an operator sees of a run: metrics that move, logs that lead somewhere and give nothing
away, honest probes.
"""

import json
import re
from collections import Counter
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from scripts.local_supabase.ports import free_port
from scripts.rig.scripted_model import Serving
from scripts.rig.service_processes import Processes, processes, worker_settings
from scripts.rig.stacks import kill_part, read_stack, supabase
from tests.support.numbered import NumberedJob
from tests.support.seed import Seed

KEY = f"model-key-{uuid4()}"
SAMPLE = re.compile(r"^dossier_(\w+?)(?:\{(.*?)\})? (\S+)$", re.MULTILINE)


def _metrics(url: str) -> dict[str, float]:
    return {
        f"{name}{{{labels or ''}}}": float(count)
        for name, labels, count in SAMPLE.findall(httpx.get(url).text)
    }


def test_run__moves_metrics_and_tells_no_secret(
    seed: Seed, service: Processes, model: Serving
) -> None:
    """E-OPS-04: documents, cells, calls, tokens, confidence, queue and requests; logs with ids and
    nothing else.
    """
    port = free_port()
    settings = {
        "DOSSIER_MODEL_API_KEY": KEY,
        "DOSSIER_WORKER_METRICS_PORT": port,
        "DOSSIER_LOG_LEVEL": "debug",
    }
    job = NumberedJob(seed, 4).prepare()
    api = service.api()
    headers = {"Authorization": f"Bearer {seed.owner.token}", "X-Request-Id": f"browser-{uuid4()}"}
    content = b"Strictly confidential words of a document"
    files = {"files": ("private-name.txt", content, "text/plain")}
    url = f"{service.api_url}/v1/projects/{seed.project_id}"
    httpx.post(f"{url}/documents", files=files, headers=headers).raise_for_status()
    worker = service.worker(worker_settings(model.base_url) | settings)
    watched = f"http://127.0.0.1:{port}/metrics"
    service.until(
        lambda: _metrics(watched),
        lambda seen: 'queue_tasks{kind="parse"' in str(seen),
        "the queue is counted",
    )
    service.until(
        lambda: _metrics(watched),
        lambda seen: seen.get('tasks_total{kind="parse",outcome="done"}'),
        "parsed",
    )
    before = _metrics(watched)
    job.id = httpx.post(f"{url}/jobs", json={}, headers=headers).json()["id"]
    row = job.ended(service)
    after = service.until(
        lambda: _metrics(watched),
        lambda seen: seen.get('tasks_total{kind="extract",outcome="done"}') == 5,
        "counted",
    )

    moved = {name: after[name] - before.get(name, 0) for name in after}
    assert moved['model_calls_total{outcome="settled"}'] == row["model_calls"] == 5
    assert moved['model_tokens_total{direction="input"}'] == row["input_tokens"] > 0
    assert moved['model_tokens_total{direction="output"}'] == row["output_tokens"] > 0
    assert (moved['cells_total{state="proposed"}'], moved['cells_total{state="absent"}']) == (4, 1)
    assert moved["cell_confidence_count{}"] == 4
    assert moved["cell_confidence_sum{}"] > 3
    route = 'requests_total{method="POST",route="/v1/projects/{project_id}/jobs",status="201"}'
    assert _metrics(f"{service.api_url}/metrics")[route] == 1

    lines = [json.loads(line) for line in [*api.log, *worker.log]]
    extracted = [
        line for line in lines if line["event"] == "task.done" and line["kind"] == "extract"
    ]
    assert Counter(line["job"] for line in extracted) == {job.id: 5}
    assert job.numbers.keys() < {line["document"] for line in extracted}
    assert headers["X-Request-Id"] in {line.get("request_id") for line in lines}
    assert row["request_id"] == headers["X-Request-Id"]
    told = "".join([*api.log, *worker.log])
    for secret in (
        KEY,
        service.stack.secret_key,
        str(seed.owner.token),
        "confidential",
        "private-name",
        "Total 1.25",
    ):
        assert secret not in told


@pytest.mark.local
def test_probes__tell_the_truth_when_the_database_is_gone(spare: Path, tmp_path: Path) -> None:
    """E-OPS-03: alive without its database, not ready; ready again once it is back."""
    with processes(read_stack(spare), tmp_path) as service:
        service.api()

        def probes() -> list[int]:
            return [
                httpx.get(f"{service.api_url}/health/{name}", timeout=30).status_code
                for name in ("live", "ready")
            ]

        assert probes() == [200, 200]
        kill_part(spare, "postgres")
        assert probes() == [200, 503]
        assert supabase("start", spare).returncode == 0
        again = service.until(probes, lambda seen: seen[1] == 200, "it is ready again")
        assert again == [200, 200]
