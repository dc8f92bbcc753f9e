package policies_test

import (
	"strings"
	"testing"

	"callpolicy/policies"
)

// TestParametersAreKnown looks each parameter up that domain knowledge names:
// none of them may be called unknown.
func TestParametersAreKnown(t *testing.T) {
	known, err := policies.Parameters()
	if err != nil {
		t.Fatal(err)
	}
	const documented = `EnableVideo StartCallWithVideo EnableMeetingPowerUp EnableSIPURIDialling EnableBFCPVideoDesktopShare
		EnableP2PDesktopShare PreferP2PDesktopShare DisableRemoteDesktopControl ScreenShareAuditMessages Telephony_Enabled
		EnableCiscoTelProtocol EnableTelProtocol EnableSIPProtocol EnableClickToCallProtocol CiscoTelProtocolPermissionEnabled
		EnableTelProtocolPopupWindow TelephonyProtocolRateLimit TelephonyProtocolTimeLimit InitialPhoneSelection VoiceServicesDomain
		CucmCallBargeMode EnableCallPark EnableCallPickup EnableGroupCallPickup EnableOtherGroupPickup EnableHuntGroup
		PreventDeclineOnHuntCall EnableRecordingTone LocalRecordingToneVolume NearEndRecordingToneVolume RecordingToneDuration
		RecordingToneInterval ShowSelectiveCallRecordingButton EnableE911EdgeLocationPolicy E911EdgeLocationWhiteList
		EnableE911OnPremLocationPolicy E911NotificationURL E911NotificationFrequency EnableADLockPrevention
		EnablePhoneDialerOptionOverMRA ShowSelfCarePortal SelfCareURL ShowCallAlerts ShowPhoneNumberInLineSelection
		DeskPhoneModeWindowBehavior SoftPhoneModeWindowBehavior RemoteDestinationEditingWithMultipleDevices
		RemoteInUsePresencePrimaryLineOnly UserDefinedRemoteDestinations LocalPushSSIDList EnableJabber2TeamsMigration
		WebexTeamsDownloadURL DirectoryServerType UdsServer UdsPhotoUriWithToken PhotoUriWithToken PhotoUriSubstitutionEnabled
		PhotoUriSubstitutionToken PrimaryServerName ServerPort1 SearchBase1 UseSSL PresenceDomain ConnectionUsername
		ConnectionPassword MinimumCharacterQuery ServicesDomainSsoEmailPrompt ServiceDiscoveryExcludedServices PrtLogServerUrl
		RemotePRTServer UpdateUrl jabber-plugin-config AllowUserCustomTabs ShowTabLabel DockedWindowVisible
		Set_Status_Inactive_Timeout Disallowed_File_Transfer_Types Persistent_Chat_Enabled SharePortRangeStart SharePortRangeSize
		VoicemailService_UseCredentialsFrom VoicemailPrimaryServer Start_Client_On_Start_OS File_Transfer_Enabled
		Screen_Capture_Enabled CalendarIntegrationType Disable_IM_History Location_Enabled EnableFecc EnableBridgeConferencing
		UseBridgeForConferenceCalls CtiServer1 TftpServer1 CcmcipServer1 MakeCallHotKey EnableDSCPPacketMarking TelemetryEnabled
		ConfigRefetchInterval`
	for name := range strings.FieldsSeq(documented) {
		p, asWritten, ok := known.Find(name)
		if !ok || !asWritten || p.Name == "" || p.Is == "" {
			t.Errorf("%s: %+v", name, p)
		}
	}
	for name, want := range map[string]string{
		"enablevideo": "EnableVideo false", "UpdateURL": "UpdateUrl true", "PRTLOGSERVERURL": "PrtLogServerUrl false", "Video_Disabled": " false",
	} {
		p, asWritten, _ := known.Find(name)
		if got := p.Name + map[bool]string{true: " true", false: " false"}[asWritten]; got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
	for name, is := range map[string]string{"StartCallWithVideo": "expressed", "EnableHuntGroup": "honored", "UdsServer": "jabberOnly"} {
		if p, _, _ := known.Find(name); p.Is != is {
			t.Errorf("%s is %s, want %s", name, p.Is, is)
		}
	}
	if p, _, _ := known.Find("ConnectionPassword"); !p.Secret {
		t.Error("ConnectionPassword is no secret")
	}
	if p, _, _ := known.Find("CachePasswordMobile"); p.Secret {
		t.Error("CachePasswordMobile is said to be a secret: it is true or false")
	}
	if p, _, _ := known.Find("jabber-plugin-config"); !p.Nested {
		t.Error("custom tabs hold elements")
	}
}
