package runbook

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"callpolicy/compiler/config"
	"callpolicy/compiler/resolve"
)

// hubOf returns what Control Hub holds above the users, as the files of a side
// have it.
func (b *builder) hubOf(cfg *config.Config) *hub {
	h := &hub{
		org: b.wholeOrg(cfg), templates: map[string]config.Settings{}, assigned: map[string]string{},
		joined: map[string]bool{}, left: map[string]bool{},
	}
	for i := range cfg.Templates {
		t := &cfg.Templates[i]
		h.templates[t.Name] = b.known(t.Settings, resolve.Template)
		h.order = append(h.order, t.Name)
	}
	for i := range cfg.Groups {
		if t := cfg.Groups[i].Template; t >= 0 {
			h.assigned[cfg.Groups[i].Name] = cfg.Templates[t].Name
		}
	}
	return h
}

// known leaves out what the edition does not know at a level.
func (b *builder) known(s config.Settings, level resolve.Level) config.Settings {
	var out config.Settings
	for _, name := range b.edition.Toggles {
		i, _ := b.hcfg.Toggle(name)
		if on, set := s.InCall.Get(i); set {
			out.InCall = out.InCall.With(i, on)
		}
	}
	for _, service := range config.Services {
		if b.allows(service, level) {
			out.Behavior[service-1] = s.For(service)
		}
	}
	return out
}

func (b *builder) allows(service config.Service, level resolve.Level) bool {
	return slices.Contains(b.edition.CallingBehavior[service.String()], level.String())
}

// wholeOrg is the organization's level with Control Hub's defaults filled in: on
// the page every option has a value.
func (b *builder) wholeOrg(cfg *config.Config) config.Settings {
	only := resolve.Stack{Edition: b.edition, Toggles: b.hcfg.Toggles}
	only.Levels[2] = resolve.Layer{Source: resolve.Source{Level: resolve.Org}, Settings: cfg.Org.Settings}
	var whole config.Settings
	for _, name := range b.edition.Toggles {
		i, _ := b.hcfg.Toggle(name)
		whole.InCall = whole.InCall.With(i, only.Toggle(name).On)
	}
	for _, service := range config.Services {
		if b.allows(service, resolve.Org) {
			whole.Behavior[service-1] = only.CallingFor(service).Choice()
		}
	}
	return whole
}

// orgMoves are the steps on the organization's pages.
func (b *builder) orgMoves() []move {
	var out []move
	was, is := b.wholeOrg(b.bcfg), b.wholeOrg(b.hcfg)
	for _, service := range config.Services {
		before, after := was.For(service), is.For(service)
		if before == after || !b.allows(service, resolve.Org) {
			continue
		}
		path := "org.callingBehavior." + service.String()
		s := b.newStep(OrgBehavior, path, choiceKey(after), fmt.Sprintf("%s: %s", b.users(service), b.choiceWords(service, after)))
		s.change(path, b.users(service), b.choiceWords(service, before), b.choiceWords(service, after))
		b.reachOrg(s, func(c *resolve.Class) (resolve.Source, bool) {
			if c.Calling.Service != service {
				return resolve.Source{}, false
			}
			return c.Calling.AppFrom, true
		})
		out = append(out, move{step: s, apply: func(h *hub) { h.org.Behavior[service-1] = after }})
	}
	for _, name := range b.edition.Toggles {
		i, _ := b.hcfg.Toggle(name)
		before, _ := was.InCall.Get(i)
		after, _ := is.InCall.Get(i)
		if before == after {
			continue
		}
		path := "org.inCall." + name
		s := b.newStep(OrgInCall, path, onOff(after), fmt.Sprintf("%s: %s, for the organization", b.brief(name), onOff(after)))
		s.change(path, b.option(name), onOff(before), onOff(after))
		b.reachOrg(s, func(c *resolve.Class) (resolve.Source, bool) { return toggleSource(c, name), true })
		if caution := b.edition.Options.InCall[name].Caution; caution != "" {
			s.Cautions = append(s.Cautions, caution)
		}
		out = append(out, move{step: s, apply: func(h *hub) { h.org.InCall = h.org.InCall.With(i, after) }})
	}
	return out
}

func toggleSource(c *resolve.Class, name string) resolve.Source {
	i := slices.IndexFunc(c.InCall, func(t resolve.Toggle) bool { return t.Name == name })
	return c.InCall[i].From
}

// whoIsNamed is how many people with a value of their own a step names.
const whoIsNamed = 12

// reachOrg counts who follows the organization, and who does not.
func (b *builder) reachOrg(s *Step, source func(*resolve.Class) (resolve.Source, bool)) {
	templates, own := map[string]int{}, map[int32]bool{}
	for i := range b.head.Classes {
		c := &b.head.Classes[i]
		switch from, ok := source(c); {
		case !ok:
		case from.Level == resolve.Template:
			templates[from.Template] += c.Users
		case from.Level == resolve.User:
			own[int32(i)] = true
		default:
			s.Reach += c.Users
		}
	}
	for _, name := range slices.Sorted(maps.Keys(templates)) {
		s.Keep = append(s.Keep, Keep{By: "template", Name: name, Users: templates[name]})
	}
	slices.SortStableFunc(s.Keep, func(x, y Keep) int { return cmp.Compare(y.Users, x.Users) })
	b.keepOwn(s, own)
}

// keepOwn counts the users of some classes, and names a few.
func (b *builder) keepOwn(s *Step, classes map[int32]bool) {
	k := Keep{By: "user"}
	for user, class := range b.head.Of {
		if !classes[class] {
			continue
		}
		if k.Users++; len(k.Who) < whoIsNamed {
			k.Who = append(k.Who, b.hcfg.Users[user].Address)
		}
	}
	if k.Users > 0 {
		s.Keep = append(s.Keep, k)
	}
}

// reachTemplate counts whom a template wins for, and who of them has a value of
// their own for something that the template holds.
func (b *builder) reachTemplate(s *Step, name string) {
	own := map[int32]bool{}
	for i := range b.head.Classes {
		c := &b.head.Classes[i]
		if c.Inputs.Template < 0 || b.hcfg.Templates[c.Inputs.Template].Name != name {
			continue
		}
		s.Reach += c.Users
		holds := b.hcfg.Templates[c.Inputs.Template].Settings
		if c.Own.InCall.Set&holds.InCall.Set != 0 || !c.Own.For(config.UnifiedCM).IsZero() && !holds.For(config.UnifiedCM).IsZero() {
			own[int32(i)] = true
		}
	}
	b.keepOwn(s, own)
}

// templateChanges returns the steps that make templates, and the moves that
// change them, their ranks and their groups.
func (b *builder) templateChanges() (created []*Step, changed []move) {
	for i := range b.hcfg.Templates {
		t := &b.hcfg.Templates[i]
		is := b.known(t.Settings, resolve.Template)
		path := (config.Path{"templates", t.Name}).String()
		was, there := b.start.templates[t.Name]
		if there && was == is {
			continue
		}
		kind, title := TemplateChange, "Change the calling template "+t.Name
		if !there {
			kind, title = TemplateCreate, "Make the calling template "+t.Name
		}
		s := b.newStep(kind, path, settingsKey(b.hcfg, is), title)
		b.templateOptions(s, path, was, is)
		b.reachTemplate(s, t.Name)
		if there {
			s.Template = &Template{Name: t.Name, Rank: t.Rank}
			changed = append(changed, move{step: s, apply: func(h *hub) { h.templates[t.Name] = is }})
			continue
		}
		s.Cautions = append(s.Cautions, "Give it no group yet: that is a step of its own.")
		created = append(created, s)
	}
	return created, changed
}

// templateOptions lists what a template holds, or what becomes otherwise.
func (b *builder) templateOptions(s *Step, path string, was, is config.Settings) {
	unset := false
	for _, service := range config.Services {
		before, after := was.For(service).Whole(service), is.For(service).Whole(service)
		if before != after {
			s.change(path+".callingBehavior."+service.String(), b.users(service), b.choiceWords(service, before), b.choiceWords(service, after))
			unset = unset || after.IsZero()
		}
	}
	for _, name := range b.edition.Toggles {
		i, _ := b.hcfg.Toggle(name)
		before, had := was.InCall.Get(i)
		after, has := is.InCall.Get(i)
		if before != after || had != has {
			s.change(path+".inCall."+name, b.option(name), setOnOff(before, had), setOnOff(after, has))
		}
		unset = unset || !has
	}
	if unset {
		s.Cautions = append(s.Cautions, "What Control Hub does with an option that the template does not hold is not documented. callpolicy takes it that the organization's value applies; look at one of the users afterward.")
	}
}

func settingsKey(cfg *config.Config, s config.Settings) string {
	var parts []string
	for _, service := range config.Services {
		if c := s.For(service); !c.IsZero() {
			parts = append(parts, service.String()+": "+choiceKey(c))
		}
	}
	for i, name := range cfg.Toggles {
		if on, set := s.InCall.Get(i); set {
			parts = append(parts, name+": "+onOff(on))
		}
	}
	return strings.Join(parts, "; ")
}

// rankStep is the move of one template in Control Hub's list.
func (b *builder) rankStep(m rankMove) move {
	t := b.hcfg.Templates[b.hcfg.Template(m.name)]
	place := "to the top of the list"
	after := "first"
	if m.below != "" {
		place, after = "right below "+m.below, "below "+m.below
	}
	path := (config.Path{"templates", t.Name, "rank"}).String()
	s := b.newStep(TemplateRank, path, after, fmt.Sprintf("Move the template %s %s", t.Name, place))
	s.Template = &Template{Name: t.Name, Rank: t.Rank, Below: m.below}
	if i := b.bcfg.Template(t.Name); i >= 0 && b.bcfg.Templates[i].Rank != t.Rank {
		s.change(path, "Rank in the files", fmt.Sprint(b.bcfg.Templates[i].Rank), fmt.Sprint(t.Rank))
	}
	b.reachTemplate(s, t.Name)
	return move{step: s, rank: true, apply: func(h *hub) { h.move(m.name, m.below) }}
}

// assignMoves are the steps that give groups a template, and take it from them.
func (b *builder) assignMoves() (assign, release []move) {
	gain, lose := map[string][]string{}, map[string][]string{}
	for group, t := range b.headTemplate {
		if t != "" && b.start.assigned[group] != t {
			gain[t] = append(gain[t], group)
		}
	}
	for group, t := range b.start.assigned {
		if b.headTemplate[group] == "" {
			lose[t] = append(lose[t], group)
		}
	}
	for _, t := range slices.Sorted(maps.Keys(gain)) {
		groups := slices.Sorted(slices.Values(gain[t]))
		s := b.newStep(TemplateAssign, (config.Path{"templates", t}).String(), "groups "+strings.Join(groups, ", "),
			fmt.Sprintf("Apply the template %s to %s", t, plural(len(groups), "group", "groups")))
		s.Groups = groups
		for _, g := range groups {
			if old := b.start.assigned[g]; old != "" {
				s.change((config.Path{"groups", g, "template"}).String(), "Template of "+g, old, t)
			}
		}
		if len(s.Changes) > 0 {
			s.Cautions = append(s.Cautions, "A group has one calling template at most: the new one takes the place of the old.")
		}
		s.Template = &Template{Name: t, Rank: b.hcfg.Templates[b.hcfg.Template(t)].Rank}
		s.Reach = b.members(groups)
		assign = append(assign, move{step: s, apply: func(h *hub) {
			for _, g := range groups {
				h.assigned[g] = t
			}
		}})
	}
	for _, t := range slices.Sorted(maps.Keys(lose)) {
		groups := slices.Sorted(slices.Values(lose[t]))
		s := b.newStep(TemplateRelease, (config.Path{"templates", t}).String(), "without "+strings.Join(groups, ", "),
			fmt.Sprintf("Take the template %s from %s", t, plural(len(groups), "group", "groups")))
		s.Groups = groups
		s.Reach = b.members(groups)
		release = append(release, move{step: s, apply: func(h *hub) {
			for _, g := range groups {
				delete(h.assigned, g)
			}
		}})
	}
	return assign, release
}

// members counts the people in some groups, each once.
func (b *builder) members(groups []string) int {
	n := 0
	for i := range b.people {
		if slices.ContainsFunc(b.people[i].groups, func(m membership) bool { return slices.Contains(groups, m.group) }) {
			n++
		}
	}
	return n
}

// groupMoves are the steps that change who is in a group that has a template.
func (b *builder) groupMoves() (join, leave []move) {
	joiners, leavers := map[string][]*person{}, map[string][]*person{}
	for i := range b.people {
		p := &b.people[i]
		for _, m := range p.groups {
			switch {
			case b.headTemplate[m.group] == "":
			case m.after && !m.before:
				joiners[m.group] = append(joiners[m.group], p)
			case m.before && !m.after:
				leavers[m.group] = append(leavers[m.group], p)
			}
		}
	}
	for _, group := range slices.Sorted(maps.Keys(joiners)) {
		who := joiners[group]
		s := b.groupStep(GroupJoin, group, "joined", fmt.Sprintf("Add %s to the group %s", people(len(who)), group), who)
		if _, there := b.bcfg.Group(group); !there {
			s.Cautions = append(s.Cautions, "The group is new: make it first, in the directory or in Control Hub.")
		}
		join = append(join, move{step: s, apply: func(h *hub) { h.joined[group] = true }})
	}
	for _, group := range slices.Sorted(maps.Keys(leavers)) {
		who := leavers[group]
		s := b.groupStep(GroupLeave, group, "left", fmt.Sprintf("Take %s out of the group %s", people(len(who)), group), who)
		leave = append(leave, move{step: s, apply: func(h *hub) { h.left[group] = true }})
	}
	return join, leave
}

func (b *builder) groupStep(kind Kind, group, after, title string, who []*person) *Step {
	s := b.newStep(kind, (config.Path{"groups", group, "members"}).String(), after, title)
	operation := map[Kind]string{GroupJoin: "add", GroupLeave: "delete"}[kind]
	s.Groups, s.People, s.Reach = []string{group}, b.named(who), len(who)
	s.Requests = []Request{{
		Method: "PATCH", Path: "/groups/{groupId}",
		Body: body(map[string]any{"members": []any{map[string]any{"id": "{personId}", "operation": operation}}}),
	}}
	s.Cautions = append(s.Cautions, "Where the group is synchronized from a directory, change it there instead.")
	return s
}

// deleteSteps take templates away that no group has anymore.
func (b *builder) deleteSteps() []*Step {
	var out []*Step
	for _, name := range b.start.order {
		if b.hcfg.Template(name) < 0 {
			s := b.newStep(TemplateDelete, (config.Path{"templates", name}).String(), "deleted", "Delete the calling template "+name)
			s.Cautions = append(s.Cautions, "Make sure first that no group has it. Deleting a template is permanent.")
			out = append(out, s)
		}
	}
	return out
}
