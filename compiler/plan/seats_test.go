package plan_test

import (
	"fmt"
	"strings"
	"testing"
)

// TestSeats: who was added to which license, where, and how many are too many.
func TestSeats(t *testing.T) {
	head := clinicWith(t, "webexCalling, purchased: 100", "webexCalling, purchased: 3",
		"n1@c.example: { licenses: [webexCalling]", "n1@c.example: { licenses: [webexCalling, spare]",
		"d2@c.example: { licenses: [webexCalling]", "d9@c.example: { previously: [d2@c.example], licenses: [webexCalling]",
		"  w1@c.example: { licenses: [unifiedCM]", "\n  w1@c.example: { licenses: [unifiedCM, webexCalling]")
	head["policies/users.yaml"].Data = []byte(string(head["policies/users.yaml"].Data) + "  z9@c.example: { licenses: [webexCalling] }\n")
	_, base := loaded(t, clinicWith(t))
	_, changed := loaded(t, head)
	var got strings.Builder
	for _, c := range compare(t, base, changed).Seats {
		fmt.Fprintf(&got, "%s %d→%d over %d", c.License, c.Before, c.After, c.Over)
		for _, h := range c.Added {
			fmt.Fprintf(&got, " %s %s:%d", h.User, h.At.File, h.At.Line)
		}
		fmt.Fprintf(&got, " at %s:%d:%d\n", c.At.File, c.At.Line, c.At.Column)
	}
	// d2 became d9, which is no new holder.
	const want = "spare 0→1 over 0 n1@c.example policies/users.yaml:7 at policies/org.yaml:9:3\n" +
		"webexCalling 3→5 over 2 w1@c.example policies/users.yaml:5 z9@c.example policies/users.yaml:9 at policies/org.yaml:7:53\n"
	if got.String() != want {
		t.Errorf("got\n%s\nwant\n%s", got.String(), want)
	}
}
