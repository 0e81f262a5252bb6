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
POINTS ?= 26
LABELS ?=
TOKENIZE ?=
RECIPE ?= --epochs 1 --batch 32 --lr 3e-5 --warmup 0.06 --schedule linear
SEED_SHARED ?= 0
BARRIER ?=
HEAD ?= mix
TITLE ?=
RUN ?=

# What PAIRS, VARY and the rest mean:
#   PAIRS     pairs of seeds, "1-2 3-4 5-6"; one end point is trained per seed
#   VARY      order: data order and dropout; init: the new head; all: both
#   POINTS    points of the path, ends included
#   LABELS    names of the head's outputs, a,b,... (default: those of the checkpoint, or of the training set)
#   TOKENIZE  options of mc-tokenize for both files, such as --max-len 128 or --header
#   RECIPE    options of mc-finetune
#   BARRIER   options of mc-barrier
#   RUN       put before every heavy command, such as 'srun -n1 -c8'

P := $(OUT)
SEEDS := $(sort $(subst -, ,$(PAIRS)))
TUNED_order = --seed-order $(1) --seed-dropout $(1) --seed $(SEED_SHARED)
TUNED_init = --seed-init $(1) --seed $(SEED_SHARED)
TUNED_all = --seed $(1)

.PHONY: path run-path
path: deps
	+@$(MAKE) --no-print-directory -j$$(nproc) all
	+@$(MAKE) --no-print-directory run-path

# A file that changes when the words of a recipe do, so that what depends on them is made again.
define remember
@mkdir -p $(@D); printf '%s\n' '$(1)' | cmp -s - $@ || printf '%s\n' '$(1)' > $@
endef

ifneq ($(A),)
ENDS := A-B
TOKENIZER := $(A)
run-path: $(P)/barrier.tsv $(P)/distance.tsv $(P)/path.svg $(P)/path.png
$(P)/A.st.gz: $(A) $(P)/.import
	$(RUN) $(TOOL)/mc-import $(A) $(if $(LABELS),--labels '$(LABELS)') -o $@
$(P)/B.st.gz: $(B) $(P)/.import
	$(RUN) $(TOOL)/mc-import $(B) $(if $(LABELS),--labels '$(LABELS)') -o $@
else ifneq ($(MODEL),)
ENDS := $(PAIRS)
TOKENIZER := $(MODEL)
run-path: $(P)/barrier.tsv $(P)/distance.tsv $(P)/path.svg $(P)/path.png $(P)/train.svg $(P)/train.png
else
run-path:
	@echo 'make path needs MODEL=dir TRAIN=file DEV=file, or A=dir B=dir DEV=file' >&2; exit 2
endif

$(P)/.import: FORCE
	$(call remember,$(MODEL) $(A) $(B) $(LABELS))
$(P)/.tokenize: FORCE
	$(call remember,$(TOKENIZER) $(TOKENIZE))
$(P)/.recipe: FORCE
	$(call remember,$(VARY) $(SEED_SHARED) $(RECIPE))
$(P)/.points: FORCE
	$(call remember,$(POINTS) $(HEAD))
$(P)/.barrier: FORCE
	$(call remember,$(ENDS) $(BARRIER) $(TITLE))

$(P)/base.st.gz: $(P)/.import
	$(TOOL)/mc-import $(MODEL) $(if $(LABELS),--labels '$(LABELS)' --seed-init $(SEED_SHARED)) -o $@
$(P)/train.tok.gz: $(TRAIN) $(P)/.tokenize
	$(TOOL)/mc-tokenize -t $(TOKENIZER) $(TOKENIZE) -o $@ < $(TRAIN)
$(P)/dev.tok.gz: $(DEV) $(P)/.tokenize
	$(TOOL)/mc-tokenize -t $(TOKENIZER) $(TOKENIZE) --task dev -o $@ < $(DEV)

# An end point. A head that the base has is kept where only the order varies, and drawn from the seed elsewhere.
NEW_HEAD = $(if $(filter order,$(VARY)),,$(if $(LABELS),--new-head))
$(SEEDS:%=$(P)/seed-%.st.gz): $(P)/seed-%.st.gz: $(P)/base.st.gz $(P)/train.tok.gz $(P)/dev.tok.gz $(P)/.recipe
	$(RUN) $(TOOL)/mc-finetune --train $(P)/train.tok.gz --dev $(P)/dev.tok.gz $(RECIPE) $(NEW_HEAD) \
	  $(call TUNED_$(VARY),$*) --log $(P)/seed-$*.log.tsv -o $@ < $(P)/base.st.gz

# The path: its models exist only in the pipe.
end = $(P)/$(if $(A),$(1),seed-$(1)).st.gz
define path_rule
$(P)/path-$(1).tsv: $(call end,$(2)) $(call end,$(3)) $(P)/dev.tok.gz $(P)/.points
	$$(RUN) $(TOOL)/mc-interp -n $(POINTS) --head $(HEAD) $(call end,$(2)) $(call end,$(3)) | \
	  $$(RUN) $(TOOL)/mc-eval --per-example $(P)/each-$(1).tsv -o $$@ $(P)/dev.tok.gz
$(P)/distance-$(1).tsv: $(call end,$(2)) $(call end,$(3))
	$(TOOL)/mc-dist -o $$@ $(call end,$(2)) $(call end,$(3))
endef
$(foreach e,$(ENDS),$(eval $(call path_rule,$(e),$(word 1,$(subst -, ,$(e))),$(word 2,$(subst -, ,$(e))))))

$(P)/barrier.tsv: $(ENDS:%=$(P)/path-%.tsv) $(P)/.barrier
	$(TOOL)/mc-barrier $(BARRIER) $(ENDS:%=--per-example $(P)/each-%.tsv) -o $@ $(ENDS:%=$(P)/path-%.tsv)
	@awk -F'\t' -f plots/verdict.awk $@
$(P)/distance.tsv: $(ENDS:%=$(P)/distance-%.tsv)
	@awk -v OFS='\t' 'FNR == 1 {if (NR == 1) print "path", $$0; next} {n = FILENAME; sub(/.*distance-/, "", n); sub(/\.tsv$$/, "", n); print n, $$0}' $^ > $@
$(P)/path.svg $(P)/path.png: $(P)/path.%: $(ENDS:%=$(P)/path-%.tsv) plots/path.gp $(P)/.barrier
	gnuplot -c plots/path.gp $@ $(if $(TITLE),--title '$(TITLE)') $(foreach e,$(ENDS),'$(P)/path-$(e).tsv,$(P)/each-$(e).tsv:$(e)')
$(P)/train.svg $(P)/train.png: $(P)/train.%: $(SEEDS:%=$(P)/seed-%.st.gz) plots/train.gp
	gnuplot -c plots/train.gp $@ $(foreach s,$(SEEDS),'$(P)/seed-$(s).log.tsv:seed $(s)')
