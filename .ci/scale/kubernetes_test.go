package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"gopkg.in/yaml.v3"
	"k8s.io/client-go/openapi/openapitest"
)

// jobSchema returns the schema that Kubernetes publishes for jobs, made strict:
// the server would drop a field that it does not know, and say nothing.
func jobSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	paths, err := openapitest.NewEmbeddedFileClient().Paths()
	if err != nil {
		t.Fatal(err)
	}
	data, err := paths["apis/batch/v1"].Schema("application/json")
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	closeObjects(doc)
	c := jsonschema.NewCompiler()
	if err := c.AddResource("batch.json", doc); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile("batch.json#/components/schemas/io.k8s.api.batch.v1.Job")
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

// closeObjects forbids fields that a schema does not list.
func closeObjects(v any) {
	switch v := v.(type) {
	case []any:
		for _, item := range v {
			closeObjects(item)
		}
	case map[string]any:
		if _, lists := v["properties"].(map[string]any); lists && v["type"] == "object" && v["additionalProperties"] == nil {
			v["additionalProperties"] = false
		}
		for _, item := range v {
			closeObjects(item)
		}
	}
}

// TestKubernetes holds the manifests of the example to the published schema, and
// makes sure that a slip would be found.
func TestKubernetes(t *testing.T) {
	schema := jobSchema(t)
	names, err := filepath.Glob("../../examples/scale/kubernetes-*.yaml")
	if err != nil || len(names) < 2 {
		t.Fatalf("%d manifests: %v", len(names), err)
	}
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := check(schema, data); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		for _, slip := range [][2]string{{"restartPolicy: Never", "restartPolicy: 1"}, {"mountPath", "mountpath"}, {"template:", "templates:"}} {
			bad := strings.ReplaceAll(string(data), slip[0], slip[1])
			if bad == string(data) || check(schema, []byte(bad)) == nil {
				t.Errorf("%s: nobody noticed %s", name, slip[1])
			}
		}
	}
}

func check(schema *jsonschema.Schema, manifest []byte) error {
	var v any
	if err := yaml.Unmarshal(manifest, &v); err != nil {
		return err
	}
	data, err := json.Marshal(v) // as kubectl does
	if err != nil {
		return err
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		return err
	}
	return schema.Validate(doc)
}
