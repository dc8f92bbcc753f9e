package planview

import (
	"cmp"
	"slices"
	"strings"

	"callpolicy/cmd/callpolicy/internal/view/words"
	"callpolicy/compiler/plan"
)

// fold is one cause, or several of the same sort: forty people who joined one
// group are one thing to read.
type fold struct {
	*plan.Cause
	causes []*plan.Cause
}

// foldCauses puts causes of single users together that do the same to them.
func foldCauses(causes []*plan.Cause) []*fold {
	var out []*fold
	at := map[string]*fold{}
	for _, c := range causes {
		if c.User == "" {
			out = append(out, &fold{c, []*plan.Cause{c}})
			continue
		}
		key := foldKey(c)
		if f := at[key]; f != nil {
			f.causes = append(f.causes, c)
			continue
		}
		f := &fold{c, []*plan.Cause{c}}
		at[key] = f
		out = append(out, f)
	}
	return out
}

func foldKey(c *plan.Cause) string {
	what, how := title(c)
	parts := []string{string(c.Kind), c.Note, what, how}
	for _, ch := range c.Changes {
		before, after := words.Change(ch.Before, ch.After)
		parts = append(parts, ch.Setting, before, after)
	}
	return strings.Join(parts, "\x00")
}

// users returns how many people the causes change.
func (f *fold) users() int {
	n := 0
	for _, c := range f.causes {
		n += c.Users
	}
	return n
}

// held returns how many people keep what they have only because of the causes.
func (f *fold) held() int {
	n := 0
	for _, c := range f.causes {
		n += c.Held
	}
	return n
}

// changes adds the changes of all causes up.
func (f *fold) changes() []plan.Change {
	if len(f.causes) == 1 {
		return f.Changes
	}
	out := slices.Clone(f.Changes)
	for i := range out {
		classes, groups := map[string]int{}, map[string]int{}
		out[i].Users, out[i].Examples = 0, nil
		cut := false
		for _, c := range f.causes {
			ch := c.Changes[i]
			out[i].Users += ch.Users
			out[i].Examples = append(out[i].Examples, ch.Examples...)
			for _, n := range ch.Classes {
				classes[n.Name] += n.Users
			}
			for _, n := range ch.Groups {
				groups[n.Name] += n.Users
			}
			cut = cut || len(ch.Groups) == plan.MostGroupsOfOne
		}
		out[i].Classes, out[i].Groups = counts(classes), counts(groups)
		if cut { // not all groups are known, so none can be counted
			out[i].Groups = nil
		}
	}
	return out
}

func counts(m map[string]int) []plan.Count {
	var out []plan.Count
	for name, n := range m {
		out = append(out, plan.Count{Name: name, Users: n})
	}
	slices.SortFunc(out, func(a, b plan.Count) int { return cmp.Or(cmp.Compare(b.Users, a.Users), cmp.Compare(a.Name, b.Name)) })
	return out
}

// people returns the addresses of the causes about single users.
func (f *fold) people() []string {
	var out []string
	for _, c := range f.causes {
		if c.User != "" {
			out = append(out, c.User)
		}
	}
	return out
}
