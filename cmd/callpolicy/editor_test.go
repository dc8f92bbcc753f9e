package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestEditor drives the language server that editors use for YAML, on a
// repository as "callpolicy init" writes it.
func TestEditor(t *testing.T) {
	t.Parallel()
	s := terminal{t: t, dir: t.TempDir(), env: gitIdentity(t)}
	s.ok(filepath.Join(buildTool(t), "callpolicy"), "init", s.dir)
	ed := startEditor(t, s.dir)

	t.Log("the files as they are have no fault")
	org := s.read("policies/org.yaml")
	if found := ed.open("policies/org.yaml", org); len(found) > 0 {
		t.Errorf("policies/org.yaml: %v", found)
	}
	for _, name := range []string{"callpolicy.yaml", "policies/users.yaml", "policies/groups.yaml", "policies/templates.yaml"} {
		if found := ed.open(name, s.read(name)); len(found) > 0 {
			t.Errorf("%s: %v", name, found)
		}
	}

	t.Log("keys are completed")
	header, _, _ := strings.Cut(org, "\n")
	found := ed.complete("policies/new.yaml", header+"\norg:\n  inCall:\n    |")
	for _, want := range []string{"requestRemoteControl", "screenSharing", "videoOnDesktop", "videoOnMobile"} {
		if !slices.Contains(found, want) {
			t.Errorf("%s is not offered among %q", want, found)
		}
	}
	if slices.Contains(found, "moveCallsToMeetings") {
		t.Error("a toggle of the other edition is offered")
	}
	found = ed.complete("policies/more.yaml", header+"\nusers:\n  u0142@voorbeeld.example:\n    |")
	for _, want := range []string{"licenses", "groups", "callingBehavior", "inCall", "attributes"} {
		if !slices.Contains(found, want) {
			t.Errorf("%s is not offered among %q", want, found)
		}
	}

	t.Log("words are completed")
	found = ed.complete("policies/word.yaml", header+"\norg:\n  callingBehavior:\n    webexCalling:\n      app: |")
	for _, want := range []string{"webex", "webexCallingApp", "thirdParty"} {
		if !slices.Contains(found, want) {
			t.Errorf("%s is not offered among %q", want, found)
		}
	}
	found = ed.complete("policies/choice.yaml", header+"\norg:\n  callingBehavior:\n    unifiedCM:\n      app: |")
	for _, want := range []string{"webex", "jabber"} {
		if !slices.Contains(found, want) {
			t.Errorf("%s is not offered among %q", want, found)
		}
	}
	found = ed.complete("policies/lock.yaml", header+"\norg:\n  locks:\n    |")
	if !slices.Contains(found, "inCall.screenSharing") {
		t.Errorf("inCall.screenSharing is not offered among %q", found)
	}

	t.Log("what the pointer rests on is explained")
	for key, want := range map[string]string{
		"videoOnMo|bile": "Video calls in the mobile app",
		"noPaid|Calling": "Users without a paid Cisco calling service",
	} {
		before, after, _ := strings.Cut(key, "|")
		text := strings.Replace(org, before+after, key, 1)
		if got := ed.hover("policies/org.yaml", text); !strings.Contains(got, want) {
			t.Errorf("%s: the explanation is %q", key, got)
		}
	}

	t.Log("persona tests are completed, explained and checked")
	personas := "# yaml-language-server: $schema=../.callpolicy/personas.schema.json\npersonas:\n  a nurse:\n"
	found = ed.complete("tests/key.yaml", personas+"    licenses: []\n    expect: {}\n    |")
	for _, want := range []string{"groups", "attributes", "callingBehavior", "inCall"} {
		if !slices.Contains(found, want) {
			t.Errorf("%s is not offered among %q", want, found)
		}
	}
	found = ed.complete("tests/word.yaml", personas+"    expect:\n      licenseClass: |")
	for _, want := range []string{"none", "webexCalling", "unifiedCM", "migrating"} {
		if !slices.Contains(found, want) {
			t.Errorf("%s is not offered among %q", want, found)
		}
	}
	if got := ed.hover("tests/hover.yaml", personas+"    expect:\n      templ|ate: ward\n"); !strings.Contains(got, "The calling template that wins") {
		t.Errorf("the explanation is %q", got)
	}
	if found := ed.open("tests/slip.yaml", personas+"    expect:\n      licenseClass: webexcalling\n"); len(found) != 1 || !strings.HasPrefix(found[0], "4:20 ") {
		t.Errorf("the marks are %q", found)
	}

	t.Log("a slip is marked at its place")
	for slip, want := range map[string]string{
		"videoOnMobile: yse":                      "19:19",
		"videoOnMobiel: true":                     "19:4",
		"unifiedCM: { app: jaber }":               "11:22",
		"noPaidCalling: { app: webexCallingApp }": "12:26",
	} {
		key, _, _ := strings.Cut(slip, ":")
		if key == "videoOnMobiel" {
			key = "videoOnMobile"
		}
		lines := strings.Split(org, "\n")
		at := slices.IndexFunc(lines, func(line string) bool { return strings.HasPrefix(strings.TrimSpace(line), key+":") })
		lines[at] = lines[at][:strings.Index(lines[at], key)] + slip
		found := ed.open("policies/org.yaml", strings.Join(lines, "\n"))
		if !slices.ContainsFunc(found, func(d string) bool { return strings.HasPrefix(d, want+" ") }) {
			t.Errorf("%s: %q, want a mark at %s", slip, found, want)
		}
	}
}

// editor is as much of an editor as speaks to a language server.
type editor struct {
	t        *testing.T
	dir      string
	in       io.Writer
	messages <-chan message
	id       int
	version  int
	opened   map[string]bool
}

type message struct {
	ID     json.RawMessage `json:"id,omitempty"`
	Method string          `json:"method,omitempty"`
	Params json.RawMessage `json:"params,omitempty"`
	Result json.RawMessage `json:"result,omitempty"`
	Error  json.RawMessage `json:"error,omitempty"`
}

type position struct {
	Line      int `json:"line"`
	Character int `json:"character"`
}

// patience is how long the server may take for an answer, on a busy machine.
const patience = 2 * time.Minute

func startEditor(t *testing.T, dir string) *editor {
	t.Helper()
	server := needsNode(t, "yaml-language-server")
	ctx, cancel := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, "node", server, "--stdio")
	cmd.Dir, cmd.Env = dir, gitIdentity(t)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		var exit *exec.ExitError
		if err := cmd.Wait(); err != nil && !errors.As(err, &exit) {
			t.Error(err)
		}
	})
	messages := make(chan message, 100)
	go receive(bufio.NewReader(out), messages)
	ed := &editor{t: t, dir: dir, in: in, messages: messages, opened: map[string]bool{}}
	ed.ask("initialize", map[string]any{
		"processId": nil,
		"rootUri":   ed.uri("."),
		"capabilities": map[string]any{
			"workspace":    map[string]any{"configuration": true},
			"textDocument": map[string]any{"completion": map[string]any{}, "hover": map[string]any{"contentFormat": []string{"plaintext"}}},
		},
	})
	ed.tell("initialized", map[string]any{})
	return ed
}

// receive reads messages until the server ends.
func receive(in *bufio.Reader, messages chan<- message) {
	defer close(messages)
	for {
		length := 0
		for {
			line, err := in.ReadString('\n')
			if err != nil {
				return
			}
			if line = strings.TrimSpace(line); line == "" {
				break
			}
			if n, ok := strings.CutPrefix(line, "Content-Length: "); ok {
				if length, err = strconv.Atoi(n); err != nil {
					return
				}
			}
		}
		body := make([]byte, length)
		if _, err := io.ReadFull(in, body); err != nil {
			return
		}
		var m message
		if json.Unmarshal(body, &m) != nil {
			return
		}
		messages <- m
	}
}

func (ed *editor) uri(name string) string {
	u := url.URL{Scheme: "file", Path: filepath.ToSlash(filepath.Join(ed.dir, name))}
	return u.String()
}

func (ed *editor) send(m map[string]any) {
	ed.t.Helper()
	m["jsonrpc"] = "2.0"
	data, err := json.Marshal(m)
	if err != nil {
		ed.t.Fatal(err)
	}
	if _, err := fmt.Fprintf(ed.in, "Content-Length: %d\r\n\r\n%s", len(data), data); err != nil {
		ed.t.Fatal(err)
	}
}

func (ed *editor) tell(method string, params any) {
	ed.t.Helper()
	ed.send(map[string]any{"method": method, "params": params})
}

// await handles what the server sends until a message is the one.
func (ed *editor) await(what string, is func(message) bool) message {
	ed.t.Helper()
	timeout := time.After(patience)
	for {
		select {
		case m, ok := <-ed.messages:
			switch {
			case !ok:
				ed.t.Fatalf("the language server ended before it sent %s", what)
			case is(m):
				return m
			case m.Method == "workspace/configuration":
				ed.send(map[string]any{"id": m.ID, "result": configuration(ed.t, m.Params)})
			case m.Method != "" && m.ID != nil:
				ed.send(map[string]any{"id": m.ID, "result": nil})
			}
		case <-timeout:
			ed.t.Fatalf("the language server did not send %s", what)
		}
	}
}

// configuration answers what settings the editor has: nothing that looks for
// schemas anywhere but where a file says.
func configuration(t *testing.T, params json.RawMessage) []any {
	t.Helper()
	var asked struct{ Items []struct{ Section string } }
	if err := json.Unmarshal(params, &asked); err != nil {
		t.Fatal(err)
	}
	answers := make([]any, len(asked.Items))
	for i, item := range asked.Items {
		answers[i] = map[string]any{}
		if item.Section == "yaml" {
			answers[i] = map[string]any{
				"validate": true, "hover": true, "completion": true,
				"schemaStore": map[string]any{"enable": false},
			}
		}
	}
	return answers
}

func (ed *editor) ask(method string, params any) json.RawMessage {
	ed.t.Helper()
	ed.id++
	ed.send(map[string]any{"id": ed.id, "method": method, "params": params})
	id := strconv.Itoa(ed.id)
	m := ed.await("the answer to "+method, func(m message) bool { return m.Method == "" && string(m.ID) == id })
	if m.Error != nil {
		ed.t.Fatalf("%s: %s", method, m.Error)
	}
	return m.Result
}

// open shows a file to the server, and returns what it marks in it, as "line:
// column message" from 0 each.
func (ed *editor) open(name, text string) []string {
	ed.t.Helper()
	ed.version++
	doc := map[string]any{"uri": ed.uri(name), "version": ed.version}
	if ed.opened[name] {
		ed.tell("textDocument/didChange", map[string]any{
			"textDocument": doc, "contentChanges": []any{map[string]any{"text": text}},
		})
	} else {
		ed.opened[name] = true
		doc["languageId"], doc["text"] = "yaml", text
		ed.tell("textDocument/didOpen", map[string]any{"textDocument": doc})
	}
	var found struct {
		URI         string
		Diagnostics []struct {
			Message string
			Range   struct{ Start position }
		}
	}
	ed.await("what is wrong in "+name, func(m message) bool {
		if m.Method != "textDocument/publishDiagnostics" {
			return false
		}
		if err := json.Unmarshal(m.Params, &found); err != nil {
			ed.t.Fatal(err)
		}
		return found.URI == ed.uri(name)
	})
	var marks []string
	for _, d := range found.Diagnostics {
		marks = append(marks, fmt.Sprintf("%d:%d %s", d.Range.Start.Line, d.Range.Start.Character, d.Message))
	}
	return marks
}

// at opens a text in which "|" stands for the cursor, and returns the params of
// a question about that place.
func (ed *editor) at(name, text string) map[string]any {
	ed.t.Helper()
	before, after, ok := strings.Cut(text, "|")
	if !ok {
		ed.t.Fatalf("no cursor in %q", text)
	}
	ed.open(name, before+after)
	lines := strings.Split(before, "\n")
	return map[string]any{
		"textDocument": map[string]any{"uri": ed.uri(name)},
		"position":     position{len(lines) - 1, len(lines[len(lines)-1])},
	}
}

// complete returns what is offered at the cursor.
func (ed *editor) complete(name, text string) []string {
	ed.t.Helper()
	var list struct{ Items []struct{ Label string } }
	if err := json.Unmarshal(ed.ask("textDocument/completion", ed.at(name, text)), &list); err != nil {
		ed.t.Fatal(err)
	}
	var labels []string
	for _, item := range list.Items {
		labels = append(labels, item.Label)
	}
	return labels
}

// hover returns what is said of the place of the cursor.
func (ed *editor) hover(name, text string) string {
	ed.t.Helper()
	var said struct{ Contents struct{ Value string } }
	if err := json.Unmarshal(ed.ask("textDocument/hover", ed.at(name, text)), &said); err != nil {
		ed.t.Fatal(err)
	}
	return said.Contents.Value
}
