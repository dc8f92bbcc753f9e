package cli_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"callpolicy/cmd/callpolicy/internal/cli"
	"callpolicy/cmd/callpolicy/internal/view/layout"
)

// run runs callpolicy in this process.
func run(ctx context.Context, args ...string) (status int, stdout, stderr string) {
	var out, err bytes.Buffer
	none := func(string) string { return "" }
	status = cli.Run(ctx, args, strings.NewReader(""), &out, &err, none)
	return status, out.String(), err.String()
}

// TestHelp holds every help text to 80 columns, and to having an example.
func TestHelp(t *testing.T) {
	_, all, _ := run(t.Context(), "help")
	commands := []string{"help"}
	for line := range strings.Lines(all) {
		if name, short, ok := strings.Cut(strings.TrimSpace(line), "  "); ok && strings.HasPrefix(line, "  ") &&
			!strings.ContainsAny(name, " -") && short != "" {
			commands = append(commands, name)
		}
	}
	if len(commands) < 8 {
		t.Fatalf("found the commands %q in\n%s", commands, all)
	}
	for _, name := range commands {
		t.Run(name, func(t *testing.T) {
			status, text, _ := run(t.Context(), name, "--help")
			if status != 0 {
				t.Errorf("status %d", status)
			}
			if !strings.Contains(text, "\nExamples:\n  ") {
				t.Error("there is no example")
			}
			for line := range strings.Lines(text) {
				if layout.Width(strings.TrimSuffix(line, "\n")) > 80 {
					t.Errorf("more than 80 columns: %s", line)
				}
			}
		})
	}
}

// TestInterrupted stops before anything is written.
func TestInterrupted(t *testing.T) {
	dir := t.TempDir()
	if status, _, stderr := run(t.Context(), "init", dir); status != 0 {
		t.Fatalf("init: status %d\n%s", status, stderr)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, args := range [][]string{
		{"validate"},
		{"apply", "--yes"},
		{"compile", "--dir", filepath.Join(dir, "build")},
	} {
		status, stdout, stderr := run(ctx, append([]string{"-C", dir}, args...)...)
		if status != 3 || stdout != "" || stderr != "callpolicy: interrupted\n" {
			t.Errorf("%q: status %d\n%s%s", args, status, stdout, stderr)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "build")); !os.IsNotExist(err) {
		t.Errorf("something was written: %v", err)
	}
}
