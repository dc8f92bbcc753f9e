package compiler

import (
	"context"

	"callpolicy/compiler/diag"
)

// stood answers whether what is wrong now was wrong with the policies of the base
// already, over the roster and on the day of now. What was is not the doing of
// the change: the directory or the calendar brought it about, or it is older.
type stood struct {
	base  func() (found diag.List, there bool, err error) // nil: there is no base
	asked bool
	there bool
	found map[string]int // how many users each finding concerns; see [diag.Diagnostic.Same]
	err   error
}

func (c *Compilation) stood(ctx context.Context) *stood {
	s := &stood{}
	if c.options.base != nil {
		s.base = func() (diag.List, bool, error) { return c.options.base(ctx, c.Config) }
	}
	return s
}

// before returns what tells whether a finding stood in the base; nil where there is none.
func (s *stood) before() func(*diag.Diagnostic) bool {
	if s.base == nil {
		return nil
	}
	return s.has
}

// has reports whether there is a base and it has a finding, for as many people or more.
func (s *stood) has(d *diag.Diagnostic) bool {
	if !s.asked {
		s.asked = true
		var list diag.List
		list, s.there, s.err = s.base()
		s.found = make(map[string]int, len(list))
		for _, d := range list {
			s.found[d.Same()] = max(s.found[d.Same()], d.Users)
		}
	}
	users, ok := s.found[d.Same()]
	return ok && d.Users <= users
}

// failure is why the base could not be asked.
func (s *stood) failure() error { return s.err }

// mistyped returns the list with entries and members whom no row of the roster
// names as errors, where the base does not have them: whoever has just been
// written is mistyped or yet to come, and did not leave.
func (s *stood) mistyped(list diag.List) diag.List {
	if s.base == nil {
		return list
	}
	out := make(diag.List, len(list))
	for i, d := range list {
		if out[i] = d; d.ID != diag.RosterLeft || s.has(d) || !s.there {
			continue
		}
		out[i] = diag.New(diag.RefUnknownUser, d.Subject, "%s", d.Summary).At(d.Path).
			Because("The roster says who exists, and this is new or changed against the base: nobody would get it.").Try("%s", d.Hint)
	}
	return out
}
