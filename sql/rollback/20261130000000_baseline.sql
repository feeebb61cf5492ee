-- Takes back all that the baseline made, but for the buckets: what people uploaded is in them.
set local lock_timeout = '5s';

SET local check_function_bodies = off;

ALTER DEFAULT PRIVILEGES FOR ROLE "postgres" GRANT EXECUTE ON FUNCTIONS TO PUBLIC;

DROP POLICY "comparison_answers_select_member" ON "public"."comparison_answers";

DROP POLICY "document_imports_select_member" ON "public"."document_imports";

DROP POLICY "documents_select_member" ON "public"."documents";

DROP POLICY "documents_update_editor" ON "public"."documents";

DROP POLICY "entity_rows_select_member" ON "public"."entity_rows";

DROP POLICY "events_select_member" ON "public"."events";

DROP POLICY "exports_select_member" ON "public"."exports";

DROP POLICY "extraction_events_select_member" ON "public"."extraction_events";

DROP POLICY "extractions_select_member" ON "public"."extractions";

DROP POLICY "golden_examples_delete_editor" ON "public"."golden_examples";

DROP POLICY "golden_examples_insert_editor" ON "public"."golden_examples";

DROP POLICY "golden_examples_select_member" ON "public"."golden_examples";

DROP POLICY "golden_examples_update_editor" ON "public"."golden_examples";

DROP POLICY "invitations_select_concerned" ON "public"."invitations";

DROP POLICY "jobs_select_member" ON "public"."jobs";

DROP POLICY "llm_calls_select_editor" ON "public"."llm_calls";

DROP POLICY "pages_select_member" ON "public"."pages";

DROP POLICY "profiles_select_colleague" ON "public"."profiles";

DROP POLICY "project_limits_select_member" ON "public"."project_limits";

DROP POLICY "project_members_select_member" ON "public"."project_members";

DROP POLICY "projects_select_member" ON "public"."projects";

DROP POLICY "projects_update_editor" ON "public"."projects";

DROP POLICY "reviews_select_member" ON "public"."reviews";

DROP POLICY "schema_suggestions_select_member" ON "public"."schema_suggestions";

DROP POLICY "schema_versions_select_member" ON "public"."schema_versions";

DROP POLICY "variables_delete_editor" ON "public"."variables";

DROP POLICY "variables_insert_editor" ON "public"."variables";

DROP POLICY "variables_select_member" ON "public"."variables";

DROP POLICY "variables_update_editor" ON "public"."variables";

DROP POLICY "zones_select_member" ON "public"."zones";

DROP POLICY "dossier_messages_insert_member" ON "realtime"."messages";

DROP POLICY "dossier_messages_select_member" ON "realtime"."messages";

DROP POLICY "dossier_objects_delete_uploader" ON "storage"."objects";

DROP POLICY "dossier_objects_insert_editor" ON "storage"."objects";

DROP POLICY "dossier_objects_select_member" ON "storage"."objects";

DROP TRIGGER "dossier_add_profile" ON "auth"."users";

DROP VIEW "public"."results_long";

DROP VIEW "private"."answers";

ALTER TABLE "private"."page_words"
  DROP CONSTRAINT "page_words_document_id_number_fkey";

ALTER TABLE "private"."tasks"
  DROP CONSTRAINT "tasks_document_id_fkey";

ALTER TABLE "private"."tasks"
  DROP CONSTRAINT "tasks_export_exists";

ALTER TABLE "private"."tasks"
  DROP CONSTRAINT "tasks_job_exists";

ALTER TABLE "private"."tasks"
  DROP CONSTRAINT "tasks_project_id_fkey";

ALTER TABLE "public"."comparison_answers"
  DROP CONSTRAINT "comparison_answers_extraction_id_fkey";

ALTER TABLE "public"."comparison_answers"
  DROP CONSTRAINT "comparison_answers_project_id_fkey";

ALTER TABLE "public"."comparison_answers"
  DROP CONSTRAINT "comparison_answers_suggestion_id_fkey";

ALTER TABLE "public"."document_imports"
  DROP CONSTRAINT "document_imports_project_id_fkey";

ALTER TABLE "public"."documents"
  DROP CONSTRAINT "documents_import_id_fkey";

ALTER TABLE "public"."documents"
  DROP CONSTRAINT "documents_project_id_fkey";

ALTER TABLE "public"."entity_rows"
  DROP CONSTRAINT "entity_rows_document_id_fkey";

ALTER TABLE "public"."entity_rows"
  DROP CONSTRAINT "entity_rows_project_id_fkey";

ALTER TABLE "public"."exports"
  DROP CONSTRAINT "exports_project_id_fkey";

ALTER TABLE "public"."extraction_events"
  DROP CONSTRAINT "extraction_events_extraction_id_fkey";

ALTER TABLE "public"."extraction_events"
  DROP CONSTRAINT "extraction_events_project_id_fkey";

ALTER TABLE "public"."extractions"
  DROP CONSTRAINT "extractions_document_id_fkey";

ALTER TABLE "public"."extractions"
  DROP CONSTRAINT "extractions_job_id_fkey";

ALTER TABLE "public"."extractions"
  DROP CONSTRAINT "extractions_project_id_fkey";

ALTER TABLE "public"."extractions"
  DROP CONSTRAINT "extractions_schema_version_id_fkey";

ALTER TABLE "public"."extractions"
  DROP CONSTRAINT "extractions_variable_id_fkey";

ALTER TABLE "public"."golden_examples"
  DROP CONSTRAINT "golden_examples_document_id_fkey";

ALTER TABLE "public"."golden_examples"
  DROP CONSTRAINT "golden_examples_project_id_fkey";

ALTER TABLE "public"."golden_examples"
  DROP CONSTRAINT "golden_examples_variable_id_fkey";

ALTER TABLE "public"."invitations"
  DROP CONSTRAINT "invitations_project_id_fkey";

ALTER TABLE "public"."jobs"
  DROP CONSTRAINT "jobs_project_id_fkey";

ALTER TABLE "public"."jobs"
  DROP CONSTRAINT "jobs_schema_version_id_fkey";

ALTER TABLE "public"."llm_calls"
  DROP CONSTRAINT "llm_calls_document_id_fkey";

ALTER TABLE "public"."llm_calls"
  DROP CONSTRAINT "llm_calls_job_id_fkey";

ALTER TABLE "public"."llm_calls"
  DROP CONSTRAINT "llm_calls_project_id_fkey";

ALTER TABLE "public"."pages"
  DROP CONSTRAINT "pages_document_id_fkey";

ALTER TABLE "public"."profiles"
  DROP CONSTRAINT "profiles_id_fkey";

ALTER TABLE "public"."project_limits"
  DROP CONSTRAINT "project_limits_project_id_fkey";

ALTER TABLE "public"."project_members"
  DROP CONSTRAINT "project_members_project_id_fkey";

ALTER TABLE "public"."project_members"
  DROP CONSTRAINT "project_members_user_id_fkey";

ALTER TABLE "public"."reviews"
  DROP CONSTRAINT "reviews_extraction_id_fkey";

ALTER TABLE "public"."reviews"
  DROP CONSTRAINT "reviews_project_id_fkey";

ALTER TABLE "public"."schema_suggestions"
  DROP CONSTRAINT "schema_suggestions_applied_version_id_fkey";

ALTER TABLE "public"."schema_suggestions"
  DROP CONSTRAINT "schema_suggestions_project_id_fkey";

ALTER TABLE "public"."schema_suggestions"
  DROP CONSTRAINT "schema_suggestions_variable_id_fkey";

ALTER TABLE "public"."schema_templates"
  DROP CONSTRAINT "schema_templates_owner_id_fkey";

ALTER TABLE "public"."schema_versions"
  DROP CONSTRAINT "schema_versions_project_id_fkey";

ALTER TABLE "public"."variables"
  DROP CONSTRAINT "variables_project_id_fkey";

ALTER TABLE "public"."zones"
  DROP CONSTRAINT "zones_document_id_fkey";

DROP FUNCTION "private"."abandon_calls"(private.tasks);

DROP FUNCTION "private"."adapt_concurrency"(public.llm_calls, text, text);

DROP FUNCTION "private"."add_event"(uuid, text, uuid, text, jsonb);

DROP FUNCTION "private"."add_profile"();

DROP FUNCTION "private"."after_export_failed"(private.tasks);

DROP FUNCTION "private"."after_parse_failed"(private.tasks);

DROP FUNCTION "private"."amount"(jsonb);

DROP FUNCTION "private"."asked"(public.variables);

DROP FUNCTION "private"."asked_of_document"(jsonb, uuid, text);

DROP FUNCTION "private"."book"(uuid, uuid, bigint, bigint, integer, integer, integer);

DROP FUNCTION "private"."bring_back"(public.extractions, jsonb);

DROP FUNCTION "private"."bury_task"(bigint, text, text);

DROP FUNCTION "private"."calls_begun"(uuid);

DROP FUNCTION "private"."calls_left"(uuid, text[]);

DROP FUNCTION "private"."cell_hint"(public.variables);

DROP FUNCTION "private"."cell_snapshot"(public.extractions);

DROP FUNCTION "private"."cells_held"(uuid, jsonb);

DROP FUNCTION "private"."check_cells_named"(uuid[], text, integer[]);

DROP FUNCTION "private"."check_expected_version"(uuid, integer);

DROP FUNCTION "private"."check_export_options"(uuid, jsonb);

DROP FUNCTION "private"."check_page"(uuid, uuid, text, text, text, jsonb);

DROP FUNCTION "private"."check_place"(uuid, private.place);

DROP FUNCTION "private"."check_suggestion"(uuid, text, uuid[], uuid);

DROP FUNCTION "private"."check_value"(uuid, jsonb);

DROP FUNCTION "private"."choose_documents"(uuid, uuid[], integer, integer, bigint);

DROP FUNCTION "private"."clear_gone_rows"(uuid);

DROP FUNCTION "private"."close_task"(bigint, text, text, text);

DROP FUNCTION "private"."codebook"(uuid);

DROP FUNCTION "private"."conclude_judgement"(public.extractions[], text, text);

DROP FUNCTION "private"."condition_fits"(jsonb);

DROP FUNCTION "private"."context_fault"(jsonb);

DROP FUNCTION "private"."count_extract"(private.tasks, text);

DROP FUNCTION "private"."count_import_rows"(public.document_imports, jsonb, jsonb);

DROP FUNCTION "private"."cross_faults"(jsonb, jsonb, jsonb);

DROP FUNCTION "private"."cross_signals"(text[], double precision, jsonb);

DROP FUNCTION "private"."current_version"(uuid);

DROP FUNCTION "private"."day_before"(jsonb, jsonb);

DROP FUNCTION "private"."delete_added_cell"(public.extractions);

DROP FUNCTION "private"."dependency_fault"(uuid);

DROP FUNCTION "private"."document_units"(private.unit_query);

DROP FUNCTION "private"."due_tasks"(text[], integer);

DROP FUNCTION "private"."end_project"(uuid);

DROP FUNCTION "private"."enqueue_parse"(public.documents);

DROP FUNCTION "private"."enqueue_project_sweeps"(uuid);

DROP FUNCTION "private"."entity_cells"(private.tasks, jsonb);

DROP FUNCTION "private"."entry_fault"(jsonb);

DROP FUNCTION "private"."examples"(uuid);

DROP FUNCTION "private"."excerpt"(uuid, integer);

DROP FUNCTION "private"."excerpts"(uuid[], integer);

DROP FUNCTION "private"."export_of_file"(text);

DROP FUNCTION "private"."export_variables"(private.tasks);

DROP FUNCTION "private"."export_warnings"(uuid, jsonb, jsonb);

DROP FUNCTION "private"."field_has_form"(text, text, boolean, jsonb);

DROP FUNCTION "private"."filtered_units"(private.unit_query);

DROP FUNCTION "private"."find_or_make_cell"(public.documents, uuid, integer);

DROP FUNCTION "private"."first_answer"(public.extractions);

DROP FUNCTION "private"."free_key"(uuid, text);

DROP FUNCTION "private"."has_type"(text, jsonb);

DROP FUNCTION "private"."held_out"(uuid);

DROP FUNCTION "private"."hold_cells"(uuid[], text, integer[]);

DROP FUNCTION "private"."hold_suggestion"(uuid);

DROP FUNCTION "private"."hold_task"(bigint, uuid, text);

DROP FUNCTION "private"."ignored_fields"();

DROP FUNCTION "private"."import_remarks"(public.document_imports, jsonb);

DROP FUNCTION "private"."instruction_offers"(public.schema_suggestions);

DROP FUNCTION "private"."is_cell_of"(public.variables, jsonb);

DROP FUNCTION "private"."is_claimed"(text);

DROP FUNCTION "private"."is_iso_date"(text);

DROP FUNCTION "private"."is_right"(public.extractions, text, jsonb);

DROP FUNCTION "private"."is_value_of"(public.variables, jsonb);

DROP FUNCTION "private"."job_models"(uuid);

DROP FUNCTION "private"."keep_an_owner"(uuid, uuid);

DROP FUNCTION "private"."label_key"(text);

DROP FUNCTION "private"."last_judgement"(uuid, uuid);

DROP FUNCTION "private"."lease_tasks"(bigint[], text, integer);

DROP FUNCTION "private"."listing_fault"(public.variables[], jsonb, public.variables);

DROP FUNCTION "private"."lock_queue"();

DROP FUNCTION "private"."lock_schema"(uuid);

DROP FUNCTION "private"."looks_like"(text, text);

DROP FUNCTION "private"."mark_no_entities"(uuid, boolean);

DROP FUNCTION "private"."marked_cells"(uuid);

DROP FUNCTION "private"."mistakes"(uuid);

DROP FUNCTION "private"."my_colleagues"();

DROP FUNCTION "private"."my_projects"(text);

DROP FUNCTION "private"."new_variable"(uuid);

DROP FUNCTION "private"."next_row_index"(uuid);

DROP FUNCTION "private"."next_units"(private.unit_query, text);

DROP FUNCTION "private"."offer_fault"(uuid, text, uuid, jsonb);

DROP FUNCTION "private"."offer_fields"(text);

DROP FUNCTION "private"."offered_instructions_fault"(uuid, jsonb);

DROP FUNCTION "private"."offered_row_unit_fault"(uuid, jsonb);

DROP FUNCTION "private"."offered_variable_fault"(uuid, jsonb);

DROP FUNCTION "private"."offers_text"(jsonb, text, integer);

DROP FUNCTION "private"."overview"(uuid);

DROP FUNCTION "private"."own_columns"();

DROP FUNCTION "private"."page_units"(private.unit_query);

DROP FUNCTION "private"."parsed_pages"(uuid);

DROP FUNCTION "private"."parsed_zones"(uuid);

DROP FUNCTION "private"."path_project"(text);

DROP FUNCTION "private"."pattern_compiles"(text);

DROP FUNCTION "private"."pause"(uuid, text);

DROP FUNCTION "private"."place_before_all"();

DROP FUNCTION "private"."place_rows"(private.tasks, jsonb);

DROP FUNCTION "private"."planned_calls"(uuid, uuid[], jsonb, private.model_plans);

DROP FUNCTION "private"."printed_pairs"(uuid[]);

DROP FUNCTION "private"."printed_variables"(uuid[]);

DROP FUNCTION "private"."project_fault"(public.projects);

DROP FUNCTION "private"."project_status"(bigint, text, text);

DROP FUNCTION "private"."quality"(uuid);

DROP FUNCTION "private"."question"(jsonb, uuid, jsonb);

DROP FUNCTION "private"."queue_suggestion"(uuid, text, uuid[], uuid);

DROP FUNCTION "private"."queued_cells"(uuid, uuid[], integer, double precision, uuid);

DROP FUNCTION "private"."quote_evidence"(uuid, private.place);

DROP FUNCTION "private"."read_cursor"(jsonb);

DROP FUNCTION "private"."read_entries"(uuid, jsonb);

DROP FUNCTION "private"."read_entry"(uuid, jsonb);

DROP FUNCTION "private"."read_unit"(uuid, private.result_unit);

DROP FUNCTION "private"."record_action"(public.extractions[], text, text, bigint);

DROP FUNCTION "private"."recover_tasks"();

DROP FUNCTION "private"."refuse"(integer, text, text, text);

DROP FUNCTION "private"."refuse_failed"(public.extractions[]);

DROP FUNCTION "private"."refuse_fault"(text[], text);

DROP FUNCTION "private"."request_id"();

DROP FUNCTION "private"."requeue_task"(bigint, timestamp WITH time zone);

DROP FUNCTION "private"."require_document"(uuid, text);

DROP FUNCTION "private"."require_job"(uuid, text, text[]);

DROP FUNCTION "private"."require_job_of_project"(uuid, uuid);

DROP FUNCTION "private"."require_metadata"(jsonb);

DROP FUNCTION "private"."require_money"(uuid, uuid, bigint);

DROP FUNCTION "private"."require_role"(uuid, text);

DROP FUNCTION "private"."require_suggestion"(uuid);

DROP FUNCTION "private"."require_upload"(uuid, text, bigint);

DROP FUNCTION "private"."require_variable"(uuid, text);

DROP FUNCTION "private"."require_variables"(uuid);

DROP FUNCTION "private"."require_version"(uuid, text);

DROP FUNCTION "private"."restore_examples"(uuid, jsonb);

DROP FUNCTION "private"."restore_review"(uuid, uuid);

DROP FUNCTION "private"."result_documents"(uuid, uuid);

DROP FUNCTION "private"."result_run"(uuid, uuid);

DROP FUNCTION "private"."results_are_current"(uuid);

DROP FUNCTION "private"."review_kind"(text);

DROP FUNCTION "private"."role_rank"(text);

DROP FUNCTION "private"."room_for_variables"(uuid);

DROP FUNCTION "private"."row_unit_offers"(uuid[]);

DROP FUNCTION "private"."rule_fits"(public.variables, text, jsonb);

DROP FUNCTION "private"."rule_offers"(public.schema_suggestions);

DROP FUNCTION "private"."rules_allow"(jsonb, jsonb);

DROP FUNCTION "private"."rules_fault"(public.variables);

DROP FUNCTION "private"."same_value"(jsonb, jsonb);

DROP FUNCTION "private"."see_document"(uuid);

DROP FUNCTION "private"."see_task"(bigint, uuid, text);

DROP FUNCTION "private"."sift_offers"(uuid, text, uuid, jsonb, integer);

DROP FUNCTION "private"."snapshot"(uuid);

DROP FUNCTION "private"."snapshot_parts"(jsonb);

DROP FUNCTION "private"."snapshot_variables"(uuid, jsonb);

DROP FUNCTION "private"."sort_number"(jsonb);

DROP FUNCTION "private"."sort_units"(private.unit_query, text);

DROP FUNCTION "private"."stale_cells"(uuid, uuid[], jsonb, text);

DROP FUNCTION "private"."start_owners"(bigint[]);

DROP FUNCTION "private"."store_answers"(private.tasks, jsonb);

DROP FUNCTION "private"."store_context"(uuid, jsonb);

DROP FUNCTION "private"."store_import_rows"(public.document_imports, jsonb);

DROP FUNCTION "private"."store_variables"(uuid, public.variables[]);

DROP FUNCTION "private"."suggest_answers"(private.tasks, jsonb);

DROP FUNCTION "private"."suggestion_variables"(public.schema_suggestions);

DROP FUNCTION "private"."template_context"(public.schema_templates, public.projects, boolean);

DROP FUNCTION "private"."text_bytes"(uuid);

DROP FUNCTION "private"."texts_fit"(jsonb);

DROP FUNCTION "private"."token_rates"(uuid, private.model_plans);

DROP FUNCTION "private"."told"(jsonb);

DROP FUNCTION "private"."topic_id"(text, text);

DROP FUNCTION "private"."trim_offer"(text, jsonb);

DROP FUNCTION "private"."valued_units"(private.unit_query);

DROP FUNCTION "private"."valueless_units"(private.unit_query);

DROP FUNCTION "private"."variable_bytes"(jsonb);

DROP FUNCTION "private"."variable_fault"(public.variables);

DROP FUNCTION "private"."variable_fields"();

DROP FUNCTION "private"."variables_to_read"(private.unit_query);

DROP FUNCTION "private"."version_numbers"(uuid);

DROP FUNCTION "private"."window_count"(bigint, bigint);

DROP FUNCTION "private"."with_shown_examples"(jsonb, uuid);

DROP FUNCTION "private"."worth_parts"(public.extractions, boolean);

DROP FUNCTION "private"."write_cells"(public.extractions[], boolean);

DROP FUNCTION "private"."write_cursor"(private.result_unit);

DROP FUNCTION "private"."write_persons_answer"(public.extractions, text, jsonb, text, private.place);

DROP FUNCTION "private"."write_suggestion"(public.extractions);

DROP FUNCTION "private"."wrong_marks"(uuid);

DROP FUNCTION "private"."zone_of_box"(uuid, integer, double precision[]);

DROP FUNCTION "public"."accept_cells"(uuid[], text, integer[]);

DROP FUNCTION "public"."accept_invitation"(uuid);

DROP FUNCTION "public"."active_job"(uuid);

DROP FUNCTION "public"."add_document"(uuid, text, text, text, bigint, text, jsonb);

DROP FUNCTION "public"."add_import_rows"(bigint, uuid, jsonb);

DROP FUNCTION "public"."add_value"(uuid, uuid, jsonb, integer, text, integer, double precision[], text);

DROP FUNCTION "public"."announce_model"(text, double precision, double precision, integer, integer, integer, integer);

DROP FUNCTION "public"."apply_refinement"(uuid, integer);

DROP FUNCTION "public"."apply_template"(uuid, uuid);

DROP FUNCTION "public"."approve_schema"(uuid);

DROP FUNCTION "public"."cancel_job"(uuid);

DROP FUNCTION "public"."claim_tasks"(text, text[], integer, integer);

DROP FUNCTION "public"."compare_refinement"(uuid);

DROP FUNCTION "public"."correct_cell"(uuid, jsonb, text, integer, double precision[], text, integer);

DROP FUNCTION "public"."create_project"(text, text, text, text, text, text, text, text);

DROP FUNCTION "public"."defer_task"(bigint, uuid, timestamp WITH time zone);

DROP FUNCTION "public"."delete_document"(uuid);

DROP FUNCTION "public"."delete_project"(uuid);

DROP FUNCTION "public"."describe_export"(bigint, uuid);

DROP FUNCTION "public"."duplicate_variable"(uuid);

DROP FUNCTION "public"."estimate_job"(uuid, uuid[], integer, integer, bigint);

DROP FUNCTION "public"."fail_task"(bigint, uuid, text, text);

DROP FUNCTION "public"."finish_comparison"(bigint, uuid, jsonb);

DROP FUNCTION "public"."finish_export"(bigint, uuid, text, bigint, text, integer, text[]);

DROP FUNCTION "public"."finish_extract"(bigint, uuid, text, jsonb);

DROP FUNCTION "public"."finish_import"(bigint, uuid);

DROP FUNCTION "public"."finish_parse"(bigint, uuid, jsonb);

DROP FUNCTION "public"."finish_suggestion"(bigint, uuid, text, jsonb, text);

DROP FUNCTION "public"."finish_sweep"(bigint, uuid);

DROP FUNCTION "public"."flag_cells"(uuid[], text, integer[]);

DROP FUNCTION "public"."heartbeat_tasks"(text, uuid[], integer);

DROP FUNCTION "public"."invite_member"(uuid, text, text);

DROP FUNCTION "public"."job_documents"(uuid, text);

DROP FUNCTION "public"."job_log"(uuid, bigint, integer);

DROP FUNCTION "public"."mark_absent"(uuid, text, text, integer);

DROP FUNCTION "public"."orphan_objects"(integer);

DROP FUNCTION "public"."parse_document"(uuid);

DROP FUNCTION "public"."pause_for_cap"(bigint, uuid, text);

DROP FUNCTION "public"."pause_job"(uuid);

DROP FUNCTION "public"."pin_example"(uuid, text);

DROP FUNCTION "public"."project_list"(text, uuid, integer);

DROP FUNCTION "public"."project_overview"(uuid);

DROP FUNCTION "public"."queue_depth"();

DROP FUNCTION "public"."raise_cap"(uuid, bigint);

DROP FUNCTION "public"."read_comparison"(bigint, uuid);

DROP FUNCTION "public"."read_export"(bigint, uuid, uuid, integer);

DROP FUNCTION "public"."read_extract"(bigint, uuid);

DROP FUNCTION "public"."read_prompt"(uuid);

DROP FUNCTION "public"."read_suggestion"(bigint, uuid);

DROP FUNCTION "public"."refinement_report"(uuid);

DROP FUNCTION "public"."reject_cells"(uuid[], text, integer[]);

DROP FUNCTION "public"."release_tasks"(text, uuid[]);

DROP FUNCTION "public"."remove_member"(uuid, uuid);

DROP FUNCTION "public"."reserve_call"(bigint, uuid, text, text, text, bigint, integer, integer);

DROP FUNCTION "public"."restore_version"(uuid);

DROP FUNCTION "public"."result_rows"(uuid, uuid, double precision, boolean, uuid, text, text, text, integer, jsonb);

DROP FUNCTION "public"."resume_job"(uuid);

DROP FUNCTION "public"."retry_job"(uuid);

DROP FUNCTION "public"."review_queue"(uuid, integer, double precision, uuid);

DROP FUNCTION "public"."save_as_template"(uuid, text, text);

DROP FUNCTION "public"."save_schema"(uuid, jsonb, jsonb, integer);

DROP FUNCTION "public"."schema_diff"(uuid, uuid);

DROP FUNCTION "public"."set_call_limit"(uuid, integer);

DROP FUNCTION "public"."set_member_role"(uuid, uuid, text);

DROP FUNCTION "public"."set_project_cap"(uuid, bigint);

DROP FUNCTION "public"."settle_call"(uuid, text, integer, integer, bigint, integer, text, text, text);

DROP FUNCTION "public"."start_export"(uuid, text, jsonb);

DROP FUNCTION "public"."start_import"(uuid, text, text, text, bigint, text, text, text[]);

DROP FUNCTION "public"."start_job"(uuid, text, uuid[], bigint, integer, integer, bigint, double precision);

DROP FUNCTION "public"."start_refinement"(uuid);

DROP FUNCTION "public"."start_suggestion"(uuid, text, uuid[], uuid);

DROP FUNCTION "public"."sweep_exports"(integer);

DROP FUNCTION "public"."take_suggestion"(uuid, text, integer);

DROP FUNCTION "public"."undo_judgement"(uuid, integer);

DROP FUNCTION "public"."unflag_cells"(uuid[], text, integer[]);

DROP FUNCTION "public"."variable_statistics"(uuid, uuid);

DROP TYPE "private"."place";

DROP TYPE "private"."unit_query";

DROP TYPE "private"."result_unit";

DROP TABLE "private"."model_plans";

DROP TABLE "private"."page_words";

DROP TABLE "private"."tasks";

DROP FUNCTION "private"."follow_comparison"();

DROP FUNCTION "private"."follow_import"();

DROP FUNCTION "private"."follow_suggestion"();

DROP FUNCTION "private"."record_document_end"();

DROP TABLE "public"."comparison_answers";

DROP TABLE "public"."document_imports";

DROP TABLE "public"."documents";

DROP FUNCTION "private"."before_document_ready"();

DROP FUNCTION "private"."before_metadata_change"();

DROP FUNCTION "private"."metadata_is_valid"(jsonb);

DROP FUNCTION "private"."touch"();

DROP TABLE "public"."entity_rows";

DROP TABLE "public"."events";

DROP TABLE "public"."exports";

DROP TABLE "public"."extraction_events";

DROP TABLE "public"."extractions";

DROP FUNCTION "private"."after_cells_change"();

DROP FUNCTION "private"."before_extraction_update"();

DROP TABLE "public"."golden_examples";

DROP FUNCTION "private"."after_example_change"();

DROP FUNCTION "private"."before_example_write"();

DROP TABLE "public"."invitations";

DROP TABLE "public"."jobs";

DROP FUNCTION "private"."before_job_update"();

DROP TABLE "public"."llm_calls";

DROP TABLE "public"."pages";

DROP TABLE "public"."profiles";

DROP TABLE "public"."project_limits";

DROP TABLE "public"."project_members";

DROP TABLE "public"."projects";

DROP FUNCTION "private"."add_limits"();

DROP FUNCTION "private"."before_project_update"();

DROP TABLE "public"."reviews";

DROP TABLE "public"."schema_suggestions";

DROP FUNCTION "private"."broadcast_row"();

DROP FUNCTION "private"."record_state"();

DROP TABLE "public"."schema_templates";

DROP TABLE "public"."schema_versions";

DROP TABLE "public"."variables";

DROP FUNCTION "private"."after_schema_change"();

DROP FUNCTION "private"."before_variable_write"();

DROP FUNCTION "private"."record_change"();

DROP TABLE "public"."zones";

DROP SCHEMA "private";
