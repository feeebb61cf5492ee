-- Prompt reads: what a prompt is made of, read in one place by runs, by comparisons and by whoever wants to see it before a run.

-- What is asked of a document and for which request, the document as parsed, and its cells. In PL/pgSQL, which keeps the plan
-- from task to task; as json, for jsonb would be made anew at every level.
-- enable_seqscan: as finish_extract.
create function private.asked_of_document(p_snapshot jsonb, p_document uuid, p_request_id text)
returns json
language plpgsql stable set search_path = '' set enable_seqscan = 'off'
as $$
begin
  return (
    select json_build_object(
      'context', q.asked -> 'context', 'variables', q.asked -> 'variables', 'request_id', p_request_id,
      'document', json_build_object('id', d.id, 'name', d.name, 'text_hash', d.text_hash, 'metadata', d.metadata),
      'parsed', json_build_object(
        'flags', to_json(d.flags),
        'pages', (
          select coalesce(json_agg(json_build_object(
            'number', g.number, 'width', g.width, 'height', g.height, 'rotation', g.rotation,
            'text', g.text, 'source', g.source, 'words', coalesce(w.words, '[]'::jsonb)
          ) order by g.number), '[]'::json)
          from public.pages as g
          left join private.page_words as w on w.document_id = g.document_id and w.number = g.number
          where g.document_id = d.id
        ),
        'zones', (
          select coalesce(json_agg(json_build_object(
            'position', z.position, 'page', z.page, 'kind', z.kind, 'x0', z.x0, 'y0', z.y0, 'x1', z.x1, 'y1', z.y1,
            'text', z.text, 'confidence', z.confidence
          ) order by z.position), '[]'::json)
          from public.zones as z
          where z.document_id = d.id
        )
      ),
      'cells', private.cells_held(d.id, p_snapshot)
    )
    from public.documents as d
    cross join lateral private.question(p_snapshot, d.id, d.metadata) as q (asked)
    where d.id = p_document
  );
end;
$$;
revoke all on function private.asked_of_document from public, anon, authenticated, service_role;

-- definer: private.page_words has no policy; the document's has been asked before.
create function public.read_prompt(p_document uuid)
returns json
language plpgsql stable security definer set search_path = ''
as $$
declare
  v_document public.documents;
begin
  select d.* into v_document from public.documents as d
  where d.id = p_document and d.deleted_at is null and d.project_id = any(private.my_projects('viewer'));
  if v_document.id is null then
    perform private.refuse(404, 'document_not_found', 'No such document', 'It does not exist or you are not a member.');
  elsif v_document.state <> 'ready' then
    perform private.refuse(409, 'document_not_ready', 'The document is not read yet', 'Wait until it is ready.');
  end if;
  return private.asked_of_document(private.snapshot(v_document.project_id), p_document, null);
end;
$$;
comment on function public.read_prompt is
'Returns what a run that starts now would be told of a document, with the schema as it stands.
For members. Refuses document_not_found, document_not_ready.';
revoke all on function public.read_prompt from public, anon, authenticated, service_role;
grant execute on function public.read_prompt to authenticated;
