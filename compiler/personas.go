package compiler

import (
	"context"
	"slices"

	"callpolicy/compiler/config"
	"callpolicy/compiler/config/load"
	"callpolicy/compiler/diag"
	"callpolicy/compiler/persona"
	"callpolicy/compiler/resolve"
	"callpolicy/compiler/rules"
)

// Personas runs the persona tests of the project. What is wrong in their files
// is in the list; personas that fail are in the report.
func (c *Compilation) Personas(ctx context.Context) (_ *persona.Report, _ diag.List, err error) {
	all, diags, err := load.Personas(c.Config)
	if err != nil {
		return nil, nil, err
	}
	own, _, err := c.options.guardrails.Compile(ctx, guardrailsOf(c.Config)) // Compile has reported their faults
	if err != nil {
		return nil, nil, err
	}
	defer own.Close()
	nobody, err := c.broken(ctx, own, c.Config.With())
	if err != nil {
		return nil, nil, err
	}
	subjects := make([]persona.Subject, len(all))
	for i, p := range all {
		alone := c.Config.With(p.User)
		found, err := c.broken(ctx, own, alone)
		if err != nil {
			return nil, nil, err
		}
		// What is broken without anybody is not broken by the persona.
		found = slices.DeleteFunc(found, func(d *diag.Diagnostic) bool {
			return !aboutUsers(d) || slices.ContainsFunc(nobody, func(n *diag.Diagnostic) bool { return n.ID == d.ID && n.Path == d.Path })
		})
		subjects[i] = persona.Subject{Persona: p, Class: resolve.Users(alone).Class(0), Broken: found}
	}
	return persona.Compare(c.Config, subjects), diags, nil
}

// PersonaFaults returns what is wrong in the files with persona tests, without
// running them.
func (c *Compilation) PersonaFaults() (diag.List, error) {
	_, diags, err := load.Personas(c.Config)
	if err != nil {
		return nil, err
	}
	severities, _, err := rules.Choose(c.Config, nil) // Compile has reported what is wrong with the choice
	if err != nil {
		return nil, err
	}
	return severities.Adjust(diags), nil
}

// aboutUsers leaves out what is said of a whole organization in which there is
// nobody else.
func aboutUsers(d *diag.Diagnostic) bool {
	return !slices.Contains([]diag.ID{
		diag.LintSettingReachesNobody, diag.LintTemplateShadowed, diag.LintUnusedProfile, diag.LintUnusedTemplate,
		diag.LintEmptyGroup, diag.LicenseOverAllocated, diag.RuleMatchesNobody, diag.WaiverUnused, diag.WaiverExpired,
	}, d.ID)
}

func (c *Compilation) broken(ctx context.Context, own *rules.Guardrails, cfg *config.Config) (diag.List, error) {
	found, _, err := rules.Check(ctx, rules.Input{Config: cfg, Result: resolve.Users(cfg), At: c.At, Guardrails: own})
	return found, err
}
