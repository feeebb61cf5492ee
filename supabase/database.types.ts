
export type Json = string | number | boolean | null | { [key: string]: Json | undefined } | Json[]

export type Database = {
  
  "public": {
          Tables: {
            "comparison_answers": {
                  Row: {
                    "candidate": number,"confidence": number,"created_at": string,"evidence": string,"extraction_id": string,"held_out": boolean,"is_right": boolean | null,"project_id": string,"quote": string | null,"state": string,"suggestion_id": string,"value": Json | null,"verified": boolean
                  }
                  ComputedFields: never
                  Insert: {
                    "candidate": number,"confidence": number,"created_at"?: string,"evidence": string,"extraction_id": string,"held_out": boolean,"is_right"?: boolean | null,"project_id": string,"quote"?: string | null,"state": string,"suggestion_id": string,"value"?: Json | null,"verified": boolean
                  }
                  Update: {
                    "candidate"?: number,"confidence"?: number,"created_at"?: string,"evidence"?: string,"extraction_id"?: string,"held_out"?: boolean,"is_right"?: boolean | null,"project_id"?: string,"quote"?: string | null,"state"?: string,"suggestion_id"?: string,"value"?: Json | null,"verified"?: boolean
                  }
                  Relationships: [
                    {
      foreignKeyName: "comparison_answers_extraction_id_fkey"
      columns: ["extraction_id"]
isOneToOne: false
      referencedRelation: "extractions"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "comparison_answers_project_id_fkey"
      columns: ["project_id"]
isOneToOne: false
      referencedRelation: "projects"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "comparison_answers_project_id_fkey"
      columns: ["project_id"]
isOneToOne: false
      referencedRelation: "results_long"
      referencedColumns: ["project_id"]
    },{
      foreignKeyName: "comparison_answers_suggestion_id_fkey"
      columns: ["suggestion_id"]
isOneToOne: false
      referencedRelation: "schema_suggestions"
      referencedColumns: ["id"]
    }
                  ]
                },"document_imports": {
                  Row: {
                    "bytes": number,"created_at": string,"created_by": string,"documents_created": number,"failure_code": string | null,"failure_detail": string | null,"finished_at": string | null,"id": string,"media_type": string,"metadata_columns": (string)[],"name": string,"name_column": string | null,"object_path": string,"project_id": string,"remarks": NonNullable<Json>,"rows_done": number,"rows_duplicate": number,"rows_failed": number,"state": string,"text_column": string
                  }
                  ComputedFields: never
                  Insert: {
                    "bytes": number,"created_at"?: string,"created_by": string,"documents_created"?: number,"failure_code"?: string | null,"failure_detail"?: string | null,"finished_at"?: string | null,"id"?: string,"media_type": string,"metadata_columns"?: (string)[],"name": string,"name_column"?: string | null,"object_path": string,"project_id": string,"remarks"?: NonNullable<Json>,"rows_done"?: number,"rows_duplicate"?: number,"rows_failed"?: number,"state"?: string,"text_column": string
                  }
                  Update: {
                    "bytes"?: number,"created_at"?: string,"created_by"?: string,"documents_created"?: number,"failure_code"?: string | null,"failure_detail"?: string | null,"finished_at"?: string | null,"id"?: string,"media_type"?: string,"metadata_columns"?: (string)[],"name"?: string,"name_column"?: string | null,"object_path"?: string,"project_id"?: string,"remarks"?: NonNullable<Json>,"rows_done"?: number,"rows_duplicate"?: number,"rows_failed"?: number,"state"?: string,"text_column"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "document_imports_project_id_fkey"
      columns: ["project_id"]
isOneToOne: false
      referencedRelation: "projects"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "document_imports_project_id_fkey"
      columns: ["project_id"]
isOneToOne: false
      referencedRelation: "results_long"
      referencedColumns: ["project_id"]
    }
                  ]
                },"documents": {
                  Row: {
                    "bytes": number,"created_at": string,"created_by": string,"deleted_at": string | null,"failure_code": string | null,"failure_detail": string | null,"flags": (string)[],"id": string,"import_id": string | null,"media_type": string,"metadata": NonNullable<Json>,"name": string,"notice": string | null,"object_path": string,"page_count": number | null,"parsed_at": string | null,"project_id": string,"sha256": string,"source_row": number | null,"state": string,"text_bytes": number | null,"text_hash": string | null,"told_at": string | null,"unread_pages": number | null,"updated_at": string,"word_count": number | null
                  }
                  ComputedFields: never
                  Insert: {
                    "bytes": number,"created_at"?: string,"created_by": string,"deleted_at"?: string | null,"failure_code"?: string | null,"failure_detail"?: string | null,"flags"?: (string)[],"id"?: string,"import_id"?: string | null,"media_type": string,"metadata"?: NonNullable<Json>,"name": string,"notice"?: never,"object_path": string,"page_count"?: number | null,"parsed_at"?: string | null,"project_id": string,"sha256": string,"source_row"?: number | null,"state"?: string,"text_bytes"?: number | null,"text_hash"?: string | null,"told_at"?: string | null,"unread_pages"?: number | null,"updated_at"?: string,"word_count"?: number | null
                  }
                  Update: {
                    "bytes"?: number,"created_at"?: string,"created_by"?: string,"deleted_at"?: string | null,"failure_code"?: string | null,"failure_detail"?: string | null,"flags"?: (string)[],"id"?: string,"import_id"?: string | null,"media_type"?: string,"metadata"?: NonNullable<Json>,"name"?: string,"notice"?: never,"object_path"?: string,"page_count"?: number | null,"parsed_at"?: string | null,"project_id"?: string,"sha256"?: string,"source_row"?: number | null,"state"?: string,"text_bytes"?: number | null,"text_hash"?: string | null,"told_at"?: string | null,"unread_pages"?: number | null,"updated_at"?: string,"word_count"?: number | null
                  }
                  Relationships: [
                    {
      foreignKeyName: "documents_import_id_fkey"
      columns: ["import_id"]
isOneToOne: false
      referencedRelation: "document_imports"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "documents_project_id_fkey"
      columns: ["project_id"]
isOneToOne: false
      referencedRelation: "projects"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "documents_project_id_fkey"
      columns: ["project_id"]
isOneToOne: false
      referencedRelation: "results_long"
      referencedColumns: ["project_id"]
    }
                  ]
                },"entity_rows": {
                  Row: {
                    "created_at": string,"document_id": string,"entity": string,"entity_key": string,"gone_at": string | null,"nth": number,"project_id": string,"row_index": number
                  }
                  ComputedFields: never
                  Insert: {
                    "created_at"?: string,"document_id": string,"entity": string,"entity_key": string,"gone_at"?: string | null,"nth": number,"project_id": string,"row_index": number
                  }
                  Update: {
                    "created_at"?: string,"document_id"?: string,"entity"?: string,"entity_key"?: string,"gone_at"?: string | null,"nth"?: number,"project_id"?: string,"row_index"?: number
                  }
                  Relationships: [
                    {
      foreignKeyName: "entity_rows_document_id_fkey"
      columns: ["document_id"]
isOneToOne: false
      referencedRelation: "documents"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "entity_rows_document_id_fkey"
      columns: ["document_id"]
isOneToOne: false
      referencedRelation: "results_long"
      referencedColumns: ["document_id"]
    },{
      foreignKeyName: "entity_rows_project_id_fkey"
      columns: ["project_id"]
isOneToOne: false
      referencedRelation: "projects"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "entity_rows_project_id_fkey"
      columns: ["project_id"]
isOneToOne: false
      referencedRelation: "results_long"
      referencedColumns: ["project_id"]
    }
                  ]
                },"events": {
                  Row: {
                    "action": string,"actor": string | null,"created_at": string,"detail": NonNullable<Json>,"id": number,"project_id": string,"subject": string,"subject_id": string
                  }
                  ComputedFields: never
                  Insert: {
                    "action": string,"actor"?: string | null,"created_at"?: string,"detail"?: NonNullable<Json>,"id"?: never,"project_id": string,"subject": string,"subject_id": string
                  }
                  Update: {
                    "action"?: string,"actor"?: string | null,"created_at"?: string,"detail"?: NonNullable<Json>,"id"?: never,"project_id"?: string,"subject"?: string,"subject_id"?: string
                  }
                  Relationships: [
                    
                  ]
                },"exports": {
                  Row: {
                    "bytes": number | null,"created_at": string,"created_by": string,"expires_at": string,"failure_code": string | null,"failure_detail": string | null,"finished_at": string | null,"format": string,"id": string,"object_path": string | null,"options": NonNullable<Json>,"project_id": string,"row_count": number | null,"sha256": string | null,"state": string,"warnings": (string)[]
                  }
                  ComputedFields: never
                  Insert: {
                    "bytes"?: number | null,"created_at"?: string,"created_by": string,"expires_at"?: string,"failure_code"?: string | null,"failure_detail"?: string | null,"finished_at"?: string | null,"format": string,"id"?: string,"object_path"?: string | null,"options"?: NonNullable<Json>,"project_id": string,"row_count"?: number | null,"sha256"?: string | null,"state"?: string,"warnings"?: (string)[]
                  }
                  Update: {
                    "bytes"?: number | null,"created_at"?: string,"created_by"?: string,"expires_at"?: string,"failure_code"?: string | null,"failure_detail"?: string | null,"finished_at"?: string | null,"format"?: string,"id"?: string,"object_path"?: string | null,"options"?: NonNullable<Json>,"project_id"?: string,"row_count"?: number | null,"sha256"?: string | null,"state"?: string,"warnings"?: (string)[]
                  }
                  Relationships: [
                    {
      foreignKeyName: "exports_project_id_fkey"
      columns: ["project_id"]
isOneToOne: false
      referencedRelation: "projects"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "exports_project_id_fkey"
      columns: ["project_id"]
isOneToOne: false
      referencedRelation: "results_long"
      referencedColumns: ["project_id"]
    }
                  ]
                },"extraction_events": {
                  Row: {
                    "action": string,"actor": string | null,"before": Json | null,"created_at": string,"evidence": string,"extraction_id": string,"id": number,"job_id": string | null,"note": string | null,"project_id": string,"state": string,"undoes": number | null,"value": Json | null
                  }
                  ComputedFields: never
                  Insert: {
                    "action": string,"actor"?: string | null,"before"?: Json | null,"created_at"?: string,"evidence": string,"extraction_id": string,"id"?: never,"job_id"?: string | null,"note"?: string | null,"project_id": string,"state": string,"undoes"?: number | null,"value"?: Json | null
                  }
                  Update: {
                    "action"?: string,"actor"?: string | null,"before"?: Json | null,"created_at"?: string,"evidence"?: string,"extraction_id"?: string,"id"?: never,"job_id"?: string | null,"note"?: string | null,"project_id"?: string,"state"?: string,"undoes"?: number | null,"value"?: Json | null
                  }
                  Relationships: [
                    {
      foreignKeyName: "extraction_events_extraction_id_fkey"
      columns: ["extraction_id"]
isOneToOne: false
      referencedRelation: "extractions"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "extraction_events_project_id_fkey"
      columns: ["project_id"]
isOneToOne: false
      referencedRelation: "projects"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "extraction_events_project_id_fkey"
      columns: ["project_id"]
isOneToOne: false
      referencedRelation: "results_long"
      referencedColumns: ["project_id"]
    }
                  ]
                },"extractions": {
                  Row: {
                    "absent_reason": string | null,"box": (number)[] | null,"boxes": NonNullable<Json>,"confidence": number,"created_at": string,"document_id": string,"evidence": string,"flags": (string)[],"id": string,"input_hash": string,"job_id": string | null,"judged_by": string | null,"origin": string,"original": Json | null,"page": number | null,"project_id": string,"quote": string | null,"raw": string | null,"revision": number,"row_index": number,"schema_version_id": string | null,"signals": NonNullable<Json>,"state": string,"suggestion": Json | null,"updated_at": string,"value": Json | null,"variable_id": string,"verified": boolean,"worth": number | null,"zone": number | null
                  }
                  ComputedFields: never
                  Insert: {
                    "absent_reason"?: string | null,"box"?: (number)[] | null,"boxes"?: NonNullable<Json>,"confidence": number,"created_at"?: string,"document_id": string,"evidence": string,"flags"?: (string)[],"id"?: string,"input_hash": string,"job_id"?: string | null,"judged_by"?: string | null,"origin": string,"original"?: Json | null,"page"?: number | null,"project_id": string,"quote"?: string | null,"raw"?: string | null,"revision"?: number,"row_index"?: number,"schema_version_id"?: string | null,"signals"?: NonNullable<Json>,"state": string,"suggestion"?: Json | null,"updated_at"?: string,"value"?: Json | null,"variable_id": string,"verified": boolean,"worth"?: never,"zone"?: number | null
                  }
                  Update: {
                    "absent_reason"?: string | null,"box"?: (number)[] | null,"boxes"?: NonNullable<Json>,"confidence"?: number,"created_at"?: string,"document_id"?: string,"evidence"?: string,"flags"?: (string)[],"id"?: string,"input_hash"?: string,"job_id"?: string | null,"judged_by"?: string | null,"origin"?: string,"original"?: Json | null,"page"?: number | null,"project_id"?: string,"quote"?: string | null,"raw"?: string | null,"revision"?: number,"row_index"?: number,"schema_version_id"?: string | null,"signals"?: NonNullable<Json>,"state"?: string,"suggestion"?: Json | null,"updated_at"?: string,"value"?: Json | null,"variable_id"?: string,"verified"?: boolean,"worth"?: never,"zone"?: number | null
                  }
                  Relationships: [
                    {
      foreignKeyName: "extractions_document_id_fkey"
      columns: ["document_id"]
isOneToOne: false
      referencedRelation: "documents"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "extractions_document_id_fkey"
      columns: ["document_id"]
isOneToOne: false
      referencedRelation: "results_long"
      referencedColumns: ["document_id"]
    },{
      foreignKeyName: "extractions_job_id_fkey"
      columns: ["job_id"]
isOneToOne: false
      referencedRelation: "jobs"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "extractions_project_id_fkey"
      columns: ["project_id"]
isOneToOne: false
      referencedRelation: "projects"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "extractions_project_id_fkey"
      columns: ["project_id"]
isOneToOne: false
      referencedRelation: "results_long"
      referencedColumns: ["project_id"]
    },{
      foreignKeyName: "extractions_schema_version_id_fkey"
      columns: ["schema_version_id"]
isOneToOne: false
      referencedRelation: "schema_versions"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "extractions_variable_id_fkey"
      columns: ["variable_id"]
isOneToOne: false
      referencedRelation: "results_long"
      referencedColumns: ["variable_id"]
    },{
      foreignKeyName: "extractions_variable_id_fkey"
      columns: ["variable_id"]
isOneToOne: false
      referencedRelation: "variables"
      referencedColumns: ["id"]
    }
                  ]
                },"golden_examples": {
                  Row: {
                    "active": boolean,"created_at": string,"created_by": string | null,"document_id": string | null,"id": string,"note": string,"position": number,"project_id": string,"quote": string | null,"reference_only": boolean,"updated_at": string,"value": Json | null,"variable_id": string
                  }
                  ComputedFields: never
                  Insert: {
                    "active"?: boolean,"created_at"?: string,"created_by"?: string | null,"document_id"?: string | null,"id"?: string,"note"?: string,"position"?: number,"project_id": string,"quote"?: string | null,"reference_only"?: boolean,"updated_at"?: string,"value"?: Json | null,"variable_id": string
                  }
                  Update: {
                    "active"?: boolean,"created_at"?: string,"created_by"?: string | null,"document_id"?: string | null,"id"?: string,"note"?: string,"position"?: number,"project_id"?: string,"quote"?: string | null,"reference_only"?: boolean,"updated_at"?: string,"value"?: Json | null,"variable_id"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "golden_examples_document_id_fkey"
      columns: ["document_id"]
isOneToOne: false
      referencedRelation: "documents"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "golden_examples_document_id_fkey"
      columns: ["document_id"]
isOneToOne: false
      referencedRelation: "results_long"
      referencedColumns: ["document_id"]
    },{
      foreignKeyName: "golden_examples_project_id_fkey"
      columns: ["project_id"]
isOneToOne: false
      referencedRelation: "projects"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "golden_examples_project_id_fkey"
      columns: ["project_id"]
isOneToOne: false
      referencedRelation: "results_long"
      referencedColumns: ["project_id"]
    },{
      foreignKeyName: "golden_examples_variable_id_fkey"
      columns: ["variable_id"]
isOneToOne: false
      referencedRelation: "results_long"
      referencedColumns: ["variable_id"]
    },{
      foreignKeyName: "golden_examples_variable_id_fkey"
      columns: ["variable_id"]
isOneToOne: false
      referencedRelation: "variables"
      referencedColumns: ["id"]
    }
                  ]
                },"invitations": {
                  Row: {
                    "accepted_at": string | null,"created_at": string,"email": string,"expires_at": string,"id": string,"invited_by": string,"project_id": string,"role": string
                  }
                  ComputedFields: never
                  Insert: {
                    "accepted_at"?: string | null,"created_at"?: string,"email": string,"expires_at"?: string,"id"?: string,"invited_by": string,"project_id": string,"role": string
                  }
                  Update: {
                    "accepted_at"?: string | null,"created_at"?: string,"email"?: string,"expires_at"?: string,"id"?: string,"invited_by"?: string,"project_id"?: string,"role"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "invitations_project_id_fkey"
      columns: ["project_id"]
isOneToOne: false
      referencedRelation: "projects"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "invitations_project_id_fkey"
      columns: ["project_id"]
isOneToOne: false
      referencedRelation: "results_long"
      referencedColumns: ["project_id"]
    }
                  ]
                },"jobs": {
                  Row: {
                    "broadcast_at": string,"cap_micros": number | null,"cost_micros": number,"created_at": string,"created_by": string,"documents_done": number,"documents_failed": number,"documents_skipped": number,"documents_total": number,"eta_at": string | null,"extractor": string | null,"failure_streak": number,"finished_at": string | null,"id": string,"input_tokens": number,"kind": string,"model_calls": number,"output_tokens": number,"pause_reason": string | null,"project_id": string,"request_id": string | null,"reserved_micros": number,"schema_version_id": string,"selection": NonNullable<Json>,"started_at": string | null,"state": string,"updated_at": string
                  }
                  ComputedFields: never
                  Insert: {
                    "broadcast_at"?: string,"cap_micros"?: number | null,"cost_micros"?: number,"created_at"?: string,"created_by": string,"documents_done"?: number,"documents_failed"?: number,"documents_skipped"?: number,"documents_total": number,"eta_at"?: string | null,"extractor"?: string | null,"failure_streak"?: number,"finished_at"?: string | null,"id"?: string,"input_tokens"?: number,"kind": string,"model_calls"?: number,"output_tokens"?: number,"pause_reason"?: string | null,"project_id": string,"request_id"?: string | null,"reserved_micros"?: number,"schema_version_id": string,"selection"?: NonNullable<Json>,"started_at"?: string | null,"state"?: string,"updated_at"?: string
                  }
                  Update: {
                    "broadcast_at"?: string,"cap_micros"?: number | null,"cost_micros"?: number,"created_at"?: string,"created_by"?: string,"documents_done"?: number,"documents_failed"?: number,"documents_skipped"?: number,"documents_total"?: number,"eta_at"?: string | null,"extractor"?: string | null,"failure_streak"?: number,"finished_at"?: string | null,"id"?: string,"input_tokens"?: number,"kind"?: string,"model_calls"?: number,"output_tokens"?: number,"pause_reason"?: string | null,"project_id"?: string,"request_id"?: string | null,"reserved_micros"?: number,"schema_version_id"?: string,"selection"?: NonNullable<Json>,"started_at"?: string | null,"state"?: string,"updated_at"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "jobs_project_id_fkey"
      columns: ["project_id"]
isOneToOne: false
      referencedRelation: "projects"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "jobs_project_id_fkey"
      columns: ["project_id"]
isOneToOne: false
      referencedRelation: "results_long"
      referencedColumns: ["project_id"]
    },{
      foreignKeyName: "jobs_schema_version_id_fkey"
      columns: ["schema_version_id"]
isOneToOne: false
      referencedRelation: "schema_versions"
      referencedColumns: ["id"]
    }
                  ]
                },"llm_calls": {
                  Row: {
                    "answer": string | null,"cost_micros": number,"created_at": string,"document_id": string | null,"error_code": string | null,"finish_reason": string | null,"id": string,"input_bytes": number | null,"input_tokens": number | null,"job_id": string | null,"latency_ms": number | null,"model": string,"output_tokens": number | null,"project_id": string,"purpose": string,"request_hash": string,"request_id": string,"reserved_micros": number,"settled_at": string | null,"state": string,"task_id": number,"variables": number | null
                  }
                  ComputedFields: never
                  Insert: {
                    "answer"?: string | null,"cost_micros"?: number,"created_at"?: string,"document_id"?: string | null,"error_code"?: string | null,"finish_reason"?: string | null,"id"?: string,"input_bytes"?: number | null,"input_tokens"?: number | null,"job_id"?: string | null,"latency_ms"?: number | null,"model": string,"output_tokens"?: number | null,"project_id": string,"purpose": string,"request_hash": string,"request_id": string,"reserved_micros"?: number,"settled_at"?: string | null,"state"?: string,"task_id": number,"variables"?: number | null
                  }
                  Update: {
                    "answer"?: string | null,"cost_micros"?: number,"created_at"?: string,"document_id"?: string | null,"error_code"?: string | null,"finish_reason"?: string | null,"id"?: string,"input_bytes"?: number | null,"input_tokens"?: number | null,"job_id"?: string | null,"latency_ms"?: number | null,"model"?: string,"output_tokens"?: number | null,"project_id"?: string,"purpose"?: string,"request_hash"?: string,"request_id"?: string,"reserved_micros"?: number,"settled_at"?: string | null,"state"?: string,"task_id"?: number,"variables"?: number | null
                  }
                  Relationships: [
                    {
      foreignKeyName: "llm_calls_document_id_fkey"
      columns: ["document_id"]
isOneToOne: false
      referencedRelation: "documents"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "llm_calls_document_id_fkey"
      columns: ["document_id"]
isOneToOne: false
      referencedRelation: "results_long"
      referencedColumns: ["document_id"]
    },{
      foreignKeyName: "llm_calls_job_id_fkey"
      columns: ["job_id"]
isOneToOne: false
      referencedRelation: "jobs"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "llm_calls_project_id_fkey"
      columns: ["project_id"]
isOneToOne: false
      referencedRelation: "projects"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "llm_calls_project_id_fkey"
      columns: ["project_id"]
isOneToOne: false
      referencedRelation: "results_long"
      referencedColumns: ["project_id"]
    }
                  ]
                },"pages": {
                  Row: {
                    "document_id": string,"height": number,"number": number,"project_id": string,"rotation": number,"source": string,"text": string,"width": number
                  }
                  ComputedFields: never
                  Insert: {
                    "document_id": string,"height": number,"number": number,"project_id": string,"rotation": number,"source": string,"text": string,"width": number
                  }
                  Update: {
                    "document_id"?: string,"height"?: number,"number"?: number,"project_id"?: string,"rotation"?: number,"source"?: string,"text"?: string,"width"?: number
                  }
                  Relationships: [
                    {
      foreignKeyName: "pages_document_id_fkey"
      columns: ["document_id"]
isOneToOne: false
      referencedRelation: "documents"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "pages_document_id_fkey"
      columns: ["document_id"]
isOneToOne: false
      referencedRelation: "results_long"
      referencedColumns: ["document_id"]
    }
                  ]
                },"profiles": {
                  Row: {
                    "created_at": string,"display_name": string,"id": string
                  }
                  ComputedFields: never
                  Insert: {
                    "created_at"?: string,"display_name"?: string,"id": string
                  }
                  Update: {
                    "created_at"?: string,"display_name"?: string,"id"?: string
                  }
                  Relationships: [
                    
                  ]
                },"project_limits": {
                  Row: {
                    "calls_per_minute": number | null,"cap_micros": number | null,"concurrency": number | null,"narrowed_at": string | null,"project_id": string,"reserved_micros": number,"spent_micros": number,"successes": number
                  }
                  ComputedFields: never
                  Insert: {
                    "calls_per_minute"?: number | null,"cap_micros"?: number | null,"concurrency"?: number | null,"narrowed_at"?: string | null,"project_id": string,"reserved_micros"?: number,"spent_micros"?: number,"successes"?: number
                  }
                  Update: {
                    "calls_per_minute"?: number | null,"cap_micros"?: number | null,"concurrency"?: number | null,"narrowed_at"?: string | null,"project_id"?: string,"reserved_micros"?: number,"spent_micros"?: number,"successes"?: number
                  }
                  Relationships: [
                    {
      foreignKeyName: "project_limits_project_id_fkey"
      columns: ["project_id"]
isOneToOne: true
      referencedRelation: "projects"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "project_limits_project_id_fkey"
      columns: ["project_id"]
isOneToOne: true
      referencedRelation: "results_long"
      referencedColumns: ["project_id"]
    }
                  ]
                },"project_members": {
                  Row: {
                    "created_at": string,"project_id": string,"role": string,"user_id": string
                  }
                  ComputedFields: never
                  Insert: {
                    "created_at"?: string,"project_id": string,"role": string,"user_id": string
                  }
                  Update: {
                    "created_at"?: string,"project_id"?: string,"role"?: string,"user_id"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "project_members_project_id_fkey"
      columns: ["project_id"]
isOneToOne: false
      referencedRelation: "projects"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "project_members_project_id_fkey"
      columns: ["project_id"]
isOneToOne: false
      referencedRelation: "results_long"
      referencedColumns: ["project_id"]
    }
                  ]
                },"projects": {
                  Row: {
                    "created_at": string,"created_by": string,"deleted_at": string | null,"description": string,"document_kind": string,"domain": string,"entity_pattern": string | null,"id": string,"language": string,"max_concurrency": number,"name": string,"revision": number,"row_unit": string,"time_zone": string,"updated_at": string
                  }
                  ComputedFields: never
                  Insert: {
                    "created_at"?: string,"created_by": string,"deleted_at"?: string | null,"description"?: string,"document_kind"?: string,"domain"?: string,"entity_pattern"?: string | null,"id"?: string,"language"?: string,"max_concurrency"?: number,"name": string,"revision"?: number,"row_unit"?: string,"time_zone"?: string,"updated_at"?: string
                  }
                  Update: {
                    "created_at"?: string,"created_by"?: string,"deleted_at"?: string | null,"description"?: string,"document_kind"?: string,"domain"?: string,"entity_pattern"?: string | null,"id"?: string,"language"?: string,"max_concurrency"?: number,"name"?: string,"revision"?: number,"row_unit"?: string,"time_zone"?: string,"updated_at"?: string
                  }
                  Relationships: [
                    
                  ]
                },"reviews": {
                  Row: {
                    "author": string,"created_at": string,"extraction_id": string,"id": string,"kind": string,"note": string | null,"project_id": string,"undone": boolean,"updated_at": string,"value": Json | null
                  }
                  ComputedFields: never
                  Insert: {
                    "author": string,"created_at"?: string,"extraction_id": string,"id"?: string,"kind": string,"note"?: string | null,"project_id": string,"undone"?: boolean,"updated_at"?: string,"value"?: Json | null
                  }
                  Update: {
                    "author"?: string,"created_at"?: string,"extraction_id"?: string,"id"?: string,"kind"?: string,"note"?: string | null,"project_id"?: string,"undone"?: boolean,"updated_at"?: string,"value"?: Json | null
                  }
                  Relationships: [
                    {
      foreignKeyName: "reviews_extraction_id_fkey"
      columns: ["extraction_id"]
isOneToOne: false
      referencedRelation: "extractions"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "reviews_project_id_fkey"
      columns: ["project_id"]
isOneToOne: false
      referencedRelation: "projects"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "reviews_project_id_fkey"
      columns: ["project_id"]
isOneToOne: false
      referencedRelation: "results_long"
      referencedColumns: ["project_id"]
    }
                  ]
                },"schema_suggestions": {
                  Row: {
                    "answer": Json | null,"applied_at": string | null,"applied_by": string | null,"applied_candidate": number | null,"applied_version_id": string | null,"compare_failed": number,"compare_total": number,"compared": number,"created_at": string,"created_by": string,"document_ids": (string)[],"dropped": NonNullable<Json>,"failure_code": string | null,"failure_detail": string | null,"finished_at": string | null,"id": string,"instructions": string | null,"kind": string,"origin": string | null,"project_id": string,"reason": string | null,"request_id": string | null,"state": string,"variable_id": string | null
                  }
                  ComputedFields: never
                  Insert: {
                    "answer"?: Json | null,"applied_at"?: string | null,"applied_by"?: string | null,"applied_candidate"?: number | null,"applied_version_id"?: string | null,"compare_failed"?: number,"compare_total"?: number,"compared"?: number,"created_at"?: string,"created_by": string,"document_ids": (string)[],"dropped"?: NonNullable<Json>,"failure_code"?: string | null,"failure_detail"?: string | null,"finished_at"?: string | null,"id"?: string,"instructions"?: string | null,"kind": string,"origin"?: string | null,"project_id": string,"reason"?: string | null,"request_id"?: string | null,"state"?: string,"variable_id"?: string | null
                  }
                  Update: {
                    "answer"?: Json | null,"applied_at"?: string | null,"applied_by"?: string | null,"applied_candidate"?: number | null,"applied_version_id"?: string | null,"compare_failed"?: number,"compare_total"?: number,"compared"?: number,"created_at"?: string,"created_by"?: string,"document_ids"?: (string)[],"dropped"?: NonNullable<Json>,"failure_code"?: string | null,"failure_detail"?: string | null,"finished_at"?: string | null,"id"?: string,"instructions"?: string | null,"kind"?: string,"origin"?: string | null,"project_id"?: string,"reason"?: string | null,"request_id"?: string | null,"state"?: string,"variable_id"?: string | null
                  }
                  Relationships: [
                    {
      foreignKeyName: "schema_suggestions_applied_version_id_fkey"
      columns: ["applied_version_id"]
isOneToOne: false
      referencedRelation: "schema_versions"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "schema_suggestions_project_id_fkey"
      columns: ["project_id"]
isOneToOne: false
      referencedRelation: "projects"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "schema_suggestions_project_id_fkey"
      columns: ["project_id"]
isOneToOne: false
      referencedRelation: "results_long"
      referencedColumns: ["project_id"]
    },{
      foreignKeyName: "schema_suggestions_variable_id_fkey"
      columns: ["variable_id"]
isOneToOne: false
      referencedRelation: "results_long"
      referencedColumns: ["variable_id"]
    },{
      foreignKeyName: "schema_suggestions_variable_id_fkey"
      columns: ["variable_id"]
isOneToOne: false
      referencedRelation: "variables"
      referencedColumns: ["id"]
    }
                  ]
                },"schema_templates": {
                  Row: {
                    "context": NonNullable<Json>,"created_at": string,"description": string,"id": string,"name": string,"owner_id": string | null,"variables": NonNullable<Json>
                  }
                  ComputedFields: never
                  Insert: {
                    "context"?: NonNullable<Json>,"created_at"?: string,"description"?: string,"id"?: string,"name": string,"owner_id"?: string | null,"variables": NonNullable<Json>
                  }
                  Update: {
                    "context"?: NonNullable<Json>,"created_at"?: string,"description"?: string,"id"?: string,"name"?: string,"owner_id"?: string | null,"variables"?: NonNullable<Json>
                  }
                  Relationships: [
                    
                  ]
                },"schema_versions": {
                  Row: {
                    "active": boolean,"approved_at": string | null,"approved_by": string | null,"created_at": string,"created_by": string | null,"id": string,"number": number,"project_id": string,"snapshot": NonNullable<Json>,"snapshot_hash": string
                  }
                  ComputedFields: never
                  Insert: {
                    "active"?: boolean,"approved_at"?: string | null,"approved_by"?: string | null,"created_at"?: string,"created_by"?: string | null,"id"?: string,"number": number,"project_id": string,"snapshot": NonNullable<Json>,"snapshot_hash": string
                  }
                  Update: {
                    "active"?: boolean,"approved_at"?: string | null,"approved_by"?: string | null,"created_at"?: string,"created_by"?: string | null,"id"?: string,"number"?: number,"project_id"?: string,"snapshot"?: NonNullable<Json>,"snapshot_hash"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "schema_versions_project_id_fkey"
      columns: ["project_id"]
isOneToOne: false
      referencedRelation: "projects"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "schema_versions_project_id_fkey"
      columns: ["project_id"]
isOneToOne: false
      referencedRelation: "results_long"
      referencedColumns: ["project_id"]
    }
                  ]
                },"variables": {
                  Row: {
                    "aliases": (string)[],"categories": (string)[],"created_at": string,"default": Json | null,"depends_on": Json | null,"id": string,"instructions": string,"key": string,"label": string,"last_revision": number,"max_values": number | null,"multiple": boolean,"position": number,"project_id": string,"required": boolean,"revision": number,"rules": NonNullable<Json>,"several": string,"type": string,"uncertainty_action": string,"uncertainty_threshold": number,"updated_at": string
                  }
                  ComputedFields: never
                  Insert: {
                    "aliases"?: (string)[],"categories"?: (string)[],"created_at"?: string,"default"?: Json | null,"depends_on"?: Json | null,"id"?: string,"instructions"?: string,"key": string,"label": string,"last_revision"?: number,"max_values"?: number | null,"multiple"?: boolean,"position"?: number,"project_id": string,"required"?: boolean,"revision"?: number,"rules"?: NonNullable<Json>,"several"?: string,"type": string,"uncertainty_action"?: string,"uncertainty_threshold"?: number,"updated_at"?: string
                  }
                  Update: {
                    "aliases"?: (string)[],"categories"?: (string)[],"created_at"?: string,"default"?: Json | null,"depends_on"?: Json | null,"id"?: string,"instructions"?: string,"key"?: string,"label"?: string,"last_revision"?: number,"max_values"?: number | null,"multiple"?: boolean,"position"?: number,"project_id"?: string,"required"?: boolean,"revision"?: number,"rules"?: NonNullable<Json>,"several"?: string,"type"?: string,"uncertainty_action"?: string,"uncertainty_threshold"?: number,"updated_at"?: string
                  }
                  Relationships: [
                    {
      foreignKeyName: "variables_project_id_fkey"
      columns: ["project_id"]
isOneToOne: false
      referencedRelation: "projects"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "variables_project_id_fkey"
      columns: ["project_id"]
isOneToOne: false
      referencedRelation: "results_long"
      referencedColumns: ["project_id"]
    }
                  ]
                },"zones": {
                  Row: {
                    "confidence": number,"created_at": string,"document_id": string,"id": string,"kind": string,"page": number,"position": number,"project_id": string,"source": string,"text": string,"version": number,"x0": number,"x1": number,"y0": number,"y1": number
                  }
                  ComputedFields: never
                  Insert: {
                    "confidence"?: number,"created_at"?: string,"document_id": string,"id"?: string,"kind": string,"page": number,"position": number,"project_id": string,"source"?: string,"text": string,"version"?: number,"x0": number,"x1": number,"y0": number,"y1": number
                  }
                  Update: {
                    "confidence"?: number,"created_at"?: string,"document_id"?: string,"id"?: string,"kind"?: string,"page"?: number,"position"?: number,"project_id"?: string,"source"?: string,"text"?: string,"version"?: number,"x0"?: number,"x1"?: number,"y0"?: number,"y1"?: number
                  }
                  Relationships: [
                    {
      foreignKeyName: "zones_document_id_fkey"
      columns: ["document_id"]
isOneToOne: false
      referencedRelation: "documents"
      referencedColumns: ["id"]
    },{
      foreignKeyName: "zones_document_id_fkey"
      columns: ["document_id"]
isOneToOne: false
      referencedRelation: "results_long"
      referencedColumns: ["document_id"]
    }
                  ]
                }
          }
          Views: {
            "results_long": {
                  Row: {
                    "absent_reason": string | null,"box": (number)[] | null,"confidence": number | null,"document": string,"document_id": string,"evidence": string | null,"extraction_id": string | null,"flags": (string)[] | null,"item": number | null,"job_id": string | null,"key": string,"label": string,"origin": string | null,"original_value": Json | null,"page": number | null,"position": number,"project_id": string,"quote": string | null,"revision": number | null,"row_index": number | null,"state": string | null,"text": string | null,"type": string,"updated_at": string | null,"value": Json | null,"variable_id": string,"verified": boolean | null,"version": number | null
                  }
                  ComputedFields: never
                  Relationships: [
                    
                  ]
                }
          }
          Functions: {
            "accept_cells":
{ Args: { "p_extractions": (string)[],"p_note"?: string,"p_seen"?: (number)[] }; Returns: {
              "absent_reason": string | null,
"box": (number)[] | null,
"boxes": NonNullable<Json>,
"confidence": number,
"created_at": string,
"document_id": string,
"evidence": string,
"flags": (string)[],
"id": string,
"input_hash": string,
"job_id": string | null,
"judged_by": string | null,
"origin": string,
"original": Json | null,
"page": number | null,
"project_id": string,
"quote": string | null,
"raw": string | null,
"revision": number,
"row_index": number,
"schema_version_id": string | null,
"signals": NonNullable<Json>,
"state": string,
"suggestion": Json | null,
"updated_at": string,
"value": Json | null,
"variable_id": string,
"verified": boolean,
"worth": number | null,
"zone": number | null
            }[]
                          SetofOptions: {
        from: "*"
        to: "extractions"
        isOneToOne: false
        isSetofReturn: true
      } },
"accept_invitation":
{ Args: { "p_invitation": string }; Returns: {
              "created_at": string,
"project_id": string,
"role": string,
"user_id": string
            }
                          SetofOptions: {
        from: "*"
        to: "project_members"
        isOneToOne: true
        isSetofReturn: false
      } },
"active_job":
{ Args: { "p_project": string }; Returns: {
              "broadcast_at": string,
"cap_micros": number | null,
"cost_micros": number,
"created_at": string,
"created_by": string,
"documents_done": number,
"documents_failed": number,
"documents_skipped": number,
"documents_total": number,
"eta_at": string | null,
"extractor": string | null,
"failure_streak": number,
"finished_at": string | null,
"id": string,
"input_tokens": number,
"kind": string,
"model_calls": number,
"output_tokens": number,
"pause_reason": string | null,
"project_id": string,
"request_id": string | null,
"reserved_micros": number,
"schema_version_id": string,
"selection": NonNullable<Json>,
"started_at": string | null,
"state": string,
"updated_at": string
            }[]
                          SetofOptions: {
        from: "*"
        to: "jobs"
        isOneToOne: false
        isSetofReturn: true
      } },
"add_document":
{ Args: { "p_bytes": number,"p_media_type": string,"p_metadata"?: Json,"p_name": string,"p_object_path": string,"p_project": string,"p_sha256": string }; Returns: {
              "document_id": string,"duplicate": boolean,"state": string
            }[]
                           },
"add_import_rows":
{ Args: { "p_lease_token": string,"p_rows": Json,"p_task": number }; Returns: string[]
                           },
"add_value":
{ Args: { "p_box"?: (number)[],"p_document": string,"p_note"?: string,"p_page"?: number,"p_quote"?: string,"p_row_index"?: number,"p_value": Json,"p_variable": string }; Returns: {
              "absent_reason": string | null,
"box": (number)[] | null,
"boxes": NonNullable<Json>,
"confidence": number,
"created_at": string,
"document_id": string,
"evidence": string,
"flags": (string)[],
"id": string,
"input_hash": string,
"job_id": string | null,
"judged_by": string | null,
"origin": string,
"original": Json | null,
"page": number | null,
"project_id": string,
"quote": string | null,
"raw": string | null,
"revision": number,
"row_index": number,
"schema_version_id": string | null,
"signals": NonNullable<Json>,
"state": string,
"suggestion": Json | null,
"updated_at": string,
"value": Json | null,
"variable_id": string,
"verified": boolean,
"worth": number | null,
"zone": number | null
            }[]
                          SetofOptions: {
        from: "*"
        to: "extractions"
        isOneToOne: false
        isSetofReturn: true
      } },
"announce_model":
{ Args: { "p_concurrency": number,"p_context_tokens"?: number,"p_input_price": number,"p_model": string,"p_output_price": number,"p_output_tokens"?: number,"p_prompt_bytes": number }; Returns: undefined
                           },
"apply_refinement":
{ Args: { "p_candidate": number,"p_suggestion": string }; Returns: {
              "active": boolean,
"approved_at": string | null,
"approved_by": string | null,
"created_at": string,
"created_by": string | null,
"id": string,
"number": number,
"project_id": string,
"snapshot": NonNullable<Json>,
"snapshot_hash": string
            }
                          SetofOptions: {
        from: "*"
        to: "schema_versions"
        isOneToOne: true
        isSetofReturn: false
      } },
"apply_template":
{ Args: { "p_project": string,"p_template": string }; Returns: {
              "active": boolean,
"approved_at": string | null,
"approved_by": string | null,
"created_at": string,
"created_by": string | null,
"id": string,
"number": number,
"project_id": string,
"snapshot": NonNullable<Json>,
"snapshot_hash": string
            }
                          SetofOptions: {
        from: "*"
        to: "schema_versions"
        isOneToOne: true
        isSetofReturn: false
      } },
"approve_schema":
{ Args: { "p_project": string }; Returns: {
              "active": boolean,
"approved_at": string | null,
"approved_by": string | null,
"created_at": string,
"created_by": string | null,
"id": string,
"number": number,
"project_id": string,
"snapshot": NonNullable<Json>,
"snapshot_hash": string
            }
                          SetofOptions: {
        from: "*"
        to: "schema_versions"
        isOneToOne: true
        isSetofReturn: false
      } },
"cancel_job":
{ Args: { "p_job": string }; Returns: {
              "broadcast_at": string,
"cap_micros": number | null,
"cost_micros": number,
"created_at": string,
"created_by": string,
"documents_done": number,
"documents_failed": number,
"documents_skipped": number,
"documents_total": number,
"eta_at": string | null,
"extractor": string | null,
"failure_streak": number,
"finished_at": string | null,
"id": string,
"input_tokens": number,
"kind": string,
"model_calls": number,
"output_tokens": number,
"pause_reason": string | null,
"project_id": string,
"request_id": string | null,
"reserved_micros": number,
"schema_version_id": string,
"selection": NonNullable<Json>,
"started_at": string | null,
"state": string,
"updated_at": string
            }[]
                          SetofOptions: {
        from: "*"
        to: "jobs"
        isOneToOne: false
        isSetofReturn: true
      } },
"claim_tasks":
{ Args: { "p_kinds": (string)[],"p_lease_seconds"?: number,"p_limit"?: number,"p_worker": string }; Returns: {
              "attempts": number,"document_id": string,"export_id": string,"job_id": string,"kind": string,"lease_expires_at": string,"lease_token": string,"payload": Json,"project_id": string,"task_id": number
            }[]
                           },
"compare_refinement":
{ Args: { "p_suggestion": string }; Returns: {
              "answer": Json | null,
"applied_at": string | null,
"applied_by": string | null,
"applied_candidate": number | null,
"applied_version_id": string | null,
"compare_failed": number,
"compare_total": number,
"compared": number,
"created_at": string,
"created_by": string,
"document_ids": (string)[],
"dropped": NonNullable<Json>,
"failure_code": string | null,
"failure_detail": string | null,
"finished_at": string | null,
"id": string,
"instructions": string | null,
"kind": string,
"origin": string | null,
"project_id": string,
"reason": string | null,
"request_id": string | null,
"state": string,
"variable_id": string | null
            }
                          SetofOptions: {
        from: "*"
        to: "schema_suggestions"
        isOneToOne: true
        isSetofReturn: false
      } },
"correct_cell":
{ Args: { "p_box"?: (number)[],"p_extraction": string,"p_note"?: string,"p_page"?: number,"p_quote"?: string,"p_seen"?: number,"p_value": Json }; Returns: {
              "absent_reason": string | null,
"box": (number)[] | null,
"boxes": NonNullable<Json>,
"confidence": number,
"created_at": string,
"document_id": string,
"evidence": string,
"flags": (string)[],
"id": string,
"input_hash": string,
"job_id": string | null,
"judged_by": string | null,
"origin": string,
"original": Json | null,
"page": number | null,
"project_id": string,
"quote": string | null,
"raw": string | null,
"revision": number,
"row_index": number,
"schema_version_id": string | null,
"signals": NonNullable<Json>,
"state": string,
"suggestion": Json | null,
"updated_at": string,
"value": Json | null,
"variable_id": string,
"verified": boolean,
"worth": number | null,
"zone": number | null
            }[]
                          SetofOptions: {
        from: "*"
        to: "extractions"
        isOneToOne: false
        isSetofReturn: true
      } },
"create_project":
{ Args: { "p_description"?: string,"p_document_kind"?: string,"p_domain"?: string,"p_entity_pattern"?: string,"p_language"?: string,"p_name": string,"p_row_unit"?: string,"p_time_zone"?: string }; Returns: {
              "created_at": string,
"created_by": string,
"deleted_at": string | null,
"description": string,
"document_kind": string,
"domain": string,
"entity_pattern": string | null,
"id": string,
"language": string,
"max_concurrency": number,
"name": string,
"revision": number,
"row_unit": string,
"time_zone": string,
"updated_at": string
            }
                          SetofOptions: {
        from: "*"
        to: "projects"
        isOneToOne: true
        isSetofReturn: false
      } },
"defer_task":
{ Args: { "p_lease_token": string,"p_task": number,"p_until"?: string }; Returns: undefined
                           },
"delete_document":
{ Args: { "p_document": string }; Returns: undefined
                           },
"delete_project":
{ Args: { "p_project": string }; Returns: undefined
                           },
"describe_export":
{ Args: { "p_lease_token": string,"p_task": number }; Returns: Json
                           },
"duplicate_variable":
{ Args: { "p_variable": string }; Returns: {
              "aliases": (string)[],
"categories": (string)[],
"created_at": string,
"default": Json | null,
"depends_on": Json | null,
"id": string,
"instructions": string,
"key": string,
"label": string,
"last_revision": number,
"max_values": number | null,
"multiple": boolean,
"position": number,
"project_id": string,
"required": boolean,
"revision": number,
"rules": NonNullable<Json>,
"several": string,
"type": string,
"uncertainty_action": string,
"uncertainty_threshold": number,
"updated_at": string
            }
                          SetofOptions: {
        from: "*"
        to: "variables"
        isOneToOne: true
        isSetofReturn: false
      } },
"estimate_job":
{ Args: { "p_documents"?: (string)[],"p_first"?: number,"p_project": string,"p_random"?: number,"p_seed"?: number }; Returns: {
              "calls": number,"cost_micros": number,"documents": number,"input_tokens": number,"measured": boolean,"minutes": number,"model": string,"most_calls": number,"output_tokens": number,"stale_cells": number,"stale_documents": number
            }[]
                           },
"fail_task":
{ Args: { "p_code": string,"p_detail"?: string,"p_lease_token": string,"p_task": number }; Returns: undefined
                           },
"finish_comparison":
{ Args: { "p_answers": Json,"p_lease_token": string,"p_task": number }; Returns: undefined
                           },
"finish_export":
{ Args: { "p_bytes": number,"p_lease_token": string,"p_object_path": string,"p_row_count": number,"p_sha256": string,"p_task": number,"p_warnings"?: (string)[] }; Returns: undefined
                           },
"finish_extract":
{ Args: { "p_extractions": Json,"p_extractor": string,"p_lease_token": string,"p_task": number }; Returns: number
                           },
"finish_import":
{ Args: { "p_lease_token": string,"p_task": number }; Returns: undefined
                           },
"finish_parse":
{ Args: { "p_lease_token": string,"p_parsed": Json,"p_task": number }; Returns: undefined
                           },
"finish_suggestion":
{ Args: { "p_lease_token": string,"p_offers"?: Json,"p_origin": string,"p_reason"?: string,"p_task": number }; Returns: boolean
                           },
"finish_sweep":
{ Args: { "p_lease_token": string,"p_task": number }; Returns: undefined
                           },
"flag_cells":
{ Args: { "p_extractions": (string)[],"p_note"?: string,"p_seen"?: (number)[] }; Returns: {
              "absent_reason": string | null,
"box": (number)[] | null,
"boxes": NonNullable<Json>,
"confidence": number,
"created_at": string,
"document_id": string,
"evidence": string,
"flags": (string)[],
"id": string,
"input_hash": string,
"job_id": string | null,
"judged_by": string | null,
"origin": string,
"original": Json | null,
"page": number | null,
"project_id": string,
"quote": string | null,
"raw": string | null,
"revision": number,
"row_index": number,
"schema_version_id": string | null,
"signals": NonNullable<Json>,
"state": string,
"suggestion": Json | null,
"updated_at": string,
"value": Json | null,
"variable_id": string,
"verified": boolean,
"worth": number | null,
"zone": number | null
            }[]
                          SetofOptions: {
        from: "*"
        to: "extractions"
        isOneToOne: false
        isSetofReturn: true
      } },
"heartbeat_tasks":
{ Args: { "p_lease_seconds"?: number,"p_lease_tokens": (string)[],"p_worker": string }; Returns: string[]
                           },
"invite_member":
{ Args: { "p_email": string,"p_project": string,"p_role": string }; Returns: {
              "accepted_at": string | null,
"created_at": string,
"email": string,
"expires_at": string,
"id": string,
"invited_by": string,
"project_id": string,
"role": string
            }
                          SetofOptions: {
        from: "*"
        to: "invitations"
        isOneToOne: true
        isSetofReturn: false
      } },
"job_documents":
{ Args: { "p_job": string,"p_state"?: string }; Returns: {
              "attempts": number,"document_id": string,"failure_code": string,"failure_detail": string,"finished_at": string,"held_out": boolean,"state": string
            }[]
                           },
"job_log":
{ Args: { "p_after"?: number,"p_job": string,"p_limit"?: number }; Returns: {
              "action": string,"actor": string,"at": string,"attempts": number,"code": string,"detail": Json,"document": string,"document_id": string,"id": number
            }[]
                           },
"mark_absent":
{ Args: { "p_extraction": string,"p_note"?: string,"p_reason"?: string,"p_seen"?: number }; Returns: {
              "absent_reason": string | null,
"box": (number)[] | null,
"boxes": NonNullable<Json>,
"confidence": number,
"created_at": string,
"document_id": string,
"evidence": string,
"flags": (string)[],
"id": string,
"input_hash": string,
"job_id": string | null,
"judged_by": string | null,
"origin": string,
"original": Json | null,
"page": number | null,
"project_id": string,
"quote": string | null,
"raw": string | null,
"revision": number,
"row_index": number,
"schema_version_id": string | null,
"signals": NonNullable<Json>,
"state": string,
"suggestion": Json | null,
"updated_at": string,
"value": Json | null,
"variable_id": string,
"verified": boolean,
"worth": number | null,
"zone": number | null
            }[]
                          SetofOptions: {
        from: "*"
        to: "extractions"
        isOneToOne: false
        isSetofReturn: true
      } },
"orphan_objects":
{ Args: { "p_limit"?: number }; Returns: string[]
                           },
"parse_document":
{ Args: { "p_document": string }; Returns: {
              "document_id": string,"state": string
            }[]
                           },
"pause_for_cap":
{ Args: { "p_lease_token": string,"p_reason"?: string,"p_task": number }; Returns: undefined
                           },
"pause_job":
{ Args: { "p_job": string }; Returns: {
              "broadcast_at": string,
"cap_micros": number | null,
"cost_micros": number,
"created_at": string,
"created_by": string,
"documents_done": number,
"documents_failed": number,
"documents_skipped": number,
"documents_total": number,
"eta_at": string | null,
"extractor": string | null,
"failure_streak": number,
"finished_at": string | null,
"id": string,
"input_tokens": number,
"kind": string,
"model_calls": number,
"output_tokens": number,
"pause_reason": string | null,
"project_id": string,
"request_id": string | null,
"reserved_micros": number,
"schema_version_id": string,
"selection": NonNullable<Json>,
"started_at": string | null,
"state": string,
"updated_at": string
            }[]
                          SetofOptions: {
        from: "*"
        to: "jobs"
        isOneToOne: false
        isSetofReturn: true
      } },
"pin_example":
{ Args: { "p_extraction": string,"p_note"?: string }; Returns: {
              "active": boolean,
"created_at": string,
"created_by": string | null,
"document_id": string | null,
"id": string,
"note": string,
"position": number,
"project_id": string,
"quote": string | null,
"reference_only": boolean,
"updated_at": string,
"value": Json | null,
"variable_id": string
            }
                          SetofOptions: {
        from: "*"
        to: "golden_examples"
        isOneToOne: true
        isSetofReturn: false
      } },
"project_list":
{ Args: { "p_after"?: string,"p_limit"?: number,"p_status"?: string }; Returns: {
              "created_at": string,"description": string,"document_kind": string,"documents": number,"documents_by_state": Json,"domain": string,"entity_pattern": string,"id": string,"language": string,"latest_job": Json,"name": string,"revision": number,"role": string,"row_unit": string,"schema_state": string,"schema_version": Json,"stale": boolean,"status": string,"time_zone": string,"updated_at": string,"variables": number
            }[]
                           },
"project_overview":
{ Args: { "p_project": string }; Returns: {
              "created_at": string,"description": string,"document_kind": string,"documents": number,"documents_by_state": Json,"domain": string,"entity_pattern": string,"id": string,"language": string,"latest_job": Json,"name": string,"revision": number,"role": string,"row_unit": string,"schema_state": string,"schema_version": Json,"stale": boolean,"status": string,"time_zone": string,"updated_at": string,"variables": number
            }[]
                           },
"queue_depth":
{ Args: Record<PropertyKey, never>; Returns: {
              "kind": string,"oldest_seconds": number,"state": string,"tasks": number
            }[]
                           },
"raise_cap":
{ Args: { "p_cap_micros"?: number,"p_job": string }; Returns: {
              "broadcast_at": string,
"cap_micros": number | null,
"cost_micros": number,
"created_at": string,
"created_by": string,
"documents_done": number,
"documents_failed": number,
"documents_skipped": number,
"documents_total": number,
"eta_at": string | null,
"extractor": string | null,
"failure_streak": number,
"finished_at": string | null,
"id": string,
"input_tokens": number,
"kind": string,
"model_calls": number,
"output_tokens": number,
"pause_reason": string | null,
"project_id": string,
"request_id": string | null,
"reserved_micros": number,
"schema_version_id": string,
"selection": NonNullable<Json>,
"started_at": string | null,
"state": string,
"updated_at": string
            }[]
                          SetofOptions: {
        from: "*"
        to: "jobs"
        isOneToOne: false
        isSetofReturn: true
      } },
"read_comparison":
{ Args: { "p_lease_token": string,"p_task": number }; Returns: Json
                           },
"read_export":
{ Args: { "p_after"?: string,"p_lease_token": string,"p_limit"?: number,"p_task": number }; Returns: Json[]
                           },
"read_extract":
{ Args: { "p_lease_token": string,"p_task": number }; Returns: Json
                           },
"read_prompt":
{ Args: { "p_document": string }; Returns: Json
                           },
"read_suggestion":
{ Args: { "p_lease_token": string,"p_task": number }; Returns: Json
                           },
"refinement_report":
{ Args: { "p_suggestion": string }; Returns: {
              "candidate": number,"cells": number,"held_out": boolean,"instructions": string,"right_cells": number,"unknown_cells": number,"wrong_cells": number
            }[]
                           },
"reject_cells":
{ Args: { "p_extractions": (string)[],"p_note"?: string,"p_seen"?: (number)[] }; Returns: {
              "absent_reason": string | null,
"box": (number)[] | null,
"boxes": NonNullable<Json>,
"confidence": number,
"created_at": string,
"document_id": string,
"evidence": string,
"flags": (string)[],
"id": string,
"input_hash": string,
"job_id": string | null,
"judged_by": string | null,
"origin": string,
"original": Json | null,
"page": number | null,
"project_id": string,
"quote": string | null,
"raw": string | null,
"revision": number,
"row_index": number,
"schema_version_id": string | null,
"signals": NonNullable<Json>,
"state": string,
"suggestion": Json | null,
"updated_at": string,
"value": Json | null,
"variable_id": string,
"verified": boolean,
"worth": number | null,
"zone": number | null
            }[]
                          SetofOptions: {
        from: "*"
        to: "extractions"
        isOneToOne: false
        isSetofReturn: true
      } },
"release_tasks":
{ Args: { "p_lease_tokens": (string)[],"p_worker": string }; Returns: number
                           },
"remove_member":
{ Args: { "p_project": string,"p_user": string }; Returns: {
              "created_at": string,
"project_id": string,
"role": string,
"user_id": string
            }[]
                          SetofOptions: {
        from: "*"
        to: "project_members"
        isOneToOne: false
        isSetofReturn: true
      } },
"reserve_call":
{ Args: { "p_input_bytes"?: number,"p_lease_token": string,"p_model": string,"p_request_hash": string,"p_request_id": string,"p_reserved_micros"?: number,"p_task": number,"p_variables"?: number }; Returns: {
              "answer": string,"call_id": string,"finish_reason": string
            }[]
                           },
"restore_version":
{ Args: { "p_version": string }; Returns: {
              "active": boolean,
"approved_at": string | null,
"approved_by": string | null,
"created_at": string,
"created_by": string | null,
"id": string,
"number": number,
"project_id": string,
"snapshot": NonNullable<Json>,
"snapshot_hash": string
            }
                          SetofOptions: {
        from: "*"
        to: "schema_versions"
        isOneToOne: true
        isSetofReturn: false
      } },
"result_rows":
{ Args: { "p_after"?: Json,"p_document"?: string,"p_flagged"?: boolean,"p_job"?: string,"p_limit"?: number,"p_min_confidence"?: number,"p_project": string,"p_sort"?: string,"p_state"?: string,"p_variable"?: string }; Returns: {
              "average_confidence": number,"cells": Json,"cursor": Json,"document": string,"document_id": string,"document_state": string,"row_index": number,"unread_pages": number
            }[]
                           },
"resume_job":
{ Args: { "p_job": string }; Returns: {
              "broadcast_at": string,
"cap_micros": number | null,
"cost_micros": number,
"created_at": string,
"created_by": string,
"documents_done": number,
"documents_failed": number,
"documents_skipped": number,
"documents_total": number,
"eta_at": string | null,
"extractor": string | null,
"failure_streak": number,
"finished_at": string | null,
"id": string,
"input_tokens": number,
"kind": string,
"model_calls": number,
"output_tokens": number,
"pause_reason": string | null,
"project_id": string,
"request_id": string | null,
"reserved_micros": number,
"schema_version_id": string,
"selection": NonNullable<Json>,
"started_at": string | null,
"state": string,
"updated_at": string
            }[]
                          SetofOptions: {
        from: "*"
        to: "jobs"
        isOneToOne: false
        isSetofReturn: true
      } },
"retry_job":
{ Args: { "p_job": string }; Returns: {
              "broadcast_at": string,
"cap_micros": number | null,
"cost_micros": number,
"created_at": string,
"created_by": string,
"documents_done": number,
"documents_failed": number,
"documents_skipped": number,
"documents_total": number,
"eta_at": string | null,
"extractor": string | null,
"failure_streak": number,
"finished_at": string | null,
"id": string,
"input_tokens": number,
"kind": string,
"model_calls": number,
"output_tokens": number,
"pause_reason": string | null,
"project_id": string,
"request_id": string | null,
"reserved_micros": number,
"schema_version_id": string,
"selection": NonNullable<Json>,
"started_at": string | null,
"state": string,
"updated_at": string
            }[]
                          SetofOptions: {
        from: "*"
        to: "jobs"
        isOneToOne: false
        isSetofReturn: true
      } },
"review_queue":
{ Args: { "p_after"?: string,"p_after_worth"?: number,"p_limit"?: number,"p_project": string }; Returns: {
              "absent_reason": string,"box": (number)[],"boxes": Json,"confidence": number,"document": string,"document_id": string,"evidence": string,"extraction_id": string,"flags": (string)[],"key": string,"label": string,"original": Json,"page": number,"parts": Json,"quote": string,"revision": number,"row_index": number,"state": string,"suggestion": Json,"value": Json,"variable_id": string,"verified": boolean,"worth": number
            }[]
                           },
"save_as_template":
{ Args: { "p_description"?: string,"p_name": string,"p_project": string }; Returns: {
              "context": NonNullable<Json>,
"created_at": string,
"description": string,
"id": string,
"name": string,
"owner_id": string | null,
"variables": NonNullable<Json>
            }
                          SetofOptions: {
        from: "*"
        to: "schema_templates"
        isOneToOne: true
        isSetofReturn: false
      } },
"save_schema":
{ Args: { "p_context": Json,"p_expected_version"?: number,"p_project": string,"p_variables": Json }; Returns: {
              "active": boolean,
"approved_at": string | null,
"approved_by": string | null,
"created_at": string,
"created_by": string | null,
"id": string,
"number": number,
"project_id": string,
"snapshot": NonNullable<Json>,
"snapshot_hash": string
            }
                          SetofOptions: {
        from: "*"
        to: "schema_versions"
        isOneToOne: true
        isSetofReturn: false
      } },
"schema_diff":
{ Args: { "p_from": string,"p_to": string }; Returns: {
              "change": string,"fields": Json,"key": string,"variable_id": string
            }[]
                           },
"set_call_limit":
{ Args: { "p_calls_per_minute"?: number,"p_project": string }; Returns: {
              "calls_per_minute": number | null,
"cap_micros": number | null,
"concurrency": number | null,
"narrowed_at": string | null,
"project_id": string,
"reserved_micros": number,
"spent_micros": number,
"successes": number
            }
                          SetofOptions: {
        from: "*"
        to: "project_limits"
        isOneToOne: true
        isSetofReturn: false
      } },
"set_member_role":
{ Args: { "p_project": string,"p_role": string,"p_user": string }; Returns: {
              "created_at": string,
"project_id": string,
"role": string,
"user_id": string
            }[]
                          SetofOptions: {
        from: "*"
        to: "project_members"
        isOneToOne: false
        isSetofReturn: true
      } },
"set_project_cap":
{ Args: { "p_cap_micros"?: number,"p_project": string }; Returns: {
              "calls_per_minute": number | null,
"cap_micros": number | null,
"concurrency": number | null,
"narrowed_at": string | null,
"project_id": string,
"reserved_micros": number,
"spent_micros": number,
"successes": number
            }
                          SetofOptions: {
        from: "*"
        to: "project_limits"
        isOneToOne: true
        isSetofReturn: false
      } },
"settle_call":
{ Args: { "p_answer"?: string,"p_call": string,"p_cost_micros"?: number,"p_error_code"?: string,"p_finish_reason"?: string,"p_input_tokens"?: number,"p_latency_ms"?: number,"p_output_tokens"?: number,"p_state": string }; Returns: undefined
                           },
"start_export":
{ Args: { "p_format"?: string,"p_options"?: Json,"p_project": string }; Returns: {
              "bytes": number | null,
"created_at": string,
"created_by": string,
"expires_at": string,
"failure_code": string | null,
"failure_detail": string | null,
"finished_at": string | null,
"format": string,
"id": string,
"object_path": string | null,
"options": NonNullable<Json>,
"project_id": string,
"row_count": number | null,
"sha256": string | null,
"state": string,
"warnings": (string)[]
            }
                          SetofOptions: {
        from: "*"
        to: "exports"
        isOneToOne: true
        isSetofReturn: false
      } },
"start_import":
{ Args: { "p_bytes": number,"p_media_type": string,"p_metadata_columns"?: (string)[],"p_name": string,"p_name_column"?: string,"p_object_path": string,"p_project": string,"p_text_column": string }; Returns: {
              "bytes": number,
"created_at": string,
"created_by": string,
"documents_created": number,
"failure_code": string | null,
"failure_detail": string | null,
"finished_at": string | null,
"id": string,
"media_type": string,
"metadata_columns": (string)[],
"name": string,
"name_column": string | null,
"object_path": string,
"project_id": string,
"remarks": NonNullable<Json>,
"rows_done": number,
"rows_duplicate": number,
"rows_failed": number,
"state": string,
"text_column": string
            }
                          SetofOptions: {
        from: "*"
        to: "document_imports"
        isOneToOne: true
        isSetofReturn: false
      } },
"start_job":
{ Args: { "p_cap_micros"?: number,"p_documents"?: (string)[],"p_first"?: number,"p_holdout"?: number,"p_kind"?: string,"p_project": string,"p_random"?: number,"p_seed"?: number }; Returns: {
              "broadcast_at": string,
"cap_micros": number | null,
"cost_micros": number,
"created_at": string,
"created_by": string,
"documents_done": number,
"documents_failed": number,
"documents_skipped": number,
"documents_total": number,
"eta_at": string | null,
"extractor": string | null,
"failure_streak": number,
"finished_at": string | null,
"id": string,
"input_tokens": number,
"kind": string,
"model_calls": number,
"output_tokens": number,
"pause_reason": string | null,
"project_id": string,
"request_id": string | null,
"reserved_micros": number,
"schema_version_id": string,
"selection": NonNullable<Json>,
"started_at": string | null,
"state": string,
"updated_at": string
            }
                          SetofOptions: {
        from: "*"
        to: "jobs"
        isOneToOne: true
        isSetofReturn: false
      } },
"start_refinement":
{ Args: { "p_variable": string }; Returns: {
              "answer": Json | null,
"applied_at": string | null,
"applied_by": string | null,
"applied_candidate": number | null,
"applied_version_id": string | null,
"compare_failed": number,
"compare_total": number,
"compared": number,
"created_at": string,
"created_by": string,
"document_ids": (string)[],
"dropped": NonNullable<Json>,
"failure_code": string | null,
"failure_detail": string | null,
"finished_at": string | null,
"id": string,
"instructions": string | null,
"kind": string,
"origin": string | null,
"project_id": string,
"reason": string | null,
"request_id": string | null,
"state": string,
"variable_id": string | null
            }
                          SetofOptions: {
        from: "*"
        to: "schema_suggestions"
        isOneToOne: true
        isSetofReturn: false
      } },
"start_suggestion":
{ Args: { "p_documents"?: (string)[],"p_kind": string,"p_project": string,"p_variable"?: string }; Returns: {
              "answer": Json | null,
"applied_at": string | null,
"applied_by": string | null,
"applied_candidate": number | null,
"applied_version_id": string | null,
"compare_failed": number,
"compare_total": number,
"compared": number,
"created_at": string,
"created_by": string,
"document_ids": (string)[],
"dropped": NonNullable<Json>,
"failure_code": string | null,
"failure_detail": string | null,
"finished_at": string | null,
"id": string,
"instructions": string | null,
"kind": string,
"origin": string | null,
"project_id": string,
"reason": string | null,
"request_id": string | null,
"state": string,
"variable_id": string | null
            }
                          SetofOptions: {
        from: "*"
        to: "schema_suggestions"
        isOneToOne: true
        isSetofReturn: false
      } },
"sweep_exports":
{ Args: { "p_limit"?: number }; Returns: string[]
                           },
"take_suggestion":
{ Args: { "p_extraction": string,"p_note"?: string,"p_seen"?: number }; Returns: {
              "absent_reason": string | null,
"box": (number)[] | null,
"boxes": NonNullable<Json>,
"confidence": number,
"created_at": string,
"document_id": string,
"evidence": string,
"flags": (string)[],
"id": string,
"input_hash": string,
"job_id": string | null,
"judged_by": string | null,
"origin": string,
"original": Json | null,
"page": number | null,
"project_id": string,
"quote": string | null,
"raw": string | null,
"revision": number,
"row_index": number,
"schema_version_id": string | null,
"signals": NonNullable<Json>,
"state": string,
"suggestion": Json | null,
"updated_at": string,
"value": Json | null,
"variable_id": string,
"verified": boolean,
"worth": number | null,
"zone": number | null
            }[]
                          SetofOptions: {
        from: "*"
        to: "extractions"
        isOneToOne: false
        isSetofReturn: true
      } },
"undo_judgement":
{ Args: { "p_extraction": string,"p_seen"?: number }; Returns: {
              "absent_reason": string | null,
"box": (number)[] | null,
"boxes": NonNullable<Json>,
"confidence": number,
"created_at": string,
"document_id": string,
"evidence": string,
"flags": (string)[],
"id": string,
"input_hash": string,
"job_id": string | null,
"judged_by": string | null,
"origin": string,
"original": Json | null,
"page": number | null,
"project_id": string,
"quote": string | null,
"raw": string | null,
"revision": number,
"row_index": number,
"schema_version_id": string | null,
"signals": NonNullable<Json>,
"state": string,
"suggestion": Json | null,
"updated_at": string,
"value": Json | null,
"variable_id": string,
"verified": boolean,
"worth": number | null,
"zone": number | null
            }[]
                          SetofOptions: {
        from: "*"
        to: "extractions"
        isOneToOne: false
        isSetofReturn: true
      } },
"unflag_cells":
{ Args: { "p_extractions": (string)[],"p_note"?: string,"p_seen"?: (number)[] }; Returns: {
              "absent_reason": string | null,
"box": (number)[] | null,
"boxes": NonNullable<Json>,
"confidence": number,
"created_at": string,
"document_id": string,
"evidence": string,
"flags": (string)[],
"id": string,
"input_hash": string,
"job_id": string | null,
"judged_by": string | null,
"origin": string,
"original": Json | null,
"page": number | null,
"project_id": string,
"quote": string | null,
"raw": string | null,
"revision": number,
"row_index": number,
"schema_version_id": string | null,
"signals": NonNullable<Json>,
"state": string,
"suggestion": Json | null,
"updated_at": string,
"value": Json | null,
"variable_id": string,
"verified": boolean,
"worth": number | null,
"zone": number | null
            }[]
                          SetofOptions: {
        from: "*"
        to: "extractions"
        isOneToOne: false
        isSetofReturn: true
      } },
"variable_statistics":
{ Args: { "p_job"?: string,"p_project": string }; Returns: {
              "absent": number,"accepted": number,"accuracy": number,"asked": number,"average_confidence": number,"corrected": number,"errors": Json,"failed": number,"flagged": number,"found": number,"judged": number,"key": string,"label": string,"marked_absent": number,"position": number,"rejected": number,"variable_id": string,"verified": number
            }[]
                           }
          }
          Enums: {
            [_ in never]: never
          }
          CompositeTypes: {
            [_ in never]: never
          }
        }
}

type DatabaseWithoutInternals = Omit<Database, '__InternalSupabase'>

type DefaultSchema = DatabaseWithoutInternals[Extract<keyof Database, "public">]

export type Tables<
  DefaultSchemaTableNameOrOptions extends
    | keyof (DefaultSchema["Tables"] & DefaultSchema["Views"])
    | { schema: keyof DatabaseWithoutInternals },
  TableName extends DefaultSchemaTableNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals
  }
    ? keyof (DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"] &
        DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Views"])
    : never = never
> = DefaultSchemaTableNameOrOptions extends { schema: keyof DatabaseWithoutInternals }
  ? (DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"] &
      DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Views"])[TableName] extends {
      Row: infer R
    }
    ? R
    : never
  : DefaultSchemaTableNameOrOptions extends keyof (DefaultSchema["Tables"] & DefaultSchema["Views"])
  ? (DefaultSchema["Tables"] & DefaultSchema["Views"])[DefaultSchemaTableNameOrOptions] extends {
      Row: infer R
    }
    ? R
    : never
  : never

export type TablesInsert<
  DefaultSchemaTableNameOrOptions extends
    | keyof DefaultSchema["Tables"]
    | { schema: keyof DatabaseWithoutInternals },
  TableName extends DefaultSchemaTableNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals
  }
    ? keyof DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"]
    : never = never
> = DefaultSchemaTableNameOrOptions extends { schema: keyof DatabaseWithoutInternals }
  ? DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"][TableName] extends {
      Insert: infer I
    }
    ? I
    : never
  : DefaultSchemaTableNameOrOptions extends keyof DefaultSchema["Tables"]
  ? DefaultSchema["Tables"][DefaultSchemaTableNameOrOptions] extends {
      Insert: infer I
    }
    ? I
    : never
  : never

export type TablesUpdate<
  DefaultSchemaTableNameOrOptions extends
    | keyof DefaultSchema["Tables"]
    | { schema: keyof DatabaseWithoutInternals },
  TableName extends DefaultSchemaTableNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals
  }
    ? keyof DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"]
    : never = never
> = DefaultSchemaTableNameOrOptions extends { schema: keyof DatabaseWithoutInternals }
  ? DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"][TableName] extends {
      Update: infer U
    }
    ? U
    : never
  : DefaultSchemaTableNameOrOptions extends keyof DefaultSchema["Tables"]
  ? DefaultSchema["Tables"][DefaultSchemaTableNameOrOptions] extends {
      Update: infer U
    }
    ? U
    : never
  : never

export type Enums<
  DefaultSchemaEnumNameOrOptions extends
    | keyof DefaultSchema["Enums"]
    | { schema: keyof DatabaseWithoutInternals },
  EnumName extends DefaultSchemaEnumNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals
  }
    ? keyof DatabaseWithoutInternals[DefaultSchemaEnumNameOrOptions["schema"]]["Enums"]
    : never = never
> = DefaultSchemaEnumNameOrOptions extends { schema: keyof DatabaseWithoutInternals }
  ? DatabaseWithoutInternals[DefaultSchemaEnumNameOrOptions["schema"]]["Enums"][EnumName]
  : DefaultSchemaEnumNameOrOptions extends keyof DefaultSchema["Enums"]
  ? DefaultSchema["Enums"][DefaultSchemaEnumNameOrOptions]
  : never

export type CompositeTypes<
  PublicCompositeTypeNameOrOptions extends
    | keyof DefaultSchema["CompositeTypes"]
    | { schema: keyof DatabaseWithoutInternals },
  CompositeTypeName extends PublicCompositeTypeNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals
  }
    ? keyof DatabaseWithoutInternals[PublicCompositeTypeNameOrOptions["schema"]]["CompositeTypes"]
    : never = never
> = PublicCompositeTypeNameOrOptions extends { schema: keyof DatabaseWithoutInternals }
  ? DatabaseWithoutInternals[PublicCompositeTypeNameOrOptions["schema"]]["CompositeTypes"][CompositeTypeName]
  : PublicCompositeTypeNameOrOptions extends keyof DefaultSchema["CompositeTypes"]
  ? DefaultSchema["CompositeTypes"][PublicCompositeTypeNameOrOptions]
  : never

export const Constants = {
  "public": {
          Enums: {
            
          }
        }
} as const
