package load

import (
	"cmp"
	"crypto/sha256"
	"reflect"
	"slices"
	"strings"
	"testing"

	"callpolicy/compiler/config"
	"callpolicy/compiler/diag"
	"callpolicy/schema"
)

// filled returns a value of which every part says something, so that a field
// that packing forgets shows.
func filled[T any](t *testing.T) T {
	t.Helper()
	var v T
	n := 0
	var fill func(v reflect.Value)
	fill = func(v reflect.Value) {
		n++
		switch v.Kind() {
		case reflect.Pointer:
			v.Set(reflect.New(v.Type().Elem()))
			fill(v.Elem())
		case reflect.Struct:
			for about, field := range v.Fields() {
				if field.CanSet() && about.Tag.Get("json") != "-" {
					fill(field)
				}
			}
		case reflect.Slice:
			v.Set(reflect.MakeSlice(v.Type(), 2, 2))
			for i := range v.Len() {
				fill(v.Index(i))
			}
		case reflect.Array:
			for i := range v.Len() {
				fill(v.Index(i))
			}
		case reflect.String:
			v.SetString("text " + strings.Repeat("x", n%7))
		case reflect.Bool:
			v.SetBool(true)
		case reflect.Int, reflect.Int32:
			v.SetInt(int64(n))
		case reflect.Uint8:
			v.SetUint(1 + uint64(n)%3) // severities and services
		case reflect.Uint64:
			v.SetUint(1<<63 | uint64(n))
		default:
			t.Fatalf("packing knows no %s", v.Type())
		}
	}
	fill(reflect.ValueOf(&v).Elem())
	return v
}

// TestPackForgetsNothing packs a unit in which every field says something.
func TestPackForgetsNothing(t *testing.T) {
	block := filled[*config.Block](t)
	block.ByRoster, block.RosterGroups = false, 0 // linking adds what the roster says
	templates := filled[[]config.Template](t)
	g := group{Group: filled[config.Group](t), template: "a template", members: []listed{{3, "a@b.example"}, {7, "c@d.example"}}}
	g.Template, g.Members = -1, 0 // linking finds both
	d := filled[*diag.Diagnostic](t)
	d.ID = diag.LoadSyntax
	want := &unit{
		source: config.Document{File: "a.yaml"}, diags: diag.List{d}, broken: true, hasLicenses: true,
		org: filled[[]config.Org](t), licenses: filled[[]config.License](t), profiles: filled[[]config.Profile](t), templates: templates,
		groups: []group{g}, waivers: filled[[]config.Waiver](t),
		users: []config.User{
			{Address: "A@B.example", Key: "a@b.example", Block: block, At: config.Place{Line: 3, Col: 5}},
			{Address: "b@b.example", Key: "b@b.example", Block: &config.Block{Licenses: []string{}}, At: config.Place{Line: 8, Col: 5}},
			{Address: "c@b.example", Key: "c@b.example", Block: block, At: config.Place{Line: 9, Col: 5}},
		},
	}
	for _, places := range []*config.Place{
		&want.org[0].At, &want.org[1].At, &want.licenses[0].At, &want.licenses[1].At, &want.profiles[0].At, &want.profiles[1].At,
		&want.templates[0].At, &want.templates[1].At, &want.groups[0].At, &want.waivers[0].At, &want.waivers[1].At,
	} {
		places.File = 0 // linking numbers the files
	}
	sum := sha256.Sum256([]byte("content"))
	got, gotSum, err := unpack(pack(sum, []*unit{want}), "a.yaml", &blocks{})
	if err != nil || gotSum != sum {
		t.Fatalf("unpack: %v, %x", err, gotSum)
	}
	if !reflect.DeepEqual(got[0], want) {
		t.Errorf("got\n%+v\nwant\n%+v", got[0], want)
	}
	if got[0].users[0].Block != got[0].users[2].Block {
		t.Error("equal blocks are not one")
	}
}

// documents are files for the tests below: sound ones, faulty ones, several
// documents, people out of order and in capitals.
var documents = []string{
	"",
	"users: {}\n",
	"org:\n  inCall: { videoOnDesktop: true }\n  locks: { inCall.videoOnDesktop: fixed }\n",
	"users:\n  b@x.example: { licenses: [] }\n  A@x.example: { attributes: { a: b } }\n  c@x.example: {}\n",
	"users:\n  b@x.example: { licences: [] }\n  a@x.example: { inCall: { videoOnDesktop: yes } }\n  b@x.example: {}\n",
	"groups:\n  g: { template: t, members: [a@x.example, 7], where: { site: [b, a] }, migration: }\n---\ntemplates:\n  t: { rank: 1 }\n",
	"waivers:\n  - { rule: a.b, user: a@x.example, reason: r, owner: o, expires: 2027-01-01 }\n",
	"a: [\n",
}

// parsedUnits parses as a loader does.
func parsedUnits(t testing.TB, data string) []*unit {
	t.Helper()
	s, err := schema.Load("classic")
	if err != nil {
		t.Fatal(err)
	}
	l := &loader{config: &config.Config{Schema: s, Toggles: toggleNames(s)}}
	return l.parseYAML("a.yaml", []byte(data))
}

// TestPackedIsParsed compares what comes back with what was parsed.
func TestPackedIsParsed(t *testing.T) {
	for _, data := range documents {
		want := parsedUnits(t, data)
		packed := pack([32]byte{}, want)
		got, _, err := unpack(packed, "a.yaml", &blocks{})
		if err != nil || len(got) != len(want) {
			t.Fatalf("%q: %d units, want %d: %v", data, len(got), len(want), err)
		}
		for i, u := range got {
			w := *want[i]
			w.source = u.source
			w.users = slices.Clone(w.users)
			slices.SortStableFunc(w.users, func(a, b config.User) int { return strings.Compare(a.Key, b.Key) })
			if len(w.users) == 0 {
				w.users = u.users // nil or empty
			}
			if !reflect.DeepEqual(*u, w) {
				t.Errorf("%q: got\n%+v\nwant\n%+v", data, *u, w)
			}
		}
		if again := pack([32]byte{}, got); again != packed {
			t.Errorf("%q: packed again it is something else", data)
		}
		for cut := range len(packed) {
			if _, _, err := unpack(packed[:cut], "a.yaml", &blocks{}); err == nil {
				t.Errorf("%q: %d of %d bytes were accepted", data, cut, len(packed))
			}
		}
	}
}

// FuzzUnpack: bytes that are damaged are refused or read as something, but
// never panic, and never reserve memory that they do not account for.
func FuzzUnpack(f *testing.F) {
	for _, data := range documents {
		f.Add(pack([32]byte{}, parsedUnits(f, data)))
	}
	f.Fuzz(func(t *testing.T, data string) {
		units, sum, err := unpack(data, "a.yaml", &blocks{})
		if err != nil {
			return
		}
		// What was accepted is sound: it can be packed, and comes back the same.
		again, _, err := unpack(pack(sum, units), "a.yaml", &blocks{})
		if err != nil || !reflect.DeepEqual(units, again) {
			t.Errorf("accepted, but not stable: %v", err)
		}
	})
}

// TestMerged merges units with any number of people, and any overlap.
func TestMerged(t *testing.T) {
	for _, sizes := range [][]int{{}, {0}, {1}, {3, 0, 5}, {5000, 1, 3000}, {2000, 2000, 2000, 2000}} {
		var units []*unit
		var want []config.User
		for i, n := range sizes {
			u := &unit{doc: int32(i)}
			for k := range n {
				key := strings.Repeat("k", k*(i+1)%11) + string(rune('a'+k%26))
				u.users = append(u.users, config.User{Key: key, At: config.Place{Line: int32(k)}})
			}
			slices.SortStableFunc(u.users, func(a, b config.User) int { return strings.Compare(a.Key, b.Key) })
			for _, user := range u.users {
				user.At.File = int32(i)
				want = append(want, user)
			}
			units = append(units, u)
		}
		slices.SortStableFunc(want, func(a, b config.User) int { return strings.Compare(a.Key, b.Key) })
		if got := merged(units); !slices.EqualFunc(got, want, func(a, b config.User) bool { return a.Key == b.Key && a.At == b.At }) {
			t.Errorf("%v: merged in another order", sizes)
		}
	}
}

// TestSorted sorts lists of any length.
func TestSorted(t *testing.T) {
	for n := range 20 {
		var list []int
		for i := range n {
			list = append(list, i*7%20)
		}
		if got := sorted(slices.Clone(list), cmp.Compare[int]); !slices.IsSorted(got) || len(got) != n {
			t.Errorf("%v: got %v", list, got)
		}
	}
}
