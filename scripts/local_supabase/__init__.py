"""The local Supabase: the real stack where there is no Docker, on one machine, without containers.

Real are Postgres, PostgREST and the Supabase CLI. Auth, Storage and Realtime are stand-ins that do
the calls that Dossier, its workbench and its tests make, and answer 501 by name to anything else.

- `cli/`: the command line (`scripts/supabase`), the order in which a stack's parts come and go,
  migrations, and the wrapper of the real CLI that applies them.
- `database/`: the cluster, its server process, the platform's roles and schemas.
- `gateway/`: the one address of a stack; it passes on to PostgREST and mounts the three stand-ins.
- `auth/`, `storage/`, `realtime/`: a stand-in each.
- Beside them is what the folders share: `machine` (what is installed, who runs Postgres), `state`
  (what is kept of a stack on disk), `daemons` and `ports`, `errors`, `keys` and `tokens`, `stack`
  (what the gateway gives to each stand-in) and `callers` (who is calling). They import no folder.
"""
