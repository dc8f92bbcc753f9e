// Package check holds one parsed file to the schema. It reports every fault at
// its place, in the words of whoever wrote the file, and offers what to write.
//
// It looks at one document alone and makes nothing of it: what the document
// means, and what it refers to, is for package load.
package check

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"callpolicy/compiler/config"
	"callpolicy/compiler/diag"
	"callpolicy/compiler/filekind"
	"callpolicy/compiler/near"
	"callpolicy/compiler/syntax"
	"callpolicy/policies"
	"callpolicy/schema"
)

// Checker walks a tree beside the schema and reports every fault in it, each
// once, at its place. CUE itself would hide faults behind others and point
// into the schema; a test proves that both accept the same files.
type Checker struct {
	Tree    *syntax.Tree
	Edition *schema.Edition // nil: of no matter
	Diags   diag.List
}

// Trail is the path to a node, as a chain, so that walking allocates nothing
// unless something is to be reported.
type Trail struct {
	up   *Trail
	Name string
	key  *syntax.Node // where the name is written; nil for list items and roots
}

// At returns the trail to the value of a key.
func (t *Trail) At(key *syntax.Node) *Trail { return &Trail{t, key.Value, key} }

func (t *Trail) path() config.Path {
	var p config.Path
	for ; t != nil && t.up != nil; t = t.up {
		p = append(p, t.Name)
	}
	slices.Reverse(p)
	return p
}

// report adds a diagnostic at a node. In aliased content the node's place is
// the use; the anchor is shown beside it.
func (c *Checker) report(id diag.ID, n *syntax.Node, at *Trail, format string, args ...any) *diag.Diagnostic {
	if len(c.Diags) >= syntax.MaxFaults {
		return new(diag.Diagnostic) // for the caller to fill, and for nobody to see
	}
	d := diag.New(id, c.Tree.Range(n), format, args...).At(at.path().String())
	d.See(c.Tree.AnchorRange(n), WrittenHere)
	c.Diags.Add(d)
	return d
}

// WrittenHere is said of the anchor of a value that was reached through an alias.
const WrittenHere = "the value is written here"

// Once leaves one of the diagnostics of a value that aliases repeat: that at
// the value itself, if it is at fault there too, or else the first.
func Once(list diag.List) diag.List {
	type fault struct {
		id      diag.ID
		summary string
		file    string
		at      diag.Pos
	}
	aliased := func(d *diag.Diagnostic) bool { return len(d.Related) > 0 && d.Related[0].Message == WrittenHere }
	if !slices.ContainsFunc(list, aliased) {
		return list
	}
	seen := map[fault]bool{}
	for _, d := range list {
		if !aliased(d) {
			seen[fault{d.ID, d.Summary, d.Subject.File, d.Subject.Start}] = true
		}
	}
	var out diag.List
	for _, d := range list {
		if aliased(d) {
			f := fault{d.ID, d.Summary, d.Related[0].File, d.Related[0].Start}
			if seen[f] {
				continue
			}
			seen[f] = true
		}
		out = append(out, d)
	}
	return out
}

// Check reports what is wrong with n. It returns whether n may be decoded: a
// node of the wrong kind may not, one with a bad word in it may.
func (c *Checker) Check(n *syntax.Node, t *schema.Type, at *Trail) {
	if n.Kind == syntax.Hole {
		return // why has been reported
	}
	switch t.Kind {
	case schema.Any:
	case schema.Struct:
		if c.Mapping(n, t, at) {
			c.fields(n, t, at)
		}
	case schema.Union:
		if c.Mapping(n, t, at) {
			c.union(n, t, at)
		}
	case schema.Map:
		if c.Mapping(n, t, at) {
			c.entries(n, t, at)
		}
	case schema.List:
		c.list(n, t, at)
	case schema.OneOf:
		c.oneOf(n, t, at)
	case schema.String, schema.Word, schema.Date, schema.Bool, schema.Int:
		before := len(c.Diags)
		c.scalar(n, t, at)
		if len(c.Diags) > before && c.Diags[before].Fix == nil {
			lookalike(c.Diags[before], n)
		}
	}
}

// Mapping reports whether n is a mapping. Nothing written counts as an empty one.
func (c *Checker) Mapping(n *syntax.Node, t *schema.Type, at *Trail) bool {
	if n.Kind == syntax.Map || n.Kind == syntax.Empty {
		return true
	}
	if n.Kind == syntax.Hole {
		return false // why has been reported
	}
	d := c.wrongType(n, at, "a mapping")
	switch names := t.Offered(); {
	case n.Kind == syntax.Null:
		d.Try("Leave it out, or write {} for an empty mapping.")
	case n.Kind == syntax.String && n.Plain && keyAndValue.MatchString(n.Value):
		d.Because("Without a blank behind the colon, %s is one word.", Quote(n.Value)).Try("Write a blank after the colon.")
	case len(names) > 0:
		d.Try("Write its fields on lines of their own below it: %s.", List(names))
	default:
		d.Try("Write entries below it, each as a name, a colon and its content.")
	}
	if n.Kind == syntax.List && filekind.Of(c.Tree.File) == filekind.CUE {
		d.Try("Write it in braces: an entry is a name, a colon and its content.")
	} else if n.Kind == syntax.List {
		d.Try("Leave out the dashes: an entry is a name, a colon and its content.")
	}
	equalsSign(d, n)
	lookalike(d, n)
	return false
}

// keyAndValue is what somebody wrote who forgot the blank after a colon.
var keyAndValue = regexp.MustCompile(`^[A-Za-z]+:[^ /]`)

func (c *Checker) fields(n *syntax.Node, t *schema.Type, at *Trail) {
	var meant []string // fields that a misspelled key stands for
	for i := range n.Len() {
		key, val := n.Key(i), n.Val(i)
		f := t.Field(key.Value)
		here := &Trail{at, key.Value, key}
		switch {
		case f == nil && t.LeavesAlone(key.Value):
		case f == nil:
			name := c.Unknown(n, key, t, meant, at, here)
			meant = append(meant, name)
			if f = t.Field(name); f != nil && f.Rule == "" && val.Kind != syntax.Empty {
				c.Check(val, f.Type, here) // so that the faults in it show as well
			}
		case f.Rule != "":
			c.Forbidden(f, key, val, here)
		default:
			c.Check(val, f.Type, here)
		}
	}
	for i := range t.Fields {
		if f := &t.Fields[i]; f.Required && !slices.Contains(meant, f.Name) {
			if v, _ := n.Get(f.Name); v == nil {
				c.missing(n, at, f.Name).Because("%s", f.Doc).Try("Add %s%s.", f.Name, example(f.Type))
			}
		}
	}
}

// example says what to write for a field.
func example(t *schema.Type) string {
	switch t.Kind {
	case schema.Bool:
		return ", true or false"
	case schema.Int:
		return ", a whole number"
	case schema.Date:
		return ", a date such as 2027-03-01"
	case schema.Word:
		if len(t.Words) == 1 {
			return ": " + t.Words[0]
		}
		return ", which is one of " + List(t.Words)
	case schema.String:
		switch {
		case t.Pattern == nil:
		case t.Pattern.Form() == schema.FolderForm:
			return ", a folder such as build/bundles"
		case t.Pattern.Form() == schema.AddressForm:
			return ", an e-mail address"
		}
		return ", a text"
	case schema.Any, schema.Struct, schema.Map, schema.List, schema.Union, schema.OneOf:
	}
	return ""
}

// Forbidden reports a field that the schema knows only to say that a rule forbids
// it, in the words of that rule. A test holds the schema to rules that there are.
// The advice is the rule's, unless what stands in val asks for another.
func (c *Checker) Forbidden(f *schema.Field, key, val *syntax.Node, here *Trail) {
	id, rule := ruleOf(f)
	summary := strings.ToLower(rule.Title[:1]) + rule.Title[1:]
	d := c.report(id, key, here, "%s", summary).Because("%s", rule.Why).Try("%s", rule.Fix)
	switch {
	case val == nil:
	case val.Kind == syntax.String && here.up != nil && here.up.up != nil && here.up.up.Name == "users":
		d.Try("Write it as a label, attributes: { location: %s }. A group can have everybody with that label as its members, with where: { location: %[1]s }.", Quote(val.Value))
	default:
		if advice := c.otherLevels(key, val, 3); advice != "" {
			d.Try("%s", advice)
		}
	}
}

// otherLevels says where a calling behavior may stand that no template can hold,
// so that no group can get it, where a key is one or holds one below it.
func (c *Checker) otherLevels(key, val *syntax.Node, depth int) string {
	if val == nil || val.Kind != syntax.Map || c.Edition == nil {
		return ""
	}
	for i := range val.Len() {
		advice := ""
		if key.Value == "callingBehavior" {
			advice = c.levelsOf(val.Key(i).Value)
		} else if depth > 0 {
			advice = c.otherLevels(val.Key(i), val.Val(i), depth-1)
		}
		if advice != "" {
			return advice
		}
	}
	return ""
}

func (c *Checker) levelsOf(service string) string {
	levels, known := c.Edition.CallingBehavior[service]
	switch {
	case !known || slices.Contains(levels, "template"):
		return ""
	case len(levels) == 0:
		return fmt.Sprintf("Remove it: in %s nobody can configure callingBehavior.%s.", c.Edition.Title, service)
	case slices.Contains(levels, "user"):
		return fmt.Sprintf("In %s no template can hold callingBehavior.%s: set it under org, or at the users.", c.Edition.Title, service)
	}
	return fmt.Sprintf("Set callingBehavior.%s under org: it holds for everybody.", service)
}

// ruleOf returns the rule that forbids a field.
func ruleOf(f *schema.Field) (diag.ID, policies.Rule) {
	var id diag.ID
	if err := id.UnmarshalText([]byte(f.Rule)); err != nil {
		panic("schema: the field " + f.Name + " is forbidden by no rule: " + err.Error())
	}
	rules, err := policies.Rules()
	if err != nil {
		panic(err)
	}
	return id, rules[slices.IndexFunc(rules, func(r policies.Rule) bool { return r.ID == f.Rule })]
}

// Unknown reports a key that the schema does not have. It returns the field
// that was probably meant: one that is near, and not there yet.
func (c *Checker) Unknown(n, key *syntax.Node, t *schema.Type, taken []string, at, here *Trail) (meant string) {
	_, hidden := invisible(key.Value)
	if name, value, ok := strings.Cut(key.Value, ":"); ok && key.Plain && value != "" && t.Field(name) != nil && !hidden {
		d := c.report(diag.SchemaUnknownField, key, here, "there is no blank after the colon in %s", Quote(key.Value)).
			Because("Without a blank behind the colon, it is one word.").Try("Write %s: %s.", name, value)
		if have, _ := n.Get(name); have == nil {
			c.offer(d, key, name+": "+value, "Write a blank after the colon")
			return name
		}
		return ""
	}
	names := t.Offered()
	likely := near.One(key.Value, names)
	if f := forbiddenLike(t, key.Value); f != nil && likely == "" && t.Instead[key.Value] == "" {
		val, _ := n.Get(key.Value)
		c.Forbidden(f, key, val, here)
		return ""
	}
	d := c.report(diag.SchemaUnknownField, key, here, "there is no field called %s here", Quote(key.Value))
	if hidden || strings.ContainsAny(key.Value, curly) {
		lookalike(d, key)
		return ""
	}
	if at.up == nil && key.Col > 1 && filekind.Of(c.Tree.File) == filekind.CUE && holder(t, key.Value) == "" {
		d.Because("In CUE, indentation says nothing: what belongs to a field stands in braces behind its colon.").
			Try("Put the fields that belong together between { and }, as in inCall: { %s: … }.", Quote(key.Value))
		return ""
	}
	if advice := t.Instead[key.Value]; advice != "" {
		val, _ := n.Get(key.Value)
		d.Try("%s", cmp.Or(c.otherLevels(key, val, 0), advice))
		return ""
	}
	if below := holder(t, key.Value); below != "" {
		d.Try("It belongs under %s.", below)
		return ""
	}
	if parts := near.Part(key.Value, names); likely == "" && len(parts) > 0 {
		d.Try("Did you mean %s?", either(parts))
		if len(parts) > 1 || slices.Contains(taken, parts[0]) {
			return ""
		}
		return parts[0]
	}
	if likely == "" {
		d.Try("%s can hold: %s.", place(at), List(names))
		return ""
	}
	d.Try("Did you mean %s?", likely)
	if have, at := n.Get(likely); have != nil {
		d.Try("Did you mean %s? That is there already.", likely).See(c.Tree.Range(at), "%s is written here", likely)
		return ""
	}
	if slices.Contains(taken, likely) {
		return ""
	}
	c.offer(d, key, likely, "Write "+likely)
	return likely
}

// holder returns the field of a type under which a key could stand.
func holder(t *schema.Type, key string) string {
	found := ""
	for i := range t.Fields {
		if f := &t.Fields[i]; (f.Type.Kind == schema.Struct || f.Type.Kind == schema.Union) && offers(f.Type, key) {
			if found != "" {
				return ""
			}
			found = f.Name
		}
	}
	return found
}

func offers(t *schema.Type, key string) bool {
	f := t.Field(key)
	return f != nil && f.Rule == "" && !f.Elsewhere
}

// forbiddenLike returns the forbidden field that a key which the schema does not
// have is another form of, or nil.
func forbiddenLike(t *schema.Type, key string) *schema.Field {
	for i := range t.Fields {
		if f := &t.Fields[i]; f.Rule != "" && near.One(key, []string{f.Name}) != "" {
			return f
		}
	}
	return nil
}

// either lists names between which somebody has to choose.
func either(names []string) string {
	last := len(names) - 1
	if last == 0 {
		return names[0]
	}
	return strings.Join(names[:last], ", ") + " or " + names[last]
}

func (c *Checker) missing(n *syntax.Node, at *Trail, field string) *diag.Diagnostic {
	if n.Open {
		return new(diag.Diagnostic) // it may be among the fields that could not be evaluated
	}
	where := n
	if at.key != nil {
		where = at.key
	}
	return c.report(diag.SchemaMissingField, where, at, "%s needs %s", place(at), field)
}

func (c *Checker) entries(n *syntax.Node, t *schema.Type, at *Trail) {
	for i := range n.Len() {
		key := n.Key(i)
		here := &Trail{at, key.Value, key}
		c.Key(key, t, here)
		c.Check(n.Val(i), t.Elem, here)
	}
}

// Key reports a key that the type does not allow.
func (c *Checker) Key(key *syntax.Node, t *schema.Type, here *Trail) {
	if t.Key == nil || t.Key.MatchString(key.Value) {
		return
	}
	c.badText(key, t.Key, here)
}

// simpleWords is what can be put in brackets as it stands.
var simpleWords = regexp.MustCompile(`^[A-Za-z0-9._@+-]+(, *[A-Za-z0-9._@+-]+)*$`)

func (c *Checker) list(n *syntax.Node, t *schema.Type, at *Trail) {
	if n.Kind != syntax.List {
		if n.Kind == syntax.Empty {
			return
		}
		d := c.wrongType(n, at, "a list")
		if n.Kind == syntax.String && n.Plain && simpleWords.MatchString(n.Value) {
			d.Try("Put it in brackets: [%s].", n.Value)
			c.offer(d, n, "["+n.Value+"]", "Put it in brackets")
		} else {
			d.Try("Write items in brackets, or on lines that start with a dash.")
		}
		missingBlank(d, n)
		lookalike(d, n)
		return
	}
	for i := range n.Items {
		c.Check(&n.Items[i], t.Elem, &Trail{up: at, Name: strconv.Itoa(i)})
	}
	c.duplicates(n, t, at)
}

func (c *Checker) oneOf(n *syntax.Node, t *schema.Type, at *Trail) {
	fits := map[syntax.Kind]schema.Kind{syntax.List: schema.List, syntax.Map: schema.Struct, syntax.Int: schema.Int}[n.Kind]
	for _, alt := range t.Alts {
		if alt.Kind == fits {
			c.Check(n, alt, at)
			return
		}
	}
	for _, alt := range t.Alts {
		if alt.Kind != schema.List && alt.Kind != schema.Struct && alt.Kind != schema.Int {
			c.Check(n, alt, at)
			return
		}
	}
}

// union checks a mapping that has one of several forms, told apart by the words
// in it: app: jabber, or app: webex with a profile, or app: webex with a domain.
// What is at fault by itself fits any form, so that a fault shows once.
func (c *Checker) union(n *syntax.Node, t *schema.Type, at *Trail) {
	var spoiled, meant []string
	for i := range n.Len() {
		key := n.Key(i)
		here := &Trail{at, key.Value, key}
		before := len(c.Diags)
		if f := t.Field(key.Value); f != nil {
			c.Check(n.Val(i), f.Type, here)
		} else {
			meant = append(meant, c.Unknown(n, key, t, meant, at, here))
		}
		if len(c.Diags) > before || n.Val(i).Kind == syntax.Hole {
			spoiled = append(spoiled, key.Value)
		}
	}
	spoiled = append(spoiled, meant...)
	var surplus *syntax.Node // the last key that spoils a form which fits otherwise
	var lacking [][]string   // of the forms that only lack something: what
	for _, alt := range t.Alts {
		if !wordsAgree(n, alt, spoiled) {
			continue
		}
		extra, lack := compare(n, t, alt, meant)
		switch {
		case extra == nil && len(lack) == 0:
			return
		case extra == nil:
			lacking = append(lacking, lack)
		case surplus == nil || surplus.Line < extra.Line || surplus.Line == extra.Line && surplus.Col < extra.Col:
			surplus = extra
		}
	}
	if len(lacking) > 0 {
		c.missing(n, at, alternatives(lacking)).Try("%s", forms(t))
		return
	}
	if surplus == nil {
		return
	}
	var others []string
	for i := range n.Len() {
		if k := n.Key(i); k != surplus && t.Field(k.Value) != nil {
			others = append(others, k.Value+": "+n.Val(i).Value)
		}
	}
	c.report(diag.SchemaBadValue, surplus, &Trail{at, surplus.Value, surplus}, "%s does not go with %s", surplus.Value, List(others)).
		Try("%s", forms(t))
}

// alternatives says what is lacking: what all forms lack, or what each does.
func alternatives(lacking [][]string) string {
	common := lacking[0]
	for _, lack := range lacking[1:] {
		common = slices.DeleteFunc(slices.Clone(common), func(name string) bool { return !slices.Contains(lack, name) })
	}
	if len(common) > 0 {
		return strings.Join(common, " and ")
	}
	var all []string
	for _, lack := range lacking {
		all = append(all, strings.Join(lack, " and "))
	}
	return strings.Join(all, " or ")
}

func wordsAgree(n *syntax.Node, alt *schema.Type, spoiled []string) bool {
	for i := range alt.Fields {
		f := &alt.Fields[i]
		v, _ := n.Get(f.Name)
		if v != nil && f.Type.Kind == schema.Word && !slices.Contains(f.Type.Words, v.Value) && !slices.Contains(spoiled, f.Name) {
			return false
		}
	}
	return true
}

// compare returns the last key of a union that one of its forms does not have,
// and the fields that it lacks; those that a misspelled key stands for are there.
func compare(n *syntax.Node, t, alt *schema.Type, meant []string) (extra *syntax.Node, lack []string) {
	for i := range n.Len() {
		if name := n.Key(i).Value; alt.Field(name) == nil && t.Field(name) != nil {
			extra = n.Key(i)
		}
	}
	for _, f := range alt.Fields {
		if v, _ := n.Get(f.Name); v == nil && f.Required && !slices.Contains(meant, f.Name) {
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

func (c *Checker) scalar(n *syntax.Node, t *schema.Type, at *Trail) {
	switch t.Kind {
	case schema.Bool:
		c.boolean(n, at)
	case schema.Int:
		c.number(n, t, at)
	case schema.Date:
		if n.Kind != syntax.Date && n.Kind != syntax.String {
			c.wrongType(n, at, "a date").Try("Write it as 2027-03-01.")
		} else if _, err := time.Parse(time.DateOnly, n.Value); err != nil {
			c.report(diag.SchemaBadValue, n, at, "%s is not a date", Quote(n.Value)).
				Try("Write year, month and day with dashes, as in 2027-03-01.")
		}
	case schema.Word:
		if n.Kind != syntax.String {
			c.notText(n, t, at, "one of the words "+List(t.Words))
		} else if !slices.Contains(t.Words, n.Value) {
			c.badWord(n, t.Words, at)
		}
	case schema.String:
		if n.Kind != syntax.String {
			c.notText(n, t, at, textFor(t))
		} else if t.Pattern != nil && !t.Pattern.MatchString(n.Value) {
			c.badText(n, t.Pattern, at)
		}
	case schema.Any, schema.Struct, schema.Map, schema.List, schema.Union, schema.OneOf:
	}
}

func (c *Checker) boolean(n *syntax.Node, at *Trail) {
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
		d.Try("Leave %s out where this level does not decide it.", at.Name)
	default:
		d.Try("Write true for on, or false for off.")
	}
}

func (c *Checker) number(n *syntax.Node, t *schema.Type, at *Trail) {
	if n.Kind != syntax.Int {
		d := c.wrongType(n, at, "a whole number")
		if i, err := strconv.Atoi(strings.TrimSpace(n.Value)); err == nil && n.Kind == syntax.String {
			d.Because("In quotes it is text.").Try("Write %d, without quotes.", i)
			c.offer(d, n, strconv.Itoa(i), "Write it without quotes")
		} else if n.Kind != syntax.Null && n.Kind != syntax.Empty {
			d.Try("Write digits alone, such as 10.")
		} else {
			d.Try("Leave %s out, or give it a number.", at.Name)
		}
		return
	}
	i, ok := PlainInt(n)
	if !ok {
		if digits := strings.TrimLeft(n.Value, "+-"); len(digits) > 9 && strings.Trim(digits, "0123456789") == "" {
			c.report(diag.SchemaBadValue, n, at, "%s is too large a number for %s", Quote(n.Value), at.Name).Try("Write nine digits at most.")
			return
		}
		c.report(diag.SchemaBadValue, n, at, "%s must be written in plain digits, not as %s", at.Name, Quote(n.Value)).
			Because("YAML readers disagree on numbers with leading zeros, underscores or prefixes.").
			Try("Write digits alone, and no zero before them.")
		return
	}
	if t.Min != nil && int64(i) < *t.Min {
		c.report(diag.SchemaBadValue, n, at, "%s must be at least %d, and %d is less", at.Name, *t.Min, i).
			Try("Write %d or more.", *t.Min)
	}
}

// PlainInt reads a whole number of up to nine digits that everybody reads alike.
func PlainInt(n *syntax.Node) (int, bool) {
	digits := strings.TrimPrefix(n.Value, "-")
	if n.Kind != syntax.Int || len(digits) > 9 || len(digits) > 1 && digits[0] == '0' || strings.Trim(digits, "0123456789") != "" {
		return 0, false
	}
	i, err := strconv.Atoi(n.Value)
	return i, err == nil
}

func (c *Checker) badWord(n *syntax.Node, words []string, at *Trail) {
	if len(words) == 1 {
		d := c.report(diag.SchemaBadValue, n, at, "%s must be %s, not %s", at.Name, words[0], Quote(n.Value)).Try("Write %s.", words[0])
		c.offer(d, n, words[0], "Write "+words[0])
		return
	}
	d := c.report(diag.SchemaBadValue, n, at, "%s is not a value of %s", Quote(n.Value), at.Name)
	if meant := near.One(n.Value, words); meant != "" {
		d.Try("Did you mean %s? Possible are %s.", meant, List(words))
		c.offer(d, n, meant, "Write "+meant)
		return
	}
	d.Try("Possible are %s.", List(words))
}

// notText reports a value of another kind where a word is meant, with the trap
// that YAML set: yes, a date or a number without quotes.
func (c *Checker) notText(n *syntax.Node, t *schema.Type, at *Trail, want string) {
	d := c.wrongType(n, at, want)
	switch n.Kind {
	case syntax.Bool, syntax.Int, syntax.Float, syntax.Date:
		if share := n.Value + "%"; t != nil && t.Pattern != nil && !t.Pattern.MatchString(n.Value) && t.Pattern.MatchString(share) {
			d.Try("Did you mean %s?", share)
			c.offer(d, n, share, "Write "+share)
			return
		}
		if n.Plain && filekind.Of(c.Tree.File) == filekind.CUE {
			d.Try("Put it in quotes: %q.", n.Value)
		} else if n.Plain {
			d.Because("Without quotes, YAML reads %s as %s.", n.Value, n.Kind).Try("Put it in quotes: %q.", n.Value)
			c.offer(d, n, strconv.Quote(n.Value), "Put it in quotes")
		}
	case syntax.Null, syntax.Empty:
		d.Try("Leave %s out, or give it a value.", at.Name)
	case syntax.Map:
		d.Because("A colon with a blank behind it makes a mapping of a word.").
			Try("Write the text alone, or all of it in quotes if the colon belongs to it.")
	case syntax.List:
		d.Try("Write one text, without brackets or dashes.")
	case syntax.String, syntax.Hole:
	}
}

func (c *Checker) wrongType(n *syntax.Node, at *Trail, want string) *diag.Diagnostic {
	where, got := n, n.Kind.String()
	switch n.Kind {
	case syntax.Map, syntax.List, syntax.Empty:
		if at.key != nil {
			where = at.key
		}
	case syntax.String:
		got = "the text " + strconv.Quote(shorten(n.Value))
	case syntax.Int, syntax.Float, syntax.Date:
		got = "the " + strings.TrimPrefix(got, "a ") + " " + shorten(n.Value)
	case syntax.Bool:
		got = n.Value
	case syntax.Null, syntax.Hole:
	}
	if n.Kind == syntax.Empty {
		return c.report(diag.SchemaWrongType, where, at, "%s has no value; it must be %s", place(at), want)
	}
	return c.report(diag.SchemaWrongType, where, at, "%s must be %s, not %s", place(at), want, got)
}

// offer adds a fix that replaces a node, unless it was written elsewhere.
func (c *Checker) offer(d *diag.Diagnostic, n *syntax.Node, text, title string) {
	at := c.Tree.Range(n)
	if n.Anchor != nil || n.File != "" || filekind.Of(c.Tree.File) == filekind.CUE || at.Start.Line != at.End.Line {
		return
	}
	at.Text = ""
	d.Mend(title, diag.Edit{Range: at, NewText: text})
}

// place names what a path leads to, for a message.
func place(at *Trail) string {
	switch {
	case at.up == nil:
		return "this file"
	case at.key == nil:
		return "item " + itemNumber(at.Name) + " of " + at.up.Name
	}
	return at.Name
}

func itemNumber(index string) string {
	i, _ := strconv.Atoi(index)
	return strconv.Itoa(i + 1)
}

// textFor names the text that is wanted.
func textFor(t *schema.Type) string {
	if t.Pattern != nil && t.Pattern.Form() == schema.LimitForm {
		return "a share in percent, a count, or both"
	}
	return "text"
}

// List joins words for a sentence: a, b and c.
func List(words []string) string {
	switch n := len(words); n {
	case 0:
		return "nothing"
	case 1:
		return words[0]
	default:
		return strings.Join(words[:n-1], ", ") + " and " + words[n-1]
	}
}

// Quote shows a word in a message: as it is where that is clear, else in quotes.
func Quote(s string) string {
	s = shorten(s)
	if s == "" || strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r == '"' || r == 0x7f }) {
		return strconv.Quote(s)
	}
	return s
}

// shorten keeps the beginning of a text that is too long for a message.
func shorten(s string) string {
	if len(s) <= 60 {
		return s
	}
	return strings.ToValidUTF8(s[:60], "") + "…"
}
