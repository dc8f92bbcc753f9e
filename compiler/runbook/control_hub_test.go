package runbook_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"callpolicy/compiler/bundle"
	"callpolicy/compiler/config"
	"callpolicy/compiler/resolve"
	"callpolicy/compiler/runbook"
)

// controlHub is a simple model of Control Hub, made from what Cisco documents
// and from nothing of package runbook: it reads a step as an administrator does,
// by its words. The later level wins; of several templates the first in the list
// wins, whole; what somebody has of their own stays until it is reset.
type controlHub struct {
	t       *testing.T
	edition string
	toggles []string

	org       map[string]string // by option of the page: what is ticked
	templates []hubTemplate     // the winner first
	groups    map[string]*hubGroup
	users     map[string]*hubUser
	profiles  map[string]string // name by id
	services  map[string]string // service by license
}

type hubTemplate struct {
	name string
	set  map[string]string
}

type hubGroup struct {
	template string
	members  map[string]bool
}

type hubUser struct {
	licenses map[string]bool
	own      map[string]string // sticky
}

// The settings are named as in the files: inCall.x and callingBehavior.x.
func newControlHub(t *testing.T, r *resolve.Result) *controlHub {
	t.Helper()
	cfg := r.Config
	h := &controlHub{
		t: t, edition: cfg.Schema.Edition.Name, toggles: cfg.Schema.Edition.Toggles,
		org: map[string]string{}, groups: map[string]*hubGroup{}, users: map[string]*hubUser{},
		profiles: map[string]string{}, services: map[string]string{},
	}
	for _, name := range h.toggles {
		h.org["inCall."+name] = "on"
	}
	h.org["callingBehavior.unifiedCM"] = "Use the email domain of the user"
	h.org["callingBehavior.webexCalling"] = "Calling in Webex"
	h.org["callingBehavior.noPaidCalling"] = "Call on Webex"
	maps.Copy(h.org, h.level(cfg, cfg.Org.Settings))
	for _, tpl := range cfg.Templates {
		h.templates = append(h.templates, hubTemplate{tpl.Name, h.level(cfg, tpl.Settings)})
	}
	for _, g := range cfg.Groups {
		h.groups[g.Name] = &hubGroup{members: map[string]bool{}}
		if g.Template >= 0 {
			h.groups[g.Name].template = cfg.Templates[g.Template].Name
		}
	}
	for i, u := range cfg.Users {
		user := &hubUser{licenses: map[string]bool{}, own: map[string]string{}}
		for _, l := range u.Licenses {
			user.licenses[l] = true
		}
		for _, g := range u.Groups {
			h.groups[cfg.Groups[g].Name].members[u.Address] = true
		}
		for name, value := range h.level(cfg, u.Own) {
			if strings.HasPrefix(name, "inCall.") {
				user.own[name] = value
			}
		}
		// A person's own calling behavior is always a whole one: what applies.
		class := r.Class(i)
		for _, b := range []*resolve.Behavior{&class.Calling, class.Pending} {
			if b != nil && !u.Own.For(b.Service).IsZero() && slices.Contains(cfg.Schema.Edition.CallingBehavior[b.Service.String()], "user") {
				value := words(b)
				if value == "Use the email domain of the user" && bundle.ExpressionOf(cfg, class.Inputs, class.Effective) == bundle.Expressible {
					value = apiNull
				}
				user.own["callingBehavior."+b.Service.String()] = value
			}
		}
		h.users[u.Address] = user
	}
	return h
}

// level is what one level of the files would look like on the page.
func (h *controlHub) level(cfg *config.Config, s config.Settings) map[string]string {
	out := map[string]string{}
	for _, name := range h.toggles {
		i, _ := cfg.Toggle(name)
		if on, set := s.InCall.Get(i); set {
			out["inCall."+name] = map[bool]string{true: "on", false: "off"}[on]
		}
	}
	for _, service := range config.Services {
		c := s.For(service).Whole(service)
		if c.IsZero() {
			continue
		}
		b := resolve.Behavior{Service: service, App: c.App, Profile: c.Profile, HasProfile: c.Profile != "" || c.EmailDomain}
		out["callingBehavior."+service.String()] = words(&b)
	}
	return out
}

// words are what an administrator ticks.
func words(b *resolve.Behavior) string {
	domain := ""
	if b.HasProfile {
		domain = "Use the email domain of the user"
		if b.Profile != "" {
			domain = "Use UC Manager profile for calling: " + b.Profile
		}
	}
	switch {
	case b.App == "jabber":
		return "Open Cisco Jabber from Webex"
	case b.App == "webexCallingApp":
		return "Open Webex Calling app from Webex"
	case b.App == "thirdParty":
		return "Open third-party app from Webex"
	case domain != "":
		return domain
	case b.Service == config.NoPaidCalling:
		return "Call on Webex"
	}
	return "Calling in Webex"
}

// whole completes a choice that the API was given with what is inherited.
func whole(value, inherited string) string {
	switch {
	case value != apiNull:
		return value
	case inherited == "Open Cisco Jabber from Webex":
		return "Use the email domain of the user"
	}
	return inherited
}

// carryOut does a step.
func (h *controlHub) carryOut(s *runbook.Step) {
	h.t.Helper()
	switch s.Kind {
	case runbook.ProfileCreate, runbook.ProfileChange, runbook.JabberService:
	case runbook.LicenseAdd, runbook.LicenseChange, runbook.LicenseRemove, runbook.UnifiedCMRemove:
		for _, p := range s.People {
			for _, c := range s.Changes {
				if h.user(p).licenses[c.Option] == (c.After == "ticked") {
					h.t.Errorf("%s: %s is %s already", p.User, c.Option, c.After)
				}
				if delete(h.user(p).licenses, c.Option); c.After == "ticked" {
					h.user(p).licenses[c.Option] = true
				}
			}
		}
	case runbook.BehaviorRequest, runbook.ResetRequest:
		h.request(s)
	case runbook.BehaviorByHand, runbook.InCallByHand, runbook.ResetBehavior, runbook.ResetInCall:
		for _, p := range s.People {
			for _, c := range s.Changes {
				name := strings.TrimPrefix(c.Setting, "users.")
				if c.After == "inherited" {
					h.reset(p, name)
				} else {
					h.user(p).own[name] = c.After
				}
			}
		}
	case runbook.TemplateCreate:
		if h.template(s.Template.Name) >= 0 {
			h.t.Errorf("template %s is there already", s.Template.Name)
		}
		h.templates = append(h.templates, hubTemplate{s.Template.Name, map[string]string{}})
		h.options(s)
		h.rank(s)
	case runbook.TemplateChange:
		h.options(s)
	case runbook.TemplateRank:
		h.rank(s)
	case runbook.TemplateAssign:
		for _, g := range s.Groups {
			if h.group(g).template = s.Template.Name; h.template(s.Template.Name) < 0 {
				h.t.Errorf("there is no template %s yet", s.Template.Name)
			}
		}
	case runbook.TemplateRelease:
		for _, g := range s.Groups {
			h.group(g).template = ""
		}
	case runbook.GroupJoin, runbook.GroupLeave:
		for _, p := range s.People {
			members := h.group(s.Groups[0]).members
			if delete(members, p.User); s.Kind == runbook.GroupJoin {
				members[p.User] = true
			}
		}
	case runbook.TemplateDelete:
		name := strings.TrimPrefix(s.Title, "Delete the calling template ")
		for group, g := range h.groups {
			if g.template == name {
				h.t.Errorf("template %s is deleted while group %s has it", name, group)
			}
		}
		h.templates = slices.Delete(h.templates, h.template(name), h.template(name)+1)
	case runbook.OrgBehavior, runbook.OrgInCall:
		for _, c := range s.Changes {
			name := strings.TrimPrefix(c.Setting, "org.")
			if h.org[name] != c.Before {
				h.t.Errorf("%s is %q, and the step says %q", c.Setting, h.org[name], c.Before)
			}
			h.org[name] = c.After
		}
	default:
		h.t.Fatalf("nobody knows how to do a step of kind %s", s.Kind)
	}
}

// reset can be found in its two ways only where there is something to reset.
func (h *controlHub) reset(p runbook.Person, name string) {
	if _, there := h.user(p).own[name]; !there {
		h.t.Errorf("%s has no %s of their own to reset", p.User, name)
	}
	groups := slices.ContainsFunc(slices.Collect(maps.Values(h.groups)), func(g *hubGroup) bool { return g.members[p.User] })
	if p.How == "disable the override" || strings.Contains(p.How, "or choose Reset") {
		delete(h.user(p).own, name)
		return
	}
	if toggle := strings.HasPrefix(p.How, "turn on"); toggle == groups {
		h.t.Errorf("%s: %q is not on the page: in a group: %t", p.User, p.How, groups)
	}
	delete(h.user(p).own, name)
}

// request does what the API does: it knows organization and person, and null is
// what is inherited.
func (h *controlHub) request(s *runbook.Step) {
	var body struct {
		BehaviorType, ProfileID *string
	}
	if err := json.Unmarshal(s.Requests[0].Body, &body); err != nil {
		h.t.Fatal(err)
	}
	for _, p := range s.People {
		name := "callingBehavior." + h.service(h.user(p))
		if body.BehaviorType == nil {
			delete(h.user(p).own, name)
			continue
		}
		value := map[string]string{
			"NATIVE_WEBEX_TEAMS_CALLING":                "Calling in Webex",
			"CALL_WITH_APP_REGISTERED_FOR_CISCOTEL":     "Open Cisco Jabber from Webex",
			"CALL_WITH_APP_REGISTERED_FOR_TEL":          "Open third-party app from Webex",
			"CALL_WITH_APP_REGISTERED_FOR_WEBEXCALLTEL": "Open Webex Calling app from Webex",
		}[*body.BehaviorType]
		if *body.BehaviorType == "NATIVE_SIP_CALL_TO_UCM" {
			value = apiNull
			if body.ProfileID != nil {
				value = "Use UC Manager profile for calling: " + h.profiles[*body.ProfileID]
			}
		}
		h.user(p).own[name] = value
	}
}

func (h *controlHub) user(p runbook.Person) *hubUser {
	u := h.users[p.User]
	if u == nil {
		h.t.Fatalf("there is no %s", p.User)
	}
	return u
}

func (h *controlHub) group(name string) *hubGroup {
	if h.groups[name] == nil {
		h.groups[name] = &hubGroup{members: map[string]bool{}}
	}
	return h.groups[name]
}

func (h *controlHub) template(name string) int {
	return slices.IndexFunc(h.templates, func(t hubTemplate) bool { return t.name == name })
}

func (h *controlHub) options(s *runbook.Step) {
	set := h.templates[h.template(s.Template.Name)].set
	for _, c := range s.Changes {
		parts := strings.Split(c.Setting, ".")
		name := strings.Join(parts[len(parts)-2:], ".")
		if was := set[name]; was != c.Before && (was != "" || c.Before != "not set") {
			h.t.Errorf("%s is %q, and the step says %q", c.Setting, was, c.Before)
		}
		if set[name] = c.After; c.After == "not set" {
			delete(set, name)
		}
	}
}

func (h *controlHub) rank(s *runbook.Step) {
	i := h.template(s.Template.Name)
	moved := h.templates[i]
	h.templates = slices.Delete(slices.Clone(h.templates), i, i+1)
	at := 0
	if s.Template.Below != "" {
		at = h.template(s.Template.Below) + 1
	}
	h.templates = slices.Insert(h.templates, at, moved)
	if at+1 != s.Template.Position || len(h.templates) != s.Template.Of {
		h.t.Errorf("%s: it is at place %d of %d, and the step says %d of %d", s.Title, at+1, len(h.templates), s.Template.Position, s.Template.Of)
	}
}

func (h *controlHub) service(u *hubUser) string {
	webexCalling := false
	for l := range u.licenses {
		switch h.services[l] {
		case "unifiedCM":
			return "unifiedCM"
		case "webexCalling":
			webexCalling = true
		}
	}
	if webexCalling {
		return "webexCalling"
	}
	return "noPaidCalling"
}

// winner returns the template that applies to somebody, or nil.
func (h *controlHub) winner(address string) *hubTemplate {
	for i := range h.templates {
		for _, g := range h.groups {
			if g.template == h.templates[i].name && g.members[address] {
				return &h.templates[i]
			}
		}
	}
	return nil
}

// effective returns what applies to somebody: the toggles, the calling behavior
// in use and, while both licenses are held, the one for Webex Calling.
func (h *controlHub) effective(address string) map[string]string {
	u := h.users[address]
	out := map[string]string{}
	levels := []map[string]string{h.org}
	if t := h.winner(address); t != nil {
		levels = append(levels, t.set)
	}
	levels = append(levels, u.own)
	value := func(name string) string {
		v := ""
		for _, level := range levels {
			if here, set := level[name]; set {
				v = whole(here, v)
			}
		}
		return v
	}
	for _, name := range h.toggles {
		out["inCall."+name] = value("inCall." + name)
	}
	service := h.service(u)
	out["service"] = service
	out["callingBehavior"] = value("callingBehavior." + service)
	both := slices.ContainsFunc(slices.Collect(maps.Keys(u.licenses)), func(l string) bool { return h.services[l] == "webexCalling" })
	if service == "unifiedCM" && both {
		out["pending"] = value("callingBehavior.webexCalling")
	}
	return out
}

// wanted is what the bundle of a user says.
func wanted(t *testing.T, b *bundle.Bundle) map[string]string {
	t.Helper()
	doc, err := b.Document()
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for name, v := range doc.InCall {
		out["inCall."+name] = map[bool]string{true: "on", false: "off"}[v.Value]
	}
	say := func(b *bundle.Behavior) string {
		service := map[string]config.Service{"unifiedCM": config.UnifiedCM, "webexCalling": config.WebexCalling, "none": config.NoPaidCalling}[b.Service]
		r := resolve.Behavior{Service: service, App: b.App.Value}
		if p := b.UCManagerProfile; p != nil {
			if r.HasProfile = true; p.Value != nil {
				r.Profile = *p.Value
			}
		}
		return words(&r)
	}
	out["service"] = doc.CallingBehavior.Service
	if out["service"] == "none" {
		out["service"] = "noPaidCalling"
	}
	out["callingBehavior"] = say(&doc.CallingBehavior)
	if doc.PendingCallingBehavior != nil {
		out["pending"] = say(doc.PendingCallingBehavior)
	}
	return out
}

func different(got, want map[string]string) string {
	var out []string
	for name, w := range want {
		if got[name] != w {
			out = append(out, fmt.Sprintf("%s is %q, not %q", name, got[name], w))
		}
	}
	slices.Sort(out)
	return strings.Join(out, "; ")
}
