package planview

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"callpolicy/cmd/callpolicy/internal/view/harmless"
	"callpolicy/compiler/plan"
)

// redactor puts pseudonyms in the place of e-mail addresses. The same address
// has the same pseudonym in every plan, so that two comments can be compared.
// Who knows an address can tell its pseudonym; it hides from those who do not.
type redactor struct{ known *strings.Replacer }

// newRedactor learns every address of a plan.
func newRedactor(p *plan.Plan) *redactor {
	names := map[string]string{} // pseudonym by address
	taken := map[string]string{} // address by pseudonym
	var pairs []string
	learn := func(address string) {
		key := strings.ToLower(address)
		if names[key] == "" {
			digits := 4
			for taken[pseudonym(key, digits)] != "" && digits < 2*sha256.Size {
				digits++
			}
			names[key] = pseudonym(key, digits)
			taken[names[key]] = key
		}
		for _, form := range []string{address, key} {
			if harmless.Line(form) != "" {
				pairs = append(pairs, harmless.Line(form), names[key])
			}
		}
	}
	for _, u := range p.Users {
		learn(u.User)
		if u.Was != "" {
			learn(u.Was)
		}
	}
	for _, c := range p.Causes {
		if c.User == "" {
			continue
		}
		learn(c.User)
		if _, rest := cutPath(c.Path); strings.HasPrefix(c.Path, "users.") {
			address, _ := cutPath(rest)
			learn(address)
			inner := strconv.Quote(address)
			pairs = append(pairs, inner[1:len(inner)-1], names[strings.ToLower(address)])
		}
	}
	return &redactor{strings.NewReplacer(longestFirst(pairs)...)}
}

func pseudonym(address string, digits int) string {
	sum := sha256.Sum256([]byte(address))
	return "user-" + hex.EncodeToString(sum[:])[:digits]
}

// address is what looks like an e-mail address that no plan knows: in the
// message of a fault, for one.
var address = regexp.MustCompile(`[^\s"'()\[\],;:<>/|]+@[^\s"'()\[\],;:<>/|]*[^\s"'()\[\],;:<>/|.]`)

func (r *redactor) text(s string) string {
	return address.ReplaceAllStringFunc(r.known.Replace(s), func(a string) string { return pseudonym(strings.ToLower(a), 4) })
}

// longestFirst sorts pairs of old and new, since a replacer takes the first of
// several that fit: one address may be the beginning of another.
func longestFirst(pairs []string) []string {
	type pair struct{ from, to string }
	list := make([]pair, 0, len(pairs)/2)
	for i := 0; i < len(pairs); i += 2 {
		list = append(list, pair{pairs[i], pairs[i+1]})
	}
	slices.SortStableFunc(list, func(a, b pair) int { return cmp.Compare(len(b.from), len(a.from)) })
	out := make([]string, 0, len(pairs))
	for _, p := range list {
		out = append(out, p.from, p.to)
	}
	return out
}
