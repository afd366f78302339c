package main

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/nuplug/nuplug/credential"
	"github.com/nuplug/nuplug/internal/atomicfile"
)

// loginFromConfig moves the clear-text passwords of the NuGet.Config chain into the keychain: each is stored first and then
// cut out of its file, so that a failure at any moment loses nothing.
func loginFromConfig(ctx context.Context, s *streams) error {
	config, err := s.loadConfig()
	if err != nil {
		return fmt.Errorf("read NuGet.Config: %w", err)
	}
	moved := 0
	for _, source := range config.Sources {
		c, err := config.Credentials(source.Name)
		if err != nil {
			return fmt.Errorf("read the credentials of source %s: %w", source.Name, err)
		}
		if c == nil || c.Origin.File == nil || !c.IsClearText() {
			continue
		}
		feed, err := credential.ParseFeed(source.Value)
		if err != nil {
			fmt.Fprintf(s.Err, "source %s was left alone: %v\n", source.Name, err)
			continue
		}
		if err := s.storeLogin(ctx, feed, credential.Credential{Username: c.Username, Password: credential.Secret(c.Password.Reveal())}); err != nil {
			return err
		}
		if err := cutCredentials(c.Origin.File.Path, source.Name); err != nil {
			return fmt.Errorf("the login of source %s is stored, but its password is still in %s: %w", source.Name, c.Origin.File.Path, err)
		}
		fmt.Fprintf(s.Err, "removed the password of source %s from %s\n", source.Name, c.Origin.File.Path)
		moved++
	}
	if moved == 0 {
		fmt.Fprintln(s.Err, "no clear-text password in NuGet.Config")
	}
	return nil
}

// cutCredentials removes the credentials of one source from a file and leaves every other byte as it is.
func cutCredentials(file, source string) error {
	info, err := os.Stat(file)
	if err != nil {
		return err
	}
	content, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	start, end, err := findCredentials(content, source)
	if err != nil {
		return err
	}
	// The line break and the indentation before it go with it.
	for start > 0 && (content[start-1] == ' ' || content[start-1] == '\t') {
		start--
	}
	if start > 0 && content[start-1] == '\n' {
		start--
		if start > 0 && content[start-1] == '\r' {
			start--
		}
	}
	return atomicfile.Write(file, append(bytes.Clone(content[:start]), content[end:]...), info.Mode().Perm())
}

// findCredentials gives the place of the element of a source in packageSourceCredentials.
func findCredentials(content []byte, source string) (start, end int64, err error) {
	if bytes.IndexByte(content, 0) >= 0 {
		return 0, 0, errors.New("it is not in UTF-8; remove the element by hand")
	}
	decoder := xml.NewDecoder(bytes.NewReader(content))
	depth, inside := 0, false
	for {
		before := decoder.InputOffset()
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return 0, 0, errors.New("its element was not found")
		}
		if err != nil {
			return 0, 0, errors.New("it is not well-formed; remove the element by hand")
		}
		switch token := token.(type) {
		case xml.StartElement:
			depth++
			if depth == 2 {
				inside = token.Name.Local == "packageSourceCredentials"
			}
			if depth == 3 && inside && decodeName(token.Name.Local) == source {
				if err := decoder.Skip(); err != nil {
					return 0, 0, errors.New("it is not well-formed; remove the element by hand")
				}
				return before, decoder.InputOffset(), nil
			}
		case xml.EndElement:
			depth--
		}
	}
}

// decodeName reads the names of sources as they are written in elements: My_x0020_Feed is "My Feed".
func decodeName(name string) string {
	var b strings.Builder
	for i := 0; i < len(name); i++ {
		var r rune
		if strings.HasPrefix(name[i:], "_x") && len(name) >= i+7 && name[i+6] == '_' {
			if n, err := fmt.Sscanf(name[i+2:i+6], "%04x", &r); n == 1 && err == nil {
				b.WriteRune(r)
				i += 6
				continue
			}
		}
		b.WriteByte(name[i])
	}
	return b.String()
}
