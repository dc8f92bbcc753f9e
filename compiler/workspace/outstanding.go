package workspace

import (
	"errors"
	"fmt"
	"os"

	"callpolicy/compiler"
	"callpolicy/compiler/bundle"
	"callpolicy/compiler/config"
	"callpolicy/compiler/diag"
	"callpolicy/compiler/outstanding"
	"callpolicy/compiler/target"
)

// Outstanding returns what is still to be reset in Control Hub, as the targets
// of the project remember it. A target that is not there, or whose manifest
// cannot be read, remembers nothing.
func (p Project) Outstanding(c *compiler.Compilation) (outstanding.List, error) {
	return p.OutstandingFor(c.Config)
}

// OutstandingFor is Outstanding for the targets that a config names.
func (p Project) OutstandingFor(cfg *config.Config) (outstanding.List, error) {
	known := map[string]bool{}
	var all outstanding.List
	for _, t := range cfg.Project.Targets {
		list, err := outstanding.In(os.DirFS(p.Folder(t.Dir)))
		if unreadable(err) {
			continue // status and plan say so
		}
		if err != nil {
			return nil, err
		}
		for _, e := range list {
			if key := e.User + " " + e.Setting; !known[key] {
				known[key] = true
				all = append(all, e)
			}
		}
	}
	return all, nil
}

func unreadable(err error) bool {
	_, damaged := errors.AsType[*bundle.DamagedError](err)
	_, other := errors.AsType[*bundle.FormatVersionError](err)
	return damaged || other
}

// remember adds to an output what is still to be reset in Control Hub once the
// folder holds it, and what people said about that.
func remember(folder *target.Folder, out *compiler.Output, revision string, ticks []outstanding.Tick) (*compiler.Output, error) {
	list, err := outstanding.Next(folder.FS(), out.Set(), revision)
	if unreadable(err) {
		return out, nil // there is nothing to remember it by
	}
	if err != nil {
		return nil, err
	}
	for _, t := range ticks {
		list.Say(t.User, t.Setting, t.Said)
	}
	data, err := list.Encode()
	if err != nil {
		return nil, err
	}
	return out.WithOutstanding(data), nil
}

// outstandingNote counts in one line what is still to be reset.
func outstandingNote(list outstanding.List) []string {
	open := list.Open()
	if len(open) == 0 {
		return nil
	}
	if len(open) == 1 {
		return []string{"1 value is still set in Control Hub for 1 user until somebody resets it; callpolicy runbook lists it."}
	}
	return []string{fmt.Sprintf("%s values are still set in Control Hub for %s until somebody resets them; callpolicy runbook lists them.", diag.Count(len(open)), diag.Plural(open.Users(), "user", "users"))}
}
