-- The review queue: cells in the order of what a decision on them is worth, each with the parts of
-- that worth.

-- What a person reads of a cell's worth: the terms of extractions.worth, which says what each of
-- them means, and that of a required variable. Terms that are nothing are left out.
create function private.worth_parts(p_cell public.extractions, p_required boolean)
returns jsonb
language plpgsql immutable set search_path = ''
as $$
declare
  v_parts jsonb := jsonb_build_object(
    'asked', case when 'flagged' = any(p_cell.flags) then 1 end,
    'disagreement', case
      when p_cell.suggestion is not null
        and p_cell.suggestion -> 'value' is distinct from coalesce(p_cell.value, 'null'::jsonb)
        and (
          p_cell.original is null
          or p_cell.suggestion -> 'value' is distinct from p_cell.original -> 'value'
        )
        then 0.8
    end
  );
begin
  if p_cell.judged_by is null then
    v_parts := v_parts || jsonb_build_object(
      'doubt', case
        when p_cell.state = 'failed' then 0.6
        when p_cell.state = 'proposed' then round((1 - p_cell.confidence)::numeric, 4)
        when p_cell.absent_reason in ('illegible', 'ambiguous')
          or p_cell.flags && array['unread_pages', 'required', 'truncated']
          then 0.5
        when 'offline_silent' = any(p_cell.flags) then 0.3
        else 0.15
      end,
      'unverified', case when p_cell.state = 'proposed' and not p_cell.verified then 0.3 end,
      'flags', 0.1 * nullif(
        least(cardinality(array_remove(array_remove(p_cell.flags, 'flagged'), 'offline_silent')), 3), 0
      ),
      'required', case when p_required then 0.1 end,
      'unjudged', 0.05
    );
  end if;
  return jsonb_strip_nulls(v_parts);
end;
$$;
revoke all on function private.worth_parts from public, anon, authenticated, service_role;

-- The cells of one page of the queue, with what a decision on each is worth, the worthiest first.
-- Cells of required variables that nobody judged are worth 0.1 more, which the index does not know.
-- So the queue is two queues, with that bonus and without: each comes out of the index in order and
-- stops at a page, and the page is the best of both.
create function private.queued_cells(
  p_project uuid, p_required uuid[], p_limit int, p_after_worth float8, p_after uuid
)
returns table (id uuid, worth float8)
language plpgsql stable set search_path = ''
as $$
begin
  return query
    with queues (bonus) as (values (0::float8), (0.1::float8))
    select c.id, c.worth
    from queues as q
    cross join lateral (
      select e.id, w.worth
      from public.extractions as e
      cross join lateral (select round((e.worth + q.bonus)::numeric, 4)::float8 as worth) as w
      where e.project_id = p_project and e.worth > 0
        and (q.bonus = 0 or cardinality(p_required) > 0)
        and (e.judged_by is null and e.variable_id = any(p_required)) = (q.bonus > 0)
        -- Where the index begins: a little too early, for the sum is rounded. The next condition is
        -- exact.
        and e.worth <= coalesce(p_after_worth - q.bonus + 0.0001, 'infinity')
        and (
          p_after_worth is null
          or w.worth < p_after_worth
          or (w.worth = p_after_worth and e.id > p_after)
        )
        and exists (select 1 from public.documents as d where d.id = e.document_id and d.deleted_at is null)
      order by e.worth desc, e.id
      limit p_limit
    ) as c
    order by c.worth desc, c.id
    limit p_limit;
end;
$$;
revoke all on function private.queued_cells from public, anon, authenticated, service_role;

-- definer: membership is checked once and the cells are read without a policy a row.
create function public.review_queue(
  p_project uuid, p_limit int default 50, p_after_worth float8 default null, p_after uuid default null
)
returns table (
  worth float8, parts jsonb, extraction_id uuid, revision int,
  document_id uuid, document text, variable_id uuid, key text, label text, row_index int,
  state text, value jsonb, evidence text, verified boolean, confidence float8,
  quote text, page int, box float8[], boxes jsonb, flags text[], absent_reason text,
  original jsonb, suggestion jsonb
)
language plpgsql stable security definer set search_path = ''
as $$
declare
  v_limit int := least(greatest(coalesce(p_limit, 50), 1), 1000);
  v_required uuid[] := array(
    select v.id from public.variables as v where v.project_id = p_project and v.required
  );
begin
  perform private.require_role(p_project, 'viewer');
  return query
    select
      q.worth, private.worth_parts(e, v.required), e.id, e.revision,
      e.document_id, d.name, e.variable_id, v.key, v.label, e.row_index,
      e.state, e.value, e.evidence, e.verified, e.confidence,
      e.quote, e.page, e.box, e.boxes, e.flags, e.absent_reason,
      e.original, e.suggestion
    from private.queued_cells(p_project, v_required, v_limit, p_after_worth, p_after) as q
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
