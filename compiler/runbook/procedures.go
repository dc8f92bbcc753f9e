package runbook

// Kind says what sort of step it is.
type Kind string

// The kinds of steps, in the order in which a runbook mostly has them.
const (
	ProfileCreate   Kind = "profile-create"
	ProfileChange   Kind = "profile-change"
	LicenseAdd      Kind = "license-add"
	LicenseChange   Kind = "license-change"
	BehaviorRequest Kind = "behavior-request"
	BehaviorByHand  Kind = "behavior-by-hand"
	InCallByHand    Kind = "in-call-by-hand"
	TemplateCreate  Kind = "template-create"
	TemplateChange  Kind = "template-change"
	GroupJoin       Kind = "group-join"
	TemplateRank    Kind = "template-rank"
	TemplateAssign  Kind = "template-assign"
	GroupLeave      Kind = "group-leave"
	TemplateRelease Kind = "template-release"
	OrgBehavior     Kind = "org-behavior"
	OrgInCall       Kind = "org-in-call"
	ResetRequest    Kind = "behavior-reset-request"
	ResetBehavior   Kind = "behavior-reset-by-hand"
	ResetInCall     Kind = "in-call-reset"
	TemplateDelete  Kind = "template-delete"
	JabberService   Kind = "jabber-service"
	LicenseRemove   Kind = "license-remove"
	UnifiedCMRemove Kind = "unified-cm-remove"
)

// Source is a public document of Cisco's.
type Source struct {
	Title string `json:"title"`
	At    string `json:"at"` // an address, or where to find it
}

// Procedure is what a kind of step rests on.
type Procedure struct {
	Kind    Kind
	Where   string              // Control Hub, Webex API, Unified CM
	Page    map[string][]string // by edition; under "" for both
	Sources map[string][]Source // by edition; under "" for both
	Until   string              // how long what is done may take to arrive
	Unsaid  string              // what the sources leave open
}

const (
	controlHub = "Control Hub"
	webexAPI   = "Webex API"
	unifiedCM  = "Unified CM"
)

func (p Procedure) page(edition string) []string {
	if page, ok := p.Page[edition]; ok {
		return page
	}
	return p.Page[""]
}

func (p Procedure) sources(edition string) []Source {
	if sources, ok := p.Sources[edition]; ok {
		return sources
	}
	return p.Sources[""]
}

// The documents.
func behaviorClassic() Source {
	return Source{"Call behavior and assign calling entitlements", "https://help.webex.com/1lvb42"}
}

func behaviorCurrent() Source {
	return Source{"Set up calling behavior", "https://help.webex.com/1lvb42"}
}

func inCallClassic() Source {
	return Source{"Enable or disable sharing for calling in Webex App", "https://help.webex.com/ny0ugcg"}
}

func inCallCurrent() Source {
	return Source{"Configure in-call features", "https://help.webex.com/4amzih"}
}

func templates() Source {
	return Source{"Configure settings templates in Control Hub", "https://help.webex.com/n5uf91x"}
}

func unifiedCMGuide() Source {
	return Source{"Deployment guide for Calling in Webex App (Unified CM)", "cisco.com, Deploy chapter"}
}

func pushGuide() Source {
	return Source{"Push Notifications Deployment Guide", "cisco.com, on-premises chapter"}
}

func behaviorAPI() Source {
	return Source{"Webex API, user call settings: calling behavior", "https://developer.webex.com"}
}

func licensesAPI() Source { return Source{"Webex API, licenses", "https://developer.webex.com"} }

func usersCSV() Source { return Source{"Manage users by CSV", "https://help.webex.com/e2okky"} }

func groupsAPI() Source { return Source{"Webex API, groups", "https://developer.webex.com"} }

const (
	eightHours = "up to 8 hours"
	jabberTime = "clients fetch it anew every 8 hours, give or take one"
)

func both[T any](classic, current T) map[string]T {
	return map[string]T{"classic": classic, "current": current}
}

func always[T any](v T) map[string]T { return map[string]T{"": v} }

// Procedures returns what each kind of step rests on. It is the only place that
// knows pages and sources.
func Procedures() []Procedure {
	clientSettings := func(last string) []string { return []string{"Services", "Calling", "Client Settings", last} }
	user := func(classic, current string) map[string][]string {
		return both([]string{"Users", "the person", "Calling", classic}, []string{"Management", "Users", "the person", "Calling", current})
	}
	licenses := both([]string{"Users", "the person", "Licenses", "Edit licenses", "Calling"},
		[]string{"Management", "Users", "the person", "Licenses", "Edit licenses", "Calling"})
	profiles := always([]string{"Management", "Organization Settings", "UC Manager Profiles"})
	behavior := both([]Source{behaviorClassic()}, []Source{behaviorCurrent(), unifiedCMGuide()})
	inCall := both([]Source{inCallClassic()}, []Source{inCallCurrent()})
	template := both([]Source{inCallClassic(), templates()}, []Source{templates(), unifiedCMGuide()})
	list := always(clientSettings("Templates"))
	request := always([]Source{behaviorAPI()})
	license := both([]Source{behaviorClassic(), licensesAPI()}, []Source{behaviorCurrent(), licensesAPI()})
	group := always([]Source{groupsAPI()})
	return []Procedure{
		{Kind: ProfileCreate, Where: controlHub, Page: profiles, Sources: always([]Source{unifiedCMGuide()})},
		{
			Kind: ProfileChange, Where: controlHub, Page: profiles, Sources: always([]Source{unifiedCMGuide()}), Until: eightHours,
			Unsaid: "Cisco describes adding a profile here; that one can be changed in the same place is not written down.",
		},
		{Kind: LicenseAdd, Where: controlHub, Page: licenses, Sources: license},
		{Kind: LicenseChange, Where: controlHub, Page: licenses, Sources: license},
		{Kind: BehaviorRequest, Where: webexAPI, Sources: request, Until: eightHours},
		{Kind: BehaviorByHand, Where: controlHub, Page: user("Calling behavior", "Calling Behavior"), Sources: behavior, Until: eightHours},
		{Kind: InCallByHand, Where: controlHub, Page: user("In-call experience", "In-call feature access"), Sources: inCall, Until: eightHours},
		{Kind: TemplateCreate, Where: controlHub, Page: list, Sources: template},
		{Kind: TemplateChange, Where: controlHub, Page: list, Sources: template, Until: eightHours},
		{Kind: GroupJoin, Where: webexAPI, Sources: group, Until: eightHours},
		{Kind: TemplateRank, Where: controlHub, Page: list, Sources: template, Until: eightHours},
		{Kind: TemplateAssign, Where: controlHub, Page: list, Sources: template, Until: eightHours},
		{
			Kind: GroupLeave, Where: webexAPI, Sources: group, Until: eightHours,
			Unsaid: "What Control Hub does with somebody who leaves a group is not documented. Look at one of them afterward.",
		},
		{
			Kind: TemplateRelease, Where: controlHub, Page: list, Sources: template, Until: eightHours,
			Unsaid: "Cisco describes how a group gets a template; how it loses one is not written down. If the page offers no way, give the group a template that holds what the organization has.",
		},
		{Kind: OrgBehavior, Where: controlHub, Page: both(clientSettings("Calling behavior"), clientSettings("Calling Behavior")), Sources: behavior, Until: eightHours},
		{Kind: OrgInCall, Where: controlHub, Page: both(clientSettings("In-call experience"), clientSettings("In-call feature access")), Sources: inCall, Until: eightHours},
		{Kind: ResetRequest, Where: webexAPI, Sources: request, Until: eightHours},
		{Kind: ResetBehavior, Where: controlHub, Page: user("Calling behavior", "Calling Behavior"), Sources: behavior, Until: eightHours},
		{
			Kind: ResetInCall, Where: controlHub, Page: user("In-call experience", "In-call feature access"),
			Sources: both([]Source{inCallClassic(), unifiedCMGuide()}, []Source{inCallCurrent(), unifiedCMGuide()}), Until: eightHours,
			Unsaid: "Cisco describes the way back for calling behavior. For in-call settings it says only that a person's value never falls back by itself; look for the same switch.",
		},
		{Kind: TemplateDelete, Where: controlHub, Page: list, Sources: template},
		{Kind: JabberService, Where: unifiedCM, Sources: always([]Source{unifiedCMGuide(), pushGuide()}), Until: jabberTime},
		{Kind: LicenseRemove, Where: controlHub, Page: licenses, Sources: license},
		{Kind: UnifiedCMRemove, Where: controlHub, Page: licenses, Sources: license},
	}
}

// procedureOf returns the procedure of a kind; that every kind has one is tested.
func procedureOf(kind Kind) Procedure {
	for _, p := range Procedures() {
		if p.Kind == kind {
			return p
		}
	}
	return Procedure{Kind: kind}
}
