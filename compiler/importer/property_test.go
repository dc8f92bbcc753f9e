package importer_test

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"pgregory.net/rapid"

	"callpolicy/compiler"
	"callpolicy/compiler/importer"
	"callpolicy/compiler/resolve"
	"callpolicy/compiler/roster"
)

// organization draws a policy repository: licenses, groups, profiles, and
// calling behaviors at every level that the edition knows.
func organization(t *rapid.T) (edition string, files fstest.MapFS, entries int) {
	edition = rapid.SampledFrom([]string{"classic", "current"}).Draw(t, "edition")
	var b strings.Builder
	b.WriteString("licenses:\n  webexCalling: { service: webexCalling, controlHubName: Webex Calling - Professional }\n" +
		"  webexCallingStandard: { service: webexCalling, controlHubName: Webex Calling - Standard }\n" +
		"  unifiedCM: { service: unifiedCM, controlHubName: Unified Communication Manager (UCM) }\n" +
		"ucManagerProfiles: { p1: {}, \"no\": {} }\n")
	ucm := rapid.SampledFrom([]string{"{ app: jabber }", "{ app: webex, domain: email }", "{ app: webex, ucManagerProfile: p1 }", "{ app: webex, ucManagerProfile: \"no\" }"})
	wxc := rapid.SampledFrom([]string{"webex", "webexCallingApp", "thirdParty"})

	b.WriteString("org:\n  callingBehavior:\n")
	if rapid.Bool().Draw(t, "org unifiedCM") {
		fmt.Fprintf(&b, "    unifiedCM: %s\n", ucm.Draw(t, "org unifiedCM is"))
		entries++
	}
	if edition == "classic" && rapid.Bool().Draw(t, "org webexCalling") {
		fmt.Fprintf(&b, "    webexCalling: { app: %s }\n", wxc.Draw(t, "org webexCalling is"))
		entries++
	}
	if rapid.Bool().Draw(t, "org noPaidCalling") {
		b.WriteString("    noPaidCalling: { app: thirdParty }\n")
		entries++
	}
	groups := rapid.IntRange(0, 4).Draw(t, "groups")
	var templates strings.Builder
	b.WriteString("groups:\n  migrating: { migration: {} }\n")
	for g := range groups {
		template := ""
		if edition == "current" && rapid.Bool().Draw(t, "template") {
			template = fmt.Sprintf("template: t%d", g)
			fmt.Fprintf(&templates, "  t%d: { rank: %d, callingBehavior: { unifiedCM: %s } }\n", g, g+1, ucm.Draw(t, "template is"))
			entries += 2
		}
		fmt.Fprintf(&b, "  g%d: { %s }\n", g, template)
	}
	if templates.Len() > 0 {
		b.WriteString("templates:\n" + templates.String())
	}
	b.WriteString("users:\n")
	for u := range rapid.IntRange(1, 25).Draw(t, "users") {
		licenses := rapid.SampledFrom([]string{"", "webexCalling", "webexCallingStandard", "unifiedCM", "unifiedCM", "webexCalling, unifiedCM"}).Draw(t, "licenses")
		fmt.Fprintf(&b, "  u%d@voorbeeld.example:\n    licenses: [%s]\n    attributes: { department: %q }\n", u, licenses,
			rapid.SampledFrom([]string{"Care", "=1+1", "a;b", "x,\"y\""}).Draw(t, "department"))
		var in []string
		if strings.Contains(licenses, ",") {
			in = append(in, "migrating")
		}
		// Templates are for people who are in one group, as Control Hub advises:
		// among those who are in several, the fewest entries are a riddle of their own.
		for g := range groups {
			if rapid.Bool().Draw(t, "in group") {
				in = append(in, fmt.Sprintf("g%d", g))
				if edition == "current" {
					break
				}
			}
		}
		fmt.Fprintf(&b, "    groups: [%s]\n", strings.Join(in, ", "))
		if rapid.IntRange(0, 3).Draw(t, "own") > 0 {
			continue
		}
		switch {
		case strings.Contains(licenses, "unifiedCM"):
			fmt.Fprintf(&b, "    callingBehavior: { unifiedCM: %s }\n", ucm.Draw(t, "own unifiedCM"))
			entries++
		case licenses != "" && edition == "classic":
			fmt.Fprintf(&b, "    callingBehavior: { webexCalling: { app: %s } }\n", wxc.Draw(t, "own webexCalling"))
			entries++
		}
	}
	return edition, fstest.MapFS{
		"callpolicy.yaml":      {Data: []byte("apiVersion: callpolicy/v1\nedition: " + edition + "\n")},
		"policies/policy.yaml": {Data: []byte(b.String())},
	}, entries
}

func compile(t *rapid.T, files fs.FS) *compiler.Compilation {
	c, diags, err := compiler.Compile(context.Background(), files, ".")
	if err != nil {
		t.Fatal(err)
	}
	if diags.HasErrors() {
		t.Fatalf("%v", diags)
	}
	return c
}

// export writes what Control Hub would export of an organization.
func export(c *compiler.Compilation) (users, members, behavior []byte) {
	names := map[string]string{}
	for _, l := range c.Config.Licenses {
		names[l.Name] = l.ControlHubName
	}
	columns := slices.Sorted(maps.Values(names))
	header := []string{"First Name", "User ID/Email (Required)", "Department"}
	for _, name := range columns {
		header = append(header, name+" [Sub1]")
	}
	people := [][]string{header}
	in := [][]string{{"group", "user"}}
	calling := [][]string{{"user", "callingBehavior", "ucManagerProfile"}}
	for i, u := range c.Config.Users {
		department, _ := u.Attribute("department")
		row := []string{"An", strings.ToUpper(u.Address), department}
		for _, name := range columns {
			has := slices.ContainsFunc(u.Licenses, func(l string) bool { return names[l] == name })
			row = append(row, strings.ToUpper(fmt.Sprint(has)))
		}
		people = append(people, row)
		for _, g := range u.Groups {
			if name := c.Config.Groups[g].Name; name != "migrating" {
				in = append(in, []string{name, u.Address})
			}
		}
		e := c.Result.Class(i).Effective
		calling = append(calling, []string{u.Address, e.Calling.Type, e.Calling.Profile})
	}
	return table(people), table(in), table(calling)
}

func table(rows [][]string) []byte {
	var b bytes.Buffer
	if err := roster.Write(&b, rows); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// effective is what applies to a user, without the level that it comes from.
// The choice that waits for the end of a migration is in no export.
func effective(r *resolve.Result, i int) string {
	e := &r.Class(i).Effective
	return fmt.Sprint(e.License, e.Calling.Service, e.Calling.App, e.Calling.HasProfile, e.Calling.Profile)
}

// An import means for everybody what was exported, in no more entries than the
// organization needed itself.
func TestImportMeansTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		edition, files, entries := organization(t)
		was := compile(t, files)
		users, members, behavior := export(was)
		made, diags := importer.Make(importer.Input{
			Users: []importer.Source{{Name: "u.csv", Data: users}}, Members: []importer.Source{{Name: "m.csv", Data: members}},
			Behavior: []importer.Source{{Name: "b.csv", Data: behavior}}, Edition: edition,
		})
		if diags.HasErrors() {
			t.Fatalf("%v", diags)
		}
		if made.Entries > entries {
			t.Errorf("%d entries, and the organization needed %d", made.Entries, entries)
		}
		imported := fstest.MapFS{}
		for _, f := range made.Files {
			imported[f.Name] = &fstest.MapFile{Data: f.Data}
		}
		is := compile(t, imported)
		if n := len(is.Config.Quarantined); n > 0 {
			t.Fatalf("%d users are set aside", n)
		}
		if len(is.Config.Users) != len(was.Config.Users) {
			t.Fatalf("%d users, and there were %d", len(is.Config.Users), len(was.Config.Users))
		}
		for i := range was.Config.Users {
			u := &was.Config.Users[i]
			j, ok := is.Config.User(u.Address)
			if !ok {
				t.Fatalf("%s is gone", u.Address)
			}
			if got, want := effective(is.Result, j), effective(was.Result, i); got != want {
				t.Errorf("%s has %s, and had %s", u.Address, got, want)
			}
			before, _ := u.Attribute("department")
			if after, _ := is.Config.Users[j].Attribute("department"); after != before {
				t.Errorf("the department of %s is %q, and was %q", u.Address, after, before)
			}
		}
	})
}
