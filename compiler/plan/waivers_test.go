package plan_test

import (
	"fmt"
	"strings"
	"testing"
)

// TestWaivers: one goes, one is longer, one comes, and one stays where it is moved.
func TestWaivers(t *testing.T) {
	const rule = "- { rule: lint.tel-loop, reason: A trial, "
	base, head := clinicWith(t), clinicWith(t)
	text := string(base["policies/users.yaml"].Data)
	base["policies/users.yaml"].Data = []byte(text + "waivers:\n" +
		rule + "user: n1@c.example, owner: voice, expires: 2027-01-31 }\n" +
		rule + "user: w1@c.example, owner: voice, expires: 2027-01-31 }\n" +
		rule + "group: ward, owner: voice, expires: 2027-01-31 }\n")
	head["policies/users.yaml"].Data = []byte(text + "waivers:\n" +
		rule + "group: ward, owner: voice, expires: 2027-01-31 }\n" +
		rule + "user: W1@c.example, owner: privacy, expires: 2027-02-28 }\n" +
		rule + "user: d2@c.example, owner: voice, expires: 2027-01-31 }\n")
	_, before := loaded(t, base)
	_, after := loaded(t, head)
	var got strings.Builder
	for _, w := range compare(t, before, after).Waivers {
		fmt.Fprintf(&got, "%s %s %s%s %s %s %s:%d\n", w.Action, w.Rule, w.User, w.Group, w.Owner, w.Expires, w.At.Side, w.At.Line)
	}
	lines := strings.Count(text, "\n")
	want := fmt.Sprintf("change lint.tel-loop W1@c.example privacy 2027-02-28 head:%d\n"+
		"add lint.tel-loop d2@c.example voice 2027-01-31 head:%d\n"+
		"remove lint.tel-loop n1@c.example voice 2027-01-31 base:%d\n", lines+3, lines+4, lines+2)
	if got.String() != want {
		t.Errorf("got\n%s\nwant\n%s", got.String(), want)
	}
}
