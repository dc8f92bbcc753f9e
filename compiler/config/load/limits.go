package load

import (
	"encoding/json"
	"strconv"
	"strings"

	"callpolicy/compiler/config"
	"callpolicy/compiler/syntax"
	"callpolicy/schema"
)

// limits reads the limits of a plan. What is not written is as the schema says.
func limits(n *syntax.Node, t *schema.Type) config.Limits {
	out := config.Limits{Of: map[config.LimitName]config.Limit{}}
	for _, name := range config.LimitNames() {
		text := ""
		v := get(n, string(name))
		if v != nil {
			text = v.Value
		} else if err := json.Unmarshal([]byte(t.Field(string(name)).Default), &text); err != nil {
			panic(err) // a test reads them all
		}
		out.Of[name] = limit(text, v != nil)
	}
	var written bool
	if out.IgnoreBelow, written = integer(n, "ignoreBelow"); !written {
		out.IgnoreBelow, _ = strconv.Atoi(t.Field("ignoreBelow").Default)
	}
	allow := get(n, "allow")
	if allow == nil {
		return out
	}
	for i := range allow.Items {
		v := &allow.Items[i]
		a := config.Allowance{Of: map[config.LimitName]int{}, Until: date(v, "until"), Owner: str(v, "owner"), Reason: str(v, "reason")}
		for _, name := range config.LimitNames() {
			if i, ok := integer(v, string(name)); ok {
				a.Of[name] = i
			}
		}
		out.Allow = append(out.Allow, a)
	}
	return out
}

// limit reads a share, a count, or both. What is neither is no limit; the schema
// has refused it, or it says off.
func limit(text string, written bool) config.Limit {
	out := config.Limit{Text: text, Written: written}
	for part := range strings.SplitSeq(text, ",") {
		part = strings.TrimSpace(part)
		if number, ok := strings.CutSuffix(part, "%"); ok {
			if f, err := strconv.ParseFloat(number, 64); err == nil {
				out.Share = &f
			}
		} else if i, err := strconv.Atoi(part); err == nil {
			out.Count = &i
		}
	}
	return out
}
