-- Takes back 20261122091000_reviews: judgements are lost, and cells that people made with them.
set local lock_timeout = '5s';
drop function private.tell_judgements(public.extractions[], text, text, text);
drop function private.hold_cells(uuid[], text, int[]);
drop trigger extractions_before_update on public.extractions;
drop function private.before_extraction_update();
drop function private.cell_snapshot(public.extractions);
drop table public.reviews;
delete from public.extraction_events
where action not in ('model_run', 'accept', 'correct', 'reject', 'add');
alter table public.extraction_events drop constraint extraction_events_action_known;
alter table public.extraction_events add constraint extraction_events_action_known check (
  action in ('model_run', 'accept', 'correct', 'reject', 'add')
);
alter table public.extraction_events drop column note, drop column before, drop column undoes;
delete from public.extractions
where origin = 'person';
alter table public.extractions drop constraint extractions_origin_known;
alter table public.extractions add constraint extractions_origin_known check (origin in ('model', 'offline'));
alter table public.extractions drop column revision, drop column original, drop column suggestion;
