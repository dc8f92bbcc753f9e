package view

import (
	"fmt"
	"io"
	"strings"

	"callpolicy/cmd/callpolicy/internal/view/harmless"
	"callpolicy/cmd/callpolicy/internal/view/layout"
)

// Installed says where git's hooks are.
func Installed(w io.Writer, names []string, before bool, s layout.Style) error {
	where := harmless.Line(strings.Join(names, ", "))
	if before {
		return result(w, s, "The hooks are there already: "+where+".", "")
	}
	return result(w, s, "The hooks are installed: "+where+".\n"+
		"From now on commits and merges are checked; git commit --no-verify goes past that.\n"+
		"Git runs no hook for the commits of cherry-pick and rebase: run callpolicy validate after them.", "The hooks are installed")
}

// Uninstalled says that git's hooks are gone.
func Uninstalled(w io.Writer, names []string, s layout.Style) error {
	return result(w, s, "Removed: "+harmless.Line(strings.Join(names, ", "))+".", "")
}

// Stopped says that there will be no commit. mended tells that the files on
// disk are without fault.
func Stopped(w io.Writer, mended bool, s layout.Style) error {
	text := "The commit was stopped."
	if mended {
		text += " The files on disk are right already: stage them with git add, and commit again."
	}
	return result(w, s, text, "")
}

// NothingToCheck says that a hook found no policies.
func NothingToCheck(w io.Writer) error {
	_, err := fmt.Fprintln(w, "callpolicy: there is no callpolicy.yaml in what is staged, so nothing was checked")
	return err
}
