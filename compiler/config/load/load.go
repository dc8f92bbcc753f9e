// Package load turns the files of a policy repository into a [config.Config] in
// which every reference leads somewhere: it finds the files, parses them, has them
// checked against the schema, decodes and links them, and keeps what came of it
// for the next run.
//
// It does not judge what the files say beyond that, and it changes none.
package load

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

	"callpolicy/compiler/config"
	"callpolicy/compiler/config/check"
	"callpolicy/compiler/diag"
	"callpolicy/compiler/syntax/cue"
	"callpolicy/schema"
)

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

	// Before, where it is not nil, returns an earlier state of the project, which
	// this one is compared with; nil where there is none. It is asked, once, only
	// where something is at fault of which it matters whether it is new.
	Before func() (*config.Config, error)

	// FastOnly leaves out advice on files elsewhere, which have to be looked into
	// to find it: for a state that nobody can change any more.
	FastOnly bool

	// Advance, where it is not nil, is told how many of all files are read, by
	// many goroutines.
	Advance func(done, all int)

	// Background, where it is not nil, is given work whose end nobody here waits for,
	// such as filling the cache; it is all done before the cache is flushed.
	Background func(do func())

	// Most is how many bytes of policy files are read; 0: enough for three million people.
	Most int64
}

// ErrNoProject says that the folder holds no project file.
var ErrNoProject = errors.New("there is no " + config.ProjectFile)

// Load reads a policy repository. What is wrong in the files is in the list;
// the Config then holds what could be understood, which is enough to look for
// further faults but not to compile. It is nil only where the project file
// itself is at fault. The error says that reading failed.
func Load(ctx context.Context, req Request) (*config.Config, diag.List, error) {
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
		return nil, check.Once(l.diags.Sorted()), nil
	}
	l.submodules()
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
		before := l.earlier()
		cfg, linked = link(cfg, units, l.Memory, before.config)
		if before.err != nil {
			return nil, nil, before.err
		}
		l.config = cfg
		cfg.Stats.Linked = len(cfg.Users)
		l.keepLinked(linked)
	}
	if err := l.account(); err != nil {
		return nil, nil, err
	}
	cfg.Sources.Read = l.inputs
	cfg.InputDigest = digest(l.inputs)
	cfg.Stats = config.Stats{
		Files: len(l.yaml), Bytes: l.stats.bytes.Load(), Linked: cfg.Stats.Linked, Blocks: cfg.Stats.Blocks,
		Parsed: int(l.stats.parsed.Load()), Kept: int(l.stats.kept.Load()),
	}
	l.diags.Add(l.rosterDiags...)
	l.diags.Add(linked...)
	return cfg, check.Once(l.diags.Sorted()), nil
}

// earlier is a state of the project from before, which is looked up once it is asked for.
type earlier struct {
	config func() *config.Config // nil where there is none
	err    error                 // that looking it up failed with
}

func (l *loader) earlier() *earlier {
	e := &earlier{}
	e.config = sync.OnceValue(func() (before *config.Config) {
		if l.Before != nil {
			before, e.err = l.Before()
		}
		return before
	})
	return e
}

// loader gathers what is read on the way to a Config.
type loader struct {
	Request
	config  *config.Config
	diags   diag.List
	yaml    []string // YAML policy files, as paths in FS
	cue     []string // CUE policy files, as paths in FS
	tooMany bool     // there are more names than are listed; nothing is looked for any more
	lost    []string // what lies where policy files should, and is none, likewise
	inputs  []config.Input
	mu      sync.Mutex
	stats   counters

	before int        // how many inputs were read before the policy files
	seen   []seenFile // what is known of the YAML files, by index

	rosterDiags diag.List
}

// digest is the SHA-256 over path and SHA-256 of everything that was read.
func digest(inputs []config.Input) string {
	slices.SortFunc(inputs, func(a, b config.Input) int {
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
	l.inputs = append(l.inputs, config.Input{File: l.rel(name), Digest: sum})
}

// toggleNames returns the in-call toggles that the schema of policy files knows, sorted.
func toggleNames(s *schema.Schema) []string {
	names := s.Policy.Field("org").Type.Field("inCall").Type.Names()
	slices.Sort(names)
	return names
}
