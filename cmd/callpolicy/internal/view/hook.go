package view

import (
	"fmt"
	"io"

	"callpolicy/cmd/callpolicy/internal/view/harmless"
	"callpolicy/cmd/callpolicy/internal/view/layout"
)

// Installed says where git's hook is.
func Installed(w io.Writer, name string, before bool, s layout.Style) error {
	if before {
		return result(w, s, "The hook is there already: "+harmless.Line(name)+".", "")
	}
	return result(w, s, "The hook is installed: "+harmless.Line(name)+".\n"+
		"From now on every commit is checked; git commit --no-verify goes past it.", "The hook is installed")
}

// Uninstalled says that git's hook is gone.
func Uninstalled(w io.Writer, name string, s layout.Style) error {
	return result(w, s, "The hook is removed: "+harmless.Line(name)+".", "")
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
