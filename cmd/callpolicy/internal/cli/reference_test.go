package cli_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// TestReference holds the pages of docs/reference that follow from the program
// to it. UPDATE=1 writes them anew.
func TestReference(t *testing.T) {
	for _, page := range []string{"commands", "rules", "schema"} {
		status, want, stderr := run(t.Context(), "reference", page)
		if status != 0 {
			t.Fatalf("%s: status %d\n%s", page, status, stderr)
		}
		name := filepath.Join("../../../../docs/reference", page+".md")
		if os.Getenv("UPDATE") != "" {
			if err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o755), os.WriteFile(name, []byte(want), 0o644)); err != nil {
				t.Fatal(err)
			}
		}
		got, err := os.ReadFile(name)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Fatal(err)
		}
		if string(got) != want {
			t.Errorf("%s no longer says what the program does; UPDATE=1 go test ./cmd/... writes it anew", name)
		}
	}
	if status, _, _ := run(t.Context(), "reference", "nothing"); status != 64 {
		t.Errorf("a page that does not exist: status %d", status)
	}
}
