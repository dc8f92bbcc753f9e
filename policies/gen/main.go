// Command gen writes the Go ids of compiler/diag from the catalogue. It runs
// in that folder, by go generate.
package main

import (
	"bytes"
	"fmt"
	"go/format"
	"log"
	"os"
	"strings"

	"callpolicy/policies"
)

func main() {
	rules, err := policies.Catalogue()
	if err != nil {
		log.Fatal(err)
	}
	var b bytes.Buffer
	b.WriteString("// Code generated from the catalogue in policies/. DO NOT EDIT.\n\npackage diag\n\n// The built-in rules.\nvar (\n")
	for _, r := range rules {
		fmt.Fprintf(&b, "\t%s = ID{%q, %s} // %s\n", name(r.ID), r.ID, title(r.Severity), r.Title)
	}
	b.WriteString(")\n\n// BuiltIn holds every built-in id, by name.\nvar BuiltIn = []ID{\n")
	for _, r := range rules {
		fmt.Fprintf(&b, "\t%s,\n", name(r.ID))
	}
	b.WriteString("}\n")
	src, err := format.Source(b.Bytes())
	if err != nil {
		log.Fatal(err)
	}
	if err := os.WriteFile("ids.go", src, 0o644); err != nil {
		log.Fatal(err)
	}
}

// name turns "schema.unknown-field" into SchemaUnknownField.
func name(id string) string {
	var b strings.Builder
	for word := range strings.FieldsFuncSeq(id, func(r rune) bool { return r == '.' || r == '-' }) {
		b.WriteString(title(word))
	}
	return b.String()
}

func title(word string) string { return strings.ToUpper(word[:1]) + word[1:] }
