package plan

import (
	"encoding/json"
	"slices"

	"callpolicy/compiler/config"
	"callpolicy/compiler/identity"
)

// What the directory moves is kept apart from what people edit: a license, a
// membership or a label that the roster gives is an edit of the kind [Roster],
// which is one for everybody to whom the same happens, as nobody wrote it down
// for each of them.

// rosterEdits are those edits, by what happens.
type rosterEdits struct {
	all  []*edit
	each map[string]*edit
}

// rosterEdit returns the edit for something that the directory does to a user.
func (a *attribution) rosterEdit(before, after any, user string, path ...string) *edit {
	key, err := json.Marshal([]any{path, before, after})
	if err != nil {
		key = []byte(text(path) + text(before) + text(after))
	}
	e := a.roster.each[string(key)]
	if e == nil {
		e = &edit{kind: Roster, path: path, before: before, after: after, example: user}
		if a.roster.each == nil {
			a.roster.each = map[string]*edit{}
		}
		a.roster.each[string(key)] = e
		a.roster.all = append(a.roster.all, e)
	}
	return e
}

// came is the edit of somebody who has come into the directory, or gone from it.
func (a *attribution) came(u *config.User, isThere bool) *edit {
	if isThere {
		return a.rosterEdit(nil, true, u.Address, "users")
	}
	return a.rosterEdit(true, nil, u.Address, "users")
}

// licensesByRoster reports whether the directory decides what licenses a user
// has, in both states.
func licensesByRoster(base, head *config.User) bool { return base.ByRoster && head.ByRoster }

// attributeByRoster reports whether it is the directory that changed a label.
func attributeByRoster(base, head *config.User, name string) bool {
	if _, ok := head.Attribute(name); ok {
		return head.AttributeByRoster(name)
	}
	return base.AttributeByRoster(name)
}

// listedByRoster reports whether the directory put a user into a group that was
// there before, or took the user out of one that is still there.
func (a *attribution) listedByRoster(i, j int, group string, joined bool) bool {
	b, onBase := a.baseCfg.Group(group)
	h, onHead := a.headCfg.Group(group)
	switch {
	case !onBase || !onHead:
		return false // defining a group, or deleting it, is somebody's edit
	case joined:
		return a.headCfg.ReasonFor(j, int32(h)) == config.ByRoster
	}
	return a.baseCfg.ReasonFor(i, int32(b)) == config.ByRoster
}

// rosterKey appends what tells the directory's part in a user's changes apart.
func (a *attribution) rosterKey(w []byte, i, j int) []byte {
	b, h := &a.baseCfg.Users[i], &a.headCfg.Users[j]
	if b.Row.Line == 0 && h.Row.Line == 0 {
		return w
	}
	bit := func(yes bool) {
		c := byte('-')
		if yes {
			c = '+'
		}
		w = append(w, c)
	}
	bit(licensesByRoster(b, h))
	for _, g := range b.Groups {
		if n := a.groupAt[g]; n >= 0 && !slices.Contains(h.Groups, n) {
			bit(a.listedByRoster(i, j, a.baseCfg.Groups[g].Name, false))
		}
	}
	for _, g := range h.Groups {
		name := a.headCfg.Groups[g].Name
		if n, ok := a.baseCfg.Group(name); ok && !slices.Contains(b.Groups, int32(n)) {
			bit(a.listedByRoster(i, j, name, true))
		}
	}
	for _, name := range a.asked {
		bit(attributeByRoster(b, h, name))
	}
	return w
}

// placeInRoster is where the roster says what an edit is about, for the first
// user to whom it happens.
func placeInRoster(cfg *config.Config, e *edit, side string) *At {
	if e.path[0] == "users" || e.path[0] == "quarantine" {
		row, ok := rowOf(cfg, e.example)
		if !ok {
			return nil
		}
		file, line, column := cfg.Where(row)
		return &At{Side: side, File: file, Line: line, Column: column}
	}
	r := cfg.Range(append([]string{"users", e.example}, e.path...)...)
	if e.path[0] == "groups" {
		r = cfg.MembershipRange(e.example, e.path[1])
	}
	if r.IsZero() {
		return nil
	}
	return &At{Side: side, File: r.File, Line: r.Start.Line, Column: r.Start.Column}
}

// rowOf finds somebody's row, also that of somebody in quarantine.
func rowOf(cfg *config.Config, address string) (config.Place, bool) {
	if i, ok := cfg.User(address); ok {
		return cfg.Users[i].Row, cfg.Users[i].Row.Line > 0
	}
	for i := range cfg.Quarantined {
		if cfg.Quarantined[i].Key == identity.Address(address) {
			return cfg.Quarantined[i].Row, cfg.Quarantined[i].Row.Line > 0
		}
	}
	return config.Place{}, false
}
