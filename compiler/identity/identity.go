// Package identity says when two names are one: of people, whose addresses
// systems write in different letters and forms, and of groups and attributes. It
// knows texts and nothing of what they name.
package identity

import (
	"strings"

	"golang.org/x/net/idna"
	"golang.org/x/text/unicode/norm"
)

// Address is an e-mail address as it is compared: in small letters, composed
// (NFC), its domain in Unicode. Outputs hold addresses in this form.
func Address(s string) string {
	if plain(s) && !strings.Contains(s, "xn--") && !strings.Contains(s, "XN--") && !strings.Contains(s, "Xn--") && !strings.Contains(s, "xN--") {
		return strings.ToLower(s)
	}
	local, domain, ok := strings.Cut(s, "@")
	if !ok {
		return Name(s)
	}
	if decoded, err := idna.ToUnicode(strings.ToLower(domain)); err == nil {
		domain = decoded
	}
	return Name(local) + "@" + Name(domain)
}

// Name is the name of a group, or the value of an attribute, as it is compared:
// in small letters, composed.
func Name(s string) string {
	if plain(s) {
		return strings.ToLower(s)
	}
	return norm.NFC.String(strings.ToLower(norm.NFC.String(s)))
}

// Same reports whether two names of groups, or values of attributes, are one.
func Same(a, b string) bool {
	return a == b || strings.EqualFold(a, b) || !(plain(a) && plain(b)) && Name(a) == Name(b)
}

// plain reports whether a text has nothing but ASCII in it.
func plain(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}
