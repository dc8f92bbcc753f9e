package config

import (
	"fmt"
	"maps"
	"strings"
)

// LimitName names a limit on how many users a plan may reach, as the project file
// does.
type LimitName string

// The limits.
const (
	ChangedUsers     LimitName = "changedUsers"     // whose settings change
	RemovedUsers     LimitName = "removedUsers"     // who disappear
	LostLicense      LimitName = "lostLicense"      // who lose a calling license and gain none
	QuarantinedUsers LimitName = "quarantinedUsers" // who have a bundle, and are newly set aside
)

// LimitNames returns the limits in the order in which they are told.
func LimitNames() []LimitName {
	return []LimitName{ChangedUsers, RemovedUsers, LostLicense, QuarantinedUsers}
}

// Limit is how many users a plan may reach in one way: a share of those before it,
// a count, or the smaller of both. Without either there is no limit.
type Limit struct {
	Text    string   // as it is written, or holds without
	Written bool     // in the project file
	Share   *float64 // in percent
	Count   *int
}

// Most returns how many of so many users a plan may reach; ok is false where there
// is no limit.
func (l Limit) Most(of int) (most int, ok bool) {
	if l.Share != nil {
		most, ok = int(*l.Share*float64(of)/100+1e-9), true // whole users; 30% of 10 is 3
	}
	if l.Count != nil && (!ok || *l.Count < most) {
		most, ok = *l.Count, true
	}
	return most, ok
}

// Limits are how many users a plan may reach.
type Limits struct {
	Of          map[LimitName]Limit // each of them
	IgnoreBelow int                 // fewer users than this never trip a limit
	Allow       []Allowance         // in the order of the file
}

// Allowance lets a plan reach more users than a limit allows, until a day.
type Allowance struct {
	Of            map[LimitName]int
	Until         string // the last day, 2027-03-01
	Owner, Reason string
}

// Equal reports whether two exceptions are the same.
func (a Allowance) Equal(b Allowance) bool {
	return a.Until == b.Until && a.Owner == b.Owner && a.Reason == b.Reason && maps.Equal(a.Of, b.Of)
}

// String is the exception in a line: removedUsers 150 until 2027-09-05.
func (a Allowance) String() string {
	var parts []string
	for _, name := range LimitNames() {
		if n, ok := a.Of[name]; ok {
			parts = append(parts, fmt.Sprintf("%s %d", name, n))
		}
	}
	return strings.Join(parts, ", ") + " until " + a.Until
}
