package cli_test

import (
	"path/filepath"
	"testing"
)

// TestSeparators names the folder of a project as people of every system do.
func TestSeparators(t *testing.T) {
	top := t.TempDir()
	if status, _, stderr := run(t.Context(), "init", filepath.Join(top, "tenants", "one")); status != 0 {
		t.Fatalf("init: status %d\n%s", status, stderr)
	}
	for name, want := range map[string]int{
		"tenants/one":            0,
		`tenants\one`:            0,
		"./tenants/one/":         0,
		`.\tenants\one\`:         0,
		`tenants\..\tenants/one`: 0,
		`tenants\two`:            3,
		`..\tenants\one`:         64,
		`\tenants\one`:           64,
	} {
		// Each with the work tree: what git stores has slashes everywhere.
		if got, _, stderr := run(t.Context(), "-C", top, "validate", "--project", name); got != want {
			t.Errorf("--project %s: status %d, not %d\n%s", name, got, want, stderr)
		}
	}
}
