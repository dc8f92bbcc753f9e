package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"
)

// terminal runs programs in a folder, for tests of what works with callpolicy.
type terminal struct {
	t   *testing.T
	dir string
	env []string
}

// ok runs a program that must end with status 0, and returns what it says.
func (s terminal) ok(name string, args ...string) string {
	s.t.Helper()
	out, err := s.run(name, args...)
	if err != nil {
		s.t.Fatalf("%s %q: %v\n%s", name, args, err, out)
	}
	return out
}

// fails runs a program that must not succeed, and returns what it says.
func (s terminal) fails(name string, args ...string) string {
	s.t.Helper()
	out, err := s.run(name, args...)
	if err == nil {
		s.t.Fatalf("%s %q succeeded\n%s", name, args, out)
	}
	return out
}

func (s terminal) run(name string, args ...string) (string, error) {
	s.t.Helper()
	cmd := exec.CommandContext(s.t.Context(), name, args...)
	cmd.Dir, cmd.Env = s.dir, s.env
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// says holds output to a regular expression.
func (s terminal) says(want, out string) {
	s.t.Helper()
	if !regexp.MustCompile(want).MatchString(out) {
		s.t.Fatalf("it does not say %q:\n%s", want, out)
	}
}

func (s terminal) write(name, text string) {
	s.t.Helper()
	full := filepath.Join(s.dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
		s.t.Fatal(err)
	}
	if err := os.WriteFile(full, []byte(text), 0o644); err != nil {
		s.t.Fatal(err)
	}
}

func (s terminal) read(name string) string {
	s.t.Helper()
	data, err := os.ReadFile(filepath.Join(s.dir, filepath.FromSlash(name)))
	if err != nil {
		s.t.Fatal(err)
	}
	return string(data)
}

// gitIdentity is an environment without anything of whoever runs the tests but
// the path to programs.
func gitIdentity(t *testing.T) []string {
	t.Helper()
	return []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir(), "TZ=UTC", "LC_ALL=C.UTF-8",
		"GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=" + os.DevNull,
		"GIT_AUTHOR_NAME=Story", "GIT_AUTHOR_EMAIL=story@voorbeeld.example", "GIT_AUTHOR_DATE=2026-11-20T12:00:00Z",
		"GIT_COMMITTER_NAME=Story", "GIT_COMMITTER_EMAIL=story@voorbeeld.example", "GIT_COMMITTER_DATE=2026-11-20T12:00:00Z",
	}
}
