package workspace

import (
	"cmp"
	"context"

	"callpolicy/compiler/diag"
	"callpolicy/compiler/live"
	"callpolicy/compiler/live/simulate"
)

// Simulate returns a simulated organization that holds what the project says: its
// people with their licenses, groups and calling behavior. With errors in the
// files there is none.
func (p Project) Simulate(ctx context.Context) (*simulate.Server, diag.List, error) {
	compiled, diags, err := p.Compile(ctx)
	if err != nil || diags.HasErrors() {
		return nil, diags, err
	}
	cfg := compiled.Config
	org := simulate.Organization{ID: cfg.Project.Webex.OrganizationID, Name: cmp.Or(cfg.Project.Organization, "simulated"), ProfileIDs: map[string]string{}}
	profiles := map[string]string{}
	for _, profile := range cfg.Profiles {
		org.Profiles = append(org.Profiles, profile.Name)
		if profile.ID != "" {
			org.ProfileIDs[profile.Name] = profile.ID
			profiles[profile.ID] = profile.Name
		}
	}
	called := map[string]string{}
	for _, l := range cfg.Licenses {
		called[l.Name] = cmp.Or(l.ControlHubName, l.Name)
		org.Licenses = append(org.Licenses, simulate.License{Name: called[l.Name], Subscription: "Sub000001", Total: max(l.Purchased, 0)})
	}
	policy := live.PolicyOf(compiled.Result)
	for i := range cfg.Users {
		u, wish := &cfg.Users[i], &policy.People[i]
		person := simulate.Person{Email: u.Address, Groups: wish.Groups, Behavior: wish.Own.Type, Profile: profiles[wish.Own.ProfileID]}
		for _, name := range u.Licenses {
			person.Licenses = append(person.Licenses, called[name])
		}
		person.Department, _ = u.Attribute("department")
		if location, ok := u.Attribute("locationId"); ok {
			org.Locations = append(org.Locations, location)
		}
		org.People = append(org.People, person)
	}
	return simulate.New(org), diags, nil
}
