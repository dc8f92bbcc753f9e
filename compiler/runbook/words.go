package runbook

import (
	"fmt"
	"strings"

	"callpolicy/compiler/config"
)

// option names a toggle as it is on the page.
func option(edition, toggle string) string {
	if edition == "classic" {
		switch toggle {
		case "requestRemoteControl":
			return "Request remote control"
		case "videoOnDesktop":
			return "Video on desktop"
		case "videoOnMobile":
			return "Video on mobile"
		case "screenSharing":
			return "Screen sharing"
		}
		return toggle
	}
	switch toggle {
	case "requestRemoteControl":
		return "Sharing content: Request control"
	case "giveControl":
		return "Sharing content: Give control"
	case "screenSharing":
		return "Sharing content: Screen sharing"
	case "videoOnDesktop":
		return "Video: Video on desktop"
	case "videoOnMobile":
		return "Video: Video on mobile"
	case "answerWithVideoOnDesktop":
		return "Video: Video on desktop, Answer calls with video on"
	case "answerWithVideoOnMobile":
		return "Video: Video on mobile, Answer calls with video on"
	case "moveCallsToMeetings":
		return "Additional: Move calls to meetings"
	case "recordingIndicator":
		return "Additional: Show call recording indicator for automatic recording"
	}
	return toggle
}

// brief is an option without its section, for a title.
func brief(edition, toggle string) string {
	name := option(edition, toggle)
	if _, rest, ok := strings.Cut(name, ": "); ok {
		name = rest
	}
	return name
}

// users names those whom a choice is for, as the page does.
func users(s config.Service) string {
	switch s {
	case config.UnifiedCM:
		return "Unified CM users"
	case config.WebexCalling:
		return "Webex Calling users"
	case config.NoPaidCalling:
	}
	return "Users without a paid Cisco calling service"
}

func onOff(on bool) string {
	if on {
		return "on"
	}
	return "off"
}

// setOnOff is a value that may be missing.
func setOnOff(on, set bool) string {
	if !set {
		return "not set"
	}
	return onOff(on)
}

// choiceWords says what to tick for a choice, in the words of the page.
func choiceWords(s config.Service, c config.Choice) string {
	var app string
	switch c.App {
	case "jabber":
		return "Open Cisco Jabber from Webex"
	case "webexCallingApp":
		return "Open Webex Calling app from Webex"
	case "thirdParty":
		return "Open third-party app from Webex"
	case "webex":
		app = map[config.Service]string{
			config.UnifiedCM: "Calling in Webex", config.WebexCalling: "Calling in Webex", config.NoPaidCalling: "Call on Webex",
		}[s]
	}
	profile := ""
	switch {
	case c.Profile != "":
		profile = "Use UC Manager profile for calling: " + c.Profile
	case c.EmailDomain:
		profile = "Use the email domain of the user"
	}
	switch {
	case app == "" && profile == "":
		return "not set"
	case app == "":
		return profile + ", with the app as inherited"
	case profile == "" && s == config.UnifiedCM:
		return app + ", with the domain or profile as inherited"
	case profile == "":
		return app
	}
	return profile
}

// choiceKey is a form of a choice to compare and to hash.
func choiceKey(c config.Choice) string {
	return fmt.Sprintf("app=%s profile=%s email=%t", c.App, c.Profile, c.EmailDomain)
}

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

func people(n int) string { return plural(n, "person", "people") }
