package cli

import (
	"context"
	"errors"
	"io"
	"maps"
	"path"
	"slices"

	"github.com/spf13/cobra"

	"callpolicy/cmd/callpolicy/internal/command"
	"callpolicy/cmd/callpolicy/internal/view"
	"callpolicy/cmd/callpolicy/internal/view/format"
	"callpolicy/cmd/callpolicy/internal/view/report"
	"callpolicy/compiler/config/edit"
	"callpolicy/compiler/diag"
	"callpolicy/compiler/failure"
	"callpolicy/compiler/workspace"
	"callpolicy/policies"
)

// validateFlags are the choices of the validate command.
type validateFlags struct {
	command.State
	format *command.Choice
	out    []string
	strict bool
	fix    bool
}

func newValidateCommand(a *app) *cobra.Command {
	f := validateFlags{format: command.OneOf(report.Formats()...)}
	cmd := &cobra.Command{
		Use:     "validate",
		GroupID: command.GroupPolicies,
		Short:   "Say what is wrong in the policy files",
		Long: `Validate reads the policy files and says everything that is wrong in them, each
fault at its place; also in the files of persona tests, which it does not run.
Warnings do not count as faults unless --strict says so.

It ends with status 0 when the files are right, 1 when they are not, and 3 when
callpolicy could not work.`,
		Example: `  callpolicy validate
  callpolicy validate --staged --strict               # before a commit
  callpolicy validate --fix                           # mend what has one answer
  callpolicy validate --format github --out sarif=callpolicy.sarif`,
		Args: command.NoArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.validate(cmd, f) },
	}
	f.State.Flags(a.App, cmd)
	f.AllFlag(cmd)
	cmd.Flags().Lookup("all").Usage += ", and every warning"
	flags := cmd.Flags()
	command.FormatFlag(cmd, f.format)
	command.OutFlag(cmd, &f.out)
	flags.StringVar(&f.Since, "base", "", "the git `revision` that says what is new (default HEAD)")
	flags.BoolVar(&f.strict, "strict", false, "warnings fail, too")
	flags.BoolVar(&f.fix, "fix", false, "first mend, in the files, what has exactly one answer")
	return cmd
}

// validate reads f when the command runs, which is after its flags are parsed.
func (a *app) validate(cmd *cobra.Command, f validateFlags) error {
	ctx := cmd.Context()
	outputs, err := format.ParseOutputs(f.out, report.Formats())
	if err != nil {
		return command.WrongUsage(cmd, "%v", err)
	}
	if f.fix && !f.WorkTree() {
		return command.WrongUsage(cmd, "--fix mends files on disk, so neither --staged nor --rev goes with it")
	}
	w, err := a.Open(ctx, f.State)
	var none *workspace.MissingError
	if errors.As(err, &none) && (f.format.Word != "text" || len(outputs) > 0) {
		// Whoever reads reports shall find this one in the report as well.
		found := report.New(diag.List{command.Missing(none)}, ".", 0, nil)
		return errors.Join(err, a.write(found, f.format.Word, outputs, view.Extent{}, f.All))
	}
	if err != nil {
		return err
	}
	defer w.Close() // it was only read from

	if f.fix {
		for _, p := range w.Projects() {
			if err := a.fix(ctx, p); err != nil {
				return err
			}
		}
	}
	found, extent, err := check(ctx, w.Projects())
	if err != nil {
		return err
	}
	if err := a.write(found, f.format.Word, outputs, extent, f.All); err != nil {
		return err
	}
	if found.Summary.Errors > 0 || f.strict && found.Summary.Warnings > 0 {
		return command.Faulty
	}
	return nil
}

// check compiles projects and gathers what is wrong with them in one report.
func check(ctx context.Context, projects []workspace.Project) (report.Report, view.Extent, error) {
	extent := view.Extent{Projects: len(projects)}
	var list diag.List
	var said []string
	covered, root := 0, "."
	for _, p := range projects {
		c, diags, err := p.Compile(ctx)
		if err != nil {
			return report.Report{}, extent, err
		}
		if c != nil {
			faults, err := c.PersonaFaults()
			if err != nil {
				return report.Report{}, extent, err
			}
			diags = append(slices.Clip(diags), faults...).Sorted()
		}
		if len(projects) == 1 {
			root = p.Dir()
		} else {
			diags = below(p.Dir(), diags)
		}
		list.Add(diags...)
		said = append(said, workspace.Notes(c)...)
		covered += command.Waived(c)
		if c != nil {
			extent.Users += len(c.Config.Users)
			extent.Groups += len(c.Config.Groups)
			extent.Templates += len(c.Config.Templates)
			extent.Files += len(c.Config.Inputs())
		}
	}
	return report.New(list, root, covered, said), extent, nil
}

// below returns diagnostics whose files are named from the top of the
// repository, for a report on several projects.
func below(dir string, list diag.List) diag.List {
	moved := make(diag.List, len(list))
	at := func(r diag.Range) diag.Range {
		if !r.IsZero() {
			r.File = path.Join(dir, r.File)
		}
		return r
	}
	for i, d := range list {
		copied := *d
		copied.Subject = at(d.Subject)
		copied.Related = nil
		for _, rel := range d.Related {
			copied.Related = append(copied.Related, diag.Related{Message: rel.Message, Range: at(rel.Range)})
		}
		if d.Fix != nil {
			fix := diag.Fix{Title: d.Fix.Title}
			for _, e := range d.Fix.Edits {
				fix.Edits = append(fix.Edits, diag.Edit{Range: at(e.Range), NewText: e.NewText})
			}
			copied.Fix = &fix
		}
		moved[i] = &copied
	}
	return moved
}

// write shows a report on the standard output and writes the files that were
// asked for beside it. each has a text show every warning, however many are alike.
func (a *app) write(r report.Report, format string, outputs []format.Output, extent view.Extent, each bool) error {
	tool := report.Tool{Version: command.Build().Version, Rules: policies.Catalogue}
	for _, o := range outputs {
		name, err := a.Path(o.Path)
		if err != nil {
			return err
		}
		if err := workspace.WriteFile(name, func(w io.Writer) error { return report.Write(o.Format, w, r, tool) }); err != nil {
			return &failure.Error{Problem: "cannot write " + a.Shown(name) + ": " + command.Cause(err).Error(), Cause: err}
		}
	}
	switch {
	case format != "text":
		return report.Write(format, a.Stdout, r, tool)
	case len(r.Diagnostics) == 0:
		return view.Sound(a.Stdout, extent, r.Summary.Waived, r.Summary.Notes, a.Out())
	}
	if each {
		return report.Full(a.Stdout, r, a.Out())
	}
	return report.Text(a.Stdout, r, a.Out())
}

// maxRounds is how often files are mended in one go: a field whose name was
// wrong may turn out to have a wrong value as well.
const maxRounds = 5

// fix applies the fixes that the project's diagnostics carry to its files.
func (a *app) fix(ctx context.Context, p workspace.Project) error {
	var applied, skipped int
	mended := map[string]bool{}
	for range maxRounds {
		_, diags, err := p.Compile(ctx)
		if err != nil {
			return err
		}
		fixed, err := edit.Fix(diags, p.ReadFile)
		if err != nil {
			return err
		}
		applied, skipped = applied+fixed.Applied, fixed.Skipped
		if len(fixed.Files) == 0 {
			break
		}
		for _, file := range slices.Sorted(maps.Keys(fixed.Files)) {
			if err := p.WriteFile(file, fixed.Files[file]); err != nil {
				return &failure.Error{Problem: "cannot write " + file + ": " + command.Cause(err).Error(), Cause: err}
			}
			mended[file] = true
		}
	}
	return view.Mended(a.Stderr, applied, skipped, slices.Sorted(maps.Keys(mended)), a.Err())
}
