package jabber_test

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"

	"callpolicy/compiler/diag"
	"callpolicy/compiler/jabber"
)

const existing = `<?xml version="1.0" encoding="utf-8"?>
<!-- Jabber, all sites. Ask the voice team before you change it. -->
<config version="1.0">
  <Policies>
    <!-- phones answer for one another -->
    <EnableCallPark>true</EnableCallPark>
    <SelfCareURL>https://self.example/?a=1&amp;b=2</SelfCareURL>

    <EnableVideo>TRUE</EnableVideo> <!-- since 2024 -->
  </Policies>
  <Options/>
  <Directory>
    <UseSIPURIToResolveContacts>true</UseSIPURIToResolveContacts>
  </Directory>
</config>
`

// What is not ours stays as it was, to the byte: comments, order, empty lines.
func TestMerge(t *testing.T) {
	base := parse(t, existing)
	got, err := base.Merge([]jabber.Parameter{
		{Section: "Client", Name: "DisableRemoteDesktopControl", Value: "true"},
		{Section: "Options", Name: "StartCallWithVideo", Value: "false"},
		{Section: "Policies", Name: "EnableP2PDesktopShare", Value: "false"},
		{Section: "Policies", Name: "EnableVideo", Value: "true"},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := strings.NewReplacer(
		"  </Policies>", "    <EnableP2PDesktopShare>false</EnableP2PDesktopShare>\n  </Policies>",
		"  <Options/>", "  <Options>\n    <StartCallWithVideo>false</StartCallWithVideo>\n  </Options>",
		"</config>", "  <Client>\n    <DisableRemoteDesktopControl>true</DisableRemoteDesktopControl>\n  </Client>\n</config>",
	).Replace(existing)
	if string(got) != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	wellFormed(t, got)
	again, err := parse(t, string(got)).Merge(nil)
	if err != nil || string(again) != string(got) {
		t.Errorf("merging nothing changes it: %v\n%s", err, again)
	}
}

// A value that differs is replaced where it stands, wherever that is.
func TestMergeReplaces(t *testing.T) {
	base := parse(t, `<config version="1.0"><policies><StartCallWithVideo>true</StartCallWithVideo></policies></config>`)
	p := jabber.Parameter{Section: "Options", Name: "StartCallWithVideo", Value: "false"}
	value, at, ok := base.Conflict(p)
	if !ok || value != "true" || at.Start != (diag.Pos{Line: 1, Column: 33}) {
		t.Errorf("conflict %t: %q at %v", ok, value, at)
	}
	got, err := base.Merge([]jabber.Parameter{p})
	if want := `<config version="1.0"><policies><StartCallWithVideo>false</StartCallWithVideo></policies></config>`; err != nil || string(got) != want {
		t.Errorf("got %s (%v)\nwant %s", got, err, want)
	}
	if _, _, ok := base.Conflict(jabber.Parameter{Section: "Options", Name: "StartCallWithVideo", Value: "true"}); ok {
		t.Error("an equal value is no conflict")
	}
}

func TestParseBaseFaults(t *testing.T) {
	for name, test := range map[string]struct {
		data, want string
		line       int
	}{
		"empty":       {"", "no config element", 1},
		"text":        {"not XML", "no config element", 1},
		"mismatch":    {"<config>\n<Policies>\n<EnableHuntGroup>true</enableHuntGroup></Policies></config>", "closed by", 3},
		"cut":         {"<config>\n<Policies>", "unexpected EOF", 2},
		"other":       {"<html></html>", "outermost element is html", 1},
		"entities":    {"<!DOCTYPE config [<!ENTITY a \"b\">]>\n<config>&a;</config>", "document type", 1},
		"encoding":    {`<?xml version="1.0" encoding="iso-8859-1"?><config/>`, "iso-8859-1", 1},
		"deep":        {"<config>" + strings.Repeat("<a>", 100) + strings.Repeat("</a>", 100) + "</config>", "nested too deeply", 1},
		"two configs": {"<config></config>\n<config></config>", "second", 2},
	} {
		t.Run(name, func(t *testing.T) {
			base, diags := jabber.ParseBase("jabber-config.xml", []byte(test.data))
			if base != nil || len(diags) != 1 {
				t.Fatalf("it was taken: %v", diags)
			}
			d := diags[0]
			if d.ID != diag.JabberBaseUnreadable || !strings.Contains(d.Summary, test.want) || d.Subject.Start.Line != test.line {
				t.Errorf("%v, want %q in line %d", d, test.want, test.line)
			}
		})
	}
}

func TestServiceProfile(t *testing.T) {
	got := jabber.ServiceProfile([]jabber.Parameter{
		{Section: "Policies", Name: "EnableVideo", Value: "false"},
		{Section: "Policies", Name: "SelfCareURL", Value: `=HYPERLINK("https://x.example","y")`},
	})
	want := "Section,Parameter,Value\nPolicies,EnableVideo,false\nPolicies,SelfCareURL,\"'=HYPERLINK(\"\"https://x.example\"\",\"\"y\"\")\"\n"
	if string(got) != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestFragment(t *testing.T) {
	if jabber.Fragment(nil) != nil {
		t.Error("nothing decided is no file")
	}
	in := []jabber.Parameter{{"Client", "DisableRemoteDesktopControl", "true"}, {"Policies", "EnableVideo", "false"}, {"Policies", "X", "a<b&c"}}
	data := jabber.Fragment(in)
	wellFormed(t, data)
	out, err := jabber.Parameters(data)
	if err != nil || len(out) != len(in) {
		t.Fatalf("read back %v: %v", out, err)
	}
	for i := range in {
		if in[i] != out[i] {
			t.Errorf("read back %v of %v", out[i], in[i])
		}
	}
}

// Whatever a base holds, reading it does not fail, and what is taken merges into
// a file that can be read again and says what we said.
func FuzzMerge(f *testing.F) {
	f.Add([]byte(existing))
	f.Add([]byte(`<config><Policies><![CDATA[ x ]]><EnableVideo a="1">tr<!-- ? -->ue</EnableVideo></Policies></config>`))
	f.Fuzz(func(t *testing.T, data []byte) {
		base, diags := jabber.ParseBase("jabber-config.xml", data)
		if (base == nil) != (len(diags) > 0) {
			t.Fatalf("base %v and %v", base, diags)
		}
		if base == nil {
			return
		}
		p := jabber.Parameter{Section: "Policies", Name: "EnableVideo", Value: "false"}
		merged, err := base.Merge([]jabber.Parameter{p})
		if err != nil {
			t.Fatal(err)
		}
		again, diags := jabber.ParseBase("merged.xml", merged)
		if again == nil {
			t.Fatalf("the merged file cannot be read: %v\n%s", diags, merged)
		}
		if value, _, ok := again.Conflict(p); ok {
			t.Fatalf("the merged file says %q\n%s", value, merged)
		}
	})
}

func parse(t *testing.T, data string) *jabber.Base {
	t.Helper()
	base, diags := jabber.ParseBase("jabber-config.xml", []byte(data))
	if base == nil {
		t.Fatal(diags)
	}
	return base
}

// wellFormed holds a file to the structure of a configuration.
func wellFormed(t *testing.T, data []byte) {
	t.Helper()
	dec := xml.NewDecoder(strings.NewReader(string(data)))
	depth := 0
	for {
		token, err := dec.Token()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatalf("%v\n%s", err, data)
		}
		switch e := token.(type) {
		case xml.StartElement:
			if depth++; depth == 1 && e.Name.Local != "config" || depth > 3 {
				t.Errorf("<%s> at depth %d", e.Name.Local, depth)
			}
		case xml.EndElement:
			depth--
		}
	}
}
