# make alone prints what there is.
SHELL := bash
.DEFAULT_GOAL := help
GO ?= go
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null)
generated := gen internal/record bench/chain/yardstick bench/languages/python/yardstick_pb2.py bench/languages/typescript/yardstick_pb.ts sdk/typescript/src/gen sdk/python/openchatops/v1 docs/reference-*.md
export CGO_ENABLED ?= 0

.PHONY: help
help: ## Print the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: build
build: ## Build bin/oco
	@tools/prerequisites.sh go
	$(GO) build -ldflags "-X main.version=$(VERSION)" -o bin/oco ./cmd/oco

.PHONY: run
run: build ## Build the bot and talk to it in this terminal
	@bin/oco

.PHONY: packages
packages: ## Build the libraries for Python and TypeScript into build/packages
	@tools/prerequisites.sh python node
	@tools/python.sh pack build/packages/python
	@tools/typescript.sh pack build/packages/typescript

.PHONY: test
test: ## Run every test: Go, with the race detector too, Python, TypeScript and curl clients
	tools/test.sh

.PHONY: torture
torture: ## Run the long proofs, or those of PROOFS, and print their figures: long
	@tools/torture.sh $(PROOFS)

.PHONY: fuzz
fuzz: ## Fuzz every target, or those of PACKAGES, for FUZZTIME (10m) each: hours
	@FUZZTIME=$(FUZZTIME) tools/fuzz.sh $(PACKAGES)

.PHONY: lint
lint: ## Check format, vet, staticcheck, the protocol's style, known vulnerabilities
	tools/lint.sh

# What must not be wrong: every statement is run by the package's own tests or
# explained, and of the mutants 85 % are noticed by them.
proven := internal/authz internal/store internal/store/pebblestore internal/delivery

.PHONY: coverage
coverage: ## Fail at a statement of store, delivery or authz that is neither run nor explained
	@tools/prerequisites.sh go
	$(GO) -C tools run ./uncovered .. $(proven)

.PHONY: mutate
mutate: ## Change store, delivery and authz in a thousand places and count what the tests notice
	@tools/prerequisites.sh go
	nice -n 15 $(GO) -C tools run ./mutate $(MUTATEFLAGS) .. $(proven)

.PHONY: generate
generate: ## Generate Go, Python and TypeScript from proto/, and Go from internal/record/record.proto
	tools/generate.sh

.PHONY: docs
docs: ## Write the reference pages in docs/ from the code
	@tools/prerequisites.sh go
	$(GO) run ./cmd/oco reference docs

.PHONY: checkgenerate
checkgenerate: generate docs ## Generate, and fail if that changes anything
	git diff --exit-code -- $(generated)
	@test -z "$$(git ls-files --others --exclude-standard -- $(generated))" || \
		{ echo "generated and not tracked:"; git ls-files --others --exclude-standard -- $(generated); exit 1; }

.PHONY: bench
bench: ## Measure the round trip beside a bare chain of three programs: about four minutes
	@tools/prerequisites.sh go
	$(GO) run ./bench/chain $(BENCHFLAGS)

.PHONY: flood
flood: ## Attack the bot in every way a plugin can, 30 s each: about 35 minutes
	@tools/prerequisites.sh go
	$(GO) run ./bench/flood $(FLOODFLAGS)

.PHONY: soak
soak: ## Run mixed traffic for an hour, or ten million messages, and look what grows
	@tools/prerequisites.sh go
	$(GO) run ./bench/soak $(SOAKFLAGS)

.PHONY: benchstore
benchstore: ## Measure the store for plugins beside Pebble alone, with ratios: about three minutes
	tools/benchstore.sh

.PHONY: benchmatch
benchmatch: ## Measure how routes are found beside a scan, come and go, and what attacks cost: about two minutes
	@tools/prerequisites.sh go
	$(GO) run ./bench/match $(BENCHFLAGS)

.PHONY: benchlanguages
benchlanguages: ## Measure handlers in Go, Python and TypeScript beside bare gRPC echoes of each language: about three minutes
	@tools/prerequisites.sh go python node
	$(GO) run ./bench/languages $(BENCHFLAGS)

.PHONY: picture
picture: ## Run the bot in a pseudo terminal and draw docs/terminal.svg
	@tools/prerequisites.sh go
	$(GO) test -count=1 -run '^TestTheBotInATerminal$$' ./e2e -update
	$(GO) run -C tools ./picture ../e2e/testdata/terminal.screen ../docs/terminal.svg

.PHONY: clean
clean: ## Remove what was built, not what the bot stored
	rm -rf bin build .venv
