package bundle_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"callpolicy/compiler/bundle"
	"callpolicy/compiler/config"
	"callpolicy/compiler/resolve"
)

var options = bundle.Options{
	ToolVersion: "v1.2.3",
	Revision:    strings.Repeat("3f2c1ab0", 5),
	Clean:       true,
	InputDigest: sha256.Sum256([]byte("input")),
}

// someUsers makes a set of n users with a few different bundles, and some
// addresses that are hard on paths and on JSON.
func someUsers(tb testing.TB, n int) *bundle.Set {
	tb.Helper()
	cfg := newConfig(tb, "classic")
	cfg.Org.InCall = toggles(tb, cfg, "+videoOnDesktop")
	cfg.Templates = []config.Template{
		{Name: "front-desk", Rank: 1, Settings: config.Settings{InCall: toggles(tb, cfg, "-videoOnMobile")}},
		{Name: "wards", Rank: 2, Settings: config.Settings{InCall: toggles(tb, cfg, "-screenSharing")}},
	}
	cfg.Groups = []config.Group{{Name: "reception", Template: 0}, {Name: "wards", Template: 1}}
	blocks := []*config.Block{
		{},
		{Licenses: webexCalling},
		{Licenses: unifiedCM},
		{Licenses: both},
		{Licenses: unifiedCM, Own: behavior(config.UnifiedCM, config.Choice{App: "jabber"})},
		{Licenses: webexCalling, Own: behavior(config.WebexCalling, config.Choice{App: "thirdParty"})},
	}
	groups := [][]int32{nil, {0}, {1}, {0, 1}}
	add := func(i int, address string) {
		cfg.Users = append(cfg.Users, config.User{
			Address: address, Key: strings.ToLower(address), Block: blocks[i%len(blocks)], Groups: groups[i%len(groups)],
		})
	}
	for i, address := range []string{
		"É@x.example", `"q\uote": "@x.example`, `x": @x.example`, "<b>&@x.example", ".dot@x.example", "..@x.example",
		"../../up@x.example", "line\u2028@x.example", strings.Repeat("é", 120) + "@x.example", "a@x.example", "a@x.example.org", "a@x.example-b",
	} {
		add(i, address)
	}
	for i := range n - len(cfg.Users) {
		add(i, fmt.Sprintf("u%07d@voorbeeld.example", i))
	}
	slices.SortFunc(cfg.Users, func(a, b config.User) int { return strings.Compare(a.Key, b.Key) })
	return bundle.Render(resolve.Users(cfg))
}

// write puts a set into a file system and checks the stream on the way.
func write(t *testing.T, set *bundle.Set, opts bundle.Options) fstest.MapFS {
	t.Helper()
	fsys := fstest.MapFS{}
	last := ""
	for f := range set.Files(opts) {
		if f.Name <= last {
			t.Fatalf("%s comes after %s", f.Name, last)
		}
		if !fs.ValidPath(f.Name) {
			t.Fatalf("%q is no path", f.Name)
		}
		last = f.Name
		fsys[f.Name] = &fstest.MapFile{Data: f.Data}
	}
	if got := set.Len(opts); got != len(fsys) {
		t.Fatalf("Len is %d of %d files", got, len(fsys))
	}
	return fsys
}

func layouts(t *testing.T, test func(t *testing.T, opts bundle.Options)) {
	t.Helper()
	for _, layout := range []bundle.Layout{bundle.Tree, bundle.Store} {
		t.Run(string(layout), func(t *testing.T) {
			opts := options
			opts.Layout = layout
			test(t, opts)
		})
	}
}

// The files of two users in each layout, index and manifest to the byte.
func TestFiles(t *testing.T) {
	cfg := newConfig(t, "classic")
	addUser(cfg, "Anna@voorbeeld.example", nil, -1, config.Settings{})
	addUser(cfg, "jabber/@voorbeeld.example", unifiedCM, -1, behavior(config.UnifiedCM, config.Choice{App: "jabber"}))
	set := bundle.Render(resolve.Users(cfg))
	anna, jabber := set.Of(0), set.Of(1)
	annaShard, jabberShard := hexSum("anna@voorbeeld.example")[:2], hexSum("jabber/@voorbeeld.example")[:2]
	annaIndex := "{\n  \"anna@voorbeeld.example\": \"" + anna.Digest.String() + "\"\n}\n"
	jabberIndex := "{\n  \"jabber/@voorbeeld.example\": \"" + jabber.Digest.String() + "\"\n}\n"

	layouts(t, func(t *testing.T, opts bundle.Options) {
		annaFolder, jabberFolder := "users/"+annaShard+"/anna@voorbeeld.example/", "users/"+jabberShard+"/jabber%2F@voorbeeld.example/"
		if opts.Layout == bundle.Store {
			annaFolder = "store/sha256/" + anna.Digest.Hex()[:2] + "/" + anna.Digest.Hex() + "/"
			jabberFolder = "store/sha256/" + jabber.Digest.Hex()[:2] + "/" + jabber.Digest.Hex() + "/"
		}
		bundles := []string{
			`    "` + anna.Digest.String() + "\": [\n      \"bundle.json\"\n    ]",
			`    "` + jabber.Digest.String() + "\": [\n      \"bundle.json\",\n      \"calling-behavior.json\",\n" +
				"      \"jabber-config-mobile.xml\",\n      \"jabber-config.xml\"\n    ]",
		}
		index := []string{
			`    "` + annaShard + `.json": "sha256:` + hexSum(annaIndex) + `"`,
			`    "` + jabberShard + `.json": "sha256:` + hexSum(jabberIndex) + `"`,
		}
		slices.Sort(bundles)
		slices.Sort(index)
		got := write(t, set, opts)
		variant := set.Variants()[0].Name
		jabberNames := []string{"README.md"}
		for _, name := range []string{"jabber-config.xml", "service-profile-mobile.csv", "service-profile.csv", "users.txt"} {
			jabberNames = append(jabberNames, variant+"/"+name)
		}
		var forUnifiedCM []string
		for _, name := range jabberNames {
			forUnifiedCM = append(forUnifiedCM, `    "`+name+`": "sha256:`+hexSum(string(got["jabber/"+name].Data))+`"`)
		}
		want := map[string]string{
			"index/" + annaShard + ".json":            annaIndex,
			"index/" + jabberShard + ".json":          jabberIndex,
			annaFolder + "bundle.json":                string(anna.File("bundle.json")),
			jabberFolder + "bundle.json":              string(jabber.File("bundle.json")),
			jabberFolder + "calling-behavior.json":    string(jabber.File("calling-behavior.json")),
			jabberFolder + "jabber-config.xml":        string(jabber.File("jabber-config.xml")),
			jabberFolder + "jabber-config-mobile.xml": string(jabber.File("jabber-config-mobile.xml")),
			"manifest.json": `{
  "formatVersion": "1.0",
  "edition": "classic",
  "toolVersion": "v1.2.3",
  "revision": "3f2c1ab03f2c1ab03f2c1ab03f2c1ab03f2c1ab0",
  "clean": true,
  "inputDigest": "sha256:` + hexSum("input") + `",
  "layout": "` + string(opts.Layout) + `",
  "counts": {
    "users": 2,
    "bundles": 2,
    "files": 13
  },
  "bundles": {
` + strings.Join(bundles, ",\n") + `
  },
  "index": {
` + strings.Join(index, ",\n") + `
  },
  "jabber": {
` + strings.Join(forUnifiedCM, ",\n") + `
  }
}
`,
		}
		for _, name := range jabberNames {
			want["jabber/"+name] = string(got["jabber/"+name].Data) // TestVariants looks into them
		}
		for name, data := range want {
			if f := got[name]; f == nil || string(f.Data) != data {
				t.Errorf("%s: got\n%s\nwant\n%s", name, f.Data, data)
			}
		}
		if len(got) != len(want) {
			t.Errorf("%d files, want %d", len(got), len(want))
		}
	})
}

// What is read back is what was written, in both layouts.
func TestReadBack(t *testing.T) {
	set := someUsers(t, 600)
	layouts(t, func(t *testing.T, opts bundle.Options) {
		fsys := write(t, set, opts)
		m, err := bundle.ReadManifest(fsys)
		if err != nil {
			t.Fatal(err)
		}
		if want := set.Manifest(opts); !reflect.DeepEqual(m, want) {
			t.Errorf("got  %+v\nwant %+v", m, want)
		}
		users := 0
		for i := range 256 {
			shard := bundle.Shard(i)
			entries, err := m.Index(fsys, shard)
			if err != nil {
				t.Fatal(err)
			}
			if want := set.Index(shard); !slices.Equal(entries, want) {
				t.Fatalf("shard %v: got %v, want %v", shard, entries, want)
			}
			if has := slices.Contains(m.Shards(), shard); has != (len(entries) > 0) {
				t.Errorf("shard %v has %d users, listed: %v", shard, len(entries), has)
			}
			users += len(entries)
			for _, e := range entries {
				b, err := m.Bundle(fsys, e)
				if err != nil {
					t.Fatal(err)
				}
				if _, err := b.Document(); err != nil || b.Digest != e.Bundle {
					t.Fatalf("%s: %v, digest %v, want %v", e.User, err, b.Digest, e.Bundle)
				}
			}
			if data := fsys["index/"+shard.IndexFile()]; data != nil && !bytes.Equal(data.Data, canonicalIndex(t, entries)) {
				t.Fatalf("index %v is not canonical:\n%s", shard, data.Data)
			}
		}
		if users != 600 || m.Counts.Users != 600 {
			t.Errorf("%d users, the manifest says %d", users, m.Counts.Users)
		}
	})
}

// canonicalIndex writes an index as encoding/json does.
func canonicalIndex(t *testing.T, entries []bundle.Entry) []byte {
	t.Helper()
	m := map[string]string{}
	for _, e := range entries {
		m[e.User] = e.Bundle.String()
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// Owned says yes to exactly the files that were written: of all paths that
// there are in either layout, for everybody and every format, and of some more.
func TestOwned(t *testing.T) {
	set := someUsers(t, 300)
	candidates := map[string]bool{
		"": true, "x": true, "index": true, "index/": true, "index/00.json/x": true, "index/zz.json": true, "index/00.json.bak": true, "users": true,
		"Manifest.json": true, "manifest.json/": true, "./manifest.json": true, "a/manifest.json": true, "../manifest.json": true,
	}
	for i := range 256 {
		shard := bundle.Shard(i)
		candidates["index/"+shard.IndexFile()] = true
		for _, e := range set.Index(shard) {
			for _, folder := range []string{bundle.UserFolder(e.User), bundle.UserFolder("x" + e.User), "store/sha256/" + e.Bundle.Hex()[:2] + "/" + e.Bundle.Hex()} {
				for _, f := range bundle.Formats() {
					candidates[folder+"/"+f.File()] = true
					candidates[folder+"/x/"+f.File()] = true
				}
				candidates[folder] = true
				candidates[folder+"/notes.txt"] = true
				candidates[folder+"/"] = true
			}
		}
	}
	layouts(t, func(t *testing.T, opts bundle.Options) {
		fsys := write(t, set, opts)
		owned, _, err := bundle.Owned(fsys)
		if err != nil {
			t.Fatal(err)
		}
		for path := range fsys {
			if !owned(path) {
				t.Errorf("%s was written and is not owned", path)
			}
		}
		for path := range candidates {
			if _, written := fsys[path]; owned(path) != written {
				t.Errorf("%q: owned: %v, written: %v", path, owned(path), written)
			}
		}
	})
	if owned, _, err := bundle.Owned(fstest.MapFS{"notes.txt": {}}); owned != nil || err != nil {
		t.Errorf("without a manifest: %v", err)
	}
}

// Nobody at all is a target with a manifest and nothing else.
func TestNoUsers(t *testing.T) {
	set := bundle.Render(resolve.Users(newConfig(t, "current")))
	layouts(t, func(t *testing.T, opts bundle.Options) {
		fsys := write(t, set, opts)
		m, err := bundle.ReadManifest(fsys)
		if err != nil || len(fsys) != 1 || m.Counts != (bundle.Counts{Files: 1}) {
			t.Errorf("got %+v, %v, %d files", m, err, len(fsys))
		}
	})
}

// The number of processors does not show.
func TestDeterministic(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	var want fstest.MapFS
	for _, workers := range []int{1, 2, 8} {
		runtime.GOMAXPROCS(workers)
		got := write(t, someUsers(t, 500), options)
		if want == nil {
			want = got
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%d workers write something else", workers)
		}
	}
}

// A reader may stop anywhere.
func TestFilesStops(t *testing.T) {
	set := someUsers(t, 40)
	layouts(t, func(t *testing.T, opts bundle.Options) {
		for stop := range set.Len(opts) {
			n := 0
			for range set.Files(opts) {
				if n == stop {
					break
				}
				n++
			}
			if n != stop {
				t.Fatalf("%d files, want %d", n, stop)
			}
		}
	})
}

func TestReadManifestErrors(t *testing.T) {
	set := someUsers(t, 20)
	opts := options
	good := string(write(t, set, opts)["manifest.json"].Data)
	read := func(data string) error {
		_, err := bundle.ReadManifest(fstest.MapFS{"manifest.json": {Data: []byte(data)}})
		return err
	}
	if err := read(good); err != nil {
		t.Fatal(err)
	}
	if _, err := bundle.ReadManifest(fstest.MapFS{}); !errors.Is(err, bundle.ErrNoManifest) {
		t.Errorf("absent: %v", err)
	}
	var version *bundle.FormatVersionError
	err := read(strings.Replace(strings.Replace(good, `"1.0"`, `"2.0"`, 1), `"clean"`, `"pure"`, 1))
	if !errors.As(err, &version) || version.Version != "2.0" {
		t.Errorf("another format: %v", err)
	}
	if want := `manifest.json has format version "2.0", and this callpolicy knows "1.0" only`; err.Error() != want {
		t.Errorf("got %q, want %q", err, want)
	}
	// A folder in the place of the file can be opened, and not read.
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "manifest.json"), 0o755); err != nil {
		t.Fatal(err)
	}
	var damaged *bundle.DamagedError
	if _, err := bundle.ReadManifest(os.DirFS(dir)); err == nil || errors.Is(err, bundle.ErrNoManifest) || errors.As(err, &damaged) || errors.As(err, &version) {
		t.Errorf("unreadable: %v", err)
	}
	for name, bad := range map[string]string{
		"empty":                   "",
		"cut off":                 good[:len(good)/2],
		"null":                    "null",
		"no version":              strings.Replace(good, `"formatVersion": "1.0",`, "", 1),
		"more after it":           good + "{}",
		"an unknown key":          strings.Replace(good, `"clean"`, `"pure"`, 1),
		"an unknown layout":       strings.Replace(good, `"tree"`, `"flat"`, 1),
		"a bad digest":            strings.Replace(good, "sha256:", "sha512:", 1),
		"an index out of place":   strings.Replace(good, `.json": "sha256:`, `x.json": "sha256:`, 1),
		"an index above":          strings.Replace(good, `"index": {`, `"index": {"../../x.json": "sha256:`+hexSum("")+`",`, 1),
		"a file above":            strings.Replace(good, `"bundle.json"`, `"../../bundle.json"`, 1),
		"a file in a folder":      strings.Replace(good, `"bundle.json"`, `"x/bundle.json"`, 1),
		"a folder for a file":     strings.Replace(good, `"bundle.json"`, `".."`, 1),
		"no name":                 strings.Replace(good, `"bundle.json"`, `""`, 1),
		"files twice":             strings.Replace(good, `"bundle.json"`, `"bundle.json", "bundle.json"`, 1),
		"another type altogether": "[]",
	} {
		if bad == good {
			t.Fatalf("%s: nothing was replaced", name)
		}
		if err := read(bad); !errors.As(err, &damaged) || damaged.File != "manifest.json" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A target whose index or bundles are not what the manifest means is damaged,
// whoever looks at it.
func TestDamaged(t *testing.T) {
	set := someUsers(t, 40)
	opts := options
	m := set.Manifest(opts)
	shard := m.Shards()[0]
	index := "index/" + shard.IndexFile()
	entry := set.Index(shard)[0]
	outsider := "a@x.example"
	for i := 0; bundle.ShardOf(outsider) == shard; i++ {
		outsider = fmt.Sprintf("a%d@x.example", i)
	}

	// With a manifest that agrees, so that only the content is at fault.
	agree := func(content string) func(fstest.MapFS) {
		return func(fsys fstest.MapFS) {
			fsys[index].Data = []byte(content)
			m := set.Manifest(opts)
			m.IndexFiles[shard.IndexFile()] = sha256.Sum256([]byte(content))
			data, err := json.Marshal(m)
			if err != nil {
				t.Fatal(err)
			}
			fsys["manifest.json"].Data = data
		}
	}
	line := func(user, digest string) string { return fmt.Sprintf("  %q: %q", user, digest) }
	ours := line(entry.User, entry.Bundle.String())
	for name, damage := range map[string]func(fstest.MapFS){
		"gone":             func(fsys fstest.MapFS) { delete(fsys, index) },
		"changed":          func(fsys fstest.MapFS) { fsys[index].Data = bytes.ToUpper(fsys[index].Data) },
		"another's":        func(fsys fstest.MapFS) { fsys[index] = fsys["index/"+m.Shards()[1].IndexFile()] },
		"empty":            agree(""),
		"empty object":     agree("{}\n"),
		"an empty line":    agree("{\n\n}\n"),
		"not canonical":    agree(`{"` + entry.User + `":"` + entry.Bundle.String() + `"}`),
		"twice":            agree("{\n" + ours + ",\n" + ours + "\n}\n"),
		"no digest":        agree("{\n" + line(entry.User, "") + "\n}\n"),
		"unknown bundle":   agree("{\n" + line(entry.User, "sha256:"+hexSum("x")) + "\n}\n"),
		"of another shard": agree("{\n" + line(outsider, entry.Bundle.String()) + "\n}\n"),
		"in upper case":    agree("{\n" + line(strings.ToUpper(entry.User), entry.Bundle.String()) + "\n}\n"),
		"broken escape":    agree("{\n  \"\\x\": \"" + entry.Bundle.String() + "\"\n}\n"),
	} {
		fsys := write(t, set, opts)
		damage(fsys)
		m, err := bundle.ReadManifest(fsys)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		var damaged *bundle.DamagedError
		if _, err := m.Index(fsys, shard); !errors.As(err, &damaged) || damaged.File != index {
			t.Errorf("%s: %v", name, err)
		}
		if owned, _, err := bundle.Owned(fsys); owned != nil || !errors.As(err, &damaged) || !strings.HasPrefix(err.Error(), index+" is damaged: ") {
			t.Errorf("%s: owned: %v", name, err)
		}
	}

	file := bundle.UserFolder(entry.User) + "/bundle.json"
	for name, damage := range map[string]func(fstest.MapFS){
		"gone":    func(fsys fstest.MapFS) { delete(fsys, file) },
		"changed": func(fsys fstest.MapFS) { fsys[file].Data = append(fsys[file].Data, '\n') },
	} {
		fsys := write(t, set, opts)
		fsys[file].Data = bytes.Clone(fsys[file].Data)
		damage(fsys)
		var damaged *bundle.DamagedError
		if _, err := m.Bundle(fsys, entry); !errors.As(err, &damaged) {
			t.Errorf("bundle %s: %v", name, err)
		}
	}
}

// FuzzIndex feeds manifests and indexes that somebody made up: they are refused
// or read, and then every path that follows is plain and inside the target.
func FuzzIndex(f *testing.F) {
	digest := "sha256:" + hexSum("")
	f.Add("a@x.example", "bundle.json", `": "`+digest+`"`)
	f.Add("../../x", "../x", "")
	f.Fuzz(func(t *testing.T, user, file, more string) {
		shard := bundle.ShardOf(user)
		name, err := json.Marshal(user)
		if err != nil {
			t.Fatal(err)
		}
		index := []byte("{\n  " + string(name) + `: "` + digest + "\"" + more + "\n}\n")
		var d bundle.Digest
		if err := d.UnmarshalText([]byte(digest)); err != nil {
			t.Fatal(err)
		}
		manifest, err := json.Marshal(bundle.Manifest{
			FormatVersion: bundle.FormatVersion, Layout: bundle.Tree, Bundles: map[bundle.Digest][]string{d: {file}},
			IndexFiles: map[string]bundle.Digest{shard.IndexFile(): sha256.Sum256(index)},
		})
		if err != nil {
			t.Fatal(err)
		}
		fsys := fstest.MapFS{"manifest.json": {Data: manifest}, "index/" + shard.IndexFile(): {Data: index}}
		m, err := bundle.ReadManifest(fsys)
		if err != nil {
			return
		}
		entries, err := m.Index(fsys, shard)
		if err != nil {
			return
		}
		for _, e := range entries {
			path := bundle.UserFolder(e.User) + "/" + m.Bundles[e.Bundle][0]
			if !fs.ValidPath(path) || strings.Count(path, "/") != 3 || bundle.ShardOf(e.User) != shard {
				t.Fatalf("%q", path)
			}
		}
	})
}

func BenchmarkRender(b *testing.B) {
	cfg := benchmarkResult(b)
	b.ReportAllocs()
	for b.Loop() {
		bundle.Render(cfg)
	}
}

func BenchmarkFiles(b *testing.B) {
	set := bundle.Render(benchmarkResult(b))
	for _, layout := range []bundle.Layout{bundle.Tree, bundle.Store} {
		b.Run(string(layout), func(b *testing.B) {
			opts := options
			opts.Layout = layout
			b.ReportAllocs()
			for b.Loop() {
				files, size := 0, 0
				for f := range set.Files(opts) {
					files++
					size += len(f.Data)
				}
				b.ReportMetric(float64(files), "files")
				b.ReportMetric(float64(size), "bytes")
			}
		})
	}
}

func BenchmarkOwned(b *testing.B) {
	set := bundle.Render(benchmarkResult(b))
	fsys := fstest.MapFS{}
	for f := range set.Files(options) {
		if !strings.HasPrefix(f.Name, "users/") {
			fsys[f.Name] = &fstest.MapFile{Data: f.Data}
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := bundle.Owned(fsys); err != nil {
			b.Fatal(err)
		}
	}
}

// benchmarkResult resolves 100,000 users.
func benchmarkResult(b *testing.B) *resolve.Result {
	b.Helper()
	cfg := newConfig(b, "classic")
	cfg.Org.InCall = toggles(b, cfg, "-videoOnMobile")
	blocks := []*config.Block{{}, {Licenses: webexCalling}, {Licenses: unifiedCM}, {Licenses: both}}
	for i := range 81 { // overrides of all kinds
		var own config.Toggles
		for t, rest := 0, i; t < 4; t, rest = t+1, rest/3 {
			if rest%3 > 0 {
				own = own.With(t, rest%3 == 1)
			}
		}
		blocks = append(blocks, &config.Block{Licenses: unifiedCM, Own: config.Settings{InCall: own}})
	}
	for i := range 100_000 {
		address := fmt.Sprintf("u%07d@voorbeeld.example", i)
		block := blocks[i%4]
		if i%20 == 0 {
			block = blocks[i/20%len(blocks)]
		}
		cfg.Users = append(cfg.Users, config.User{Address: address, Key: address, Block: block})
	}
	return resolve.Users(cfg)
}
