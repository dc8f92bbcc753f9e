package rules

import (
	"slices"
	"strings"

	"callpolicy/compiler/config"
	"callpolicy/compiler/diag"
	"callpolicy/compiler/near"
)

// locks checks that no level leaves what a level above it has locked. What a
// user writes is looked at once for each class.
func (r *run) locks() {
	org := lockedLevel{r.cfg.Org.Settings, r.cfg.Org.Locks, []string{"org"}}
	r.locksThemselves(&org)
	templates := make([]lockedLevel, len(r.cfg.Templates))
	for i := range templates {
		t := &r.cfg.Templates[i]
		templates[i] = lockedLevel{t.Settings, t.Locks, []string{"templates", t.Name}}
		r.locksThemselves(&templates[i])
		for _, b := range org.broken(r.cfg, &t.Settings) {
			r.brokenLock(b, &org, templates[i].at, -1)
		}
	}
	byClass := make([][]brokenBy, len(r.result.Classes))
	any := false
	for i := range r.result.Classes {
		c := &r.result.Classes[i]
		if c.Own.IsZero() {
			continue
		}
		for _, b := range org.broken(r.cfg, &c.Own) {
			byClass[i] = append(byClass[i], brokenBy{b, &org})
		}
		if c.Template >= 0 {
			for _, b := range templates[c.Template].broken(r.cfg, &c.Own) {
				byClass[i] = append(byClass[i], brokenBy{b, &templates[c.Template]})
			}
		}
		any = any || byClass[i] != nil
	}
	if !any {
		return
	}
	for i := range r.cfg.Users {
		for _, b := range byClass[r.result.Of[i]] {
			r.brokenLock(b.broken, b.level, []string{"users", r.cfg.Users[i].Address}, i)
		}
	}
}

// lockedLevel is a level with locks.
type lockedLevel struct {
	config.Settings
	locks []config.Lock
	at    []string // where it is written
}

// broken is a lock that a lower level breaks.
type broken struct {
	id      diag.ID
	setting []string // inCall, screenSharing
	locked  string   // the value that the lock holds, in words
}

type brokenBy struct {
	broken
	level *lockedLevel
}

// broken returns the locks that what a lower level writes would break. Equal
// values are allowed; a lock without a value binds nobody.
func (l *lockedLevel) broken(cfg *config.Config, lower *config.Settings) []broken {
	var out []broken
	for _, lock := range l.locks {
		kind, name, _ := strings.Cut(lock.Setting, ".")
		switch kind {
		case "inCall":
			i, ok := cfg.Toggle(name)
			if !ok {
				continue
			}
			on, set := l.InCall.Get(i)
			own, written := lower.InCall.Get(i)
			switch {
			case !set || !written || on == own:
			case !lock.OffOnly:
				out = append(out, broken{diag.LockFixed, []string{kind, name}, onOff(on)})
			case own:
				out = append(out, broken{diag.LockOffOnly, []string{kind, name}, onOff(on)})
			}
		case "callingBehavior":
			service, ok := serviceOf(name)
			if !ok || lock.OffOnly {
				continue
			}
			have, own := l.For(service), lower.For(service)
			if !have.IsZero() && !own.IsZero() && have.Whole(service) != own.Whole(service) {
				out = append(out, broken{diag.LockFixed, []string{kind, name}, words(have.Whole(service))})
			}
		}
	}
	return out
}

func serviceOf(name string) (config.Service, bool) {
	for _, s := range config.Services {
		if s.String() == name {
			return s, true
		}
	}
	return 0, false
}

func onOff(on bool) string {
	if on {
		return "on"
	}
	return "off"
}

func words(c config.Choice) string {
	var said []string
	if c.App != "" {
		said = append(said, c.App)
	}
	if c.Profile != "" {
		said = append(said, "the UC Manager profile "+c.Profile)
	}
	if c.EmailDomain {
		said = append(said, "the e-mail domain")
	}
	return strings.Join(said, " with ")
}

// brokenLock reports a level that breaks a lock, unless it is a user for whom it is waived.
func (r *run) brokenLock(b broken, by *lockedLevel, at []string, user int) {
	x := &rule{id: b.id}
	path := slices.Concat(at, b.setting)
	found := r.find(x, path, strings.Join(path, "\x00"))
	if user >= 0 && r.waivers.user(b.id, user) {
		found.waived = true
		return
	}
	name := strings.Join(b.setting, ".")
	if found.reported {
		return // the organization and a template have locked the same value
	}
	found.reported = true
	found.lock = func() *diag.Diagnostic {
		d := diag.New(b.id, r.cfg.Range(path...), "%s is locked to %s", name, b.locked).At(config.Path(path).String())
		if b.id == diag.LockOffOnly {
			d = diag.New(b.id, r.cfg.Range(path...), "%s is %s above, and may not be turned on here", name, b.locked).At(config.Path(path).String())
		}
		d.Because("A lock binds what lower levels write in this repository. It does not bind Control Hub.").
			Try("Remove the value here, or change it where it is locked.")
		d.See(r.cfg.Range(slices.Concat(by.at, []string{"locks", name})...), "the lock is set here")
		return d.See(r.cfg.Range(slices.Concat(by.at, b.setting)...), "the locked value is set here")
	}
}

// locksThemselves reports locks that hold nothing.
func (r *run) locksThemselves(l *lockedLevel) {
	for _, lock := range l.locks {
		path := slices.Concat(l.at, []string{"locks", lock.Setting})
		report := func(id diag.ID, format string, args ...any) *diag.Diagnostic {
			d := diag.New(id, r.cfg.Range(path...), format, args...).At(config.Path(path).String())
			r.direct.Add(d)
			return d
		}
		kind, name, _ := strings.Cut(lock.Setting, ".")
		if kind != "inCall" && kind != "callingBehavior" {
			continue // reported by the schema
		}
		set, names := false, []string(nil)
		if kind == "inCall" {
			names = r.cfg.Toggles
			if i, ok := r.cfg.Toggle(name); ok {
				_, set = l.InCall.Get(i)
			}
		} else {
			for _, s := range config.Services {
				names = append(names, s.String())
			}
			if s, ok := serviceOf(name); ok {
				set = !l.For(s).IsZero()
			}
		}
		switch {
		case !slices.Contains(names, name):
			d := report(diag.SchemaUnknownField, "there is no setting called %s to lock", lock.Setting)
			if meant := near.One(name, names); meant != "" {
				d.Try("Did you mean %s.%s?", kind, meant)
			} else {
				d.Try("Below %s there are: %s.", kind, strings.Join(names, ", "))
			}
		case lock.OffOnly && kind != "inCall":
			report(diag.SchemaBadValue, "%s cannot be offOnly", lock.Setting).
				Because("Only what is on or off can be locked so that it may still be turned off.").Try("Write fixed.")
		case !set && r.faultBelow(config.Path(slices.Concat(l.at, []string{kind})).String()):
			// The value may be there, and could not be read.
		case !set && len(r.levelsOf(kind, name)) == 0:
			report(diag.LevelNotInEdition, "%s has no %s at any level; %s has it", r.cfg.Schema.Edition.Title, lock.Setting, elsewhere(r.cfg.Schema.Edition.Name, []string{kind, name})).
				Because("What is not there needs no lock, and one would look as if it held.").
				Try("Remove it, or change edition in callpolicy.yaml if your Control Hub has the setting.")
		case !set:
			d := report(diag.LockWithoutValue, "%s is locked, but has no value at this level", lock.Setting).
				Because("A lock says that lower levels may not leave the value of this level. There is none to keep to.").
				Try("Set %s here as well, or remove the lock.", lock.Setting).
				See(r.cfg.KeyRange(slices.Concat(l.at, []string{kind})...), "the values of this level are here")
			if l.at[0] == "templates" && !slices.Contains(r.levelsOf(kind, name), "template") {
				d.Try("Remove the lock: a template cannot hold %s.", lock.Setting)
			}
		}
	}
}
