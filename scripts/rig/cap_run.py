"""One random run against money caps: a test makes a few of them, `scripts/bench cap` many.

32 tasks at a time reserve calls that cost up to their worst case. Some calls are settled, some
fail, some are never settled because their worker died, and some are settled late.
"""

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

import psycopg

from scripts.rig.people import Person

TASKS = 32
CALLS_A_TASK = 4
# Worst case of a call, in millionths of the currency.
CHEAPEST = 20
DEAREST = 200
# Of a job and of its project.
CAPS = [(2000, None), (None, 2000), (2000, 1500), (1500, 2000)]
FATES = ["settled", "settled", "failed", "lost", "late"]
FULL_COST_CHANCE = 0.3
_LEDGER = """
select
  sum(cost_micros),
  coalesce(sum(reserved_micros) filter (where state = 'reserved'), 0)
from public.llm_calls
where job_id = %s
"""

Task = dict[str, Any]


@dataclass(frozen=True)
class Account:
    """Money that was spent, and money that is reserved for calls that are still open."""

    spent: int
    reserved: int

    @property
    def committed(self) -> int:
        return self.spent + self.reserved


@dataclass
class CapRun:
    """A run in a project of `TASKS` ready documents. `claim` gives so many tasks of the project."""

    owner: Person
    service_role: Person
    project_id: str
    db: psycopg.Connection[Any]
    claim: Callable[[int], list[Task]]
    seed: int
    job_id: str = field(init=False, default="")

    def play(self) -> list[str]:
        """Everything that was wrong, a sentence each."""
        job_cap, project_cap = random.Random(self.seed).choice(CAPS)
        self.owner.call("set_project_cap", project=self.project_id, cap_micros=project_cap)
        job = self.owner.call("start_job", project=self.project_id, cap_micros=job_cap)
        self.job_id = job["id"]
        with ThreadPoolExecutor(TASKS) as pool:
            accounts = list(chain.from_iterable(pool.map(self._work, self.claim(TASKS))))
        cap = min(cap for cap in (job_cap, project_cap) if cap is not None)
        return self._faults(cap, accounts)

    def _faults(self, cap: int, accounts: list[Account]) -> list[str]:
        faults = []
        dearest = max(account.committed for account in accounts)
        if dearest > cap:
            faults.append(f"{dearest} was spent or reserved at a time under a cap of {cap}")
        job = self._job_account()
        if not 0 < job.committed <= cap:
            faults.append(f"{job.committed} was spent or reserved in the end under a cap of {cap}")
        project = self._project_account()
        if project != job:
            faults.append(f"the project counts {project}, its only job {job}")
        ledger = self._ledger_account()
        if ledger != job:
            faults.append(f"the ledger counts {ledger}, the job {job}")
        return faults

    def _work(self, task: Task) -> list[Account]:
        """Makes the calls of one task; the account of the job after each."""
        dice = random.Random(f"{self.seed}{task['document_id']}")
        accounts = []
        for number in range(CALLS_A_TASK):
            self._make_call(task, str(number), dice)
            accounts.append(self._job_account())
        return accounts

    def _make_call(self, task: Task, name: str, dice: random.Random) -> None:
        worst_case = dice.randint(CHEAPEST, DEAREST)
        reserved = self._reserve(task, worst_case, name)
        if not reserved.is_success:
            return
        cost = worst_case
        if dice.random() >= FULL_COST_CHANCE:
            cost = dice.randint(0, worst_case)
        fate = dice.choice(FATES)
        if fate == "late":
            # Another call of the task is reserved before this one is settled.
            self._reserve(task, 1, "again")
        if fate != "lost":
            state = "settled" if fate == "settled" else "failed"
            call_id = reserved.json()[0]["call_id"]
            self.service_role.call("settle_call", call=call_id, state=state, cost_micros=cost)

    def _reserve(self, task: Task, micros: int, name: str) -> Any:
        return self.service_role.rpc(
            "reserve_call",
            task=task["task_id"],
            lease_token=task["lease_token"],
            request_hash=name,
            request_id="q",
            model="m",
            reserved_micros=micros,
        )

    def _job_account(self) -> Account:
        [row] = self.owner.rows("jobs", id=f"eq.{self.job_id}")
        return Account(row["cost_micros"], row["reserved_micros"])

    def _project_account(self) -> Account:
        [row] = self.owner.rows("project_limits", project_id=f"eq.{self.project_id}")
        return Account(row["spent_micros"], row["reserved_micros"])

    def _ledger_account(self) -> Account:
        row = self.db.execute(_LEDGER, [self.job_id]).fetchone()
        self.db.rollback()
        assert row is not None
        return Account(*row)
