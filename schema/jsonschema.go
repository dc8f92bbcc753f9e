package schema

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// JSONSchema is a JSON Schema of draft 7, the one that editors understand best.
// It encodes to JSON; names are sorted, so equal schemas are equal bytes.
type JSONSchema struct {
	Schema               string                 `json:"$schema,omitempty"`
	Title                string                 `json:"title,omitempty"`
	Description          string                 `json:"description,omitempty"`
	Type                 any                    `json:"type,omitempty"` // a word, or a list of words
	Enum                 []string               `json:"enum,omitempty"`
	Default              json.RawMessage        `json:"default,omitempty"`
	Pattern              string                 `json:"pattern,omitempty"`
	Minimum              *int64                 `json:"minimum,omitempty"`
	Items                *JSONSchema            `json:"items,omitempty"`
	Required             []string               `json:"required,omitempty"`
	Properties           map[string]*JSONSchema `json:"properties,omitempty"`
	PatternProperties    map[string]*JSONSchema `json:"patternProperties,omitempty"`
	PropertyNames        *JSONSchema            `json:"propertyNames,omitempty"`
	AdditionalProperties any                    `json:"additionalProperties,omitempty"` // false, or a schema
	AnyOf                []*JSONSchema          `json:"anyOf,omitempty"`
}

const draft = "http://json-schema.org/draft-07/schema#"

// PolicyJSONSchema returns the JSON Schema of a policy file. It is for editors,
// which complete what it names, so unlike [Schema.Policy] it leaves out what the
// edition lets nobody write at a level. What only the rules know is not in it.
func (s *Schema) PolicyJSONSchema() *JSONSchema {
	out := jsonSchema(s.Policy)
	out.Schema = draft
	out.Title = "A calling policy file of callpolicy, for " + s.Edition.Title
	out.Description = ""
	for level, holds := range map[string]*JSONSchema{
		"org":      out.Properties["org"],
		"template": element(out.Properties["templates"]),
		"user":     element(out.Properties["users"]),
	} {
		s.Edition.narrow(level, holds)
	}
	return out
}

// ProjectJSONSchema returns the JSON Schema of the project file, for editors.
func (s *Schema) ProjectJSONSchema() *JSONSchema {
	out := jsonSchema(s.Project)
	out.Schema, out.Title = draft, "The project file of callpolicy"
	return out
}

// PersonasJSONSchema returns the JSON Schema of a file with persona tests, for
// editors.
func (s *Schema) PersonasJSONSchema() (*JSONSchema, error) {
	t, err := Personas(s.Edition.Name)
	if err != nil {
		return nil, err
	}
	out := jsonSchema(t)
	out.Schema, out.Title = draft, "Persona tests of callpolicy, for "+s.Edition.Title
	persona := element(out.Properties["personas"])
	s.Edition.narrow("user", persona)
	s.Edition.narrowToggles(persona.Properties["expect"])
	return out, nil
}

// element returns the schema of what a mapping with free keys holds.
func element(mapping *JSONSchema) *JSONSchema {
	elem, _ := mapping.AdditionalProperties.(*JSONSchema)
	return elem
}

// narrow leaves out what the edition does not know, or not at the level.
func (e Edition) narrow(level string, settings *JSONSchema) {
	services := settings.Properties["callingBehavior"]
	var locks []string
	for service := range services.Properties {
		if slices.Contains(e.CallingBehavior[service], level) {
			locks = append(locks, "callingBehavior."+service)
		} else {
			delete(services.Properties, service)
		}
	}
	if len(services.Properties) == 0 {
		delete(settings.Properties, "callingBehavior")
	}
	for name, toggle := range e.narrowToggles(settings) {
		locks = append(locks, "inCall."+name)
		if level == "org" { // below it, left out is inherited
			toggle.Default = json.RawMessage(strconv.FormatBool(e.Default.InCall))
		}
	}
	// The schema tells the form of a lock's name; here all of them are known.
	if bound := settings.Properties["locks"]; bound != nil {
		lock := element(bound)
		bound.PropertyNames, bound.AdditionalProperties, bound.Properties = nil, false, map[string]*JSONSchema{}
		for _, name := range locks {
			bound.Properties[name] = lock
		}
	}
}

// narrowToggles leaves out the toggles that the edition does not know, and
// returns the others.
func (e Edition) narrowToggles(settings *JSONSchema) map[string]*JSONSchema {
	toggles := settings.Properties["inCall"].Properties
	maps.DeleteFunc(toggles, func(name string, _ *JSONSchema) bool { return !slices.Contains(e.Toggles, name) })
	return toggles
}

// jsonSchema writes a type as a JSON Schema.
func jsonSchema(t *Type) *JSONSchema {
	switch t.Kind {
	case Any:
		return &JSONSchema{}
	case Struct:
		return structSchema(t)
	case Map:
		out := &JSONSchema{Type: emptiable, AdditionalProperties: jsonSchema(t.Elem)}
		if t.Key != nil {
			out.PropertyNames = &JSONSchema{Pattern: portable(t.Key.String())}
		}
		return out
	case List:
		return &JSONSchema{Type: "array", Items: jsonSchema(t.Elem)}
	case String:
		out := &JSONSchema{Type: "string"}
		if t.Pattern != nil {
			out.Pattern = portable(t.Pattern.String())
		}
		return out
	case Word:
		return &JSONSchema{Type: "string", Enum: t.Words}
	case Date:
		return &JSONSchema{Type: "string", Pattern: "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}
	case Bool:
		return &JSONSchema{Type: "boolean"}
	case Int:
		return &JSONSchema{Type: "integer", Minimum: t.Min}
	case Union, OneOf:
		out := new(JSONSchema)
		for _, alt := range t.Alts {
			one := jsonSchema(alt)
			for name, field := range one.Properties { // what one of them says of a field holds for all
				if all := t.Field(name); all != nil {
					field.Description = all.Doc
				}
			}
			out.AnyOf = append(out.AnyOf, one)
		}
		return out
	}
	panic("schema: a type of no kind")
}

// emptiable is the JSON type of a mapping that may be left empty: nothing after
// a key is null for a YAML parser, and an empty mapping for us.
var emptiable = []string{"object", "null"}

func structSchema(t *Type) *JSONSchema {
	out := &JSONSchema{Type: emptiable, AdditionalProperties: false, Properties: map[string]*JSONSchema{}}
	if t.Free != nil {
		out.PatternProperties = map[string]*JSONSchema{portable(t.Free.String()): {}}
	}
	for _, f := range t.Fields {
		if f.Rule != "" {
			continue // writing it is a fault, whatever it holds
		}
		field := jsonSchema(f.Type)
		field.Description = f.Doc
		if f.Default != "" {
			field.Default = json.RawMessage(f.Default)
		}
		out.Properties[f.Name] = field
		if f.Required {
			out.Required = append(out.Required, f.Name)
			out.Type = "object"
		}
	}
	return out
}

// portable writes a pattern so that the regular expressions of JavaScript, which
// JSON Schema means, read it as Go's do.
func portable(pattern string) string {
	return strings.ReplaceAll(pattern, `\p{Cc}`, `\x00-\x1f\x7f-\x9f`)
}
