package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
)

// TestBroken writes down what callpolicy says of broken repositories, each from
// another corner, in one file that is to be read from top to bottom, as somebody
// reads it who writes policies and has never seen the code. UPDATE=1 writes it anew.
func TestBroken(t *testing.T) {
	const golden = "../../testdata/broken.txt"
	names, err := filepath.Glob("../../testdata/broken/*.txtar")
	if err != nil || len(names) < 10 {
		t.Fatal(names, err)
	}
	var is strings.Builder
	for _, name := range names {
		archive, err := txtar.ParseFile(name)
		if err != nil {
			t.Fatal(err)
		}
		dir := t.TempDir()
		if err := txtar.Write(archive, dir); err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&is, "%s\n%s\n%s\n$ callpolicy validate\n", strings.Repeat("=", 80), filepath.Base(name), archive.Comment)
		is.WriteString(validate(t, dir))
		is.WriteString("\n")
	}
	if os.Getenv("UPDATE") != "" {
		if err := os.WriteFile(golden, []byte(is.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	was, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if string(was) != is.String() {
		t.Errorf("callpolicy says something else than %s; UPDATE=1 writes it anew\n%s", golden, firstDifference(string(was), is.String()))
	}
}

// validate returns what the command prints of a broken repository.
func validate(t *testing.T, dir string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "callpolicy", "validate", "--at", "2026-11-20")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "HOME="+dir, "GIT_CEILING_DIRECTORIES="+filepath.Dir(dir))
	out, err := cmd.CombinedOutput()
	if exit, ok := errors.AsType[*exec.ExitError](err); !ok || exit.ExitCode() != 1 {
		t.Errorf("it ended with %v, and should end with status 1", err)
	}
	return string(out)
}
