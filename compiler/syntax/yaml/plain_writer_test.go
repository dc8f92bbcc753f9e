package yaml

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// writer writes YAML in many styles, all of it plain, but for what stands on
// purpose among its words.
type writer struct {
	*rand.Rand
	strings.Builder
	broken string // at the end of a line
}

func (w *writer) pick(some ...string) string { return some[w.IntN(len(some))] }

func (w *writer) file() []byte {
	w.broken = w.pick("\n", "\n", "\n", "\r\n")
	w.WriteString(w.pick("", "", "", "\ufeff", "# so"+w.broken, "---"+w.broken, "# so"+w.broken+"---  # so"+w.broken))
	w.block(w.pick("", "", "", "  "), 0)
	text := w.String()
	if w.IntN(4) == 0 {
		text = strings.TrimSuffix(text, w.broken)
	}
	return []byte(text + w.pick("", "", "  ", "# so", " # so"+w.broken))
}

// block writes a mapping or list, each line of it after indent.
func (w *writer) block(indent string, depth int) {
	list := w.IntN(3) == 0
	for i := range 1 + w.IntN(4) {
		if i > 0 || depth == 0 {
			w.between()
			w.WriteString(indent)
		}
		if list {
			w.WriteString("-")
			w.value(indent, depth, true)
		} else {
			fmt.Fprintf(w, "%s:", w.key(i))
			w.value(indent, depth, false)
		}
	}
}

func (w *writer) key(i int) string {
	if w.IntN(40) == 0 {
		i = 0 // there perhaps already
	}
	return w.pick(fmt.Sprintf("key%d", i), fmt.Sprintf("k %d", i), fmt.Sprintf("%d", i), fmt.Sprintf(`"q%d"`, i), fmt.Sprintf("'it''s %d'", i), fmt.Sprintf("é%d@x.example", i)) + w.pick("", "", "", " ")
}

func (w *writer) between() {
	w.WriteString(w.pick("", "", "", "", w.broken, "  "+w.broken, "# so"+w.broken, "      # so: [x"+w.broken))
}

func (w *writer) value(indent string, depth int, dash bool) {
	deeper := indent + w.pick(" ", "  ", "  ", "    ")
	switch n := w.IntN(10); {
	case n < 2 && depth < 4:
		w.end()
		w.between()
		if !dash && w.IntN(4) == 0 {
			for range 1 + w.IntN(3) {
				w.WriteString(indent + "- " + w.word(false))
				w.end()
			}
			return
		}
		w.WriteString(deeper)
		w.block(deeper, depth+1)
	case n < 4 && depth < 4 && dash:
		blanks := w.pick(" ", " ", "   ")
		w.WriteString(blanks)
		w.block(indent+" "+blanks, depth+1)
	case n < 5:
		w.end()
	case n < 6:
		w.end()
		w.WriteString(deeper + w.word(false))
		w.end()
	case n < 8:
		w.WriteString(" ")
		w.brackets(0)
		w.end()
	default:
		w.WriteString(" " + w.word(false))
		w.end()
	}
}

func (w *writer) end() {
	w.WriteString(w.pick("", "", "", " ", " # so", "   # so: { 'x") + w.broken)
}

func (w *writer) brackets(depth int) {
	braces := w.IntN(2) == 0
	w.WriteString(cond(braces, "{", "[") + w.pick("", " "))
	for i := range w.IntN(4) {
		if braces {
			key := w.key(i)
			w.WriteString(key + ":" + cond(strings.ContainsAny(key, `"'`), w.pick("", " "), " "))
		}
		if w.IntN(4) == 0 && depth < 3 {
			w.brackets(depth + 1)
		} else {
			w.WriteString(w.word(true))
		}
		w.WriteString(w.pick(", ", ",", " , "))
	}
	w.WriteString(cond(braces, "}", "]"))
}

func cond(yes bool, a, b string) string {
	if yes {
		return a
	}
	return b
}

// word returns a scalar: text, or what looks like something else.
func (w *writer) word(inBrackets bool) string {
	if w.IntN(60) == 0 {
		return w.pick("&x y", "*x", "!!str y", `"\n"`, "<<", "|", ">-", "y: z", "- y", "@y", "a\tb", "...", "---", "? y", "{y}", "[y: z]")
	}
	if !inBrackets && w.IntN(5) == 0 {
		return w.pick("a, b", "a [b]", "{ a: b }", "what?", "a]b", "a{}")
	}
	return w.pick(
		"webex", "word", "two words", "it's", "a#b", "a:b", "http://x.example/a", "a-b", "'quoted: # [x'", "'it''s'", `"double: # {x"`, `"it's"`, "''", `""`,
		"true", "False", "TRUE", "tRUE", "yes", "No", "on", "y", "n", "null", "Null", "~", "NULL", "nul", "~x",
		"0", "1", "10", "017", "0o17", "0x1F", "0b11", "1_000", "-5", "+5", "123456789", "1234567890", "12345678901234567890", "9e99999", "1.5", ".5", "-.5", "1e3", "1.", ".inf", "-.INF", ".nan", "1:30", "+31 20 1234",
		"2027-03-01", "2027-3-1", "2027-13-01", "2001-12-14t21:59:43.10-05:00", "2001-12-14 21:59:43", "-x", "..x", ".x", "é", "日本", "=", "<x", "$x", "(x)", "/x", "^", "\u00a0x",
	)
}
