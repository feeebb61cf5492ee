-- What happened in the newest jobs: counts, calls, tokens and money, newest first.
select
  j.created_at,
  p.name as project,
  j.kind,
  j.state,
  j.documents_done,
  j.documents_failed,
  j.documents_total,
  j.model_calls,
  j.input_tokens,
  j.output_tokens,
  j.cost_micros / 1e6 as cost,
  coalesce(j.finished_at, now()) - j.started_at as took
from public.jobs as j
inner join public.projects as p on j.project_id = p.id
order by j.created_at desc, j.id asc
limit 50;
