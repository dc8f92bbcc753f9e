package command

import (
	"errors"

	"github.com/spf13/cobra"

	"callpolicy/cmd/callpolicy/internal/view"
	"callpolicy/compiler/failure"
)

// errDeclined ends an apply that somebody did not want after all.
var errDeclined = errors.New("not confirmed; nothing was written")

// Confirm asks whether to go on.
func (a *App) Confirm(cmd *cobra.Command, question string) error {
	if !view.IsTerminal(a.Stdin) {
		return &failure.Error{
			Problem: "there is no terminal to ask on; nothing was written",
			Hint:    "say --yes to write without being asked", Kind: Misused,
		}
	}
	yes, err := view.Ask(cmd.Context(), a.Stdin, a.Stderr, question, a.Err())
	if err != nil {
		return err
	}
	if !yes {
		return errDeclined
	}
	return nil
}
