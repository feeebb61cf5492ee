-- Cells that claim to be verified and whose quote is not on the page they name: never, unless code is wrong.
select
  'unproven_values' as name,
  'error' as severity,
  'extraction ' || e.id as subject,
  'verified, but page ' || e.page || ' is not a page of its document' as detail,
  e.updated_at as since,
  'run the document again and keep the row: it is a defect' as next_step
from public.extractions as e
where
  e.verified
  and not exists (
    select 1
    from public.pages as g
    where g.document_id = e.document_id and g.number = e.page and g.source <> 'none'
  )
order by e.updated_at, e.id;
