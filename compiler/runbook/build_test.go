package runbook_test

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"callpolicy/compiler/resolve"
	"callpolicy/compiler/runbook"
)

func files(t *testing.T, edition, text string) *resolve.Result {
	t.Helper()
	return loaded(t, fstest.MapFS{
		"callpolicy.yaml": {Data: []byte("apiVersion: callpolicy/v1\nedition: " + edition + "\n")},
		"policies/p.yaml": {Data: []byte(text)},
	})
}

func kindsOf(book *runbook.Runbook) []runbook.Kind {
	var out []runbook.Kind
	for _, s := range book.Steps {
		out = append(out, s.Kind)
	}
	return out
}

// The order that matters: licenses first, what the user level sets before what
// is above it changes, what it resets after, Unified CM last.
func TestOrder(t *testing.T) {
	base := files(t, "classic", `
org: { inCall: { videoOnMobile: true } }
templates: { old: { rank: 1, inCall: { screenSharing: false } } }
groups: { desk: { template: old } }
users:
  a@x.example: { licenses: [unifiedCM], groups: [desk], inCall: { screenSharing: true } }
  b@x.example: { licenses: [unifiedCM], callingBehavior: { unifiedCM: { app: jabber } } }
`)
	head := files(t, "classic", `
org: { inCall: { videoOnMobile: false } }
templates: { new: { rank: 1, inCall: { screenSharing: false, videoOnMobile: true } } }
groups: { desk: { template: new } }
users:
  a@x.example: { licenses: [webexCalling], groups: [desk] }
  b@x.example: { licenses: [unifiedCM], inCall: { videoOnMobile: true } }
`)
	got := kindsOf(runbook.Build(runbook.Input{Base: base, Head: head}))
	want := []runbook.Kind{
		runbook.LicenseAdd, runbook.InCallByHand, runbook.TemplateCreate, runbook.TemplateAssign, runbook.OrgInCall,
		runbook.ResetRequest, runbook.ResetInCall, runbook.TemplateDelete, runbook.JabberService, runbook.UnifiedCMRemove,
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
}

// A template that is to shield people from the organization gets its value first.
func TestShieldComesFirst(t *testing.T) {
	const users = "groups: { desk: { template: t } }\nusers: { a@x.example: { licenses: [webexCalling], groups: [desk] } }\n"
	base := files(t, "classic", "org: { inCall: { screenSharing: true } }\ntemplates: { t: { rank: 1 } }\n"+users)
	head := files(t, "classic", "org: { inCall: { screenSharing: false } }\ntemplates: { t: { rank: 1, inCall: { screenSharing: true } } }\n"+users)
	there, back := kindsOf(runbook.Build(runbook.Input{Base: base, Head: head})), kindsOf(runbook.Build(runbook.Input{Base: head, Head: base}))
	if want := []runbook.Kind{runbook.TemplateChange, runbook.OrgInCall}; !slices.Equal(there, want) {
		t.Errorf("there: %v, want %v", there, want)
	}
	if want := []runbook.Kind{runbook.OrgInCall, runbook.TemplateChange}; !slices.Equal(back, want) {
		t.Errorf("back: %v, want %v", back, want)
	}
}

// Three templates turn their order around: no single move puts one on top that
// is wrong for those who have all three.
func TestRanksTurnAround(t *testing.T) {
	text := func(a, b, c int) string {
		return fmt.Sprintf(`
templates: { ta: { rank: %d, inCall: { screenSharing: false } }, tb: { rank: %d, inCall: { screenSharing: true } }, tc: { rank: %d, inCall: { screenSharing: false, videoOnMobile: false } } }
groups: { ga: { template: ta }, gb: { template: tb }, gc: { template: tc } }
users: { a@x.example: { licenses: [webexCalling], groups: [ga, gb, gc] } }
`, a, b, c)
	}
	book := runbook.Build(runbook.Input{Base: files(t, "classic", text(1, 2, 3)), Head: files(t, "classic", text(3, 2, 1))})
	var got []string
	for _, s := range book.Steps {
		got = append(got, s.Title)
		if s.Transient != 0 {
			t.Errorf("%s: %d people with a wrong value", s.Title, s.Transient)
		}
	}
	want := []string{"Move the template tc to the top of the list", "Move the template tb right below tc"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// Many people one by one is said first, with what would avoid it.
func TestAdvice(t *testing.T) {
	var base, head strings.Builder
	base.WriteString("groups: { desk: {} }\nusers:\n")
	head.WriteString("groups: { desk: {} }\nusers:\n")
	for i := range 12 {
		fmt.Fprintf(&base, "  u%02d@x.example: { licenses: [webexCalling], groups: [desk] }\n", i)
		fmt.Fprintf(&head, "  u%02d@x.example: { licenses: [webexCalling], groups: [desk], inCall: { videoOnMobile: false } }\n", i)
	}
	book := runbook.Build(runbook.Input{Base: files(t, "classic", base.String()), Head: files(t, "classic", head.String())})
	if len(book.Steps) != 1 || len(book.Steps[0].People) != 12 || book.Summary.Each != 12 {
		t.Fatalf("steps %v, %d one by one", kindsOf(book), book.Summary.Each)
	}
	if len(book.Advice) != 1 || !strings.Contains(book.Advice[0], "group desk") || !strings.Contains(book.Advice[0], "calling template") {
		t.Errorf("advice: %q", book.Advice)
	}
}

// The first runbook starts from nothing.
func TestFromNothing(t *testing.T) {
	head := files(t, "current", "org: { inCall: { screenSharing: false } }\nusers: { a@x.example: { licenses: [webexCalling] } }\n")
	book := runbook.Build(runbook.Input{Head: head})
	if want := []runbook.Kind{runbook.LicenseAdd, runbook.OrgInCall}; !slices.Equal(kindsOf(book), want) {
		t.Errorf("got %v, want %v", kindsOf(book), want)
	}
}

const before, after, later, aside = `
org: { inCall: { videoOnMobile: true, screenSharing: true } }
users: { a@x.example: { licenses: [webexCalling] }, b@x.example: { licenses: [webexCalling] } }
`, `
org: { inCall: { videoOnMobile: false, screenSharing: false } }
users: { a@x.example: { licenses: [webexCalling], inCall: { requestRemoteControl: false } }, b@x.example: { licenses: [webexCalling] } }
`, `
org: { inCall: { videoOnMobile: false, screenSharing: true } }
users:
  a@x.example: { licenses: [webexCalling], inCall: { requestRemoteControl: false } }
  b@x.example: { licenses: [webexCalling], inCall: { requestRemoteControl: false } }
`, `
org: { inCall: { videoOnMobile: true, screenSharing: true } }
users: { a@x.example: { licenses: [webexCalling], inCall: { requestRemoteControl: true } }, b@x.example: { licenses: [webexCalling] } }
`

// What was ticked stays ticked in the next runbook, for those whom it named;
// what is no step anymore is moot, or overtaken.
func TestProgress(t *testing.T) {
	base := files(t, "classic", before)
	book := runbook.Build(runbook.Input{Base: base, Head: files(t, "classic", after)})
	done := runbook.NewProgress()
	for _, s := range book.Steps {
		if err := done.Tick(book, s.ID[:8]); err != nil {
			t.Fatal(err)
		}
	}
	if book.Summary.Done != 3 || book.Summary.Steps != 3 {
		t.Fatalf("%d of %d steps are done", book.Summary.Done, book.Summary.Steps)
	}
	data, err := done.Encode()
	if err != nil {
		t.Fatal(err)
	}
	again, err := runbook.ParseProgress(data)
	if err != nil || !reflect.DeepEqual(again, done) {
		t.Fatalf("read back %+v of %+v: %v", again, done, err)
	}

	next := runbook.Build(runbook.Input{Base: base, Head: files(t, "classic", later), Progress: again})
	for _, s := range next.Steps {
		switch s.What {
		case "org.inCall.videoOnMobile":
			if !s.Done {
				t.Errorf("%q was done", s.Title)
			}
		case "users.inCall.requestRemoteControl":
			if s.Done || len(s.People) != 2 || !s.People[0].Done || s.People[1].Done {
				t.Errorf("%q: %t, %v", s.Title, s.Done, s.People)
			}
		default:
			t.Errorf("%q is not expected", s.Title)
		}
	}
	if len(next.Past) != 1 || next.Past[0].State != runbook.Moot || next.Past[0].What != "org.inCall.screenSharing" {
		t.Errorf("past: %+v", next.Past)
	}

	other := runbook.Build(runbook.Input{Base: base, Head: files(t, "classic", aside), Progress: again})
	overtaken := 0
	for _, p := range other.Past {
		if p.State == runbook.Overtaken {
			overtaken++
			if p.What != "users.inCall.requestRemoteControl" || p.By != other.Steps[0].ID {
				t.Errorf("overtaken: %+v", p)
			}
		}
	}
	if overtaken != 1 {
		t.Errorf("past: %+v", other.Past)
	}
}

func TestProgressFaults(t *testing.T) {
	for _, data := range []string{"", "{}", "null", `{"formatVersion": "9.0", "kind": "RunbookProgress"}`, `[1]`} {
		if _, err := runbook.ParseProgress([]byte(data)); !errors.Is(err, runbook.ErrNotProgress) {
			t.Errorf("%q: %v", data, err)
		}
	}
	book := runbook.Build(runbook.Input{Base: files(t, "classic", before), Head: files(t, "classic", after)})
	for _, id := range []string{"", "zzz"} {
		if _, ok := errors.AsType[*runbook.UnknownStepError](runbook.NewProgress().Tick(book, id)); !ok {
			t.Errorf("%q is taken for a step", id)
		}
	}
}

// Going there and back leaves nothing to do, whatever is in between.
func TestUndo(t *testing.T) {
	first, second := files(t, "classic", before), files(t, "classic", later)
	h := start(t, first, second)
	for _, in := range []runbook.Input{{Base: first, Head: second}, {Base: second, Head: first, Undo: "HEAD"}} {
		for _, s := range runbook.Build(in).Steps {
			h.carryOut(s)
		}
	}
	end := newControlHub(t, first)
	for _, u := range first.Config.Users {
		if !reflect.DeepEqual(h.users[u.Address].own, end.users[u.Address].own) {
			t.Errorf("%s: %v, not %v", u.Address, h.users[u.Address].own, end.users[u.Address].own)
		}
	}
	if !reflect.DeepEqual(h.org, end.org) {
		t.Errorf("%v, not %v", h.org, end.org)
	}
}
