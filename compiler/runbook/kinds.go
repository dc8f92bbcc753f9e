package runbook

// Kind says what sort of step it is. What a kind rests on, the page and the
// documents, stands in the schema of each edition.
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
