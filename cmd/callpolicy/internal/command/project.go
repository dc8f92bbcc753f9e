package command

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

// State says which state of the files a command reads.
type State struct {
	Staged bool
	Rev    string
	Since  string // the revision that tells what is new, where a command compares nothing
	All    bool
	Folder string // of the project in the repository; empty: around the current folder
}

// Flags adds the flags that choose a state, and the people who are kept outside
// of it: whatever reads a project has them.
func (s *State) Flags(a *App, cmd *cobra.Command) {
	cmd.Flags().BoolVar(&s.Staged, "staged", false, "read what is staged, not the work tree")
	cmd.Flags().StringVar(&s.Rev, "rev", "", "read this git `revision`, not the work tree")
	cmd.Flags().StringVar(&s.Folder, "project", "", "the project's `folder`, from the top of the repository")
	cmd.MarkFlagsMutuallyExclusive("staged", "rev")
	a.RosterFlag(cmd)
}

// AllFlag adds the flag for every project of the repository.
func (s *State) AllFlag(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&s.All, "all", false, "every project of the repository")
	cmd.MarkFlagsMutuallyExclusive("all", "project")
	cmd.MarkFlagsMutuallyExclusive("all", "roster")
}

// WorkTree reports whether the files are those on disk.
func (s *State) WorkTree() bool { return !s.Staged && s.Rev == "" }

// States says which two states a plan compares. Every command that shows or
// carries out a plan has its flags.
type States struct {
	State
	workspace.Comparison
}

// Flags adds the flags that choose both states.
func (c *States) Flags(a *App, cmd *cobra.Command) {
	c.State.Flags(a, cmd)
	a.BaseRosterFlag(cmd)
	cmd.Flags().StringVar(&c.Base, "base", "", "compare with where the branch left this git `revision`")
	cmd.Flags().BoolVar(&c.Exact, "base-exact", false, "compare with the revision of --base itself")
	cmd.Flags().StringVar(&c.Target, "target", "", "compare with what this `target` holds")
}

// Check refuses flags that do not go together.
func (c *States) Check(cmd *cobra.Command) error {
	if c.Exact && c.Base == "" {
		return WrongUsage(cmd, "--base-exact is about the revision of --base, and there is none")
	}
	return nil
}

// Open opens the state of the repository around the current folder, with the
// project there, or all of them. The workspace is to be closed.
func (a *App) Open(ctx context.Context, s State) (*workspace.Workspace, error) {
	request, options, err := a.Request(s)
	if err != nil {
		return nil, err
	}
	return workspace.Open(ctx, request, options)
}

// OpenOne is open for commands that know one project only.
func (a *App) OpenOne(ctx context.Context, s State) (workspace.Project, error) {
	request, options, err := a.Request(s)
	if err != nil {
		return workspace.Project{}, err
	}
	return workspace.OpenProject(ctx, request, options)
}

// Request turns the flags into what a workspace is asked for.
func (a *App) Request(s State) (workspace.Request, workspace.Options, error) {
	request := workspace.Request{Staged: s.Staged, Rev: s.Rev, All: s.All}
	if s.Folder != "" {
		if request.Folder = repositoryPath(s.Folder); !fs.ValidPath(request.Folder) {
			return request, workspace.Options{}, &failure.Error{
				Problem: fmt.Sprintf("--project %s is no folder of the repository", s.Folder),
				Hint:    "name it from the top of the repository, as in --project tenants/one", Kind: Misused,
			}
		}
	}
	var err error
	if request.Dir, err = a.Path("."); err != nil {
		return request, workspace.Options{}, err
	}
	options, err := a.Options()
	options.Base = s.Since
	return request, options, err
}

// Options are the choices of this run for all that it does with a repository.
func (a *App) Options() (workspace.Options, error) {
	options := workspace.Options{
		Tool: Build().Version, Program: program(), At: a.at.Time, Workers: a.workers, Trace: a.Trace, Shown: a.Shown, Stdin: a.Stdin,
		Compile: []compiler.Option{compiler.InChild(a.Confined)},
	}
	if f, ok := a.CacheFolder(); ok {
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

// Missing is a finding that says the same as an error, for reports.
func Missing(err *workspace.MissingError) *diag.Diagnostic {
	return diag.New(diag.ProjectMissing, diag.Range{}, "%s", err.Error()).Try("%s.", missingHint)
}

// Path returns the absolute path of a file that the command line names: it is
// relative to the folder of -C, as if callpolicy had been started there.
func (a *App) Path(name string) (string, error) {
	if filepath.IsAbs(name) {
		return filepath.Clean(name), nil
	}
	return filepath.Abs(filepath.Join(a.dir, name))
}

// Shown returns a path as people want to read it: relative to the folder that
// they are in, unless it is somewhere else.
func (a *App) Shown(name string) string {
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

// Cause leaves out the name of the system call, which tells an administrator nothing.
func Cause(err error) error {
	if path, ok := errors.AsType[*fs.PathError](err); ok {
		return path.Err
	}
	if large, ok := errors.AsType[*bounded.TooLargeError](err); ok {
		return &bounded.TooLargeError{Size: large.Size, Limit: large.Limit} // its name was said
	}
	return err
}

// ReportOf makes the report of a compilation.
func ReportOf(p workspace.Project, c *compiler.Compilation, diags diag.List) report.Report {
	return report.New(diags, p.Dir(), Waived(c), workspace.Notes(c))
}

// Waived counts the findings that waivers cover.
func Waived(c *compiler.Compilation) int {
	if c == nil {
		return 0
	}
	return c.Rules.Waived
}
