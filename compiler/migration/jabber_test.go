package migration_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"callpolicy/compiler/config"
	"callpolicy/compiler/config/load"
	"callpolicy/compiler/migration"
	"callpolicy/compiler/syntax/cue"
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

// TestPolicyGoesWithTheOthers: what is offered as a policy is a file that can be
// put beside the others as it is, whatever they define.
func TestPolicyGoesWithTheOthers(t *testing.T) {
	names := sections(t)
	read := func(name, group, domain string) *migration.JabberFile {
		f, err := migration.ReadJabber(name, group, []byte("<config><Policies>\n<EnableVideo>false</EnableVideo>\n<VoiceServicesDomain>"+domain+"</VoiceServicesDomain>\n</Policies></config>"), names)
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	files := []*migration.JabberFile{
		read("jabber-config.xml", "", "ucm.a.example"), read("desk.xml", "desk", "ucm.b.example"), read("desk.xml", "lab: 2", "UCM.B.example"),
		read("other.xml", "", "ucm.c.example"),
	}
	const people = "groups: { desk: {}, \"lab: 2\": {} }\nusers: { a@voorbeeld.example: { licenses: [ucm], groups: [desk] }, b@voorbeeld.example: { licenses: [ucm] } }\n"
	const assigned = "templates: { desk: { rank: 7 } }\ngroups: { desk: { template: desk }, \"lab: 2\": {} }\nusers: { a@voorbeeld.example: { licenses: [ucm], groups: [desk] }, b@voorbeeld.example: { licenses: [ucm] } }\n"
	for _, c := range []struct{ name, policy, want string }{
		{"nothing there", people, "org: { videoOnDesktop } profiles: ucm ucm-2 ucm-3 templates: desk 10, lab: 2 20"},
		{"settings of the organization", people + "org: { inCall: { videoOnMobile: true } }\n", "org: { } profiles: ucm ucm-2 ucm-3 templates: desk 10, lab: 2 20"},
		{"a profile of the name, with another domain", people + "ucManagerProfiles: { ucm: { voiceServicesDomain: old.example } }\n", "org: { videoOnDesktop } profiles: ucm ucm-2 ucm-3 ucm-4 templates: desk 10, lab: 2 20"},
		{"a profile with the domain", people + "ucManagerProfiles: { ams: { voiceServicesDomain: UCM.a.example } }\n", "org: { videoOnDesktop } profiles: ams ucm ucm-2 templates: desk 10, lab: 2 20"},
		{"a group with a template of its name", assigned, "org: { videoOnDesktop } profiles: ucm ucm-2 ucm-3 templates: desk 7, desk-2 17, lab: 2 27"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := resolved(t, "classic", c.policy)
			out, err := migration.Assess(r, files)
			if err != nil {
				t.Fatal(err)
			}
			with := loadedWith(t, c.policy, out.Policy)
			var profiles, templates []string
			for _, p := range with.Profiles {
				profiles = append(profiles, p.Name)
			}
			for _, p := range with.Templates {
				templates = append(templates, fmt.Sprint(p.Name, " ", p.Rank))
			}
			org := ""
			if i, ok := with.Toggle("videoOnDesktop"); ok {
				if on, set := with.Org.InCall.Get(i); set && !on {
					org = "videoOnDesktop "
				}
			}
			slices.Sort(templates)
			if got := fmt.Sprintf("org: { %s} profiles: %s templates: %s", org, strings.Join(profiles, " "), strings.Join(templates, ", ")); got != c.want {
				t.Errorf("got  %s\nwant %s\n%s", got, c.want, out.Policy)
			}
			var users []int // whom EnableVideo concerns: a is in the group desk, nobody in the other
			for _, p := range out.Parameters {
				if p.Name == "EnableVideo" {
					users = append(users, p.Users)
				}
			}
			if !slices.Equal(users, []int{1, 1, 0, 1}) {
				t.Errorf("EnableVideo concerns %v", users)
			}
		})
	}
}

func loadedWith(t *testing.T, policy, more string) *config.Config {
	t.Helper()
	fsys := fstest.MapFS{
		"callpolicy.yaml": {Data: []byte("apiVersion: callpolicy/v1\nedition: classic\n")},
		"policies/a.yaml": {Data: []byte("licenses: { wx: { service: webexCalling }, ucm: { service: unifiedCM } }\n" + policy)},
		"policies/b.yaml": {Data: []byte(more)},
	}
	cfg, diags, err := load.Load(t.Context(), load.Request{FS: fsys, Dir: ".", CUE: cue.InProcess()})
	if err != nil || diags.HasErrors() {
		t.Fatalf("%v %v\n%s", err, diags, more)
	}
	return cfg
}
