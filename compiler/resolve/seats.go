package resolve

import (
	"slices"

	"callpolicy/compiler/config"
)

// Seats says how many users a license is assigned to.
type Seats struct {
	Assigned  int
	Migrating int // of them, those who hold licenses for both services: they take a seat on each side
}

// Seats counts, for each of Config.Licenses, the users who have it.
func (r *Result) Seats() []Seats {
	type holder struct {
		block *config.Block
		class int32
	}
	holders := map[holder]int{}
	for i := range r.Config.Users {
		holders[holder{r.Config.Users[i].Block, r.Of[i]}]++
	}
	out := make([]Seats, len(r.Config.Licenses))
	for h, n := range holders {
		for j, name := range h.block.Licenses {
			i, ok := r.Config.License(name)
			if !ok || slices.Contains(h.block.Licenses[:j], name) {
				continue
			}
			out[i].Assigned += n
			if r.Classes[h.class].Inputs.License == Migrating {
				out[i].Migrating += n
			}
		}
	}
	return out
}
