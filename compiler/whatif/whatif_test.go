package whatif_test

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"callpolicy/compiler/config"
	"callpolicy/compiler/config/load"
	"callpolicy/compiler/resolve"
	"callpolicy/compiler/syntax/cue"
	"callpolicy/compiler/whatif"
)

func loaded(t *testing.T) *config.Config {
	t.Helper()
	fsys := fstest.MapFS{
		"callpolicy.yaml": {Data: []byte("apiVersion: callpolicy/v1\nedition: classic\n")},
		"policies/a.yaml": {Data: []byte(`
licenses:
  wx: { service: webexCalling }
  ucm: { service: unifiedCM }
templates: { desk: { rank: 10, inCall: { videoOnMobile: false } } }
groups:
  desk: { template: desk, members: [b@c.example] }
  my lab: {}
  night: { where: { shift: night } }
users:
  a@c.example: { licenses: [ucm], groups: [my lab] }
  b@c.example: { licenses: [ucm], groups: [my lab] }
  c@c.example: { licenses: [wx, ucm], groups: [my lab], migration: {} }
  d@c.example: { licenses: [wx], attributes: { shift: night } }
`)},
	}
	cfg, diags, err := load.Load(t.Context(), load.Request{FS: fsys, Dir: ".", CUE: cue.InProcess()})
	if err != nil || diags.HasErrors() {
		t.Fatal(err, diags)
	}
	return cfg
}

// describe says what a configuration means for its users, in a line each.
func describe(cfg *config.Config) (out []string) {
	r := resolve.Users(cfg)
	for i := range cfg.Users {
		u := &cfg.Users[i]
		var groups []string
		for _, g := range u.Groups {
			groups = append(groups, cfg.Groups[g].Name)
		}
		_, migrates := resolve.MigrationOf(cfg, u)
		out = append(out, fmt.Sprintf("%s %v %v %s %t", u.Key, u.Licenses, groups, r.Class(i).Inputs.License, migrates))
	}
	return out
}

func TestApply(t *testing.T) {
	for _, c := range []struct {
		name    string
		changes []string
		want    map[int]string // users who change, by index
	}{
		{"a license for a user", []string{"license add wx --user A@c.example"}, map[int]string{0: "a@c.example [ucm wx] [my lab] migrating false"}},
		{"a license of a group", []string{`license remove ucm --group "my lab"`}, map[int]string{
			0: "a@c.example [] [my lab] none false", 1: "b@c.example [] [desk my lab] none false", 2: "c@c.example [wx] [my lab] webexCalling true",
		}},
		{"joining a group", []string{"group add desk --user=a@c.example"}, map[int]string{0: "a@c.example [ucm] [desk my lab] unifiedCM false"}},
		{"leaving a group that lists the user", []string{"group remove desk --user b@c.example"}, map[int]string{1: "b@c.example [ucm] [my lab] unifiedCM false"}},
		{"a migration", []string{"migrate --group 'my lab'"}, map[int]string{
			0: "a@c.example [ucm wx] [my lab] migrating true", 1: "b@c.example [ucm wx] [desk my lab] migrating true",
		}},
		{"of one user", []string{"migrate wx --user a@c.example"}, map[int]string{0: "a@c.example [ucm wx] [my lab] migrating true"}},
		{"begun and completed", []string{"migrate --user a@c.example", "complete --group 'my lab'"}, map[int]string{
			0: "a@c.example [wx] [my lab] webexCalling true", 2: "c@c.example [wx] [my lab] webexCalling true",
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			cfg := loaded(t)
			before := describe(cfg)
			var changes []whatif.Change
			for _, text := range c.changes {
				change, err := whatif.Parse(text)
				if err != nil {
					t.Fatal(err)
				}
				changes = append(changes, change)
			}
			changed, idle, err := whatif.Apply(cfg, changes)
			if err != nil || idle != nil {
				t.Fatal(idle, err)
			}
			if after := describe(cfg); !reflect.DeepEqual(before, after) {
				t.Errorf("the original changed: %q", after)
			}
			want := slices.Clone(before)
			for i, line := range c.want {
				want[i] = line
			}
			if got := describe(changed); !reflect.DeepEqual(got, want) {
				t.Errorf("got\n%q\nwant\n%q", got, want)
			}
			members := make([]int, len(changed.Groups))
			for i := range changed.Users {
				for _, g := range changed.Users[i].Groups {
					members[g]++
				}
			}
			for g := range members {
				if members[g] != changed.Groups[g].Members {
					t.Errorf("%s counts %d members, and has %d", changed.Groups[g].Name, changed.Groups[g].Members, members[g])
				}
			}
		})
	}
}

// TestSharing: users who shared a block share the changed one, so that whatever
// is done once for each of them stays so.
func TestSharing(t *testing.T) {
	cfg := loaded(t)
	change, err := whatif.Parse(`license add wx --group "my lab"`)
	if err != nil {
		t.Fatal(err)
	}
	changed, _, err := whatif.Apply(cfg, []whatif.Change{change})
	if err != nil {
		t.Fatal(err)
	}
	if cfg.Users[0].Block != cfg.Users[1].Block {
		t.Fatal("two users about whom the same is written share no block")
	}
	if changed.Users[0].Block != changed.Users[1].Block || changed.Users[0].Block == cfg.Users[0].Block {
		t.Error("the changed block is not one for both")
	}
}

func TestFaults(t *testing.T) {
	var syntaxError *whatif.SyntaxError
	for _, text := range []string{
		"", "license", "license add wx", "license add --user a@c.example", "license give wx --user a@c.example", "license add wx --user",
		"license add wx --user a@c.example --group desk", "complete wx --group desk", "license add wx extra --group desk", `license add "wx --group desk`,
	} {
		if _, err := whatif.Parse(text); !errors.As(err, &syntaxError) {
			t.Errorf("%q: %v", text, err)
		}
	}
	cfg := loaded(t)
	for text, near := range map[string]string{
		"license add ucmm --user a@c.example": "ucm", "license add wz --user a@c.example": "", "group add dusk --user a@c.example": "desk",
		"license add wx --group 'my lob'": "my lab", "license add wx --user a@c.exmaple": "a@c.example", "migrate ucm --user a@c.example": "",
	} {
		change, err := whatif.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		_, _, err = whatif.Apply(cfg, []whatif.Change{change})
		var missing *whatif.NotFoundError
		if !errors.As(err, &missing) || missing.Near != near {
			t.Errorf("%q: %v", text, err)
		}
	}
	change, err := whatif.Parse("group remove night --user d@c.example")
	if err != nil {
		t.Fatal(err)
	}
	var impossible *whatif.ImpossibleError
	if _, _, err := whatif.Apply(cfg, []whatif.Change{change}); !errors.As(err, &impossible) {
		t.Error(err)
	}
	idle, err := whatif.Parse("license add ucm --user a@c.example")
	if err != nil {
		t.Fatal(err)
	}
	if _, without, err := whatif.Apply(cfg, []whatif.Change{idle}); err != nil || len(without) != 1 {
		t.Error(without, err)
	}
}

// TestNearestOfMany misspells the address of somebody who is far down a long list.
func TestNearestOfMany(t *testing.T) {
	cfg := &config.Config{}
	for i := range 6000 {
		key := fmt.Sprintf("nurse.%06d@ward.example", i*137)
		cfg.Users = append(cfg.Users, config.User{Address: key, Key: key, Block: &config.Block{}})
	}
	last := cfg.Users[len(cfg.Users)-1].Address
	change, err := whatif.Parse("complete --user " + strings.Replace(last, "nurse", "nrse", 1))
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = whatif.Apply(cfg, []whatif.Change{change})
	var missing *whatif.NotFoundError
	if !errors.As(err, &missing) || missing.Near != last {
		t.Errorf("%v, not %s", err, last)
	}
}
