// Package compiler is the way in for programs: it takes a policy repository
// from its files to everybody's bundles.
//
// It composes the packages below it and does no work of its own. It keeps no
// state between calls, so a server may compile many repositories in one
// process, at the same time.
//
//	compiled, diags, err := compiler.Compile(ctx, snapshot, ".")
//	switch {
//	case err != nil: // it did not work
//	case diags.HasErrors(): // the files are at fault; nothing may be written
//	default:
//		result, err := folder.Apply(ctx, compiled.Output(bundle.Options{}), target.Options{})
//		…
//	}
package compiler

import (
	"context"
	"io/fs"
	"sync"
	"time"

	"callpolicy/compiler/bundle"
	"callpolicy/compiler/config"
	"callpolicy/compiler/diag"
	"callpolicy/compiler/resolve"
	"callpolicy/compiler/syntax"
)

// Compilation is what the files of a policy repository mean. It is immutable
// and may be used from many goroutines.
type Compilation struct {
	Config *config.Config
	Result *resolve.Result
	At     time.Time // what counted as today for whatever depends on a date; bundles never do

	bundles func() *bundle.Set
}

// Compile reads, checks and resolves the project in the folder dir of fsys,
// which is the whole repository, since a project may read files beside it. The
// names of both are slash-separated, "." for the top; fsys is often a
// [callpolicy/compiler/source.Snapshot].
//
// Whatever is wrong in the files is in the list, sorted. While it holds errors
// the Compilation is good for looking at only, and nothing may be written from
// it; it is nil where the project file itself is at fault. The error says that
// compiling did not take place: [config.ErrNoProject], the error of the
// context, or what reading failed with.
func Compile(ctx context.Context, fsys fs.FS, dir string, opts ...Option) (*Compilation, diag.List, error) {
	o := options{cue: syntax.InProcess()}
	for _, opt := range opts {
		opt(&o)
	}
	cfg, diags, err := config.Load(ctx, config.Request{FS: fsys, Dir: dir, CUE: o.cue, Workers: o.workers})
	if err != nil || cfg == nil {
		return nil, diags, err
	}
	if err := ctx.Err(); err != nil {
		return nil, nil, err
	}
	c := &Compilation{Config: cfg, Result: resolve.Users(cfg), At: o.date(fsys)}
	c.bundles = sync.OnceValue(func() *bundle.Set { return bundle.Render(c.Result) })
	return c, diags.Sorted(), nil
}

// Bundles returns everybody's bundles. They are rendered when they are first
// asked for, and once.
func (c *Compilation) Bundles() *bundle.Set { return c.bundles() }
