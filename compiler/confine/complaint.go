package confine

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"slices"
	"strings"
)

// environment leaves the child nothing that changes what CUE does.
func environment(env []string) []string {
	if env == nil {
		env = []string{}
		if root, ok := os.LookupEnv("SYSTEMROOT"); ok { // Windows starts nothing without it
			env = append(env, "SYSTEMROOT="+root)
		}
	}
	return slices.DeleteFunc(slices.Clone(env), func(v string) bool { return strings.HasPrefix(strings.ToUpper(v), "CUE_") })
}

// complaints keeps the beginning of what a child writes to its standard error, where
// the Go runtime says why it gave up.
type complaints struct{ buf bytes.Buffer }

func (t *complaints) Write(b []byte) (int, error) {
	if room := 8<<10 - t.buf.Len(); room > 0 {
		t.buf.Write(b[:min(room, len(b))])
	}
	return len(b), nil
}

// text returns the first line.
func (t *complaints) text() string {
	text, _, _ := strings.Cut(strings.TrimSpace(t.buf.String()), "\n")
	if r := []rune(text); len(r) > 80 {
		return string(r[:79]) + "…"
	}
	return text
}

// limit says which limit ended a child that could not say so itself, or nothing.
func (t *complaints) limit(err error) string {
	text := t.buf.String()
	switch {
	case strings.Contains(text, "stack exceeds") || strings.Contains(text, "stack overflow"):
		return "goes too deep to evaluate"
	case strings.Contains(text, "out of memory"), strings.Contains(text, "cannot allocate memory"),
		strings.Contains(text, "failed to allocate"): // the last in a build with the race detector
		return "takes more memory than there is to evaluate"
	}
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() == -1 {
		return "was stopped by the system while it was evaluated" // a signal, usually for want of memory
	}
	return ""
}
