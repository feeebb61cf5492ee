-- Takes back 20261123101200_suggestion_checks.
set local lock_timeout = '5s';
drop function private.sift_offers(uuid, text, uuid, jsonb, int), private.offer_fault(uuid, text, uuid, jsonb),
private.text_offered(jsonb, text, int), private.trimmed_offer(text, jsonb);
