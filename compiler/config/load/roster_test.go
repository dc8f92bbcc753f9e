package load_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"callpolicy/compiler/config"
	"callpolicy/compiler/config/load"
	"callpolicy/compiler/diag"
	"callpolicy/compiler/syntax/cue"
)

// fromRoster loads a project with these files; one called outside.csv comes
// with the request.
func fromRoster(t *testing.T, files map[string]string) (*config.Config, diag.List) {
	t.Helper()
	fsys := fstest.MapFS{"callpolicy.yaml": {Data: []byte("apiVersion: callpolicy/v1\nedition: classic\nroster: [roster]\n")}}
	req := load.Request{FS: fsys, Dir: ".", CUE: cue.InProcess()}
	for name, data := range files {
		if name == "outside.csv" {
			req.Rosters = append(req.Rosters, load.RosterFile{Name: name, Data: []byte(data)})
			continue
		}
		fsys[name] = &fstest.MapFile{Data: []byte(data)}
	}
	if fsys["policies/p.yaml"] == nil {
		fsys["policies/p.yaml"] = &fstest.MapFile{Data: []byte("org: {}\n")}
	}
	cfg, diags, err := load.Load(context.Background(), req)
	if err != nil {
		t.Fatal(err)
	}
	return cfg, diags
}

// people writes everybody as text, to compare.
func people(cfg *config.Config) string {
	var b strings.Builder
	for i := range cfg.Users {
		u := &cfg.Users[i]
		groups := make([]string, 0, len(u.Groups))
		for _, g := range u.Groups {
			groups = append(groups, cfg.Groups[g].Name)
		}
		name, _, _ := strings.Cut(u.Key, "@")
		fmt.Fprintf(&b, "%s %v %v", name, u.Licenses, groups)
		for _, a := range u.Attributes {
			fmt.Fprintf(&b, " %s=%s", a.Name, a.Value)
		}
		if !u.Own.IsZero() {
			b.WriteString(" own")
		}
		b.WriteByte('\n')
	}
	for i := range cfg.Quarantined {
		name, _, _ := strings.Cut(cfg.Quarantined[i].Key, "@")
		fmt.Fprintf(&b, "aside: %s\n", name)
	}
	return b.String()
}

func TestRoster(t *testing.T) {
	const hub = "User ID/Email (Required),Department,Webex Calling - Professional [S],Webex Calling - Standard [S],Webex Calling - Workspaces [S],Webex Meetings [S]\n"
	for _, c := range []struct {
		name  string
		files map[string]string
		want  string // people
		diags string // ids and places
	}{
		{
			"a row alone is a user",
			map[string]string{"roster/r.csv": "user,licenses\na@c.example,webexCalling\n"},
			"a [webexCalling] []\n", "",
		},
		{
			"row and entry are one, whatever the case of letters",
			map[string]string{
				"roster/r.csv":    "user,licenses,groups,site\nA@c.example,webexCalling,g,Utrecht\n",
				"policies/p.yaml": "groups: { g: {}, h: {} }\nusers:\n  a@C.example: { groups: [h], attributes: { room: b }, inCall: { videoOnMobile: false } }\n",
			},
			"a [webexCalling] [g h] room=b site=Utrecht own\n", "",
		},
		{
			"an entry with licenses is a person of its own, one without has left",
			map[string]string{
				"roster/r.csv":    "user\na@c.example\n",
				"policies/p.yaml": "users:\n  fax@c.example: { licenses: [webexCalling] }\n  phone@c.example: { licenses: [] }\n  gone@c.example: {}\n",
			},
			"a [] []\nfax [webexCalling] []\nphone [] []\n", "roster.left policies/p.yaml:4:3",
		},
		{
			"licenses of a row that gives none come from the entry",
			map[string]string{
				"roster/r.csv":    "user,licenses\na@c.example,\n",
				"policies/p.yaml": "users:\n  a@c.example: { licenses: [webexCalling] }\n",
			},
			"a [webexCalling] []\n", "",
		},
		{
			"licenses and labels on both sides",
			map[string]string{
				"roster/r.csv":    "user,licenses,site\na@c.example,webexCalling,Utrecht\nb@c.example,,Leiden\n",
				"policies/p.yaml": "users:\n  a@c.example: { licenses: [webexCalling], attributes: { site: Leiden } }\n  b@c.example: { attributes: { site: Leiden } }\n",
			},
			"a [webexCalling] [] site=Leiden\nb [] [] site=Leiden\n",
			"ref.duplicate-definition policies/p.yaml:2:18 ref.duplicate-definition policies/p.yaml:2:58",
		},
		{
			"an export, by the licenses that we define",
			map[string]string{
				"roster/r.csv":    hub + "a@c.example,Zorg,TRUE,FALSE,TRUE,TRUE\nb@c.example,Zorg,FALSE,FALSE,FALSE,TRUE\n",
				"policies/p.yaml": "licenses: { pro: { service: webexCalling, controlHubName: \" webex calling - professional\" } }\n",
			},
			"a [pro] [] department=Zorg\nb [] [] department=Zorg\n", "",
		},
		{
			"an export, with a calling license that we do not define",
			map[string]string{
				"roster/r.csv":    hub + "a@c.example,Zorg,TRUE,FALSE,,\nb@c.example,Zorg,,TRUE,,\nc@c.example,Leer,,TRUE,,\n",
				"policies/p.yaml": "licenses: { pro: { service: webexCalling, controlHubName: Webex Calling - Professional } }\n",
			},
			"a [pro] [] department=Zorg\naside: b\naside: c\n", "ref.unknown-license roster/r.csv:3:19",
		},
		{
			"an export, where licenses are not defined at all",
			map[string]string{"roster/r.csv": hub + "a@c.example,Zorg,TRUE,FALSE,TRUE,\nb@c.example,Zorg,FALSE,TRUE,,\n"},
			"a [webexCalling] [] department=Zorg\nb [webexCalling] [] department=Zorg\n", "",
		},
		{
			"a cell that is neither yes nor no matters where the license does",
			map[string]string{"roster/r.csv": hub + "a@c.example,Zorg,maybe,FALSE,,\nb@c.example,Zorg,TRUE,FALSE,,maybe\n"},
			"b [webexCalling] [] department=Zorg\naside: a\n", "roster.license-cell roster/r.csv:2:18",
		},
		{
			"a name of the plain form that is none",
			map[string]string{"roster/r.csv": "user,licenses\na@c.example,webexCaling\nb@c.example,webexCaling\n"},
			"aside: a\naside: b\n", "ref.unknown-license roster/r.csv:2:13",
		},
		{
			"rows twice: the same, and not the same, over two files",
			map[string]string{
				"roster/r.csv": "user,licenses\na@c.example,webexCalling\nb@c.example,webexCalling\n",
				"roster/s.csv": "user,licenses\nA@c.example,webexCalling\nb@c.example,unifiedCM\n",
			},
			"a [webexCalling] []\naside: b\n", "ref.duplicate-definition roster/s.csv:2:1 ref.duplicate-definition roster/s.csv:3:1",
		},
		{
			"members: groups and people that nobody here knows are passed by",
			map[string]string{
				"roster/r.csv":    "user,licenses,groups\na@c.example,webexCalling,choir\nb@c.example,webexCalling,\n",
				"roster/m.csv":    "group,user\ng,b@c.example\ng,z@c.example\nyoga,b@c.example\n",
				"policies/p.yaml": "groups: { g: {} }\n",
			},
			"a [webexCalling] []\nb [webexCalling] [g]\n", "",
		},
		{
			"members alone, people from policy files",
			map[string]string{
				"roster/m.csv":    "group,user\ng,a@c.example\n",
				"policies/p.yaml": "groups: { g: {} }\nusers:\n  a@c.example: {}\n  b@c.example: {}\n",
			},
			"a [] [g]\nb [] []\n", "",
		},
		{
			"groups by attribute",
			map[string]string{
				"roster/r.csv":    "user,department,site\na@c.example,Sales,Utrecht\nb@c.example,Sales,Gouda\nc@c.example,IT,Leiden\nd@c.example,Sales,Leiden\n",
				"policies/p.yaml": "groups:\n  sales: { where: { department: Sales, site: [Utrecht, Leiden] } }\n  slip: { where: { departmnt: Sales } }\n",
			},
			"a [] [sales] department=Sales site=Utrecht\nb [] [] department=Sales site=Gouda\nc [] [] department=IT site=Leiden\nd [] [sales] department=Sales site=Leiden\n",
			"roster.unknown-attribute policies/p.yaml:3:20",
		},
		{
			"an address that has changed, here and there",
			map[string]string{
				"roster/r.csv":    "user,licenses\nnew@c.example,webexCalling\nlater@c.example,webexCalling\n",
				"policies/p.yaml": "groups: { g: { members: [old@c.example, gone@c.example] } }\nusers:\n  new@c.example: { previously: [Old@c.example], inCall: { videoOnMobile: false } }\n  soon@c.example: { previously: [later@c.example], inCall: { videoOnMobile: false } }\n",
			},
			"later [webexCalling] [] own\nnew [webexCalling] [g] own\n", "roster.left policies/p.yaml:1:41",
		},
		{
			"an entry under the old address and one under the new",
			map[string]string{
				"roster/r.csv":    "user,licenses\nnew@c.example,webexCalling\n",
				"policies/p.yaml": "users:\n  new@c.example: { previously: [old@c.example] }\n  old@c.example: { inCall: { videoOnMobile: false } }\n",
			},
			"new [webexCalling] []\n", "ref.duplicate-definition policies/p.yaml:3:3",
		},
		{
			"a roster from outside",
			map[string]string{"roster/r.csv": "user\na@c.example\n", "outside.csv": "user\nb@c.example\n"},
			"a [] []\nb [] []\n", "",
		},
		{
			"a file at fault: nobody looks as if they had left",
			map[string]string{
				"roster/r.csv":    "user,licenses\na@c.example,web\"x\n",
				"roster/s.csv":    "user\nb@c.example\n",
				"policies/p.yaml": "groups: { g: { members: [a@c.example] } }\nusers:\n  a@c.example: {}\n",
			},
			"a [] [g]\nb [] []\n", "load.syntax roster/r.csv:2:16",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			cfg, diags := fromRoster(t, c.files)
			if got := people(cfg); got != c.want {
				t.Errorf("got\n%swant\n%s", got, c.want)
			}
			var found []string
			for _, d := range diags {
				found = append(found, d.ID.String()+" "+d.Subject.String())
				if d.Summary == "" || d.Hint == "" {
					t.Errorf("it does not say what to do: %v", d)
				}
			}
			if got := strings.Join(found, " "); got != c.diags {
				t.Errorf("got  %s\nwant %s", got, c.diags)
			}
		})
	}
}

// Every value of somebody who is in the roster and in a policy file is found
// where it is written.
func TestRosterPlaces(t *testing.T) {
	cfg, diags := fromRoster(t, map[string]string{
		"roster/r.csv":    "site,user,licenses,groups\nUtrecht,a@c.example,webexCalling;attendant,g;h\n\"Den\nHaag\",b@c.example,webexCalling,g\n",
		"roster/m.csv":    "group,user\nk,a@c.example\n",
		"policies/p.yaml": "licenses:\n  webexCalling: { service: webexCalling }\n  attendant: { service: none }\ngroups: { g: {}, h: {}, k: {} }\nusers:\n  A@c.example:\n    groups: [h]\n    attributes: { room: x }\n    inCall: { videoOnMobile: false }\n",
	})
	if len(diags) > 0 {
		t.Fatalf("%v", diags)
	}
	for _, c := range []struct{ path, want string }{
		{"users a@c.example", "policies/p.yaml:6:3"},
		{"users a@c.example inCall videoOnMobile", "policies/p.yaml:9:30"},
		{"users a@c.example licenses", "roster/r.csv:2:21"},
		{"users a@c.example licenses 1", "roster/r.csv:2:21"},
		{"users a@c.example groups 0", "policies/p.yaml:7:14"},
		{"users a@c.example groups 1", "roster/r.csv:2:44"},
		{"users a@c.example attributes room", "policies/p.yaml:8:25"},
		{"users a@c.example attributes site", "roster/r.csv:2:1"},
		{"users b@c.example", "roster/r.csv:4:7"},
		{"users b@c.example attributes site", "roster/r.csv:3:1"},
		{"users b@c.example licenses 0", "roster/r.csv:4:19"},
		{"users b@c.example inCall", "roster/r.csv:4:7"},
	} {
		path := strings.Fields(c.path)
		if got := cfg.Range(path...).String(); got != c.want {
			t.Errorf("%s is at %s, want %s", c.path, got, c.want)
		}
		if got, want := cfg.FromRoster(path...), strings.HasPrefix(c.want, "roster"); got != want {
			t.Errorf("%s: FromRoster says %v", c.path, got)
		}
	}
	for group, want := range map[string]string{"g": "roster/r.csv:2:44", "h": "policies/p.yaml:7:14", "k": "roster/m.csv:2:3"} {
		if got := cfg.MembershipRange("A@c.example", group).String(); got != want {
			t.Errorf("the membership of %s is at %s, want %s", group, got, want)
		}
	}
	a, _ := cfg.User("a@c.example")
	for group, want := range map[string]config.Reason{"g": config.ByRoster, "h": config.ByPolicy, "k": config.ByRoster} {
		g, _ := cfg.Group(group)
		if got := cfg.ReasonFor(a, int32(g)); got != want {
			t.Errorf("the reason for %s is %d, want %d", group, got, want)
		}
	}
}

// Whoever is set aside is gone from groups, and remembered with old addresses.
func TestQuarantine(t *testing.T) {
	cfg, _ := fromRoster(t, map[string]string{
		"roster/r.csv":    "user,groups\na@c.example,g\nb@c.example,g\nc@c.example,g\n",
		"policies/p.yaml": "groups: { g: {} }\nusers:\n  b@c.example: { previously: [B0@c.example, a@c.example] }\n",
	})
	without := cfg.Quarantine([]int{1, 2, 1})
	if got := people(without); got != "a [] [g]\naside: b\naside: c\n" {
		t.Errorf("left are\n%s", got)
	}
	if got := without.Groups[0].Members; got != 1 {
		t.Errorf("the group has %d members", got)
	}
	if got, want := without.QuarantinedAddresses(), []string{"b0@c.example", "b@c.example", "c@c.example"}; !slices.Equal(got, want) {
		t.Errorf("held are %v, want %v", got, want)
	}
	if len(cfg.Users) != 3 || len(cfg.Quarantined) != 0 || cfg.Groups[0].Members != 3 {
		t.Error("the configuration itself has changed")
	}
}
