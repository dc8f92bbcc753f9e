package plan_test

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"callpolicy/compiler/plan"
)

// TestProjectsFollowTheSchema checks plans of several projects, and of none.
func TestProjectsFollowTheSchema(t *testing.T) {
	c := jsonschema.NewCompiler()
	for name, data := range map[string][]byte{"plan.schema.json": plan.JSONSchema, "projects.schema.json": plan.ProjectsJSONSchema} {
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		if err := c.AddResource(name, doc); err != nil {
			t.Fatal(err)
		}
	}
	s, err := c.Compile("projects.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	valid := func(p *plan.Projects) error {
		data, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		return s.Validate(doc)
	}
	if err := valid(plan.NewProjects()); err != nil {
		t.Error(err)
	}
	some := plan.NewProjects()
	some.Projects = append(some.Projects, plan.Project{Root: "tenants/a", Plan: planOf(t, "screenSharing: true }", "screenSharing: false }")})
	some.Untouched, some.Faulty = []string{"tenants/b"}, []string{"."}
	if err := valid(some); err != nil {
		t.Error(err)
	}
	some.Projects[0].Plan.FormatVersion = "2.0"
	if valid(some) == nil {
		t.Error("the schema does not look at the plans")
	}
}
