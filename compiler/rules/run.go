package rules

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"

	"callpolicy/compiler/config"
	"callpolicy/compiler/config/edit"
	"callpolicy/compiler/diag"
	"callpolicy/compiler/near"
)

// run is one check.
type run struct {
	*facts
	stats      *Stats
	severities Severities
	waivers    *waivers
	seen       map[*constraint]map[string]bool // what CUE said of each pruned subject
	matched    map[*rule]bool                  // rules whose when matched anybody
	findings   map[string]*finding             // by rule and place
	order      []*finding                      // as they were found
	direct     diag.List                       // found without a rule's constraint
	eased      diag.List                       // errors that no edit brings about, as warnings
	quarantine func(user int)                  // is told who must be quarantined
	stood      func(*diag.Diagnostic) bool     // see [Input]
	faults     map[rosterFault]*diag.Diagnostic
	attributes map[string]map[string]bool // the values of each that somebody has; made when it is first needed
	remover    *edit.Remover              // made when it is first needed
	errorsOnly bool
	found      diag.List      // what loading found
	failure    error          // why CUE could not be asked; nil: it could
	culprit    *rule          // the one that it was asked about
	unanswered int            // questions to which there is no answer since then
	unasked    map[*rule]bool // whose questions these are
}

// fault is what a rule finds in one subject.
type fault struct {
	item int      // index of the item; -1: the rule sees no items
	at   []string // the field of the subject
}

// verdict is what a rule says of one subject.
type verdict struct {
	matched bool // it concerns the subject
	faults  []fault
}

// judge asks a rule about a subject, once for each item that the rule sees one
// at a time.
func (r *run) judge(x *rule, root *value, items []*value) verdict {
	if x.item == "" {
		return r.ask(x, root, -1, verdict{})
	}
	var v verdict
	for i, it := range items {
		v = r.ask(x, root.with(x.item, it), i, v)
	}
	return v
}

func (r *run) ask(x *rule, root *value, item int, v verdict) verdict {
	r.stats.Evaluations++
	before := r.unanswered
	at, matched := r.faultsOf(x, root)
	if r.unanswered > before { // then neither faults nor their absence mean anything
		r.unasked[x] = true
		if r.culprit == nil {
			r.culprit = x
		}
		return v
	}
	v.matched = v.matched || matched
	if len(at) > 0 && x.at != nil {
		at = [][]string{x.at}
	}
	for _, path := range at {
		v.faults = append(v.faults, fault{item, path})
	}
	return v
}

// faultsOf returns the fields of a subject with which a rule finds fault, and
// whether it concerns the subject at all.
func (r *run) faultsOf(x *rule, root *value) (at [][]string, matched bool) {
	if x.when != nil && !r.match(x.when, root) {
		return nil, false
	}
	if x.require != nil && !r.match(x.require, root) {
		var err error
		at, err = x.require.misses(root)
		r.failed(err)
	}
	if x.forbid != nil && r.match(x.forbid, root) {
		at = append(at, x.forbid.hits(root)...)
	}
	return at, true
}

// match reports whether a constraint matches a subject.
func (r *run) match(c *constraint, root *value) bool {
	if c.term != nil {
		return c.term.match(root, root)
	}
	pruned := c.reads.prune(root)
	key := string(pruned.appendKey(nil))
	if r.seen[c] == nil {
		r.seen[c] = map[string]bool{}
	}
	answer, ok := r.seen[c][key]
	switch {
	case ok:
	case r.failure != nil:
		r.unanswered++
	default:
		var err error
		r.stats.CUE++
		answer, err = c.asks.whole(pruned)
		r.failed(err)
		r.seen[c][key] = answer && err == nil
	}
	return answer
}

// failed remembers that CUE could not say whether a constraint matches. The
// first failure matters: whoever answers is gone after it.
func (r *run) failed(err error) {
	if err != nil {
		r.unanswered++
		if r.failure == nil {
			r.failure = err
		}
	}
}

// few asks rules about templates, groups and the organization.
func (r *run) few(ctx context.Context, rules []*rule) error {
	for _, scope := range []string{"organization", "template", "group"} {
		var about []subject
		for _, x := range rules {
			if !slices.Contains(x.scopes, scope) {
				continue
			}
			if err := ctx.Err(); err != nil {
				return err
			}
			if about == nil {
				about = r.subjects(scope)
			}
			for i := range about {
				r.one(x, &about[i])
			}
		}
	}
	return nil
}

func (r *run) one(x *rule, s *subject) {
	root := objectOf(slices.Clone(s.fields)...)
	items := make([]*value, len(s.items[x.item]))
	for i := range items {
		items[i] = s.items[x.item][i].value
	}
	v := r.judge(x, root, items)
	r.matched[x] = r.matched[x] || v.matched
	for _, f := range v.faults {
		full := root
		if f.item >= 0 {
			full = root.with(x.item, items[f.item])
		}
		place := func(path []string) []string {
			if f.item >= 0 && len(path) > 0 && path[0] == x.item {
				return s.items[x.item][f.item].place(path[1:])
			}
			return s.place(path)
		}
		at := place(f.at)
		found := r.find(x, at, valueOf(f, at))
		if r.waivers.group(x.id, s.group) {
			found.waived = true
			continue
		}
		found.reported = true
		if found.subject == nil {
			found.subject, found.place = full, place
		}
	}
}

// valueOf names the value that a fault is about, in the same way for all rules
// that look at it.
func valueOf(f fault, at []string) string {
	if f.item >= 0 && len(at) > 0 && (at[0] == "org" || at[0] == "templates") {
		// A setting: whether a rule shows the whole of it or its app does not matter.
		n := 3
		if at[0] == "templates" {
			n = 4
		}
		at = at[:min(n, len(at))]
	}
	return strings.Join(at, "\x00")
}

// finding is a diagnostic in the making: one rule, one place.
type finding struct {
	rule     *rule
	at       []string                     // where it is written, as a policy path
	of       string                       // the value that it is about, for locks and rules with an order
	subject  *value                       // of the first user it concerns
	place    func(path []string) []string // where fields of that subject are written
	as       string                       // the user's address as it is written
	file     int32                        // of a user's own entry: the file that holds it
	users    int                          // how many share the place; 0: it is not shared
	examples []string
	reported bool                    // it concerns somebody for whom it is not waived
	waived   bool                    // a waiver took somebody away
	lock     func() *diag.Diagnostic // of a broken lock: what to say
}

// find returns the finding of a rule at a place.
func (r *run) find(x *rule, at []string, of string) *finding {
	key := x.id.String() + "\x00" + strings.Join(at, "\x00")
	f := r.findings[key]
	if f == nil {
		f = &finding{rule: x, at: at, of: of}
		r.findings[key] = f
		r.order = append(r.order, f)
	}
	return f
}

// diagnostics turns findings into diagnostics. Of the rules with an order that
// found fault with one value, the first speaks. A lock that the value breaks as
// well is not said beside an error, nor advice beside the lock: taking the value
// out mends both.
func (r *run) diagnostics() diag.List {
	first := map[string]int{}
	locked, wrong := map[string]bool{}, map[string]bool{} // values that break a lock, and those with an error
	for _, f := range r.order {
		if o := f.rule.order; o > 0 && (first[f.of] == 0 || o < first[f.of]) {
			first[f.of] = o
		}
		switch {
		case !f.reported:
		case f.lock != nil:
			locked[f.of] = true
		case f.rule.order > 0 && r.severities.Of(f.rule.id) == diag.Error:
			wrong[f.of] = true
		}
	}
	unclear := r.unclearLicenses()
	// Places are found by parsing files again, of which only a few are kept.
	slices.SortStableFunc(r.order, func(a, b *finding) int { return cmp.Compare(a.file, b.file) })
	diags := r.direct
	for _, f := range r.order {
		if f.waived {
			r.stats.Waived++
		}
		if r.errorsOnly && f.lock == nil && r.severities.Of(f.rule.id) != diag.Error {
			continue
		}
		if f.at[0] == "users" && unclear[f.at[1]] && (strings.HasPrefix(f.rule.id.String(), "license.") || strings.HasPrefix(f.rule.id.String(), "migration.")) {
			continue
		}
		if f.lock != nil && wrong[f.of] || f.rule.order > 0 && locked[f.of] && !wrong[f.of] {
			continue
		}
		if o := f.rule.order; f.reported && (o == 0 || first[f.of] == o) {
			if d := r.diagnostic(f); !r.eases(f, d) {
				diags.Add(d)
			}
		}
	}
	return diags
}

// unclearLicenses returns the users whose licenses loading could not read, by
// address: under a key with a slip in it, or in a list that is none. Nothing is
// said of what licenses such a user should have.
func (r *run) unclearLicenses() map[string]bool {
	unclear := map[string]bool{}
	for _, d := range r.found {
		rest, ok := strings.CutPrefix(d.Path, "users.")
		if !ok || d.Severity != diag.Error || d.ID != diag.SchemaUnknownField && d.ID != diag.SchemaWrongType {
			continue
		}
		quoted, err := strconv.QuotedPrefix(rest)
		if err != nil {
			continue
		}
		field := strings.TrimPrefix(rest[len(quoted):], ".")
		if i := strings.IndexAny(field, ".["); i >= 0 {
			field = field[:i]
		}
		if address, err := strconv.Unquote(quoted); err == nil && (field == "licenses" || near.One(field, []string{"licenses"}) != "") {
			unclear[address] = true
		}
	}
	return unclear
}

// faultBelow reports whether loading found an error at a policy path or below it.
func (r *run) faultBelow(path string) bool {
	return slices.ContainsFunc(r.found, func(d *diag.Diagnostic) bool {
		rest, below := strings.CutPrefix(d.Path, path)
		return below && d.Severity == diag.Error && (rest == "" || rest[0] == '.' || rest[0] == '[')
	})
}

// shownUsers is how many of the users who share a fault are named.
const shownUsers = 3

func (r *run) diagnostic(f *finding) *diag.Diagnostic {
	if f.lock != nil {
		return f.lock()
	}
	x := f.rule
	message := x.title
	if x.message != "" {
		message = f.fill(x.message)
	}
	d := diag.New(x.id, r.rangeOf(f.at), "%s", message).At(config.Path(f.at).String())
	d.Detail, d.Hint, d.Users = x.why, f.fill(x.fix), f.users
	d.Examples = f.examples
	for _, s := range x.see {
		if at := f.place(s.path); at != nil && !slices.Equal(at, f.at) {
			d.See(r.rangeOf(at), "%s", s.message)
		}
	}
	if d.ID == diag.LintOverrideEqualsInherited {
		if r.remover == nil {
			r.remover = edit.NewRemover(r.cfg)
		}
		if edits := r.remover.Edits(f.at...); edits != nil {
			d.Mend("Remove the override", edits...)
		}
	}
	if item := f.subject.get("license"); item.get("suggestion") != nil && d.ID == diag.LicenseUnknownName {
		d.Try("Did you mean %s?", item.get("suggestion"))
	}
	return d
}

func (r *run) rangeOf(path []string) diag.Range {
	if len(path) == 2 {
		return r.cfg.KeyRange(path...)
	}
	return r.cfg.Range(path...)
}

// fill replaces fields of the subject in braces by what they hold.
func (f *finding) fill(s string) string {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(s, "{")
		b.WriteString(before)
		name, after, closed := strings.Cut(rest, "}")
		switch {
		case !found:
			return b.String()
		case !closed || !isPath(name): // braces of another kind
			b.WriteByte('{')
			s = rest
			continue
		case name == "user.address" && f.as != "":
			b.WriteString(f.as)
		default:
			b.WriteString(f.subject.at(splitPath(name)).String())
		}
		s = after
	}
}

// isPath reports whether what stands in braces is a field of a subject.
func isPath(s string) bool {
	for _, r := range s {
		if r != '.' && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') {
			return false
		}
	}
	return s != ""
}
