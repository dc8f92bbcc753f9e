package bundle_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"callpolicy/compiler/bundle"
	"callpolicy/compiler/config"
	"callpolicy/compiler/resolve"
	"callpolicy/schema"
)

// newConfig returns a config of an edition with nothing in it but the licenses
// webexCalling and unifiedCM.
func newConfig(tb testing.TB, edition string) *config.Config {
	tb.Helper()
	s, err := schema.Load(edition)
	if err != nil {
		tb.Fatal(err)
	}
	current, err := schema.Load("current") // knows every toggle
	if err != nil {
		tb.Fatal(err)
	}
	return &config.Config{
		Schema:  s,
		Toggles: current.Edition.Toggles,
		Licenses: []config.License{
			{Name: "unifiedCM", Service: config.UnifiedCM},
			{Name: "webexCalling", Service: config.WebexCalling},
		},
	}
}

// toggles decides some toggles: +name is on, -name is off.
func toggles(tb testing.TB, cfg *config.Config, words string) (t config.Toggles) {
	tb.Helper()
	for word := range strings.FieldsSeq(words) {
		i, ok := cfg.Toggle(word[1:])
		if !ok {
			tb.Fatalf("no toggle %q", word)
		}
		t = t.With(i, word[0] == '+')
	}
	return t
}

// behavior returns settings with a choice for one service.
func behavior(service config.Service, choice config.Choice) (s config.Settings) {
	s.Behavior[service-1] = choice
	return s
}

// addUser adds a user with settings of their own; template is the number of a
// template, or -1.
func addUser(cfg *config.Config, address string, licenses []string, template int, own config.Settings) {
	u := config.User{Address: address, Key: strings.ToLower(address), Block: &config.Block{Licenses: licenses, Own: own}}
	if template >= 0 {
		cfg.Groups = append(cfg.Groups, config.Group{Name: fmt.Sprintf("g%05d", len(cfg.Groups)), Template: int32(template)})
		u.Groups = []int32{int32(len(cfg.Groups) - 1)}
	}
	cfg.Users = append(cfg.Users, u)
	slices.SortFunc(cfg.Users, func(a, b config.User) int { return strings.Compare(a.Key, b.Key) })
}

// render returns the bundle of the only user.
func render(tb testing.TB, cfg *config.Config) *bundle.Bundle {
	tb.Helper()
	if len(cfg.Users) != 1 {
		tb.Fatalf("%d users", len(cfg.Users))
	}
	return bundle.Render(resolve.Users(cfg)).Of(0)
}

var (
	webexCalling = []string{"webexCalling"}
	unifiedCM    = []string{"unifiedCM"}
	both         = []string{"webexCalling", "unifiedCM"}
)

// Each file of testdata is a bundle as it must be to the byte, written by hand.
func TestBundles(t *testing.T) {
	cases := map[string]func(t *testing.T) *config.Config{
		"classic-nothing-set": func(t *testing.T) *config.Config {
			cfg := newConfig(t, "classic")
			addUser(cfg, "a@voorbeeld.example", nil, -1, config.Settings{})
			return cfg
		},
		"classic-migrating": func(t *testing.T) *config.Config {
			cfg := newConfig(t, "classic")
			cfg.Org.Settings = behavior(config.UnifiedCM, config.Choice{App: "webex", Profile: "amsterdam"})
			cfg.Org.InCall = toggles(t, cfg, "+requestRemoteControl")
			cfg.Profiles = []config.Profile{{Name: "amsterdam"}}
			cfg.Templates = []config.Template{{
				Name: "front-desk", Rank: 10, Settings: config.Settings{InCall: toggles(t, cfg, "-videoOnMobile")},
			}}
			addUser(cfg, "a@voorbeeld.example", both, 0, config.Settings{InCall: toggles(t, cfg, "-screenSharing")})
			return cfg
		},
		"classic-jabber": func(t *testing.T) *config.Config {
			cfg := newConfig(t, "classic")
			cfg.Org.InCall = toggles(t, cfg, "+requestRemoteControl -screenSharing +videoOnDesktop -videoOnMobile")
			addUser(cfg, "a@voorbeeld.example", unifiedCM, -1, behavior(config.UnifiedCM, config.Choice{App: "jabber"}))
			return cfg
		},
		"classic-own-profile": func(t *testing.T) *config.Config {
			cfg := newConfig(t, "classic")
			cfg.Org.Settings = behavior(config.UnifiedCM, config.Choice{App: "jabber"})
			cfg.Profiles = []config.Profile{{Name: `<R&D> "é"`, ID: "Y2lz/+c28="}}
			addUser(cfg, "a@voorbeeld.example", unifiedCM, -1,
				behavior(config.UnifiedCM, config.Choice{App: "webex", Profile: `<R&D> "é"`}))
			return cfg
		},
		"classic-own-email-domain": func(t *testing.T) *config.Config {
			cfg := newConfig(t, "classic")
			addUser(cfg, "a@voorbeeld.example", unifiedCM, -1,
				behavior(config.UnifiedCM, config.Choice{App: "webex", EmailDomain: true}))
			return cfg
		},
		"classic-own-email-domain-below-profile": func(t *testing.T) *config.Config {
			cfg := newConfig(t, "classic")
			cfg.Org.Settings = behavior(config.UnifiedCM, config.Choice{App: "webex", Profile: "amsterdam"})
			cfg.Profiles = []config.Profile{{Name: "amsterdam", ID: "id"}}
			addUser(cfg, "a@voorbeeld.example", unifiedCM, -1,
				behavior(config.UnifiedCM, config.Choice{App: "webex", EmailDomain: true}))
			return cfg
		},
		"classic-own-third-party": func(t *testing.T) *config.Config {
			cfg := newConfig(t, "classic")
			cfg.Org.InCall = toggles(t, cfg, "-videoOnDesktop -videoOnMobile") // no Jabber file for it
			addUser(cfg, "a@voorbeeld.example", webexCalling, -1, behavior(config.WebexCalling, config.Choice{App: "thirdParty"}))
			return cfg
		},
		"current-whole": func(t *testing.T) *config.Config {
			cfg := newConfig(t, "current")
			cfg.Org.InCall = toggles(t, cfg, "+moveCallsToMeetings -videoOnDesktop +videoOnMobile -recordingIndicator")
			cfg.Profiles = []config.Profile{{Name: "utrecht", ID: "utrecht-id"}}
			cfg.Templates = []config.Template{{
				Name: "wards", Rank: 1, Settings: behavior(config.UnifiedCM, config.Choice{Profile: "utrecht"}),
			}}
			cfg.Templates[0].InCall = toggles(t, cfg, "-answerWithVideoOnDesktop -screenSharing")
			addUser(cfg, "a@voorbeeld.example", unifiedCM, 0, behavior(config.UnifiedCM, config.Choice{App: "webex"}))
			return cfg
		},
	}
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if name := strings.TrimSuffix(filepath.Base(file), ".txtar"); cases[name] == nil {
			t.Errorf("%s belongs to no case", file)
		}
	}
	for name, build := range cases {
		t.Run(name, func(t *testing.T) {
			golden := filepath.Join("testdata", name+".txtar")
			want, err := txtar.ParseFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			b := render(t, build(t))
			got := new(txtar.Archive)
			for _, f := range b.Files {
				got.Files = append(got.Files, txtar.File{Name: f.Name, Data: f.Data})
			}
			if os.Getenv("UPDATE") != "" {
				got.Comment = want.Comment
				if err := os.WriteFile(golden, txtar.Format(got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			want.Comment = nil
			if got, want := string(txtar.Format(got)), string(txtar.Format(want)); got != want {
				t.Errorf("got:\n%s\nwant:\n%s", got, want)
			}
		})
	}
}

// The digest is computed here once more from its definition.
func TestDigest(t *testing.T) {
	b := bundle.New([]bundle.File{
		{Name: "b.xml", Data: []byte("<b/>\n")},
		{Name: "a.json", Data: nil},
	})
	h := sha256.New()
	fmt.Fprintf(h, "a.json\x000\x00")
	fmt.Fprintf(h, "b.xml\x005\x00<b/>\n")
	if want := hex.EncodeToString(h.Sum(nil)); b.Digest.Hex() != want || b.Digest.String() != "sha256:"+want {
		t.Errorf("got %v, want %s", b.Digest, want)
	}
	if got := b.Names(); !slices.Equal(got, []string{"a.json", "b.xml"}) {
		t.Errorf("names: %q", got)
	}
	// Bytes that move from one file to the next are another bundle.
	other := bundle.New([]bundle.File{{Name: "a.json", Data: []byte("<")}, {Name: "b.xml", Data: []byte("b/>\n")}})
	if other.Digest == b.Digest {
		t.Error("two bundles have one digest")
	}
}

func TestDigestText(t *testing.T) {
	d := bundle.New(nil).Digest
	text, err := d.MarshalText()
	if err != nil {
		t.Fatal(err)
	}
	var back bundle.Digest
	if err := back.UnmarshalText(text); err != nil || back != d {
		t.Errorf("got %v, %v; want %v", back, err, d)
	}
	for _, bad := range []string{"", d.Hex(), "sha256:", "sha1:" + d.Hex(), "sha256:" + strings.ToUpper(d.Hex()), "sha256:" + d.Hex() + "0", "sha256:" + strings.Repeat("g", 64)} {
		if err := back.UnmarshalText([]byte(bad)); err == nil {
			t.Errorf("%q is accepted", bad)
		}
	}
}

func TestDocument(t *testing.T) {
	cfg := newConfig(t, "classic")
	cfg.Profiles = []config.Profile{{Name: "amsterdam", UDSServer: "uds.voorbeeld.example"}}
	cfg.Org.Settings = behavior(config.UnifiedCM, config.Choice{App: "webex", Profile: "amsterdam"})
	cfg.Org.InCall = toggles(t, cfg, "-videoOnMobile")
	addUser(cfg, "a@voorbeeld.example", both, -1, config.Settings{})
	doc, err := render(t, cfg).Document()
	if err != nil {
		t.Fatal(err)
	}
	want := []bundle.Setting{
		{Name: "licenseClass", Value: "migrating"},
		{Name: "callingBehavior", Value: bundle.Choice{Service: "unifiedCM", App: "webex", Profile: "amsterdam", Server: bundle.Server{Known: true, UDSServer: "uds.voorbeeld.example"}}},
		{Name: "pendingCallingBehavior", Value: bundle.Choice{Service: "webexCalling", App: "webex"}},
		{Name: "inCall.requestRemoteControl", Value: true},
		{Name: "inCall.screenSharing", Value: true},
		{Name: "inCall.videoOnDesktop", Value: true},
		{Name: "inCall.videoOnMobile", Value: false},
	}
	if got := doc.Settings(); !slices.Equal(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}

	cfg = newConfig(t, "current")
	addUser(cfg, "a@voorbeeld.example", unifiedCM, -1, config.Settings{})
	if doc, err = render(t, cfg).Document(); err != nil {
		t.Fatal(err)
	}
	wantChoice := bundle.Choice{Service: "unifiedCM", App: "webex", EmailDomain: true}
	if got := doc.Settings()[1].Value; got != wantChoice {
		t.Errorf("got %v, want %v", got, wantChoice)
	}
	if got, want := len(doc.Settings()), 2+len(cfg.Schema.Edition.Toggles); got != want {
		t.Errorf("%d settings, want %d: %v", got, want, doc.Settings())
	}
}

func TestParseDocumentRefuses(t *testing.T) {
	archive, err := txtar.ParseFile("testdata/classic-nothing-set.txtar")
	if err != nil {
		t.Fatal(err)
	}
	good := string(archive.Files[0].Data)
	if _, err := bundle.ParseDocument([]byte(good)); err != nil {
		t.Fatal(err)
	}
	for name, bad := range map[string]string{
		"empty":           "",
		"not JSON":        "bundle",
		"cut off":         good[:len(good)/2],
		"more after it":   good + "{}",
		"an unknown key":  strings.Replace(good, `"kind"`, `"more": 1, "kind"`, 1),
		"another kind":    strings.Replace(good, "ClientBundle", "Manifest", 1),
		"another version": strings.Replace(good, "callpolicy/v1", "callpolicy/v2", 1),
		"another type":    strings.Replace(good, `"value": true`, `"value": "true"`, 1),
	} {
		if _, err := bundle.ParseDocument([]byte(bad)); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
}

// The names of files are a contract, and every format has its own.
func TestFormats(t *testing.T) {
	var got []string
	for _, f := range bundle.Formats() {
		got = append(got, f.File())
	}
	want := []string{"bundle.json", "calling-behavior.json", "jabber-config-mobile.xml", "jabber-config.xml"}
	if slices.Sort(got); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// Classes with equal files share a bundle; each user's is that of their class.
func TestRenderInterns(t *testing.T) {
	cfg := newConfig(t, "classic")
	ucm := behavior(config.UnifiedCM, config.Choice{App: "jabber"})
	addUser(cfg, "a@voorbeeld.example", webexCalling, -1, config.Settings{})
	addUser(cfg, "b@voorbeeld.example", webexCalling, -1, ucm) // does not count without the license
	addUser(cfg, "c@voorbeeld.example", unifiedCM, -1, ucm)
	result := resolve.Users(cfg)
	if len(result.Classes) != 3 {
		t.Fatalf("%d classes", len(result.Classes))
	}
	set := bundle.Render(result)
	if set.Of(0) != set.Of(1) || set.Of(0) == set.Of(2) || len(set.Bundles()) != 2 {
		t.Errorf("bundles: %p %p %p of %d", set.Of(0), set.Of(1), set.Of(2), len(set.Bundles()))
	}
}
