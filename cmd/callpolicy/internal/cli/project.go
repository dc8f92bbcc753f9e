package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"callpolicy/cmd/callpolicy/internal/view/report"
	"callpolicy/compiler"
	"callpolicy/compiler/bounded"
	"callpolicy/compiler/diag"
	"callpolicy/compiler/failure"
	"callpolicy/compiler/workspace"
)

// state says which state of the files a command reads.
type state struct {
	staged bool
	rev    string
	base   string // the revision that tells what is new, where a command compares nothing
	all    bool
	folder string // of the project in the repository; empty: around the current folder
}

// flags adds the flags that choose a state, and the people who are kept outside
// of it: whatever reads a project has them.
func (s *state) flags(a *app, cmd *cobra.Command) {
	cmd.Flags().BoolVar(&s.staged, "staged", false, "read what is staged, not the work tree")
	cmd.Flags().StringVar(&s.rev, "rev", "", "read this git `revision`, not the work tree")
	cmd.Flags().StringVar(&s.folder, "project", "", "the project's `folder`, from the top of the repository")
	cmd.MarkFlagsMutuallyExclusive("staged", "rev")
	a.rosterFlag(cmd)
}

// allFlag adds the flag for every project of the repository.
func (s *state) allFlag(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&s.all, "all", false, "every project of the repository")
	cmd.MarkFlagsMutuallyExclusive("all", "project")
	cmd.MarkFlagsMutuallyExclusive("all", "roster")
}

// workTree reports whether the files are those on disk.
func (s *state) workTree() bool { return !s.staged && s.rev == "" }

// comparison says which two states a plan compares. Every command that shows
// or carries out a plan has its flags.
type comparison struct {
	state
	workspace.Comparison
}

func (c *comparison) flags(a *app, cmd *cobra.Command) {
	c.state.flags(a, cmd)
	a.baseRosterFlag(cmd)
	cmd.Flags().StringVar(&c.Base, "base", "", "compare with where the branch left this git `revision`")
	cmd.Flags().BoolVar(&c.Exact, "base-exact", false, "compare with the revision of --base itself")
	cmd.Flags().StringVar(&c.Target, "target", "", "compare with what this `target` holds")
}

// check refuses flags that do not go together.
func (c *comparison) check(cmd *cobra.Command) error {
	if c.Exact && c.Base == "" {
		return wrongUsage(cmd, "--base-exact is about the revision of --base, and there is none")
	}
	return nil
}

// open opens the state of the repository around the current folder, with the
// project there, or all of them. The workspace is to be closed.
func (a *app) open(ctx context.Context, s state) (*workspace.Workspace, error) {
	request, options, err := a.request(s)
	if err != nil {
		return nil, err
	}
	return workspace.Open(ctx, request, options)
}

// openOne is open for commands that know one project only.
func (a *app) openOne(ctx context.Context, s state) (workspace.Project, error) {
	request, options, err := a.request(s)
	if err != nil {
		return workspace.Project{}, err
	}
	return workspace.OpenProject(ctx, request, options)
}

// request turns the flags into what a workspace is asked for.
func (a *app) request(s state) (workspace.Request, workspace.Options, error) {
	request := workspace.Request{Staged: s.staged, Rev: s.rev, All: s.all}
	if s.folder != "" {
		if request.Folder = repositoryPath(s.folder); !fs.ValidPath(request.Folder) {
			return request, workspace.Options{}, &failure.Error{
				Problem: fmt.Sprintf("--project %s is no folder of the repository", s.folder),
				Hint:    "name it from the top of the repository, as in --project tenants/one", Kind: misused,
			}
		}
	}
	var err error
	if request.Dir, err = a.path("."); err != nil {
		return request, workspace.Options{}, err
	}
	options, err := a.options()
	options.Base = s.base
	return request, options, err
}

// options are the choices of this run for all that it does with a repository.
func (a *app) options() (workspace.Options, error) {
	options := workspace.Options{
		Tool: build().Version, Program: program(), At: a.at.Time, Workers: a.workers, Trace: a.trace, Shown: a.shown, Stdin: a.stdin,
		Compile: []compiler.Option{compiler.InChild(a.confined)},
	}
	if f, ok := a.cacheFolder(); ok {
		options.Cache = &f
	}
	var err error
	if options.Rosters, err = a.files(a.people()); err != nil {
		return options, err
	}
	if a.baseRosters != nil {
		options.BaseRosters, err = a.files(a.baseRosters)
	}
	return options, err
}

// repositoryPath turns a folder that somebody names from the top of the repository
// into its path there: with slashes, whatever separators the person is used to.
func repositoryPath(folder string) string {
	return path.Clean(strings.ReplaceAll(folder, `\`, "/"))
}

const missingHint = "\"callpolicy init\" in an empty folder makes a policy repository to start from; " +
	"-C FOLDER names the folder of one that exists"

// missing is a finding that says the same as an error, for reports.
func missing(err *workspace.MissingError) *diag.Diagnostic {
	return diag.New(diag.ProjectMissing, diag.Range{}, "%s", err.Error()).Try("%s.", missingHint)
}

// path returns the absolute path of a file that the command line names: it is
// relative to the folder of -C, as if callpolicy had been started there.
func (a *app) path(name string) (string, error) {
	if filepath.IsAbs(name) {
		return filepath.Clean(name), nil
	}
	return filepath.Abs(filepath.Join(a.dir, name))
}

// shown returns a path as people want to read it: relative to the folder that
// they are in, unless it is somewhere else.
func (a *app) shown(name string) string {
	here, err := os.Getwd()
	if err != nil {
		return name
	}
	if real, err := filepath.EvalSymlinks(here); err == nil {
		here = real
	}
	if rel, err := filepath.Rel(here, name); err == nil && filepath.IsLocal(rel) {
		return rel
	}
	return name
}

// cause leaves out the name of the system call, which tells an administrator nothing.
func cause(err error) error {
	if path, ok := errors.AsType[*fs.PathError](err); ok {
		return path.Err
	}
	if large, ok := errors.AsType[*bounded.TooLargeError](err); ok {
		return &bounded.TooLargeError{Size: large.Size, Limit: large.Limit} // its name was said
	}
	return err
}

// reportOf makes the report of a compilation.
func reportOf(p workspace.Project, c *compiler.Compilation, diags diag.List) report.Report {
	return report.New(diags, p.Dir(), waived(c), workspace.Notes(c))
}

// waived counts the findings that waivers cover.
func waived(c *compiler.Compilation) int {
	if c == nil {
		return 0
	}
	return c.Rules.Waived
}
