package viewtest

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/renderer/html"
	dom "golang.org/x/net/html"
)

// reference is what the host of a pull request makes something of, in text that
// is no code: people, issues, merge requests, links, emoji.
var reference = regexp.MustCompile(`(?i)[@!%&~$^#]["\pL\p{Nd}_]|\bGH-\d|://|\bwww\.|:[\w+-]+:`)

// Markdown renders a document as the host of a pull request does, and returns
// the text that a reader sees, and what in it is more than text: elements that
// are not among those allowed, attributes, references.
func Markdown(source []byte, allowed ...string) (text string, strange []string) {
	var page bytes.Buffer
	md := goldmark.New(goldmark.WithExtensions(extension.GFM), goldmark.WithRendererOptions(html.WithUnsafe()))
	if err := md.Convert(source, &page); err != nil {
		return "", []string{err.Error()}
	}
	return HTML(page.Bytes(), append(allowed, "p", "code")...)
}

// HTML parses a page, and returns the text that a reader sees, and what in it is
// more than text: elements that are not among those allowed, references.
func HTML(page []byte, allowed ...string) (text string, strange []string) {
	root, err := dom.Parse(bytes.NewReader(page))
	if err != nil {
		return "", []string{err.Error()}
	}
	allowed = append(allowed, "html", "head", "body")
	var b strings.Builder
	var walk func(n *dom.Node, code bool)
	walk = func(n *dom.Node, code bool) {
		switch n.Type {
		case dom.ElementNode:
			if !slices.Contains(allowed, n.Data) {
				strange = append(strange, fmt.Sprintf("<%s>", n.Data))
			}
			for _, a := range n.Attr {
				if strings.HasPrefix(a.Key, "on") {
					strange = append(strange, a.Key)
				}
			}
			code = code || n.Data == "code" || n.Data == "a" || n.Data == "style" || n.Data == "script"
			if n.Data == "br" {
				b.WriteString("\n")
			}
		case dom.TextNode:
			b.WriteString(n.Data)
			if found := reference.FindString(n.Data); found != "" && !code {
				strange = append(strange, fmt.Sprintf("%q in %q", found, n.Data))
			}
		case dom.ErrorNode, dom.DocumentNode, dom.CommentNode, dom.DoctypeNode, dom.RawNode:
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			walk(c, code)
		}
	}
	walk(root, false)
	return b.String(), strange
}
