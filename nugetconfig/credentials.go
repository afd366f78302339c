package nugetconfig

import (
	"regexp"
	"slices"
	"strings"
)

const credentialsVariable = "NuGetPackageSourceCredentials_"

// Credentials are what the configuration or the environment says for one source. NuGet uses them before any plugin.
type Credentials struct {
	Source   string
	Username string
	// Password is the clear-text password. It is empty where the password is Encrypted.
	Password Secret
	// Encrypted is the base64 text of a password that Windows protects for one user (DPAPI). NuGet cannot read it on any
	// other system: there it fails the source before it sends a request. This package does not decrypt it.
	Encrypted Secret
	// ValidAuthenticationTypes limits how the password may be sent, as in "basic". Empty means every way. With
	// "negotiate" alone NuGet sends no Basic header.
	ValidAuthenticationTypes []string
	// Origin is a file or the variable NuGetPackageSourceCredentials_NAME.
	Origin Origin
}

// IsClearText says whether the password can be read here.
func (c *Credentials) IsClearText() bool { return c.Encrypted.IsEmpty() }

// Credentials gives what is configured for the source of this name, in exactly this case, or nil. The variable goes before
// the files. An empty user name or password in a file is an error.
func (c *Config) Credentials(sourceName string) (*Credentials, error) {
	if found := variableCredentials(c.env, sourceName); found != nil {
		return found, nil
	}
	if i := c.credentials[sourceName]; i != nil {
		return c.fileCredentials(i)
	}
	return nil, nil
}

// credentialItems finds the credentials of a source by its name. A source of the administrator's defaults knows those in
// that file, and no others.
func (c *Config) credentialItems() map[string]*item {
	items := map[string]*item{}
	for _, i := range c.merged["packageSourceCredentials"] {
		items[i.key] = i
	}
	inDefaults := map[string]*item{}
	for _, i := range c.defaults["packageSourceCredentials"] {
		inDefaults[i.key] = i
	}
	for _, s := range slices.Concat(c.AuditSources, c.Sources) {
		if s.Origin.File.Level == LevelDefaults {
			items[s.Name] = inDefaults[s.Name]
		}
	}
	return items
}

// checkCredentials does what NuGet does whenever it loads the sources.
func (c *Config) checkCredentials() error {
	for _, s := range slices.Concat(c.Sources, c.AuditSources) {
		if _, err := c.Credentials(s.Name); err != nil {
			return err
		}
	}
	return nil
}

func (c *Config) fileCredentials(i *item) (*Credentials, error) {
	found := &Credentials{Source: i.key, Origin: i.origin()}
	for _, e := range i.element.children {
		if !e.is("add") {
			continue
		}
		key, _ := e.attr("key")
		value, _ := e.attr("value")
		value = c.env.expand(value)
		switch strings.ToLower(key) {
		case "username":
			found.Username = value
		case "cleartextpassword":
			found.Password = newSecret(value)
		case "password":
			found.Encrypted = newSecret(value)
		case "validauthenticationtypes":
			found.ValidAuthenticationTypes = authenticationTypes(value)
		}
	}
	if found.Username == "" || found.Password.IsEmpty() && found.Encrypted.IsEmpty() {
		return nil, inFile(i.file, faultAt(i.element.line, "credentials of source %.60q have an empty user name or password", i.key))
	}
	return found, nil
}

// variablePattern is the format that NuGet accepts; with anything else it acts as if the variable were not set. The first
// ";Password=" ends the user name, so that both texts may hold a semicolon.
var variablePattern = regexp.MustCompile(`(?i)^Username=(.*?);\s*Password=(.*?)(?:;ValidAuthenticationTypes=(.*?))?$`)

// variableCredentials takes the source's name as it is, blanks included, and expands nothing.
func variableCredentials(e *environment, sourceName string) *Credentials {
	name := credentialsVariable + sourceName
	match := variablePattern.FindStringSubmatch(strings.TrimSpace(e.get(name)))
	if match == nil {
		return nil
	}
	return &Credentials{
		Source: sourceName, Username: match[1], Password: newSecret(match[2]),
		ValidAuthenticationTypes: authenticationTypes(match[3]),
		Origin:                   Origin{Variable: name},
	}
}

func authenticationTypes(list string) []string {
	var types []string
	for t := range strings.SplitSeq(list, ",") {
		if t = strings.TrimSpace(t); t != "" {
			types = append(types, t)
		}
	}
	return types
}
