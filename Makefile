# make alone prints what there is.
SHELL := bash
.DEFAULT_GOAL := help
GO ?= go
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null)
export CGO_ENABLED ?= 0

.PHONY: help
help: ## Print the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: build
build: ## Build bin/oco
	@tools/prerequisites.sh go
	$(GO) build -trimpath -ldflags "-X main.version=$(VERSION)" -o bin/oco ./cmd/oco

.PHONY: run
run: build ## Build the bot and talk to it in this terminal
	@bin/oco

.PHONY: test
test: ## Run every test: Go, with the race detector too, Python and curl clients
	tools/test.sh

.PHONY: torture
torture: ## Run the crash and fault tests at full length
	@tools/prerequisites.sh go
	OCO_TORTURE=1 $(GO) test -count=1 -timeout 60m -run 'Torture|Crash|Kill|Fault' ./...

.PHONY: lint
lint: ## Check format, vet, staticcheck, the protocol's style, known vulnerabilities
	tools/lint.sh

.PHONY: generate
generate: ## Generate Go from proto/ and internal/record/record.proto
	tools/generate.sh

.PHONY: checkgenerate
checkgenerate: generate ## Generate, and fail if that changes anything
	git diff --exit-code -- gen internal/record
	@test -z "$$(git ls-files --others --exclude-standard -- gen internal/record)" || \
		{ echo "generated and not tracked:"; git ls-files --others --exclude-standard -- gen internal/record; exit 1; }

.PHONY: bench
bench: ## Run the benchmarks
	@tools/prerequisites.sh go
	$(GO) test -run '^$$' -bench . -benchmem ./...

.PHONY: clean
clean: ## Remove what was built, not what the bot stored
	rm -rf bin build .venv
