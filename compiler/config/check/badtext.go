package check

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"

	"callpolicy/compiler/config"
	"callpolicy/compiler/diag"
	"callpolicy/compiler/syntax"
	"callpolicy/schema"
)

// badText reports text that a pattern of the schema refuses, in words.
func (c *Checker) badText(n *syntax.Node, pattern *schema.Pattern, at *Trail) {
	text := Quote(n.Value)
	if n.Value == "" {
		c.report(diag.SchemaBadValue, n, at, "a name cannot be empty").Try("Give it a name.")
		return
	}
	switch pattern.Form() {
	case schema.AddressForm:
		c.badAddress(n, pattern, at)
	case schema.LimitForm:
		c.report(diag.SchemaBadValue, n, at, "%s is no limit", text).
			Try("Write a share of the users, such as 30%%, a count, such as 250, or both with a comma between them, of which the smaller holds; off is no limit.")
	case schema.PathForm, schema.FolderForm:
		c.badPath(n, pattern, at)
	case schema.WebexIDForm:
		c.report(diag.SchemaBadValue, n, at, "%s is not an id of the Webex API", text).
			Because("The API has ids in a form of its own, which begins with Y2lz; Control Hub shows another.").
			Try("Take it from manifest.json of a snapshot, which \"callpolicy live pull\" makes.")
	case schema.SettingForm:
		c.report(diag.SchemaBadValue, n, at, "%s is not a setting that can be locked", text).
			Try("Name the setting as a path, such as inCall.screenSharing or callingBehavior.unifiedCM.")
	case schema.NameForm:
		c.report(diag.SchemaBadValue, n, at, "%s cannot be a name", text).
			Because("A name has up to 256 characters, and no line breaks or other control characters.").
			Try("Give it a shorter or simpler name.")
	}
}

func (c *Checker) badAddress(n *syntax.Node, pattern *schema.Pattern, at *Trail) {
	text := Quote(n.Value)
	d := c.report(diag.SchemaBadValue, n, at, "%s is not an e-mail address", text)
	if r, ok := invisible(n.Value); ok {
		d.Summary = fmt.Sprintf("there is an invisible character, U+%04X, in this address", r)
		d.Because("A character that nobody sees makes this an address that nobody has. It often comes along with copied text.").
			Try("Type the address anew.")
		return
	}
	if bare := strings.TrimSpace(n.Value); bare != n.Value && pattern.MatchString(bare) {
		d.Summary = fmt.Sprintf("there is a blank before or behind the address %s", Quote(bare))
		d.Try("Write %s, without blanks.", bare)
		c.offer(d, n, bare, "Take the blanks out")
		return
	}
	if bare := strings.Trim(n.Value, curly); bare != n.Value && pattern.MatchString(bare) {
		lookalike(d, n)
		c.offer(d, n, bare, "Take the quotes out")
		return
	}
	if strings.Count(n.Value, "@") > 1 && strings.ContainsAny(n.Value, " ,;") {
		d.Summary = text + " is more than one address"
		d.Because("Lines that are indented deeper, or not separated, belong to the one above.").
			Try("Write each address on a line with a dash, all dashes in one column; between brackets, put commas between them.")
		return
	}
	d.Because("People are named by their e-mail address, of which Webex allows 64 characters before the @.").
		Try("Write an address, such as u0142@voorbeeld.example.")
}

func (c *Checker) badPath(n *syntax.Node, pattern *schema.Pattern, at *Trail) {
	text := Quote(n.Value)
	if slashes := Slashed(n.Value); slashes != n.Value && pattern.MatchString(slashes) {
		d := c.report(diag.SchemaBadValue, n, at, "%s is written with backslashes", text).
			Because("The files are the same on every machine, and only one system knows such paths.").
			Try("Write %s, which all of them know.", slashes)
		if portable.MatchString(slashes) {
			c.offer(d, n, slashes, "Write slashes")
		}
		return
	}
	what, example := "file or folder", "policies"
	if pattern.Form() == schema.FolderForm {
		what, example = "folder", "build/bundles"
	}
	c.report(diag.SchemaBadValue, n, at, "%s is not a %s of this project", text, what).
		Because("It is the same on every machine, so it is named relative to %s.", config.ProjectFile).
		Try("Write a path with slashes, such as %s.", example)
}

// portable matches a path that means itself in YAML and on every system.
var portable = regexp.MustCompile(`^[A-Za-z0-9._][A-Za-z0-9._/-]*$`)

// Slashed writes a path with slashes.
func Slashed(name string) string { return strings.ReplaceAll(name, `\`, "/") }

// invisible returns the first character of a text that takes no room or looks
// like a blank and is none.
func invisible(s string) (rune, bool) {
	for _, r := range s {
		if r > 0x7f && (unicode.Is(unicode.C, r) || unicode.Is(unicode.Z, r)) {
			return r, true
		}
	}
	return 0, false
}
