package workspace

import (
	"context"

	"callpolicy/compiler"
	"callpolicy/compiler/bundle"
	"callpolicy/compiler/target"
)

// Filled says what became of a folder.
type Filled struct {
	Where  string // the folder, as messages have it
	Counts bundle.Counts
	target.Result
}

// Fill makes a folder, which no target of the project need be, hold a compilation
// of the project. The project file has no say in it. An error with a result that
// says Changed came after the bundles were in place.
func (p Project) Fill(ctx context.Context, dir string, c *compiler.Compilation, layout bundle.Layout, part bundle.Part) (Filled, error) {
	opts, err := p.Origin(ctx, c)
	if err != nil {
		return Filled{}, err
	}
	opts.Layout, opts.Part = layout, part
	folder, err := target.Open(dir, bundle.Owned)
	if err != nil {
		return Filled{}, err
	}
	out, err := c.Output(opts).KeepQuarantined(folder.FS())
	if err != nil {
		return Filled{}, err
	}
	if part == (bundle.Part{}) {
		if out, err = remember(folder, out, opts.Revision, nil); err != nil {
			return Filled{}, err
		}
	}
	return fill(ctx, folder, out, p.options)
}

// FillMerged makes a folder hold what several machines compiled, each a part.
func FillMerged(ctx context.Context, dir string, out *compiler.MergedOutput, options Options) (Filled, error) {
	folder, err := target.Open(dir, bundle.Owned)
	if err != nil {
		return Filled{}, err
	}
	return fill(ctx, folder, out, options)
}

// output is what a folder is to hold.
type output interface {
	target.Tree
	Manifest() *bundle.Manifest
}

func fill(ctx context.Context, folder *target.Folder, out output, options Options) (Filled, error) {
	result, err := write(ctx, folder, out, options)
	return Filled{Where: options.shown(folder.Dir()), Counts: out.Manifest().Counts, Result: result}, err
}
