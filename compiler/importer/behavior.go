package importer

import (
	"cmp"
	"maps"
	"slices"
	"strings"
)

// service is what a calling behavior is chosen for; as a policy file names it.
type service string

const (
	webexCalling  service = "webexCalling"
	unifiedCM     service = "unifiedCM"
	noPaidCalling service = "noPaidCalling"
)

// value is a calling behavior, complete. The zero value is none.
type value struct {
	app     string
	profile string // of unifiedCM in the Webex App; empty: the e-mail domain
}

// standard is what Control Hub does as long as nobody decides otherwise.
var standard = value{app: "webex"}

// apps turns the Webex API's words for calling behavior into ours, by service.
var apps = map[service]map[string]string{
	webexCalling: {
		"NATIVE_WEBEX_TEAMS_CALLING":                "webex",
		"CALL_WITH_APP_REGISTERED_FOR_WEBEXCALLTEL": "webexCallingApp",
		"CALL_WITH_APP_REGISTERED_FOR_TEL":          "thirdParty",
	},
	unifiedCM: {
		"NATIVE_SIP_CALL_TO_UCM":                "webex",
		"CALL_WITH_APP_REGISTERED_FOR_CISCOTEL": "jabber",
	},
	noPaidCalling: {
		"NATIVE_WEBEX_TEAMS_CALLING":       "webex",
		"CALL_WITH_APP_REGISTERED_FOR_TEL": "thirdParty",
	},
}

// follows reports whether a cell says that the user has what the organization has.
func follows(cell string) bool {
	return cell == "" || strings.EqualFold(cell, "USE_ORG_SETTINGS") || strings.EqualFold(cell, "null")
}

// interpret finds out what the calling behavior of each person is.
func (m *maker) interpret() {
	strange := map[string]int{}
	for _, p := range m.sorted {
		p.service = m.serviceOf(p)
		if !p.told || follows(p.behavior) {
			continue
		}
		app, ok := apps[p.service][strings.ToUpper(p.behavior)]
		if !ok {
			strange[p.behavior+"\x00"+string(p.service)]++
			continue
		}
		p.value = value{app: app}
		if p.service == unifiedCM && app == "webex" && p.profile != "" {
			p.value.profile = p.profile
			m.profiles[p.profile] = true
		}
	}
	for _, key := range slices.Sorted(maps.Keys(strange)) {
		cell, of, _ := strings.Cut(key, "\x00")
		m.ask("What does the calling behavior %q mean for %s with the service %s? It is none that the Webex API offers them, and is left out.", cell, plural(strange[key], "user", "users"), of)
	}
}

// serviceOf is the service in use: with both licenses it is Unified CM.
func (m *maker) serviceOf(p *person) service {
	of := noPaidCalling
	for _, name := range p.licenses {
		class := m.licenses[name].Class
		if class == "" {
			class = plainClass[name]
		}
		switch class {
		case "unifiedCM":
			return unifiedCM
		case "webexCalling":
			of = webexCalling
		}
	}
	return of
}

// plainClass is what the licenses mean that are there without being defined.
var plainClass = map[string]string{"webexCalling": "webexCalling", "unifiedCM": "unifiedCM"}

// migrating reports whether somebody holds licenses of both services.
func (m *maker) migrating(p *person) bool {
	both := map[string]bool{}
	for _, name := range p.licenses {
		both[cmp.Or(m.licenses[name].Class, plainClass[name])] = true
	}
	return both["unifiedCM"] && both["webexCalling"]
}

// template is a calling template that hoisting made for a group.
type template struct {
	group string
	value value
	users int
}

// hoist finds the level at which each value costs the fewest entries.
func (m *maker) hoist() {
	m.org = map[service]value{}
	for _, s := range []service{webexCalling, unifiedCM, noPaidCalling} {
		var users []*person
		open := 0
		for _, p := range m.sorted {
			switch {
			case p.service != s:
			case p.value == value{}:
				open++
			default:
				users = append(users, p)
			}
		}
		if len(users) > 0 {
			m.place(s, users, open)
		}
	}
}

// place decides for one service. Where some follow the organization, whose
// value no file tells, it is not for us to decide it.
func (m *maker) place(s service, users []*person, open int) {
	counts := map[value]int{}
	for _, p := range users {
		counts[p.value]++
	}
	if len(m.edition.CallingBehavior[string(s)]) == 0 {
		whose := strings.TrimSuffix(m.edition.Options.CallingBehavior[string(s)].Users, " users")
		for v, n := range counts {
			if v != standard {
				m.ask("%s of %s do not call in the Webex App but by %s. In the %s edition nothing else can be set for them. Is the edition right?", plural(n, "user", "users"), whose, v.app, m.edition.Name)
			}
		}
		return
	}
	candidates := []value{standard}
	if open == 0 {
		candidates = append(candidates, slices.SortedFunc(maps.Keys(counts), compareValues)...)
	} else {
		m.ask("What has the organization chosen for %s? %s it, and no file tells. Nothing is set for now, which is the Webex App.", s, plural(open, "user follows", "users follow"))
	}
	if s == noPaidCalling {
		m.forNobodysService(counts, open)
		return
	}
	best, bestCost := standard, -1
	var bestTemplates []template
	for _, v := range candidates {
		templates, cost := m.templatesFor(s, users, v)
		if v != standard {
			cost++
		}
		if bestCost < 0 || cost < bestCost || cost == bestCost && counts[v] > counts[best] {
			best, bestCost, bestTemplates = v, cost, templates
		}
	}
	if best != standard {
		m.org[s] = best
		m.entries++
	}
	m.templates = append(m.templates, bestTemplates...)
	m.entries += 2 * len(bestTemplates) // the setting, and the group that it is assigned to
	for _, p := range users {
		if inherits := under(bestTemplates, p, best); p.value != inherits {
			p.own = true
			m.entries++
		}
	}
}

// forNobodysService is place for people without a paid service: theirs can be
// set for the whole organization only.
func (m *maker) forNobodysService(counts map[value]int, open int) {
	values := slices.SortedFunc(maps.Keys(counts), compareValues)
	if len(values) > 1 || open > 0 && values[0] != standard {
		m.ask("People without a paid calling service have different calling behaviors: %s the organization, %s. Only the organization can set it. Which is it to be?", plural(open, "user follows", "users follow"), describe(values, counts))
		return
	}
	if values[0] != standard {
		m.org[noPaidCalling] = values[0]
		m.entries++
	}
}

func describe(values []value, counts map[value]int) string {
	var parts []string
	for _, v := range values {
		parts = append(parts, plural(counts[v], "has ", "have ")+v.app)
	}
	return strings.Join(parts, ", ")
}

// templatesFor chooses groups whose members share a value, as long as a
// template for them saves entries: the group that saves most first, which so
// gets the smallest rank. The cost is in entries, that of the organization's own
// value left out.
func (m *maker) templatesFor(s service, users []*person, org value) (chosen []template, cost int) {
	rest := slices.Clone(users)
	for s == unifiedCM && slices.Contains(m.edition.CallingBehavior[string(s)], "template") {
		var best template
		saves := 0
		for _, group := range m.groups {
			if slices.ContainsFunc(chosen, func(t template) bool { return t.group == group }) {
				continue
			}
			if m.others(group) { // people who must keep what the organization has
				continue
			}
			now, total, counts := 0, 0, map[value]int{}
			for _, p := range rest {
				if slices.Contains(p.groups, group) {
					counts[p.value]++
					total++
					if p.value != org {
						now++
					}
				}
			}
			for _, v := range slices.SortedFunc(maps.Keys(counts), compareValues) {
				if saved := now - (total - counts[v]) - 2; saved > saves {
					best, saves = template{group, v, counts[v]}, saved
				}
			}
		}
		if saves == 0 {
			break
		}
		chosen = append(chosen, best)
		rest = slices.DeleteFunc(rest, func(p *person) bool {
			in := slices.Contains(p.groups, best.group)
			if in && p.value != best.value {
				cost++
			}
			return in
		})
		cost += 2
	}
	for _, p := range rest {
		if p.value != org {
			cost++
		}
	}
	return chosen, cost
}

// others reports whether a group has members who follow the organization.
func (m *maker) others(group string) bool {
	return slices.ContainsFunc(m.sorted, func(p *person) bool {
		return p.service == unifiedCM && p.value == value{} && slices.Contains(p.groups, group)
	})
}

// under is what somebody inherits.
func under(templates []template, p *person, org value) value {
	for _, t := range templates {
		if slices.Contains(p.groups, t.group) {
			return t.value
		}
	}
	return org
}

func compareValues(a, b value) int {
	return cmp.Or(cmp.Compare(a.app, b.app), cmp.Compare(a.profile, b.profile))
}
