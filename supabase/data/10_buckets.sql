-- Buckets: documents (what people upload) and exports (what the worker writes), with the media types each takes.

insert into storage.buckets (id, name, public, file_size_limit, allowed_mime_types)
values
('documents', 'documents', false, 524288000, array[
  'application/pdf', 'image/png', 'image/jpeg', 'image/tiff', 'text/plain', 'text/html', 'text/csv',
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'
]),
('exports', 'exports', false, 524288000, array[
  'text/csv', 'application/json', 'application/x-ndjson', 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'
])
on conflict (id) do update
  set
    public = excluded.public,
    file_size_limit = excluded.file_size_limit,
    allowed_mime_types = excluded.allowed_mime_types;
