// Package command is what every command of callpolicy stands on: the streams and
// the flags that all have, the flags that several share, the arguments that may
// follow them, how a repository is opened by them, and how an error becomes words
// and an exit status. It holds no command, and knows of none.
package command

import (
	"io"

	"github.com/spf13/pflag"

	"callpolicy/cmd/callpolicy/internal/view"
	"callpolicy/cmd/callpolicy/internal/view/layout"
	"callpolicy/compiler"
	"callpolicy/compiler/confine"
)

// App is what the commands share: the streams, the environment and the global flags.
type App struct {
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	Getenv         func(string) string

	dir     string // -C
	at      date   // --at
	workers int    // --workers
	cache   string // --cache
	Timings bool   // --timings
	Profile string // --profile

	Written bool // bundles are in place that were not there before

	Trace    *compiler.Trace // nil: nobody wants to know
	Progress *view.Progress  // nil: nobody looks
	Confined *confine.Run    // what CUE may cost, all in all

	rosters, baseRosters []string // --roster, --base-roster
}

// GlobalFlags adds the flags of every command.
func (a *App) GlobalFlags(flags *pflag.FlagSet) {
	flags.StringVarP(&a.dir, "chdir", "C", "", "work as if started in this `folder`")
	flags.Var(&a.at, "at", "the `date` that counts as today, like 2027-03-01")
	flags.StringVar(&a.cache, "cache", "", "the `folder` that keeps parsed files, or off")
	flags.BoolVar(&a.Timings, "timings", false, "show what each stage took")
	flags.StringVar(&a.Profile, "profile", "", "write a CPU profile to this `file`")
	hide(flags, "profile")
	flags.IntVar(&a.workers, "workers", 0, "how many files are parsed at a time")
	hide(flags, "workers")
	flags.SortFlags = false
}

// In returns the app as if it had been started in a folder, without the people
// who are kept outside the repository.
func (a *App) In(folder string) *App {
	inside := *a
	inside.dir, inside.rosters = folder, []string{}
	return &inside
}

// Out is the style of what is asked for.
func (a *App) Out() layout.Style { return layout.Terminal(a.Stdout, a.Getenv) }

// Err is the style of everything that is said beside it.
func (a *App) Err() layout.Style { return layout.Terminal(a.Stderr, a.Getenv) }

// The groups of commands in the help text.
const (
	GroupPolicies = "policies"
	GroupBundles  = "bundles"
	GroupTool     = "tool"
)
