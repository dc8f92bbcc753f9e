package bundle_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"callpolicy/compiler/bundle"
	"callpolicy/compiler/config/load"
	"callpolicy/compiler/jabber"
	"callpolicy/compiler/resolve"
	"callpolicy/compiler/syntax/cue"
)

// Users with the same pair of configurations share a variant, whatever else
// differs, and every one of them is in exactly one.
func TestVariants(t *testing.T) {
	set := someUsers(t, 300)
	fsys := write(t, set, options)
	listed := map[string]string{}
	for _, v := range set.Variants() {
		folder := "jabber/" + v.Name + "/"
		users := strings.Split(strings.TrimSuffix(string(fsys[folder+"users.txt"].Data), "\n"), "\n")
		if len(users) != len(v.Users) {
			t.Errorf("%s: %d lines for %d users", v.Name, len(users), len(v.Users))
		}
		for i, user := range users {
			if listed[user] != "" {
				t.Errorf("%s is in %s and %s", user, listed[user], v.Name)
			}
			listed[user] = v.Name
			b := set.Of(int(v.Users[i]))
			var got []byte
			if f := fsys[folder+bundle.JabberConfigFile]; f != nil {
				got = f.Data
			}
			if string(got) != string(b.File(bundle.JabberConfigFile)) {
				t.Errorf("%s: the configuration of %s is not what the bundle has", user, v.Name)
			}
			mobile, err := jabber.Parameters(b.File(bundle.JabberConfigMobileFile))
			if err != nil {
				t.Fatal(err)
			}
			if f := fsys[folder+"service-profile-mobile.csv"]; f != nil && string(f.Data) != string(jabber.ServiceProfile(mobile)) || f == nil && mobile != nil {
				t.Errorf("%s: the rows for mobile clients of %s are not what the bundle has", user, v.Name)
			}
			if fsys[folder+bundle.JabberConfigMobileFile] != nil {
				t.Errorf("%s has a file for mobile clients: no version of Unified CM hands one out", v.Name)
			}
		}
		if got, want := string(fsys[folder+"service-profile.csv"].Data), string(jabber.ServiceProfile(v.Desktop)); got != want {
			t.Errorf("%s: rows\n%s\nwant\n%s", v.Name, got, want)
		}
		if !strings.Contains(string(fsys["jabber/README.md"].Data), "| "+v.Name+" | ") {
			t.Errorf("the README does not speak of %s", v.Name)
		}
	}
	for i := range 256 {
		for _, e := range set.Index(bundle.Shard(i)) {
			m := set.Manifest(options)
			b, err := m.Bundle(fsys, e)
			if err != nil {
				t.Fatal(err)
			}
			if needs := b.File(bundle.JabberConfigFile) != nil || b.File(bundle.JabberConfigMobileFile) != nil; needs != (listed[e.User] != "") {
				t.Errorf("%q: needs a configuration %t, is listed in %q", e.User, needs, listed[e.User])
			}
		}
	}
	if len(listed) == 0 {
		t.Error("nobody needs a configuration")
	}
}

// Damage below the folder jabber is found, and so are names that are not ours.
func TestJabberDamaged(t *testing.T) {
	set := someUsers(t, 20)
	fsys := write(t, set, options)
	m, err := bundle.ReadManifest(fsys)
	if err != nil {
		t.Fatal(err)
	}
	if err := m.IntactJabber(fsys); err != nil {
		t.Error(err)
	}
	fsys["jabber/README.md"].Data = []byte("changed")
	if err := m.IntactJabber(fsys); err == nil {
		t.Error("a changed file passes")
	}
	delete(fsys, "jabber/README.md")
	if err := m.IntactJabber(fsys); err == nil {
		t.Error("a missing file passes")
	}
	manifest := string(fsys["manifest.json"].Data)
	for _, name := range []string{"../x", "v00/users.txt", "vABCDEF012345/users.txt", "users.txt", "v0123456789ab/notes.txt", "/README.md"} {
		fsys["manifest.json"].Data = []byte(strings.Replace(manifest, `"README.md"`, `"`+name+`"`, 1))
		if _, err := bundle.ReadManifest(fsys); err == nil {
			t.Errorf("%s passes for a file of ours", name)
		}
	}
}

// What the base sets otherwise is reported once, with both places, and only where
// somebody needs the configuration.
func TestJabberConflicts(t *testing.T) {
	files := fstest.MapFS{
		"callpolicy.yaml": {Data: []byte("apiVersion: callpolicy/v1\nedition: classic\njabber: { base: base.xml }\n")},
		"base.xml":        {Data: []byte("<config>\n <Policies>\n  <EnableVideo>true</EnableVideo>\n </Policies>\n</config>\n")},
		"policies/a.yaml": {Data: []byte("org:\n  inCall: { videoOnDesktop: true }\nusers:\n  a@x.example: { licenses: [unifiedCM] }\n")},
	}
	r := loaded(t, files)
	if got := bundle.JabberConflicts(r); got != nil {
		t.Errorf("equal values are no conflict: %v", got)
	}
	merged := 0
	for name, f := range write(t, bundle.Render(r), options) {
		if !strings.HasPrefix(name, "jabber/") || !strings.HasSuffix(name, "/jabber-config.xml") {
			continue
		}
		merged++
		if want := "<config>\n <Policies>\n  <EnableVideo>true</EnableVideo>\n </Policies>\n <Options>\n  <StartCallWithVideo>true</StartCallWithVideo>\n </Options>\n</config>\n"; !strings.HasPrefix(string(f.Data), want) {
			t.Errorf("%s is not merged:\n%s", name, f.Data)
		}
	}
	if merged != 1 {
		t.Errorf("%d merged files", merged)
	}
	files["policies/b.yaml"] = &fstest.MapFile{Data: []byte("users:\n  b@x.example:\n    licenses: [unifiedCM]\n    inCall: { videoOnDesktop: false }\n" +
		"  c@x.example:\n    inCall: { videoOnDesktop: false }\n")}
	got := bundle.JabberConflicts(loaded(t, files))
	if len(got) != 1 {
		t.Fatalf("got %v", got)
	}
	d := got[0]
	if d.Users != 1 || d.Subject.String() != "base.xml:3:3" || len(d.Examples) != 1 || d.Examples[0] != "b@x.example" ||
		len(d.Related) != 1 || d.Related[0].String() != "policies/b.yaml:4:31" {
		t.Errorf("got %+v", d)
	}
}

func loaded(t *testing.T, files fstest.MapFS) *resolve.Result {
	t.Helper()
	cfg, diags, err := load.Load(t.Context(), load.Request{FS: files, Dir: ".", CUE: cue.InProcess()})
	if err != nil || diags.HasErrors() {
		t.Fatal(err, diags)
	}
	return resolve.Users(cfg)
}
