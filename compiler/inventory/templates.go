package inventory

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"callpolicy/compiler/config"
	"callpolicy/compiler/diag"
	"callpolicy/compiler/resolve"
)

// Template is a calling template, and whom it reaches.
type Template struct {
	Name        string     `json:"name"`
	Rank        int        `json:"rank"`
	Description string     `json:"description,omitempty"`
	At          diag.Range `json:"at"`
	Groups      []string   `json:"groups"`  // that are assigned to it
	Members     int        `json:"members"` // users in these groups
	Users       int        `json:"users"`   // for whom it wins
	Settings    []Setting  `json:"settings"`
	Open        []string   `json:"open"`    // toggles that it leaves to the organization
	LosesTo     []Count    `json:"losesTo"` // templates that win for the others of its members, most first
	Classes     []Count    `json:"licenseClasses"`
}

// Setting is what a template says of one setting.
type Setting struct {
	Name       string     `json:"setting"` // inCall.videoOnMobile
	Value      string     `json:"value"`   // on, off, or a calling behavior as a policy file has it
	Lock       string     `json:"lock,omitempty"`
	Overridden int        `json:"overridden"` // of its users, those whose own value wins
	At         diag.Range `json:"at"`
}

// Count is a number of users under a name.
type Count struct {
	Name  string `json:"name"`
	Users int    `json:"users"`
}

// Templates returns the templates whose name or description has a part, in any
// letters, by rank.
func Templates(r *resolve.Result, text string) []Template {
	out := []Template{}
	text = strings.ToLower(text)
	for i := range r.Config.Templates {
		t := &r.Config.Templates[i]
		if strings.Contains(strings.ToLower(t.Name), text) || strings.Contains(strings.ToLower(t.Description), text) {
			out = append(out, describe(r, i))
		}
	}
	return out
}

// TemplateOf returns one template; ok is false where there is none of the name.
func TemplateOf(r *resolve.Result, name string) (t Template, ok bool) {
	i := r.Config.Template(name)
	if i < 0 {
		return Template{}, false
	}
	return describe(r, i), true
}

func describe(r *resolve.Result, i int) Template {
	cfg := r.Config
	c := &cfg.Templates[i]
	t := Template{
		Name: c.Name, Rank: c.Rank, Description: c.Description, At: cfg.KeyRange("templates", c.Name),
		Groups: []string{}, Settings: []Setting{}, Open: []string{},
	}
	assigned := map[int32]bool{}
	for g := range cfg.Groups {
		if cfg.Groups[g].Template == int32(i) {
			t.Groups = append(t.Groups, cfg.Groups[g].Name)
			assigned[int32(g)] = true
		}
	}
	classes, winners, overridden := map[string]int{}, map[string]int{}, map[string]int{}
	for n := range cfg.Users {
		if !slices.ContainsFunc(cfg.Users[n].Groups, func(g int32) bool { return assigned[g] }) {
			continue
		}
		t.Members++
		class := r.Class(n)
		if class.Template != int32(i) {
			winners[cfg.Templates[class.Template].Name]++
			continue
		}
		t.Users++
		classes[class.Inputs.License.String()]++
		for _, name := range Settings(cfg, &class.Own) {
			overridden[name]++
		}
	}
	t.Classes, t.LosesTo = counts(classes), counts(winners)
	for _, name := range Settings(cfg, &c.Settings) {
		path := append([]string{"templates", c.Name}, strings.Split(name, ".")...)
		t.Settings = append(t.Settings, Setting{name, valueOf(cfg, &c.Settings, name), lockOf(c.Locks, name), overridden[name], cfg.Range(path...)})
	}
	for _, name := range cfg.Schema.Edition.Toggles {
		if bit, ok := cfg.Toggle(name); ok {
			if _, set := c.InCall.Get(bit); !set {
				t.Open = append(t.Open, "inCall."+name)
			}
		}
	}
	return t
}

func counts(m map[string]int) []Count {
	out := []Count{}
	for name, n := range m {
		out = append(out, Count{name, n})
	}
	slices.SortFunc(out, func(a, b Count) int { return cmp.Or(cmp.Compare(b.Users, a.Users), strings.Compare(a.Name, b.Name)) })
	return out
}

func lockOf(locks []config.Lock, setting string) string {
	for _, l := range locks {
		switch {
		case l.Setting != setting:
		case l.OffOnly:
			return "offOnly"
		default:
			return "fixed"
		}
	}
	return ""
}

// valueOf says what a level writes for a setting.
func valueOf(cfg *config.Config, s *config.Settings, setting string) string {
	kind, name, _ := strings.Cut(setting, ".")
	if kind == "inCall" {
		bit, _ := cfg.Toggle(name)
		if on, _ := s.InCall.Get(bit); on {
			return "on"
		}
		return "off"
	}
	for _, service := range config.Services {
		if service.String() == name {
			return strings.Join(choice(s.For(service)), ", ")
		}
	}
	return ""
}

// choice writes a calling behavior as the fields of a policy file.
func choice(c config.Choice) (fields []string) {
	if c.App != "" {
		fields = append(fields, "app: "+c.App)
	}
	if c.Profile != "" {
		fields = append(fields, "ucManagerProfile: "+quoted(c.Profile))
	}
	if c.EmailDomain {
		fields = append(fields, "domain: email")
	}
	return fields
}

// Duplicate writes a copy of a template under another name, as a policy file.
// With rank 0 it gets the next one that is free.
func Duplicate(cfg *config.Config, name, as string, rank int) string {
	t := &cfg.Templates[cfg.Template(name)]
	if rank == 0 {
		for rank = t.Rank + 1; slices.ContainsFunc(cfg.Templates, func(o config.Template) bool { return o.Rank == rank }); {
			rank++
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "templates:\n  %s:\n    rank: %d\n", quoted(as), rank)
	if t.Description != "" {
		fmt.Fprintf(&b, "    description: %s\n", quoted(t.Description))
	}
	behavior, inCall := "", ""
	for _, service := range config.Services {
		if c := t.For(service); !c.IsZero() {
			behavior += fmt.Sprintf("      %s: { %s }\n", service, strings.Join(choice(c), ", "))
		}
	}
	for i, toggle := range cfg.Toggles {
		if on, set := t.InCall.Get(i); set {
			inCall += fmt.Sprintf("      %s: %t\n", toggle, on)
		}
	}
	if behavior != "" {
		b.WriteString("    callingBehavior:\n" + behavior)
	}
	if inCall != "" {
		b.WriteString("    inCall:\n" + inCall)
	}
	if len(t.Locks) > 0 {
		b.WriteString("    locks:\n")
		for _, l := range t.Locks {
			fmt.Fprintf(&b, "      %s: %s\n", l.Setting, lockOf(t.Locks, l.Setting))
		}
	}
	return b.String()
}

// quoted writes text as a YAML scalar.
func quoted(s string) string {
	plain := s != "" && !strings.ContainsAny(s[:1], "-.@0123456789 ")
	for _, r := range s {
		plain = plain && (r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_. ", r))
	}
	switch strings.ToLower(s) {
	case "true", "false", "yes", "no", "on", "off", "null", "y", "n":
		plain = false
	}
	if !plain || strings.HasSuffix(s, " ") {
		return fmt.Sprintf("%q", s)
	}
	return s
}
