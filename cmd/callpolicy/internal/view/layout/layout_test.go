package layout

import (
	"bytes"
	"slices"
	"strings"
	"testing"
)

func TestWidth(t *testing.T) {
	for text, want := range map[string]int{
		"": 0, "abc": 3, "医療": 4, "e\u0301": 1, "\x1b[1m\x1b[31mabc\x1b[0m\x1b[0m de": 6, "…": 1,
	} {
		if got := Width(text); got != want {
			t.Errorf("Width(%q) = %d, want %d", text, got, want)
		}
	}
}

func TestCount(t *testing.T) {
	for n, want := range map[int]string{
		0: "0", 7: "7", 999: "999", 1000: "1,000", 2041: "2,041", 80000: "80,000", 1234567: "1,234,567", -999: "-999", -1000: "-1,000",
	} {
		if got := Count(n); got != want {
			t.Errorf("Count(%d) = %s, want %s", n, got, want)
		}
	}
}

func TestPlural(t *testing.T) {
	for n, want := range map[int]string{0: "0 users", 1: "1 user", 2041: "2,041 users"} {
		if got := Plural(n, "user", "users"); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestWrap(t *testing.T) {
	for _, test := range []struct {
		text  string
		width int
		want  []string
	}{
		{"", 10, []string{""}},
		{"one two", 10, []string{"one two"}},
		{"one two three four", 10, []string{"one two", "three four"}},
		{"医療 医療 医療", 9, []string{"医療 医療", "医療"}},
		{"a averylongword b", 6, []string{"a", "averylongword", "b"}},
		{"first:\n\n  some indented words", 14, []string{"first:", "", "  some", "  indented", "  words"}},
		{"run `git fetch --all` now", 10, []string{"run", "`git fetch --all`", "now"}},
		{"kept   as it is  ", 20, []string{"kept   as it is"}},
		{strings.Repeat(" ", 30), 10, []string{""}},
		{"one `two three", 9, []string{"one `two", "three"}},
	} {
		if got := Wrap(test.text, test.width); !slices.Equal(got, test.want) {
			t.Errorf("Wrap(%q, %d) = %q, want %q", test.text, test.width, got, test.want)
		}
	}
}

func TestColumns(t *testing.T) {
	red := Style{Color: true}.Red
	got := Columns([][]string{
		{"setting", "users", "from"},
		{"医療", Count(2041), red("true")},
		{red("videoOnMobile"), "7"},
		{},
	}, "lr")
	want := []string{
		"setting        users  from",
		"医療           2,041  " + red("true"),
		red("videoOnMobile") + "      7",
		"",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestTerminal(t *testing.T) {
	for name, test := range map[string]struct {
		env   map[string]string
		color bool
	}{
		"a pipe":                 {nil, false},
		"a pipe, forced":         {map[string]string{"CLICOLOR_FORCE": "1"}, true},
		"a pipe, not forced":     {map[string]string{"CLICOLOR_FORCE": "0"}, false},
		"a pipe, forced and not": {map[string]string{"CLICOLOR_FORCE": "1", "NO_COLOR": "1"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			s := Terminal(&bytes.Buffer{}, func(key string) string { return test.env[key] })
			if s.Width != 80 || s.Color != test.color {
				t.Errorf("got %+v", s)
			}
			if colored := s.Red("x") != "x"; colored != test.color {
				t.Errorf("Red gives %q", s.Red("x"))
			}
		})
	}
}
