# RoBERTa and T5 on the synthetic language, from random weights: four models of each are tuned on one task (sentiment, first
# domain), two from ONE start that knows the second domain, two from random weights of their OWN; each pair is joined by a
# line of 26 points. Ends in out/models/barrier.tsv and a figure per model; docs/results/models.md tells what came of it.

MO := out/models
MODELS_KINDS := roberta t5
MODELS_TRAIN := 12000
MODELS_DEV := 1000
MODELS_POINTS := 26
MODELS_TOKENIZE_t5 := --source 'sentiment: {1}' --target '<extra_id_0>{label}'
MODELS_INIT_roberta := --labels negative,positive
MODELS_RECIPE_roberta := --epochs 4 --lr 1e-3
MODELS_RECIPE_t5 := --epochs 10 --lr 3e-3 --optimizer adafactor
MODELS_PATHS := $(foreach k,$(MODELS_KINDS),$(k)-shared $(k)-random)

.PHONY: models run-models
models: deps
	+@$(MAKE) --no-print-directory -j$$(nproc) all
	+@$(MAKE) --no-print-directory run-models
run-models: $(MO)/barrier.tsv $(MODELS_KINDS:%=$(MO)/%.svg)
	@awk -F'\t' -f plots/verdict.awk $(MO)/barrier.tsv

# $(1) kind of model
define models_of
$(MO)/$(1)/config.json: $(BUILD)/bin/mc-synth
	@mkdir -p $(MO)
	$(TOOL)/mc-synth --tokenizer $(MO)/$(1) --kind $(1)
$(MO)/$(1)-start.tok.gz: $(MO)/$(1)/config.json
	$(TOOL)/mc-synth --task sentiment-b --split train -n $(MODELS_TRAIN) | \
	  $(TOOL)/mc-tokenize -t $(MO)/$(1) $(MODELS_TOKENIZE_$(1)) -o $$@
$(MO)/$(1)-train.tok.gz: $(MO)/$(1)/config.json
	$(TOOL)/mc-synth --task sentiment --split train -n $(MODELS_TRAIN) | \
	  $(TOOL)/mc-tokenize -t $(MO)/$(1) $(MODELS_TOKENIZE_$(1)) -o $$@
$(MO)/$(1)-dev.tok.gz: $(MO)/$(1)/config.json
	$(TOOL)/mc-synth --task sentiment --split dev -n $(MODELS_DEV) | \
	  $(TOOL)/mc-tokenize -t $(MO)/$(1) --task sentiment $(MODELS_TOKENIZE_$(1)) -o $$@
$(MO)/$(1)-start-%.st.gz: $(MO)/$(1)/config.json
	$(TOOL)/mc-init $$< -t $(MO)/$(1) $(MODELS_INIT_$(1)) --seed-init $$* -o $$@
$(MO)/$(1)-start-shared.st.gz: $(MO)/$(1)-start-0.st.gz $(MO)/$(1)-start.tok.gz
	$(TOOL)/mc-finetune --train $(MO)/$(1)-start.tok.gz $(MODELS_RECIPE_$(1)) -o $$@ < $$<
$(MO)/$(1)-shared-%.st.gz: $(MO)/$(1)-start-shared.st.gz $(MO)/$(1)-train.tok.gz
	$(TOOL)/mc-finetune --train $(MO)/$(1)-train.tok.gz $(MODELS_RECIPE_$(1)) --seed $$* -o $$@ < $$<
$(MO)/$(1)-random-%.st.gz: $(MO)/$(1)-start-%.st.gz $(MO)/$(1)-train.tok.gz
	$(TOOL)/mc-finetune --train $(MO)/$(1)-train.tok.gz $(MODELS_RECIPE_$(1)) --seed $$* -o $$@ < $$<
$(MO)/path-$(1)-%.tsv $(MO)/each-$(1)-%.tsv &: $(MO)/$(1)-%-1.st.gz $(MO)/$(1)-%-2.st.gz $(MO)/$(1)-dev.tok.gz
	$(TOOL)/mc-interp -n $(MODELS_POINTS) $(MO)/$(1)-$$*-1.st.gz $(MO)/$(1)-$$*-2.st.gz | \
	  $(TOOL)/mc-eval --per-example $(MO)/each-$(1)-$$*.tsv -o $(MO)/path-$(1)-$$*.tsv $(MO)/$(1)-dev.tok.gz
$(MO)/$(1).svg: $(MO)/path-$(1)-shared.tsv $(MO)/path-$(1)-random.tsv plots/path.gp
	gnuplot -c plots/path.gp $$@ --title 'Lines between two minima of a small $(1)' \
	  '$(MO)/path-$(1)-shared.tsv:one shared start' '$(MO)/path-$(1)-random.tsv:random starts of their own'
endef
$(foreach k,$(MODELS_KINDS),$(eval $(call models_of,$(k))))

$(MO)/barrier.tsv: $(MODELS_PATHS:%=$(MO)/path-%.tsv) $(MODELS_PATHS:%=$(MO)/each-%.tsv)
	$(TOOL)/mc-barrier $(MODELS_PATHS:%=--per-example $(MO)/each-%.tsv) -o $@ $(MODELS_PATHS:%=$(MO)/path-%.tsv)

# The setting of Qin et al. 2022: T5-base, LM-adapted, on MNLI.
#
#   make paper MODEL=t5-base-lm-adapt TRAIN=mnli/train.tsv DEV=mnli/dev.tsv OUT=out/paper
#
# MODEL= is a Hugging Face directory; the files hold premise, TAB, hypothesis, TAB, label. 50,000 updates of 32 for each of two
# orders of the data, Adafactor at 1e-4, then 26 points. docs/results/models.md says what that costs.
PAPER_STEPS := 50000
PAPER_SOURCE := ' [mnli] premise: {1} [SEP] hypothesis: {2}'
.PHONY: paper
paper:
	+@$(MAKE) --no-print-directory path VARY=order POINTS=26 \
	  TOKENIZE="--max-len 512 --source $(PAPER_SOURCE) --target '<extra_id_0>{label}'" \
	  RECIPE='--steps $(PAPER_STEPS) --batch 32 --optimizer adafactor --lr 1e-4 --schedule constant --warmup 0'
