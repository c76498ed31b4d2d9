package plugin_test

import (
	"strings"
	"testing"
	"time"

	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/delivery"
	"github.com/openchatops/oco/internal/plugin"
)

// A code works once (OCO-SEC-17).
func TestACodeMakesOneOperator(t *testing.T) {
	r := newRows()
	claims := must[*plugin.Claims](t)(plugin.LoadClaims(r, clock()))
	code, validFor, refused := claims.CreateClaim()
	if refused != nil || validFor <= 0 {
		t.Fatal(refused, validFor)
	}
	for _, wrong := range []string{"", code + "x", code[1:]} {
		if _, ok := claims.Redeem(wrong, "user:1:mallory"); ok {
			t.Fatalf("%q was taken", wrong)
		}
	}
	w, ok := claims.Redeem(" "+code+" ", "user:1:alice")
	if !ok || len(claims.Users()) != 0 {
		t.Fatal("the code was not taken, or took effect before it was durable")
	}
	if _, ok := claims.Redeem(code, "user:1:mallory"); ok {
		t.Fatal("the code was taken twice")
	}
	if err := r.put(t.Context(), []delivery.Write{w}); err != nil {
		t.Fatal(err)
	}
	if users := claims.Confirm("user:1:alice"); len(users) != 1 {
		t.Fatal(users)
	}
	again := must[*plugin.Claims](t)(plugin.LoadClaims(r, clock()))
	if users := again.Users(); len(users) != 1 || users[0] != "user:1:alice" {
		t.Fatalf("after a restart: %v", users)
	}
}

// A code works for a limited time (OCO-SEC-17).
func TestCodesEndAndAreFew(t *testing.T) {
	at := time.Unix(0, 0)
	claims := must[*plugin.Claims](t)(plugin.LoadClaims(newRows(), func() time.Time { return at }))
	code, validFor, _ := claims.CreateClaim()
	var refused *chat.Error
	for range 100 {
		if _, _, refused = claims.CreateClaim(); refused != nil {
			break
		}
	}
	if refused == nil || refused.Reason != chat.QuotaExceeded {
		t.Fatalf("codes are not bounded: %v", refused)
	}
	at = at.Add(validFor)
	if _, ok := claims.Redeem(code, "user:1:alice"); ok {
		t.Fatal("an old code was taken")
	}
	if _, _, refused = claims.CreateClaim(); refused != nil {
		t.Fatal(refused)
	}
}

func TestAVoidCodeMakesNobody(t *testing.T) {
	claims := must[*plugin.Claims](t)(plugin.LoadClaims(newRows(), clock()))
	code, _, _ := claims.CreateClaim()
	if claims.Void("claim-") || !claims.Void(" "+strings.ToUpper(code)) || claims.Void(code) {
		t.Error("a code is void once, in any case")
	}
	if _, ok := claims.Redeem(code, "user:1:alice"); ok {
		t.Error("a void code was taken")
	}
}

func TestOnlyAUserRedeems(t *testing.T) {
	claims := must[*plugin.Claims](t)(plugin.LoadClaims(newRows(), clock()))
	code, _, _ := claims.CreateClaim()
	if _, ok := claims.Redeem(code, ""); ok {
		t.Fatal("nobody became an operator")
	}
}
