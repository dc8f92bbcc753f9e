package view

import (
	"bufio"
	"fmt"
	"io"

	"callpolicy/cmd/callpolicy/internal/view/layout"
	"callpolicy/cmd/callpolicy/internal/view/planview"
	"callpolicy/compiler/migration"
	"callpolicy/compiler/plan"
)

// WhatIf is what changes that are in no file would do.
type WhatIf struct {
	*plan.Plan
	Breaks []migration.Broken `json:"breaks"` // rules that would be broken
	Mends  []migration.Broken `json:"mends"`  // rules that would no longer be broken
}

// WhatIfText shows to people what changes that are in no file would do.
func WhatIfText(w io.Writer, r WhatIf, detail planview.Detail, s layout.Style) error {
	if err := planview.Text(w, r.Plan, detail, s); err != nil {
		return err
	}
	t := migrationText{bufio.NewWriter(w), s}
	for _, part := range []struct {
		title string
		rules []migration.Broken
	}{{"Would be broken", r.Breaks}, {"Would no longer be broken", r.Mends}} {
		if len(part.rules) == 0 {
			continue
		}
		fmt.Fprintln(t)
		fmt.Fprintln(t, s.Bold(part.title))
		for _, b := range part.rules {
			t.broken(b)
		}
	}
	if len(r.Breaks) == 0 {
		fmt.Fprintln(t)
		t.paragraph("", "No rule would be broken.")
	}
	t.paragraph("", s.Dim("Nothing was written."))
	return t.Flush()
}
