package host

import "strings"

// Only is a discovery of one plugin that somebody named. Whatever the file is, NuGet's list is not consulted: a .dll is
// run by the dotnet host, everything else is started directly. What is wrong with the file shows when it is started.
func Only(client Client, env Env, path string) Discovery {
	d := &discoverer{client: client, env: env}
	c := Candidate{Path: path, State: Valid, Reason: "named by you", Start: directStart(path)}
	if strings.HasSuffix(strings.ToLower(path), ".dll") {
		d.client.Kind = NET
		c.Start = d.classicStart(path)
	}
	return Discovery{Client: client, Candidates: []Candidate{c}, Download: Download{Asked: true, Reason: "the plugin was named"}}
}
