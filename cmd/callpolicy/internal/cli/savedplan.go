package cli

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"callpolicy/cmd/callpolicy/internal/command"
	"callpolicy/compiler/bounded"
	"callpolicy/compiler/failure"
	"callpolicy/compiler/plan"
	"callpolicy/compiler/workspace"
)

// keep saves a plan for callpolicy apply.
func (c *planCommand) keep(cmd *cobra.Command, made *workspace.Planned) error {
	t, err := workspace.Target(made.Compiled, c.Target)
	if err != nil {
		return noTarget(cmd, err)
	}
	data, err := made.Save(t)
	if err != nil {
		return err
	}
	return c.write(c.save, func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	})
}

// saved reads a plan that was saved; without one it is nil. The plan says for
// which target it is.
func (a *app) saved(cmd *cobra.Command, f *applyFlags, name string) (*plan.Saved, error) {
	if name == "" {
		return nil, nil
	}
	if f.target != "" {
		return nil, command.WrongUsage(cmd, "a saved plan says itself for which target it is; leave out --target")
	}
	if f.base != "" {
		return nil, command.WrongUsage(cmd, "a saved plan says itself what it compares with; leave out --base")
	}
	full, err := a.Path(name)
	if err != nil {
		return nil, err
	}
	data, err := bounded.File(full, plan.MostSaved)
	if err != nil {
		return nil, fmt.Errorf("cannot read the plan %s: %w", name, command.Cause(err))
	}
	saved, err := plan.Open(data)
	if err != nil {
		return nil, &failure.Error{Problem: name + " is " + err.Error(), Hint: "make one with \"callpolicy plan --save\"", Cause: err}
	}
	f.target = saved.TargetName
	return saved, nil
}
