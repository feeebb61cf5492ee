-- Statistics: what became of each variable.

-- definer: membership is checked once and the cells are read without a policy a row.
create function public.variable_statistics(p_project uuid, p_job uuid default null)
returns table (
  variable_id uuid,
  key text,
  label text,
  "position" int, -- noqa: references.quoting
  asked bigint,
  found bigint,
  absent bigint,
  failed bigint,
  verified bigint,
  flagged bigint,
  average_confidence float8,
  accepted bigint,
  corrected bigint,
  rejected bigint,
  marked_absent bigint,
  judged bigint,
  accuracy float8,
  errors jsonb
)
language plpgsql stable security definer set search_path = ''
as $$
begin
  perform private.require_role(p_project, 'viewer');
  perform private.require_job_of_project(p_project, p_job);
  return query
    with result_cells as (
      select a.*
      from private.result_documents(p_project, p_job) as r
      inner join private.answers as a
        on a.document_id = r.document_id
        and a.since <= r.run_at
        and (a.until is null or r.run_at < a.until)
    ),
    -- Of a judged cell the run's answer is the original: what stands in the cell is what the person
    -- said. A value that a person added has no original: no run was asked for it.
    cells as (
      select
        c.variable_id,
        c.state,
        c.value,
        c.judged_by is not null as is_judged,
        cardinality(c.flags) > 0 as is_flagged,
        c.judged_by is null or c.original is not null as was_asked,
        case when c.judged_by is null then c.state else c.original ->> 'state' end as run_state,
        case when c.judged_by is null then c.value else nullif(c.original -> 'value', 'null') end as run_value,
        case when c.judged_by is null then c.verified else (c.original -> 'verified')::boolean end as run_verified,
        case when c.judged_by is null then c.confidence else (c.original -> 'confidence')::float8 end as run_confidence,
        case
          when c.judged_by is null then c.flags
          else array(select f.code from jsonb_array_elements_text(c.original -> 'flags') as f (code))
        end as run_flags
      from result_cells as c
    ),
    counted as (
      select
        c.variable_id,
        count(*) filter (where c.was_asked) as asked,
        count(c.run_value) as found,
        count(*) filter (where c.run_state = 'absent') as absent,
        count(*) filter (where c.run_state = 'failed') as failed,
        count(*) filter (where c.run_verified) as verified,
        count(*) filter (where c.is_flagged) as flagged,
        avg(c.run_confidence) filter (where c.run_value is not null) as average_confidence,
        count(*) filter (
          where c.is_judged and (c.state = 'accepted' or (c.state = 'absent' and c.run_state = 'absent'))
        ) as accepted,
        count(*) filter (where c.state = 'corrected') as corrected,
        count(*) filter (where c.state = 'rejected') as rejected,
        count(*) filter (
          where c.is_judged and c.state = 'absent' and c.run_state is distinct from 'absent'
        ) as marked_absent,
        count(*) filter (where c.is_judged) as judged,
        count(*) filter (
          where c.is_judged
            and c.was_asked
            and c.state <> 'rejected'
            and c.run_state <> 'failed'
            and c.value is not distinct from c.run_value
        ) as right_answers
      from cells as c
      group by c.variable_id
    ),
    run_flags as (
      select c.variable_id, unnest(c.run_flags) as code
      from cells as c
      where c.run_flags <> '{}'
    ),
    -- Materialized, or the flags of all cells would be counted anew for every variable.
    errors as materialized (
      select
        f.variable_id,
        f.code,
        count(*) as cells,
        row_number() over (partition by f.variable_id order by count(*) desc, f.code) as place
      from run_flags as f
      where f.code <> 'flagged' -- a person said that, not the run
      group by f.variable_id, f.code
    )
    select
      v.id,
      v.key,
      v.label,
      v.position,
      coalesce(n.asked, 0),
      coalesce(n.found, 0),
      coalesce(n.absent, 0),
      coalesce(n.failed, 0),
      coalesce(n.verified, 0),
      coalesce(n.flagged, 0),
      n.average_confidence,
      coalesce(n.accepted, 0),
      coalesce(n.corrected, 0),
      coalesce(n.rejected, 0),
      coalesce(n.marked_absent, 0),
      coalesce(n.judged, 0),
      n.right_answers::float8 / nullif(n.judged, 0),
      coalesce((
        select jsonb_agg(jsonb_build_object('code', e.code, 'cells', e.cells) order by e.place)
        from errors as e
        where e.variable_id = v.id and e.place <= 5
      ), '[]'::jsonb)
    from public.variables as v
    left join counted as n on n.variable_id = v.id
    where v.project_id = p_project
    order by v.position, v.key;
end;
$$;
comment on function public.variable_statistics is
'Tells what became of each variable in the result set of p_job, or in the newest one, in schema
order.
asked to verified, average_confidence and errors (the five commonest flags) tell the answer of the
run, judged or not; flagged tells cells as they stand; accepted to judged tell what people decided.
accuracy is the share of judged cells in which the answer of the run stands; a value that a person
added counts as one that the run missed.
For members. Refuses project_not_found, job_not_found.';
revoke all on function public.variable_statistics from public, anon, authenticated, service_role;
grant execute on function public.variable_statistics to authenticated;
