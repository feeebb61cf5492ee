-- Takes back 20261123101600_refinement_verbs: nothing is refined; what waits to be compared goes.
set local lock_timeout = '5s';
drop trigger tasks_comparisons on private.tasks;
delete from private.tasks as t
where t.kind = 'refine';
drop function public.start_refinement(uuid), public.compare_refinement(uuid), public.refinement_report(uuid),
public.apply_refinement(uuid, int), public.read_comparison(bigint, uuid), public.finish_comparison(bigint, uuid, jsonb),
private.hold_suggestion(uuid), private.follow_comparison();
