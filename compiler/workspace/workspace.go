// Package workspace is the way in for programs that work with a policy
// repository as an administrator does: open it in one of its states, compile a
// project, choose a base, plan, find drift, save a plan and apply it.
//
// A program that has the files already, from wherever, calls
// [compiler.Compile] and needs nothing here. The command line is one caller of
// this package; it adds flags, questions and words.
//
// The package knows no terminal: it prints nothing, asks nothing and reads no
// environment. Everything that a run may choose is in [Options]. Its errors say
// what went wrong in a sentence; [Kind] also says of which kind it is, so that
// a caller can choose an exit status and advice.
package workspace

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"time"

	"callpolicy/compiler"
	"callpolicy/compiler/bounded"
	"callpolicy/compiler/cache"
	"callpolicy/compiler/failure"
	"callpolicy/compiler/source"
)

// Options are the choices of a run, for all that it does in a workspace. The
// zero value works.
type Options struct {
	Tool        string            // the version of this program, for the manifest of what it writes
	Program     string            // tells this very build from others that may make something else of the same files
	At          time.Time         // what counts as today; zero: the date of the commit, else today
	Base        string            // the revision that tells what is new in the files, where nothing is compared; empty: the commit that is checked out
	Rosters     []Roster          // people who are kept outside the repository
	Stdin       io.Reader         // what the roster "-" is read from; nil: there is none
	BaseRosters []Roster          // those of the base of a plan; nil: the same
	Cache       *cache.Folder     // what is kept from one run to the next; nil: nothing
	Workers     int               // how many files are parsed at a time; 0: one for each processor
	Trace       *compiler.Trace   // what is told of each stage; nil: nothing
	Compile     []compiler.Option // for every compilation

	// Shown returns the path of a file or folder as messages have it. Without it
	// they have it whole.
	Shown func(string) string
}

// shown returns a path as messages have it.
func (o Options) shown(name string) string {
	if o.Shown == nil {
		return name
	}
	return o.Shown(name)
}

// Request says what is opened: the repository around a folder, one state of its
// files, and which of its projects.
type Request struct {
	Dir    string // where to start; the project is there, or in a folder above
	Staged bool   // what is staged, not the work tree
	Rev    string // a git revision, not the work tree; empty: none
	All    bool   // every project of the repository
	Folder string // the project in this folder, from the top of the repository with slashes; empty: the one around Dir
}

// WorkTree reports whether the files are those on disk.
func (r Request) WorkTree() bool { return !r.Staged && r.Rev == "" }

// Workspace is an open repository, in one state of its files.
type Workspace struct {
	options  Options
	git      *source.Repository
	snap     *source.Snapshot
	kept     *kept
	rosters  *rosters
	projects []Project
}

// Open opens a repository. The error is a [*MissingError] where it holds no such
// project. The workspace is to be closed.
func Open(ctx context.Context, request Request, options Options) (_ *Workspace, err error) {
	git, err := openGit(ctx, request, options)
	if err != nil {
		return nil, err
	}
	w := &Workspace{options: options, git: git, kept: &kept{options: options, root: git.Root(), git: git.Git()}, rosters: new(rosters)}
	defer func() {
		if err != nil {
			err = errors.Join(err, git.Close())
		}
	}()
	if w.snap, err = w.state(ctx, request); err != nil {
		return nil, err
	}
	if w.projects, err = w.find(request); err != nil {
		return nil, err
	}
	if n := len(w.projects); n > 1 && len(options.Rosters) > 0 {
		return nil, &failure.Error{Kind: ErrRosterOfOne, Problem: fmt.Sprintf("a roster from outside is for one project, and there are %d here", n)}
	}
	return w, nil
}

// OpenProject opens the one project of a request. Closing it closes its workspace.
func OpenProject(ctx context.Context, request Request, options Options) (Project, error) {
	request.All = false
	w, err := Open(ctx, request, options)
	if err != nil {
		return Project{}, err
	}
	return w.projects[0], nil
}

// openGit opens the repository around a folder. Without git a project is known
// by its project file alone, and all that belongs to it lies below.
func openGit(ctx context.Context, request Request, options Options) (*source.Repository, error) {
	git, err := source.Open(ctx, request.Dir)
	if err != nil {
		return nil, fmt.Errorf("cannot work in %s: %w", options.shown(request.Dir), cause(err))
	}
	top := projectAbove(request.Dir)
	if git.Git() || top == "" || request.All {
		return git, nil
	}
	if err := git.Close(); err != nil {
		return nil, err
	}
	return source.Open(ctx, top)
}

// Close releases the repository, and keeps what was learned for the next run.
func (w *Workspace) Close() error {
	w.kept.close()
	return w.git.Close()
}

// Projects returns the projects that were asked for, at least one, by folder.
func (w *Workspace) Projects() []Project { return w.projects }

// at returns the workspace in another state of the repository.
func (w *Workspace) at(snap *source.Snapshot) *Workspace {
	other := *w
	other.snap, other.projects = snap, nil
	return &other
}

func (w *Workspace) state(ctx context.Context, request Request) (*source.Snapshot, error) {
	switch {
	case request.Staged:
		return w.git.Index(ctx)
	case request.Rev != "":
		return w.git.At(ctx, request.Rev)
	}
	return w.git.WorkTree(ctx)
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
