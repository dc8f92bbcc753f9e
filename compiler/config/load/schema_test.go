package load

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/cuecontext"
	"cuelang.org/go/cue/parser"

	"callpolicy/compiler/config"
	"callpolicy/compiler/config/check"
	"callpolicy/compiler/diag"
	"callpolicy/compiler/syntax/yaml"
	"callpolicy/schema"
)

// TestSchemaEquivalence generates documents, in order and not, and holds that
// the checker accepts exactly those that CUE accepts. What is different on
// purpose is written differently for the two, each case where it is made below:
//
//   - Nothing behind a colon is an empty mapping or list where one is wanted.
//   - An unquoted date is a date where one is wanted, and otherwise no text.
//   - Numbers that readers of YAML disagree on, such as 010, are no numbers, nor
//     are those of more than nine digits.
//   - A field that a rule forbids, such as locations, is in the schema only so
//     that the rule can say so.
func TestSchemaEquivalence(t *testing.T) {
	cases, least := 1500, 10
	if testing.Short() || RaceBuild { // CUE is what takes long, and the detector makes it ten times slower
		cases, least = 600, 2 // fewer documents hold less of each
	}
	for _, edition := range schema.EditionNames() {
		s, err := schema.Load(edition)
		if err != nil {
			t.Fatal(err)
		}
		ctx := cuecontext.New()
		v, err := schema.Build(ctx, edition)
		if err != nil {
			t.Fatal(err)
		}
		for name, root := range map[string]*schema.Type{"#Policy": s.Policy, "#Project": s.Project} {
			t.Run(edition+"/"+name, func(t *testing.T) {
				def := v.LookupPath(cue.ParsePath(name))
				r := rand.New(rand.NewPCG(1, 2))
				g := &generator{Rand: r, seen: map[*schema.Type]int{}}
				accepted := 0
				for i := range cases {
					g.faults = float64(i%4) * 0.01
					doc := g.value(root, 0)
					if doc.kind != mapDoc || len(doc.items) == 0 {
						continue
					}
					diags := checkText(t, s, name, doc.yaml())
					expr, err := parser.ParseExpr("data", doc.cue())
					if err != nil {
						t.Fatalf("%v\n%s", err, doc.cue())
					}
					cueErr := def.Unify(ctx.BuildExpr(expr)).Validate(cue.Concrete(true))
					if (len(diags) == 0) != (cueErr == nil) {
						t.Fatalf("the checker says %v, and CUE says %v, of\n%s\nwhich is to CUE\n%s", diags, cueErr, doc.yaml(), doc.cue())
					}
					if cueErr == nil {
						accepted++
					}
				}
				if accepted < cases/5 || accepted > cases*9/10 {
					t.Errorf("%d of %d documents are in order, which proves little", accepted, cases)
				}
				everyType(root, name, func(ty *schema.Type, path string) {
					if g.seen[ty] < least {
						t.Errorf("%s was generated %d times", path, g.seen[ty])
					}
				})
			})
		}
	}
}

// checkText returns what the checker reports of a document, but for the fields
// that a rule forbids, and for warnings.
func checkText(t *testing.T, s *schema.Schema, name, text string) diag.List {
	t.Helper()
	trees, diags := yaml.Parse("f.yaml", []byte(text))
	if len(diags) > 0 || len(trees) != 1 {
		t.Fatalf("%v\n%s", diags, text)
	}
	if name == "#Policy" {
		diags = decode(s, toggleNames(s), trees[0]).diags
	} else {
		c := check.Checker{Tree: trees[0]}
		c.Check(trees[0].Root, s.Project, &check.Trail{Name: config.ProjectFile})
		diags = c.Diags
	}
	return slices.DeleteFunc(diags, func(d *diag.Diagnostic) bool { return d.ID == diag.LevelNoLocation || d.Severity != diag.Error })
}

func everyType(ty *schema.Type, path string, do func(*schema.Type, string)) {
	do(ty, path)
	if ty.Kind == schema.Union {
		for i, alt := range ty.Alts {
			for j := range alt.Fields {
				everyType(alt.Fields[j].Type, fmt.Sprintf("%s|%d.%s", path, i, alt.Fields[j].Name), do)
			}
		}
		return
	}
	for i := range ty.Fields {
		everyType(ty.Fields[i].Type, path+"."+ty.Fields[i].Name, do)
	}
	for i, alt := range ty.Alts {
		everyType(alt, fmt.Sprintf("%s|%d", path, i), do)
	}
	if ty.Elem != nil {
		everyType(ty.Elem, path+"[]", do)
	}
}

// document is a generated value: what to write in YAML, and what that is in CUE.
type document struct {
	kind     docKind
	text, is string // scalar
	keys     []string
	items    []document
}

type docKind int

const (
	scalarDoc docKind = iota
	mapDoc
	listDoc
)

func (d document) yaml() string {
	return d.write(func(d document) string { return d.text })
}

func (d document) cue() string {
	return d.write(func(d document) string { return d.is })
}

func (d document) write(scalar func(document) string) string {
	var parts []string
	switch d.kind {
	case mapDoc:
		for i, k := range d.keys {
			parts = append(parts, quoteJSON(k)+": "+d.items[i].write(scalar))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case listDoc:
		for _, item := range d.items {
			parts = append(parts, item.write(scalar))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case scalarDoc:
	}
	return scalar(d)
}

// same is a scalar that YAML and CUE write alike.
func same(text string) document { return document{text: text, is: text} }

func quoted(text string) document { return same(quoteJSON(text)) }

// quoteJSON quotes as both languages read it.
func quoteJSON(text string) string {
	b, err := json.Marshal(text)
	if err != nil {
		panic(err)
	}
	return strings.NewReplacer("\x7f", `\u007f`, "\u0085", `\u0085`).Replace(string(b))
}

type generator struct {
	*rand.Rand
	faults float64
	seen   map[*schema.Type]int
}

func pick[T any](g *generator, from ...T) T { return from[g.IntN(len(from))] }

func (g *generator) faulty() bool { return g.Float64() < g.faults }

func (g *generator) value(t *schema.Type, depth int) document {
	g.seen[t]++
	if depth > 0 && g.faulty() {
		return g.anything(t)
	}
	switch t.Kind {
	case schema.Any:
		return g.anything(t)
	case schema.Struct:
		return g.fields(t, depth)
	case schema.Union:
		alt := pick(g, t.Alts...)
		d := g.fields(alt, depth)
		if g.Float64() < 4*g.faults { // a field of another form
			other := pick(g, pick(g, t.Alts...).Fields...)
			if !slices.Contains(d.keys, other.Name) {
				d.keys, d.items = append(d.keys, other.Name), append(d.items, g.value(other.Type, depth+1))
			}
		}
		return d
	case schema.Map:
		d := document{kind: mapDoc}
		for range g.IntN(3) {
			key := g.key(t)
			if !slices.Contains(d.keys, key) {
				d.keys, d.items = append(d.keys, key), append(d.items, g.value(t.Elem, depth+1))
			}
		}
		return d
	case schema.List:
		d := document{kind: listDoc}
		for range g.IntN(3) {
			item := g.value(t.Elem, depth+1)
			if item.kind == scalarDoc && item.text == "" { // brackets cannot hold nothing
				item = same("null")
			}
			d.items = append(d.items, item)
		}
		return d
	case schema.OneOf:
		d := g.value(pick(g, t.Alts...), depth)
		if d.kind == scalarDoc && d.text == "" { // nobody knows which of the two it is
			d.is = "null"
		}
		return d
	case schema.Bool:
		return same(pick(g, "true", "false"))
	case schema.Int:
		return same(strconv.Itoa(g.IntN(5)))
	case schema.Word:
		return quoted(pick(g, t.Words...))
	case schema.Date:
		return pick(g, quoted("2027-03-01"), document{text: "2027-03-01", is: `"2027-03-01"`})
	case schema.String:
		if t.Pattern != nil && t.Pattern.Form() == schema.LimitForm {
			return quoted(pick(g, "30%", "0%", "100%", "12.5%", "101%", "5%, 250", "250,5%", "250, 250", "off", "7"))
		}
		return quoted(pick(g, "a", "u1@company.example", "U2@Company.Example", "name of two", "é@company.example"))
	}
	panic("a kind that the generator does not know")
}

func (g *generator) fields(t *schema.Type, depth int) document {
	d := document{kind: mapDoc}
	for i := range t.Fields {
		f := &t.Fields[i]
		want := f.Required && !g.faulty() || !f.Required && g.IntN(2) == 0
		if want {
			d.keys, d.items = append(d.keys, f.Name), append(d.items, g.value(f.Type, depth+1))
		}
	}
	if g.faulty() {
		key := pick(g, "nonsense", "locations", "ap", "rnk", "App", "inCall ", "", "0")
		if !slices.Contains(d.keys, key) && t.Field(key) == nil {
			d.keys, d.items = append(d.keys, key), append(d.items, g.anything(t))
		}
	}
	return d
}

func (g *generator) key(t *schema.Type) string {
	if g.Float64() < 3*g.faults {
		return pick(g, "", "x", "u1", "@", "u 1@company.example", "u1@company.example", "u1@two@company.example", "inCall.", "inCall.x",
			"callingBehavior.unifiedCM", "incall.x", strings.Repeat("n", 257), strings.Repeat("n", 65)+"@company.example", "a\u0085b", "a\x01b", "é")
	}
	if t.Key != nil && strings.Contains(t.Key.String(), "@") {
		return pick(g, "u1@company.example", "U2@company.example", strings.Repeat("n", 64)+"@company.example")
	}
	if t.Key != nil && strings.Contains(t.Key.String(), "inCall") {
		return pick(g, "inCall.videoOnMobile", "callingBehavior.unifiedCM")
	}
	return pick(g, "x", "name of two", strings.Repeat("n", 256), "é")
}

// anything is a value of any kind, wherever it stands.
func (g *generator) anything(t *schema.Type) document {
	container := t.Kind == schema.Struct || t.Kind == schema.Map || t.Kind == schema.Union || t.Kind == schema.List
	empty := document{text: "", is: "null"}
	switch {
	case t.Kind == schema.List:
		empty.is = "[]"
	case container:
		empty.is = "{}"
	}
	date := document{text: "2027-03-01", is: "null"}
	if t.Kind == schema.Date {
		date.is = `"2027-03-01"`
	}
	odd := document{text: pick(g, "010", "1_000", "0x10", "0o17", "1234567890", "+5", "-0x1"), is: "null"}
	return pick(g, empty, date, odd, empty, date,
		same("null"), same("true"), same("false"), same("0"), same("1"), same("-1"), same("1.5"), same("1e3"), same("{}"), same("[]"),
		document{text: "yes", is: `"yes"`}, document{text: "on", is: `"on"`}, document{text: "~", is: "null"},
		document{text: "webex", is: `"webex"`}, document{text: "2027-3-1", is: "null"},
		quoted("2027-02-30"), quoted("2027-03-01"), quoted("2027-03-01T10:00:00Z"), quoted("true"), quoted("1"),
		quoted(""), quoted("webex"), quoted("email"), quoted("jabber"), quoted("a\nb"), quoted("a\x7fb"), quoted(strings.Repeat("n", 257)),
		quoted("u1@company.example"), quoted("@company.example"), quoted("30%"), quoted("3o%"), quoted("fixed"),
		document{kind: listDoc, items: []document{quoted("x")}}, document{kind: listDoc, items: []document{same("1")}},
		document{kind: mapDoc, keys: []string{"app"}, items: []document{quoted("webex")}},
		document{kind: mapDoc, keys: []string{"x"}, items: []document{same("1")}},
	)
}
