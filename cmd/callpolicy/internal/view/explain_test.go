package view

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"callpolicy/cmd/callpolicy/internal/view/layout"
	"callpolicy/cmd/callpolicy/internal/view/viewtest"
	"callpolicy/compiler"
	"callpolicy/compiler/explain"
)

// voorbeeld compiles the large example.
func voorbeeld(t *testing.T) *compiler.Compilation {
	t.Helper()
	c, diags, err := compiler.Compile(t.Context(), os.DirFS("../../../../examples/voorbeeld-zorg"), ".")
	if err != nil || diags.HasErrors() {
		t.Fatal(err, diags)
	}
	return c
}

func explained(t *testing.T, c *compiler.Compilation, user string, s layout.Style) []byte {
	t.Helper()
	e, err := explain.User(c.Config, c.Result, user)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := Explain(&b, e, s); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestExplainGoldens shows people of whom each has something of their own: an
// override, two templates, a group's own list, a migration, CUE, an e-mail
// domain, a template that is not complete.
func TestExplainGoldens(t *testing.T) {
	c := voorbeeld(t)
	for _, user := range []string{"u1357", "u0616", "u0702", "u0777", "u1916", "u0493", "u1036"} {
		viewtest.Golden(t, "explain/"+user+".txt", explained(t, c, user+"@voorbeeld.example", layout.Plain()))
	}
	viewtest.Golden(t, "explain/u1357.color.txt", explained(t, c, "u1357@voorbeeld.example", layout.Style{Width: 80, Color: true}))
}

func TestExplainJSONGolden(t *testing.T) {
	c := voorbeeld(t)
	e, err := explain.User(c.Config, c.Result, "u0616@voorbeeld.example")
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Only("inCall.videoOnMobile"); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := ExplainJSON(&b, e); err != nil {
		t.Fatal(err)
	}
	viewtest.Golden(t, "explain/u0616.json", b.Bytes())
}

func TestExplainPersonaGolden(t *testing.T) {
	e, err := explain.Persona(voorbeeld(t).Config, []string{"webexCalling", "attendantConsole"}, []string{"reception"})
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := Explain(&b, e, layout.Plain()); err != nil {
		t.Fatal(err)
	}
	viewtest.Golden(t, "explain/persona.txt", b.Bytes())
}

func TestWhyNotGoldens(t *testing.T) {
	c := voorbeeld(t)
	for name, asked := range map[string][3]string{
		"locked":      {"u0702", "videoOnMobile", "on"},
		"incomplete":  {"u1036", "videoOnDesktop", "off"},
		"license":     {"u1357", "callingBehavior", "jabber"},
		"overridden":  {"u0881", "callingBehavior", "jabber"},
		"everybody":   {"u0013", "callingBehavior", "webex"},
		"already":     {"u1893", "videoOnMobile", "on"},
		"two-answers": {"u0616", "videoOnDesktop", "on"},
	} {
		a, err := explain.WhyNot(c.Config, c.Result, asked[0]+"@voorbeeld.example", asked[1], asked[2])
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		if err := WhyNot(&b, a, layout.Plain()); err != nil {
			t.Fatal(err)
		}
		viewtest.Golden(t, "explain/why-not-"+name+".txt", b.Bytes())
	}
}

// TestExplainFits holds what is shown of everybody to 80 columns.
func TestExplainFits(t *testing.T) {
	c := voorbeeld(t)
	for i := range c.Config.Users {
		text := string(explained(t, c, c.Config.Users[i].Key, layout.Plain()))
		for line := range strings.Lines(text) {
			line = strings.TrimSuffix(line, "\n")
			if layout.Width(line) > layout.Plain().Width || strings.HasSuffix(line, " ") {
				t.Fatalf("%s: %q is %d wide", c.Config.Users[i].Address, line, layout.Width(line))
			}
		}
	}
}
