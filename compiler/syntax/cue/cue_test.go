package cue

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"golang.org/x/tools/txtar"

	"callpolicy/compiler/confine"
	"callpolicy/compiler/diag"
	"callpolicy/compiler/syntax"
	"callpolicy/compiler/syntax/syntaxtest"
)

var update = flag.Bool("update", os.Getenv("UPDATE") != "", "write the goldens anew")

const childVariable = "SYNTAX_TEST_CHILD"

// TestMain lets the test binary be the child that it starts.
func TestMain(m *testing.M) {
	if os.Getenv(childVariable) == "" {
		os.Exit(m.Run())
	}
	if err := confine.Serve(context.Background(), os.Stdin, os.Stdout, map[string]confine.Service{ServiceName: Serve}); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func childCommand(tb testing.TB) func(context.Context) *exec.Cmd {
	tb.Helper()
	self, err := os.Executable()
	if err != nil {
		tb.Fatal(err)
	}
	return func(ctx context.Context) *exec.Cmd {
		cmd := exec.CommandContext(ctx, self)
		cmd.Env = []string{childVariable + "=1", "CUE_EXPERIMENT=nonsense"}
		return cmd
	}
}

// request makes a request of the files of an archive. A line "# project: X"
// in its comment sets the project folder. In the files, the words <CR>, <BOM>,
// <NUL> and <BAD> stand for the bytes that no editor keeps.
func request(archive *txtar.Archive) Request {
	files := fstest.MapFS{}
	req := Request{FS: files, Project: "."}
	if _, rest, ok := strings.Cut(string(archive.Comment), "project: "); ok {
		req.Project, _, _ = strings.Cut(rest, "\n")
	}
	bytesOf := strings.NewReplacer("<CR>", "\r", "<BOM>", "\ufeff", "<NUL>", "\x00", "<BAD>", "\xff")
	for _, f := range archive.Files {
		if f.Name == "want" {
			continue
		}
		files[f.Name] = &fstest.MapFile{Data: []byte(bytesOf.Replace(string(f.Data)))}
		if strings.HasSuffix(f.Name, ".cue") && strings.Contains("/"+f.Name, "/policies/") {
			req.Files = append(req.Files, f.Name)
		}
	}
	slices.Sort(req.Files)
	return req
}

func evaluate(tb testing.TB, e Evaluator, req Request) ([]*syntax.Tree, diag.List) {
	tb.Helper()
	trees, diags, err := e.Evaluate(tb.Context(), req)
	if err != nil {
		tb.Fatal(err)
	}
	return trees, diags
}

// TestCUE evaluates every archive of testdata in the process and in a
// child, and compares both with the archive's "want".
func TestCUE(t *testing.T) {
	archives, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(archives) == 0 {
		t.Fatalf("no archives: %v", err)
	}
	for _, name := range archives {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			req := request(archive)
			got := syntaxtest.Describe(evaluate(t, InProcess(), req))
			if again := syntaxtest.Describe(evaluate(t, InChild(confine.New(childCommand(t), confine.Limits{})), req)); again != got {
				t.Errorf("the child says otherwise:\n%s\nin the process:\n%s", again, got)
			}
			var want []byte
			for i, f := range archive.Files {
				if f.Name == "want" {
					want = f.Data
					if *update {
						archive.Files[i].Data = []byte(got)
					}
				}
			}
			if *update {
				if want == nil {
					archive.Files = append(archive.Files, txtar.File{Name: "want", Data: []byte(got)})
				}
				if err := os.WriteFile(name, txtar.Format(archive), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if got != string(want) {
				t.Errorf("got:\n%s\nwant:\n%s", got, want)
			}
		})
	}
}

func oneFile(name, text string) Request {
	req := Request{Project: "."}
	add(&req, name, text)
	return req
}

// add adds a file to a request of oneFile.
func add(req *Request, name, text string) {
	files, ok := req.FS.(fstest.MapFS)
	if !ok {
		files = fstest.MapFS{}
		req.FS = files
	}
	files[name] = &fstest.MapFile{Data: []byte(text)}
	req.Files = append(req.Files, name)
}

func TestCUELargeAndDeep(t *testing.T) {
	for _, test := range []struct {
		name, text string
		id         diag.ID
		col        int
	}{
		{"large", strings.Repeat("// padding\n", maxFile/11+1), diag.LoadTooLarge, 0},
		{"brackets", "x: " + strings.Repeat("[", 10_000) + strings.Repeat("]", 10_000), diag.LoadCueLimit, 1003},
		{"more brackets", "x: " + strings.Repeat("{a:", 1_000_000), diag.LoadCueLimit, 0},
		{"interpolations", "x: " + strings.Repeat(`"\(`, 5_000) + "1" + strings.Repeat(`)"`, 5_000), diag.LoadCueLimit, 0},
		{"operators", "x: " + strings.Repeat("!", 50_000) + "true", diag.LoadCueLimit, 0},
		{"selectors", "x: a" + strings.Repeat(".a", 500_000), diag.LoadCueLimit, 0},
		{"labels", strings.Repeat("a: ", 500_000) + "1", diag.LoadCueLimit, 0},
		{"lines", "x: 1" + strings.Repeat(" +\n1", 500_000), diag.LoadCueLimit, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, diags := evaluate(t, InProcess(), oneFile("policies/a.cue", test.text))
			if len(diags) != 1 || diags[0].ID != test.id {
				t.Fatalf("diagnostics: %v", diags)
			}
			if test.col != 0 && diags[0].Subject.Start.Column != test.col {
				t.Errorf("at %s", diags[0].Subject)
			}
		})
	}
}

// TestNotTooDeep makes sure that what only looks deep is read.
func TestNotTooDeep(t *testing.T) {
	for _, text := range []string{
		`x: "` + strings.Repeat("([{", 5_000) + `"`,
		"x: [" + strings.Repeat("\n{a: b: c: 1},", 5_000) + "\n]",
		"x: [" + strings.Repeat(`"\("(")", `, 1_000) + "]",
		`x: "` + strings.Repeat("x", 100_000) + `"`,
		strings.Repeat("a: b: {c: [1, 2], d: -1}\n", 2_000),
	} {
		if offset := tooDeep([]byte(text)); offset >= 0 {
			t.Errorf("%.40s… is too deep at %d", text, offset)
		}
	}
}

// TestDataIsWhatCUESays compares the short way for data with CUE itself.
func TestDataIsWhatCUESays(t *testing.T) {
	const text = `
package p
org: inCall: {video: true, "screen-sharing": false}
org: callingBehavior: webexCalling: app: "webex"
users: {
	"é@x.example": {licenses: ["a", "b\u00e9"], rank: 10, none: null, empty: {}, list: []}
	"b@x.example": {text: """
		two
		lines
		""", raw: #"a\b"#, nested: [{a: 1}, [2]]}
}
// The same once more.
org: inCall: {"video": true}
users: "é@x.example": {rank: 10, none: null, list: [], licenses: ["a", "bé"], empty: {}}
users: "b@x.example": raw: "a\\b"
`
	req := oneFile("policies/a.cue", text)
	p, err := newPlan(t.Context(), req, newSources(req.FS, req.Project), nil)
	if err != nil || len(p.units) != 1 || p.results[0].Root == nil {
		t.Fatalf("it was not read as data: %v", err)
	}
	short, _, err := p.finish()
	if err != nil {
		t.Fatal(err)
	}
	result := newEngine(p.files, nil).evaluate(&p.units[0])
	if result.Root == nil {
		t.Fatal(result.Diags)
	}
	p.results[0] = result
	long, _, err := p.finish()
	if err != nil {
		t.Fatal(err)
	}
	if a, b := syntaxtest.Describe(short, nil), syntaxtest.Describe(long, nil); a != b {
		t.Errorf("read:\n%s\nevaluated:\n%s", a, b)
	}
}

func TestFlatTree(t *testing.T) {
	req := request(txtar.Parse([]byte("-- policies/a.cue --\nx: [1, \"a\", {b: null}]\ny: 1 + 1\n")))
	trees, _ := evaluate(t, InProcess(), req)
	flat := flatten(trees[0].Root)
	back, err := flat.root()
	if err != nil || !same(trees[0], trees[0].Root, trees[0], back) {
		t.Errorf("it came back as %v, %v", back, err)
	}
	flat.Items[0] = 1 << 20
	if _, err := flat.root(); err == nil {
		t.Error("a damaged tree was accepted")
	}
}

func FuzzCUE(f *testing.F) {
	archives, err := filepath.Glob("testdata/*.txtar")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range archives {
		archive, err := txtar.ParseFile(name)
		if err != nil {
			f.Fatal(err)
		}
		for _, file := range archive.Files {
			if strings.HasSuffix(file.Name, ".cue") {
				f.Add(file.Data)
			}
		}
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		if bytes.Contains(text, []byte("for")) || bytes.Contains(text, []byte("#")) || bytes.Contains(text, []byte("import")) || bytes.Contains(text, []byte("|")) {
			return // it may run without end, which is the child's business
		}
		trees, diags := evaluate(t, InProcess(), oneFile("policies/a.cue", string(text)))
		lines := strings.Count(string(text), "\n") + 1
		for _, d := range diags {
			if d.Subject.File != "policies/a.cue" || d.Subject.Start.Line > lines {
				t.Errorf("outside the file: %s", d)
			}
		}
		var check func(tree *syntax.Tree, n *syntax.Node)
		check = func(tree *syntax.Tree, n *syntax.Node) {
			if r := tree.Range(n); r.Start.Line < 1 || r.Start.Line > lines || r.Start.Column < 1 || r.Start.Column > len(r.Text)+1 {
				t.Errorf("outside the file: %s %+v", r, n)
			}
			for i := range n.Items {
				check(tree, &n.Items[i])
			}
		}
		for _, tree := range trees {
			check(tree, tree.Root)
		}
	})
}

// TestSideBySide evaluates and asks for places from several goroutines.
func TestSideBySide(t *testing.T) {
	archive, err := txtar.ParseFile("testdata/values.txtar")
	if err != nil {
		t.Fatal(err)
	}
	req := request(archive)
	trees, diags := evaluate(t, InProcess(), req)
	want := syntaxtest.Describe(trees, diags)
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			if got := syntaxtest.Describe(trees, diags); got != want {
				t.Errorf("the same tree reads otherwise:\n%s", got)
			}
			again, diags, err := InProcess().Evaluate(t.Context(), req)
			if got := syntaxtest.Describe(again, diags); got != want || err != nil {
				t.Errorf("%v\n%s", err, got)
			}
		})
	}
	group.Wait()
}
