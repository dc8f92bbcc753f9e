package rules

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"callpolicy/compiler/config"
	"callpolicy/compiler/confine"
	"callpolicy/compiler/diag"
	"callpolicy/compiler/resolve"
)

const childVariable = "CALLPOLICY_TEST_CHILD"

func TestMain(m *testing.M) {
	if os.Getenv(childVariable) == "" {
		os.Exit(m.Run())
	}
	if err := confine.Serve(context.Background(), os.Stdin, os.Stdout, map[string]confine.Service{ServiceName: Serve}); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func child(t *testing.T, limits confine.Limits) Evaluator {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return InChild(confine.New(func(ctx context.Context) *exec.Cmd {
		cmd := exec.CommandContext(ctx, self)
		cmd.Env = []string{childVariable + "=1"}
		return cmd
	}, limits))
}

// outcome compiles rules and asks them about an organization.
func outcome(t *testing.T, e Evaluator, cfg *config.Config, files ...Source) (compiling, checking diag.List) {
	t.Helper()
	g, compiling, err := e.Compile(t.Context(), files)
	if err != nil {
		t.Fatal(err)
	}
	defer g.Close()
	checking, _, err = Check(t.Context(), Input{
		Config: cfg, Result: resolve.Users(cfg), At: time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC), Guardrails: g,
	})
	if err != nil {
		t.Fatal(err)
	}
	return compiling, checking
}

// TestChildSaysTheSame compares both evaluators on drawn rules and organizations.
func TestChildSaysTheSame(t *testing.T) {
	all, err := shapes()
	if err != nil {
		t.Fatal(err)
	}
	text := rapid.Custom(func(t *rapid.T) string {
		d := &drawing{t: t}
		text := prelude
		for i := range 6 {
			text += fmt.Sprintf("rules: \"own.r%d\": {title: \"Drawn\", severity: \"error\"\n%s: %s\n}\n",
				i, d.oneOf("demand", "require", "forbid"), d.constraint(all["user"], 4))
		}
		return text
	})
	found := 0
	for i, cfg := range someOrganizations(t, 8) {
		own := Source{"guardrails/own.cue", []byte(text.Example(i))}
		other := Source{"guardrails/broken.cue", []byte("package other\nrules: \"own.r9\": {title: 1}\n")}
		c1, d1 := outcome(t, InProcess(), cfg, own, other)
		c2, d2 := outcome(t, child(t, confine.Limits{}), cfg, own, other)
		if fmt.Sprint(c1) != fmt.Sprint(c2) || !reflect.DeepEqual(d1, d2) {
			t.Fatalf("in this process\n%v\n%v\nin a child\n%v\n%v\n%s", c1, d1, c2, d2, own.Data)
		}
		found += len(d1)
	}
	if found == 0 {
		t.Error("nothing was found, which proves nothing")
	}
}

// endless keeps CUE busy for longer than anybody waits.
const endless = `
#Copy: {
	in: {...}
	out: {for k, v in in {(k): (#Copy & {in: v}).out}}
}
_d1: {for i in [0, 1, 2, 3, 4, 5, 6, 7, 8, 9] {"k\(i)": {}}}
_d2: {for k, v in _d1 {(k): _d1}}
_d3: {for k, v in _d1 {(k): _d2}}
_d4: {for k, v in _d1 {(k): _d3}}
_d5: {for k, v in _d1 {(k): _d4}}
_d6: {for k, v in _d1 {(k): _d5}}
`

// TestChildIsBounded: rules that never end cost a while and are reported, and
// what does not need CUE is asked all the same.
func TestChildIsBounded(t *testing.T) {
	cfg := someOrganizations(t, 1)[0]
	if len(cfg.Users) == 0 {
		t.Fatal("an organization without users")
	}
	t.Run("while it is compiled", func(t *testing.T) {
		compiling, _ := outcome(t, child(t, confine.Limits{Time: time.Second}), cfg, Source{
			"guardrails/a.cue",
			[]byte(endless + "rules: \"own.a\": {title: \"A\", severity: \"error\", require: (#Copy & {in: _d6}).out}\n"),
		})
		if len(compiling) != 1 || compiling[0].ID != diag.RuleInvalid || !strings.Contains(compiling[0].Summary, "takes longer than the 1s") {
			t.Error(compiling)
		}
	})
	t.Run("too much memory", func(t *testing.T) {
		compiling, _ := outcome(t, child(t, confine.Limits{Time: time.Minute, Memory: 200 << 20}), cfg, Source{
			"guardrails/a.cue",
			[]byte("import \"list\"\n_x: [for i in list.Range(0, 50_000_000, 1) {i}]\nrules: \"own.a\": {title: \"\\(len(_x))\", severity: \"error\", require: users: 1}\n"),
		})
		if len(compiling) != 1 || compiling[0].ID != diag.RuleInvalid || !strings.Contains(compiling[0].Summary, "memory") {
			t.Error(compiling)
		}
	})
	t.Run("while it is asked", func(t *testing.T) {
		compiling, checking := outcome(t, child(t, confine.Limits{Time: time.Second}), cfg, Source{"guardrails/a.cue", []byte(endless + `
rules: "own.endless": {title: "A", severity: "error", require: {
	licenseClass: string
	if licenseClass != "" for k, v in (#Copy & {in: _d6}).out {"\(k)": v}
}}
rules: "own.plain": {title: "B", severity: "error", forbid: licenseClass: string}
rules: "own.sound": {title: "C", severity: "error", require: user: address: =~("no" + "body")}
`)})
		if len(compiling) != 0 {
			t.Fatal(compiling)
		}
		found := map[string]int{}
		for _, d := range checking {
			found[d.ID.String()]++
			if d.ID == diag.RuleInvalid && (!strings.Contains(d.Summary, "own.endless takes longer than the 1s") || !strings.HasSuffix(d.Detail, "were not asked of everybody after it: own.sound.")) {
				t.Error(d, d.Detail)
			}
		}
		if found["rule.invalid"] != 1 || found["own.plain"] == 0 {
			t.Error(checking)
		}
		if found["own.endless"] > 0 || found["own.sound"] > 0 {
			t.Errorf("a rule is called broken that CUE was not asked about:\n%v", checking)
		}
	})
}

func TestReadValue(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := objectOf(have("a", word(rapid.String().Draw(t, "text"))), have("b", count(rapid.Int().Draw(t, "number"))),
			have("c", truth(rapid.Bool().Draw(t, "truth"))), have("d", isNull), have("e", objectOf()))
		got, rest, err := readValue(v.appendKey(nil))
		if err != nil || len(rest) > 0 || !got.equal(v) {
			t.Fatalf("%v came back as %v, %v", v.syntaxText(), got, err)
		}
		key := v.appendKey(nil)
		_, _, err = readValue(key[:rapid.IntRange(0, len(key)-1).Draw(t, "length")])
		if err == nil {
			t.Fatal("half a value was read")
		}
	})
}
