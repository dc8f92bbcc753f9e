package runbook

import (
	"fmt"
	"slices"

	"callpolicy/compiler/config"
)

// licenseSteps gives licenses, and takes them away: Unified CM's last of all, as
// it ends the service that a user has.
func (b *builder) licenseSteps() (give, take, last []*Step) {
	var adds, changes, removes, ends bunches
	for n := range b.people {
		p := &b.people[n]
		before, after := licensesOf(b.bcfg, p.base), licensesOf(b.hcfg, p.head)
		added, removed := without(after, before), without(before, after)
		for i, to := range added {
			for j, from := range removed {
				// Two Webex Calling licenses at a time are refused, so they change in one go.
				if to.service == config.WebexCalling && from.service == config.WebexCalling {
					changes.add(from.name+"\x00"+to.name, p, func() *Step { return b.changeLicense(from, to) })
					added[i].name, removed[j].name = "", ""
					break
				}
			}
			if added[i].name != "" {
				adds.add(to.name, p, func() *Step { return b.giveLicense(to) })
			}
		}
		for _, l := range removed {
			switch {
			case l.name == "":
			case l.service == config.UnifiedCM:
				moves := slices.ContainsFunc(after, func(l license) bool { return l.service == config.WebexCalling })
				ends.add(fmt.Sprint(l.name, "\x00", moves), p, func() *Step { return b.endUnifiedCM(l, moves) })
			default:
				removes.add(l.name, p, func() *Step { return b.takeLicense(LicenseRemove, "removed", l) })
			}
		}
	}
	give = append(changes.steps(b), adds.steps(b)...)
	for _, s := range give {
		if about := b.edition.Procedures[string(s.Kind)].Many; about.Caution != "" && s.Reach >= many {
			s.Cautions = append(s.Cautions, about.Caution)
			s.Procedure = append(slices.Clip(s.Procedure), about.Source)
		}
	}
	return give, removes.steps(b), ends.steps(b)
}

const ticked, notTicked = "ticked", "not ticked"

const byRequest = "It also goes through the Webex API, by the request; the license id is in GET /licenses. 206 means that only a part was done."

func (b *builder) giveLicense(l license) *Step {
	what := (config.Path{"licenses", l.name}).String()
	s := b.newStep(LicenseAdd, what, "assigned", "Give %s the license "+escapePercent(l.name))
	s.change(what, l.name, notTicked, ticked)
	one := map[string]any{"id": "{licenseId}", "operation": "add"}
	if l.service == config.WebexCalling {
		one["properties"] = map[string]any{"locationId": "{locationId}", "phoneNumber": "{phoneNumber}", "extension": "{extension}"}
		s.Cautions = append(s.Cautions, "A Webex Calling license needs a phone number or an extension, and a location where there is no number. The files do not hold those.")
		if b.out.Undo != "" {
			s.Cautions = append(s.Cautions, whatGoes+" Giving it back does not bring them back: set them up anew.")
		}
	}
	s.Requests = []Request{licenseRequest(one)}
	s.Cautions = append(s.Cautions, byRequest)
	return s
}

func (b *builder) changeLicense(from, to license) *Step {
	what := (config.Path{"licenses", from.name}).String()
	s := b.newStep(LicenseChange, what, to.name, fmt.Sprintf("Change the license of %%s from %s to %s", escapePercent(from.name), escapePercent(to.name)))
	s.change(what, from.name, ticked, notTicked)
	s.change((config.Path{"licenses", to.name}).String(), to.name, notTicked, ticked)
	if isDowngrade(from.name, to.name) {
		s.Cautions = append(s.Cautions, "The Webex API refuses this direction (errors 400112 and 400410); do it by hand.")
		return s
	}
	s.Requests = []Request{licenseRequest(
		map[string]any{"id": "{licenseId of " + from.name + "}", "operation": "remove"},
		map[string]any{"id": "{licenseId of " + to.name + "}", "operation": "add", "properties": map[string]any{"locationId": "{locationId}", "phoneNumber": "{phoneNumber}", "extension": "{extension}"}},
	)}
	s.Cautions = append(s.Cautions, "Both in one go: two of them at a time are refused.", byRequest)
	return s
}

// whatGoes is what a Webex Calling license takes with it.
const whatGoes = "The number, the extension, voicemail, forwarding and devices go with a Webex Calling license."

// endUnifiedCM takes the Unified CM license from people; moves, where they have
// Webex Calling then.
func (b *builder) endUnifiedCM(l license, moves bool) *Step {
	if moves {
		s := b.takeLicense(UnifiedCMRemove, "removed", l)
		s.Cautions = append(s.Cautions, "Last of all: with it their service on Unified CM ends. Make a test call on the new service first.")
		return s
	}
	s := b.takeLicense(UnifiedCMRemove, "removed, and no other service", l)
	s.Cautions = append(s.Cautions, "With it their service on Unified CM ends, and they have no other paid calling service.")
	return s
}

func (b *builder) takeLicense(kind Kind, after string, l license) *Step {
	what := (config.Path{"licenses", l.name}).String()
	s := b.newStep(kind, what, after, "Take the license "+escapePercent(l.name)+" from %s")
	s.change(what, l.name, ticked, notTicked)
	s.Requests = []Request{licenseRequest(map[string]any{"id": "{licenseId}", "operation": "remove"})}
	s.Cautions = append(s.Cautions, byRequest)
	if l.service == config.WebexCalling {
		s.Cautions = append(s.Cautions, whatGoes+" Giving the license back does not bring them back: note them first.")
	}
	return s
}

func licenseRequest(licenses ...map[string]any) Request {
	return Request{Method: "PATCH", Path: "/licenses/users", Body: body(map[string]any{"email": "{user}", "licenses": licenses})}
}
