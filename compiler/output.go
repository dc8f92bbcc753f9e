package compiler

import (
	"errors"
	"io/fs"
	"iter"
	"maps"
	"slices"

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

// Set returns everybody's bundles.
func (o *Output) Set() *bundle.Set { return o.set }

// WithOutstanding returns the output with the file of what is still to be reset
// in Control Hub; nil: nothing is.
func (o *Output) WithOutstanding(data []byte) *Output {
	opts := o.opts
	opts.Outstanding = data
	return &Output{o.set, opts}
}

// KeepQuarantined returns the output with the bundles that a target, given by
// what can be read of it, holds for those in quarantine: they keep them. Without
// it nothing is left of them.
func (o *Output) KeepQuarantined(fsys fs.FS) (*Output, error) {
	addresses := o.set.Config().QuarantinedAddresses()
	if len(addresses) == 0 || o.opts.Part != (bundle.Part{}) {
		return o, nil // a part is put together with others before it is a target
	}
	m, err := bundle.ReadManifest(fsys)
	if errors.Is(err, bundle.ErrNoManifest) {
		return o, nil
	}
	if err != nil {
		return nil, err
	}
	kept, err := m.Kept(fsys, addresses)
	if err != nil {
		return nil, err
	}
	return &Output{o.set.Keep(kept), o.opts}, nil
}

// Merge puts together what several machines wrote, each a part of one
// compilation: the folders of the parts, in any order, and their names for
// messages. The error is a [*bundle.PartsError] or what [bundle.Merge] says.
func Merge(parts []fs.FS, names []string) (*MergedOutput, error) {
	m, err := bundle.Merge(parts, names)
	if err != nil {
		return nil, err
	}
	return &MergedOutput{m}, nil
}

// MergedOutput is everything that a target is to hold, from several parts.
type MergedOutput struct{ *bundle.Merged }

var _ target.Tree = (*MergedOutput)(nil)

// Files returns every file, sorted by path.
func (o *MergedOutput) Files() iter.Seq[target.File] { return files(o.Merged.Files()) }

// Files returns every file, sorted by path.
func (o *Output) Files() iter.Seq[target.File] { return files(o.set.Files(o.opts)) }

func files(all iter.Seq[bundle.File]) iter.Seq[target.File] {
	return func(yield func(target.File) bool) {
		for f := range all {
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

// HeldBy looks whether all of it was applied to a target already, given by what
// can be read of it: the same bundles for the same people in the same layout.
// Which revision they were made from is no difference, as a commit that changes
// nobody's bundle leaves nothing to do: what it returns is the output as the
// target's own manifest describes it, nil where anything else was applied. Only
// where the target was made from files that are committed by now is it the
// output itself, as without the name of a commit no plan could tell causes.
// Whether the target still holds what was applied, [FindDrift] tells.
func (o *Output) HeldBy(fsys fs.FS) (*Output, error) {
	have, err := bundle.ReadManifest(fsys)
	if errors.Is(err, bundle.ErrNoManifest) || isDamaged(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	want := o.Manifest()
	if have.Layout != want.Layout || have.Edition != want.Edition || !maps.Equal(have.IndexFiles, want.IndexFiles) ||
		!maps.Equal(have.Jabber, want.Jabber) || !slices.Equal(have.Quarantined, want.Quarantined) || !sameDigest(have.Outstanding, want.Outstanding) {
		return nil, nil
	}
	if want.Clean && !have.Clean {
		return o, nil
	}
	return &Output{o.set, bundle.Options{
		Layout: have.Layout, ToolVersion: have.ToolVersion,
		Revision: have.Revision, Clean: have.Clean, InputDigest: have.InputDigest, Outstanding: o.opts.Outstanding,
	}}, nil
}

func sameDigest(a, b *bundle.Digest) bool {
	if a == nil || b == nil {
		return a == b
	}
	return *a == *b
}

func isDamaged(err error) bool {
	_, ok := errors.AsType[*bundle.DamagedError](err)
	return ok
}
