package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"syscall"
	"time"

	"github.com/nuplug/nuplug/credential"
)

// explain says why a feed could not be talked to.
func (v *visitor) explain(ctx context.Context, err error) {
	if ctx.Err() != nil {
		return
	}
	switch {
	case v.connect == http.StatusProxyAuthRequired:
		v.say(v.proxyWantsPassword())
	case v.proxy.address != nil && v.connect == 0 && isDial(err):
		v.say(wrong("the proxy %s (%s) cannot be reached: %s", v.proxy, v.proxy.origin, reach(err)).by(v.d.withoutProxy(v.proxy)))
	case v.proxy.address != nil && v.connect != 0 && v.connect != http.StatusOK:
		v.say(wrong("the proxy %s (%s) does not lead to %s: it answers %d", v.proxy, v.proxy.origin, title(v.source), v.connect))
	default:
		v.say(v.tlsTrouble(ctx, err))
	}
}

func isDial(err error) bool {
	op, is := errors.AsType[*net.OpError](err)
	return is && (op.Op == "dial" || op.Op == "proxyconnect")
}

// reach puts the usual reasons into words.
func reach(err error) string {
	if dns, is := errors.AsType[*net.DNSError](err); is {
		if dns.IsNotFound {
			return fmt.Sprintf("there is no host %s; the address is wrong, or its network (VPN) is not there", dns.Name)
		}
		return fmt.Sprintf("the name %s cannot be looked up: %s", dns.Name, dns.Err)
	}
	switch number, _ := errors.AsType[syscall.Errno](err); {
	case isRefused(number):
		return "the connection is refused; nothing listens at this port"
	case errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, context.DeadlineExceeded), isTimeout(err):
		return fmt.Sprintf("no answer within %s", feedPatience)
	case isUnreachable(number):
		return "there is no way to this network"
	}
	return err.Error()
}

// Windows has numbers of its own for sockets, which syscall does not translate.
func isRefused(number syscall.Errno) bool { return number == syscall.ECONNREFUSED || number == 10061 }

func isUnreachable(number syscall.Errno) bool {
	return number == syscall.ENETUNREACH || number == syscall.EHOSTUNREACH || number == 10051 || number == 10065
}

func isTimeout(err error) bool {
	t, is := errors.AsType[net.Error](err)
	return is && t.Timeout()
}

// tlsTrouble is about certificates, and else about what reach knows.
func (v *visitor) tlsTrouble(ctx context.Context, err error) finding {
	name := title(v.source)
	if _, is := errors.AsType[x509.UnknownAuthorityError](err); is {
		return wrong("the certificate of %s is signed by an authority that this machine does not trust", name).by(v.d.trust())
	}
	if e, is := errors.AsType[x509.HostnameError](err); is {
		return wrong("the certificate of %s is for another host: %s", name, certificateNames(e.Certificate))
	}
	if e, is := errors.AsType[x509.CertificateInvalidError](err); is && e.Reason == x509.Expired {
		return v.expired(ctx, e.Cert)
	}
	if _, is := errors.AsType[tls.RecordHeaderError](err); is || errors.Is(err, http.ErrSchemeMismatch) {
		return wrong("source %s does not speak TLS at this port; its address begins with https and may have to begin with http", name)
	}
	if e, is := errors.AsType[*tls.CertificateVerificationError](err); is {
		return wrong("the certificate of %s is not accepted: %v", name, e.Err)
	}
	return wrong("source %s cannot be reached: %s", name, reach(err))
}

func certificateNames(c *x509.Certificate) string {
	if c == nil || len(c.DNSNames) == 0 {
		return "it names none"
	}
	return fmt.Sprint(c.DNSNames)
}

// expired tells a certificate that is too old or too new from a clock that is off, by the time that the feed has. Asking for
// that does without a check of the certificate, and sends nothing.
func (v *visitor) expired(ctx context.Context, c *x509.Certificate) finding {
	transport := v.client.Transport.(*http.Transport).Clone()
	transport.TLSClientConfig.InsecureSkipVerify = true
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport, Timeout: feedPatience, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	feed, err := credential.ParseFeed(v.source.Value)
	if err == nil {
		if r, err := http.NewRequestWithContext(ctx, http.MethodHead, feed.Origin()+"/", nil); err == nil {
			if response, err := client.Do(r); err == nil {
				response.Body.Close()
				v.readClock(response.Header)
			}
		}
	}
	return judgeExpired(title(v.source), c, time.Now(), v.skew)
}

// judgeExpired is given this machine's time and how far it is ahead of the feed's.
func judgeExpired(name string, c *x509.Certificate, now time.Time, skew time.Duration) finding {
	const day = "2006-01-02 15:04"
	span := fmt.Sprintf("valid from %s to %s", c.NotBefore.UTC().Format(day), c.NotAfter.UTC().Format(day))
	theirs := now.Add(-skew)
	if skew.Abs() > maxSkew && theirs.After(c.NotBefore) && theirs.Before(c.NotAfter) {
		return wrong("the certificate of %s is %s, which it is not by this machine's clock (%s), because that is off", name, span, now.UTC().Format(day))
	}
	return wrong("the certificate of %s is %s, and it is %s; its owner has to renew it", name, span, now.UTC().Format(day))
}

// trust is the command that has this machine trust an authority, whose certificate is in the file CA.crt.
func (d *doctor) trust() string {
	switch d.streams.GOOS {
	case "windows":
		return "Import-Certificate -FilePath CA.crt -CertStoreLocation Cert:\\CurrentUser\\Root"
	case "darwin":
		return "sudo security add-trusted-cert -d -r trustRoot -k /Library/Keychains/System.keychain CA.crt"
	}
	return "sudo cp CA.crt /usr/local/share/ca-certificates/ && sudo update-ca-certificates"
}
