package planview

import (
	"io"

	"callpolicy/cmd/callpolicy/internal/view/harmless"
	"callpolicy/compiler/plan"
)

func writeJSON(w io.Writer, p *plan.Plan, _ Options) error { return harmless.JSON(w, p) }

func writeAllJSON(w io.Writer, all *plan.Projects, _ Options) error { return harmless.JSON(w, all) }

// Schema writes the JSON Schema of a plan in JSON.
func Schema(w io.Writer) error {
	_, err := w.Write(plan.JSONSchema)
	return err
}

// ProjectsSchema writes the JSON Schema of the plans of several projects in JSON.
func ProjectsSchema(w io.Writer) error {
	_, err := w.Write(plan.ProjectsJSONSchema)
	return err
}
