package view

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"callpolicy/policies"
)

// golden compares with a file of testdata, which UPDATE=1 writes.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if os.Getenv("UPDATE") != "" {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs; UPDATE=1 writes it anew. Now it is:\n%s", file, got)
	}
}

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
			ext := map[string]string{"text": "txt", "json": "json", "sarif": "sarif", "github": "github.txt", "gitlab": "gitlab.json", "junit": "junit.xml"}[format]
			golden(t, "sample."+ext, rendered(t, format, sample(t)))
		})
	}
}

func TestGoldenColor(t *testing.T) {
	var b bytes.Buffer
	if err := Text(&b, sample(t), Style{Width: 80, color: true}); err != nil {
		t.Fatal(err)
	}
	golden(t, "sample.color.txt", b.Bytes())
}
