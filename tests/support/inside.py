"""Verbs called inside the database, in a person's name: for what a test needs before it begins.

The same verbs under the same policies as over HTTP, at a fifth of the cost; what a test is about it
calls over HTTP. Arguments travel as PostgREST sends them: as one JSON object.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from scripts.rig.people import Person

Connection = psycopg.Connection[Any]
_SIGNATURE = """
select
  p.proretset,
  (select array_agg(a.name order by a.place) from unnest(p.proargnames) with ordinality as a (name, place)
   where p.proargmodes is null or p.proargmodes[a.place] in ('i', 'b')),
  (select array_agg(format_type(t.type, null) order by t.place)
   from unnest(p.proargtypes::oid[]) with ordinality as t (type, place))
from pg_catalog.pg_proc as p
where p.pronamespace = 'public'::regnamespace and p.proname = %s
"""
_CALL = """
select to_jsonb(whole_answer)
from (select %s::jsonb as given) as payload
cross join lateral jsonb_to_record(payload.given) as arguments ({columns})
cross join lateral public.{verb}({pairs}) as whole_answer
"""
_INSERT = """
insert into public.{table} as made ({columns})
select {columns} from jsonb_populate_record(null::public.{table}, %s)
returning to_jsonb(made)
"""


class _Verb(NamedTuple):
    gives_rows: bool
    types: dict[str, str]


class Inside:
    """One connection as `postgres` that speaks in the name of people."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._db: Connection = psycopg.connect(url, autocommit=True)
        self._turn = threading.RLock()
        self._verbs: dict[str, _Verb] = {}

    def close(self) -> None:
        self._db.close()

    def reconnect(self) -> None:
        """For whoever killed the database under the connection, and brought it back."""
        with self._turn:
            self._db.close()
            self._db = psycopg.connect(self._url, autocommit=True)

    def execute(self, statement: str, *values: Any) -> list[Any]:
        """Rows of one statement of `postgres`, in the transaction that is open or in its own."""
        with self._turn:
            cursor = self._db.execute(statement.encode(), values or None)
            return cursor.fetchall() if cursor.description else []

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All that happens inside happens at once, or not at all."""
        with self._turn, self._db.transaction():
            yield

    @contextmanager
    def acting_as(self, person: Person) -> Iterator[None]:
        """What is executed inside, one transaction, is done by `person`."""
        role = "authenticated" if person.id else "service_role"
        claims = Jsonb({"role": role} | ({"sub": person.id} if person.id else {}))
        become = (
            "select set_config('role', %s, true), set_config('request.jwt.claims', %s::text, true)"
        )
        with self.transaction():
            self.execute(become, role, claims)
            yield
            self.execute("reset role")

    def call(self, person: Person, verb: str, **arguments: Any) -> Any:
        """What a verb answers `person`, in the form that PostgREST would give it."""
        named = {f"p_{name}": value for name, value in arguments.items()}
        known = self._signature(verb)
        statement = sql.SQL(_CALL).format(
            columns=sql.SQL(", ").join(
                sql.SQL("{} {}").format(sql.Identifier(name), sql.SQL(known.types[name]))
                for name in named
            ),
            pairs=sql.SQL(", ").join(
                sql.SQL("{name} => arguments.{name}").format(name=sql.Identifier(name))
                for name in named
            ),
            verb=sql.Identifier(verb),
        )
        with self.acting_as(person):
            rows = [row for (row,) in self._db.execute(statement, [Jsonb(named)])]
        return rows if known.gives_rows else rows[0]

    def insert(self, person: Person, table: str, **columns: Any) -> dict[str, Any]:
        """The row that `person` adds to a table."""
        statement = sql.SQL(_INSERT).format(
            table=sql.Identifier(table),
            columns=sql.SQL(", ").join(map(sql.Identifier, columns)),
        )
        with self.acting_as(person):
            [(row,)] = self._db.execute(statement, [Jsonb(columns)])
        made: dict[str, Any] = row
        return made

    def _signature(self, verb: str) -> _Verb:
        with self._turn:
            if verb not in self._verbs:
                [(gives_rows, names, types)] = self.execute(_SIGNATURE, verb)
                self._verbs[verb] = _Verb(gives_rows, dict(zip(names, types, strict=True)))
            return self._verbs[verb]
