package compiler

import (
	"context"
	"errors"
	"io/fs"
	"iter"
	"maps"

	"callpolicy/compiler/bundle"
	"callpolicy/compiler/target"
)

// Output is everything that a target is to hold for a compilation.
type Output struct {
	set  *bundle.Set
	opts bundle.Options
}

var _ target.Tree = (*Output)(nil)

// Output returns everybody's bundles laid out for a target. The input digest
// of the options is the compilation's own, whatever opts says.
func (c *Compilation) Output(opts bundle.Options) *Output {
	// The digest was written by package config in this very form.
	_ = opts.InputDigest.UnmarshalText([]byte(c.Config.InputDigest))
	return &Output{c.Bundles(), opts}
}

// Files returns every file, sorted by path.
func (o *Output) Files() iter.Seq[target.File] {
	return func(yield func(target.File) bool) {
		for f := range o.set.Files(o.opts) {
			if !yield(target.File{Path: f.Name, Data: f.Data}) {
				return
			}
		}
	}
}

// Len returns how many files there are.
func (o *Output) Len() int { return o.set.Len(o.opts) }

// Manifest returns the manifest that is among the files.
func (o *Output) Manifest() *bundle.Manifest { return o.set.Manifest(o.opts) }

// HeldBy reports whether a target, given by what can be read of it, holds all
// of it already: the same bundles for the same people in the same layout, each
// as it was written. Which revision they were made from is no difference: a
// commit that changes nobody's bundle leaves nothing to do.
func (o *Output) HeldBy(ctx context.Context, fsys fs.FS) (bool, error) {
	have, err := bundle.ReadManifest(fsys)
	var damaged *bundle.DamagedError
	if errors.Is(err, bundle.ErrNoManifest) || errors.As(err, &damaged) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	want := o.Manifest()
	if have.Layout != want.Layout || have.Edition != want.Edition || !maps.Equal(have.IndexFiles, want.IndexFiles) {
		return false, nil
	}
	seen := map[bundle.Digest]bool{}
	for _, shard := range have.Shards() {
		if err := ctx.Err(); err != nil {
			return false, err
		}
		entries, err := have.Index(fsys, shard)
		for i := 0; i < len(entries) && err == nil; i++ {
			if have.Layout == bundle.Store && seen[entries[i].Bundle] {
				continue
			}
			seen[entries[i].Bundle] = true
			_, err = have.Bundle(fsys, entries[i])
		}
		if errors.As(err, &damaged) {
			return false, nil
		}
		if err != nil {
			return false, err
		}
	}
	return true, nil
}
