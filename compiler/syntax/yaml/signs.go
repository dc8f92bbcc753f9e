package yaml

import (
	"bytes"
	"strings"
)

// openQuote returns where a quote is opened that the line does not close, or -1.
func openQuote(words string) int {
	for i := 0; i < len(words); i++ {
		c := words[i]
		if c == '#' && i > 0 && words[i-1] == ' ' {
			return -1
		}
		if c != '"' && c != '\'' || i > 0 && !strings.ContainsRune(" \t,:{[", rune(words[i-1])) {
			continue
		}
		end := quotedEnd([]byte(words[i:]), c)
		if i+end == len(words) && (end == 1 || words[len(words)-1] != c || closedLength(words[i:], c) != end) {
			return i
		}
		i += end - 1
	}
	return -1
}

// closedLength is the length of a quoted scalar that is closed, else 0.
func closedLength(s string, quote byte) int {
	if end := quotedEnd([]byte(s+" "), quote); end <= len(s) {
		return end
	}
	return 0
}

// afterQuote returns where text follows a closed quote, or -1.
func afterQuote(words string) int {
	for i := 0; i < len(words); i++ {
		c := words[i]
		if c == '#' && i > 0 && words[i-1] == ' ' {
			return -1
		}
		if c != '"' && c != '\'' || i > 0 && !strings.ContainsRune(" \t,:{[", rune(words[i-1])) {
			continue
		}
		i += quotedEnd([]byte(words[i:]), c)
		rest := strings.TrimLeft(words[min(i, len(words)):], " \t")
		if rest != "" && !strings.ContainsRune(":,}]#", rune(rest[0])) {
			return len(words) - len(rest)
		}
		i--
	}
	return -1
}

// bracket returns the first bracket of a line without its match: the innermost
// one that is opened, or one that closes nothing. It is -1 where all match.
func bracket(words string) (at int, closing bool) {
	var open []int
	for i := 0; i < len(words); i++ {
		c := words[i]
		before := i == 0 || strings.IndexByte(" \t,:{[", words[i-1]) >= 0
		switch {
		case (c == '"' || c == '\'') && before:
			i += quotedEnd([]byte(words[i:]), c) - 1
		case c == '#' && i > 0 && words[i-1] == ' ':
			i = len(words)
		case c == '{' || c == '[':
			if len(open) > 0 || before {
				open = append(open, i)
			}
		case c == '}' || c == ']':
			if len(open) == 0 {
				return i, true
			}
			if last := open[len(open)-1]; words[last] == '{' != (c == '}') {
				return last, false
			}
			open = open[:len(open)-1]
		}
	}
	if len(open) > 0 {
		return open[len(open)-1], false
	}
	return -1, false
}

// placeholderEnd returns the length of a placeholder that words start with.
func placeholderEnd(words []byte) int {
	end := len(words)
	for _, closing := range []string{"}}", "%}", "%>", "}"} {
		if i := bytes.Index(words, []byte(closing)); i >= 0 && i+len(closing) < end {
			end = i + len(closing)
			break
		}
	}
	return end
}

func startsWithDash(words string) bool { return strings.HasPrefix(words, "- ") || words == "-" }

// lastColon returns where the last colon with a blank behind it is, or -1.
func lastColon(s string) int {
	if strings.HasSuffix(s, ":") {
		return len(s) - 1
	}
	return strings.LastIndex(s, ": ")
}
