package bundle

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// Shard is a 256th of all users: the first byte of the SHA-256 of their e-mail
// address in lower case. It keeps folders and index files small, and tells
// machines that share the work who does whom.
type Shard uint8

// ShardOf returns the shard of an e-mail address, in any case of letters.
func ShardOf(address string) Shard {
	sum := sha256.Sum256([]byte(strings.ToLower(address)))
	return Shard(sum[0])
}

// String returns two hexadecimal digits, as folders and index files are named.
func (s Shard) String() string { return hex.EncodeToString([]byte{byte(s)}) }

// IndexFile returns the name of the shard's index file in the manifest.
func (s Shard) IndexFile() string { return s.String() + ".json" }

// The longest name that common file systems take is 255 bytes.
const maxName = 255

// UserFolder returns the folder of a user in the layout [Tree], for a non-empty
// e-mail address in any case of letters: users/<shard>/<address in lower case>.
//
// Every byte of the address outside A-Z a-z 0-9 . _ @ + - is written as a
// percent sign and two upper-case hexadecimal digits, and so is a leading dot:
// whatever an address holds, it is one plain name. A name that would be longer
// than 255 bytes keeps as much of its beginning as fits (no escape is cut),
// then a ~, which is in no other name, and the SHA-256 of the address as 64
// digits; who that is, the index says.
func UserFolder(address string) string {
	address = strings.ToLower(address)
	sum := sha256.Sum256([]byte(address))
	name := encodeName(address)
	if len(name) > maxName {
		suffix := "~" + hex.EncodeToString(sum[:])
		name = cutName(name, maxName-len(suffix)) + suffix
	}
	return "users/" + Shard(sum[0]).String() + "/" + name
}

// encodeName makes one plain file name of any text.
func encodeName(s string) string {
	escapes := 0
	for i := range len(s) {
		if mustEscape(s, i) {
			escapes++
		}
	}
	if escapes == 0 {
		return s
	}
	const digits = "0123456789ABCDEF"
	name := make([]byte, 0, len(s)+2*escapes)
	for i := range len(s) {
		if c := s[i]; mustEscape(s, i) {
			name = append(name, '%', digits[c>>4], digits[c&0xf])
		} else {
			name = append(name, c)
		}
	}
	return string(name)
}

func mustEscape(s string, i int) bool {
	switch c := s[i]; {
	case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9',
		c == '_', c == '@', c == '+', c == '-':
		return false
	case c == '.':
		return i == 0
	}
	return true
}

// cutName shortens an encoded name to at most n bytes, between two bytes of
// what it stands for.
func cutName(name string, n int) string {
	name = name[:n]
	if i := strings.LastIndexByte(name, '%'); i > n-len("%00") {
		name = name[:i]
	}
	return name
}
