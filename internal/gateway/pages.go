package gateway

import (
	"encoding/json"
	"mime"
	"net/http"
	"slices"
	"strings"

	"connectrpc.com/connect/v2"
	"google.golang.org/grpc/codes"

	"github.com/openchatops/oco/gen/openchatops/v1/ocov1connect"
	"github.com/openchatops/oco/internal/rpc"
)

// kinds are the content types of the protocols that are served.
var kinds = []string{
	"application/json", "application/proto",
	"application/connect+json", "application/connect+proto",
	"application/grpc", "application/grpc+proto", "application/grpc+json",
	"application/grpc-web", "application/grpc-web+proto", "application/grpc-web+json",
}

// explain refuses requests that no protocol knows with a sentence: Connect
// answers them by a bare number. streams are the paths of methods that are streams.
func explain(streams map[string]connect.StreamType, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasPrefix(r.URL.Path, "/openchatops.") || r.Method == http.MethodGet && r.URL.Query().Has("encoding") {
			next.ServeHTTP(w, r)
			return
		}
		if strings.Count(r.URL.Path, "/") < 2 {
			lost(w, r)
			return
		}
		if r.Method != http.MethodPost {
			w.Header().Set("Allow", http.MethodPost)
			say(w, http.StatusMethodNotAllowed, "unimplemented", "a method is called by POST, not by "+r.Method)
			return
		}
		kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
		if err != nil || !slices.Contains(kinds, kind) {
			say(w, http.StatusUnsupportedMediaType, "invalid_argument", "the header content-type must say what the body is: for JSON application/json")
			return
		}
		switch stream := streams[r.URL.Path]; {
		case stream == connect.StreamTypeBidi && r.ProtoMajor < 2:
			say(w, http.StatusNotImplemented, "unimplemented", "this method is served by gRPC alone: here it is Subscribe or Pull, and calls beside it")
		case stream != 0 && (kind == "application/json" || kind == "application/proto"):
			say(w, http.StatusUnsupportedMediaType, "invalid_argument", "this method answers with a stream, which needs the content type application/connect+json; with application/json deliveries come by Pull")
		default:
			next.ServeHTTP(w, r)
		}
	})
}

// lost answers paths that there are not.
func lost(w http.ResponseWriter, _ *http.Request) {
	say(w, http.StatusNotFound, "unimplemented", "there is nothing here: a method has the path /openchatops.v1.SERVICE/METHOD, and /healthz and /readyz tell how the bot is")
}

func healthy(w http.ResponseWriter, _ *http.Request) {
	answer(w, http.StatusOK, map[string]string{"status": "ok"})
}

func ready(isReady func() (bool, string)) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		if ok, why := isReady(); !ok {
			answer(w, http.StatusServiceUnavailable, map[string]string{"status": "not ready", "why": why})
			return
		}
		answer(w, http.StatusOK, map[string]string{"status": "ready"})
	}
}

// readers lets those through who may ask how the bot is: operators, and who has
// the scope status.read.
func readers(core *rpc.Core, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, end, err := enter(r.Context(), core, ocov1connect.AdminServiceGetStatusProcedure, r.Header.Values("Authorization"))
		switch refused := rpc.Status(err); {
		case err == nil:
			defer end()
			next.ServeHTTP(w, r.WithContext(ctx))
		case refused.Code() == codes.Unauthenticated:
			say(w, http.StatusUnauthorized, "unauthenticated", refused.Message())
		case refused.Code() == codes.PermissionDenied:
			say(w, http.StatusForbidden, "permission_denied", refused.Message())
		default:
			say(w, http.StatusTooManyRequests, "resource_exhausted", refused.Message())
		}
	})
}

// say answers with an error as Connect writes them.
func say(w http.ResponseWriter, status int, code, message string) {
	answer(w, status, map[string]string{"code": code, "message": message})
}

func answer(w http.ResponseWriter, status int, body map[string]string) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	// An error here says that the caller went away: there is nobody to tell.
	_ = json.NewEncoder(w).Encode(body)
}
