# mctools. `make demo` and `make test` do all set-up themselves; `make help` lists the targets.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.SECONDARY:
MAKEFLAGS += --no-builtin-rules
.DEFAULT_GOAL := all

V ?= 0
SAN ?= 0
PREFIX ?= /usr/local
CC := $(if $(filter default,$(origin CC)),gcc,$(CC))
BUILD := build$(if $(filter 1,$(SAN)),/san)
say = $(if $(filter 1,$(V)),,@printf '%-8s %s\n' $(1) '$(2)';)
at = $(if $(filter 1,$(V)),,@)

# --- what the machine has ------------------------------------------------------------------------------
ARCH := $(shell uname -m)
HAVE_ISAL := $(shell pkg-config --exists libisal 2>/dev/null && echo 1)
LIBS := jansson libxxhash libutf8proc zlib openblas $(if $(HAVE_ISAL),libisal)
PKG_CFLAGS = $(shell pkg-config --cflags $(LIBS))
PKG_LIBS = $(shell pkg-config --libs $(LIBS))

# --- flags ---------------------------------------------------------------------------------------------
WARN := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wformat=2
CFLAGS ?= -O2 -g
ALL_CFLAGS = -std=c11 -D_POSIX_C_SOURCE=200809L -fno-math-errno -fno-trapping-math -ffp-contract=off -fopenmp-simd \
  -pthread $(WARN) -Iinclude $(if $(HAVE_ISAL),-DMC_ISAL) $(PKG_CFLAGS) $(CFLAGS) $(SAN_CFLAGS)
ALL_LDFLAGS = $(SAN_CFLAGS) $(LDFLAGS)
ALL_LIBS = $(PKG_LIBS) -lm -pthread
SAN_CFLAGS := $(if $(filter 1,$(SAN)),-fsanitize=address -fsanitize=undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)

# --- programs and library ------------------------------------------------------------------------------
TOOLS := $(patsubst tools/%.c,%,$(wildcard tools/mc-*.c))
LIB_SRC := $(filter-out lib/nn/kern_impl.c,$(wildcard lib/*/*.c lib/*/*/*.c))
KERNELS := base $(if $(filter x86_64,$(ARCH)),v3 v4)
LIB_OBJ := $(LIB_SRC:%.c=$(BUILD)/%.o) $(KERNELS:%=$(BUILD)/lib/nn/kern_%.o)
LIB := $(BUILD)/libmc.a
BIN := $(TOOLS:%=$(BUILD)/bin/%)

.PHONY: all
all: $(BIN)

$(BUILD)/bin/%: $(BUILD)/tools/%.o $(LIB)
	$(call say,LD,$@) mkdir -p $(@D); $(CC) $(ALL_LDFLAGS) -o $@ $< $(LIB) $(ALL_LIBS)

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
FLAGS_NOW := $(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) $(ALL_LIBS)
$(BUILD)/flags: FORCE
	@mkdir -p $(@D); echo '$(FLAGS_NOW)' | cmp -s - $@ || echo '$(FLAGS_NOW)' > $@
.PHONY: FORCE
FORCE:

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)

.PHONY: clean
clean:
	rm -rf build out
