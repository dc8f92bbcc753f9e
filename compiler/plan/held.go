package plan

import (
	"maps"
	"slices"
	"strings"

	"callpolicy/compiler/config"
	"callpolicy/compiler/diag"
)

// Held is what a change would hide: errors by the severities and the exceptions of
// the state that was reviewed last. Until the change is merged they hold.
type Held struct {
	Errors int    `json:"errors"`
	First  string `json:"first"` // the first of them, in a line
}

// HeldTo returns a configuration with the severities of rules and the exceptions to
// them that another one had where the own are weaker; nil where none is. Exceptions
// are known only of one that was read with its policies.
func HeldTo(reviewed, head *config.Config) *config.Config {
	held := *head
	held.Project.Severities = maps.Clone(head.Project.Severities)
	weaker := weakened(reviewed.Project, head.Project)
	for _, id := range weaker {
		held.Project.Severities[id] = severity(reviewed.Project, id)
	}
	fewer := len(reviewed.Sources.Docs) > 0
	if fewer {
		held.Waivers = waiversBy(reviewed.Waivers, head.Waivers)
		fewer = !slices.Equal(held.Waivers, head.Waivers)
	}
	if len(weaker) == 0 && !fewer {
		return nil
	}
	return &held
}

// waiversBy returns those exceptions that others allow, for as long as they do.
func waiversBy(reviewed, head []config.Waiver) []config.Waiver {
	until := map[[3]string]string{}
	for i := range reviewed {
		key := waiverKey(&reviewed[i])
		until[key] = max(until[key], reviewed[i].Expires)
	}
	var out []config.Waiver
	for _, w := range head {
		if last, ok := until[waiverKey(&w)]; ok {
			w.Expires = min(w.Expires, last)
			out = append(out, w)
		}
	}
	return out
}

// Refuse notes what holds of a plan until the change is merged: errors in what was
// found by a configuration of [HeldTo].
func (p *Plan) Refuse(found diag.List) {
	n := found.Count(diag.Error)
	if n == 0 {
		return
	}
	first := found[slices.IndexFunc(found, func(d *diag.Diagnostic) bool { return d.Severity == diag.Error })]
	p.Held = &Held{n, first.String()}
}

// weakened returns the ids of rules that a project takes less seriously, sorted.
func weakened(reviewed, head config.Project) []string {
	ids := slices.Compact(slices.Sorted(slices.Values(slices.Concat(sortedKeys(reviewed.Severities), sortedKeys(head.Severities)))))
	return slices.DeleteFunc(ids, func(id string) bool { return !weaker(severity(head, id), severity(reviewed, id)) })
}

// exception is an exception to a rule, in a line.
func exception(w WaiverChange) string {
	return strings.TrimSpace(w.Rule+" for "+w.User+w.Group) + " until " + w.Expires
}
