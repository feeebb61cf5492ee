-- Extraction verbs: what the worker reads, reserves, settles and stores. For service_role alone.
set local lock_timeout = '5s';

-- Everything an extract task needs, in one round trip: the job's snapshot and the document as parsed.
-- definer: the worker may call verbs and may not touch the queue or private.page_words.
create function public.read_extract(p_task bigint, p_lease_token uuid)
returns jsonb
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_task private.tasks := private.hold_task(p_task, p_lease_token, 'extract');
  v_read jsonb;
begin
  select s.snapshot || jsonb_build_object(
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
    )
  ) into v_read
  from public.jobs as j
  inner join public.schema_versions as s on s.id = j.schema_version_id
  inner join public.documents as d on d.id = v_task.document_id
  where j.id = v_task.job_id;
  return v_read;
end;
$$;

-- Books the worst case of a call before it is made. An answer that is already in the ledger for the same request comes
-- back instead: a retried task never pays twice. Calls of this task that nobody settled are abandoned at full price.
-- definer: as read_extract.
create function public.reserve_call(
  p_task bigint, p_lease_token uuid, p_request_hash text, p_request_id text, p_model text, p_reserved_micros bigint default 0
)
returns table (call_id uuid, answer text, finish_reason text)
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_task private.tasks := private.hold_task(p_task, p_lease_token);
  v_job public.jobs;
  v_abandoned bigint;
begin
  with abandoned as (
    update public.llm_calls as c
    set state = 'abandoned', settled_at = clock_timestamp(), cost_micros = c.reserved_micros, error_code = 'worker_lost'
    where c.task_id = p_task and c.state = 'reserved'
    returning c.reserved_micros
  )
  select coalesce(sum(a.reserved_micros), 0) into v_abandoned from abandoned as a;
  update public.jobs as j
  set reserved_micros = j.reserved_micros - v_abandoned, cost_micros = j.cost_micros + v_abandoned
  where j.id = v_task.job_id and v_abandoned > 0;

  return query
    select c.id, c.answer, c.finish_reason
    from public.llm_calls as c
    where c.document_id = v_task.document_id and c.request_hash = p_request_hash
      and c.state = 'settled' and c.answer is not null and c.project_id = v_task.project_id
    order by c.created_at desc, c.id
    limit 1;
  if found then
    return;
  end if;

  select j.* into v_job from public.jobs as j where j.id = v_task.job_id;
  if v_job.cap_micros is not null and v_job.cost_micros + v_job.reserved_micros + p_reserved_micros > v_job.cap_micros then
    perform private.refuse(402, 'cap_reached', 'The money cap of the job does not allow this call', 'Raise the cap and resume.');
  end if;
  update public.jobs as j set reserved_micros = j.reserved_micros + p_reserved_micros, model_calls = j.model_calls + 1
  where j.id = v_task.job_id;
  return query
    insert into public.llm_calls as c (project_id, job_id, document_id, task_id, purpose, model, request_id, request_hash, reserved_micros)
    values (v_task.project_id, v_task.job_id, v_task.document_id, p_task, v_task.kind, p_model, p_request_id, p_request_hash, p_reserved_micros)
    returning c.id, c.answer, c.finish_reason;
end;
$$;

-- reserved -> settled | failed. Not fenced by the lease: the call was made and is paid, whoever holds the task now.
-- A call that was given up as abandoned meanwhile is settled all the same, at its true price.
-- definer: as read_extract.
create function public.settle_call(
  p_call uuid, p_state text, p_input_tokens int default null, p_output_tokens int default null, p_cost_micros bigint default 0,
  p_latency_ms int default null, p_finish_reason text default null, p_error_code text default null, p_answer text default null
)
returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_call public.llm_calls;
begin
  if p_state is null or p_state not in ('settled', 'failed') then
    perform private.refuse(422, 'call_state_unknown', 'A call is settled or failed');
  end if;
  perform 1 from public.jobs as j where j.id = (select c.job_id from public.llm_calls as c where c.id = p_call) for update;
  select c.* into v_call from public.llm_calls as c where c.id = p_call and c.state in ('reserved', 'abandoned') for update;
  if v_call.id is null then
    perform private.refuse(409, 'call_settled', 'The call is already settled');
  end if;
  update public.llm_calls as c
  set state = p_state, settled_at = clock_timestamp(), input_tokens = p_input_tokens, output_tokens = p_output_tokens,
    cost_micros = p_cost_micros, latency_ms = p_latency_ms, finish_reason = p_finish_reason, error_code = p_error_code,
    answer = case when p_state = 'settled' then p_answer end
  where c.id = p_call;
  update public.jobs as j
  set reserved_micros = j.reserved_micros - case when v_call.state = 'reserved' then v_call.reserved_micros else 0 end,
    cost_micros = j.cost_micros + p_cost_micros - case when v_call.state = 'abandoned' then v_call.reserved_micros else 0 end,
    input_tokens = j.input_tokens + coalesce(p_input_tokens, 0),
    output_tokens = j.output_tokens + coalesce(p_output_tokens, 0)
  where j.id = v_call.job_id;
end;
$$;

-- Stores the cells of a document, all or nothing, and counts it into its job. Cells that a person judged stay as they are;
-- cells of variables that were deleted meanwhile are dropped; cells of foreign variables are refused.
-- definer: as read_extract.
create function public.finish_extract(p_task bigint, p_lease_token uuid, p_extractor text, p_extractions jsonb)
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
  with stored as (
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
      flags = excluded.flags, absent_reason = excluded.absent_reason, origin = excluded.origin, input_hash = excluded.input_hash,
      updated_at = now()
    where e.judged_by is null
    returning e.*
  ),
  told as (
    insert into public.extraction_events (project_id, extraction_id, action, job_id, value, state, evidence)
    select s.project_id, s.id, 'model_run', s.job_id, s.value, s.state, s.evidence from stored as s
  )
  select count(*) into v_stored from stored;
  update public.jobs as j set extractor = p_extractor where j.id = v_task.job_id and j.extractor is distinct from p_extractor;
  perform private.close_task(p_task, 'done');
  perform private.count_extract(v_task, 'done');
  return v_stored;
end;
$$;

-- The cap stops the job, not the document: the job says why, and its tasks, once given back, are held.
-- definer: as read_extract.
create function public.pause_for_cap(p_task bigint, p_lease_token uuid)
returns void
language plpgsql volatile security definer set search_path = ''
as $$
declare
  v_task private.tasks;
begin
  perform private.lock_queue();
  v_task := private.hold_task(p_task, p_lease_token, 'extract');
  perform private.pause(v_task.job_id, 'cap_reached');
end;
$$;

revoke all on function
public.read_extract(bigint, uuid),
public.reserve_call(bigint, uuid, text, text, text, bigint),
public.settle_call(uuid, text, int, int, bigint, int, text, text, text),
public.finish_extract(bigint, uuid, text, jsonb),
public.pause_for_cap(bigint, uuid)
from public, anon, authenticated, service_role;
grant execute on function
public.read_extract(bigint, uuid),
public.reserve_call(bigint, uuid, text, text, text, bigint),
public.settle_call(uuid, text, int, int, bigint, int, text, text, text),
public.finish_extract(bigint, uuid, text, jsonb),
public.pause_for_cap(bigint, uuid)
to service_role;
