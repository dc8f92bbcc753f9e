package workspace

import "callpolicy/compiler/config"

// Kind is a kind of request that cannot be met as the repository is. Each such
// failure of this package is a [callpolicy/compiler/failure.Error] of one of
// these kinds.
type Kind string

// The kinds of failure; tell them apart with errors.Is.
const (
	ErrRosterOfOne   Kind = "a roster from outside for several projects"
	ErrRoster        Kind = "a roster that cannot be read"
	ErrUnknownTarget Kind = "a target that the project does not name"
	ErrNotVacant     Kind = "a base for a target that holds something"
	ErrBare          Kind = "a target in a bare repository"
	ErrForeign       Kind = "files that somebody else made"
	ErrHeld          Kind = "errors that a change would hide"
	ErrStale         Kind = "a saved plan that is out of date"
	ErrNothingBefore Kind = "no policies before a revision"
	ErrFaultyBefore  Kind = "files with errors before a revision"
	ErrOrganization  Kind = "an organization that the project file does not say, or says otherwise"
	ErrStrangers     Kind = "an organization in which too few of the people are"
	ErrUnclear       Kind = "files that cannot be understood"
)

func (k Kind) Error() string { return string(k) }

// MissingError says that there is no project file where one is needed.
type MissingError struct {
	Dir     string   // where it was looked for
	Request Request  // what was asked for
	Of      string   // the state that was looked at; empty: the work tree
	Others  []string // folders of projects that there are, where nothing else leads to them
}

func (m *MissingError) Error() string {
	if m.Request.Folder != "" {
		return "there is no " + config.ProjectFile + " in the folder " + m.Dir + " of " + m.Of
	}
	dir := m.Dir
	if dir == "." {
		dir = "this folder"
	}
	where := "in " + dir + ", nor in one above it"
	if m.Request.All {
		where = "anywhere in this repository"
	}
	if m.Of != "" {
		where += ", in " + m.Of
	}
	return "there is no " + config.ProjectFile + " " + where
}
