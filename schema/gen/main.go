// Command gen writes the index of each edition's schema, as Derive draws it. It
// runs in the folder schema, by go generate.
package main

import (
	"bytes"
	"encoding/json"
	"log"
	"os"

	"callpolicy/schema"
)

func main() {
	for _, edition := range schema.EditionNames() {
		s, err := schema.Derive(edition)
		if err != nil {
			log.Fatal(err)
		}
		var b bytes.Buffer
		enc := json.NewEncoder(&b)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", "\t")
		if err := enc.Encode(s); err != nil {
			log.Fatal(err)
		}
		if err := os.WriteFile("index/"+edition+".json", b.Bytes(), 0o644); err != nil {
			log.Fatal(err)
		}
	}
}
