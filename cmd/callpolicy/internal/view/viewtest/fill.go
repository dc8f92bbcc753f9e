package viewtest

import (
	"fmt"
	"reflect"
	"regexp"
	"strings"
	"unicode"

	"pgregory.net/rapid"
)

// Fill gives every field of a document a value: nasty text where there is text,
// small numbers, a few items. A field of the type of one of the choices gets one
// of those instead.
func Fill(t *rapid.T, doc any, choices ...any) {
	by := map[reflect.Type][]reflect.Value{}
	for _, c := range choices {
		by[reflect.TypeOf(c)] = append(by[reflect.TypeOf(c)], reflect.ValueOf(c))
	}
	fill(t, reflect.ValueOf(doc).Elem(), by)
}

func fill(t *rapid.T, v reflect.Value, choices map[reflect.Type][]reflect.Value) {
	if all := choices[v.Type()]; all != nil {
		v.Set(rapid.SampledFrom(all).Draw(t, v.Type().Name()))
		return
	}
	switch v.Kind() { //nolint:exhaustive // other kinds keep their zero value
	case reflect.String:
		v.SetString(Nasty().Draw(t, "text"))
	case reflect.Bool:
		v.SetBool(rapid.Bool().Draw(t, "flag"))
	case reflect.Int:
		v.SetInt(rapid.Int64Range(1, 9).Draw(t, "number"))
	case reflect.Float64:
		v.SetFloat(rapid.Float64Range(0, 100).Draw(t, "share"))
	case reflect.Interface:
		v.Set(reflect.ValueOf(Nasty().Draw(t, "value")))
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(t, v.Elem(), choices)
	case reflect.Slice:
		n := rapid.IntRange(0, 3).Draw(t, "items")
		v.Set(reflect.MakeSlice(v.Type(), n, n))
		for i := range n {
			fill(t, v.Index(i), choices)
		}
	case reflect.Struct:
		for _, field := range v.Fields() {
			if field.CanSet() {
				fill(t, field, choices)
			}
		}
	}
}

// command is what a CI system obeys in a log: GitHub Actions at the start of a
// line, whatever blanks are before it, others anywhere.
var command = regexp.MustCompile(`(?m)^\s*::|##[A-Za-z]*\[`)

// Terminal returns what in a text is more than text to a terminal, to whoever
// looks at it, or to the CI system whose log it is.
func Terminal(text string) (strange []string) {
	for _, r := range text {
		if r != '\n' && !unicode.IsPrint(r) {
			strange = append(strange, fmt.Sprintf("U+%04X", r))
		}
	}
	if found := command.FindString(text); found != "" {
		strange = append(strange, fmt.Sprintf("a command: %q", strings.TrimSpace(found)))
	}
	return strange
}
