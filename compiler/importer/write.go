package importer

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"callpolicy/compiler/roster"
	"callpolicy/policies"
)

// write writes the repository.
func (m *maker) write() *Made {
	names := m.licenseKeys()
	m.standingQuestions()
	files := []File{
		{"callpolicy.yaml", m.projectFile()},
		{"policies/org.yaml", m.orgFile()},
		{"roster/people.csv", m.peopleFile(names)},
	}
	if len(names) > 0 && !m.plain() {
		files = append(files, File{"policies/licenses.yaml", m.licensesFile(names)})
	}
	if len(m.profiles) > 0 {
		files = append(files, File{"policies/profiles.yaml", m.profilesFile()})
	}
	if len(m.templates) > 0 {
		files = append(files, File{"policies/templates.yaml", m.templatesFile()})
	}
	if data := m.groupsFile(); data != nil {
		files = append(files, File{"policies/groups.yaml", data})
	}
	if data := m.membersFile(); data != nil {
		files = append(files, File{"roster/members.csv", data})
	}
	if data := m.usersFile(); data != nil {
		files = append(files, File{"policies/users.yaml", data})
	}
	if m.jabber != nil {
		files = append(files, File{"jabber-config.xml", m.jabber})
	}
	slices.SortFunc(files, func(a, b File) int { return cmp.Compare(a.Name, b.Name) })
	return &Made{Files: files, Edition: m.edition.Name, Questions: m.questions, People: len(m.people), Entries: m.entries}
}

// standingQuestions asks for what no export tells.
func (m *maker) standingQuestions() {
	if !m.chosen {
		m.ask("Which edition does your Control Hub have? %s is written in callpolicy.yaml, as the columns of the export speak for it.", m.edition.Name)
	}
	m.ask("What is set for in-call features (video, screen sharing, remote control), for the organization and for single users? No export tells. Until you write it, nothing is set, and Control Hub's default is on.")
	m.ask("Which calling templates are there, with which ranks, for which groups? No export tells.")
	if len(m.licenses) > 0 && !m.plain() {
		m.ask("How many seats of each license were bought? policies/licenses.yaml has a place for it.")
	}
	if len(m.profiles) > 0 {
		m.ask("What are the ids and the voice services domains of the UC Manager profiles? The API's list of calling profiles has the ids.")
	}
	for _, name := range slices.Sorted(maps.Keys(m.ignored)) {
		m.ask("Does the license %q give a calling service? It is not known as one, and is passed by.", name)
	}
	if len(m.groups) == 0 {
		m.ask("Which groups are there, and who is in them? The export of users has no groups; give their members with --groups.")
	}
}

// plain reports whether the licenses are those that need no definition.
func (m *maker) plain() bool {
	for name := range m.licenses {
		if plainClass[name] == "" {
			return false
		}
	}
	return true
}

// licenseKeys gives each license a key for policy files.
func (m *maker) licenseKeys() map[string]string {
	keys := map[string]string{}
	for name := range m.licenses {
		keys[name] = map[string]string{
			"Webex Calling - Professional": "webexCalling", "Webex Calling - Standard": "webexCallingStandard",
			"Webex Calling - Basic": "webexCallingBasic", "Customer Experience - Essential": "customerExperience",
			"Unified Communication Manager (UCM)": "unifiedCM",
		}[name]
		if keys[name] == "" {
			keys[name] = name
		}
	}
	return keys
}

// rosterEntry names the roster, and the columns that the import passed by.
func (m *maker) rosterEntry() string {
	var columns []string
	known, err := policies.ExportedUsers()
	if err != nil {
		known = policies.Exports{} // part of the program; a test reads it
	}
	for _, name := range slices.Sorted(maps.Keys(m.ignored)) {
		calling := func(part string) bool { return strings.Contains(strings.ToLower(name), part) }
		if !slices.ContainsFunc(known.Calling, calling) { // what may give a calling service is asked
			columns = append(columns, word(name))
		}
	}
	if len(columns) == 0 {
		return "[roster]"
	}
	return "[{ file: roster, ignoreColumns: [" + strings.Join(columns, ", ") + "] }]"
}

func (m *maker) projectFile() []byte {
	var b bytes.Buffer
	b.WriteString("# Made by callpolicy import from exported files. Commands work from this folder.\n")
	b.WriteString("apiVersion: callpolicy/v1\n\n")
	if !m.chosen {
		b.WriteString("# To be confirmed: the columns of the export speak for this edition.\n")
	}
	fmt.Fprintf(&b, "edition: %s\n\n", m.edition.Name)
	b.WriteString("# Who exists, from the directory. Put the next export in the place of people.csv,\n# as it comes: callpolicy reads what Control Hub writes.\n")
	b.WriteString("roster: " + m.rosterEntry() + "\n\npolicies: [policies]\n\ntargets:\n  local: { dir: build/bundles }\n")
	b.WriteString(limits)
	if m.jabber != nil {
		b.WriteString("\n# What Jabber clients are given today; our parameters are merged into it.\njabber: { base: jabber-config.xml }\n")
	}
	return b.Bytes()
}

// limits are those that hold anyway, for somebody to see and to change.
const limits = `
# How many people one plan may reach: a share of those before it, a count, or the
# smaller of both. apply refuses beyond that, and says how to go on. The same holds
# where nothing is written; "off" lifts a limit.
limits:
  changedUsers: 30%
  removedUsers: 5%, 250
  lostLicense: 1%, 50         # who lose a calling license and gain none
  quarantinedUsers: 2%, 50    # who are newly set aside, as their rows are at fault
  ignoreBelow: 10             # fewer people than this always pass
`

func (m *maker) orgFile() []byte {
	var b bytes.Buffer
	b.WriteString("# What applies to everybody, unless a calling template or a user says otherwise.\norg:\n")
	if len(m.org) > 0 {
		b.WriteString("  callingBehavior:\n")
		for _, s := range []service{webexCalling, unifiedCM, noPaidCalling} {
			if v, ok := m.org[s]; ok {
				same, all := 0, 0
				for _, p := range m.sorted {
					if p.service == s {
						all++
						if p.value == v {
							same++
						}
					}
				}
				fmt.Fprintf(&b, "    # What %d of %s have, by %s.\n    %s: %s\n", same, plural(all, "user", "users"), m.sources, s, choice(s, v))
			}
		}
	} else {
		b.WriteString("  # No calling behavior is set here: the Webex App is the default.\n")
	}
	b.WriteString(`
  # To be answered: what are these in Control Hub? No export tells.
  # inCall:
  #   requestRemoteControl:
  #   videoOnDesktop:
  #   videoOnMobile:
  #   screenSharing:
`)
	return b.Bytes()
}

// choice writes a calling behavior.
func choice(s service, v value) string {
	switch {
	case s != unifiedCM || v.app != "webex":
		return "{ app: " + v.app + " }"
	case v.profile != "":
		return "{ app: webex, ucManagerProfile: " + word(v.profile) + " }"
	}
	return "{ app: webex, domain: email }"
}

func (m *maker) licensesFile(keys map[string]string) []byte {
	var b bytes.Buffer
	b.WriteString("# The licenses that give a calling service, from the columns of the export.\n# To be answered: purchased, the number of seats.\nlicenses:\n")
	for _, name := range slices.Sorted(maps.Keys(m.licenses)) {
		class := cmp.Or(m.licenses[name].Class, plainClass[name])
		if class == "" {
			fmt.Fprintf(&b, "  # To be answered: which service does it give?\n")
			class = "none"
			m.ask("Which service does the license %q give? It is written down as none.", name)
		}
		holders := 0
		for _, p := range m.sorted {
			if slices.Contains(p.licenses, name) {
				holders++
			}
		}
		fmt.Fprintf(&b, "  %s: { service: %s, controlHubName: %s } # %s\n", word(keys[name]), class, word(name), plural(holders, "user", "users"))
	}
	return b.Bytes()
}

func (m *maker) profilesFile() []byte {
	var b bytes.Buffer
	missing := "id (from the API's list of calling profiles) and voiceServicesDomain"
	if len(m.profileIDs) > 0 {
		missing = "voiceServicesDomain"
	}
	b.WriteString("# UC Manager profiles that users have, by the names in the export.\n# To be answered: " + missing + ".\nucManagerProfiles:\n")
	for _, name := range slices.Sorted(maps.Keys(m.profiles)) {
		body := "{}"
		if id := m.profileIDs[name]; id != "" {
			body = "{ id: " + word(id) + " }"
		}
		fmt.Fprintf(&b, "  %s: %s\n", word(name), body)
	}
	return b.Bytes()
}

func (m *maker) templatesFile() []byte {
	var b bytes.Buffer
	b.WriteString("# Made from what the members of a group have in common. To be answered: are these\n# the templates in Control Hub, and are the ranks? No export tells.\ntemplates:\n")
	for i, t := range m.templates {
		fmt.Fprintf(&b, "  %s:\n    rank: %d\n    callingBehavior:\n      unifiedCM: %s # %s of the group\n", word(t.group), 10*(i+1), choice(unifiedCM, t.value), plural(t.users, "member", "members"))
	}
	return b.Bytes()
}

func (m *maker) groupsFile() []byte {
	var moving []string
	for _, p := range m.sorted {
		if m.migrating(p) {
			moving = append(moving, p.address)
		}
	}
	if len(m.groups)+len(moving) == 0 {
		return nil
	}
	var b bytes.Buffer
	b.WriteString("# Groups of the directory; who is in them is in the roster.\ngroups:\n")
	sizes := map[string]int{}
	for _, p := range m.sorted {
		for _, g := range p.groups {
			sizes[g]++
		}
	}
	for _, g := range m.groups {
		body := "{}"
		if slices.ContainsFunc(m.templates, func(t template) bool { return t.group == g }) {
			body = "{ template: " + word(g) + " }"
		}
		fmt.Fprintf(&b, "  %s: %s # %s\n", word(g), body, plural(sizes[g], "member", "members"))
	}
	if len(moving) > 0 {
		name := "migrating"
		for slices.Contains(m.groups, name) {
			name += "-to-webex-calling"
		}
		m.ask("By when shall %s with a Webex Calling and a Unified CM license be moved? Both at once are allowed for a migration only; see the group %s.", plural(len(moving), "user", "users"), name)
		fmt.Fprintf(&b, "\n  # They hold a Webex Calling and a Unified CM license, which is allowed for a\n  # migration only. To be answered: completeBy, the day by which it shall be done.\n  %s:\n    migration: {}\n    members:\n", name)
		for _, address := range moving {
			fmt.Fprintf(&b, "      - %s\n", word(address))
		}
	}
	return b.Bytes()
}

func (m *maker) usersFile() []byte {
	var b bytes.Buffer
	for _, p := range m.sorted {
		if p.own {
			fmt.Fprintf(&b, "  %s: { callingBehavior: { %s: %s } }\n", word(p.address), p.service, choice(p.service, p.value))
		}
	}
	if b.Len() == 0 {
		return nil
	}
	head := "# Those who have another calling behavior than they would inherit, from\n# " + strings.ReplaceAll(m.sources, "\n", " ") + ".\n# Whoever is here stays as they are when the organization changes.\nusers:\n"
	return append([]byte(head), b.Bytes()...)
}

// peopleFile writes the roster without what describes a person rather than a
// position: names and numbers stay where they are.
func (m *maker) peopleFile(keys map[string]string) []byte {
	rows := [][]string{append([]string{"user", "licenses"}, m.columns...)}
	for _, p := range m.sorted {
		licenses := make([]string, len(p.licenses))
		for i, name := range p.licenses {
			licenses[i] = keys[name]
		}
		row := []string{p.address, strings.Join(licenses, ";")}
		for _, c := range m.columns {
			row = append(row, p.attributes[c])
		}
		rows = append(rows, row)
	}
	return table(rows)
}

func (m *maker) membersFile() []byte {
	if len(m.groups) == 0 {
		return nil
	}
	rows := [][]string{{"group", "user"}}
	for _, g := range m.groups {
		for _, p := range m.sorted {
			if slices.Contains(p.groups, g) {
				rows = append(rows, []string{g, p.address})
			}
		}
	}
	return table(rows)
}

func table(rows [][]string) []byte {
	var b bytes.Buffer
	if err := roster.Write(&b, rows); err != nil {
		panic(fmt.Sprintf("importer: writing to memory failed: %v", err))
	}
	return b.Bytes()
}

// word writes text as YAML: plain where that is surely text, else in quotes.
func word(s string) string {
	plain := s != "" && strings.IndexFunc(s, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && r != '-' && r != '_' && r != '@' && r != '.' && (r < '0' || r > '9')
	}) < 0
	letter := plain && (s[0] >= 'a' && s[0] <= 'z' || s[0] >= 'A' && s[0] <= 'Z')
	switch strings.ToLower(s) {
	case "yes", "no", "on", "off", "true", "false", "null", "y", "n":
		letter = false
	}
	if letter {
		return s
	}
	return strconv.Quote(s)
}
