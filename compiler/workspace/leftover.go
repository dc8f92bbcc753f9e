package workspace

import (
	"context"
	"fmt"

	"callpolicy/compiler/bundle"
	"callpolicy/compiler/config"
	"callpolicy/compiler/failure"
	"callpolicy/compiler/target"
)

// Leftover is what a killed run left beside a target, and the way to put it in
// order once somebody has agreed.
type Leftover struct {
	*target.Leftover
	Where string // the folder that it lies in, as messages have it

	folder *target.Folder
}

// Leftover returns what a killed run left beside a target of the project; nil
// where there is nothing. The error is [ErrForeign] where git tracks it, so that
// it came with the repository.
func (p Project) Leftover(ctx context.Context, t config.Target) (*Leftover, error) {
	folder, err := target.Open(p.Folder(t.Dir), bundle.Owned)
	if err != nil {
		return nil, err
	}
	left, err := folder.Leftover()
	if err != nil || left == nil {
		return nil, err
	}
	var tracked string
	if err := p.git.Tracked(ctx, left.Work, func(file string) bool { tracked = file; return false }); err != nil {
		return nil, err
	}
	where := p.options.shown(left.Work)
	if tracked != "" {
		return nil, &failure.Error{
			Kind:    ErrForeign,
			Problem: fmt.Sprintf("%s looks like what a killed run left behind, and git tracks %s there, so it came with the repository; nothing was changed", where, tracked),
			Hint:    "look at what it holds, and remove it from the repository",
		}
	}
	return &Leftover{left, where, folder}, nil
}

// Recover finishes or takes back what the killed run had begun.
func (l *Leftover) Recover(ctx context.Context) error { return l.folder.Recover(ctx) }
