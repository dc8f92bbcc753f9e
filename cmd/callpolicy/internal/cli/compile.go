package cli

import (
	"errors"
	"path"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"callpolicy/cmd/callpolicy/internal/command"
	"callpolicy/cmd/callpolicy/internal/view"
	"callpolicy/cmd/callpolicy/internal/view/report"
	"callpolicy/compiler"
	"callpolicy/compiler/bundle"
	"callpolicy/compiler/diag"
	"callpolicy/compiler/failure"
	"callpolicy/compiler/workspace"
)

// compileFlags are the choices of the compile command.
type compileFlags struct {
	command.State
	dir    string
	layout *command.Choice
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
	f := compileFlags{layout: command.OneOf(string(bundle.Tree), string(bundle.Store))}
	cmd := &cobra.Command{
		Use:     "compile --dir FOLDER",
		GroupID: command.GroupBundles,
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
		Args: command.NoArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.compile(cmd, &f) },
	}
	f.State.Flags(a.App, cmd)
	f.AllFlag(cmd)
	flags := cmd.Flags()
	flags.StringVarP(&f.dir, "dir", "d", "", "the `folder` to write to; needed")
	flags.Var(f.layout, "layout", "tree or store")
	command.Complete(cmd, "layout", f.layout)
	flags.Var(&f.shard, "shard", "write `part` I/N only, with I from 0")
	return cmd
}

func (a *app) compile(cmd *cobra.Command, f *compileFlags) error {
	ctx := cmd.Context()
	if f.dir == "" {
		return command.WrongUsage(cmd, "compile needs to know where to write: --dir FOLDER")
	}
	dir, err := a.Path(f.dir)
	if err != nil {
		return err
	}
	w, err := a.Open(ctx, f.State)
	if err != nil {
		return err
	}
	defer w.Close() // it was only read from
	projects := w.Projects()
	if f.All {
		if err := apart(projects); err != nil {
			return err
		}
	}
	// All of them are compiled before the first is written.
	compiled := make([]*compiler.Compilation, len(projects))
	good := true
	for i, p := range projects {
		var diags diag.List
		if compiled[i], diags, err = p.Compile(ctx); err != nil {
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
		if err := c.Fits(dir); err != nil {
			return err
		}
		if f.shard.Of > 0 && len(c.Config.Quarantined) > 0 {
			return &failure.Error{
				Problem: "rows of the roster are at fault, and in parts nobody sees which bundles from before these people keep",
				Hint:    "correct the roster, or compile without --shard",
			}
		}
	}
	for i, p := range projects {
		d := view.Delivery{Where: dir, Part: f.shard.String()}
		if f.All {
			d.Project, d.Where = p.Dir(), filepath.Join(dir, filepath.FromSlash(p.Dir()))
		}
		filled, err := p.Fill(ctx, d.Where, compiled[i], bundle.Layout(f.layout.Word), f.shard.Part)
		if a.Written = a.Written || filled.Changed; err != nil && !filled.Changed {
			return err
		}
		d.Where, d.Counts, d.Result = filled.Where, filled.Counts, filled.Result
		if err := errors.Join(view.Compiled(a.Stdout, d, a.Out()), err); err != nil {
			return err
		}
	}
	return nil
}

// apart refuses projects whose folders lie in one another: so would their
// bundles, and one would remove the other's.
func apart(projects []workspace.Project) error {
	for _, p := range projects {
		for _, q := range projects {
			if p.Dir() != q.Dir() && (p.Dir() == "." || strings.HasPrefix(q.Dir(), p.Dir()+"/")) {
				return &failure.Error{
					Problem: "the project " + path.Join(q.Dir(), "callpolicy.yaml") + " lies inside the project " + path.Join(p.Dir(), "callpolicy.yaml") + ", so their bundles cannot be written to one folder",
					Hint:    "compile each by itself, with -C", Kind: command.Misused,
				}
			}
		}
	}
	return nil
}

// judge shows what is wrong with a project: errors in full, and of warnings how
// many there are, since bundles may be written all the same. It returns whether
// all is good, so far and here.
func (a *app) judge(p workspace.Project, c *compiler.Compilation, diags diag.List, sofar bool) (good bool, err error) {
	r := command.ReportOf(p, c, diags)
	if diags.HasErrors() {
		return false, report.Text(a.Stderr, r, a.Err())
	}
	if err := view.Warned(a.Stderr, r, a.Err()); err != nil {
		return false, err
	}
	for _, note := range workspace.QuarantineNotes(c.Config) {
		if err := view.Note(a.Stderr, note, a.Err()); err != nil {
			return false, err
		}
	}
	return sofar, nil
}

// refuse ends a command that wrote nothing, since the files have errors.
func (a *app) refuse() error {
	if err := view.Refused(a.Stderr, a.Err()); err != nil {
		return err
	}
	return command.Faulty
}
