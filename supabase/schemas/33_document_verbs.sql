-- Document verbs: register, parse again, delete (as the caller); finish a parse or a sweep (as the worker).

create function private.enqueue_parse(p_document public.documents)
returns void
language sql volatile security definer set search_path = ''
as $$
  insert into private.tasks (project_id, kind, document_id, priority, payload)
  values (
    p_document.project_id, 'parse', p_document.id, 10,
    jsonb_build_object('object_path', p_document.object_path, 'media_type', p_document.media_type, 'bytes', p_document.bytes)
  )
  on conflict (document_id) where kind = 'parse' and state in ('queued', 'running') do nothing;
$$;
revoke all on function private.enqueue_parse from public, anon, authenticated, service_role;

-- Refuses unless the caller uploaded that many bytes to a path of this project.
-- definer: reads storage.objects, whatever its policies show the caller.
create function private.require_upload(p_project uuid, p_object_path text, p_bytes bigint)
returns void
language plpgsql stable security definer set search_path = ''
as $$
begin
  if p_object_path is null or p_object_path !~ ('^' || p_project || '/[0-9a-f-]{36}$') or not exists (
    select 1 from storage.objects as o
    where o.bucket_id = 'documents' and o.name = p_object_path and o.owner_id = (select auth.uid())::text
      and (o.metadata ->> 'size')::bigint = p_bytes
  ) then
    perform private.refuse(422, 'object_not_uploaded', 'The object was not uploaded by you', 'Upload to <project>/<uuid> in bucket documents first.');
  end if;
end;
$$;
revoke all on function private.require_upload from public, anon, authenticated, service_role;

-- Refuses metadata that the table would refuse, and says so with a code, before the constraint can.
create function private.require_metadata(p_metadata jsonb)
returns void
language plpgsql stable set search_path = ''
as $$
begin
  if not coalesce(private.metadata_is_valid(p_metadata), false) then
    perform private.refuse(
      422, 'metadata_invalid', 'The metadata is not valid',
      'At most 50 plain values and 16 KB; publication_date as YYYY, YYYY-MM or YYYY-MM-DD.'
    );
  end if;
end;
$$;
revoke all on function private.require_metadata from public, anon, authenticated, service_role;

-- definer: documents and tasks are written by verbs only.
create function public.add_document(
  p_project uuid, p_object_path text, p_name text, p_media_type text, p_bytes bigint, p_sha256 text, p_metadata jsonb default '{}'
)
returns table (document_id uuid, state text, duplicate boolean)
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_document public.documents;
begin
  perform private.require_role(p_project, 'editor');
  perform private.require_metadata(p_metadata);
  perform private.require_upload(p_project, p_object_path, p_bytes);
  insert into public.documents as d (project_id, name, object_path, media_type, bytes, sha256, metadata, created_by)
  values (p_project, left(p_name, 1024), p_object_path, p_media_type, p_bytes, p_sha256, p_metadata, (select auth.uid()))
  on conflict (project_id, sha256) where deleted_at is null do nothing
  returning d.* into v_document;
  if v_document.id is null then
    return query
      select d.id, d.state, true from public.documents as d
      where d.project_id = p_project and d.sha256 = p_sha256 and d.deleted_at is null;
    return;
  end if;
  perform private.enqueue_parse(v_document);
  return query select v_document.id, v_document.state, false;
end;
$$;
comment on function public.add_document is
'Registers an uploaded object as a document and queues its parsing, in one transaction. The same bytes are one document
of a project: the answer is then the one that is there, with duplicate = true, and the new object is the caller''s to
remove.
For editors. Refuses project_not_found, role_too_low, object_not_uploaded, metadata_invalid.';
revoke all on function public.add_document from public, anon, authenticated, service_role;
grant execute on function public.add_document to authenticated;

-- The document, locked, for a caller who has at least p_role; else 404 or 403.
create function private.require_document(p_document uuid, p_role text)
returns public.documents
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_document public.documents;
begin
  select d.* into v_document from public.documents as d
  where d.id = p_document and d.deleted_at is null and d.project_id = any(private.my_projects('viewer'))
  for update;
  if v_document.id is null then
    perform private.refuse(404, 'document_not_found', 'No such document', 'It does not exist or you are not a member.');
  end if;
  perform private.require_role(v_document.project_id, p_role);
  return v_document;
end;
$$;
revoke all on function private.require_document from public, anon, authenticated, service_role;

-- definer: documents and tasks are written by verbs only.
create function public.parse_document(p_document uuid)
returns table (document_id uuid, state text)
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_document public.documents := private.require_document(p_document, 'editor');
begin
  perform private.enqueue_parse(v_document);
  if v_document.state in ('ready', 'failed') then
    update public.documents as d set state = 'uploaded', failure_code = null, failure_detail = null where d.id = p_document;
  end if;
  return query select d.id, d.state from public.documents as d where d.id = p_document;
end;
$$;
comment on function public.parse_document is
'Queues the parsing of a document again. While it is queued or running already, nothing is added.
For editors. Refuses document_not_found, role_too_low.';
revoke all on function public.parse_document from public, anon, authenticated, service_role;
grant execute on function public.parse_document to authenticated;

-- definer: documents and tasks are written by verbs only.
create function public.delete_document(p_document uuid)
returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_document public.documents;
  v_task private.tasks;
begin
  perform private.lock_queue();
  v_document := private.require_document(p_document, 'editor');
  update public.documents as d set deleted_at = now() where d.id = p_document;
  for v_task in
    select t.* from private.tasks as t
    where t.document_id = p_document and t.state in ('queued', 'running')
    order by t.id
  loop
    perform 1 from public.jobs as j where j.id = v_task.job_id for update;
    perform private.close_task(v_task.id, 'cancelled');
    if v_task.kind = 'extract' then
      perform private.count_extract(v_task, 'cancelled');
    end if;
  end loop;
  insert into private.tasks (project_id, kind, document_id, payload)
  values (v_document.project_id, 'sweep', p_document, jsonb_build_object('bucket', 'documents', 'paths', jsonb_build_array(v_document.object_path)));
end;
$$;
comment on function public.delete_document is
'Hides a document at once and cancels its tasks. A sweep removes the object and then every row.
For editors. Refuses document_not_found, role_too_low.';
revoke all on function public.delete_document from public, anon, authenticated, service_role;
grant execute on function public.delete_document to authenticated;

-- definer: the worker writes documents through verbs.
create function public.finish_parse(p_task bigint, p_lease_token uuid, p_parsed jsonb)
returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_task private.tasks := private.hold_task(p_task, p_lease_token, 'parse');
begin
  delete from public.zones as z where z.document_id = v_task.document_id;
  delete from public.pages as g where g.document_id = v_task.document_id;
  insert into public.pages (document_id, number, project_id, width, height, rotation, text, source)
  select v_task.document_id, g.number, v_task.project_id, g.width, g.height, g.rotation, g.text, g.source
  from jsonb_to_recordset(p_parsed -> 'pages') as g (number int, width float8, height float8, rotation int, text text, source text);
  insert into private.page_words (document_id, number, words)
  select v_task.document_id, g.number, g.words
  from jsonb_to_recordset(p_parsed -> 'pages') as g (number int, words jsonb);
  insert into public.zones (document_id, project_id, position, page, kind, x0, y0, x1, y1, text, confidence)
  select v_task.document_id, v_task.project_id, z.position, z.page, z.kind, z.x0, z.y0, z.x1, z.y1, z.text, z.confidence
  from jsonb_to_recordset(p_parsed -> 'zones')
    as z (position int, page int, kind text, x0 float8, y0 float8, x1 float8, y1 float8, text text, confidence float8);
  update public.documents as d
  set state = 'ready', failure_code = null, failure_detail = null, parsed_at = now(),
    page_count = jsonb_array_length(p_parsed -> 'pages'),
    unread_pages = (select count(*) from public.pages as g where g.document_id = d.id and g.source = 'none'),
    word_count = (p_parsed ->> 'word_count')::int,
    text_hash = p_parsed ->> 'text_hash',
    flags = coalesce((select array_agg(f.flag) from jsonb_array_elements_text(p_parsed -> 'flags') as f (flag)), '{}')
  where d.id = v_task.document_id;
  perform private.close_task(p_task, 'done');
end;
$$;
comment on function public.finish_parse is
'Stores what parsing found, whole, in place of what was there. p_parsed: {"pages": […], "zones": […], "flags": […],
"text_hash": …, "word_count": n}.
For workers (service_role). Refuses lease_lost.';
revoke all on function public.finish_parse from public, anon, authenticated, service_role;
grant execute on function public.finish_parse to service_role;

create function private.after_parse_failed(p_task private.tasks)
returns void
language sql volatile security definer set search_path = ''
as $$
  update public.documents as d
  set state = 'failed', failure_code = p_task.failure_code, failure_detail = p_task.failure_detail
  where d.id = p_task.document_id;
$$;
revoke all on function private.after_parse_failed from public, anon, authenticated, service_role;

-- definer: the worker writes documents through verbs.
create function public.finish_sweep(p_task bigint, p_lease_token uuid)
returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_task private.tasks := private.hold_task(p_task, p_lease_token, 'sweep');
begin
  perform private.close_task(p_task, 'done');
  delete from public.documents as d where d.id = v_task.document_id and d.deleted_at is not null;
  if exists (select 1 from public.projects as p where p.id = v_task.project_id and p.deleted_at is not null) then
    delete from public.documents as d
    where d.project_id = v_task.project_id and v_task.payload ->> 'bucket' = 'documents'
      and d.object_path in (select w.path from jsonb_array_elements_text(v_task.payload -> 'paths') as w (path));
    perform private.end_project(v_task.project_id);
  end if;
end;
$$;
comment on function public.finish_sweep is
'Removes the rows whose objects are gone: those of a document; of a deleted project all of them, with its last object.
For workers (service_role). Refuses lease_lost.';
revoke all on function public.finish_sweep from public, anon, authenticated, service_role;
grant execute on function public.finish_sweep to service_role;
