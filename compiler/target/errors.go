package target

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"callpolicy/compiler/failure"
)

// because is a failure whose problem quotes its cause, if there is one: what a
// file system says is what helps.
func because(err error, problem, hint string) error {
	if err != nil {
		problem += " (" + err.Error() + ")"
	}
	return &failure.Error{Problem: problem, Hint: hint, Cause: err}
}

// foreignShown is how many foreign files a ForeignError names; an
// administrator who points at a wrong folder needs no more to see it.
const foreignShown = 20

// ForeignError refuses a target that holds files which callpolicy did not
// write there. Nothing was changed.
type ForeignError struct {
	Dir   string   // the target
	Paths []string // the first of them, slash-separated below Dir, sorted; at most 20
	Count int      // how many there are
}

// Error names the target and the files.
func (e *ForeignError) Error() string {
	var b strings.Builder
	noun := "files"
	if e.Count == 1 {
		noun = "file"
	}
	fmt.Fprintf(&b, "%s holds %d %s that callpolicy did not write, and replacing the folder would lose them", display(e.Dir), e.Count, noun)
	b.WriteString("; move them away or choose another folder. Nothing was changed:")
	for _, p := range e.Paths {
		b.WriteString("\n  " + display(p))
	}
	if more := e.Count - len(e.Paths); more > 0 {
		fmt.Fprintf(&b, "\n  and %d more", more)
	}
	return b.String()
}

// LockedError says that another run is writing to the target right now.
// Nothing was changed.
type LockedError struct {
	Dir    string // the target
	Holder string // who holds it, such as "process 4711 on host ams-ci-3"; may be empty
}

// Error names the target and who holds it.
func (e *LockedError) Error() string {
	who := "another callpolicy"
	if e.Holder != "" {
		who += " (" + e.Holder + ")"
	}
	return fmt.Sprintf("%s is writing to %s; wait until it has finished and try again. Nothing was changed", who, display(e.Dir))
}

// display quotes a path only where it would not print as it is: names of
// foreign files are not to be trusted with a terminal.
func display(path string) string {
	if q := strconv.Quote(path); q[1:len(q)-1] != path {
		return q
	}
	return path
}

// explain adds to an error of the file system what it means for the target in
// dir and what to do. It is for errors that come before the target is
// replaced: it promises that nothing was changed.
func explain(dir string, err error) error {
	var known *failure.Error
	var foreign *ForeignError
	var locked *LockedError
	switch {
	case err == nil, errors.As(err, &known), errors.As(err, &foreign), errors.As(err, &locked):
		return err
	case isFull(err):
		return because(err,
			"no room on the disk for the new content of "+display(dir),
			"nothing was changed; make room, or choose a folder on another disk")
	case errors.Is(err, syscall.EROFS):
		return because(err,
			display(dir)+" is on a file system that is mounted read-only",
			"nothing was changed; choose another folder")
	case errors.Is(err, fs.ErrPermission):
		return because(err,
			"no permission to replace "+display(dir),
			"nothing was changed; the folder and the one that holds it must both be writable for you, or choose another folder")
	case errors.Is(err, syscall.EBUSY), errors.Is(err, syscall.EXDEV):
		return mountError(dir, err)
	}
	return fmt.Errorf("write %s: nothing was changed: %w", display(dir), err)
}

func mountError(dir string, err error) error {
	return because(err,
		display(dir)+" cannot be exchanged for a new folder, since it is a mount point or part of a container image",
		"nothing was changed; choose a folder inside it, such as "+display(dir)+"/bundles")
}

// foreignFiles gathers the foreign files of a walk, of which only the first
// few are kept: a target that points at a whole disk must not fill the memory.
type foreignFiles struct {
	paths []string
	count int
}

func (l *foreignFiles) add(path string) {
	l.count++
	if l.paths = append(l.paths, path); len(l.paths) >= 100*foreignShown {
		l.cut()
	}
}

func (l *foreignFiles) cut() {
	slices.Sort(l.paths)
	l.paths = slices.Clip(l.paths[:min(len(l.paths), foreignShown)])
}

// err returns a *ForeignError where there was any foreign file.
func (l *foreignFiles) err(dir string) error {
	if l.count == 0 {
		return nil
	}
	l.cut()
	return &ForeignError{Dir: dir, Paths: l.paths, Count: l.count}
}
