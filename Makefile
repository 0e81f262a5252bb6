# mctools. `make demo` and `make test` do all set-up themselves; `make help` lists the targets.
CALLED := make
MAKEFILE := $(lastword $(MAKEFILE_LIST))
# Before the first program is started, which would be given the command line's variables.
include pipelines/rules.mk
.DEFAULT_GOAL := all

V ?= 0
SAN ?= 0
ISAL ?= 1
ONEDNN ?= 1
PREFIX ?= /usr/local
CC := $(if $(filter default,$(origin CC)),gcc,$(CC))
BUILD := build$(if $(filter 1,$(SAN)),/san)$(if $(filter thread,$(SAN)),/thread)
# A make of its own, with the jobs that this one was given, else as many as there are processors.
sub = $(MAKE) --no-print-directory $(if $(filter -j% --jobserver%,$(MAKEFLAGS)),,-j$$(nproc))
say = $(if $(filter 1,$(V)),,@printf '%-8s %s\n' $(1) '$(2)';)
at = $(if $(filter 1,$(V)),,@)

# --- what the machine has ------------------------------------------------------------------------------
ARCH := $(shell uname -m)
HAVE_ISAL := $(if $(filter 0,$(ISAL)),,$(shell pkg-config --exists libisal 2>/dev/null && echo 1))
# oneDNN has no pkg-config file everywhere: a program that starts it is built instead, with the flags all is built with.
ONEDNN_LIBS := -ldnnl -ldl
ONEDNN_PROBE := \#include <oneapi/dnnl/dnnl.h>\n\
\#if DNNL_CPU_THREADING_RUNTIME != DNNL_RUNTIME_OMP && DNNL_CPU_THREADING_RUNTIME != DNNL_RUNTIME_SEQ\n\
\#error unknown threads\n\#endif\nint main(void) { return dnnl_version() == 0; }\n
HAVE_ONEDNN := $(if $(filter 0,$(ONEDNN)),,$(shell printf '$(ONEDNN_PROBE)' | \
  $(CC) $(CPPFLAGS) $(CFLAGS) -x c - -o /dev/null $(LDFLAGS) $(ONEDNN_LIBS) 2>/dev/null && echo 1))
NEEDS := jansson libxxhash libutf8proc libpcre2-8 zlib openblas
LIBS := $(NEEDS) $(if $(HAVE_ISAL),libisal)
PKG_CFLAGS = $(shell pkg-config --cflags $(LIBS) 2>/dev/null)
PKG_LIBS = $(shell pkg-config --libs $(LIBS) 2>/dev/null)

# --- flags ---------------------------------------------------------------------------------------------
WARN := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wformat=2
CFLAGS ?= -O2 -g
ALL_CFLAGS = -std=c11 -D_POSIX_C_SOURCE=200809L -fno-math-errno -fno-trapping-math -ffp-contract=off -fopenmp-simd \
  -pthread $(WARN) -Iinclude $(if $(HAVE_ISAL),-DMC_ISAL) $(if $(HAVE_ONEDNN),-DMC_ONEDNN) \
  $(CPPFLAGS) $(PKG_CFLAGS) $(CFLAGS) $(SAN_CFLAGS)
ALL_LDFLAGS = $(SAN_CFLAGS) $(LDFLAGS)
ALL_LIBS = $(PKG_LIBS) $(if $(HAVE_ONEDNN),$(ONEDNN_LIBS)) -lm -pthread
SAN_CFLAGS := $(if $(filter 1,$(SAN)),-fsanitize=address -fsanitize=undefined -fno-sanitize-recover=all -fno-omit-frame-pointer) \
  $(if $(filter thread,$(SAN)),-fsanitize=thread -fno-omit-frame-pointer)

# --- programs and library ------------------------------------------------------------------------------
TOOLS := $(patsubst tools/%.c,%,$(wildcard tools/mc-*.c))
LIB_SRC := $(filter-out lib/nn/kern_impl.c,$(wildcard lib/*/*.c lib/*/*/*.c))
KERNELS := base $(if $(filter x86_64,$(ARCH)),v3 v4)
LIB_OBJ := $(LIB_SRC:%.c=$(BUILD)/%.o) $(KERNELS:%=$(BUILD)/lib/nn/kern_%.o)
LIB := $(BUILD)/libmc.a
BIN := $(TOOLS:%=$(BUILD)/bin/%)
PAGES := $(patsubst docs/man/%.md,$(BUILD)/man/%.1,$(wildcard docs/man/*.md))
COMPLETION := $(addprefix $(BUILD)/completion/,mctools.bash _mctools)
VERSION := $(shell sed -n 's/^.define MC_VERSION "\(.*\)"/\1/p' include/mc/cli.h)
# Of this version, as the newest entry of the package's changelog says.
DATE := $(shell date -ud "$$(sed -n 's/^ -- .*>  //p' tools/debian/changelog | head -n 1)" +%F)

.PHONY: all
all: $(if $(MISSING),deps-missing) $(BIN) $(BUILD)/bin/mctools $(PAGES) $(COMPLETION)

$(BUILD)/bin/%: $(BUILD)/tools/%.o $(LIB)
	$(call say,LD,$@) mkdir -p $(@D); $(CC) $(ALL_LDFLAGS) -o $@ $< $(LIB) $(ALL_LIBS)

$(BUILD)/bin/mctools: tools/mctools
	$(call say,COPY,$@) mkdir -p $(@D); cp $< $@

$(LIB): $(LIB_OBJ)
	$(call say,AR,$@) rm -f $@; ar rcs $@ $^

$(BUILD)/%.o: %.c $(BUILD)/flags
	$(call say,CC,$<) mkdir -p $(@D); $(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

# The kernels are one file compiled for several instruction sets; the program chooses when it starts.
KERN_FLAGS_base :=
KERN_FLAGS_v3 := -march=x86-64-v3
KERN_FLAGS_v4 := -march=x86-64-v4 -mprefer-vector-width=512
$(KERNELS:%=$(BUILD)/lib/nn/kern_%.o): $(BUILD)/lib/nn/kern_%.o: lib/nn/kern_impl.c $(BUILD)/flags
	$(call say,CC,$< ($*)) mkdir -p $(@D); \
	$(CC) $(ALL_CFLAGS) -O3 -ffp-contract=fast $(KERN_FLAGS_$*) -DMC_KERN=$* -MMD -MP -c -o $@ $<

# A change of compiler or flags rebuilds everything.
FLAGS_NOW := $(strip $(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) $(ALL_LIBS))
$(BUILD)/flags: $(if $(call same,$(FLAGS_NOW),$(call line_of,$(BUILD)/flags)),,FORCE)
	@mkdir -p $(@D); printf '%s\n' $(call quote,$(FLAGS_NOW)) > $@

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)

# --- manual pages and completion ------------------------------------------------------------------------
# From the tables of options that the programs print, those of the pipelines, and the prose of docs/man.
$(BUILD)/options/%.tsv: $(BUILD)/bin/%
	$(at)mkdir -p $(@D); $< --options > $@
page = awk -v page=$* -v version=$(VERSION) -v date=$(DATE) -f tools/man.awk
$(TOOLS:%=$(BUILD)/man/%.1): $(BUILD)/man/%.1: docs/man/%.md tools/man.awk $(BUILD)/options/%.tsv tools/debian/changelog
	$(call say,MAN,$@) mkdir -p $(@D); $(BUILD)/bin/$* --help | $(page) - $(BUILD)/options/$*.tsv $< > $@
# Plots that are figures by themselves: others load what they share.
FIGURES := $(patsubst plots/%.gp,%,$(shell grep -l '^\#   gnuplot -c plots/' plots/*.gp))
TABLES := pipelines/goals.tsv pipelines/variables.tsv
$(filter $(BUILD)/man/mctools%,$(PAGES)): $(BUILD)/man/%.1: docs/man/%.md tools/man.awk $(TABLES) tools/debian/changelog
	$(call say,MAN,$@) mkdir -p $(@D); $(page) $(TABLES) $< > $@
$(COMPLETION): $(BUILD)/completion/%: tools/completion/% tools/completion/rows.awk $(TABLES) \
  $(TOOLS:%=$(BUILD)/options/%.tsv)
	$(call say,TABLE,$@) mkdir -p $(@D); \
	awk -f tools/completion/rows.awk $(filter %.tsv,$^) > $@.rows; \
	sed -e '/^@ROWS@$$/{r $@.rows' -e 'd}' -e 's/@COMMANDS@/$(TOOLS)/' -e 's/@FIGURES@/$(FIGURES)/' $< > $@; rm $@.rows

# --- set-up --------------------------------------------------------------------------------------------
# Debian and Ubuntu: what is missing is installed, as root or by sudo where that asks for no password; else the line to
# run is printed. Elsewhere the list names what to install. Targets that set up go on in a second make, which sees the
# machine as it is then.
PACKAGES := $(strip gcc libc6-dev pkg-config libopenblas-dev zlib1g-dev libjansson-dev libxxhash-dev libutf8proc-dev \
  libpcre2-dev librandom123-dev libisal-dev libdnnl-dev gnuplot-nox libcmocka-dev bats python3 $(filter clang%,$(CC)))
has = $(shell command -v $(1) >/dev/null 2>&1 && echo 1)
MISSING := $(strip $(foreach p,$(firstword $(CC)) pkg-config gnuplot bats python3,$(if $(call has,$(p)),,$(p))) \
  $(foreach l,$(NEEDS) cmocka,$(shell pkg-config --exists $(l) 2>/dev/null || echo $(l))) \
  $(if $(wildcard /usr/include/Random123/philox.h /usr/local/include/Random123/philox.h),,Random123))
INSTALL_LINE = apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $(1)
define install
if ! command -v apt-get >/dev/null; then echo "please install: $(2) (Debian's names: $(1))" >&2; exit 1; fi; \
if [ "$$(id -u)" = 0 ]; then $(call INSTALL_LINE,$(1)) >/dev/null; \
elif sudo -n true 2>/dev/null; then sudo sh -c '$(call INSTALL_LINE,$(1))' >/dev/null; \
else echo "missing: $(2). Run this once: sudo sh -c '$(call INSTALL_LINE,$(1))'" >&2; exit 1; fi
endef

.PHONY: deps deps-missing
ifneq ($(MISSING),)
deps:
	@echo 'installing what is missing: $(MISSING)'; $(call install,$(PACKAGES),$(MISSING))
else
deps: ;
endif
deps-missing:
	@echo 'missing: $(MISSING). `make deps` installs it.' >&2; exit 1

# --- tests ---------------------------------------------------------------------------------------------
TEST_SRC := $(wildcard tests/lib/test_*.c)
TEST_BIN := $(TEST_SRC:tests/lib/%.c=$(BUILD)/tests/%) $(BUILD)/tests/dump
CMOCKA = $(shell pkg-config --libs cmocka)
$(BUILD)/tests/test_%: $(BUILD)/tests/lib/test_%.o $(LIB)
	$(call say,LD,$@) $(CC) $(ALL_LDFLAGS) -o $@ $< $(LIB) $(ALL_LIBS) $(CMOCKA)
$(BUILD)/tests/dump: $(BUILD)/tests/parity/dump.o $(LIB)
	$(call say,LD,$@) $(CC) $(ALL_LDFLAGS) -o $@ $< $(LIB) $(ALL_LIBS)

# Every case of tests/bad, through the targets of make fuzz.
FUZZ_OBJ := $(patsubst %.c,$(BUILD)/%.o,$(filter-out %/main.c %/mutate.c %/replay.c,$(wildcard tests/fuzz/*.c)))
TEST_BIN += $(BUILD)/tests/test_bad
$(BUILD)/tests/test_bad: $(BUILD)/tests/fuzz/replay.o $(FUZZ_OBJ) $(LIB)
	$(call say,LD,$@) mkdir -p $(@D); $(CC) $(ALL_LDFLAGS) -o $@ $^ $(ALL_LIBS)

# Programs with a table of tests/rows in place of the library's: it has one row more, and nothing else is changed.
ROWS := $(addprefix $(BUILD)/tests/rows/,mc-interp mc-eval mc-barrier)
TEST_BIN += $(ROWS)
$(BUILD)/tests/rows/mc-interp: $(BUILD)/tests/rows/path_kinds.o
$(BUILD)/tests/rows/mc-eval $(BUILD)/tests/rows/mc-barrier: $(BUILD)/tests/rows/metric_rows.o
$(ROWS): $(BUILD)/tests/rows/%: $(BUILD)/tools/%.o $(LIB)
	$(call say,LD,$@) $(CC) $(ALL_LDFLAGS) -o $@ $(filter %.o,$^) $(LIB) $(ALL_LIBS)

.PHONY: test run-test
test: deps
	+@$(sub) all run-test-programs
	+@$(MAKE) --no-print-directory run-test
.PHONY: run-test-programs
run-test-programs: $(TEST_BIN)
# What tests scripts alone learns nothing from the sanitizers.
OF_SCRIPTS := completion install man plots results
run-test: $(BIN) $(TEST_BIN)
	@BIN=$(BUILD)/bin WITHOUT='$(if $(filter 1,$(SAN)),$(OF_SCRIPTS))' PROGRAMS=$(if $(filter thread,$(SAN)),0,$(or $(PROGRAMS),1)) tests/run.sh $(BUILD)/tests

# With calls that fail (memory, reads, writes, ...) and SIGKILL; FULL=1 fails every call, or 500 of a kind.
FULL ?= 0
.PHONY: faults run-faults
faults: deps
	+@$(sub) all $(BUILD)/tests/faults.so
	+@$(MAKE) --no-print-directory run-faults
run-faults: $(BIN) $(BUILD)/tests/faults.so
	@BIN=$(BUILD)/bin tests/faults/run.sh $(BUILD)/tests/faults.so $(if $(filter 1,$(FULL)),--full)
$(BUILD)/tests/faults.so: tests/faults/shim.c $(BUILD)/flags
	$(call say,LD,$@) mkdir -p $(@D); \
	$(CC) -std=c11 -fPIC -shared -pthread $(filter-out -Wmissing-prototypes,$(WARN)) $(CFLAGS) -o $@ $< -ldl

# Against PyTorch and transformers, in a virtual environment of its own. TEXTS: files of labelled text, MODEL: a Hugging
# Face directory, ROBERTA_TOKENIZER: one of RoBERTa's, T5_TOKENIZER: of T5's; all optional, and what is absent is reported as
# skipped.
VENV ?= .venv
TEXTS ?=
MODEL ?=
ROBERTA_TOKENIZER ?=
T5_TOKENIZER ?=
.PHONY: parity run-parity
parity: deps $(VENV)/ready
	@$(if $(call has,Rscript),:,$(call install,r-base-core,Rscript))
	+@$(sub) all run-test-programs
	+@$(MAKE) --no-print-directory run-parity
run-parity:
	@BIN=$(BUILD)/bin DUMP=$(BUILD)/tests/dump TEXTS='$(TEXTS)' MODEL='$(MODEL)' \
	  ROBERTA_TOKENIZER='$(ROBERTA_TOKENIZER)' T5_TOKENIZER='$(T5_TOKENIZER)' PYTHON=$(VENV)/bin/python tests/parity/run.sh
$(VENV)/ready: tests/parity/requirements.txt
	@python3 -c 'import venv, ensurepip' 2>/dev/null || { $(call install,python3 python3-venv,python3-venv); }
	@echo 'making the environment of the parity tests in $(VENV)'
	@rm -rf $(VENV); python3 -m venv $(VENV)
	@$(VENV)/bin/pip install -q $$(grep '^torch' $<)
	@$(VENV)/bin/pip install -q -r $<
	@touch $@

# --- analysis ------------------------------------------------------------------------------------------
# What reads the code instead of running it.
.PHONY: analyze
analyze: deps
	@$(if $(and $(call has,clang),$(call has,cppcheck)),:,$(call install,clang cppcheck,clang cppcheck))
	+@BUILD=build FLAGS='$(filter-out -g,$(ALL_CFLAGS))' tests/analyze/run.sh

# --- portability ---------------------------------------------------------------------------------------
# Other compilers, libraries, locales, umasks and places; VARIANT= names some (tests/port/run.sh lists all).
VARIANT ?=
.PHONY: port
port: deps
	+@$(sub) all run-test-programs
	+@$(MAKE) --no-print-directory dist
	+@BUILD=$(BUILD) TARBALL=$(DIST).tar.gz VARIANT='$(VARIANT)' tests/port/run.sh

# --- processors ----------------------------------------------------------------------------------------
# The library's tests and a small pipeline under every family of kernels that this processor has, and under emulation of
# lesser processors; SHORT=1: some of them.
SHORT ?= 0
.PHONY: processors run-processors
processors: deps
	@$(if $(call has,qemu-x86_64),:,$(call install,qemu-user,qemu-x86_64))
	+@$(MAKE) --no-print-directory -j$$(nproc) all run-test-programs
	+@$(MAKE) --no-print-directory run-processors
run-processors:
	@BIN=$(BUILD)/bin TESTS=$(BUILD)/tests OUT=$(BUILD)/processors SHORT=$(SHORT) tests/processors/run.sh

# --- Slurm ---------------------------------------------------------------------------------------------
# The pipelines as jobs of a Slurm of their own, a controller and two nodes on this machine.
.PHONY: slurm run-slurm
slurm: deps
	@$(if $(and $(call has,slurmctld),$(call has,slurmd),$(call has,sbatch),$(call has,munged)),:,($(call \
	  install,slurmctld slurmd slurm-client munge,slurmctld slurmd sbatch munged)) || true)
	+@$(sub) all
	+@$(MAKE) --no-print-directory run-slurm
run-slurm:
	@BIN=$(BUILD)/bin tests/slurm/run.sh

# --- memory --------------------------------------------------------------------------------------------
# All programs on a small job under valgrind.
.PHONY: valgrind run-valgrind
valgrind: deps
	@$(if $(call has,valgrind),:,$(call install,valgrind libc6-dbg,valgrind))
	+@$(sub) all
	+@$(MAKE) --no-print-directory run-valgrind
run-valgrind:
	@BIN=$(BUILD)/bin OUT=$(BUILD)/valgrind tests/valgrind/run.sh

# --- fuzzing -------------------------------------------------------------------------------------------
# Every parser under libFuzzer with both sanitizers, TIME seconds each; TARGET names some of them (tests/fuzz/fuzz.c
# lists all), JOBS processes share one. What is learnt stays in build/fuzz/corpus, and the next run goes on from there.
TIME ?= 60
TARGET ?=
JOBS ?= 1
FUZZ_SAN := -fsanitize=address,undefined,fuzzer-no-link -fno-sanitize-recover=all -fno-omit-frame-pointer -Wno-pass-failed -Wno-format-nonliteral
FUZZ_PACKAGES = clang $$(apt-cache show libclang-rt-dev >/dev/null 2>&1 && echo libclang-rt-dev)
.PHONY: fuzz run-fuzz
fuzz: deps
	@echo 'int LLVMFuzzerTestOneInput(void) { return 0; }' | \
	  clang -fsanitize=fuzzer,address -x c -o /dev/null - 2>/dev/null || \
	  { $(call install,$(FUZZ_PACKAGES),clang with libFuzzer); }
	+@$(sub) all
	+@$(sub) BUILD=build/fuzz CC=clang SAN_CFLAGS='$(FUZZ_SAN)' build/fuzz/fuzz
	+@$(MAKE) --no-print-directory run-fuzz
run-fuzz:
	@BIN=$(BUILD)/bin OUT=build/fuzz TIME=$(TIME) TARGET='$(TARGET)' JOBS=$(JOBS) tests/fuzz/run.sh
$(BUILD)/fuzz: $(BUILD)/tests/fuzz/main.o $(BUILD)/tests/fuzz/mutate.o $(FUZZ_OBJ) $(LIB)
	$(call say,LD,$@) $(CC) $(ALL_LDFLAGS) -fsanitize=fuzzer -o $@ $^ $(ALL_LIBS)

# --- experiments ---------------------------------------------------------------------------------------
TOOL := $(BUILD)/bin
include $(pipelines)
# Programs are built before the first stage, by a make of their own: unless it is only to be said what would run.
programs: deps $(if $(dry),all)
ifeq ($(dry),)
	+@$(sub) all
endif

# --- benchmarks ----------------------------------------------------------------------------------------
# Speed as a table and a figure in out/bench. MODEL=, TRAIN=, DEV=: a directory and texts in place of random ones;
# PEER=: a script that runs PyTorch, PYTHON= what it runs with. Then RoBERTa and T5 (ONLY=: some of their shapes), every
# tuning method, paths, plain text to ids and pre-training (CORPUS=: a text in place of the synthetic one), beside
# PyTorch, PEFT and tokenizers where PYTHON has them.
PEER ?=
PYTHON ?= python3
ROUNDS ?= 5
ONLY ?=
.PHONY: bench run-bench
bench: deps
	+@$(sub) all $(BUILD)/tests/gemm_rate
	+@$(MAKE) --no-print-directory run-bench
run-bench:
	@mkdir -p out/bench
	@BIN=$(BUILD)/bin RATE=$(BUILD)/tests/gemm_rate MODEL='$(MODEL)' TRAIN='$(TRAIN)' DEV='$(DEV)' PEER='$(PEER)' \
	  PYTHON='$(PYTHON)' ROUNDS=$(ROUNDS) python3 tests/bench/run.py | tee out/bench/speed.tsv.part
	@mv out/bench/speed.tsv.part out/bench/speed.tsv
	@for f in svg pdf; do gnuplot -c plots/speed.gp $(WIDTH:%=--width %) out/bench/speed.tsv out/bench/speed.$$f; done
	@BIN=$(BUILD)/bin RATE=$(BUILD)/tests/gemm_rate PYTHON='$(PYTHON)' ROUNDS=$(ROUNDS) ONLY='$(ONLY)' \
	  python3 tests/bench/models.py | tee out/bench/models.tsv.part
	@mv out/bench/models.tsv.part out/bench/models.tsv
	@BIN=$(BUILD)/bin MODEL='$(MODEL)' TRAIN='$(TRAIN)' DEV='$(DEV)' PYTHON='$(PYTHON)' ROUNDS=$(ROUNDS) \
	  python3 tests/bench/methods.py | tee out/bench/methods.tsv.part
	@mv out/bench/methods.tsv.part out/bench/methods.tsv
	@BIN=$(BUILD)/bin MODEL='$(MODEL)' TRAIN='$(TRAIN)' DEV='$(DEV)' PYTHON='$(PYTHON)' ROUNDS=$(ROUNDS) \
	  python3 tests/bench/paths.py | tee out/bench/paths.tsv.part
	@mv out/bench/paths.tsv.part out/bench/paths.tsv
	@BIN=$(BUILD)/bin MODEL='$(MODEL)' CORPUS='$(CORPUS)' PYTHON='$(PYTHON)' ROUNDS=$(ROUNDS) \
	  python3 tests/bench/corpus.py | tee out/bench/corpus.tsv.part
	@mv out/bench/corpus.tsv.part out/bench/corpus.tsv
	@BIN=$(BUILD)/bin RATE=$(BUILD)/tests/gemm_rate MODEL='$(MODEL)' CORPUS='$(CORPUS)' PYTHON='$(PYTHON)' \
	  ROUNDS=$(ROUNDS) python3 tests/bench/pretrain.py | tee out/bench/pretrain.tsv.part
	@mv out/bench/pretrain.tsv.part out/bench/pretrain.tsv
$(BUILD)/tests/gemm_rate: $(BUILD)/tests/bench/gemm_rate.o $(LIB)
	$(call say,LD,$@) mkdir -p $(@D); $(CC) $(ALL_LDFLAGS) -o $@ $< $(LIB) $(ALL_LIBS)

# --- the rest ------------------------------------------------------------------------------------------
# Every file that is installed, as SOURCE=PLACE under PREFIX; `make uninstall` takes away the same. Programs and scripts that are
# executable stay so.
INSTALLED = $(foreach f,$(BIN) $(BUILD)/bin/mctools,$(f)=bin/$(notdir $(f))) \
  $(foreach f,$(wildcard pipelines/* plots/*),$(f)=share/mctools/$(f)) \
  $(foreach f,$(PAGES),$(f)=share/man/man1/$(notdir $(f))) \
  $(BUILD)/completion/_mctools=share/zsh/site-functions/_mctools \
  $(BUILD)/completion/mctools.bash=share/bash-completion/completions/mctools \
  $(foreach f,README.md $(foreach d,docs docs/results docs/results/* docs/results/*/*,$(wildcard $(d)/*.md $(d)/*.svg $(d)/*.tsv)),$(f)=share/doc/mctools/$(f))
# Symbolic links, as PLACE=WHAT IT LEADS TO: names under which the shell looks for the same completion, and the pipelines beside the documents,
# which link to them.
INSTALLED_LINKS := $(TOOLS:%=share/bash-completion/completions/%=mctools) share/doc/mctools/pipelines=../../mctools/pipelines
.PHONY: install run-install uninstall
install: all
	@$(again) run-install
run-install:
	@$(if $(word 2,$(PREFIX)),echo 'PREFIX=$(PREFIX): a folder of programs has no blank in its name' >&2; exit 1)
	@umask 022; for f in $(INSTALLED); do \
	  install -D -p -m "$$([ -x "$${f%=*}" ] && echo 755 || echo 644)" "$${f%=*}" '$(DESTDIR)$(PREFIX)/'"$${f#*=}"; \
	done; \
	for f in $(INSTALLED_LINKS); do ln -sfn "$${f#*=}" '$(DESTDIR)$(PREFIX)/'"$${f%=*}"; done
	@echo 'installed in $(DESTDIR)$(PREFIX)'
uninstall:
	@[ -d '$(DESTDIR)$(PREFIX)' ] || { echo 'nothing to take away: no folder $(DESTDIR)$(PREFIX)' >&2; exit 1; }; \
	  cd '$(DESTDIR)$(PREFIX)'; for f in $(INSTALLED); do rm -f "$${f#*=}"; done; for f in $(INSTALLED_LINKS); do rm -f "$${f%=*}"; done; \
	  for d in share/mctools share/doc/mctools; do [ ! -d $$d ] || find $$d -type d -empty -delete; done

# The tarball: what git tracks, or all that is not made where git is not. Same files, same bytes.
DIST := $(BUILD)/mctools-$(VERSION)
MADE := build out .venv
.PHONY: dist
dist:
	@mkdir -p $(BUILD)
	@{ if [ -e .git ]; then git ls-files -z; else \
	    find . $(MADE:%=-path ./% -prune -o) -type f -printf '%P\0'; fi; } | LC_ALL=C sort -z > $(DIST).files
	@mtime=$$([ -e .git ] && git log -1 --format=%ct || stat -c %Y Makefile); \
	  tar --null --no-recursion --files-from=$(DIST).files --transform='s,^,mctools-$(VERSION)/,' --format=ustar \
	    --mtime=@$$mtime --owner=0 --group=0 --numeric-owner --mode=a+rX,u+w,go-w -cf - | gzip -9n > $(DIST).tar.gz
	@rm $(DIST).files
	@echo '$(DIST).tar.gz'

# A package for the Debian that runs here, built from the tarball and read by lintian.
DEB := build/deb
DEB_NEEDS := build-essential debhelper lintian
.PHONY: deb run-deb
deb: deps dist
	@dpkg -s $(DEB_NEEDS) >/dev/null 2>&1 || { $(call install,$(DEB_NEEDS),$(DEB_NEEDS)); }
	+@$(again) run-deb
run-deb:
	@rm -rf $(DEB); mkdir -p $(DEB); tar -xzf $(DIST).tar.gz -C $(DEB)
	@cp -r tools/debian $(DEB)/$(notdir $(DIST))/debian
	@cd $(DEB)/$(notdir $(DIST)); env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL dpkg-buildpackage -b -us -uc -j$$(nproc) > ../build.log 2>&1 || \
	  { tail -n 20 ../build.log >&2; echo 'the package cannot be built: $(DEB)/build.log' >&2; exit 1; }
	@cd $(DEB); lintian --fail-on error,warning --info ./*.changes
	@ls $(DEB)/*.deb

.PHONY: clean
clean:
	rm -rf build out

.PHONY: help
help:
	@echo 'programs and their tests:'
	@printf '  %-11s %s\n' all 'build the programs into build/bin' \
	  test 'set up, build, run the tests' \
	  analyze 'compilers, layers, analyzers: warnings are errors' \
	  fuzz 'every parser under libFuzzer for TIME= seconds each; TARGET= names some, JOBS= processes' \
	  faults 'the tests with failing memory, files and pipes, and SIGKILL; FULL=1 tries every call' \
	  parity 'compare with PyTorch; TEXTS=, MODEL=, ROBERTA_TOKENIZER= and T5_TOKENIZER= widen it' \
	  bench 'speed as a share of the matrix-product rate; PEER= and PYTHON= add PyTorch' \
	  valgrind 'all programs on a small job under memcheck' \
	  slurm 'the pipelines as jobs of a Slurm on this machine alone' \
	  processors 'the library and a small pipeline under every family of kernels, emulated ones too; SHORT=1: some' \
	  port 'build and test as others will: clang, libraries left out, locales, umask, tarball; VARIANT= names some' \
	  dist 'a tarball' \
	  deb 'a package for this Debian, in build/deb'
	@echo '  deps, install and uninstall (PREFIX=, DESTDIR=), clean'
	@echo 'pipelines (tools/mctools help NAME: the variables of one):'
	@awk -F '\t' 'NR > 1 && $$1 != "submit" { printf "  %-11s %s\n", $$1, $$3 }' pipelines/goals.tsv
	@echo 'V=1 shows commands, SAN=1 builds with ASan and UBSan into build/san, SAN=thread with TSan into build/thread'
	@echo 'ISAL=0, ONEDNN=0 build without what is there; CC=, CPPFLAGS=, CFLAGS=, LDFLAGS= as everywhere; BUILD= elsewhere'
