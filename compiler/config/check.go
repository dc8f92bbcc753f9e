package config

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"callpolicy/compiler/diag"
	"callpolicy/compiler/syntax"
	"callpolicy/schema"
)

// checker walks a tree beside the schema and reports every fault in it, each
// once, at its place. CUE itself would hide faults behind others and point
// into the schema; a test proves that both accept the same files.
type checker struct {
	tree  *syntax.Tree
	diags diag.List
}

// trail is the path to a node, as a chain, so that walking allocates nothing
// unless something is to be reported.
type trail struct {
	up   *trail
	name string
	key  *syntax.Node // where the name is written; nil for list items and roots
}

func (t *trail) path() Path {
	var p Path
	for ; t != nil && t.up != nil; t = t.up {
		p = append(p, t.name)
	}
	slices.Reverse(p)
	return p
}

// report adds a diagnostic at a node. In aliased content the node's place is
// the use; the anchor is shown beside it.
func (c *checker) report(id diag.ID, n *syntax.Node, at *trail, format string, args ...any) *diag.Diagnostic {
	d := diag.New(id, c.tree.Range(n), format, args...).At(at.path().String())
	d.See(c.tree.AnchorRange(n), "the value is written here")
	c.diags.Add(d)
	return d
}

// check reports what is wrong with n. It returns whether n may be decoded: a
// node of the wrong kind may not, one with a bad word in it may.
func (c *checker) check(n *syntax.Node, t *schema.Type, at *trail) {
	switch t.Kind {
	case schema.Any:
	case schema.Struct:
		if c.mapping(n, t, at) {
			c.fields(n, t, at)
		}
	case schema.Union:
		if c.mapping(n, t, at) {
			c.union(n, t, at)
		}
	case schema.Map:
		if c.mapping(n, t, at) {
			c.entries(n, t, at)
		}
	case schema.List:
		c.list(n, t, at)
	case schema.OneOf:
		c.oneOf(n, t, at)
	case schema.String, schema.Word, schema.Date, schema.Bool, schema.Int:
		c.scalar(n, t, at)
	}
}

// mapping reports whether n is a mapping. Nothing written counts as an empty one.
func (c *checker) mapping(n *syntax.Node, t *schema.Type, at *trail) bool {
	if n.Kind == syntax.Map || n.Kind == syntax.Empty {
		return true
	}
	d := c.wrongType(n, at, "a mapping")
	switch names := t.Names(); {
	case n.Kind == syntax.Null:
		d.Try("Leave it out, or write {} for an empty mapping.")
	case len(names) > 0:
		d.Try("Write its fields on lines of their own below it: %s.", list(names))
	default:
		d.Try("Write entries below it, each as a name, a colon and its content.")
	}
	return false
}

func (c *checker) fields(n *syntax.Node, t *schema.Type, at *trail) {
	for i := range n.Len() {
		key, val := n.Key(i), n.Val(i)
		f := t.Field(key.Value)
		here := &trail{at, key.Value, key}
		switch {
		case f == nil:
			c.unknown(key, t, at, here)
		case f.Rule != "":
			c.forbidden(f, key, here)
		default:
			c.check(val, f.Type, here)
		}
	}
	for i := range t.Fields {
		if f := &t.Fields[i]; f.Required {
			if v, _ := n.Get(f.Name); v == nil {
				c.missing(n, at, f.Name).Try("Add %s. It is: %s", f.Name, lowerFirst(f.Doc))
			}
		}
	}
}

// forbidden reports a field that the schema knows only to say that a rule forbids it.
func (c *checker) forbidden(f *schema.Field, key *syntax.Node, here *trail) {
	var id diag.ID
	if err := id.UnmarshalText([]byte(f.Rule)); err != nil {
		return
	}
	c.report(id, key, here, "nothing can be set for a location").
		Because("In Control Hub, calling behavior cannot be set for a location, and how a location's template ranks against a group's is not documented.").
		Try("Put the people of the location into a group, and assign a calling template to the group.")
}

func (c *checker) unknown(key *syntax.Node, t *schema.Type, at, here *trail) {
	d := c.report(diag.SchemaUnknownField, key, here, "there is no field called %s here", quote(key.Value))
	names := t.Names()
	if near := nearest(key.Value, names); near != "" {
		d.Try("Did you mean %s?", near)
		c.offer(d, key, near, "Write "+near)
		return
	}
	d.Try("%s can hold: %s.", place(at), list(names))
}

func (c *checker) missing(n *syntax.Node, at *trail, field string) *diag.Diagnostic {
	where := n
	if at.key != nil {
		where = at.key
	}
	return c.report(diag.SchemaMissingField, where, at, "%s needs %s", place(at), field)
}

func (c *checker) entries(n *syntax.Node, t *schema.Type, at *trail) {
	for i := range n.Len() {
		key := n.Key(i)
		here := &trail{at, key.Value, key}
		c.key(key, t, at, here)
		c.check(n.Val(i), t.Elem, here)
	}
}

func (c *checker) key(key *syntax.Node, t *schema.Type, at, here *trail) {
	if t.Key == nil || t.Key.MatchString(key.Value) {
		return
	}
	d := c.report(diag.SchemaBadValue, key, here, "%s cannot be a key in %s", quote(key.Value), at.name)
	explainPattern(d, t.Key, key.Value)
}

func (c *checker) list(n *syntax.Node, t *schema.Type, at *trail) {
	if n.Kind != syntax.List {
		if n.Kind == syntax.Empty {
			return
		}
		d := c.wrongType(n, at, "a list")
		if n.Kind == syntax.String && n.Plain {
			d.Try("Put it in brackets: [%s].", n.Value)
			c.offer(d, n, "["+n.Value+"]", "Put it in brackets")
		} else {
			d.Try("Write items in brackets, or on lines that start with a dash.")
		}
		return
	}
	for i := range n.Items {
		c.check(&n.Items[i], t.Elem, &trail{up: at, name: strconv.Itoa(i)})
	}
}

func (c *checker) oneOf(n *syntax.Node, t *schema.Type, at *trail) {
	want := syntax.String
	if n.Kind == syntax.List {
		want = syntax.List
	}
	for _, alt := range t.Alts {
		if (alt.Kind == schema.List) == (want == syntax.List) {
			c.check(n, alt, at)
			return
		}
	}
}

// union checks a mapping that has one of several forms, told apart by the words
// in it: app: jabber, or app: webex with a profile, or app: webex with a domain.
func (c *checker) union(n *syntax.Node, t *schema.Type, at *trail) {
	before := len(c.diags)
	for i := range n.Len() {
		key := n.Key(i)
		here := &trail{at, key.Value, key}
		if f := t.Field(key.Value); f != nil {
			c.check(n.Val(i), f.Type, here)
		} else {
			c.unknown(key, t, at, here)
		}
	}
	if len(c.diags) > before {
		return
	}
	var fits []*schema.Type // forms whose words agree with what is written
	for _, alt := range t.Alts {
		if wordsAgree(n, alt) {
			fits = append(fits, alt)
		}
	}
	var lacking []string // of the forms that lack only something: what
	for _, alt := range fits {
		extra, lack := compare(n, alt)
		if extra == nil && len(lack) == 0 {
			return
		}
		if extra == nil {
			lacking = append(lacking, strings.Join(lack, " and "))
		}
	}
	if len(lacking) > 0 {
		c.missing(n, at, strings.Join(lacking, " or ")).Try("%s", forms(t))
		return
	}
	// Every form that fits is spoiled by a field too many: show the one that the others do not go with.
	key := n.Key(n.Len() - 1)
	others := make([]string, 0, n.Len())
	for i := range n.Len() {
		for _, alt := range t.Alts {
			if extra, _ := compare(n, alt); extra == n.Key(i) {
				key = extra
			}
		}
	}
	for i := range n.Len() {
		if k := n.Key(i); k != key {
			others = append(others, k.Value+": "+n.Val(i).Value)
		}
	}
	c.report(diag.SchemaBadValue, key, &trail{at, key.Value, key}, "%s does not go with %s", key.Value, list(others)).
		Try("%s", forms(t))
}

func wordsAgree(n *syntax.Node, alt *schema.Type) bool {
	for i := range alt.Fields {
		f := &alt.Fields[i]
		v, _ := n.Get(f.Name)
		if v != nil && f.Type.Kind == schema.Word && !slices.Contains(f.Type.Words, v.Value) {
			return false
		}
	}
	return true
}

// compare returns the first key that a form does not have, and the fields that it lacks.
func compare(n *syntax.Node, alt *schema.Type) (extra *syntax.Node, lack []string) {
	for i := range n.Len() {
		if alt.Field(n.Key(i).Value) == nil {
			extra = n.Key(i)
			break
		}
	}
	for _, f := range alt.Fields {
		if v, _ := n.Get(f.Name); v == nil && f.Required {
			lack = append(lack, f.Name)
		}
	}
	return extra, lack
}

// forms writes out what a union accepts: "{ app: jabber } or { app: webex, domain: email }".
func forms(t *schema.Type) string {
	var all []string
	for _, alt := range t.Alts {
		var fields []string
		for _, f := range alt.Fields {
			value := "…"
			if f.Type.Kind == schema.Word {
				value = strings.Join(f.Type.Words, " or ")
			}
			fields = append(fields, f.Name+": "+value)
		}
		all = append(all, "{ "+strings.Join(fields, ", ")+" }")
	}
	return "Write " + strings.Join(all, ", or ") + "."
}

func (c *checker) scalar(n *syntax.Node, t *schema.Type, at *trail) {
	switch t.Kind {
	case schema.Bool:
		c.boolean(n, at)
	case schema.Int:
		c.number(n, t, at)
	case schema.Date:
		if n.Kind != syntax.Date && n.Kind != syntax.String {
			c.wrongType(n, at, "a date").Try("Write it as 2027-03-01.")
		} else if _, err := time.Parse(time.DateOnly, n.Value); err != nil {
			c.report(diag.SchemaBadValue, n, at, "%s is not a date", quote(n.Value)).
				Try("Write year, month and day with dashes, as in 2027-03-01.")
		}
	case schema.Word:
		if n.Kind != syntax.String {
			c.notText(n, at, "one of the words "+list(t.Words))
		} else if !slices.Contains(t.Words, n.Value) {
			c.badWord(n, t.Words, at)
		}
	case schema.String:
		if n.Kind != syntax.String {
			c.notText(n, at, "text")
		} else if t.Pattern != nil && !t.Pattern.MatchString(n.Value) {
			explainPattern(c.report(diag.SchemaBadValue, n, at, "%s cannot stand here", quote(n.Value)), t.Pattern, n.Value)
		}
	case schema.Any, schema.Struct, schema.Map, schema.List, schema.Union, schema.OneOf:
	}
}

func (c *checker) boolean(n *syntax.Node, at *trail) {
	if n.Kind == syntax.Bool {
		return
	}
	d := c.wrongType(n, at, "true or false")
	word, known := map[string]string{
		"yes": "true", "y": "true", "on": "true", "1": "true", "true": "true",
		"no": "false", "n": "false", "off": "false", "0": "false", "false": "false",
	}[strings.ToLower(n.Value)]
	switch {
	case known && n.Kind == syntax.String && n.Plain:
		d.Because("YAML reads %s as text, not as a yes or no.", n.Value).Try("Write %s.", word)
		c.offer(d, n, word, "Write "+word)
	case known && n.Kind == syntax.String:
		d.Because("In quotes it is text.").Try("Write %s, without quotes.", word)
		c.offer(d, n, word, "Write "+word+" without quotes")
	case known:
		d.Try("Write %s.", word)
		c.offer(d, n, word, "Write "+word)
	case n.Kind == syntax.Null || n.Kind == syntax.Empty:
		d.Try("Leave %s out where this level does not decide it.", at.name)
	default:
		d.Try("Write true for on, or false for off.")
	}
}

func (c *checker) number(n *syntax.Node, t *schema.Type, at *trail) {
	if n.Kind != syntax.Int {
		d := c.wrongType(n, at, "a whole number")
		if i, err := strconv.Atoi(strings.TrimSpace(n.Value)); err == nil && n.Kind == syntax.String {
			d.Because("In quotes it is text.").Try("Write %d, without quotes.", i)
			c.offer(d, n, strconv.Itoa(i), "Write it without quotes")
		}
		return
	}
	i, err := strconv.ParseInt(n.Value, 10, 32)
	if err != nil || len(n.Value) > 1 && n.Value[0] == '0' {
		c.report(diag.SchemaBadValue, n, at, "%s is not a number that can stand here", n.Value).
			Try("Write it in plain digits, without leading zeros, underscores or prefixes.")
		return
	}
	if t.Min != nil && i < *t.Min {
		c.report(diag.SchemaBadValue, n, at, "%s must be at least %d, and %d is less", at.name, *t.Min, i)
	}
}

func (c *checker) badWord(n *syntax.Node, words []string, at *trail) {
	if len(words) == 1 {
		d := c.report(diag.SchemaBadValue, n, at, "%s must be %s, not %s", at.name, words[0], quote(n.Value))
		c.offer(d, n, words[0], "Write "+words[0])
		return
	}
	d := c.report(diag.SchemaBadValue, n, at, "%s is not a value of %s", quote(n.Value), at.name)
	if near := nearest(n.Value, words); near != "" {
		d.Try("Did you mean %s? Possible are %s.", near, list(words))
		c.offer(d, n, near, "Write "+near)
		return
	}
	d.Try("Possible are %s.", list(words))
}

// notText reports a value of another kind where a word is meant, with the trap
// that YAML set: yes, a date or a number without quotes.
func (c *checker) notText(n *syntax.Node, at *trail, want string) {
	d := c.wrongType(n, at, want)
	switch n.Kind {
	case syntax.Bool, syntax.Int, syntax.Float, syntax.Date:
		if n.Plain {
			d.Because("Without quotes, YAML reads %s as %s.", n.Value, n.Kind).Try("Put it in quotes: %q.", n.Value)
			c.offer(d, n, strconv.Quote(n.Value), "Put it in quotes")
		}
	case syntax.Null, syntax.Empty:
		d.Try("Leave %s out, or give it a value.", at.name)
	case syntax.Map, syntax.List, syntax.String:
	}
}

func (c *checker) wrongType(n *syntax.Node, at *trail, want string) *diag.Diagnostic {
	where, got := n, n.Kind.String()
	switch n.Kind {
	case syntax.Map, syntax.List, syntax.Empty:
		if at.key != nil {
			where = at.key
		}
	case syntax.String:
		got = "the text " + strconv.Quote(n.Value)
	case syntax.Bool, syntax.Int, syntax.Float, syntax.Date:
		got += ", " + n.Value
	case syntax.Null:
	}
	return c.report(diag.SchemaWrongType, where, at, "%s must be %s, not %s", place(at), want, got)
}

// offer adds a fix that replaces a node, unless it was written elsewhere.
func (c *checker) offer(d *diag.Diagnostic, n *syntax.Node, text, title string) {
	if n.Anchor != nil || n.File != "" || strings.HasSuffix(c.tree.File, ".cue") {
		return
	}
	at := c.tree.Range(n)
	at.Text = ""
	d.Mend(title, diag.Edit{Range: at, NewText: text})
}

// place names what a path leads to, for a message.
func place(at *trail) string {
	switch {
	case at.up == nil:
		return "this file"
	case at.key == nil:
		return "item " + itemNumber(at.name) + " of " + at.up.name
	}
	return at.name
}

func itemNumber(index string) string {
	i, _ := strconv.Atoi(index)
	return strconv.Itoa(i + 1)
}

// explainPattern says in words what a pattern of the schema wants.
func explainPattern(d *diag.Diagnostic, pattern *regexp.Regexp, value string) {
	switch p := pattern.String(); {
	case strings.Contains(p, "@"):
		d.Because("People are named by their e-mail address, of which Webex allows 64 characters before the @.").
			Try("Write an address, such as u0142@voorbeeld.example.")
	case strings.Contains(p, "%"):
		d.Try("Write a share in percent, such as 30%%.")
	case strings.Contains(p, "inCall"):
		d.Try("Name the setting that is locked, such as inCall.screenSharing or callingBehavior.unifiedCM.")
	case value == "":
		d.Try("Give it a name.")
	default:
		d.Because("A name has up to 256 characters and no line breaks or other control characters.")
	}
}

func lowerFirst(s string) string {
	if s == "" {
		return s
	}
	return strings.ToLower(s[:1]) + s[1:]
}

// list joins words for a sentence: a, b and c.
func list(words []string) string {
	switch n := len(words); n {
	case 0:
		return "nothing"
	case 1:
		return words[0]
	default:
		return strings.Join(words[:n-1], ", ") + " and " + words[n-1]
	}
}

func quote(s string) string {
	if s == "" || len(s) > 60 || strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r == '"' || r == 0x7f }) {
		if len(s) > 60 {
			s = fmt.Sprintf("%.60s…", s)
		}
		return strconv.Quote(s)
	}
	return s
}
