package migration_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"callpolicy/compiler/migration"
	"callpolicy/policies"
)

func sections(t testing.TB) []string {
	t.Helper()
	known, names, err := policies.Parameters()
	if err != nil || len(known) < 40 {
		t.Fatal(len(known), err)
	}
	return names
}

func TestReadJabber(t *testing.T) {
	names := sections(t)
	for _, c := range []struct{ name, file, parameters, slips string }{
		{"well-formed", "<config version=\"1.0\">\n<Policies>\n<EnableVideo> false </EnableVideo>\n</Policies>\n</config>", "Policies.EnableVideo=false@3", ""},
		{
			"a closing tag in other letters", "<config><Policies><EnableHuntGroup>true</enableHuntGroup>\n<EnableVideo>true</EnableVideo></Policies></config>",
			"Policies.EnableHuntGroup=true@1 Policies.EnableVideo=true@2", "1: <EnableHuntGroup> is closed by </enableHuntGroup>",
		},
		{"a section in small letters", "<config><policies><EnableVideo>true</EnableVideo></policies></config>", "Policies.EnableVideo=true@1", "1: the section <policies> is written Policies"},
		{"an element that is not closed", "<config><Policies><EnableVideo>true</Policies></config>", "Policies.EnableVideo=true@1", "1: <EnableVideo> is not closed"},
		{"the end is missing", "<config><Policies><EnableVideo>true</EnableVideo>", "Policies.EnableVideo=true@1", "1: <Policies> is not closed"},
		{"a plain ampersand", "<config><Client><SelfCareURL>https://x.example/?a=1&b=2</SelfCareURL></Client></config>", "Client.SelfCareURL=https://x.example/?a=1&b=2@1", ""},
		{"an unknown section", "<config><Extra><A>1</A></Extra></config>", "Extra.A=1@1", "1: there is no section Extra"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f, err := migration.ReadJabber("a.xml", "", []byte(c.file), names)
			if err != nil {
				t.Fatal(err)
			}
			var parameters, slips []string
			for _, p := range f.Parameters {
				parameters = append(parameters, fmt.Sprintf("%s.%s=%s@%d", p.Section, p.Name, p.Value, p.Line))
			}
			for _, s := range f.Slips {
				slips = append(slips, fmt.Sprintf("%d: %s", s.Line, s.Problem))
			}
			if got := strings.Join(parameters, " "); got != c.parameters {
				t.Errorf("parameters %s, want %s", got, c.parameters)
			}
			if got := strings.Join(slips, "; "); got != c.slips {
				t.Errorf("slips %s, want %s", got, c.slips)
			}
		})
	}
	for name, file := range map[string]string{
		"empty": "", "not XML": "users: {}", "another root": "<html></html>", "a document type": "<!DOCTYPE config [<!ENTITY x 'y'>]><config/>",
		"too deep": strings.Repeat("<config>", 40), "too large": "<config>" + strings.Repeat(" ", 5<<20),
	} {
		if _, err := migration.ReadJabber("a.xml", "", []byte(file), names); !errors.Is(err, migration.ErrNotJabber) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// FuzzReadJabber reads anything without falling over, and keeps lines in range.
func FuzzReadJabber(f *testing.F) {
	names := sections(f)
	f.Add([]byte("<config><policies><EnableHuntGroup>true</enableHuntGroup></policies></config>"))
	f.Add([]byte("<config></x></config></config><a>"))
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := migration.ReadJabber("a.xml", "", data, names)
		if err != nil {
			return
		}
		lines := strings.Count(string(data), "\n") + 1
		for _, p := range file.Parameters {
			if p.Line < 1 || p.Line > lines {
				t.Fatalf("%s is in line %d of %d", p.Name, p.Line, lines)
			}
		}
	})
}
