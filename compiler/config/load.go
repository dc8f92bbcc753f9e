// Package config turns the files of a policy repository into one typed model
// in which every reference leads somewhere: it finds the files, parses them,
// checks them against the schema and links them.
//
// A [Config] holds what is written, not what follows from it: package resolve
// does that. Nor does it judge: which level may hold what is for the rules.
// Where something is written is found again on demand, by parsing the one file
// once more, so that a million users cost no position each.
package config

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/hashicorp/go-multierror"
	"golang.org/x/sync/errgroup"

	"callpolicy/compiler/diag"
	"callpolicy/compiler/source"
	"callpolicy/compiler/syntax/cue"
	"callpolicy/compiler/syntax/yaml"
	"callpolicy/schema"
)

// ProjectFile is the name of the file that marks the root of a policy repository.
const ProjectFile = "callpolicy.yaml"

// Request says what is to be loaded.
type Request struct {
	FS      fs.FS         // the whole repository
	Dir     string        // the project folder in FS; "." for the top
	CUE     cue.Evaluator // evaluates CUE files
	Workers int           // how many files are parsed at a time; 0: one for each processor
	Rosters []RosterFile  // files of the roster that are kept outside FS
	Cache   Cache         // what came of parsing files before; nil: none
	Memory  *Memory       // what other compilations in this process read; nil: nothing
	Program string        // tells what was cached by this program from what another made of the same files

	// Advance, where it is not nil, is told how many of all files are read, by
	// many goroutines.
	Advance func(done, all int)

	// Aside, where it is not nil, is given work whose end nobody here waits for,
	// such as filling the cache; it is all done before the cache is flushed.
	Aside func(do func())
}

// ErrNoProject says that the folder holds no project file.
var ErrNoProject = errors.New("there is no " + ProjectFile)

// Load reads a policy repository. What is wrong in the files is in the list;
// the Config then holds what could be understood, which is enough to look for
// further faults but not to compile. It is nil only where the project file
// itself is at fault. The error says that reading failed.
func Load(ctx context.Context, req Request) (*Config, diag.List, error) {
	if req.Workers <= 0 {
		req.Workers = runtime.GOMAXPROCS(0)
	}
	if req.Memory == nil {
		req.Memory = new(Memory)
	}
	l := &loader{Request: req}
	if err := l.project(); err != nil {
		return nil, nil, err
	}
	if l.config == nil {
		return nil, once(l.diags.Sorted()), nil
	}
	if err := l.discover(); err != nil {
		return nil, nil, err
	}
	if err := l.guardrails(); err != nil {
		return nil, nil, err
	}
	if err := l.jabberBase(); err != nil {
		return nil, nil, err
	}
	cfg := l.config
	linked, known := l.recall()
	if !known {
		units, err := l.parse(ctx)
		if err != nil {
			return nil, nil, err
		}
		linked = link(cfg, units, l.Memory)
		cfg.Stats.Linked = len(cfg.Users)
		l.keepLinked(linked)
	}
	cfg.files.read = l.inputs
	cfg.InputDigest = digest(l.inputs)
	cfg.Stats = Stats{
		Files: len(l.yaml), Bytes: l.stats.bytes.Load(), Linked: cfg.Stats.Linked, Blocks: cfg.Stats.Blocks,
		Parsed: int(l.stats.parsed.Load()), Kept: int(l.stats.kept.Load()),
	}
	l.diags.Add(l.rosterDiags...)
	l.diags.Add(linked...)
	return cfg, once(l.diags.Sorted()), nil
}

// loader gathers what is read on the way to a Config.
type loader struct {
	Request
	config *Config
	diags  diag.List
	yaml   []string // YAML policy files, as paths in FS
	cue    []string // CUE policy files, as paths in FS
	lost   []string // what lies where policy files should, and is none, likewise
	inputs []Input
	mu     sync.Mutex
	stats  counters

	before int        // how many inputs were read before the policy files
	seen   []seenFile // what is known of the YAML files, by index

	rosterDiags diag.List
}

// Input is one file that was read.
type Input struct {
	File    string // relative to the project folder
	Digest  [sha256.Size]byte
	Outside bool // it is a roster outside the repository; File is as the caller knows it
}

// digest is the SHA-256 over path and SHA-256 of everything that was read.
func digest(inputs []Input) string {
	slices.SortFunc(inputs, func(a, b Input) int {
		switch {
		case a.Outside && b.Outside:
			return cmp.Or(bytes.Compare(a.Digest[:], b.Digest[:]), strings.Compare(a.File, b.File))
		case a.Outside:
			return 1
		case b.Outside:
			return -1
		}
		return strings.Compare(a.File, b.File)
	})
	h := sha256.New()
	for _, in := range inputs {
		if in.Outside { // where it lies is no matter
			fmt.Fprintf(h, "roster:\x00%x\n", in.Digest)
			continue
		}
		fmt.Fprintf(h, "%s\x00%x\n", in.File, in.Digest)
	}
	return "sha256:" + hex.EncodeToString(h.Sum(nil))
}

// rel turns a path in FS into one relative to the project folder.
func (l *loader) rel(name string) string { return relative(l.Dir, name) }

// relative turns a path in FS into one relative to a folder in FS.
func relative(dir, name string) string {
	up := ""
	for dir != "." {
		if rest, ok := strings.CutPrefix(name, dir+"/"); ok {
			return up + rest
		}
		dir, up = path.Dir(dir), up+"../"
	}
	return up + name
}

// read reads a file and remembers its digest.
func (l *loader) read(name string) ([]byte, error) {
	data, err := fs.ReadFile(l.FS, name)
	if err != nil {
		return nil, err
	}
	l.note(name, sha256.Sum256(data))
	return data, nil
}

// note remembers that a file is part of the input.
func (l *loader) note(name string, sum [sha256.Size]byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.inputs = append(l.inputs, Input{File: l.rel(name), Digest: sum})
}

// top is a range at the top of a file, for a fault of the file as a whole.
func top(file string) diag.Range {
	return diag.Range{File: file, Start: diag.Pos{Line: 1, Column: 1}, End: diag.Pos{Line: 1, Column: 1}}
}

// discover finds the policy files.
func (l *loader) discover() error {
	seen := map[string]bool{}
	for i, name := range l.config.Project.Policies {
		at := l.config.ProjectRange("policies", fmt.Sprint(i))
		if at.IsZero() {
			at = top(ProjectFile)
		}
		full := path.Join(l.Dir, name)
		if path.IsAbs(name) || full == ".." || strings.HasPrefix(full, "../") {
			l.diags.Add(diag.New(diag.SchemaBadValue, at, "%s lies outside the repository", quote(name)).
				Try("Name a file or folder of the same repository, relative to %s.", ProjectFile))
			continue
		}
		err := l.walk(full, seen, true)
		if errors.Is(err, fs.ErrNotExist) && !isWritersFault(err) {
			l.diags.Add(diag.New(diag.LoadNoFiles, at, "there is no file or folder called %s", quote(name)).
				Because("%s names files and folders with policies, relative to itself.", ProjectFile).
				Try("Make the folder and put a policy file into it, or correct the name."))
			continue
		}
		if err != nil {
			return err
		}
	}
	slices.Sort(l.yaml)
	slices.Sort(l.cue)
	if len(l.yaml)+len(l.cue) == 0 && !l.diags.HasErrors() {
		l.diags.Add(diag.New(diag.LoadNoFiles, top(ProjectFile), "there are no policy files in %s", list(l.config.Project.Policies)).
			Because("callpolicy reads files that end in .yaml, .yml or .cue. Names that start with a dot are skipped.").
			Try("Run callpolicy init in an empty folder to see an example."))
	}
	return nil
}

// walk gathers the policy files under a file or folder, which the project file
// names or a folder holds. Seen holds where the names really lead, so that what
// links lead to again is read once.
func (l *loader) walk(name string, seen map[string]bool, named bool) error {
	info, err := fs.Stat(l.FS, name)
	if isWritersFault(err) {
		l.lose(name, err)
		return nil
	}
	if err != nil {
		return err
	}
	target := l.target(name)
	if info.IsDir() && target != name && (target == "." || strings.HasPrefix(name, target+"/")) {
		loop := &source.LinkError{Name: name, Link: name, Target: l.rel(target), Fault: source.LinkLoop}
		l.lose(name, loop)
		return nil
	}
	if seen[target] {
		return nil
	}
	seen[target] = true
	switch {
	case info.Mode()&fs.ModeIrregular != 0:
		l.special(name, named)
		return nil
	case !info.IsDir():
		l.policyFile(name)
		return nil
	}
	entries, err := fs.ReadDir(l.FS, name)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".") || e.Name() == "cue.mod" {
			continue
		}
		if e.Type().IsRegular() { // no link, so nothing about it need be looked up
			if at := path.Join(target, e.Name()); !seen[at] {
				seen[at] = true
				l.policyFile(path.Join(name, e.Name()))
			}
			continue
		}
		if err := l.walk(path.Join(name, e.Name()), seen, false); err != nil {
			return err
		}
	}
	return nil
}

// policyFile takes a file if it is a policy file by its name.
func (l *loader) policyFile(name string) {
	switch strings.ToLower(path.Ext(name)) {
	case ".yaml", ".yml":
		l.yaml = append(l.yaml, name)
	case ".cue":
		l.cue = append(l.cue, name)
	}
}

// isPolicyFile reports whether policyFile takes a file of this name.
func isPolicyFile(name string) bool {
	switch strings.ToLower(path.Ext(name)) {
	case ".yaml", ".yml", ".cue":
		return true
	}
	return false
}

// target returns the name without symbolic links to which a name leads.
func (l *loader) target(name string) string {
	links, ok := l.FS.(fs.ReadLinkFS)
	if !ok {
		return name
	}
	at, rest := ".", strings.Split(name, "/")
	for hops := 0; len(rest) > 0; {
		next := path.Join(at, rest[0])
		rest = rest[1:]
		link, err := links.ReadLink(next)
		if hops++; err != nil || hops > 1000 { // no link, as nearly everything
			at = next
			continue
		}
		at, rest = ".", append(strings.Split(path.Join(path.Dir(next), link), "/"), rest...)
	}
	return at
}

// parse reads every policy file. Results are kept in the order of the files,
// so nothing depends on which worker was first.
func (l *loader) parse(ctx context.Context) ([]*unit, error) {
	perFile := make([][]*unit, len(l.yaml)+1)
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() (err error) {
		perFile[len(l.yaml)], err = l.parseCUE(ctx)
		return err
	})
	g.Go(func() error { return l.rosters(ctx) })
	unread := make([]error, len(l.yaml)) // all that cannot be read is said at once
	var next, done atomic.Int64
	// Not a goroutine for each file: the parser needs a deep stack, which would
	// have to grow each time.
	for range min(l.Workers, len(l.yaml)) {
		g.Go(func() error {
			for {
				i := int(next.Add(1)) - 1
				if i >= len(l.yaml) {
					return nil
				}
				if err := ctx.Err(); err != nil {
					return err
				}
				var err error
				if perFile[i], err = l.file(i); isWritersFault(err) {
					perFile[i] = []*unit{{broken: true, diags: diag.List{l.unreadable(l.yaml[i], err)}}}
				} else if err != nil {
					unread[i] = err
				}
				if n := int(done.Add(1)); l.Advance != nil {
					l.Advance(n, len(l.yaml))
				}
			}
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	if err := gathered(unread); err != nil {
		return nil, err
	}
	var units []*unit
	if len(l.lost) > 0 {
		units = append(units, &unit{broken: true})
	}
	for _, us := range perFile {
		units = append(units, us...)
	}
	return units, nil
}

// gathered makes one error of several, in the order of the files.
func gathered(errs []error) error {
	failed := multierror.Append(nil, errs...)
	failed.ErrorFormat = func(errs []error) string {
		text := make([]string, len(errs))
		for i, err := range errs {
			text[i] = err.Error()
		}
		return strings.Join(text, "; ")
	}
	return failed.ErrorOrNil()
}

func (l *loader) parseYAML(file string, data []byte) []*unit {
	trees, diags := yaml.Parse(file, data)
	twice := func(d *diag.Diagnostic) bool { return d.ID == diag.LoadDuplicateKey }
	if len(diags) > 0 && (len(trees) == 0 || slices.ContainsFunc(diags, func(d *diag.Diagnostic) bool { return !twice(d) })) {
		return []*unit{{broken: true, diags: diags}}
	}
	units := make([]*unit, len(trees))
	for i, tree := range trees {
		units[i] = decode(l.config.Schema, l.config.Toggles, tree)
	}
	if len(diags) > 0 {
		// What the first of two equal keys holds is checked. What the second
		// holds is not, so nobody knows what the file defines.
		units[0].broken = true
		units[0].diags.Add(diags...)
	}
	return units
}

func (l *loader) parseCUE(ctx context.Context) ([]*unit, error) {
	if len(l.cue) == 0 {
		return nil, nil
	}
	recorded := &recorder{FS: l.FS, loader: l}
	trees, diags, err := l.CUE.Evaluate(ctx, cue.Request{FS: recorded, Project: l.Dir, Files: l.cue, Lost: l.lost})
	if err != nil {
		return nil, err
	}
	units := []*unit{{diags: diags, broken: diags.HasErrors()}}
	for _, tree := range trees {
		u, _, err := unpack(pack([sha256.Size]byte{}, []*unit{decode(l.config.Schema, l.config.Toggles, tree)}), tree.File, &l.Memory.blocks)
		if err != nil {
			return nil, err
		}
		u[0].diags = slices.DeleteFunc(u[0].diags, func(d *diag.Diagnostic) bool { return said(diags, d) })
		u[0].source = doc{file: tree.File, tree: tree}
		units = append(units, u...)
	}
	return units, nil
}

// said reports whether a fault is one that CUE has found already, in the same place.
func said(already diag.List, d *diag.Diagnostic) bool {
	return slices.ContainsFunc(already, func(a *diag.Diagnostic) bool {
		return a.Subject.File == d.Subject.File && a.Subject.Start == d.Subject.Start
	})
}

// recorder is a file system that notes what is read from it: CUE reads more
// than the policy files, such as cue.mod and imported packages.
type recorder struct {
	fs.FS
	loader *loader
	mu     sync.Mutex
	seen   map[string]bool
}

var _ fs.ReadFileFS = (*recorder)(nil)

// ReadFile reads a file and notes it, once.
func (r *recorder) ReadFile(name string) ([]byte, error) {
	data, err := fs.ReadFile(r.FS, name)
	if err != nil {
		return nil, err
	}
	r.note(name, data)
	return data, nil
}

// Open notes the file as well, for readers that do not use ReadFile.
func (r *recorder) Open(name string) (fs.File, error) {
	f, err := r.FS.Open(name)
	if err != nil {
		return nil, err
	}
	if info, err := f.Stat(); err == nil && info.Mode().IsRegular() {
		data, err := fs.ReadFile(r.FS, name)
		if err != nil {
			return nil, errors.Join(err, f.Close())
		}
		r.note(name, data)
	}
	return f, nil
}

// ReadDir lists a folder.
func (r *recorder) ReadDir(name string) ([]fs.DirEntry, error) { return fs.ReadDir(r.FS, name) }

func (r *recorder) note(name string, data []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.seen == nil {
		r.seen = map[string]bool{}
	}
	if !r.seen[name] {
		r.seen[name] = true
		sum := sha256.Sum256(data)
		r.loader.mu.Lock()
		defer r.loader.mu.Unlock()
		r.loader.inputs = append(r.loader.inputs, Input{File: r.loader.rel(name), Digest: sum})
	}
}

// toggleNames returns the in-call toggles that the schema of policy files knows, sorted.
func toggleNames(s *schema.Schema) []string {
	names := s.Policy.Field("org").Type.Field("inCall").Type.Names()
	slices.Sort(names)
	return names
}
