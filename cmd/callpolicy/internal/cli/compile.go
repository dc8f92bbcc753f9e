package cli

import (
	"context"
	"errors"
	"path"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"callpolicy/cmd/callpolicy/internal/view"
	"callpolicy/cmd/callpolicy/internal/view/report"
	"callpolicy/compiler"
	"callpolicy/compiler/bundle"
	"callpolicy/compiler/diag"
	"callpolicy/compiler/failure"
	"callpolicy/compiler/target"
)

// compileFlags are the choices of the compile command.
type compileFlags struct {
	state
	dir    string
	layout *choice
	shard  shard
}

// shard is a flag that holds a part of the work; the zero shard is all of it.
type shard struct{ bundle.Part }

var _ pflag.Value = (*shard)(nil)

// Set reads a part.
func (s *shard) Set(text string) (err error) {
	s.Part, err = bundle.ParsePart(text)
	return err
}

// String writes the part as it is read.
func (s *shard) String() string {
	if s.Of == 0 {
		return ""
	}
	return s.Part.String()
}

// Type names what the flag takes, for messages.
func (s *shard) Type() string { return "part" }

func newCompileCommand(a *app) *cobra.Command {
	f := compileFlags{layout: oneOf(string(bundle.Tree), string(bundle.Store))}
	cmd := &cobra.Command{
		Use:     "compile --dir FOLDER",
		GroupID: groupBundles,
		Short:   "Write everybody's bundles into a folder",
		Long: `Compile writes the bundle of every user into a folder, in one step: until all of
it is written, the folder holds what it held before. What compile wrote there
earlier and is no longer needed is removed; a folder that holds anything else
is refused. Nothing is written while the policy files have errors.

Layout "tree" has a folder for each user; "store" has each distinct bundle once,
by its digest. Both have an index and a manifest.

With --shard, several machines share the writing: machine I of N, from 0, writes
the files of a part of the users, by the hash of the address. "callpolicy merge"
puts the parts together.`,
		Example: `  callpolicy compile --dir build/preview
  callpolicy compile --dir build/main --rev main    # no checkout is needed
  callpolicy compile --dir build/all --all
  callpolicy compile --dir build/part-0 --shard 0/4`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.compile(cmd, &f) },
	}
	f.state.flags(a, cmd)
	f.allFlag(cmd)
	flags := cmd.Flags()
	flags.StringVarP(&f.dir, "dir", "d", "", "the `folder` to write to; needed")
	flags.Var(f.layout, "layout", "tree or store")
	complete(cmd, "layout", f.layout)
	flags.Var(&f.shard, "shard", "write `part` I/N only, with I from 0")
	return cmd
}

func (a *app) compile(cmd *cobra.Command, f *compileFlags) error {
	ctx := cmd.Context()
	if f.dir == "" {
		return wrongUsage(cmd, "compile needs to know where to write: --dir FOLDER")
	}
	dir, err := a.path(f.dir)
	if err != nil {
		return err
	}
	r, projects, err := a.open(ctx, f.state)
	if err != nil {
		return err
	}
	defer r.Close() // it was only read from
	if f.all {
		if err := apart(projects); err != nil {
			return err
		}
	}
	// All of them are compiled before the first is written.
	compiled := make([]*compiler.Compilation, len(projects))
	good := true
	for i, p := range projects {
		var diags diag.List
		if compiled[i], diags, err = p.compile(ctx); err != nil {
			return err
		}
		if good, err = a.judge(p, compiled[i], diags, good); err != nil {
			return err
		}
	}
	if !good {
		return a.refuse()
	}
	for _, c := range compiled {
		if held := c.Config.Held(); f.shard.Of > 0 && len(held) > 0 {
			return &failure.Error{
				Problem: "rows of the roster are at fault, and in parts nobody sees which bundles from before these people keep",
				Hint:    "correct the roster, or compile without --shard",
			}
		}
	}
	for i, p := range projects {
		opts, err := p.origin(ctx, compiled[i])
		if err != nil {
			return err
		}
		opts.Layout, opts.Part = bundle.Layout(f.layout.word), f.shard.Part
		d := view.Delivery{Where: dir, Part: f.shard.String()}
		if f.all {
			d.Project, d.Where = p.dir, filepath.Join(dir, filepath.FromSlash(p.dir))
		}
		d, err = a.deliver(ctx, d, compiled[i].Output(opts))
		if err != nil && !d.Result.Changed {
			return err
		}
		if err := errors.Join(view.Compiled(a.stdout, d, a.out()), inPart(err)); err != nil {
			return err
		}
	}
	return nil
}

// apart refuses projects whose folders lie in one another: so would their
// bundles, and one would remove the other's.
func apart(projects []project) error {
	for _, p := range projects {
		for _, q := range projects {
			if p.dir != q.dir && (p.dir == "." || strings.HasPrefix(q.dir, p.dir+"/")) {
				return &failure.Error{
					Problem: "the project " + path.Join(q.dir, "callpolicy.yaml") + " lies inside the project " + path.Join(p.dir, "callpolicy.yaml") + ", so their bundles cannot be written to one folder",
					Hint:    "compile each by itself, with -C", Kind: misused,
				}
			}
		}
	}
	return nil
}

// judge shows what is wrong with a project: errors in full, and of warnings how
// many there are, since bundles may be written all the same. It returns whether
// all is good, so far and here.
func (a *app) judge(p project, c *compiler.Compilation, diags diag.List, sofar bool) (good bool, err error) {
	r := reportOf(p, c, diags)
	if diags.HasErrors() {
		return false, report.Text(a.stderr, r, a.err())
	}
	if err := view.Warned(a.stderr, r, a.err()); err != nil {
		return false, err
	}
	for _, note := range asideNote(c.Config) {
		if err := view.Note(a.stderr, note, a.err()); err != nil {
			return false, err
		}
	}
	return sofar, nil
}

// refuse ends a command that wrote nothing, since the files have errors.
func (a *app) refuse() error {
	if err := view.Refused(a.stderr, a.err()); err != nil {
		return err
	}
	return faulty
}

// deliver makes the folder d.Where hold the output. It returns d with what was
// done and the name of the folder as people read it.
func (a *app) deliver(ctx context.Context, d view.Delivery, out *compiler.Output) (view.Delivery, error) {
	folder, err := target.Open(d.Where, bundle.Owned)
	if err != nil {
		return d, err
	}
	if out, err = out.Keeping(folder.FS()); err != nil {
		return d, err
	}
	return a.fill(ctx, folder, d, out)
}

// output is what a folder is to hold.
type output interface {
	target.Tree
	Manifest() *bundle.Manifest
}

func (a *app) fill(ctx context.Context, folder *target.Folder, d view.Delivery, out output) (view.Delivery, error) {
	d.Where, d.Counts = a.shown(folder.Dir()), out.Manifest().Counts
	err := a.trace.Stage("write", func() (err error) {
		d.Result, err = folder.Apply(ctx, out, target.Options{Workers: a.workers, Advance: a.trace.Advance})
		return err
	})
	return d, err
}
