package main

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// bench measures cases and prints the table.
type bench struct {
	dir        string // for data and output; kept from one run to the next
	callpolicy string
	cue        string
	root       string // of callpolicy's sources
	only       string
	runs       int
	write      string

	small int // how many users stand for 100,000 …
	large int // … and for 1,000,000
	rows  []row
	edits int // that were made to files so far
}

func (b *bench) flags(f *flag.FlagSet) {
	f.StringVar(&b.dir, "dir", filepath.Join(os.TempDir(), "callpolicy-scale"), "where data and output go; some 3 GB")
	f.StringVar(&b.callpolicy, "callpolicy", "bin/callpolicy", "the program to measure")
	f.StringVar(&b.cue, "cue", "bin/tools/cue", "the cue command")
	f.StringVar(&b.root, "root", ".", "the sources of callpolicy")
	f.StringVar(&b.only, "run", "", "run these cases only, separated by commas: "+strings.Join(names(), ", "))
	f.IntVar(&b.runs, "runs", 3, "how often each program runs")
	f.StringVar(&b.write, "write", "", "put the table between the marks of this file")
	f.IntVar(&b.small, "small", 100_000, "how many users stand for 100,000")
	f.IntVar(&b.large, "large", 1_000_000, "how many users stand for 1,000,000")
}

// kase is one case. It adds rows to the table.
type kase struct {
	name string
	run  func(*bench) error
}

func cases() []kase {
	return []kase{
		{"cold", (*bench).cold},
		{"again", (*bench).again},
		{"single", (*bench).single},
		{"rules", (*bench).rules},
		{"plan", func(b *bench) error { return b.plan(b.small) }},
		{"staged", (*bench).staged},
		{"example", (*bench).example},
		{"cue", (*bench).inCUE},
		{"million", (*bench).million},
		{"roster", (*bench).roster},
		{"plan-million", func(b *bench) error { return b.plan(b.large) }},
		{"tree", (*bench).tree}, // last, since a file system is slow for a while after so many files are removed
	}
}

func names() (all []string) {
	for _, k := range cases() {
		all = append(all, k.name)
	}
	return all
}

func (b *bench) run() (err error) {
	for _, path := range []*string{&b.dir, &b.callpolicy, &b.cue, &b.root} {
		if *path, err = filepath.Abs(*path); err != nil {
			return err
		}
	}
	wanted := names()
	if b.only != "" {
		wanted = strings.Split(b.only, ",")
	}
	for _, name := range wanted {
		if !slices.Contains(names(), name) {
			return fmt.Errorf("there is no case %q; there are %s", name, strings.Join(names(), ", "))
		}
	}
	known, err := b.load()
	if err != nil {
		return err
	}
	for _, k := range cases() {
		if !slices.Contains(wanted, k.name) {
			continue
		}
		start := time.Now()
		fmt.Fprintln(os.Stderr, k.name)
		b.rows = nil
		if err := k.run(b); err != nil {
			return fmt.Errorf("%s: %w", k.name, err)
		}
		known.Rows[k.name] = b.rows
		if err := b.save(known); err != nil {
			return err
		}
		fmt.Fprintf(os.Stderr, "  %s took %.0f s\n", k.name, time.Since(start).Seconds())
	}
	var rows []row
	for _, k := range cases() {
		rows = append(rows, known.Rows[k.name]...)
	}
	text := table(rows)
	fmt.Print(text)
	if b.write != "" {
		return b.put(text)
	}
	return nil
}

// results are the rows of the cases that were measured with one program, so that
// a table can be measured in several parts.
type results struct {
	Program string // what it is
	Runs    int
	Rows    map[string][]row // by case
}

func (b *bench) resultsFile() string { return filepath.Join(b.dir, "results.json") }

// load returns what was measured before with the same program, in the same way.
func (b *bench) load() (*results, error) {
	program, err := os.ReadFile(b.callpolicy)
	if err != nil {
		return nil, err
	}
	now := &results{Program: fmt.Sprintf("%x, %d and %d", sha256.Sum256(program), b.small, b.large), Runs: b.runs, Rows: map[string][]row{}}
	data, err := os.ReadFile(b.resultsFile())
	if err != nil {
		return now, nil // nothing yet
	}
	var before results
	if err := json.Unmarshal(data, &before); err != nil || before.Program != now.Program || before.Runs != now.Runs {
		return now, nil // something else was measured
	}
	return &before, nil
}

func (b *bench) save(known *results) error {
	data, err := json.MarshalIndent(known, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(b.dir, 0o755); err != nil {
		return err
	}
	return os.WriteFile(b.resultsFile(), data, 0o644)
}

// data returns the folder of an organization, which is written unless it is
// there, as a git repository with two commits and a staged change: of the
// second and of what is staged, one file differs.
func (b *bench) data(o organization) (string, error) {
	dir := filepath.Join(b.dir, "data-2", fmt.Sprintf("%s-%d-in-%d-rules-%d", o.form, o.users, o.files, o.guardrails))
	done := filepath.Join(dir, ".git", "scale-done")
	if _, err := os.Stat(done); err == nil {
		return dir, nil
	}
	if err := os.RemoveAll(dir); err != nil {
		return "", err
	}
	if err := o.write(dir); err != nil {
		return "", err
	}
	if err := git(dir, "init", "-q", "-b", "main"); err != nil {
		return "", err
	}
	for _, state := range []string{"commit", "commit", "stage"} {
		if err := git(dir, "add", "-A"); err != nil {
			return "", err
		}
		if state == "commit" {
			if err := git(dir, "commit", "-q", "--allow-empty", "-m", "a state"); err != nil {
				return "", err
			}
			if err := change(dir); err != nil {
				return "", err
			}
		}
	}
	if err := git(dir, "add", "-A"); err != nil {
		return "", err
	}
	return dir, os.WriteFile(done, nil, 0o600)
}

// change takes a setting away from, or gives it to, one user of one file.
func change(dir string) error {
	files, err := filepath.Glob(filepath.Join(dir, "policies", "users", "000", "*00.yaml"))
	if err != nil || len(files) == 0 {
		return err // users are in CUE: no case changes them
	}
	data, err := os.ReadFile(files[0])
	if err != nil {
		return err
	}
	const on, off = "  # changed: on\n", "  # changed: off\n"
	const extra = "  somebody.new@scale.example: { licenses: [webexCalling], inCall: { screenSharing: %t } }"
	text := string(data)
	switch {
	case strings.HasSuffix(text, on):
		text = strings.TrimSuffix(text, fmt.Sprintf(extra, true)+on) + fmt.Sprintf(extra, false) + off
	default:
		text += fmt.Sprintf(extra, true) + on
	}
	return os.WriteFile(files[0], []byte(text), 0o644)
}

// edited makes a file of users say something that no run has seen, before each
// run of a program, and stages it if that is wanted.
func (b *bench) edited(dir string, stage bool) func() error {
	return func() error {
		files, err := filepath.Glob(filepath.Join(dir, "policies", "users", "000", "*00.yaml"))
		if err != nil || len(files) == 0 {
			return fmt.Errorf("there are no users in %s: %w", dir, err)
		}
		data, err := os.ReadFile(files[0])
		if err != nil {
			return err
		}
		const seen = "  nobody.has.seen."
		before, _, _ := strings.Cut(string(data), seen)
		b.edits++
		before += fmt.Sprintf("%s%d@scale.example: { licenses: [webexCalling] }\n", seen, b.edits)
		if err := os.WriteFile(files[0], []byte(before), 0o644); err != nil || !stage {
			return err
		}
		return git(dir, "add", "-A")
	}
}

func git(dir string, args ...string) error {
	cmd := exec.Command("git", append([]string{"-C", dir, "-c", "user.name=Scale", "-c", "user.email=scale@scale.example", "-c", "gc.auto=0"}, args...)...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("git %s: %w\n%s", args[0], err, out)
	}
	return nil
}

// cache and out are where callpolicy keeps and writes things.
func (b *bench) cache(name string) string { return filepath.Join(b.dir, "cache-"+name) }
func (b *bench) out(name string) string   { return filepath.Join(b.dir, "out-"+name) }

// fresh removes folders before each run.
func fresh(dirs ...string) func() error {
	return func() error {
		var errs []error
		for _, dir := range dirs {
			errs = append(errs, os.RemoveAll(dir))
		}
		return errors.Join(errs...)
	}
}

// aside puts folders of many files out of the way before each run. A file system
// that has just removed them makes new ones several times more slowly, so they
// are removed when the case is over.
func (b *bench) aside(dirs ...string) func() error {
	runs := 0
	return func() error {
		runs++
		for _, dir := range dirs {
			err := os.Rename(dir, filepath.Join(b.dir, fmt.Sprintf("aside-%s-%d", filepath.Base(dir), runs)))
			if err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
		}
		return nil
	}
}

// compile is callpolicy compile with an empty cache and target.
func (b *bench) compile(name, data, layout string) *program {
	return &program{
		name: name, prepare: fresh(b.cache(name), b.out(name)),
		args: []string{b.callpolicy, "-C", data, "--cache", b.cache(name), "compile", "--layout", layout, "--dir", b.out(name)},
	}
}

// floor is the reading floor for a folder.
func floor(data string) *program {
	self, _ := os.Executable()
	return &program{name: "floor", args: []string{self, "read", filepath.Join(data, "policies")}}
}

func (b *bench) yaml(users, files int) (string, error) {
	return b.data(organization{users: users, files: files, form: "yaml"})
}

// vet is cue vet with callpolicy's own schemas.
func (b *bench) vet(data string) (*program, error) {
	schema, err := b.schema()
	if err != nil {
		return nil, err
	}
	p := &program{name: "cue vet", args: []string{b.cue, "vet", "-d", "#Policy"}}
	p.args = append(p.args, schema...)
	err = filepath.WalkDir(filepath.Join(data, "policies"), func(name string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			p.args = append(p.args, name)
		}
		return err
	})
	return p, err
}

// schema copies the schemas of one edition out of the sources, since they are
// several packages there, and returns the files.
func (b *bench) schema() ([]string, error) {
	var files []string
	for _, pattern := range []string{"schema/*.cue", "schema/classic/*.cue"} {
		names, err := filepath.Glob(filepath.Join(b.root, pattern))
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			data, err := os.ReadFile(name)
			if err != nil {
				return nil, err
			}
			to := filepath.Join(b.dir, "schema", strings.ReplaceAll(strings.TrimPrefix(name, b.root), string(filepath.Separator), "-"))
			if err := file(to, text(string(data))); err != nil {
				return nil, err
			}
			files = append(files, to)
		}
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("there are no schemas in %s", b.root)
	}
	return files, nil
}

func (b *bench) cold() error {
	data, err := b.yaml(b.small, 100)
	if err != nil {
		return err
	}
	vet, err := b.vet(data)
	if err != nil {
		return err
	}
	took, err := measure([]*program{b.compile("cold", data, "store"), floor(data), vet}, b.runs)
	if err != nil {
		return err
	}
	us := took["cold"]
	what := "compile --layout store, " + count(b.small) + " users in 100 files, cold"
	b.time(what, us, "the floor", took["floor"], 1.5)
	b.time(what, us, "cue vet", took["cue vet"], 1.0/8)
	b.memory(what, us, "cue vet", took["cue vet"], 0.25)
	return nil
}

func (b *bench) tree() error {
	data, err := b.yaml(b.small, 100)
	if err != nil {
		return err
	}
	tree := b.compile("tree", data, "tree")
	tree.prepare = b.aside(b.cache("tree"), b.out("tree"))
	store := b.compile("store", data, "store")
	if _, err := tree.run(); err != nil {
		return err
	}
	self, _ := os.Executable()
	copied := b.out("written")
	from := b.out("tree-copy")
	if err := errors.Join(os.RemoveAll(from), os.Rename(b.out("tree"), from)); err != nil {
		return err
	}
	write := &program{name: "write", prepare: b.aside(copied), clocked: true, args: []string{self, "write", from, copied}}
	took, err := measure([]*program{tree, store, write}, b.runs)
	if err != nil {
		return err
	}
	sum := took["write"]
	sum.wall = sum.wall*3/2 + took["store"].wall
	sum.cpu = sum.cpu*3/2 + took["store"].cpu
	b.time("compile --layout tree, "+count(b.small)+" users, cold", took["tree"], "1.5 × the writing floor + store", sum, 1)
	old, err := filepath.Glob(filepath.Join(b.dir, "aside-*"))
	if err != nil {
		return err
	}
	return fresh(append(old, from, copied, b.out("tree"))...)()
}

func (b *bench) again() error {
	data, err := b.yaml(b.small, 100)
	if err != nil {
		return err
	}
	again := b.compile("again", data, "store")
	if _, err := again.run(); err != nil {
		return err
	}
	again.prepare = nil
	took, err := measure([]*program{again, b.compile("cold", data, "store")}, b.runs)
	if err != nil {
		return err
	}
	b.time("compile again with nothing changed, "+count(b.small)+" users", took["again"], "cold", took["cold"], 0.15)
	return nil
}

func (b *bench) single() error {
	data, err := b.yaml(b.small, b.small)
	if err != nil {
		return err
	}
	took, err := measure([]*program{b.compile("single", data, "store"), floor(data)}, b.runs)
	if err != nil {
		return err
	}
	b.time("compile, "+count(b.small)+" users, one file each, cold", took["single"], "its own floor", took["floor"], 2)
	return nil
}

func (b *bench) rules() error {
	data, err := b.yaml(b.small, 100)
	if err != nil {
		return err
	}
	ruled, err := b.data(organization{users: b.small, files: 100, form: "yaml", guardrails: 12})
	if err != nil {
		return err
	}
	took, err := measure([]*program{b.compile("rules", ruled, "store"), b.compile("cold", data, "store")}, b.runs)
	if err != nil {
		return err
	}
	b.time("compile with 12 rules of one's own, "+count(b.small)+" users, cold", took["rules"], "without", took["cold"], 1.2)
	return nil
}

func (b *bench) plan(users int) error {
	data, err := b.yaml(users, users/1000)
	if err != nil {
		return err
	}
	plan := b.warm("plan", data, "plan", "--base", "HEAD~1")
	edited := b.warm("plan of an edit", data, "plan", "--base", "HEAD~1")
	if err := first(plan, edited); err != nil {
		return err
	}
	took, err := measure([]*program{plan, b.compile("cold", data, "store")}, b.runs)
	if err != nil {
		return err
	}
	what := "plan --base HEAD~1, one file changed, warm, " + count(users) + " users"
	b.time(what, took["plan"], "cold compile", took["cold"], 0.15)
	edited.prepare = b.edited(data, false)
	took, err = measure([]*program{edited, b.compile("cold", data, "store")}, b.runs)
	if err != nil {
		return err
	}
	b.time(what+", changed a moment ago", took["plan of an edit"], "cold compile", took["cold"], 0)
	return nil
}

func (b *bench) staged() error {
	data, err := b.yaml(b.small, 100)
	if err != nil {
		return err
	}
	staged := b.warm("staged", data, "validate", "--staged")
	edited := b.warm("staged edit", data, "validate", "--staged")
	if err := first(staged, edited); err != nil {
		return err
	}
	took, err := measure([]*program{staged, b.compile("cold", data, "store")}, b.runs)
	if err != nil {
		return err
	}
	what := "validate --staged, one file staged, warm, " + count(b.small) + " users"
	b.time(what, took["staged"], "cold compile", took["cold"], 0.2)
	b.within(what, took["staged"], 0.150)
	edited.prepare = b.edited(data, true)
	took, err = measure([]*program{edited, b.compile("cold", data, "store")}, b.runs)
	if err != nil {
		return err
	}
	b.time(what+", staged a moment ago", took["staged edit"], "cold compile", took["cold"], 0)
	return nil
}

// warm is a command with a cache of its own, which is there once it ran first.
func (b *bench) warm(name, data string, command ...string) *program {
	args := []string{b.callpolicy, "-C", data, "--cache", b.cache(name)}
	return &program{name: name, args: append(args, command...), prepare: fresh(b.cache(name))}
}

// first runs programs once, and makes no more preparations for them.
func first(programs ...*program) error {
	for _, p := range programs {
		if _, err := p.run(); err != nil {
			return err
		}
		p.prepare = nil
	}
	return nil
}

func (b *bench) example() error {
	p := &program{name: "example", args: []string{b.callpolicy, "-C", filepath.Join(b.root, "examples", "voorbeeld-zorg"), "--cache", "off", "validate"}}
	took, err := measure([]*program{p}, max(b.runs, 5))
	if err != nil {
		return err
	}
	b.within("validate, the example of 2,041 users, no cache", took["example"], 0.060)
	return nil
}

func (b *bench) inCUE() error {
	data, err := b.data(organization{users: b.small / 10, files: 10, form: "cue"})
	if err != nil {
		return err
	}
	export := &program{name: "cue export", dir: filepath.Join(data, "policies", "users", "000"), args: []string{b.cue, "export", "."}}
	took, err := measure([]*program{b.compile("in CUE", data, "store"), export}, b.runs)
	if err != nil {
		return err
	}
	b.time("compile, "+count(b.small/10)+" users in one CUE package", took["in CUE"], "cue export", took["cue export"], 1.3)
	return nil
}

func (b *bench) million() error {
	small, err := b.yaml(b.small, 100)
	if err != nil {
		return err
	}
	large, err := b.yaml(b.large, b.large/1000)
	if err != nil {
		return err
	}
	took, err := measure([]*program{b.compile("million", large, "store"), b.compile("cold", small, "store")}, b.runs)
	if err != nil {
		return err
	}
	what := "compile, " + count(b.large) + " users in " + count(b.large/1000) + " files, cold"
	b.time(what, took["million"], count(b.small)+" users", took["cold"], 11)
	b.space(what, took["million"], 1.2e9)
	return nil
}

func (b *bench) roster() error {
	yaml, err := b.yaml(b.large, b.large/1000)
	if err != nil {
		return err
	}
	csv, err := b.data(organization{users: b.large, files: 20, form: "roster"})
	if err != nil {
		return err
	}
	took, err := measure([]*program{b.compile("roster", csv, "store"), b.compile("million", yaml, "store")}, b.runs)
	if err != nil {
		return err
	}
	b.time("compile, "+count(b.large)+" users in a roster, "+count(inYAML)+" of them in YAML, too", took["roster"], "all in YAML", took["million"], 0.5)
	return nil
}

// count writes a number as people read it.
func count(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
