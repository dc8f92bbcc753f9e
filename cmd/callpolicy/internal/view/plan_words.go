package view

import (
	"fmt"
	"strconv"
	"strings"

	"callpolicy/compiler/bundle"
	"callpolicy/compiler/plan"
)

// title says what an edit is in a few words, and from what to what it goes.
func title(c *plan.Cause) (what, how string) {
	name, setting := secondOf(c.Path), SettingName(lastOf(c.Path))
	change := rawValue(c.Before) + " → " + rawValue(c.After)
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
			setting = "calling behavior for " + clean(lastOf(c.Path))
		}
		switch {
		case c.After == nil:
			return setting + ": override removed", ""
		case c.Before == nil:
			return setting + ": override set", rawValue(c.After)
		}
		return setting + ": override", change
	case plan.UserAdded:
		return "user added", ""
	case plan.UserRemoved:
		return "user removed", ""
	case plan.UserRenamed:
		return "was " + rawValue(c.Before), ""
	case plan.Roster:
		return rosterTitle(c, change)
	case plan.Tool:
		return clean(c.Path), change
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
	case c.User == "":
		return clean(c.Path), change
	case c.Kind == plan.Membership && strings.Contains(c.Path, ".attributes."):
		return "attribute " + clean(lastOf(c.Path)), change
	case c.Kind == plan.Membership && c.After != nil:
		return "joined group " + rawValue(c.After), ""
	case c.Kind == plan.Membership:
		return "left group " + rawValue(c.Before), ""
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
		return directory + "people join group " + rawValue(c.After), ""
	case section == "groups":
		return directory + "people leave group " + rawValue(c.Before), ""
	case section == "attributes":
		return directory + "attribute " + clean(lastOf(c.Path)), change
	}
	return directory + clean(c.Path), change
}

// rawValue shows a value as a policy file has it.
func rawValue(v any) string {
	switch v := v.(type) {
	case nil:
		return "not set"
	case bundle.Choice:
		return Value(v)
	case plan.MigrationBlock:
		return migrationName(v)
	case []string:
		return clean(strings.Join(v, ", "))
	default:
		return clean(fmt.Sprint(v))
	}
}

func migrationName(m plan.MigrationBlock) string {
	var parts []string
	if m.CompleteBy != "" {
		parts = append(parts, "by "+clean(m.CompleteBy))
	}
	if m.WebexCallingReady {
		parts = append(parts, "ready")
	}
	if len(parts) == 0 {
		return "under way"
	}
	return strings.Join(parts, ", ")
}

// Value shows the effective value of a setting in the words of Control Hub.
func Value(v any) string {
	switch v := v.(type) {
	case nil:
		return "none"
	case bool:
		if v {
			return "on"
		}
		return "off"
	case bundle.Choice:
		return callingName(v)
	default:
		return clean(fmt.Sprint(v))
	}
}

func callingName(c bundle.Choice) string {
	app := map[string]string{
		"webex": "Webex App", "webexCallingApp": "Webex Calling app", "jabber": "Cisco Jabber", "thirdParty": "third-party app", "": "",
	}[c.App]
	switch c.Service {
	case "unifiedCM":
		app += " on Unified CM"
	case "webexCalling":
		app += " on Webex Calling"
	case "none":
		app += ", no paid calling"
	}
	if app == "" && c.Profile != "" {
		return "profile " + clean(c.Profile)
	}
	switch {
	case c.Profile != "":
		app += " (profile " + clean(c.Profile) + ")"
	case c.EmailDomain:
		app += " (e-mail domain)"
	}
	return strings.TrimSpace(app)
}

// SettingName writes a setting as people say it: "video on mobile".
func SettingName(setting string) string {
	setting = strings.TrimPrefix(setting, "inCall.")
	var b strings.Builder
	for _, r := range setting {
		if r >= 'A' && r <= 'Z' {
			b.WriteByte(' ')
			r += 'a' - 'A'
		}
		b.WriteRune(r)
	}
	return b.String()
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
	return clean(name)
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
