-- How each variable did in each project: cells by evidence, share verified, mean confidence.
select
  p.name as project,
  v.key as variable,
  count(*) as cells,
  count(*) filter (where e.state = 'absent') as absent,
  count(*) filter (where e.state = 'failed') as failed,
  round(100.0 * count(*) filter (where e.verified) / nullif(count(*) filter (where e.value is not null), 0), 1) as verified_percent,
  round(avg(e.confidence)::numeric, 3) as mean_confidence
from public.extractions as e
inner join public.variables as v on e.variable_id = v.id
inner join public.projects as p on e.project_id = p.id
group by p.name, v.key, v.position
order by p.name, v.position, v.key;
