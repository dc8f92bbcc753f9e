package explain

import (
	"slices"
	"strings"

	"callpolicy/compiler/config"
	"callpolicy/compiler/near"
)

// wish is a value that is wanted.
type wish struct {
	isToggle   bool
	toggleName string
	on         bool
	choice     config.Choice // what is empty in it does not matter
}

// wanted is the wish as it is shown.
func (w *wish) wanted() any {
	if w.isToggle {
		return w.on
	}
	return choiceOf(w.choice)
}

// profileOnly reports whether only the UC Manager profile matters.
func (w *wish) profileOnly() bool { return !w.isToggle && w.choice.App == "" }

// parse reads the value that is wanted of a setting.
func (p *person) parse(setting, value string) (wish, error) {
	if toggle, ok := strings.CutPrefix(setting, "inCall."); ok {
		w := wish{isToggle: true, toggleName: toggle}
		switch strings.ToLower(value) {
		case "on", "true":
			w.on = true
			return w, nil
		case "off", "false":
			return w, nil
		}
		return w, &NotFoundError{What: "value", Name: value, Known: []string{"on", "off"}}
	}
	var w wish
	for field := range strings.SplitSeq(value, ",") {
		name, word, named := strings.Cut(strings.TrimSpace(field), "=")
		if !named {
			name, word = "app", name
		}
		var known []string
		switch name {
		case "app":
			known, w.choice.App = p.apps(), word
		case "ucManagerProfile":
			known, w.choice.Profile = namesOf(p.cfg.Profiles, func(x *config.Profile) string { return x.Name }), word
		case "domain":
			known, w.choice.EmailDomain = []string{"email"}, true
		}
		if !slices.Contains(known, word) {
			err := notFound("value", field, known)
			err.Near = near.Some(word, known, mostNear)
			if name != "app" || len(known) == 0 {
				err.Known = []string{"APP", "app=APP", "ucManagerProfile=NAME", "domain=email"}
			}
			return w, err
		}
	}
	if w.choice.Profile != "" && w.choice.EmailDomain || w.choice.App == "jabber" && w.choice != (config.Choice{App: "jabber"}) {
		return w, &NotFoundError{What: "value", Name: value, Known: []string{"APP", "app=webex,ucManagerProfile=NAME", "app=webex,domain=email"}}
	}
	return w, nil
}

// appsFor lists the apps that a policy file may choose for a service.
func appsFor(cfg *config.Config, service config.Service) []string {
	field := cfg.Schema.Policy.Field("org").Type.Field("callingBehavior").Type.Field(service.String())
	if field == nil || field.Type.Field("app") == nil {
		return nil
	}
	return field.Type.Field("app").Type.Words
}

// apps lists all apps of all services.
func (p *person) apps() []string {
	var out []string
	for _, service := range config.Services {
		for _, app := range appsFor(p.cfg, service) {
			if !slices.Contains(out, app) {
				out = append(out, app)
			}
		}
	}
	return out
}

// offered reports whether the service knows what is wanted.
func (q *question) offered(service config.Service) bool {
	if (q.choice.Profile != "" || q.choice.EmailDomain) && service != config.UnifiedCM {
		return false
	}
	return q.choice.App == "" || slices.Contains(appsFor(q.cfg, service), q.choice.App)
}

// note says what no way says: that the service in use does not know the value.
func (q *question) note() string {
	if q.isToggle || q.offered(q.service()) {
		return ""
	}
	return "Users on " + serviceTitle(q.service()) + " are offered " + strings.Join(appsFor(q.cfg, q.service()), ", ") + "."
}

func serviceTitle(s config.Service) string {
	switch s {
	case config.WebexCalling:
		return "Webex Calling"
	case config.UnifiedCM:
		return "Unified CM"
	case config.NoPaidCalling:
	}
	return "no paid calling service"
}

// complete turns what is wanted into what a level would have to say: a whole
// choice, and no profile beside Jabber.
func (q *question) complete(service config.Service) config.Choice {
	want := q.choice
	if service != config.UnifiedCM {
		return config.Choice{App: want.App}
	}
	if want.App == "" {
		want.App = "webex"
	}
	if want.App == "webex" && want.Profile == "" && !want.EmailDomain {
		// Nothing was said of a profile: the one in use stays, else the organization's.
		want.Profile = q.now.Calling.Profile
		if !q.now.Calling.HasProfile {
			want.Profile = q.cfg.Org.For(service).Profile
		}
		want.EmailDomain = want.Profile == ""
	}
	return want
}
