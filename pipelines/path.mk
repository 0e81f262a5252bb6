# Two minima, the path between them, the barrier.
#
#   make path MODEL=dir TRAIN=train.tsv DEV=dev.tsv OUT=out/name     fine-tunes every seed, then joins pairs
#   make path A=dirA B=dirB DEV=dev.tsv OUT=out/name                 joins two finished checkpoints
#
# Ends in OUT/barrier.tsv (every definition of the height, band, verdict), OUT/distance.tsv, OUT/path.svg, .png and, after
# training, OUT/train.svg, .png. The end points differ in what VARY says; everything else is equal.

MODEL ?=
TRAIN ?=
DEV ?=
A ?=
B ?=
OUT ?= out/path
PAIRS ?= 1-2
VARY ?= order
METHOD ?= full
SPACE ?= factor
POINTS ?= 26
LABELS ?=
TOKENIZE ?=
EVAL ?=
RECIPE ?= --epochs 1 --batch 32 --lr 3e-5 --warmup 0.06 --schedule linear
SEED_SHARED ?= 0
BARRIER ?=
HEAD ?= mix
TITLE ?=
RUN ?=

# What PAIRS, VARY and the rest mean:
#   PAIRS     pairs of seeds, "1-2 3-4 5-6"; one end point is trained per seed
#   VARY      order: data order and dropout; init: what is drawn, a new head (which a T5 has not) and what METHOD adds; all: both
#   METHOD    full, or what is tuned over the model: adapter, lora, prefix, bitfit, head; the end points are deltas then
#   SPACE     factor: the path moves what is stored; product: what the factors of METHOD=lora multiply to
#   POINTS    points of the path, ends included
#   LABELS    names of the head's outputs, a,b,... (default: those of the checkpoint, or of the training set)
#   TOKENIZE  options of mc-tokenize for both files, such as --max-len 128, --header, or a T5's --source '...' --target '...'
#   EVAL      options of mc-eval, such as --decode greedy
#   RECIPE    options of mc-finetune
#   BARRIER   options of mc-barrier
#   RUN       put before every heavy command, such as 'srun -n1 -c8'

# What every use needs is judged before anything runs.
ifneq ($(filter path run-path,$(MAKECMDGOALS)),)
PATH_USAGE := make path needs MODEL=dir TRAIN=file DEV=file, or A=dir B=dir DEV=file
ifneq ($(A)$(B),)
$(foreach v,A B DEV,$(if $($(v)),,$(error $(v)= is missing: $(PATH_USAGE))))
else
$(foreach v,MODEL TRAIN DEV,$(if $($(v)),,$(error $(v)= is missing: $(PATH_USAGE))))
endif
one_of = $(if $(filter-out 1,$(words $($(1))))$(filter-out $(2),$($(1))),$(error $(1)=$($(1)) is none of $(2)))
$(call one_of,VARY,order init all)
$(call one_of,METHOD,full adapter lora prefix bitfit head)
$(call one_of,SPACE,factor product)
$(if $(A),$(if $(filter full,$(METHOD)),,$(error METHOD=$(METHOD) is of what is tuned, which A and B are already)))
$(if $(filter product,$(SPACE)),$(if $(filter lora,$(METHOD)),,$(error SPACE=product is for METHOD=lora)))
endif

P := $(OUT)
SEEDS := $(sort $(subst -, ,$(PAIRS)))
TUNED_order = --seed-order $(1) --seed-dropout $(1) --seed $(SEED_SHARED)
TUNED_init = --seed-init $(1) --seed $(SEED_SHARED)
TUNED_all = --seed $(1)

.PHONY: path run-path
path: deps
	+@$(MAKE) --no-print-directory -j$$(nproc) all
	+@$(MAKE) --no-print-directory run-path

# A file that changes when the words of a recipe do, so that what depends on them, and nothing else, is made again.
quoted = '$(subst ','\'',$(1))'
remember = @mkdir -p $(@D); printf '%s\n' $(call quoted,$(1)) | cmp -s - $@ || printf '%s\n' $(call quoted,$(1)) > $@
# What a Hugging Face directory is read from.
weights = $(wildcard $(1)/*.safetensors $(1)/*.json $(1)/vocab.txt $(1)/merges.txt $(1)/spiece.model)
words_of_tokenizer = $(wildcard $(1)/tokenizer*.json $(1)/vocab.txt $(1)/vocab.json $(1)/merges.txt $(1)/spiece.model \
  $(1)/config.json)

ifneq ($(A),)
ENDS := A-B
TOKENIZER := $(A)
run-path: $(P)/barrier.tsv $(P)/distance.tsv $(P)/path.svg $(P)/path.png
else
ENDS := $(PAIRS)
TOKENIZER := $(MODEL)
run-path: $(P)/barrier.tsv $(P)/distance.tsv $(P)/path.svg $(P)/path.png $(P)/train.svg $(P)/train.png
endif
run-path:
	@awk -F'\t' -f plots/verdict.awk $(P)/barrier.tsv

$(P)/.import-A: FORCE
	$(call remember,$(A) $(LABELS))
$(P)/.import-B: FORCE
	$(call remember,$(B) $(LABELS))
$(P)/.import: FORCE
	$(call remember,$(MODEL) $(LABELS) $(SEED_SHARED))
$(P)/.tokenize: FORCE
	$(call remember,$(TOKENIZER) $(TOKENIZE))
$(P)/.recipe: FORCE
	$(call remember,$(VARY) $(SEED_SHARED) $(METHOD) $(RECIPE))
$(P)/.points: FORCE
	$(call remember,$(strip $(POINTS) $(HEAD) $(SPACE) $(EVAL)))
$(P)/.ends: FORCE
	$(call remember,$(ENDS))
$(P)/.barrier: FORCE
	$(call remember,$(BARRIER))
$(P)/.title: FORCE
	$(call remember,$(TITLE))

$(P)/A.st.gz: $(call weights,$(A)) $(P)/.import-A
	$(RUN) $(TOOL)/mc-import $(A) $(if $(LABELS),--labels '$(LABELS)') -o $@
$(P)/B.st.gz: $(call weights,$(B)) $(P)/.import-B
	$(RUN) $(TOOL)/mc-import $(B) $(if $(LABELS),--labels '$(LABELS)') -o $@
$(P)/base.st.gz: $(call weights,$(MODEL)) $(P)/.import
	$(TOOL)/mc-import $(MODEL) $(if $(LABELS),--labels '$(LABELS)') --seed-init $(SEED_SHARED) -o $@
$(P)/train.tok.gz: $(TRAIN) $(call words_of_tokenizer,$(TOKENIZER)) $(P)/.tokenize
	$(TOOL)/mc-tokenize -t $(TOKENIZER) $(TOKENIZE) -o $@ < $(TRAIN)
$(P)/dev.tok.gz: $(DEV) $(call words_of_tokenizer,$(TOKENIZER)) $(P)/.tokenize
	$(TOOL)/mc-tokenize -t $(TOKENIZER) $(TOKENIZE) --task dev -o $@ < $(DEV)

# An end point and its log. A head that the base has is kept where only the order varies, and drawn from the seed elsewhere.
TUNED = $(filter-out full,$(METHOD))
BASE = $(if $(TUNED),--base $(P)/base.st.gz)
NEW_HEAD = $(if $(filter order,$(VARY)),,$(if $(LABELS),--new-head))
define tune_rule
$(P)/seed-$(1).st.gz $(P)/seed-$(1).log.tsv &: $(P)/base.st.gz $(P)/train.tok.gz $(P)/dev.tok.gz $(P)/.recipe
	$$(RUN) $(TOOL)/mc-finetune --train $(P)/train.tok.gz --dev $(P)/dev.tok.gz $$(RECIPE) $(TUNED:%=--method %) $(NEW_HEAD) \
	  $(call TUNED_$(VARY),$(1)) --log $(P)/seed-$(1).log.tsv -o $(P)/seed-$(1).st.gz < $(P)/base.st.gz
endef
$(foreach s,$(SEEDS),$(eval $(call tune_rule,$(s))))

# The path: its models exist only in the pipe.
end = $(P)/$(if $(A),$(1),seed-$(1)).st.gz
define path_rule
$(P)/path-$(1).tsv $(P)/each-$(1).tsv &: $(call end,$(2)) $(call end,$(3)) $(P)/dev.tok.gz $(P)/.points
	$$(RUN) $(TOOL)/mc-interp $(BASE) -n $(POINTS) --head $(HEAD) --space $(SPACE) $(call end,$(2)) $(call end,$(3)) | \
	  $$(RUN) $(TOOL)/mc-eval $(BASE) $(EVAL) --per-example $(P)/each-$(1).tsv -o $(P)/path-$(1).tsv $(P)/dev.tok.gz
$(P)/distance-$(1).tsv: $(call end,$(2)) $(call end,$(3))
	$(TOOL)/mc-dist $(BASE) -o $$@ $(call end,$(2)) $(call end,$(3))
endef
$(foreach e,$(ENDS),$(eval $(call path_rule,$(e),$(word 1,$(subst -, ,$(e))),$(word 2,$(subst -, ,$(e))))))

PATH_TABLES := $(ENDS:%=$(P)/path-%.tsv) $(ENDS:%=$(P)/each-%.tsv)
$(P)/barrier.tsv: $(PATH_TABLES) $(P)/.ends $(P)/.barrier
	$(TOOL)/mc-barrier $(BARRIER) $(ENDS:%=--per-example $(P)/each-%.tsv) -o $@ $(ENDS:%=$(P)/path-%.tsv)
$(P)/distance.tsv: $(ENDS:%=$(P)/distance-%.tsv) $(P)/.ends plots/distance.awk
	awk -f plots/distance.awk $(ENDS:%=$(P)/distance-%.tsv) > $@
$(P)/path.svg $(P)/path.png: $(P)/path.%: $(PATH_TABLES) $(P)/.ends $(P)/.title plots/path.gp
	gnuplot -c plots/path.gp $@ $(if $(TITLE),--title $(call quoted,$(TITLE))) \
	  $(foreach e,$(ENDS),'$(P)/path-$(e).tsv,$(P)/each-$(e).tsv:$(e)')
$(P)/train.svg $(P)/train.png: $(P)/train.%: $(SEEDS:%=$(P)/seed-%.log.tsv) $(P)/.ends plots/train.gp
	gnuplot -c plots/train.gp $@ $(foreach s,$(SEEDS),'$(P)/seed-$(s).log.tsv:seed $(s)')
