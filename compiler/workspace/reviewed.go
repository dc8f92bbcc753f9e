package workspace

import (
	"context"
	"errors"
	"io/fs"
	"path"

	"callpolicy/compiler/config"
	"callpolicy/compiler/config/load"
	"callpolicy/compiler/source"
)

// reviewed returns the configuration that was reviewed last, of which the project
// file counts here: that of the commit where the branch left the default branch.
// It is nil where that is the head itself, or where there is none.
func (p Project) reviewed(ctx context.Context, base side) (*config.Config, error) {
	id, err := p.merged(ctx)
	if id == "" || err != nil {
		return nil, err
	}
	if base.Result != nil && base.State.Revision != nil && *base.State.Revision == id {
		return base.Result.Config, nil
	}
	snap, err := p.git.At(ctx, id)
	if err != nil {
		return nil, err
	}
	name := path.Join(p.dir, config.ProjectFile)
	changed, err := p.git.Changed(ctx, snap, p.snap, name)
	if len(changed) == 0 || err != nil {
		return nil, err
	}
	was, err := load.ProjectFile(snap, p.dir)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, load.ErrNoProject) {
		return nil, nil // the project is new, and all of it is up for review
	}
	return was, err
}

// merged is the commit at which the head left the default branch; empty where
// nobody can say.
func (p Project) merged(ctx context.Context) (string, error) {
	if !p.git.Git() {
		return "", nil
	}
	tip, ok, err := p.tip(ctx)
	if !ok || err != nil {
		return "", ignoreUnreadable(err)
	}
	branch, ok := p.git.DefaultBranch(ctx)
	if !ok {
		return tip, nil
	}
	id, err := p.git.MergeBase(ctx, branch, tip)
	if errors.Is(err, source.ErrNoMergeBase) {
		return tip, nil
	}
	return id, ignoreUnreadable(err)
}
