"""Prometheus metrics of both processes. Labels are closed sets: no ids, no user text."""

from functools import partial

from prometheus_client import CollectorRegistry, Counter, Histogram


class Metrics:
    """The counters of one process, on a registry of its own so that two apps in one process do not clash."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        counter, histogram = partial(Counter, registry=self.registry), partial(Histogram, registry=self.registry)
        route = ["method", "route"]
        self.requests = counter("dossier_requests_total", "HTTP requests by route and status.", [*route, "status"])
        self.request_seconds = histogram("dossier_request_seconds", "Seconds an HTTP request took.", route)
        self.tasks = counter("dossier_tasks_total", "Tasks by kind and how they ended.", ["kind", "outcome"])
        self.task_seconds = histogram("dossier_task_seconds", "Seconds a task took from claim to end.", ["kind"])
        self.model_calls = counter("dossier_model_calls_total", "Calls to the model by outcome.", ["outcome"])
