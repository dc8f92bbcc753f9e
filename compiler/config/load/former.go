package load

import (
	"callpolicy/compiler/config"
	"callpolicy/compiler/config/check"
	"callpolicy/compiler/config/edit"
	"callpolicy/compiler/diag"
	"callpolicy/compiler/identity"
)

// formerAddresses checks what users have under previously. A former address is
// to lead from one person to the same person under another address, so it must
// not be somebody else's: nobody's today, and claimed by one user only.
//
// An address may go on to another person in the same change: two people swap
// addresses, or a new one takes over what a colleague leaves. Whoever has it now
// then names a former address as well, and has come from there. Bundles are by
// address, so a plan compares what each address gets, and calls nobody renamed
// who has an address that was there before.
func (l *linker) formerAddresses() {
	some := false
	for b := range l.blocks {
		some = some || len(b.Previously) > 0
	}
	if !some {
		return
	}
	claimed := map[string]formerAddress{}
	for i := range l.Users {
		u := &l.Users[i]
		for n, old := range u.Previously {
			key := identity.Address(old)
			now := u.Key // the address in the entry: the directory may still have the old one
			if as, moving := l.WrittenAs[u.Key]; moving {
				now = identity.Address(as)
			}
			first, twice := claimed[key]
			switch {
			case !l.isAddress(old), twice && first.user == i:
				continue // reported already: it is no address, or is listed twice
			case key == now:
				l.ownAddress(u, n)
				continue
			case twice:
				l.twoClaims(&l.Users[first.user], u, first.nth, n)
				continue
			}
			claimed[key] = formerAddress{i, n}
			if holder, ok := l.User(old); ok && holder != i && len(l.Users[holder].Previously) == 0 {
				l.inUse(u, &l.Users[holder], n)
			}
		}
	}
}

// formerAddress is one that a user, given by index, has under previously.
type formerAddress struct{ user, nth int }

func (l *linker) isAddress(s string) bool {
	pattern := l.Schema.Policy.Field("users").Type.Key
	return pattern == nil || pattern.MatchString(s)
}

// former makes a diagnostic at the nth former address of a user.
func (l *linker) former(u *config.User, nth int, format string, args ...any) *diag.Diagnostic {
	path := []string{"users", u.Address, "previously", l.index(u, "previously", nth)}
	at, anchor := l.Locate(path, false)
	d := diag.New(diag.RefFormerAddress, at, format, args...).At(config.Path(path).String())
	d.See(anchor, check.WrittenHere)
	l.diags.Add(d)
	return d
}

func (l *linker) ownAddress(u *config.User, nth int) {
	d := l.former(u, nth, "%s is the address that the user has now", u.Previously[nth]).
		Because("previously holds addresses that the user had before, so that a plan shows one person with a new address, and not two.").
		Try("Write the address from before, or remove this one.")
	if lines := l.source(u.At.File); lines != nil && len(d.Related) == 0 {
		if edit, ok := edit.WithoutItem(d.Subject, lines); ok {
			d.Mend("Remove the address", edit)
		}
	}
}

func (l *linker) twoClaims(first, second *config.User, nthFirst, nth int) {
	at := l.Range("users", first.Address, "previously", l.index(first, "previously", nthFirst))
	l.former(second, nth, "%s is a former address of %s as well", second.Previously[nth], first.Address).
		Because("previously says who somebody was before. One address cannot have become two people.").
		Try("Keep it at the user who had it last, and remove it at the other.").
		See(at, "first listed here")
}

// inUse reports a former address that is somebody's. Where the directory alone
// says so, it is a warning: nobody is to wait for a row in the roster.
func (l *linker) inUse(u, holder *config.User, nth int) {
	if holder.At == holder.Row {
		if l.broken {
			return // an entry that could not be read may say where they come from
		}
		d := l.former(u, nth, "%s is the address of somebody else in the roster", u.Previously[nth]).
			Because("So it says nothing of %s any more, and a plan shows nobody as renamed.", u.Address).
			Try("Remove it here, if the address has gone to somebody else. If it is the same person, one of the two rows has to go from the directory.").
			See(l.Range("users", holder.Address), "the row is here")
		d.Severity = diag.Warning
		return
	}
	l.former(u, nth, "%s is in use: it has an entry of its own", u.Previously[nth]).
		Because("previously says that %s is what became of it. While both are there, that is two users, who are counted and compiled twice.", u.Address).
		Try("If both are one person, move what is there to this entry and delete the other. If the address has gone to somebody else, remove it here.").
		See(l.rangeAt(holder.At, "users", holder.Address), "the other entry")
}
