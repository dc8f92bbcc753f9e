package roster_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"callpolicy/compiler/diag"
	"callpolicy/compiler/roster"
)

// show writes a file as text, to compare.
func show(f *roster.File) string {
	var b strings.Builder
	for _, p := range f.People {
		fmt.Fprintf(&b, "%s %v %v", p.Key, p.Licenses, p.Groups)
		for _, a := range p.Attributes {
			fmt.Fprintf(&b, " %s=%s", a.Name, a.Value)
		}
		fmt.Fprintln(&b)
	}
	for _, m := range f.Members {
		fmt.Fprintf(&b, "%s in %s\n", m.Key, m.Group)
	}
	return b.String()
}

func utf16le(s string) string {
	b := []byte{0xff, 0xfe}
	for _, u := range utf16.Encode([]rune(s)) {
		b = append(b, byte(u), byte(u>>8))
	}
	return string(b)
}

// In the wild there are many ways to write one and the same roster.
func TestOneRosterInManyWays(t *testing.T) {
	const want = "a@voorbeeld.example [webexCalling attendantConsole] [reception] department=Zorg & Welzijn\n" +
		"b@voorbeeld.example [] []\n"
	const plain = "user,licenses,groups,department\na@voorbeeld.example,webexCalling;attendantConsole,reception,Zorg & Welzijn\nb@voorbeeld.example,,,\n"
	for name, text := range map[string]string{
		"plain":                plain,
		"byte-order mark":      "\ufeff" + plain,
		"CRLF":                 strings.ReplaceAll(plain, "\n", "\r\n"),
		"CR alone":             strings.ReplaceAll(plain, "\n", "\r"),
		"UTF-16":               utf16le(strings.ReplaceAll(plain, "\n", "\r\n")),
		"tabs":                 strings.ReplaceAll(plain, ",", "\t"),
		"semicolons":           "user;licenses;groups;department\na@voorbeeld.example;\"webexCalling;attendantConsole\";reception;Zorg & Welzijn\nb@voorbeeld.example;;;\n",
		"sep line":             "sep=,\r\n" + plain,
		"no last line end":     strings.TrimSuffix(plain, "\n"),
		"upper case":           strings.ReplaceAll(strings.ReplaceAll(plain, "user", "User"), "a@voorbeeld.example", "A@Voorbeeld.Example"),
		"blanks":               "user , licenses,groups , department \n a@voorbeeld.example ,webexCalling ; attendantConsole;,reception , Zorg & Welzijn \nb@voorbeeld.example,,,\n",
		"short rows":           strings.ReplaceAll(plain, "b@voorbeeld.example,,,", "b@voorbeeld.example"),
		"emptied rows":         plain + ",,,\n\n  ,\n",
		"other order":          "department,groups,user,licenses\nZorg & Welzijn,reception,a@voorbeeld.example,webexCalling;attendantConsole\n,,b@voorbeeld.example,\n",
		"everything in quotes": "\"user\",\"licenses\",\"groups\",\"department\"\n\"a@voorbeeld.example\",\"webexCalling;attendantConsole\",\"reception\",\"Zorg & Welzijn\"\n\"b@voorbeeld.example\",\"\",\"\",\"\"\n",
	} {
		t.Run(name, func(t *testing.T) {
			f, diags := roster.Parse("people.csv", []byte(text))
			if len(diags) > 0 {
				t.Fatalf("%v", diags)
			}
			if got := show(f); got != want {
				t.Errorf("got\n%swant\n%s", got, want)
			}
		})
	}
}

func TestControlHub(t *testing.T) {
	const export = "First Name,Last Name,Display Name,User ID/Email (Required),User Status,Days since Last Service Accessed,Title,Department,Webex Calling - Professional [Sub1],Unified Communication Manager (UCM) [Sub1],Webex Calling - Professional [Sub2] (Suspended),\"Call on Webex (1:1 call, non-PSTN) [Sub1]\"\n" +
		"An,Jansen,\"Jansen, An\",a@voorbeeld.example,Active,3,Nurse,Zorg,TRUE,false,FALSE,TRUE\n" +
		"Bo,Smit,\"Smit\nBo\",b@voorbeeld.example,Active,9,Nurse,Zorg,FALSE,FALSE,TRUE (Suspended),perhaps\n"
	f, diags := roster.Parse("exported_users.csv", []byte(export))
	if len(diags) > 0 {
		t.Fatalf("%v", diags)
	}
	want := "a@voorbeeld.example [Webex Calling - Professional Call on Webex (1:1 call, non-PSTN)] [] department=Zorg title=Nurse user status=Active\n" +
		"b@voorbeeld.example [Webex Calling - Professional] [] department=Zorg title=Nurse user status=Active\n"
	if got := show(f); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	if want := []string{"Webex Calling - Professional", "Unified Communication Manager (UCM)", "Call on Webex (1:1 call, non-PSTN)"}; !slices.Equal(f.LicenseColumns, want) {
		t.Errorf("license columns: %q", f.LicenseColumns)
	}
	if got := f.People[1].Unclear; !slices.Equal(got, []string{"Call on Webex (1:1 call, non-PSTN)"}) {
		t.Errorf("unclear: %q", got)
	}
	// The second person's row starts a line above the address.
	for column, want := range map[string]string{
		"department":                   "exported_users.csv:4:40",
		"Webex Calling - Professional": "exported_users.csv:4:57", // the second subscription
		"no such column":               "exported_users.csv:4:5",
	} {
		if got := f.Cell(f.People[1].At, column).String(); got != want {
			t.Errorf("%s is at %s, want %s", column, got, want)
		}
	}
}

func TestLegacyExport(t *testing.T) {
	const export = "First Name,UserID/Email (Required),Calling Behavior,UC Manager Profile,Webex Teams [Sub121331]\nAn,a@voorbeeld.example,CALL_WITH_APP_REGISTERED_FOR_TEL,,TRUE\n"
	f, diags := roster.Parse("old.csv", []byte(export))
	if len(diags) > 0 || f.Form != roster.ControlHub {
		t.Fatalf("form %v: %v", f.Form, diags)
	}
	if got, want := show(f), "a@voorbeeld.example [Webex Teams] [] calling behavior=CALL_WITH_APP_REGISTERED_FOR_TEL\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestMembers(t *testing.T) {
	f, diags := roster.Parse("members.csv", []byte("group,user\nsales,b@voorbeeld.example\nsales,A@voorbeeld.example\nit,a@voorbeeld.example\n"))
	if len(diags) > 0 || f.Form != roster.Members {
		t.Fatalf("form %v: %v", f.Form, diags)
	}
	if got, want := show(f), "a@voorbeeld.example in sales\na@voorbeeld.example in it\nb@voorbeeld.example in sales\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := f.Range(f.Members[0].At).String(); got != "members.csv:3:7" {
		t.Errorf("the place is %s", got)
	}
}

// Faults have a place, and only what keeps the file from being read stops a run.
func TestFaults(t *testing.T) {
	for _, c := range []struct {
		name, text, want string
	}{
		{"empty", "", "x.csv:1:1: error: the roster is empty [load.no-files]"},
		{"nobody", "user,licenses\n", "x.csv:1:1: error: the roster lists nobody [load.no-files]"},
		{"no user column", "name,licenses\nA,b\n", "x.csv:1:1: error: the first line names no column for the user [schema.missing-field]"},
		{"Latin-1", "user,department\na@voorbeeld.example,Financi\xebn\n", "x.csv:2:28: error: the file is not UTF-8 text [load.encoding]"},
		{"stray quote", "user,department\na@voorbeeld.example,Zo\"rg\n", "x.csv:2:23: error: a quote stands where none may [load.syntax]"},
		{"no address", "user,department\na@voorbeeld.example,\n ,Zorg\n", "x.csv:3:1: warning: this row names no user [schema.missing-field]"},
		{"no at sign", "user,department\nan,Zorg\n", `x.csv:2:1: warning: "an" is not an e-mail address [schema.bad-value]`},
		{"two at signs", "department,user\nZorg,a@b@voorbeeld.example\n", `x.csv:2:6: warning: "a@b@voorbeeld.example" is not an e-mail address [schema.bad-value]`},
		{"too long", "user\n" + strings.Repeat("x", 65) + "@voorbeeld.example\n", "x.csv:2:1: warning"},
		{"no group", "user,group\na@voorbeeld.example,\n", "x.csv:2:1: warning: this row names no group [schema.missing-field]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, diags := roster.Parse("x.csv", []byte(c.text))
			if len(diags) != 1 || !strings.HasPrefix(diags[0].String(), c.want) {
				t.Errorf("got %v\nwant %s", diags, c.want)
			}
			for _, d := range diags {
				if d.Hint == "" {
					t.Error("it says nothing about what to do")
				}
			}
		})
	}
}

// People who are alike share what is said about them.
func TestRecordsAreShared(t *testing.T) {
	f, _ := roster.Parse("x.csv", []byte("user,licenses,site\na@voorbeeld.example,webexCalling,Utrecht\nb@voorbeeld.example,webexCalling,Utrecht\nc@voorbeeld.example,webexCalling,Leiden\n"))
	if f.People[0].Record != f.People[1].Record || f.People[0].Record == f.People[2].Record {
		t.Error("equal rows do not share a record, or different ones do")
	}
}

// What is written is no formula anywhere, and is read back as it was.
func TestWrite(t *testing.T) {
	rows := [][]string{
		{"user", "licenses", "groups", "note"},
		{"+31@voorbeeld.example", "", "-x;y", "=1+1"},
		{"a@voorbeeld.example", "", "", "@SUM(A1)"},
		{"b@voorbeeld.example", "", "", "say \"no\",\nor yes"},
	}
	var b bytes.Buffer
	if err := roster.Write(&b, rows); err != nil {
		t.Fatal(err)
	}
	for cell := range strings.FieldsFuncSeq(b.String(), func(r rune) bool { return r == ',' || r == '\n' }) {
		if strings.ContainsAny(cell[:1], "=+-@\t\r") {
			t.Errorf("a spreadsheet would run %q", cell)
		}
	}
	for _, cell := range []string{"\tx", "\rx"} {
		if roster.Safe(cell) != "'"+cell {
			t.Errorf("%q is not made safe", cell)
		}
	}
	f, diags := roster.Parse("x.csv", b.Bytes())
	if len(diags) > 0 {
		t.Fatalf("%v", diags)
	}
	want := "+31@voorbeeld.example [] [-x y] note==1+1\na@voorbeeld.example [] [] note=@SUM(A1)\nb@voorbeeld.example [] [] note=say \"no\",\nor yes\n"
	if got := show(f); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

// Whatever the bytes are, every place is inside the file.
func FuzzParse(f *testing.F) {
	f.Add([]byte("user,licenses,groups\na@voorbeeld.example,x,y\n"))
	f.Add([]byte("User ID/Email (Required),X [S]\na@voorbeeld.example,TRUE\n"))
	f.Add([]byte("group,user\n\"g\nh\",a@voorbeeld.example\n"))
	f.Add([]byte("sep=;\nuser;x\n\"a@b\";\"c"))
	f.Fuzz(func(t *testing.T, data []byte) {
		file, diags := roster.Parse("x.csv", data)
		check := func(r diag.Range) {
			if r.Start.Line < 1 || r.Start.Column < 1 || r.End.Compare(r.Start) < 0 {
				t.Errorf("a place outside the file: %v to %v", r.Start, r.End)
			}
		}
		for _, d := range diags {
			check(d.Subject)
		}
		if file == nil {
			return
		}
		for _, p := range file.People {
			check(file.Range(p.At))
			check(file.Cell(p.At, "licenses"))
		}
		for _, m := range file.Members {
			check(file.Range(m.At))
		}
	})
}

func BenchmarkParse(b *testing.B) {
	for _, rows := range []int{100_000, 1_000_000} {
		b.Run(fmt.Sprint(rows), func(b *testing.B) {
			var data bytes.Buffer
			data.WriteString("user,licenses,groups,department,site\n")
			for i := range rows {
				fmt.Fprintf(&data, "u%07d@voorbeeld.example,webexCalling,site-%d;dept-%d,Department %d,Site %d\n", i, i%10, i%40, i%40, i%10)
			}
			b.SetBytes(int64(data.Len()))
			b.ReportAllocs()
			for b.Loop() {
				if f, diags := roster.Parse("x.csv", data.Bytes()); len(f.People) != rows || len(diags) > 0 {
					b.Fatal("not everybody was read")
				}
			}
		})
	}
}
