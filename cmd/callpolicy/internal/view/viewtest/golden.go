// Package viewtest compares what is printed with goldens. It is for the tests of
// the view and of nothing else.
package viewtest

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// Golden compares with a file of the package's testdata, which UPDATE=1 writes.
func Golden(t *testing.T, name string, got []byte) {
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
