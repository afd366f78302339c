package main

import (
	"encoding/json"
	"strings"
)

// dockerText is the JSON that Microsoft's provider reads from ARTIFACTS_CREDENTIALPROVIDER_EXTERNAL_FEED_ENDPOINTS, and
// ours from there and from a mounted secret too. It compares addresses letter by letter, so they are as configured.
func dockerText(_ reader, all []exported) (string, []string, error) {
	type endpoint struct {
		Endpoint string `json:"endpoint"`
		Username string `json:"username"`
		Password string `json:"password"`
	}
	var document struct {
		EndpointCredentials []endpoint `json:"endpointCredentials"`
	}
	for _, e := range all {
		document.EndpointCredentials = append(document.EndpointCredentials, endpoint{e.Address, e.Cred.Username, e.Cred.Password.Reveal()})
	}
	var b strings.Builder
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(document)
	return b.String(), nil, err
}
