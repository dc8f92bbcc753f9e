package command

import (
	"path/filepath"

	"github.com/spf13/cobra"

	"callpolicy/compiler/workspace"
)

// RosterFlag adds the flag for files of the directory that are kept outside the
// repository, since they name people.
func (a *App) RosterFlag(cmd *cobra.Command) {
	cmd.Flags().StringArrayVar(&a.rosters, "roster", nil, "a CSV `file` of people from outside; may be repeated")
}

// BaseRosterFlag adds the flag for the roster that the other side of a plan had.
func (a *App) BaseRosterFlag(cmd *cobra.Command) {
	cmd.Flags().StringArrayVar(&a.baseRosters, "base-roster", nil, "the `file` of --roster at the base, if another")
}

// rosterVariable names the files of --roster, separated as in PATH, for where
// nobody writes the command line: hooks, CI jobs, shell completion.
const rosterVariable = "CALLPOLICY_ROSTER"

// people returns the files of the directory that are kept outside the repository.
func (a *App) people() []string {
	if a.rosters != nil {
		return a.rosters
	}
	return filepath.SplitList(a.Getenv(rosterVariable))
}

// files says where files of the roster are that the command line names.
func (a *App) files(names []string) ([]workspace.Roster, error) {
	files := make([]workspace.Roster, len(names))
	for i, name := range names {
		if name == "-" {
			files[i] = workspace.Roster{Name: "standard input", Path: name}
			continue
		}
		full, err := a.Path(name)
		if err != nil {
			return nil, err
		}
		files[i] = workspace.Roster{Name: name, Path: full}
	}
	return files, nil
}
