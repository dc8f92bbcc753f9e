package rules

import (
	"slices"

	"callpolicy/compiler/config"
	"callpolicy/compiler/diag"
	"callpolicy/compiler/identity"
	"callpolicy/compiler/near"
	"callpolicy/policies"
)

// waivers are the exceptions that hold today.
type waivers struct {
	cfg     *config.Config
	today   string
	byRule  map[string][]int // indexes into cfg.Waivers of those that hold
	used    []bool
	expired []bool
}

func newWaivers(cfg *config.Config, today string) *waivers {
	w := &waivers{
		cfg: cfg, today: today, byRule: map[string][]int{},
		used: make([]bool, len(cfg.Waivers)), expired: make([]bool, len(cfg.Waivers)),
	}
	for i := range cfg.Waivers {
		if w.expired[i] = cfg.Waivers[i].Expires != "" && cfg.Waivers[i].Expires < today; !w.expired[i] {
			w.byRule[cfg.Waivers[i].Rule] = append(w.byRule[cfg.Waivers[i].Rule], i)
		}
	}
	return w
}

// user reports whether a rule is waived for a user, and remembers that the
// waivers were of use.
func (w *waivers) user(rule diag.ID, user int) bool {
	waived := false
	for _, i := range w.byRule[rule.String()] {
		if w.covers(&w.cfg.Waivers[i], &w.cfg.Users[user]) {
			w.used[i], waived = true, true
		}
	}
	return waived
}

// ended reports whether a waiver of a rule for a user has expired.
func (w *waivers) ended(rule diag.ID, user int) bool {
	for i := range w.cfg.Waivers {
		if x := &w.cfg.Waivers[i]; w.expired[i] && x.Rule == rule.String() && w.covers(x, &w.cfg.Users[user]) {
			return true
		}
	}
	return false
}

func (w *waivers) covers(waiver *config.Waiver, u *config.User) bool {
	if waiver.User != "" {
		return identity.Address(waiver.User) == u.Key
	}
	g, ok := w.cfg.Group(waiver.Group)
	return ok && waiver.Group != "" && slices.Contains(u.Groups, int32(g))
}

// group is user for a rule about a group itself.
func (w *waivers) group(rule diag.ID, name string) bool {
	waived := false
	for _, i := range w.byRule[rule.String()] {
		if name != "" && w.cfg.Waivers[i].Group == name && w.cfg.Waivers[i].User == "" {
			w.used[i], waived = true, true
		}
	}
	return waived
}

// diagnostics says what is wrong with the waivers themselves.
func (w *waivers) diagnostics(own *Guardrails) (diag.List, error) {
	if len(w.cfg.Waivers) == 0 {
		return nil, nil
	}
	catalogue, err := policies.Rules()
	if err != nil {
		return nil, err
	}
	var ids []string
	for i := range catalogue {
		ids = append(ids, catalogue[i].ID)
	}
	for _, r := range own.rules() {
		ids = append(ids, r.id.String())
	}
	var diags diag.List
	for i := range w.cfg.Waivers {
		waiver := &w.cfg.Waivers[i]
		place := func(key string) (diag.Range, string) {
			path := config.Path{"waivers", index(i), key}
			return w.cfg.Range(path...), path.String()
		}
		switch {
		case waiver.Rule != "" && !slices.Contains(ids, waiver.Rule):
			at, path := place("rule")
			d := diag.New(diag.SchemaBadValue, at, "there is no rule called %s", waiver.Rule).At(path)
			if meant := near.One(waiver.Rule, ids); meant != "" {
				d.Try("Did you mean %s?", meant)
			} else {
				d.Try("callpolicy rules lists the rules there are.")
			}
			diags.Add(d)
		case w.expired[i]:
			at, path := place("expires")
			diags.Add(diag.New(diag.WaiverExpired, at, "the waiver of %s ended on %s", waiver.Rule, waiver.Expires).At(path).
				Because("A waiver ends with its last day. What it waived is reported again.").
				Try("Remove the waiver, or agree with %s on a new day.", orWord(waiver.Owner, "its owner")))
		case !w.used[i] && !w.cfg.Incomplete && w.leadsSomewhere(waiver):
			at, path := place("rule")
			diags.Add(diag.New(diag.WaiverUnused, at, "the waiver of %s waives nothing", waiver.Rule).At(path).
				Because("Whoever it is for keeps to the rule, or the rule is off. An exception that nobody needs hides the next one.").
				Try("Remove the waiver."))
		}
	}
	return diags, nil
}

// leadsSomewhere reports whether the user or group of a waiver exists. Where it
// does not, that is the fault.
func (w *waivers) leadsSomewhere(waiver *config.Waiver) bool {
	ok := false
	if waiver.User != "" {
		_, ok = w.cfg.User(waiver.User)
	} else if waiver.Group != "" {
		_, ok = w.cfg.Group(waiver.Group)
	}
	return ok
}

func orWord(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}
