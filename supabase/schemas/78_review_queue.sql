-- The review queue: cells in the order of what a decision on them is worth, each with the parts of that worth.

-- The parts of a cell's worth, for people: the same terms as the column, those of nothing left out.
create function private.worth_parts(p_cell public.extractions, p_required boolean)
returns jsonb
language sql immutable set search_path = ''
as $$
  select jsonb_strip_nulls(jsonb_build_object(
    'asked', case when 'flagged' = any(p_cell.flags) then 1 end,
    'disagreement', case
      when p_cell.suggestion -> 'value' is distinct from coalesce(p_cell.value, 'null'::jsonb) and p_cell.suggestion is not null
        and (p_cell.original is null or p_cell.suggestion -> 'value' is distinct from p_cell.original -> 'value')
        then 0.8
    end
  )) || case when p_cell.judged_by is not null then '{}'::jsonb else jsonb_strip_nulls(jsonb_build_object(
    'doubt', case
      when p_cell.state = 'failed' then 0.6
      when p_cell.state = 'proposed' then round((1 - p_cell.confidence)::numeric, 4)
      when p_cell.absent_reason in ('illegible', 'ambiguous') or p_cell.flags && array['unread_pages', 'required', 'truncated'] then 0.5
      when 'offline_silent' = any(p_cell.flags) then 0.3
      else 0.15
    end,
    'unverified', case when p_cell.state = 'proposed' and not p_cell.verified then 0.3 end,
    'flags', nullif(least(cardinality(array_remove(array_remove(p_cell.flags, 'flagged'), 'offline_silent')), 3), 0) * 0.1,
    'required', case when p_required then 0.1 end,
    'unjudged', 0.05
  )) end;
$$;
revoke all on function private.worth_parts from public, anon, authenticated, service_role;

-- definer: membership is checked once and the cells are read without a policy a row.
create function public.review_queue(p_project uuid, p_limit int default 50, p_after_worth float8 default null, p_after uuid default null)
returns table (
  worth float8, parts jsonb, extraction_id uuid, revision int, document_id uuid, document text, variable_id uuid, key text, label text,
  row_index int, state text, value jsonb, evidence text, verified boolean, confidence float8, quote text, page int, box float8[],
  boxes jsonb, flags text[], absent_reason text, original jsonb, suggestion jsonb
)
language plpgsql stable security definer set search_path = ''
as $$
declare
  v_limit int := least(greatest(coalesce(p_limit, 50), 1), 1000);
  v_required uuid[] := array(select v.id from public.variables as v where v.project_id = p_project and v.required);
begin
  perform private.require_role(p_project, 'viewer');
  return query
    with bonus (points) as (values (0::float8), (0.1::float8)),
    queue as (
      -- Each half comes out of the index in order and stops at a page: those without the points of "required", those with them.
      select c.id, c.worth
      from bonus as b
      cross join lateral (
        select e.id, round((e.worth + b.points)::numeric, 4)::float8 as worth
        from public.extractions as e
        where (b.points = 0 or cardinality(v_required) > 0) and e.project_id = p_project and e.worth > 0
          and e.worth <= coalesce(p_after_worth - b.points + 0.0001, 'infinity')
          and (e.judged_by is null and e.variable_id = any(v_required)) = (b.points > 0)
          and (
            p_after_worth is null or round((e.worth + b.points)::numeric, 4)::float8 < p_after_worth
            or (round((e.worth + b.points)::numeric, 4)::float8 = p_after_worth and e.id > p_after)
          )
          and exists (select 1 from public.documents as d where d.id = e.document_id and d.deleted_at is null)
        order by e.worth desc, e.id
        limit v_limit
      ) as c
      order by c.worth desc, c.id
      limit v_limit
    )
    select q.worth, private.worth_parts(e, v.required), e.id, e.revision, e.document_id, d.name, e.variable_id, v.key, v.label,
      e.row_index, e.state, e.value, e.evidence, e.verified, e.confidence, e.quote, e.page, e.box, e.boxes, e.flags, e.absent_reason,
      e.original, e.suggestion
    from queue as q
    inner join public.extractions as e on e.id = q.id
    inner join public.documents as d on d.id = e.document_id
    inner join public.variables as v on v.id = e.variable_id
    order by q.worth desc, q.id;
end;
$$;
comment on function public.review_queue is
'Lists the cells of a project that are worth a look, the worthiest first. Page on with worth and extraction_id of the
last row.
For members. Refuses project_not_found.';
revoke all on function public.review_queue from public, anon, authenticated, service_role;
grant execute on function public.review_queue to authenticated;
