-- The review queue: cells in the order of what a decision on them is worth, each with the parts of that worth.
set local lock_timeout = '5s';

-- What speaks for a look at a cell; the worth is the sum. A cell that was judged is worth one again when somebody flags it or a
-- newer answer says something else than both the person and the answer the person saw.
--   asked 1          a person's flag
--   disagreement 0.8 a newer answer beside the judgement says something new
--   doubt 0-1        a value: 1 - confidence; a failure 0.6; an absence 0.5 where the pages, the rules or the reason speak
--                    against it, 0.3 where the offline extractor was silent, else 0.15
--   unverified 0.3   a value without proof
--   flags 0.1-0.3    0.1 a flag of the run
--   required 0.1     the variable is required
--   unjudged 0.05    nobody has judged it
create function private.review_worth(p_cell public.extractions, p_required boolean)
returns jsonb
language sql stable set search_path = ''
as $$
  select jsonb_strip_nulls(jsonb_build_object(
    'asked', case when 'flagged' = any(p_cell.flags) then 1 end,
    'disagreement', case
      when p_cell.suggestion is not null
        and p_cell.suggestion -> 'value' is distinct from coalesce(p_cell.value, 'null'::jsonb)
        and (p_cell.original is null or p_cell.suggestion -> 'value' is distinct from p_cell.original -> 'value')
        then 0.8
    end,
    'doubt', case
      when p_cell.judged_by is not null then null
      when p_cell.state = 'failed' then 0.6
      when p_cell.state = 'proposed' then round((1 - p_cell.confidence)::numeric, 4)
      when p_cell.absent_reason in ('illegible', 'ambiguous') or p_cell.flags && array['unread_pages', 'required', 'truncated'] then 0.5
      when 'offline_silent' = any(p_cell.flags) then 0.3
      else 0.15
    end,
    'unverified', case when p_cell.judged_by is null and p_cell.state = 'proposed' and not p_cell.verified then 0.3 end,
    'flags', case
      when p_cell.judged_by is null then nullif(least(
        cardinality(array_remove(array_remove(p_cell.flags, 'flagged'), 'offline_silent')), 3
      ), 0) / 10.0
    end,
    'required', case when p_cell.judged_by is null and p_required then 0.1 end,
    'unjudged', case when p_cell.judged_by is null then 0.05 end
  ));
$$;

-- The cells of a project that are worth a look, the worthiest first. Page on with worth and extraction_id of the last row.
-- definer: membership is checked once and the cells are read without a policy a row.
create function public.review_queue(p_project uuid, p_limit int default 50, p_after_worth float8 default null, p_after uuid default null)
returns table (
  worth float8, parts jsonb, extraction_id uuid, revision int, document_id uuid, document text, variable_id uuid, key text, label text,
  row_index int, state text, value jsonb, evidence text, verified boolean, confidence float8, quote text, page int, box float8[],
  boxes jsonb, flags text[], absent_reason text, original jsonb, suggestion jsonb
)
language plpgsql stable security definer set search_path = ''
as $$
begin
  perform private.require_role(p_project, 'viewer');
  return query
    with weighed as (
      select e.id, w.parts, (select sum(t.value::numeric)::float8 from jsonb_each_text(w.parts) as t) as worth
      from public.extractions as e
      inner join public.documents as d on d.id = e.document_id and d.deleted_at is null
      inner join public.variables as v on v.id = e.variable_id
      cross join lateral private.review_worth(e, v.required) as w (parts)
      where e.project_id = p_project
        and (e.judged_by is null or 'flagged' = any(e.flags) or e.suggestion is not null)
    ),
    queue as (
      select w.* from weighed as w
      where w.worth > 0 and (p_after_worth is null or w.worth < p_after_worth or (w.worth = p_after_worth and w.id > p_after))
      order by w.worth desc, w.id
      limit least(greatest(coalesce(p_limit, 50), 1), 1000)
    )
    select q.worth, q.parts, e.id, e.revision, e.document_id, d.name, e.variable_id, v.key, v.label, e.row_index, e.state, e.value,
      e.evidence, e.verified, e.confidence, e.quote, e.page, e.box, e.boxes, e.flags, e.absent_reason, e.original, e.suggestion
    from queue as q
    inner join public.extractions as e on e.id = q.id
    inner join public.documents as d on d.id = e.document_id
    inner join public.variables as v on v.id = e.variable_id
    order by q.worth desc, q.id;
end;
$$;

revoke all on function private.review_worth(public.extractions, boolean), public.review_queue(uuid, int, float8, uuid)
from public, anon, authenticated, service_role;
grant execute on function public.review_queue(uuid, int, float8, uuid) to authenticated;
