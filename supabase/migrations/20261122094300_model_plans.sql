-- Model plans: what workers ask with, and the sizes that an estimate needs: of documents, of calls, of the prompt itself.
set local lock_timeout = '5s';

create table private.model_plans (
  model text primary key,
  input_price float8 not null,
  output_price float8 not null,
  concurrency int not null,
  prompt_bytes int not null,
  told_at timestamptz not null default clock_timestamp(),
  constraint model_plans_prices_positive check (input_price >= 0 and output_price >= 0),
  constraint model_plans_concurrency_positive check (concurrency > 0),
  constraint model_plans_prompt_positive check (prompt_bytes >= 0)
);
comment on table private.model_plans is 'What workers said they ask with; the newest counts. Prices are per million tokens; prompt_bytes is what every prompt holds.';
alter table private.model_plans enable row level security; -- no policy: told by estimates
revoke all on table private.model_plans from public, anon, authenticated, service_role;

alter table public.llm_calls add column input_bytes int;
alter table public.llm_calls add column variables int;
comment on column public.llm_calls.input_bytes is 'UTF-8 bytes of the messages: with the tokens counted, what a byte costs here.';
comment on column public.llm_calls.variables is 'How many variables it asked for.';
alter table public.documents add column text_bytes bigint;
comment on column public.documents.text_bytes is 'UTF-8 bytes of the document as a prompt shows it: pages, zone numbers and text.';

-- Counted as prompts are written: a mark a page, a number a zone, four blanks a line that is not the first.
create function private.text_bytes(p_document uuid)
returns bigint
language sql stable security definer set search_path = ''
as $$
  with shown as (
    select g.number, g.source, g.text, (select count(*) from public.zones as z where z.document_id = g.document_id and z.page = g.number) as zones
    from public.pages as g
    where g.document_id = p_document
  )
  select coalesce(sum(
    octet_length(s.number::text) + 14 + 1
    + case
      when s.source = 'none' then 18
      when s.zones = 0 then 4 + octet_length(s.text) + 4 * (length(s.text) - length(replace(s.text, e'\n', '')))
      else 0
    end
  ), 0)::bigint + coalesce((
    select sum(octet_length(z.position::text) + 4 + octet_length(z.text) + 4 * (length(z.text) - length(replace(z.text, e'\n', ''))))
    from public.zones as z
    inner join shown as t on t.number = z.page and t.source <> 'none'
    where z.document_id = p_document
  ), 0)::bigint
  from shown as s;
$$;

create function private.before_document_ready()
returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  new.text_bytes := private.text_bytes(new.id);
  return new;
end;
$$;
create trigger documents_text_bytes before update on public.documents for each row
when (new.state = 'ready' and new.parsed_at is distinct from old.parsed_at) execute function private.before_document_ready();
update public.documents as d set text_bytes = private.text_bytes(d.id)
where d.state = 'ready';

-- A worker says what it asks with; no worker with another plan is forgotten, the newest counts.
-- definer: the worker may call verbs and may not touch private tables.
create function public.announce_model(p_model text, p_input_price float8, p_output_price float8, p_concurrency int, p_prompt_bytes int)
returns void
language sql volatile security definer set search_path = ''
as $$
  insert into private.model_plans as m (model, input_price, output_price, concurrency, prompt_bytes)
  values (p_model, p_input_price, p_output_price, p_concurrency, p_prompt_bytes)
  on conflict (model) do update
  set input_price = excluded.input_price, output_price = excluded.output_price, concurrency = excluded.concurrency,
    prompt_bytes = excluded.prompt_bytes, told_at = clock_timestamp();
$$;

revoke all on function private.text_bytes(uuid), private.before_document_ready(),
public.announce_model(text, float8, float8, int, int) from public, anon, authenticated, service_role;
grant execute on function public.announce_model(text, float8, float8, int, int) to service_role;
