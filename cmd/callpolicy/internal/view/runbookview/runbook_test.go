package runbookview

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/rogpeppe/go-internal/txtar"

	"callpolicy/cmd/callpolicy/internal/view/layout"
	"callpolicy/cmd/callpolicy/internal/view/viewtest"
	"callpolicy/compiler/config/load"
	"callpolicy/compiler/plan"
	"callpolicy/compiler/resolve"
	"callpolicy/compiler/runbook"
	"callpolicy/compiler/syntax/cue"
	"callpolicy/schema"
)

func resolved(t *testing.T, fsys fstest.MapFS) *resolve.Result {
	t.Helper()
	cfg, diags, err := load.Load(t.Context(), load.Request{FS: fsys, Dir: ".", CUE: cue.InProcess()})
	if err != nil || diags.HasErrors() {
		t.Fatal(err, diags)
	}
	return resolve.Users(cfg)
}

// sampleBook makes the runbook of a fixture.
func sampleBook(t *testing.T, edition string) *runbook.Runbook {
	t.Helper()
	archive, err := txtar.ParseFile(filepath.Join("testdata", "runbook-"+edition+".txtar"))
	if err != nil {
		t.Fatal(err)
	}
	var sides []*resolve.Result
	for _, f := range archive.Files {
		sides = append(sides, resolved(t, fstest.MapFS{
			"callpolicy.yaml":      {Data: []byte("apiVersion: callpolicy/v1\nedition: " + edition + "\n")},
			"policies/policy.yaml": {Data: f.Data},
		}))
	}
	return runbook.Build(runbook.Input{
		Base: sides[0], Head: sides[1], From: plan.State{Name: "main"}, To: plan.State{Name: "the work tree"},
	})
}

func bookIn(t *testing.T, format string, book *runbook.Runbook) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Write(format, &b, book, layout.Plain()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// The goldens show every kind of step, in every format and both editions.
func TestRunbookGoldens(t *testing.T) {
	seen := map[runbook.Kind][]string{}
	for _, edition := range schema.EditionNames() {
		book := sampleBook(t, edition)
		for _, s := range book.Steps {
			if !slices.Contains(seen[s.Kind], edition) {
				seen[s.Kind] = append(seen[s.Kind], edition)
			}
		}
		for format, ext := range map[string]string{"text": "txt", "markdown": "md", "json": "json", "html": "html"} {
			viewtest.Golden(t, "runbook-"+edition+"."+ext, bookIn(t, format, book))
		}
	}
	s, err := schema.Load(schema.Today())
	if err != nil {
		t.Fatal(err)
	}
	for kind := range s.Edition.Procedures {
		if shown := seen[runbook.Kind(kind)]; len(shown) != 2 {
			t.Errorf("steps of kind %s are shown in %q", kind, shown)
		}
	}
}

// What an administrator wrote can neither drive a terminal nor become part of a page.
func TestRunbookHostile(t *testing.T) {
	evil := "<script>alert(1)</script> \x1b[31m *x* `y` [z](https://evil.example)"
	book := &runbook.Runbook{Steps: []*runbook.Step{{
		ID: "0123456789", Kind: runbook.TemplateAssign, Title: evil, Where: "Control Hub", Page: []string{evil}, Groups: []string{evil},
		People: []runbook.Person{{User: evil, How: evil}}, Keep: []runbook.Keep{{By: "user", Users: 1, Who: []string{evil}}},
		Changes:  []runbook.Change{{Option: evil, Before: evil, After: evil}},
		Requests: []runbook.Request{{Method: "PUT", Path: evil, Body: []byte(`"` + "x`y" + `"`)}}, Cautions: []string{evil},
	}}, Notes: []string{evil}, NotPossible: []string{evil}}
	for _, format := range []string{"text", "markdown", "html"} {
		out := string(bookIn(t, format, book))
		if strings.Contains(out, "\x1b") {
			t.Errorf("%s: an escape sequence comes through", format)
		}
		if format == "html" && strings.Count(out, "<script>") != 1 {
			t.Errorf("html: a script comes through:\n%s", out)
		}
		if format == "markdown" {
			// Within back quotes nothing means anything.
			text := regexp.MustCompile("`+ ?.*? ?`+\n").ReplaceAllString(out, "\n")
			if strings.Contains(text, "<script>") || strings.Contains(text, "[z](") {
				t.Errorf("markdown: it comes through:\n%s", text)
			}
		}
	}
}

// The page asks nobody for anything, so that it can be mailed and kept.
func TestRunbookPageIsSelfContained(t *testing.T) {
	out := bookIn(t, "html", sampleBook(t, "classic"))
	if m := regexp.MustCompile(`(?i)\b(src|href|action)\s*=|url\(|@import|fetch\(|<(img|link|iframe|object)\b`).Find(out); m != nil {
		t.Errorf("the page holds %q", m)
	}
}

// The change of the README, no video on mobile and a template up, is two pages.
func TestRunbookIsShort(t *testing.T) {
	for _, format := range []string{"text", "markdown"} {
		if lines := bytes.Count(bookIn(t, format, exampleBook(t)), []byte("\n")); lines < 20 || lines > 2*60 {
			t.Errorf("%s: %d lines are not one or two pages", format, lines)
		}
	}
}

func exampleBook(t *testing.T) *runbook.Runbook {
	t.Helper()
	const root = "../../../../../examples/voorbeeld-zorg"
	base, head := fstest.MapFS{}, fstest.MapFS{}
	err := filepath.WalkDir(root, func(name string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		rel := filepath.ToSlash(strings.TrimPrefix(name, filepath.FromSlash(root)+string(filepath.Separator)))
		base[rel] = &fstest.MapFile{Data: data}
		switch rel {
		case "policies/org.yaml":
			data = bytes.Replace(data, []byte("videoOnMobile: true"), []byte("videoOnMobile: false"), 1)
		case "policies/templates.yaml":
			data = bytes.Replace(data, []byte("rank: 30"), []byte("rank: 10"), 1)
		}
		head[rel] = &fstest.MapFile{Data: data}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return runbook.Build(runbook.Input{Base: resolved(t, base), Head: resolved(t, head)})
}

// A real browser shows the page, runs its script without a fault, and prints
// the change of the README on two pages at most.
func TestRunbookInBrowser(t *testing.T) {
	if testing.Short() {
		t.Skip("needs Chromium: make test runs it")
	}
	browser := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			browser = path
			break
		}
	}
	if browser == "" {
		t.Fatal("chromium is needed to look at the page: .ci/install installs it")
	}
	dir := t.TempDir()
	page := filepath.Join(dir, "runbook.html")
	book := exampleBook(t)
	book.Steps[0].Done = true
	if err := os.WriteFile(page, bookIn(t, "html", book), 0o600); err != nil {
		t.Fatal(err)
	}
	dom := browse(t, browser, dir, "--dump-dom", "file://"+filepath.ToSlash(page))
	if n := strings.Count(dom, `<input type="checkbox"`); n != len(book.Steps) {
		t.Errorf("%d boxes for %d steps", n, len(book.Steps))
	}
	if n := strings.Count(dom, `checked=""`); n != 1 {
		t.Errorf("%d boxes are ticked, want 1", n)
	}
	pdf := filepath.Join(dir, "runbook.pdf")
	browse(t, browser, dir, "--no-pdf-header-footer", "--print-to-pdf="+pdf, "file://"+filepath.ToSlash(page))
	data, err := os.ReadFile(pdf)
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile(`/Type /Pages\s*/Count (\d+)`).FindSubmatch(data)
	if m == nil {
		t.Fatal("the print has no pages")
	}
	if n, err := strconv.Atoi(string(m[1])); err != nil || n < 1 || n > 2 {
		t.Errorf("it prints on %s pages", m[1])
	}
}

func browse(t *testing.T, browser, dir string, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, browser, append([]string{
		"--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--user-data-dir=" + filepath.Join(dir, "profile"),
	}, args...)...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, stderr.Bytes())
	}
	return string(out)
}
