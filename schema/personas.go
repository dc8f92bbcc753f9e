package schema

import (
	"fmt"
	"sync"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/cuecontext"
)

// Personas returns what a file with persona tests may hold in an edition. Like
// a [Schema] it is derived once, when it is first needed, and shared.
func Personas(edition string) (*Type, error) {
	load, ok := personas[edition]
	if !ok {
		return nil, fmt.Errorf("no such edition: %q", edition)
	}
	return load()
}

var personas = map[string]func() (*Type, error){
	"classic": sync.OnceValues(func() (*Type, error) { return personasOf("classic") }),
	"current": sync.OnceValues(func() (*Type, error) { return personasOf("current") }),
}

func personasOf(edition string) (*Type, error) {
	v, err := Build(cuecontext.New(), edition)
	if err != nil {
		return nil, err
	}
	return typeOf(v.LookupPath(cue.ParsePath("#Personas")))
}
