package bot

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/openchatops/oco/internal/config"
)

const (
	selfMadeLife = 10 * 365 * 24 * time.Hour
	// expiresSoon is how long before its end operators are warned.
	expiresSoon = 14 * 24 * time.Hour
)

// A certificate is what the port for remote plugins shows.
type certificate struct {
	tls.Certificate
	file     string
	selfMade bool
	roots    *x509.CertPool // nil: those of the system
}

// loadCertificate reads the operator's certificate, or the one that the bot made
// in an earlier life, or makes it. names are those that it is made for.
func loadCertificate(from config.TLS, data string, names []string, now time.Time) (*certificate, error) {
	if from.Cert != "" {
		c, err := readCertificate(from.Cert, from.Key)
		if err != nil {
			return nil, fmt.Errorf("listen.tls: %w", err)
		}
		return c, c.valid(now)
	}
	cert, key := selfMadeFiles(data)
	// The certificate is written after its key: without it nobody saw either.
	if _, err := os.Stat(cert); errors.Is(err, os.ErrNotExist) {
		if err := makeCertificate(cert, key, names, now); err != nil {
			return nil, fmt.Errorf("a certificate for listen.grpc cannot be made: %w", err)
		}
	}
	c, err := readCertificate(cert, key)
	if err != nil {
		return nil, fmt.Errorf("the bot's own certificate is damaged: %w; put both files back from a backup, or remove both for a new one, after which every remote plugin needs the new pin", err)
	}
	c.selfMade = true
	return c, nil // who has its pin does not look at its dates
}

// selfMadeFiles are the bot's own certificate and its key.
func selfMadeFiles(data string) (cert, key string) {
	return filepath.Join(data, "tls", "cert.pem"), filepath.Join(data, "tls", "key.pem")
}

func readCertificate(cert, key string) (*certificate, error) {
	chain, err := readRegular(cert)
	if err != nil {
		return nil, fmt.Errorf("the certificate cannot be read: %w", err)
	}
	secret, err := readRegular(key)
	if err != nil {
		return nil, fmt.Errorf("the key of the certificate cannot be read: %w", err)
	}
	pair, err := tls.X509KeyPair(chain, secret)
	if err != nil {
		return nil, fmt.Errorf("the certificate %s and the key %s cannot be used: %w", cert, key, err)
	}
	return &certificate{Certificate: pair, file: cert}, nil
}

// valid refuses a certificate outside its dates.
func (c *certificate) valid(now time.Time) error {
	from, to := c.Leaf.NotBefore, c.Leaf.NotAfter
	switch {
	case now.After(to):
		return fmt.Errorf("listen.tls: the certificate %s expired at %s: put a renewed one there, or take listen.tls out of the configuration for one that the bot makes", c.file, to.UTC().Format(time.RFC3339))
	case now.Before(from):
		return fmt.Errorf("listen.tls: the certificate %s is valid from %s only, and here it is %s: is the clock right?", c.file, from.UTC().Format(time.RFC3339), now.UTC().Format(time.RFC3339))
	}
	return nil
}

// warning is what operators should know of the certificate; empty: nothing.
func (c *certificate) warning(now time.Time) string {
	if left := c.Leaf.NotAfter.Sub(now); !c.selfMade && left < expiresSoon {
		return fmt.Sprintf("the certificate %s ends at %s: renew it and start the bot again", c.file, c.Leaf.NotAfter.UTC().Format(time.RFC3339))
	}
	return ""
}

// pin is the hash by which endpoints name the certificate.
func (c *certificate) pin() string {
	sum := sha256.Sum256(c.Leaf.Raw)
	return "sha256=" + hex.EncodeToString(sum[:])
}

// trusted says whether this system vouches for the certificate under a name, so
// that plugins need no pin and a renewal changes nothing for them.
func (c *certificate) trusted(host string, now time.Time) bool {
	if c.selfMade {
		return false
	}
	between := x509.NewCertPool()
	for _, raw := range c.Certificate.Certificate[1:] {
		if parsed, err := x509.ParseCertificate(raw); err == nil {
			between.AddCert(parsed)
		}
	}
	_, err := c.Leaf.Verify(x509.VerifyOptions{DNSName: host, Intermediates: between, Roots: c.roots, CurrentTime: now})
	return err == nil
}

// makeCertificate makes a key and a certificate that signs itself.
func makeCertificate(cert, key string, names []string, now time.Time) error {
	secret, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return err
	}
	template := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: "OpenChatOps bot"},
		// A plugin whose clock is behind a little takes it as well.
		NotBefore: now.Add(-24 * time.Hour), NotAfter: now.Add(selfMadeLife),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true,
	}
	for _, name := range names {
		if ip := net.ParseIP(name); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, name)
		}
	}
	raw, err := x509.CreateCertificate(rand.Reader, template, template, &secret.PublicKey, secret)
	if err != nil {
		return err
	}
	encoded, err := x509.MarshalPKCS8PrivateKey(secret)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(cert), 0o700); err != nil {
		return err
	}
	if err := writeWhole(key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: encoded})); err != nil {
		return err
	}
	return writeWhole(cert, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: raw}))
}

// writeWhole writes a file that only the bot's user reads, all of it or nothing,
// on the disk when it returns.
func writeWhole(path string, content []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".new-*") // its mode is 0600
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}
