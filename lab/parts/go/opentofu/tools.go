//go:build tools

// Package tools pins the one program that this module builds; go.sum pins every byte of it.
package tools

import _ "github.com/opentofu/opentofu/cmd/tofu"
