package resolve

import (
	"slices"
)

// Seats says how many users a license is assigned to.
type Seats struct {
	Assigned  int
	Migrating int // of them, those who hold licenses for both services: they take a seat on each side; of an add-on none
}

// Seats counts, for each of Config.Licenses, the users who have it.
func (r *Result) Seats() []Seats {
	// Users who are alike are counted first, and looked at once.
	type holder struct{ first, n int }
	var holders []holder
	for i, alike := range r.Alike {
		if int(alike) == len(holders) {
			holders = append(holders, holder{first: i})
		}
		holders[alike].n++
	}
	out := make([]Seats, len(r.Config.Licenses))
	for _, h := range holders {
		licenses, n := r.Config.Users[h.first].Licenses, h.n
		for j, name := range licenses {
			i, ok := r.Config.License(name)
			if !ok || slices.Contains(licenses[:j], name) {
				continue
			}
			out[i].Assigned += n
			if r.Class(h.first).Inputs.License == Migrating {
				out[i].Migrating += n
			}
		}
	}
	return out
}
