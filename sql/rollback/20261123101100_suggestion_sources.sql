-- Takes back 20261123101100_suggestion_sources.
set local lock_timeout = '5s';
drop function private.rule_offers(public.schema_suggestions), private.printed_variables(uuid[]), private.mistakes(uuid),
private.wrong_marks(uuid), private.excerpts(uuid[], int), private.held_out(uuid);
