"""Prometheus metrics of both processes. Labels are closed sets: no ids, no user text."""

from prometheus_client import CollectorRegistry, Counter, Histogram


class Metrics:
    """The counters of one process, on a registry of its own so that two apps in one process do not clash."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "dossier_requests_total",
            "HTTP requests by route and status.",
            ["method", "route", "status"],
            registry=self.registry,
        )
        self.request_seconds = Histogram(
            "dossier_request_seconds", "Seconds an HTTP request took.", ["method", "route"], registry=self.registry
        )
        self.tasks = Counter(
            "dossier_tasks_total", "Tasks by kind and how they ended.", ["kind", "outcome"], registry=self.registry
        )
        self.task_seconds = Histogram(
            "dossier_task_seconds", "Seconds a task took from claim to end.", ["kind"], registry=self.registry
        )
        self.model_calls = Counter(
            "dossier_model_calls_total", "Calls to the model by outcome.", ["outcome"], registry=self.registry
        )
