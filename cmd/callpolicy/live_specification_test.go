package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"callpolicy/compiler/live/simulate"
)

// TestTrafficIsAsSpecified sends all that pull, push and undo say, and all that
// they are answered, through somebody else's reading of a description of the API:
// a validating proxy. It refuses each request and each answer that is not as
// described, so that the command would fail.
func TestTrafficIsAsSpecified(t *testing.T) {
	t.Parallel()
	prism := needsNode(t, "prism")
	x := &tenant{t: t, dir: t.TempDir()}
	server := simulate.New(simulate.Organization{
		Name: "Voorbeeld", Profiles: []string{"amsterdam"}, Locations: []string{"LOCATION"},
		Licenses: []simulate.License{{Name: "Webex Calling - Professional", Subscription: "Sub1", Total: 10}, {Name: "Unified Communication Manager (UCM)", Total: 10}},
		People: []simulate.Person{
			{Email: "u1@voorbeeld.example", Groups: []string{"nurses"}, Licenses: []string{"Webex Calling - Professional"}},
			{Email: "u2@voorbeeld.example", Groups: []string{"nurses"}, Licenses: []string{"Unified Communication Manager (UCM)"}, Behavior: simulate.UnifiedCM, Profile: "amsterdam"},
			{Email: "u3@voorbeeld.example", Department: "Lab", Pending: true},
			{Email: "u4@voorbeeld.example", Disabled: true},
			{Email: "u5@voorbeeld.example"},
		},
	})
	upstream := httptest.NewServer(server)
	t.Cleanup(upstream.Close)
	log := new(notes)
	x.base, x.server = prismProxy(t, prism, upstream.URL+"/v1", log), server

	x.file("callpolicy.yaml", "apiVersion: callpolicy/v1\nedition: classic\nroster: [roster.csv]\nwebex: { manage: [callingBehavior, licenses] }\n")
	x.file("roster.csv", "user,licenses,locationId,extension\nu1@voorbeeld.example,webexCalling,,\nu2@voorbeeld.example,unifiedCM,,\nu5@voorbeeld.example,webexCalling,LOCATION,5005\n")
	if err := os.Mkdir(filepath.Join(x.dir, "policies"), 0o755); err != nil {
		t.Fatal(err)
	}
	x.file("policies/all.yaml", `licenses:
  webexCalling: { service: webexCalling, controlHubName: Webex Calling - Professional }
  unifiedCM: { service: unifiedCM, controlHubName: Unified Communication Manager (UCM) }
users:
  u1@voorbeeld.example: { callingBehavior: { webexCalling: { app: thirdParty } } }
  u2@voorbeeld.example: { callingBehavior: { unifiedCM: { app: jabber } } }
`)
	x.run(x.live("pull")...)
	x.run("live", "drift")
	plan := x.run("plan", "--live", "live", "--take-back", "all", "--save", "push.json")
	if !strings.Contains(plan, "3 people would change in Webex") || !strings.Contains(plan, "adds Webex Calling - Professional") {
		t.Errorf("the plan:\n%s", plan)
	}
	x.run(x.live("push", "push.json", "--journal", "push.journal.jsonl")...)
	if p, _ := server.Person("u5@voorbeeld.example"); len(p.Licenses) != 1 || p.Extension != "5005" {
		t.Errorf("%+v", p)
	}
	x.run(x.live("undo", "push.journal.jsonl", "--yes", "--journal", "undo.journal.jsonl")...)
	x.run(x.live("pull")...)
	for _, line := range log.all() {
		if strings.Contains(line, "iolation") {
			t.Error(line)
		}
	}

	// The proxy refuses what is not as described: a request, and an answer.
	sent := len(server.Requests())
	person := "/people/" + simulate.PersonID("u1@voorbeeld.example") + "/features/callingBehavior"
	if status := ask(t, http.MethodPut, x.base+person, `{"behaviorType":"NONE_THAT_IS_KNOWN","profileId":null}`); status < 400 || len(server.Requests()) != sent {
		t.Errorf("a wrong request is answered with %d", status)
	}
	server.FailAt(sent+1, simulate.Fault{Status: 200, Body: `{"behaviorType":null}`})
	if status := ask(t, http.MethodGet, x.base+person, ""); status < 400 || len(server.Requests()) != sent+1 {
		t.Errorf("a wrong answer is passed on with %d", status)
	}
}

func ask(t *testing.T, method, address, body string) int {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode
}

// notes keeps the lines that a program printed.
type notes struct {
	mu    sync.Mutex
	lines []string
}

func (n *notes) add(line string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.lines = append(n.lines, line)
}

func (n *notes) all() []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return append([]string{}, n.lines...)
}

// prismProxy starts the proxy, and returns its address.
func prismProxy(t *testing.T, prism, upstream string, log *notes) string {
	t.Helper()
	var config net.ListenConfig
	free, err := config.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, err := net.SplitHostPort(free.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	if err := free.Close(); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), prism, "proxy", inlined(t), upstream, "--errors", "--host", "127.0.0.1", "--port", port)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = cmd.Stdout
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait() // it was killed
	})
	ready := make(chan bool, 1)
	go func() {
		defer close(ready)
		for lines := bufio.NewReader(out); ; {
			line, err := lines.ReadString('\n')
			if err != nil {
				return
			}
			log.add(line)
			if strings.Contains(line, "Prism is listening") {
				ready <- true
			}
		}
	}()
	if !<-ready {
		t.Fatalf("the proxy did not start:\n%s", strings.Join(log.all(), "\n"))
	}
	return "http://127.0.0.1:" + port
}

// inlined writes the description of the API without references: the proxy passes
// over bodies whose schemas are referred to more than once (stoplightio/prism#2574).
func inlined(t *testing.T) string {
	t.Helper()
	data, err := os.ReadFile("../../compiler/live/webex/testdata/openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	var spec map[string]any
	var components struct {
		Components struct{ Schemas map[string]any }
	}
	if err := errors.Join(json.Unmarshal(data, &spec), json.Unmarshal(data, &components)); err != nil {
		t.Fatal(err)
	}
	delete(spec, "components")
	var inline func(value any) any
	inline = func(value any) any {
		switch value := value.(type) {
		case map[string]any:
			if ref, ok := value["$ref"].(string); ok {
				return inline(components.Components.Schemas[ref[strings.LastIndexByte(ref, '/')+1:]])
			}
			out := map[string]any{}
			for key, v := range value {
				out[key] = inline(v)
			}
			return out
		case []any:
			out := make([]any, len(value))
			for i, v := range value {
				out[i] = inline(v)
			}
			return out
		}
		return value
	}
	data, err = json.Marshal(inline(spec))
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "openapi.json")
	if err := os.WriteFile(name, data, 0o644); err != nil {
		t.Fatal(fmt.Errorf("the description: %w", err))
	}
	return name
}
