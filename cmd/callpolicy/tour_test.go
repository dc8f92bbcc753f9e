package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestTour runs every command of the README and of the documents, in order, and
// compares what they print with what the page says. UPDATE=1 writes it anew.
func TestTour(t *testing.T) {
	pages, err := filepath.Glob("../../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	tools := buildTool(t)
	for _, page := range append([]string{"../../README.md", "../../docs/reference/formats.md"}, pages...) {
		t.Run(filepath.Base(page), func(t *testing.T) {
			t.Parallel()
			data, err := os.ReadFile(page)
			if err != nil {
				t.Fatal(err)
			}
			was := string(data)
			is := runPage(t, was, tools)
			if was == is {
				return
			}
			if os.Getenv("UPDATE") != "" {
				if err := os.WriteFile(page, []byte(is), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			t.Errorf("the page no longer says what the commands do; UPDATE=1 writes it anew\n%s", firstDifference(was, is))
		})
	}
}

// buildTool builds callpolicy as a user would have it, and returns its folder.
func buildTool(t *testing.T) string {
	t.Helper()
	if testing.Short() {
		t.Skip("builds the program: make test runs it")
	}
	dir := t.TempDir()
	build := exec.CommandContext(t.Context(), "go", "build", "-o", dir, ".")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return dir
}

// runPage runs the commands in the page's console blocks in one shell session
// after another, and returns the page with what they print.
func runPage(t *testing.T, page, tools string) string {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	s := session{t: t, dir: filepath.Join(t.TempDir(), "callpolicy"), tools: tools}
	if err := os.CopyFS(filepath.Join(s.dir, "examples"), os.DirFS(filepath.Join(root, "examples"))); err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	inBlock := false
	for line := range strings.Lines(page) {
		text := strings.TrimLeft(line, " ") // a block in a list is indented
		indent := line[:len(line)-len(text)]
		switch {
		case strings.HasPrefix(text, "```console"):
			inBlock = true
		case strings.HasPrefix(text, "```"):
			inBlock = false
		case inBlock && strings.HasPrefix(text, "$ "):
			out.WriteString(line)
			for printed := range strings.Lines(s.run(strings.TrimSpace(text[2:]))) {
				if printed != "\n" {
					out.WriteString(indent)
				}
				out.WriteString(printed)
			}
			continue
		case inBlock:
			continue // what a command printed
		}
		out.WriteString(line)
	}
	return out.String()
}

// session is a shell in which commands are run one after another; it remembers
// the folder that it is in.
type session struct {
	t          *testing.T
	dir, tools string
}

func (s *session) run(command string) string {
	s.t.Helper()
	cmd := exec.CommandContext(s.t.Context(), "bash", "-c", command+"\ncode=$?; pwd >\"$HERE\"; exit $code")
	here := filepath.Join(s.t.TempDir(), "here")
	cmd.Dir = s.dir
	cmd.Env = []string{
		"PATH=" + s.tools + string(os.PathListSeparator) + os.Getenv("PATH"), "HOME=" + s.t.TempDir(), "HERE=" + here,
		"TZ=UTC", "LC_ALL=C.UTF-8", "WEBEX_ACCESS_TOKEN=any", "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=/dev/null",
		"GIT_AUTHOR_NAME=Vera Example", "GIT_AUTHOR_EMAIL=vera@voorbeeld.example", "GIT_AUTHOR_DATE=2026-10-01T09:00:00Z",
		"GIT_COMMITTER_NAME=Vera Example", "GIT_COMMITTER_EMAIL=vera@voorbeeld.example", "GIT_COMMITTER_DATE=2026-10-01T09:00:00Z",
	}
	out, err := cmd.CombinedOutput() // a command that fails shows its message, which is the point
	if len(out) == 0 && err != nil {
		s.t.Fatalf("%s: %v, without a word", command, err)
	}
	if now, err := os.ReadFile(here); err == nil {
		s.dir = strings.TrimSpace(string(now))
	}
	text := commit.ReplaceAllString(string(out), "(3f2c1ab)")
	text = revision.ReplaceAllString(text, `"revision": "3f2c1ab7c0d5e1f6a2b8c4d9e3f7a1b5c6d8e2f4"`)
	text = recorded.ReplaceAllString(text, "${1}3f2c1ab…")
	return moment.ReplaceAllLiteralString(text, "2027-03-01 02:00")
}

// commit is the short id of a commit, which is another one for everybody who
// takes the tour, and revision its long one in JSON.
var (
	commit   = regexp.MustCompile(`\([0-9a-f]{7}\)`)
	revision = regexp.MustCompile(`"revision": "[0-9a-f]{40}"`)
)

// recorded is what a change record is bound to, and moment when something was
// done: both are other ones each time.
var (
	recorded = regexp.MustCompile(`((?:revision|plan|snapshot) +)(?:[0-9a-f]{40}|sha256:[0-9a-f]{64})`)
	moment   = regexp.MustCompile(`20\d\d-\d\d-\d\d \d\d:\d\d(:\d\d)?`)
)

func firstDifference(was, is string) string {
	a, b := strings.Split(was, "\n"), strings.Split(is, "\n")
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return "- " + a[i] + "\n+ " + b[i]
		}
	}
	return "one is longer than the other"
}

// TestFormatsPage keeps the page of formats from leaving one out: a format that a
// command takes has a part of its own.
func TestFormatsPage(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("../../docs/reference/formats.md")
	if err != nil {
		t.Fatal(err)
	}
	s := terminal{t: t, dir: t.TempDir(), env: gitIdentity(t)}
	tool := filepath.Join(buildTool(t), "callpolicy")
	words := regexp.MustCompile(`is not one of ([a-z]+(?:, [a-z]+)*)`)
	formats := map[string]bool{}
	for _, command := range []string{
		"validate", "plan", "explain", "users", "template", "migration", "migration readiness",
		"rules", "runbook", "test", "version",
	} {
		said := s.fails(tool, append(strings.Fields(command), "--format", "?")...)
		known := words.FindStringSubmatch(strings.Join(strings.Fields(said), " ")) // it may be wrapped
		if known == nil {
			t.Fatalf("%s does not say its formats: %s", command, said)
		}
		for format := range strings.SplitSeq(known[1], ", ") {
			formats[format] = true
			row := regexp.MustCompile("(?m)^\\| \\[`" + format + "`\\]\\(#" + format + "\\) \\|.*(every command|`" + command + "`)")
			if !row.Match(data) {
				t.Errorf("the page does not say that %s has the format %s", command, format)
			}
		}
	}
	for format := range formats {
		if !strings.Contains(string(data), "\n## "+format+"\n") {
			t.Errorf("the format %s has no part of its own", format)
		}
	}
}
