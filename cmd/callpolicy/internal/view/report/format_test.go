package report

import (
	"strings"
	"testing"
)

func TestUnknownFormat(t *testing.T) {
	err := Write("yaml", nil, Report{}, Tool{})
	if err == nil || !strings.Contains(err.Error(), "text, json, sarif, github, gitlab, junit") {
		t.Errorf("got %v", err)
	}
}
