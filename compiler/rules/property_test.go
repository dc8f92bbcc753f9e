package rules

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/cuecontext"
	"pgregory.net/rapid"

	"callpolicy/compiler/config"
	"callpolicy/compiler/config/load"
	"callpolicy/compiler/resolve"
	cuefile "callpolicy/compiler/syntax/cue"
	"callpolicy/policies"
)

// organization draws a small policy repository. Its values are few, so that
// people are alike in some things and differ in others.
func organization(t *rapid.T) *config.Config {
	pick := func(label string, of ...string) string { return rapid.SampledFrom(of).Draw(t, label) }
	edition := pick("edition", "classic", "current")
	var b strings.Builder
	b.WriteString("licenses:\n  pro: { service: webexCalling, controlHubName: Webex Calling - Professional, purchased: 3 }\n" +
		"  std: { service: webexCalling, controlHubName: Webex Calling - Standard }\n  ucm: { service: unifiedCM }\n" +
		"ucManagerProfiles: { ams: {}, utr: {} }\n")
	settings := func(indent string) {
		fmt.Fprintf(&b, "%sinCall: { %s }\n", indent, pick("toggles", "", "screenSharing: true", "screenSharing: false, videoOnMobile: true", "giveControl: false"))
		fmt.Fprintf(&b, "%scallingBehavior: { %s }\n", indent, pick("behavior", "", "", "unifiedCM: { app: jabber }",
			"unifiedCM: { app: webex, ucManagerProfile: ams }", "webexCalling: { app: thirdParty }", "noPaidCalling: { app: thirdParty }",
			"unifiedCM: { app: webex, domain: email }, webexCalling: { app: webex }"))
	}
	b.WriteString("org:\n")
	settings("  ")
	b.WriteString("templates:\n  ward:\n    rank: 20\n")
	settings("    ")
	b.WriteString("  desk:\n    rank: 10\n")
	settings("    ")
	fmt.Fprintf(&b, "groups:\n  wards: { template: ward, where: { site: Utrecht } }\n  desks: { template: desk }\n  wave: { migration: { %s } }\nusers:\n",
		pick("wave", "", "completeBy: 2026-03-01", "completeBy: 2027-03-01, webexCallingReady: true"))
	for i := range rapid.IntRange(1, 8).Draw(t, "users") {
		fmt.Fprintf(&b, "  u%d@%s.example:\n    licenses: [%s]\n    groups: [%s]\n    attributes: { %s }\n", i, pick("domain", "a", "b"),
			pick("licenses", "", "pro", "std", "ucm", "pro, ucm", "pro, std"), pick("groups", "", "wards", "desks", "wards, desks", "wave"),
			pick("labels", "", "department: Finance", "department: Zorg, site: Utrecht", "site: Leiden"))
		if rapid.Bool().Draw(t, "own") {
			settings("    ")
		}
		if pick("migrates", "no", "no", "yes") == "yes" {
			b.WriteString("    migration: { webexCallingReady: true }\n")
		}
	}
	fs := fstest.MapFS{
		"callpolicy.yaml":      {Data: []byte("apiVersion: callpolicy/v1\nedition: " + edition + "\n")},
		"policies/policy.yaml": {Data: []byte(b.String())},
	}
	cfg, diags, err := load.Load(t.Context(), load.Request{FS: fs, Dir: ".", CUE: cuefile.InProcess()})
	if err != nil || diags.HasErrors() {
		t.Fatalf("%v %v\n%s", err, diags, b.String())
	}
	return cfg
}

// drawing draws constraints over a subject, as text.
type drawing struct {
	t *rapid.T
	n int // of aliases
}

func (d *drawing) oneOf(label string, of ...string) string {
	return rapid.SampledFrom(of).Draw(d.t, label)
}

// names of fields with free names, and one that nothing has.
var freeNames = []string{
	"department", "site", "screenSharing", "videoOnMobile", "wards", "desks", "pro", "ucm", "nowhere",
}

func (d *drawing) constraint(s *shape, depth int) string {
	names := s.known()
	if s.free {
		names = append(names, freeNames...)
	}
	if depth == 0 || len(names) == 0 {
		return d.leaf()
	}
	switch d.oneOf("form", "struct", "struct", "struct", "struct", "or", "and", "leaf", "pattern", "embedded", "comprehension", "for", "matchN", "default") {
	case "or":
		return "(" + d.constraint(s, depth-1) + ") | (" + d.constraint(s, depth-1) + ")"
	case "and":
		return "(" + d.structure(s, names, depth) + ") & (" + d.constraint(s, depth-1) + ")"
	case "default":
		return "*(" + d.constraint(s, depth-1) + ") | (" + d.constraint(s, depth-1) + ")"
	case "leaf":
		return d.leaf()
	case "pattern":
		return "{[string]: " + d.constraint(&shape{}, 1) + "}"
	case "embedded":
		return "{" + d.structure(s, names, depth) + ", " + d.oneOf("extra", "...", "_hidden: 1", "let x = 1") + "}"
	case "matchN":
		return "matchN(" + d.oneOf("n", "1", "0", ">0") + ", [" + d.constraint(s, depth-1) + "])"
	case "for":
		d.n++
		name := d.oneOf("name", names...)
		return fmt.Sprintf("{A%d=%q: _, for k, v in A%d {%s}}", d.n, name, d.n,
			d.oneOf("body", `(k): string`, `"\(k)": v`, `if k == "app" {`+d.structure(s, names, depth-1)+`}`, `let x = v, department: x`))
	case "comprehension":
		d.n++
		name := d.oneOf("name", names...)
		return fmt.Sprintf("{A%d=%q: _, if A%d == %s {%s}}", d.n, name, d.n, d.literal(), d.structure(s, names, depth))
	}
	return d.structure(s, names, depth)
}

// structure draws a struct, of which the fields sometimes refer to each other.
func (d *drawing) structure(s *shape, names []string, depth int) string {
	var fields []string
	for range rapid.IntRange(1, 2).Draw(d.t, "fields") {
		name := d.oneOf("name", names...)
		sub, _ := s.field(name)
		switch d.oneOf("kind of field", "plain", "plain", "plain", "plain", "absent", "optional", "required", "reference", "bound") {
		case "absent":
			fields = append(fields, fmt.Sprintf("%q?: _|_", name))
		case "optional":
			fields = append(fields, fmt.Sprintf("%q?: %s", name, d.constraint(orAny(sub), depth-1)))
		case "required":
			fields = append(fields, fmt.Sprintf("%q!: %s", name, d.constraint(orAny(sub), depth-1)))
		case "reference":
			d.n++
			fields = append(fields, fmt.Sprintf("A%d=%q: _, %q: A%d", d.n, name, d.oneOf("other", names...), d.n))
		case "bound":
			d.n++
			fields = append(fields, fmt.Sprintf("A%d=%q: _, %q: >=A%d", d.n, name, d.oneOf("other", names...), d.n))
		default:
			fields = append(fields, fmt.Sprintf("%q: %s", name, d.constraint(orAny(sub), depth-1)))
		}
	}
	return "{" + strings.Join(fields, ", ") + "}"
}

func orAny(s *shape) *shape {
	if s == nil {
		return &shape{}
	}
	return s
}

func (d *drawing) literal() string {
	return d.oneOf("literal", `"Finance"`, `"Utrecht"`, `"webex"`, `"jabber"`, `"unifiedCM"`, `"migrating"`, `"user"`, `"org"`, "true", "false", "10", "1", "null")
}

func (d *drawing) leaf() string {
	return d.oneOf("leaf", "_", "_", "string", "bool", "int", "number", "{}", "_|_", `!="Finance"`, "!=null", "!=10", ">5", ">-1", "<=10", `<"b"`,
		`=~"^[UF]"`, `!~"t"`, `strings.MinRunes(4)`, d.literal(), d.literal(), d.literal()+" | "+d.literal(), "(string & !=\"x\")", "_plain", "_list[0]")
}

// prelude is what files with drawn rules begin with.
const prelude = `import "strings"
_plain: "Finance"
_list: ["Utrecht", strings.Repeat("a", 2)]
_vip: {attributes: department: "Finance"}
`

// TestProjection proves that looking once at each distinct thing gives the
// answers that looking at everybody would: for drawn rules and organizations,
// and for all built-in rules, what the engine finds is what CUE alone finds on
// the whole subject of each single user. A race build looks at one in three of
// the organizations: what it is for, races, shows in a few.
func TestProjection(t *testing.T) {
	catalogue, err := policies.Build(cuecontext.New())
	if err != nil {
		t.Fatal(err)
	}
	all, err := shapes()
	if err != nil {
		t.Fatal(err)
	}
	drawn, asked, found, plain := 0, 0, 0, 0
	rapid.Check(t, func(t *rapid.T) {
		cfg := organization(t)
		if drawn++; raceBuild && drawn%3 != 0 {
			return
		}
		text := prelude
		for i := range rapid.IntRange(1, 4).Draw(t, "rules") {
			d := &drawing{t: t}
			text += fmt.Sprintf("rules: \"own.r%d\": {title: \"Drawn\", severity: \"error\"\n", i)
			if rapid.Bool().Draw(t, "when") {
				text += "when: " + d.oneOf("vip", "", "", "_vip & ") + d.constraint(all["user"], 3) + "\n"
			}
			text += d.oneOf("demand", "require", "forbid") + ": " + d.constraint(all["user"], 4) + "\n}\n"
		}
		g, err := newGuard(cuecontext.New()) // without subjects, so that rules which can never match are asked, too
		if err != nil {
			t.Fatal(err)
		}
		own, diags, err := g.compile(t.Context(), []Source{{"guardrails/own.cue", []byte(text)}})
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range diags {
			if d.ID.String() != "rule.unknown-field" && d.ID.String() != "rule.invalid" {
				t.Fatal(d)
			}
		}
		r := newRun(t, cfg)
		rules, err := builtIn()
		if err != nil {
			t.Fatal(err)
		}
		rules = slices.DeleteFunc(append(rules, own.all...), func(x *rule) bool { return !slices.Contains(x.scopes, "user") })
		var common, personal []*rule
		for _, x := range rules {
			if x.looksAt("user") {
				personal = append(personal, x)
			} else {
				common = append(common, x)
			}
			if x.own {
				for _, c := range x.constraints() {
					asked++
					if c.term != nil {
						plain++
					}
				}
			}
		}
		p := r.population(common)
		for _, x := range common {
			p.ask(x)
		}
		for i := range cfg.Users {
			got := map[string]bool{}
			for _, f := range p.kinds[p.of[i]].faults {
				got[fmt.Sprint(f.rule.id, f.item)] = true
			}
			for _, x := range personal {
				for _, f := range p.person(i, x) {
					got[fmt.Sprint(x.id, f.item)] = true
				}
			}
			want := map[string]bool{}
			for _, x := range rules {
				for _, item := range alone(r, x, i, catalogue) {
					want[fmt.Sprint(x.id, item)] = true
					found++
				}
			}
			for key := range want {
				if !got[key] {
					t.Fatalf("user %d: %s is found on the whole subject only\n%s\n%s", i, key, text, r.whole(i, -1).syntaxText())
				}
			}
			for key := range got {
				if !want[key] {
					t.Fatalf("user %d: %s is found by the engine only\n%s\n%s", i, key, text, r.whole(i, -1).syntaxText())
				}
			}
		}
	})
	t.Logf("%d drawn constraints, %d of them plain; %d faults", asked, plain, found)
	if plain == 0 || plain == asked || found == 0 {
		t.Error("the drawing is too narrow to prove anything")
	}
}

func newRun(t interface{ Fatal(...any) }, cfg *config.Config) *run {
	facts, err := newFacts(cfg, resolve.Users(cfg), time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	r := &run{
		facts: facts, stats: &Stats{}, waivers: newWaivers(cfg, facts.today),
		seen: map[*constraint]map[string]bool{}, findings: map[string]*finding{}, matched: map[*rule]bool{}, unasked: map[*rule]bool{},
	}
	return r
}

// alone asks CUE about the whole subject of one user. It returns the items in
// which the rule finds fault; -1 where the rule sees none.
func alone(r *run, x *rule, user int, catalogue cue.Value) []int {
	holds := func(name string, c *constraint, root *value) bool {
		if c == nil {
			return true
		}
		v := c.value
		if !x.own {
			v = catalogue.LookupPath(cue.MakePath(cue.Str("rules"), cue.Str(x.id.String()), cue.Str(name)))
		}
		//lint:ignore SA1019 a new context for each user would be slow, and v is of one context
		return unifies(v.Context(), root, v)
	}
	fault := func(root *value) bool {
		return holds("when", x.when, root) &&
			(!holds("require", x.require, root) || x.forbid != nil && holds("forbid", x.forbid, root))
	}
	if x.item == "" {
		if fault(r.whole(user, -1)) {
			return []int{-1}
		}
		return nil
	}
	var out []int
	for i := range r.own(user) {
		if fault(r.whole(user, i)) {
			out = append(out, i)
		}
	}
	return out
}

// someOrganizations draws organizations, the same ones each time.
func someOrganizations(t *testing.T, n int) []*config.Config {
	t.Helper()
	out := make([]*config.Config, n)
	for i := range out {
		out[i] = rapid.Custom(organization).Example(i)
	}
	return out
}
