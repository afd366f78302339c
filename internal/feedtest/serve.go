package feedtest

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"time"
)

// ServeHTTP finds the feed that a path belongs to. The first segment is a feed's name, or "v3" for the
// first feed.
func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	prefix := ""
	if name, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/"); name != "v3" {
		prefix = "/" + name
	}
	s.mu.Lock()
	f := s.feeds[prefix]
	if f == nil {
		f = s.feeds[""] // the log of the first feed takes what belongs to none
	}
	s.mu.Unlock()
	f.serve(w, r)
}

func (f *Feed) serve(rw http.ResponseWriter, r *http.Request) {
	w := &recorder{ResponseWriter: rw, feed: f, entry: f.judge(r)}
	defer w.record(0) // an Intercept that wrote nothing, or cut the connection
	if f.intercept != nil {
		judged := w.entry.Outcome
		w.entry.Outcome = Intercepted
		if f.intercept(w, r) {
			return
		}
		w.entry.Outcome = judged
	}
	if w.entry.Outcome != Accepted {
		w.Header().Set("WWW-Authenticate", `Basic realm="nuplug test feed"`)
		http.Error(w, "401 user name and password, please", http.StatusUnauthorized)
		return
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "405 this feed is read only", http.StatusMethodNotAllowed)
		return
	}
	path, ok := strings.CutPrefix(r.URL.Path, f.prefix+"/v3/")
	if !ok {
		http.NotFound(w, r)
		return
	}
	f.route(w, r, path)
}

// route answers by what stands behind /v3/. Ids and versions in paths must be in lower case and
// normalized, as the protocol demands and as NuGet writes them.
func (f *Feed) route(w http.ResponseWriter, r *http.Request, path string) {
	segments := strings.Split(path, "/")
	switch {
	case path == "index.json":
		writeJSON(w, f.serviceIndex())
	case path == "search":
		f.search(w, r)
	case segments[0] == "flat" && len(segments) == 3 && segments[2] == "index.json":
		f.versionList(w, r, segments[1])
	case segments[0] == "flat" && len(segments) == 4:
		f.packageFile(w, r, segments[1], segments[2], segments[3])
	case segments[0] == "registration" && len(segments) == 3 && segments[2] == "index.json":
		f.registrationIndex(w, r, segments[1])
	case segments[0] == "registration" && len(segments) == 3:
		f.metadata(w, r, segments[1], segments[2], f.registrationLeaf)
	case segments[0] == "catalog" && len(segments) == 3:
		f.metadata(w, r, segments[1], segments[2], f.catalogEntry)
	default:
		http.NotFound(w, r)
	}
}

func (f *Feed) versionList(w http.ResponseWriter, r *http.Request, id string) {
	packages := f.versions(id)
	if len(packages) == 0 {
		http.NotFound(w, r)
		return
	}
	list := struct {
		Versions []string `json:"versions"`
	}{}
	for _, p := range packages {
		list.Versions = append(list.Versions, p.lowerVersion)
	}
	writeJSON(w, list)
}

// packageFile serves the .nupkg, in ranges if asked, and the .nuspec.
func (f *Feed) packageFile(w http.ResponseWriter, r *http.Request, id, version, file string) {
	p := f.find(id, version)
	switch {
	case p != nil && file == id+"."+version+".nupkg":
		w.Header().Set("Content-Type", "application/octet-stream")
		w.Header().Set("ETag", p.etag())
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(p.content))
	case p != nil && file == id+".nuspec":
		w.Header().Set("Content-Type", "application/xml")
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(p.nuspecText))
	default:
		http.NotFound(w, r)
	}
}

// metadata serves one of the two documents about a single version, named VERSION.json.
func (f *Feed) metadata(w http.ResponseWriter, r *http.Request, id, file string, document func(*storedPackage) map[string]any) {
	version, isJSON := strings.CutSuffix(file, ".json")
	p := f.find(id, version)
	if p == nil || !isJSON {
		http.NotFound(w, r)
		return
	}
	writeJSON(w, document(p))
}

func writeJSON(w http.ResponseWriter, v any) {
	data, err := json.Marshal(v)
	if err != nil {
		http.Error(w, "500 "+err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(data) // the client has gone
}
