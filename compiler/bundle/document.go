package bundle

import (
	"fmt"

	"callpolicy/compiler/config"
	"callpolicy/compiler/resolve"
)

// DocumentFile is the name of the file that every bundle has: the effective
// settings themselves, without who the user is, so that equal settings are
// equal bytes.
const DocumentFile = "bundle.json"

const (
	documentAPIVersion = "callpolicy/v1"
	documentKind       = "ClientBundle"
)

// Document is what bundle.json says.
type Document struct {
	APIVersion             string                 `json:"apiVersion"`
	Kind                   string                 `json:"kind"`
	Edition                string                 `json:"edition"`
	LicenseClass           string                 `json:"licenseClass"` // none, webexCalling, unifiedCM, migrating
	CallingBehavior        Behavior               `json:"callingBehavior"`
	PendingCallingBehavior *Behavior              `json:"pendingCallingBehavior,omitempty"` // migrating only
	InCall                 map[string]Value[bool] `json:"inCall"`                           // by toggle
}

// Behavior is an effective calling behavior.
type Behavior struct {
	Service string        `json:"service"` // webexCalling, unifiedCM, none
	App     Value[string] `json:"app"`

	// UCManagerProfile is there for unifiedCM in the Webex App only. Its value
	// is nil where the domain of the user's e-mail address is used.
	UCManagerProfile *Value[*string] `json:"ucManagerProfile,omitempty"`

	// Profile is what the UC Manager profile says. It is there where one is named;
	// bundles that an older callpolicy wrote have none.
	Profile *Profile `json:"profile,omitempty"`

	BehaviorType string `json:"behaviorType"` // of the Webex API
}

// Profile is what a UC Manager profile says, of what is written.
type Profile struct {
	VoiceServicesDomain string `json:"voiceServicesDomain,omitempty"`
	UDSServer           string `json:"udsServer,omitempty"`
	ID                  string `json:"id,omitempty"` // of the Webex API
}

// Value is an effective value and the level that it comes from.
type Value[T any] struct {
	Value    T      `json:"value"`
	Level    string `json:"level"`              // default, org, template, user
	Template string `json:"template,omitempty"` // where the level is template
}

// ParseDocument reads a bundle.json.
func ParseDocument(data []byte) (*Document, error) {
	d := new(Document)
	if err := decode(data, d); err != nil {
		return nil, err
	}
	if d.APIVersion != documentAPIVersion || d.Kind != documentKind {
		return nil, fmt.Errorf("it is a %q of %q, not a %s of %s", d.Kind, d.APIVersion, documentKind, documentAPIVersion)
	}
	return d, nil
}

// document is the client format of bundle.json.
type document struct{}

func (document) File() string { return DocumentFile }

func (document) Render(cfg *config.Config, _ resolve.Inputs, e resolve.Effective) []byte {
	d := Document{
		APIVersion:      documentAPIVersion,
		Kind:            documentKind,
		Edition:         cfg.Schema.Edition.Name,
		LicenseClass:    e.License.String(),
		CallingBehavior: behaviorOf(cfg, &e.Calling),
		InCall:          make(map[string]Value[bool], len(e.InCall)),
	}
	if e.Pending != nil {
		pending := behaviorOf(cfg, e.Pending)
		d.PendingCallingBehavior = &pending
	}
	for _, t := range e.InCall {
		d.InCall[t.Name] = valueOf(t.On, t.From)
	}
	return canonical(d)
}

func behaviorOf(cfg *config.Config, b *resolve.Behavior) Behavior {
	doc := Behavior{Service: serviceWord(b.Service), App: valueOf(b.App, b.AppFrom), BehaviorType: b.Type}
	if b.HasProfile {
		var name *string
		if b.Profile != "" {
			name = &b.Profile
			doc.Profile = &Profile{b.Server.VoiceServicesDomain, b.Server.UDSServer, profileID(cfg, b.Profile)}
		}
		profile := valueOf(name, b.ProfileFrom)
		doc.UCManagerProfile = &profile
	}
	return doc
}

func valueOf[T any](v T, from resolve.Source) Value[T] {
	return Value[T]{Value: v, Level: from.Level.String(), Template: from.Template}
}

// serviceWord is a service as clients name it: where policy files choose for
// noPaidCalling, a client has none.
func serviceWord(s config.Service) string {
	if s == config.NoPaidCalling {
		return "none"
	}
	return s.String()
}
