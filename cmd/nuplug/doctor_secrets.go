package main

import (
	"cmp"
	"encoding/json"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/nuplug/nuplug/host"
	"github.com/nuplug/nuplug/nugetconfig"
	"github.com/nuplug/nuplug/protocol"
)

// secrets knows the secrets that an examination comes across, so that none is printed, whoever quotes it: a plugin's last
// words, an error of net/http, a path in a variable. It may be used by many goroutines.
type secrets struct {
	mu    sync.Mutex
	known []string
}

// minSecret is the length from which on a text is taken out of others. Shorter ones occur by chance.
const minSecret = 4

var (
	secretName = regexp.MustCompile(`(?i)token|passw|secret|_pat$|apikey|api_key|access_?key|credential|endpoints?$`)
	proxyName  = regexp.MustCompile(`(?i)^(http|https|all)_proxy$`)
	// secretInText finds the values inside of variables that hold more: JSON, user:password@, Password=.
	secretInText = regexp.MustCompile(`(?i)"[^"]*(?:passw|token|secret|key)[^"]*"\s*:\s*"((?:[^"\\]|\\.)*)"|://[^/@]*?:([^/]*)@|password=(.*?)(?:;ValidAuthenticationTypes=.*)?$`)
)

func newSecrets(environ []string) *secrets {
	s := new(secrets)
	for _, line := range environ {
		name, value, _ := strings.Cut(line, "=")
		if proxyName.MatchString(name) {
			if !strings.Contains(value, "://") {
				value = "http://" + value
			}
			s.learnAddress(value)
			continue
		}
		if !secretName.MatchString(name) {
			continue
		}
		inside := secretInText.FindAllStringSubmatch(value, -1)
		for _, match := range inside {
			s.learn(match[1:]...)
			var text string
			if json.Unmarshal([]byte(`"`+match[1]+`"`), &text) == nil {
				s.learn(text)
			}
		}
		if _, err := os.Stat(value); len(inside) == 0 && err != nil && !strings.Contains(value, "://") { // a path is no secret
			s.learn(value)
		}
	}
	return s
}

func (s *secrets) learn(texts ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, text := range texts {
		for _, form := range []string{text, url.QueryEscape(text), url.PathEscape(text)} {
			if len(form) >= minSecret && !slices.Contains(s.known, form) {
				s.known = append(s.known, form)
			}
		}
	}
}

// learnAddress takes what stands before the @ of an address, and its query, which with some feeds is the key.
func (s *secrets) learnAddress(address string) {
	if u, err := url.Parse(address); err == nil {
		password, _ := u.User.Password()
		s.learn(password, u.RawQuery)
		for _, values := range u.Query() {
			s.learn(values...)
		}
		if u.User != nil {
			s.learn(u.User.String())
		}
		return
	}
	for _, match := range secretInText.FindAllStringSubmatch(address, -1) {
		s.learn(match[1:]...)
	}
}

func (s *secrets) learnConfig(c *nugetconfig.Config) {
	if c == nil {
		return
	}
	for _, source := range c.Sources {
		s.learnAddress(source.Value)
		if credentials, err := c.Credentials(source.Name); err == nil && credentials != nil {
			s.learn(credentials.Password.Reveal(), credentials.Encrypted.Reveal())
		}
	}
	if p, err := c.Proxy(); err == nil && p != nil {
		s.learn(p.Password.Reveal(), p.Encrypted.Reveal())
	}
}

// observe learns from a plugin's answers.
func (s *secrets) observe(e host.Event) {
	if e.Sent || e.Message.Method != protocol.MethodGetAuthenticationCredentials || e.Message.Type != protocol.TypeResponse {
		return
	}
	var answer struct{ Password string }
	if json.Unmarshal(e.Message.Payload, &answer) == nil {
		s.learn(answer.Password)
	}
}

// clean takes the secrets out of a text.
func (s *secrets) clean(text string) string {
	s.mu.Lock()
	known := slices.SortedFunc(slices.Values(s.known), func(a, b string) int { return cmp.Compare(len(b), len(a)) })
	s.mu.Unlock()
	for _, secret := range known {
		text = strings.ReplaceAll(text, secret, "***")
	}
	return text
}
