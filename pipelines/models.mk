# RoBERTa and T5 on the synthetic language, from random weights: four models of each are tuned on one task (sentiment, first
# domain), two from ONE start that knows the second domain, two from random weights of their OWN; each pair is joined by a
# line of 26 points. Ends in out/models/barrier.tsv and a figure per model; docs/results/models.md tells what came of it.

.PHONY: models run-models
models: programs run-models

ifneq ($(call asked,models run-models,MO),)
$(foreach k,$(or $(MODELS_KINDS),none),$(if $(filter roberta t5,$(k)),,$(error MODELS_KINDS=$(MODELS_KINDS): kinds are roberta and t5)))
$(foreach v,MODELS_TRAIN MODELS_DEV,$(call number,$(v)))
$(call points,MODELS_POINTS)
$(call words_of_shell,$(foreach k,$(MODELS_KINDS),MODELS_TOKENIZE_$(k) MODELS_INIT_$(k) MODELS_RECIPE_$(k)) RUN)
$(foreach k,$(MODELS_KINDS),$(call without_options,MODELS_TOKENIZE_$(k),$(options_of_sets))$(call without_options,MODELS_RECIPE_$(k),$(options_of_ends)))
$(call output_folder,MO)
MODELS_PATHS := $(foreach k,$(MODELS_KINDS),$(k)-shared $(k)-random)
run-models: $(MO)/barrier.tsv $(call with_pdf,$(MODELS_KINDS:%=$(MO)/%.svg))
	@$(call verdict,$(MO))
	@$(call families,$(MO))

# $(1) kind of model: its language and sets, starts, end points, lines, figure
define models_of
$(call language,$(MO)/$(1),--kind $(1))
$(call models_set,$(1),start,--task sentiment-b --split train -n $(MODELS_TRAIN))
$(call models_set,$(1),train,--task sentiment --split train -n $(MODELS_TRAIN))
$(call models_set,$(1),dev,--task sentiment --split dev -n $(MODELS_DEV),--task sentiment)
$(foreach s,0 1 2,$(call init,$(MO)/$(1)-start-$(s).st.gz,$(MO)/$(1),$(call options,MODELS_INIT_$(1)) --seed-init $(s)))
$(call models_tune,$(1),start-shared,start-0,start)
$(foreach s,1 2,$(call models_tune,$(1),shared-$(s),start-shared,train,--seed $(s)))
$(foreach s,1 2,$(call models_tune,$(1),random-$(s),start-$(s),train,--seed $(s)))
$(foreach c,shared random,$(call walk,$(MO),$(1)-$(c),$(MO)/$(1)-$(c)-1.st.gz,$(MO)/$(1)-$(c)-2.st.gz,-n \
  $(MODELS_POINTS),,sentiment=$(MO)/$(1)-dev.tok.gz))
$(call figure,$(MO)/$(1).svg,path,Lines between two minima of a small $(1),$(call condition,'one shared start',$(call \
  models_path,$(1),shared)) $(call condition,'random starts of their own',$(call models_path,$(1),random)),$(foreach \
  c,shared random,$(call models_path,$(1),$(c))))
endef
# $(1) kind of model, $(2) name of the set, $(3) and $(4) options of mc-synth and mc-tokenize
models_set = $(call synthetic,$(MO)/$(1)-$(2).tok.gz,$(MO)/$(1),$(3),$(4) $(call options,MODELS_TOKENIZE_$(1)))
# $(1) kind of model, $(2) name, $(3) start, $(4) set, $(5) options
models_tune = $(call tune,$(MO)/$(1)-$(2),$(MO)/$(1)-$(3).st.gz,$(MO)/$(1)-$(4).tok.gz,$(call options,MODELS_RECIPE_$(1)) $(5),$(call \
  known_options,MODELS_RECIPE_$(1)))
models_path = $(MO)/path-$(1)-$(2).tsv
$(foreach k,$(MODELS_KINDS),$(call models_of,$(k)))
$(call barriers,$(MO),$(foreach p,$(MODELS_PATHS),$(p)=$(p)))
endif

# The setting of Qin et al. 2022: T5-base, LM-adapted, on MNLI.
#
#   make paper MODEL=t5-base-lm-adapt TRAIN=mnli/train.tsv DEV=mnli/dev.tsv OUT=out/paper
#
# It is make path with other variables. MODEL= is a Hugging Face directory; the files hold premise, TAB, hypothesis, TAB,
# label. 50,000 updates of 32 for each of two orders of the data, Adafactor at 1e-4, then 26 points. docs/results/models.md says
# what that costs.
ifneq ($(filter paper,$(wanted)),)
VARY := order
POINTS := 26
TOKENIZE := --max-len 512 --source $(PAPER_SOURCE) --target '<extra_id_0>{label}'
RECIPE := --steps $(PAPER_STEPS) --batch 32 --optimizer adafactor --lr 1e-4 --schedule constant --warmup 0
endif
.PHONY: paper
paper: path
