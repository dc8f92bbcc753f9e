package webex_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
)

// differences are where our description of the API differs from the public one of
// Webex, each with the evidence. Whatever else differs is a mistake.
var differences = map[string]string{
	"GET /people/{personId}/features/callingBehavior 200 behaviorType":  "the schema knows the text null alone, and its own text says that the value is null itself; a real answer in the same description has null",
	"GET /people/{personId}/features/callingBehavior 200 profileId":     "the schema has no null, and the text of the write says that null is the organization's",
	"PUT /people/{personId}/features/callingBehavior body behaviorType": "as for the read",
	"PUT /people/{personId}/features/callingBehavior body profileId":    "as for the read",
	"GET /people 200 items[].invitePending":                             "called a text, and a boolean in the answer that a public lab guide prints",
	"GET /people 200 items[].loginEnabled":                              "as invitePending",
	"GET /people/{personId} 200 invitePending":                          "as invitePending",
	"GET /people/{personId} 200 loginEnabled":                           "as invitePending",
	"GET /people/me 200 invitePending":                                  "as invitePending",
	"GET /people/me 200 loginEnabled":                                   "as invitePending",
	"GET /people 200 notFoundIds":                                       "null in the answer of the public lab guide",
	"GET /licenses 200 items[].consumedByUsers":                         "null in the answer of the public lab guide",
	"GET /licenses 200 items[].consumedByWorkspaces":                    "null in the answer of the public lab guide",
	"GET /groups/{groupId}/members query orgId":                         "not listed; a partner names the organization in every request, and else reads its own",
	"GET /people/{personId} query orgId":                                "not listed; as for the members of a group",
}

// TestSpecification holds our description of the API to the public one, where
// that is at hand: paths, methods, parameters, fields, types and values.
func TestSpecification(t *testing.T) {
	ours := flatten(t, read(t, "testdata/openapi.json"))
	name := "../../../../shared/webex/openapi-subset.json"
	if _, err := os.Stat(name); errors.Is(err, fs.ErrNotExist) {
		t.Skipf("the public description is not here: there is no %s", name)
	}
	theirs := flatten(t, read(t, name))
	used := map[string]bool{}
	for _, key := range slices.Sorted(maps.Keys(ours)) {
		if their, ok := theirs[key]; ok && their == ours[key] {
			continue
		}
		if _, known := differences[key]; !known {
			t.Errorf("%s is %q here, and %q there", key, ours[key], theirs[key])
		}
		used[key] = true
	}
	for key := range differences {
		if !used[key] {
			t.Errorf("%s does not differ", key)
		}
	}
	if len(ours) < 60 {
		t.Errorf("only %d things were compared", len(ours))
	}
}

func read(t *testing.T, name string) map[string]any {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var spec map[string]any
	if err := json.Unmarshal(data, &spec); err != nil {
		t.Fatal(err)
	}
	return spec
}

// flatten lists what a description says: each parameter and field of each
// operation, with its type and values. Only the fields of success are listed.
func flatten(t *testing.T, spec map[string]any) map[string]string {
	t.Helper()
	f := flattener{spec: spec, out: map[string]string{}}
	for path, operations := range at(spec, "paths") {
		methods, _ := operations.(map[string]any)
		for method := range methods {
			op := at(methods, method)
			name := strings.ToUpper(method) + " " + path
			f.out[name] = "there"
			parameters, _ := op["parameters"].([]any)
			for _, p := range parameters {
				parameter, _ := p.(map[string]any)
				f.schema(fmt.Sprintf("%s %v %v", name, parameter["in"], parameter["name"]), at(parameter, "schema"))
			}
			if schema := at(op, "requestBody", "content", "application/json", "schema"); schema != nil {
				f.schema(name+" body", schema)
			}
			for _, status := range []string{"200", "206"} {
				if schema := at(op, "responses", status, "content", "application/json", "schema"); schema != nil {
					f.schema(name+" "+status, schema)
				}
			}
		}
	}
	return f.out
}

// at goes down into a description; nil: there is nothing there.
func at(value map[string]any, keys ...string) map[string]any {
	for _, key := range keys {
		value, _ = value[key].(map[string]any)
	}
	return value
}

type flattener struct {
	spec map[string]any
	out  map[string]string
}

func (f *flattener) schema(name string, schema map[string]any) {
	if ref, ok := schema["$ref"].(string); ok {
		f.schema(name, at(f.spec, strings.Split(strings.TrimPrefix(ref, "#/"), "/")...))
		return
	}
	all, _ := schema["allOf"].([]any)
	for _, part := range all {
		p, _ := part.(map[string]any)
		f.schema(name, p)
	}
	if items := at(schema, "items"); items != nil {
		f.out[name] = typed(schema["type"], nil)
		f.schema(name+"[]", items)
		return
	}
	properties := at(schema, "properties")
	for key, property := range properties {
		p, _ := property.(map[string]any)
		where := name + " " + key
		if strings.HasSuffix(name, "[]") || strings.Count(name, " ") > 2 {
			where = name + "." + key
		}
		f.schema(where, p)
	}
	if properties == nil && len(all) == 0 {
		f.out[name] = typed(schema["type"], schema["enum"])
	}
}

func typed(kind, values any) string {
	words := []string{fmt.Sprint(kind)}
	enum, _ := values.([]any)
	var listed []string
	for _, v := range enum {
		listed = append(listed, fmt.Sprint(v))
	}
	slices.Sort(listed)
	return strings.Join(append(words, listed...), " ")
}
