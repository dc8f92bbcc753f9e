package jabber_test

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
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

// What clients ignore is no base, and each fault is said in our own words, in its line.
func TestParseBaseFaults(t *testing.T) {
	for name, test := range map[string]struct {
		data, want string
		line       int
	}{
		"empty":               {"", "no config element", 1},
		"text":                {"not XML", "no config element", 1},
		"mismatch":            {"<config>\n<Policies>\n<EnableHuntGroup>true</enableHuntGroup></Policies></config>", "<EnableHuntGroup> is closed by </enableHuntGroup>", 3},
		"cut":                 {"<config>\n<Policies>", "<Policies> is not closed", 2},
		"other":               {"<html></html>", "outermost element is html", 1},
		"entities":            {"<!DOCTYPE config [<!ENTITY a \"b\">]>\n<config>&a;</config>", "document type", 1},
		"not UTF-8":           {"<config>\n\n<Client>\xff</Client></config>", "not UTF-8", 3},
		"deep":                {"<config>" + strings.Repeat("<a>", 100) + strings.Repeat("</a>", 100) + "</config>", "nested more than 16 deep", 1},
		"two configs":         {"<config></config>\n<config></config>", "second element outside all others", 2},
		"an ampersand":        {"<config><Client>\n<UpdateUrl>https://a.example/?a=1&b=2</UpdateUrl></Client></config>", "an & is not written &amp;", 2},
		"an unknown entity":   {"<config><Client>\n<UpdateUrl>&nbsp;</UpdateUrl></Client></config>", "an & is not written &amp;", 2},
		"blanks at the end":   {"<config><Policies>\n<EnableVideo>true</ EnableVideo ></Policies></config>", "blanks in the tag </EnableVideo>", 2},
		"blanks at the start": {"<config><Policies>\n< EnableVideo >true</EnableVideo></Policies></config>", "blanks in the tag <EnableVideo>", 2},
		"no end of a tag":     {"<config><Policies>\n<EnableVideo true</EnableVideo></Policies></config>", "the tag <EnableVideo has no >", 2},
		"no quotes":           {"<config version=1>\n</config>", "does not belong there", 1},
		"an attribute twice":  {"<config version='1' version='2'>\n</config>", "has the attribute version twice", 1},
		"less than":           {"<config><Policies>\n<A>1 < 2</A></Policies></config>", "a < is not written &lt;", 2},
		"an open comment":     {"<config>\n<!-- <Policies></Policies></config>", "a comment is not closed", 2},
		"dashes":              {"<config>\n<!-- a -- b --></config>", "a comment holds --", 2},
		"text outside":        {"<config></config>\ntext", "text outside of the config element", 1},
		"a late declaration":  {"\n<?xml version=\"1.0\"?><config></config>", "not the very first thing", 2},
		"a control character": {"<config>\n\x01</config>", "U+0001", 2},
		"too large":           {"<config>" + strings.Repeat(" ", 5<<20), "larger than 4 MiB", 1},
	} {
		t.Run(name, func(t *testing.T) {
			base, diags, err := jabber.ParseBase("jabber-config.xml", []byte(test.data))
			if err != nil || base != nil || len(diags) == 0 {
				t.Fatalf("it was taken: %v %v", diags, err)
			}
			d := diags[0]
			if d.ID != diag.JabberBaseUnreadable || !strings.Contains(d.Summary, test.want) || d.Subject.Start.Line != test.line {
				t.Errorf("%v, want %q in line %d", d, test.want, test.line)
			}
			for _, library := range []string{"XML syntax error", "expected", "invalid", "EOF", "unsupported"} {
				if strings.Contains(d.Summary+d.Detail+d.Hint, library) {
					t.Errorf("the words are a library's: %s", d.Summary)
				}
			}
		})
	}
}

// What clients may forgive is told, and the file is taken.
func TestSlips(t *testing.T) {
	utf16 := func(s string) string {
		var b strings.Builder
		b.WriteString("\xff\xfe")
		for _, c := range s {
			b.WriteByte(byte(c))
			b.WriteByte(byte(c >> 8))
		}
		return b.String()
	}
	for _, test := range []struct{ name, data, set, slips string }{
		{"well-formed", "<config version=\"1.0\">\n<Policies>\n<EnableVideo> false </EnableVideo>\n</Policies>\n</config>", "Policies.EnableVideo=false@3", ""},
		{"a section in small letters", "<config><policies><EnableVideo>true</EnableVideo></policies></config>", "Policies.EnableVideo=true@1", "1: the section <policies> is written Policies"},
		{"an unknown section", "<config><Extra><A>1</A></Extra></config>", "Extra.A=1@1", "1: there is no section Extra"},
		{"a parameter in other letters", "<config><Policies><enablevideo>true</enablevideo></Policies></config>", "Policies.EnableVideo=true@1", "1: the parameter enablevideo is written EnableVideo"},
		{"Cisco's own other letters", "<config><Client><UpdateURL>https://a.example</UpdateURL></Client></config>", "Client.UpdateUrl=https://a.example@1", ""},
		{"set twice", "<config><Policies>\n<EnableVideo>true</EnableVideo>\n<EnableVideo>false</EnableVideo></Policies></config>", "Policies.EnableVideo=true@2 Policies.EnableVideo=false@3", "3: EnableVideo is set twice, first in line 2"},
		{"a section twice", "<config><Policies/>\n<Policies></Policies></config>", "", "2: the section <Policies> is there twice, first in line 1"},
		{"outside of sections", "<config><EnableVideo>true</EnableVideo></config>", "", "1: EnableVideo stands in no section"},
		{
			"custom tabs", "<config><Client>\n<jabber-plugin-config>\n<browser-plugin><page refresh=\"true\" preload='true'>\n<url>a</url></page></browser-plugin>\n</jabber-plugin-config></Client></config>",
			"Client.jabber-plugin-config=@2", "",
		},
		{"elements where none belong", "<config><Policies><X><EnableVideo>true</EnableVideo></X></Policies></config>", "Policies.X=@1", "1: X holds elements, and clients look for none there"},
		{"UTF-8 with a mark", "\uFEFF<?xml version=\"1.0\" encoding=\"utf-8\"?><config><Policies><A>é</A></Policies></config>", "Policies.A=é@1", ""},
		{"Latin-1", "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>\n<config><Policies><A>\xe9</A></Policies></config>", "Policies.A=é@2", "1: the encoding is ISO-8859-1; it has to be UTF-8"},
		{"UTF-16", utf16("<?xml version=\"1.0\" encoding=\"utf-16\"?>\n<config><Policies><A>é</A></Policies></config>"), "Policies.A=é@2", "1: the encoding is UTF-16; it has to be UTF-8"},
		{"US-ASCII", "<?xml version=\"1.0\" encoding=\"us-ascii\"?>\n<config><Policies><A>e</A></Policies></config>", "Policies.A=e@2", "1: the encoding is us-ascii; it has to be UTF-8"},
		{"CDATA and references", "<config><Policies><A><![CDATA[a&b]]>&amp;&#65;</A></Policies></config>", "Policies.A=a&b&&#65;@1", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			f, err := jabber.Read("a.xml", []byte(test.data))
			if err != nil || f.Fault() != nil {
				t.Fatal(err, f.Fault())
			}
			set, slips := told(f)
			if set != test.set {
				t.Errorf("set %s, want %s", set, test.set)
			}
			if slips != test.slips {
				t.Errorf("slips %s, want %s", slips, test.slips)
			}
			base, diags, err := jabber.ParseBase("a.xml", []byte(test.data))
			if err != nil || base == nil || len(diags) != len(f.Slips) {
				t.Fatalf("as a base: %v %v", diags, err)
			}
			for i, d := range diags {
				if d.ID != diag.JabberSlip || d.Summary != f.Slips[i].Problem {
					t.Errorf("as a base: %v", d)
				}
			}
			merged, err := base.Merge([]jabber.Parameter{{Section: "Policies", Name: "EnableVideo", Value: "true"}})
			if err != nil {
				t.Fatal(err)
			}
			if again, diags, err := jabber.ParseBase("merged.xml", merged); again == nil {
				t.Errorf("merged into, it cannot be read: %v %v\n%s", diags, err, merged)
			}
		})
	}
}

// A file that clients ignore is read all the same, for whoever wants to know what it was to say.
func TestForgiven(t *testing.T) {
	for _, test := range []struct{ data, set string }{
		{"<config><Policies><EnableHuntGroup>true</enableHuntGroup>\n<EnableVideo>true</EnableVideo></Policies></config>", "Policies.EnableHuntGroup=true@1 Policies.EnableVideo=true@2"},
		{"<config><Policies><EnableVideo>true</Policies></config>", "Policies.EnableVideo=true@1"},
		{"<config><Policies><EnableVideo>true</EnableVideo>", "Policies.EnableVideo=true@1"},
		{"<config><Policies>< EnableVideo > true </ EnableVideo ></Policies></config>", "Policies.EnableVideo=true@1"},
		{"<config><Client><SelfCareURL>https://x.example/?a=1&b=2</SelfCareURL></Client></config>", "Client.SelfCareURL=https://x.example/?a=1&b=2@1"},
	} {
		f, err := jabber.Read("a.xml", []byte(test.data))
		if err != nil || f.Worst() != jabber.Ignored {
			t.Fatal(err, f.Slips)
		}
		if set, _ := told(f); set != test.set {
			t.Errorf("set %s, want %s", set, test.set)
		}
	}
}

// Nothing is lost in a file without line breaks.
func TestMergeInOneLine(t *testing.T) {
	base := parse(t, `<config><Client><UpdateUrl>a</UpdateUrl></Client><Policies><!-- none --></Policies></config>`)
	got, err := base.Merge([]jabber.Parameter{{Section: "Client", Name: "X", Value: "1"}, {Section: "Options", Name: "Y", Value: "2"}, {Section: "Policies", Name: "Z", Value: "3"}})
	const want = `<config><Client><UpdateUrl>a</UpdateUrl><X>1</X></Client><Policies><!-- none --><Z>3</Z></Policies><Options>`
	if err != nil || !strings.HasPrefix(string(got), want) || !strings.Contains(string(got), "<Y>2</Y>") {
		t.Errorf("%v\n%s", err, got)
	}
	wellFormed(t, got)
}

// Custom tabs are kept as they are, and the line of what is around them is its own.
func TestMergeKeepsTabs(t *testing.T) {
	const tabs = `<config version="1.0">
  <Client>
    <jabber-plugin-config>
      <browser-plugin>
        <page refresh="true" preload="false">
          <tooltip>Intranet</tooltip>
          <EnableVideo>false</EnableVideo>
        </page>
      </browser-plugin>
    </jabber-plugin-config>
  </Client>
</config>
`
	got, err := parse(t, tabs).Merge([]jabber.Parameter{{Section: "Policies", Name: "EnableVideo", Value: "true"}})
	want := strings.Replace(tabs, "  </Client>\n", "  </Client>\n  <Policies>\n    <EnableVideo>true</EnableVideo>\n  </Policies>\n", 1)
	if err != nil || string(got) != want {
		t.Errorf("%v\n%s", err, got)
	}
}

// A password leaves the reader in no way but one.
func TestSecrets(t *testing.T) {
	const secret = "s3cret-of-ours"
	for _, data := range []string{
		"<config><Directory><ConnectionPassword>" + secret + "</ConnectionPassword></Directory></config>",
		"<config><directory><connectionpassword> " + secret + " </connectionpassword></directory></config>",
		"<config><Directory><BDIConnectionPassword><![CDATA[" + secret + "]]></BDIConnectionPassword></Directory></config>",
		"<config><Directory><ProxyPassword>" + secret + "</ProxyPassword></Directory></config>",
		"<config><Directory>\n<!-- <ConnectionPassword>" + secret + "</ConnectionPassword> -->\n</Directory></config>",
		"<config><Client><UpdateUrl>https://jabber:" + secret + "@a.example/x</UpdateUrl></Client></config>",
		"<config><Client><jabber-plugin-config><page password=\"" + secret + "\"><url>https://u:" + secret + "@a.example</url></page></jabber-plugin-config></Client></config>",
		"<config><Directory><EnableVideo>x</EnableVideo><ConnectionPassword>" + secret + "&b</ConnectionPassword></Directory></config>",
		"<config><Directory><ConnectionPassword>" + secret + "<ConnectionPassword></Directory></config>",
		"<config><Directory>< ConnectionPassword >" + secret + "</ ConnectionPassword ></Directory></config>",
	} {
		f, err := jabber.Read("a.xml", []byte(data))
		if err != nil || len(f.Secrets) == 0 {
			t.Fatalf("%v: no secret in %s", err, data)
		}
		said := fmt.Sprintf("%v %v", f.Set, f.Slips)
		for _, d := range f.Check() {
			said += fmt.Sprintf(" %+v", *d)
		}
		if strings.Contains(said, secret) || strings.Contains(string(f.Data(false)), secret) {
			t.Errorf("it is told: %s", said)
		}
		if !strings.Contains(string(f.Data(true)), secret) {
			t.Errorf("it is lost: %s", f.Data(true))
		}
		base, diags, err := jabber.ParseBase("a.xml", []byte(data))
		if err != nil {
			t.Fatal(err)
		}
		if !slices.ContainsFunc(diags, func(d *diag.Diagnostic) bool { return d.ID == diag.JabberSecret }) {
			t.Errorf("nobody is told: %v", diags)
		}
		if base != nil {
			merged, err := base.Merge([]jabber.Parameter{{Section: "Policies", Name: "EnableVideo", Value: "true"}})
			if err != nil || strings.Contains(string(merged), secret) {
				t.Errorf("%v: it goes into a bundle: %s", err, merged)
			}
		}
	}
	f, err := jabber.Read("a.xml", []byte("<config><Client><CachePasswordMobile>true</CachePasswordMobile><Forgot_Password_URL>https://a.example/</Forgot_Password_URL></Client></config>"))
	if err != nil || len(f.Secrets) != 0 {
		t.Errorf("%v: what speaks of passwords is none: %v", err, f.Secrets)
	}
}

// The work grows with the file: each parameter of one long line takes no copy of it.
func TestReadIsLinear(t *testing.T) {
	long := func(n int) []byte {
		var b strings.Builder
		b.WriteString("<config><Policies>")
		for i := range n {
			fmt.Fprintf(&b, "<P%d>true&x</P%d>", i, i)
		}
		b.WriteString("</Policies></config>")
		return []byte(b.String())
	}
	bytesOf := func(data []byte) uint64 {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		f, err := jabber.Read("a.xml", data)
		if err != nil || len(f.Check()) > 25 {
			t.Fatal(err, len(f.Slips))
		}
		runtime.ReadMemStats(&after)
		return after.TotalAlloc - before.TotalAlloc
	}
	bytesOf(long(10))
	few, many := bytesOf(long(2000)), bytesOf(long(16000))
	if many > 24*few { // eight times the file
		t.Errorf("%d bytes for 2000 parameters, %d for 16000", few, many)
	}
}

// told lists what a file sets and its slips.
func told(f *jabber.File) (set, slips string) {
	var sets, told []string
	for _, p := range f.Set {
		sets = append(sets, fmt.Sprintf("%s.%s=%s@%d", p.Section, p.Name, p.Value, p.Line))
	}
	for _, s := range f.Slips {
		told = append(told, fmt.Sprintf("%d: %s", s.Line, s.Problem))
	}
	return strings.Join(sets, " "), strings.Join(told, "; ")
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
		base, diags, err := jabber.ParseBase("jabber-config.xml", data)
		if err != nil || (base == nil) != diags.HasErrors() {
			t.Fatalf("base %v and %v: %v", base, diags, err)
		}
		if base == nil {
			return
		}
		p := jabber.Parameter{Section: "Policies", Name: "EnableVideo", Value: "false"}
		merged, err := base.Merge([]jabber.Parameter{p})
		if err != nil {
			t.Fatal(err)
		}
		again, diags, err := jabber.ParseBase("merged.xml", merged)
		if err != nil || again == nil {
			t.Fatalf("the merged file cannot be read: %v %v\n%s", diags, err, merged)
		}
		if value, _, ok := again.Conflict(p); ok {
			t.Fatalf("the merged file says %q\n%s", value, merged)
		}
		kept, err := jabber.Read("merged.xml", merged)
		if err != nil {
			t.Fatal(err)
		}
		was, err := jabber.Read("base.xml", data)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range was.Set {
			if !slices.ContainsFunc(kept.Set, func(q jabber.Written) bool {
				return q.Name == p.Name && (q.Value == p.Value || p.Name == "EnableVideo")
			}) {
				t.Fatalf("%s is lost\n%s", p.Name, merged)
			}
		}
	})
}

func parse(t *testing.T, data string) *jabber.Base {
	t.Helper()
	base, diags, err := jabber.ParseBase("jabber-config.xml", []byte(data))
	if base == nil {
		t.Fatal(diags, err)
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
