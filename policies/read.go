package policies

import (
	"fmt"
	"slices"
	"strings"

	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/literal"
	"cuelang.org/go/cue/token"
)

// The catalogue is data, so its syntax tells all there is to know. Anything
// but plain literals in it is refused, and the first test fails.

// readRules reads the entries under `rules`.
func readRules(files []File) ([]Rule, error) {
	byID := map[string]*Rule{}
	for _, f := range files {
		for _, decl := range f.Syntax.Decls {
			entry, ok := under(decl, "rules")
			if !ok {
				continue
			}
			id, body, err := named(entry)
			if err != nil {
				return nil, err
			}
			r := byID[id]
			if r == nil {
				r = &Rule{ID: id, Scope: []string{"file"}}
				byID[id] = r
			}
			if err := r.read(body); err != nil {
				return nil, fmt.Errorf("rule %s: %w", id, err)
			}
		}
	}
	rules := make([]Rule, 0, len(byID))
	for _, r := range byID {
		rules = append(rules, *r)
	}
	slices.SortFunc(rules, func(a, b Rule) int { return strings.Compare(a.ID, b.ID) })
	return rules, nil
}

func (r *Rule) read(body *ast.StructLit) error {
	words := map[string]*string{
		"title": &r.Title, "severity": &r.Severity, "why": &r.Why, "fix": &r.Fix, "at": &r.At, "message": &r.Message,
	}
	lists := map[string]*[]string{"mayBe": &r.MayBe, "editions": &r.Editions, "scope": &r.Scope, "unless": &r.Unless}
	conditions := map[string]*ast.Expr{"when": &r.When, "require": &r.Require, "forbid": &r.Forbid}
	for _, decl := range body.Elts {
		f, ok := decl.(*ast.Field)
		if !ok {
			continue // a comment
		}
		name, _, err := ast.LabelName(f.Label)
		if err != nil {
			return err
		}
		switch word, list, condition := words[name], lists[name], conditions[name]; {
		case word != nil:
			*word, err = text(f.Value)
		case list != nil:
			*list, err = texts(f.Value)
		case condition != nil:
			*condition = f.Value
		case name == "order":
			err = number(f.Value, &r.Order)
		case name == "usage":
			r.Usage = true
		case name == "see":
			r.See, err = textMap(f.Value)
		default:
			err = fmt.Errorf("%s is read by nobody", name)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// readLicenses reads the entries under `licenseNames`.
func readLicenses(files []File) (map[string]License, error) {
	all := map[string]License{}
	for _, f := range files {
		for _, decl := range f.Syntax.Decls {
			body, ok := under(decl, "licenseNames")
			if !ok {
				continue
			}
			for _, decl := range body.Elts {
				entry, ok := decl.(*ast.Field)
				if _, pattern := labelOf(entry).(*ast.ListLit); !ok || pattern {
					continue
				}
				name, _, err := ast.LabelName(entry.Label)
				if err != nil {
					return nil, err
				}
				fields, err := textMap(entry.Value)
				if err != nil {
					return nil, err
				}
				all[name] = License{
					Class: fields["class"], Kind: fields["kind"], In: fields["in"], Is: fields["is"], Evidence: fields["evidence"],
				}
			}
		}
	}
	return all, nil
}

func labelOf(f *ast.Field) ast.Label {
	if f == nil {
		return nil
	}
	return f.Label
}

// under returns the struct that a declaration gives for a name.
func under(decl ast.Decl, name string) (*ast.StructLit, bool) {
	f, ok := decl.(*ast.Field)
	if !ok {
		return nil, false
	}
	if label, _, err := ast.LabelName(f.Label); err != nil || label != name {
		return nil, false
	}
	body, ok := f.Value.(*ast.StructLit)
	return body, ok
}

// named returns the one field of `rules: "id": {…}`.
func named(entry *ast.StructLit) (string, *ast.StructLit, error) {
	if len(entry.Elts) == 1 {
		if f, ok := entry.Elts[0].(*ast.Field); ok {
			if body, ok := f.Value.(*ast.StructLit); ok {
				id, _, err := ast.LabelName(f.Label)
				return id, body, err
			}
		}
	}
	return "", nil, fmt.Errorf("%v: write each rule as rules: \"id\": {…}", entry.Pos())
}

func text(x ast.Expr) (string, error) {
	lit, ok := x.(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return "", fmt.Errorf("%v: write plain text", x.Pos())
	}
	return literal.Unquote(lit.Value)
}

func texts(x ast.Expr) ([]string, error) {
	list, ok := x.(*ast.ListLit)
	if !ok {
		return nil, fmt.Errorf("%v: write a list of plain text", x.Pos())
	}
	var out []string
	for _, e := range list.Elts {
		s, err := text(e)
		if err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, nil
}

func textMap(x ast.Expr) (map[string]string, error) {
	body, ok := x.(*ast.StructLit)
	if !ok {
		return nil, fmt.Errorf("%v: write a struct of plain text", x.Pos())
	}
	out := map[string]string{}
	for _, decl := range body.Elts {
		f, ok := decl.(*ast.Field)
		if !ok {
			continue
		}
		name, _, err := ast.LabelName(f.Label)
		if err != nil {
			return nil, err
		}
		if out[name], err = text(f.Value); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func number(x ast.Expr, n *int) error {
	lit, ok := x.(*ast.BasicLit)
	if !ok || lit.Kind != token.INT {
		return fmt.Errorf("%v: write a plain number", x.Pos())
	}
	_, err := fmt.Sscan(lit.Value, n)
	return err
}

// readExports reads what is known of exported users: lists of words.
func readExports(files []File) (Exports, error) {
	lists := map[string][]string{}
	for _, f := range files {
		for _, decl := range f.Syntax.Decls {
			body, ok := under(decl, "exports")
			if !ok {
				continue
			}
			for _, decl := range body.Elts {
				entry, ok := decl.(*ast.Field)
				if !ok {
					continue
				}
				name, _, err := ast.LabelName(entry.Label)
				if err != nil {
					return Exports{}, err
				}
				if lists[name], err = texts(entry.Value); err != nil {
					return Exports{}, err
				}
			}
		}
	}
	return Exports{
		Address: lists["address"], Yes: lists["yes"], No: lists["no"], Private: lists["private"],
		Calling: lists["calling"], Others: lists["others"],
	}, nil
}
