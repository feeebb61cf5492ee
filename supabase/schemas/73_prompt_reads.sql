-- Prompt reads: what a prompt is made of, read in one place by runs, by comparisons and by whoever
-- wants to see it before a run.

-- What is asked of a document and for which request, the document as it was parsed, and what its
-- cells hold. As json: jsonb would take the document apart and put it together again at every
-- level. In PL/pgSQL, here and below, because its plans are kept from task to task.
-- enable_seqscan: a plan made while the tables were small would read them whole for ever after.
create function private.asked_of_document(p_snapshot jsonb, p_document uuid, p_request_id text)
returns json
language plpgsql stable set search_path = '' set enable_seqscan = 'off'
as $$
begin
  return (
    select json_build_object(
      'context', q.asked -> 'context',
      'variables', q.asked -> 'variables',
      'request_id', p_request_id,
      'document', json_build_object(
        'id', d.id, 'name', d.name, 'text_hash', d.text_hash, 'metadata', d.metadata
      ),
      'parsed', json_build_object(
        'flags', to_json(d.flags),
        'pages', private.parsed_pages(d.id),
        'zones', private.parsed_zones(d.id)
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

-- The pages of a document with their words, in order.
create function private.parsed_pages(p_document uuid)
returns json
language plpgsql stable set search_path = ''
as $$
begin
  return (
    select coalesce(json_agg(json_build_object(
      'number', g.number, 'width', g.width, 'height', g.height, 'rotation', g.rotation,
      'text', g.text, 'source', g.source, 'words', coalesce(w.words, '[]'::jsonb)
    ) order by g.number), '[]'::json)
    from public.pages as g
    left join private.page_words as w on w.document_id = g.document_id and w.number = g.number
    where g.document_id = p_document
  );
end;
$$;
revoke all on function private.parsed_pages from public, anon, authenticated, service_role;

-- The zones of a document, in order.
create function private.parsed_zones(p_document uuid)
returns json
language plpgsql stable set search_path = ''
as $$
begin
  return (
    select coalesce(json_agg(json_build_object(
      'position', z.position, 'page', z.page, 'kind', z.kind,
      'x0', z.x0, 'y0', z.y0, 'x1', z.x1, 'y1', z.y1,
      'text', z.text, 'confidence', z.confidence
    ) order by z.position), '[]'::json)
    from public.zones as z
    where z.document_id = p_document
  );
end;
$$;
revoke all on function private.parsed_zones from public, anon, authenticated, service_role;

-- The variables, each with those of its examples that are not from the document, as a prompt shows
-- them.
create function private.with_shown_examples(p_variables jsonb, p_document uuid)
returns jsonb
language sql immutable set search_path = ''
as $$
  select jsonb_agg(
    v.variable || jsonb_build_object('examples', (
      select coalesce(jsonb_agg(
        jsonb_build_object('value', x.example -> 'value')
        || jsonb_strip_nulls(jsonb_build_object(
          'quote', x.example -> 'quote', 'note', nullif(x.example ->> 'note', '')
        ))
        order by x.place
      ), '[]')
      from jsonb_array_elements(v.variable -> 'examples') with ordinality as x (example, place)
      where x.example ->> 'document_id' is distinct from p_document::text
    ))
    order by v.place
  )
  from jsonb_array_elements(p_variables) with ordinality as v (variable, place);
$$;
revoke all on function private.with_shown_examples from public, anon, authenticated, service_role;

-- The snapshot as it is asked of one document: what people told of the document is part of the
-- context, and no example is shown that comes from it.
create function private.question(p_snapshot jsonb, p_document uuid, p_metadata jsonb)
returns jsonb
language sql immutable set search_path = ''
as $$
  select p_snapshot
    || jsonb_build_object(
      'context', (p_snapshot -> 'context') || jsonb_build_object('metadata', jsonb_strip_nulls(p_metadata))
    )
    || case
      -- Most schemas have no examples: then the variables are not taken apart.
      when jsonb_path_exists(p_snapshot, '$.variables[*].examples[*]')
        then jsonb_build_object('variables', private.with_shown_examples(p_snapshot -> 'variables', p_document))
      else '{}'
    end;
$$;
revoke all on function private.question from public, anon, authenticated, service_role;

-- What the cells of a document hold, as the table shows it, and the question that each of them
-- answers. Beside a judged cell the newest answer is its suggestion: then it is that answer's
-- question.
create function private.cells_held(p_document uuid, p_snapshot jsonb)
returns jsonb
language sql stable set search_path = ''
as $$
  select coalesce(jsonb_agg(jsonb_build_object(
    'variable_id', e.variable_id, 'key', v.variable ->> 'key', 'row_index', e.row_index, 'state', e.state,
    'value', case when e.state <> 'rejected' then e.value end, 'judged', e.judged_by is not null,
    'input_hash', coalesce(e.suggestion ->> 'input_hash', e.input_hash)
  ) order by e.row_index, e.id), '[]')
  from public.extractions as e
  inner join jsonb_array_elements(p_snapshot -> 'variables') as v (variable)
    on v.variable ->> 'id' = e.variable_id::text
  where e.document_id = p_document;
$$;
revoke all on function private.cells_held from public, anon, authenticated, service_role;

-- The document, where the caller is a member of its project; refused otherwise.
create function private.see_document(p_document uuid)
returns public.documents
language plpgsql stable set search_path = ''
as $$
declare
  v_document public.documents;
begin
  select d.* into v_document from public.documents as d
  where d.id = p_document and d.deleted_at is null and d.project_id = any(private.my_projects('viewer'));
  if v_document.id is null then
    perform private.refuse(
      404, 'document_not_found', 'No such document', 'It does not exist or you are not a member.'
    );
  end if;
  return v_document;
end;
$$;
revoke all on function private.see_document from public, anon, authenticated, service_role;

-- definer: nobody may read private.page_words; whether the caller may read the document is asked
-- before.
create function public.read_prompt(p_document uuid)
returns json
language plpgsql stable security definer set search_path = ''
as $$
declare
  v_document public.documents := private.see_document(p_document);
begin
  if v_document.state <> 'ready' then
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
