package workspace

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"callpolicy/compiler/diag"
	"callpolicy/compiler/failure"
	"callpolicy/compiler/plan"
)

// EffectOf plans the change of one file of a work tree, by its path on disk, from
// and to a content; nil stands for no file. All other files count as they are on
// disk. There is no plan where no project reads the file.
func EffectOf(ctx context.Context, name string, before, after []byte, options Options) (_ *plan.Plan, err error) {
	p, err := OpenProject(ctx, Request{Dir: existing(filepath.Dir(name))}, options)
	if _, none := errors.AsType[*MissingError](err); none {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, p.Close()) }()
	rel, err := p.git.Rel(name)
	if err != nil {
		return nil, err
	}
	var sides [2]*plan.Side
	var notes []string
	for i, data := range [][]byte{before, after} {
		state := plan.State{Name: [2]string{"before", "after"}[i]}
		c, found, err := p.compile(ctx, p.snap.Replace(rel, data), options.Rosters)
		switch {
		case err != nil:
			return nil, err
		case c == nil:
			return nil, &failure.Error{Kind: ErrUnclear, Problem: found[0].Summary}
		case found.HasErrors():
			notes = append(notes, fmt.Sprintf("%s %s the change, so this is as far as the files can be understood.",
				diag.Plural(found.Count(diag.Error), "error", "errors"), state.Name))
		}
		sides[i] = c.Side(state)
	}
	if sides[0].State.Digest == sides[1].State.Digest {
		return nil, nil // nobody reads the file
	}
	made, err := plan.Compare(ctx, sides[0], sides[1])
	if err != nil {
		return nil, err
	}
	made.Notes = slices.Concat(notes, made.Notes)
	return made, nil
}

// existing returns the folder, or the nearest one above it that is there: a
// change may remove the last file of a folder.
func existing(dir string) string {
	for {
		if info, err := os.Stat(dir); err == nil && info.IsDir() {
			return dir
		}
		up := filepath.Dir(dir)
		if up == dir {
			return dir
		}
		dir = up
	}
}
