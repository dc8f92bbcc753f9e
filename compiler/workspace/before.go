package workspace

import (
	"context"
	"errors"
	"fmt"

	"callpolicy/compiler/failure"
	"callpolicy/compiler/plan"
	"callpolicy/compiler/source"
)

// Before returns the project as it was before a revision, for the way back, and
// what there is to say of it. The error is an [callpolicy/compiler/failure.Error] where there is no such
// state: [ErrNothingBefore], or [ErrFaultyBefore] where nobody can say what it was.
func (p Project) Before(ctx context.Context, rev string) (*plan.Side, []string, error) {
	if _, err := p.git.At(ctx, rev); err != nil {
		return nil, nil, err
	}
	before, err := p.baseAt(ctx, rev+"^", true)
	switch {
	case errors.Is(err, source.ErrUnknownRevision):
		return nil, nil, &failure.Error{Kind: ErrNothingBefore, Problem: fmt.Sprintf("before %s there is no commit to go back to", rev), Cause: err}
	case err != nil:
		return nil, nil, err
	case before.instead:
		return nil, nil, &failure.Error{
			Kind: ErrFaultyBefore, Problem: fmt.Sprintf("before %s the files had errors, so that is no state to go back to", rev),
			Hint: "name a later or an earlier commit, or take the change back in the files (git revert) and make a runbook of that",
		}
	case before.Result == nil:
		return nil, nil, &failure.Error{Kind: ErrNothingBefore, Problem: fmt.Sprintf("before %s there were no policies to go back to", rev)}
	}
	before.State.Name = "before " + rev
	return before.Side, before.notes, nil
}
