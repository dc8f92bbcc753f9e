package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"callpolicy/cmd/callpolicy/internal/view/layout"
	"callpolicy/cmd/callpolicy/internal/view/report"
	"callpolicy/compiler"
	"callpolicy/compiler/bundle"
	"callpolicy/compiler/config"
	"callpolicy/compiler/diag"
	"callpolicy/compiler/failure"
	"callpolicy/compiler/source"
)

// state says which state of the files a command reads.
type state struct {
	staged bool
	rev    string
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

// repository is an open repository, and one state of its files.
type repository struct {
	app    *app
	git    *source.Repository
	snap   *source.Snapshot
	caches *caches
}

// project is a folder of a repository that holds a project file.
type project struct {
	*repository
	dir string // in the snapshot, "." for its top
}

// missingProject says that there is no project file where one is needed.
type missingProject struct {
	dir string
	all bool
	of  string // where it was looked for; empty: the work tree
}

func (m *missingProject) Error() string {
	dir := m.dir
	if dir == "." {
		dir = "this folder"
	}
	where := "in " + dir + ", nor in one above it"
	if m.all {
		where = "anywhere in this repository"
	}
	if m.of != "" {
		where += ", in " + m.of
	}
	return "there is no " + config.ProjectFile + " " + where
}

const missingHint = "\"callpolicy init\" in an empty folder makes a policy repository to start from; " +
	"-C FOLDER names the folder of one that exists"

// diagnostic says the same as a finding, for reports.
func (m *missingProject) diagnostic() *diag.Diagnostic {
	return diag.New(diag.ProjectMissing, diag.Range{}, "%s", m.Error()).Try("%s.", missingHint)
}

// open opens the state of the repository around the current folder and finds
// the project there, or all of them. The repository is to be closed.
func (a *app) open(ctx context.Context, s state) (_ *repository, _ []project, err error) {
	start, err := a.path(".")
	if err != nil {
		return nil, nil, err
	}
	git, err := source.Open(ctx, start)
	if err != nil {
		return nil, nil, fmt.Errorf("cannot work in %s: %w", a.shown(start), cause(err))
	}
	// Without git a folder is known by its project file alone.
	if top := projectAbove(start); !git.Git() && top != "" && !s.all {
		if err := git.Close(); err != nil {
			return nil, nil, err
		}
		if git, err = source.Open(ctx, top); err != nil {
			return nil, nil, err
		}
	}
	r := &repository{app: a, git: git, caches: &caches{app: a, root: git.Root()}}
	defer func() {
		if err != nil {
			err = errors.Join(err, git.Close())
		}
	}()
	if r.snap, err = r.state(ctx, s); err != nil {
		return nil, nil, err
	}
	var projects []project
	switch {
	case s.all:
		projects, err = r.every(".", nil)
	case s.folder != "":
		projects, err = r.named(s.folder)
	default:
		projects, err = r.nearest(start)
	}
	if err == nil && len(projects) == 0 {
		err = r.missing(a.shown(start), s)
	}
	if err == nil && len(projects) > 1 && len(a.people()) > 0 {
		err = rosterOfOne(projects)
	}
	return r, projects, err
}

// missing says that there is no project, and where there are some.
func (r *repository) missing(start string, s state) error {
	missing := &missingProject{dir: start, all: s.all}
	if !s.workTree() {
		missing.of = r.snap.Describe()
	}
	f := &failure.Error{Problem: missing.Error(), Hint: missingHint, Cause: missing}
	if s.staged {
		f.Hint = "\"git add\" stages it"
	}
	if r.git.Root() != "" || s.all {
		return f
	}
	// In a bare repository there is no folder to go to.
	all, err := r.every(".", nil)
	if err != nil {
		return err
	}
	if len(all) > 0 {
		var names []string
		for _, p := range all[:min(len(all), 10)] {
			names = append(names, p.dir)
		}
		f.Hint = "name the folder of one with --project: " + strings.Join(names, ", ")
	}
	return f
}

// openOne is open for commands that know one project only.
func (a *app) openOne(ctx context.Context, s state) (project, error) {
	s.all = false
	_, projects, err := a.open(ctx, s)
	if err != nil {
		return project{}, err
	}
	return projects[0], nil
}

// Close releases the repository, and keeps what was learned for the next run.
func (r *repository) Close() error {
	r.caches.close()
	return r.git.Close()
}

func (r *repository) state(ctx context.Context, s state) (*source.Snapshot, error) {
	switch {
	case s.staged:
		return r.git.Index(ctx)
	case s.rev != "":
		return r.git.At(ctx, s.rev)
	}
	return r.git.WorkTree(ctx)
}

// nearest walks up from a folder to the first with a project file.
func (r *repository) nearest(start string) ([]project, error) {
	dir, err := r.git.Rel(start)
	if err != nil {
		return nil, err
	}
	for {
		switch _, err := fs.Stat(r.snap, path.Join(dir, config.ProjectFile)); {
		case err == nil:
			return []project{{r, dir}}, nil
		case !errors.Is(err, fs.ErrNotExist):
			return nil, err
		case dir == ".":
			return nil, nil
		}
		dir = path.Dir(dir)
	}
}

// named finds the project in a folder that the command line names.
func (r *repository) named(folder string) ([]project, error) {
	dir := repositoryPath(folder)
	if !fs.ValidPath(dir) {
		return nil, &failure.Error{
			Problem: fmt.Sprintf("--project %s is no folder of the repository", folder),
			Hint:    "name it from the top of the repository, as in --project tenants/one", Kind: misused,
		}
	}
	_, err := fs.Stat(r.snap, path.Join(dir, config.ProjectFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &failure.Error{
			Problem: fmt.Sprintf("there is no %s in the folder %s of %s", config.ProjectFile, dir, r.snap.Describe()),
			Hint:    "name the folder from the top of the repository", Cause: &missingProject{dir: dir},
		}
	}
	return []project{{r, dir}}, err
}

// repositoryPath turns a folder that somebody names from the top of the repository
// into its path there: with slashes, whatever separators the person is used to.
func repositoryPath(folder string) string {
	return path.Clean(strings.ReplaceAll(folder, `\`, "/"))
}

// every gathers the projects below a folder. Names with a leading dot are
// skipped, and so is what callpolicy wrote, which may be very large.
func (r *repository) every(dir string, found []project) ([]project, error) {
	entries, err := fs.ReadDir(r.snap, dir)
	if err != nil {
		return nil, err
	}
	names := map[string]bool{}
	for _, e := range entries {
		names[e.Name()] = true
	}
	if names[config.ProjectFile] {
		found = append(found, project{r, dir})
	}
	if names[bundle.ManifestFile] && names["index"] {
		return found, nil
	}
	for _, e := range entries {
		if e.IsDir() && !strings.HasPrefix(e.Name(), ".") {
			if found, err = r.every(path.Join(dir, e.Name()), found); err != nil {
				return nil, err
			}
		}
	}
	return found, nil
}

// projectAbove returns the nearest folder with a project file, from a folder on
// disk upwards, or "".
func projectAbove(dir string) string {
	for {
		if info, err := os.Stat(filepath.Join(dir, config.ProjectFile)); err == nil && info.Mode().IsRegular() {
			return dir
		}
		up := filepath.Dir(dir)
		if up == dir {
			return ""
		}
		dir = up
	}
}

// compile compiles the project.
func (p project) compile(ctx context.Context) (*compiler.Compilation, diag.List, error) {
	return p.compileWith(ctx, p.app.people())
}

// compileWith compiles the project with these files of the roster from outside.
func (p project) compileWith(ctx context.Context, rosters []string, more ...compiler.Option) (*compiler.Compilation, diag.List, error) {
	return p.compileFS(ctx, p.snap, rosters, more...)
}

// compileFS compiles the project as it is in fsys.
func (p project) compileFS(ctx context.Context, fsys fs.FS, rosters []string, more ...compiler.Option) (*compiler.Compilation, diag.List, error) {
	outside, err := p.app.outside(rosters)
	if err != nil {
		return nil, nil, err
	}
	opts := append(p.caches.options(p.dir),
		compiler.Workers(p.app.workers), compiler.At(p.today()), compiler.CUEInChild(evaluator(evaluatorName)),
		compiler.GuardrailsInChild(evaluator(ruleEvaluatorName)), compiler.Rosters(outside...), compiler.Traced(p.app.trace))
	return compiler.Compile(ctx, fsys, p.dir, append(opts, more...)...)
}

// today is the date that counts as today: the one that was asked for, else the
// commit's, else today's. Only here does callpolicy look at the clock.
func (p project) today() time.Time {
	if !p.app.at.IsZero() {
		return p.app.at.Time
	}
	if date, ok := p.snap.Date(); ok {
		return date
	}
	return time.Now().UTC()
}

// folder returns the path on disk of a file or folder that the project names.
func (p project) folder(name string) string {
	return filepath.Join(p.git.Root(), filepath.FromSlash(p.dir), filepath.FromSlash(name))
}

// origin says where bundles come from, for their manifest.
func (p project) origin(ctx context.Context, c *compiler.Compilation) (bundle.Options, error) {
	opts := bundle.Options{ToolVersion: build().Version, Revision: p.snap.Revision(), Clean: true}
	if opts.Revision != "" {
		return opts, nil
	}
	head, ok, err := p.git.Head(ctx)
	if !ok {
		return bundle.Options{ToolVersion: opts.ToolVersion}, ignoreUnreadable(err)
	}
	opts.Revision = head
	opts.Clean, err = p.git.Clean(ctx, p.snap, p.inputs(c)...)
	return opts, ignoreUnreadable(err)
}

// ignoreUnreadable lets a repository pass whose history cannot be read: the
// files are there, and bundles do not depend on it.
func ignoreUnreadable(err error) error {
	if _, ok := errors.AsType[source.Kind](err); ok {
		return nil
	}
	return err
}

// inputs names everything that decides what is compiled, in the repository: the
// files that were read, and the folders in which others may have been deleted.
func (p project) inputs(c *compiler.Compilation) []string {
	var names []string
	add := func(name string) {
		if name = path.Join(p.dir, name); fs.ValidPath(name) {
			names = append(names, name)
		}
	}
	for _, in := range c.Config.Inputs() {
		if !in.Outside {
			add(in.File)
		}
	}
	for _, name := range slices.Concat(c.Config.Project.Policies, c.Config.Project.Roster) {
		add(name)
	}
	return names
}

// path returns the absolute path of a file that the command line names: it is
// relative to the folder of -C, as if callpolicy had been started there.
func (a *app) path(name string) (string, error) {
	if filepath.IsAbs(name) {
		return filepath.Clean(name), nil
	}
	return filepath.Abs(filepath.Join(a.dir, name))
}

// paths is path for several.
func (a *app) paths(names []string) (full []string, err error) {
	full = make([]string, len(names))
	for i, name := range names {
		if full[i], err = a.path(name); err != nil {
			return nil, err
		}
	}
	return full, nil
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
	return err
}

// reportOf makes the report of a compilation.
func reportOf(p project, c *compiler.Compilation, diags diag.List) report.Report {
	return report.New(diags, p.dir, waived(c), notes(c))
}

// waived counts the findings that waivers cover.
func waived(c *compiler.Compilation) int {
	if c == nil {
		return 0
	}
	return c.Rules.Waived
}

// notes says what a reader must know of the run to judge what it found.
func notes(c *compiler.Compilation) []string {
	if c == nil {
		return nil
	}
	var said []string
	if c.Config.Incomplete {
		unread := "A part of the files was not read, so nothing is said of what is unused"
		if n := c.Config.Withheld; n > 0 {
			unread += fmt.Sprintf(", or of %s that may lead there", layout.Plural(n, "name", "names"))
		}
		said = append(said, unread+".")
	}
	if c.Withheld > 0 {
		said = append(said, fmt.Sprintf("%s withheld until the errors in the files are mended.",
			layout.Plural(c.Withheld, "warning is", "warnings are")))
	}
	return append(said, rosterNotes(c.Config)...)
}
