# SPDX-License-Identifier: Apache-2.0
# A thin face over the CMake presets. `make help` lists what there is.
# Options: ARGS="…" for noctule sweep, JOBS=n, TESTS=n at once, FUZZ_SECONDS=n.
JOBS ?= $(shell nproc 2>/dev/null || echo 2)
# One test more than processors: some wait for clocks and servers.
TESTS ?= $(shell echo $$(($(JOBS) + 1)))
FUZZ_SECONDS ?= 60
PREFIX ?= /usr/local
# Sanitizers of this age lose their shadow memory to the address randomisation of newer kernels.
FIXED := $(shell setarch -R true 2>/dev/null && echo setarch -R)
# A preset, and the targets to build when not all.
BUILD = cmake --preset $(1) >/dev/null && cmake --build --preset $(1) -j $(JOBS) $(if $(2),--target $(2))

.DEFAULT_GOAL := build
.PHONY: build sweep check asan tsan aarch64 fuzz format tidy install clean help setup \
	setup-check chroot-check analyze bisect-table bisect-proof faults story killed

build: ## build both programs into build/release
	@$(call BUILD,release)

setup: ## install the packages that building needs
	@scripts/setup build

setup-check:
	@scripts/setup build check

sweep: setup ## sweep every bundled model: setup, build, noctule sweep $(ARGS)
	@$(call BUILD,release,noctule noctule-engine)
	@./build/release/noctule sweep $(ARGS)

check: setup-check ## all tests: release, under ASan+UBSan and TSan with clang, kernels for Arm
	@$(call BUILD,release)
	@ctest --preset release -j $(TESTS)
	@$(MAKE) --no-print-directory asan tsan aarch64

asan: setup-check ## the tests under AddressSanitizer and UndefinedBehaviorSanitizer
	@$(call BUILD,asan)
	@$(FIXED) ctest --preset asan -j $(TESTS)

tsan: setup-check ## the tests of what has threads, the engine, under ThreadSanitizer
	@$(call BUILD,tsan)
	@$(FIXED) ctest --preset tsan -j $(TESTS)

# Where the machine is one itself, the other tests have run them.
aarch64: setup-check ## the kernels for 64-bit Arm: cross-compiled, tested in an emulator
ifneq ($(shell uname -m),aarch64)
	@$(call BUILD,aarch64)
	@ctest --preset aarch64 -j $(TESTS)
endif

fuzz: setup-check ## FUZZ_SECONDS of libFuzzer on each target; finds stay in build/fuzz
	@$(call BUILD,fuzz)
	@$(FIXED) scripts/fuzz build/fuzz $(FUZZ_SECONDS)

bisect-table: ## noctule bisect and git bisect on made-up histories, into docs/bisect.md
	@$(call BUILD,release,bisect_table)
	@build/release/tests/bisect_table >build/bisect-table
	@tests/bisect/docs.sh bisect-table docs/bisect.md <build/bisect-table

bisect-proof: ## noctule bisect on this repository, with real builds, into docs/bisect.md
	@$(call BUILD,release,noctule)
	@tests/bisect/proof.sh build/release/noctule . build/bisect-proof >build/bisect-proof.md
	@tests/bisect/docs.sh bisect-proof docs/bisect.md <build/bisect-proof.md

story: ## a faulty kernel in a clone: swept, named, bisected, taken back by a pull request, merged
	@$(call BUILD,release,noctule forge_server)
	@tests/story/run.sh build/release/noctule build/release/tests . build/story

killed: ## noctule fix, killed 100 times at random moments, loses nothing
	@$(call BUILD,release,noctule forge_server)
	@tests/fix/killed.sh build/release/noctule build/release/tests . build/killed 100

faults: ## plant faults, see what finds and explains them, into docs/faults.md; takes $(ARGS)
	@$(call BUILD,release,noctule)
	@nice tests/faults/run --jobs $(JOBS) $(ARGS)

tidy: ## the rules a reader would otherwise have to remember
	@tests/tidy.sh .

analyze: setup-check ## every check of .clang-tidy, those that walk all paths of a function, too
	@$(call BUILD,release)
	@tests/clang_tidy.sh . build/release

format: ## lay the sources out as .clang-format says
	@git ls-files -co --exclude-standard '*.[ch]' | xargs clang-format-14 -i

install: build ## install both programs, the library, its header and pkg-config file in PREFIX
	@cmake --install build/release --prefix "$(PREFIX)"

chroot-check: ## prove `make sweep` and `make check` in a bare Debian 12 (root, network)
	@scripts/chroot-check

clean: ## remove everything that was built
	@rm -rf build

help: ## this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
