package compiler

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"

	"callpolicy/policies"
	"callpolicy/schema"
)

// RulesDigest is the SHA-256 over the schemas and the rules that this program
// has built in: what decides, beside the files themselves, what they mean.
func RulesDigest() (string, error) {
	h := sha256.New()
	for _, files := range []embed.FS{schema.Files, policies.Files} {
		err := fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			data, err := files.ReadFile(name)
			fmt.Fprintf(h, "%s\x00%x\n", name, sha256.Sum256(data))
			return err
		})
		if err != nil {
			return "", err
		}
	}
	return "sha256:" + hex.EncodeToString(h.Sum(nil)), nil
}
