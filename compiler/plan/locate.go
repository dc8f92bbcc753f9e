package plan

import (
	"cmp"
	"slices"

	"callpolicy/compiler/config"
	"callpolicy/compiler/diag"
)

// maxExactPlaces bounds how many edits about single users are looked up to the
// line of the edit. Beyond it their place is that of the user's entry, which
// is known without reading the files again.
const maxExactPlaces = 1000

// locate finds where the edits are written. They are looked up in the order of
// the files, so that each file is read again once.
func (a *attribution) locate(effects []*effect, list []*Cause) {
	type item struct {
		n    int
		base bool
		at   config.Place // of the user's entry
	}
	var items []item
	people := 0
	for n, f := range effects {
		it := item{n: n, base: f.edit.after == nil}
		if f.edit.user != "" {
			cfg, path := a.headCfg, f.edit.path
			if it.base {
				cfg, path = a.baseCfg, f.edit.pathInBase()
			}
			if u, ok := cfg.User(path[1]); ok {
				it.at = cfg.Users[u].At
			}
			if f.in != nil {
				people++
			}
		}
		items = append(items, it)
	}
	slices.SortStableFunc(items, func(x, y item) int {
		return cmp.Or(compareBool(x.base, y.base), cmp.Compare(x.at.File, y.at.File), cmp.Compare(x.at.Line, y.at.Line))
	})
	for _, it := range items {
		e := effects[it.n].edit
		if entry := e.kind == UserAdded || e.kind == UserRemoved || effects[it.n].in != nil && people > maxExactPlaces; entry {
			list[it.n].At = a.entry(it.at, it.base)
		} else {
			list[it.n].At = a.at(e)
		}
	}
}

func compareBool(x, y bool) int {
	switch {
	case x == y:
		return 0
	case y:
		return -1
	}
	return 1
}

// pathInBase is where an edit is written in the base.
func (e *edit) pathInBase() config.Path {
	if e.inBase != nil {
		return e.inBase
	}
	return e.path
}

// entry is the place of an entry itself.
func (a *attribution) entry(at config.Place, inBase bool) *At {
	cfg, side := a.headCfg, "head"
	if inBase {
		cfg, side = a.baseCfg, "base"
	}
	file, line, column := cfg.Where(at)
	return &At{Side: side, File: file, Line: line, Column: column}
}

func (a *attribution) at(e *edit) *At {
	if at := placeOf(a.headCfg, e, e.path, "head"); at != nil && e.after != nil {
		return at
	}
	if at := placeOf(a.baseCfg, e, e.pathInBase(), "base"); at != nil && e.before != nil {
		return at
	}
	return nil
}

func placeOf(cfg *config.Config, e *edit, path config.Path, side string) *At {
	var r diag.Range
	switch {
	case e.kind == EditionChange:
		r = cfg.ProjectRange("edition")
	case e.kind == Membership && len(path) == 4 && path[2] == "groups":
		r = cfg.MembershipRange(path[1], path[3])
	case e.kind == UserRenamed:
		r = cfg.Range("users", path[1], "previously")
	case e.kind == Unknown:
		return nil
	case e.kind == Roster:
		return placeInRoster(cfg, e, side)
	default:
		r = cfg.Range(path...)
	}
	if r.IsZero() {
		return nil
	}
	return &At{Side: side, File: r.File, Line: r.Start.Line, Column: r.Start.Column}
}
