-- Extract verbs: what the worker reads and stores for one document. For service_role alone.

-- enable_seqscan: as finish_extract.
-- definer: the worker may call verbs and may not touch the queue or private.page_words.
create function public.read_extract(p_task bigint, p_lease_token uuid)
returns json
language plpgsql volatile security definer set search_path = '' set enable_seqscan = 'off'
as $$
declare
  v_task private.tasks := private.see_task(p_task, p_lease_token, 'extract');
begin
  return (
    select private.asked_of_document(s.snapshot, v_task.document_id, j.request_id)
    from public.jobs as j
    inner join public.schema_versions as s on s.id = j.schema_version_id
    where j.id = v_task.job_id
  );
end;
$$;
comment on function public.read_extract is
'Returns all that an extract task needs, in one round trip: the job''s snapshot and the document.
For workers (service_role). Refuses lease_lost.';
revoke all on function public.read_extract from public, anon, authenticated, service_role;
grant execute on function public.read_extract to service_role;

-- enable_seqscan: a plan is kept as long as its connection, and one made while the tables were small would read them whole.
-- definer: the worker may call verbs and may not touch the queue.
create function public.finish_extract(p_task bigint, p_lease_token uuid, p_extractor text, p_extractions jsonb)
returns int
language plpgsql volatile security definer set search_path = '' set enable_seqscan = 'off'
as $$
declare
  v_task private.tasks := private.see_task(p_task, p_lease_token, 'extract');
  v_cells jsonb;
  v_stored int;
begin
  if exists (
    select 1 from jsonb_to_recordset(p_extractions) as r (variable_id uuid)
    inner join public.variables as v on v.id = r.variable_id and v.project_id <> v_task.project_id
  ) then
    perform private.refuse(422, 'variable_foreign', 'A cell names a variable of another project');
  end if;
  -- In the order of ids, as the verbs of review lock them.
  perform 1 from public.extractions as e where e.document_id = v_task.document_id order by e.id for update;
  v_cells := private.entity_cells(v_task, p_extractions);
  perform private.suggest_answers(v_task, v_cells);
  with was as (
    select e.id, private.cell_snapshot(e) as snapshot from public.extractions as e
    where e.document_id = v_task.document_id and e.judged_by is null
  ),
  stored as (
    insert into public.extractions as e (
      project_id, document_id, variable_id, row_index, job_id, schema_version_id, state, value, raw, quote, page, box, boxes, zone,
      evidence, verified, confidence, signals, flags, absent_reason, origin, input_hash
    )
    select v_task.project_id, v_task.document_id, r.variable_id, r.row_index, v_task.job_id, j.schema_version_id, r.state,
      nullif(r.value, 'null'::jsonb), r.raw, r.quote, r.page, r.box, coalesce(r.boxes, '[]'), r.zone,
      r.evidence, r.verified, r.confidence, coalesce(r.signals, '{}'), coalesce(r.flags, '{}'), r.absent_reason, r.origin, r.input_hash
    from jsonb_to_recordset(v_cells) as r (
      variable_id uuid, row_index int, state text, value jsonb, raw text, quote text, page int, box float8[], boxes jsonb, zone int,
      evidence text, verified boolean, confidence float8, signals jsonb, flags text[], absent_reason text, origin text, input_hash text
    )
    inner join public.variables as v on v.id = r.variable_id and v.project_id = v_task.project_id
    inner join public.jobs as j on j.id = v_task.job_id
    on conflict (document_id, variable_id, row_index) do update
    set job_id = excluded.job_id, schema_version_id = excluded.schema_version_id, state = excluded.state, value = excluded.value,
      raw = excluded.raw, quote = excluded.quote, page = excluded.page, box = excluded.box, boxes = excluded.boxes, zone = excluded.zone,
      evidence = excluded.evidence, verified = excluded.verified, confidence = excluded.confidence, signals = excluded.signals,
      flags = excluded.flags || case when 'flagged' = any(e.flags) then array['flagged'] else '{}'::text[] end,
      absent_reason = excluded.absent_reason, origin = excluded.origin, input_hash = excluded.input_hash, suggestion = null,
      updated_at = now()
    where e.judged_by is null
      and not (excluded.state = 'failed' and e.state <> 'failed' and e.input_hash = excluded.input_hash)
    returning e.*
  ),
  told as (
    insert into public.extraction_events (project_id, extraction_id, action, job_id, value, state, evidence, before)
    select s.project_id, s.id, 'model_run', s.job_id, s.value, s.state, s.evidence, w.snapshot
    from stored as s
    left join was as w on w.id = s.id
  )
  select count(*) into v_stored from stored;
  -- The fence, and last: all that was written goes with a lease that was lost, and the job is locked for a moment only.
  perform private.hold_task(p_task, p_lease_token, 'extract');
  update public.jobs as j set extractor = p_extractor where j.id = v_task.job_id and j.extractor is distinct from p_extractor;
  perform private.close_task(p_task, 'done');
  perform private.count_extract(v_task, 'done');
  return v_stored;
end;
$$;
comment on function public.finish_extract is
'Stores the cells of a document, all or nothing, and counts the document into its job. Cells that a person judged stay
as they are, with the newer answer beside them; a failure does not take away the answer to the same question; a
person''s flag stays. Cells of variables that were deleted meanwhile are dropped. Rows that are entities keep their
indexes. p_extractions null: nobody was asked.
For workers (service_role). Refuses lease_lost, variable_foreign.';
revoke all on function public.finish_extract from public, anon, authenticated, service_role;
grant execute on function public.finish_extract to service_role;
