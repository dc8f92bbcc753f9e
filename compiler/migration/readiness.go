package migration

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"callpolicy/compiler/config"
	"callpolicy/compiler/resolve"
	"callpolicy/policies"
)

// Verdict says what becomes of a parameter.
type Verdict string

// The verdicts.
const (
	Expressed  Verdict = "expressed"  // a setting here says the same
	Honored    Verdict = "honored"    // the Webex App of Unified CM users reads it
	JabberOnly Verdict = "jabberOnly" // Cisco Jabber alone reads it, so it is lost
	Unknown    Verdict = "unknown"
)

// Readiness says what becomes of the configuration of Cisco Jabber clients.
type Readiness struct {
	FormatVersion string        `json:"formatVersion"`
	Edition       string        `json:"edition"`
	Users         int           `json:"users"` // with a Unified CM license: those who read such files
	Files         []*JabberFile `json:"files"`
	Parameters    []Found       `json:"parameters"` // by file and line
	Policy        string        `json:"policy"`     // what the files say, as a policy file in YAML
}

// Found is a parameter of a file, and what becomes of it.
type Found struct {
	File     string   `json:"file"`
	Line     int      `json:"line"`
	Section  string   `json:"section"`
	Name     string   `json:"name"`
	Value    string   `json:"value"`
	Verdict  Verdict  `json:"verdict"`
	Settings []string `json:"settings"`       // the settings that say the same
	Users    int      `json:"users"`          // whom it concerns
	Note     string   `json:"note,omitempty"` // what else there is to know
	on       *bool    // the value of the settings
	in       *JabberFile
}

// GroupError says that a file is for a group that is not there.
type GroupError struct{ File, Group string }

func (e *GroupError) Error() string {
	return fmt.Sprintf("%s is said to be for the group %q, and there is none", e.File, e.Group)
}

// Assess looks what becomes of each parameter in the files. The error is a
// [GroupError].
func Assess(r *resolve.Result, files []*JabberFile) (*Readiness, error) {
	known, _, err := policies.Parameters()
	if err != nil {
		return nil, err
	}
	a := &assessment{cfg: r.Config, known: known, lower: map[string]string{}, members: map[string][]bool{}, profiles: map[string]string{}, written: map[string]bool{}}
	for name := range known {
		a.lower[strings.ToLower(name)] = name
	}
	if err := a.count(r, files); err != nil {
		return nil, err
	}
	out := &Readiness{
		FormatVersion: FormatVersion, Edition: r.Config.Schema.Edition.Name, Users: a.users, Files: files, Parameters: []Found{},
	}
	for _, f := range files {
		from := len(out.Parameters)
		for _, p := range f.Parameters {
			out.Parameters = append(out.Parameters, a.judge(f, p))
		}
		contradictions(out.Parameters[from:])
	}
	for i := range out.Parameters {
		out.Parameters[i].Users = a.concerned(files, &out.Parameters[i])
	}
	out.Policy = a.policy(files, out.Parameters)
	return out, nil
}

type assessment struct {
	cfg     *config.Config
	known   map[string]policies.Parameter
	lower   map[string]string // names in lower case
	reads   []bool            // by user: who reads such files
	users   int
	members map[string][]bool // by group

	profiles map[string]string // names of new profiles, by domain in lower case
	written  map[string]bool   // of these, those that are in the policy
}

// count finds out who reads the files: everybody with a Unified CM license.
func (a *assessment) count(r *resolve.Result, files []*JabberFile) error {
	a.reads = make([]bool, len(a.cfg.Users))
	for i := range a.cfg.Users {
		if r.Class(i).Inputs.License.Service() == config.UnifiedCM {
			a.reads[i] = true
			a.users++
		}
	}
	for _, f := range files {
		if f.Group == "" {
			continue
		}
		g, ok := a.cfg.Group(f.Group)
		if !ok {
			return &GroupError{f.Name, f.Group}
		}
		in := make([]bool, len(a.cfg.Users))
		for i := range a.cfg.Users {
			in[i] = slices.Contains(a.cfg.Users[i].Groups, int32(g))
		}
		a.members[f.Group] = in
	}
	return nil
}

// concerned counts the users whom a parameter concerns. Group files take
// priority over the global one.
func (a *assessment) concerned(files []*JabberFile, p *Found) int {
	own := p.in.Group
	var others []string
	for _, f := range files {
		switch {
		case f == p.in:
		case f.Group != "" && slices.ContainsFunc(f.Parameters, func(q Parameter) bool { return strings.EqualFold(q.Name, p.Name) }):
			others = append(others, f.Group)
		}
	}
	n := 0
	for i, reads := range a.reads {
		switch {
		case !reads, own != "" && !a.members[own][i]:
		case own == "" && slices.ContainsFunc(others, func(g string) bool { return a.members[g][i] }):
		default:
			n++
		}
	}
	return n
}

// judge says what becomes of one parameter.
func (a *assessment) judge(file *JabberFile, p Parameter) Found {
	f := Found{in: file, File: file.Name, Line: p.Line, Section: p.Section, Name: p.Name, Value: p.Value, Verdict: Unknown, Settings: []string{}}
	name, ok := a.lower[strings.ToLower(p.Name)]
	if !ok {
		return f
	}
	about := a.known[name]
	f.Note = about.Meaning
	if name != p.Name {
		file.slip(p.Line, "the parameter %s is written %s", p.Name, name)
		f.Name = name
	}
	switch about.Is {
	case "honored":
		f.Verdict = Honored
		return f
	case "jabberOnly":
		f.Verdict = JabberOnly
		return f
	}
	if f.Settings = about.Settings[a.cfg.Schema.Edition.Name]; len(f.Settings) == 0 {
		f.Verdict, f.Settings = Honored, []string{}
		f.Note = "the " + strings.Join(slices.Sorted(maps.Keys(about.Settings)), " or ") + " edition has a setting for it"
		return f
	}
	f.Verdict = Expressed
	if f.Settings[0] == "ucManagerProfiles" {
		f.Settings = []string{"ucManagerProfiles." + a.profileFor(p.Value)}
		return f
	}
	var on bool
	switch strings.ToLower(p.Value) {
	case "true":
		on = !about.Inverted
	case "false":
		on = about.Inverted
	default:
		f.Note = fmt.Sprintf("%q is neither true nor false, so clients keep to their default, %s", p.Value, about.Default)
		return f
	}
	f.on = &on
	return f
}

// profileFor returns the UC Manager profile with a domain, or a name for a new one.
func (a *assessment) profileFor(domain string) string {
	for i := range a.cfg.Profiles {
		if strings.EqualFold(a.cfg.Profiles[i].VoiceServicesDomain, domain) {
			return a.cfg.Profiles[i].Name
		}
	}
	domain = strings.ToLower(domain)
	name, ok := a.profiles[domain]
	if !ok {
		host, _, _ := strings.Cut(domain, ".")
		name = free(cmp.Or(host, "jabber"), func(name string) bool {
			_, there := a.cfg.Profile(name)
			return there || slices.Contains(slices.Collect(maps.Values(a.profiles)), name)
		})
		a.profiles[domain] = name
	}
	return name
}

// free returns a name that nothing else has: the one that is wanted, or else
// with a number behind it.
func free(name string, taken func(string) bool) string {
	wanted := name
	for n := 2; taken(name); n++ {
		name = fmt.Sprintf("%s-%d", wanted, n)
	}
	return name
}

// contradictions notes parameters of one file that want the same setting in two ways.
func contradictions(list []Found) {
	first := map[string]*Found{}
	for i := range list {
		f := &list[i]
		if f.on == nil {
			continue
		}
		for _, s := range f.Settings {
			switch have := first[s]; {
			case have == nil:
				first[s] = f
			case *have.on != *f.on:
				f.Note = fmt.Sprintf("%s says otherwise in line %d, and one setting is both; %s is offered", have.Name, have.Line, have.Name)
			}
		}
	}
}

// policy writes what the files say as a policy file, for the folder of the
// others: what is there already is defined once, so what belongs to it is a
// comment, which says where to write it.
func (a *assessment) policy(files []*JabberFile, found []Found) string {
	var org, templates, groups, profiles, there strings.Builder
	rank := 0
	taken := map[string]bool{}
	for i := range a.cfg.Templates {
		rank = max(rank, a.cfg.Templates[i].Rank)
		taken[a.cfg.Templates[i].Name] = true
	}
	for _, f := range files {
		settings := a.settings(f, found, &profiles)
		switch {
		case settings == "":
		case f.Group != "":
			rank += 10
			name := free(f.Group, func(name string) bool { return taken[name] })
			taken[name] = true
			fmt.Fprintf(&templates, "  # %s\n  %s:\n    rank: %d   # the smallest rank wins\n    inCall:\n%s", comment(f.Name), quoted(name), rank, indented("      ", settings))
			a.assign(f.Group, name, &groups, &there)
		case a.cfg.KeyRange("org").IsZero() && org.Len() == 0:
			fmt.Fprintf(&org, "# %s\norg:\n  inCall:\n%s", comment(f.Name), indented("    ", settings))
		default:
			at := "above"
			if r := a.cfg.KeyRange("org"); !r.IsZero() {
				at = fmt.Sprintf("in %s:%d", r.File, r.Start.Line)
			}
			fmt.Fprintf(&there, "# %s: write into org, which is %s:\n#   inCall:\n%s", comment(f.Name), comment(at), indented("#     ", settings))
		}
	}
	return org.String() + under("ucManagerProfiles", &profiles) + under("templates", &templates) + under("groups", &groups) + there.String()
}

// settings writes the toggles of a file, a line each, and the profiles that are
// new because of it.
func (a *assessment) settings(f *JabberFile, found []Found, profiles *strings.Builder) string {
	var out strings.Builder
	said := map[string]bool{}
	for i := range found {
		p := &found[i]
		if p.in != f || p.Verdict != Expressed {
			continue
		}
		for _, s := range p.Settings {
			toggle, isToggle := strings.CutPrefix(s, "inCall.")
			name := strings.TrimPrefix(s, "ucManagerProfiles.")
			switch {
			case said[s], isToggle && p.on == nil:
				continue
			case isToggle:
				fmt.Fprintf(&out, "%s: %t   # %s: %s\n", toggle, *p.on, p.Name, comment(p.Value))
			case a.profiles[strings.ToLower(p.Value)] == name && !a.written[name]:
				a.written[name] = true
				fmt.Fprintf(profiles, "  %s: { voiceServicesDomain: %s }   # %s in %s\n", quoted(name), quoted(p.Value), p.Name, comment(f.Name))
			}
			said[s] = true
		}
	}
	return out.String()
}

// assign writes that a group is assigned to a template: into groups where no
// file has the group, and else as a comment into there.
func (a *assessment) assign(group, template string, groups, there *strings.Builder) {
	line := fmt.Sprintf("%s: { template: %s }\n", quoted(group), quoted(template))
	at := a.cfg.KeyRange("groups", group)
	if at.IsZero() {
		groups.WriteString("  " + line)
		return
	}
	g, _ := a.cfg.Group(group)
	if t := a.cfg.Groups[g].Template; t >= 0 {
		fmt.Fprintf(there, "# %s has the template %s already, in %s:%d: write the toggles there, or assign it anew:\n#   %s",
			comment(group), comment(a.cfg.Templates[t].Name), comment(at.File), at.Start.Line, line)
		return
	}
	fmt.Fprintf(there, "# Assign %s, which is in %s:%d, as callpolicy template add-group does:\n#   %s", comment(group), comment(at.File), at.Start.Line, line)
}

// indented puts something in front of each line.
func indented(with, lines string) string {
	var out strings.Builder
	for line := range strings.Lines(lines) {
		out.WriteString(with + line)
	}
	return out.String()
}

func under(section string, body *strings.Builder) string {
	if body.Len() == 0 {
		return ""
	}
	return section + ":\n" + body.String()
}

// quoted writes text as a YAML scalar.
func quoted(s string) string {
	for _, r := range s {
		plain := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_.@", r)
		if !plain {
			return fmt.Sprintf("%q", s)
		}
	}
	if s == "" || strings.ContainsAny(s[:1], "-.@0123456789") {
		return fmt.Sprintf("%q", s)
	}
	switch strings.ToLower(s) {
	case "true", "false", "yes", "no", "on", "off", "null":
		return fmt.Sprintf("%q", s)
	}
	return s
}

// comment keeps text within its line.
func comment(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == 0x85 || r == 0x2028 || r == 0x2029 {
			return ' '
		}
		return r
	}, s)
}
