package plan

import (
	"slices"
	"sync"

	"callpolicy/compiler/config"
	"callpolicy/compiler/identity"
	"callpolicy/compiler/resolve"
)

// SeatChange is a license whose seats are taken or bought otherwise in the
// head, or of which there are too few.
type SeatChange struct {
	License   string   `json:"license"`
	Purchased *int     `json:"purchased"`      // in the head; null: not said
	Before    int      `json:"before"`         // users who have it in the base
	After     int      `json:"after"`          // and in the head
	Over      int      `json:"over,omitempty"` // users in the head beyond the seats
	At        *At      `json:"at"`             // where purchased is written; null where nothing of the license is
	Added     []Holder `json:"added"`          // who has it in the head only, by address; a few of many
	MoreAdded int      `json:"moreAdded,omitempty"`
}

// Holder is a user who has a license.
type Holder struct {
	User string `json:"user"`
	At   *At    `json:"at"` // where the licenses of the user are written
}

// shownHolders bounds how many who were added are named.
const shownHolders = 10

// seatChanges compares who has which license. Of a side that is known by its bundles
// only, nobody knows.
func seatChanges(base, head *Side) []SeatChange {
	if base.Result == nil || head.Result == nil {
		return nil
	}
	b, h := base.Result.Config, head.Result.Config
	var before []resolve.Seats
	var background sync.WaitGroup
	background.Go(func() { before = base.Result.Seats() })
	after := head.Result.Seats()
	background.Wait()
	var out []SeatChange
	for i := range h.Licenses {
		l := &h.Licenses[i]
		s := SeatChange{License: l.Name, After: after[i].Assigned}
		bought := -1
		if n, ok := b.License(l.Name); ok {
			s.Before, bought = before[n].Assigned, b.Licenses[n].Purchased
		}
		if l.Purchased >= 0 {
			s.Purchased, s.Over = &l.Purchased, max(0, s.After-l.Purchased)
		}
		if s.Before == s.After && bought == l.Purchased && (s.Over == 0 || !gained(b, h, l.Name)) {
			continue
		}
		s.At = rangeAt(h, "head", "licenses", l.Name, "purchased")
		s.Added, s.MoreAdded = added(b, h, l.Name)
		out = append(out, s)
	}
	return out
}

// newHolders calls yield for each user of the head who has the license there only.
func newHolders(b, h *config.Config, license string, yield func(u *config.User) bool) {
	has := map[*config.Block]bool{}
	holds := func(block *config.Block) bool {
		yes, ok := has[block]
		if !ok {
			yes = slices.Contains(block.Licenses, license)
			has[block] = yes
		}
		return yes
	}
	i := 0
	for j := range h.Users {
		u := &h.Users[j]
		for i < len(b.Users) && b.Users[i].Key < u.Key {
			i++
		}
		if !holds(u.Block) || i < len(b.Users) && b.Users[i].Key == u.Key && holds(b.Users[i].Block) {
			continue
		}
		if !slices.ContainsFunc(u.Previously, func(old string) bool { // renamed
			n, before := b.User(identity.Address(old))
			_, still := h.User(old)
			return before && !still && holds(b.Users[n].Block)
		}) && !yield(u) {
			return
		}
	}
}

func gained(b, h *config.Config, license string) (yes bool) {
	newHolders(b, h, license, func(*config.User) bool {
		yes = true
		return false
	})
	return yes
}

func added(b, h *config.Config, license string) (named []Holder, more int) {
	named = []Holder{}
	newHolders(b, h, license, func(u *config.User) bool {
		if len(named) == shownHolders {
			more++
			return true
		}
		named = append(named, Holder{u.Key, rangeAt(h, "head", "users", u.Address, "licenses")})
		return true
	})
	return named, more
}

func rangeAt(cfg *config.Config, side string, path ...string) *At {
	r := cfg.Range(path...)
	if r.IsZero() {
		return nil
	}
	return &At{Side: side, File: r.File, Line: r.Start.Line, Column: r.Start.Column}
}
