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
	schemas, outlines, err := schema.Derive()
	if err != nil {
		log.Fatal(err)
	}
	for _, s := range schemas {
		write(s.Edition.Name, s)
	}
	write("editions", outlines)
}

func write(name string, v any) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "\t")
	if err := enc.Encode(v); err != nil {
		log.Fatal(err)
	}
	if err := os.WriteFile("index/"+name+".json", b.Bytes(), 0o644); err != nil {
		log.Fatal(err)
	}
}
