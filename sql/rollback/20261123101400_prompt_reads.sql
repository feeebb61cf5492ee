-- Takes back 20261123101400_prompt_reads: read_extract with a body of its own, as 20261123100000_questions made it.
set local lock_timeout = '5s';
drop function public.read_extract(bigint, uuid);
create function public.read_extract(p_task bigint, p_lease_token uuid)
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
revoke all on function public.read_extract(bigint, uuid) from public, anon, authenticated, service_role;
grant execute on function public.read_extract(bigint, uuid) to service_role;
drop function public.read_prompt(uuid), private.asked_of_document(jsonb, uuid, text);
