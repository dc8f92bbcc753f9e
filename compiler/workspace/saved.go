package workspace

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"strings"

	"callpolicy/compiler"
	"callpolicy/compiler/bounded"
	"callpolicy/compiler/bundle"
	"callpolicy/compiler/config"
	"callpolicy/compiler/failure"
	"callpolicy/compiler/plan"
	"callpolicy/compiler/target"
)

// Save writes a plan, which there must be, for [Project.Prepare] to take later. It
// is bound to what the target holds now, whatever the plan compares with: that is
// what applying it replaces.
func (made *Planned) Save(t config.Target) ([]byte, error) {
	p := made.Project
	folder, err := target.Open(p.Folder(t.Dir), bundle.Owned)
	if err != nil {
		return nil, err
	}
	in, err := p.dependsOn(made.Compiled, folder)
	if err != nil {
		return nil, err
	}
	return plan.Save(made.Plan, t.Name, in)
}

// OutOfDate refuses a saved plan, as these things have changed since.
func OutOfDate(moved ...string) error {
	return &failure.Error{Kind: ErrStale, Problem: "the plan is out of date, since these have changed: " + strings.Join(moved, ", ") + "; nothing was written"}
}

// upToDate refuses a saved plan once anything that it rests on has moved.
func (p Project) upToDate(saved *plan.Saved, c *compiler.Compilation, folder *target.Folder) error {
	now, err := p.dependsOn(c, folder)
	if err != nil {
		return err
	}
	if moved := saved.Inputs.Moved(now); len(moved) > 0 {
		return OutOfDate(moved...)
	}
	return nil
}

// dependsOn is what a plan depends on that leads to a compilation in a target.
func (p Project) dependsOn(c *compiler.Compilation, folder *target.Folder) (plan.Inputs, error) {
	schema, err := compiler.RulesDigest()
	if err != nil {
		return plan.Inputs{}, err
	}
	in := plan.Inputs{Source: c.Config.InputDigest, Tool: p.options.Tool, Schema: schema}
	manifest, err := bounded.In(folder.FS(), bundle.ManifestFile, bundle.MostManifest)
	switch {
	case err == nil:
		sum := sha256.Sum256(manifest)
		in.Target = "sha256:" + hex.EncodeToString(sum[:])
	case !errors.Is(err, fs.ErrNotExist):
		return plan.Inputs{}, err
	}
	return in, nil
}
