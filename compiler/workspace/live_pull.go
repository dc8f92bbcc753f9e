package workspace

import (
	"context"
	"time"

	"callpolicy/compiler/config"
	"callpolicy/compiler/failure"
	"callpolicy/compiler/live/snapshot"
	"callpolicy/compiler/live/webex"
	"callpolicy/compiler/plan"
)

// PullRequest says how a snapshot is made.
type PullRequest struct {
	Out     string // the folder for it, on disk
	BaseURL string
	Client  func(organization string) (*webex.Client, error)
	Now     func() time.Time
}

// Pull makes a snapshot of the project's live organization.
func (p Project) Pull(ctx context.Context, r PullRequest) (result *snapshot.Result, err error) {
	compiled, _, err := p.Compile(ctx) // errors in the policies do not matter here
	if err != nil {
		return nil, err
	}
	if compiled == nil {
		return nil, &failure.Error{Kind: ErrUnclear, Problem: config.ProjectFile + " has errors"}
	}
	organization, err := p.Organization(compiled.Config)
	if err != nil {
		return nil, err
	}
	client, err := r.Client(organization)
	if err != nil {
		return nil, err
	}
	gone := func(before, fewer int) bool {
		counted := &plan.Plan{Summary: plan.Summary{Removed: fewer}}
		counted.Hold(plan.Bounds{Head: compiled.Config, Before: before, At: compiled.At})
		return len(counted.Limits) > 0
	}
	err = p.options.Trace.Stage("pull", func() (err error) {
		result, err = snapshot.Pull(ctx, client, snapshot.Options{
			Out: r.Out, BaseURL: r.BaseURL, Gone: gone, Now: r.Now,
			Progress: func(_ string, done, all int) { p.options.Trace.Advance(done, all) },
		})
		return err
	})
	return result, err
}
