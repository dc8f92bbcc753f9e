// Package livecli is the commands below "callpolicy live": each turns its flags
// into a call of package workspace, and the result into what package liveview
// shows. What plan and apply say of the live organization comes from here, too.
package livecli

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"callpolicy/cmd/callpolicy/internal/command"
	"callpolicy/cmd/callpolicy/internal/view/liveview"
	"callpolicy/compiler/failure"
	"callpolicy/compiler/live/webex"
	"callpolicy/compiler/workspace"
)

// New returns the command live, with those below it.
func New(a *command.App) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "live",
		GroupID: command.GroupPolicies,
		Short:   "See what Control Hub really holds, and change what the API can change",
		Long: `Live works with the live organization. It pulls what the Webex API shows into a
snapshot, compares that with the policies, and writes what the API can write:
the calling behavior of single people, and licenses that are added. It keeps a
journal, and has a way back.

The token comes from WEBEX_ACCESS_TOKEN, or from a refresh grant in
WEBEX_CLIENT_ID, WEBEX_CLIENT_SECRET and WEBEX_REFRESH_TOKEN. It goes to Webex
alone, and is stored and printed nowhere. docs/live.md leads through all of it.

` + liveview.NotVerified,
		Example: `  callpolicy live pull
  callpolicy live drift
  callpolicy live push --canary 10
  callpolicy live undo live/push-20270301T053000Z.journal.jsonl`,
		Args: command.NoArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	for _, newCommand := range []func(*command.App) *cobra.Command{
		newPullCommand, newDriftCommand, newPushCommand, newUndoCommand, newRecordCommand, newSimulateCommand,
	} {
		cmd.AddCommand(newCommand(a))
	}
	return cmd
}

// access is how Webex is reached.
type access struct {
	baseURL     string
	credentials string
	perMinute   int
}

func (x *access) flags(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&x.baseURL, "base-url", "", "another `address` of the API, which gets the token")
	flags.StringVar(&x.credentials, "credentials", "", "a `file` with tokens, outside of the repository")
	flags.IntVar(&x.perMinute, "rate", 0, "at most `N` requests a minute")
}

// client returns a client for an organization. root is the top of the repository.
func (x *access) client(a *command.App, root, organization string, purpose webex.Purpose) (*webex.Client, error) {
	c := webex.Credentials{Getenv: a.Getenv, Say: func(text string) {
		if err := liveview.Say(a.Stderr, text, a.Err()); err != nil {
			return // nobody is there to be told
		}
	}}
	if x.credentials != "" {
		var err error
		if c.File, err = a.Path(x.credentials); err != nil {
			return nil, err
		}
		if rel, err := filepath.Rel(root, c.File); root != "" && err == nil && filepath.IsLocal(rel) {
			return nil, &failure.Error{Problem: a.Shown(c.File) + " is in the repository, and tokens are kept outside of it", Hint: "move it to where only you can read it", Kind: command.Misused}
		}
	}
	token, err := c.For(organization, purpose, x.baseURL)
	if err != nil {
		return nil, err
	}
	client, err := webex.New(webex.Options{BaseURL: x.baseURL, AnyHost: x.baseURL != "", OrgID: organization, PerMinute: x.perMinute, Token: token})
	if err != nil {
		return nil, &failure.Error{Problem: err.Error(), Kind: command.Misused}
	}
	return client, nil
}

// Comparison says which project is compared with the live organization: where its
// snapshot is, and which revision tells who moved.
type Comparison struct {
	command.State
	Base     string // the revision that was pushed last; empty: as the journals tell
	Exact    bool   // that revision itself, not where the branch left it
	Snapshot string // its folder
	journals []string
}

// flags adds the flags that choose a project and a snapshot. The name of the
// flag for the snapshot is the caller's.
func (s *Comparison) flags(a *command.App, cmd *cobra.Command) {
	s.State.Flags(a, cmd)
	flags := cmd.Flags()
	flags.StringVar(&s.Snapshot, "live", "", "the `folder` with the snapshot (default live)")
	flags.StringVar(&s.Base, "base", "", "judge who moved against this git `revision`")
	flags.BoolVar(&s.Exact, "base-exact", false, "against the revision of --base itself")
}

// snapshotFolder returns the folder with a project's snapshot: the one that is named, or
// the project's own. For one of several projects it is in the project's folder.
func snapshotFolder(a *command.App, p workspace.Project, name string, several bool) (string, error) {
	switch {
	case name == "":
		return p.Folder(workspace.LiveDir), nil
	case several && !filepath.IsAbs(name):
		return p.Folder(filepath.ToSlash(name)), nil
	case several:
		return filepath.Join(name, filepath.FromSlash(p.Dir())), nil
	}
	return a.Path(name)
}

// request says what is compared with the live organization.
func (s *Comparison) request(a *command.App, p workspace.Project, several bool) (workspace.LiveRequest, error) {
	r := workspace.LiveRequest{Base: s.Base, Exact: s.Exact, Now: time.Now()}
	var err error
	if r.Dir, err = snapshotFolder(a, p, s.Snapshot, several); err != nil {
		return r, err
	}
	for _, name := range s.journals {
		full, err := a.Path(name)
		if err != nil {
			return r, err
		}
		r.Journals = append(r.Journals, full)
	}
	return r, nil
}

// each does something for every project that was asked for. What fails for one
// stops no other.
func each(projects []workspace.Project, do func(workspace.Project) error) error {
	if len(projects) == 1 {
		return do(projects[0])
	}
	var failed []string
	var all error
	for _, p := range projects {
		if err := do(p); err != nil {
			all = errors.Join(all, err)
			failed = append(failed, p.Dir()+": "+command.Explain(context.Background(), err).Problem)
		}
	}
	if all == nil {
		return nil
	}
	f := command.Explain(context.Background(), all)
	return &failure.Error{Problem: strings.Join(failed, "; "), Hint: f.Hint, Kind: f.Kind, Cause: all}
}
