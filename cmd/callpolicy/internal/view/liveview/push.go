package liveview

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"callpolicy/cmd/callpolicy/internal/view/harmless"
	"callpolicy/cmd/callpolicy/internal/view/layout"
	"callpolicy/compiler/live"
	"callpolicy/compiler/live/snapshot"
)

// Pulled says what a pull brought.
func Pulled(w io.Writer, r *snapshot.Result, where string, s layout.Style) error {
	t := newText(w, s)
	t.line("%s   %s", s.Bold(people(r.Manifest.People)+" in "+where), s.Dim(layout.Plural(r.Requests, "request", "requests")))
	if r.Resumed {
		t.hanging("  ", "An earlier pull that was cut off was gone on with.")
	}
	for _, u := range r.Unread {
		t.hanging("  "+s.Yellow("not read")+"    ", fmt.Sprintf("%s (%s): %s", harmless.Line(u.What), layout.Count(u.Count), harmless.Line(u.Reason)))
	}
	for _, reason := range r.Incomplete {
		t.hanging("  "+s.Red("incomplete")+"  ", harmless.Line(reason))
	}
	if r.Whole() != nil {
		t.hanging("  ", "People who are missing here are not gone: this snapshot is no roster.")
	}
	return t.Flush()
}

// Plan shows what a push would do.
func Plan(w io.Writer, p *live.Plan, full bool, s layout.Style) error {
	t := newText(w, s)
	if len(p.Changes) == 0 {
		t.line("%s", s.Bold("Nothing is to be written to Webex."))
	} else {
		t.line("%s", s.Bold(people(p.People())+" would change in Webex"))
	}
	for _, c := range live.Causes(p.Changes) {
		t.line("")
		t.line("%s %s   %s", s.Bold(fmt.Sprintf("%d.", c.Number)), people(c.Users), s.Dim(string(c.Why)))
		if c.Add != "" {
			t.line("   adds %s", harmless.Line(c.Add))
		} else {
			t.line("   %s → %s", behavior(c.Before, p.Profiles), s.Bold(behavior(c.After, p.Profiles)))
		}
		names, all := c.Examples, c.Users
		if full {
			names, all = nil, 0
			for i := range p.Changes {
				if p.Changes[i].Cause == c.Number {
					names = append(names, p.Changes[i].User)
				}
			}
		}
		t.hanging("   ", s.Dim(examples(names, all)))
	}
	t.skipped(p.Skipped, full)
	return t.Flush()
}

// skipped lists, by reason, who is left alone.
func (t text) skipped(all []live.Skip, full bool) {
	if len(all) == 0 {
		return
	}
	t.line("")
	t.line("%s", t.style.Bold("left alone: "+people(len(all))))
	byReason := map[string][]string{}
	var reasons []string
	for i := range all {
		reason := strings.ReplaceAll(all[i].Reason, all[i].User, "ADDRESS")
		if byReason[reason] == nil {
			reasons = append(reasons, reason)
		}
		byReason[reason] = append(byReason[reason], all[i].User)
	}
	slices.SortStableFunc(reasons, func(a, b string) int { return len(byReason[b]) - len(byReason[a]) })
	for _, reason := range reasons {
		users := byReason[reason]
		t.hanging("   ", fmt.Sprintf("%s: %s", layout.Count(len(users)), harmless.Line(reason)))
		shown := users
		if !full {
			shown = users[:min(len(users), shownSkips)]
		}
		t.hanging("     ", t.style.Dim(examples(shown, len(users))))
	}
}

// shownSkips is how many people who are left alone are named for each reason.
const shownSkips = 10

// PlanJSON writes a plan for programs.
func PlanJSON(w io.Writer, p *live.Plan) error { return harmless.JSON(w, p) }

// Pushed says what became of a push, or of an undo.
func Pushed(w io.Writer, j *live.Journal, where string, s layout.Style) error {
	t := newText(w, s)
	counts := j.Count()
	var parts []string
	for _, p := range []struct {
		result live.Result
		words  string
		paint  func(string) string
	}{
		{live.Done, "written and read back", s.Green},
		{live.Equal, "so already", s.Dim},
		{live.Moved, "changed by somebody else since, and left alone", s.Yellow},
		{live.Unconfirmed, "written, and not confirmed", s.Red},
		{live.Failed, "failed", s.Red},
	} {
		if counts[p.result] > 0 {
			parts = append(parts, p.paint(layout.Count(counts[p.result])+" "+p.words))
		}
	}
	if left := j.Left(); left > 0 {
		parts = append(parts, s.Yellow(layout.Count(left)+" still to do"))
	}
	if len(parts) == 0 {
		parts = []string{"nothing was to be done"}
	}
	t.hanging("", strings.Join(parts, " · "))
	for i := range j.Changes {
		e := &j.Changes[i]
		if e.Outcome != nil && (e.Outcome.Result == live.Failed || e.Outcome.Result == live.Unconfirmed || e.Outcome.Result == live.Moved) {
			t.hanging("  "+harmless.Line(e.User)+"  ", harmless.Line(e.Outcome.Message))
		}
	}
	if n := len(j.Ends); n > 0 && j.Left() > 0 {
		t.hanging("  ", "It stopped: "+harmless.Line(strings.TrimPrefix(j.Ends[n-1].Reason, "stopped: "))+". The same journal goes on with it: live push --journal "+where)
	}
	t.hanging("  ", "The journal is "+where+". \"callpolicy live undo "+where+"\" is the way back.")
	return t.Flush()
}

// Adopt writes what they changed in Control Hub as lines for "callpolicy set
// --from". service says which service somebody uses; empty: nobody knows them.
func Adopt(w io.Writer, d *live.Drift, service func(user string) string) error {
	t := newText(w, layout.Plain())
	for i := range d.Users {
		u := &d.Users[i]
		if u.State != live.Differs || u.Moved == live.We || u.Live == nil {
			continue
		}
		in := service(u.User)
		setting, value := setting(in, u, d.Profiles)
		if in == "" || value == "" {
			t.line("# %s: %s cannot be written in the policies for this person", harmless.Line(u.User), behavior(u.Live, d.Profiles))
			continue
		}
		t.line("user:%s %s %s", harmless.Line(u.User), setting, value)
	}
	return t.Flush()
}

// setting writes what Webex holds as a setting of a policy file.
func setting(service string, u *live.Difference, profiles map[string]string) (name, value string) {
	name = "callingBehavior." + service
	apps := map[string]map[string]string{
		"webexCalling":  {"NATIVE_WEBEX_TEAMS_CALLING": "webex", "CALL_WITH_APP_REGISTERED_FOR_WEBEXCALLTEL": "webexCallingApp", "CALL_WITH_APP_REGISTERED_FOR_TEL": "thirdParty"},
		"unifiedCM":     {"CALL_WITH_APP_REGISTERED_FOR_CISCOTEL": "jabber"},
		"noPaidCalling": {},
	}
	switch {
	case u.Live.IsZero():
		return name, "inherit"
	case service == "unifiedCM" && u.Live.Type == "NATIVE_SIP_CALL_TO_UCM" && u.Live.ProfileID == "":
		return name + ".domain", "email"
	case service == "unifiedCM" && u.Live.Type == "NATIVE_SIP_CALL_TO_UCM":
		return name + ".ucManagerProfile", profiles[u.Live.ProfileID]
	}
	return name, apps[service][u.Live.Type]
}

// Say tells a person something beside what is asked for.
func Say(w io.Writer, body string, s layout.Style) error {
	t := newText(w, s)
	t.hanging("", s.Dim(harmless.Line(body)))
	return t.Flush()
}

// Simulating says where a simulated organization is: on a line of its own, for
// programs, and beside it what there is to know.
func Simulating(out, beside io.Writer, address, organization string, people int, clicks []string, s layout.Style) error {
	if _, err := fmt.Fprintf(out, "http://%s/v1\n", address); err != nil {
		return err
	}
	t := newText(beside, s)
	t.hanging("", fmt.Sprintf("A simulated organization of %s, with the id %s. Any token is taken; it ends when it is interrupted.", layout.Plural(people, "person", "people"), organization))
	if len(clicks) > 0 {
		t.hanging("stray clicks  ", strings.Join(clicks, ", "))
	}
	return t.Flush()
}

// Next says what a push would do next.
func Next(w io.Writer, p *live.Plan, at time.Time, s layout.Style) error {
	t := newText(w, s)
	asOf := ", by the snapshot of " + at.UTC().Format("2006-01-02 15:04") + " UTC"
	if len(p.Changes) == 0 {
		t.hanging("", "Next, live push would change nobody"+asOf+".")
		return t.Flush()
	}
	t.hanging("", "Next, live push would change "+people(p.People())+asOf+": callpolicy plan --live live")
	return t.Flush()
}
