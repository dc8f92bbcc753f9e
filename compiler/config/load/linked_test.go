package load

import (
	"fmt"
	"io/fs"
	"reflect"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"callpolicy/compiler/config"
	"callpolicy/compiler/diag"
	"callpolicy/compiler/syntax/cue"
)

// kept is a cache in memory, which can be damaged.
type kept struct {
	mu   sync.Mutex
	data map[Key]string
}

func (k *kept) Get(key Key) (string, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	data, ok := k.data[key]
	return data, ok
}

func (k *kept) Put(data string, keys ...Key) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, key := range keys {
		k.data[key] = data
	}
}

func (k *kept) Flush() {}

// linkedFiles use everything that can be said without a roster.
func linkedFiles() fstest.MapFS {
	fsys := fstest.MapFS{}
	put := func(name, text string) { fsys[name] = &fstest.MapFile{Data: []byte(text)} }
	put("callpolicy.yaml", "apiVersion: callpolicy/v1\nedition: classic\n")
	put("policies/org.yaml", "org:\n  inCall: { videoOnDesktop: true }\n  locks: { inCall.videoOnDesktop: fixed }\n"+
		"licenses:\n  webexCalling: { service: webexCalling, controlHubName: Webex Calling - Professional, purchased: 7 }\n  unifiedCM: { service: unifiedCM }\n"+
		"ucManagerProfiles:\n  north: { voiceServicesDomain: north.company.example, id: Tm9ydGg }\n"+
		"templates:\n  t: { rank: 2, description: some, inCall: { videoOnMobile: false } }\n  first: { rank: 1, inCall: { screenSharing: true } }\n"+
		"waivers:\n  - { rule: level.locked, user: a@company.example, reason: r, owner: o@company.example, expires: 2027-01-01 }\n")
	put("policies/groups.yaml", "groups:\n  g: { template: t, members: [B@company.example, a@company.example] }\n"+
		"  h: { where: { site: [south, north] }, migration: { completeBy: 2027-03-01 } }\n---\ngroups:\n  i: { template: first }\n")
	users := "users:\n  A@company.example: { licenses: [unifiedCM], groups: [i, i], previously: [old@company.example] }\n" +
		"  b@company.example:\n    callingBehavior: { unifiedCM: { app: webex, ucManagerProfile: north } }\n    licenses: [unifiedCM]\n" +
		"  c@company.example: { attributes: { site: north }, migration: { completeBy: 2027-01-01, webexCallingReady: true }, licenses: [unifiedCM, webexCalling] }\n"
	for i := range chunk {
		users += fmt.Sprintf("  u%d@company.example: { licenses: [webexCalling], groups: [%s] }\n", i*7%chunk, []string{"", "i", "g, i"}[i%3])
	}
	put("policies/users.yaml", users)
	return fsys
}

func loadLinked(t *testing.T, fsys fs.FS, cache Cache) (*config.Config, diag.List) {
	t.Helper()
	c, diags, err := Load(t.Context(), Request{FS: fsys, Dir: ".", CUE: cue.InProcess(), Cache: cache, Memory: new(Memory)})
	if err != nil {
		t.Fatal(err)
	}
	return c, diags
}

// TestLinked loads the same files again, without linking them: nothing is
// missing, and every place is found.
func TestLinked(t *testing.T) {
	fsys, cache := linkedFiles(), &kept{data: map[Key]string{}}
	want, wantDiags := loadLinked(t, fsys, cache)
	if wantDiags.HasErrors() || len(wantDiags) == 0 {
		t.Fatalf("the files are to have warnings, and no errors: %v", wantDiags)
	}
	got, gotDiags := loadLinked(t, fsys, cache)
	if want.Stats.Linked == 0 || got.Stats.Linked != 0 {
		t.Fatalf("%d users were linked, and then %d", want.Stats.Linked, got.Stats.Linked)
	}
	if !reflect.DeepEqual(gotDiags, wantDiags) {
		t.Errorf("%d findings, want %d: the first is %v, want %v", len(gotDiags), len(wantDiags), gotDiags[:1], wantDiags[:1])
	}
	if !reflect.DeepEqual(got.Sources.Docs, want.Sources.Docs) || !reflect.DeepEqual(got.Sources.Read, want.Sources.Read) {
		t.Error("other files were read")
	}
	for _, u := range want.Users[:10] {
		if a, b := got.Range("users", u.Address, "groups", "0"), want.Range("users", u.Address, "groups", "0"); a != b {
			t.Errorf("%s is at %v, want %v", u.Address, a, b)
		}
	}
	for i, same := range got.Alike() {
		for k := range i {
			if alike := got.Users[i].Block == got.Users[k].Block && &got.Users[i].Groups == &got.Users[k].Groups; alike && same != got.Alike()[k] {
				t.Fatalf("users %d and %d are alike, and numbered %d and %d", i, k, same, got.Alike()[k])
			}
		}
		if i > 100 {
			break
		}
	}
	// Everything else is what it was; how it was come by may differ.
	got.Sources, got.Stats = want.Sources, want.Stats
	want.NumberAlike(got.Alike())
	if !reflect.DeepEqual(got, want) {
		a, b := reflect.ValueOf(*got), reflect.ValueOf(*want)
		for i := range a.NumField() {
			if name := a.Type().Field(i).Name; fmt.Sprintf("%+v", a.Field(i)) != fmt.Sprintf("%+v", b.Field(i)) && name != "Users" {
				t.Errorf("%s: got %+v, want %+v", name, a.Field(i), b.Field(i))
			}
		}
		t.Error("the configuration is another one")
	}
}

// TestLinkedDamaged loads with linked states of which something is missing: they
// are passed by.
func TestLinkedDamaged(t *testing.T) {
	fsys, cache := linkedFiles(), &kept{data: map[Key]string{}}
	want, _ := loadLinked(t, fsys, cache)
	whole := ""
	for _, data := range cache.data {
		if len(data) > len(whole) && strings.Contains(data, "users.yaml") { // a packed file does not name itself
			whole = data
		}
	}
	if whole == "" {
		t.Fatal("no linked state was kept")
	}
	for _, n := range []int{0, 1, 7, 100, 1000, len(whole) / 2, len(whole) - 1} {
		for key, data := range cache.data {
			if len(data) == len(whole) {
				cache.data[key] = whole[:n]
			}
		}
		got, _ := loadLinked(t, fsys, cache)
		if got.Stats.Linked != len(want.Users) || !reflect.DeepEqual(got.Users, want.Users) {
			t.Errorf("%d of %d bytes: %d users were linked", n, len(whole), got.Stats.Linked)
		}
		for key, data := range cache.data { // whole again, as it was just put
			if strings.HasPrefix(data, whole[:n]) && len(data) == n {
				cache.data[key] = whole
			}
		}
	}
}
