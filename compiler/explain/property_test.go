package explain_test

import (
	"fmt"
	"io/fs"
	"reflect"
	"slices"
	"strings"
	"testing"

	"callpolicy/compiler/bundle"
	"callpolicy/compiler/config"
	"callpolicy/compiler/explain"
	"callpolicy/compiler/resolve"
)

// TestWinnersAreEffective holds every ladder of everybody in the examples to
// what package resolve says of value and level, and to its own order.
func TestWinnersAreEffective(t *testing.T) {
	for _, name := range examples {
		t.Run(name, func(t *testing.T) {
			p := example(t, name)
			for i := range p.cfg.Users {
				checkLadders(t, p.user(t, p.cfg.Users[i].Key), p.result.Class(i))
			}
		})
	}
	t.Run("current", func(t *testing.T) {
		p := files(t, "current", currentPolicy)
		for i := range p.cfg.Users {
			checkLadders(t, p.user(t, p.cfg.Users[i].Key), p.result.Class(i))
		}
	})
}

func checkLadders(t *testing.T, e *explain.Explanation, class *resolve.Class) {
	t.Helper()
	want := map[string]struct {
		value any
		from  resolve.Source
	}{}
	behavior := func(name string, b *resolve.Behavior) {
		said := bundle.Choice{App: b.App, Profile: b.Profile, EmailDomain: b.HasProfile && b.Profile == ""}
		want[name] = struct {
			value any
			from  resolve.Source
		}{said, b.AppFrom}
	}
	behavior("callingBehavior", &class.Calling)
	if class.Pending != nil {
		behavior("pendingCallingBehavior", class.Pending)
	}
	for _, toggle := range class.InCall {
		want["inCall."+toggle.Name] = struct {
			value any
			from  resolve.Source
		}{toggle.On, toggle.From}
	}
	seen := 0
	for _, s := range e.Settings {
		for i := range s.Ladders {
			l := &s.Ladders[i]
			name := s.Name
			w, ok := want[name]
			if !ok {
				t.Errorf("%s: %s is explained and not effective", e.User, name)
				continue
			}
			seen++
			checkLadder(t, e.User+" "+name, l, w.value, w.from)
		}
	}
	if seen != len(want) {
		t.Errorf("%s: %d ladders for %d settings", e.User, seen, len(want))
	}
}

func checkLadder(t *testing.T, of string, l *explain.Ladder, value any, from resolve.Source) {
	t.Helper()
	winner := l.Winner()
	if winner == nil {
		t.Errorf("%s: nothing wins", of)
		return
	}
	if !reflect.DeepEqual(winner.Value, value) {
		t.Errorf("%s: %v wins, and %v is effective", of, winner.Value, value)
	}
	if winner.Level != from.Level.String() || winner.Template != from.Template || l.Level != winner.Level {
		t.Errorf("%s: %v wins, and %v is effective", of, winner.By, from)
	}
	below := false
	for i := range l.Rungs {
		r := &l.Rungs[i]
		switch {
		case r == winner:
			below = true
		case r.State == explain.Wins:
			t.Errorf("%s: two win", of)
		case r.State == explain.Beaten && !below && r.Because != "rank":
			t.Errorf("%s: %v is set, and stronger than the winner", of, r.By)
		case r.State == explain.Beaten && r.BeatenBy == nil:
			t.Errorf("%s: nothing beats %v", of, r.By)
		}
	}
}

// TestPlacesHoldTheValue reads the files at every place that a toggle is said
// to be written at.
func TestPlacesHoldTheValue(t *testing.T) {
	for _, name := range examples {
		t.Run(name, func(t *testing.T) {
			p := example(t, name)
			text := map[string][]string{}
			checked := 0
			for i := range p.cfg.Users {
				for _, s := range p.user(t, p.cfg.Users[i].Key).Settings {
					for _, r := range s.Ladders[0].Rungs {
						on, toggle := r.Value.(bool)
						if !toggle || r.Level == "default" {
							continue
						}
						if text[r.At.File] == nil {
							data, err := fs.ReadFile(p.fs, r.At.File)
							if err != nil {
								t.Fatal(err)
							}
							text[r.At.File] = strings.Split(string(data), "\n")
						}
						if line := text[r.At.File][r.At.Line-1]; !strings.HasPrefix(line[r.At.Column-1:], fmt.Sprint(on)) {
							t.Fatalf("%s is %v, and %s:%d:%d holds %q", r.Path, on, r.At.File, r.At.Line, r.At.Column, line[r.At.Column-1:])
						}
						checked++
					}
				}
			}
			if checked == 0 {
				t.Fatal("nothing was checked")
			}
		})
	}
}

// TestWaysWork carries out every way that is said to be possible, in a copy of
// all settings, resolves everybody anew, and compares who changes.
func TestWaysWork(t *testing.T) {
	p := example(t, "voorbeeld-zorg")
	kinds := map[explain.Kind]int{}
	done := map[string]bool{}
	for i := range p.cfg.Users {
		u := &p.cfg.Users[i]
		// One of everybody who is alike in what decides is enough.
		key := fmt.Sprint(p.result.Of[i], u.Groups)
		if done[key] {
			continue
		}
		done[key] = true
		for _, toggle := range p.result.Class(i).InCall {
			a := p.whyNot(t, u.Key, toggle.Name, fmt.Sprint(!toggle.On))
			for n := range a.Ways {
				if w := &a.Ways[n]; w.Possible {
					kinds[w.Kind]++
					carryOut(t, p, i, toggle.Name, !toggle.On, w)
				}
			}
		}
	}
	for _, kind := range []explain.Kind{
		explain.UserSetting, explain.UserReset, explain.JoinGroup, explain.LeaveGroups, explain.TemplateRank,
		explain.TemplateSetting, explain.OrgSetting,
	} {
		if kinds[kind] == 0 {
			t.Errorf("no %s was tried", kind)
		}
	}
}

// carryOut makes the change and looks at everybody.
func carryOut(t *testing.T, p project, user int, toggle string, wanted bool, w *explain.Way) {
	t.Helper()
	cfg := *p.cfg
	cfg.Users, cfg.Templates, cfg.Groups = slices.Clone(cfg.Users), slices.Clone(cfg.Templates), slices.Clone(cfg.Groups)
	u := &cfg.Users[user]
	block := *u.Block
	u.Block = &block
	bit, _ := cfg.Toggle(toggle)
	switch w.Kind {
	case explain.UserSetting:
		block.Own.InCall = block.Own.InCall.With(bit, wanted)
	case explain.UserReset:
		block.Own.InCall.Set &^= 1 << bit
		block.Own.InCall.On &^= 1 << bit
	case explain.JoinGroup:
		for _, name := range w.Groups { // any one will do, so each must
			g, _ := cfg.Group(name)
			u.Groups = append(slices.Clone(p.cfg.Users[user].Groups), int32(g))
			compare(t, p, &cfg, user, toggle, wanted, w)
		}
		return
	case explain.LeaveGroups:
		u.Groups = slices.DeleteFunc(slices.Clone(u.Groups), func(g int32) bool { return slices.Contains(w.Groups, cfg.Groups[g].Name) })
	case explain.TemplateRank:
		rerank(&cfg, w.Template, w.After)
	case explain.TemplateSetting:
		s := &cfg.Templates[cfg.Template(w.Template)].InCall
		*s = s.With(bit, wanted)
	case explain.OrgSetting:
		cfg.Org.InCall = cfg.Org.InCall.With(bit, wanted)
	case explain.LicenseChange:
		t.Fatal("a license changes no toggle")
	}
	compare(t, p, &cfg, user, toggle, wanted, w)
}

// rerank gives a template another rank and sorts the templates again.
func rerank(cfg *config.Config, name string, rank any) {
	before := slices.Clone(cfg.Templates)
	cfg.Templates[cfg.Template(name)].Rank, _ = rank.(int)
	slices.SortFunc(cfg.Templates, func(a, b config.Template) int { return a.Rank - b.Rank })
	for i := range cfg.Groups {
		if t := cfg.Groups[i].Template; t >= 0 {
			cfg.Groups[i].Template = int32(cfg.Template(before[t].Name))
		}
	}
}

func compare(t *testing.T, p project, changed *config.Config, user int, toggle string, wanted bool, w *explain.Way) {
	t.Helper()
	after := resolve.Users(changed)
	users := 0
	was, is := values(p.result), values(after)
	for i := range changed.Users {
		if was[p.result.Of[i]] != is[after.Of[i]] {
			users++
		}
	}
	if users != w.Users {
		t.Errorf("%s: %d users change by %+v", p.cfg.Users[user].Address, users, *w)
	}
	i := slices.IndexFunc(after.Class(user).InCall, func(x resolve.Toggle) bool { return x.Name == toggle })
	if after.Class(user).InCall[i].On != wanted {
		t.Errorf("%s: %s is not %v after %+v", p.cfg.Users[user].Address, toggle, wanted, *w)
	}
	changes := 0
	for n, x := range after.Class(user).InCall {
		if x.On != p.result.Class(user).InCall[n].On {
			changes++
		}
	}
	if changes != 1+len(w.Also) {
		t.Errorf("%s: %d settings change by %+v", p.cfg.Users[user].Address, changes, *w)
	}
}

// values is everything effective about each class, without where it comes from.
func values(r *resolve.Result) []string {
	out := make([]string, len(r.Classes))
	for i := range r.Classes {
		c := &r.Classes[i]
		out[i] = fmt.Sprint(c.Effective.License, c.Calling.Service, c.Calling.App, c.Calling.Profile)
		if c.Pending != nil {
			out[i] += c.Pending.App
		}
		for _, x := range c.InCall {
			out[i] += fmt.Sprint(x.On)
		}
	}
	return out
}
