-- Foundation: the private schema, closed defaults, and how a verb refuses.

-- Default privileges are additive: only the form without "in schema" takes back PUBLIC's execute.
alter default privileges revoke execute on functions from public;

create schema private;

comment on schema private is 'Queue, helpers and predicates. Never in the exposed schemas.';

revoke all on schema private from public;

revoke create on schema public from public;

grant usage on schema public to anon, authenticated, service_role;

grant usage on schema private to authenticated, service_role;

-- Ends the statement with HTTP status p_status. The message must be a constant sentence: it becomes the HTTP reason.
create function private.refuse(p_status int, p_code text, p_message text, p_hint text default '')
returns void
language plpgsql immutable set search_path = ''
as $$
begin
  raise exception using errcode = 'PT' || p_status, message = p_message, detail = p_code, hint = p_hint;
end;
$$;
revoke all on function private.refuse from public, anon, authenticated, service_role;
grant execute on function private.refuse to authenticated, service_role;

-- Roles as numbers, the most powerful the greatest; 0 for no role.
create function private.role_rank(p_role text)
returns int
language sql immutable parallel safe set search_path = ''
as $$
  select case p_role
    when 'owner' then 4
    when 'editor' then 3
    when 'reviewer' then 2
    when 'viewer' then 1
    else 0
  end;
$$;
revoke all on function private.role_rank from public, anon, authenticated, service_role;
grant execute on function private.role_rank to authenticated, service_role;

-- The id that a client, such as the service, gave its request in X-Request-Id; null without one.
create function private.request_id()
returns text
language sql stable set search_path = ''
as $$
  select left(nullif(current_setting('request.headers', true), '')::jsonb ->> 'x-request-id', 128);
$$;
revoke all on function private.request_id from public, anon, authenticated, service_role;

-- Sets updated_at, so that no caller can forget it or choose it.
create function private.touch()
returns trigger
language plpgsql set search_path = ''
as $$
begin
  new.updated_at := now();
  return new;
end;
$$;
revoke all on function private.touch from public, anon, authenticated, service_role;

-- Refuses with a fault {code, field, next step}; does nothing where it is null. p_path stands before the field in the
-- hint, as in variables[3].key.
create function private.refuse_fault(p_fault text[], p_path text default '')
returns void
language plpgsql immutable set search_path = ''
as $$
begin
  if p_fault is not null then
    perform private.refuse(422, p_fault[1], 'A field is not valid', p_path || p_fault[2] || ': ' || p_fault[3]);
  end if;
end;
$$;
revoke all on function private.refuse_fault from public, anon, authenticated, service_role;
grant execute on function private.refuse_fault to authenticated, service_role;

-- A calendar date at its own precision: 2024, 2024-05 or 2024-05-01.
create function private.is_iso_date(p_text text)
returns boolean
language sql immutable parallel safe set search_path = ''
as $$
  select case
    when p_text ~ '^(?!0000)[0-9]{4}-(0[1-9]|1[0-2])-[0-9]{2}$' then
      right(p_text, 2)::int between 1 and extract(
        day from make_date(left(p_text, 4)::int, substr(p_text, 6, 2)::int, 1) + interval '1 month' - interval '1 day'
      )
    else p_text ~ '^(?!0000)[0-9]{4}(-(0[1-9]|1[0-2]))?$'
  end;
$$;
revoke all on function private.is_iso_date from public, anon, authenticated, service_role;
grant execute on function private.is_iso_date to authenticated, service_role; -- metadata is checked as who writes it
