-- Extract verbs: what the worker reads and stores for one document. For service_role alone.

-- enable_seqscan: a connection keeps its plans, and one made while the tables were small would read
-- them whole for ever after. The setting holds for every function that is called from here.
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

-- enable_seqscan: a connection keeps its plans, and one made while the tables were small would read
-- them whole for ever after. The setting holds for every function that is called from here.
-- definer: the worker may call verbs and may not touch the queue.
create function public.finish_extract(
  p_task bigint, p_lease_token uuid, p_extractor text, p_extractions jsonb
)
returns int
language plpgsql volatile security definer set search_path = '' set enable_seqscan = 'off'
as $$
declare
  v_task private.tasks := private.see_task(p_task, p_lease_token, 'extract');
  v_answers jsonb;
  v_stored int;
begin
  if exists (
    select 1 from jsonb_to_recordset(p_extractions) as a (variable_id uuid)
    inner join public.variables as v on v.id = a.variable_id and v.project_id <> v_task.project_id
  ) then
    perform private.refuse(422, 'variable_foreign', 'A cell names a variable of another project');
  end if;
  -- In the order of ids, as the verbs of review lock cells: in any other order, two could wait for
  -- each other.
  perform 1 from public.extractions as e
  where e.document_id = v_task.document_id
  order by e.id
  for update;
  v_answers := private.entity_cells(v_task, p_extractions);
  perform private.suggest_answers(v_task, v_answers);
  v_stored := private.store_answers(v_task, v_answers);
  -- The lease is asked for again, and last: if it was lost meanwhile, all that was written is
  -- undone; and the job, for which every other document of it waits, is locked for a moment only.
  perform private.hold_task(p_task, p_lease_token, 'extract');
  update public.jobs as j set extractor = p_extractor
  where j.id = v_task.job_id and j.extractor is distinct from p_extractor;
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

-- Stores the answers of a run in their cells, each with an event that keeps the cell as it was, and
-- returns how many it stored. Answers to variables that were deleted meanwhile are dropped, and so
-- are failures where the cell holds an answer to the same question.
create function private.store_answers(p_task private.tasks, p_answers jsonb)
returns int
language plpgsql volatile set search_path = ''
as $$
declare
  -- What holds for every cell of the task, whatever an answer says.
  v_facts jsonb := jsonb_build_object(
    'project_id', p_task.project_id, 'document_id', p_task.document_id, 'job_id', p_task.job_id,
    'schema_version_id', (select j.schema_version_id from public.jobs as j where j.id = p_task.job_id),
    'judged_by', null, 'original', null, 'suggestion', null
  );
  v_stored int;
begin
  -- Materialized, here and below: otherwise a row would be made anew each time that a part of it is
  -- read.
  with answers as materialized (
    select jsonb_populate_record(null::public.extractions, a.answer || v_facts) as cell
    from jsonb_array_elements(p_answers) as a (answer)
  ),
  held as materialized (
    select e.id, e.variable_id, e.row_index, e.state, e.input_hash, private.cell_snapshot(e) as snapshot
    from public.extractions as e
    where e.document_id = p_task.document_id and e.judged_by is null
  ),
  storable as (
    select a.cell
    from answers as a
    inner join public.variables as v on v.id = (a.cell).variable_id and v.project_id = p_task.project_id
    left join held as h on h.variable_id = (a.cell).variable_id and h.row_index = (a.cell).row_index
    where ((a.cell).state = 'failed' and h.state <> 'failed' and h.input_hash = (a.cell).input_hash) is not true
  ),
  stored as (
    select s.* from private.write_cells(array(select c.cell from storable as c), p_over_judged => false) as s
  ),
  recorded as (
    insert into public.extraction_events (
      project_id, extraction_id, action, job_id, value, state, evidence, before
    )
    select s.project_id, s.id, 'model_run', s.job_id, s.value, s.state, s.evidence, h.snapshot
    from stored as s
    left join held as h on h.id = s.id
  )
  select count(*) into v_stored from stored;
  return v_stored;
end;
$$;
revoke all on function private.store_answers from public, anon, authenticated, service_role;
