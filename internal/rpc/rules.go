package rpc

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/openchatops/oco/internal/chat"
	"github.com/openchatops/oco/internal/plugin"
)

// A rule says which roles may call a method; what is not said is refused.
// The text of a role is the scope that it needs, empty for none.
type rule map[chat.Role]string

func everyone() rule {
	return rule{chat.RoleHandler: "", chat.RoleAdapter: "", chat.RoleOperator: "", chat.RoleClient: ""}
}

func plugins() rule   { return rule{chat.RoleHandler: "", chat.RoleAdapter: ""} }
func adapters() rule  { return rule{chat.RoleAdapter: ""} }
func operators() rule { return rule{chat.RoleOperator: ""} }

// reader is what handlers and clients may do by scope, and operators.
func reader(scope string) rule {
	return rule{chat.RoleHandler: scope, chat.RoleClient: scope, chat.RoleOperator: ""}
}

const (
	bot     = "/openchatops.v1.BotService/"
	deliver = "/openchatops.v1.DeliveryService/"
	chats   = "/openchatops.v1.ChatService/"
	adapter = "/openchatops.v1.AdapterService/"
	admin   = "/openchatops.v1.AdminService/"
	storage = "/openchatops.v1.StorageService/"
	healths = "/grpc.health.v1.Health/"
)

// rules has one rule for every method that is served (OCO-SEC-2).
var rules = map[string]rule{
	bot + "GetBotInfo":   everyone(),
	bot + "Register":     plugins(),
	bot + "Unregister":   plugins(),
	bot + "ListCommands": {chat.RoleHandler: plugin.CommandsRead, chat.RoleAdapter: "", chat.RoleOperator: ""},

	deliver + "Subscribe": plugins(),
	deliver + "Pull":      plugins(),
	deliver + "Leave":     plugins(),
	deliver + "Complete":  plugins(),
	deliver + "Heartbeat": plugins(),
	deliver + "Attach":    plugins(),

	// By scope, which depends on where the message goes: SendMessage asks.
	chats + "SendMessage": {chat.RoleHandler: "", chat.RoleClient: "", chat.RoleOperator: ""},
	chats + "GetUser":     reader(plugin.UsersRead),
	chats + "ListUsers":   reader(plugin.UsersRead),
	chats + "ListRooms":   reader(plugin.RoomsRead),

	// By scope, which depends on whose message it is: the methods ask.
	chats + "UpdateMessage": {chat.RoleHandler: "", chat.RoleClient: "", chat.RoleOperator: ""},
	chats + "DeleteMessage": {chat.RoleHandler: "", chat.RoleClient: "", chat.RoleOperator: ""},
	chats + "SetReaction":   {chat.RoleHandler: "", chat.RoleClient: "", chat.RoleOperator: ""},
	chats + "SetTyping":     {chat.RoleHandler: "", chat.RoleClient: "", chat.RoleOperator: ""},
	// By scope, which depends on whom it is about: the methods ask.
	chats + "SetMembership": {chat.RoleHandler: "", chat.RoleClient: "", chat.RoleOperator: ""},
	chats + "UpdateRoom":    reader(plugin.RoomsManage),
	chats + "GetRoom":       reader(plugin.RoomsRead),
	chats + "ListMembers":   reader(plugin.RoomsRead),

	// By scope, which depends on the namespace: the methods ask.
	storage + "Get":      {chat.RoleHandler: "", chat.RoleClient: "", chat.RoleOperator: ""},
	storage + "List":     {chat.RoleHandler: "", chat.RoleClient: "", chat.RoleOperator: ""},
	storage + "Transact": {chat.RoleHandler: "", chat.RoleClient: "", chat.RoleOperator: ""},

	adapter + "PublishEvents": adapters(),
	adapter + "AnswerQueries": adapters(),
	adapter + "ReportStatus":  adapters(),

	admin + "GetStatus":      reader(plugin.StatusRead),
	admin + "ListPlugins":    operators(),
	admin + "ListRoutes":     operators(),
	admin + "ListDeliveries": operators(),
	admin + "ShowRecord":     operators(),
	admin + "RetryDelivery":  operators(),
	admin + "DropDelivery":   operators(),
	admin + "CancelDelivery": operators(),
	admin + "CreateClaim":    operators(),
	admin + "CreateKey":      operators(),
	admin + "RevokeKey":      operators(),
	admin + "ListKeys":       operators(),
	admin + "SetPaused":      operators(),
	admin + "Reload":         operators(),
	admin + "RestartPlugin":  operators(),
	admin + "Backup":         operators(),
	admin + "ForgetUser":     operators(),
	admin + "MatchMessage":   operators(),
}

// besides are the rules of services that are not the bot's own and are served
// by gRPC alone.
var besides = map[string]rule{
	healths + "Check": everyone(),
	healths + "Watch": everyone(),
	healths + "List":  everyone(),

	"/grpc.reflection.v1.ServerReflection/ServerReflectionInfo":      operators(),
	"/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo": operators(),
}

// permit says whether the holder of an identity may call a method.
func permit(id plugin.Identity, method string, all map[string]rule) *chat.Error {
	r, known := all[method]
	scope, allowed := r[id.Role]
	switch {
	case !known:
		return chat.Refuse(chat.RoleForbidden, "there is no method %.200q that anybody may call", method).
			With("role", id.Role.String()).With("method", strings.TrimPrefix(method, "/"))
	case !allowed:
		return chat.Refuse(chat.RoleForbidden, "%s may not call %s: its key is for the role %s", id.Name, strings.TrimPrefix(method, "/"), id.Role).
			With("role", id.Role.String()).With("method", strings.TrimPrefix(method, "/"))
	case scope != "" && !id.May(scope):
		return missing(id, scope)
	}
	return nil
}

func missing(id plugin.Identity, scope string) *chat.Error {
	return chat.Refuse(chat.ScopeMissing, "%s lacks the scope %s: the operator grants it", id.Name, scope).With("scope", scope)
}

// CheckRules fails if a method that is served has no rule, or if a rule is for
// none. methods read "/package.Service/Method".
func CheckRules(methods []string) error { return checkRules(methods, rules) }

func checkRules(methods []string, all map[string]rule) error {
	served := map[string]bool{}
	var problems []string
	for _, method := range methods {
		served[method] = true
		if _, ok := all[method]; !ok {
			problems = append(problems, method+" is served without a rule")
		}
	}
	for _, method := range slices.Sorted(maps.Keys(all)) {
		if !served[method] {
			problems = append(problems, method+" has a rule and is not served")
		}
	}
	if len(problems) > 0 {
		return fmt.Errorf("rpc: who may call what: %s", strings.Join(problems, "; "))
	}
	return nil
}
