package migration

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"callpolicy/compiler/config"
	"callpolicy/compiler/jabber"
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
	Value    string   `json:"value"`            // empty for a password
	Secret   bool     `json:"secret,omitempty"` // it is a password
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
	known, err := policies.Parameters()
	if err != nil {
		return nil, err
	}
	a := &assessment{cfg: r.Config, known: known, members: map[string][]bool{}, profiles: map[string]string{}, written: map[string]bool{}}
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
	known   *policies.JabberParameters
	reads   []bool // by user: who reads such files
	users   int
	members map[string][]bool // by group that has a file

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
		case f.Group != "" && slices.ContainsFunc(f.Parameters, func(q jabber.Written) bool { return strings.EqualFold(q.Name, p.Name) }):
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
func (a *assessment) judge(file *JabberFile, p jabber.Written) Found {
	f := Found{in: file, File: file.Name, Line: p.Line, Section: p.Section, Name: p.Name, Value: p.Value, Secret: p.Secret, Verdict: Unknown, Settings: []string{}}
	about, _, ok := a.known.Find(p.Name)
	if !ok {
		return f
	}
	f.Note = about.Meaning
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
		f.Note = cmp.Or(about.Without, "the "+strings.Join(slices.Sorted(maps.Keys(about.Settings)), " or ")+" edition has a setting for it")
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
