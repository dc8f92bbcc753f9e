package rules

import (
	"testing"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/cuecontext"
	"cuelang.org/go/cue/parser"

	"callpolicy/policies"
)

// sample is a subject with a bit of everything.
var sample = objectOf(
	have("n", count(3)), have("text", word("abc")), have("yes", isTrue), have("gone", isNull), have("empty", nothing),
	have("in", objectOf(have("text", word("abc")), have("n", count(4)), have("deep", objectOf(have("n", count(3)))))),
	have("same", objectOf(have("n", count(4)), have("text", word("abc")), have("deep", objectOf(have("n", count(3)))))),
)

// TestMatching fixes what matches, once by CUE and, where the constraint is
// plain, once by the term derived from it.
func TestMatching(t *testing.T) {
	const plain, cueOnly = true, false
	for _, c := range []struct {
		constraint string
		matches    bool
		plain      bool
	}{
		{`{n: 3}`, true, plain},
		{`{n: 4}`, false, plain},
		{`{n: "3"}`, false, plain},
		{`{text: "abc", yes: true}`, true, plain},
		{`{absent: _}`, false, plain},          // an absent field never satisfies a plain constraint,
		{`{in: absent: string}`, false, plain}, // at no depth
		{`{empty: absent: _}`, false, plain},   // nor in an empty struct
		{`{absent?: _|_}`, true, plain},        // this is how absence is written
		{`{in: absent?: _|_}`, true, plain},    //
		{`{n?: _|_}`, false, plain},            //
		{`{n?: >2}`, true, plain},              // optional: if it is there, it must fit
		{`{n?: >3}`, false, plain},             //
		{`{absent?: >3}`, true, plain},         //
		{`{n!: 3}`, true, plain},               //
		{`{absent!: _}`, false, plain},         //
		{`{n: >2 & <=3}`, true, plain},         //
		{`{n: >-1}`, true, plain},              //
		{`{text: <"b", n: !=4}`, true, plain},  //
		{`{text: !=4}`, false, plain},          // another kind does not match a bound
		{`{text: =~"^a", in: text: !~"z"}`, true, plain},
		{`{n: =~"3"}`, false, plain},
		{`{gone: null, n: !=null}`, true, plain},
		{`{gone: !=null}`, false, plain},
		{`{n: int, text: string, yes: bool, in: {}}`, true, plain},
		{`{n: {}}`, false, plain},
		{`{n: 3 | 4} | {absent: _}`, true, plain},
		{`{n: 4} | {absent: _}`, false, plain},
		{`{n: 3, absent?: _|_} | {text: "abc"}`, true, plain}, // both fit, and differ in what is absent
		{`{in: {text: "abc", z?: _|_} | {n: 4}}`, true, plain},
		{`{in: {text: "abc", z?: _|_} | {n: 4}, absent: _}`, false, plain},
		{`{n: *4 | 3}`, true, plain},
		{`{N=n: _, in: deep: n: N}`, true, plain},
		{`{N=n: _, in: n: N}`, false, plain},
		{`{N=n: _, in: n: >N}`, true, plain},
		{`{I=in: _, same: I}`, true, plain},
		{`{E=empty: _, same: E}`, true, plain}, // all that E holds is there
		{`{S=same: _, empty: S}`, false, plain},
		{`{in: [string]: _}`, true, plain},
		{`{in: [string]: string}`, false, plain},
		{`{empty: [string]: _|_}`, true, plain},
		{`{n: 3, ...}`, true, plain},
		{`_`, true, plain},
		{`string`, false, plain},
		{`close({n: 3})`, false, cueOnly}, // closed, it leaves no room for the rest
		{`{empty: close({})}`, true, cueOnly},
		{`{N=n: _, if N > 2 {text: "abc"}}`, true, cueOnly},
		{`{N=n: _, if N > 2 {text: "x"}}`, false, cueOnly},
		{`{E=empty: _, if E.n > 2 {n: 3}}`, false, cueOnly}, // it cannot be told, so it does not match
		{`{in: matchN(1, [{n: 4}, {n: 5}])}`, true, cueOnly},
		{`{text: "a" + "bc"}`, true, cueOnly},
		{`{("te" + "xt"): "abc"}`, true, cueOnly},
		{`{[=~"^n"]: 3}`, true, cueOnly},
		{`{n: 3, {text: "abc"}}`, true, cueOnly},
		{`{n: 3.0}`, false, cueOnly},
	} {
		x, err := parser.ParseExpr("constraint", c.constraint)
		if err != nil {
			t.Fatal(err)
		}
		ctx := cuecontext.New()
		derived, _ := newConstraint([]ast.Expr{x}, environment{file: func(string) []ast.Expr { return nil }})
		if (derived.term != nil) != c.plain {
			t.Errorf("%s: plain is %v", c.constraint, derived.term != nil)
		}
		if derived.term != nil && derived.term.match(sample, sample) != c.matches {
			t.Errorf("%s: the term says %v", c.constraint, !c.matches)
		}
		v := ctx.CompileString("constraint: " + c.constraint).LookupPath(cue.ParsePath("constraint"))
		if unifies(ctx, sample, v) != c.matches {
			t.Errorf("%s: CUE says %v", c.constraint, !c.matches)
		}
		if unifies(ctx, derived.reads.prune(sample), v) != c.matches {
			t.Errorf("%s: on what it looks at, CUE says %v", c.constraint, !c.matches)
		}
	}
}

// TestBuiltInRulesArePlain keeps CUE out of runs without guardrails: it costs
// milliseconds to start, and every pre-commit hook would pay them.
func TestBuiltInRulesArePlain(t *testing.T) {
	rules, err := builtIn()
	if err != nil {
		t.Fatal(err)
	}
	all, err := shapes()
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range rules {
		for _, c := range x.constraints() {
			if c.term == nil {
				t.Errorf("%s has a constraint that only CUE can match", x.id)
			}
		}
		for _, scope := range x.scopes {
			if items := x.itemsOf(scope); len(items) > 1 || len(items) == 1 && items[0] != x.item {
				t.Errorf("%s sees %v one at a time in %s", x.id, items, scope)
			}
			for _, c := range x.constraints() {
				for _, n := range c.named {
					known(t, x, all[scope], n.path)
				}
			}
			known(t, x, all[scope], x.at)
			for _, s := range x.see {
				known(t, x, all[scope], s.path)
			}
			for _, m := range inBraces.FindAllStringSubmatch(x.message+x.fix, -1) {
				if scope == x.scopes[0] {
					known(t, x, all[scope], splitPath(m[1]))
				}
			}
		}
	}
}

// known fails where a path names a field that no subject has. What is only
// there in one of a rule's scopes is left out by the caller.
func known(t *testing.T, x *rule, s *shape, path []string) {
	t.Helper()
	for _, name := range path {
		sub, ok := s.field(name)
		if !ok {
			t.Errorf("%s names %v, and nothing has %s", x.id, path, name)
			return
		}
		s = sub
	}
}

// TestSubjectsAreAsDocumented holds the subjects that Go makes to their
// definitions in subject.cue.
func TestSubjectsAreAsDocumented(t *testing.T) {
	ctx := cuecontext.New()
	catalogue, err := policies.Build(ctx)
	if err != nil {
		t.Fatal(err)
	}
	fits := func(t *testing.T, definition string, v *value) {
		t.Helper()
		u := catalogue.LookupPath(cue.MakePath(cue.Def(definition))).Unify(ctx.BuildExpr(v.syntax()))
		if err := u.Validate(cue.Concrete(true)); err != nil {
			t.Errorf("%v\n%s", err, v.syntaxText())
		}
	}
	for _, cfg := range someOrganizations(t, 20) {
		r := newRun(t, cfg)
		for i := range cfg.Users {
			fits(t, "#User", r.whole(i, -1))
			for j := range r.own(i) {
				fits(t, "#User", r.whole(i, j))
			}
		}
		for scope, definition := range map[string]string{"template": "#Template", "group": "#Group", "organization": "#Organization"} {
			for _, s := range r.subjects(scope) {
				root := objectOf(append([]field(nil), s.fields...)...)
				fits(t, definition, root)
				for name, items := range s.items {
					for _, it := range items {
						fits(t, definition, root.with(name, it.value))
					}
				}
			}
		}
	}
}
