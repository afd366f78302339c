package feedtest

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// serviceIndex lists the resources by the types that NuGet.exe 5.8 and dotnet 10 look for. 5.8 does not know
// /3.6.0 and stops with "Value cannot be null: baseUrl" where it finds no registration.
func (f *Feed) serviceIndex() map[string]any {
	resource := func(path, kind string) map[string]string {
		return map[string]string{"@id": f.base() + "/v3/" + path, "@type": kind}
	}
	return map[string]any{
		"version": "3.0.0",
		"resources": []map[string]string{
			resource("flat/", "PackageBaseAddress/3.0.0"),
			resource("registration/", "RegistrationsBaseUrl"),
			resource("registration/", "RegistrationsBaseUrl/3.4.0"),
			resource("registration/", "RegistrationsBaseUrl/3.6.0"),
			resource("search", "SearchQueryService"),
			resource("search", "SearchQueryService/3.0.0-beta"),
		},
	}
}

func (f *Feed) registrationURL(p *storedPackage, file string) string {
	return f.base() + "/v3/registration/" + url.PathEscape(p.lowerID) + "/" + file
}

func (f *Feed) catalogURL(p *storedPackage) string {
	return f.base() + "/v3/catalog/" + url.PathEscape(p.lowerID) + "/" + p.lowerVersion + ".json"
}

func (f *Feed) contentURL(p *storedPackage) string {
	return f.base() + "/v3/flat/" + url.PathEscape(p.lowerID) + "/" + p.lowerVersion + "/" + url.PathEscape(p.id().FileName())
}

// registrationIndex gives all versions of an id in one page, inlined.
func (f *Feed) registrationIndex(w http.ResponseWriter, r *http.Request, id string) {
	packages := f.versions(id)
	if len(packages) == 0 {
		http.NotFound(w, r)
		return
	}
	first, last := packages[0], packages[len(packages)-1]
	index := f.registrationURL(first, "index.json")
	items := make([]map[string]any, len(packages))
	for i, p := range packages {
		items[i] = map[string]any{
			"@id":            f.registrationURL(p, p.lowerVersion+".json"),
			"@type":          "Package",
			"catalogEntry":   f.catalogEntry(p),
			"packageContent": f.contentURL(p),
			"registration":   index,
		}
	}
	writeJSON(w, map[string]any{
		"@id":   index,
		"@type": []string{"catalog:CatalogRoot", "PackageRegistration", "catalog:Permalink"},
		"count": 1,
		"items": []map[string]any{{
			"@id":   index + "#page",
			"@type": "catalog:CatalogPage",
			"count": len(items),
			"lower": first.nuspec.Version.Normalized(),
			"upper": last.nuspec.Version.Normalized(),
			"items": items,
		}},
	})
}

// registrationLeaf points at the catalog entry, as the public gallery does.
func (f *Feed) registrationLeaf(p *storedPackage) map[string]any {
	return map[string]any{
		"@id":            f.registrationURL(p, p.lowerVersion+".json"),
		"@type":          []string{"Package", "http://schema.nuget.org/catalog#Permalink"},
		"catalogEntry":   f.catalogURL(p),
		"listed":         true,
		"packageContent": f.contentURL(p),
		"registration":   f.registrationURL(p, "index.json"),
	}
}

// catalogEntry tells the hash of the package as it was added, whatever Corrupt did since.
func (f *Feed) catalogEntry(p *storedPackage) map[string]any {
	groups := []map[string]any{}
	for _, g := range p.nuspec.Dependencies {
		dependencies := []map[string]string{}
		for _, d := range g.Dependencies {
			dependencies = append(dependencies, map[string]string{"@type": "PackageDependency", "id": d.ID, "range": d.Range})
		}
		group := map[string]any{"@type": "PackageDependencyGroup", "dependencies": dependencies}
		if g.TargetFramework != "" {
			group["targetFramework"] = g.TargetFramework
		}
		groups = append(groups, group)
	}
	return map[string]any{
		"@id":                  f.catalogURL(p),
		"@type":                "PackageDetails",
		"id":                   p.nuspec.ID,
		"version":              p.nuspec.Version.Full(),
		"authors":              p.nuspec.Authors,
		"description":          p.nuspec.Description,
		"listed":               true,
		"dependencyGroups":     groups,
		"packageContent":       f.contentURL(p),
		"packageHash":          p.hash,
		"packageHashAlgorithm": "SHA512",
		"packageSize":          len(p.content),
	}
}

// search finds ids that contain the query, ignoring case, and shows the newest version of each.
func (f *Feed) search(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	skip, errSkip := number(query.Get("skip"), 0)
	take, errTake := number(query.Get("take"), 20)
	if errSkip != nil || errTake != nil {
		http.Error(w, "400 skip and take are numbers", http.StatusBadRequest)
		return
	}
	hits := f.hits(strings.ToLower(query.Get("q")), query.Get("prerelease") == "true")
	total := len(hits)
	skip = min(skip, total)
	hits = hits[skip : skip+min(take, total-skip)]
	writeJSON(w, map[string]any{"totalHits": total, "data": hits})
}

// number reads a count of a query, at least 0.
func number(s string, otherwise int) (int, error) {
	if s == "" {
		return otherwise, nil
	}
	n, err := strconv.ParseUint(s, 10, 31)
	return int(n), err
}

func (f *Feed) hits(query string, prerelease bool) []map[string]any {
	f.mu.Lock()
	packages := append([]*storedPackage(nil), f.packages...)
	f.mu.Unlock()
	hits := []map[string]any{}
	var last *storedPackage
	for _, p := range packages { // versions of one id stand together, the newest last
		if !strings.Contains(p.lowerID, query) || p.nuspec.Version.IsPrerelease() && !prerelease {
			continue
		}
		version := map[string]any{"@id": f.registrationURL(p, p.lowerVersion+".json"), "version": p.nuspec.Version.Full(), "downloads": 0}
		versions := []any{version}
		if last != nil && last.lowerID == p.lowerID {
			versions = append(hits[len(hits)-1]["versions"].([]any), version)
			hits = hits[:len(hits)-1]
		}
		last = p
		hits = append(hits, map[string]any{
			"@id": f.registrationURL(p, "index.json"), "@type": "Package", "registration": f.registrationURL(p, "index.json"),
			"id": p.nuspec.ID, "version": p.nuspec.Version.Full(), "description": p.nuspec.Description,
			"authors": []string{p.nuspec.Authors}, "versions": versions,
		})
	}
	return hits
}
