// Package words says settings and their values as people say them, in the words
// of Control Hub. It decides nothing about layout.
package words

import (
	"fmt"
	"strings"

	"callpolicy/cmd/callpolicy/internal/view/harmless"
	"callpolicy/compiler/bundle"
	"callpolicy/compiler/plan"
)

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
		return harmless.Line(fmt.Sprint(v))
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
		return "profile " + harmless.Line(c.Profile)
	}
	switch {
	case c.Profile != "":
		app += " (profile " + harmless.Line(c.Profile) + ")"
	case c.EmailDomain:
		app += " (e-mail domain)"
	}
	return strings.TrimSpace(app)
}

// Change shows the values of a setting before and after it changes. Where a
// calling behavior names the same UC Manager profile on both sides, it is what the
// profile says that changes.
func Change(before, after any) (was, is string) {
	b, ok := before.(bundle.Choice)
	a, also := after.(bundle.Choice)
	was, is = Value(before), Value(after)
	if !ok || !also || was != is {
		return was, is
	}
	if b.Server.UDSServer != a.Server.UDSServer {
		was, is = was+", home cluster decided by "+nameOr(b.Server.UDSServer, "the domain"), is+", home cluster decided by "+nameOr(a.Server.UDSServer, "the domain")
	}
	if b.Server.VoiceServicesDomain != a.Server.VoiceServicesDomain {
		was, is = was+", looking in "+nameOr(b.Server.VoiceServicesDomain, "no domain"), is+", looking in "+nameOr(a.Server.VoiceServicesDomain, "no domain")
	}
	return was, is
}

func nameOr(name, other string) string {
	if name == "" {
		return other
	}
	return harmless.Line(name)
}

// Setting writes a setting as people say it: "video on mobile".
func Setting(setting string) string {
	setting = strings.TrimPrefix(harmless.Line(setting), "inCall.")
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

// Raw shows a value as a policy file has it.
func Raw(v any) string {
	switch v := v.(type) {
	case nil:
		return "not set"
	case bundle.Choice:
		return Value(v)
	case plan.MigrationBlock:
		return migrationName(v)
	case []string:
		return harmless.Line(strings.Join(v, ", "))
	default:
		return harmless.Line(fmt.Sprint(v))
	}
}

func migrationName(m plan.MigrationBlock) string {
	var parts []string
	if m.CompleteBy != "" {
		parts = append(parts, "by "+harmless.Line(m.CompleteBy))
	}
	if m.WebexCallingReady {
		parts = append(parts, "ready")
	}
	if len(parts) == 0 {
		return "under way"
	}
	return strings.Join(parts, ", ")
}
