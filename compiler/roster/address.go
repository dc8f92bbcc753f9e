package roster

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// isAddress reports whether a text is an e-mail address that Webex could know
// somebody by.
func isAddress(s string) bool {
	local, domain, ok := strings.Cut(s, "@")
	if !ok || local == "" || utf8.RuneCountInString(local) > 64 || utf8.RuneCountInString(domain) > 253 ||
		strings.ContainsFunc(s, func(r rune) bool {
			return unicode.IsSpace(r) || unicode.IsControl(r) || strings.ContainsRune(`<>()[]:;,"\`, r)
		}) ||
		local[0] == '.' || strings.HasSuffix(local, ".") || strings.Contains(local, "..") {
		return false
	}
	labels := strings.Split(domain, ".")
	for _, label := range labels {
		if label == "" || strings.Contains(label, "@") {
			return false
		}
	}
	return len(labels) > 1
}

// undressed returns the address in a text as mail programs paste it, such as
// <ann@company.example>, mailto:ann@company.example and Ann
// <ann@company.example>; empty: there is none.
func undressed(s string) string {
	if _, in, ok := strings.Cut(s, "<"); ok {
		s, _, _ = strings.Cut(in, ">")
	}
	s = strings.TrimSpace(s)
	if len(s) > 7 && strings.EqualFold(s[:7], "mailto:") {
		s, _, _ = strings.Cut(s[7:], "?")
	}
	s = strings.Trim(s, "\"'();,")
	if !isAddress(s) {
		return ""
	}
	return s
}
