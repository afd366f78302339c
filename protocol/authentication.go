package protocol

// GetAuthenticationCredentialsRequest asks for credentials for a source (client to plugin, since 2.0.0). It comes after
// the feed answered 401, or 403 for some requests, up to four times an operation.
type GetAuthenticationCredentialsRequest struct {
	URI              string `wire:"Uri,required"`              // the source as configured, not the address that failed
	IsRetry          bool   `wire:"IsRetry,required"`          // this plugin's last answer for this URI was refused
	IsNonInteractive bool   `wire:"IsNonInteractive,required"` // the plugin must ask nobody anything
	CanShowDialog    bool   `wire:"CanShowDialog,required"`    // always true from dotnet since NuGet 7.0
}

// GetAuthenticationCredentialsResponse gives credentials or declines. The client uses a CodeSuccess whose user name or
// password is not blank and whose AuthenticationTypes are absent or not empty; any other CodeSuccess declines silently.
// CodeError declines silently too, is remembered for the source's root address, and lets the next plugin answer.
// CodeNotFound lets the next plugin answer as well, but is asked again (four times in all) and, in a non-interactive
// run, each time warns the user that an interactive run might help.
type GetAuthenticationCredentialsResponse struct {
	Username            *string      `wire:"Username"`            // optional
	Password            *string      `wire:"Password"`            // optional
	Message             *string      `wire:"Message"`             // optional; read and never shown
	AuthenticationTypes []string     `wire:"AuthenticationTypes"` // optional: HTTP schemes; nil for any, empty declines
	ResponseCode        ResponseCode `wire:"ResponseCode,required"`
}

// SetCredentialsRequest tells the plugin the credentials that the client has (client to plugin, since 1.0.0), replacing
// earlier ones: for downloads the last good ones of a source, for authentication only those of a proxy, and then with
// nothing but the path of the source's address as PackageSourceRepository.
type SetCredentialsRequest struct {
	PackageSourceRepository string  `wire:"PackageSourceRepository,required"`
	Password                *string `wire:"Password"`      // optional
	ProxyPassword           *string `wire:"ProxyPassword"` // optional
	ProxyUsername           *string `wire:"ProxyUsername"` // optional
	Username                *string `wire:"Username"`      // optional
}

// SetCredentialsResponse is ignored by the client.
type SetCredentialsResponse struct {
	ResponseCode ResponseCode `wire:"ResponseCode,required"`
}

// GetCredentialsRequest asks the client for credentials (plugin to client, since 1.0.0). The client can answer once it
// has bound the plugin to a source for downloads; before, it replies with a Fault. It must not be sent while
// GetAuthenticationCredentials is being answered: the client would wait for itself.
type GetCredentialsRequest struct {
	PackageSourceRepository string     `wire:"PackageSourceRepository,required"`
	StatusCode              HTTPStatus `wire:"StatusCode,required"` // what the source or the proxy answered
}

// GetCredentialsResponse is CodeSuccess with credentials, or CodeNotFound.
type GetCredentialsResponse struct {
	Password            *string      `wire:"Password"` // optional
	ResponseCode        ResponseCode `wire:"ResponseCode,required"`
	Username            *string      `wire:"Username"`            // optional
	AuthenticationTypes []string     `wire:"AuthenticationTypes"` // optional: the HTTP schemes that they are meant for
}

// GetServiceIndexRequest asks the client for a source's index.json (plugin to client, since 1.0.0), under the same
// condition as [GetCredentialsRequest]. The first one for a source is often answered CodeNotFound.
type GetServiceIndexRequest struct {
	PackageSourceRepository string `wire:"PackageSourceRepository,required"`
}

// GetServiceIndexResponse is CodeSuccess with the index, or CodeNotFound.
type GetServiceIndexResponse struct {
	ResponseCode ResponseCode `wire:"ResponseCode,required"`
	ServiceIndex JSON         `wire:"ServiceIndex"` // present if CodeSuccess
}

func (r *GetServiceIndexResponse) rule() (field, problem string) {
	if r.ResponseCode == CodeSuccess && r.ServiceIndex == nil {
		return "ServiceIndex", "is missing from a Success"
	}
	return "", ""
}
