package protocol

// HTTPStatus is the status code of a [GetCredentialsRequest]. On the wire it is the name that .NET gives to the code; a
// number is read as well. A code without a name is refused in both directions, as the C# side does.
type HTTPStatus int

// The three codes that the client distinguishes; it treats every other one like 403.
const (
	StatusUnauthorized                HTTPStatus = 401
	StatusForbidden                   HTTPStatus = 403
	StatusProxyAuthenticationRequired HTTPStatus = 407
)

func (s HTTPStatus) String() string   { return enumText(statusNames, int(s)) }
func (s *HTTPStatus) names() []string { return statusNames }
func (s *HTTPStatus) value() int      { return int(*s) }
func (s *HTTPStatus) set(i int)       { *s = HTTPStatus(i) }

// statusNames is indexed by code. Clients on the .NET Framework and Mono lack the names that came with .NET Core (102,
// 103, 207, 208, 226, 308, 421 to 424, 428, 429, 431, 451, 506 to 511).
var statusNames = []string{
	100: "Continue", 101: "SwitchingProtocols", 102: "Processing", 103: "EarlyHints",
	200: "OK", 201: "Created", 202: "Accepted", 203: "NonAuthoritativeInformation", 204: "NoContent",
	205: "ResetContent", 206: "PartialContent", 207: "MultiStatus", 208: "AlreadyReported", 226: "IMUsed",
	300: "MultipleChoices", 301: "MovedPermanently", 302: "Found", 303: "SeeOther", 304: "NotModified",
	305: "UseProxy", 306: "Unused", 307: "TemporaryRedirect", 308: "PermanentRedirect",
	400: "BadRequest", 401: "Unauthorized", 402: "PaymentRequired", 403: "Forbidden", 404: "NotFound",
	405: "MethodNotAllowed", 406: "NotAcceptable", 407: "ProxyAuthenticationRequired", 408: "RequestTimeout",
	409: "Conflict", 410: "Gone", 411: "LengthRequired", 412: "PreconditionFailed", 413: "RequestEntityTooLarge",
	414: "RequestUriTooLong", 415: "UnsupportedMediaType", 416: "RequestedRangeNotSatisfiable",
	417: "ExpectationFailed", 421: "MisdirectedRequest", 422: "UnprocessableEntity", 423: "Locked",
	424: "FailedDependency", 426: "UpgradeRequired", 428: "PreconditionRequired", 429: "TooManyRequests",
	431: "RequestHeaderFieldsTooLarge", 451: "UnavailableForLegalReasons",
	500: "InternalServerError", 501: "NotImplemented", 502: "BadGateway", 503: "ServiceUnavailable",
	504: "GatewayTimeout", 505: "HttpVersionNotSupported", 506: "VariantAlsoNegotiates", 507: "InsufficientStorage",
	508: "LoopDetected", 510: "NotExtended", 511: "NetworkAuthenticationRequired",
}
