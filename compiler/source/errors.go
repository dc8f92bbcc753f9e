package source

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"callpolicy/compiler/failure"
)

// Kind is a kind of failure to read a repository that somebody can fix. Each
// such failure of this package is a [failure.Error] of one of these kinds.
type Kind string

// The kinds of failure; tell them apart with errors.Is.
const (
	ErrNotGit          Kind = "not in a git repository"
	ErrNoWorkTree      Kind = "a bare repository has no work tree"
	ErrUnborn          Kind = "no commit yet"
	ErrRevisionSyntax  Kind = "not the name of a revision"
	ErrUnknownRevision Kind = "unknown revision"
	ErrShallow         Kind = "shallow clone"
	ErrNoMergeBase     Kind = "no common history"
	ErrGitNeeded       Kind = "the git command is needed"
	ErrUntrusted       Kind = "git does not trust this repository"
	ErrUnmerged        Kind = "unresolved merge conflicts"
	ErrMissingObject   Kind = "missing object"
	ErrTooLarge        Kind = "too large to be read"
)

func (k Kind) Error() string { return string(k) }

// errUnsupported says that an implementation of objects cannot answer, and
// that another one should be asked.
var errUnsupported = errors.New("not supported by the built-in git reader")

// LinkFault says why a symbolic link is not followed.
type LinkFault uint8

// The faults of a symbolic link. The zero value is invalid.
const (
	LinkLeaves   LinkFault = iota + 1 // it points outside the repository
	LinkAbsolute                      // it holds an absolute path, which means something else on every machine
	LinkLoop                          // it leads to itself
	LinkDangling                      // it points to nothing that the snapshot holds
)

// LinkError reports a symbolic link that cannot be followed. A link is
// followed only to a file or folder of the same snapshot; git's own files are
// no part of one.
type LinkError struct {
	Name   string // the name that was asked for
	Link   string // the link on the way to it; often the same
	Target string // what the link holds
	Fault  LinkFault
}

func (e *LinkError) Error() string {
	link := fmt.Sprintf("%s is a symbolic link to %s, ", e.Link, e.Target)
	switch e.Fault {
	case LinkLeaves:
		return link + "outside the repository; copy the file into the repository instead"
	case LinkAbsolute:
		return link + "an absolute path; write the link relative to its folder, inside the repository"
	case LinkLoop:
		return link + "which leads back to itself; remove the link"
	case LinkDangling:
		return link + "which is not there; mend or remove the link"
	}
	return link + "which cannot be followed"
}

// Is makes a dangling link a file that does not exist.
func (e *LinkError) Is(target error) bool {
	return target == fs.ErrNotExist && e.Fault == LinkDangling
}

// NestedError reports a name inside a submodule or another repository that
// lies within this one. Listings show such a folder as [fs.ModeIrregular].
type NestedError struct {
	Name string // the folder of the other repository
}

func (e *NestedError) Error() string {
	return e.Name + " is a submodule or another git repository, whose files are not part of this one; keep policy files in this repository"
}

func unmerged(names []string) error {
	const most = 5
	shown := strings.Join(names[:min(len(names), most)], ", ")
	if len(names) > most {
		shown += fmt.Sprintf(" and %d more", len(names)-most)
	}
	return &failure.Error{
		Kind:    ErrUnmerged,
		Problem: "the index holds unresolved merge conflicts: " + shown,
		Hint:    "resolve them and run `git add` on each file",
	}
}

func gitNeeded(why error) error {
	return &failure.Error{
		Kind:    ErrGitNeeded,
		Problem: fmt.Sprintf("this repository cannot be read without the git command (%v)", why),
		Hint:    "install git and make sure that it is on PATH",
		Cause:   why,
	}
}
