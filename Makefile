# qsg: the one Makefile, written by hand.
#
#   make                 build/release/qsg
#   make check           what every commit passes (about three minutes)
#   make help            every target and its settings
#
# Variants live beside each other under build/: release (what is shipped),
# debug (tests), asan, tsan, fuzz, coverage. V=1 shows the commands.

VERSION := 0.1.0
B := build
PREFIX := /usr/local
CC := gcc
CLANG := clang
CLANG_TIDY := clang-tidy
CLANG_FORMAT := clang-format
PROTOC_C := protoc-c
SCDOC := scdoc
PKG_CONFIG := pkg-config
SEEDS := 200
ASAN_SEEDS := 20
FUZZ_SECONDS := 10
FORKS := 500
SOAK_MUTATIONS := 1000000
SOAK_FORKS := 10000
SOAK_RESTORES := 1000
SOAK_HISTORIES := 10000
SOAK_WALKS := 100000
SOAK_SUMMITS := 1000
SUMMIT_SEEDS := 30
CHECK_E2E := smoke basic sharing grants erasure summit
SIM_WRAPS := -Wl,--wrap=crypto_sign_verify_detached \
	-Wl,--wrap=crypto_core_ed25519_is_valid_point
UNIT_WRAPS := -Wl,--wrap=_tcase_add_test
TSAN_SUITES := queue link outbound zap resolve pump api serve http

MAKEFLAGS += --no-builtin-rules --no-print-directory
ifeq ($(MAKELEVEL),0)
MAKEFLAGS += -j$(shell nproc)
endif
SHELL := /bin/bash
.SHELLFLAGS := -o pipefail -c
.DELETE_ON_ERROR:
.SECONDARY:
.DEFAULT_GOAL := all

Q := $(if $(V),,@)
say = $(if $(V),,@printf '  %-8s %s\n' $(1) $(2))
skip = @echo "skipped: $(1)"

# ---- sources -------------------------------------------------------------

PROTOS := $(wildcard proto/*.proto)
MAIN_SRC := $(wildcard node/app/main.c)
LIB_SRC := $(sort $(filter-out node/app/main.c, \
	$(wildcard node/*/*.c) $(wildcard keys/*.c)))
UNIT_SRC := $(sort $(wildcard tests/unit/*.c tests/unit/*/*.c))
SIM_SRC := $(sort $(wildcard tests/sim/*.c))
FUZZ_SRC := $(sort $(wildcard tests/fuzz/fuzz_*.c))
FUZZ_HELP := $(sort $(filter-out $(FUZZ_SRC),$(wildcard tests/fuzz/*.c)))
BENCH_SRC := $(sort $(wildcard tests/bench/*.c))
E2E_SRC := $(sort $(wildcard tests/e2e/*.c))
HEADERS := $(sort $(wildcard include/*/*.h tests/*/*.h tests/*/*/*.h))
ALL_SRC := $(LIB_SRC) $(MAIN_SRC) $(UNIT_SRC) $(SIM_SRC) $(FUZZ_SRC) \
	$(FUZZ_HELP) $(BENCH_SRC) $(E2E_SRC)

GEN_H := $(PROTOS:proto/%.proto=$(B)/gen/%.pb-c.h)
GEN_NAMES := $(PROTOS:proto/%.proto=%.pb-c)
MAN_PAGES := $(patsubst node/app/man/%.scd,$(B)/man/%, \
	$(wildcard node/app/man/*.scd))
TIDY_SRC := $(ALL_SRC)

# ---- flags ---------------------------------------------------------------

LIBS_NAMED := libzmq libsodium sqlite3 libprotobuf-c jansson libcurl \
	libmicrohttpd libutf8proc inih
ifeq ($(filter help clean format,$(or $(MAKECMDGOALS),all)),)
PKG_CFLAGS := $(patsubst -I%,-isystem %, \
	$(shell $(PKG_CONFIG) --cflags $(LIBS_NAMED)))
PKG_LIBS := $(shell $(PKG_CONFIG) --libs $(LIBS_NAMED))
# Check is needed for the tests alone, so its absence is no error here.
CHECK_CFLAGS := $(patsubst -I%,-isystem %, \
	$(shell $(PKG_CONFIG) --cflags check 2>/dev/null))
CHECK_LIBS := $(shell $(PKG_CONFIG) --libs check 2>/dev/null)
CF_PROTECTION := $(shell $(CC) -Werror -fcf-protection -E -x c /dev/null \
	>/dev/null 2>&1 && echo -fcf-protection)
# Sanitizers of this age dislike a kernel's wide address randomisation.
SETARCH := $(shell setarch -R true 2>/dev/null && echo setarch -R)
endif

WARN := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes \
	-Wmissing-prototypes -Wvla -Wcast-qual -Wswitch-enum -Wformat=2 -Werror
CPPFLAGS_ALL := -Iinclude -isystem $(B)/gen $(PKG_CFLAGS) \
	-DQSG_VERSION='"$(VERSION)"'
CPPFLAGS_TEST := -DQSG_TEST=1 -Itests $(CHECK_CFLAGS)
LIBS := $(PKG_LIBS) -lcsv -lpthread -lm
SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=all

CC_release := $(CC)
FLAGS_release := -O2 -g -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 \
	-fstack-protector-strong $(CF_PROTECTION) -fPIE
LINK_release := -pie -Wl,-z,relro,-z,now

CC_debug := $(CC)
FLAGS_debug := -O1 -g -fno-omit-frame-pointer

CC_asan := $(CLANG)
FLAGS_asan := -O1 -g -fno-omit-frame-pointer $(SANITIZE)
LINK_asan := $(SANITIZE)

CC_tsan := $(CLANG)
FLAGS_tsan := -O1 -g -fno-omit-frame-pointer -fsanitize=thread
LINK_tsan := -fsanitize=thread

CC_fuzz := $(CLANG)
FLAGS_fuzz := -O1 -g -fno-omit-frame-pointer $(SANITIZE) \
	-fsanitize=fuzzer-no-link
LINK_fuzz := $(SANITIZE) -fsanitize=fuzzer

CC_coverage := $(CC)
FLAGS_coverage := -O0 -g --coverage
LINK_coverage := --coverage

VARIANTS := release debug asan tsan fuzz coverage
TEST_VARIANTS := debug asan tsan fuzz coverage
$(foreach v,$(TEST_VARIANTS),$(eval CPPFLAGS_$(v) := $(CPPFLAGS_TEST)))
CPPFLAGS_syntax := $(CPPFLAGS_TEST)

# ---- what to make --------------------------------------------------------

.PHONY: all debug check test sim sim-national sim-national-cut sim-summit forks soak \
	fuzz-build fuzz-smoke asan asan-unit asan-sim tsan bench bench-build mutants lint tidy syntax format \
	coverage e2e install uninstall clean help man compile FORCE

all: $(if $(MAIN_SRC),$(B)/release/qsg,no-main) $(B)/release/libqsg.a man

# The program and the test programs, for people who run tests by hand.
debug: $(if $(MAIN_SRC),$(B)/debug/qsg,no-main) $(B)/debug/libqsg.a \
	$(if $(UNIT_SRC),$(B)/debug/unit) $(if $(SIM_SRC),$(B)/debug/sim)

.PHONY: no-main no-man
no-main:
	$(call skip,the program qsg (node/app/main.c does not exist))
no-man:
	$(call skip,man pages (no node/app/man/*.scd or no scdoc))

help:
	@echo 'make [all]          build/release/qsg and the man pages'
	@echo 'make debug          build/debug/{qsg,unit,sim}, with QSG_TEST=1'
	@echo 'make check          build, syntax pass, unit, lint; some of sim and e2e'
	@echo 'make test           unit tests; SUITES="seal card" picks some,'
	@echo '                    QSG_TEST=name the one test of that name'
	@echo 'make sim            SEEDS=200 seeds, or one: SEED=17'
	@echo 'make sim-national   every group of the country, a month; SEED=1'
	@echo 'make sim-national-cut  two groups of it, a week'
	@echo 'make sim-summit     risk summits, 25 members; SEEDS=30, or SEED=17'
	@echo 'make forks          FORKS=500 of each kind, all to be found'
	@echo 'make soak           hours: SOAK_MUTATIONS=1000000 in all,'
	@echo '                    SOAK_FORKS=10000, SOAK_RESTORES=1000 of each,'
	@echo '                    SOAK_HISTORIES=10000 of a group, a provider and'
	@echo '                    a summit, SOAK_SUMMITS=1000 seeds of sim-summit,'
	@echo '                    SOAK_WALKS=100000 of records among five'
	@echo 'make e2e            real processes; E2E="name ..." picks some'
	@echo 'make fuzz-smoke     every fuzz target; FUZZ_SECONDS=10'
	@echo 'make asan | tsan    tests under the sanitizers'
	@echo 'make mutants        every patch of tests/mutants must be caught'
	@echo 'make lint           all lint scripts, clang-format, clang-tidy'
	@echo 'make bench          measures; writes build/bench.json'
	@echo 'make coverage       build/coverage/html/index.html'
	@echo 'make format         clang-format in place'
	@echo 'make install        PREFIX=/usr/local DESTDIR='
	@echo 'make uninstall | clean'

# ---- generated code ------------------------------------------------------

$(B)/gen/%.pb-c.c $(B)/gen/%.pb-c.h: proto/%.proto
	@mkdir -p $(@D)
	$(call say,PROTOC,$<)
	$(Q)$(PROTOC_C) --proto_path=proto --c_out=$(B)/gen $<

# A main for all suites, rewritten only when the set of suites changes.
$(B)/gen/suites.c: FORCE
	@mkdir -p $(@D)
	@./scripts/suites $(UNIT_SRC) >$@.new
	@cmp -s $@.new $@ && rm $@.new || mv $@.new $@

# ---- one set of rules for each variant -----------------------------------

# Writes $(1) to $@ if it differs, so that a changed flag or a vanished source
# rebuilds what depends on it and nothing else does.
remember = @mkdir -p $(@D); printf '%s\n' $(1) | cmp -s - $@ || \
	printf '%s\n' $(1) >$@

define variant
COMPILE_$(1) = $$(CC_$(1)) -std=c11 $$(WARN) $$(FLAGS_$(1)) \
	$$(CPPFLAGS_ALL) $$(CPPFLAGS_$(1))
LIB_OBJ_$(1) := $$(LIB_SRC:%.c=$(B)/$(1)/obj/%.o) \
	$$(GEN_NAMES:%=$(B)/$(1)/gen/%.o)

$(B)/$(1)/flags: FORCE
	$$(call remember,'$$(subst ','\'',$$(COMPILE_$(1)) $$(LINK_$(1)))')

$(B)/$(1)/lib.list: FORCE
	$$(call remember,$$(LIB_OBJ_$(1)))

$(B)/$(1)/obj/%.o: %.c $(B)/$(1)/flags | $$(GEN_H)
	@mkdir -p $$(@D)
	$$(call say,CC,$$(@:$(B)/%=%))
	$$(Q)$$(COMPILE_$(1)) -MD -MP -MT $$@ -MF $$(@:.o=.d) -c -o $$@ $$<

# Generated code is not ours to warn about.
$(B)/$(1)/gen/%.o: $(B)/gen/%.c $(B)/$(1)/flags | $$(GEN_H)
	@mkdir -p $$(@D)
	$$(call say,CC,$$(@:$(B)/%=%))
	$$(Q)$$(COMPILE_$(1)) -w -MD -MP -MT $$@ -MF $$(@:.o=.d) -c -o $$@ $$<

$(B)/$(1)/gen/suites.o: $(B)/gen/suites.c $(B)/$(1)/flags
	@mkdir -p $$(@D)
	$$(Q)$$(COMPILE_$(1)) -c -o $$@ $$<

$(B)/$(1)/libqsg.a: $$(LIB_OBJ_$(1)) $(B)/$(1)/lib.list
	$$(call say,AR,$$(@:$(B)/%=%))
	$$(Q)rm -f $$@ && ar rcs $$@ $$(LIB_OBJ_$(1))

$(B)/$(1)/qsg: $(B)/$(1)/obj/node/app/main.o $(B)/$(1)/libqsg.a
	$$(call say,LINK,$$(@:$(B)/%=%))
	$$(Q)$$(CC_$(1)) $$(FLAGS_$(1)) $$(LINK_$(1)) -o $$@ $$^ $$(LIBS)

$(B)/$(1)/unit: $$(UNIT_SRC:%.c=$(B)/$(1)/obj/%.o) \
		$(B)/$(1)/gen/suites.o $(B)/$(1)/libqsg.a
	$$(call say,LINK,$$(@:$(B)/%=%))
	$$(Q)$$(CC_$(1)) $$(FLAGS_$(1)) $$(LINK_$(1)) -o $$@ $$^ \
		$$(CHECK_LIBS) $$(LIBS) $$(UNIT_WRAPS)

# Many nodes in one process share the checking of signatures.
$(B)/$(1)/sim: $$(SIM_SRC:%.c=$(B)/$(1)/obj/%.o) $(B)/$(1)/libqsg.a
	$$(call say,LINK,$$(@:$(B)/%=%))
	$$(Q)$$(CC_$(1)) $$(FLAGS_$(1)) $$(LINK_$(1)) -o $$@ $$^ $$(LIBS) \
		$$(SIM_WRAPS)

# Helper programs of the end-to-end scripts.
$(B)/$(1)/e2e/%: $(B)/$(1)/obj/tests/e2e/%.o $(B)/$(1)/libqsg.a
	@mkdir -p $$(@D)
	$$(call say,LINK,$$(@:$(B)/%=%))
	$$(Q)$$(CC_$(1)) $$(FLAGS_$(1)) $$(LINK_$(1)) -o $$@ $$^ $$(LIBS)
endef
$(foreach v,$(VARIANTS),$(eval $(call variant,$(v))))

# The benchmarks drive the shipped program, so they are built like it.
$(B)/release/obj/tests/%.o: CPPFLAGS_release += -Itests

$(B)/release/bench/%: $(B)/release/obj/tests/bench/%.o $(B)/release/libqsg.a
	@mkdir -p $(@D)
	$(call say,LINK,$(@:$(B)/%=%))
	$(Q)$(CC_release) $(FLAGS_release) $(LINK_release) -o $@ $^ $(LIBS)

$(B)/fuzz/fuzz_%: $(B)/fuzz/obj/tests/fuzz/fuzz_%.o \
		$(FUZZ_HELP:%.c=$(B)/fuzz/obj/%.o) $(B)/fuzz/libqsg.a
	$(call say,LINK,$(@:$(B)/%=%))
	$(Q)$(CC_fuzz) $(FLAGS_fuzz) $(LINK_fuzz) -o $@ $^ $(LIBS)

# libFuzzer calls LLVMFuzzerTestOneInput, whose prototype no header gives.
$(B)/fuzz/obj/tests/fuzz/%.o: WARN += -Wno-missing-prototypes
$(B)/syntax/tests/fuzz/%.ok: WARN += -Wno-missing-prototypes

DEPFILES = $(foreach v,$(VARIANTS),$(ALL_SRC:%.c=$(B)/$(v)/obj/%.d) \
	$(GEN_NAMES:%=$(B)/$(v)/gen/%.d)) $(ALL_SRC:%.c=$(B)/syntax/%.d)
-include $(wildcard $(DEPFILES))

# ---- tests ---------------------------------------------------------------

# Sanitized, the randomised tests go the same ways less often.
ASAN_ENV := QSG_MUTATIONS=1000 QSG_FORKS=10 QSG_RESTORES=10 QSG_HISTORIES=100 \
	QSG_WALKS=40 QSG_EVERY=7 \
	ASAN_OPTIONS=detect_stack_use_after_return=1:strict_string_checks=1:detect_leaks=1 \
	UBSAN_OPTIONS=print_stacktrace=1
TSAN_ENV := TSAN_OPTIONS=suppressions=tests/tsan.supp:halt_on_error=1:second_deadlock_stack=1
NATIONAL_ARGS = $(if $(SEED),--seed $(SEED))
SIM_ARGS = $(if $(SEED),--seed $(SEED),--seeds $(1))

# A few suites a process, one process a core. What a test that failed leaves
# behind goes with the folder.
run_unit = TMPDIR=$$(mktemp -d -p $(if $(wildcard /dev/shm),/dev/shm,/tmp)) && \
	export TMPDIR QSG_HOMES=$$TMPDIR/homes && mkdir $$QSG_HOMES && \
	trap 'rm -rf "$$TMPDIR"' EXIT && printf '%s\n' $(or $(SUITES),$(shell ./scripts/suites --names \
	$(UNIT_SRC))) | $(1) xargs -n 3 -P "$$(nproc)" $(2) $< | \
	tee $(B)/unit.log; status=$$?; awk '/ passed, / { p += $$1; f += $$3 } \
	END { printf "in all: %d passed, %d failed\n", p, f }' $(B)/unit.log; \
	(exit $$status)

ifneq ($(UNIT_SRC),)
# Where all pass, scripts/mutants need not run them again to begin with.
test: $(B)/debug/unit
	$(Q)rm -f $<.passed
	$(Q)$(call run_unit)$(if $(SUITES)$(QSG_TEST),, && touch $<.passed)
forks: SUITES := many_forks
forks: $(B)/debug/unit
	$(Q)$(call run_unit,QSG_FORKS=$(FORKS))
# What the tests do a few times, many times: a process for each suite. The
# mutations are divided among six kinds; the archive's reader is one more.
SOAK_SUITES := many_forks recovery clones bundle_mutated receipts evidence note \
	checkpoint tlogproof tar group_random picture_random life_walk \
	summit_random
soak: $(B)/debug/unit $(if $(SIM_SRC),$(B)/debug/sim)
	$(Q)printf '%s\n' $(SOAK_SUITES) | \
		QSG_MUTATIONS=$$((($(SOAK_MUTATIONS) + 5) / 6)) \
		QSG_FORKS=$(SOAK_FORKS) QSG_RESTORES=$(SOAK_RESTORES) \
		QSG_HISTORIES=$(SOAK_HISTORIES) QSG_WALKS=$(SOAK_WALKS) \
		xargs -n 1 -P "$$(nproc)" $< >$(B)/soak.log 2>&1 || \
		{ grep -E ':[FE]:|seed' $(B)/soak.log; exit 1; }
	@grep -E 'seed|mutated|made|held against|restores:|clones:|histories:|walks:' $(B)/soak.log
	@echo 'soak: nothing accepted, every fork and every clone found'
	$(Q)$(MAKE) sim-summit SEEDS=$(SOAK_SUMMITS)
# A fork for each test would have the leak checker walk all there is each time;
# without, no test has a limit of its own.
asan-unit: $(B)/asan/unit
	$(Q)$(call run_unit,$(ASAN_ENV) CK_FORK=no,timeout 900 $(SETARCH))
else
test asan-unit forks soak:
	$(call skip,unit tests (no tests/unit/*/test_*.c))
endif

ifneq ($(SIM_SRC),)
sim: $(B)/debug/sim
	$(Q)$< $(call SIM_ARGS,$(SEEDS))
# Every group of the country for a month; and two groups, for a week.
sim-national: $(B)/debug/sim
	$(Q)$< national $(NATIONAL_ARGS)
sim-national-cut: $(B)/debug/sim
	$(Q)$< national --groups 2 --regions 1 --ccgs 20 --authorities 14 \
		--days 7 $(NATIONAL_ARGS)
# Risk summits of twenty-five members, in two parts for six hours.
SUMMIT_ARGS = $(if $(SEED),--seed $(SEED),--seeds \
	$(if $(filter command line,$(origin SEEDS)),$(SEEDS),$(SUMMIT_SEEDS)))
sim-summit: $(B)/debug/sim
	$(Q)$< summit $(SUMMIT_ARGS)
asan-sim: $(B)/asan/sim
	$(Q)$(ASAN_ENV) $(SETARCH) $< $(call SIM_ARGS,$(ASAN_SEEDS))
else
sim asan-sim sim-national sim-national-cut sim-summit:
	$(call skip,simulator (no tests/sim/*.c))
endif

asan:
	$(Q)$(MAKE) asan-unit
	$(Q)$(MAKE) asan-sim

# The suites that start threads, and one end-to-end script if it is there.
TSAN_PRESENT = $(filter $(TSAN_SUITES),$(shell ./scripts/suites --names \
	$(UNIT_SRC)))
TSAN_SMOKE := $(wildcard tests/e2e/smoke.sh)
tsan: $(if $(UNIT_SRC),$(B)/tsan/unit) \
		$(if $(and $(MAIN_SRC),$(TSAN_SMOKE)),$(B)/tsan/qsg)
	$(Q)if [ -n "$(TSAN_PRESENT)" ]; then \
		$(TSAN_ENV) $(SETARCH) $(B)/tsan/unit $(TSAN_PRESENT); \
	else echo "skipped: tsan (none of: $(TSAN_SUITES))"; fi
	$(Q)if [ -n "$(and $(MAIN_SRC),$(TSAN_SMOKE))" ]; then \
		$(subst =tests/,=$(CURDIR)/tests/,$(TSAN_ENV)) \
		QSG_VARIANT=tsan $(SETARCH) ./scripts/e2e smoke; \
	else echo "skipped: tsan end to end (no tests/e2e/smoke.sh)"; fi

FUZZ_BIN := $(FUZZ_SRC:tests/fuzz/%.c=$(B)/fuzz/%)
fuzz-build: $(FUZZ_BIN)
ifneq ($(FUZZ_SRC),)
fuzz-smoke: fuzz-build
	$(Q)$(SETARCH) ./scripts/fuzz $(B)/fuzz $(FUZZ_SECONDS) $(FUZZ_BIN)
else
fuzz-smoke:
	$(call skip,fuzz targets (no tests/fuzz/fuzz_*.c))
endif

ifneq ($(and $(MAIN_SRC),$(wildcard tests/e2e/*.sh)),)
e2e: $(B)/debug/qsg $(B)/debug/unit $(E2E_SRC:tests/e2e/%.c=$(B)/debug/e2e/%)
	$(Q)QSG_VARIANT=debug ./scripts/e2e $(E2E)
else
e2e:
	$(call skip,end to end (no tests/e2e/*.sh or no program))
endif

bench-build: $(if $(MAIN_SRC),$(B)/release/qsg) \
	$(BENCH_SRC:tests/bench/%.c=$(B)/release/bench/%)
BENCH_RUN := $(firstword $(wildcard scripts/bench tests/bench/run))
ifneq ($(BENCH_RUN),)
bench: bench-build
	$(Q)./$(BENCH_RUN) $(BENCH_ARGS)
else
bench: bench-build
	$(call skip,bench (no scripts/bench))
endif

# For scripts/mutants, which links by itself.
.PHONY: print-libs print-unit-wraps print-sim-wraps
print-libs:
	@echo '$(CHECK_LIBS) $(LIBS)'
print-unit-wraps:
	@echo '$(UNIT_WRAPS)'
print-sim-wraps:
	@echo '$(SIM_WRAPS)'

ifneq ($(wildcard tests/mutants/*.patch),)
mutants: debug
	$(Q)QSG_BUILD=$(B) ./scripts/mutants $(MUTANTS)
else
mutants:
	$(call skip,mutants (no tests/mutants/*.patch))
endif

coverage: $(if $(UNIT_SRC),$(B)/coverage/unit) \
		$(if $(SIM_SRC),$(B)/coverage/sim)
	$(Q)find $(B)/coverage -name '*.gcda' -delete
	$(Q)if [ -x $(B)/coverage/unit ]; then $(B)/coverage/unit; fi
	$(Q)if [ -x $(B)/coverage/sim ]; then \
		$(B)/coverage/sim $(call SIM_ARGS,$(ASAN_SEEDS)); fi
	$(Q)lcov -q -c -d $(B)/coverage/obj -o $(B)/coverage/all.info
	$(Q)lcov -q -e $(B)/coverage/all.info '*/node/*' '*/keys/*' \
		-o $(B)/coverage/qsg.info
	$(Q)genhtml -q $(B)/coverage/qsg.info -o $(B)/coverage/html
	@lcov --summary $(B)/coverage/qsg.info 2>&1 | tail -n 3
	@echo "written: $(B)/coverage/html/index.html"

# One stage after the other, so that their output stays apart; the sub-makes
# run in parallel inside. Of the simulators and the real processes a part:
# scripts/check has all of them.
check:
	$(Q)$(MAKE) all debug
	$(Q)$(MAKE) syntax
	$(Q)$(MAKE) test
	$(Q)$(MAKE) sim SEEDS=20
	$(Q)$(MAKE) sim-summit SEEDS=4
	$(Q)$(MAKE) lint
	$(Q)$(MAKE) e2e E2E="$(CHECK_E2E)"
	@echo 'check: all stages passed'

# ---- the other compiler, format and lint ---------------------------------

# A stamp for each file; its depfile names every header the file reads.
COMPILE_syntax = $(CLANG) -std=c11 $(WARN) -O1 $(CPPFLAGS_ALL) \
	$(CPPFLAGS_syntax)
$(B)/syntax/flags: FORCE
	$(call remember,'$(subst ','\'',$(COMPILE_syntax))')

$(B)/syntax/%.ok: %.c $(B)/syntax/flags | $(GEN_H)
	@mkdir -p $(@D)
	$(call say,SYNTAX,$<)
	$(Q)$(COMPILE_syntax) -MD -MP -MT $@ -MF $(@:.ok=.d) -fsyntax-only $<
	@touch $@

syntax: $(ALL_SRC:%.c=$(B)/syntax/%.ok)

# clang-tidy is slow: it runs again only for a file whose syntax stamp is new,
# that is when the file or one of its headers changed.
$(B)/tidy/%.ok: $(B)/syntax/%.ok .clang-tidy
	@mkdir -p $(@D)
	$(call say,TIDY,$*.c)
	$(Q)$(CLANG_TIDY) --quiet $*.c -- -std=c11 $(CPPFLAGS_ALL) \
		$(CPPFLAGS_syntax) >$(@:.ok=.log) 2>&1 || \
		{ grep -A2 -E ': (error|warning):' $(@:.ok=.log); exit 1; }
	@touch $@
$(patsubst %.c,$(B)/tidy/%.ok,$(filter tests/%,$(TIDY_SRC))): tests/.clang-tidy

tidy: $(TIDY_SRC:%.c=$(B)/tidy/%.ok)

lint:
	$(Q)status=0; ./scripts/lint/all || status=1; \
		$(MAKE) -k tidy || status=1; exit $$status

format:
	$(Q)$(CLANG_FORMAT) -i $(ALL_SRC) $(HEADERS)

# ---- man pages, installing, cleaning -------------------------------------

HAVE_SCDOC := $(shell command -v $(SCDOC))
man: $(if $(and $(HAVE_SCDOC),$(MAN_PAGES)),$(MAN_PAGES),no-man)

$(B)/man/%: node/app/man/%.scd
	@mkdir -p $(@D)
	$(call say,SCDOC,$<)
	$(Q)$(SCDOC) <$< >$@

BINDIR := $(DESTDIR)$(PREFIX)/bin
MANDIR := $(DESTDIR)$(PREFIX)/share/man
COMPLETIONDIR := $(DESTDIR)$(PREFIX)/share/bash-completion/completions
UNITDIR := $(DESTDIR)$(PREFIX)/lib/systemd/system
SCHEMADIR := $(DESTDIR)$(PREFIX)/share/qsg/schemas
SCHEMAS := $(sort $(wildcard proto/json/*.schema.json))

install: all
	$(Q)install -D -m 755 $(B)/release/qsg $(BINDIR)/qsg
	$(Q)for page in $(if $(HAVE_SCDOC),$(MAN_PAGES)); do \
		install -D -m 644 "$$page" \
			"$(MANDIR)/man$${page##*.}/$${page##*/}" || exit 1; done
	$(Q)[ ! -f scripts/completion/qsg.bash ] || install -D -m 644 \
		scripts/completion/qsg.bash $(COMPLETIONDIR)/qsg
	$(Q)[ ! -f scripts/packaging/qsg.service ] || install -D -m 644 \
		scripts/packaging/qsg.service $(UNITDIR)/qsg.service
	$(Q)[ -z "$(SCHEMAS)" ] || { install -d -m 755 $(SCHEMADIR) && \
		install -m 644 $(SCHEMAS) $(SCHEMADIR); }

uninstall:
	$(Q)rm -f $(BINDIR)/qsg $(COMPLETIONDIR)/qsg $(UNITDIR)/qsg.service
	$(Q)for page in $(MAN_PAGES); do \
		rm -f "$(MANDIR)/man$${page##*.}/$${page##*/}"; done
	$(Q)rm -f $(SCHEMAS:proto/json/%=$(SCHEMADIR)/%)
	$(Q)[ ! -d $(SCHEMADIR) ] || rmdir --ignore-fail-on-non-empty \
		$(SCHEMADIR) $(SCHEMADIR:/schemas=)

clean:
	$(Q)rm -rf $(B)
