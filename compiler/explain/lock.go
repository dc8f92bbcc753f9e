package explain

import (
	"slices"

	"callpolicy/compiler/config"
)

// find returns the lock of a layer on a setting.
func (l *layer) find(section, name string) (config.Lock, bool) {
	i := slices.IndexFunc(l.locks, func(k config.Lock) bool { return k.Setting == section+"."+name })
	if i < 0 {
		return config.Lock{}, false
	}
	return l.locks[i], true
}

// lock shows the lock of a layer on a setting, or nil.
func (l *layer) lock(cfg *config.Config, section, name string) *Lock {
	have, ok := l.find(section, name)
	if !ok {
		return nil
	}
	path := l.below("locks", have.Setting)
	out := &Lock{Kind: "fixed", Path: path.String(), At: placeOf(cfg.Range(path...)), Binds: !l.loser}
	if have.OffOnly {
		out.Kind = "offOnly"
	}
	if i, ok := cfg.Toggle(name); ok && section == "inCall" {
		_, set := l.settings.InCall.Get(i)
		out.Binds = out.Binds && set
		return out
	}
	for _, service := range config.Services {
		if service.String() == name {
			out.Binds = out.Binds && !have.OffOnly && !l.settings.For(service).IsZero()
		}
	}
	return out
}

// breaks lists the levels below in the list, which are above in rank of office,
// whose locks are broken.
func breaks(layers []layer, broken func(*layer) bool) []By {
	var out []By
	for i := range layers {
		if !layers[i].loser && broken(&layers[i]) {
			out = append(out, layers[i].by())
		}
	}
	return out
}

// breaksToggle reports whether a weaker level that wrote this value would break
// the layer's lock. Equal values are allowed; a lock without a value binds nobody.
func (l *layer) breaksToggle(cfg *config.Config, i int, on bool) bool {
	lock, ok := l.find("inCall", cfg.Toggles[i])
	have, set := l.settings.InCall.Get(i)
	return ok && set && have != on && (on || !lock.OffOnly)
}

// breaksChoice is breaksToggle for a calling behavior.
func (l *layer) breaksChoice(service config.Service, own config.Choice) bool {
	lock, ok := l.find("callingBehavior", service.String())
	have := l.settings.For(service)
	return ok && !lock.OffOnly && !have.IsZero() && own.Whole(service) != have.Whole(service)
}
