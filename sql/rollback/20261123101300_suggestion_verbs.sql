-- Takes back 20261123101300_suggestion_verbs: nobody asks for suggestions; those that wait go.
set local lock_timeout = '5s';
drop trigger tasks_suggestions on private.tasks;
delete from private.tasks as t
where t.kind = 'suggest';
drop function public.start_suggestion(uuid, text, uuid[], uuid), public.read_suggestion(bigint, uuid),
public.finish_suggestion(bigint, uuid, text, jsonb, text), private.queue_suggestion(uuid, text, uuid[], uuid), private.follow_suggestion();
