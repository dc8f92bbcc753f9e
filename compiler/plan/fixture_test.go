package plan_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"callpolicy/compiler/plan"
)

// clinic is a small repository that the fixtures change: each changes it by
// replacing text.
const clinic = `
-- callpolicy.yaml --
apiVersion: callpolicy/v1
edition: classic
-- policies/org.yaml --
org:
  callingBehavior:
    unifiedCM: { app: webex, ucManagerProfile: east }
  inCall: { videoOnMobile: true, screenSharing: true }
  locks: { inCall.screenSharing: fixed }
licenses:
  webexCalling: { service: webexCalling, purchased: 100 }
  unifiedCM: { service: unifiedCM }
  spare: { service: none }
ucManagerProfiles:
  east: { id: id-east, voiceServicesDomain: east.example }
  west: { id: id-west }
-- policies/templates.yaml --
templates:
  desk: { rank: 10, inCall: { videoOnMobile: true } }
  ward: { rank: 20, inCall: { videoOnMobile: false } }
  loan: { rank: 30, inCall: { videoOnMobile: false } }
groups:
  desks: { template: desk, members: [d1@c.example] }
  wards: { template: ward }
  night: { template: ward, where: { shift: night } }
  staff: {}
  empty: { template: desk }
-- policies/users.yaml --
users:
  d1@c.example: { licenses: [webexCalling] }
  d2@c.example: { licenses: [webexCalling], groups: [desks, wards] }
  w1@c.example: { licenses: [unifiedCM], groups: [wards], inCall: { screenSharing: true } }
  w2@c.example: { licenses: [unifiedCM], callingBehavior: { unifiedCM: { app: webex, ucManagerProfile: west } }, groups: [wards] }
  n1@c.example: { licenses: [webexCalling], attributes: { shift: day } }
`

// clinicWith returns the repository with some text replaced, in pairs.
func clinicWith(t testing.TB, replace ...string) fstest.MapFS {
	t.Helper()
	text := clinic
	for i := 0; i < len(replace); i += 2 {
		if !strings.Contains(text, replace[i]) {
			t.Fatalf("the clinic has no %q", replace[i])
		}
		text = strings.Replace(text, replace[i], replace[i+1], 1)
	}
	fsys := fstest.MapFS{}
	for _, file := range strings.Split(text, "\n-- ")[1:] {
		name, data, _ := strings.Cut(file, " --\n")
		fsys[name] = &fstest.MapFile{Data: []byte(data + "\n")}
	}
	return fsys
}

// planOf compares the clinic with itself after some text was replaced.
func planOf(t *testing.T, replace ...string) *plan.Plan {
	t.Helper()
	_, base := loaded(t, clinicWith(t))
	_, head := loaded(t, clinicWith(t, replace...))
	return compare(t, base, head)
}

// TestNotesOfIdleEdits gives each sentence a repository in which it is true.
func TestNotesOfIdleEdits(t *testing.T) {
	for _, c := range []struct {
		replace []string
		path    string
		note    string
	}{
		// Settings of the organization and of templates.
		{[]string{"inCall: { videoOnMobile: true, s", "inCall: { videoOnDesktop: true, videoOnMobile: true, s"}, "org.inCall.videoOnDesktop", "it is what everybody has anyway"},
		{[]string{"  callingBehavior:\n", "  callingBehavior:\n    webexCalling: { app: webex }\n"}, "org.callingBehavior.webexCalling", "everybody keeps what they have: 2 with license class unifiedCM, 3 to whom it makes no difference"},
		{[]string{"desk: { rank: 10, inCall: { videoOnMobile: true }", "desk: { rank: 10, inCall: { }"}, "templates.desk.inCall.videoOnMobile", "it is what everybody for whom the template wins has anyway"},
		{[]string{"ward: { rank: 20, inCall: { v", "ward: { rank: 20, inCall: { screenSharing: true, v"}, "templates.ward.inCall.screenSharing", "everybody keeps what they have: 1 by template desk, 1 by their own override, 1 to whom it makes no difference"},
		{[]string{"loan: { rank: 30, inCall: { videoOnMobile: false", "loan: { rank: 30, inCall: { videoOnMobile: true"}, "templates.loan.inCall.videoOnMobile", "nobody who was there before is in a group with the template"},
		{[]string{"inCall.screenSharing: fixed", "inCall.screenSharing: offOnly"}, `org.locks."inCall.screenSharing"`, "a lock says what may be written below it, and gives nobody a value"},

		// Templates, their ranks and the groups assigned to them.
		{[]string{"rank: 30", "rank: 5"}, "templates.loan.rank", "nobody with the template is in a group with another one"},
		{[]string{"rank: 10", "rank: 15"}, "templates.desk.rank", "the same template wins for everybody either way"},
		{[]string{"  empty: { template: desk }", "  empty: { template: ward }"}, "groups.empty.template", "the group has no members"},
		{[]string{"loan: { rank: 30, inCall: { videoOnMobile: false } }\n", ""}, "templates.loan", "no group was assigned to the template"},
		{[]string{"  loan: {", "  hall: { rank: 40 }\n  loan: {"}, "templates.hall", "no group is assigned to the template"},
		{[]string{"  desk: {", "  front: {", "template: desk", "template: front", "template: desk", "template: front"}, "templates.desk", "it is called front now"},
		{[]string{"  desk: {", "  front: {", "rank: 10", "rank: 11", "template: desk", "template: front", "template: desk", "template: front"}, "templates.desk", "what it did is told with its groups: desks, empty"},

		// Groups and who is in them.
		{[]string{"  desks: {", "  tables: {"}, "groups.desks", "what it did for its members is told with each of them"},
		{[]string{"  staff: {}\n", ""}, "groups.staff", "the group had no members"},
		{[]string{"  staff: {}\n", "  staff: {}\n  board: {}\n"}, "groups.board", "the group has no members"},
		{[]string{"staff: {}", "staff: { members: [d1@c.example] }"}, `users."d1@c.example".groups.staff`, "the group has no calling template"},
		{[]string{"members: [d1@c.example]", "members: [d1@c.example, n1@c.example]"}, `users."n1@c.example".groups.desks`, "the group's template makes no difference to their values"},
		{[]string{"wards: { template: ward }", "wards: { template: ward, members: [d1@c.example] }"}, `users."d1@c.example".groups.wards`, "template desk wins for them"},
		{[]string{"empty: { template: desk }", "empty: { template: desk, members: [d1@c.example] }"}, `users."d1@c.example".groups.empty`, "another group gives them the same template"},
		{[]string{"where: { shift: night }", "where: { shift: late }"}, "groups.night.where", "the same template wins for everybody either way"},
		{[]string{"staff: {}", "staff: { where: { shift: day } }"}, "groups.staff.where", "the group has no calling template"},
		{[]string{"empty: { template: desk }", "empty: { template: desk, where: { shift: day } }"}, "groups.empty.where", "everybody has the same values either way"},
		{[]string{"shift: day", "shift: late"}, `users."n1@c.example".attributes.shift`, "the same template wins either way"},

		// Licenses, migrations, profiles.
		{[]string{"purchased: 100", "purchased: 200"}, "licenses.webexCalling.purchased", "how many seats were bought is checked, and gives nobody a value"},
		{[]string{"spare: { service: none }", "spare: { service: unifiedCM }"}, "licenses.spare.service", "nobody holds the license"},
		{[]string{"  spare: { service: none }\n", ""}, "licenses.spare", "a license gives something only to the users who list it"},
		{[]string{"n1@c.example: { licenses: [webexCalling]", "n1@c.example: { licenses: [webexCalling, spare]"}, `users."n1@c.example".licenses`, "what they are licensed for stays the same"},
		{[]string{"n1@c.example: {", "n1@c.example: { migration: {},"}, `users."n1@c.example".migration`, "a migration block allows two calling licenses; which are held decides"},
		{[]string{"staff: {}", "staff: { migration: { completeBy: 2027-03-01 } }"}, "groups.staff.migration", "a migration block allows two calling licenses; which are held decides"},
		{[]string{"id: id-west", "id: id-new"}, "ucManagerProfiles.west.id", "the id is only for the Webex API; 1 user's file for it is written anew"},
		{[]string{"id: id-east", "id: id-new"}, "ucManagerProfiles.east.id", "the id is only for the Webex API; 1 user's file for it is written anew"},
		{[]string{"  west:", "  north: {}\n  west:"}, "ucManagerProfiles.north", "a profile is in effect only where a calling behavior names it"},

		// What users have of their own.
		{[]string{", inCall: { screenSharing: true } }", " }"}, `users."w1@c.example".inCall.screenSharing`, "what they inherit is the same"},
		{[]string{"d1@c.example: { licenses: [webexCalling] ", "d1@c.example: { licenses: [webexCalling], inCall: { screenSharing: true } "}, `users."d1@c.example".inCall.screenSharing`, "it is what they have anyway"},
		{[]string{"n1@c.example: {", "n1@c.example: { callingBehavior: { unifiedCM: { app: jabber } },"}, `users."n1@c.example".callingBehavior.unifiedCM`, "the service is not in use for them"},

		// Edits that hold a value against others.
		{[]string{"screenSharing: true }\n  locks", "screenSharing: false }\n  locks", "d1@c.example: { licenses: [webexCalling] ", "d1@c.example: { licenses: [webexCalling], inCall: { screenSharing: true } "}, `users."d1@c.example".inCall.screenSharing`, "without it, other edits would change what they have"},
		{[]string{"screenSharing: true }\n  locks", "screenSharing: false }\n  locks", "ward: { rank: 20, inCall: { v", "ward: { rank: 20, inCall: { screenSharing: true, v"}, "templates.ward.inCall.screenSharing", "without it, other edits would change what they have"},
	} {
		t.Run(c.path, func(t *testing.T) {
			p := planOf(t, c.replace...)
			for _, cause := range p.Causes {
				if cause.Path == c.path {
					if cause.Note != c.note {
						t.Errorf("it says %q, want %q", cause.Note, c.note)
					}
					return
				}
			}
			t.Errorf("it is not listed among %v", pathsOf(p))
		})
	}
}

func pathsOf(p *plan.Plan) []string {
	var out []string
	for _, c := range p.Causes {
		out = append(out, c.Path+": "+c.Note)
	}
	return out
}

// TestOtherTemplateSameValues covers ranks and assignments that move people to
// another template which says the same.
func TestOtherTemplateSameValues(t *testing.T) {
	same := []string{"ward: { rank: 20, inCall: { videoOnMobile: false }", "ward: { rank: 20, inCall: { videoOnMobile: true }"}
	_, base := loaded(t, clinicWith(t, same...))
	for _, c := range []struct{ from, to, path, note string }{
		{"rank: 10", "rank: 25", "templates.desk.rank", "another template wins for 1 user, with the same values"},
		{"desks: { template: desk", "desks: { template: ward", "groups.desks.template", "every member has the same values either way"},
		{"shift: day", "shift: night", `users."n1@c.example".attributes.shift`, "another template wins, with the same values"},
	} {
		_, head := loaded(t, clinicWith(t, append(same[:2:2], c.from, c.to)...))
		p := compare(t, base, head)
		if got := pathsOf(p); len(got) != 1 || got[0] != c.path+": "+c.note {
			t.Errorf("got %q, want %q", got, c.path+": "+c.note)
		}
		if c := p.Causes[0]; c.Rewritten != p.Summary.Rewritten || c.Rewritten == 0 {
			t.Errorf("%s: %d of %d rewritten", c.Path, c.Rewritten, p.Summary.Rewritten)
		}
	}
}

// TestEditionWithoutEffect changes the edition where nobody has anything that
// it decides; the current edition adds toggles, so it never has no effect for
// users, only where there are none.
func TestEditionWithoutEffect(t *testing.T) {
	none := fstest.MapFS{"callpolicy.yaml": {Data: []byte("apiVersion: callpolicy/v1\nedition: classic\n")}, "policies/a.yaml": {Data: []byte("org: {}\n")}}
	other := fstest.MapFS{"callpolicy.yaml": {Data: []byte("apiVersion: callpolicy/v1\nedition: current\n")}, "policies/a.yaml": none["policies/a.yaml"]}
	_, base := loaded(t, none)
	_, head := loaded(t, other)
	if got := pathsOf(compare(t, base, head)); len(got) != 1 || got[0] != "edition: everybody's values are the same in both" {
		t.Errorf("got %q", got)
	}
}

// TestPlaces says where edits are written.
func TestPlaces(t *testing.T) {
	for _, c := range []struct {
		replace []string
		want    string
	}{
		{[]string{"videoOnMobile: true, screenS", "videoOnMobile: false, screenS"}, "org.inCall.videoOnMobile head policies/org.yaml:4:28"},
		{[]string{"videoOnMobile: true, screenS", "screenS"}, "org.inCall.videoOnMobile base policies/org.yaml:4:28"},
		{[]string{"  callingBehavior:\n    unifiedCM: { app: webex, ucManagerProfile: east }\n", ""}, "org.callingBehavior.unifiedCM base policies/org.yaml:3:5"},
		{[]string{"members: [d1@c.example]", "members: [d1@c.example, n1@c.example]"}, `users."n1@c.example".groups.desks head policies/templates.yaml:6:52`},
		{[]string{"groups: [wards], inCall", "groups: [wards, night], inCall"}, `users."w1@c.example".groups.night head policies/users.yaml:4:58`},
		{[]string{"groups: [desks, wards]", "groups: [desks]"}, `users."d2@c.example".groups.wards base policies/users.yaml:3:61`},
		{[]string{"edition: classic", "edition: current"}, "edition head callpolicy.yaml:2:10"},
		{[]string{"  n1@c.example: { licenses: [webexCalling], attributes: { shift: day } }\n", ""}, `users."n1@c.example" base policies/users.yaml:6:3`},
		{
			[]string{"  w1@c.example: {", "  new@c.example: { previously: [w1@c.example],", ", inCall: { screenSharing: true } }", ", inCall: { } }"},
			`users."new@c.example" head policies/users.yaml:4:20; users."new@c.example".inCall.screenSharing base policies/users.yaml:4:84`,
		},
		{[]string{"rank: 10", "rank: 11"}, "templates.desk.rank head policies/templates.yaml:2:17"},
		{[]string{"where: { shift: night }", "where: { shift: late }"}, "groups.night.where head policies/templates.yaml:8:28"},
	} {
		p := planOf(t, c.replace...)
		var got []string
		for _, cause := range p.Causes {
			at := cause.At
			if at == nil {
				t.Fatalf("%s is nowhere", cause.Path)
			}
			got = append(got, fmt.Sprintf("%s %s %s:%d:%d", cause.Path, at.Side, at.File, at.Line, at.Column))
		}
		if s := strings.Join(got, "; "); s != c.want {
			t.Errorf("got  %s\nwant %s", s, c.want)
		}
	}
}
