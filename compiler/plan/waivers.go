package plan

import (
	"slices"

	"callpolicy/compiler/config"
	"callpolicy/compiler/identity"
)

// WaiverChange is an exception to a rule that comes, changes or goes. It changes
// nobody's settings, but whoever reviews the change should know of it.
type WaiverChange struct {
	Action  Action `json:"action"`
	Rule    string `json:"rule"`
	User    string `json:"user,omitempty"` // for whom, one of the two
	Group   string `json:"group,omitempty"`
	Reason  string `json:"reason"`
	Owner   string `json:"owner"`   // who answers for it
	Expires string `json:"expires"` // the last day
	At      At     `json:"at"`      // in the base where it goes
}

// waiverChanges compares the waivers of two sides, by rule and whom they are for.
// Of a side that is known by its bundles only, nobody knows.
func waiverChanges(base, head *Side) []WaiverChange {
	if base.Result == nil || head.Result == nil {
		return nil
	}
	b, h := base.Result.Config, head.Result.Config
	left := map[[3]string][]*config.Waiver{} // of the base, by place
	for i := range b.Waivers {
		w := &b.Waivers[i]
		left[waiverKey(w)] = append(left[waiverKey(w)], w)
	}
	var out []WaiverChange
	for i := range h.Waivers {
		w := &h.Waivers[i]
		action := Add
		if was := left[waiverKey(w)]; len(was) > 0 {
			left[waiverKey(w)] = was[1:]
			if was[0].Reason == w.Reason && was[0].Owner == w.Owner && was[0].Expires == w.Expires {
				continue
			}
			action = Modify
		}
		out = append(out, waiverChange(h, "head", action, w))
	}
	for i := range b.Waivers {
		if w := &b.Waivers[i]; slices.Contains(left[waiverKey(w)], w) {
			out = append(out, waiverChange(b, "base", Remove, w))
		}
	}
	return out
}

func waiverKey(w *config.Waiver) [3]string {
	return [3]string{w.Rule, identity.Address(w.User), w.Group}
}

func waiverChange(cfg *config.Config, side string, action Action, w *config.Waiver) WaiverChange {
	file, line, column := cfg.Where(w.At)
	return WaiverChange{action, w.Rule, w.User, w.Group, w.Reason, w.Owner, w.Expires, At{side, file, line, column}}
}
