package schema_test

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"os"
	"path"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"gopkg.in/yaml.v3"

	"callpolicy/policies"
	"callpolicy/schema"
)

// TestEditorsAcceptWhatIsRight holds the JSON Schemas to files without fault:
// an editor must never mark what callpolicy takes.
func TestEditorsAcceptWhatIsRight(t *testing.T) {
	all := editors(t)
	files := 0
	examples := os.DirFS("../examples")
	err := fs.WalkDir(examples, ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || !isYAML(name) || strings.HasPrefix(name, "ci/") || strings.HasPrefix(name, "scale/") {
			return err
		}
		top, inside, _ := strings.Cut(name, "/")
		project, err := fs.ReadFile(examples, path.Join(top, "callpolicy.yaml"))
		if err != nil {
			return err
		}
		edition := "classic"
		if strings.Contains(string(project), "edition: current") {
			edition = "current"
		}
		if strings.HasPrefix(inside, "policies/") || strings.HasPrefix(inside, "tests/") || inside == "callpolicy.yaml" {
			data, err := fs.ReadFile(examples, name)
			if err != nil {
				return err
			}
			files++
			if err := all[edition].accepts(inside, string(data)); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		return nil
	})
	if err != nil || files < 15 {
		t.Fatalf("%d files read: %v", files, err)
	}
	for _, r := range catalogue(t) {
		for name, text := range r.Examples.Good {
			if isYAML(name) {
				if err := all[r.Examples.Edition].accepts(name, text); err != nil {
					t.Errorf("%s: the good example: %s: %v", r.ID, name, err)
				}
			}
		}
	}
}

// TestEditorsMarkWhatIsWrong holds them to the faults that an editor should show.
func TestEditorsMarkWhatIsWrong(t *testing.T) {
	all := editors(t)
	seen := 0
	for _, r := range catalogue(t) {
		switch r.ID {
		case "schema.bad-value", "schema.missing-field", "schema.unknown-field", "schema.wrong-type",
			"level.no-location", "level.not-in-edition", "level.no-paid-calling-org-only", "level.behavior-not-at-template":
		default:
			continue
		}
		seen++
		wrong := 0
		for name, text := range r.Examples.Bad {
			if isYAML(name) && all[r.Examples.Edition].accepts(name, text) != nil {
				wrong++
			}
		}
		if wrong == 0 {
			t.Errorf("%s: an editor finds nothing wrong with the bad example", r.ID)
		}
	}
	if seen != 8 {
		t.Errorf("%d of 8 rules are there", seen)
	}
}

// TestEditorsKnowDefaults looks for what holds where nothing is written.
func TestEditorsKnowDefaults(t *testing.T) {
	s, err := schema.Load("current")
	if err != nil {
		t.Fatal(err)
	}
	project, policy := s.ProjectJSONSchema(), s.PolicyJSONSchema()
	target, ok1 := project.Properties["targets"].AdditionalProperties.(*schema.JSONSchema)
	template, ok2 := policy.Properties["templates"].AdditionalProperties.(*schema.JSONSchema)
	if !ok1 || !ok2 {
		t.Fatal("targets and templates are no maps")
	}
	for _, c := range []struct {
		name, want string
		field      *schema.JSONSchema
	}{
		{"policies", `["policies"]`, project.Properties["policies"]},
		{"targets.*.layout", `"tree"`, target.Properties["layout"]},
		{"org.inCall.moveCallsToMeetings", `true`, policy.Properties["org"].Properties["inCall"].Properties["moveCallsToMeetings"]},
		{"templates.*.inCall.moveCallsToMeetings", ``, template.Properties["inCall"].Properties["moveCallsToMeetings"]},
	} {
		if got := string(c.field.Default); got != c.want {
			t.Errorf("%s: the default is %q, not %q", c.name, got, c.want)
		}
	}
}

// TestEditorsExplainEverything keeps a field from having no description.
func TestEditorsExplainEverything(t *testing.T) {
	for _, edition := range schema.EditionNames() {
		s, err := schema.Load(edition)
		if err != nil {
			t.Fatal(err)
		}
		var walk func(at string, doc *schema.JSONSchema)
		walk = func(at string, doc *schema.JSONSchema) {
			for name, field := range doc.Properties {
				if field.Description == "" && !strings.HasSuffix(at, ".locks") {
					t.Errorf("%s%s.%s has no description: write a comment above it in the schema", edition, at, name)
				}
				walk(at+"."+name, field)
			}
			for _, alt := range doc.AnyOf {
				walk(at, alt)
			}
			if elem, ok := doc.AdditionalProperties.(*schema.JSONSchema); ok {
				walk(at+".*", elem)
			}
			if doc.Items != nil {
				walk(at+"[]", doc.Items)
			}
		}
		walk(" policy", s.PolicyJSONSchema())
		walk(" project", s.ProjectJSONSchema())
		personas, err := s.PersonasJSONSchema()
		if err != nil {
			t.Fatal(err)
		}
		walk(" personas", personas)
	}
}

func catalogue(t *testing.T) []policies.Rule {
	t.Helper()
	rules, err := policies.Catalogue()
	if err != nil {
		t.Fatal(err)
	}
	return rules
}

func isYAML(name string) bool { return path.Ext(name) == ".yaml" || path.Ext(name) == ".yml" }

// editor is a JSON Schema as an editor holds it: compiled once, since that takes
// longer than all the files it is held to.
type editor struct{ policy, project, personas *jsonschema.Schema }

func editors(t *testing.T) map[string]editor {
	t.Helper()
	compile := func(doc *schema.JSONSchema) *jsonschema.Schema {
		data, err := json.Marshal(doc)
		if err != nil {
			t.Fatal(err)
		}
		parsed, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		c := jsonschema.NewCompiler()
		if err := c.AddResource("s.json", parsed); err != nil {
			t.Fatal(err)
		}
		compiled, err := c.Compile("s.json")
		if err != nil {
			t.Fatal(err)
		}
		return compiled
	}
	all := map[string]editor{}
	for _, edition := range schema.EditionNames() {
		s, err := schema.Load(edition)
		if err != nil {
			t.Fatal(err)
		}
		personas, err := s.PersonasJSONSchema()
		if err != nil {
			t.Fatal(err)
		}
		all[edition] = editor{compile(s.PolicyJSONSchema()), compile(s.ProjectJSONSchema()), compile(personas)}
	}
	return all
}

// accepts returns what an editor finds wrong with a file.
func (e editor) accepts(name, text string) error {
	doc := e.policy
	switch {
	case path.Base(name) == "callpolicy.yaml":
		doc = e.project
	case strings.HasPrefix(name, "tests/"):
		doc = e.personas
	}
	var value any
	if err := yaml.Unmarshal([]byte(text), &value); err != nil {
		return err
	}
	return doc.Validate(plain(value))
}

// plain turns what a YAML library makes of a file into what an editor sees: it
// knows no dates.
func plain(v any) any {
	switch v := v.(type) {
	case time.Time:
		return v.Format(time.DateOnly)
	case map[string]any:
		for k, x := range v {
			v[k] = plain(x)
		}
	case []any:
		for i, x := range v {
			v[i] = plain(x)
		}
	}
	return v
}
