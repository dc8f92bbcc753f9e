package config

import (
	"cmp"
	"path"
	"slices"
	"strings"
)

// RosterDir is the folder of the project where people look for a roster first.
const RosterDir = "roster"

// GuardrailsDir is the folder of the project with the organization's own rules.
const GuardrailsDir = "guardrails"

// ProjectFile is the name of the file that marks the root of a policy repository.
const ProjectFile = "callpolicy.yaml"

// Project is what callpolicy.yaml says.
type Project struct {
	Edition      string
	Organization string
	Policies     []string // files and folders to read, relative to the project
	Roster       []Roster // in the order written
	Ignore       []string // what is meant to be left alone, relative to the project
	Targets      []Target // by name
	Limits       Limits
	Severities   map[string]string // chosen severities by rule id
	JabberBase   string            // an existing jabber-config.xml, relative to the project; empty: none
	Webex        Webex
}

// Webex is what the project says of the live organization. The zero Webex: nothing.
type Webex struct {
	OrganizationID string   // as the API has it; empty: the token's own
	Manage         []string // what may be written there: callingBehavior, licenses
}

// Roster is a file of the roster, or a folder of them.
type Roster struct {
	File          string // relative to the project
	IgnoreColumns []string
}

// RosterFiles returns the files and folders that the roster is read from.
func (p *Project) RosterFiles() []string {
	names := make([]string, len(p.Roster))
	for i, r := range p.Roster {
		names[i] = r.File
	}
	return names
}

// Ignored reports whether a file or folder, relative to the project, is meant to
// be left alone. In a pattern ** stands for any folders, and * for any part of a
// name; what is below a folder that fits is ignored, too.
func (p *Project) Ignored(name string) bool {
	for _, pattern := range p.Ignore {
		if globbed(strings.Split(strings.TrimSuffix(pattern, "/"), "/"), strings.Split(name, "/")) {
			return true
		}
	}
	return false
}

func globbed(pattern, name []string) bool {
	switch {
	case len(pattern) == 0:
		return true // it is the folder, or below it
	case pattern[0] == "**":
		for i := range len(name) + 1 {
			if globbed(pattern[1:], name[i:]) && (i < len(name) || len(pattern) == 1) {
				return true
			}
		}
		return false
	case len(name) == 0:
		return false
	}
	ok, err := path.Match(pattern[0], name[0])
	return err == nil && ok && globbed(pattern[1:], name[1:])
}

// Target is a place where bundles are written.
type Target struct {
	Name   string
	Dir    string // relative to the project
	Layout string // tree or store
}

// PersonasDir is the folder of the project with persona tests.
const PersonasDir = "tests"

// Target returns the target with the name, or the only one.
func (p *Project) Target(name string) (Target, bool) {
	if name == "" && len(p.Targets) == 1 {
		return p.Targets[0], true
	}
	i := slices.IndexFunc(p.Targets, func(t Target) bool { return t.Name == cmp.Or(name, "local") })
	if i < 0 {
		return Target{}, false
	}
	return p.Targets[i], true
}

// Reads names the files and folders that are read beside the project file,
// relative to the project. Not all of them need exist.
func (p *Project) Reads() []string {
	reads := slices.Concat(p.Policies, p.RosterFiles(), []string{GuardrailsDir, PersonasDir})
	if p.JabberBase != "" {
		reads = append(reads, p.JabberBase)
	}
	return reads
}
