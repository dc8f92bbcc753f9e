package plan

import (
	"slices"
	"strings"

	"callpolicy/compiler/bundle"
	"callpolicy/compiler/resolve"
)

// Side is one of the two states that are compared. A state that was compiled
// has everything; of one that was only read back from a target the bundles are
// known, but not what led to them.
type Side struct {
	State  State
	Result *resolve.Result // nil: read back from a target, so causes are unknown
	Users  []bundle.Entry  // by address
	Bundle func(bundle.Digest) (*bundle.Bundle, error)

	quarantined []string       // addresses of users in quarantine; sorted
	kept        []bundle.Entry // bundles that are kept for such users, by address; they are not among Users
	settings    map[bundle.Digest][]bundle.Setting
}

// Compiled returns the side of a compilation.
func Compiled(state State, r *resolve.Result, set *bundle.Set) *Side {
	s := &Side{State: state, Result: r, Users: make([]bundle.Entry, len(r.Config.Users))}
	for i := range r.Config.Users {
		s.Users[i] = bundle.Entry{User: r.Config.Users[i].Key, Bundle: set.Of(i).Digest}
	}
	s.quarantined = r.Config.QuarantinedAddresses()
	byDigest := make(map[bundle.Digest]*bundle.Bundle, len(set.Bundles()))
	for _, b := range set.Bundles() {
		byDigest[b.Digest] = b
	}
	s.Bundle = func(d bundle.Digest) (*bundle.Bundle, error) { return byDigest[d], nil }
	return s
}

// Nothing returns a side without users: an empty target, a project that did not exist.
func Nothing(state State) *Side {
	return &Side{State: state, Bundle: func(bundle.Digest) (*bundle.Bundle, error) { return nil, nil }}
}

// of returns the effective settings in a bundle. They are looked up once for
// each distinct bundle, however many users have it.
func (s *Side) of(d bundle.Digest) ([]bundle.Setting, error) {
	if have, ok := s.settings[d]; ok {
		return have, nil
	}
	b, err := s.Bundle(d)
	if err != nil {
		return nil, err
	}
	doc, err := b.Document()
	if err != nil {
		return nil, err
	}
	if s.settings == nil {
		s.settings = map[bundle.Digest][]bundle.Setting{}
	}
	s.settings[d] = doc.Settings()
	return s.settings[d], nil
}

// user returns the index of a user, or -1.
func (s *Side) user(address string) int {
	i, ok := slices.BinarySearchFunc(s.Users, address, func(e bundle.Entry, a string) int { return strings.Compare(e.User, a) })
	if !ok {
		return -1
	}
	return i
}
