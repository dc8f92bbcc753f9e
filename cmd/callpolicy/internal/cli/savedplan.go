package cli

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"callpolicy/compiler"
	"callpolicy/compiler/bundle"
	"callpolicy/compiler/failure"
	"callpolicy/compiler/plan"
	"callpolicy/compiler/target"
)

// keep saves a plan for callpolicy apply. It is bound to what the target holds
// now, whatever the plan compares with: that is what apply replaces.
func (c *planCommand) keep(cmd *cobra.Command, made *planned) error {
	t, err := chooseTarget(cmd, made.head.Config, c.target)
	if err != nil {
		return err
	}
	folder, err := target.Open(made.project.folder(t.Dir), bundle.Owned)
	if err != nil {
		return err
	}
	in, err := inputsOf(made.head, folder)
	if err != nil {
		return err
	}
	data, err := plan.Save(made.Plan, t.Name, in)
	if err != nil {
		return err
	}
	return c.write(c.save, func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	})
}

// kept reads a plan that was saved; without one it is nil. The plan says for
// which target it is.
func (a *app) kept(cmd *cobra.Command, f *applyFlags, name string) (*plan.Saved, error) {
	if name == "" {
		return nil, nil
	}
	if f.target != "" {
		return nil, wrongUsage(cmd, "a saved plan says itself for which target it is; leave out --target")
	}
	full, err := a.path(name)
	if err != nil {
		return nil, err
	}
	data, err := os.ReadFile(full)
	if err != nil {
		return nil, fmt.Errorf("cannot read the plan %s: %w", name, cause(err))
	}
	saved, err := plan.Open(data)
	if err != nil {
		return nil, &failure.Error{Problem: name + " is " + err.Error(), Hint: "make one with \"callpolicy plan --save\"", Cause: err}
	}
	f.target = saved.TargetName
	return saved, nil
}

// upToDate refuses a saved plan once anything that it rests on has moved.
func upToDate(saved *plan.Saved, c *compiler.Compilation, folder *target.Folder) error {
	now, err := inputsOf(c, folder)
	if err != nil {
		return err
	}
	if moved := saved.Inputs.Moved(now); len(moved) > 0 {
		return outOfDate(moved...)
	}
	return nil
}

func outOfDate(moved ...string) error {
	return &failure.Error{
		Problem: "the plan is out of date, since these have changed: " + strings.Join(moved, ", ") + "; nothing was written",
		Hint:    "make a new one with \"callpolicy plan --save\", and look at it", Kind: stale,
	}
}

// inputsOf is what a plan depends on that leads to a compilation in a target.
func inputsOf(c *compiler.Compilation, folder *target.Folder) (plan.Inputs, error) {
	schema, err := compiler.RulesDigest()
	if err != nil {
		return plan.Inputs{}, err
	}
	in := plan.Inputs{Source: c.Config.InputDigest, Tool: build().Version, Schema: schema}
	manifest, err := fs.ReadFile(folder.FS(), bundle.ManifestFile)
	switch {
	case err == nil:
		sum := sha256.Sum256(manifest)
		in.Target = "sha256:" + hex.EncodeToString(sum[:])
	case !errors.Is(err, fs.ErrNotExist):
		return plan.Inputs{}, err
	}
	return in, nil
}
