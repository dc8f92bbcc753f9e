package load

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"io/fs"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/hashicorp/go-multierror"
	"golang.org/x/sync/errgroup"

	"callpolicy/compiler/config"
	"callpolicy/compiler/diag"
	"callpolicy/compiler/syntax/cue"
	"callpolicy/compiler/syntax/yaml"
)

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
				if l.stats.bytes.Load() > l.most() {
					return nil // nothing that is still to come changes what is said
				}
				var err error
				if perFile[i], err = l.file(i); isWritersFault(err) {
					perFile[i] = []*unit{{broken: true, diags: diag.List{l.unreadable(l.yaml[i], err)}}}
				} else if err != nil && !errors.Is(err, errTooMuch) {
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
	if l.stats.bytes.Load() > l.most() {
		// Which files were read is chance, so nothing is said of any of them.
		return []*unit{{broken: true, diags: diag.List{diag.New(diag.LoadTooLarge, config.Top(config.ProjectFile),
			"the policy files are larger than %d MiB, all together", l.most()>>20).
			Because("So much can stand for very little in git, and would hold a job for hours.").
			Try("Name fewer folders in %s.", config.ProjectFile)}}}, nil
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

// mostRead is how many bytes of policy files are read: more than those of three
// million people. A single object of git can stand in the place of any number of
// files.
const mostRead = 1 << 30

// errTooMuch says that a file is one too many.
var errTooMuch = errors.New("there are too many policy files")

// most is mostRead, or less in a test.
func (l *loader) most() int64 { return cmp.Or(l.Most, mostRead) }

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
	if d := pointer(file, data); d != nil {
		return []*unit{{broken: true, diags: diag.List{d}}}
	}
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
	for _, name := range l.cue {
		data, err := fs.ReadFile(l.FS, name)
		if err != nil {
			continue // the evaluator says so
		}
		if d := pointer(l.rel(name), data); d != nil {
			return []*unit{{broken: true, diags: diag.List{d}}}, nil
		}
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
		u[0].source = config.Document{File: tree.File, Tree: tree}
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
		r.loader.inputs = append(r.loader.inputs, config.Input{File: r.loader.rel(name), Digest: sum})
	}
}
