package migration_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"callpolicy/compiler/config"
	"callpolicy/compiler/config/load"
	"callpolicy/compiler/migration"
	"callpolicy/compiler/syntax/cue"
)

// TestPolicyGoesWithTheOthers: what is offered as a policy is a file that can be
// put beside the others as it is, whatever they define.
func TestPolicyGoesWithTheOthers(t *testing.T) {
	read := func(name, group, domain string) *migration.JabberFile {
		f, err := migration.ReadJabber(name, group, []byte("<config><Policies>\n<EnableVideo>false</EnableVideo>\n<VoiceServicesDomain>"+domain+"</VoiceServicesDomain>\n</Policies></config>"))
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
