# What is given to make q1 is judged before anything runs, and gets the names that the lists of q1.mk use.
$(call one_line,$(filter-out %_%%,$(VARIABLES_q1)))
$(call needed,MODEL TRAIN DEV,$(CALLED) q1 needs MODEL=dir TRAIN=file DEV=file)
# ONLY and PAIRS are of other goals too, with defaults of their own.
q1_given = $(filter command,$(firstword $(origin $(1))))
Q1_ONLY := $(if $(call q1_given,ONLY),$(ONLY),$(Q1_EXPERIMENTS))
Q1_PAIRS := $(if $(call q1_given,PAIRS),$(PAIRS),$(call default,q1,PAIRS))
Q1_SEEDS := $(sort $(subst -, ,$(Q1_PAIRS)))
$(foreach x,$(Q1_ONLY),$(if $(filter $(Q1_EXPERIMENTS),$(x)),,$(error ONLY=$(ONLY): $(x) is none of $(Q1_EXPERIMENTS))))
$(if $(filter-out curves,$(Q1_ONLY)),,$(error ONLY=$(ONLY) names no experiment with lines: it is some of $(Q1_EXPERIMENTS); \
  curves are of the lines of the others))
$(call pairs,PAIRS)
$(if $(COST),$(call one_of,COST,0 1))
$(foreach m,$(Q1_METHODS),$(if $(filter adapter lora prefix bitfit,$(m)),,$(error Q1_METHODS=$(Q1_METHODS): $(m) is none of \
  adapter lora prefix bitfit)))
$(foreach v,Q1_POINTS Q1_LAYER_POINTS Q1_CALIBRATED_POINTS,$(call points,$(v)))
q1_options := $(foreach m,full $(Q1_METHODS),$(if $(Q1_OPTIONS_$(m)),Q1_OPTIONS_$(m)))
$(call words_of_shell,TOKENIZE EVAL BARRIER Q1_RECIPE Q1_LONG Q1_CURVE Q1_MIX $(q1_options) RUN)
$(call without_options,TOKENIZE,$(options_of_sets))
$(call without_options,EVAL,$(options_of_scores))
$(call without_options,BARRIER,$(options_of_heights))
$(foreach v,Q1_RECIPE $(q1_options),$(call without_options,$(v),$(options_of_ends) --method --batch --lr))
$(call without_options,Q1_LONG,$(options_of_ends) --method)
$(call without_options,Q1_CURVE,$(options_of_curves) --base --batch --lr)
$(call without_options,Q1_MIX,$(options_of_curves) --batch --kind --by)
$(call input_file,TRAIN DEV $(if $(call raw,TEST),TEST))
$(call start_model,MODEL)
$(call output_folder,OUT)

Q := $(patsubst %/,%,$(call raw,OUT))/q1
Q1_TOKENIZER := $(call raw,$(call tokenizer_of,MODEL $(if $(call raw,BASE),BASE)))
q1_asks = $(filter $(1),$(Q1_ONLY))
# A text-to-text model has no head that a seed draws, and no biases.
Q1_T5 := $(call is_t5,$(call raw,$(if $(filter peft,$(call kind_of,MODEL)),BASE,MODEL)))
Q1_TUNED := $(if $(Q1_T5),$(filter-out bitfit,$(Q1_METHODS)),$(Q1_METHODS))
