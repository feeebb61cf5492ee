-- Ready-made schema templates: six kinds of documents that many projects begin with.
set local lock_timeout = '5s';

insert into public.schema_templates (name, description, context, variables)
values
('Invoice', 'Who bills whom, for how much, and until when it is to be paid.', '{"document_kind": "invoice", "row_unit": "document"}', $json$[
  {"key": "invoice_number", "label": "Invoice number", "type": "text", "required": true,
   "instructions": "The number that the issuer gave the invoice, as printed.", "aliases": ["Invoice no.", "Invoice #", "Bill number"]},
  {"key": "invoice_date", "label": "Invoice date", "type": "date", "required": true,
   "instructions": "The date of issue, not that of delivery or payment.", "aliases": ["Date of issue"]},
  {"key": "seller", "label": "Seller", "type": "text", "required": true, "instructions": "The business that issues the invoice: its name alone."},
  {"key": "buyer", "label": "Buyer", "type": "text", "instructions": "Who is billed: the name alone.", "aliases": ["Bill to", "Customer"]},
  {"key": "net_amount", "label": "Net amount", "type": "money", "instructions": "The sum before taxes.", "aliases": ["Subtotal"]},
  {"key": "tax_amount", "label": "Tax", "type": "money", "instructions": "The sum of all taxes.", "aliases": ["VAT", "Sales tax", "GST"]},
  {"key": "total_amount", "label": "Total", "type": "money", "required": true, "instructions": "What is to be paid in the end, taxes included.",
   "aliases": ["Amount due", "Grand total"]},
  {"key": "due_date", "label": "Due date", "type": "date", "instructions": "The day by which it is to be paid, where one is printed.",
   "aliases": ["Payment due", "Pay by"]},
  {"key": "account", "label": "Account", "type": "text", "instructions": "The IBAN or account number to pay to.", "aliases": ["IBAN"]}
]$json$),
('Contract', 'Parties, term, money and the ways out.', '{"document_kind": "contract", "row_unit": "document"}', $json$[
  {"key": "parties", "label": "Parties", "type": "text", "multiple": true, "required": true, "instructions": "Each party by its full name."},
  {"key": "contract_kind", "label": "Kind of contract", "type": "category",
   "categories": ["service", "sale", "lease", "employment", "licence", "confidentiality", "loan", "partnership"],
   "instructions": "What the contract mainly is, judged by its title and purpose.", "rules": {"other_allowed": true}},
  {"key": "signed_on", "label": "Signed on", "type": "date", "instructions": "The latest date of signature."},
  {"key": "effective_from", "label": "Effective from", "type": "date", "instructions": "The day from which it binds the parties."},
  {"key": "ends_on", "label": "Ends on", "type": "date", "instructions": "The day on which it ends by itself, where one is fixed."},
  {"key": "contract_value", "label": "Value", "type": "money", "instructions": "The price or fee that is agreed in all, not an instalment."},
  {"key": "notice_period", "label": "Notice period", "type": "text", "instructions": "How long before its end notice is to be given, as worded."},
  {"key": "renews", "label": "Renews by itself", "type": "boolean", "instructions": "Whether it goes on unless somebody gives notice."},
  {"key": "governing_law", "label": "Governing law", "type": "location", "instructions": "The country or state whose law applies."}
]$json$),
('Curriculum vitae', 'A person''s way: contact, education, work and skills.', '{"document_kind": "curriculum vitae", "row_unit": "document"}', $json$[
  {"key": "full_name", "label": "Name", "type": "text", "required": true, "instructions": "The full name of the person."},
  {"key": "email", "label": "E-mail", "type": "text", "instructions": "The e-mail address.",
   "rules": {"pattern": "[^@\\s]+@[^@\\s]+\\.[^@\\s]+", "message": "This is no e-mail address."}},
  {"key": "lives_in", "label": "Lives in", "type": "location", "instructions": "The town or country of residence."},
  {"key": "current_position", "label": "Current position", "type": "text", "instructions": "The latest position by its title."},
  {"key": "current_employer", "label": "Current employer", "type": "text", "instructions": "The organisation of the latest position."},
  {"key": "highest_degree", "label": "Highest degree", "type": "category", "categories": ["none", "school", "vocational", "bachelor", "master", "doctorate"],
   "instructions": "The highest degree that was completed."},
  {"key": "work_since", "label": "Works since", "type": "date", "instructions": "When the first position after education began."},
  {"key": "skills", "label": "Skills", "type": "text", "multiple": true, "max_values": 50, "instructions": "Each skill that is listed, as worded."},
  {"key": "languages", "label": "Languages", "type": "text", "multiple": true, "instructions": "Each language that the person speaks."}
]$json$),
('Research article', 'What was asked, how, with whom and what came out.', '{"document_kind": "research article", "row_unit": "document"}', $json$[
  {"key": "title", "label": "Title", "type": "text", "required": true, "instructions": "The full title of the article."},
  {"key": "authors", "label": "Authors", "type": "text", "multiple": true, "max_values": 100, "instructions": "Each author as named under the title."},
  {"key": "published", "label": "Published", "type": "date", "instructions": "The date of publication, as precise as printed."},
  {"key": "journal", "label": "Journal", "type": "text", "instructions": "The journal or conference that published it."},
  {"key": "study_design", "label": "Study design", "type": "category",
   "categories": ["experiment", "randomised trial", "cohort", "case-control", "cross-sectional", "survey", "qualitative", "review", "theory"],
   "instructions": "How the study was made, in its own words.", "rules": {"other_allowed": true}},
  {"key": "sample_size", "label": "Sample size", "type": "number", "rules": {"min": 0},
   "instructions": "How many units were analysed in the end, not how many were invited."},
  {"key": "study_country", "label": "Country", "type": "location", "multiple": true, "instructions": "Each country in which data were collected."},
  {"key": "main_finding", "label": "Main finding", "type": "text", "instructions": "The sentence that states the main result, verbatim."},
  {"key": "funded", "label": "Funding stated", "type": "boolean", "instructions": "Whether the article names who paid for the study."},
  {"key": "funders", "label": "Funders", "type": "text", "multiple": true, "depends_on": {"key": "funded", "equals": true},
   "instructions": "Each funder by name."}
]$json$),
('Incident report', 'What happened, where, to whom and what followed.', '{"document_kind": "incident report", "row_unit": "entity",
  "entity_pattern": "One incident: something that happened at one place and time. Several reports of the same event are one incident."}', $json$[
  {"key": "incident_date", "label": "Date", "type": "date", "required": true, "instructions": "When it happened, not when it was reported."},
  {"key": "place", "label": "Place", "type": "location", "required": true, "instructions": "Where it happened, as precise as the document says."},
  {"key": "incident_kind", "label": "Kind", "type": "category",
   "categories": ["accident", "fire", "violence", "theft", "natural event", "technical failure", "health", "protest"],
   "instructions": "What happened in the first place.", "rules": {"other_allowed": true}},
  {"key": "summary", "label": "What happened", "type": "text", "instructions": "The sentence that says it best, verbatim."},
  {"key": "injured", "label": "Injured", "type": "number", "rules": {"min": 0}, "instructions": "How many people were injured; 0 only where the document says so."},
  {"key": "killed", "label": "Killed", "type": "number", "rules": {"min": 0}, "instructions": "How many people died; 0 only where the document says so."},
  {"key": "cause", "label": "Cause", "type": "text", "instructions": "The cause, where one is stated; suspected causes are none."},
  {"key": "damage", "label": "Damage", "type": "money", "instructions": "The damage in money, where it is stated."}
]$json$),
('Court decision', 'Court, parties, question and outcome.', '{"document_kind": "court decision", "row_unit": "document"}', $json$[
  {"key": "court", "label": "Court", "type": "text", "required": true, "instructions": "The court that decides, by its full name."},
  {"key": "case_number", "label": "Case number", "type": "text", "required": true, "instructions": "The number of the case, as printed.",
   "aliases": ["Docket no.", "File number"]},
  {"key": "decided_on", "label": "Decided on", "type": "date", "required": true, "instructions": "The date of the decision, not that of the hearing."},
  {"key": "claimant", "label": "Claimant", "type": "text", "instructions": "Who claims, appeals or prosecutes.", "aliases": ["Plaintiff", "Appellant"]},
  {"key": "defendant", "label": "Defendant", "type": "text", "instructions": "Against whom.", "aliases": ["Respondent", "Appellee"]},
  {"key": "legal_field", "label": "Field of law", "type": "category",
   "categories": ["civil", "criminal", "administrative", "constitutional", "labour", "tax", "family"],
   "instructions": "The field of law that the case belongs to.", "rules": {"other_allowed": true}},
  {"key": "outcome", "label": "Outcome", "type": "category", "categories": ["granted", "granted in part", "dismissed", "remanded", "settled"],
   "instructions": "What became of the claim or appeal."},
  {"key": "provisions", "label": "Provisions", "type": "text", "multiple": true, "max_values": 100, "instructions": "Each provision that the decision rests on."},
  {"key": "amount_awarded", "label": "Amount awarded", "type": "money", "depends_on": {"key": "outcome", "in": ["granted", "granted in part"]},
   "instructions": "The sum that is to be paid under the decision."}
]$json$);
