// go-oidc and golang.org/x/oauth2: a relying party that answers each line on standard input, as answering.py does.
package main

import (
	"bufio"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	oidc "github.com/coreos/go-oidc"
	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
)

type party struct {
	provider               *oidc.Provider
	config                 oauth2.Config
	state, nonce, verifier string
}

type asked struct {
	Call string `json:"call"`
	With struct {
		App                               map[string]string `json:"app"`
		Issuer, Code, State, Style, Scope string
	} `json:"with"`
}

var parties = map[string]*party{}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		var one asked
		said := map[string]any{}
		err := json.Unmarshal(lines.Bytes(), &one)
		if err == nil {
			said["returned"], err = answer(one)
		}
		if err != nil {
			said = map[string]any{"raised": told(err)}
		}
		out, _ := json.Marshal(said)
		fmt.Println(string(out))
	}
}

func answer(one asked) (any, error) {
	app, context := one.With.App, context.Background()
	switch one.Call {
	case "begin":
		return begin(context, app, one.With.Issuer, one.With.Style)
	case "finish":
		return finish(context, parties[app["appid"]], one.With.Code, one.With.State)
	case "machine":
		config := clientcredentials.Config{
			ClientID: app["appid"], ClientSecret: app["secret"],
			TokenURL: one.With.Issuer + "/oauth/token", Scopes: []string{one.With.Scope},
		}
		token, err := config.Token(context)
		if err != nil {
			return nil, err
		}
		return token.Extra("scope"), nil
	}
	return nil, errors.New("no such call: " + one.Call)
}

func begin(context context.Context, app map[string]string, issuer, style string) (any, error) {
	provider, err := oidc.NewProvider(context, issuer)
	if err != nil {
		return nil, err
	}
	styles := map[string]oauth2.AuthStyle{"header": oauth2.AuthStyleInHeader, "params": oauth2.AuthStyleInParams}
	endpoint := provider.Endpoint()
	endpoint.AuthStyle = styles[style] // neither: it finds out by itself
	one := &party{provider: provider, state: random(), nonce: random(), verifier: random(), config: oauth2.Config{
		ClientID: app["appid"], ClientSecret: app["secret"], RedirectURL: app["callback"], Endpoint: endpoint,
		Scopes: []string{oidc.ScopeOpenID, "profile", oidc.ScopeOfflineAccess},
	}}
	parties[app["appid"]] = one
	digest := sha256.Sum256([]byte(one.verifier))
	return one.config.AuthCodeURL(one.state, oidc.Nonce(one.nonce),
		oauth2.SetAuthURLParam("code_challenge", base64.RawURLEncoding.EncodeToString(digest[:])),
		oauth2.SetAuthURLParam("code_challenge_method", "S256")), nil
}

func finish(context context.Context, one *party, code, state string) (any, error) {
	if state != one.state {
		return nil, errors.New("state did not match")
	}
	token, err := one.config.Exchange(context, code, oauth2.SetAuthURLParam("code_verifier", one.verifier))
	if err != nil {
		return nil, err
	}
	raw, _ := token.Extra("id_token").(string)
	algs := []string{oidc.RS256, oidc.ES256}
	checking := one.provider.Verifier(&oidc.Config{ClientID: one.config.ClientID, SupportedSigningAlgs: algs})
	idToken, err := checking.Verify(context, raw)
	if err != nil {
		return nil, err
	}
	if idToken.Nonce != one.nonce {
		return nil, errors.New("nonce did not match")
	}
	if err := idToken.VerifyAccessToken(token.AccessToken); err != nil {
		return nil, err
	}
	profile, err := one.provider.UserInfo(context, oauth2.StaticTokenSource(token))
	if err != nil {
		return nil, err
	}
	var claims map[string]any
	if err := profile.Claims(&claims); err != nil {
		return nil, err
	}
	old := &oauth2.Token{RefreshToken: token.RefreshToken}
	fresh, err := one.config.TokenSource(context, old).Token()
	if err != nil {
		return nil, err
	}
	renewed := fresh.AccessToken != token.AccessToken
	return map[string]any{"sub": idToken.Subject, "profile": claims, "renewed": renewed}, nil
}

func told(err error) map[string]any {
	kind := fmt.Sprintf("%T", err)
	return map[string]any{"kind": kind, "kinds": []string{kind}, "text": err.Error(), "fields": map[string]any{}}
}

func random() string {
	bytes := make([]byte, 32)
	if _, err := rand.Read(bytes); err != nil {
		panic(err)
	}
	return base64.RawURLEncoding.EncodeToString(bytes)
}
