package explain

import (
	"fmt"
	"slices"
	"strings"

	"callpolicy/compiler/bundle"
	"callpolicy/compiler/config"
	"callpolicy/compiler/near"
)

// NotFoundError says that something that was asked about is not there.
type NotFoundError struct {
	What        string   // user, setting, license, group, value
	Name        string   // as it was asked for
	Near        []string // what may have been meant, the likeliest first
	Known       []string // all there are, where they are few
	Quarantined bool     // it is a user who is in quarantine
	InUse       string   // it is a setting of another calling service than this one
}

// Error names what is not there.
func (e *NotFoundError) Error() string {
	switch {
	case e.Quarantined:
		return fmt.Sprintf("%s is set aside, since the row in the roster is at fault, so nothing applies", e.Name)
	case e.InUse != "":
		return fmt.Sprintf("%s does not apply to this user, whose calling service is %s", e.Name, e.InUse)
	case e.What == "user":
		return fmt.Sprintf("nobody has the address %q", e.Name)
	case e.What == "value":
		return fmt.Sprintf("%q is no value of this setting", e.Name)
	}
	return fmt.Sprintf("there is no %s %q", e.What, e.Name)
}

// mostNear is how many names are worth suggesting.
const mostNear = 3

func notFound(what, name string, known []string) *NotFoundError {
	return &NotFoundError{What: what, Name: name, Near: near.Some(name, known, mostNear), Known: known}
}

// nearestUsers suggests addresses: those with this name before the @, else
// those that differ in a letter or two.
func nearestUsers(address string, cfg *config.Config) []string {
	name, _, whole := strings.Cut(strings.ToLower(address), "@")
	var same []string
	for i := range cfg.Users {
		if local, _, _ := strings.Cut(cfg.Users[i].Key, "@"); local == name {
			same = append(same, cfg.Users[i].Address)
		}
		if len(same) == mostNear {
			break
		}
	}
	if len(same) > 0 || !whole {
		return same
	}
	return near.Some(address, namesOf(cfg.Users, func(u *config.User) string { return u.Address }), mostNear)
}

// settingNamed finds a setting; a toggle may be named without inCall, and a
// calling behavior with its service, as in the files.
func (e *Explanation) settingNamed(setting string) (int, error) {
	names := e.Names()
	if service, ok := strings.CutPrefix(setting, "callingBehavior."); ok {
		return e.behaviorNamed(setting, service)
	}
	for _, name := range []string{setting, "inCall." + setting} {
		if i := slices.Index(names, name); i >= 0 {
			return i, nil
		}
	}
	err := notFound("setting", setting, names)
	if len(err.Near) == 0 {
		err.Near = near.Some("inCall."+setting, names, mostNear)
	}
	return 0, err
}

// behaviorNamed finds the calling behavior of a service among those that apply.
func (e *Explanation) behaviorNamed(setting, service string) (int, error) {
	const section = "callingBehavior."
	var inUse []string
	for i := range e.Settings {
		if c, ok := e.Settings[i].Value.(bundle.Choice); ok {
			if service == pathWord(c.Service) {
				return i, nil
			}
			inUse = append(inUse, section+pathWord(c.Service))
		}
	}
	services := make([]string, len(config.Services))
	for i, s := range config.Services {
		services[i] = s.String()
	}
	if !slices.Contains(services, service) {
		err := notFound("setting", service, services)
		err.Name = setting
		for _, names := range [][]string{err.Near, err.Known} {
			for i, name := range names {
				names[i] = section + name
			}
		}
		return 0, err
	}
	return 0, &NotFoundError{What: "setting", Name: setting, Near: inUse, InUse: strings.TrimPrefix(inUse[0], section)}
}

// pathWord is a service of [Calling] as policy files name it.
func pathWord(service string) string {
	if service == "none" {
		return config.NoPaidCalling.String()
	}
	return service
}
