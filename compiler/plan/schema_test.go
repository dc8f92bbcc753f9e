package plan_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"callpolicy/compiler/plan"
)

func planSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(plan.JSONSchema))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("plan.schema.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("plan.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestPlansFollowTheSchema checks random plans, and one that exceeds limits.
func TestPlansFollowTheSchema(t *testing.T) {
	s := planSchema(t)
	check := func(p *plan.Plan) {
		t.Helper()
		data, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Validate(doc); err != nil {
			t.Errorf("%v\n%s", err, data)
		}
	}
	cases(t, 400, func(t *testing.T, rng *rand.Rand, base, head *repo) {
		_, b := loaded(t, base.files(rng, false))
		_, h := loaded(t, head.files(rng, false))
		check(compare(t, b, h))
		check(compare(t, bundlesOf(b), h))
	})
	cfg, base := loaded(t, clinicWith(t, "edition: classic\n", "edition: classic\nlimits: { changedUsers: 1%, ignoreBelow: 0 }\n"))
	_, head := loaded(t, clinicWith(t, "videoOnMobile: true, screenS", "videoOnMobile: false, screenS", "n1@c.example: {", "n1@c.example: { migration: { completeBy: 2027-03-01 },"))
	p := compare(t, base, head)
	p.Notes = []string{"A note."}
	p.Hold(plan.Bounds{Head: cfg, Before: 5})
	p.ToWrite = &plan.ToWrite{Target: "build/bundles", Bundles: 1, Users: 5}
	if p.Limits == nil {
		t.Fatal("no limit is exceeded")
	}
	check(p)
}

// TestSchemaKnowsEveryField compares the schema with the types of the package,
// so that neither has a field that the other lacks.
func TestSchemaKnowsEveryField(t *testing.T) {
	var doc map[string]any
	if err := json.Unmarshal(plan.JSONSchema, &doc); err != nil {
		t.Fatal(err)
	}
	at := func(path string) map[string]any {
		node := doc
		for name := range strings.FieldsSeq(path) {
			node, _ = node[name].(map[string]any)
		}
		return node
	}
	for _, c := range []struct {
		of   any
		path string
	}{
		{plan.Plan{}, ""},
		{plan.State{}, "$defs state"},
		{plan.Summary{}, "$defs summary"},
		{plan.ToWrite{}, "properties toWrite"},
		{plan.At{}, "$defs at"},
		{plan.Cause{}, "$defs cause"},
		{plan.Change{}, "$defs cause properties changes items"},
		{plan.Shield{}, "$defs cause properties shielded items"},
		{plan.Count{}, "$defs named"},
		{plan.UserChange{}, "$defs user"},
		{plan.SettingChange{}, "$defs user properties changes items"},
		{plan.Limit{}, "$defs limit"},
		{plan.Loosening{}, "$defs loosening"},
		{plan.Held{}, "properties held"},
	} {
		var fields, required []string
		for field := range reflect.TypeOf(c.of).Fields() {
			name, options, _ := strings.Cut(field.Tag.Get("json"), ",")
			fields = append(fields, name)
			if options == "" {
				required = append(required, name)
			}
		}
		slices.Sort(fields)
		slices.Sort(required)
		if got := slices.Sorted(maps.Keys(at(c.path + " properties"))); !slices.Equal(got, fields) {
			t.Errorf("%T has the fields %v, the schema %v", c.of, fields, got)
		}
		var must []string
		list, _ := at(c.path)["required"].([]any)
		for _, name := range list {
			text, ok := name.(string)
			if !ok {
				t.Fatalf("%v is required, and no name", name)
			}
			must = append(must, text)
		}
		slices.Sort(must)
		if !slices.Equal(must, required) {
			t.Errorf("%T always has %v, the schema requires %v", c.of, required, must)
		}
	}
}
