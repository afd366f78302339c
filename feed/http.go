package feed

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
)

// StatusError is an answer with another status than 200.
type StatusError struct {
	URL  string // without user, password, query and fragment
	Code int
}

func (e *StatusError) Error() string {
	switch e.Code {
	case http.StatusUnauthorized:
		return fmt.Sprintf("%s answered 401: it wants other credentials", e.URL)
	case http.StatusForbidden:
		return fmt.Sprintf("%s answered 403: these credentials may not read it", e.URL)
	}
	return fmt.Sprintf("%s answered %d %s", e.URL, e.Code, http.StatusText(e.Code))
}

// redact drops the parts of an address that may hold a secret.
func redact(u *url.URL) string {
	bare := *u
	bare.User, bare.RawQuery, bare.ForceQuery, bare.Fragment, bare.RawFragment = nil, "", false, "", ""
	return bare.String()
}

// get asks for u. The caller closes the body of the answer, whose status is 200. Only where encoded is
// set may the server compress the answer on the way.
func (f *Feed) get(ctx context.Context, u *url.URL, encoded bool) (*http.Response, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, fmt.Errorf("%s cannot be asked for", redact(u))
	}
	if !encoded {
		r.Header.Set("Accept-Encoding", "identity")
	}
	res, err := f.client.Do(r)
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		err = wrapped.Err // the wrapping holds the address with its query
	}
	if err != nil {
		return nil, fmt.Errorf("ask %s: %w", redact(u), err)
	}
	if res.StatusCode != http.StatusOK {
		res.Body.Close()
		return nil, &StatusError{URL: redact(u), Code: res.StatusCode}
	}
	return res, nil
}

// read gives the whole answer, which may not be larger than limit bytes.
func (f *Feed) read(ctx context.Context, u *url.URL, limit int64) ([]byte, error) {
	res, err := f.get(ctx, u, true)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	data, err := io.ReadAll(io.LimitReader(res.Body, limit+1))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", redact(u), err)
	}
	if int64(len(data)) > limit {
		return nil, fmt.Errorf("read %s: the answer is larger than %d bytes", redact(u), limit)
	}
	return data, nil
}

func (f *Feed) readJSON(ctx context.Context, u *url.URL, limit int64, into any) error {
	data, err := f.read(ctx, u, limit)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(data, into); err != nil {
		return fmt.Errorf("read %s: the answer is not what a feed gives there: %w", redact(u), err)
	}
	return nil
}
