-- Takes back 20261123100500_entity_rows: finish_extract as 20261122091400_suggestions made it.
create or replace function public.finish_extract(p_task bigint, p_lease_token uuid, p_extractor text, p_extractions jsonb)
returns int
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_task private.tasks := private.hold_task(p_task, p_lease_token, 'extract');
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
  perform private.suggest_answers(v_task, p_extractions);
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
    from jsonb_to_recordset(p_extractions) as r (
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
  update public.jobs as j set extractor = p_extractor where j.id = v_task.job_id and j.extractor is distinct from p_extractor;
  perform private.close_task(p_task, 'done');
  perform private.count_extract(v_task, 'done');
  return v_stored;
end;
$$;

drop function private.entity_cells(private.tasks, jsonb), private.leave_rows(uuid), private.place_rows(private.tasks, jsonb);
drop table public.entity_rows;
