package snapshot

import (
	"bytes"
	"slices"

	"callpolicy/compiler/roster"
)

// Tables is a snapshot as the CSV files that an administrator would export: who
// exists, who is in which group, and who has which calling behavior.
type Tables struct {
	People   []byte // in the form of Control Hub's export
	Members  []byte // group, user
	Behavior []byte // user, callingBehavior, ucManagerProfile
}

// Tables returns the tables of a snapshot, which must be whole: who is missing in
// another is not gone. A behavior that could not be read is in no row.
func (s *Snapshot) Tables() (*Tables, error) {
	if err := s.Whole(); err != nil {
		return nil, err
	}
	header := []string{"User ID/Email (Required)", "id", "Department", "locationId", "extension", "phoneNumber"}
	fixed := len(header)
	for _, l := range s.Licenses {
		header = append(header, column(l))
	}
	profiles := map[string]string{}
	for _, p := range s.Profiles {
		profiles[p.ID] = p.Name
	}
	people, behavior := [][]string{header}, [][]string{{"user", "callingBehavior", "ucManagerProfile"}}
	for p, err := range s.People() {
		if err != nil {
			return nil, err
		}
		row := append(make([]string, 0, len(header)), p.User, p.ID, p.Department, p.Location, p.Extension, p.Number)
		for i := range header[fixed:] {
			row = append(row, truth(slices.Contains(p.Licenses, s.Licenses[i].Key)))
		}
		people = append(people, row)
		if own := p.Calling.Own; own != nil {
			behavior = append(behavior, []string{p.User, own.Type, profiles[own.ProfileID]})
		}
	}
	members := [][]string{{"group", "user"}}
	for _, g := range s.Groups {
		for _, user := range g.Members {
			members = append(members, []string{g.Name, user})
		}
	}
	t := &Tables{}
	for _, table := range []struct {
		rows [][]string
		into *[]byte
	}{{people, &t.People}, {members, &t.Members}, {behavior, &t.Behavior}} {
		var b bytes.Buffer
		if err := roster.Write(&b, table.rows); err != nil {
			return nil, err
		}
		*table.into = b.Bytes()
	}
	return t, nil
}

// column is the license's column of an export, which always names a subscription.
func column(l License) string {
	if l.Subscription == "" {
		return l.Name + " [none]"
	}
	return l.Key
}

func truth(yes bool) string {
	if yes {
		return "TRUE"
	}
	return "FALSE"
}
