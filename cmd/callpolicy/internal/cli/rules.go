package cli

import (
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"callpolicy/cmd/callpolicy/internal/command"
	"callpolicy/cmd/callpolicy/internal/view"
	"callpolicy/compiler/failure"
	"callpolicy/policies"
)

func newRulesCommand(a *app) *cobra.Command {
	format := command.OneOf("text", "json")
	cmd := &cobra.Command{
		Use:     "rules [ID]",
		GroupID: command.GroupPolicies,
		Short:   "List the rules, or explain one",
		Long: `Rules lists everything that callpolicy checks. With an id it says why the rule
is there, what to do, and how right and wrong look; with the beginning of one,
such as license, it lists the rules of that kind.`,
		Example: `  callpolicy rules
  callpolicy rules level.no-paid-calling-org-only
  callpolicy rules license`,
		Args: command.AtMost(1),
		RunE: func(_ *cobra.Command, args []string) error {
			return a.rules(format.Word, strings.Join(args, ""))
		},
		ValidArgsFunction: func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			if len(args) > 0 {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			return ruleWords()
		},
	}
	command.FormatFlag(cmd, format)
	return cmd
}

func (a *app) rules(format, id string) error {
	rules, err := policies.Catalogue()
	if err != nil {
		return err
	}
	one := slices.IndexFunc(rules, func(r policies.Rule) bool { return r.ID == id })
	switch {
	case one >= 0:
		rules = rules[one : one+1]
	case id != "":
		kind := strings.TrimSuffix(id, ".") + "."
		some := slices.DeleteFunc(slices.Clone(rules), func(r policies.Rule) bool { return !strings.HasPrefix(r.ID, kind) })
		if len(some) == 0 {
			return noRule(id, rules)
		}
		rules = some
	}
	switch {
	case format == "json":
		return view.RulesJSON(a.Stdout, rules)
	case one >= 0:
		return view.Rule(a.Stdout, rules[0], a.Out())
	}
	return view.Rules(a.Stdout, rules, a.Out())
}

// noRule says that there is no such rule, and which may have been meant: the kind
// may be left out.
func noRule(id string, rules []policies.Rule) error {
	ids := map[string]string{}
	for _, r := range rules {
		kind, name, _ := strings.Cut(r.ID, ".")
		switch {
		case strings.Contains(id, "."):
			ids[r.ID] = r.ID
		case ids[name] == "":
			ids[name] = r.ID
		}
		ids[kind] = kind
	}
	meant := command.MeantBy(id, slices.Sorted(maps.Keys(ids)))
	for i, name := range meant {
		meant[i] = ids[name]
	}
	f := &failure.Error{Problem: "there is no rule " + id, Hint: "callpolicy rules lists them", Kind: command.Misused}
	if len(meant) > 0 {
		f.Hint = command.Ask(meant)
	}
	return f
}

// ruleWords completes the id of a rule.
func ruleWords() ([]string, cobra.ShellCompDirective) {
	rules, err := policies.Rules()
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	words := make([]string, len(rules))
	for i, r := range rules {
		words[i] = r.ID + "\t" + r.Title
	}
	return words, cobra.ShellCompDirectiveNoFileComp
}
