"""What Prometheus reads, a process. Labels are closed sets: no ids, no user text."""

from prometheus_client import Counter

REQUESTS = Counter("dossier_requests_total", "HTTP requests by route and status.", ["method", "route", "status"])
TASKS = Counter("dossier_tasks_total", "Tasks by kind and how they ended.", ["kind", "outcome"])
MODEL_CALLS = Counter("dossier_model_calls_total", "Calls to the model by outcome.", ["outcome"])
