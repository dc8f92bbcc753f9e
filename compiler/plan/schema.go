package plan

import _ "embed"

// JSONSchema is the JSON Schema of a plan's JSON form, draft 2020-12. Within
// one major format version keys are only added, which readers are to pass over.
//
//go:embed plan.schema.json
var JSONSchema []byte
