package compiler_test

import (
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// rooms is the order of the house. Each row is a package, what it may import of
// callpolicy, and the libraries that it may stand on beside the standard
// library and what everybody may use. A row names only rows above it: data
// flows one way, and so do imports. A package without a row fails the test;
// where it belongs is decided here, not by whoever needs it first.
var rooms = []room{
	{"compiler/diag", "", ""},
	{"compiler/bounded", "", ""},
	{"compiler/failure", "", ""},
	{"policies", "", "cue"},
	{"policies/gen", "policies", ""},
	{"schema", "", "cue"},
	{"schema/gen", "schema", ""},
	{"examples", "", ""},
	{"compiler/cache", "", ""},
	{"compiler/confine", "", ""},
	{"compiler/near", "", ""},
	{"compiler/filekind", "", ""},
	{"compiler/identity", "", "idna"},
	{"compiler/source", "compiler/failure", "go-git"},
	{"compiler/syntax", "compiler/diag", ""},
	{"compiler/syntax/syntaxtest", "compiler/diag compiler/syntax", ""}, // for tests
	{"compiler/syntax/yaml", "compiler/diag compiler/syntax", "yaml"},
	{"compiler/syntax/cue", "compiler/confine compiler/diag compiler/near compiler/syntax", "cue"},
	{"compiler/roster", "compiler/identity compiler/diag compiler/near compiler/filekind policies", ""},
	{"compiler/jabber", "compiler/diag policies", "etree"},
	{"compiler/config", "compiler/identity compiler/diag compiler/roster compiler/jabber compiler/syntax compiler/syntax/yaml policies schema", ""},
	{"compiler/config/edit", "compiler/diag compiler/filekind compiler/config compiler/syntax", ""},
	{"compiler/config/check", "compiler/diag compiler/filekind compiler/near compiler/config compiler/config/edit compiler/syntax policies schema", ""},
	{"compiler/config/load", "compiler/identity compiler/diag compiler/filekind compiler/near compiler/source compiler/syntax compiler/syntax/yaml compiler/syntax/cue compiler/roster compiler/jabber compiler/config compiler/config/edit compiler/config/check policies schema", ""},
	{"compiler/resolve", "compiler/config schema", ""},
	{"compiler/rules", "compiler/identity compiler/confine compiler/diag compiler/near compiler/config compiler/config/edit compiler/resolve compiler/syntax compiler/syntax/cue policies schema", "cue"},
	{"compiler/bundle", "compiler/diag compiler/jabber compiler/config compiler/resolve", ""},
	{"compiler/outstanding", "compiler/bundle compiler/resolve", ""},
	{"compiler/explain", "compiler/identity compiler/diag compiler/near compiler/config compiler/resolve compiler/bundle compiler/outstanding", ""},
	{"compiler/plan", "compiler/identity compiler/diag compiler/config compiler/resolve compiler/bundle schema", ""},
	{"compiler/runbook", "compiler/identity compiler/outstanding compiler/jabber compiler/config compiler/resolve compiler/bundle compiler/plan schema", ""},
	{"compiler/whatif", "compiler/near compiler/config", ""},
	{"compiler/migration", "compiler/diag compiler/jabber compiler/config compiler/resolve compiler/plan policies", ""},
	{"compiler/inventory", "compiler/outstanding compiler/diag compiler/config compiler/resolve", ""},
	{"compiler/persona", "compiler/diag compiler/config compiler/resolve", ""},
	{"compiler/target", "compiler/failure", ""},
	{"compiler/live/webex", "compiler/failure", "http"},
	{"compiler/live/simulate", "", ""},
	{"compiler/live/snapshot", "compiler/failure compiler/roster compiler/live/webex", ""},
	{"compiler/live", "compiler/failure compiler/config compiler/resolve compiler/bundle compiler/live/webex compiler/live/snapshot", "lock"},
	{"compiler/importer", "compiler/diag compiler/jabber compiler/roster policies schema", ""},
	{"compiler", "compiler/confine compiler/diag compiler/failure compiler/syntax/cue compiler/config compiler/config/load compiler/resolve compiler/rules " +
		"compiler/bundle compiler/plan compiler/persona compiler/target policies schema", ""},
	{"compiler/workspace", "compiler compiler/outstanding compiler/resolve compiler/filekind compiler/cache compiler/diag compiler/failure compiler/source compiler/config compiler/config/load compiler/bundle compiler/plan compiler/target " +
		"compiler/live/webex compiler/live/simulate compiler/live/snapshot compiler/live", ""},

	// The command stands on the façade and on what its results are made of:
	// nothing in cmd parses a policy file. The view renders and does no work,
	// and it alone knows of terminals and report formats.
	{"cmd/callpolicy/internal/view/format", "", ""},
	{"cmd/callpolicy/internal/view/layout", "compiler/diag", "terminal"},
	{"cmd/callpolicy/internal/view/harmless", "cmd/callpolicy/internal/view/layout", ""},
	{"cmd/callpolicy/internal/view/words", "cmd/callpolicy/internal/view/harmless compiler/bundle compiler/plan", ""},
	{"cmd/callpolicy/internal/view/viewtest", "", "parsers"}, // for tests
	{"cmd/callpolicy/internal/view/report", "cmd/callpolicy/internal/view/format cmd/callpolicy/internal/view/layout cmd/callpolicy/internal/view/harmless compiler/diag compiler/persona policies", "reports"},
	{"cmd/callpolicy/internal/view/planview", "cmd/callpolicy/internal/view/format cmd/callpolicy/internal/view/layout cmd/callpolicy/internal/view/harmless cmd/callpolicy/internal/view/words compiler/plan", "terminal"},
	{"cmd/callpolicy/internal/view/runbookview", "cmd/callpolicy/internal/view/format cmd/callpolicy/internal/view/layout cmd/callpolicy/internal/view/harmless compiler/runbook schema", ""},
	{"cmd/callpolicy/internal/view/liveview", "cmd/callpolicy/internal/view/format cmd/callpolicy/internal/view/layout cmd/callpolicy/internal/view/harmless compiler/live/webex compiler/live/snapshot compiler/live", ""},
	{"cmd/callpolicy/internal/view", "compiler/outstanding cmd/callpolicy/internal/view/layout cmd/callpolicy/internal/view/harmless cmd/callpolicy/internal/view/words cmd/callpolicy/internal/view/report cmd/callpolicy/internal/view/planview compiler compiler/cache compiler/diag " +
		"compiler/explain compiler/bundle compiler/plan compiler/migration compiler/inventory compiler/persona compiler/target compiler/workspace policies schema", "terminal"},
	{"cmd/callpolicy/internal/command", "compiler compiler/bundle compiler/cache compiler/config compiler/confine compiler/diag compiler/failure compiler/near compiler/workspace " +
		"cmd/callpolicy/internal/view cmd/callpolicy/internal/view/layout cmd/callpolicy/internal/view/report", "cobra"},
	{"cmd/callpolicy/internal/cli/livecli", "compiler compiler/failure compiler/plan compiler/workspace compiler/live/webex compiler/live/snapshot compiler/live " +
		"cmd/callpolicy/internal/command cmd/callpolicy/internal/view cmd/callpolicy/internal/view/format cmd/callpolicy/internal/view/layout cmd/callpolicy/internal/view/liveview cmd/callpolicy/internal/view/report", "cobra"},
	{"cmd/callpolicy/internal/cli", "cmd/callpolicy/internal/command cmd/callpolicy/internal/cli/livecli compiler compiler/outstanding compiler/cache compiler/confine compiler/diag compiler/failure compiler/source compiler/config compiler/config/edit compiler/resolve " +
		"compiler/explain compiler/importer compiler/bundle compiler/plan compiler/roster compiler/runbook compiler/whatif compiler/migration compiler/inventory compiler/target compiler/workspace policies schema examples " +
		"cmd/callpolicy/internal/view cmd/callpolicy/internal/view/format cmd/callpolicy/internal/view/layout cmd/callpolicy/internal/view/report cmd/callpolicy/internal/view/planview cmd/callpolicy/internal/view/runbookview cmd/callpolicy/internal/view/liveview " +
		"compiler/live/webex compiler/live/snapshot compiler/live", "cobra"},
	{"cmd/callpolicy", "cmd/callpolicy/internal/cli", ""},
}

type room struct{ name, ours, libraries string }

// libraries gives the modules that the table speaks of by a short name.
var libraries = map[string][]string{
	"idna":     {"golang.org/x/net/idna"},
	"cue":      {"cuelang.org/go"},
	"cobra":    {"github.com/spf13/cobra", "github.com/spf13/pflag"},
	"etree":    {"github.com/beevik/etree"},
	"go-git":   {"github.com/go-git"},
	"http":     {"github.com/hashicorp/go-retryablehttp", "golang.org/x/oauth2", "golang.org/x/time"},
	"lock":     {"github.com/gofrs/flock"},
	"parsers":  {"github.com/yuin/goldmark", "golang.org/x/net/html", "pgregory.net/rapid"}, // of what we write, in tests
	"reports":  {"github.com/owenrumney/go-sarif"},
	"terminal": {"github.com/cheggaaa/pb", "github.com/rogpeppe/go-internal/diff", "github.com/mattn/go-runewidth", "github.com/muesli/termenv", "golang.org/x/term"},
	"yaml":     {"gopkg.in/yaml.v3"},
}

// everybodys lists the small libraries that any room but the leaf may use.
var everybodys = []string{
	"github.com/hashicorp/go-multierror",
	"golang.org/x/sync",
	"golang.org/x/sys",
	"golang.org/x/text",
}

// everybodysOwn is what any room but the leaf may use of ours: what kind of file
// a name is, and reading files that somebody else has written.
var everybodysOwn = []string{"compiler/filekind", "compiler/bounded"}

const (
	module = "callpolicy"
	leaf   = "compiler/diag"
)

// TestRoomsAreOrdered holds the table itself to its order.
func TestRoomsAreOrdered(t *testing.T) {
	var above []string
	for _, r := range rooms {
		for name := range strings.FieldsSeq(r.ours) {
			if !slices.Contains(above, name) {
				t.Errorf("%s may import %s, which is no row above it", r.name, name)
			}
		}
		for name := range strings.FieldsSeq(r.libraries) {
			if libraries[name] == nil {
				t.Errorf("%s may import %q, which is no known library", r.name, name)
			}
		}
		above = append(above, r.name)
	}
}

// TestImports holds every package, on every system we build for, to its row, and
// the table to what is imported: what nobody needs is not allowed.
func TestImports(t *testing.T) {
	imports := map[string][]string{} // of each package, on all systems
	for _, system := range []string{"linux", "darwin", "windows"} {
		t.Run(system, func(t *testing.T) {
			for _, p := range list(t, system) {
				name := strings.TrimPrefix(p.ImportPath, module+"/")
				if p.ImportPath == module {
					t.Errorf("%s: the root of the module holds no package", p.ImportPath)
					continue
				}
				i := slices.IndexFunc(rooms, func(r room) bool { return r.name == name })
				if i < 0 {
					t.Errorf("%s is in no row of the table: give it its place in the order", name)
					continue
				}
				imports[name] = append(imports[name], p.Imports...)
				for _, imported := range p.Imports {
					if !rooms[i].mayImport(imported) {
						t.Errorf("%s must not import %s", name, imported)
					}
				}
			}
		})
	}
	for _, unused := range unusedAllowances(imports) {
		t.Error(unused)
	}
}

// unusedAllowances returns what the table allows to packages with these imports
// and none of them makes use of.
func unusedAllowances(imports map[string][]string) []string {
	imported := func(by, tree string) bool {
		return slices.ContainsFunc(imports[by], func(pkg string) bool { return within(pkg, tree) })
	}
	var unused []string
	for _, r := range rooms {
		for name := range strings.FieldsSeq(r.ours) {
			if !slices.Contains(imports[r.name], module+"/"+name) {
				unused = append(unused, r.name+" may import "+name+", and does not")
			}
		}
		for name := range strings.FieldsSeq(r.libraries) {
			if !slices.ContainsFunc(libraries[name], func(tree string) bool { return imported(r.name, tree) }) {
				unused = append(unused, r.name+" may stand on "+name+", and does not")
			}
		}
	}
	everywhere := slices.Clone(everybodys)
	for _, trees := range libraries {
		everywhere = append(everywhere, trees...)
	}
	for _, tree := range everywhere {
		if !slices.ContainsFunc(rooms, func(r room) bool { return imported(r.name, tree) }) {
			unused = append(unused, tree+" is in the table, and nobody imports it")
		}
	}
	slices.Sort(unused)
	return unused
}

// TestUnusedAllowances shows the rule at work on packages that import less than
// they may.
func TestUnusedAllowances(t *testing.T) {
	unused := unusedAllowances(map[string][]string{
		"compiler/whatif":     {"callpolicy/compiler/config", "callpolicy/compiler/nearby"},
		"compiler/syntax/cue": {"cuelang.org/go/mod/module", "golang.org/x/sync/errgroup"},
	})
	for line, want := range map[string]bool{
		"compiler/whatif may import compiler/near, and does not":                    true,
		"compiler/whatif may import compiler/config, and does not":                  false,
		"compiler/syntax/yaml may stand on yaml, and does not":                      true,
		"compiler/syntax/cue may stand on cue, and does not":                        false,
		"github.com/hashicorp/go-multierror is in the table, and nobody imports it": true,
		"golang.org/x/sync is in the table, and nobody imports it":                  false,
	} {
		if slices.Contains(unused, line) != want {
			t.Errorf("%q is said: %t", line, !want)
		}
	}
}

// TestPackageNames keeps out names that say nothing.
func TestPackageNames(t *testing.T) {
	for _, p := range list(t, "linux") {
		for _, name := range append(strings.Split(p.ImportPath, "/"), p.Name) {
			switch name {
			case "util", "utils", "common", "helper", "helpers":
				t.Errorf("%s: a package is named for what it is about, not %q", p.ImportPath, name)
			}
		}
	}
}

// mayImport reports whether the row allows the import.
func (r room) mayImport(imported string) bool {
	if ours, ok := strings.CutPrefix(imported, module+"/"); ok {
		return slices.Contains(strings.Fields(r.ours), ours) || r.name != leaf && slices.Contains(everybodysOwn, ours)
	}
	first, _, _ := strings.Cut(imported, "/")
	if !strings.Contains(first, ".") {
		return true // the standard library
	}
	for name := range strings.FieldsSeq(r.libraries) {
		if slices.ContainsFunc(libraries[name], func(m string) bool { return within(imported, m) }) {
			return true
		}
	}
	return r.name != leaf && slices.ContainsFunc(everybodys, func(m string) bool { return within(imported, m) })
}

// within reports whether the package belongs to the tree of packages.
func within(pkg, tree string) bool { return pkg == tree || strings.HasPrefix(pkg, tree+"/") }

type listed struct {
	ImportPath, Name string
	Imports          []string
}

// list returns the packages of the module as they are built for a system, with
// what they import themselves, tests left aside.
func list(t *testing.T, system string) []listed {
	t.Helper()
	touchSources(t)
	cmd := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Name,Imports", "./...")
	cmd.Dir = ".."
	cmd.Env = append(cmd.Environ(), "GOOS="+system, "CGO_ENABLED=0")
	out, err := cmd.Output()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		t.Fatalf("go list: %v\n%s", err, exit.Stderr)
	}
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var pkgs []listed
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p listed
		err := dec.Decode(&p)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("go list: %v", err)
		}
		pkgs = append(pkgs, p)
	}
	if len(pkgs) == 0 {
		t.Fatal("go list: no packages")
	}
	return pkgs
}

// touchSources looks at every Go file of the module, so that the go command,
// which does not see what a child process reads, knows that a remembered result
// of this test is stale once one of them changes.
func touchSources(t *testing.T) {
	t.Helper()
	err := filepath.WalkDir("..", func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := entry.Name()
		if entry.IsDir() && name != ".." && (strings.HasPrefix(name, ".") || name == "build" || name == "testdata") {
			return fs.SkipDir
		}
		if filepath.Ext(name) == ".go" {
			_, err = os.Stat(path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestMayImport shows the rule at work on imports that must be refused.
func TestMayImport(t *testing.T) {
	row := func(name string) room {
		return rooms[slices.IndexFunc(rooms, func(r room) bool { return r.name == name })]
	}
	tests := []struct {
		room, imported string
		want           bool
	}{
		{leaf, "slices", true},
		{leaf, "golang.org/x/text/width", false},
		{leaf, "callpolicy/schema", false},
		{"compiler/source", "github.com/go-git/go-git/v5", true},
		{"compiler/config", "github.com/go-git/go-git/v5", false},
		{"compiler/config", "cuelang.org/go/cue", false},
		{"compiler/resolve", "callpolicy/compiler/config", true},
		{"compiler/config", "callpolicy/compiler/resolve", false},
		{"compiler", "callpolicy/cmd/callpolicy/internal/view", false},
		{"cmd/callpolicy", "callpolicy/compiler", false},
		{"cmd/callpolicy/internal/view/layout", "github.com/muesli/termenv", true},
		{"cmd/callpolicy/internal/cli", "github.com/muesli/termenv", false},
		{"compiler/target", "golang.org/x/sys/unix", true},
	}
	for _, test := range tests {
		if got := row(test.room).mayImport(test.imported); got != test.want {
			t.Errorf("%s importing %s: allowed %t, want %t", test.room, test.imported, got, test.want)
		}
	}
}
