package cli

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"callpolicy/cmd/callpolicy/internal/view/layout"
	"callpolicy/compiler/config"
	"callpolicy/compiler/failure"
)

// rosterFlag adds the flag for files of the directory that are kept outside the
// repository, since they name people.
func (a *app) rosterFlag(cmd *cobra.Command) {
	cmd.Flags().StringArrayVar(&a.rosters, "roster", nil, "a CSV `file` of people from outside; may be repeated")
}

// rosterVariable names the files of --roster, separated as in PATH, for where
// nobody writes the command line: hooks, CI jobs, shell completion.
const rosterVariable = "CALLPOLICY_ROSTER"

// people returns the files of the directory that are kept outside the repository.
func (a *app) people() []string {
	if a.rosters != nil {
		return a.rosters
	}
	return filepath.SplitList(a.getenv(rosterVariable))
}

// rosterOfOne says that people who are kept outside cannot be in every project.
func rosterOfOne(projects []project) error {
	return &failure.Error{
		Problem: fmt.Sprintf("a roster from outside is for one project, and there are %d here", len(projects)),
		Hint:    "name the project with --project, and leave out --all; or unset " + rosterVariable, Kind: misused,
	}
}

// baseRosterFlag adds the flag for the roster that the other side of a plan had.
func (a *app) baseRosterFlag(cmd *cobra.Command) {
	cmd.Flags().StringArrayVar(&a.baseRosters, "base-roster", nil, "the `file` of --roster at the base, if another")
}

// outside reads files of the roster that the command line names.
func (a *app) outside(names []string) (files []config.RosterFile, err error) {
	if len(names) == 0 {
		return nil, nil
	}
	err = a.trace.Stage("roster", func() (err error) {
		files, err = a.readRosters(names)
		return err
	})
	return files, err
}

func (a *app) readRosters(names []string) ([]config.RosterFile, error) {
	var files []config.RosterFile
	for _, name := range names {
		full, err := a.path(name)
		if err != nil {
			return nil, err
		}
		data, err := os.ReadFile(full)
		if err != nil {
			return nil, &failure.Error{Problem: "cannot read the roster " + name + ": " + cause(err).Error(), Cause: err}
		}
		files = append(files, config.RosterFile{Name: filepath.ToSlash(name), Data: data})
	}
	return files, nil
}

// asideNote says how many people are set aside; nothing where nobody is.
func asideNote(cfg *config.Config) []string {
	n := len(cfg.Quarantined)
	if n == 0 {
		return nil
	}
	return []string{fmt.Sprintf("%s set aside, as only the roster is at fault: left out of the output, while a bundle from before stays as it is.",
		layout.Plural(n, "user is", "users are"))}
}

// rosterNotes says what the roster led to, beside what is wrong in it.
func rosterNotes(cfg *config.Config) []string {
	said := asideNote(cfg)
	if n := cfg.Roster.OtherGroups; n > 0 {
		said = append(said, fmt.Sprintf("%s in no policy file, and passed by.", layout.Plural(n, "group of the roster is", "groups of the roster are")))
	}
	if n := cfg.Roster.OtherMembers; n > 0 {
		said = append(said, fmt.Sprintf("%s somebody who does not exist here, and passed by.", layout.Plural(n, "membership of the roster is for", "memberships of the roster are for")))
	}
	return said
}
