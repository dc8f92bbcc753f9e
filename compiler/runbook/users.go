package runbook

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"callpolicy/compiler/bundle"
	"callpolicy/compiler/config"
	"callpolicy/compiler/identity"
	"callpolicy/compiler/resolve"
)

// many is how many people, opened one by one, are many enough to say that there
// is a better way.
const many = 10

// bunch is what the same is to be done for: one step.
type bunch struct {
	step *Step
	who  []*person
}

// bunches gathers people by step, in the order in which steps first come up.
type bunches struct {
	list []*bunch
	by   map[string]*bunch
}

func (l *bunches) add(key string, p *person, step func() *Step) {
	if l.by == nil {
		l.by = map[string]*bunch{}
	}
	have := l.by[key]
	if have == nil {
		have = &bunch{step: step()}
		l.by[key] = have
		l.list = append(l.list, have)
	}
	have.who = append(have.who, p)
}

// steps returns the steps sorted by what they are about, with their people.
func (l *bunches) steps(b *builder) []*Step {
	slices.SortStableFunc(l.list, func(x, y *bunch) int {
		if c := strings.Compare(x.step.What, y.step.What); c != 0 {
			return c
		}
		return strings.Compare(x.step.After, y.step.After)
	})
	out := make([]*Step, len(l.list))
	for i, have := range l.list {
		out[i] = have.step
		out[i].People, out[i].Reach = b.named(have.who), len(have.who)
		out[i].Title = fmt.Sprintf(out[i].Title, people(len(have.who)))
	}
	return out
}

// inCallSteps sets and resets in-call toggles of single users. A value that is
// set first shields its user from all that follows, and one that is reset last
// did so until then: nobody has a wrong value on the way.
func (b *builder) inCallSteps() (set, reset []*Step) {
	var sets, resets bunches
	for n := range b.people {
		p := &b.people[n]
		for _, name := range b.edition.Toggles {
			i, _ := b.hcfg.Toggle(name)
			was, wasSet, is, isSet := b.ownToggle(p, i)
			path := "users.inCall." + name
			pinned := b.isPinned(p, "inCall."+name)
			switch {
			case isSet && (!wasSet || was != is || pinned):
				sets.add(name+onOff(is), p, func() *Step {
					s := b.newStep(InCallByHand, path, onOff(is), "%s, one by one: "+b.brief(name)+" "+onOff(is))
					s.change(path, b.option(name), "", onOff(is))
					return s
				})
			case !isSet && (wasSet || pinned):
				resets.add(name, p, func() *Step {
					s := b.newStep(ResetInCall, path, "reset", "%s, one by one: take "+b.brief(name)+" back to what is inherited")
					s.change(path, b.option(name), "set for the person", "inherited")
					return s
				})
			}
		}
	}
	set, reset = sets.steps(b), resets.steps(b)
	for _, s := range reset {
		b.waysBack(s)
	}
	for _, s := range set {
		b.advise(s, sets.by[strings.TrimPrefix(s.What, "users.inCall.")+s.After].who)
	}
	return set, reset
}

// waysBack says for each person how a value of their own is taken back.
func (b *builder) waysBack(s *Step) {
	ways := b.edition.Procedures[string(s.Kind)].WaysBack
	for i := range s.People {
		u, _ := b.hcfg.User(s.People[i].User)
		p := &b.people[u]
		inGroup := len(b.hcfg.Users[u].Groups) > 0 || p.base >= 0 && len(b.bcfg.Users[p.base].Groups) > 0
		switch {
		case b.head.Class(u).Inputs.Template >= 0:
			s.People[i].How = ways.Template
		case !inGroup:
			s.People[i].How = ways.Organization
		default: // leaving a group without a template is no step of a runbook
			s.People[i].How = ways.Either
		}
	}
}

// advise says first what would save work by hand, where it is much.
func (b *builder) advise(s *Step, who []*person) {
	if len(who) < many {
		return
	}
	text := fmt.Sprintf("%s have to be opened one by one for %q. ", people(len(who)), s.Changes[0].Option+": "+s.After)
	if group, all := b.sharedGroup(who); group != "" {
		text += fmt.Sprintf("All of them are in the group %s, which has %s: ", group, people(all))
		if t := b.headTemplate[group]; t != "" {
			text += fmt.Sprintf("its calling template %s could hold the value, in one step.", t)
		} else {
			text += "a calling template for it would do the same in one step, for whoever joins later, too."
		}
	} else {
		text += "A group of these people with a calling template would do the same in two steps, for whoever joins later, too."
	}
	b.out.Advice = append(b.out.Advice, text+" A value set for a person never falls back by itself.")
}

// sharedGroup returns the smallest group that holds all of these people, and how
// many it holds.
func (b *builder) sharedGroup(who []*person) (name string, members int) {
	shared := slices.Clone(b.hcfg.Users[who[0].head].Groups)
	for _, p := range who[1:] {
		groups := b.hcfg.Users[p.head].Groups
		shared = slices.DeleteFunc(shared, func(g int32) bool { return !slices.Contains(groups, g) })
	}
	for _, g := range shared {
		if n := b.hcfg.Groups[g].Members; name == "" || n < members {
			name, members = b.hcfg.Groups[g].Name, n
		}
	}
	return name, members
}

// behaviorSteps sets and resets the calling behavior of single users: through
// the API where it can say it, else by hand.
func (b *builder) behaviorSteps() (set, reset []*Step) {
	var sets, resets bunches
	forgotten := 0
	for n := range b.people {
		p := &b.people[n]
		class := b.headClass(p)
		for _, service := range config.Services {
			before, was := ownBehavior(b.base, p.base, service)
			after, is := ownBehavior(b.head, p.head, service)
			inUse := b.during(p).Service() == service && class.Calling.Service == service
			relevant := class.Calling.Service == service || class.Pending != nil && class.Pending.Service == service
			pinned := b.isPinned(p, "callingBehavior") && inUse
			path := "users.callingBehavior." + service.String()
			switch {
			case is && (!was || before != after || pinned || b.losesDomain(p, service)):
				kind := BehaviorByHand
				if inUse && b.canRequest(p, after) {
					kind = BehaviorRequest
				}
				sets.add(string(kind)+path+choiceKey(after), p, func() *Step { return b.setBehavior(kind, path, service, after, class) })
			case was && !is && !relevant:
				forgotten++
			case !is && (was || pinned):
				kind := ResetBehavior
				if inUse && !b.templateDecides(class, service) {
					kind = ResetRequest
				}
				resets.add(string(kind)+path, p, func() *Step { return b.resetBehavior(kind, path, service) })
			}
		}
	}
	if forgotten > 0 {
		b.impossible("%s a license and with it a calling behavior of their own. Whether Control Hub forgets that with the license is not documented; if the license comes back, look.",
			plural(forgotten, "person loses", "people lose"))
	}
	set, reset = sets.steps(b), resets.steps(b)
	for _, s := range reset {
		if s.Kind == ResetBehavior {
			b.waysBack(s)
		}
	}
	for _, s := range set {
		if s.Kind == BehaviorByHand && b.allows(config.UnifiedCM, resolve.Template) {
			b.advise(s, sets.by[string(s.Kind)+s.What+s.After].who)
		}
	}
	return set, reset
}

// canRequest reports whether the API can give a person this choice now. Its null
// for a profile is whatever the levels above name, and they change later.
func (b *builder) canRequest(p *person, after config.Choice) bool {
	class := b.headClass(p)
	if bundle.ExpressionOf(b.hcfg, class.Inputs, class.Effective) != bundle.Expressible {
		return false
	}
	return !after.EmailDomain || b.start.org.For(config.UnifiedCM).Profile == "" && !b.mayMeetProfile(p)
}

// mayMeetProfile reports whether, before, after or on the way, a template that
// names a UC Manager profile may win for a person.
func (b *builder) mayMeetProfile(p *person) bool {
	for _, m := range p.groups {
		for _, t := range []string{b.start.assigned[m.group], b.headTemplate[m.group]} {
			is := b.hcfg.Template(t)
			if b.start.templates[t].For(config.UnifiedCM).Profile != "" || is >= 0 && b.hcfg.Templates[is].For(config.UnifiedCM).Profile != "" {
				return true
			}
		}
	}
	return false
}

// losesDomain reports whether a person who has the e-mail domain by the API's
// null would get a profile with it, from a level above.
func (b *builder) losesDomain(p *person, service config.Service) bool {
	class, before := b.headClass(p), b.baseClass(p)
	return before != nil && service == config.UnifiedCM &&
		bundle.ExpressionOf(b.bcfg, before.Inputs, before.Effective) == bundle.Expressible &&
		bundle.ExpressionOf(b.hcfg, class.Inputs, class.Effective) == bundle.EmailDomainBelowProfile
}

// templateDecides reports whether a template holds a calling behavior for these
// users: whether the API's null is then the template's or the organization's is
// not documented.
func (b *builder) templateDecides(c *resolve.Class, service config.Service) bool {
	return c.Inputs.Template >= 0 && b.allows(service, resolve.Template) && !b.hcfg.Templates[c.Inputs.Template].For(service).IsZero()
}

// personPath is the request that sets the calling behavior of one person.
const personPath = "/people/{personId}/features/callingBehavior"

func (b *builder) setBehavior(kind Kind, path string, service config.Service, c config.Choice, class *resolve.Class) *Step {
	s := b.newStep(kind, path, choiceKey(c), "%s: "+escapePercent(b.choiceWords(service, c)))
	s.change(path, b.users(service), "", b.choiceWords(service, c))
	switch {
	case kind == BehaviorRequest:
		s.Requests = []Request{{Method: "PUT", Path: personPath, Body: json.RawMessage(bundle.CallingBehaviorBody(b.hcfg, class.Inputs, class.Effective))}}
		s.Cautions = append(s.Cautions, "Leave effectiveBehaviorType out of the body: it is read-only.")
	case service == config.WebexCalling && class.Pending != nil:
		s.Cautions = append(s.Cautions, "They hold both licenses: set it in the section for Webex Calling users. A request would change what is in use now.")
	case c.Profile != "":
		s.Cautions = append(s.Cautions, fmt.Sprintf("With the id of the UC Manager profile %s in the files this could go through the Webex API.", c.Profile))
	case c.EmailDomain:
		s.Cautions = append(s.Cautions, "The Webex API cannot say this: its null is the profile of the organization.")
	}
	return s
}

func (b *builder) resetBehavior(kind Kind, path string, service config.Service) *Step {
	s := b.newStep(kind, path, "reset", "%s: take the calling behavior back to what is inherited")
	s.change(path, b.users(service), "set for the person", "inherited")
	if kind == ResetRequest {
		s.Requests = []Request{{Method: "PUT", Path: personPath, Body: body(map[string]any{"behaviorType": nil, "profileId": nil})}}
	} else if many := b.edition.Options.CallingBehavior[service.String()].ManyBack; many != "" {
		s.Cautions = append(s.Cautions, many)
	}
	return s
}

// escapePercent keeps a text from being taken for a format.
func escapePercent(s string) string { return strings.ReplaceAll(s, "%", "%%") }

// body encodes what callpolicy composed itself.
func body(v any) json.RawMessage {
	data, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("runbook: a request cannot be written: %v", err))
	}
	return data
}

// isPinned reports whether somebody is known to have set a value by hand.
func (b *builder) isPinned(p *person, setting string) bool {
	return b.pins[identity.Address(b.address(p))][setting]
}
