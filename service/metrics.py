"""What Prometheus reads, a process. Labels are closed sets: no ids, no user text."""

from prometheus_client import Counter, Gauge, Histogram

REQUESTS = Counter(
    "dossier_requests_total", "HTTP requests by route and status.", ["method", "route", "status"]
)
TASKS = Counter("dossier_tasks_total", "Tasks by kind and how they ended.", ["kind", "outcome"])
MODEL_CALLS = Counter("dossier_model_calls_total", "Calls to the model by outcome.", ["outcome"])
TOKENS = Counter("dossier_model_tokens_total", "Tokens as the model counted them.", ["direction"])
CELLS = Counter("dossier_cells_total", "Cells that runs stored, by state.", ["state"])
CONFIDENCE = Histogram(
    "dossier_cell_confidence", "Of cells with a value.", buckets=[n / 10 for n in range(1, 11)]
)
QUEUE = Gauge("dossier_queue_tasks", "Tasks that wait or run, as last counted.", ["kind", "state"])
