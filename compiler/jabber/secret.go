package jabber

import (
	"regexp"
	"strings"

	"callpolicy/policies"
)

// Secret is a password that stands in a file. Its value is not told.
type Secret struct {
	Name string // of the parameter, element or attribute
	at   span   // what names it
}

// secretWords are those that the name of a password has in it.
func secretWords() []string {
	return []string{"password", "passwd", "passphrase", "passcode", "pwd", "pasword", "secret", "apikey", "api_key", "api-key", "privatekey", "private_key"}
}

// isSecret reports whether a parameter of this name holds a password. What is
// documented is known; of other names the words decide.
func isSecret(known *policies.JabberParameters, name string) bool {
	if p, _, ok := known.Find(name); ok {
		return p.Secret
	}
	name = strings.ToLower(name)
	for _, word := range secretWords() {
		if strings.Contains(name, word) {
			return true
		}
	}
	return false
}

// signedIn finds an address with a user name and a password in it.
var signedIn = regexp.MustCompile(`[A-Za-z][A-Za-z0-9+.-]*://[^\s/:@<>"']+:([^\s/@<>"']+)@`)

// inComment finds an element that is commented out.
var inComment = regexp.MustCompile(`<\s*([A-Za-z_][\w.-]*)[^<>]*>([^<>]*)`)

// hide notes that a piece of the text is a password.
func (r *reader) hide(name string, named, value span) {
	for value.start < value.end && strings.IndexByte(" \t\r\n", r.text.s[value.start]) >= 0 {
		value.start++
	}
	for value.start < value.end && strings.IndexByte(" \t\r\n", r.text.s[value.end-1]) >= 0 {
		value.end--
	}
	if value.start == value.end {
		return
	}
	r.text.secret = append(r.text.secret, value)
	r.file.Secrets = append(r.file.Secrets, Secret{name, named})
}

// hideAddresses hides the passwords of addresses in a piece of the text.
func (r *reader) hideAddresses(name string, named, piece span) {
	if !strings.Contains(r.text.s[piece.start:piece.end], "://") {
		return
	}
	for _, m := range signedIn.FindAllStringSubmatchIndex(r.text.s[piece.start:piece.end], -1) {
		r.hide(name, named, span{piece.start + m[2], piece.start + m[3]})
	}
}

// hideInComment hides the passwords of elements that are commented out.
func (r *reader) hideInComment(piece span) {
	for _, m := range inComment.FindAllStringSubmatchIndex(r.text.s[piece.start:piece.end], -1) {
		name := r.text.s[piece.start+m[2] : piece.start+m[3]]
		named, value := span{piece.start + m[0], piece.start + m[3]}, span{piece.start + m[4], piece.start + m[5]}
		if isSecret(r.known, name) {
			r.hide(name, named, value)
		} else {
			r.hideAddresses(name, named, value)
		}
	}
}
