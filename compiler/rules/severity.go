package rules

import (
	"slices"

	"callpolicy/compiler/config"
	"callpolicy/compiler/diag"
	"callpolicy/compiler/near"
	"callpolicy/policies"
)

// Severities are what a project chose for rules that allow a choice.
type Severities struct{ chosen map[string]diag.Severity }

// Choose reads the choices of a project. own are the organization's own rules,
// whose severity may be chosen freely; nil: none. Choices that cannot be made
// are in the list.
func Choose(cfg *config.Config, own *Guardrails) (Severities, diag.List, error) {
	s := Severities{map[string]diag.Severity{}}
	if len(cfg.Project.Severities) == 0 {
		return s, nil, nil
	}
	catalogue, err := policies.Rules()
	if err != nil {
		return s, nil, err
	}
	mayBe := map[string][]string{}
	var ids []string
	for i := range catalogue {
		mayBe[catalogue[i].ID] = append([]string{catalogue[i].Severity}, catalogue[i].MayBe...)
		ids = append(ids, catalogue[i].ID)
	}
	for _, r := range own.rules() {
		mayBe[r.id.String()] = []string{"off", "info", "warning", "error"}
		ids = append(ids, r.id.String())
	}
	var diags diag.List
	for _, id := range sortedKeys(cfg.Project.Severities) {
		wanted := cfg.Project.Severities[id]
		severity, known := diag.ParseSeverity(wanted)
		allowed, exists := mayBe[id]
		switch at := cfg.ProjectRange("rules", id); {
		case !exists:
			d := diag.New(diag.SchemaBadValue, cfg.ProjectKeyRange("rules", id), "there is no rule called %s", id).At(config.Path{"rules", id}.String())
			if meant := near.One(id, ids); meant != "" {
				d.Try("Did you mean %s?", meant)
			} else {
				d.Try("callpolicy rules lists the rules there are.")
			}
			diags.Add(d)
		case !known: // reported by the schema
		case !slices.Contains(allowed, wanted):
			diags.Add(diag.New(diag.SchemaBadValue, at, "%s cannot be set to %s", id, wanted).At(config.Path{"rules", id}.String()).
				Because("What breaks this rule cannot be given to anybody, or would mislead whoever reads the result, so the rule does not bend.").
				Try("Remove the line. callpolicy rules shows which rules allow a choice."))
		default:
			s.chosen[id] = severity
		}
	}
	return s, diags, nil
}

// Of returns the severity of a rule.
func (s Severities) Of(id diag.ID) diag.Severity {
	if chosen, ok := s.chosen[id.String()]; ok {
		return chosen
	}
	return id.Severity()
}

// Adjust returns the list with the chosen severities, without what is off.
func (s Severities) Adjust(list diag.List) diag.List {
	out := make(diag.List, 0, len(list))
	for _, d := range list {
		chosen, ok := s.chosen[d.ID.String()]
		switch {
		case !ok:
			out = append(out, d)
		case chosen != diag.Off:
			changed := *d
			changed.Severity = chosen
			out = append(out, &changed)
		}
	}
	return out
}
