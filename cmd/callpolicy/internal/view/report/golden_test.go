package report

import (
	"bytes"
	"testing"

	"callpolicy/cmd/callpolicy/internal/view/layout"
	"callpolicy/cmd/callpolicy/internal/view/viewtest"
	"callpolicy/policies"
)

func rendered(t *testing.T, format string, r Report) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Write(format, &b, r, Tool{Version: "1.2.3", Rules: rules}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// rules is a small catalogue, so that goldens do not change with the real one.
func rules() ([]policies.Rule, error) {
	return []policies.Rule{
		{ID: "ref.unknown-template", Title: "No template of that name", Severity: "error", Why: "A name has to lead somewhere.", Fix: "Write the name of a template."},
		{ID: "lint.override-equals-inherited", Title: "A value that changes nothing", Severity: "warning", Why: "It sticks.", Fix: "Remove it."},
		{ID: "migration.ready-to-complete", Title: "Ready to complete", Severity: "info", Why: "Webex Calling is ready."},
	}, nil
}

func TestGoldens(t *testing.T) {
	for _, format := range Formats() {
		t.Run(format, func(t *testing.T) {
			ext, named := map[string]string{"text": "txt", "github": "github.txt", "gitlab": "gitlab.json", "junit": "junit.xml"}[format]
			if !named {
				ext = format
			}
			viewtest.Golden(t, "sample."+ext, rendered(t, format, sample(t)))
		})
	}
}

func TestGoldenColor(t *testing.T) {
	var b bytes.Buffer
	if err := Text(&b, sample(t), layout.Style{Width: 80, Color: true}); err != nil {
		t.Fatal(err)
	}
	viewtest.Golden(t, "sample.color.txt", b.Bytes())
}
