//go:build !linux

package session

import "testing"

// withKeyring runs the tests that need no keychain of the system.
func withKeyring(m *testing.M) int { return m.Run() }
