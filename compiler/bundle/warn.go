package bundle

import (
	"slices"

	"callpolicy/compiler/diag"
	"callpolicy/compiler/resolve"
)

// ProfilesWithoutID returns a warning for each UC Manager profile that somebody
// has of their own and whose id in the Webex API is not known: no
// calling-behavior.json can be written for these people.
func ProfilesWithoutID(r *resolve.Result) diag.List {
	users := map[string]int{}
	for i := range r.Classes {
		class := &r.Classes[i]
		if ExpressionOf(r.Config, class.Inputs, class.Effective) == ProfileWithoutID {
			users[class.Calling.Profile] += class.Users
		}
	}
	var list diag.List
	for i := range r.Config.Profiles {
		name := r.Config.Profiles[i].Name
		if users[name] == 0 {
			continue
		}
		d := diag.New(diag.RefProfileWithoutId, r.Config.KeyRange("ucManagerProfiles", name), "the profile %s has no id, so it cannot be given to a person through the API", name).
			At("ucManagerProfiles." + name).
			Because("The Webex API gives a UC Manager profile to one person by its id. Without the id, no calling-behavior.json can be written for whoever has chosen the profile.").
			Try("Add the profile's id, from the API's list of calling profiles (GET /telephony/config/callingProfiles).")
		d.Users = users[name]
		for j := range r.Config.Users {
			class := r.Class(j)
			if class.Calling.Profile == name && len(d.Examples) < 3 && ExpressionOf(r.Config, class.Inputs, class.Effective) == ProfileWithoutID {
				d.Examples = append(d.Examples, r.Config.Users[j].Address)
			}
		}
		list.Add(d)
	}
	return slices.Clip(list)
}
