package main

import (
	"crypto/sha256"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"
)

// TestSame writes organizations twice: the same numbers give the same bytes.
func TestSame(t *testing.T) {
	for _, o := range []organization{
		{users: 500, files: 10, form: "yaml", guardrails: 3},
		{users: 30, files: 30, form: "yaml"},
		{users: 50, files: 2, form: "cue"},
		{users: 500, files: 2, form: "roster"},
	} {
		var sums [2]string
		for i := range sums {
			dir := t.TempDir()
			if err := o.write(dir); err != nil {
				t.Fatal(err)
			}
			sums[i] = sum(t, os.DirFS(dir))
		}
		if sums[0] != sums[1] {
			t.Errorf("%+v: written twice it differs", o)
		}
	}
}

func sum(t *testing.T, fsys fs.FS) string {
	t.Helper()
	h := sha256.New()
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(fsys, name)
		fmt.Fprintf(h, "%s %d\n%s", name, len(data), data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%x", h.Sum(nil))
}

// TestVaried: the styles of YAML differ in their bytes and say the same.
func TestVaried(t *testing.T) {
	var texts []string
	for nth := range 10 {
		var b strings.Builder
		if err := (organization{form: "yaml"}).writeUsers(&b, nth, 0, 60); err != nil {
			t.Fatal(err)
		}
		var doc struct {
			Users map[string]map[string]any
		}
		if err := yaml.Unmarshal([]byte(b.String()), &doc); err != nil {
			t.Fatal(err)
		}
		if len(doc.Users) != 60 {
			t.Errorf("file %d holds %d people", nth, len(doc.Users))
		}
		texts = append(texts, fmt.Sprint(doc.Users))
	}
	for nth, text := range texts {
		if text != texts[0] {
			t.Errorf("file %d says something else than the first", nth)
		}
	}
}
