package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"callpolicy/compiler/diag"
	"callpolicy/policies"
)

func sarifSchemaOf(t *testing.T) *jsonschema.Schema {
	t.Helper()
	data, err := os.ReadFile("testdata/sarif-schema-2.1.0.json")
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	if err := compiler.AddResource(sarifSchema, doc); err != nil {
		t.Fatal(err)
	}
	schema, err := compiler.Compile(sarifSchema)
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

func TestSARIFIsValid(t *testing.T) {
	schema := sarifSchemaOf(t)
	validate := func(t *testing.T, data []byte) error {
		t.Helper()
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		return schema.Validate(doc)
	}
	for name, r := range map[string]Report{
		"a sample": sample(t), "every id": every(), "nothing": New(nil, "", 0, nil),
	} {
		t.Run(name, func(t *testing.T) {
			data := rendered(t, "sarif", r)
			if err := validate(t, data); err != nil {
				t.Error(err)
			}
			if !bytes.Contains(data, []byte(`"results": [`)) {
				t.Error("there is no array of results, which means that the tool did not run")
			}
		})
	}
	// The schema must be one that can say no.
	broken := bytes.Replace(rendered(t, "sarif", sample(t)), []byte(`"startLine": 88`), []byte(`"startLine": 0`), 1)
	if validate(t, broken) == nil {
		t.Error("line 0 is valid")
	}
}

// The real catalogue explains every built-in id.
func TestSARIFExplainsEveryRule(t *testing.T) {
	var b bytes.Buffer
	if err := Write("sarif", &b, every(), Tool{Rules: policies.Catalogue}); err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(b.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	if err := sarifSchemaOf(t).Validate(doc); err != nil {
		t.Error(err)
	}
	for _, id := range diag.BuiltIn {
		if strings.Contains(b.String(), `"text": "`+id.String()+`"`) {
			t.Errorf("%s is described by its id alone", id)
		}
	}
}

func TestSARIFWithoutCatalogue(t *testing.T) {
	broken := errors.New("broken")
	err := Write("sarif", &bytes.Buffer{}, every(), Tool{Rules: func() ([]policies.Rule, error) { return nil, broken }})
	if !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
}

// An edit whose place cannot be told in SARIF's columns is left out: a viewer
// would apply it somewhere else.
func TestSARIFFix(t *testing.T) {
	at := func(line, column, endLine, endColumn int, text string) diag.Range {
		return diag.Range{File: "a.yaml", Start: diag.Pos{Line: line, Column: column}, End: diag.Pos{Line: endLine, Column: endColumn}, Text: text}
	}
	for name, test := range map[string]struct {
		at   diag.Range
		want string // the region, or nothing
	}{
		"past the line":       {at(3, 5, 3, 40, "é: 医者"), `{"startLine":3,"startColumn":4,"endLine":3,"endColumn":6}`},
		"after an accent":     {at(3, 5, 3, 11, "é: 医者"), `{"startLine":3,"startColumn":4,"endLine":3,"endColumn":6}`},
		"whole lines":         {at(3, 1, 5, 1, ""), `{"startLine":3,"startColumn":1,"endLine":5,"endColumn":1}`},
		"into a later line":   {at(3, 1, 5, 4, "abc"), ""},
		"a line without text": {at(3, 4, 3, 6, ""), ""},
		"no line":             {diag.Range{File: "a.yaml"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			fix := Report{Root: "."}.sarifFix(&diag.Fix{Title: "t", Edits: []diag.Edit{{Range: test.at, NewText: "x"}}})
			got := ""
			if fix != nil {
				b, err := json.Marshal(fix.ArtifactChanges[0].Replacements[0].DeletedRegion)
				if err != nil {
					t.Fatal(err)
				}
				got = string(b)
			}
			if got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

func TestUTF16Column(t *testing.T) {
	const line = "aé医👩\xffz"
	for column, want := range map[int]int{
		-1: 1, 0: 1, 1: 1, 2: 2, 4: 3, 7: 4, 11: 6, 12: 7, 13: 8, 99: 8,
	} {
		if got := utf16Column(line, column); got != want {
			t.Errorf("column %d is %d, want %d", column, got, want)
		}
	}
}
