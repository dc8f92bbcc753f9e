package bundle

import (
	"slices"

	"callpolicy/compiler/config"
	"callpolicy/compiler/diag"
	"callpolicy/compiler/resolve"
)

// JabberConflicts returns a diagnostic for each parameter that the
// organization's existing Jabber configuration sets otherwise than the policies
// do for somebody, with both places.
func JabberConflicts(r *resolve.Result) diag.List {
	base := r.Config.Jabber
	if base == nil {
		return nil
	}
	found := map[string]*conflict{} // by parameter
	var names []string
	for i := range r.Classes {
		class := &r.Classes[i]
		var mine []string // so that who is in both files counts once
		for _, f := range []jabberConfig{{}, {mobile: true}} {
			for _, p := range f.decided(class.Effective) {
				value, at, ok := base.Conflict(p.Parameter)
				if !ok || slices.Contains(mine, p.Name) {
					continue
				}
				mine = append(mine, p.Name)
				if found[p.Name] == nil {
					found[p.Name] = &conflict{decided: p, class: int32(i), value: value, at: at}
					names = append(names, p.Name)
				}
				found[p.Name].users += class.Users
			}
		}
	}
	slices.Sort(names)
	var list diag.List
	for _, name := range names {
		list.Add(found[name].diagnostic(r))
	}
	return list
}

// conflict is one parameter of the base that the policies decide otherwise.
type conflict struct {
	decided
	class int32 // the first in which it does
	value string
	at    diag.Range
	users int
}

func (c *conflict) diagnostic(r *resolve.Result) *diag.Diagnostic {
	d := diag.New(diag.JabberBaseConflict, c.at, "%s is %s here, and the policies make it %s", c.Name, clip(c.value), c.Value).
		Because("Of two places that decide the same, one is wrong. In the merged file the policies would win.").
		Try("Take the parameter out of this file, so that the policies alone decide it, or change the policies.")
	d.Users = c.users
	user := slices.Index(r.Of, c.class)
	if user >= 0 {
		d.Examples = []string{r.Config.Users[user].Address}
	}
	return d.See(c.place(r.Config, user), "the policies decide it here")
}

// place is where the policies say what decides the parameter.
func (c *conflict) place(cfg *config.Config, user int) diag.Range {
	setting := []string{"inCall", c.toggle}
	if c.toggle == "" {
		setting = []string{"callingBehavior", config.UnifiedCM.String()}
	}
	switch c.from.Level {
	case resolve.Org:
		return cfg.Range(append([]string{"org"}, setting...)...)
	case resolve.Template:
		return cfg.Range(append([]string{"templates", c.from.Template}, setting...)...)
	case resolve.User:
		if user >= 0 {
			return cfg.Range(append([]string{"users", cfg.Users[user].Address}, setting...)...)
		}
	case resolve.Default:
	}
	return diag.Range{}
}

// clip keeps a value of somebody else's file short.
func clip(s string) string {
	const most = 40
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	if s == "" {
		return "empty"
	}
	return s
}
