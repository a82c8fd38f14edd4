// peer.go: Go's crypto/tls as a foreign peer. It reads jobs from its input and answers in lines of
// JSON, as docs/internals/interop.md says ("Programs of our own").
package main

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"sync"
	"time"
)

const patience = 20 * time.Second // for one connection

type words map[string]string
type facts map[string]any

var output sync.Mutex

func say(job string, f facts) {
	f["job"] = job
	line, _ := json.Marshal(f)
	output.Lock()
	defer output.Unlock()
	os.Stdout.Write(append(line, '\n'))
}

// list is a word that has several values.
func (w words) list(key string) []string {
	if w[key] == "" {
		return nil
	}
	return strings.Split(w[key], ",")
}

var versions = map[string]uint16{"1.2": tls.VersionTLS12, "1.3": tls.VersionTLS13}
var curves = map[string]tls.CurveID{
	"X25519": tls.X25519, "P-256": tls.CurveP256, "P-384": tls.CurveP384, "P-521": tls.CurveP521,
}

// config is what both roles have in common. The order of groups is Go's own, and so are the suites
// of TLS 1.3.
func (w words) config() (*tls.Config, error) {
	c := &tls.Config{NextProtos: w.list("alpn"), MinVersion: versions["1.2"]}
	if w["version"] != "" {
		c.MinVersion, c.MaxVersion = versions[w["version"]], versions[w["version"]]
	}
	for _, suite := range append(tls.CipherSuites(), tls.InsecureCipherSuites()...) {
		for _, name := range w.list("suites") {
			if name == suite.Name {
				c.CipherSuites = append(c.CipherSuites, suite.ID)
			}
		}
	}
	for _, name := range w.list("groups") {
		c.CurvePreferences = append(c.CurvePreferences, curves[name])
	}
	if w["cert"] != "" {
		pair, err := tls.LoadX509KeyPair(w["cert"], w["key"])
		if err != nil {
			return nil, err
		}
		c.Certificates = []tls.Certificate{pair}
	}
	anchors, err := os.ReadFile(w["anchors"])
	if err != nil {
		return nil, err
	}
	c.RootCAs = x509.NewCertPool()
	c.RootCAs.AppendCertsFromPEM(anchors)
	c.ClientCAs = c.RootCAs
	if w["keylog"] != "" {
		c.KeyLogWriter, err = os.OpenFile(w["keylog"], os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	}
	return c, err
}

func agreed(conn *tls.Conn) facts {
	s := conn.ConnectionState()
	version := "TLSv1.2"
	if s.Version == versions["1.3"] {
		version = "TLSv1.3"
	}
	return facts{"version": version, "suite": tls.CipherSuiteName(s.CipherSuite),
		"alpn": s.NegotiatedProtocol, "ok": true}
}

func failed(err error) facts {
	return facts{"ok": false, "said": err.Error()}
}

// ending tells a close_notify from a connection that was cut.
func ending(err error) string {
	if err == nil {
		return "clean"
	} else if errors.Is(err, io.ErrUnexpectedEOF) {
		return "truncated"
	}
	return err.Error()
}

func client(w words) facts {
	c, err := w.config()
	if err != nil {
		return failed(err)
	}
	c.ServerName = w["name"]
	if len(c.Certificates) > 0 { // shown to whoever asks, whatever authorities he names
		c.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
			return &c.Certificates[0], nil
		}
	}
	raw, err := net.DialTimeout("tcp", "127.0.0.1:"+w["port"], patience)
	if err != nil {
		return failed(err)
	}
	defer raw.Close()
	raw.SetDeadline(time.Now().Add(patience))
	conn := tls.Client(raw, c)
	if err := conn.Handshake(); err != nil {
		return failed(err)
	}
	request := "GET " + w["path"] + " HTTP/1.0\r\n\r\n"
	if w["end"] == "truncated" {
		request = request[:7]
	}
	if _, err := conn.Write([]byte(request)); err != nil {
		return failed(err)
	}
	f := agreed(conn)
	if w["end"] == "truncated" {
		return f // without a close_notify
	}
	body, err := io.ReadAll(conn)
	f["end"], f["ok"] = ending(err), err == nil
	conn.Close()
	if err := os.WriteFile(w["out"], body, 0o600); err != nil {
		return failed(err)
	}
	return f
}

// visit serves one connection: it echoes, or answers a request with a page.
func visit(w words, raw net.Conn, c *tls.Config, page []byte) facts {
	defer raw.Close()
	raw.SetDeadline(time.Now().Add(patience))
	conn := tls.Server(raw, c)
	if err := conn.Handshake(); err != nil {
		return failed(err)
	}
	f := agreed(conn)
	if w["echo"] != "" {
		_, err := io.Copy(conn, conn)
		f["end"] = ending(err)
		conn.Close()
		return f
	}
	request, piece := []byte{}, make([]byte, 4096)
	for !bytes.Contains(request, []byte("\r\n\r\n")) {
		n, err := conn.Read(piece)
		request = append(request, piece[:n]...)
		if err != nil {
			f["end"] = ending(err)
			return f
		}
	}
	conn.Write(append([]byte("HTTP/1.0 200 OK\r\n\r\n"), page...))
	if w["end"] != "truncated" {
		conn.Close()
	}
	return f
}

func serve(w words, listener net.Listener) {
	auth := map[string]tls.ClientAuthType{"off": tls.NoClientCert,
		"optional": tls.VerifyClientCertIfGiven, "required": tls.RequireAndVerifyClientCert}
	c, err := w.config()
	page := []byte("a page\n")
	if err == nil && w["page"] != "" {
		page, err = os.ReadFile(w["page"])
	}
	if err != nil {
		say(w["job"], failed(err))
		return
	}
	c.ClientAuth = auth[w["auth"]]
	say(w["job"], facts{"port": listener.Addr().(*net.TCPAddr).Port})
	for {
		raw, err := listener.Accept()
		if err != nil {
			return // stopped
		}
		go func() { say(w["job"], visit(w, raw, c, page)) }()
	}
}

func main() {
	listeners := map[string]net.Listener{}
	input := bufio.NewScanner(os.Stdin)
	for input.Scan() {
		fields := strings.Fields(input.Text())
		w := words{}
		for _, field := range fields[1:] {
			key, value, _ := strings.Cut(field, "=")
			w[key] = value
		}
		switch fields[0] {
		case "client":
			go func() { say(w["job"], client(w)) }()
		case "server":
			listener, err := net.Listen("tcp", "127.0.0.1:"+w["port"])
			if err != nil {
				say(w["job"], failed(err))
				continue
			}
			listeners[w["job"]] = listener
			go serve(w, listener)
		case "stop":
			listeners[w["job"]].Close()
		}
	}
}
