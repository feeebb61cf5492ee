-- Suggestions: a newer answer beside a judged cell; and what a run may overwrite. Replaces finish_extract.
set local lock_timeout = '5s';

-- Newer answers for cells that people judged are laid beside them; a failure is no answer.
create function private.suggest_answers(p_task private.tasks, p_extractions jsonb)
returns void
language sql volatile security definer set search_path = ''
as $$
  with suggested as (
    update public.extractions as e
    set suggestion = a.answer - array['variable_id', 'row_index']
      || jsonb_build_object('job_id', p_task.job_id, 'schema_version_id', j.schema_version_id)
    from jsonb_array_elements(p_extractions) as a (answer)
    inner join public.jobs as j on j.id = p_task.job_id
    where e.document_id = p_task.document_id and e.variable_id = (a.answer ->> 'variable_id')::uuid
      and e.row_index = (a.answer ->> 'row_index')::int and e.judged_by is not null and a.answer ->> 'state' <> 'failed'
    returning e.*
  )
  insert into public.extraction_events (project_id, extraction_id, action, job_id, value, state, evidence)
  select s.project_id, s.id, 'suggest', p_task.job_id, nullif(s.suggestion -> 'value', 'null'::jsonb), s.suggestion ->> 'state', s.suggestion ->> 'evidence'
  from suggested as s;
$$;

-- Stores the cells of a document, all or nothing, and counts it into its job. Cells that a person judged stay as they are,
-- with the newer answer beside them; a failure does not take away the answer to the same question; a person's flag stays;
-- cells of variables that were deleted meanwhile are dropped; cells of foreign variables are refused.
-- definer: the worker may call verbs and may not touch the queue.
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

-- The newer answer takes the place of the judged one, accepted by who takes it.
-- definer: cells and reviews are written by verbs only.
create function public.take_suggestion(p_extraction uuid, p_note text default null, p_seen int default null)
returns setof public.extractions
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_held public.extractions[] := private.hold_cells(array[p_extraction], p_note, array[p_seen]);
begin
  if v_held[1].suggestion is null or v_held[1].judged_by is null then
    perform private.refuse(409, 'no_suggestion', 'The cell has no newer answer', 'It is as the last run left it.');
  elsif v_held[1].suggestion ->> 'state' = 'proposed' and jsonb_typeof(v_held[1].suggestion -> 'value') = 'null' then
    perform private.refuse(422, 'no_value', 'The newer answer has no value to accept', 'Correct the cell instead.');
  end if;
  update public.extractions as e
  set job_id = (select j.id from public.jobs as j where j.id = s.job_id),
    schema_version_id = (select v.id from public.schema_versions as v where v.id = s.schema_version_id),
    state = case s.state when 'proposed' then 'accepted' else s.state end, value = nullif(s.value, 'null'::jsonb), raw = s.raw,
    quote = s.quote, page = s.page, box = s.box, boxes = coalesce(s.boxes, '[]'), zone = s.zone, evidence = s.evidence,
    verified = s.verified, confidence = s.confidence, signals = coalesce(s.signals, '{}'),
    flags = coalesce(s.flags, '{}') || case when 'flagged' = any(e.flags) then array['flagged'] else '{}'::text[] end,
    absent_reason = s.absent_reason, origin = s.origin, input_hash = s.input_hash, judged_by = (select auth.uid()),
    original = e.suggestion, suggestion = null, updated_at = now()
  from jsonb_populate_record(null::public.extractions, v_held[1].suggestion) as s
  where e.id = p_extraction;
  return query select t.* from private.tell_judgements(v_held, 'take', 'accept', p_note) as t;
end;
$$;

revoke all on function private.suggest_answers(private.tasks, jsonb), public.finish_extract(bigint, uuid, text, jsonb),
public.take_suggestion(uuid, text, int) from public, anon, authenticated, service_role;
grant execute on function public.finish_extract(bigint, uuid, text, jsonb) to service_role;
grant execute on function public.take_suggestion(uuid, text, int) to authenticated;
