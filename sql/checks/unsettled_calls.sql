-- Model calls that were reserved more than fifteen minutes ago and never settled: money that is booked and not known.
select
  'unsettled_calls' as name,
  'warning' as severity,
  'call ' || c.id as subject,
  c.model || ' reserved ' || c.reserved_micros || ' micros' as detail,
  c.created_at as since,
  'it is settled as abandoned when its task is asked again' as next_step
from public.llm_calls as c
where c.state = 'reserved' and c.created_at < now() - interval '15 minutes'
order by c.created_at, c.id;
