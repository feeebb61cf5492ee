-- Work that nobody does: tasks due for more than ten minutes, and leases that ran out more than five minutes ago.
select
  'stalled_tasks' as name,
  'warning' as severity,
  t.kind || ' task ' || t.id as subject,
  case t.state when 'queued' then 'due and not claimed' else 'its lease has run out' end as detail,
  coalesce(t.lease_expires_at, t.run_after) as since,
  'is a worker running? see its log, then /metrics' as next_step
from private.tasks as t
where
  (t.state = 'queued' and not t.held and t.run_after < now() - interval '10 minutes')
  or (t.state = 'running' and t.lease_expires_at < now() - interval '5 minutes')
order by since, t.id;
