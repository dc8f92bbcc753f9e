package near_test

import (
	"strings"
	"testing"

	"callpolicy/compiler/near"
)

func TestPart(t *testing.T) {
	names := []string{"requestRemoteControl", "giveControl", "screenSharing", "videoOnDesktop", "videoOnMobile", "ucManagerProfile"}
	for word, want := range map[string]string{
		"remoteControl":          "requestRemoteControl",
		"requestControl":         "requestRemoteControl",
		"remote-control":         "requestRemoteControl",
		"screen_sharing":         "screenSharing",
		"ScreenSharing":          "screenSharing",
		"video":                  "videoOnDesktop videoOnMobile",
		"control":                "requestRemoteControl giveControl",
		"controlRemote":          "", // not in this order
		"remoteControls":         "",
		"screenSharing":          "", // it is the name
		"uc":                     "", // too little
		"":                       "",
		strings.Repeat("x", 200): "",
	} {
		if got := strings.Join(near.Part(word, names), " "); got != want {
			t.Errorf("%q may be part of %q, want %q", word, got, want)
		}
	}
}
