package bundle

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
)

// Digest is a SHA-256. In files and messages it is written sha256:<hex>, with
// 64 lower-case digits.
type Digest [sha256.Size]byte

const digestPrefix = "sha256:"

// Hex returns the digits alone, as folders are named.
func (d Digest) Hex() string { return hex.EncodeToString(d[:]) }

// String returns sha256:<hex>.
func (d Digest) String() string { return digestPrefix + d.Hex() }

// MarshalText returns sha256:<hex>.
func (d Digest) MarshalText() ([]byte, error) { return d.append(nil), nil }

// UnmarshalText accepts exactly what MarshalText returns.
func (d *Digest) UnmarshalText(text []byte) error {
	digits, ok := strings.CutPrefix(string(text), digestPrefix)
	if !ok || len(digits) != hex.EncodedLen(len(d)) || digits != strings.ToLower(digits) {
		return fmt.Errorf("%q is not a digest: sha256: and %d lower-case digits", text, hex.EncodedLen(len(d)))
	}
	if _, err := hex.Decode(d[:], []byte(digits)); err != nil {
		return fmt.Errorf("%q is not a digest: %w", text, err)
	}
	return nil
}

func (d Digest) append(b []byte) []byte { return hex.AppendEncode(append(b, digestPrefix...), d[:]) }
