package simulate

import (
	"math/rand/v2"
	"slices"
	"strings"
)

// Stray makes n stray clicks in calling behavior: n people, half of them with a
// value of their own if there are enough, get another one than they have. Equal
// seeds make equal clicks. It returns the addresses, in the order of the clicks.
func (s *Server) Stray(n int, seed uint64) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	random := rand.New(rand.NewPCG(seed, seed)) //nolint:gosec // to be repeated, not to be secret
	var with, without []*Person
	for _, p := range s.people {
		if p.Behavior != "" {
			with = append(with, p)
		} else {
			without = append(without, p)
		}
	}
	for _, list := range [][]*Person{with, without} {
		random.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	}
	own := min(n/2, len(with))
	own = max(own, min(n-len(without), len(with)))
	chosen := slices.Concat(with[:own], without[:min(n-own, len(without))])
	clicked := make([]string, len(chosen))
	for i, p := range chosen {
		values := slices.DeleteFunc(s.offered(p), func(v string) bool { return v == p.Behavior })
		p.Behavior, p.Profile = values[random.IntN(len(values))], ""
		clicked[i] = p.Email
	}
	return clicked
}

// offered are the apps that Control Hub offers for somebody, by the license. A
// stray click chooses another app; it never takes a person's own value away.
func (s *Server) offered(p *Person) []string {
	if slices.ContainsFunc(p.Licenses, func(name string) bool { return strings.HasPrefix(name, "Unified Communication Manager") }) {
		return []string{UnifiedCM, Jabber}
	}
	return []string{Native, ThirdParty}
}
