"""What a person does with Dossier, through the same doors: official client and service routes."""

import asyncio
import mimetypes
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from supabase_auth.errors import AuthApiError

from supabase import AsyncClient, AsyncClientOptions, acreate_client

EMAIL = "demo@dossier.example"
PASSWORD = "demo-password"
BATCH = 20  # files of one upload
MOST_ROWS = 1000

Row = dict[str, Any]


@dataclass(frozen=True)
class Workspace:
    """A signed-in person, one project of theirs, and the service."""

    client: AsyncClient
    service: httpx.AsyncClient
    project_id: str

    async def define_variables(self, variables: Sequence[Row]) -> None:
        """Adds the variables as rows: the browser would do the same."""
        rows = [variable | {"project_id": self.project_id} for variable in variables]
        await self.client.table("variables").insert(rows).execute()

    async def upload_files(self, paths: Sequence[Path]) -> list[Row]:
        """Sends files to the service; one answer a file."""
        answers: list[Row] = []
        for start in range(0, len(paths), BATCH):
            answers += await self._upload_batch(paths[start : start + BATCH])
        return answers

    async def _upload_batch(self, paths: Sequence[Path]) -> list[Row]:
        url = f"/v1/projects/{self.project_id}/documents"
        with ExitStack() as opened:
            files = []
            for path in paths:
                content = opened.enter_context(path.open("rb"))
                files.append(("files", (path.name, content, _media_type(path))))
            answer = await self._post(url, files=files)
        answers: list[Row] = answer["documents"]
        return answers

    async def start_job(self) -> Row:
        """A full job over every ready document."""
        return await self._post(f"/v1/projects/{self.project_id}/jobs", json={"kind": "full"})

    async def start_export(self, form: str = "csv") -> Row:
        """A file of the whole table with its evidence."""
        return await self._post(f"/v1/projects/{self.project_id}/exports", json={"format": form})

    async def _post(self, url: str, **content: Any) -> Row:
        response = await self.service.post(url, **content)
        if response.is_error:
            problem = response.json()
            reason = f"{problem.get('title')}. {problem.get('detail') or ''}".strip()
            raise SystemExit(f"The service refused ({problem.get('code')}): {reason}")
        answer: Row = response.json()
        return answer

    async def fetch_rows(self, table: str, columns: str = "*") -> list[Row]:
        """Rows of the project, as row-level security shows them."""
        query = self.client.table(table).select(columns).eq("project_id", self.project_id)
        answer = await query.limit(MOST_ROWS).execute()
        return [row for row in answer.data if isinstance(row, dict)]

    async def download_export(self, path: str) -> bytes:
        """An export's file from Storage."""
        return await self.client.storage.from_("exports").download(path)


def _media_type(path: Path) -> str:
    return mimetypes.guess_type(path.name)[0] or "application/octet-stream"


async def _sign_in(url: str, publishable: str, secret: str) -> AsyncClient:
    options = AsyncClientOptions(auto_refresh_token=False, persist_session=False)
    admin = await acreate_client(url, secret, options)
    try:
        await admin.auth.admin.create_user(
            {"email": EMAIL, "password": PASSWORD, "email_confirm": True}
        )
    except AuthApiError as error:
        if error.code not in {"email_exists", "user_already_exists"}:
            raise
    client = await acreate_client(url, publishable)
    await client.auth.sign_in_with_password({"email": EMAIL, "password": PASSWORD})
    return client


async def open_workspace(values: dict[str, str], service_url: str, name: str) -> Workspace:
    """Signs the demo user in, makes the user where needed, and makes a new project."""
    client = await _sign_in(values["API_URL"], values["PUBLISHABLE_KEY"], values["SECRET_KEY"])
    session = await client.auth.get_session()
    assert session is not None
    made = await client.rpc("create_project", {"p_name": name}).execute()
    assert isinstance(made.data, dict)
    headers = {"Authorization": f"Bearer {session.access_token}"}
    service = httpx.AsyncClient(base_url=service_url, headers=headers, timeout=httpx.Timeout(120))
    await client.realtime.set_auth(session.access_token)
    return Workspace(client, service, str(made.data["id"]))


async def close_workspace(workspace: Workspace) -> None:
    """Closes sockets and pools."""
    await workspace.client.remove_all_channels()
    await asyncio.gather(workspace.service.aclose(), workspace.client.auth.close())
