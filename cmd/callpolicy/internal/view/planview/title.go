package planview

import (
	"strconv"
	"strings"

	"callpolicy/cmd/callpolicy/internal/view/harmless"
	"callpolicy/cmd/callpolicy/internal/view/layout"
	"callpolicy/cmd/callpolicy/internal/view/words"
	"callpolicy/compiler/plan"
)

// title says what an edit is in a few words, and from what to what it goes.
func title(c *plan.Cause) (what, how string) {
	name, setting := secondOf(c.Path), words.Setting(lastOf(c.Path))
	change := words.Raw(c.Before) + " → " + words.Raw(c.After)
	switch c.Kind {
	case plan.EditionChange:
		return "edition", change
	case plan.OrgSetting, plan.TemplateSetting, plan.License, plan.Migration, plan.Profile, plan.Membership:
		return entryTitle(c, name, change)
	case plan.TemplateRank:
		return "rank of " + name, change
	case plan.TemplateAssignment:
		return "template of group " + name, change
	case plan.UserSetting:
		if strings.Contains(c.Path, ".callingBehavior.") {
			setting = "calling behavior for " + harmless.Line(lastOf(c.Path))
		}
		switch {
		case c.After == nil:
			return setting + ": override removed", ""
		case c.Before == nil:
			return setting + ": override set", words.Raw(c.After)
		}
		return setting + ": override", change
	case plan.UserAdded:
		return "user added", ""
	case plan.UserRemoved:
		return "user removed", ""
	case plan.UserRenamed:
		return "was " + words.Raw(c.Before), ""
	case plan.Roster:
		return rosterTitle(c, change)
	case plan.Tool:
		return harmless.Line(c.Path), change
	case plan.Unknown:
	}
	return "the cause is not known", ""
}

// entryTitle is the title of an edit of an entry that has a name of its own, or
// of something in it.
func entryTitle(c *plan.Cause, name, change string) (what, how string) {
	added, removed := c.Before == nil && c.After == true, c.Before == true && c.After == nil
	whole := !strings.Contains(c.Path, ".inCall.") && (added || removed)
	kind := map[plan.Kind]string{plan.TemplateSetting: "template ", plan.Membership: "group ", plan.Profile: "UC Manager profile "}[c.Kind]
	switch {
	case whole && added:
		return kind + name + " added", ""
	case whole && removed:
		return kind + name + " removed", ""
	case c.Kind == plan.Membership && strings.HasSuffix(c.Path, ".where"):
		return "conditions of group " + name, change
	case c.Kind == plan.Profile && strings.HasSuffix(c.Path, ".udsServer"):
		return kind + name + ": the home cluster of " + layout.Plural(c.Users, "user", "users") + " is decided by", change
	case c.Kind == plan.Profile && strings.HasSuffix(c.Path, ".voiceServicesDomain"):
		return kind + name + ": clients look for Unified CM in", change
	case c.User == "":
		return harmless.Line(c.Path), change
	case c.Kind == plan.Membership && strings.Contains(c.Path, ".attributes."):
		return "attribute " + harmless.Line(lastOf(c.Path)), change
	case c.Kind == plan.Membership && c.After != nil:
		return "joined group " + words.Raw(c.After), ""
	case c.Kind == plan.Membership:
		return "left group " + words.Raw(c.Before), ""
	case strings.HasSuffix(c.Path, ".migration"):
		return "migration", change
	case c.Kind == plan.Migration:
		return "migration: licenses", change
	}
	return "licenses", change
}

// rosterTitle is the title of what the directory does to people.
func rosterTitle(c *plan.Cause, change string) (what, how string) {
	const directory = "the directory: "
	section, _ := cutPath(c.Path)
	switch {
	case section == "users" && c.After != nil:
		return directory + "people come", ""
	case section == "users":
		return directory + "people go", ""
	case section == "quarantine":
		return directory + "rows that were at fault are mended", ""
	case section == "groups" && c.After != nil:
		return directory + "people join group " + words.Raw(c.After), ""
	case section == "groups":
		return directory + "people leave group " + words.Raw(c.Before), ""
	case section == "attributes":
		return directory + "attribute " + harmless.Line(lastOf(c.Path)), change
	}
	return directory + harmless.Line(c.Path), change
}

// lastOf and secondOf take a name out of a policy path, cleaned.
func lastOf(path string) string {
	var name string
	for path != "" {
		name, path = cutPath(path)
	}
	return name
}

func secondOf(path string) string {
	_, rest := cutPath(path)
	name, _ := cutPath(rest)
	return harmless.Line(name)
}

// cutPath takes the first name off a policy path.
func cutPath(path string) (name, rest string) {
	if quoted, err := strconv.QuotedPrefix(path); err == nil {
		name, _ = strconv.Unquote(quoted)
		return name, strings.TrimPrefix(path[len(quoted):], ".")
	}
	name, rest, _ = strings.Cut(path, ".")
	return name, rest
}
