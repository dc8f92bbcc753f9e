package webex

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"strings"

	"callpolicy/compiler/bounded"
	"callpolicy/compiler/failure"
)

// Credentials is where tokens come from: the environment, or a file that is kept
// outside of the repository. They are never stored.
type Credentials struct {
	Getenv func(string) string
	File   string       // empty: the environment
	Say    func(string) // is told what a person must know of a grant; may be nil
}

// Purpose is what a token is for. The zero Purpose is invalid.
type Purpose uint8

// The purposes. Writing falls back to what is for reading.
const (
	Reading Purpose = iota + 1
	Writing
)

// ErrNoToken is the kind of failure where there is no token.
var ErrNoToken = errors.New("there is no token for Webex")

// credential is one way to a token.
type credential struct {
	AccessToken  string `json:"accessToken"`
	ClientID     string `json:"clientId"`
	ClientSecret string `json:"clientSecret"`
	RefreshToken string `json:"refreshToken"`
}

// For returns the tokens for an organization; without an id those that are for
// any. baseURL is where a refresh grant is used.
func (c Credentials) For(orgID string, purpose Purpose, baseURL string) (TokenSource, error) {
	find := c.fromEnvironment
	if c.File != "" {
		file, err := c.read()
		if err != nil {
			return nil, err
		}
		find = file.find
	}
	found := find(orgID, purpose)
	switch {
	case found.AccessToken != "":
		return Static(found.AccessToken), nil
	case found.RefreshToken != "" && found.ClientID != "" && found.ClientSecret != "":
		return Refreshed(RefreshGrant{ClientID: found.ClientID, ClientSecret: found.ClientSecret, RefreshToken: found.RefreshToken, BaseURL: baseURL, Say: c.Say}), nil
	case found.RefreshToken != "":
		return nil, &failure.Error{Kind: ErrNoToken, Problem: "there is a refresh token for Webex, and no client to use it with", Hint: "set WEBEX_CLIENT_ID and WEBEX_CLIENT_SECRET beside WEBEX_REFRESH_TOKEN"}
	}
	hint := "set WEBEX_ACCESS_TOKEN, or WEBEX_CLIENT_ID, WEBEX_CLIENT_SECRET and WEBEX_REFRESH_TOKEN"
	if c.File != "" {
		hint = "name it in " + c.File
	}
	return nil, &failure.Error{Kind: ErrNoToken, Problem: "there is no token for Webex", Hint: hint + "; docs/live.md says how to get one"}
}

// fromEnvironment looks for the variables of the organization, and then for those
// of any; for writing first for those with WRITE in the name.
func (c Credentials) fromEnvironment(orgID string, purpose Purpose) credential {
	prefixes := []string{"WEBEX_"}
	if purpose == Writing {
		prefixes = []string{"WEBEX_WRITE_", "WEBEX_"}
	}
	suffixes := []string{""}
	if orgID != "" {
		suffixes = []string{"_" + strings.ToUpper(strings.ReplaceAll(UUID(orgID), "-", "_")), ""}
	}
	for _, suffix := range suffixes {
		for _, prefix := range prefixes {
			get := func(name string) string { return strings.TrimSpace(c.Getenv(prefix + name + suffix)) }
			found := credential{get("ACCESS_TOKEN"), get("CLIENT_ID"), get("CLIENT_SECRET"), get("REFRESH_TOKEN")}
			if found.AccessToken != "" || found.RefreshToken != "" {
				return found
			}
		}
	}
	return credential{}
}

// credentialsFile holds what there is for each organization, by id.
type credentialsFile struct {
	Organizations map[string]struct {
		Read  credential `json:"read"`
		Write credential `json:"write"`
	} `json:"organizations"`
}

// read reads the file. It says nothing of what is in it.
func (c Credentials) read() (*credentialsFile, error) {
	info, err := os.Stat(c.File)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &failure.Error{Problem: "there is no file " + c.File, Hint: "name the file with the credentials", Cause: err}
	}
	if err != nil {
		return nil, err
	}
	if runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		return nil, &failure.Error{Problem: fmt.Sprintf("%s holds tokens, and others may read it", c.File), Hint: "chmod 600 " + c.File}
	}
	data, err := bounded.File(c.File, 1<<20)
	if err != nil {
		return nil, err
	}
	var file credentialsFile
	if json.Unmarshal(data, &file) != nil || file.Organizations == nil {
		return nil, &failure.Error{Problem: c.File + " does not hold credentials in the form that docs/live.md shows", Hint: `write {"organizations": {"ID": {"read": {"accessToken": "…"}}}}`}
	}
	return &file, nil
}

func (f *credentialsFile) find(orgID string, purpose Purpose) credential {
	for id, has := range f.Organizations {
		if orgID != "" && UUID(id) != UUID(orgID) || orgID == "" && len(f.Organizations) > 1 {
			continue
		}
		if purpose == Writing && has.Write != (credential{}) {
			return has.Write
		}
		return has.Read
	}
	return credential{}
}
