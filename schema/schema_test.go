package schema

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/cuecontext"
	"cuelang.org/go/cue/parser"
)

func loaded(t *testing.T, edition string) *Schema {
	t.Helper()
	s, err := Load(edition)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// at follows a path of field names; * is the element of a map or list.
func at(t *testing.T, ty *Type, path string) *Type {
	t.Helper()
	for name := range strings.SplitSeq(path, ".") {
		if name == "*" {
			ty = ty.Elem
		} else if f := ty.Field(name); f != nil {
			ty = f.Type
		} else {
			ty = nil
		}
		if ty == nil {
			t.Fatalf("%s: there is no %s", path, name)
		}
	}
	return ty
}

func TestEditions(t *testing.T) {
	classic, current := loaded(t, "classic").Edition, loaded(t, "current").Edition
	// Those that Cisco documents; docs/reference/schema.md says which there are now.
	for toggles, editions := range map[string][]Edition{
		"requestRemoteControl screenSharing videoOnDesktop videoOnMobile":                                     {classic, current},
		"answerWithVideoOnDesktop answerWithVideoOnMobile giveControl moveCallsToMeetings recordingIndicator": {current},
	} {
		for toggle := range strings.FieldsSeq(toggles) {
			for _, e := range editions {
				if !slices.Contains(e.Toggles, toggle) {
					t.Errorf("%s does not know %s", e.Title, toggle)
				}
			}
		}
	}
	for _, toggle := range current.Toggles {
		if at(t, loaded(t, "classic").Policy, "org.inCall."+toggle).Kind != Bool {
			t.Errorf("the schema does not know %s, so that a rule could not say that the edition does not", toggle)
		}
	}
	levels := fmt.Sprint(classic.CallingBehavior, current.CallingBehavior)
	if want := "map[noPaidCalling:[org] unifiedCM:[org user] webexCalling:[org user]] map[noPaidCalling:[org] unifiedCM:[org template user] webexCalling:[]]"; levels != want {
		t.Errorf("got %s", levels)
	}
	if _, err := Load("modern"); err == nil {
		t.Error("an edition that nobody knows was loaded")
	}
	again := loaded(t, "classic")
	if again != loaded(t, "classic") {
		t.Error("a schema is derived twice")
	}
}

func TestIndex(t *testing.T) {
	for _, edition := range EditionNames() {
		s := loaded(t, edition)
		if got := strings.Join(s.Policy.Names(), " "); got != "org licenses ucManagerProfiles templates groups users waivers" {
			t.Errorf("sections: %s", got)
		}
		for path, want := range map[string]Kind{
			"org": Struct, "org.callingBehavior": Struct, "org.callingBehavior.webexCalling": Struct,
			"org.callingBehavior.webexCalling.app": Word, "org.callingBehavior.unifiedCM": Union,
			"org.inCall.videoOnMobile": Bool, "org.locks": Map, "org.locks.*": Word, "org.locations": Any,
			"licenses": Map, "licenses.*.service": Word, "licenses.*.purchased": Int, "licenses.*.controlHubName": String,
			"templates.*.rank": Int, "groups.*.members": List, "groups.*.members.*": String,
			"groups.*.where": Map, "groups.*.where.*": OneOf, "users.*.attributes.*": String,
			"users.*.migration": Struct, "users.*.migration.completeBy": Date, "users.*.previously.*": String,
			"waivers": List, "waivers.*.expires": Date,
		} {
			if got := at(t, s.Policy, path).Kind; got != want {
				t.Errorf("%s %s: kind %d, want %d", edition, path, got, want)
			}
		}
		for path, want := range map[string]string{
			"org.callingBehavior.webexCalling.app":  "webex webexCallingApp thirdParty",
			"org.callingBehavior.noPaidCalling.app": "webex thirdParty",
			"org.callingBehavior.unifiedCM.app":     "webex jabber",
			"org.callingBehavior.unifiedCM.domain":  "email",
			"org.locks.*":                           "fixed offOnly",
			"licenses.*.service":                    "webexCalling unifiedCM none",
		} {
			if got := strings.Join(at(t, s.Policy, path).Words, " "); got != want {
				t.Errorf("%s %s: words %q, want %q", edition, path, got, want)
			}
		}
		if got := strings.Join(at(t, s.Project, "rules.*").Words, " "); got != "off info warning error" {
			t.Errorf("severities: %s", got)
		}
		if got := *at(t, s.Policy, "templates.*.rank").Min; got != 1 {
			t.Errorf("the smallest rank is %d", got)
		}
		if got := *at(t, s.Policy, "licenses.*.purchased").Min; got != 0 {
			t.Errorf("the smallest number of seats is %d", got)
		}
		for _, path := range []string{"users", "templates", "org.locks"} {
			if at(t, s.Policy, path).Key == nil {
				t.Errorf("%s takes any key", path)
			}
		}
		if at(t, s.Policy, "users.*.attributes").Key != nil {
			t.Error("attributes have keys that are not free")
		}
	}
}

// TestUnions holds the forms of a choice for Unified CM users in each edition.
func TestUnions(t *testing.T) {
	for edition, want := range map[string]string{
		"classic": "app!=webex ucManagerProfile! | app!=webex domain!=email | app!=jabber",
		"current": "app=webex/jabber | app=webex ucManagerProfile! | app=webex domain!=email",
	} {
		var forms []string
		for _, alt := range at(t, loaded(t, edition).Policy, "users.*.callingBehavior.unifiedCM").Alts {
			var fields []string
			for _, f := range alt.Fields {
				text := f.Name
				if f.Required {
					text += "!"
				}
				if len(f.Type.Words) > 0 {
					text += "=" + strings.Join(f.Type.Words, "/")
				}
				fields = append(fields, text)
			}
			forms = append(forms, strings.Join(fields, " "))
		}
		if got := strings.Join(forms, " | "); got != want {
			t.Errorf("%s: got %s", edition, got)
		}
	}
}

// everyField calls do for each field of a type, with its path.
func everyField(ty *Type, path string, do func(path string, f *Field)) {
	for i := range ty.Fields {
		f := &ty.Fields[i]
		do(path+"."+f.Name, f)
		everyField(f.Type, path+"."+f.Name, do)
	}
	if ty.Elem != nil {
		everyField(ty.Elem, path+".*", do)
	}
}

// Every field is described, since its description is what a missing one shows.
func TestDocs(t *testing.T) {
	for _, edition := range EditionNames() {
		s := loaded(t, edition)
		check := func(path string, f *Field) {
			if f.Doc == "" {
				t.Errorf("%s%s is not described", edition, path)
			}
			if strings.ContainsAny(f.Doc, "\n\t") || f.Doc != "" && !strings.HasSuffix(f.Doc, ".") {
				t.Errorf("%s%s: %q is not sentences on one line", edition, path, f.Doc)
			}
		}
		everyField(s.Policy, "", check)
		everyField(s.Project, "", check)
	}
	f := at(t, loaded(t, "classic").Policy, "templates.*").Field("rank")
	if want := "The smallest rank wins when a user is in several groups with templates."; f.Doc != want {
		t.Errorf("rank: %q", f.Doc)
	}
}

func TestRequired(t *testing.T) {
	for _, edition := range EditionNames() {
		s := loaded(t, edition)
		var got []string
		note := func(path string, f *Field) {
			if f.Required {
				got = append(got, path)
			}
		}
		everyField(s.Policy, "", note)
		everyField(s.Project, "", note)
		slices.Sort(got)
		got = slices.Compact(got)
		var want []string
		for _, holder := range []string{".org", ".templates.*", ".users.*"} {
			want = append(want, holder+".callingBehavior.noPaidCalling.app", holder+".callingBehavior.webexCalling.app")
		}
		want = append(want, ".limits.allow.*.owner", ".limits.allow.*.reason", ".limits.allow.*.until", ".licenses.*.service", ".templates.*.rank", ".apiVersion", ".edition", ".targets.*.dir",
			".waivers.*.expires", ".waivers.*.owner", ".waivers.*.reason", ".waivers.*.rule")
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%s: got\n%s\nwant\n%s", edition, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	}
}

// A location is known in all places where somebody might write one.
func TestForbidden(t *testing.T) {
	for _, edition := range EditionNames() {
		var got []string
		everyField(loaded(t, edition).Policy, "", func(path string, f *Field) {
			if f.Rule != "" {
				got = append(got, path+" "+f.Rule)
			}
		})
		want := "[.org.locations level.no-location .templates.*.locations level.no-location .groups.*.locations level.no-location .users.*.locations level.no-location .locations level.no-location]"
		if fmt.Sprint(got) != want {
			t.Errorf("%s: got %v", edition, got)
		}
	}
}

// A construct that the index cannot hold exactly is an error, not a guess.
func TestUnknownConstructs(t *testing.T) {
	ctx := cuecontext.New()
	for _, text := range []string{
		`number`,
		`bytes`,
		`int & <=10`,
		`string & !="x"`,
		`{known?: string, [string]: string}`,
		`"a" | int`,
		`float & >=1.5`,
	} {
		expr, err := parser.ParseExpr("x", text)
		if err != nil {
			t.Fatal(err)
		}
		v := ctx.BuildExpr(expr)
		if v.Err() != nil {
			t.Fatal(v.Err())
		}
		if ty, err := typeOf(v); err == nil {
			t.Errorf("%s became %+v", text, ty)
		}
	}
}

// In the current edition an app alone is a complete choice, to CUE as well.
func TestAppAlone(t *testing.T) {
	ctx := cuecontext.New()
	v, err := Build(ctx, "current")
	if err != nil {
		t.Fatal(err)
	}
	data := ctx.CompileString(`org: callingBehavior: unifiedCM: app: "webex"`)
	if err := v.LookupPath(cue.ParsePath("#Policy")).Unify(data).Validate(cue.Concrete(true)); err != nil {
		t.Error(err)
	}
}

// TestDefaultIsAValue holds what an edition does by itself to what may be written:
// the default app is one that every service's choice can name.
func TestDefaultIsAValue(t *testing.T) {
	for _, name := range EditionNames() {
		s, err := Load(name)
		if err != nil {
			t.Fatal(err)
		}
		if !s.Edition.Default.InCall {
			t.Errorf("%s: by itself Control Hub restricts nothing", name)
		}
		choices := s.Policy.Field("org").Type.Field("callingBehavior").Type.Fields
		if len(choices) != 3 {
			t.Errorf("%s: %d services, not 3", name, len(choices))
		}
		for _, choice := range choices {
			if words := choice.Type.Field("app").Type.Words; !slices.Contains(words, s.Edition.Default.App) {
				t.Errorf("%s: %q is no app for %s: %v", name, s.Edition.Default.App, choice.Name, words)
			}
		}
	}
}

// TestToggleBound: more toggles than a level can hold are refused when the index
// is made, and so is one that nobody described.
func TestToggleBound(t *testing.T) {
	holding := func(n int) *Schema {
		toggles := &Type{Kind: Struct}
		for i := range n {
			toggles.Fields = append(toggles.Fields, Field{Name: fmt.Sprint("toggle", i), Type: &Type{Kind: Bool}})
		}
		org := &Type{Kind: Struct, Fields: []Field{{Name: "inCall", Type: toggles}}}
		return &Schema{Policy: &Type{Kind: Struct, Fields: []Field{{Name: "org", Type: org}}}}
	}
	if err := holding(MostToggles).checkToggles(); err != nil {
		t.Error(err)
	}
	if holding(MostToggles+1).checkToggles() == nil {
		t.Errorf("%d toggles go unnoticed", MostToggles+1)
	}
	s := holding(2)
	s.Edition.Toggles = []string{"toggle0", "tuggle1"}
	if s.checkToggles() == nil {
		t.Error("a toggle that #InCall does not know goes unnoticed")
	}
}
