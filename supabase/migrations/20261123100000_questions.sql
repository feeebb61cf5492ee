-- Questions: what is asked of one document: examples, and what people told of it. Replaces read_extract.
set local lock_timeout = '5s';

-- The snapshot as it is asked of a document: what people told of it is part of the context, and no example is from it.
create function private.question(p_snapshot jsonb, p_document uuid, p_metadata jsonb)
returns jsonb
language sql immutable set search_path = ''
as $$
  select p_snapshot || jsonb_build_object(
    'context', (p_snapshot -> 'context') || jsonb_build_object('metadata', jsonb_strip_nulls(p_metadata))
  ) || case when jsonb_path_exists(p_snapshot, '$.variables[*].examples[*]') then jsonb_build_object(
    'variables', (
      select jsonb_agg(v.held || jsonb_build_object('examples', (
        select coalesce(jsonb_agg(
          jsonb_build_object('value', x.held -> 'value')
          || jsonb_strip_nulls(jsonb_build_object('quote', x.held -> 'quote', 'note', nullif(x.held ->> 'note', '')))
          order by x.place
        ), '[]')
        from jsonb_array_elements(v.held -> 'examples') with ordinality as x (held, place)
        where x.held ->> 'document_id' is distinct from p_document::text
      )) order by v.place)
      from jsonb_array_elements(p_snapshot -> 'variables') with ordinality as v (held, place)
    )
  ) else '{}' end;
$$;

-- The cells of a document for who asks about it: what each holds as the table shows it, and the question that it answers: that
-- of the newest answer, which beside a judged cell is its suggestion.
create function private.cells_held(p_document uuid, p_snapshot jsonb)
returns jsonb
language sql stable set search_path = ''
as $$
  select coalesce(jsonb_agg(jsonb_build_object(
    'variable_id', e.variable_id, 'key', v.held ->> 'key', 'row_index', e.row_index, 'state', e.state,
    'value', case when e.state <> 'rejected' then e.value end, 'judged', e.judged_by is not null,
    'input_hash', coalesce(e.suggestion ->> 'input_hash', e.input_hash)
  ) order by e.row_index, e.id), '[]')
  from public.extractions as e
  inner join jsonb_array_elements(p_snapshot -> 'variables') as v (held) on v.held ->> 'id' = e.variable_id::text
  where e.document_id = p_document;
$$;

-- Everything an extract task needs, in one round trip: what is asked of the document, the document as parsed, and its cells.
-- definer: the worker may call verbs and may not touch the queue or private.page_words.
create or replace function public.read_extract(p_task bigint, p_lease_token uuid)
returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_task private.tasks := private.hold_task(p_task, p_lease_token, 'extract');
  v_read jsonb;
begin
  select private.question(s.snapshot, d.id, d.metadata) || jsonb_build_object(
    'request_id', j.request_id,
    'document', jsonb_build_object('id', d.id, 'name', d.name, 'text_hash', d.text_hash, 'metadata', d.metadata),
    'parsed', jsonb_build_object(
      'flags', to_jsonb(d.flags),
      'pages', (
        select coalesce(jsonb_agg(jsonb_build_object(
          'number', g.number, 'width', g.width, 'height', g.height, 'rotation', g.rotation,
          'text', g.text, 'source', g.source, 'words', coalesce(w.words, '[]'::jsonb)
        ) order by g.number), '[]'::jsonb)
        from public.pages as g
        left join private.page_words as w on w.document_id = g.document_id and w.number = g.number
        where g.document_id = d.id
      ),
      'zones', (
        select coalesce(jsonb_agg(jsonb_build_object(
          'position', z.position, 'page', z.page, 'kind', z.kind, 'x0', z.x0, 'y0', z.y0, 'x1', z.x1, 'y1', z.y1,
          'text', z.text, 'confidence', z.confidence
        ) order by z.position), '[]'::jsonb)
        from public.zones as z
        where z.document_id = d.id
      )
    ),
    'cells', private.cells_held(d.id, s.snapshot)
  ) into v_read
  from public.jobs as j
  inner join public.schema_versions as s on s.id = j.schema_version_id
  inner join public.documents as d on d.id = v_task.document_id
  where j.id = v_task.job_id;
  return v_read;
end;
$$;

revoke all on function private.question(jsonb, uuid, jsonb), private.cells_held(uuid, jsonb), public.read_extract(bigint, uuid)
from public, anon, authenticated, service_role;
grant execute on function public.read_extract(bigint, uuid) to service_role;
