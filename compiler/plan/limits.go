package plan

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"callpolicy/compiler/config"
	"callpolicy/compiler/diag"
)

// Bounds are what a plan is held to.
type Bounds struct {
	Head     *config.Config
	Reviewed *config.Config // of the state that was reviewed last, whose limits hold where the head's are wider; nil: the head was reviewed
	Before   int            // users at the base; without any there are no limits
	At       time.Time      // what counts as today
}

// Hold fills in which limits a plan goes beyond, and what the change loosens.
func (p *Plan) Hold(b Bounds) {
	p.Limits, p.Loosened = nil, nil
	if b.Reviewed != nil {
		p.Loosened = loosened(b.Reviewed, b.Head, b.Before)
		for _, w := range p.Waivers {
			if w.Action != Remove {
				p.Loosened = append(p.Loosened, Loosening{What: "waivers", After: exception(w), At: w.At})
			}
		}
	}
	if b.Before == 0 {
		return
	}
	reached := map[config.LimitName]int{
		config.ChangedUsers: p.Summary.Changed, config.RemovedUsers: p.Summary.Removed,
		config.LostLicense: p.Summary.LostLicense, config.QuarantinedUsers: p.Summary.NewlyQuarantined,
	}
	for _, name := range config.LimitNames() {
		users, most, holds := reached[name], 0, (*config.Config)(nil)
		for _, cfg := range []*config.Config{b.Head, b.Reviewed} {
			if cfg == nil {
				continue
			}
			if m, limited := b.most(cfg, name); limited && (holds == nil || m < most) {
				most, holds = m, cfg
			}
		}
		if holds == nil || users <= most {
			continue
		}
		limit := holds.Project.Limits.Of[name]
		l := Limit{
			Name: string(name), Limit: limit.Text, Percent: float64(most) * 100 / float64(b.Before), Most: most,
			Users: users, Of: b.Before, Flag: flags()[name], Cause: p.mostly(name, users),
		}
		if limit.Share != nil {
			l.Percent = *limit.Share
		}
		if limit.Written {
			l.At = holds.ProjectRange("limits", string(name))
		}
		p.Limits = append(p.Limits, l)
	}
}

// String says what goes beyond the limit, in words for a message.
func (l Limit) String() string {
	said := fmt.Sprintf("limits.%s is %s, and this plan reaches %s of %s", l.Name, l.Words(), diag.Count(l.Users), diag.Plural(l.Of, "user", "users"))
	if l.Cause != "" {
		said += ": " + l.Cause
	}
	return said
}

// Words are what is allowed, for a message: 5% or 250, here 102.
func (l Limit) Words() string {
	return fmt.Sprintf("%s, here %s", strings.ReplaceAll(l.Limit, ", ", " or "), diag.Count(l.Most))
}

// flags are what lets apply go beyond each limit for once.
func flags() map[config.LimitName]string {
	return map[config.LimitName]string{
		config.ChangedUsers: "--allow-changed-users", config.RemovedUsers: "--allow-removed-users",
		config.LostLicense: "--allow-lost-license", config.QuarantinedUsers: "--allow-quarantined",
	}
}

// most returns how many users a project lets a plan reach, with its exceptions.
func (b Bounds) most(cfg *config.Config, name config.LimitName) (most int, limited bool) {
	most, limited = cfg.Project.Limits.Of[name].Most(b.Before)
	if !limited {
		return 0, false
	}
	for _, a := range cfg.Project.Limits.Allow {
		if n, ok := a.Of[name]; ok && a.Until >= b.At.Format(time.DateOnly) {
			most = max(most, n)
		}
	}
	return max(most, cfg.Project.Limits.IgnoreBelow-1), true
}

// Loosening is something that keeps a plan in bounds, or a rule in force, and that
// the change loosens. Until it is merged it holds as it was.
type Loosening struct {
	What   string `json:"what"`   // as a path of the project file, or waivers and the rule
	Before string `json:"before"` // as it was, in words of the file; empty: there was nothing
	After  string `json:"after"`
	At     At     `json:"at"`
}

// loosened compares what bounds two states.
func loosened(before, after *config.Config, users int) []Loosening {
	var out []Loosening
	add := func(was, is string, path ...string) {
		at := At{Side: "head"}
		if r := after.ProjectRange(path...); !r.IsZero() {
			at.File, at.Line, at.Column = r.File, r.Start.Line, r.Start.Column
		}
		out = append(out, Loosening{What: config.Path(path).String(), Before: was, After: is, At: at})
	}
	b, h := before.Project, after.Project
	for _, name := range config.LimitNames() {
		was, limited := b.Limits.Of[name].Most(users)
		is, still := h.Limits.Of[name].Most(users)
		if limited && (!still || is > was) {
			add(b.Limits.Of[name].Text, h.Limits.Of[name].Text, "limits", string(name))
		}
	}
	if h.Limits.IgnoreBelow > b.Limits.IgnoreBelow {
		add(fmt.Sprint(b.Limits.IgnoreBelow), fmt.Sprint(h.Limits.IgnoreBelow), "limits", "ignoreBelow")
	}
	for i, a := range h.Limits.Allow {
		if !slices.ContainsFunc(b.Limits.Allow, a.Equal) {
			add("", a.String(), "limits", "allow", fmt.Sprint(i))
		}
	}
	for _, id := range weakened(b, h) {
		add(severity(b, id), severity(h, id), "rules", id)
	}
	return out
}

// severity is what a project chose for a rule, else what the rule has. Of a rule of
// the organization's own that is not known here, and error stands for it.
func severity(p config.Project, name string) string {
	if s, ok := p.Severities[name]; ok {
		return s
	}
	for _, id := range diag.BuiltIn {
		if id.String() == name {
			return id.Severity().String()
		}
	}
	return diag.Error.String()
}

// weaker reports whether a severity is below another.
func weaker(a, b string) bool {
	order := []string{"off", diag.Info.String(), diag.Warning.String(), diag.Error.String()}
	return slices.Index(order, a) < slices.Index(order, b)
}

// mostly says what reaches most of those who are beyond a limit, where one thing
// does; empty: nothing stands out.
func (p *Plan) mostly(name config.LimitName, users int) string {
	var most *Cause
	reach := func(c *Cause) int {
		switch name {
		case config.ChangedUsers:
			return c.Users
		case config.LostLicense:
			n := 0
			for _, change := range c.Changes {
				if change.Setting == licenseClass {
					n += change.Users
				}
			}
			return n
		case config.RemovedUsers:
			if c.Kind == UserRemoved || c.Kind == Roster && c.After == nil && len(c.Changes) == 0 {
				return c.Users
			}
		case config.QuarantinedUsers:
		}
		return 0
	}
	for _, c := range p.Causes {
		if most == nil || reach(c) > reach(most) {
			most = c
		}
	}
	if most == nil || most.At == nil || reach(most)*2 < users || reach(most) < 2 {
		return ""
	}
	who := diag.Count(reach(most)) + " of them"
	if reach(most) == users {
		who = "all " + diag.Count(users)
	}
	if name == config.RemovedUsers && most.Kind == Roster {
		return fmt.Sprintf("%s are missing from %s", who, most.At.File)
	}
	return fmt.Sprintf("%s by %s (%s:%d)", who, most.Path, most.At.File, most.At.Line)
}
